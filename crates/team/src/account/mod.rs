//! The account side: one link per account.
//!
//! | module | what it holds |
//! |---|---|
//! | `link` | one account's link: dials when told, follows the event stream, starts the puppet |
//! | `opening` | opening the event stream, or taking it from whoever holds it |
//! | `way` | where the puppet service is, or who will say |
//! | `inbox` | what an account has told and is not handed on yet |
//! | `line` | the order in which that is handed on, whatever hangs |
//! | `reader` | from the event stream to facts, message payloads included |
//! | `care` | what the core does for an account: ding, reset |
//! | `codes` | what a person enters for a login |
//! | `lists` | reading an account's contacts and rooms |

mod care;
mod codes;
mod inbox;
mod line;
mod link;
mod lists;
mod opening;
mod reader;
mod way;

pub use codes::{LoginAnswer, NotTaken, answer};
pub use link::{FAREWELL, Link, LinkStop};
#[cfg(feature = "fuzzing")]
pub use reader::hear_and_ask;
pub use way::target_of;
