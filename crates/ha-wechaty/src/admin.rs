//! How a gateway stands, as its admin's port tells it, and how to ask.

pub use ha_wechaty_admin::client;
pub use ha_wechaty_team::view::*;
