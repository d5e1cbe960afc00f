//! Connections: to accounts, and of bots. It is the crate `ha-wechaty-transport`.

#[doc(inline)]
pub use ha_wechaty_transport::*;
