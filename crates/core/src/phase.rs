//! Where an account can stand, and the facts that move it.

use alloc::string::String;
use core::fmt;

use crate::{
    challenge::LoginChallenge,
    health::{Condition, Health},
    time::Time,
    words::words,
};

/// A login that waits for a person with a phone.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct PendingScan {
    /// How far it is.
    pub status: ScanProgress,
    /// The text of the QR code.
    pub qrcode: Option<String>,
    /// The provider's own words.
    pub data: Option<String>,
    /// What the code is for, by the protocol's number, if that is told: to log in, or to prove who does.
    #[cfg_attr(feature = "serde", serde(default))]
    pub kind: Option<i32>,
    /// When the code was made, as the provider counts time.
    #[cfg_attr(feature = "serde", serde(default))]
    pub created: Option<i64>,
    /// When it is too old.
    #[cfg_attr(feature = "serde", serde(default))]
    pub expires: Option<i64>,
}

impl PendingScan {
    /// Whether a person is about to have done it: of an account that is logged in that says nothing.
    pub(crate) fn is_under_way(&self) -> bool {
        match self.status {
            ScanProgress::Scanned | ScanProgress::Confirmed => true,
            ScanProgress::Unknown | ScanProgress::Cancel | ScanProgress::Waiting | ScanProgress::Timeout => {
                false
            }
        }
    }
}

/// How far a scan is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum ScanProgress {
    /// The provider does not say.
    #[default]
    Unknown,
    /// It was refused on the phone.
    Cancel,
    /// The QR code waits to be scanned.
    Waiting,
    /// It was scanned, and waits to be confirmed on the phone.
    Scanned,
    /// It was confirmed.
    Confirmed,
    /// The QR code is too old.
    Timeout,
}

impl ScanProgress {
    /// The status of the protocol's number. Of another one nobody knows what it says; some clients end at it.
    pub fn from_wire(number: i32) -> Self {
        match number {
            1 => Self::Cancel,
            2 => Self::Waiting,
            3 => Self::Scanned,
            4 => Self::Confirmed,
            5 => Self::Timeout,
            _ => Self::Unknown,
        }
    }

    /// The protocol's number.
    pub fn to_wire(self) -> i32 {
        match self {
            Self::Unknown => 0,
            Self::Cancel => 1,
            Self::Waiting => 2,
            Self::Scanned => 3,
            Self::Confirmed => 4,
            Self::Timeout => 5,
        }
    }
}

/// Where an account stands.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum Phase {
    /// Its puppet service is being dialled.
    Connecting,
    /// Its puppet service is one of our own that does not run yet; it is dialled when it does.
    Preparing {
        /// What is being done, or waited for.
        step: String,
    },
    /// There is no connection; the next attempt is due at `retry_at`.
    Offline {
        /// What the last attempt, or the lost connection, said.
        cause: String,
        /// When to dial again.
        retry_at: Time,
    },
    /// Connected; its provider has told neither a login nor a scan.
    NotLoggedIn,
    /// Connected; a person must scan, or prove in another way who logs in.
    WaitingScan {
        /// What to scan, if anything is.
        scan: PendingScan,
        /// How it is watched, if it was logged in when it asked for that: it may work all the same.
        doubted: Option<Health>,
        /// What its person has to prove besides, or instead.
        #[cfg_attr(feature = "serde", serde(default))]
        challenge: Option<LoginChallenge>,
    },
    /// Connected, and logged out while we watched.
    LoggedOut {
        /// The provider's own words.
        reason: String,
    },
    /// Logged in; whether it gets work its health says.
    LoggedIn(Health),
    /// It left the team, and may join it again.
    Removed,
}

words! {
    /// Where an account stands, in one word.
    pub enum Standing {
        /// Its first connection is not made yet.
        Connecting = "connecting",
        /// Its puppet service, one of our own, does not run yet.
        Preparing = "preparing",
        /// Its connection is gone, or was never made.
        Offline = "offline",
        /// Connected, and its provider tells neither a login nor a code.
        NotLoggedIn = "not-logged-in",
        /// A person must scan.
        WaitingScan = "waiting-scan",
        /// It logged out.
        LoggedOut = "logged-out",
        /// It works.
        Available = "available",
        /// It may not work.
        Suspect = "suspect",
        /// It does not work.
        Failed = "failed",
        /// It left the team.
        Removed = "removed",
        /// An operator keeps it from new work.
        Draining = "draining",
        /// An operator keeps it from work, and sees to it.
        Maintenance = "maintenance",
    }
}

