//! Files with secrets, and folders with sessions, that others on this machine can read or change.
//!
//! The gateway runs all the same: it can't know who the others are, and in a container there are none. It says so at
//! start, with the remedy. Files and folders that it makes itself are its user's alone.

use std::{
    collections::BTreeSet,
    fs, io,
    os::unix::fs::MetadataExt as _,
    path::{Path, PathBuf},
};

use rustix::process::{getegid, geteuid};

use crate::{
    Config, Draft, Folders, Place, Problem, Provider, StorePlace, read,
    reader::{Node, Table, Value},
};

/// Where platforms put secrets into containers, with modes of their own.
const PLATFORM: [&str; 2] = ["/run/secrets", "/var/run/secrets"];

/// What others may do with a file or a folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Holds {
    /// Nothing: it holds secrets.
    Secrets,
    /// Neither read it nor change it: it holds sessions, which let whoever has them act as the account.
    Sessions,
    /// Read it: it holds programs that are run.
    Programs,
    /// Put something into it, as into `/tmp`, as long as each has only his own there.
    Passing,
}

/// Who and what a file is, and who we are.
#[derive(Debug, Clone, Copy)]
struct Rights {
    owner: u32,
    group: u32,
    mode: u32,
    /// Our user and group.
    us: (u32, u32),
}

impl Draft {
    /// The files with secrets in it that others can read or change.
    pub fn exposed(&self) -> Vec<Problem> {
        let mut files = Vec::new();
        let (secrets, plain) = (read::secret_keys(), read::plain_keys());
        if let Some(path) = self.path().filter(|_| holds_secret(self.root(), "", (&secrets, &plain))) {
            files.push(path.clone());
        }
        secret_files(self.root(), &secrets, &mut files);
        files.sort();
        files.dedup();
        files.iter().filter_map(|path| look(path, Holds::Secrets)).collect()
    }
}

impl Config {
    /// The folders of it, and its store, that others can read or change, and should not.
    pub fn exposed(&self) -> Vec<Problem> {
        let mut folders = Vec::new();
        if self.accounts.iter().any(|it| matches!(it.provider, Provider::Hosted(_)))
            && let Ok(data) = Folders::new(&self.host)
        {
            folders.push((data.root().to_owned(), Holds::Programs));
            folders.push((data.packages(), Holds::Programs));
            folders.push((data.sessions(), Holds::Sessions));
        }
        if let Some(spool) = &self.gateway.spool_dir {
            folders.push((spool.clone(), Holds::Passing));
        }
        if let StorePlace::File(store) = &self.store.path {
            folders.push((store.clone(), Holds::Secrets));
            folders.push((self.store.key_of(store), Holds::Secrets));
            folders.extend(self.admin_certificate().map(|path| (path, Holds::Secrets)));
        }
        folders.iter().filter_map(|(path, holds)| look(path, *holds)).collect()
    }
}

/// Whether a secret stands in the file itself: in a key that is called as one, unless that one holds none.
fn holds_secret(table: &Table, path: &str, keys: (&BTreeSet<String>, &BTreeSet<String>)) -> bool {
    let (secrets, plain) = keys;
    table.iter().any(|(key, entry)| {
        let is_of_file = matches!(entry.node.place, Place::File { .. });
        let whole = format!("{path}{key}");
        let is_secret =
            secrets.contains(key) && !plain.contains(&whole) && matches!(entry.node.value, Value::Text(_));
        let list = if matches!(entry.node.value, Value::List(_)) { "[]" } else { "" };
        let below = format!("{whole}{list}.");
        is_of_file && is_secret || tables(&entry.node).any(|inner| holds_secret(inner, &below, keys))
    })
}

/// The files that hold secrets, by the keys that name them.
fn secret_files(table: &Table, secrets: &BTreeSet<String>, files: &mut Vec<PathBuf>) {
    for (key, entry) in table {
        let names_secret = key.strip_suffix("_file").is_some_and(|key| secrets.contains(key));
        // The private key of a certificate, which is written beside it.
        let is_private_key = key == "key" && table.contains_key("cert");
        if let Value::Text(path) = &entry.node.value
            && (names_secret || is_private_key)
        {
            let folder = if let Place::File { path, .. } = &entry.node.place {
                path.parent().unwrap_or(Path::new(""))
            } else {
                Path::new("")
            };
            files.push(folder.join(path));
        }
        tables(&entry.node).for_each(|inner| secret_files(inner, secrets, files));
    }
}

/// The tables in a value: itself, or those of a list.
fn tables(node: &Node) -> impl Iterator<Item = &Table> {
    let many: &[Node] = if let Value::List(nodes) = &node.value { nodes } else { &[] };
    node.value.table().into_iter().chain(many.iter().filter_map(|node| node.value.table()))
}

/// What is wrong with a file or a folder. One that is not there, or can't be looked at, is somebody else's to tell.
fn look(path: &Path, holds: Holds) -> Option<Problem> {
    let is_platforms = PLATFORM.iter().any(|folder| path.starts_with(folder));
    let rights = (!is_platforms).then(|| rights(path).ok())??;
    let (place, key) = (Place::Whole("warning".into()), path.display().to_string());
    Some(Problem { place, message: judge(rights, holds, &key)?, key })
}

