//! The bot side: event streams.
//!
//! | module | what it holds |
//! |---|---|
//! | `stream` | one bot's event stream |
//! | `pulse` | its heartbeats |
//! | `words` | events as bots read them |

mod pulse;
mod stream;
mod words;

pub use stream::{listen, stop};
