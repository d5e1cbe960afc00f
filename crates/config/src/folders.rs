//! Where puppets that run here, and their sessions, are kept.
//!
//! ```text
//! <data_dir>/packages/   trees of packages, which all accounts share
//! <data_dir>/sessions/   a folder for each team, and in it one for each account
//! ```

use std::{
    env, io,
    path::{Path, PathBuf},
};

use crate::HostConfig;

/// The folders below `host.data_dir`. That they are there is for whoever keeps something in them.
#[derive(Debug, Clone)]
pub struct Folders {
    root: PathBuf,
}

/// Where they are can't be said.
#[derive(Debug, thiserror::Error)]
pub enum NoFolder {
    /// Nothing is set, and the user has no home.
    #[error("host.data_dir is not set, and the user has no home folder")]
    NoHome,
    /// The system does not say where the process is, which a relative path starts from.
    #[error("{}: {cause}", path.display())]
    Relative {
        /// The folder as it was set.
        path: PathBuf,
        /// What the system said.
        cause: io::Error,
    },
}

impl Folders {
    /// The folders that the operator set, or those that are the user's own.
    ///
    /// # Errors
    /// Nothing is set, and the user has no home.
    pub fn new(host: &HostConfig) -> Result<Self, NoFolder> {
        let set = |name: &str| env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
        // A relative one is to be ignored, by the rules for these variables.
        let data_home = || set("XDG_DATA_HOME").filter(|path| path.is_absolute());
        let data_home = || data_home().or_else(|| Some(set("HOME")?.join(".local/share")));
        let root = host.data_dir.clone().or_else(|| Some(data_home()?.join("ha-wechaty")));
        let root = root.ok_or(NoFolder::NoHome)?;
        // Programs that run elsewhere are told of it.
        let root = std::path::absolute(&root).map_err(|cause| NoFolder::Relative { path: root, cause })?;
        Ok(Self { root })
    }

    /// The folder that all is in.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Where sessions are, or will be.
    pub fn sessions(&self) -> PathBuf {
        self.root.join("sessions")
    }

    /// Where trees of packages are, or will be.
    pub fn packages(&self) -> PathBuf {
        self.root.join("packages")
    }
}
