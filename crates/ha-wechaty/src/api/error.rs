//! Why something came to nothing, with what its caller needs to go on.

use std::time::Duration;

use ha_wechaty_team::{error::CallError, runtime::HandError};

/// What is full of what accounts have not answered, and bots have not read, may have room at any time.
const SOON: Duration = Duration::from_secs(1);

/// Why a call came to nothing.
///
/// Its text names the account, the cause and what would help; the methods say the same to a program:
///
/// ```
/// use ha_wechaty::{Error, WasSent};
///
/// fn is_worth_another_try(error: &Error) -> bool {
///     // Never after a "maybe": people might read it twice.
///     error.was_sent() == WasSent::Never && error.retry_after().is_some()
/// }
/// assert!(!is_worth_another_try(&Error::NotRunning));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The team does not run. Nothing was sent.
    #[error("the team does not run: call start() first, and nothing after stop()")]
    NotRunning,
    /// No account could do it now; another time one might. Nothing was sent.
    #[error("{why}")]
    Unavailable {
        /// Who is down, and why.
        why: String,
        /// When an account may be back.
        retry_after: Duration,
    },
    /// Too many wait already, or WeChat allows no more of it now. Nothing was sent.
    #[error("{why}")]
    Busy {
        /// What is full.
        why: String,
        /// When there is room, as far as that can be known.
        retry_after: Duration,
    },
    /// An account's puppet said no, in its own words. Nothing was sent.
    #[error("account {account} can't do it: {why}")]
    Refused {
        /// Which account.
        account: String,
        /// What it said.
        why: String,
    },
    /// It was handed to an account that was lost then: it may have been done or not, and nobody else was
    /// asked to do it again.
    #[error("{why}")]
    Unsure {
        /// Which account, if it is known.
        account: Option<String>,
        /// What happened.
        why: String,
    },
    /// There is no such thing (any more), or no account can know it.
    #[error("{why}")]
    NotFound {
        /// What is not there.
        why: String,
    },
    /// It can't be done as it was asked for; asking again changes nothing.
    #[error("{why}")]
    Invalid {
        /// What is wrong, and what would be right.
        why: String,
    },
    /// A file of this machine can't be read or written.
    #[error("{path}: {why}")]
    File {
        /// Which file.
        path: String,
        /// What the system said.
        why: String,
    },
    /// A handler of the program itself failed.
    #[error("a handler of {event} failed: {why}")]
    Handler {
        /// The event that it was given.
        event: &'static str,
        /// What it said.
        why: String,
    },
    /// The library disagrees with itself.
    #[error("this is a defect of ha-wechaty, please report it: {0}")]
    Defect(String),
}

/// Whether a call that failed has done something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WasSent {
    /// It has not.
    Never,
    /// Nobody knows: look before you try again.
    Maybe,
}

impl Error {
    /// Whether it may have been done all the same.
    pub fn was_sent(&self) -> WasSent {
        match self {
            Self::Unsure { .. } => WasSent::Maybe,
            Self::NotRunning
            | Self::Unavailable { .. }
            | Self::Busy { .. }
            | Self::Refused { .. }
            | Self::NotFound { .. }
            | Self::Invalid { .. }
            | Self::File { .. }
            | Self::Handler { .. }
            | Self::Defect(_) => WasSent::Never,
        }
    }

    /// When another try may fare better; `None` if it would not.
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Unavailable { retry_after, .. } | Self::Busy { retry_after, .. } => Some(*retry_after),
            Self::NotRunning
            | Self::Refused { .. }
            | Self::Unsure { .. }
            | Self::NotFound { .. }
            | Self::Invalid { .. }
            | Self::File { .. }
            | Self::Handler { .. }
            | Self::Defect(_) => None,
        }
    }

    /// The account that it is about, if it is one.
    pub fn account(&self) -> Option<&str> {
        match self {
            Self::Refused { account, .. } => Some(account),
            Self::Unsure { account, .. } => account.as_deref(),
            Self::NotRunning
            | Self::Unavailable { .. }
            | Self::Busy { .. }
            | Self::NotFound { .. }
            | Self::Invalid { .. }
            | Self::File { .. }
            | Self::Handler { .. }
            | Self::Defect(_) => None,
        }
    }

    /// What would help, in words.
    pub fn remedy(&self) -> &'static str {
        match self {
            Self::NotRunning => "call start(), and await it",
            Self::Unavailable { .. } => "see to the accounts that nodes() names, or try again later",
            Self::Busy { .. } => "send less, or add an account",
            Self::Refused { .. } => "ask for something that this account can do",
            Self::Unsure { .. } => "look whether it was done, and do it again if not",
            Self::NotFound { .. } => "ask for something that is there",
            Self::Invalid { .. } => "correct the call",
            Self::File { .. } => "see to the file",
            Self::Handler { .. } => "correct the handler",
            Self::Defect(_) => "report it",
        }
    }

    pub(super) fn defect(what: impl Into<String>) -> Self {
        Self::Defect(what.into())
    }

    pub(super) fn invalid(why: impl Into<String>) -> Self {
        Self::Invalid { why: why.into() }
    }

    /// The end of a call; `redialled` is by when an account that is away has been dialled again.
    pub(super) fn of(error: CallError, redialled: Duration) -> Self {
        match error {
            CallError::NotSent { why, .. } => Self::Unavailable { why, retry_after: redialled },
            CallError::Busy { why, free_in } => {
                let retry_after = free_in.filter(|it| !it.is_zero()).unwrap_or(SOON);
                Self::Busy { why, retry_after }
            }
            CallError::Refused { account, status } => {
                Self::Refused { account, why: status.message().to_owned() }
            }
            CallError::MaybeSent { account, why } => Self::Unsure { account, why },
            CallError::NotFound { why } => Self::NotFound { why },
            CallError::Invalid { why, .. } => Self::Invalid { why },
            CallError::Defect(why) => Self::Defect(why),
        }
    }

    /// The end of what was done to an account by hand.
    pub(super) fn of_hand(error: HandError) -> Self {
        let why = error.to_string();
        match error {
            HandError::Unknown { .. } => Self::NotFound { why },
            HandError::NotAsked { .. }
            | HandError::Entered { .. }
            | HandError::NoCode
            | HandError::Last { .. } => Self::Invalid { why },
            HandError::Lacks { name } => Self::Refused { account: name, why },
            HandError::Refused { name, why } => Self::Refused { account: name, why },
            HandError::NotConnected { .. } | HandError::NotDurable | HandError::Gone => {
                Self::Unavailable { why, retry_after: SOON }
            }
        }
    }

    /// Whether it says that there is no such thing.
    pub(super) fn is_no(&self) -> bool {
        matches!(self, Self::NotFound { .. } | Self::Refused { .. })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_was_lost_may_have_been_sent_and_only_what_passes_is_worth_another_try() {
        let why = String::from("why");
        let unsure = Error::Unsure { account: Some("north".into()), why: why.clone() };
        assert_eq!((unsure.was_sent(), unsure.retry_after()), (WasSent::Maybe, None));
        assert_eq!(unsure.account(), Some("north"));
        let busy = Error::Busy { why, retry_after: Duration::from_secs(1) };
        assert_eq!((busy.was_sent(), busy.retry_after()), (WasSent::Never, Some(Duration::from_secs(1))));
    }
}
