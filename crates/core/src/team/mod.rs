//! The team: composes the small machines and turns facts into wishes.

mod accepting;
mod alarms;
mod annals;
mod bots;
mod care;
mod dice;
mod domains;
mod follow;
mod hands;
mod hearing;
mod invites;
mod links;
mod lists;
mod members;
mod messages;
mod once;
mod owed;
mod reach;
mod restart;
mod rooms;
mod setup;
mod standing;
mod stream;
mod tables;
mod under_way;
mod unsure;
mod untold;

use alloc::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    string::String,
    sync::Arc,
    vec::Vec,
};
use core::time::Duration;

use crate::{
    account::{AccountId, AccountState},
    alarm::AlarmDesk,
    backoff::Backoff,
    balance::{Policy, fingerprint},
    bots::{Bots, ClientId},
    command::{Command, Notice},
    dedup::{Dedup, SendId},
    directory::Directory,
    ejection::EjectionRule,
    event::WeChatEvent,
    identity::Identity,
    input::Input,
    invite::Invites,
    kind::DirtyType,
    lately::Lately,
    pace::SpentPace,
    quitting::Quitting,
    refresh::Refresh,
    thinning::Thinning,
    ties::Ties,
    time::Time,
};
use accepting::Accepting;
use alarms::LostRooms;
use annals::Annals;
use hearing::Hearing;
use lists::Listing;
use once::{Once, Owned};
use owed::Owed;
use reach::RoomPayload;
use under_way::UnderWay;
use unsure::Unsure;
use untold::Untold;

pub use owed::MAX_OWED;
pub use setup::{Member, Setup};
pub use under_way::NextNumbers;

/// Of how many people in rooms it is remembered what an account told last.
const CHANGES: usize = 10_000;

/// The team's state machine.
///
/// * Tell it facts with [`handle`](Self::handle), and that time has passed with
///   [`handle_timeout`](Self::handle_timeout).
/// * After each, take its wishes with [`poll_command`](Self::poll_command) until there are none, and then
///   ask with [`poll_timeout`](Self::poll_timeout) when to wake it at the latest.
/// * What takes long it does piece by piece: as long as it [`has_work`](Self::has_work), have it
///   [`work`](Self::work), with inputs between.
/// * Its getters say how things stand.
///
/// The same inputs at the same times, from the same seed, lead to the same state and the same commands.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Team {
    backoff: Backoff,
    heartbeat_contact: Option<String>,
    ejection: EjectionRule,
    #[cfg_attr(feature = "serde", serde(with = "crate::written::nanoseconds"))]
    ramp_up: Duration,
    /// Each in its place, in the team or not any more.
    accounts: Vec<AccountState>,
    weights: Vec<u32>,
    identity: Identity,
    policy: Policy,
    directory: Directory,
    refresh: Refresh,
    /// Lists that are being worked through.
    listings: VecDeque<Listing>,
    thinning: Thinning,
    quitting: Quitting,
    ties: Ties,
    invites: Invites,
    dedup: Dedup,
    /// What accounts told of rooms.
    changes: Lately<rooms::Place, rooms::Told>,
    once: Once,
    #[cfg_attr(feature = "serde", serde(with = "crate::written::nanoseconds"))]
    witness_window: Duration,
    /// Sends that may have been sent, until it is settled whether they were.
    unsure: BTreeMap<SendId, Unsure>,
    hearing: Vec<Hearing>,
    owed: Owed,
    #[cfg_attr(feature = "serde", serde(default))]
    untold: Untold,
    under_way: UnderWay,
    spent: SpentPace,
    accepting: Accepting,
    numbers: NextNumbers,
    /// When accounts last said in a room what nobody is known to have sent.
    unexplained: Lately<unsure::Mouth, Time>,
    bots: Bots,
    #[cfg_attr(feature = "serde", serde(default))]
    annals: Annals,
    #[cfg_attr(feature = "serde", serde(default))]
    alarms: AlarmDesk,
    #[cfg_attr(feature = "serde", serde(default))]
    lost_rooms: LostRooms,
    /// Whether any account is available, and since when it is so.
    up: bool,
    since: Time,
    /// Whether the bots were told that it is.
    is_greeted: bool,
    /// Why it is not, if bots that were told that it is are still to be told so.
    farewell: Option<String>,
    /// The streams that opened since then: they learn how the team stands when those others do.
    newcomers: BTreeSet<ClientId>,
    /// Those that logged themselves out, and when they are to be told of a login.
    relogins: BTreeMap<ClientId, Time>,
    /// When bots were last given something, or asked for what they were given.
    busy: Option<Time>,
    /// When they were last told that it is not.
    dismissed: Option<Time>,
    /// The time of the last input.
    now: Time,
    #[cfg_attr(feature = "serde", serde(with = "crate::written::dice"))]
    dice: fastrand::Rng,
    /// How many things without an id were seen.
    unnamed: u64,
    /// None is left whenever the team is written down: all were taken.
    #[cfg_attr(feature = "serde", serde(skip))]
    commands: VecDeque<Command>,
    /// Whether calls should see something that the last published routing doesn't show.
    stale: bool,
}

