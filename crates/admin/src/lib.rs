//! Where operators look: status, health and metrics over HTTP/1.1.
//!
//! | path | what |
//! |---|---|
//! | `/health/live` | 200 while the process serves |
//! | `/health/ready` | 200 while the team is available, else 503; with the reason, for those who may see the status |
//! | `/gateway` | which gateway this is, as JSON ([`GatewayStatus`](ha_wechaty_team::view::GatewayStatus)) |
//! | `/status` | how everything stands, as JSON ([`Status`](ha_wechaty_team::view::Status)) |
//! | `/rooms` | which accounts are in each room, as JSON ([`RoomsStatus`](ha_wechaty_team::view::RoomsStatus)) |
//! | `/sends` | what became of what bots sent, newest first; `?conversation=`, `account=`, `outcome=`, `since=3d` … filter |
//! | `/store` | what the store holds, as JSON ([`StoreInfo`](ha_wechaty_team::view::StoreInfo)) |
//! | `/store/copy` | the store as it is now, sealed, for a backup |
//! | `/metrics` | the same in numbers, for Prometheus |
//! | `/api/v1/…` | the same for programs, and what operators do to accounts: `openapi.json` describes it |

mod api;
pub mod client;
mod copy;
mod long;
mod origin;
mod server;

pub use server::serve;
#[cfg(feature = "fuzzing")]
pub use server::{answer, router};
