//! Every file and folder that a document names is there. A name may be short (`call/book.rs`): its last parts count.

use std::path::{Path, PathBuf};

use super::markdown::Document;

/// How the names of our files end.
const ENDINGS: [&str; 12] =
    ["rs", "js", "mjs", "py", "sh", "md", "svg", "dict", "proto", "toml", "yml", "json"];
/// With what names of folders begin; others end with `/`.
const TOPS: [&str; 8] = [".ci/", ".github/", "crates/", "docs/", "fuzz/", "interop/", "ops/", "xtask/"];
/// Files of others: an operator's, and a bot author's.
const FOREIGN: [&str; 1] = ["ha-wechaty.toml"];

/// What a document names and is not there, a line for each.
pub(super) fn faults(path: &Path, document: &Document, files: &[PathBuf]) -> Vec<String> {
    let mut wrong = Vec::new();
    for (line, word) in document.code.iter().filter(|(_, word)| is_path(word)) {
        for name in spelt_out(word).into_iter().filter(|name| !is_there(name, files)) {
            wrong.push(format!("{}:{line}: there is no {name}", path.display()));
        }
    }
    wrong
}

/// Whether a word in code is the name of a file or a folder.
fn is_path(word: &str) -> bool {
    let is_plain = |it: char| it.is_ascii_alphanumeric() || "_-./{},".contains(it);
    let ending = word.rsplit_once('.').filter(|(before, _)| !before.is_empty()).map(|(_, ending)| ending);
    let is_file = ending.is_some_and(|ending| ENDINGS.contains(&ending));
    let is_folder = word.ends_with('/') || TOPS.iter().any(|top| word.starts_with(top));
    word.chars().all(is_plain) && !word.starts_with('/') && (is_file || is_folder) && !FOREIGN.contains(&word)
}

/// `a/{b,c}.rs` is two names.
fn spelt_out(word: &str) -> Vec<String> {
    let split = word.split_once('{').and_then(|(before, rest)| Some((before, rest.split_once('}')?)));
    let Some((before, (choices, after))) = split else { return vec![word.to_owned()] };
    choices.split(',').flat_map(|choice| spelt_out(&format!("{before}{choice}{after}"))).collect()
}

/// Whether there is a file or a folder whose path ends with it.
fn is_there(name: &str, files: &[PathBuf]) -> bool {
    let name = Path::new(name.trim_end_matches('/'));
    files.iter().any(|file| file.ancestors().any(|it| it.ends_with(name)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_what_is_not_there_are_told_of() {
        let files = ["crates/a/src/call/book.rs", "docs/page.md"].map(PathBuf::from);
        let text = "`call/book.rs`, `src/call/`, `crates/a`, `page.md`, `book.rs`\n\n\
                    `call/look.rs`, `all/book.rs`, `crates/{a,b}`, `src/gone/`";
        assert_eq!(
            faults(Path::new("it.md"), &Document::read(text), &files),
            ["call/look.rs", "all/book.rs", "crates/b", "src/gone/"]
                .map(|name| format!("it.md:3: there is no {name}"))
        );
    }

    #[test]
    fn other_words_are_no_paths() {
        for word in [
            "ha.nodes()",
            "/health/ready",
            "Cargo",
            ".rs",
            "a b.rs",
            "127.0.0.1:8790",
            "ha-wechaty.toml",
            "1.5.2",
        ] {
            assert!(!is_path(word), "{word}");
        }
    }
}
