//! What is wrong with a configuration, where, and what to do about it.

use std::{fmt, path::PathBuf, sync::Arc};

/// All that is wrong with a configuration; its text has a line for each.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigError {
    problems: Vec<Problem>,
}

impl ConfigError {
    /// All that is wrong, in the order in which it stands there.
    pub fn new(mut problems: Vec<Problem>) -> Self {
        problems.sort_by(|a, b| a.place.cmp(&b.place));
        Self { problems }
    }

    /// The problems, in the order of their places; at least one.
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }
}

impl std::error::Error for ConfigError {}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, problem) in self.problems.iter().enumerate() {
            let end = if index == 0 { "" } else { "\n" };
            write!(f, "{end}{problem}")?;
        }
        Ok(())
    }
}

/// One thing that is wrong. It never holds a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Where it was written.
    pub place: Place,
    /// The key, like `account[1].name`; empty if it concerns no key.
    pub key: String,
    /// The cause, and the remedy.
    pub message: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.place)?;
        if !self.key.is_empty() {
            write!(f, "{}: ", self.key)?;
        }
        f.write_str(&self.message)
    }
}

/// Where a value was written.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// In a file.
    File {
        /// The file, as it was named.
        path: Arc<PathBuf>,
        /// The line, from 1.
        line: usize,
        /// The character in the line, from 1.
        column: usize,
    },
    /// By a variable of the environment.
    Variable(String),
    /// By a flag of the command line, like `--listen`.
    Flag(&'static str),
    /// Nowhere: something is missing, or a file as a whole is at fault.
    Whole(String),
}

impl Place {
    /// Whether what stands here gives way to what stands there: files to variables, and both to flags.
    pub(crate) fn gives_way_to(&self, other: &Self) -> bool {
        let rank = |place: &Self| match place {
            Self::File { .. } => 0,
            Self::Variable(_) => 1,
            Self::Flag(_) | Self::Whole(_) => 2,
        };
        rank(self) < rank(other)
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File { path, line, column } => write!(f, "{}:{line}:{column}", path.display()),
            Self::Variable(variable) => f.write_str(variable),
            Self::Flag(flag) => f.write_str(flag),
            Self::Whole(what) => f.write_str(what),
        }
    }
}
