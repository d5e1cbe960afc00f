//! Calls that wait for their turn, and sends of which nobody knows yet what became of them.

mod doubts;
mod late;
mod pacer;
mod unsettled;

pub use doubts::{Doubt, Doubts};
pub use late::Late;
pub(crate) use pacer::Choose;
pub use pacer::Pacer;
pub use unsettled::Unsettled;
