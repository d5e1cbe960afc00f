//! A program that was started: what it says, signals to it, and its end.

mod lines;
mod signal;

use std::{
    net::SocketAddr,
    process::{Child, Command, ExitStatus, Stdio},
    thread,
    time::{Duration, Instant},
};

pub use lines::Lines;
pub use signal::{Signal, signal};
use tempfile::TempDir;

use crate::wait::{OFTEN, until_some_by};

/// Nothing that a program is waited for takes this long unless it is broken. Other tests run beside it.
pub const DEADLINE: Duration = Duration::from_secs(60);

/// A program that runs, and is killed when the test ends early.
#[derive(Debug)]
pub struct Running {
    child: Child,
    said: Lines,
    log: Lines,
    greeting: String,
    /// So much of the log was looked at.
    read: usize,
    /// Its user's data, unless the test says where that is: never a person's, and never another test's.
    _data: Option<TempDir>,
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended on its own.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Running {
    /// Starts it, and waits for its first line.
    ///
    /// # Panics
    /// It can't be run, or ends before it has said anything.
    #[must_use]
    pub fn start(command: &mut Command) -> Self {
        Self::start_on(command, Stdio::null())
    }

    /// As [`Running::start`], with an input.
    ///
    /// # Panics
    /// As [`Running::start`].
    #[must_use]
    pub fn start_on(command: &mut Command, input: Stdio) -> Self {
        let mut running = Self::spawn_on(command.stdout(Stdio::piped()).stderr(Stdio::piped()), input);
        let Some(greeting) = running.said.first() else {
            panic!("it does not greet: {:?}; its log: {}", running.said.text(), running.log.text())
        };
        running.greeting = greeting;
        running
    }

    /// Starts it; what it says is kept as far as the command has pipes for that. What it keeps where nobody says where is
    /// in a folder of its own, which ends with it; a test whose programs follow one another names one
    /// (`XDG_DATA_HOME`).
    ///
    /// # Panics
    /// It can't be run.
    #[must_use]
    pub fn spawn(command: &mut Command) -> Self {
        Self::spawn_on(command, Stdio::null())
    }

    fn spawn_on(command: &mut Command, input: Stdio) -> Self {
        let data = set_apart(command);
        let mut child = command.stdin(input).spawn().expect("it can be run");
        // It alone has its input.
        command.stdin(Stdio::null());
        let said = child.stdout.take().map_or_else(Lines::none, Lines::follow);
        let log = child.stderr.take().map_or_else(Lines::none, Lines::follow);
        Self { child, said, log, greeting: String::new(), read: 0, _data: data }
    }

    /// The first line that it said.
    #[must_use]
    pub fn greeting(&self) -> &str {
        &self.greeting
    }

    /// What stands between these in the greeting.
    ///
    /// # Panics
    /// There is no such thing.
    #[must_use]
    pub fn between(&self, from: &str, to: &str) -> &str {
        let found = self.greeting.split_once(from).and_then(|(_, rest)| rest.split(to).next());
        found.unwrap_or_else(|| panic!("no {from:?} in {:?}", self.greeting))
    }

    /// Where bots connect, of a gateway.
    ///
    /// # Panics
    /// The greeting does not say so.
    #[must_use]
    pub fn bots(&self) -> SocketAddr {
        self.between(") on ", " ").parse().expect("an address")
    }

    /// Where operators look, of a gateway.
    ///
    /// # Panics
    /// The greeting does not say so.
    #[must_use]
    pub fn admin(&self) -> String {
        self.between("status on http://", "/").to_owned()
    }

    /// Its process.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// What it has said, after which more may come.
    #[must_use]
    pub fn said(&self) -> &Lines {
        &self.said
    }

    /// Its log, after which more may come.
    #[must_use]
    pub fn log(&self) -> &Lines {
        &self.log
    }

    /// The log from where this was called last, up to a line with these words.
    ///
    /// # Panics
    /// There is no such line in time.
    pub async fn until_logged(&mut self, words: &str) -> String {
        let (log, from) = (self.log.clone(), self.read);
        let what = format!("{words:?} in the log");
        let read = until_some_by(DEADLINE, &what, async || {
            let (text, is_over) = log.so_far();
            let rest = &text[from..];
            if let Some(at) = rest.find(words) {
                let end = rest[at..].find('\n').map_or(rest.len(), |end| at + end + 1);
                return Some(rest[..end].to_owned());
            }
            assert!(!is_over, "no {words:?} in all of the log: {rest}");
            None
        })
        .await;
        self.read += read.len();
        read
    }

    /// Sends it a signal.
    ///
    /// # Panics
    /// It has ended.
    pub fn signal(&self, it: Signal) {
        signal(self.id(), it);
    }

    /// Whether it has ended, and how.
    ///
    /// # Panics
    /// The system can't say.
    pub fn has_ended(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().expect("it is ours")
    }

    /// How it ends; nothing else goes on in this thread meanwhile.
    ///
    /// # Panics
    /// It does not end in time.
    pub fn ended(&mut self) -> ExitStatus {
        let begun = Instant::now();
        loop {
            if let Some(status) = self.has_ended() {
                return status;
            }
            assert!(begun.elapsed() < DEADLINE, "it does not end; its log: {}", self.log.text());
            thread::sleep(OFTEN);
        }
    }

    /// How it ends; what a test serves in this thread goes on meanwhile.
    ///
    /// # Panics
    /// It does not end in time.
    pub async fn until_ended(&mut self) -> ExitStatus {
        until_some_by(DEADLINE, "it ends", async || self.has_ended()).await
    }

    /// Ends it as an operator does; all that it logged.
    ///
    /// # Panics
    /// It does not end in time, or not well.
    pub fn stop(mut self) -> String {
        self.signal(Signal::TERM);
        let ended = self.ended();
        let log = self.log.whole();
        assert!(ended.success(), "it ended with {ended}: {log}");
        log
    }
}

/// Gives a program a data folder of its own, unless it was given one.
fn set_apart(command: &mut Command) -> Option<TempDir> {
    let says = |name: &str| command.get_envs().any(|(it, value)| it == name && value.is_some());
    if says("XDG_DATA_HOME") || says("STATE_DIRECTORY") {
        return None;
    }
    let data = tempfile::tempdir().expect("there is room for a folder");
    command.env_remove("STATE_DIRECTORY").env("XDG_DATA_HOME", data.path());
    Some(data)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_keeps_nothing_where_people_or_other_tests_do() {
        let home = |command: &mut Command| {
            assert!(Running::spawn(command).ended().success());
            let variables: Vec<_> = command.get_envs().collect();
            assert!(!variables.iter().any(|(name, value)| *name == "STATE_DIRECTORY" && value.is_some()));
            let home = variables.iter().find(|(name, _)| *name == "XDG_DATA_HOME");
            home.and_then(|(_, home)| *home).expect("it is set").to_owned()
        };
        let (one, other) = (home(&mut Command::new("true")), home(&mut Command::new("true")));
        assert!(one != other && !std::path::Path::new(&one).exists(), "it ends with the program");
        assert_eq!(home(Command::new("true").env("XDG_DATA_HOME", "/ours")), "/ours");
    }
}
