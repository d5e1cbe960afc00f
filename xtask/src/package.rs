//! The crates as others get them: packed for the registry, and as a dependency of a new project.

use std::{
    env, fs, io,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context as _, Result, ensure};

use crate::{
    run::{Count, must, root, run},
    steps,
};

/// An example of under so many lines is promised.
const LINES: usize = 30;

/// The new project.
const BOT: &str = "my-bot";

/// The crates that are published; what else is here is for those who work on them.
const PUBLISHED: [&str; 15] = [
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
    "ha-wechaty-herald",
    "ha-wechaty-gateway",
    "ha-wechaty-year",
    "ha-wechaty-cli",
    "ha-wechaty",
];

/// Packs every crate that is published, and checks each as it was packed: in a workspace of nothing else, where a file that
/// was left out or a dependency that has only a path is missing.
pub(crate) fn pack() -> Result<(bool, Count)> {
    forget()?;
    let names = PUBLISHED.iter().flat_map(|name| ["-p", name]);
    must(
        cargo("package").args(["--no-verify", "--allow-dirty"]).args(names).arg("--target-dir").arg(packed()),
    )?;
    let home = workspace();
    fs::create_dir_all(&home)?;
    let ours = fs::read_to_string(root().join("Cargo.toml"))?;
    let mut manifest = format!(
        "[workspace]\nresolver = \"3\"\nmembers = [\"ha-wechaty*\", \"{BOT}\"]\n\n[patch.crates-io]\n"
    );
    for name in PUBLISHED {
        let unpacked = format!("{name}-{}", env!("CARGO_PKG_VERSION"));
        let packed = packed().join("package").join(&unpacked).with_added_extension("crate");
        must(Command::new("tar").arg("-xzf").arg(packed).arg("-C").arg(&home))?;
        manifest.push_str(&format!("{name} = {{ path = {unpacked:?} }}\n"));
    }
    // The same profiles: what others wrote is compiled as for the lints, and so not once more.
    let profiles = ours.find("[profile.dev]").map_or("", |at| &ours[at..]);
    fs::write(home.join("Cargo.toml"), manifest + "\n" + profiles)?;
    fs::copy(root().join("Cargo.lock"), home.join("Cargo.lock"))?;
    write_bot()?;
    run(cargo("check").arg("--workspace").current_dir(&home).arg("--target-dir").arg(target()))
}

/// Checks the program of a new project that depends on the library as it was packed, with no more features than it asks for.
/// What it does when it runs is a test of the library's.
pub(crate) fn new_project() -> Result<(bool, Count)> {
    run(cargo("check").args(["-p", BOT]).current_dir(workspace()).arg("--target-dir").arg(target()))
}

/// The new project: the ding-dong example is its program.
fn write_bot() -> Result<()> {
    let (library, project) = (root().join("crates/ha-wechaty"), workspace().join(BOT));
    let program = fs::read_to_string(library.join("examples/ding_dong.rs"))?;
    let lines = program.lines().count();
    ensure!(lines < LINES, "the ding-dong example has {lines} lines, and should have less than {LINES}");
    fs::create_dir_all(project.join("src"))?;
    let manifest = format!(
        "[package]\nname = \"{BOT}\"\nedition = \"2024\"\n\n[dependencies]\n\
         ha-wechaty = {{ version = {:?}, default-features = false }}\ntokio = \"1\"\n",
        env!("CARGO_PKG_VERSION")
    );
    fs::write(project.join("Cargo.toml"), manifest)?;
    Ok(fs::write(project.join("src/main.rs"), program)?)
}

/// Takes away what cargo has of an earlier run: a version that was packed once it takes to be what it was.
fn forget() -> Result<()> {
    remove(&packed())?;
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

/// Where everything is built.
fn target() -> PathBuf {
    env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from)
}

/// What was packed: taken away each time.
fn packed() -> PathBuf {
    target().join("packed")
}

/// A workspace of what was packed.
fn workspace() -> PathBuf {
    packed().join("workspace")
}

fn cargo(command: &str) -> Command {
    let mut cargo = steps::cargo();
    cargo.arg(command);
    cargo
}
