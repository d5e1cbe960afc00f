//! What a login asks of its person besides a scan, or instead of one: a code that WeChat sent, or a slide puzzle.

use alloc::string::String;
use core::fmt;

/// A login waits for a person to prove more than a scan does.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum LoginChallenge {
    /// By a code that its person was sent, or is shown on the phone.
    Code(PendingCode),
    /// By a puzzle, which a program of the provider's shows.
    Slide(PendingSlide),
}

/// A code that is to be entered.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct PendingCode {
    /// What an answer names: as its account knows it, and tagged towards bots.
    pub id: String,
    /// What it is for, by the protocol's number.
    pub scene: i32,
    /// How far it is.
    pub status: ChallengeProgress,
    /// What the provider says to the person.
    pub message: Option<String>,
}

/// A slide puzzle that is to be solved. What solves it is given by the provider; we only pass it on.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct PendingSlide {
    /// What it is for, by the protocol's number.
    pub scene: i32,
    /// How far it is.
    pub status: ChallengeProgress,
    /// Where the program is that shows it.
    pub program: String,
    /// What that program needs.
    pub secret: String,
}

/// How far a proof is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum ChallengeProgress {
    /// The provider does not say.
    #[default]
    Unknown,
    /// It is waited for.
    Waiting,
    /// It is too late for it.
    Expired,
    /// What was entered was wrong; it is waited for again.
    Wrong,
    /// Somebody entered something, and its provider has not told what came of that: only we know of it.
    Entered,
}

impl ChallengeProgress {
    /// The status of the protocol's number. Of another one nobody knows what it says.
    pub fn from_wire(number: i32) -> Self {
        match number {
            1 => Self::Waiting,
            2 => Self::Expired,
            3 => Self::Wrong,
            _ => Self::Unknown,
        }
    }

    /// The protocol's number.
    pub fn to_wire(self) -> i32 {
        match self {
            Self::Unknown | Self::Entered => 0,
            Self::Waiting => 1,
            Self::Expired => 2,
            Self::Wrong => 3,
        }
    }

    /// Whether a person can do something about it.
    pub fn is_open(self) -> bool {
        match self {
            Self::Unknown | Self::Waiting | Self::Wrong | Self::Entered => true,
            Self::Expired => false,
        }
    }
}

impl LoginChallenge {
    /// Whether a person can do something about it.
    pub fn is_open(&self) -> bool {
        match self {
            Self::Code(it) => it.status.is_open(),
            Self::Slide(it) => it.status.is_open(),
        }
    }

    /// Whether its provider asks, and not just we know that somebody has answered.
    pub(crate) fn is_told(&self) -> bool {
        match self {
            Self::Code(it) => it.status != ChallengeProgress::Entered,
            Self::Slide(_) => true,
        }
    }

    /// The code that is to be entered, if it is one and not too old.
    pub fn open_code(&self) -> Option<&PendingCode> {
        match self {
            Self::Code(it) if it.status.is_open() => Some(it),
            Self::Code(_) | Self::Slide(_) => None,
        }
    }

    /// Its texts, in bytes.
    pub fn weight(&self) -> usize {
        match self {
            Self::Code(it) => it.id.len() + it.message.as_ref().map_or(0, String::len),
            Self::Slide(it) => it.program.len() + it.secret.len(),
        }
    }
}

impl fmt::Display for LoginChallenge {
    /// What a person should know. What the provider says besides is not ours to repeat in a log.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Code(it) => match it.status {
                ChallengeProgress::Unknown | ChallengeProgress::Waiting => {
                    "waiting for the code that WeChat sent to its person, or shows on its phone"
                }
                ChallengeProgress::Entered => "its code was entered; waiting for its provider",
                ChallengeProgress::Wrong => "waiting for the code again: what was entered was wrong",
                ChallengeProgress::Expired => {
                    "the code that it asked for is too old: its login has to begin again"
                }
            },
            Self::Slide(it) => match it.status {
                ChallengeProgress::Unknown
                | ChallengeProgress::Waiting
                | ChallengeProgress::Wrong
                | ChallengeProgress::Entered => {
                    "waiting for a slide puzzle, which its provider's program shows"
                }
                ChallengeProgress::Expired => {
                    "it is too late for its slide puzzle: its login has to begin again"
                }
            },
        })
    }
}
