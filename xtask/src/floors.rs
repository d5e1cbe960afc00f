//! The crates stand on floors, and arrows between them go down only.

use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;

use crate::run::root;

/// The floors, lowest first; ARCHITECTURE.md draws them. What stands on none is for those who work here, and may use all.
const FLOORS: [&[&str]; 8] = [
    &["core", "wire", "dong"],
    &["config", "journal", "transport", "sim"],
    &["host"],
    &["team"],
    &["admin", "herald", "year"],
    &["gateway"],
    &["cli"],
    &["ha-wechaty"],
];
const WORKBENCH: [&str; 7] = [
    "ha-wechaty-trials",
    "ha-wechaty-siege",
    "ha-wechaty-race",
    "ha-wechaty-fuzz",
    "ha-wechaty-testkit",
    "ha-wechaty-bench",
    "xtask",
];

/// The floor of one of our crates.
fn floor(package: &str) -> Option<usize> {
    let name = package.strip_prefix("ha-wechaty-").unwrap_or(package);
    FLOORS.iter().position(|floor| floor.contains(&name))
}

/// Looks at what each crate is made of; tests may use whatever they like.
pub(crate) fn prove() -> Result<()> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let metadata = Command::new(cargo)
        .args(["metadata", "--no-deps", "--format-version", "1"])
        .current_dir(root())
        .output()
        .context("cargo metadata")?;
    ensure!(metadata.status.success(), "{}", String::from_utf8_lossy(&metadata.stderr));
    let metadata: Value = serde_json::from_slice(&metadata.stdout)?;
    let packages = metadata["packages"].as_array().context("packages")?;
    let mut wrong = Vec::new();
    for package in packages {
        let name = package["name"].as_str().unwrap_or_default();
        let Some(own) = floor(name) else {
            ensure!(
                WORKBENCH.contains(&name),
                "{name} stands on no floor: give it one in xtask/src/floors.rs"
            );
            continue;
        };
        let uses = package["dependencies"].as_array().into_iter().flatten();
        let kind = |it: &Value| it["kind"].as_str().map(str::to_owned);
        for used in uses.filter(|it| kind(it).as_deref() != Some("dev")).filter_map(|it| it["name"].as_str())
        {
            let is_above = floor(used).is_some_and(|other| other >= own) && !is_beside(name, used);
            if is_above || WORKBENCH.contains(&used) {
                wrong.push(format!("{name} (floor {}) uses {used}", own + 1));
            }
        }
    }
    ensure!(wrong.is_empty(), "arrows between crates go down only:\n{}", wrong.join("\n"));
    Ok(())
}

/// `wire` and `core` are the ground that all others stand on.
fn is_beside(name: &str, used: &str) -> bool {
    floor(name) == Some(0) && used == "ha-wechaty-wire"
}
