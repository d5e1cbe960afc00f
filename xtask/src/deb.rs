//! `cargo xtask deb`: the package for Debian, made by cargo-deb of the program, its pages for man and completions for shells.

use std::{
    fs::{self, File},
    path::PathBuf,
    process::{Command, Stdio},
};

use anyhow::{Context as _, Result, ensure};

use crate::run::{must, output, root, say};

/// What makes the package, and the version of it that is known to work.
const TOOL: (&str, &str) = ("cargo-deb", "3.8.0");
/// The shells that the program completes its commands for.
const SHELLS: [&str; 3] = ["bash", "fish", "zsh"];

/// Makes it, and says where it is.
pub(crate) fn deb() -> Result<PathBuf> {
    let (tool, version) = TOOL;
    if output(Command::new("cargo").args(["deb", "--version"])).is_none() {
        must(Command::new("cargo").args(["install", tool, "--locked", "--version", version]))?;
    }
    let mut build = Command::new("cargo");
    build.args(["build", "--locked", "--profile", "dist", "-p", "ha-wechaty", "--bin", "ha-wechaty"]);
    must(build.current_dir(root()))?;
    let program = root().join("target/dist/ha-wechaty");
    let folder = root().join("target/deb");
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    fs::create_dir_all(&folder)?;
    must(Command::new(&program).arg("man").arg(folder.join("man")))?;
    for shell in SHELLS {
        let file = File::create(folder.join(format!("ha-wechaty.{shell}")))?;
        let done = Command::new(&program).args(["completions", shell]).stdout(Stdio::from(file)).status()?;
        ensure!(done.success(), "there are no completions for {shell}");
    }
    let mut pack = Command::new("cargo");
    pack.args(["deb", "--no-build", "--profile", "dist", "-p", "ha-wechaty", "--output"]).arg(&folder);
    must(pack.current_dir(root()))?;
    let made = fs::read_dir(&folder)?.filter_map(|entry| Some(entry.ok()?.path()));
    let deb = made.into_iter().find(|path| path.extension().is_some_and(|it| it == "deb"));
    let deb = deb.context("cargo-deb made no package")?;
    say(&format!("{} ({:.1} MiB)", deb.display(), fs::metadata(&deb)?.len() as f64 / f64::from(1 << 20)));
    Ok(deb)
}