impl Team {
    /// A team whose accounts are to be dialled at once. `seed` is all the randomness it ever gets.
    pub fn new(now: Time, setup: &Setup, seed: u64) -> Self {
        let mut team = Self {
            backoff: setup.backoff,
            heartbeat_contact: setup.heartbeat_contact.clone(),
            ejection: setup.ejection,
            ramp_up: setup.ramp_up,
            accounts: Vec::new(),
            weights: Vec::new(),
            now,
            identity: Identity::new(&setup.self_id, setup.recall.age, setup.common_ids.clone()),
            policy: setup.policy,
            directory: Directory::new(setup.directory),
            refresh: Refresh::new(setup.refresh),
            listings: VecDeque::new(),
            thinning: Thinning::default(),
            quitting: Quitting::default(),
            ties: Ties::default(),
            invites: Invites::new(setup.invite.clone()),
            dedup: Dedup::new(setup.recall, setup.epoch),
            changes: Lately::new(setup.recall.window, CHANGES),
            once: Once::new(setup.recall.age),
            witness_window: setup.witness_window,
            unsure: BTreeMap::new(),
            hearing: Vec::new(),
            owed: Owed::default(),
            untold: Untold::default(),
            under_way: UnderWay::default(),
            spent: SpentPace::new(&setup.per_conversation),
            accepting: Accepting::default(),
            numbers: NextNumbers::default(),
            unexplained: Lately::new(unsure::remembered(setup.witness_window), unsure::UNEXPLAINED),
            bots: Bots::new(now, &setup.bots, setup.replay),
            annals: Annals::default(),
            alarms: AlarmDesk::new(&setup.alarms),
            lost_rooms: LostRooms::new(),
            up: false,
            since: now,
            is_greeted: false,
            farewell: None,
            newcomers: BTreeSet::new(),
            relogins: BTreeMap::new(),
            busy: None,
            dismissed: None,
            dice: fastrand::Rng::with_seed(seed),
            unnamed: 0,
            commands: VecDeque::new(),
            stale: true,
        };
        team.bots.number_from(bots::first_number(setup.epoch, now.since_origin()));
        for (index, member) in setup.accounts.iter().enumerate() {
            team.admit(now, AccountId::at(index), member);
        }
        team
    }

    /// Whether any account is available.
    pub fn is_up(&self) -> bool {
        self.up
    }

    /// Whether the bots were told that it is: after a logout they are told of a login a moment later, and of a logout
    /// once they are done with what they were given.
    pub fn is_greeted(&self) -> bool {
        self.is_greeted || self.farewell.is_some()
    }

    /// Whether the bot at this stream was told so: one that comes while others are still to be told of a logout is told
    /// of neither.
    pub fn is_greeted_at(&self, client: ClientId) -> bool {
        self.is_greeted() && !self.newcomers.contains(&client) && !self.relogins.contains_key(&client)
    }

    /// Since when it is so.
    pub fn since(&self) -> Time {
        self.since
    }

    /// The accounts by their places, also those that have left.
    pub fn accounts(&self) -> &[AccountState] {
        &self.accounts
    }

    /// How ids are translated.
    pub fn identity(&self) -> &Identity {
        &self.identity
    }

    /// The bots' streams and backlogs.
    pub fn bots(&self) -> &Bots {
        &self.bots
    }

    /// What was seen lately.
    pub fn dedup(&self) -> &Dedup {
        &self.dedup
    }

    /// Who can reach whom.
    pub fn directory(&self) -> &Directory {
        &self.directory
    }

    /// The rooms that are kept fresh.
    pub fn refresh(&self) -> &Refresh {
        &self.refresh
    }

