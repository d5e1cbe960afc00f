//! What the tests need besides Rust: Node with npm, Python with venv, a browser, a scanner, and promtool. Missing ones are installed by apt,
//! which needs root; without it, the message names the packages.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Result, bail, ensure};

use crate::run::{must, output, root, say};

/// The oldest Node that the stock packages run on.
const NODE: u32 = 18;

/// The programs for the interop tests, ready to use.
pub(crate) struct Interop {
    pub(crate) ts: PathBuf,
    pub(crate) python: PathBuf,
}

/// Installs what is missing.
pub(crate) fn interop() -> Result<Interop> {
    browser()?;
    Ok(Interop { ts: npm()?, python: python()? })
}

/// Installs what is missing for the peers of npm alone; where they are.
pub(crate) fn npm() -> Result<PathBuf> {
    programs()?;
    let ts = root().join("interop/ts");
    must(Command::new("npm").args(["ci", "--no-audit", "--no-fund"]).current_dir(&ts))?;
    Ok(ts)
}

/// Installs Node and npm, if they are missing.
pub(crate) fn node() -> Result<()> {
    programs()
}

/// rustfmt and clippy come with Rust, but may have been left out.
pub(crate) fn rust_components() -> Result<()> {
    for (program, component) in [("fmt", "rustfmt"), ("clippy", "clippy")] {
        let there = output(Command::new("cargo").args([program, "--version"])).is_some();
        ensure!(there, "cargo {program} is missing: run `rustup component add {component}`");
    }
    Ok(())
}

/// What the pages are looked at with: a browser, what reads codes in pictures, and what makes a certificate that ends.
fn browser() -> Result<()> {
    let wanted = [("chromium", "chromium"), ("openssl", "openssl"), ("zbarimg", "zbar-tools")];
    let is_missing = |program: &str| output(Command::new(program).arg("--version")).is_none();
    let missing = wanted.iter().filter(|(program, _)| is_missing(program)).map(|(_, package)| *package);
    install(&missing.collect::<Vec<_>>())
}

/// What rules for Prometheus are checked and played with.
pub(crate) fn promtool() -> Result<()> {
    match output(Command::new("promtool").arg("--version")) {
        Some(_) => Ok(()),
        None => install(&["prometheus"]),
    }
}

/// What the gateway is measured beside, and what calls it.
pub(crate) fn proxies() -> Result<()> {
    let wanted =
        [("haproxy", "-v", "haproxy"), ("nginx", "-v", "nginx"), ("h2load", "--version", "nghttp2-client")];
    let path = format!("{}:/usr/sbin:/sbin", std::env::var("PATH").unwrap_or_default());
    let is_missing =
        |program: &str, flag: &str| output(Command::new(program).arg(flag).env("PATH", &path)).is_none();
    let missing = wanted.iter().filter(|(program, flag, _)| is_missing(program, flag));
    install(&missing.map(|(_, _, package)| *package).collect::<Vec<_>>())
}

fn programs() -> Result<()> {
    let mut packages = Vec::new();
    let node = output(Command::new("node").arg("--version"));
    match node.as_deref().map(major) {
        Some(version) if version >= NODE => {}
        Some(version) => bail!("Node {version} is too old: install Node {NODE} or newer"),
        None => packages.extend(["nodejs", "npm"]),
    }
    if node.is_some() && output(Command::new("npm").arg("--version")).is_none() {
        packages.push("npm");
    }
    if output(Command::new("python3").args(["-c", "import venv, ensurepip"])).is_none() {
        packages.extend(["python3", "python3-venv", "python3-pip"]);
    }
    install(&packages)
}

/// Installs packages of the system.
fn install(packages: &[&str]) -> Result<()> {
    if packages.is_empty() {
        return Ok(());
    }
    let is_root = output(Command::new("id").arg("-u")).as_deref() == Some("0");
    let there = output(Command::new("apt-get").arg("--version")).is_some();
    ensure!(
        is_root && there,
        "the tests need {}: run `sudo apt-get install {}`, or install them in your system's way",
        packages.join(", "),
        packages.join(" ")
    );
    say(&format!("installing {}", packages.join(", ")));
    must(Command::new("apt-get").arg("update"))?;
    let mut install = Command::new("apt-get");
    install.args(["install", "-y", "--no-install-recommends"]).args(packages);
    must(install.env("DEBIAN_FRONTEND", "noninteractive"))
}

/// The Python of an environment with the stock packages.
fn python() -> Result<PathBuf> {
    venv("interop-venv", "interop/python/requirements.txt").map(|home| home.join("bin/python"))
}

/// The programs of an environment that makes wheels.
pub(crate) fn wheel() -> Result<PathBuf> {
    programs()?;
    venv("wheel-venv", "packaging/python/requirements.txt").map(|home| home.join("bin"))
}

/// An environment of Python with the packages that a file lists.
fn venv(name: &str, wanted: &str) -> Result<PathBuf> {
    let wanted = root().join(wanted);
    let home = root().join("target").join(name);
    let python = home.join("bin/python");
    if !is_current(&home, &wanted) {
        must(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&home))?;
        must(Command::new(&python).args(["-m", "pip", "install", "--quiet", "-r"]).arg(&wanted))?;
        std::fs::copy(&wanted, home.join("installed.txt"))?;
    }
    Ok(home)
}

/// Whether the environment was made of these requirements.
fn is_current(home: &Path, wanted: &Path) -> bool {
    let read = |path: &Path| std::fs::read(path).ok();
    read(wanted).is_some_and(|wanted| read(&home.join("installed.txt")) == Some(wanted))
}

/// `v20.1.2` is 20.
fn major(version: &str) -> u32 {
    version.trim_start_matches('v').split('.').next().and_then(|it| it.parse().ok()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    /// What tests may start besides our own programs: what is installed here, and what even a bare system has (coreutils,
    /// dash and util-linux are essential to Debian).
    const ALLOWED: [&str; 9] =
        ["node", "npm", "id", "script", "setpriv", "sh", "systemctl", "true", "unshare"];

    #[test]
    fn tests_start_no_program_that_a_bare_system_lacks() {
        let (mut folders, mut read) = (vec![root().join("crates")], 0);
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(&folder).expect("it is ours").flatten() {
                let path = entry.path();
                if path.is_dir() {
                    folders.push(path);
                } else if path.extension().is_some_and(|it| it == "rs") {
                    let text = fs::read_to_string(&path).expect("text");
                    for started in text.split("Command::new(\"").skip(1) {
                        let program = started.split('"').next().unwrap_or_default();
                        assert!(ALLOWED.contains(&program), "{program} in {}", path.display());
                    }
                    read += 1;
                }
            }
        }
        assert!(read > 100, "{read} files");
    }
}
