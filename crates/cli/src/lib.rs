//! The program `ha-wechaty`: its commands, what they print, and the demo.
//!
//! | module | what it holds |
//! |---|---|
//! | `commands` | one file for each command |
//! | `demo` | a simulated team to look at |
//! | [`text`] | what people read in a terminal |

mod commands;
#[cfg(feature = "demo")]
mod demo;
pub mod text;

pub use commands::main;
