//! Room coverage: which accounts are in each room, and where that is too few.

use crate::{account_set::AccountSet, directory::Reach};

/// A room, and who of the team is in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Covered<'a> {
    /// Its id, as bots know it.
    pub room: &'a str,
    /// Its topic; empty if it is not known.
    pub topic: &'a str,
    /// Who is in it, who owns and who administers it.
    pub reach: Reach,
    /// What is wrong with that.
    pub risk: Option<Risk>,
}

/// Why a room may fall silent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Risk {
    /// None of the accounts in it gets work.
    Unavailable,
    /// One account alone is in it.
    Alone,
}

impl Risk {
    /// What is wrong, if anything, where these accounts are in a room and these of the team get work.
    pub(crate) fn of(there: AccountSet, usable: AccountSet) -> Option<Self> {
        if there.and(usable).is_empty() {
            Some(Self::Unavailable)
        } else if there.len() == 1 {
            Some(Self::Alone)
        } else {
            None
        }
    }

    /// Its name in kebab case.
    pub fn name(self) -> &'static str {
        match self {
            Self::Unavailable => "unavailable",
            Self::Alone => "alone",
        }
    }
}
