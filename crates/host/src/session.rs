//! Where things are kept: the packages, which all accounts share, and each account's session.
//!
//! ```text
//! <data_dir>/packages/<name>@<version>-<recipe>/   a tree of packages, complete or not there
//! <data_dir>/packages/.partial-…/                  one that is being installed, or was when we died
//! <data_dir>/sessions/<team>/<account>/            a session: memory card, temporary files, a lock
//! ```

use std::{
    fs::{self, DirBuilder, File, TryLockError},
    io,
    os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _},
    path::{Path, PathBuf},
};

use super::HostError;
use ha_wechaty_config::{Folders, Package, file_name};

/// The folder of packages; it is there then.
pub(super) fn make_packages(folders: &Folders) -> Result<PathBuf, HostError> {
    make(folders.packages())
}

/// An account's session, for as long as it is held.
#[derive(Debug)]
pub(super) struct Session {
    folder: PathBuf,
    _lock: File,
}

impl Session {
    /// Opens an account's session: nobody else on this machine has it open then.
    ///
    /// # Errors
    /// It is open elsewhere, or its folder can't be made.
    pub(super) fn open(folders: &Folders, team: &str, account: &str) -> Result<Self, HostError> {
        let folder = make(folders.sessions().join(file_name(team)).join(account))?;
        let path = folder.join("lock");
        let failed = |cause| HostError::Folder { path: path.clone(), cause };
        let lock = File::options().create(true).append(true).mode(0o600).open(&path).map_err(failed)?;
        match lock.try_lock() {
            Ok(()) => Ok(Self { folder, _lock: lock }),
            Err(TryLockError::WouldBlock) => Err(HostError::SessionInUse { path }),
            Err(TryLockError::Error(cause)) => Err(failed(cause)),
        }
    }

    /// The account's own folder.
    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Where a puppet keeps its memory card; another puppet would not understand it.
    pub(super) fn card(&self, package: &Package) -> PathBuf {
        let name = match package {
            Package::Npm { name, .. } => file_name(name),
            Package::Local(path) => file_name(&path.file_name().unwrap_or_default().to_string_lossy()),
        };
        self.folder.join(name)
    }

    /// An empty folder for temporary files: a host that was killed leaves its own behind.
    pub(super) fn temporary(&self) -> Result<PathBuf, HostError> {
        let path = self.folder.join("tmp");
        match fs::remove_dir_all(&path) {
            Err(cause) if cause.kind() != io::ErrorKind::NotFound => Err(HostError::Folder { path, cause }),
            _ => make(path),
        }
    }
}

/// Makes a folder that is nobody else's business: sessions let whoever has them act as the account.
fn make(path: PathBuf) -> Result<PathBuf, HostError> {
    match DirBuilder::new().recursive(true).mode(0o700).create(&path) {
        Ok(()) => Ok(path),
        Err(cause) => Err(HostError::Folder { path, cause }),
    }
}

#[cfg(test)]
mod tests {
    use ha_wechaty_config::HostConfig;

    use super::*;

    fn folders(path: &Path) -> Folders {
        let host = HostConfig { data_dir: Some(path.to_owned()), ..HostConfig::default() };
        Folders::new(&host).expect("they are set")
    }

    #[test]
    fn a_session_is_open_once() {
        let folder = tempfile::tempdir().expect("a folder");
        let folders = folders(folder.path());
        let session = Session::open(&folders, "ossbot", "north").expect("it is free");
        let other = Session::open(&folders, "ossbot", "south").expect("another account's");
        assert_ne!(session.folder(), other.folder());
        let again = Session::open(&folders, "ossbot", "north");
        assert!(matches!(&again, Err(HostError::SessionInUse { .. })), "{again:?}");
        drop(session);
        Session::open(&folders, "ossbot", "north").expect("it is free again");
    }

    #[test]
    fn what_a_killed_host_left_is_removed() {
        let folder = tempfile::tempdir().expect("a folder");
        let session = Session::open(&folders(folder.path()), "ossbot", "north").expect("it is free");
        let left = session.temporary().expect("a folder").join("left");
        fs::write(&left, "over").expect("a file");
        session.temporary().expect("a folder");
        assert!(!left.exists());
    }
}
