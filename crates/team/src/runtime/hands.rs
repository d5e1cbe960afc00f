//! What operators do to accounts by hand, whoever asks for it: a command, the admin's server, a page, a program.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use ha_wechaty_core::{AccountId, Hand, HandEnd, Input, Notice, Withdrawn};
use serde::{Deserialize, Serialize};
use tokio::{
    sync::broadcast::{self, error::RecvError},
    time::timeout,
};

use super::{Asking, Reloads};
use crate::{
    call,
    error::CallError,
    state::{Shared, sends::How},
    text::human,
    view::{AccountStatus, Status},
};

/// How long it may take until it is written down, and again until it is done.
const WITHIN: Duration = Duration::from_secs(5);
/// So many characters of who does it, and of why, are kept.
const WORDS: usize = 200;

/// Where operators see to accounts.
#[derive(Debug, Clone)]
pub struct Hands {
    shared: Arc<Shared>,
    asking: Asking,
    notes: broadcast::Sender<Notice>,
    /// The last number that was given to one.
    numbers: Arc<AtomicU64>,
    reloads: Reloads,
}

/// Who does something to an account, and why.
#[derive(Debug, Clone, Default)]
pub struct HandWords {
    /// Who, and from where: `ann @ command line`.
    pub by: String,
    /// Why, for those who ask later.
    pub why: String,
    /// Whether it is to be done even if no account gets work then.
    pub force: bool,
}

/// What was done to an account.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct HandDone {
    /// How it stood.
    pub before: AccountStatus,
    /// How it stands.
    pub after: AccountStatus,
    /// What was done, in words.
    pub text: String,
}

/// What an operator said through the team.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SayDone {
    /// The account that said it.
    pub account: Option<String>,
    /// The message's id, by which bots know it; empty if its provider gave none.
    pub id: String,
    /// How it went, in words.
    pub text: String,
}

/// Why something was not done to an account.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HandError {
    /// The team has no such account.
    #[error("the team has no account {name:?}; it has {}", if .known.is_empty() { "none".to_owned() } else { .known.join(", ") })]
    Unknown {
        /// The name.
        name: String,
        /// Those that there are.
        known: Vec<String>,
    },
    /// No account would get work.
    #[error(
        "{name} is the last account that gets work: without it the team is down, and its bots are logged out"
    )]
    Last {
        /// The account.
        name: String,
    },
    /// It needs a connection, and there is none.
    #[error("{name} is not connected ({text})")]
    NotConnected {
        /// The account.
        name: String,
        /// How it stands, in words.
        text: String,
    },
    /// Its login asks for no such thing.
    #[error("{name} asks {act} no more, or has not yet")]
    NotAsked {
        /// The account.
        name: String,
        /// For what it would have to ask.
        act: &'static str,
    },
    /// Somebody has just entered one.
    #[error("a code of {name} was entered a moment ago, and its provider has not answered yet")]
    Entered {
        /// The account.
        name: String,
    },
    /// What was entered is no code.
    #[error("that is no code: one has up to 64 letters and digits")]
    NoCode,
    /// Its puppet is of a generation that knows no such thing.
    #[error("the puppet of {name} knows no such thing: it is of the protocol's older generation")]
    Lacks {
        /// The account.
        name: String,
    },
    /// Its puppet refuses.
    #[error("the puppet of {name} refuses: {why}")]
    Refused {
        /// The account.
        name: String,
        /// In the puppet's own words.
        why: String,
    },
    /// It is not written down, and so may be forgotten.
    #[error("it could not be written down within {WITHIN:?}; it may be done, or be forgotten")]
    NotDurable,
    /// The gateway ends.
    #[error("the gateway is ending")]
    Gone,
}

