//! What people read in a terminal.
//!
//! | module | what it says |
//! |---|---|
//! | `status` | how a gateway stands |
//! | `alarms` | what is wrong now, and how people are told |
//! | `annals` | what went wrong, and how long each was up |
//! | `replay` | what happened, step by step |
//! | `rooms` | who is in which room, and who is missing there |
//! | `store` | what outlives a gateway |
//! | `sends` | what became of sends |
//! | `team` | a configuration, without secrets |
//! | `top` | the team at this moment, on a screen of its own |
//! | `variables` | the environment, without secrets |
//! | `providers` | the puppets that are known |
//! | `year` | a year of failures, in figures |
//! | `doctor` | what a look at everything found |
//! | `remedy` | what to do, in a few words |
//! | `table` | rows in columns |
//! | `wrap` | lines that are longer than a terminal is wide |
//! | `ink` | pieces of a line, each with its colour |

mod alarms;
mod annals;
mod doctor;
mod ink;
mod login;
mod providers;
mod remedy;
mod replay;
mod rooms;
mod sends;
mod status;
mod store;
mod table;
mod team;
mod top;
mod variables;
mod wrap;
mod year;

#[cfg(test)]
pub(crate) mod tests;

pub use alarms::alarms;
pub use annals::{history, sla, sla_csv};
pub(crate) use doctor::{Finding, Sort, findings, findings_json};
#[cfg(feature = "demo")]
pub(crate) use ink::{Ink, Line};
pub use login::login;
pub use providers::providers;
pub use remedy::remedy;
pub use replay::ReplayText;
pub use rooms::{plan, rooms, rooms_summary};
pub use sends::sends;
pub use status::{status, status_within};
pub use store::{Whole, backup, store, vacuumed, whole};
pub use table::table;
pub use team::{members, team};
pub use top::TopView;
pub(crate) use top::top;
pub use variables::variables;
pub use year::year;