fn rights(path: &Path) -> io::Result<Rights> {
    let it = fs::metadata(path)?;
    let us = (geteuid().as_raw(), getegid().as_raw());
    Ok(Rights { owner: it.uid(), group: it.gid(), mode: it.mode() & 0o7777, us })
}

/// The fault and the remedy, in words.
fn judge(rights: Rights, holds: Holds, path: &str) -> Option<String> {
    let Rights { owner, group, mode, us } = rights;
    let what = match holds {
        Holds::Secrets => "it holds secrets",
        Holds::Sessions => "it holds sessions, which let whoever has them act as the account",
        Holds::Programs => "what it holds is run",
        Holds::Passing => "files on their way are put there",
    };
    // Root looks after a service that runs as another user.
    let is_root = us.0 == 0;
    if owner != us.0 && owner != 0 && !is_root {
        return Some(format!(
            "it belongs to another user ({owner}), who can read and change it, and {what}: chown {} {path}",
            us.0
        ));
    }
    // A file of root that our own group may read, or to root's eyes a service's, is meant to be so.
    let is_ours = owner == 0 && if is_root { group != 0 } else { group == us.1 };
    let (unread, unwritten) = if is_ours { (0o004, 0o022) } else { (0o044, 0o022) };
    let reads = matches!(holds, Holds::Secrets | Holds::Sessions) && mode & unread != 0;
    let is_sticky = mode & 0o1000 != 0;
    let writes = mode & unwritten != 0 && !(holds == Holds::Passing && is_sticky);
    let remedy = match holds {
        Holds::Secrets => "chmod 600",
        Holds::Sessions => "chmod 700",
        Holds::Programs => "chmod go-w",
        Holds::Passing => "chmod 700",
    };
    let can = match (reads, writes) {
        (false, false) => return None,
        (true, false) => "read it",
        (_, true) => "change it",
    };
    Some(format!("others on this machine can {can} (mode {mode:04o}), and {what}: {remedy} {path}"))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    fn judged(owner: u32, group: u32, mode: u32, us: (u32, u32), holds: Holds) -> Option<String> {
        judge(Rights { owner, group, mode, us }, holds, "f")
    }

    #[test]
    fn what_others_can_read_or_change_is_told_with_the_remedy() {
        use Holds::{Passing, Programs, Secrets, Sessions};
        let us = (1_000, 1_000);
        for (owner, group, mode, holds, told) in [
            (1_000, 1_000, 0o600, Secrets, ""),
            (
                1_000,
                1_000,
                0o644,
                Secrets,
                "others on this machine can read it (mode 0644), and it holds secrets: chmod 600 f",
            ),
            (1_000, 1_000, 0o640, Secrets, "can read it (mode 0640)"),
            (1_000, 1_000, 0o620, Secrets, "can change it"),
            (0, 1_000, 0o640, Secrets, ""),
            (0, 1_000, 0o660, Secrets, "can change it"),
            (0, 0, 0o644, Secrets, "can read it"),
            (
                1_001,
                1_000,
                0o600,
                Secrets,
                "it belongs to another user (1001), who can read and change it, and it holds secrets: chown 1000 f",
            ),
            (1_000, 1_000, 0o755, Sessions, "chmod 700 f"),
            (1_000, 1_000, 0o700, Sessions, ""),
            (1_000, 1_000, 0o755, Programs, ""),
            (
                1_000,
                1_000,
                0o775,
                Programs,
                "can change it (mode 0775), and what it holds is run: chmod go-w f",
            ),
            (0, 0, 0o1777, Passing, ""),
            (0, 0, 0o777, Passing, "can change it"),
        ] {
            let said = judged(owner, group, mode, us, holds).unwrap_or_default();
            assert!(said.contains(told) && said.is_empty() == told.is_empty(), "{mode:o} {holds:?}: {said}");
        }
        // Root looks after a service of another user.
        assert_eq!(judged(1_000, 1_000, 0o600, (0, 0), Secrets), None);
        assert_eq!(judged(0, 1_000, 0o640, (0, 0), Secrets), None);
        assert!(judged(1_000, 1_000, 0o644, (0, 0), Secrets).is_some());
        assert!(judged(0, 0, 0o644, (0, 0), Secrets).is_some(), "for root, too, others are others");
    }

    #[test]
    fn files_are_found_by_what_they_hold() {
        let folder = tempfile::tempdir().expect("a folder");
        let write = |name: &str, text: &str, mode| {
            let path = folder.path().join(name);
            fs::write(&path, text).expect("it is ours");
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).expect("it is ours");
            path
        };
        let own = write("own.toml", "[[bot]]\nname = \"main\"\ntoken = \"a\"\n", 0o644);
        let far = "[admin]\npassword_file = \"p\"\n[[bot]]\nname = \"main\"\ntoken_file = \"t\"\n\
                   [gateway]\ntls = { cert = \"c\", key = \"k\" }\n[dong]\naes_key_file = \"none\"\n";
        let far = write("far.toml", far, 0o644);
        let (password, token, key) = (write("p", "", 0o604), write("t", "", 0o600), write("k", "", 0o640));
        write("c", "", 0o644);
        let exposed = |path: &Path| -> Vec<String> {
            Draft::load(path).expect("TOML").exposed().into_iter().map(|it| it.key).collect()
        };
        assert_eq!(exposed(&own), [own.display().to_string()]);
        assert_eq!(exposed(&far), [key, password].map(|it| it.display().to_string()), "and not {token:?}");
    }
}
