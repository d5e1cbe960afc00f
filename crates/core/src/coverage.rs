//! Room coverage: which accounts are in each room, and where that is too few.

use crate::{account::AccountId, account_set::AccountSet, directory::Reach, words::words};

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

words! {
    /// Why a room may fall silent.
    pub enum Risk {
        /// None of the accounts in it gets work.
        Unavailable = "unavailable",
        /// One account alone is in it.
        Alone = "alone",
    }
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
}

words! {
    /// What an account is in a room.
    pub enum Rank {
        /// It made the room, or was given it.
        Owner = "owner",
        /// It was made an admin by the owner.
        Admin = "admin",
        /// It is one of the others.
        Member = "member",
        /// The room's payload was not read yet.
        Unknown = "unknown",
    }
}

impl Reach {
    /// What an account that is in the room is there.
    pub fn rank(&self, account: AccountId) -> Rank {
        if !self.ranks_known {
            Rank::Unknown
        } else if self.owner == Some(account) {
            Rank::Owner
        } else if self.admins.contains(account) {
            Rank::Admin
        } else {
            Rank::Member
        }
    }
}
