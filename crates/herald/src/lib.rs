//! The ways by which people are told of alarms; it must never decide who is told what, nor when.
//!
//! The core decides that, and keeps it in the journal with what became of it. Here one attempt after the other is made, each as
//! well as it can be, and a way that hangs delays no other.
//!
//! ```text
//!   Telling ─▶ queues: one for each way ─▶ scans: codes, links ─▶ one attempt ─▶ told: done, or why not
//!                                                                    ├ post: webhooks, robots (format)
//!   the store can't be written ─▶ store ──────────────────────────▶  ├ mail
//!                                                                    ├ command
//!                                                                    └ teammate
//! ```
//!
//! | module | what it holds |
//! |---|---|
//! | `herald` | one attempt by one of the ways |
//! | `ways` | the ways of a team, as its configuration says by now |
//! | `queues` | a queue for each way |
//! | `store` | the one alarm that the core can't tell: that nothing can be written down |
//! | `scans` | codes that wait to be scanned, and one-time links to them |
//! | `news` | what is told at once |
//! | `batch` | what of it has arrived, where each alarm is told by itself |
//! | `words` | what people read, in their language |
//! | `format` | what receivers take, and what their answers mean |
//! | `post`, `sign` | how that is posted, and signed |
//! | `mail`, `command`, `teammate` | the other ways |
//! | `error` | why people could not be told |

mod batch;
mod command;
mod cut;
mod error;
mod format;
mod herald;
mod mail;
mod news;
mod post;
mod queues;
mod scans;
mod sign;
mod store;
mod teammate;
#[cfg(test)]
mod tests;
mod ways;
mod words;

pub use error::TellError;
pub use herald::Herald;
pub use news::{News, ScanNews};
pub use scans::MakeLink;
