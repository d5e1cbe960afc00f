//! The two edges of the shell; they must never decide where a call goes.
//!
//! A future that other crates wait for is in a box when it leaves: all that it is made of, HTTP/2 and TLS with it, is
//! compiled here once, and not again in each crate that polls it.
//!
//! | module | what it holds |
//! |---|---|
//! | [`mod@dial`] | how an account is reached: discovery, a proxy, TCP, TLS, HTTP/2, and why it can't be |
//! | [`connection`] | one HTTP/2 connection to an account, which knows what became of every call |
//! | [`listener`] | the port for bots, which explains itself to every kind of peer |
//! | `behalf` | on whose behalf accounts are asked |
//! | [`client`] | one question to the web, and its answer |
//! | `bytes` | a codec that leaves messages as bytes |
//! | `descriptors` | how many connections this process may have |
//! | `holding` | a body that holds something until all of it is written |
//! | `http1` | small servers: the admin's, and the directory |
//! | `receipt` | what happens once an answer is written whole |
//! | `words` | what a call ends with, so that it fits into headers |

mod behalf;
mod bytes;
pub mod client;
pub mod connection;
pub mod descriptors;
pub mod dial;
mod holding;
pub mod http1;
pub mod listener;
mod receipt;
mod sockets;
mod words;

pub use behalf::{Behalf, Counts};
pub use bytes::BytesCodec;
#[cfg(feature = "fuzzing")]
pub use connection::Manner;
pub use connection::{AttemptError, Closed, Connection, Fate, Nature, fate};
pub use connection::{as_answered, deadline_of, is_over, is_told};
pub use descriptors::raise as raise_descriptors;
pub use dial::{
    Address, DialError, Probe, ProbeError, ProbeStep, ProxyTrouble, Security, Target, dial, probe,
    probe_proxy,
};
pub use holding::Holding;
pub use listener::{Arrival, Ports, Routes, SEND_BUFFER, serve};
pub use listener::{BindError, BotIo, ConnectionId, Listener, Mismatch, Peer, Tls};
pub use receipt::Receipt;
pub use sockets::Sockets;
pub use words::cut;

#[cfg(test)]
mod tests;
