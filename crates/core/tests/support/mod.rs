//! A team in a world of its own: virtual time, facts told in short words, and what must hold after every step.
#![allow(dead_code, reason = "each scenario uses what it needs")]

pub(crate) mod random;
pub(crate) mod story;
mod turns;
mod watch;

use std::{sync::Arc, time::Duration};

use ha_wechaty_core::{
    AccountId, AlarmRule, Allowance, Backoff, BotId, BotMode, BotSetup, ClientId, Command, EjectionRule, Ids,
    Input, InviteRule, LinkFact, Member, MessageFacts, MessageKind, Notice, Policy, Recall, Replay,
    RoomChange, Routing, SendId, SendResult, Setup, Stamp, Team, Time, Vigil, WeChatEvent, content_of_text,
};

pub(crate) use turns::Turns;
use watch::Watch;

/// Nobody knows, and the account may still have it in its hands.
pub(crate) const UNSURE: SendResult = SendResult::Unsure { is_over: false };
/// Nobody knows, but the account has it in its hands no more.
pub(crate) const LOST: SendResult = SendResult::Unsure { is_over: true };
pub(crate) const NORTH: AccountId = AccountId(0);
pub(crate) const SOUTH: AccountId = AccountId(1);
pub(crate) const WEST: AccountId = AccountId(2);
pub(crate) const BOT: BotId = BotId(0);
pub(crate) const ROOM: &str = "room@chatroom";
pub(crate) const DONG_FROM: &str = "gh_dong";
pub(crate) const NAMES: [&str; 4] = ["north", "south", "west", "east"];

/// An account of this name.
pub(crate) fn member(name: &str) -> Member {
    let (ids, vigil) = (Ids::Shared, Vigil::default());
    Member {
        name: name.into(),
        weight: 1,
        ids,
        vigil,
        allowance: Allowance::unlimited(),
        domains: Vec::new(),
    }
}

/// Bots of these modes, by the names of their places.
pub(crate) fn bots(modes: &[BotMode]) -> Vec<BotSetup> {
    let bot = |(place, mode): (usize, &BotMode)| BotSetup { name: format!("bot {place}"), mode: *mode };
    modes.iter().enumerate().map(bot).collect()
}

/// A team of the first so many of [`NAMES`].
pub(crate) fn setup(accounts: usize) -> Setup {
    Setup {
        self_id: "bot".into(),
        accounts: NAMES[..accounts].iter().map(|name| member(name)).collect(),
        bots: bots(&[BotMode::All]),
        policy: Policy::RoundRobin,
        backoff: Backoff::default(),
        heartbeat_contact: Some(DONG_FROM.into()),
        ramp_up: Duration::from_secs(60),
        ejection: EjectionRule::default(),
        recall: Recall { age: Duration::from_secs(60), ..Recall::default() },
        common_ids: std::collections::BTreeSet::default(),
        epoch: Stamp::new(1_700_000_000).expect("a time"),
        witness_window: Duration::from_secs(3),
        replay: Replay::default(),
        refresh: None,
        directory: 1 << 20,
        per_conversation: Vec::new(),
        invite: InviteRule::default(),
        alarms: AlarmRule::default(),
    }
}

pub(crate) fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

pub(crate) fn minutes(minutes: u64) -> Duration {
    seconds(60 * minutes)
}

/// The contact id that an account has for itself.
pub(crate) fn wxid(account: AccountId) -> String {
    format!("wxid_{}", NAMES[account.index()])
}

/// A text in [`ROOM`], as an account is shown it.
pub(crate) fn said(talker: &str, text: &str, id: &str) -> MessageFacts {
    MessageFacts {
        id: id.into(),
        talker: talker.into(),
        room: ROOM.into(),
        kind: MessageKind::Text,
        content: content_of_text(text),
        ..Default::default()
    }
}

/// A text from one contact to another, as an account is shown it.
pub(crate) fn written(talker: &str, listener: &str, text: &str, id: &str) -> MessageFacts {
    MessageFacts { room: String::new(), listener: listener.into(), ..said(talker, text, id) }
}

pub(crate) fn change(people: &[&str], by: &str) -> RoomChange {
    let people = people.iter().map(ToString::to_string).collect();
    RoomChange { room: ROOM.into(), people, by: by.into(), timestamp: None }
}

pub(crate) fn lost() -> LinkFact {
    LinkFact::Lost { cause: "cut".into() }
}

pub(crate) fn logout() -> LinkFact {
    LinkFact::Logout { reason: "kicked".into() }
}

/// The team, its time, and whoever looks on.
pub(crate) struct World {
    pub(crate) team: Team,
    pub(crate) now: Time,
    watch: Watch,
    /// What the team is made of.
    pub(crate) setup: Setup,
    /// What the team was told, and when, and what it wished then; if that is to be known.
    pub(crate) past: Option<Vec<Moment>>,
}

/// The team was told something.
#[derive(Debug, Clone)]
pub(crate) struct Moment {
    pub(crate) at: Time,
    pub(crate) told: Told,
    /// All that it wished.
    pub(crate) wishes: Vec<Command>,
}