impl HandError {
    /// What to do about it.
    pub fn remedy(&self) -> String {
        match self {
            Self::Unknown { .. } => String::from("ha-wechaty status says which accounts there are"),
            Self::Last { .. } => String::from(
                "bring another account back first (ha-wechaty status), or say that it is meant: --force",
            ),
            Self::NotConnected { name, .. } => {
                format!(
                    "wait until it is connected (ha-wechaty reconnect {name} dials it now), and say it again"
                )
            }
            Self::NotAsked { name, .. } => {
                format!("ha-wechaty login {name} shows what it asks for, and takes a code once it does")
            }
            Self::Entered { name } => {
                format!(
                    "wait: ha-wechaty login {name} shows what becomes of it, and asks again if nothing does"
                )
            }
            Self::NoCode => String::from("enter it as WeChat sent it, or as the phone shows it"),
            Self::Lacks { name } => {
                format!("ha-wechaty reset {name} restarts it, and its login begins anew")
            }
            Self::Refused { name, .. } => {
                format!(
                    "ha-wechaty login {name} shows how far its login is; if it hangs, ha-wechaty reset {name}"
                )
            }
            Self::NotDurable => String::from(
                "see what ha-wechaty status says of the store: its disk may be full, or not answer",
            ),
            Self::Gone => String::from("say it again once the gateway has started"),
        }
    }
}

impl Hands {
    /// Those of a team whose engine tells its notes there.
    pub fn new(shared: Arc<Shared>, asking: Asking, notes: broadcast::Sender<Notice>) -> Self {
        Self { shared, asking, notes, numbers: Arc::default(), reloads: Reloads::default() }
    }

    /// Does it to an account, and returns once it is done, or begun where its puppet has to do it; and, where something is
    /// written down, once that is.
    ///
    /// # Errors
    /// Nothing was done, but for [`HandError::NotDurable`], of which that is not known.
    pub async fn lay(&self, name: &str, hand: Hand, words: HandWords) -> Result<HandDone, HandError> {
        let place = self.place(name)?;
        let before = self.status(name).await?;
        if hand == Hand::Login && self.refreshes(name).await {
            let text = format!("the puppet of {name} was asked for another code to scan");
            return Ok(HandDone { after: self.status(name).await?, before, text });
        }
        let number = self.numbers.fetch_add(1, Ordering::Relaxed) + 1;
        let mut notes = self.notes.subscribe();
        let HandWords { by, why, force } = words;
        let (by, why) = (plain(&by), plain(&why));
        let told = Input::Hand { account: place, hand, by, why, force, number };
        self.shared.core.tell_durably(told, WITHIN).await.map_err(|_| HandError::NotDurable)?;
        let end = timeout(WITHIN, end_of(&mut notes, number)).await.map_err(|_| HandError::NotDurable)??;
        self.shared.records.metrics.hand(hand.name(), end);
        if hand == Hand::Reconnect {
            // Should it wait for its host, that waits no longer.
            self.shared.accounts.hosts.wake(place);
        }
        let after = self.status(name).await?;
        let name = name.to_owned();
        match end {
            HandEnd::Done => {
                let text = done(hand, &before, &after);
                Ok(HandDone { before, after, text })
            }
            HandEnd::Nothing => {
                let text = format!("nothing to do: {}", nothing(hand, &after));
                Ok(HandDone { before, after, text })
            }
            HandEnd::NotConnected => Err(HandError::NotConnected { name, text: after.text }),
            HandEnd::Last => Err(HandError::Last { name }),
        }
    }

    /// Says a text through the team, in a room or to a contact, by the ids that bots use.
    ///
    /// # Errors
    /// It was not said, or nobody knows whether it was.
    pub async fn say(&self, to: &str, text: &str, by: &str) -> Result<SayDone, CallError> {
        tracing::info!(to, by = plain(by), "an operator has something said");
        let (id, done) = call::say(&self.shared, to, text).await?;
        let account = done.map(|it| self.shared.accounts.name(it.by).to_owned());
        let by = account.as_deref().unwrap_or("the team");
        let text = match done.map(|it| it.how) {
            None | Some(How::Answered) => format!("{by} has sent it"),
            Some(How::Witness) => format!("{by} has sent it: a teammate saw it"),
            Some(How::Echo) => format!("{by} has sent it: it showed it itself"),
        };
        Ok(SayDone { account, id, text })
    }

