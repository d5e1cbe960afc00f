//! `cargo xtask wheel`: the package for Python with this system's program, made by maturin.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context as _, Result};
use clap::Args;

use crate::{
    needs,
    programs::Profile,
    run::{must, root, run, say},
};

#[derive(Args)]
pub(crate) struct Wheel {
    /// Where it goes [default: target/wheel]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// For which system, by Rust's name of it [default: this one]
    #[arg(long, value_name = "TRIPLE")]
    target: Option<String>,
    /// How the program is compiled
    #[arg(long, default_value = "dist")]
    profile: Profile,
    /// Has stock bots try it where nothing else is installed
    #[arg(long, conflicts_with = "target")]
    test: bool,
}

/// Makes it, looks whether it is whole, and says where it is.
pub(crate) fn wheel(wanted: &Wheel) -> Result<bool> {
    let programs = needs::wheel()?;
    let package = root().join("packaging/python");
    must(Command::new(programs.join("mypy")).args(["--strict", "src"]).current_dir(&package))?;
    let out = wanted.out.clone().unwrap_or_else(|| root().join("target/wheel"));
    let out = std::path::absolute(out)?;
    let before = wheels(&out);
    for old in before {
        fs::remove_file(old)?;
    }
    let mut build = Command::new(programs.join("maturin"));
    build.args(["build", "--locked", "--profile", wanted.profile.name(), "--out"]).arg(&out);
    if let Some(target) = &wanted.target {
        build.args(["--target", target]);
    }
    must(build.current_dir(&package))?;
    let made = wheels(&out).pop().context("maturin made no wheel")?;
    if wanted.target.is_none() {
        must(&mut installed(&programs, &made)?)?;
    }
    say(&format!("{} ({:.1} MiB)", made.display(), fs::metadata(&made)?.len() as f64 / f64::from(1 << 20)));
    if wanted.test {
        let needs = needs::interop()?;
        let mut test = Command::new("node");
        test.args(["--test", "--test-reporter=spec", "tests/wheel.test.js"]).current_dir(&needs.ts);
        test.env("HA_WECHATY_PYTHON", &needs.python).env("HA_WECHATY_WHEEL", &made);
        return Ok(run(&mut test)?.0);
    }
    Ok(true)
}

/// What is in a folder and is a wheel.
fn wheels(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    entries.filter(|path| path.extension().is_some_and(|it| it == "whl")).collect()
}

/// Asks the program for its version, through the module, where nothing else is installed.
fn installed(programs: &Path, wheel: &Path) -> Result<Command> {
    let home = root().join("target/wheel-tried");
    must(Command::new(programs.join("python")).args(["-m", "venv", "--clear"]).arg(&home))?;
    let install = ["-m", "pip", "install", "--quiet", "--no-index", "--no-deps"];
    must(Command::new(home.join("bin/python")).args(install).arg(wheel))?;
    let mut asks = Command::new(home.join("bin/python"));
    asks.args(["-m", "ha_wechaty", "--version"]).env_remove("HA_WECHATY_BIN");
    Ok(asks)
}
