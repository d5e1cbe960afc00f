//! The steps of `cargo xtask test`.

use std::{
    fs,
    process::Command,
    time::{Duration, Instant},
};

use anyhow::{Result, ensure};
use clap::ValueEnum;

use crate::{
    deny::{self, Found},
    documents, floors, lengths, names, needs, package,
    programs::{self, Profile, Program},
    purity, rooms,
    run::{Count, must, root, run, say},
    siege,
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

/// How many tests of a program run at once.
const THREADS: &str = "RUST_TEST_THREADS";

/// The tests that need what npm installs, and where they find it.
const NPM: &str = "ha-wechaty/npm,ha-wechaty-wire/npm";
const INTEROP: &str = "HA_WECHATY_INTEROP";

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

struct Report {
    name: &'static str,
    ok: bool,
    count: Count,
    took: Duration,
    /// What could not be found out, which is no failure of ours and must not look like success.
    unknown: Option<String>,
}

/// Runs a part, or all of them; says whether all is well.
pub(crate) fn test(part: Option<Part>) -> Result<bool> {
    let wants = |it: Part| part.is_none_or(|part| part == it);
    let mut reports = Vec::new();
    let mut step = |name: &'static str, work: &mut dyn FnMut() -> Result<(bool, Count)>| {
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
        reports.push(Report { name, ok, count, took, unknown: None });
    };
    if wants(Part::Lint) {
        step("the core does no IO", &mut || purity::prove().map(|()| (true, Count::default())));
        step("arrows go down", &mut || {
            floors::prove().and_then(|()| rooms::prove()).map(|()| (true, Count::default()))
        });
        step("files are short", &mut || lengths::prove().map(|()| (true, Count::default())));
        step("one name, one thing", &mut || names::prove().map(|()| (true, Count::default())));
        step("documents lead somewhere", &mut || documents::prove().map(|()| (true, Count::default())));
        step("format", &mut || {
            needs::rust_components()?;
            run(cargo().args(["fmt", "--all", "--check"]))
        });
        step("lints", &mut || {
            // The tests against npm too, which nothing else compiles before their time.
            let mut clippy = cargo();
            clippy.args(["clippy", "--workspace", "--all-targets", "--features", NPM]);
            run(clippy.args(["--", "-D", "warnings"]))
        });
        for (name, package, features) in ALONE {
            step(name, &mut || {
                let mut clippy = cargo();
                clippy.args(["clippy", "-p", package, "--no-default-features", "--features", features]);
                run(clippy.args(["--", "-D", "warnings"]))
            });
        }
        step("docs", &mut || {
            run(cargo().args(["doc", "--workspace", "--no-deps"]).env("RUSTDOCFLAGS", "-Dwarnings"))
        });
    }
    let mut needs = None;
    if wants(Part::Interop) {
        step("what the stock peers need", &mut || {
            needs = Some(needs::interop()?);
            Ok((true, Count::default()))
        });
    }
    if wants(Part::Rust) {
        step("tests in Rust", &mut || {
            let mut test = cargo();
            if std::env::var_os(THREADS).is_none() {
                // Most of them wait for processes, sockets and timers.
                let processors = std::thread::available_parallelism().map_or(1, usize::from);
                test.env(THREADS, (2 * processors).to_string());
            }
            test.args(["test", "--workspace", "--no-fail-fast"]);
            // Compiled once, with the others.
            if let Some(needs) = &needs {
                test.args(["--features", NPM]).env(INTEROP, &needs.ts);
            }
            counted(&mut test)
        });
    }
    if wants(Part::Trials) || wants(Part::Interop) {
        step("the programs", &mut || programs::build(Profile::Interop).map(|()| (true, Count::default())));
    }
    if wants(Part::Trials) {
        // Their own count would drown that of the tests.
        step("random trials", &mut || {
            let mut trials = Program::Trials.command(Profile::Interop);
            Ok((run(trials.args(TRIALS))?.0, Count::default()))
        });
    }
    if wants(Part::Package) {
        step("the crates, packed", &mut package::pack);
        step("a new project", &mut package::new_project);
    }
    if wants(Part::Interop)
        && let Some(needs) = needs
    {
        if !wants(Part::Rust) {
            step("npm's protos and puppets", &mut || {
                let mut test = cargo();
                test.args(["test", "--workspace", "--features", NPM]);
                test.args(["--test", "descriptors", "--test", "npm_hosts"]);
                counted(test.env(INTEROP, &needs.ts))
            });
        }
        step("rules of alerts", &mut || {
            needs::promtool()?;
            rules()
        });
        step("stock peers", &mut || {
            let mut test = Command::new("npm");
            test.arg("test").current_dir(&needs.ts).env("HA_WECHATY_PYTHON", &needs.python);
            counted(test.env("HA_WECHATY_BIN", Program::Gateway.path(Profile::Interop)))
        });
    }
    if wants(Part::Attack) {
        // It counts figures, and no tests.
        step("attacks, in short", &mut || Ok((siege::attack(&siege::Attack::SHORT)?, Count::default())));
    }
    if wants(Part::Lint) {
        for (name, found) in deny::checks() {
            let (ok, unknown) = match found {
                Found::Nothing => (true, None),
                Found::Something => (false, None),
                Found::Unknown(why) => (true, Some(why)),
            };
            let (count, took) = (Count::default(), Duration::ZERO);
            reports.push(Report { name, ok, count, took, unknown });
        }
    }
    Ok(summary(&reports))
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

/// Runs tests; none at all is a failure too. Their user has a data folder in which nothing is kept: a gateway that keeps
/// its store there is one that would have kept it in a person's.
fn counted(command: &mut Command) -> Result<(bool, Count)> {
    let data = root().join("target/data-of-tests");
    if data.exists() {
        fs::remove_dir_all(&data)?;
    }
    let (ok, count) = run(command.env_remove("STATE_DIRECTORY").env("XDG_DATA_HOME", &data))?;
    ensure!(count != Count::default() || !ok, "it ran no test");
    let stores = fs::read_dir(data.join("ha-wechaty")).into_iter().flatten().flatten();
    let stores: Vec<_> =
        stores.map(|it| it.path()).filter(|it| it.extension().is_some_and(|it| it == "db")).collect();
    ensure!(
        stores.is_empty(),
        "a test keeps a store in its user's data folder: {stores:?}; give it a place of its own"
    );
    Ok((ok, count))
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
