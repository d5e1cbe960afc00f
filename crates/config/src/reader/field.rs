//! One value at its key, and the types that a value can become.

use std::path::{Path, PathBuf};

use super::{Findings, Node, Place, Value};

/// How a key is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// A text that must not be shown.
    Secret,
    /// Any text.
    Text,
    /// A number, a list, or a text that can't be taken for either.
    Value,
    /// Tables, each begun by `[[key]]`.
    List,
    /// Keys of its own.
    Section,
}

/// A type that a value can become.
pub(crate) trait FromField: Sized {
    /// How it is written.
    const FORM: Form = Form::Value;

    /// The value, or nothing if it can't be one; then the field was told why.
    fn from_field(field: &Field<'_>) -> Option<Self>;
}

/// A value at its key.
pub(crate) struct Field<'a> {
    pub(crate) node: &'a Node,
    pub(super) path: String,
    pub(super) findings: &'a Findings,
}

impl<'a> Field<'a> {
    /// Says that the value can't be used: "`<key>`: `message`".
    pub(crate) fn refuse<T>(&self, message: impl Into<String>) -> Option<T> {
        self.findings.unread(self.node.place.clone(), &self.path, message);
        None
    }

    /// Whether it is this word.
    pub(crate) fn is(&self, word: &str) -> bool {
        self.node.value.text() == Some(word)
    }

    /// A text; `like` is one.
    pub(crate) fn text(&self, like: &str) -> Option<&str> {
        let value = &self.node.value;
        value.text().or_else(|| self.refuse(format!("must be a text like {like:?}, not {}", value.shown())))
    }

    /// One of a few words.
    pub(crate) fn word<T: Copy>(&self, words: &[(&str, T)]) -> Option<T> {
        let text = self.text(words[0].0)?;
        if let Some((_, value)) = words.iter().find(|(word, _)| *word == text) {
            return Some(*value);
        }
        let names: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
        let hint = nearest(text, &names).map(|word| format!("; did you mean {word:?}?")).unwrap_or_default();
        self.refuse(format!("is {text:?}, but must be one of {}{hint}", names.join(", ")))
    }

    /// A whole number within a range.
    pub(crate) fn number(&self, range: std::ops::RangeInclusive<i64>) -> Option<i64> {
        if let Value::Integer(number) = self.node.value
            && range.contains(&number)
        {
            return Some(number);
        }
        let (from, to, shown) = (range.start(), range.end(), self.node.value.shown());
        self.refuse(format!("must be a whole number from {from} to {to}, not {shown}"))
    }

    /// A file name; in a file it is relative to that file's folder.
    pub(crate) fn path(&self, like: &str) -> Option<PathBuf> {
        Some(self.relative(Path::new(self.text(like)?)))
    }

    /// A path as it was written here.
    pub(crate) fn relative(&self, path: &Path) -> PathBuf {
        if let Place::File { path: file, .. } = &self.node.place {
            file.parent().unwrap_or(Path::new("")).join(path)
        } else {
            path.to_owned()
        }
    }
}

/// What was probably meant.
pub(crate) fn nearest<'a>(word: &str, known: &[&'a str]) -> Option<&'a str> {
    let likeness = |known: &str| strsim::jaro_winkler(&word.to_lowercase(), known);
    known
        .iter()
        .copied()
        .filter(|known| likeness(known) > 0.8)
        .max_by(|a, b| likeness(a).total_cmp(&likeness(b)))
}

/// `account[3].name` as `account[].name`.
pub(crate) fn without_indices(path: &str) -> String {
    path.chars().filter(|c| !c.is_ascii_digit()).collect()
}
