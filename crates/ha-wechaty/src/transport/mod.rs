//! The two edges of the shell; they must never decide where a call goes.
//!
//! | module | what it holds |
//! |---|---|
//! | [`mod@dial`] | how an account is reached: discovery, TCP, TLS, HTTP/2, and why it can't be |
//! | [`connection`] | one HTTP/2 connection to an account, which knows what became of every call |
//! | [`listener`] | the port for bots, which explains itself to every kind of peer |
//! | `descriptors` | how many connections this process may have |
//! | `holding` | a body that holds something until all of it is written |
//! | `http1` | small servers: the admin's, and the directory |
//! | `words` | what a call ends with, so that it fits into headers |

pub mod connection;
pub(crate) mod descriptors;
pub mod dial;
mod holding;
pub(crate) mod http1;
pub mod listener;
mod words;

#[cfg(feature = "fuzzing")]
pub(crate) use connection::Manner;
pub use connection::{AttemptError, Closed, Connection, Fate, Nature, fate};
pub(crate) use connection::{as_answered, deadline_of, is_over, is_told};
pub(crate) use descriptors::raise as raise_descriptors;
pub use dial::{Address, DialError, Security, Target, dial};
pub(crate) use holding::Holding;
pub(crate) use listener::{Arrival, Ports, SEND_BUFFER, serve};
pub use listener::{BindError, BotIo, ConnectionId, Listener, Mismatch, Peer, Tls};
pub(crate) use words::cut;

#[cfg(test)]
mod tests;