/// What a team is told.
#[derive(Debug, Clone)]
pub(crate) enum Told {
    /// A fact.
    Fact(Box<Input>),
    /// That time has passed.
    Time,
    /// To do some of what takes long.
    Work,
}

impl Told {
    /// Tells it.
    pub(crate) fn tell(self, team: &mut Team, now: Time) {
        match self {
            Self::Fact(input) => team.handle(now, *input),
            Self::Time => team.handle_timeout(now),
            Self::Work => team.work(now),
        }
    }
}

impl World {
    /// A team of so many accounts that nothing has happened to yet.
    pub(crate) fn new(accounts: usize) -> Self {
        Self::with(&setup(accounts), 1)
    }

    pub(crate) fn with(setup: &Setup, seed: u64) -> Self {
        let (team, now) = (Team::new(Time::ZERO, setup, seed), Time::ZERO);
        let (watch, setup) = (Watch::default(), setup.clone());
        let mut world = Self { team, now, watch, setup, past: None };
        world.drain();
        world
    }

    /// One whose accounts are all available, and in [`ROOM`].
    pub(crate) fn up(accounts: usize) -> Self {
        Self::up_with(&setup(accounts))
    }

    pub(crate) fn up_with(setup: &Setup) -> Self {
        let mut world = Self::with(setup, 1);
        world.step();
        for index in 0..setup.accounts.len() {
            world.comes(AccountId::at(index));
        }
        world
    }

    /// An account that was dialled logs in, and tells that it is in [`ROOM`].
    pub(crate) fn comes(&mut self, account: AccountId) -> Vec<Command> {
        let mut commands = self.link(account, LinkFact::Opened);
        commands.extend(self.login(account));
        let rooms = Some(vec![ROOM.into()]);
        commands.extend(self.tell(Input::Lists { account, contacts: None, rooms }));
        commands
    }

    /// The gateway is killed and started again, with what is configured by now.
    pub(crate) fn restarts(&mut self, setup: Setup) -> Vec<Command> {
        self.setup = setup.clone();
        self.tell(Input::Restarts { setup: Box::new(setup) })
    }

    /// The configuration is another one while the gateway serves; each bot has the place that it has there.
    pub(crate) fn follows(&mut self, setup: Setup) -> Vec<Command> {
        let bots = setup.bots.iter().cloned().map(Some).collect();
        self.setup = setup.clone();
        self.tell(Input::Follows { setup: Box::new(setup), bots })
    }

    /// The same, with bots of these names at their places, each in mode `all`.
    pub(crate) fn follows_by_place(&mut self, setup: Setup, names: &[Option<&str>]) -> Vec<Command> {
        let bot = |name: &&str| BotSetup { name: (*name).into(), mode: BotMode::All };
        let bots: Vec<Option<BotSetup>> = names.iter().map(|name| name.as_ref().map(bot)).collect();
        self.setup = Setup { bots: bots.iter().flatten().cloned().collect(), ..setup.clone() };
        self.tell(Input::Follows { setup: Box::new(setup), bots })
    }

    /// One of [`NAMES`] joins, for the first time or again.
    pub(crate) fn joins(&mut self, account: AccountId) -> Vec<Command> {
        self.tell(Input::Joins { account, member: member(NAMES[account.index()]) })
    }

    pub(crate) fn leaves(&mut self, account: AccountId) -> Vec<Command> {
        self.tell(Input::Leaves { account })
    }

    /// Tells a fact; what was due before has been done. Returns the wishes but for those to publish.
    pub(crate) fn tell(&mut self, input: Input) -> Vec<Command> {
        // A stream of a bot that nobody has is no stream.
        let is_stream = if let Input::BotConnected { bot, .. } = &input {
            self.team.bots().here().any(|it| it == *bot)
        } else {
            true
        };
        if is_stream {
            self.watch.hears(&input);
        }
        self.hand(Told::Fact(Box::new(input)))
    }

    /// Time passes until something is due; a fact may have made it so at once.
    pub(crate) fn step(&mut self) -> Vec<Command> {
        let wake = self.team.poll_timeout().expect("something is due");
        self.now = self.now.max(wake);
        self.wake()
    }

    /// So much time passes, with all that is due meanwhile.
    pub(crate) fn pass(&mut self, time: Duration) -> Vec<Command> {
        let end = self.now + time;
        let mut commands = Vec::new();
        while self.team.poll_timeout().is_some_and(|wake| wake <= end) {
            commands.extend(self.step());
        }
        self.now = end;
        commands
    }

    /// So much time passes, and the team is woken only at its end, as by a machine that was asleep.
    pub(crate) fn oversleep(&mut self, time: Duration) -> Vec<Command> {
        self.now = self.now + time;
        self.wake()
    }

    fn wake(&mut self) -> Vec<Command> {
        let commands = self.hand(Told::Time);
        let next = self.team.poll_timeout();
        assert!(next.is_none_or(|next| next > self.now), "still due: {next:?} at {:?}", self.now);
        commands
    }

    /// Does some of what takes long, if there is any.
    pub(crate) fn work(&mut self) -> Vec<Command> {
        if self.team.has_work() { self.hand(Told::Work) } else { Vec::new() }
    }

