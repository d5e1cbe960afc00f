//! Calls under way: what goes on by itself, what is worked on beside the runtime, what many wait for together.

mod alone;
mod aside;
mod rounds;

use tokio_util::sync::CancellationToken;

pub use alone::Alone;
pub(crate) use aside::has_long_lists;
pub use aside::{Aside, is_long};
pub(crate) use rounds::Task;
pub use rounds::{List, Rounds};

/// What calls under way have in common.
#[derive(Debug)]
pub struct Underway {
    /// Calls that go on though nobody waits for them.
    pub alone: Alone,
    /// Where long lists are worked on.
    pub aside: Aside,
    /// Lists of all that the accounts know.
    pub rounds: Rounds,
    /// Ends the calls that are still under way when the gateway must end.
    pub cut: CancellationToken,
}

impl Underway {
    /// No call of so many bots is under way.
    pub fn new(bots: usize) -> Self {
        Self {
            alone: Alone::default(),
            aside: Aside::new(bots),
            rounds: Rounds::default(),
            cut: CancellationToken::new(),
        }
    }
}
