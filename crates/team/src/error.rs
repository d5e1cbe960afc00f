//! Why a call came to nothing. Its two edges, gRPC and the library, make their own errors of that.

use std::time::Duration;

use tonic::{Code, Status};

/// Why a call came to nothing.
#[derive(Debug, Clone, thiserror::Error)]
pub enum CallError {
    /// No account could do it now; another time one might. Nothing was sent.
    #[error("{why}")]
    NotSent {
        /// Who is down, and why.
        why: String,
        /// Whether all that was in the way is time.
        is_late: bool,
    },
    /// There is no room for it now. Nothing was sent.
    #[error("{why}")]
    Busy {
        /// What is full.
        why: String,
        /// In how long there is room, if that can be known.
        free_in: Option<Duration>,
    },
    /// An account's puppet said no. Nothing was sent.
    #[error("{}", .status.message())]
    Refused {
        /// Whose puppet.
        account: String,
        /// Its own words, which a bot is told as they are.
        status: Status,
    },
    /// It was handed to somebody, and nobody knows what became of it.
    #[error("{why}")]
    MaybeSent {
        /// The account that it was handed to, if it is one.
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
    /// Nobody could do it as it was asked for.
    #[error("{why}")]
    Invalid {
        /// What is wrong with it, and what would be right.
        why: String,
        /// What sort of wrong that is.
        wrong: Wrong,
    },
    /// This program disagrees with itself.
    #[error("{0}")]
    Defect(String),
}

/// What is wrong with a call that nobody could do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wrong {
    /// The request.
    Request,
    /// The operator does not allow it.
    Forbidden,
    /// It is asked of a thing that is not ready for it.
    State,
    /// What it asks for is too long.
    TooLong,
    /// It is not done in this way.
    Way,
}

impl CallError {
    /// Nobody is there.
    pub fn unavailable(why: impl Into<String>) -> Self {
        Self::NotSent { why: why.into(), is_late: false }
    }

    /// There is no room, and nobody knows when there is.
    pub fn busy(why: impl Into<String>) -> Self {
        Self::Busy { why: why.into(), free_in: None }
    }

    /// There is no such thing.
    pub fn not_found(why: impl Into<String>) -> Self {
        Self::NotFound { why: why.into() }
    }

    /// The request is wrong.
    pub fn invalid(why: impl Into<String>) -> Self {
        Self::wrong(Wrong::Request, why)
    }

    /// Nobody could do it.
    pub fn wrong(wrong: Wrong, why: impl Into<String>) -> Self {
        Self::Invalid { why: why.into(), wrong }
    }

    /// What a status says that is nobody's word about the whole of a call, such as the end of a file on its way.
    pub fn of_status(status: &Status) -> Self {
        let why = status.message().to_owned();
        match status.code() {
            Code::Unknown => Self::MaybeSent { account: None, why },
            Code::ResourceExhausted => Self::busy(why),
            Code::NotFound => Self::not_found(why),
            Code::InvalidArgument => Self::invalid(why),
            Code::PermissionDenied => Self::wrong(Wrong::Forbidden, why),
            Code::FailedPrecondition => Self::wrong(Wrong::State, why),
            Code::OutOfRange => Self::wrong(Wrong::TooLong, why),
            Code::Unimplemented => Self::wrong(Wrong::Way, why),
            Code::DeadlineExceeded => Self::NotSent { why, is_late: true },
            Code::Ok
            | Code::Cancelled
            | Code::AlreadyExists
            | Code::Aborted
            | Code::Internal
            | Code::Unavailable
            | Code::DataLoss
            | Code::Unauthenticated => Self::unavailable(why),
        }
    }

    /// The code of gRPC's that says it.
    pub fn code(&self) -> Code {
        match self {
            Self::NotSent { is_late: true, .. } => Code::DeadlineExceeded,
            Self::NotSent { is_late: false, .. } => Code::Unavailable,
            Self::Busy { .. } => Code::ResourceExhausted,
            Self::Refused { status, .. } => status.code(),
            Self::MaybeSent { .. } => Code::Unknown,
            Self::NotFound { .. } => Code::NotFound,
            Self::Invalid { wrong, .. } => match wrong {
                Wrong::Request => Code::InvalidArgument,
                Wrong::Forbidden => Code::PermissionDenied,
                Wrong::State => Code::FailedPrecondition,
                Wrong::TooLong => Code::OutOfRange,
                Wrong::Way => Code::Unimplemented,
            },
            Self::Defect(_) => Code::Internal,
        }
    }
}

/// What a bot is told.
impl From<CallError> for Status {
    fn from(error: CallError) -> Self {
        match error {
            CallError::Refused { status, .. } => status,
            CallError::NotSent { .. }
            | CallError::Busy { .. }
            | CallError::MaybeSent { .. }
            | CallError::NotFound { .. }
            | CallError::Invalid { .. }
            | CallError::Defect(_) => Self::new(error.code(), error.to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bot_is_told_each_end_by_its_code_and_a_puppets_no_word_for_word() {
        let puppets = Status::with_details(Code::Aborted, "no", bytes::Bytes::from_static(b"details"));
        let refused = CallError::Refused { account: "north".into(), status: puppets };
        assert_eq!((refused.to_string(), refused.code()), ("no".into(), Code::Aborted));
        assert_eq!(Status::from(refused).details(), b"details");
        for code in (0..17).map(Code::from_i32) {
            let told = Status::from(CallError::of_status(&Status::new(code, "why")));
            assert_eq!(told.message(), "why");
            let may_vary = matches!(
                code,
                Code::Ok
                    | Code::Cancelled
                    | Code::AlreadyExists
                    | Code::Aborted
                    | Code::Internal
                    | Code::DataLoss
                    | Code::Unauthenticated
            );
            assert_eq!(told.code(), if may_vary { Code::Unavailable } else { code });
        }
        assert_eq!(Status::from(CallError::Defect("why".into())).code(), Code::Internal);
    }
}
