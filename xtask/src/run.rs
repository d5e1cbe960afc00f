//! Running other programs: shown as they run, their tests counted.

use std::{
    cell::{Cell, RefCell},
    io::{BufRead as _, BufReader, Read},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::mpsc,
    thread,
};

use anyhow::{Context as _, Result, bail};

use crate::failures::Failures;

/// Tests that ran.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Count {
    pub(crate) passed: u64,
    pub(crate) failed: u64,
    /// What was said of those that failed, as far as there is room for it in a summary.
    pub(crate) told: Vec<String>,
}

impl std::ops::AddAssign for Count {
    fn add_assign(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.told.extend(other.told);
    }
}

/// The checkout.
pub(crate) fn root() -> PathBuf {
    let here = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    here.parent().map_or(here.clone(), PathBuf::from)
}

thread_local! {
    /// What this thread says, while it is held.
    static HELD: RefCell<Option<String>> = const { RefCell::new(None) };
    /// Whether what this thread runs gives way to what others run.
    static YIELDS: Cell<bool> = const { Cell::new(false) };
}

/// Says a line.
#[allow(clippy::print_stdout, reason = "the one place where the chores speak")]
pub(crate) fn say(line: &str) {
    HELD.with_borrow_mut(|held| match held {
        Some(text) => text.extend([line, "\n"]),
        None => println!("{line}"),
    });
}

/// What is run from here on in this thread gives way to what others run.
pub(crate) fn yields() {
    YIELDS.set(true);
}

/// Does something beside other things: what it says is given out whole, to be said when it is over.
pub(crate) fn held<T>(work: impl FnOnce() -> T) -> (T, String) {
    HELD.set(Some(String::new()));
    let done = work();
    (done, HELD.take().unwrap_or_default())
}

/// Runs a command in the checkout; what it prints is passed on. Says whether it succeeded, and which tests
/// it says it ran.
pub(crate) fn run(command: &mut Command) -> Result<(bool, Count)> {
    let name = shown(command);
    follow_up(&name, command.stdin(Stdio::null()))
}

/// The same, under a name for people; its standard input ends when it does, or when we do.
pub(crate) fn run_as(name: &str, command: &mut Command) -> Result<(bool, Count)> {
    follow_up(name, command.stdin(Stdio::piped()))
}

fn follow_up(name: &str, command: &mut Command) -> Result<(bool, Count)> {
    say(&format!("$ {name}"));
    let mut nice = YIELDS.get().then(|| nice(command));
    let command = nice.as_mut().unwrap_or(command);
    let mut child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .with_context(|| format!("can't run {}", shown(command)))?;
    // Waiting for it would end this first.
    let _lifeline = child.stdin.take();
    let (lines, printed) = mpsc::channel();
    let pipes = [child.stdout.take().map(pipe), child.stderr.take().map(pipe)];
    let readers: Vec<_> = pipes.into_iter().flatten().map(|pipe| follow(pipe, lines.clone())).collect();
    drop(lines);
    let mut count = Count::default();
    let mut failures = Failures::default();
    for line in printed {
        count += counted(&line);
        failures.hear(&line);
        say(&line);
    }
    count.told = failures.told;
    for reader in readers {
        if reader.join().is_err() {
            bail!("a reader of its output failed");
        }
    }
    Ok((child.wait()?.success(), count))
}

/// The same command, which gives way to others.
fn nice(command: &Command) -> Command {
    let mut nice = Command::new("nice");
    nice.args(["-n", "10"]).arg(command.get_program()).args(command.get_args());
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => nice.env(name, value),
            None => nice.env_remove(name),
        };
    }
    if let Some(folder) = command.get_current_dir() {
        nice.current_dir(folder);
    }
    nice.stdin(Stdio::null());
    nice
}

/// Runs a command that must succeed.
pub(crate) fn must(command: &mut Command) -> Result<()> {
    match run(command)? {
        (true, _) => Ok(()),
        (false, _) => bail!("{} failed", shown(command)),
    }
}

/// What a command prints, if it succeeds.
pub(crate) fn output(command: &mut Command) -> Option<String> {
    let done = command.stdin(Stdio::null()).output().ok()?;
    done.status.success().then(|| String::from_utf8_lossy(&done.stdout).trim().to_owned())
}

fn shown(command: &Command) -> String {
    let program = Path::new(command.get_program()).file_name().unwrap_or(command.get_program());
    let words = [program].into_iter().chain(command.get_args());
    words.map(|word| word.to_string_lossy()).collect::<Vec<_>>().join(" ")
}

fn pipe(pipe: impl Read + Send + 'static) -> Box<dyn Read + Send> {
    Box::new(pipe)
}

fn follow(pipe: Box<dyn Read + Send>, lines: mpsc::Sender<String>) -> thread::JoinHandle<()> {
    thread::spawn(move || {
        // A line that is no UTF-8 ends nothing: bytes are shown as well as they can be.
        for line in BufReader::new(pipe).split(b'\n').map_while(Result::ok) {
            let _ = lines.send(String::from_utf8_lossy(&line).trim_end().to_owned());
        }
    })
}

/// The tests that a line of output counts: the closing lines of cargo's and of Node's runner.
fn counted(line: &str) -> Count {
    let number = |text: &str| text.trim().parse().unwrap_or(0);
    if let Some(result) = line.strip_prefix("test result: ") {
        let part = |name: &str| {
            let part = result.split(';').find_map(|part| part.trim().strip_suffix(name));
            part.and_then(|part| part.trim().rsplit(' ').next()).map_or(0, number)
        };
        return Count { passed: part(" passed"), failed: part(" failed"), ..Count::default() };
    }
    let line = line.trim_start_matches(['ℹ', '#', ' ']);
    match line.split_once(' ') {
        Some(("pass", n)) => Count { passed: number(n), ..Count::default() },
        Some(("fail", n)) => Count { failed: number(n), ..Count::default() },
        _ => Count::default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tests_are_counted_by_their_runners_closing_lines() {
        let cargo = "test result: FAILED. 12 passed; 3 failed; 0 ignored; 0 measured; 0 filtered out";
        let count = |passed, failed| Count { passed, failed, ..Count::default() };
        assert_eq!(counted(cargo), count(12, 3));
        assert_eq!(counted("ℹ pass 48"), count(48, 0));
        assert_eq!(counted("# fail 2"), count(0, 2));
        assert_eq!(counted("test core::pass 3 ... ok"), Count::default());
    }
}
