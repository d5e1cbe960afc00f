//! What people read in a terminal.

mod sends;
mod status;
mod table;

pub use sends::text as sends;
pub use status::{plan, rooms, rooms_summary, text as status};
pub use table::table;
