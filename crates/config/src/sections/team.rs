//! How the team works together: key `team`.

use std::time::Duration;

use ha_wechaty_core::{Policy, Recall};

use super::{Effect, Live, Section};
use crate::reader::{Every, Field, FromField, Keys, LONGEST, TIME, TIME_OR_NONE};

/// With fewer messages in mind a busy team forgets what its slow accounts have not shown yet.
const FEWEST_REMEMBERED: usize = 1_000;

/// How the team works together. Key `team`.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct TeamConfig {
    /// Which of the accounts that could do it does it.
    pub policy: Policy,
    /// What a bot says in a room less than so long after its last words there comes from the account that said
    /// those; zero: from whichever it is the turn of.
    pub burst: Duration,
    /// When a message that another account sees too counts as the same one (keys `dedup_window`, `dedup_age`,
    /// `dedup_count`).
    pub recall: Recall,
    /// Where the team's dice begin, to repeat a course; not a key, since elsewhere they begin anywhere.
    pub dice: Option<u64>,
    /// How often each account's lists, and each room, are read again; `None`: only when they are in doubt.
    pub refresh: Option<Duration>,
    /// Whether members of a room invite the teammates that are missing there.
    pub invite_teammates: bool,
    /// Only into these rooms; into all, if it names none.
    pub invite_only: Vec<String>,
    /// Not into these.
    pub invite_never: Vec<String>,
    /// More ids that are the same for every account, whatever else its provider's ids are.
    pub common_ids: Vec<String>,
}

impl Default for TeamConfig {
    fn default() -> Self {
        Self {
            policy: Policy::RoundRobin,
            burst: Duration::from_secs(5),
            recall: Recall::default(),
            dice: None,
            refresh: Some(Duration::from_secs(60 * 60)),
            invite_teammates: false,
            invite_only: Vec::new(),
            invite_never: Vec::new(),
            common_ids: Vec::new(),
        }
    }
}

impl Section for TeamConfig {
    const EFFECT: Effect = Effect::AtReload(Live::Rules);

    fn keys(&mut self, keys: &mut Keys<'_>) {
        let Self {
            policy,
            burst,
            // What it may weigh is `memory.dedup`.
            recall: Recall { window, age, count, bytes: _ },
            dice: _,
            refresh,
            invite_teammates,
            invite_only,
            invite_never,
            common_ids,
        } = self;
        keys.set("policy", policy);
        keys.set("burst", burst).within(TIME_OR_NONE);
        keys.set("dedup_window", window).within(TIME);
        keys.set("dedup_age", age).within(*window..=LONGEST);
        keys.set("dedup_count", count).at_least(FEWEST_REMEMBERED);
        keys.set_as("refresh", refresh, |Every(every)| every).within_if_any(TIME);
        keys.set("invite_teammates", invite_teammates);
        keys.set("invite_only", invite_only);
        keys.set("common_ids", common_ids);
        keys.set("invite_never", invite_never);
    }
}

impl FromField for Policy {
    fn from_field(field: &Field<'_>) -> Option<Self> {
        field.word(&Self::ALL.map(|policy| (policy.name(), policy)))
    }
}
