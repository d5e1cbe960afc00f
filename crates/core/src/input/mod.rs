//! What the core is told: facts, in the order in which they became known.

mod result;
mod teller;

use alloc::{boxed::Box, string::String, vec::Vec};
use core::time::Duration;

use crate::{
    account::AccountId,
    alarm::{AlarmId, AlarmKind, Severity},
    bots::{BotId, BotSetup, ClientId},
    dedup::SendId,
    ejection::Work,
    event::{MessageFacts, WeChatEvent},
    hand::Hand,
    invite::InviteResult,
    kind::DirtyType,
    pace::Paced,
    phase::LinkFact,
    team::{Member, Setup},
};

pub use result::{SendResult, WorkResult};

/// A fact.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum Input {
    /// An account joins the team while it runs: the one behind the last, one of the same name that had left, or another
    /// one in the place of one that left so long ago that nothing refers to it any more.
    Joins {
        /// Its place: the first that is free, the one that it had, or one that was left.
        account: AccountId,
        /// What it is.
        member: Member,
    },
    /// An account leaves the team while it runs. What is told of it afterwards is old, but for what became of its
    /// sends.
    Leaves {
        /// Who.
        account: AccountId,
    },
    /// The process that was told all this is gone, and another one has read it: no stream and no link is there any more,
    /// and nobody will answer what was asked. Calls that stood in line are gone too.
    Restarts {
        /// What the team is made of from now on. Accounts and bots are known by their names: an account stays in its
        /// place, whatever its place in this list, and a bot's number is its place in this one.
        setup: Box<Setup>,
    },
    /// The configuration says otherwise while the team works: what it says of limits, accounts and bots counts at once. Who is
    /// not in the team does not join by it, and nobody leaves.
    Follows {
        /// What the team is made of from now on, but for its bots.
        setup: Box<Setup>,
        /// The bots by their numbers, which they keep; none for one that is removed.
        bots: Vec<Option<BotSetup>>,
    },
    /// About an account's link or login.
    Link {
        /// Whose.
        account: AccountId,
        /// What.
        fact: LinkFact,
    },
    /// An account was shown a message; its payload has been read.
    Message {
        /// By whom.
        account: AccountId,
        /// The message, with the account's own ids.
        message: MessageFacts,
    },
    /// The same, but it says nothing of how the account is now: what was told later has been handed on already,
    /// or another connection told of it.
    OldMessage {
        /// By whom.
        account: AccountId,
        /// The message, with the account's own ids.
        message: MessageFacts,
    },
    /// An account was told of a message, which is being read. Until that is told, or [`Input::Unshown`],
    /// [`crate::Team::owed`] tells of it.
    Heard {
        /// Who.
        account: AccountId,
        /// The message, by the account's own ids.
        id: String,
    },
    /// An account was told of something that is no message, which stands behind messages that are being read. Until it is
    /// handed on, as [`Input::Event`] or [`Input::Invitation`], a restart goes on with it.
    HeardOf {
        /// Who.
        account: AccountId,
        /// What, with its own ids.
        event: WeChatEvent,
    },
    /// It turned out that there is no such message, or none that can ever be read.
    Unshown {
        /// Who was told of it.
        account: AccountId,
        /// The message, by the account's own ids.
        id: String,
    },
    /// An account was told of a message that can't be read yet, though later ones are; told of each. Or there is none
    /// any more.
    Behind {
        /// Whose.
        account: AccountId,
        /// False if all of them have been read.
        is_behind: bool,
    },
    /// Something else happened, as one account tells it, with its own ids.
    Event {
        /// Who tells.
        account: AccountId,
        /// What.
        event: WeChatEvent,
    },
    /// An account's contacts and rooms, with its own ids, all of them, as [`crate::Command::Learn`] asked.
    Lists {
        /// Whose.
        account: AccountId,
        /// Its contacts; `None` if they could not be read.
        contacts: Option<Vec<String>>,
        /// The rooms it is in; `None` if they could not be read.
        rooms: Option<Vec<String>>,
    },
    /// Contacts and rooms that an account reaches, with its own ids, heard in passing; there may be others.
    Reaches {
        /// Who.
        account: AccountId,
        /// Contacts.
        contacts: Vec<String>,
        /// Rooms.
        rooms: Vec<String>,
    },
    /// A room's payload, with the ids of the account that told it.
    Room {
        /// Who told.
        account: AccountId,
        /// The room.
        room: String,
        /// Its topic.
        topic: String,
        /// Its members.
        members: Vec<String>,
        /// Its owner, or empty.
        owner: String,
        /// Its admins.
        admins: Vec<String>,
    },
    /// An account made a room, as a bot wished.
    RoomMade {
        /// Who.
        account: AccountId,
        /// The room, by the account's own ids.
        room: String,
    },
    /// An account was asked to invite a teammate into a room.
    Invited {
        /// Who was asked.
        account: AccountId,
        /// The room, by the team's ids.
        room: String,
        /// Whom.
        teammate: AccountId,
        /// What came of it.
        result: InviteResult,
    },
    /// An account was invited into a room, and it is known by whom.
    Invitation {
        /// Who was invited.
        account: AccountId,
        /// The invitation, by the account's own ids.
        id: String,
        /// Who invites; empty if it could not be read.
        inviter: String,
    },
    /// A room's payload could not be read.
    RoomUnread {
        /// Who was asked.
        account: AccountId,
        /// The room, by the account's own ids.
        room: String,
        /// Whether the account itself refused; else it was not there.
        refused: bool,
    },
    /// An account is about to be asked to send; the message has the team's ids.
    SendBegins {
        /// The caller's number for it.
        send: SendId,
        /// Who is asked.
        account: AccountId,
        /// What is sent; its id is not known yet.
        message: MessageFacts,
    },
    /// The account answered, or nobody waits for its answer any more. Told of each that began.
    SendEnds {
        /// The caller's number for it.
        send: SendId,
        /// Who was asked.
        account: AccountId,
        /// The conversation, with the team's ids.
        conversation: String,
        /// What came of it.
        outcome: SendResult,
    },
    /// An account is about to be asked for something else that WeChat counts.
    ActBegins {
        /// The caller's number for it: no send has it.
        act: SendId,
        /// Who is asked.
        account: AccountId,
        /// What it counts as.
        paced: Paced,
    },
    /// The account answered, or nobody waits for its answer any more. Told of each that began.
    ActEnds {
        /// The caller's number for it.
        act: SendId,
        /// Who was asked.
        account: AccountId,
        /// Whether it counts: false only if it was not done for sure.
        is_done: bool,
    },
    /// An account could not do something that needs a conversation, but another one could.
    Unreachable {
        /// Who could not.
        account: AccountId,
        /// The conversation, with the team's ids.
        conversation: String,
    },
    /// A bot asks that accounts leave a room, which is told before any of them is asked.
    Quits {
        /// The room, with the team's ids.
        room: String,
    },
    /// An account said that it left a room, as [`Input::Quits`] told.
    HasQuit {
        /// Which.
        account: AccountId,
        /// The room, with the team's ids.
        room: String,
    },
    /// A ding could not be sent to the heartbeat contact.
    DingFailed {
        /// By whom.
        account: AccountId,
        /// The puppet's own words.
        cause: String,
    },
    /// An account's puppet has taken a ding of its own: the call was answered, and the dong is due.
    PuppetDinged {
        /// Whose.
        account: AccountId,
    },
    /// Something came by an account's event stream that stands behind what came before, or the stream is not read at all for
    /// now, since too much does: told once after each ding of its puppet.
    StreamTells {
        /// Whose.
        account: AccountId,
    },
    /// An account's puppet answered a ding of its own, by its event stream.
    PuppetDong {
        /// Whose.
        account: AccountId,
    },
    /// An account was asked for a kind of work that WeChat throttles.
    Worked {
        /// Who was asked.
        account: AccountId,
        /// For what.
        work: Work,
        /// What came of it.
        result: WorkResult,
    },
    /// An operator sees to an account: [`crate::Notice::Hand`] tells what came of it.
    Hand {
        /// To which account.
        account: AccountId,
        /// What is to be done.
        hand: Hand,
        /// Who does it, and from where, for people.
        by: String,
        /// Why, in that person's words.
        why: String,
        /// Whether it is to be done even if nobody gets work then.
        force: bool,
        /// The teller's number for it.
        number: u64,
    },
    /// What people were to be told, as [`crate::Command::Tell`] wished, was tried.
    Told {
        /// The telling's number.
        telling: u64,
        /// Why it did not arrive, for people; `None`: it did.
        error: Option<String>,
    },
    /// Somebody has seen an alarm, and sees to it: it is told no more, unless it changes.
    AlarmSeen {
        /// Which; `None`: all that are open.
        alarm: Option<AlarmId>,
        /// Who, and from where, for people.
        by: String,
        /// After so long it is told again, if it is still open; `None`: never.
        #[cfg_attr(feature = "serde", serde(with = "crate::written::nanoseconds_or_none"))]
        pause: Option<Duration>,
    },
    /// It is to be tried how people are told.
    AlarmTest {
        /// By which way; `None`: by all.
        way: Option<String>,
        /// Who tries it, and from where, for people.
        by: String,
    },
    /// Something about this machine, or about what the shell alone knows, is wrong, or well again: told again after each
    /// restart, or it counts as well.
    Machine {
        /// What.
        kind: AlarmKind,
        /// What of it: a path, a name. Each is an alarm of its own.
        about: String,
        /// How much it matters, and why, for people; `None`: it is well.
        trouble: Option<(Severity, String)>,
    },
    /// What a bot knows of something may be older than the last that was told of it: the bot has read it from an
    /// account that had not told that it changed. Whoever tells of it next is given.
    Reads {
        /// What sort of thing.
        kind: DirtyType,
        /// Its id, with the team's ids.
        id: String,
    },
    /// An account's service numbers what it tells, and this was the last: it was taken, and is asked for what came behind it
    /// once its stream is opened anew.
    HeardUpTo {
        /// Whose service.
        account: AccountId,
        /// The number, as it is on the wire.
        seq: i32,
        /// Which service that is, as a fingerprint; 0 if that is not known.
        #[cfg_attr(feature = "serde", serde(default))]
        service: u64,
    },
    /// A bot is about to open its event stream, and says which number it was given last: [`Input::BotConnected`] follows.
    BotKnows {
        /// Its stream.
        client: ClientId,
        /// Which bot.
        bot: BotId,
        /// The number, as it is on the wire.
        seq: u64,
    },
    /// A bot opened its event stream.
    BotConnected {
        /// Its stream.
        client: ClientId,
        /// Which bot.
        bot: BotId,
        /// The stream that its connection had before, if it had one: this one goes on where that ended.
        after: Option<ClientId>,
    },
    /// The stream ended, from either side.
    BotDisconnected {
        /// Its stream.
        client: ClientId,
    },
    /// A bot is about to say something: it stands in line, perhaps for long.
    BotSays {
        /// Which bot.
        bot: BotId,
        /// Where, by the team's id.
        conversation: String,
    },
    /// What a bot was about to say has left, or never will.
    BotSaid {
        /// Which bot.
        bot: BotId,
        /// Where, by the team's id.
        conversation: String,
    },
    /// A bot asked for what an event was about, or was told of it in another way: as its own send's answer.
    Acknowledged {
        /// The stream that it has on the connection that it asked on, or had last: that counts for the one that went on.
        client: Option<ClientId>,
        /// Which bot.
        bot: BotId,
        /// The message, friendship or invitation, with the team's ids.
        id: String,
    },
    /// A client logged out, and the team stays logged in: a stock client forgets who it is before it asks for that, and
    /// is told again.
    LoggedOut {
        /// The stream that it has on the connection that it asked on.
        client: ClientId,
    },
    /// A bot pinged the team.
    Ding {
        /// The stream that it has on the connection that it asked on; without one all streams of the bot are answered.
        client: Option<ClientId>,
        /// Which bot.
        bot: BotId,
        /// To be sent back.
        data: String,
    },
}

