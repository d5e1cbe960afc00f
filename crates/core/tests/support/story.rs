//! Random lives of a team: what may happen to it, however little sense that makes.

use ha_wechaty_core::{
    AccountId, BotId, BotMode, BotSetup, ChallengeProgress, ClientId, Command, DirtyType, Hand, Holder, Ids,
    Input, InviteResult, InviteRule, Limit, LinkFact, LoginChallenge, Member, Paced, PendingCode,
    PendingScan, Policy, Replay, SendId, SendResult, Setup, TagChange, Team, Vigil, WeChatEvent, Withdrawn,
    Work, WorkResult,
};
use proptest::{prelude::*, sample::Index};

use super::{
    BOT, DONG_FROM, LOST, NAMES, NORTH, ROOM, UNSURE, World, bots, change, logout, lost, member, messages,
    said, seconds, setup, written, wxid,
};

/// Those that are there at first; one more may join.
pub(crate) const ACCOUNTS: u8 = 3;

/// Something that may happen at any time, however little sense it makes.
#[derive(Debug, Clone)]
pub(crate) enum Happens {
    Passes(u64),
    Oversleeps(u64),
    Link(AccountId, LinkFact),
    Shows(AccountId, &'static str, u8, bool),
    ShowsOwn(AccountId, AccountId, u8),
    Tells(AccountId, WeChatEvent),
    Knows(Input),
    Begins(AccountId, u8),
    Ends(Index, SendResult),
    Connects,
    Disconnects(Index),
    Asks(Index, Option<Index>),
    Acts(AccountId, Paced),
    HasActed(Index, bool),
    /// Some of what takes long is done, if there is any.
    Works,
    /// The gateway is killed and started again; somebody may have changed something meanwhile.
    Restarts(u8),
    /// Its configuration is another one while it serves.
    Follows(u8),
}

fn account() -> impl Strategy<Value = AccountId> {
    (0..=ACCOUNTS).prop_map(AccountId)
}

fn fact() -> impl Strategy<Value = (AccountId, LinkFact)> {
    (account(), 0..15u8, 0..2u8).prop_map(|(account, what, which)| {
        let fact = match what {
            0..=2 => LinkFact::Opened,
            3..=5 => LinkFact::Login { contact_id: wxid(account) },
            // As somebody else, who may be a teammate.
            10 => LinkFact::Login { contact_id: wxid(AccountId(which)) },
            6 => LinkFact::Scan(PendingScan { qrcode: Some(which.to_string()), ..PendingScan::default() }),
            7 => logout(),
            8 => LinkFact::Preparing { step: which.to_string() },
            11 => LinkFact::Evicted,
            12 => LinkFact::Taken { holder: Holder::Unknown },
            13 => LinkFact::Taken { holder: Holder::TookIt },
            14 => LinkFact::Challenge(LoginChallenge::Code(PendingCode {
                id: which.to_string(),
                status: ChallengeProgress::from_wire(i32::from(which) + 1),
                ..PendingCode::default()
            })),
            _ => lost(),
        };
        (account, fact)
    })
}

fn event() -> impl Strategy<Value = WeChatEvent> {
    let who = || prop::sample::select(vec!["alice", "bob", "wxid_north", "wxid_south", "wxid_west"]);
    (0..12u8, who(), who()).prop_map(|(what, who, by)| match what {
        0 | 1 => WeChatEvent::RoomJoin(change(&[who], by)),
        2 | 3 => WeChatEvent::RoomLeave(change(&[who], by)),
        4 => {
            let (room, changer, new) = (ROOM.into(), by.into(), who.into());
            WeChatEvent::RoomTopic { room, changer, new, old: String::new(), timestamp: None }
        }
        5 => WeChatEvent::Dirty { kind: DirtyType::Contact, id: who.into() },
        6 => WeChatEvent::Dirty { kind: DirtyType::Room, id: ROOM.into() },
        7 => WeChatEvent::Friendship { id: who.into() },
        8 => {
            let (room, changer, new) = (ROOM.into(), by.into(), who.into());
            WeChatEvent::RoomAnnounce { room, changer, new, old: String::new(), timestamp: None }
        }
        9 => WeChatEvent::PostComment { post: by.into(), comment: who.into() },
        10 => WeChatEvent::Tag(TagChange { change: 0, ids: vec![who.into()], timestamp: None }),
        _ => WeChatEvent::Ready,
    })
}

fn knowledge() -> impl Strategy<Value = Input> {
    (account(), 0..12u8, 0..3usize).prop_map(|(account, what, which)| {
        let conversation = [ROOM, "alice", "bob"][which].to_owned();
        match what {
            0 => Input::Lists {
                account,
                contacts: Some(vec!["alice".into(), wxid(NORTH)]),
                rooms: Some(vec![ROOM.into()]),
            },
            1 => Input::Unreachable { account, conversation },
            2 => Input::DingFailed { account, cause: "not a friend".into() },
            3 if which == 0 => Input::StreamTells { account },
            3 => Input::PuppetDong { account },
            4 => Input::Room {
                account,
                room: ROOM.into(),
                topic: String::new(),
                members: AccountId::first(which).map(wxid).collect(),
                owner: wxid(account),
                admins: vec![],
            },
            5 => Input::Reaches { account, contacts: vec![conversation], rooms: vec![] },
            6 => Input::RoomUnread { account, room: ROOM.into(), refused: which == 0 },
            7 => Input::RoomMade { account, room: conversation },
            8 => Input::Invitation { account, id: "i".into(), inviter: wxid(AccountId::at(which)) },
            9 => {
                let result = [InviteResult::Done, InviteResult::Stranger, InviteResult::Refused][which];
                Input::Invited { account, room: ROOM.into(), teammate: AccountId::at(which), result }
            }
            _ => {
                let result = [WorkResult::Done, WorkResult::Failed, WorkResult::Throttled][which];
                Input::Worked { account, work: Work::ALL[what as usize % 3], result }
            }
        }
    })
}

/// Somebody joins, mostly where it may, or leaves.
fn membership() -> impl Strategy<Value = Input> {
    (account(), account(), 0..8u8, any::<bool>()).prop_map(|(account, other, what, is_shared)| {
        let name = |of: AccountId| NAMES[of.index()];
        let ids = if is_shared { Ids::Shared } else { Ids::Own };
        match what {
            0..=2 => Input::Leaves { account },
            3 => Input::Joins { account, member: member(name(other)) },
            _ => Input::Joins { account, member: Member { ids, ..member(name(account)) } },
        }
    })
}

/// An operator sees to an account.
fn hand() -> impl Strategy<Value = Input> {
    (account(), 0..8u8, prop::option::of(0..500u64), any::<bool>()).prop_map(
        |(account, what, lasts, force)| {
            let lasts = lasts.map(seconds);
            let hand = match what {
                0 | 1 => Hand::Withdraw { how: Withdrawn::Draining, lasts },
                2 | 3 => Hand::Withdraw { how: Withdrawn::Maintenance, lasts },
                4 => Hand::Reset,
                5 => Hand::Reconnect,
                6 => Hand::Login,
                _ => Hand::Logout,
            };
            let hand = if lasts.is_none() && force { Hand::Resume } else { hand };
            Input::Hand { account, hand, by: "ann".into(), why: "a test".into(), force, number: 1 }
        },
    )
}

fn outcome() -> impl Strategy<Value = SendResult> {
    prop::sample::select(vec![
        SendResult::Sent { id: String::new() },
        SendResult::NotSent,
        SendResult::Refused,
        UNSURE,
        LOST,
    ])
}

pub(crate) fn happens() -> impl Strategy<Value = Happens> {
    let who = prop::sample::select(vec!["alice", "bob", DONG_FROM]);
    prop_oneof![
        3 => (0..200u64).prop_map(Happens::Passes),
        1 => (0..2_000u64).prop_map(Happens::Oversleeps),
        6 => fact().prop_map(|(account, fact)| Happens::Link(account, fact)),
        5 => (account(), who, 0..3u8, any::<bool>()).prop_map(|(a, who, what, room)| Happens::Shows(a, who, what, room)),
        2 => (account(), account(), 0..3u8).prop_map(|(a, by, what)| Happens::ShowsOwn(a, by, what)),
        3 => (account(), event()).prop_map(|(account, event)| Happens::Tells(account, event)),
        3 => knowledge().prop_map(Happens::Knows),
        2 => membership().prop_map(Happens::Knows),
        2 => hand().prop_map(Happens::Knows),
        2 => (account(), 0..3u8).prop_map(|(account, what)| Happens::Begins(account, what)),
        2 => (any::<Index>(), outcome()).prop_map(|(send, outcome)| Happens::Ends(send, outcome)),
        2 => Just(Happens::Connects),
        1 => any::<Index>().prop_map(Happens::Disconnects),
        2 => (any::<Index>(), any::<Option<Index>>()).prop_map(|(what, whose)| Happens::Asks(what, whose)),
    ]
}

/// The same to a team whose gateway may be killed at any time.
pub(crate) fn happens_or_restarts() -> impl Strategy<Value = Happens> {
    let heard = |(account, id, is_shown): (AccountId, u8, bool)| {
        let id = id.to_string();
        Happens::Knows(if is_shown { Input::Unshown { account, id } } else { Input::Heard { account, id } })
    };
    prop_oneof![
        30 => happens(),
        2 => (0..12u8).prop_map(Happens::Restarts),
        2 => (0..12u8).prop_map(Happens::Follows),
        2 => Just(Happens::Works),
        1 => (account(), 0..40u8, any::<bool>()).prop_map(heard),
        1 => (account(), event()).prop_map(|(account, event)| Happens::Knows(Input::HeardOf { account, event })),
        1 => (account(), prop::sample::select(Paced::ALL.to_vec())).prop_map(|(account, paced)| Happens::Acts(account, paced)),
        1 => (any::<Index>(), any::<bool>()).prop_map(|(act, is_done)| Happens::HasActed(act, is_done)),
    ]
}

/// What somebody may have changed in the configuration before a restart; mostly nothing.
fn changed(mut setup: Setup, what: u8) -> Setup {
    match what {
        0 => drop(setup.accounts.pop()),
        1 if setup.accounts.len() < NAMES.len() => {
            let is_new = |name: &&&str| setup.accounts.iter().all(|it| it.name != **name);
            let name = NAMES.iter().find(is_new).copied().unwrap_or_default();
            setup.accounts.push(member(name));
        }
        2 => setup.accounts.reverse(),
        3 => setup.bots = bots(&[BotMode::Shard, BotMode::Standby]),
        4 => setup.bots = vec![BotSetup { name: "another".into(), mode: BotMode::All }],
        5 => setup.refresh = if setup.refresh.is_some() { None } else { Some(seconds(50)) },
        _ => {}
    }
    setup
}

/// What somebody may have changed while the gateway serves, with the bots by their places.
fn followed(mut setup: Setup, team: &Team, what: u8) -> (Setup, Vec<Option<BotSetup>>) {
    let mut places: Vec<Option<BotSetup>> = (0..team.bots().count())
        .map(|bot| {
            let is_here = team.bots().here().any(|it| it.0 == bot);
            let name = team.bots().name(BotId(bot)).to_owned();
            let mode = setup.bots.iter().find(|it| it.name == name).map_or(BotMode::All, |it| it.mode);
            is_here.then_some(BotSetup { name, mode })
        })
        .collect();
    match what {
        0 => setup.policy = Policy::Failover,
        1 => setup.refresh = if setup.refresh.is_some() { None } else { Some(seconds(50)) },
        2 => setup.accounts.iter_mut().for_each(|it| it.vigil.ding_after = seconds(100)),
        3 => setup.accounts.iter_mut().for_each(|it| (it.vigil, it.weight) = (Vigil::default(), 2)),
        4 => setup.invite.enabled = !setup.invite.enabled,
        5 => setup.ramp_up = seconds(if setup.ramp_up.is_zero() { 60 } else { 0 }),
        6 => {
            setup.heartbeat_contact =
                if setup.heartbeat_contact.is_some() { None } else { Some(DONG_FROM.into()) }
        }
        7..=9 => {
            let bot = |name: &str, mode| Some(BotSetup { name: name.into(), mode });
            let first = [None, bot("another", BotMode::Shard), bot("bot 0", BotMode::All)];
            let first = first.into_iter().nth(usize::from(what) - 7).flatten();
            places.splice(..places.len().min(1), [first]);
        }
        10 if places.len() < 4 => {
            places.push(Some(BotSetup { name: format!("bot {}", places.len()), mode: BotMode::Standby }));
        }
        _ => setup.replay.events = 3,
    }
    setup.bots = places.iter().flatten().cloned().collect();
    (setup, places)
}

/// What happens, with numbers that are never given twice.
#[derive(Default)]
pub(crate) struct Story {
    number: u64,
    clients: Vec<ClientId>,
    sends: Vec<(u64, AccountId)>,
    acts: Vec<(SendId, AccountId)>,
    told: Vec<String>,
}

impl Story {
    fn next(&mut self) -> u64 {
        self.number += 1;
        self.number
    }

