//! `cargo xtask fresh`: what a newcomer's machine makes of this checkout. A bare Debian is made in a folder, with gcc,
//! git and certificates; the toolchain is bound in, what is committed is cloned, and the README's two commands run
//! there.
//!
//! Its mounts and processes are in namespaces of their own, and end with us, whatever ends us; its folder is removed by
//! a janitor that outlives us.

mod machine;
mod package;

use std::{
    fs::{self, File},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Instant,
};

use anyhow::{Context as _, Result, bail, ensure};

use crate::run::{Count, must, output, root, run_as, say};

/// What a bare system is given besides: a C compiler with the C library's headers, git, and certificates.
const PACKAGES: &str = "gcc,libc6-dev,git,ca-certificates";
/// The README's commands, as it writes them, and what bounds them.
const COMMANDS: [(&str, &str); 2] =
    [("cargo run --release -- demo", "--seconds 30"), ("cargo xtask test", "")];
/// The home in the root, and the clone.
const HOME: &str = "/root";
const CLONE: &str = "/srv/ha-wechaty";

/// Tries the package, which is made first.
pub(crate) fn package() -> Result<bool> {
    machine::check()?;
    let deb = package::made()?;
    let mirror = machine::mirror()?;
    let folder = root().join("target/fresh-package");
    if folder.exists() {
        must(Command::new("rm").args(["-rf", "--one-file-system"]).arg(&folder))?;
    }
    fs::create_dir_all(&folder)?;
    let _janitor = Janitor::of(&folder)?;
    debootstrap(package::PACKAGES, &folder, &mirror)?;
    let (ok, Count { passed, failed, .. }) = package::try_package(&folder, &deb)?;
    say(&format!("{passed} passed, {failed} failed"));
    Ok(ok && failed == 0 && passed > 0)
}

/// Makes a bare system.
fn debootstrap(packages: &str, root: &Path, mirror: &str) -> Result<()> {
    say(&format!("=== a bare system in {}", root.display()));
    let mut make = in_a_world();
    make.args(["debootstrap", "--variant=minbase"]).arg(format!("--include={packages}"));
    make.args([machine::RELEASE]).arg(root).arg(mirror);
    let (made, _) = run_as("debootstrap --variant=minbase", &mut make)?;
    ensure!(made, "debootstrap failed; {} says why", root.join("debootstrap/debootstrap.log").display());
    Ok(())
}

/// Runs it; `only` one of the commands, by its number from 1. Says whether all went well.
pub(crate) fn fresh(only: Option<usize>) -> Result<bool> {
    machine::check()?;
    let (mirror, toolchain) = (machine::mirror()?, machine::toolchain()?);
    for (command, _) in COMMANDS {
        let readme = fs::read_to_string(root().join("README.md"))?;
        ensure!(readme.lines().any(|line| line == command), "the README has no line {command:?} any more");
    }
    fs::create_dir_all(root().join("target"))?;
    let lock = File::create(root().join("target/fresh.lock"))?;
    ensure!(lock.try_lock().is_ok(), "another one is under way in this checkout");
    let folder = root().join("target/fresh");
    if folder.exists() {
        must(Command::new("rm").args(["-rf", "--one-file-system"]).arg(&folder))?;
    }
    fs::create_dir_all(&folder)?;
    let _janitor = Janitor::of(&folder)?;
    let mut rows = Vec::new();
    let begun = Instant::now();
    let bare = Bare::make(&folder, &mirror, toolchain)?;
    rows.push((String::from("a bare system, and a clone"), true, Count::default(), begun.elapsed()));
    for (index, (command, bounds)) in COMMANDS.into_iter().enumerate() {
        if only.is_some_and(|only| only != index + 1) {
            continue;
        }
        say(&format!("\n=== {command}"));
        let begun = Instant::now();
        let (ok, count) = bare.run(&format!("cd {CLONE} && exec {command} {bounds}"))?;
        rows.push((command.to_owned(), ok && count.failed == 0, count, begun.elapsed()));
    }
    say("\n=== on a bare system");
    for (what, ok, Count { passed, failed, .. }, took) in &rows {
        let verdict = if *ok { "ok  " } else { "FAIL" };
        let tests =
            if passed + failed == 0 { String::new() } else { format!("{passed} passed, {failed} failed") };
        say(&format!("{verdict} {what:<34} {:>6.1}s  {tests}", took.as_secs_f64()));
    }
    Ok(rows.iter().all(|(_, ok, ..)| *ok))
}

/// A bare system.
struct Bare {
    root: PathBuf,
    toolchain: PathBuf,
    variables: Vec<(String, String)>,
}

impl Bare {
    fn make(root: &Path, mirror: &str, toolchain: PathBuf) -> Result<Self> {
        debootstrap(PACKAGES, root, mirror)?;
        let home = root.join(HOME.trim_start_matches('/'));
        machine::copy_settings(root, &home)?;
        let mut bare = Self { root: root.to_owned(), toolchain, variables: Vec::new() };
        ensure!(bare.run("update-ca-certificates")?.0, "certificates can't be added");
        // Now there is what variables name.
        bare.variables = machine::variables(root);
        bare.clone_head(&home)?;
        Ok(bare)
    }

    /// What is committed, cloned there.
    fn clone_head(&self, home: &Path) -> Result<()> {
        let git = |words: &[&str]| {
            let mut git = Command::new("git");
            git.arg("-C").arg(root()).args(words);
            git
        };
        let changes = output(&mut git(&["status", "--porcelain"])).context("this is no checkout of git")?;
        if !changes.is_empty() {
            say(&format!("{} changes are not committed, and not in it", changes.lines().count()));
        }
        must(git(&["bundle", "create", "--quiet"]).arg(home.join("bundle")).arg("HEAD"))?;
        let cloned =
            self.run(&format!("git clone --quiet {HOME}/bundle {CLONE} && git -C {CLONE} log -1 --oneline"))?;
        ensure!(cloned.0, "it can't be cloned there");
        Ok(())
    }

    /// Runs a line of a shell in it.
    fn run(&self, line: &str) -> Result<(bool, Count)> {
        let mut command = in_a_world();
        command.args(["sh", "-c", include_str!("enter.sh"), "sh"]).arg(&self.root).arg(&self.toolchain);
        let programs = self.toolchain.join("bin");
        let path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
        command.arg(format!("PATH={}:{path}", programs.display())).arg(format!("HOME={HOME}"));
        command.args(self.variables.iter().map(|(name, value)| format!("{name}={value}")));
        command.args(["sh", "-c", line]);
        run_as(line, &mut command)
    }
}

/// A command whose mounts and processes end with it, and with us. What it runs follows.
fn in_a_world() -> Command {
    let mut command = Command::new("unshare");
    command.args(["--mount", "--propagation", "private", "--pid", "--fork", "--kill-child", "--mount-proc"]);
    command.args(["sh", "-c", include_str!("world.sh"), "sh"]);
    command
}

/// Removes a folder when it is dropped, or when we are killed.
struct Janitor(Child);

impl Janitor {
    fn of(folder: &Path) -> Result<Self> {
        let mut janitor = Command::new("sh");
        janitor.args(["-c", include_str!("janitor.sh"), "sh"]).arg(folder).stdin(Stdio::piped());
        match janitor.spawn() {
            Ok(child) => Ok(Self(child)),
            Err(error) => bail!("sh can't be run: {error}"),
        }
    }
}

impl Drop for Janitor {
    fn drop(&mut self) {
        say("removing it");
        // It begins when nobody holds this any more. That it failed, it says itself.
        drop(self.0.stdin.take());
        let _ = self.0.wait();
    }
}
