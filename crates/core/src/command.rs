//! What the core wishes: to be done by whoever drives it, in order.

use alloc::{string::String, sync::Arc, vec::Vec};
use core::time::Duration;

use crate::{
    account::AccountId,
    alarm::Alarm,
    bots::{BotId, ClientId},
    challenge::LoginChallenge,
    dedup::{MessageCopy, SendId},
    ejection::Work,
    event::WeChatEvent,
    hand::{Hand, HandEnd},
    phase::{PendingScan, Standing},
    routing::Routing,
    thinning::Thinned,
};

/// A wish.
#[derive(Debug, Clone, PartialEq)]
pub enum Command {
    /// Dial the account's puppet service: connect, open its event stream, start its puppet.
    Connect {
        /// Whose.
        account: AccountId,
    },
    /// As [`Command::Connect`], but if somebody else still holds its event stream, take that: `Stop`, the event stream,
    /// `Start`. Tell [`crate::LinkFact::Evicted`] then, instead of that it is opened.
    Evict {
        /// Whose.
        account: AccountId,
    },
    /// Read the account's contacts and rooms, and tell them as [`crate::Input::Lists`].
    Learn {
        /// Whose.
        account: AccountId,
    },
    /// Read a room's payload through the account, and tell it as [`crate::Input::Room`], or else
    /// [`crate::Input::RoomUnread`].
    ReadRoom {
        /// Whose.
        account: AccountId,
        /// The room, by the account's own ids.
        room: String,
    },
    /// Have the account invite a teammate into a room; tell [`crate::Input::Invited`].
    Invite {
        /// Who invites.
        account: AccountId,
        /// The room, by the team's ids.
        room: String,
        /// Whom.
        teammate: AccountId,
        /// The teammate's contact id.
        contact: String,
    },
    /// Have the account accept an invitation into a room, which came from a teammate.
    AcceptInvitation {
        /// Who.
        account: AccountId,
        /// The invitation, by the account's own ids.
        id: String,
    },
    /// Have the account write `ding` to its heartbeat contact; tell [`crate::Input::DingFailed`] if it can't.
    Ding {
        /// Who.
        account: AccountId,
        /// To whom, by the account's own ids.
        contact: String,
    },
    /// Call the account's own `Ding`; once it was taken, tell [`crate::Input::PuppetDinged`]. Its `dong` is
    /// [`crate::Input::PuppetDong`].
    PuppetDing {
        /// Whose.
        account: AccountId,
    },
    /// Open the account's event stream anew, on a new connection, without telling that the old one is lost unless
    /// that fails: a service tells on a new one how its account stands.
    Reopen {
        /// Whose.
        account: AccountId,
    },
    /// Restart the account's puppet: `Stop`, then `Start`.
    Reset {
        /// Whose.
        account: AccountId,
    },
    /// Have the account's puppet log it out.
    Logout {
        /// Whose.
        account: AccountId,
    },
    /// Give an event to a bot, on its stream, after those before.
    Deliver {
        /// To whom.
        client: ClientId,
        /// What, with the team's ids; shared by all who are given it.
        event: Arc<WeChatEvent>,
        /// Its number among what the bot is given, see [`seq_of`](crate::seq_of); 0 of what is told and not kept, as that
        /// the team came.
        number: u64,
    },
    /// What is given to a bot next is of a backlog: what it says in that conversation for a while may be answers to it,
    /// and waits for as long as they need.
    Late {
        /// Which bot.
        bot: BotId,
        /// A [`crate::fingerprint`] of the conversation.
        conversation: u64,
    },
    /// Two ids name one message: whatever needs one of the copies may use any.
    Join {
        /// The copy that was known.
        known: MessageCopy,
        /// The copy that joins it.
        copy: MessageCopy,
    },
    /// It is settled what became of a send whose sender didn't know.
    Settle {
        /// The caller's number for it.
        send: SendId,
        /// What became of it.
        settled: Settled,
    },
    /// Route calls by this from now on.
    Publish(Arc<Routing>),
    /// Tell the operator.
    Note(Notice),
    /// Tell people of alarms by one of the ways that there are to them; then tell [`crate::Input::Told`].
    Tell(Tell),
}

/// What people are to be told, once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tell {
    /// Its number. The same alarms are told again with it until they arrive; no other telling ever has it.
    pub telling: u64,
    /// By which way: its name.
    pub way: String,
    /// What: one, or several that came together; each as it is now.
    pub alarms: Vec<Arc<Alarm>>,
    /// How often it was tried, with this: 1 for the first time.
    pub attempt: u32,
}

