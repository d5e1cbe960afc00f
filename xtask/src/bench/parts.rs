//! `cargo xtask bench parts`: what functions take and what a gateway carries, as one table.
//!
//! What the benches are, `crates/bench` says. Those of single functions are measured by criterion, whose estimates are
//! read from where it leaves them; those that are programs write their figures themselves.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    time::{Duration, SystemTime},
};

use anyhow::{Context as _, Result, bail, ensure};
use clap::Args;
use serde_json::{Value, json};

use crate::{
    programs::Profile,
    run::{root, run, say},
    steps::cargo,
};

/// The benches that are programs, and what criterion measures.
const PROGRAMS: [&str; 4] = ["hop", "dong", "long_lists", "store"];
const FUNCTIONS: [&str; 5] = ["routing", "dedup", "pace", "events", "rewriting"];

/// What must not take longer, in the figure's own unit. What a busy machine adds is in the figures: look at them on a
/// quiet one.
const LIMITS: [(&str, f64); 3] = [
    ("dedup/a copy, ", 2_000.0),
    ("long_lists/the longest step", 50.0),
    ("store/start after a kill", 2_000.0),
];

/// Which benches, and how.
#[derive(Debug, Args)]
pub(crate) struct Parts {
    /// Which: hop, dong, long_lists, store, routing, dedup, pace, events, rewriting [default: all of them]
    names: Vec<String>,
    /// In seconds: that all of them work, and no figures
    #[arg(long, conflicts_with = "json")]
    quick: bool,
    /// Where the figures go, as JSON
    #[arg(long)]
    json: Option<PathBuf>,
}

/// One row of the table.
#[derive(Debug, Clone, PartialEq)]
struct Figure {
    name: String,
    value: f64,
    /// Of each: `ns/call`, `requests/s`.
    unit: String,
}

/// Runs them; says whether all worked, and kept to their limits.
pub(super) fn parts(bench: &Parts) -> Result<bool> {
    let known = || PROGRAMS.into_iter().chain(FUNCTIONS);
    if let Some(unknown) = bench.names.iter().find(|name| known().all(|it| it != *name)) {
        bail!("there is no bench {unknown}; there are {}", known().collect::<Vec<_>>().join(", "));
    }
    let wanted = |name: &&str| bench.names.is_empty() || bench.names.iter().any(|it| it == name);
    let programs: Vec<_> = PROGRAMS.into_iter().filter(wanted).collect();
    let functions: Vec<_> = FUNCTIONS.into_iter().filter(wanted).collect();
    if bench.quick {
        return Ok(run(&mut quick(&programs, &functions))?.0);
    }
    let mut figures = Vec::new();
    if !functions.is_empty() {
        let begun = SystemTime::now();
        let (ok, _) = run(command("bench", "functions").arg("--").arg(functions.join("|")))?;
        ensure!(ok, "the benches of functions failed");
        figures.extend(estimates(&root().join("target/criterion"), begun)?);
    }
    for program in programs {
        let file = root().join("target").join(format!("bench-{program}.json"));
        let (ok, _) = run(command("bench", program).arg("--").arg("--figures").arg(&file))?;
        ensure!(ok, "the bench {program} failed");
        let told = fs::read_to_string(&file).with_context(|| file.display().to_string())?;
        for line in told.lines() {
            figures.push(figure(&serde_json::from_str(line)?).with_context(|| format!("no figure: {line}"))?);
        }
    }
    ensure!(!figures.is_empty(), "no figure came of it");
    say("");
    figures.iter().for_each(|it| say(&row(it)));
    if let Some(json) = &bench.json {
        let figures: Vec<_> =
            figures.iter().map(|it| json!({ "name": it.name, "value": it.value, "unit": it.unit })).collect();
        fs::write(json, serde_json::to_string_pretty(&figures)?)
            .with_context(|| json.display().to_string())?;
    }
    Ok(!figures.iter().any(is_over))
}

fn command(what: &str, name: &str) -> Command {
    let mut command = cargo();
    // What a first look is built with is not what is to be measured.
    command.args([what, "--profile", Profile::Dist.name(), "-p", "ha-wechaty-bench", "--bench", name]);
    command
}

/// As they run among the tests: each once.
fn quick(programs: &[&str], functions: &[&str]) -> Command {
    let mut command = cargo();
    command.args(["test", "-p", "ha-wechaty-bench"]);
    for name in programs.iter().chain((!functions.is_empty()).then_some(&"functions")) {
        command.args(["--bench", name]);
    }
    command
}

