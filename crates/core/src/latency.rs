//! How long the last ding took: from when it left to its dong.

use core::time::Duration;

use crate::time::Time;

/// The last dings of one account.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(crate) struct Latency {
    /// When the last ding left, as long as no dong came.
    dinged: Option<Time>,
    /// When the last one left that was answered, and when its dong came.
    donged: Option<(Time, Time)>,
}

impl Latency {
    /// A ding leaves.
    pub(crate) fn ding(&mut self, now: Time) {
        self.dinged = Some(now);
    }

    /// A dong comes; one that nobody asked for says nothing.
    pub(crate) fn dong(&mut self, now: Time) {
        self.donged = self.dinged.take().map(|asked| (asked, now)).or(self.donged);
    }

    /// How long the last ding took that was answered, and when its dong came.
    pub(crate) fn last(&self) -> Option<(Duration, Time)> {
        self.donged.map(|(asked, answered)| (answered - asked, answered))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ding_is_answered_by_the_next_dong_alone() {
        let at = |milliseconds| Time::after_origin(Duration::from_millis(milliseconds));
        let mut latency = Latency::default();
        latency.dong(at(1_000));
        assert_eq!(latency.last(), None, "nobody asked for it");
        latency.ding(at(2_000));
        latency.ding(at(3_000));
        latency.dong(at(3_250));
        latency.dong(at(4_000));
        assert_eq!(latency.last(), Some((Duration::from_millis(250), at(3_250))));
    }
}
