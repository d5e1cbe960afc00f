//! No file is longer than a reader's patience.

use anyhow::{Result, ensure};

use crate::tree::{sources, text};

/// So many lines at the most.
const MOST: usize = 500;

/// Looks at every source in Rust.
pub(crate) fn prove() -> Result<()> {
    let mut long = Vec::new();
    for folder in ["crates", "xtask"] {
        for path in sources(folder)? {
            long.extend(too_long(&path.display().to_string(), &text(&path)?));
        }
    }
    ensure!(long.is_empty(), "no file has more than {MOST} lines:\n{}", long.join("\n"));
    Ok(())
}

/// What is said of a file that is too long.
fn too_long(name: &str, text: &str) -> Option<String> {
    let lines = text.lines().count();
    (lines > MOST).then(|| format!("{name} has {lines}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_checkout_holds_to_it() {
        prove().expect("short files");
    }

    #[test]
    fn a_file_that_is_too_long_is_named() {
        assert_eq!(too_long("a.rs", &"x\n".repeat(MOST)), None);
        assert_eq!(too_long("a.rs", &"x\n".repeat(MOST + 1)).as_deref(), Some("a.rs has 501"));
    }
}
