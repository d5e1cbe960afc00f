//! What of this machine a bare system is given: where it finds packages, and how it gets there. None of it is written
//! down here, since it is other people's: the mirror is the one that apt knows, and registries, proxies and
//! certificates are those that npm, pip, cargo and apt are set to use.

use std::{
    env, fs, io,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context as _, Result, ensure};

use crate::run::{must, output};

/// The release that is made: the oldest whose Node and Python do.
pub(super) const RELEASE: &str = "bookworm";

/// What variables begin with, in any case, that say how to reach others.
const VARIABLES: [&str; 10] = [
    "CARGO_HTTP_",
    "CARGO_NET_",
    "CARGO_REGISTR",
    "CARGO_SOURCE_",
    "CURL_CA_",
    "GIT_SSL_",
    "NODE_EXTRA_CA_",
    "NPM_CONFIG_",
    "PIP_",
    "SSL_CERT_",
];
/// The same, as a whole.
const PROXIES: [&str; 4] = ["http_proxy", "https_proxy", "no_proxy", "all_proxy"];
/// Files of the system that say so.
const OF_SYSTEM: [&str; 4] = ["/etc/resolv.conf", "/etc/hosts", "/etc/pip.conf", "/etc/npmrc"];
/// The same, in a home.
const OF_HOME: [&str; 3] = [".npmrc", ".config/pip/pip.conf", ".pip/pip.conf"];
/// Certificates that the operator of this machine added.
const CERTIFICATES: &str = "/usr/local/share/ca-certificates";
/// Settings of apt that say how to reach others.
const APT: [&str; 5] =
    ["Acquire::http", "Acquire::https", "Acquire::Check-", "Acquire::Retries", "Acquire::Max-ValidTime"];

/// Root, and the programs that make a bare system. debootstrap is installed if it is missing.
pub(super) fn check() -> Result<()> {
    let is_root = output(Command::new("id").arg("-u")).as_deref() == Some("0");
    ensure!(is_root, "a bare system is made by root only: run it as root");
    for program in ["apt-get", "unshare", "chroot", "git"] {
        let there = output(Command::new(program).arg("--version")).is_some();
        ensure!(there, "{program} is missing: this needs Debian, or a system that is made of it, and git");
    }
    if output(Command::new("debootstrap").arg("--version")).is_none() {
        must(Command::new("apt-get").arg("update"))?;
        let mut install = Command::new("apt-get");
        install.args(["install", "-y", "--no-install-recommends", "debootstrap"]);
        must(install.env("DEBIAN_FRONTEND", "noninteractive"))?;
    }
    Ok(())
}

/// The mirror of Debian that this machine's apt is set to use.
pub(super) fn mirror() -> Result<String> {
    let mut ask = Command::new("apt-get");
    ask.args(["indextargets", "--format", "$(ORIGIN) $(CODENAME) $(REPO_URI)", "Created-By: Packages"]);
    let mut told = output(&mut ask).unwrap_or_default();
    if !told.contains("Debian ") {
        must(Command::new("apt-get").arg("update"))?;
        told = output(&mut ask).unwrap_or_default();
    }
    mirror_of(&told).context("apt is set to use no mirror of Debian, see /etc/apt/sources.list.d")
}

/// The mirror among the lines of apt: that of our release, or else of any.
fn mirror_of(lines: &str) -> Option<String> {
    let of_debian = lines.lines().filter_map(|line| line.strip_prefix("Debian ")?.split_once(' '));
    // Updates and security are elsewhere, under names like `bookworm-security`.
    let mut whole: Vec<_> = of_debian.filter(|(release, _)| !release.contains('-')).collect();
    whole.sort_by_key(|(release, _)| *release != RELEASE);
    whole.first().map(|(_, mirror)| (*mirror).to_owned())
}

/// The folder of the toolchain that runs this: programs, libraries and all.
pub(super) fn toolchain() -> Result<PathBuf> {
    let told = output(Command::new("rustc").args(["--print", "sysroot"])).context("there is no rustc")?;
    let folder = PathBuf::from(told);
    let is_whole = folder != Path::new("/usr") && folder.join("bin/cargo").exists();
    ensure!(
        is_whole,
        "the toolchain in {} is not one of rustup's, which has a folder of its own",
        folder.display()
    );
    Ok(folder)
}

/// The variables that say how to reach others. Those that name a file are left out if the root has none there.
pub(super) fn variables(root: &Path) -> Vec<(String, String)> {
    let is_there = |value: &str| !value.starts_with('/') || root.join(value.trim_start_matches('/')).exists();
    env::vars().filter(|(name, value)| is_of_use(name) && is_there(value)).collect()
}

fn is_of_use(name: &str) -> bool {
    let (capital, small) = (name.to_uppercase(), name.to_lowercase());
    VARIABLES.iter().any(|it| capital.starts_with(it)) || PROXIES.contains(&small.as_str())
}

/// Copies the files that say how to reach others; `home` is that of the root.
pub(super) fn copy_settings(root: &Path, home: &Path) -> Result<()> {
    for file in OF_SYSTEM {
        copy(Path::new(file), &root.join(file.trim_start_matches('/')))?;
    }
    if let Some(ours) = env::home_dir() {
        for file in OF_HOME {
            copy(&ours.join(file), &home.join(file))?;
        }
        let cargo = env::var_os("CARGO_HOME").map_or_else(|| ours.join(".cargo"), PathBuf::from);
        copy(&cargo.join("config.toml"), &home.join(".cargo/config.toml"))?;
    }
    for certificate in fs::read_dir(CERTIFICATES).into_iter().flatten().flatten() {
        let folder = root.join(CERTIFICATES.trim_start_matches('/'));
        copy(&certificate.path(), &folder.join(certificate.file_name()))?;
    }
    let settings = output(Command::new("apt-config").args(["dump", "Acquire"])).unwrap_or_default();
    let settings: Vec<&str> =
        settings.lines().filter(|line| APT.iter().any(|it| line.starts_with(it))).collect();
    fs::write(root.join("etc/apt/apt.conf.d/90as-here"), settings.join("\n") + "\n")?;
    Ok(())
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    let copied = || {
        to.parent().map_or(Ok(()), fs::create_dir_all)?;
        fs::copy(from, to).map(|_| ())
    };
    match if from.is_file() { copied() } else { Ok(()) } {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(error).with_context(|| format!("{} can't be copied", from.display()))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mirror_is_that_of_the_release_or_of_another_and_never_that_of_its_updates() {
        let lines = "Debian bookworm-security http://b/\nOther bookworm http://c/\nDebian trixie http://d/\n";
        assert_eq!(mirror_of(lines).as_deref(), Some("http://d/"));
        assert_eq!(mirror_of(&format!("{lines}Debian bookworm http://e/")).as_deref(), Some("http://e/"));
        assert_eq!(mirror_of("Ubuntu noble http://f/"), None);
    }

    #[test]
    fn variables_that_say_how_to_reach_others_go_with_it_and_no_others() {
        for name in ["https_proxy", "NO_PROXY", "npm_config_registry", "PIP_CERT", "CARGO_REGISTRIES_A_INDEX"]
        {
            assert!(is_of_use(name), "{name}");
        }
        for name in ["PATH", "CARGO", "CARGO_MANIFEST_DIR", "RUSTFLAGS", "HA_WECHATY_BOT_TOKEN"] {
            assert!(!is_of_use(name), "{name}");
        }
    }
}