/// What criterion has written since then: a folder for each function, with the median in nanoseconds, and of how many.
fn estimates(folder: &Path, since: SystemTime) -> Result<Vec<Figure>> {
    let mut figures = Vec::new();
    for folder in folders(folder)?.iter().map(|group| folders(group)).collect::<Result<Vec<_>>>()?.concat() {
        let estimates = folder.join("new/estimates.json");
        // A file system may tell times in whole seconds.
        let is_new = fs::metadata(&estimates)
            .and_then(|it| it.modified())
            .is_ok_and(|it| it + Duration::from_secs(1) >= since);
        if !is_new {
            continue;
        }
        let read = |path: &Path| -> Result<Value> {
            let text = fs::read_to_string(path).with_context(|| path.display().to_string())?;
            Ok(serde_json::from_str(&text)?)
        };
        let (estimates, of) = (read(&estimates)?, read(&folder.join("new/benchmark.json"))?);
        let figure = estimated(&estimates, &of);
        figures.push(figure.with_context(|| format!("no estimate in {}", folder.display()))?);
    }
    figures.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(figures)
}

fn folders(of: &Path) -> Result<Vec<PathBuf>> {
    let entries = fs::read_dir(of).with_context(|| of.display().to_string())?.flatten();
    Ok(entries.map(|entry| entry.path()).filter(|path| path.is_dir()).collect())
}

/// One function's median for each of what it did at once.
fn estimated(estimates: &Value, of: &Value) -> Option<Figure> {
    let at_once = of["throughput"]["Elements"].as_f64().unwrap_or(1.0);
    let value = estimates["median"]["point_estimate"].as_f64()? / at_once;
    Some(Figure { name: of["full_id"].as_str()?.to_owned(), value, unit: "ns/call".to_owned() })
}

fn figure(line: &Value) -> Option<Figure> {
    let text = |key: &str| line[key].as_str().map(str::to_owned);
    Some(Figure { name: text("name")?, value: line["value"].as_f64()?, unit: text("unit")? })
}

/// The figure may be so much, if there is a limit.
fn limit(of: &Figure) -> Option<f64> {
    LIMITS.iter().find(|(name, _)| of.name.starts_with(name)).map(|(_, most)| *most)
}

fn is_over(figure: &Figure) -> bool {
    limit(figure).is_some_and(|most| figure.value > most)
}

fn row(figure: &Figure) -> String {
    let Figure { name, value, unit } = figure;
    // What takes so long can be done so often.
    let often = match unit.as_str() {
        "ns/call" => format!("{:>14.0} calls/s", 1e9 / value),
        _ => String::new(),
    };
    let limit = match limit(figure) {
        Some(most) if is_over(figure) => format!("  OVER {most} {unit}"),
        Some(most) => format!("  within {most} {unit}"),
        None => String::new(),
    };
    format!("{name:<62} {value:>12.1} {unit:<12}{often}{limit}").trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn criterions_estimates_are_of_one_call() {
        let estimates = json!({ "mean": { "point_estimate": 9.0 }, "median": { "point_estimate": 600.0 } });
        let of = json!({ "full_id": "dedup/a copy, many in mind", "throughput": { "Elements": 3 } });
        let figure = estimated(&estimates, &of).expect("an estimate");
        assert_eq!((figure.name.as_str(), figure.value), ("dedup/a copy, many in mind", 200.0));
        assert_eq!(figure.unit, "ns/call");
        let of = json!({ "full_id": "pace/a turn", "throughput": null });
        assert_eq!(estimated(&estimates, &of).map(|it| it.value), Some(600.0));
        assert_eq!(estimated(&json!({}), &of), None);
    }

    #[test]
    fn what_is_over_its_limit_is_told_and_no_success() {
        let figure = |value: f64| Figure {
            name: "long_lists/the longest step, with much in mind".into(),
            value,
            unit: "ms".into(),
        };
        assert!(is_over(&figure(51.0)) && row(&figure(51.0)).ends_with("OVER 50 ms"));
        assert!(!is_over(&figure(49.0)) && row(&figure(49.0)).ends_with("within 50 ms"));
    }

    #[test]
    fn every_bench_is_known_here() {
        let folder = root().join("crates/bench/benches");
        let names = |folder: &Path| -> Vec<String> {
            let files = fs::read_dir(folder).expect("it is ours").flatten();
            let stems = files.filter_map(|file| Some(file.path().file_stem()?.to_str()?.to_owned()));
            stems.filter(|name| name != "main" && name != "functions").collect()
        };
        for (names, known) in
            [(names(&folder), &PROGRAMS[..]), (names(&folder.join("functions")), &FUNCTIONS[..])]
        {
            assert!(
                names.len() == known.len() && names.iter().all(|it| known.contains(&it.as_str())),
                "{names:?}"
            );
        }
    }
}
