//! The proof that the core does no IO.
//!
//! `#![no_std]` puts clocks, sockets, files, threads, the environment and hash maps out of its reach; its
//! dependencies must be as poor. Where Rust's bare-metal targets are installed, it is built for one as well.

use std::process::Command;

use anyhow::{Context as _, Result, ensure};

use crate::run::{must, output, root, say};

/// All that the core may be made of. Each is `no_std` with the features that the workspace turns on.
const ALLOWED: [&str; 12] = [
    "ha-wechaty-core",
    "fastrand",
    "rpds",
    "serde",
    "serde_core",
    "archery",
    "triomphe",
    "siphasher",
    "smallvec",
    "thiserror",
    "unicode-normalization",
    "tinyvec",
];
/// Macros run in the compiler, not in the core.
const MACROS: [&str; 6] = ["serde_derive", "thiserror-impl", "proc-macro2", "quote", "syn", "unicode-ident"];
/// Targets without an operating system.
const BARE: [&str; 3] = ["x86_64-unknown-none", "thumbv7em-none-eabi", "wasm32v1-none"];

pub(crate) fn prove() -> Result<()> {
    let lib = std::fs::read_to_string(root().join("crates/core/src/lib.rs"))?;
    ensure!(lib.lines().any(|line| line == "#![no_std]"), "crates/core/src/lib.rs is not #![no_std]");
    let mut tree = Command::new("cargo");
    tree.current_dir(root()).args(["tree", "-p", "ha-wechaty-core", "--features", "serde", "-e", "normal"]);
    tree.args(["--prefix", "none", "--format", "{p}|{f}"]);
    let tree = output(&mut tree).context("cargo tree failed")?;
    let mut seen: Vec<&str> = Vec::new();
    for line in tree.lines() {
        let (package, features) = line.trim_end_matches(" (*)").split_once('|').unwrap_or((line, ""));
        let name = package.split(' ').next().unwrap_or_default();
        if MACROS.contains(&name) || seen.contains(&name) {
            continue;
        }
        ensure!(
            ALLOWED.contains(&name),
            "the core depends on {name}: it may depend on no_std crates only; see xtask/src/purity.rs"
        );
        let is_std = features.split(',').any(|it| it == "std");
        ensure!(!is_std, "the core turns on `std` of {name}");
        seen.push(name);
    }
    say(&format!("the core is no_std, and made of: {}", seen.join(", ")));
    let installed =
        output(Command::new("rustup").args(["target", "list", "--installed"])).unwrap_or_default();
    match BARE.iter().find(|bare| installed.lines().any(|line| line == **bare)) {
        Some(bare) => must(Command::new("cargo").current_dir(root()).args([
            "build",
            "-p",
            "ha-wechaty-core",
            "--features",
            "serde",
            "--target",
            bare,
        ])),
        None => {
            say("no bare-metal target is installed; no_std and the list above prove the same");
            Ok(())
        }
    }
}
