//! When an account counts as working: key `health`.

use std::time::Duration;

use ha_wechaty_core::{EjectionRule, Vigil};

use super::{Effect, Live, Section};
use crate::reader::{Keys, LONGEST, Measure as _, TIME, TIME_OR_NONE};

/// When an account counts as working. Key `health`.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct HealthConfig {
    /// Who answers `dong` to `ding`, by the accounts' own ids; without one (`""`) the puppets' own ding must
    /// do, which is weaker.
    pub heartbeat_contact: Option<String>,
    /// When silence means something (keys `ding_after`, `fail_after`, `jitter`).
    pub vigil: Vigil,
    /// How long an account that comes back takes to get its whole share of the work again.
    pub ramp_up: Duration,
    /// When an account is kept from a kind of work (keys `eject_after`, `eject_base`, `eject_cap`).
    pub ejection: EjectionRule,
    /// What WeChat says, through a puppet's error, when something was too much.
    pub throttle_words: Vec<String>,
    /// What WeChat says, through a puppet's error, when the account does not reach a conversation.
    pub unreachable_words: Vec<String>,
}

impl Default for HealthConfig {
    fn default() -> Self {
        Self {
            heartbeat_contact: Some(String::from("gh_051c89260e5d")),
            vigil: Vigil::default(),
            ramp_up: Duration::from_secs(60),
            ejection: EjectionRule::default(),
            throttle_words: ["操作过于频繁", "Ret 1205"].map(String::from).into(),
            unreachable_words: ["朋友验证", "not a friend", "not a member"].map(String::from).into(),
        }
    }
}

impl Section for HealthConfig {
    const EFFECT: Effect = Effect::AtReload(Live::Rules);

    fn keys(&mut self, keys: &mut Keys<'_>) {
        let Self {
            heartbeat_contact,
            vigil,
            ramp_up,
            ejection: EjectionRule { after, base, cap },
            throttle_words,
            unreachable_words,
        } = self;
        keys.set("heartbeat_contact", heartbeat_contact);
        heartbeat_contact.take_if(|contact| contact.is_empty());
        vigil_keys(keys, vigil);
        for (key, message) in broken(*vigil) {
            keys.report(key, message);
        }
        keys.set("ramp_up", ramp_up).within(TIME_OR_NONE);
        keys.set("eject_after", after);
        keys.set("eject_base", base).within(TIME);
        keys.set("eject_cap", cap).within(*base..=LONGEST);
        keys.set("throttle_words", throttle_words);
        keys.set("unreachable_words", unreachable_words);
    }
}

/// The keys that stand under `[health]` for all accounts, and in an account for itself.
pub(super) fn vigil_keys(keys: &mut Keys<'_>, vigil: &mut Vigil) {
    let Vigil { ding_after, fail_after, jitter } = vigil;
    keys.set("ding_after", ding_after);
    keys.set("fail_after", fail_after);
    keys.set("jitter", jitter);
}

/// What must hold of them, and does not.
pub(super) fn broken(vigil: Vigil) -> impl Iterator<Item = (&'static str, String)> {
    let Vigil { ding_after, fail_after, jitter } = vigil;
    let is_time = !ding_after.is_zero() && ding_after <= LONGEST;
    let is_later = (ding_after..=LONGEST).contains(&fail_after);
    let wrong = [
        ("ding_after", (!is_time).then(|| "must be from 1ms to a year".to_owned())),
        (
            "fail_after",
            (!is_later).then(|| {
                "must not be shorter than ding_after, or an account fails before it is asked".to_owned()
            }),
        ),
        ("jitter", jitter.outside(&(0.0..=0.5))),
    ];
    wrong.into_iter().filter_map(|(key, message)| Some((key, message?)))
}
