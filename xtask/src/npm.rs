//! `cargo xtask npm`: the package for Node, and the program of one platform beside it, as tarballs that npm installs without the network.

use std::{path::PathBuf, process::Command};

use anyhow::{Context as _, Result};
use clap::Args;

use crate::{
    needs, portable,
    programs::{Profile, Program},
    run::{must, output, root, say},
    steps,
};

/// The one platform whose program is made by a chore of its own.
const STATIC: &str = "x86_64-unknown-linux-musl";

#[derive(Args)]
pub(crate) struct Npm {
    /// Where the tarballs go [default: target/npm]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// For which system, by Rust's name of it [default: this one]
    #[arg(long, value_name = "TRIPLE")]
    target: Option<String>,
    /// How the program is compiled
    #[arg(long, default_value = "dist", conflicts_with = "program")]
    profile: Profile,
    /// A program that is built already
    #[arg(long, value_name = "FILE")]
    program: Option<PathBuf>,
}

/// Makes both, and says where they are.
pub(crate) fn npm(wanted: &Npm) -> Result<bool> {
    needs::node()?;
    let program = match &wanted.program {
        Some(program) => program.clone(),
        None => built(wanted.profile, wanted.target.as_deref())?,
    };
    let mut pack = Command::new("node");
    pack.arg("packaging/npm/pack.mjs").arg("--program").arg(std::path::absolute(program)?);
    if let Some(target) = &wanted.target {
        pack.args(["--target", target]);
    }
    if let Some(out) = &wanted.out {
        pack.arg("--out").arg(std::path::absolute(out)?);
    }
    must(pack.current_dir(root()))?;
    Ok(true)
}

/// The program, built for a system.
pub(crate) fn built(profile: Profile, target: Option<&str>) -> Result<PathBuf> {
    if target == Some(STATIC) {
        return portable::portable();
    }
    let mut build = steps::cargo();
    build.args(["build", "--locked", "--profile", profile.name(), "-p", "ha-wechaty", "--bin", "ha-wechaty"]);
    let Some(target) = target else {
        must(&mut build)?;
        return Ok(Program::Gateway.path(profile));
    };
    let here = output(Command::new("rustc").args(["--print", "host-tuple"])).context("there is no rustc")?;
    if here != target {
        say(&format!("for {target} on {here}: Rust needs that target and its linker"));
    }
    must(build.args(["--target", target]))?;
    Ok(root().join("target").join(target).join(profile.name()).join("ha-wechaty"))
}
