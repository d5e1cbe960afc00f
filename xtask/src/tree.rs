//! The files of the checkout.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result};

use crate::run::root;

/// What is built, installed or kept by git, and no part of what is read.
const OUTSIDE: [&str; 4] = ["target", ".git", "node_modules", ".venv"];

/// All files below a folder of the checkout, by their paths from the checkout, in order.
pub(crate) fn files(below: &str) -> Result<Vec<PathBuf>> {
    let (top, mut found) = (root(), Vec::new());
    let mut folders = vec![top.join(below)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).with_context(|| folder.display().to_string())? {
            let entry = entry?;
            let (path, kind) = (entry.path(), entry.file_type()?);
            if kind.is_dir() && !OUTSIDE.iter().any(|it| entry.file_name() == **it) {
                folders.push(path);
            } else if kind.is_file() {
                found.push(path.strip_prefix(&top)?.to_owned());
            }
        }
    }
    found.sort();
    Ok(found)
}

/// The sources in Rust below a folder that somebody wrote: what a test generates and compares is not among them.
pub(crate) fn sources(below: &str) -> Result<Vec<PathBuf>> {
    let mut found = files(below)?;
    found.retain(|it| {
        it.extension().is_some_and(|it| it == "rs") && !it.iter().any(|part| part == "generated")
    });
    Ok(found)
}

/// The text of a file, by its path from the checkout.
pub(crate) fn text(path: &Path) -> Result<String> {
    fs::read_to_string(root().join(path)).with_context(|| path.display().to_string())
}
