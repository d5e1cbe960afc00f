//! Signals to other processes, without the program `kill`: a bare system has none (it is of procps).

pub use rustix::process::Signal;
use rustix::process::{Pid, kill_process};

/// Sends it.
///
/// # Panics
/// The process is not there, or somebody else's.
pub fn signal(process: u32, signal: Signal) {
    let process = Pid::from_raw(process.cast_signed()).expect("a process");
    kill_process(process, signal).expect("it is there, and ours");
}
