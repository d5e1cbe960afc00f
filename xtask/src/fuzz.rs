//! `cargo xtask fuzz`: each target of `fuzz/` under libFuzzer for a while, and a table of what came of it.
//!
//! What a target is, and what must hold, is in `crates/fuzz`; `cargo test` tries that for seconds, without any of this.
//! What libFuzzer learns stays in `target/fuzz`, so that the next run goes on from there. AddressSanitizer is left out:
//! nothing here is `unsafe`, and without it twice as much is tried.

use std::{
    fs::{self, File},
    path::Path,
    process::{Command, Stdio},
};

use anyhow::{Context as _, Result, bail, ensure};

use crate::run::{must, output, root, say};

/// An input longer than that only says the same again.
const LONGEST: u32 = 4_096;
/// Seconds after which an input hangs, and what it may take, in MiB.
const HANGS: u32 = 20;
const MEMORY: u32 = 4_096;
/// So many lines of a finding are shown.
const SHOWN: usize = 12;

/// What came of a target.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct Outcome {
    executions: String,
    per_second: String,
    /// The edges of the program that were reached.
    coverage: String,
    findings: usize,
}

/// Runs these targets, or all, each for so many minutes; says whether nothing was found.
pub(crate) fn fuzz(minutes: u32, only: &[String]) -> Result<bool> {
    let all = targets()?;
    let unknown = only.iter().find(|it| !all.contains(it));
    if let Some(unknown) = unknown {
        bail!("there is no target {unknown}; there are {}", all.join(", "));
    }
    needs()?;
    must(&mut cargo_fuzz(&["build", "-s", "none"]))?;
    let mut rows = Vec::new();
    for target in all.iter().filter(|it| only.is_empty() || only.contains(it)) {
        say(&format!("{target}: {minutes} min"));
        rows.push((target, run(target, minutes)?));
    }
    say("\ntarget              | executions | per second | coverage | findings");
    say("--------------------|------------|------------|----------|---------");
    for (target, Outcome { executions, per_second, coverage, findings }) in &rows {
        say(&format!("{target:<19} | {executions:>10} | {per_second:>10} | {coverage:>8} | {findings:>8}"));
    }
    Ok(rows.iter().all(|(_, outcome)| outcome.findings == 0))
}

/// What is needed besides the Rust that built this.
fn needs() -> Result<()> {
    let there = |words: &[&str]| output(Command::new("rustup").args(words)).is_some();
    ensure!(
        there(&["--version"]),
        "fuzzing needs a nightly Rust, and rustup to find it: see https://rustup.rs"
    );
    ensure!(
        there(&["run", "nightly", "rustc", "--version"]),
        "fuzzing needs a nightly Rust: run `rustup toolchain install nightly --profile minimal`"
    );
    ensure!(
        there(&["run", "nightly", "cargo", "fuzz", "--version"]),
        "fuzzing needs cargo-fuzz: run `cargo install cargo-fuzz --locked`"
    );
    Ok(())
}

fn cargo_fuzz(words: &[&str]) -> Command {
    let mut command = Command::new("rustup");
    // This one's own toolchain must not be the other's.
    command.env_remove("CARGO").env_remove("RUSTUP_TOOLCHAIN").current_dir(root());
    command.args(["run", "nightly", "cargo", "fuzz"]).args(words);
    command
}

/// The targets, by their files.
fn targets() -> Result<Vec<String>> {
    let folder = root().join("fuzz/targets");
    let files = fs::read_dir(&folder).with_context(|| folder.display().to_string())?;
    let names =
        files.flatten().map(|file| file.path()).filter(|path| path.extension().is_some_and(|it| it == "rs"));
    let names = names.filter_map(|path| Some(path.file_stem()?.to_str()?.to_owned()));
    let mut names: Vec<String> = names.collect();
    names.sort();
    Ok(names)
}

fn run(target: &str, minutes: u32) -> Result<Outcome> {
    let home = root().join("target/fuzz").join(target);
    let (corpus, findings, log) = (home.join("corpus"), home.join("findings"), home.join("log"));
    for folder in [&corpus, &findings] {
        fs::create_dir_all(folder)?;
    }
    let before = count(&findings)?;
    let mut command = cargo_fuzz(&["run", "-s", "none", target]);
    command.arg(&corpus).arg(root().join("crates/fuzz/seeds").join(target)).arg("--").args([
        format!("-max_total_time={}", minutes.saturating_mul(60)),
        format!("-max_len={LONGEST}"),
        format!("-timeout={HANGS}"),
        format!("-rss_limit_mb={MEMORY}"),
        format!("-artifact_prefix={}/", findings.display()),
        // Long inputs from the beginning: the seeds are some.
        String::from("-len_control=0"),
        String::from("-print_final_stats=1"),
    ]);
    let words = root().join("fuzz").join(format!("{target}.dict"));
    if words.exists() {
        command.arg(format!("-dict={}", words.display()));
    }
    let file = File::create(&log).with_context(|| log.display().to_string())?;
    let status = command.stdin(Stdio::null()).stdout(file.try_clone()?).stderr(file).status()?;
    // Whatever others print is not for sure text.
    let told = String::from_utf8_lossy(&fs::read(&log)?).into_owned();
    let mut outcome = read(&told);
    outcome.findings = count(&findings)?.saturating_sub(before).max(usize::from(!status.success()));
    if outcome.findings > 0 {
        explain(&told, &log);
    }
    Ok(outcome)
}

fn count(folder: &Path) -> Result<usize> {
    Ok(fs::read_dir(folder)?.count())
}

/// Shows what did not hold, and where the rest stands.
fn explain(told: &str, log: &Path) {
    let lines = told.lines().skip_while(|line| !line.contains("panicked at") && !line.contains("ERROR:"));
    lines.take(SHOWN).for_each(say);
    say(&format!(
        "the whole of it is in {}; HA_WECHATY_FUZZ_TOLD=1 tells what went on in an input",
        log.display()
    ));
}

/// Reads what libFuzzer says of a run.
fn read(told: &str) -> Outcome {
    let last = |key: &str| {
        let found = told.lines().rev().find_map(|line| line.split_once(key));
        found.and_then(|(_, rest)| rest.split_whitespace().next()).unwrap_or("?").to_owned()
    };
    Outcome {
        executions: last("stat::number_of_executed_units:"),
        per_second: last("stat::average_exec_per_sec:"),
        coverage: last(" cov: "),
        findings: 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_libfuzzer_says_is_read_from_its_last_lines() {
        let told = "#1\tINITED cov: 7 ft: 8\n#9\tNEW    cov: 12 ft: 9 corp: 1/1b exec/s: 3 rss: 5Mb\n\
                    stat::number_of_executed_units: 77\nstat::average_exec_per_sec:     7\n";
        let [executions, per_second, coverage] = ["77", "7", "12"].map(str::to_owned);
        assert_eq!(read(told), Outcome { executions, per_second, coverage, findings: 0 });
        assert_eq!(read("").coverage, "?");
    }

    #[test]
    fn every_target_has_seeds() {
        let targets = targets().expect("they are there");
        assert!(targets.len() > 10, "{targets:?}");
        for target in targets {
            let seeds = root().join("crates/fuzz/seeds").join(&target);
            assert!(count(&seeds).is_ok_and(|it| it > 0), "{target} has no seeds");
        }
    }
}
