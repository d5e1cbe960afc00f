//! Calls under way: what goes on by itself, what is worked on beside the runtime, what many wait for together.

mod alone;
mod aside;
mod rounds;

pub use alone::Alone;
pub(crate) use aside::has_long_lists;
pub use aside::{Aside, is_long};
pub(crate) use rounds::Task;
pub use rounds::{List, Rounds};
