//! What an operator's hand does to an account: takes it from work and gives it work again, restarts its puppet, has it
//! dialled, logged in, logged out.
//!
//! | hand | what follows |
//! |---|---|
//! | draining | no new work; it hears, is asked and reset as ever, and is asked for what it alone has |
//! | maintenance | no work, and it is let be: no ding, no reset, nobody's stream is taken; it is dialled and heard |
//! | resume | it works again, a quarter of its share first; after a maintenance it shows first that it works |
//! | reset | its puppet is restarted, whatever the team can spare |
//! | reconnect | dialled now; or its stream is opened anew |
//! | login | its puppet is restarted if there is no code to scan, so that one comes |
//! | logout | as maintenance, without end; and its puppet logs it out |
//!
//! A withdrawal lies over an account's phase: what goes on below goes on, and is known again once it ends. It is kept
//! whoever restarts, and when the account leaves the team and comes back.

use alloc::string::String;
use core::{fmt, time::Duration};

use crate::{time::Time, words::words};

words! {
    /// How an account is kept from work by an operator.
    pub enum Withdrawn {
        /// It gets no new work, and is cared for as ever.
        Draining = "draining",
        /// It gets no work, and is let be: whatever it does is no news.
        Maintenance = "maintenance",
    }
}

/// An operator keeps an account from work.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Withdrawal {
    /// How.
    pub how: Withdrawn,
    /// Since when it is kept so.
    pub since: Time,
    /// When it ends by itself, if it does.
    pub until: Option<Time>,
    /// Who did it, and from where.
    pub by: String,
    /// Why, in that person's words.
    pub why: String,
}

impl fmt::Display for Withdrawal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let how = match self.how {
            Withdrawn::Draining => "draining",
            Withdrawn::Maintenance => "in maintenance",
        };
        write!(f, "{how} by {}", self.by)?;
        if self.why.is_empty() { Ok(()) } else { write!(f, ": {}", self.why) }
    }
}

/// What an operator does to an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum Hand {
    /// It is kept from work; if it was already, then from now on so.
    Withdraw {
        /// How.
        how: Withdrawn,
        /// For how long; `None`: until it is resumed.
        #[cfg_attr(feature = "serde", serde(with = "crate::written::nanoseconds_or_none"))]
        lasts: Option<Duration>,
    },
    /// It gets work again.
    Resume,
    /// Its puppet is restarted.
    Reset,
    /// It is dialled now; if it is connected, its stream is opened anew.
    Reconnect,
    /// It is to log in: a code to scan is had, if there is none.
    Login,
    /// It is logged out, and kept from work.
    Logout,
}

impl Hand {
    /// Its word.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Withdraw { how: Withdrawn::Draining, .. } => "drain",
            Self::Withdraw { how: Withdrawn::Maintenance, .. } => "maintenance",
            Self::Resume => "resume",
            Self::Reset => "reset",
            Self::Reconnect => "reconnect",
            Self::Login => "login",
            Self::Logout => "logout",
        }
    }

    /// Whether an account that works does not for a while then.
    pub(crate) fn takes_from_work(self) -> bool {
        match self {
            Self::Withdraw { .. } | Self::Reset | Self::Logout => true,
            // It does so only where it is not logged in.
            Self::Resume | Self::Reconnect | Self::Login => false,
        }
    }
}

words! {
    /// What came of an operator's hand.
    pub enum HandEnd {
        /// It is done, or its puppet is asked for it.
        Done = "done",
        /// It is so already.
        Nothing = "nothing-to-do",
        /// There is no connection, by which alone it could be done.
        NotConnected = "not-connected",
        /// No other account of the team gets work, and it was not said that this one is to stop all the same.
        Last = "last-usable",
    }
}
