//! The crates as others get them: packed for the registry, and as a dependency of a new project.

use std::{
    env, fs, io,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context as _, Result, ensure};

use crate::run::{Count, root, run};

/// An example of under so many lines is promised.
const LINES: usize = 30;

/// The crates that are published; what else is here is for those who work on them.
const PUBLISHED: [&str; 14] = [
    "ha-wechaty-wire",
    "ha-wechaty-core",
    "ha-wechaty-sim",
    "ha-wechaty-dong",
    "ha-wechaty-config",
    "ha-wechaty-journal",
    "ha-wechaty-transport",
    "ha-wechaty-host",
    "ha-wechaty-team",
    "ha-wechaty-admin",
    "ha-wechaty-gateway",
    "ha-wechaty-year",
    "ha-wechaty-cli",
    "ha-wechaty",
];

/// Packs every crate that is published, and builds each from what was packed.
pub(crate) fn pack() -> Result<(bool, Count)> {
    forget()?;
    run(cargo("package").args(PUBLISHED.iter().flat_map(|name| ["-p", name])).arg("--allow-dirty"))
}

/// Makes a project that depends on the library by path, with the ding-dong example for its program; builds it,
/// and lets it say what it lacks.
pub(crate) fn new_project() -> Result<(bool, Count)> {
    let (library, project) = (root().join("crates/ha-wechaty"), target().join("new-project"));
    let program = fs::read_to_string(library.join("examples/ding_dong.rs"))?;
    let lines = program.lines().count();
    ensure!(lines < LINES, "the ding-dong example has {lines} lines, and should have less than {LINES}");
    fs::create_dir_all(project.join("src"))?;
    // Its own workspace, since it lies within ours; our versions, so that nothing is compiled twice.
    let manifest = format!(
        "[package]\nname = \"my-bot\"\nedition = \"2024\"\n\n[workspace]\n\n[dependencies]\n\
         ha-wechaty = {{ path = {library:?}, default-features = false }}\ntokio = \"1\"\n"
    );
    fs::write(project.join("Cargo.toml"), manifest)?;
    fs::write(project.join("src/main.rs"), program)?;
    fs::copy(root().join("Cargo.lock"), project.join("Cargo.lock"))?;
    let (built, count) = run(cargo("build").arg("--manifest-path").arg(project.join("Cargo.toml")))?;
    if !built {
        return Ok((false, count));
    }
    let bot = Command::new(target().join("debug/my-bot")).output().context("the new project's program")?;
    let said = String::from_utf8_lossy(&bot.stderr);
    ensure!(!bot.status.success() && said.contains("the team has no account"), "it said: {said}");
    Ok((true, count))
}

/// Takes away what cargo has of an earlier run: a version that was packed once it takes to be what it was.
fn forget() -> Result<()> {
    remove(&target())?;
    let home = env::var_os("CARGO_HOME").map(PathBuf::from);
    let Some(home) = home.or_else(|| Some(env::home_dir()?.join(".cargo"))) else { return Ok(()) };
    for kind in ["src", "cache"] {
        let registries = fs::read_dir(home.join("registry").join(kind)).into_iter().flatten().flatten();
        // The registry of what was just packed has no host for a name.
        for registry in registries.filter(|it| it.file_name().to_string_lossy().starts_with('-')) {
            let crates = fs::read_dir(registry.path())?.flatten();
            for ours in crates.filter(|it| it.file_name().to_string_lossy().starts_with("ha-wechaty")) {
                remove(&ours.path())?;
            }
        }
    }
    Ok(())
}

fn remove(path: &Path) -> Result<()> {
    let removed = if path.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) };
    match removed {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(error).with_context(|| format!("can't remove {}", path.display()))
        }
        _ => Ok(()),
    }
}

/// Apart from where everything else is built, since it is taken away each time.
fn target() -> PathBuf {
    env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from).join("packed")
}

fn cargo(command: &str) -> Command {
    let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.current_dir(root()).arg(command).arg("--target-dir").arg(target());
    // It is built once, and nobody debugs it.
    cargo.env("CARGO_INCREMENTAL", "0").env("CARGO_PROFILE_DEV_DEBUG", "false");
    cargo
}
