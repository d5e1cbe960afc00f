//! The steps of `cargo xtask test`.

use std::{
    fs,
    path::PathBuf,
    process::Command,
    sync::{Mutex, PoisonError},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Result, ensure};
use clap::ValueEnum;

use crate::{
    deny::{self, Found},
    documents, floors, lengths, names,
    needs::{self, Interop},
    package,
    programs::{self, Profile, Program},
    purity, rooms,
    run::{Count, held, must, root, run, say, yields},
    rust_bot, siege,
    suite::Suite,
};

/// What is compiled with so few features by those who use it: that has to be whole, whatever stands beside it here.
const ALONE: [(&str, &str, &str); 7] = [
    ("the library alone", "ha-wechaty", ""),
    ("the library with a gateway", "ha-wechaty", "gateway"),
    ("the program without the demo", "ha-wechaty-cli", ""),
    ("dong's settings alone", "ha-wechaty-dong", ""),
    ("dong without its server", "ha-wechaty-dong", "site"),
    ("the protocol's types with a client", "ha-wechaty-wire", "client"),
    ("the protocol's types with a server", "ha-wechaty-wire", "server"),
];

/// The tests that need what npm installs, and where they find it.
pub(crate) const NPM: &str = "ha-wechaty/npm,ha-wechaty-wire/npm";
const INTEROP: &str = "HA_WECHATY_INTEROP";

/// How much is sent by the longest of the tests between stock peers: ten thousand, as it does by itself, take minutes more.
const SENDS: (&str, &str) = ("SENDS", "4000");

/// Which schedules are tried, always the same ones: others, and more, are looked for by the command of their own.
const TRIALS: [&str; 3] = ["--seed", "900000", "1500"];

/// A part of the tests.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Part {
    /// Format, lints, docs; the core's purity, arrows between crates, names, what documents lead to
    Lint,
    /// All tests in Rust
    Rust,
    /// Random schedules against one perfect phone
    Trials,
    /// The crates as they are published, and in a new project
    Package,
    /// Stock peers from npm and PyPI around the real binary
    Interop,
    /// Attacks on the real binary, in short
    Attack,
}

/// What has been done, by whichever lane.
#[derive(Default)]
struct Steps(Mutex<Vec<Report>>);

struct Report {
    name: &'static str,
    ok: bool,
    count: Count,
    took: Duration,
    /// What could not be found out, which is no failure of ours and must not look like success.
    unknown: Option<String>,
}

impl Steps {
    fn step(&self, name: &'static str, work: impl FnOnce() -> Result<(bool, Count)>) {
        say(&format!("\n=== {name}"));
        let begun = Instant::now();
        let (ok, count) = match work() {
            Ok(done) => done,
            Err(error) => {
                say(&format!("xtask: {error:#}"));
                (false, Count::default())
            }
        };
        let (ok, took) = (ok && count.failed == 0, begun.elapsed());
        self.report(Report { name, ok, count, took, unknown: None });
    }

    /// A step that counts no tests.
    fn must(&self, name: &'static str, work: impl FnOnce() -> Result<()>) {
        self.step(name, || work().map(|()| (true, Count::default())));
    }

    fn report(&self, report: Report) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(report);
    }
}

