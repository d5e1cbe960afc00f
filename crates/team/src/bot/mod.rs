//! The bot side: event streams.
//!
//! | module | what it holds |
//! |---|---|
//! | `stream` | one bot's event stream |
//! | `pulse` | its heartbeats |

mod pulse;
mod stream;

pub use stream::{LastGiven, OpenedStream, StreamEvent, listen, open, stop};
