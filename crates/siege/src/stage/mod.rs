//! Where a siege takes place.
//!
//! | module | what it holds |
//! |---|---|
//! | `serve` | the gateway as a process |
//! | `dong` | the official account's server as a process |
//! | `process` | what a process takes of the machine |
//! | `figures` | what a gateway tells of itself |

mod dong;
mod figures;
mod process;
mod serve;

pub(crate) use dong::Dong;
pub(crate) use figures::Figures;
pub(crate) use process::{Process, Taken};
pub(crate) use serve::{Descriptors, Serve};
