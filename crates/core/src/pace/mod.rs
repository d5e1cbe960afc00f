//! Who may do what now: limits per account and per conversation, and the queue of those who wait.
//!
//! ```text
//!   a call ─▶ join ─▶ its conversation's lane ─▶ front of the lane ─▶ an account within its pace ─▶ Go
//!             (bounded,   a line for each bot,     answers first,       in the caller's order
//!              by shares) first come, first served bots in turn
//! ```
//!
//! * A [`Limit`] is a sliding window: never more than so many in *any* window of its length. WeChat counts
//!   somewhere between a call and its answer, so a slot is taken when the call begins, and falls free one
//!   window after it has *ended*.
//! * Work on one conversation stands in one lane, and one piece of it at a time is under way: the order is
//!   kept whichever account does it, and however often it must be tried. Without limits each bot has a lane of
//!   its own for what it says in a conversation. An account that has not answered for some seconds is asked for
//!   what its bot says next there too, and another one only for what it refuses: it keeps the order, as it does for
//!   whoever talks to it alone.
//! * What a bot says in a conversation within a moment is one burst: the account that said the last of it goes on.
//! * Who could do it, and in which order, the caller says; over its pace means the next one, or else to wait.
//!
//! | file | idea |
//! |---|---|
//! | `limit.rs` | what is limited, and how much |
//! | `meter.rs` | one account's, or one conversation's, use of its limits |
//! | `heard.rs` | where somebody spoke lately: what is said there is an answer |
//! | `burst.rs` | who spoke last for a bot in a conversation: it goes on |
//! | `lane.rs` | a conversation's lane, and those who stand in it |
//! | `rota.rs` | answers go before the rest, and bots have their turns one after the other |
//! | `waiting.rs` | those who wait, what they weigh, and who has to go if it is too much |
//! | `spent.rs` | what was done, as the core was told: a new queue goes on behind it |
//! | `turn.rs` | what one who waits is told |
//! | `queue.rs` | the queue: who goes next, and with whom |

mod burst;
mod heard;
mod lane;
mod limit;
mod meter;
mod queue;
mod rota;
mod spent;
mod turn;
mod waiting;

pub use lane::{Errand, Seek, Ticket};
pub use limit::{Allowance, Limit, Pace, Paced};
pub use meter::{Meter, Opening};
pub use queue::{Queue, TryEnd};
pub use spent::SpentPace;
pub use turn::{Expiry, Turn};
pub use waiting::Full;