impl Command {
    /// Whether it may be done only once its cause is durable: a gateway that is killed, and does not know any more why
    /// it did this, would do harm. Whatever else is wished is harmless twice, or concerns nobody but this process.
    pub fn is_held(&self) -> bool {
        match self {
            // A bot works with what it was given. Were that forgotten, it would be given it again under another number, and
            // what it acknowledged would be of nothing.
            Self::Deliver { .. } => true,
            // A bot is told what became of its send, for good.
            Self::Settle { .. } => true,
            // WeChat counts them, and a person is asked. Were it forgotten, it would be done again at once.
            Self::Invite { .. } => true,
            // It can't be taken back; and if it was forgotten that the teammate's invitation was no business of the bots',
            // they would be given one that is accepted already.
            Self::AcceptInvitation { .. } => true,
            // An operator is told that it is done; were it forgotten, the account would get work again after a restart.
            Self::Logout { .. } => true,
            // A restart dials anew, whatever was dialled before.
            Self::Connect { .. } | Self::Evict { .. } | Self::Reopen { .. } | Self::Reset { .. } => false,
            // To read again costs a call.
            Self::Learn { .. } | Self::ReadRoom { .. } => false,
            // A dong that is not expected any more says what it says.
            Self::Ding { .. } | Self::PuppetDing { .. } => false,
            // They are known, or seen, in this process alone; a restart publishes, joins and notes anew what still holds.
            Self::Late { .. } | Self::Join { .. } | Self::Publish(_) | Self::Note(_) => false,
            // Told twice is better than late: receivers know by its number and its revision what they had.
            Self::Tell(_) => false,
        }
    }
}

/// What became of a send whose sender didn't know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Settled {
    /// Somebody saw it: it is sent.
    Seen(MessageCopy),
    /// It is not there: a teammate that would have seen it did not.
    NotThere {
        /// The teammate.
        witness: AccountId,
    },
    /// Nobody saw it within the window, and that proves nothing.
    Unknown,
}

/// Something that an operator should know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Notice {
    /// An account is somewhere else now.
    Phase {
        /// Whose.
        account: AccountId,
        /// Where it was.
        from: Standing,
        /// Where it is.
        to: Standing,
        /// In words: why, and what would help.
        text: String,
        /// How long it had been where it was.
        after: Duration,
    },
    /// An account is where it was, and was tried again: told the first time, the second, the fourth, and so on.
    Still {
        /// Whose.
        account: AccountId,
        /// Where it is.
        at: Standing,
        /// In words: why, how often it was tried, and what the last of these said.
        text: String,
        /// For how long.
        after: Duration,
    },
    /// An account is logged in as the same WeChat person as others: together they are one account, of which one
    /// gets work at a time.
    SamePerson {
        /// Who has just logged in.
        account: AccountId,
        /// The others.
        others: Vec<AccountId>,
        /// As whom.
        contact_id: String,
    },
    /// An account's event stream was somebody else's, and was taken from that client: its puppet was restarted.
    Evicted {
        /// Whose stream.
        account: AccountId,
        /// How often by now.
        times: u32,
    },
    /// Nothing came any more by an account's event stream, and nobody said so: it is opened anew.
    DeafStream {
        /// Whose stream.
        account: AccountId,
        /// How often by now.
        times: u32,
    },
    /// An account asks for a person with a phone.
    Scan {
        /// Whose login it is.
        account: AccountId,
        /// What to scan.
        scan: PendingScan,
    },
    /// An account's login asks for more than a scan.
    Challenge {
        /// Whose login it is.
        account: AccountId,
        /// What it asks for; its id as bots know it.
        challenge: LoginChallenge,
    },
    /// An account can't write to the heartbeat contact: its health is judged by weaker signs.
    NoHeartbeat {
        /// Who.
        account: AccountId,
        /// The heartbeat contact that it should follow.
        contact: String,
        /// The puppet's own words.
        cause: String,
    },
    /// An account is kept from a kind of work for a while.
    Ejected {
        /// Who.
        account: AccountId,
        /// From what.
        work: Work,
        /// For how long.
        pause: Duration,
        /// Whether WeChat itself said that it was too much.
        throttled: bool,
    },
    /// In these rooms one account is left, or none, of more that had been there. It has been so for a while.
    RoomsThinned {
        /// The rooms.
        rooms: Vec<Thinned>,
    },
    /// A stream of a bot whose streams share its events broke, and others go on with its work.
    TakenOver {
        /// Which bot.
        bot: BotId,
        /// The stream that broke.
        from: ClientId,
        /// Those that have its work now.
        to: Vec<ClientId>,
        /// How many events it had not acknowledged: they are given again.
        again: usize,
    },
    /// A bot has no stream, and events wait for it.
    BotAway {
        /// Which bot.
        bot: BotId,
        /// For how long it has been away.
        after: Duration,
        /// How many events wait.
        waiting: usize,
        /// How many were dropped meanwhile that nobody had been given.
        dropped: u64,
    },
    /// A bot is back that had been away while something happened.
    BotBack {
        /// Which bot.
        bot: BotId,
        /// For how long it had been away.
        after: Duration,
        /// How many events are given to it now.
        waiting: usize,
        /// How many were dropped meanwhile that nobody had been given.
        dropped: u64,
    },
    /// An operator saw to an account, or what had been begun for a while is over.
    Hand {
        /// To which account.
        account: AccountId,
        /// What was to be done.
        hand: Hand,
        /// Who did it, and from where.
        by: String,
        /// Why.
        why: String,
        /// The number that it was told with; 0 of what ends by itself.
        number: u64,
        /// What came of it.
        done: HandEnd,
    },
    /// Something became of an alarm that people should know.
    Alarm(Arc<Alarm>),
    /// The first account became available.
    TeamRecovered {
        /// How long there had been none.
        after: Duration,
    },
    /// The last account went away.
    TeamFailed {
        /// Who is down, and why.
        reason: String,
        /// How long there had been one.
        after: Duration,
    },
}
