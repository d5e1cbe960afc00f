//! Disks: room, what can be written to, the store and its key.

use std::{
    fs,
    os::unix::fs::MetadataExt as _,
    path::{Path, PathBuf},
    sync::Arc,
};

use ha_wechaty_config::{ByteSize, Config, Folders, StorePlace};
use ha_wechaty_team::view::Remedy;
use rustix::fs::{Access, access, major, minor, statvfs};

use crate::text::Finding;

/// Less room is none.
const LEAST: u64 = 64 << 20;
/// Who has which file locked, where the system says so.
const LOCKS: &str = "/proc/locks";

/// All that is written to. A disk may hang, which must keep nobody else.
pub(super) async fn look(config: Arc<Config>, is_running: bool) -> Vec<Finding> {
    let looked = tokio::task::spawn_blocking(move || all(&config, is_running)).await;
    looked.unwrap_or_else(|error| vec![Finding::unknown("disk", error.to_string())])
}

fn all(config: &Config, is_running: bool) -> Vec<Finding> {
    let mut found = Vec::new();
    if let StorePlace::File(path) = &config.store.path {
        found.extend(store(config, path, is_running));
    }
    if let Some(forgets) = config.forgets() {
        found.push(Finding::odd("store", forgets, Remedy::NoStore));
    }
    for other in config.other_stores() {
        let text = format!("a team of this name has another store in {}", other.display());
        found.push(Finding::odd("store", text, Remedy::NoStore));
    }
    let spool = config.gateway.spool_dir.clone().unwrap_or_else(std::env::temp_dir);
    found.extend(room("spool", &spool, config.gateway.spool_disk.as_u64()));
    if config.accounts.iter().any(|it| it.hosted().is_some()) {
        match Folders::new(&config.host) {
            Ok(folders) => found.extend(room("puppets", folders.root(), LEAST * 4)),
            Err(error) => found.push(Finding::wrong("puppets", error.to_string(), Remedy::Puppet)),
        }
    }
    found
}

fn store(config: &Config, path: &Path, is_running: bool) -> Vec<Finding> {
    let about = format!("store {}", path.display());
    let key = config.store.key_of(path);
    let mut found = Vec::new();
    match fs::metadata(path) {
        Ok(_) if !key.exists() => {
            let text = format!("its key {} is not there: without it nobody can read it", key.display());
            found.push(Finding::wrong(&about, text, Remedy::Store));
        }
        Ok(it) => {
            let holder = fs::read_to_string(LOCKS).ok().and_then(|locks| holder(&locks, it.dev(), it.ino()));
            found.push(match holder {
                Some(process) if !is_running => {
                    let text =
                        format!("process {process} has it open, and is no gateway of this configuration");
                    Finding::wrong(&about, text, Remedy::Store)
                }
                Some(_) | None => {
                    let size = ByteSize::b(it.len()).display().iec();
                    Finding::well(&about, format!("it is there, with its key; {size}"))
                }
            });
        }
        Err(_) => found.push(Finding::well(&about, "it is not there yet: the first start makes it")),
    }
    let has = fs::metadata(path).map_or(0, |it| it.len());
    let needs = config.store.max_bytes.as_u64().saturating_sub(has);
    found.extend(room("store", path.parent().unwrap_or(Path::new(".")), needs));
    found
}

/// Whether there is room in a folder, and it can be written to. What is not there yet is made in the next one above.
fn room(what: &str, folder: &Path, wanted: u64) -> Option<Finding> {
    let there: PathBuf = folder.ancestors().find(|it| it.exists()).map_or_else(|| ".".into(), Path::to_owned);
    let there = if there.as_os_str().is_empty() { PathBuf::from(".") } else { there };
    let about = format!("disk of {} ({what})", there.display());
    if access(&there, Access::WRITE_OK | Access::EXEC_OK).is_err() {
        let text = "this user can't write there; if the gateway runs as another one, look as that user";
        return Some(Finding::odd(about, text, Remedy::Store));
    }
    let disk = match statvfs(&there) {
        Ok(disk) => disk,
        Err(error) => return Some(Finding::unknown(about, error.to_string())),
    };
    Some(judge(about, disk.f_bavail.saturating_mul(disk.f_frsize), wanted))
}

fn judge(about: String, free: u64, wanted: u64) -> Finding {
    let size = |bytes: u64| ByteSize::b(bytes).display().iec();
    let text = format!("{} free", size(free));
    match free {
        free if free < LEAST => Finding::wrong(about, text, Remedy::DiskFull),
        free if free < wanted => {
            Finding::odd(about, format!("{text}; it may want {}", size(wanted)), Remedy::DiskFull)
        }
        _ => Finding::well(about, text),
    }
}

/// Which process has a file locked, by the system's list: lines like `1: POSIX  ADVISORY  WRITE 4711 08:01:1234 0 EOF`.
fn holder(locks: &str, device: u64, inode: u64) -> Option<u32> {
    let file = format!("{:02x}:{:02x}:{inode}", major(device), minor(device));
    locks.lines().find_map(|line| {
        let parts: Vec<&str> = line.split_whitespace().collect();
        let at = parts.iter().position(|it| *it == file)?;
        parts.get(at.checked_sub(1)?)?.parse().ok()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Sort;

    #[test]
    fn room_is_judged_by_what_may_be_wanted() {
        let sort = |free, wanted| judge(String::from("it"), free, wanted).sort;
        assert_eq!(
            [sort(1 << 20, 0), sort(1 << 29, 1 << 30), sort(1 << 31, 1 << 30)],
            [Sort::Wrong, Sort::Odd, Sort::Well]
        );
        let folder = tempfile::tempdir().expect("a folder");
        let found = room("store", &folder.path().join("not/there/yet"), 0).expect("it is looked at");
        assert!(found.about.contains(&folder.path().display().to_string()), "{found:?}");
    }

    #[test]
    fn who_has_a_file_is_read_off_the_system_s_list() {
        let locks = "1: FLOCK  ADVISORY  WRITE 12 00:1b:99 0 EOF\n2: POSIX  ADVISORY  WRITE 4711 08:01:1234 120 120\n";
        let device = rustix::fs::makedev(8, 1);
        assert_eq!((holder(locks, device, 1_234), holder(locks, device, 99)), (Some(4_711), None));
    }

    #[test]
    fn a_store_without_its_key_is_wrong() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("team.db");
        let mut config = Config::new("it");
        config.store.path = StorePlace::File(path.clone());
        assert_eq!(store(&config, &path, false)[0].sort, Sort::Well, "the first start makes it");
        fs::write(&path, "").expect("it is ours");
        assert_eq!(store(&config, &path, false)[0].sort, Sort::Wrong);
        fs::write(config.store.key_of(&path), "").expect("it is ours");
        assert_eq!(store(&config, &path, false)[0].sort, Sort::Well);
    }
}