    pub(crate) fn take(&mut self, world: &mut World, happens: Happens) -> Vec<Command> {
        let number = self.next();
        let id = number.to_string();
        match happens {
            Happens::Passes(time) => world.pass(seconds(time)),
            Happens::Oversleeps(time) => world.oversleep(seconds(time)),
            Happens::Link(account, fact) => world.link(account, fact),
            Happens::Shows(account, DONG_FROM, ..) => {
                world.shows(account, written(DONG_FROM, &wxid(account), "dong", &id))
            }
            Happens::Shows(account, who, what, true) => {
                world.shows(account, said(who, &what.to_string(), &id))
            }
            Happens::Shows(account, who, what, false) => {
                world.shows(account, written(who, &wxid(account), &what.to_string(), &id))
            }
            Happens::ShowsOwn(account, author, what) => {
                world.shows(account, said(&wxid(author), &what.to_string(), &id))
            }
            Happens::Tells(account, event) => world.tells(account, event),
            Happens::Knows(input) => world.tell(input),
            Happens::Begins(account, what) => {
                self.sends.push((number, account));
                world.begins(number, account, &what.to_string())
            }
            Happens::Ends(which, outcome) if !self.sends.is_empty() => {
                let (send, account) = self.sends.remove(which.index(self.sends.len()));
                let outcome = if matches!(outcome, SendResult::Sent { .. }) {
                    SendResult::Sent { id }
                } else {
                    outcome
                };
                world.ends(send, account, outcome)
            }
            Happens::Connects => {
                let client = ClientId(number);
                self.clients.push(client);
                world.tell(Input::BotConnected { client, bot: BOT, after: None })
            }
            Happens::Disconnects(which) if !self.clients.is_empty() => {
                let client = self.clients.remove(which.index(self.clients.len()));
                world.tell(Input::BotDisconnected { client })
            }
            Happens::Asks(what, whose) if !self.told.is_empty() && !self.clients.is_empty() => {
                let id = self.told[what.index(self.told.len())].clone();
                let client = whose.map(|it| self.clients[it.index(self.clients.len())]);
                world.tell(Input::Acknowledged { client, bot: BOT, id })
            }
            Happens::Works => world.work(),
            Happens::Acts(account, paced) => {
                let act = SendId(number);
                self.acts.push((act, account));
                world.tell(Input::ActBegins { act, account, paced })
            }
            Happens::HasActed(which, is_done) if !self.acts.is_empty() => {
                let (act, account) = self.acts.remove(which.index(self.acts.len()));
                world.tell(Input::ActEnds { act, account, is_done })
            }
            Happens::Restarts(what) => {
                let Self { number, told, .. } = std::mem::take(self);
                *self = Self { number, told, ..Self::default() };
                let setup = changed(world.setup.clone(), what);
                let commands = world.restarts(setup);
                let numbers = world.team.numbers();
                assert!(numbers.send <= self.number && numbers.client <= self.number, "{numbers:?}");
                commands
            }
            Happens::Follows(what) => {
                let (setup, bots) = followed(world.setup.clone(), &world.team, what);
                world.setup = setup.clone();
                world.tell(Input::Follows { setup: Box::new(setup), bots })
            }
            Happens::Ends(..) | Happens::Disconnects(_) | Happens::Asks(..) | Happens::HasActed(..) => {
                Vec::new()
            }
        }
    }
}

/// A team with little patience, so that all its limits are met.
pub(crate) fn impatient() -> Setup {
    let mut setup = Setup {
        replay: Replay { events: 5, bytes: 1 << 20, age: seconds(300) },
        policy: Policy::LeastLoad,
        refresh: Some(seconds(100)),
        invite: InviteRule { enabled: true, ..InviteRule::default() },
        per_conversation: vec![Limit { count: 2, window: seconds(30) }],
        ..setup(ACCOUNTS.into())
    };
    let limits = vec![Limit { count: 1, window: seconds(10) }, Limit { count: 5, window: seconds(1_000) }];
    setup.accounts[0].allowance.messages.clone_from(&limits);
    setup.accounts[1].allowance.friend_adds = limits;
    setup.accounts[2].ids = Ids::Own;
    setup
}

/// Lives it all; with the wishes that came of it.
pub(crate) fn live(setup: &Setup, all: Vec<Happens>) -> (World, Vec<Command>) {
    live_in(World::with(setup, 7), all)
}

/// The same, in a world of which more may be known.
pub(crate) fn live_in(mut world: World, all: Vec<Happens>) -> (World, Vec<Command>) {
    let (mut story, mut commands) = (Story::default(), Vec::new());
    for happens in all {
        let new = story.take(&mut world, happens);
        for client in &story.clients {
            story.told.extend(messages(client.0, &new));
        }
        commands.extend(new);
    }
    (world, commands)
}
