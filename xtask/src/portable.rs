//! `cargo xtask static`: the program as one file that needs nothing of the system that it runs on, linked against musl.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context as _, Result, bail, ensure};

use crate::run::{must, output, root, say};

/// What it is built for.
const TARGET: &str = "x86_64-unknown-linux-musl";
/// What compiles SQLite and the TLS library's C for it.
const COMPILER: &str = "musl-gcc";

/// Builds it, and says where it is.
pub(crate) fn portable() -> Result<PathBuf> {
    let sysroot = output(Command::new("rustc").args(["--print", "sysroot"])).context("there is no rustc")?;
    let has_compiler = output(Command::new(COMPILER).arg("--version")).is_some();
    if let Some(lacking) = lacking(Path::new(&sysroot), has_compiler) {
        bail!(lacking);
    }
    let mut build = Command::new("cargo");
    build.args(["build", "--locked", "--profile", "dist", "--target", TARGET]);
    must(build.args(["-p", "ha-wechaty", "--bin", "ha-wechaty"]).current_dir(root()))?;
    let program = root().join("target").join(TARGET).join("dist/ha-wechaty");
    let bytes = fs::read(&program).with_context(|| format!("{} is not there", program.display()))?;
    ensure!(is_static(&bytes)?, "{} asks for a loader, so it is not static", program.display());
    must(Command::new(&program).arg("--version"))?;
    say(&format!("{} ({:.1} MiB)", program.display(), bytes.len() as f64 / f64::from(1 << 20)));
    Ok(program)
}

/// What is missing to build it, and how to get that.
fn lacking(sysroot: &Path, has_compiler: bool) -> Option<String> {
    let mut steps = Vec::new();
    if !sysroot.join("lib/rustlib").join(TARGET).is_dir() {
        steps.push(format!("rustup target add {TARGET}"));
    }
    if !has_compiler {
        steps.push(String::from("sudo apt-get install musl-tools"));
    }
    let all = steps.join(" && ");
    (!steps.is_empty())
        .then(|| format!("a static binary needs Rust's target {TARGET} and {COMPILER}: run `{all}`"))
}

/// Whether a program of ELF (64 bits, little end first) asks for no loader (`PT_INTERP`).
fn is_static(program: &[u8]) -> Result<bool> {
    const INTERPRETER: u64 = 3;
    ensure!(program.starts_with(b"\x7fELF\x02\x01"), "this is no ELF program of 64 bits");
    let number = |at: usize, length: usize| -> Result<u64> {
        let bytes = program.get(at..at + length).context("its header is cut short")?;
        Ok(bytes.iter().rev().fold(0, |number, byte| number << 8 | u64::from(*byte)))
    };
    let (table, size, count) = (number(0x20, 8)?, number(0x36, 2)?, number(0x38, 2)?);
    for entry in 0..count {
        if number(usize::try_from(table + entry * size)?, 4)? == INTERPRETER {
            return Ok(false);
        }
    }
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_is_told_with_how_to_get_it() {
        let sysroot = tempfile::tempdir().expect("a folder");
        let both = lacking(sysroot.path(), false).expect("both are missing");
        let run = "run `rustup target add x86_64-unknown-linux-musl && sudo apt-get install musl-tools`";
        assert!(both.ends_with(run), "{both}");
        fs::create_dir_all(sysroot.path().join("lib/rustlib").join(TARGET)).expect("a folder");
        let compiler = lacking(sysroot.path(), false).expect("the compiler is missing");
        assert!(compiler.ends_with("run `sudo apt-get install musl-tools`"), "{compiler}");
        assert_eq!(lacking(sysroot.path(), true), None);
    }

    #[test]
    fn a_program_that_asks_for_a_loader_is_known() {
        let ours = fs::read(std::env::current_exe().expect("a path")).expect("it is there");
        assert!(!is_static(&ours).expect("it is a program"), "tests are linked to the system's libraries");
        // A header, and one entry that is no interpreter's.
        let mut bare = vec![0; 0x40 + 0x38];
        bare[..6].copy_from_slice(b"\x7fELF\x02\x01");
        (bare[0x20], bare[0x36], bare[0x38], bare[0x40]) = (0x40, 0x38, 1, 1);
        assert!(is_static(&bare).expect("it is a program"));
        bare[0x40] = 3;
        assert!(!is_static(&bare).expect("it is a program"));
        assert!(is_static(&bare[..0x40]).is_err() && is_static(b"#!/bin/sh").is_err());
    }
}
