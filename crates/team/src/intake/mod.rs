//! Requests on their way in: a file in them flows into the spool, and everything else counts. So do their answers.
//!
//! ```text
//!                      ┌▶ its file ─▶ the spool (gateway.spool_disk) ─┐
//!   a body ─▶ unpack ──┤                                              ├▶ the call, with the file's id
//!             chunks   └▶ everything else (memory.requests) ──────────┘
//! ```
//!
//! | module | what it holds |
//! |---|---|
//! | `counted` | what calls and their requests count |
//! | `source` | a body, byte by byte, and the messages in it |
//! | `message` | a message of which one field flows away |
//! | `inline` | the file in FileBox JSON |
//! | `unpack` | a call with a large file in it, as one that names the file |
//! | `chunks` | a stream of pieces of a file |
//! | `weighed` | a body that is read as a whole |
//! | `arriving` | answers of accounts, until they are ready to leave |
//! | `answer` | answers, until they are read |
//! | `behalf` | whose call a task is at work on, and what goes on though that is given up |

mod answer;
mod arriving;
mod behalf;
mod chunks;
mod counted;
mod inline;
mod message;
mod source;
mod unpack;
mod weighed;

pub use answer::answer_room;
pub use arriving::Weight;
pub use behalf::AskingBot;
pub use chunks::Chunks;
pub use counted::{FLOW, INSIDE, kept, room, spent};
pub use source::{Head, Source};
pub use unpack::unpack;
pub use weighed::weigh;
