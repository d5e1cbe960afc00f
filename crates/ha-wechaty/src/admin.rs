//! How a gateway stands, as its admin's port tells it, and how to ask.

pub use ha_wechaty_admin::{Fingerprint, MadeKey, Pin, client, hash_password, make_key};
pub use ha_wechaty_team::view::*;
