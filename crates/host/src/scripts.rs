//! The host's own JavaScript, which is part of this program, put beside the packages that it uses.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use ha_wechaty_core::fingerprint;

/// The files, by name; the first is the one that is run.
const FILES: &[(&str, &str)] = &[
    ("main.mjs", include_str!("../js/main.mjs")),
    ("lifeline.mjs", include_str!("../js/lifeline.mjs")),
    ("old-files.mjs", include_str!("../js/old-files.mjs")),
    ("old-numbers.mjs", include_str!("../js/old-numbers.mjs")),
    ("old-protos.mjs", include_str!("../js/old-protos.mjs")),
    ("old-puppet.mjs", include_str!("../js/old-puppet.mjs")),
    ("parent.mjs", include_str!("../js/parent.mjs")),
    ("patience.mjs", include_str!("../js/patience.mjs")),
    ("puppet.mjs", include_str!("../js/puppet.mjs")),
    ("service.mjs", include_str!("../js/service.mjs")),
    ("session.mjs", include_str!("../js/session.mjs")),
    ("tree.mjs", include_str!("../js/tree.mjs")),
];

/// Puts them into a tree of packages, unless they are there; returns the one to run.
///
/// # Errors
/// The tree can't be written to.
pub(super) fn put_into(tree: &Path) -> io::Result<PathBuf> {
    let whole: String = FILES.iter().map(|(name, text)| format!("{name}\n{text}\n")).collect();
    // Each version of them has a folder of its own: another version of this program may run at the same time.
    let folder = tree.join(format!("ha-wechaty-host-{:016x}", fingerprint(&whole)));
    if !folder.exists() {
        let partial = tempfile::Builder::new().prefix(".partial-").tempdir_in(tree)?;
        for (name, text) in FILES {
            fs::write(partial.path().join(name), text)?;
        }
        match fs::rename(partial.path(), &folder) {
            // Somebody else was faster.
            Err(_) if folder.exists() => {}
            renamed => renamed?,
        }
    }
    Ok(folder.join(FILES[0].0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn they_are_put_there_whole_and_once() {
        let tree = tempfile::tempdir().expect("a folder");
        let main = put_into(tree.path()).expect("it is ours");
        let folder = main.parent().expect("a folder");
        for (name, text) in FILES {
            assert_eq!(fs::read_to_string(folder.join(name)).expect("a file"), *text);
        }
        assert_eq!(put_into(tree.path()).expect("it is there"), main);
        assert_eq!(fs::read_dir(tree.path()).expect("a folder").count(), 1, "nothing is left behind");
    }

    #[test]
    fn every_file_that_is_imported_is_there() {
        for (name, text) in FILES {
            for import in text.split("'./").skip(1).filter_map(|rest| rest.split('\'').next()) {
                assert!(FILES.iter().any(|(name, _)| *name == import), "{name} imports {import}");
            }
        }
    }
}