impl Standing {
    /// Whether an account passes through it while it comes, and while it is reset.
    pub(crate) fn is_passing(self) -> bool {
        match self {
            Self::Connecting | Self::Preparing | Self::Offline | Self::NotLoggedIn | Self::LoggedOut => true,
            Self::WaitingScan
            | Self::Available
            | Self::Suspect
            | Self::Failed
            | Self::Removed
            | Self::Draining
            | Self::Maintenance => false,
        }
    }

    /// Whether an operator keeps it from work.
    pub fn is_withdrawn(self) -> bool {
        matches!(self, Self::Draining | Self::Maintenance)
    }
}

impl Phase {
    /// The phase in one word.
    pub fn standing(&self) -> Standing {
        match self {
            Self::Connecting => Standing::Connecting,
            Self::Preparing { .. } => Standing::Preparing,
            Self::Offline { .. } => Standing::Offline,
            Self::NotLoggedIn => Standing::NotLoggedIn,
            Self::WaitingScan { .. } => Standing::WaitingScan,
            Self::LoggedOut { .. } => Standing::LoggedOut,
            Self::Removed => Standing::Removed,
            Self::LoggedIn(health) => match health.condition() {
                Condition::Well => Standing::Available,
                Condition::Suspect => Standing::Suspect,
                Condition::Failed => Standing::Failed,
            },
        }
    }
}

impl fmt::Display for Phase {
    /// What a person should know: where it stands, why, and what would help.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Connecting => f.write_str("connecting"),
            Self::Preparing { step } => f.write_str(step),
            Self::Offline { cause, .. } => write!(f, "offline: {cause}"),
            Self::NotLoggedIn => f.write_str(
                "connected, not logged in: its provider tells neither a login nor a code to scan; see what the \
                 provider itself says",
            ),
            Self::WaitingScan { challenge: Some(challenge), .. } => challenge.fmt(f),
            Self::WaitingScan { doubted: None, .. } => f.write_str("waiting for its QR code to be scanned"),
            Self::WaitingScan { doubted: Some(_), .. } => f.write_str(
                "it asks for a scan though it was logged in: waiting for its QR code to be scanned, or for a sign \
                 that it works",
            ),
            Self::LoggedOut { reason } if reason.is_empty() => f.write_str("logged out"),
            Self::LoggedOut { reason } => write!(f, "logged out: {reason}"),
            Self::Removed => f.write_str("removed from the team"),
            Self::LoggedIn(health) => {
                let (dings, resets) = (health.dings_outstanding(), health.resets());
                match health.condition() {
                    Condition::Well => f.write_str("available"),
                    Condition::Suspect if dings == 0 => {
                        f.write_str("suspect: its login was in doubt, so it is to show first that it works")
                    }
                    Condition::Suspect if health.is_mute() => {
                        write!(f, "suspect: it hears, and nobody sees what it says: {dings} dings unanswered")
                    }
                    Condition::Failed if health.is_mute() => write!(
                        f,
                        "failed: it hears, and nobody sees what it says: {dings} dings unanswered, reset {resets} times"
                    ),
                    Condition::Suspect => {
                        write!(f, "suspect: silent, and not answered so far: {dings} of {dings} dings")
                    }
                    Condition::Failed => {
                        write!(f, "failed: silent, {dings} dings unanswered, reset {resets} times")
                    }
                }
            }
        }
    }
}

/// What is known of the client that holds an account's event stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum Holder {
    /// Nothing: it may be a connection that died, of which the service has not heard.
    Unknown,
    /// It took the stream from us: the service had ended ours just before. So it lives.
    TookIt,
    /// It kept the stream though the puppet was stopped, or took it again at once.
    KeptIt,
}

/// What became known about an account's link or login.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum LinkFact {
    /// Its puppet service, one of our own, does not run yet; the attempt goes on when it does.
    Preparing {
        /// What is being done, or waited for, for people.
        step: String,
    },
    /// Its event stream is open and its puppet started.
    Opened,
    /// The same, and the stream was somebody else's: its puppet was stopped for that.
    Evicted,
    /// The attempt failed, since somebody else holds its event stream.
    Taken {
        /// What is known of that client.
        holder: Holder,
    },
    /// The attempt failed, or the stream ended.
    Lost {
        /// Why, for people.
        cause: String,
    },
    /// It is logged in under this contact id.
    Login {
        /// The account's own contact id.
        contact_id: String,
    },
    /// It is logged out.
    Logout {
        /// The provider's own words.
        reason: String,
    },
    /// A person must scan.
    Scan(PendingScan),
    /// A person must prove more. That a code was entered counts only of the one that is asked for.
    Challenge(LoginChallenge),
    /// What somebody entered was not taken: its code is asked for as before, unless its provider has told something since.
    CodeRefused {
        /// The code's id, as the account knows it.
        id: String,
    },
}