    /// Takes a fact.
    pub fn handle(&mut self, now: Time, input: Input) {
        let before = core::mem::replace(&mut self.now, now);
        self.owes(now, &input);
        self.tells(now, &input);
        // What is told of one that has left is old.
        if input.teller().is_some_and(|account| !self.is_member(account)) {
            return;
        }
        self.listen(now, &input);
        self.hear_stream(now, &input);
        match input {
            Input::Behind { .. }
            | Input::Heard { .. }
            | Input::HeardOf { .. }
            | Input::StreamTells { .. }
            | Input::Unshown { .. } => {}
            Input::Follows { setup, bots } => self.on_follows(now, &setup, &bots),
            Input::Restarts { setup } => self.on_restarts(now, now - before, &setup),
            Input::Joins { account, member } => self.on_joins(now, account, &member),
            Input::Leaves { account } => self.on_leaves(now, account),
            Input::Link { account, fact } => self.on_link(now, account, fact),
            Input::Message { account, message } => self.on_message(now, account, &message, false),
            Input::OldMessage { account, message } => self.on_message(now, account, &message, true),
            Input::Event { account, event } => self.on_event(now, account, event),
            Input::Lists { account, contacts, rooms } => self.on_lists(now, account, contacts, rooms),
            Input::Reaches { account, contacts, rooms } => self.on_reaches(now, account, contacts, rooms),
            Input::Room { account, room, topic, members, owner, admins } => {
                self.on_room(now, account, &RoomPayload { room, topic, members, owner, admins });
            }
            Input::RoomMade { account, room } => self.on_room_made(now, account, &room),
            Input::Invited { account, room, teammate, result } => {
                self.on_invited(now, account, &room, teammate, result);
            }
            Input::Invitation { account, id, inviter } => self.on_invitation(now, account, id, &inviter),
            Input::RoomUnread { account, room, refused } => {
                self.on_room_unread(now, account, &room, refused);
            }
            Input::SendBegins { send, account, message } => self.on_send_begins(now, send, account, &message),
            Input::SendEnds { send, account, conversation, outcome } => {
                self.on_send_ends(now, send, account, &conversation, &outcome);
            }
            Input::ActBegins { act, account, paced } => self.on_act_begins(now, act, account, paced),
            Input::ActEnds { act, account: _, is_done } => self.on_act_ends(now, act, is_done),
            Input::Unreachable { account, conversation } => self.cannot(&conversation, account),
            Input::Quits { room } => self.on_quits(now, &room),
            Input::HasQuit { account, room } => self.quitting.done(now, account, &room),
            Input::DingFailed { account, cause } => self.on_ding_failed(now, account, cause),
            Input::PuppetDinged { account } => self.on_puppet_dinged(now, account),
            Input::PuppetDong { account } => self.on_puppet_dong(now, account),
            Input::Worked { account, work, result } => self.on_worked(now, account, work, result),
            Input::Hand { account, hand, by, why, force, number } => {
                let done = self.on_hand(now, account, hand, (&by, &why), force);
                let note = Notice::Hand { account, hand, by, why, number, done };
                self.commands.push_back(Command::Note(note));
            }
            Input::Told { telling, error } => self.alarms.told(now, telling, error.as_deref()),
            Input::AlarmSeen { alarm, by, pause } => self.on_alarm_seen(now, alarm, &by, pause),
            Input::AlarmTest { way, by } => self.on_alarm_test(now, way, &by),
            Input::Machine { kind, about, trouble } => self.alarms.machine(now, kind, about, trouble),
            Input::HeardUpTo { account, seq, service } => self.accounts[account.index()].hears(seq, service),
            Input::BotKnows { client, bot, seq } => self.bots.knows(client, bot, seq),
            Input::BotConnected { client, bot, after } => self.on_bot_connected(now, client, bot, after),
            Input::BotDisconnected { client } => self.on_bot_disconnected(now, client),
            Input::Reads { kind, id } => self.once.is_read(now, kind, &id),
            Input::BotSays { bot, conversation } => self.bots.says(bot, fingerprint(&conversation)),
            Input::BotSaid { bot, conversation } => self.on_bot_said(bot, &conversation),
            Input::Acknowledged { client, bot, id } => {
                self.busy = Some(now);
                self.bots.has_acknowledged(now, bot);
                self.bots.acknowledge(client, bot, &id);
            }
            Input::LoggedOut { client } => self.on_logged_out(now, client),
            Input::Ding { client, bot, data } => self.on_bots_ding(client, bot, &data),
        }
        // What somebody was shown may prove that something else was not said.
        self.settle(now);
        self.watch_alarms(now);
    }

    /// Does what is due.
    pub fn handle_timeout(&mut self, now: Time) {
        self.now = now;
        for index in 0..self.accounts.len() {
            self.care(now, AccountId::at(index));
        }
        self.read_on(now);
        self.invite(now);
        self.settle_quits(now);
        self.tell_thinned(now);
        self.settle(now);
        self.stale |= self.identity.handle_timeout(now);
        self.dedup.handle_timeout(now);
        self.changes.handle_timeout(now);
        self.unexplained.handle_timeout(now);
        self.once.handle_timeout(now);
        self.attend_bots(now);
        self.dismiss_if_due(now);
        self.greet_if_due(now);
        self.greet_again(now);
        self.watch_alarms(now);
    }

