//! Accounts, as all others know them: who is in the team, and the link that each has.

mod links;
mod order;
mod roster;

pub use links::{Busy, Links, MAX_UNREAD, Unread};
pub use order::Order;
pub use roster::Roster;
