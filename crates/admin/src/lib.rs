//! Where operators look: status, health and metrics over HTTP/1.1.
//!
//! | path | what |
//! |---|---|
//! | `/` | how the team stands and what to do, for people; as text for whoever asks from a terminal |
//! | `/accounts/NAME` | all that is known of one account, for people |
//! | `/accounts/NAME/qr.svg`, `.png` | the code that the account waits for, as a picture |
//! | `/api/v1/accounts/NAME/login` | how far its login is, as JSON ([`LoginStatus`](ha_wechaty_team::view::LoginStatus)) |
//! | `/api/v1/accounts/NAME/link` | POST: a one-time link for the owner of its phone, as JSON: `url`, `until` |
//! | `/l/…` | what such a link leads to: that code and nothing else, without the password |
//! | `/bots`, `/alarms`, `/history`, `/log` | the bots, the alarms, what went wrong, the log, for people |
//! | `/config` | the configuration that runs beside the file, for people who may do everything |
//! | `/runbook` | what to do when something is not well |
//! | `/audit` | who did what, for people |
//! | `/login`, `/logout` | where people log in with a browser, and out |
//! | `/health/live` | 200 while the process serves |
//! | `/health/ready` | 200 while the team is available, else 503; with the reason, for those who may see the status |
//! | `/gateway` | which gateway this is, as JSON ([`GatewayStatus`](ha_wechaty_team::view::GatewayStatus)) |
//! | `/status` | how everything stands, as JSON ([`Status`](ha_wechaty_team::view::Status)) |
//! | `/rooms` | which accounts are in each room, as JSON ([`RoomsStatus`](ha_wechaty_team::view::RoomsStatus)); a page for browsers |
//! | `/sends` | what became of what bots sent, newest first; `?conversation=`, `account=`, `outcome=`, `since=3d` … filter; a page for browsers |
//! | `/store` | what the store holds, as JSON ([`StoreInfo`](ha_wechaty_team::view::StoreInfo)) |
//! | `/store/copy` | the store as it is now, sealed, for a backup |
//! | `/metrics` | the same in numbers, for Prometheus |
//! | `/api/v1/…` | the same for programs, and what operators do to accounts: `openapi.json` describes it |

mod api;
mod certificate;
pub mod client;
mod copy;
mod deed;
mod entry;
mod link;
mod long;
mod origin;
mod page;
mod pin;
mod server;

pub use certificate::AdminCertificate;
pub use entry::{MadeKey, hash_password, make_key};
pub use link::LoginLinks;
pub use pin::{Fingerprint, Pin};
pub use server::serve;
#[cfg(feature = "fuzzing")]
pub use server::{answer, router};
