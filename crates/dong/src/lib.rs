//! The callback server of a WeChat Official Account that answers `dong` to `ding`; it must never let a stranger
//! through, nor show a secret.
//!
//! It is the far end of the heartbeat: an account sends `ding` to the official account, WeChat calls this
//! server, and the `dong` that comes back proves that the account can send and receive.
//!
//! | module | what it holds |
//! |---|---|
//! | [`settings`] | what an operator can set |
//! | `key` | the key of the encrypted modes, as WeChat writes it |
//! | [`protocol`] | the official account's protocol: signatures, encryption, messages; functions of their arguments |
//! | [`site`] | what is answered to a request: who may ask, what was seen before, what is counted; no IO, no clock |
//! | [`caller`] | the other side: WeChat, as far as tests and demos need it |
//! | [`server`] | the listener: connections, bodies, time, randomness, the end |
//!
//! Facts of the protocol are those of WeChat's developer documentation, "Official Accounts: receiving and
//! answering messages" and "message encryption and decryption".

#[cfg(feature = "site")]
pub mod caller;
mod key;
#[cfg(feature = "site")]
pub mod protocol;
#[cfg(feature = "server")]
pub mod server;
pub mod settings;
#[cfg(feature = "site")]
pub mod site;

#[cfg(feature = "server")]
pub use server::{ServeError, Server};
pub use settings::{Secret, Settings, SettingsError};
#[cfg(feature = "site")]
pub use site::Site;

pub use key::{AesKey, KeyError};