    /// Where the configuration is read again, by whoever runs the team.
    pub fn reloads(&self) -> &Reloads {
        &self.reloads
    }

    pub(super) fn shared(&self) -> &Shared {
        &self.shared
    }

    pub(super) fn asking(&self) -> &Asking {
        &self.asking
    }

    pub(super) fn place(&self, name: &str) -> Result<AccountId, HandError> {
        let roster = &self.shared.accounts.roster;
        let unknown = || HandError::Unknown { name: name.to_owned(), known: roster.names() };
        roster.find(name).ok_or_else(unknown)
    }

    async fn status(&self, name: &str) -> Result<AccountStatus, HandError> {
        let mut status = self.asking.look(Status::new).await.ok_or(HandError::Gone)?;
        let at = status.accounts.iter().position(|it| it.name == name);
        let known = || status.accounts.iter().map(|it| it.name.clone()).collect();
        let at = at.ok_or_else(|| HandError::Unknown { name: name.to_owned(), known: known() })?;
        Ok(status.accounts.swap_remove(at))
    }
}

/// What came of the one with this number.
async fn end_of(notes: &mut broadcast::Receiver<Notice>, number: u64) -> Result<HandEnd, HandError> {
    loop {
        match notes.recv().await {
            Ok(note) => {
                if let Notice::Hand { number: it, done, .. } = note
                    && it == number
                {
                    return Ok(done);
                }
            }
            // So many happened at once that it may be among those that were missed: it is not known.
            Err(RecvError::Lagged(_)) => return Err(HandError::NotDurable),
            Err(RecvError::Closed) => return Err(HandError::Gone),
        }
    }
}

/// Words that may stand in a log and a table.
pub fn plain(words: &str) -> String {
    let words = words.split(|c: char| c.is_control() || c.is_whitespace()).filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join(" ").chars().take(WORDS).collect()
}

/// What was done, in words.
fn done(hand: Hand, before: &AccountStatus, after: &AccountStatus) -> String {
    let name = &after.name;
    match hand {
        Hand::Withdraw { how, lasts } => {
            let still = match how {
                Withdrawn::Draining => "no new work",
                Withdrawn::Maintenance => "no work, and is let be",
            };
            let until = match lasts {
                Some(lasts) => format!("for {}", human(lasts.as_secs_f64())),
                None => format!("until ha-wechaty resume {name}"),
            };
            format!("{name} gets {still} {until}")
        }
        Hand::Resume if after.phase == ha_wechaty_core::Standing::Available => {
            format!("{name} gets work again, a part of its share first")
        }
        Hand::Resume if after.last_evidence.is_some() => {
            format!("{name} gets work again as soon as it shows that it works")
        }
        Hand::Resume => format!("{name} is kept from work no more, but is {}", after.text),
        Hand::Reset => format!("the puppet of {name} is being restarted"),
        Hand::Reconnect if before.next_attempt.is_some() => format!("{name} is dialled now"),
        Hand::Reconnect => format!("the event stream of {name} is opened anew"),
        Hand::Login => format!("the puppet of {name} is being restarted, so that a code to scan comes"),
        Hand::Logout => format!("{name} is being logged out; it gets no work until ha-wechaty resume {name}"),
    }
}

/// Why there was nothing to do.
fn nothing(hand: Hand, after: &AccountStatus) -> String {
    let AccountStatus { name, text, .. } = after;
    match hand {
        Hand::Resume => format!("nobody keeps {name} from work; it is {text}"),
        Hand::Reconnect => format!("{name} is being dialled"),
        Hand::Login if after.qrcode.is_some() => format!("{name} has a code, which waits to be scanned"),
        Hand::Login => format!("{name} is logged in"),
        Hand::Logout => format!("{name} is not logged in"),
        Hand::Withdraw { .. } | Hand::Reset => format!("{name} is {text}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_people_break_no_line_and_fill_no_log() {
        assert_eq!(plain(" a new\nphone\u{1b}[2J \t"), "a new phone [2J");
        assert_eq!(plain(&"字".repeat(1_000)).chars().count(), WORDS);
    }
}
