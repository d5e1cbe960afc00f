//! What came of work, and of sends.

use alloc::string::String;

/// What came of a piece of work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum WorkResult {
    /// It is done.
    Done,
    /// It is not done, for whatever reason.
    Failed,
    /// WeChat says that it was too much.
    Throttled,
}

/// What came of a send.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum SendResult {
    /// The account says it is sent, under this id of its own (empty if it gave none).
    Sent {
        /// The id.
        id: String,
    },
    /// It was not sent, for sure, and the account was not asked.
    NotSent,
    /// The account said no: it was not sent, and WeChat may have counted it against the account.
    Refused,
    /// It may have been sent: [`crate::Command::Settle`] will tell.
    Unsure {
        /// Whether somebody wants to know that it was not sent, and could: the account has it in its hands no more.
        is_over: bool,
    },
}
