//! What one who waits is told.

use super::{Full, Opening};
use crate::account::AccountId;

/// A ticket's turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turn {
    /// This account is to do it, now.
    Go(AccountId),
    /// All who could have done it were tried, or there is nobody who ever could.
    Nobody,
    /// It has waited long enough; its place is gone.
    Expired(Expiry),
    /// Its place is gone to another bot, which had less than its share of the queue, or to an answer.
    Crowded(Full),
}

/// What a ticket waited for when its time was up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Expiry {
    /// How many stood before it in its own lane.
    pub before: usize,
    /// When its lane would have been within its pace.
    pub lane: Opening,
    /// Whether it was an answer, for which a part of what accounts may do is kept.
    pub is_answer: bool,
}
