//! What operators do to an account, as programs and people ask for it over HTTP.

use std::time::Duration;

use ha_wechaty_core::{Hand, Withdrawn};

/// Longer than this nobody means.
const LONGEST: Duration = Duration::from_secs(366 * 86_400);

/// What is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Deed {
    Drain,
    Maintenance,
    Resume,
    Reset,
    Reconnect,
    Login,
    Logout,
}

impl Deed {
    /// All there are.
    pub(super) const ALL: [Self; 7] = [
        Self::Drain,
        Self::Maintenance,
        Self::Resume,
        Self::Reset,
        Self::Reconnect,
        Self::Login,
        Self::Logout,
    ];

    /// As the core is told; `lasts` counts for what [may last](Self::may_last).
    pub(super) fn hand(self, lasts: Option<Duration>) -> Hand {
        match self {
            Self::Drain => Hand::Withdraw { how: Withdrawn::Draining, lasts },
            Self::Maintenance => Hand::Withdraw { how: Withdrawn::Maintenance, lasts },
            Self::Resume => Hand::Resume,
            Self::Reset => Hand::Reset,
            Self::Reconnect => Hand::Reconnect,
            Self::Login => Hand::Login,
            Self::Logout => Hand::Logout,
        }
    }

    /// Its word.
    pub(super) fn name(self) -> &'static str {
        self.hand(None).name()
    }

    /// The one of this word.
    pub(super) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.name() == name)
    }

    /// Whether it may be said for how long.
    pub(super) fn may_last(self) -> bool {
        match self {
            Self::Drain | Self::Maintenance => true,
            Self::Resume | Self::Reset | Self::Reconnect | Self::Login | Self::Logout => false,
        }
    }
}

/// For how long, in words.
///
/// # Errors
/// Nobody means that.
pub(super) fn lasts(text: &str) -> Result<Duration, String> {
    let lasts = humantime::parse_duration(text)
        .map_err(|error| format!("{text:?} is no duration ({error}); write it like 30m"))?;
    if lasts.is_zero() || lasts > LONGEST {
        return Err(format!("{text:?} is nothing, or longer than a year"));
    }
    Ok(lasts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn how_long_it_lasts_is_said_in_words() {
        assert_eq!(lasts("30m"), Ok(Duration::from_secs(1_800)));
        assert_eq!(lasts("1h 30m"), Ok(Duration::from_secs(5_400)));
        for wrong in ["", "soon", "0s", "-1s", "400days", "30"] {
            assert!(lasts(wrong).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn each_has_a_word_of_its_own() {
        assert!(Deed::ALL.into_iter().all(|it| Deed::named(it.name()) == Some(it)));
        assert_eq!(Deed::named("dance"), None);
    }
}