/// Runs a part, or all of them; says whether all is well.
///
/// First comes what takes moments, and what is needed by the rest: npm's packages, and all that there is to compile. Then two
/// lanes run beside each other: tests that mostly wait, and what only computes. What is measured comes last, alone.
pub(crate) fn test(part: Option<Part>) -> Result<bool> {
    let wants = |it: Part| part.is_none_or(|part| part == it);
    let steps = Steps::default();
    if wants(Part::Lint) {
        looks(&steps);
    }
    let mut npm = None;
    if wants(Part::Interop) {
        steps.must("what the stock peers need", || {
            npm = Some(needs::interop()?);
            Ok(())
        });
    }
    let features: &[&str] = if npm.is_some() { &["--features", NPM] } else { &[] };
    let mut suite = None;
    if wants(Part::Rust) {
        steps.must("all that is compiled", || {
            suite = Some(Suite::compile(features)?);
            Ok(())
        });
    } else if wants(Part::Interop) {
        steps.must("the programs", || programs::build(Profile::Dev));
    }
    let waits = || {
        if let Some(suite) = suite {
            let interop = npm.as_ref().map(|it| it.ts.clone());
            steps.step("tests in Rust", || {
                let data = DataFolder::anew()?;
                let ran = suite.run(&|test| {
                    data.is_of(test);
                    if let Some(ts) = &interop {
                        test.env(INTEROP, ts);
                    }
                });
                data.is_empty()?;
                ran
            });
        }
        if let Some(needs) = &npm {
            peers(&steps, needs, wants(Part::Rust));
        }
    };
    let computes = |beside: bool| {
        let step = |work: &dyn Fn()| {
            if beside {
                let ((), text) = held(work);
                say(text.trim_end());
            } else {
                work();
            }
        };
        if wants(Part::Trials) || wants(Part::Attack) {
            // What is measured, or done very often, is optimised.
            step(&|| steps.must("the programs, optimised", || programs::build(Profile::Interop)));
        }
        if wants(Part::Trials) {
            // Their own count would drown that of the tests.
            step(&|| {
                steps.step("random trials", || {
                    let mut trials = Program::Trials.command(Profile::Interop);
                    Ok((run(trials.args(TRIALS))?.0, Count::default()))
                });
            });
        }
        if wants(Part::Package) {
            step(&|| steps.step("the crates, packed", package::pack));
            step(&|| steps.step("a new project", package::new_project));
        }
        if wants(Part::Lint) {
            step(&|| lints(&steps));
        }
    };
    if part.is_none() {
        thread::scope(|scope| {
            scope.spawn(|| {
                yields();
                computes(true);
            });
            waits();
        });
    } else {
        waits();
        computes(false);
    }
    if wants(Part::Attack) {
        // It counts figures, and no tests.
        steps.step("attacks, in short", || Ok((siege::attack(&siege::Attack::OF_TESTS)?, Count::default())));
    }
    if wants(Part::Lint) {
        for (name, found) in deny::checks() {
            let (ok, unknown) = match found {
                Found::Nothing => (true, None),
                Found::Something => (false, None),
                Found::Unknown(why) => (true, Some(why)),
            };
            steps.report(Report { name, ok, count: Count::default(), took: Duration::ZERO, unknown });
        }
    }
    Ok(summary(&steps.0.into_inner().unwrap_or_else(PoisonError::into_inner)))
}

/// What is found out by reading.
fn looks(steps: &Steps) {
    steps.must("the core does no IO", purity::prove);
    steps.must("arrows go down", || floors::prove().and_then(|()| rooms::prove()));
    steps.must("files are short", lengths::prove);
    steps.must("one name, one thing", names::prove);
    steps.must("documents lead somewhere", documents::prove);
    steps.step("format", || {
        needs::rust_components()?;
        run(cargo().args(["fmt", "--all", "--check"]))
    });
}

fn lints(steps: &Steps) {
    steps.step("lints", || {
        // The tests against npm too.
        let mut clippy = cargo();
        clippy.args(["clippy", "--workspace", "--all-targets", "--features", NPM]);
        run(clippy.args(["--", "-D", "warnings"]))
    });
    for (name, package, features) in ALONE {
        steps.step(name, || {
            let mut clippy = cargo();
            clippy.args(["clippy", "-p", package, "--no-default-features", "--features", features]);
            run(clippy.args(["--", "-D", "warnings"]))
        });
    }
    steps.step("docs", || {
        run(cargo().args(["doc", "--workspace", "--no-deps"]).env("RUSTDOCFLAGS", "-Dwarnings"))
    });
}

