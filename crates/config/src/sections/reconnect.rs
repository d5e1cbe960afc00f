//! How links to accounts are kept and regained: key `reconnect`.

use std::time::Duration;

use ha_wechaty_core::Backoff;

use super::{Effect, Section};
use crate::reader::{Keys, LONGEST, TIME};

/// How links to accounts are kept and regained. Key `reconnect`.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct ReconnectConfig {
    /// The delay between attempts (keys `base`, `factor`, `cap`).
    pub backoff: Backoff,
    /// How often a link is pinged; one that stays silent for the same time is lost.
    pub keepalive: Duration,
    /// How long connecting and opening the event stream may take together.
    pub connect: Duration,
}

impl Default for ReconnectConfig {
    fn default() -> Self {
        Self {
            backoff: Backoff::default(),
            keepalive: Duration::from_secs(10),
            connect: Duration::from_secs(10),
        }
    }
}

impl Section for ReconnectConfig {
    const EFFECT: Effect = Effect::AtNextStart;

    fn keys(&mut self, keys: &mut Keys<'_>) {
        let Self { backoff: Backoff { base, factor, cap }, keepalive, connect } = self;
        keys.set("base", base).within(TIME);
        keys.set("factor", factor).within(1.0..=1000.0);
        keys.set("cap", cap).within(*base..=LONGEST);
        keys.set("keepalive", keepalive).within(TIME);
        keys.set("connect", connect).within(TIME);
    }
}
