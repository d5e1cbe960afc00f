//! Connections: to accounts, and of bots. They are of the crate `ha-wechaty-transport`.

#[doc(inline)]
pub use ha_wechaty_transport::{
    Address, AttemptError, BindError, BotIo, Closed, Connection, ConnectionId, DialError, Fate, Listener,
    Mismatch, Nature, Peer, Security, Target, Tls, connection, dial, fate, listener,
};