/// Stock peers from npm and PyPI.
fn peers(steps: &Steps, needs: &Interop, in_rust_too: bool) {
    if !in_rust_too {
        steps.step("npm's protos and puppets", || {
            let mut test = cargo();
            test.args(["test", "--workspace", "--features", NPM]);
            test.args(["--test", "descriptors", "--test", "npm_hosts"]);
            counted(test.env(INTEROP, &needs.ts))
        });
    }
    steps.step("rules of alerts", || {
        needs::promtool()?;
        rules()
    });
    let mut bot = None;
    steps.must("a bot on the stock Rust SDK", || {
        bot = Some(rust_bot::build()?);
        Ok(())
    });
    steps.step("stock peers", || {
        let mut test = Command::new("npm");
        test.arg("test").current_dir(&needs.ts).env("HA_WECHATY_PYTHON", &needs.python);
        if std::env::var_os(SENDS.0).is_none() {
            test.env(SENDS.0, SENDS.1);
        }
        if let Some(bot) = &bot {
            test.env("HA_WECHATY_RUST_BOT", bot);
        }
        counted(test.env("HA_WECHATY_BIN", Program::Gateway.path(Profile::Dev)))
    });
}

/// Rules that people load into Prometheus: a quiet night and a bad one are played against them.
fn rules() -> Result<(bool, Count)> {
    for arguments in [["check", "rules", "ops/alerts.yml"], ["test", "rules", "ops/alerts.test.yml"]] {
        must(Command::new("promtool").args(arguments).current_dir(root()))?;
    }
    Ok((true, Count::default()))
}

pub(crate) fn cargo() -> Command {
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.current_dir(root());
    // What the outer cargo says of this package is nothing to the packages that are built: they would be built anew.
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        if text.starts_with("CARGO_PKG_") || text.starts_with("CARGO_MANIFEST_") {
            cargo.env_remove(name);
        }
    }
    cargo
}

/// Runs tests; none at all is a failure too.
fn counted(command: &mut Command) -> Result<(bool, Count)> {
    let data = DataFolder::anew()?;
    data.is_of(command);
    let (ok, count) = run(command)?;
    ensure!(count != Count::default() || !ok, "it ran no test");
    data.is_empty()?;
    Ok((ok, count))
}

/// The data folder of a user in which nothing is kept: a gateway that keeps its store there is one that would have kept it in a
/// person's.
struct DataFolder(PathBuf);

impl DataFolder {
    fn anew() -> Result<Self> {
        let data = root().join("target/data-of-tests");
        if data.exists() {
            fs::remove_dir_all(&data)?;
        }
        Ok(Self(data))
    }

    fn is_of(&self, command: &mut Command) {
        command.env_remove("STATE_DIRECTORY").env("XDG_DATA_HOME", &self.0);
    }

    fn is_empty(&self) -> Result<()> {
        let stores = fs::read_dir(self.0.join("ha-wechaty")).into_iter().flatten().flatten();
        let stores: Vec<_> =
            stores.map(|it| it.path()).filter(|it| it.extension().is_some_and(|it| it == "db")).collect();
        ensure!(
            stores.is_empty(),
            "a test keeps a store in its user's data folder: {stores:?}; give it a place of its own"
        );
        Ok(())
    }
}

fn summary(reports: &[Report]) -> bool {
    say("\n=== summary");
    let mut total = Count::default();
    for Report { name, ok, count, took, unknown } in reports {
        let tests = match count {
            Count { passed: 0, failed: 0, .. } => unknown.clone().unwrap_or_default(),
            Count { passed, failed, .. } => format!("{passed} passed, {failed} failed"),
        };
        say(&format!(
            "{} {name:<34} {:>6.1}s  {tests}",
            match (ok, unknown) {
                (true, None) => "ok  ",
                (true, Some(_)) => "????",
                (false, _) => "FAIL",
            },
            took.as_secs_f64()
        ));
        total += count.clone();
        // A step that failed without a failing test counts as one: the last line must not look like success.
        total.failed += u64::from(!ok && count.failed == 0);
    }
    // Who sees no more than the end of it sees why.
    total.told.iter().for_each(|line| say(&format!("  | {line}")));
    say(&format!("{} passed, {} failed", total.passed, total.failed));
    reports.iter().all(|report| report.ok)
}