    /// When [`Team::handle_timeout`] has something to do, if nothing happens before.
    pub fn poll_timeout(&self) -> Option<Time> {
        let dials = self.accounts.iter().filter_map(AccountState::poll_timeout);
        let streams = self.accounts.iter().filter_map(AccountState::poll_stream);
        let unsure = self.unsure.values().map(Unsure::poll_timeout).min();
        let fresh = self.refresh.poll_timeout();
        dials
            .chain(streams)
            .chain(unsure)
            .chain(fresh)
            .chain(self.invites.poll_timeout())
            .chain(self.thinning.poll_timeout())
            .chain(self.quitting.poll_timeout())
            .chain(self.bots.poll_timeout())
            .chain(self.bots.poll_flow())
            .chain(self.bots.poll_absence())
            .chain(self.alarms.poll_timeout())
            .chain(self.dedup.poll_timeout())
            .chain(self.identity.poll_timeout())
            .chain(self.greeting_due())
            .chain(self.farewell_due())
            .chain(self.relogins.values().min().copied())
            .min()
    }

    /// The next wish.
    pub fn poll_command(&mut self) -> Option<Command> {
        // First: whoever acts on a later command should see the team as it is now.
        if core::mem::take(&mut self.stale) {
            return Some(Command::Publish(Arc::new(self.routing())));
        }
        self.commands.pop_front()
    }

    fn on_event(&mut self, now: Time, account: AccountId, event: WeChatEvent) {
        let it = &self.identity;
        let event = match event {
            WeChatEvent::RoomJoin(change) => return self.on_room_join(now, account, &change),
            WeChatEvent::RoomLeave(change) => return self.on_room_leave(now, account, &change),
            WeChatEvent::RoomTopic { room, changer, new, old, timestamp } => {
                let room = it.room_out(account, &room);
                let changer = it.contact_out(account, &changer);
                return self.on_room_topic(
                    now,
                    account,
                    &WeChatEvent::RoomTopic { room, changer, new, old, timestamp },
                );
            }
            WeChatEvent::RoomAnnounce { room, changer, new, old, timestamp } => {
                let room = it.room_out(account, &room);
                let changer = it.contact_out(account, &changer);
                let event = WeChatEvent::RoomAnnounce { room, changer, new, old, timestamp };
                return self.on_room_announce(now, account, &event);
            }
            WeChatEvent::Friendship { id } => {
                self.refresh.doubt_lists(now, account);
                WeChatEvent::Friendship { id: it.tag(account, &id) }
            }
            WeChatEvent::RoomInvite { id } => WeChatEvent::RoomInvite { id: it.tag(account, &id) },
            WeChatEvent::Post { id } => WeChatEvent::Post { id: it.tag(account, &id) },
            WeChatEvent::PostComment { post, comment } => {
                WeChatEvent::PostComment { post: it.tag(account, &post), comment: it.tag(account, &comment) }
            }
            WeChatEvent::PostTap { post, kind, contact, is_there, timestamp } => WeChatEvent::PostTap {
                post: it.tag(account, &post),
                kind,
                contact: it.contact_out(account, &contact),
                is_there,
                timestamp,
            },
            WeChatEvent::Tag(change) => WeChatEvent::Tag(change.owned(|id| it.tag(account, id))),
            WeChatEvent::TagGroup(change) => WeChatEvent::TagGroup(change.owned(|id| it.tag(account, id))),
            WeChatEvent::Dirty { kind, id } => {
                let id = match kind {
                    DirtyType::Contact => it.contact_out(account, &id),
                    DirtyType::Room | DirtyType::RoomMember => it.room_out(account, &id),
                    DirtyType::Message
                    | DirtyType::Friendship
                    | DirtyType::Post
                    | DirtyType::Tag
                    | DirtyType::TagGroup
                    | DirtyType::Other(_) => it.tag(account, &id),
                };
                self.on_dirty(now, account, kind, &id);
                if !self.once.is_dirtied(now, account, kind, &id) {
                    return;
                }
                WeChatEvent::Dirty { kind, id }
            }
            WeChatEvent::Ready => return self.refresh.is_ready(now, account),
            // A message comes with its payload; what says how the team stands, the team says itself.
            WeChatEvent::Message { .. }
            | WeChatEvent::Login { .. }
            | WeChatEvent::Logout { .. }
            | WeChatEvent::Scan(_)
            | WeChatEvent::Challenge(_)
            | WeChatEvent::Dong { .. } => return,
        };
        // What is of no conversation is about itself; and what has an owner's id happens once.
        let about = match Owned::of(&event) {
            Some((what, id)) if !id.is_empty() && !self.once.is_first(now, what, &id) => return,
            Some((_, id)) => id.into_owned(),
            None => String::new(),
        };
        self.publish(now, &about, &event);
    }
}
