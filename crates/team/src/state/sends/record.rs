//! What became of one send.

use ha_wechaty_core::SendId;
use serde::{Deserialize, Serialize};

use super::How;

/// What became of one send. What was said is not in it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SendRecord {
    /// Its number since the gateway began, from 1.
    pub number: u64,
    /// The numbers that the team gave it, one for each time that an account was about to be asked, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sends: Vec<SendId>,
    /// When the bot asked for it (RFC 3339).
    pub at: String,
    /// The bot's name.
    pub bot: String,
    /// Where to, by the id that bots use.
    pub conversation: String,
    /// The call, which says what kind of message it is.
    pub rpc: String,
    /// The message that was forwarded, by the id that the bot named it by; none if it is no forward.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub forwarded: Option<String>,
    /// The accounts that were asked, in order, and what came of each.
    pub tried: Vec<Attempt>,
    /// What people see of it.
    pub outcome: SendOutcome,
    /// How that is known.
    pub how: Proof,
    /// Who saw it, if it is known by that.
    pub witness: Option<String>,
    /// The message's id, by which bots know it; none if its provider gave none.
    pub id: Option<String>,
    /// How long it waited for its turns, in seconds.
    pub waited: f64,
    /// How long it took in all, in seconds.
    pub took: f64,
}

impl SendRecord {
    /// A row of which nothing is known yet.
    pub(crate) const fn blank() -> Self {
        Self {
            number: 0,
            sends: Vec::new(),
            at: String::new(),
            bot: String::new(),
            conversation: String::new(),
            rpc: String::new(),
            forwarded: None,
            tried: Vec::new(),
            outcome: SendOutcome::NotSent,
            how: Proof::HungUp,
            witness: None,
            id: None,
            waited: 0.0,
            took: 0.0,
        }
    }

    /// Whether both are about one send of a bot's.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        let is_like = (&self.at, &self.bot, &self.conversation, &self.rpc)
            == (&other.at, &other.bot, &other.conversation, &other.rpc);
        // Rows of older versions have no numbers, though an account was asked.
        let is_old = |it: &Self| it.sends.is_empty() && !it.tried.is_empty();
        is_like && (self.sends.iter().any(|send| other.sends.contains(send)) || is_old(self) || is_old(other))
    }

    /// What it takes in memory, in bytes.
    pub(super) fn weight(&self) -> usize {
        let texts = [Some(&self.at), Some(&self.bot), Some(&self.conversation), Some(&self.rpc)];
        let texts =
            texts.into_iter().chain([self.forwarded.as_ref(), self.witness.as_ref(), self.id.as_ref()]);
        // Each with what the allocator adds.
        let texts: usize = texts.flatten().map(|text| text.len() + 16).sum();
        let tried: usize = self.tried.iter().map(|it| it.account.len() + 16 + size_of::<Attempt>()).sum();
        size_of::<Self>() + texts + tried + self.sends.len() * size_of::<SendId>()
    }
}

/// An account that was asked to send.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Attempt {
    /// Which.
    pub account: String,
    /// What came of it.
    pub outcome: SendOutcome,
    /// If the account was lost with it in its hands: the teammate that would have seen it, had it been sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub missed_by: Option<String>,
}

/// What people see of a send.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SendOutcome {
    /// The message, once.
    Sent,
    /// Nothing.
    NotSent,
    /// Nobody knows.
    Unsure,
}

impl SendOutcome {
    /// All there are.
    pub const ALL: [Self; 3] = [Self::Sent, Self::NotSent, Self::Unsure];

    /// Its name in kebab case.
    pub fn name(self) -> &'static str {
        match self {
            Self::Sent => "sent",
            Self::NotSent => "not-sent",
            Self::Unsure => "unsure",
        }
    }
}

/// How it is known what became of a send.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Proof {
    /// The account said that it is sent.
    Answered,
    /// The account was lost, and a teammate saw the message.
    Witness,
    /// The account was lost, and showed the message itself when it was back.
    Echo,
    /// Accounts said no.
    Refused,
    /// No account could be reached.
    Unreachable,
    /// Its time was up before an account was to send it.
    Expired,
    /// Too many waited already.
    Full,
    /// It could not be written down that an account is asked, so none was.
    Unwritten,
    /// It can't be sent by anybody as it was asked for.
    Invalid,
    /// The account was lost with it in its hands, and nobody saw it.
    Lost,
    /// The bot hung up, or the gateway ended, before it was over.
    HungUp,
}

impl From<How> for Proof {
    fn from(how: How) -> Self {
        match how {
            How::Answered => Self::Answered,
            How::Witness => Self::Witness,
            How::Echo => Self::Echo,
        }
    }
}

impl Proof {
    /// All there are.
    pub const ALL: [Self; 11] = [
        Self::Answered,
        Self::Witness,
        Self::Echo,
        Self::Refused,
        Self::Unreachable,
        Self::Expired,
        Self::Full,
        Self::Unwritten,
        Self::Invalid,
        Self::Lost,
        Self::HungUp,
    ];

    /// Its name in kebab case.
    pub fn name(self) -> &'static str {
        match self {
            Self::Answered => "answered",
            Self::Witness => "witness",
            Self::Echo => "echo",
            Self::Refused => "refused",
            Self::Unreachable => "unreachable",
            Self::Expired => "expired",
            Self::Full => "full",
            Self::Unwritten => "unwritten",
            Self::Invalid => "invalid",
            Self::Lost => "lost",
            Self::HungUp => "hung-up",
        }
    }
}
