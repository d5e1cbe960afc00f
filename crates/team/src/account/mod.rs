//! The account side: one link per account, and what is known of it from call to call.
//!
//! | module | what it holds |
//! |---|---|
//! | `roster` | who is in the team now, by place |
//! | `links` | the connection that each account has at the moment, and how busy it is |
//! | `backlog` | what an account has told, and the core has not taken yet |
//! | `link` | one account's link: dials when told, opens the event stream, starts the puppet |
//! | `way` | where the puppet service is, or who will say |
//! | `inbox` | what an account has told and is not handed on yet |
//! | `line` | the order in which that is handed on, whatever hangs |
//! | `reader` | from the event stream to facts, message payloads included |
//! | `care` | what the core does for an account: ding, reset |
//! | `lists` | reading an account's contacts and rooms |

mod backlog;
mod care;
mod inbox;
mod line;
pub mod link;
pub mod links;
mod lists;
mod reader;
mod roster;
mod way;

pub use backlog::{Backlog, Held};
pub use link::{Ends, Link, Order};
pub use links::Links;
#[cfg(feature = "fuzzing")]
pub use reader::hear_and_ask;
pub use roster::Roster;
