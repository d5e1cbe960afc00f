//! A configuration that is being put together: a file, then flags over it.

use std::path::Path;

use super::{Config, ConfigError};

/// Values as they were written, not yet checked.
#[derive(Debug)]
pub struct Draft;

impl Draft {
    /// Begins with a file.
    ///
    /// # Errors
    /// It can't be read, or is no TOML.
    pub fn load(_path: &Path) -> Result<Self, ConfigError> {
        Ok(Self)
    }

    /// Begins with the text of a file.
    ///
    /// # Errors
    /// It is no TOML.
    pub fn from_toml(_path: &Path, _text: &str) -> Result<Self, ConfigError> {
        Ok(Self)
    }

    /// Checks all of it.
    ///
    /// # Errors
    /// All that is wrong.
    pub fn finish(self) -> Result<Config, ConfigError> {
        Ok(Config::new("ha-wechaty"))
    }
}
