//! The tests in Rust: all that there is to compile is compiled in one go, then several programs of tests run at a time,
//! since most of them wait for processes, sockets and timers.

use std::{
    collections::VecDeque,
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::{Mutex, PoisonError},
    thread,
};

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;

use crate::{
    run::{Count, held, root, run, say},
    steps::cargo,
};

/// How many tests of a program run at once.
const THREADS: &str = "RUST_TEST_THREADS";

/// A program of tests, as cargo built it.
#[derive(Debug, PartialEq, Eq)]
struct Tests {
    program: PathBuf,
    /// Where its package is: there it runs.
    package: PathBuf,
}

/// All of them.
#[derive(Debug)]
pub(crate) struct Suite {
    tests: Vec<Tests>,
    features: Vec<String>,
}

impl Suite {
    /// Compiles all that the workspace has: tests, and the programs that stand beside them.
    pub(crate) fn compile(features: &[&str]) -> Result<Self> {
        let mut build = cargo();
        build.args(["build", "--workspace", "--all-targets", "--message-format", "json-render-diagnostics"]);
        build.args(features);
        say("$ cargo build --workspace --all-targets");
        // What it says to people it says as ever.
        let built =
            build.stdin(Stdio::null()).stderr(Stdio::inherit()).output().context("can't run cargo")?;
        ensure!(built.status.success(), "not all of it compiles");
        let messages = String::from_utf8_lossy(&built.stdout);
        let tests: Vec<_> = messages.lines().filter_map(tests).collect();
        ensure!(!tests.is_empty(), "cargo names no program of tests");
        let features = features.iter().map(|it| (*it).to_owned()).collect();
        Ok(Self { tests: longest_first(tests), features })
    }

    /// Runs them, and the tests that stand in docs. Each is told of when it is over.
    pub(crate) fn run(self, prepare: &(dyn Fn(&mut Command) + Sync)) -> Result<(bool, Count)> {
        let mut docs = cargo();
        docs.args(["test", "--workspace", "--doc", "--no-fail-fast"]).args(&self.features);
        prepare(&mut docs);
        let (mut ok, mut count) = run(&mut docs)?;
        let processors = thread::available_parallelism().map_or(1, usize::from);
        let (left, done) = (Mutex::new(VecDeque::from(self.tests)), Mutex::new(Vec::new()));
        thread::scope(|scope| {
            for _ in 0..=processors {
                scope.spawn(|| {
                    loop {
                        let Some(tests) = left.lock().unwrap_or_else(PoisonError::into_inner).pop_front()
                        else {
                            return;
                        };
                        let (ran, text) = held(|| tests.run(prepare));
                        say(text.trim_end());
                        done.lock().unwrap_or_else(PoisonError::into_inner).push(ran);
                    }
                });
            }
        });
        for ran in done.into_inner().unwrap_or_else(PoisonError::into_inner) {
            let (ran, counted) = ran?;
            ok &= ran;
            count += counted;
        }
        Ok((ok, count))
    }
}

impl Tests {
    fn run(&self, prepare: &(dyn Fn(&mut Command) + Sync)) -> Result<(bool, Count)> {
        let mut command = Command::new(&self.program);
        // As cargo runs them.
        command.current_dir(&self.package).env("CARGO_MANIFEST_DIR", &self.package);
        command.env("INSTA_WORKSPACE_ROOT", root());
        if std::env::var_os(THREADS).is_none() {
            command.env(THREADS, "2");
        }
        prepare(&mut command);
        run(&mut command)
    }
}

/// The program of tests that a message of cargo's is about.
fn tests(message: &str) -> Option<Tests> {
    let message: Value = serde_json::from_str(message).ok()?;
    let is_test = message["reason"] == "compiler-artifact" && message["profile"]["test"] == true;
    let manifest = Path::new(message["manifest_path"].as_str()?);
    let program = message["executable"].as_str().filter(|_| is_test)?;
    Some(Tests { program: program.into(), package: manifest.parent()?.into() })
}

/// What has most in it mostly takes longest: begun last, it would be waited for alone.
fn longest_first(mut tests: Vec<Tests>) -> Vec<Tests> {
    let size = |it: &Tests| fs::metadata(&it.program).map_or(0, |it| it.len());
    tests.sort_by_key(|it| std::cmp::Reverse(size(it)));
    tests
}

#[cfg(test)]
mod its_tests {
    use super::*;

    #[test]
    fn of_what_is_built_those_are_run_that_are_tests() {
        let artifact = |test: bool, program: &str| {
            format!(
                r#"{{"reason":"compiler-artifact","manifest_path":"/a/Cargo.toml","profile":{{"test":{test}}},"executable":{program}}}"#
            )
        };
        let found = tests(&artifact(true, "\"/a/t\""));
        assert_eq!(found, Some(Tests { program: "/a/t".into(), package: "/a".into() }));
        assert_eq!(tests(&artifact(false, "\"/a/program\"")), None);
        assert_eq!(tests(&artifact(true, "null")), None);
        assert_eq!(tests(r#"{"reason":"build-finished","success":true}"#), None);
        assert_eq!(tests("no JSON"), None);
    }
}
