//! What is installed already.

use std::fs;

use serde_json::Value;

use ha_wechaty_config::{Folders, file_name};

use ha_wechaty_config::HostConfig;

/// The trees of packages that are there.
#[derive(Debug)]
pub struct Installed {
    folders: Option<Folders>,
}

impl Installed {
    /// What there is where the operator wants it. A place that is not there has nothing in it.
    pub fn new(host: &HostConfig) -> Self {
        Self { folders: Folders::new(host).ok() }
    }

    /// Where it is looked for, for people.
    pub fn place(&self) -> String {
        let folders = self.folders.as_ref();
        folders.map_or("no folder: set host.data_dir, or HOME".to_owned(), |it| {
            it.packages().display().to_string()
        })
    }

    /// The versions of a package that are there, in the order of their text.
    pub fn versions(&self, name: &str) -> Vec<String> {
        let trees = self.folders.iter().filter_map(|folders| fs::read_dir(folders.packages()).ok()).flatten();
        let prefix = format!("{}@", file_name(name));
        let mut versions: Vec<String> = trees
            .filter_map(|tree| {
                let tree = tree.ok()?;
                tree.file_name().to_str()?.starts_with(&prefix).then_some(())?;
                let manifest = tree.path().join("node_modules").join(name).join("package.json");
                let manifest: Value = serde_json::from_slice(&fs::read(manifest).ok()?).ok()?;
                Some(manifest["version"].as_str()?.to_owned())
            })
            .collect();
        versions.sort();
        versions.dedup();
        versions
    }
}
