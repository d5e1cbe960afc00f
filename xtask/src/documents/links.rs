//! Every link within the checkout leads to a file, and to a heading of it; every document is led to.

use std::{
    collections::BTreeSet,
    path::{Component, Path, PathBuf},
};

use super::markdown::Document;

/// Where readers begin, by what the forge shows them.
const ENTRANCES: [&str; 1] = ["README.md"];

/// What is wrong with the links of all documents, a line for each.
pub(super) fn faults(documents: &[(PathBuf, Document)], files: &[PathBuf]) -> Vec<String> {
    let (mut wrong, mut led_to) = (Vec::new(), BTreeSet::new());
    for (path, document) in documents {
        for line in &document.unpaired {
            wrong.push(format!("{}:{line}: a backtick has no other", path.display()));
        }
        for (line, target) in document.links.iter().filter(|(_, target)| is_ours(target)) {
            match follow(path, target, documents, files) {
                Ok(file) if file != *path => drop(led_to.insert(file)),
                Ok(_) => {}
                Err(why) => wrong.push(format!("{}:{line}: [{target}] {why}", path.display())),
            }
        }
    }
    let is_entrance = |path: &Path| ENTRANCES.iter().any(|it| path.ends_with(it));
    for (path, _) in documents.iter().filter(|(path, _)| !is_entrance(path) && !led_to.contains(path)) {
        wrong.push(format!("{}: no other document leads to it", path.display()));
    }
    wrong
}

/// Whether a link stays within the checkout.
fn is_ours(target: &str) -> bool {
    !target.contains("://") && !target.starts_with("mailto:")
}

/// The file that a link of a document leads to.
fn follow(
    from: &Path,
    target: &str,
    documents: &[(PathBuf, Document)],
    files: &[PathBuf],
) -> Result<PathBuf, String> {
    let (path, anchor) = target.split_once('#').map_or((target, None), |(path, anchor)| (path, Some(anchor)));
    let folder = from.parent().unwrap_or(Path::new(""));
    let file = if path.is_empty() { from.to_owned() } else { plain(&folder.join(path)) };
    let is_folder = || files.iter().any(|it| it.starts_with(&file));
    if !files.contains(&file) && !is_folder() {
        return Err(format!("leads to {}, which is not there", file.display()));
    }
    if let Some(anchor) = anchor {
        let found = documents.iter().find(|(path, _)| *path == file);
        let document = found.ok_or("names a place in what is no document, and places move")?;
        if !document.1.anchors.iter().any(|it| it == anchor) {
            return Err(format!("names a heading that {} has not", file.display()));
        }
    }
    Ok(file)
}

/// The path without `.` and `..`, as far as it stays within the checkout.
fn plain(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir if plain.pop() => {}
            Component::ParentDir | Component::Normal(_) | Component::RootDir | Component::Prefix(_) => {
                plain.push(part);
            }
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The faults of a README and a page beside an example.
    fn faults_of(readme: &str, page: &str) -> Vec<String> {
        let documents = [("README.md", readme), ("docs/page.md", page)];
        let documents = documents.map(|(path, text)| (PathBuf::from(path), Document::read(text)));
        let files = ["README.md", "crates/a/src/lib.rs", "docs/page.md"].map(PathBuf::from);
        faults(&documents, &files)
    }

    #[test]
    fn what_is_there_may_be_led_to() {
        let readme = "# Top\n\n[page](docs/page.md#part-one), [code](crates/a/src/lib.rs), [folder](crates/a), [](#top)";
        let page = "## Part one\n\n[back](../README.md#top), [out](https://example.com/x.md#y)";
        assert_eq!(faults_of(readme, page), Vec::<String>::new());
    }

    #[test]
    fn each_wrong_link_is_told_of_with_its_line() {
        let page = "\n[gone](gone.md)\n[away](../../outside.md)\n[no part](../README.md#part)\n[line](../crates/a/src/lib.rs#L3)";
        assert_eq!(
            faults_of("[page](docs/page.md)", page),
            [
                "docs/page.md:2: [gone.md] leads to docs/gone.md, which is not there",
                "docs/page.md:3: [../../outside.md] leads to ../outside.md, which is not there",
                "docs/page.md:4: [../README.md#part] names a heading that README.md has not",
                "docs/page.md:5: [../crates/a/src/lib.rs#L3] names a place in what is no document, and places move",
            ]
        );
    }

    #[test]
    fn a_document_that_nobody_finds_is_told_of() {
        assert_eq!(faults_of("", "[me](page.md)"), ["docs/page.md: no other document leads to it"]);
    }
}
