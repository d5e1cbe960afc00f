//! Where operators look: status, health and metrics over HTTP/1.1.
//!
//! | path | what |
//! |---|---|
//! | `/health/live` | 200 while the process serves |
//! | `/health/ready` | 200 while the team is available, else 503; with the reason, for those who may see the status |
//! | `/gateway` | which gateway this is, as JSON ([`GatewayStatus`]) |
//! | `/status` | how everything stands, as JSON ([`Status`]) |
//! | `/rooms` | which accounts are in each room, as JSON ([`Rooms`]) |
//! | `/sends` | what became of what bots sent, newest first; `?conversation=`, `account=`, `outcome=` … filter |
//! | `/metrics` | the same in numbers, for Prometheus |

mod bots;
pub mod client;
mod held;
mod long;
mod metrics;
mod origin;
mod refusals;
mod rooms;
mod server;
mod status;
pub mod view;

pub use bots::{AwayStatus, BotStatus, StreamStatus};
pub use ha_wechaty_core::{BotMode, Evidence, Paced, Policy, Rank, Risk, Role, Standing, Work};
pub use held::Held;
pub(crate) use metrics::Metrics;
pub(crate) use refusals::{Door, Refusals};
pub use rooms::{Missing, RoomAccount, RoomStatus, Rooms};
pub(crate) use server::serve;
#[cfg(feature = "fuzzing")]
pub(crate) use server::{answer, router};
pub(crate) use status::human;
pub use status::{
    AccountStatus, Ejected, GatewayStatus, LastEvidence, LastWords, LimitUse, Past, Status, TeamStatus,
};

#[cfg(test)]
mod tests;