    fn hand(&mut self, told: Told) -> Vec<Command> {
        let at = self.now;
        if let Some(past) = &mut self.past {
            past.push(Moment { at, told: told.clone(), wishes: Vec::new() });
        }
        told.tell(&mut self.team, at);
        self.drain()
    }

    fn drain(&mut self) -> Vec<Command> {
        let mut commands = Vec::new();
        while let Some(command) = self.team.poll_command() {
            if let Some(moment) = self.past.as_mut().and_then(|past| past.last_mut()) {
                moment.wishes.push(command.clone());
            }
            self.watch.sees(&self.team, &command);
            if !matches!(command, Command::Publish(_)) {
                commands.push(command);
            }
            assert!(commands.len() < 100_000, "the wishes never end");
        }
        self.watch.rests(&self.team, self.now);
        commands
    }

    pub(crate) fn routing(&self) -> &Arc<Routing> {
        self.watch.routing()
    }

    pub(crate) fn link(&mut self, account: AccountId, fact: LinkFact) -> Vec<Command> {
        self.tell(Input::Link { account, fact })
    }

    pub(crate) fn login(&mut self, account: AccountId) -> Vec<Command> {
        self.link(account, LinkFact::Login { contact_id: wxid(account) })
    }

    /// An account is shown a message.
    pub(crate) fn shows(&mut self, account: AccountId, message: MessageFacts) -> Vec<Command> {
        self.tell(Input::Message { account, message })
    }

    /// An account tells of something else.
    pub(crate) fn tells(&mut self, account: AccountId, event: WeChatEvent) -> Vec<Command> {
        self.tell(Input::Event { account, event })
    }

    /// The bot opens a stream.
    pub(crate) fn connect(&mut self, client: u64) -> Vec<WeChatEvent> {
        self.connect_as(client, BOT)
    }

    pub(crate) fn connect_as(&mut self, client: u64, bot: BotId) -> Vec<WeChatEvent> {
        let client = ClientId(client);
        given(client.0, &self.tell(Input::BotConnected { client, bot, after: None }))
    }

    pub(crate) fn disconnect(&mut self, client: u64) -> Vec<Command> {
        self.tell(Input::BotDisconnected { client: ClientId(client) })
    }

    /// The bot asks, on a stream's connection, for what an event was about.
    pub(crate) fn asks(&mut self, client: u64, id: &str) {
        let client = Some(ClientId(client));
        self.tell(Input::Acknowledged { client, bot: BOT, id: id.into() });
    }

    /// The bot is about to say something in [`ROOM`] through an account.
    pub(crate) fn begins(&mut self, send: u64, account: AccountId, text: &str) -> Vec<Command> {
        let message = said("bot", text, "");
        self.tell(Input::SendBegins { send: SendId(send), account, message })
    }

    pub(crate) fn ends(&mut self, send: u64, account: AccountId, outcome: SendResult) -> Vec<Command> {
        self.tell(Input::SendEnds { send: SendId(send), account, conversation: ROOM.into(), outcome })
    }

    pub(crate) fn sent(&mut self, send: u64, account: AccountId, id: &str) -> Vec<Command> {
        self.ends(send, account, SendResult::Sent { id: id.into() })
    }
}

/// What a client is given by these wishes, but for the times, which the team fills in where nobody told them.
pub(crate) fn given(client: u64, commands: &[Command]) -> Vec<WeChatEvent> {
    let mut given = given_and_when(client, commands);
    for event in &mut given {
        if let WeChatEvent::RoomJoin(RoomChange { timestamp, .. })
        | WeChatEvent::RoomLeave(RoomChange { timestamp, .. })
        | WeChatEvent::RoomTopic { timestamp, .. }
        | WeChatEvent::RoomAnnounce { timestamp, .. } = event
        {
            *timestamp = None;
        }
    }
    given
}

/// What a client is given by these wishes.
pub(crate) fn given_and_when(client: u64, commands: &[Command]) -> Vec<WeChatEvent> {
    let given = commands.iter().filter_map(|command| {
        if let Command::Deliver { client: to, event, .. } = command
            && to.0 == client
        {
            Some(WeChatEvent::clone(event))
        } else {
            None
        }
    });
    given.collect()
}

/// The messages among what a client is given.
pub(crate) fn messages(client: u64, commands: &[Command]) -> Vec<String> {
    let id = |event| if let WeChatEvent::Message { id } = event { Some(id) } else { None };
    given(client, commands).into_iter().filter_map(id).collect()
}

/// The wishes without what only tells the operator of an account's steps.
pub(crate) fn but_steps(mut commands: Vec<Command>) -> Vec<Command> {
    commands.retain(|command| !matches!(command, Command::Note(Notice::Phase { .. })));
    commands
}

pub(crate) fn message(id: &str) -> WeChatEvent {
    WeChatEvent::Message { id: id.into() }
}

pub(crate) fn greeting() -> [WeChatEvent; 2] {
    [WeChatEvent::Login { contact_id: "bot".into() }, WeChatEvent::Ready]
}
