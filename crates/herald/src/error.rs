//! Why people could not be told, in words for whoever has to mend it.

use std::time::Duration;

use ha_wechaty_transport::client::AskError;

/// Why people could not be told by a way. The text says the cause and the remedy, and never an address's path, a key or a
/// password. Whether they were told all the same is not known where an answer is missing.
#[derive(Debug, thiserror::Error)]
pub enum TellError {
    /// There is no such way.
    #[error("there is no way {0:?}: it is no more in the configuration that this gateway started with")]
    Unknown(String),
    /// Too much waits for it.
    #[error("{0} alarms wait for this way already: see what is wrong with the first of them")]
    Full(usize),
    /// It was not done in time. What has arrived of it is not told again.
    #[error("it was not done after {} s: see what is slow there", .0.as_secs())]
    Slow(Duration),
    /// The receiver has asked to be left alone for a while.
    #[error("the receiver takes nothing for another {} s: it asked for that", .0.as_secs_f64().ceil())]
    Later(Duration),
    /// There is no answer.
    #[error("{error}: {}", .error.remedy("url"))]
    Asked {
        /// Why not.
        #[from]
        error: AskError,
    },
    /// The answer is that it was not taken.
    #[error("{cause}: {remedy}")]
    Refused {
        /// What was answered.
        cause: String,
        /// What to do.
        remedy: String,
        /// How long to wait before it is tried again, if the receiver says so.
        retry_after: Option<Duration>,
    },
    /// Mail could not be handed in.
    #[error("{at}: {cause}: {remedy}")]
    Mail {
        /// The server.
        at: String,
        /// What happened.
        cause: String,
        /// What to do.
        remedy: &'static str,
    },
    /// A program did not do it.
    #[error("{program}: {cause}: {remedy}")]
    Command {
        /// The program.
        program: String,
        /// What happened.
        cause: String,
        /// What to do.
        remedy: &'static str,
    },
    /// No teammate said it.
    #[error("no account could say it ({cause}): {remedy}")]
    Teammate {
        /// Why.
        cause: String,
        /// What to do.
        remedy: &'static str,
    },
}

impl TellError {
    /// How long to wait at least before it is tried again, if the receiver says so.
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Refused { retry_after, .. } => *retry_after,
            Self::Unknown(_)
            | Self::Full(_)
            | Self::Slow(_)
            | Self::Later(_)
            | Self::Asked { .. }
            | Self::Mail { .. }
            | Self::Command { .. }
            | Self::Teammate { .. } => None,
        }
    }

    /// Whether another alarm may be taken all the same.
    pub(crate) fn is_of_one(&self) -> bool {
        match self {
            Self::Refused { retry_after, .. } => retry_after.is_none(),
            Self::Command { .. } => true,
            Self::Unknown(_)
            | Self::Full(_)
            | Self::Slow(_)
            | Self::Later(_)
            | Self::Asked { .. }
            | Self::Mail { .. }
            | Self::Teammate { .. } => false,
        }
    }
}
