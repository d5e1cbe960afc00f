//! What operators see of what happens: numbers, lines of the log, those who were not let in.

mod hush;
mod metrics;
mod refusals;

pub use hush::{Hush, Kind, Who};
pub use metrics::Metrics;
pub(crate) use metrics::{AccountLabels, BotLabels, HeldLabels, LimitLabels, PhaseLabels};
pub use refusals::{Door, Refusals};
