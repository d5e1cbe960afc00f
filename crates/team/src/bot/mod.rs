//! The bot side: event streams, and who has them.
//!
//! | module | what it holds |
//! |---|---|
//! | `origin` | whose stream a call is about |
//! | `stream` | one bot's event stream |
//! | `pulse` | its heartbeats |
//! | `tokens` | which bot has which token |
//! | `streams` | all open streams, to deliver to |
//! | `unread` | what a stream has not taken yet, and what all of them have not |
//! | `words` | events as bots read them |

mod origin;
mod pulse;
mod stream;
mod streams;
mod tokens;
mod unread;
mod words;

pub use origin::Origin;
pub use stream::{listen, stop};
pub use streams::{Ending, Streams};
pub use tokens::Tokens;
