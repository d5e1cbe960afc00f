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
    run::{must, root, say},
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
}

/// Makes it, and says where it is.
pub(crate) fn wheel(wanted: &Wheel) -> Result<bool> {
    let out = wanted.out.clone().unwrap_or_else(|| root().join("target/wheel"));
    let made = built(wanted.profile, wanted.target.as_deref(), &std::path::absolute(out)?)?;
    say(&format!("{} ({:.1} MiB)", made.display(), fs::metadata(&made)?.len() as f64 / f64::from(1 << 20)));
    Ok(true)
}

/// The wheel, in this folder; others that were there are gone.
pub(crate) fn built(profile: Profile, target: Option<&str>, out: &Path) -> Result<PathBuf> {
    let maturin = needs::maturin()?;
    if out.exists() {
        fs::remove_dir_all(out)?;
    }
    let mut build = Command::new(maturin);
    build.args(["build", "--locked", "--profile", profile.name(), "--out"]).arg(out);
    if let Some(target) = target {
        build.args(["--target", target]);
    }
    must(build.current_dir(root().join("packaging/python")))?;
    let made = fs::read_dir(out)?.filter_map(|entry| Some(entry.ok()?.path()));
    let wheel = made.into_iter().find(|path| path.extension().is_some_and(|it| it == "whl"));
    wheel.context("maturin made no wheel")
}
