//! Closed lists whose members have a word each.

/// Writes such a list: its enum, its words, and how it is read and written, from one row for each member. The words are
/// those of `/status`, metrics, logs and the configuration: whatever decides by them takes the enum.
macro_rules! words {
    (
        $(#[$list:meta])*
        pub enum $List:ident { $($(#[$member:meta])* $Member:ident = $word:literal,)+ }
    ) => {
        $(#[$list])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
        pub enum $List {
            $(
                $(#[$member])*
                #[doc = concat!("\n\nIts word is `", $word, "`.")]
                #[cfg_attr(feature = "serde", serde(rename = $word))]
                $Member,
            )+
        }

        impl $List {
            /// All there are.
            pub const ALL: [Self; [$($word),+].len()] = [$(Self::$Member),+];

            /// Its word.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$Member => $word,)+
                }
            }
        }

        impl core::fmt::Display for $List {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                f.pad(self.name())
            }
        }
    };
}
pub(crate) use words;

#[cfg(test)]
mod tests {
    use crate::{
        AlarmKind, AlarmStep, BotMode, Evidence, HandEnd, Paced, Policy, Rank, Risk, Role, Severity,
        Standing, Withdrawn, Work,
    };

    /// They are in people's dashboards, alerts and scripts: none is ever changed.
    #[test]
    fn words_stay_as_they_are() {
        let standings = "connecting preparing offline not-logged-in waiting-scan logged-out available suspect failed \
                         removed draining maintenance";
        let evidence = "message dong saw-teammate seen-by-teammate puppet-dong login";
        let alarms = "account-scan account-logged-out account-offline account-not-logged-in account-failed account-taken \
                      same-person no-heartbeat domain-down team-degraded team-down bot-gone coverage-lost pace-limit \
                      queue-full disk-low store-unwritable certificate clock test";
        let steps = "opened changed reminded escalated acknowledged closed";
        let lists = [
            (AlarmKind::ALL.map(AlarmKind::name).join(" "), alarms),
            (AlarmStep::ALL.map(AlarmStep::name).join(" "), steps),
            (Severity::ALL.map(Severity::name).join(" "), "info warning critical"),
            (Standing::ALL.map(Standing::name).join(" "), standings),
            (Evidence::ALL.map(Evidence::name).join(" "), evidence),
            (Withdrawn::ALL.map(Withdrawn::name).join(" "), "draining maintenance"),
            (HandEnd::ALL.map(HandEnd::name).join(" "), "done nothing-to-do not-connected last-usable"),
            (Work::ALL.map(Work::name).join(" "), "send befriend room"),
            (Paced::ALL.map(Paced::name).join(" "), "messages friend_adds room_creations room_invitations"),
            (Policy::ALL.map(Policy::name).join(" "), "round-robin random least-load sticky failover"),
            (BotMode::ALL.map(BotMode::name).join(" "), "all standby shard"),
            (Role::ALL.map(Role::name).join(" "), "all active standby shard"),
            (Risk::ALL.map(Risk::name).join(" "), "unavailable alone"),
            (Rank::ALL.map(Rank::name).join(" "), "owner admin member unknown"),
        ];
        for (told, expected) in lists {
            assert_eq!(told, expected);
        }
        assert_eq!(std::format!("{:>8}|{:<8}|", Risk::Alone, Risk::Alone), "   alone|alone   |");
    }
}
