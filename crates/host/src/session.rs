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

use ha_wechaty_core::fingerprint;

use super::HostError;
use ha_wechaty_config::{Folders, Package};

/// File systems take names of 255 bytes; a version or an ending may follow.
const LONGEST_NAME: usize = 200;

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

/// A text as the name of a file; different texts have different names, and long ones end in their fingerprint.
pub(super) fn file_name(text: &str) -> String {
    let mut name = String::new();
    for (index, c) in text.char_indices() {
        match c {
            'a'..='z' | 'A'..='Z' | '0'..='9' | '-' | '_' => name.push(c),
            '.' if index > 0 => name.push(c),
            _ => c.encode_utf8(&mut [0; 4]).bytes().for_each(|byte| name += &format!("%{byte:02x}")),
        }
    }
    if name.len() > LONGEST_NAME {
        let end = format!("-{:016x}", fingerprint(text));
        name.truncate(LONGEST_NAME - end.len());
        name += &end;
    }
    name
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

    #[test]
    fn any_text_is_a_file_name_of_its_own() {
        for (text, name) in [
            ("oss-bot_1", "oss-bot_1"),
            ("..", "%2e."),
            ("a/b", "a%2fb"),
            ("@scope/puppet", "%40scope%2fpuppet"),
            ("机", "%e6%9c%ba"),
        ] {
            assert_eq!(file_name(text), name);
        }
        // File systems take 255 bytes, and endings come after it.
        let [one, other] = ["机", "器"].map(|last| file_name(&format!("{}{last}", "机".repeat(100))));
        assert!(one != other && one.len() == other.len() && one.len() <= 200, "{one} {other}");
    }
}