impl Input {
    /// Whether it may be written down a moment later, with what comes next: it follows from what is written down already, and
    /// whoever goes on without it finds it out again. What was sent is seen; what a bot has acknowledged, it knows by its
    /// id; who stands in line is gone with the process; an account that works shows that again; what people were told is
    /// told again, and what is wrong with a machine is found again.
    pub fn is_patient(&self) -> bool {
        match self {
            Self::SendEnds { .. }
            | Self::ActEnds { .. }
            | Self::BotSays { .. }
            | Self::BotSaid { .. }
            | Self::Acknowledged { .. }
            | Self::Worked { .. }
            | Self::Told { .. }
            | Self::Machine { .. } => true,
            Self::Joins { .. }
            | Self::Leaves { .. }
            | Self::Restarts { .. }
            | Self::Follows { .. }
            | Self::Link { .. }
            | Self::Message { .. }
            | Self::OldMessage { .. }
            | Self::Heard { .. }
            | Self::HeardOf { .. }
            | Self::Unshown { .. }
            | Self::Behind { .. }
            | Self::Event { .. }
            | Self::Lists { .. }
            | Self::Reaches { .. }
            | Self::Room { .. }
            | Self::RoomMade { .. }
            | Self::Invited { .. }
            | Self::Invitation { .. }
            | Self::RoomUnread { .. }
            | Self::SendBegins { .. }
            | Self::ActBegins { .. }
            | Self::Unreachable { .. }
            | Self::Quits { .. }
            | Self::HasQuit { .. }
            | Self::DingFailed { .. }
            | Self::PuppetDinged { .. }
            | Self::StreamTells { .. }
            | Self::PuppetDong { .. }
            | Self::Hand { .. }
            | Self::AlarmSeen { .. }
            | Self::AlarmTest { .. }
            | Self::Reads { .. }
            | Self::HeardUpTo { .. }
            | Self::BotKnows { .. }
            | Self::BotConnected { .. }
            | Self::BotDisconnected { .. }
            | Self::LoggedOut { .. }
            | Self::Ding { .. } => false,
        }
    }
}
