//! What of the team outlives its process: the core's facts with their times, and the messages that they are about.
//!
//! ```text
//!   a fact ─▶ the engine applies it ─▶ Hold: its record, and the wishes that wait for it
//!                                        │ one append in flight: all since the last one go in the next
//!                                        ▼
//!                                      StoreWriter ─▶ Log ─▶ a journal            now and then a snapshot: the team, and all pages
//!                                        │ it is durable
//!                                        ▼
//!                                      the wishes leave, and calls that wait go on
//! ```
//!
//! | module | what it holds |
//! |---|---|
//! | `record` | what is written down, and how |
//! | `past` | what was written down, as a team again |
//! | `due` | when a snapshot is due |
//! | `spare` | which ones stay, so that it can be told what happened |
//! | `writer` | the task that writes |
//! | `fates` | what becomes of all that is outside the core, field by field; a test holds it to that |
//! | `open` | the journal that an operator wants |
//! | `export` | what was written down, as lines for people, without what anybody said |
//! | `replay` | the same step by step, with what the team made of it |

mod due;
mod export;
#[cfg(test)]
mod fates;
mod open;
mod past;
mod record;
mod replay;
mod spare;
mod writer;

#[cfg(test)]
mod tests;

pub use due::{Behind, SnapshotDue, SnapshotLimits};
pub use export::export;
pub(crate) use export::{at_wall, on_the_wall};
pub use open::{KEEPS_FILES, LINES, Opened, damage, open, open_existing, stuck};
pub use past::{Restored, id_given, restore};
pub use record::{Noted, Notes};
pub use replay::{NewsKind, Quietly, ReplayMark, ReplayNews, ReplayStep, Replayed, Replaying};
pub use writer::{Ack, Acks, Retention, SnapshotMaker, StoreWriter, Write};
