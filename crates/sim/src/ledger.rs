//! What was said and who saw it, kept for later checks.

use std::ops::Deref;
use std::sync::Arc;
use std::time::SystemTime;

use crate::content::Content;
use crate::person::Participant;
use crate::world::Inner;

/// One message as it is in the world, whoever sees it under whatever id.
#[derive(Debug, Clone, PartialEq)]
pub struct WorldMessage {
    /// Its number in the order of saying, from 0.
    pub serial: u64,
    /// The room it was said in.
    pub room_id: Option<String>,
    /// The contact it was said to, of a private message.
    pub listener_id: Option<String>,
    /// The contact id of the talker.
    pub from: String,
    /// The name of the phone that sent it, if one of our accounts did.
    pub account: Option<String>,
    /// What it says.
    pub content: Content,
    /// The contact ids of those it mentions.
    pub mentions: Vec<String>,
    /// The number of the message that it quotes.
    pub quotes: Option<u64>,
    /// When it was said.
    pub at: SystemTime,
    /// Whether the talker took it back.
    pub recalled: bool,
    pub(crate) lost: bool,
}

impl WorldMessage {
    /// The room's id, or else the listener's contact id.
    pub fn conversation(&self) -> &str {
        self.room_id.as_deref().or(self.listener_id.as_deref()).unwrap_or_default()
    }

    /// The text, of a text.
    pub fn text(&self) -> Option<&str> {
        self.content.text()
    }
}

/// A person saw a message.
#[derive(Debug, Clone, PartialEq)]
pub struct Delivered {
    /// The contact id of the person who saw it.
    pub to: String,
    /// What was seen.
    pub message: Arc<WorldMessage>,
}

impl Deref for Delivered {
    type Target = WorldMessage;

    fn deref(&self) -> &WorldMessage {
        &self.message
    }
}

/// A view of everything that happened in a world; it looks anew at each call.
#[derive(Clone)]
pub struct Ledger {
    pub(crate) inner: Arc<Inner>,
}

impl Ledger {
    /// Every message that has reached WeChat, in order; what an account lost on the way is not among them.
    pub fn said(&self) -> Vec<Arc<WorldMessage>> {
        self.inner.read(|state| state.said().iter().filter(|it| !it.lost).cloned().collect())
    }

    /// How often exactly this text was said in a conversation (a room's or a contact's id), by whomever.
    pub fn times(&self, conversation: &str, text: &str) -> usize {
        let same = |it: &&Arc<WorldMessage>| {
            !it.lost && it.text() == Some(text) && it.conversation() == conversation
        };
        self.inner.read(|state| state.said().iter().filter(same).count())
    }

    /// Every message of our accounts that has reached WeChat, in order.
    pub fn sent_by_accounts(&self) -> Vec<Arc<WorldMessage>> {
        let sent = |it: &&Arc<WorldMessage>| !it.lost && it.account.is_some();
        self.inner.read(|state| state.said().iter().filter(sent).cloned().collect())
    }

    /// What a person saw, in order, with its later fate (recalled or not).
    pub fn seen_by(&self, person: &impl Participant) -> Vec<Delivered> {
        let id = person.contact_id();
        self.inner.read(|state| {
            let mine = state.seen().iter().filter(|(to, _)| to == id);
            let delivered = |(to, serial): &(String, u64)| {
                Some(Delivered { to: to.clone(), message: state.message(*serial)?.clone() })
            };
            mine.filter_map(delivered).collect()
        })
    }

    /// How many times any person saw any message: cheap, for waiting.
    pub fn deliveries(&self) -> usize {
        self.inner.read(|state| state.seen().len())
    }
}
