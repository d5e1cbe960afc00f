//! `cargo xtask fresh --package`: what an operator does with the package, on a bare Debian on which systemd runs: install it,
//! start it, kill it, have it hang, upgrade, stop and remove it.

use std::{
    fs,
    path::Path,
    process::{Child, Command, Stdio},
    thread::sleep,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, ensure};

use crate::run::{Count, output, run_as, say};

/// What the system needs besides.
pub(super) const PACKAGES: &str = "systemd,systemd-sysv,dbus";
/// How long it may take until systemd runs.
const BOOT: Duration = Duration::from_secs(60);

/// A system that runs. All of it ends with this.
struct Booted(Child);

impl Drop for Booted {
    fn drop(&mut self) {
        // Its first process ends with it, and with that all others.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Tries the package in a root that has systemd.
pub(super) fn try_package(root: &Path, package: &Path) -> Result<(bool, Count)> {
    let name = "package.deb";
    fs::copy(package, root.join("root").join(name))?;
    fs::write(root.join("root/package.sh"), include_str!("package.sh"))?;
    let mut boot = Command::new("unshare");
    boot.args([
        "--mount",
        "--propagation",
        "private",
        "--pid",
        "--fork",
        "--kill-child",
        "--net",
        "--uts",
        "--ipc",
    ]);
    boot.args(["sh", "-c", include_str!("boot.sh"), "sh"]).arg(root);
    boot.stdin(Stdio::null()).stdout(Stdio::null());
    let booted = Booted(boot.spawn()?);
    let first = first_process(booted.0.id())?;
    let enter = |line: &str| {
        let mut enter = Command::new("nsenter");
        enter.args(["--target", &first, "--mount", "--pid", "--net", "--uts", "--ipc", "--root", "--wd"]);
        let path = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
        enter.args(["env", "-i", path, "HOME=/root", "LC_ALL=C.UTF-8", "bash", "-c", line]);
        enter
    };
    let until = Instant::now() + BOOT;
    let runs = "systemctl is-system-running | grep -Eq 'running|degraded'";
    while output(&mut enter(runs)).is_none() {
        ensure!(Instant::now() < until, "systemd does not run there within {BOOT:?}");
        sleep(Duration::from_millis(200));
    }
    say("systemd runs");
    // Its network has nothing but the loopback.
    let line = format!("exec bash /root/package.sh /root/{name}");
    run_as("the package", &mut enter(&line))
}

/// The first process of the system, by its number here.
fn first_process(of: u32) -> Result<String> {
    let children = format!("/proc/{of}/task/{of}/children");
    let until = Instant::now() + BOOT;
    loop {
        let first = fs::read_to_string(&children).unwrap_or_default();
        if let Some(first) = first.split_whitespace().next()
            && fs::read_to_string(format!("/proc/{first}/comm")).is_ok_and(|it| it.trim() == "systemd")
        {
            return Ok(first.to_owned());
        }
        ensure!(Instant::now() < until, "systemd does not start: see what is said above");
        sleep(Duration::from_millis(50));
    }
}

/// Where a package is.
pub(super) fn made() -> Result<std::path::PathBuf> {
    crate::deb::deb().context("there is no package to try")
}
