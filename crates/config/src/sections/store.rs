//! What outlives the gateway's process: key `store`.

use std::{path::PathBuf, time::Duration};

use bytesize::ByteSize;

use super::{Effect, Section};
use crate::reader::{Field, Form, FromField, Keys, SIZE, TIME};

const DAY: Duration = Duration::from_secs(24 * 3_600);

/// What outlives the gateway's process, and where. Key `store`.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct StoreConfig {
    /// Where it is kept that must not be forgotten.
    pub path: StorePlace,
    /// The file with the key that it is sealed with; see [`StoreConfig::key_of`] unless set.
    pub key_file: Option<PathBuf>,
    /// How long it is kept what became of each send.
    pub keep_sends: Duration,
    /// How far back it is kept what happened, for `ha-wechaty replay`: longer than a start needs it, as long as that does not
    /// weigh too much.
    pub keep_replay: Duration,
    /// How much room it may need on the disk: beyond that it is forgotten what became of sends, the oldest first. What the
    /// team itself needs is kept, and told if that is more.
    pub max_bytes: ByteSize,
}

impl Default for StoreConfig {
    fn default() -> Self {
        Self {
            path: StorePlace::default(),
            key_file: None,
            keep_sends: 30 * DAY,
            keep_replay: DAY,
            max_bytes: ByteSize::gib(1),
        }
    }
}

impl StoreConfig {
    /// Where the key of a store in this file is: `team.key` of `team.db` and of `team`. Of `team.v2` it is `team.v2.key`, so that
    /// it is not that of `team.v1` as well; unless there is a `team.key`, which may be its own since long.
    pub fn key_of(&self, store: &std::path::Path) -> PathBuf {
        self.key_file.clone().unwrap_or_else(|| {
            let short = store.with_extension("key");
            if store.extension().is_none_or(|it| it == "db") || short.exists() {
                return short;
            }
            let mut whole = store.as_os_str().to_owned();
            whole.push(".key");
            whole.into()
        })
    }
}

/// Where it is kept that must not be forgotten.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum StorePlace {
    /// Nobody has said: in memory, unless [`Config::served`](crate::Config::served) finds a file for it.
    #[default]
    Unset,
    /// In memory, as somebody wants it: it ends with the process.
    Memory,
    /// In this file.
    File(PathBuf),
}

impl Section for StoreConfig {
    const EFFECT: Effect = Effect::AtNextStart;

    fn keys(&mut self, keys: &mut Keys<'_>) {
        let Self { path, key_file, keep_sends, keep_replay, max_bytes } = self;
        keys.set("path", path);
        keys.set_as("key_file", key_file, |KeyFile(path)| Some(path));
        keys.set("keep_sends", keep_sends).within(TIME);
        keys.set("keep_replay", keep_replay).within(Duration::ZERO..=31 * DAY);
        // Less than this a small team needs with all that it may remember.
        keys.set("max_bytes", max_bytes).within(ByteSize::mib(16)..=*SIZE.end());
    }
}

impl FromField for StorePlace {
    const FORM: Form = Form::Text;

    fn from_field(field: &Field<'_>) -> Option<Self> {
        if field.is("memory") {
            return Some(Self::Memory);
        }
        let path = field.path("/var/lib/ha-wechaty/team.db")?;
        if path.is_dir() {
            return field
                .refuse(format!("{} is a folder; name a file in it, such as team.db", path.display()));
        }
        match path.parent() {
            Some(folder) if !folder.as_os_str().is_empty() && !folder.is_dir() => field.refuse(format!(
                "the folder {} is not there; make it, for the gateway's user alone",
                folder.display()
            )),
            _ => Some(Self::File(path)),
        }
    }
}

/// A file that is made if it is not there.
struct KeyFile(PathBuf);

impl FromField for KeyFile {
    const FORM: Form = Form::Text;

    fn from_field(field: &Field<'_>) -> Option<Self> {
        field.path("/etc/ha-wechaty/team.key").map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_stores_share_no_key_but_one_that_is_there() {
        let folder = tempfile::tempdir().expect("a folder");
        let key = |name: &str| {
            let key = StoreConfig::default().key_of(&folder.path().join(name));
            key.file_name().and_then(|it| it.to_str()).map(ToOwned::to_owned)
        };
        let names = ["team.db", "team", "team.v1", "team.v2"];
        let keys = ["team.key", "team.key", "team.v1.key", "team.v2.key"];
        assert_eq!(names.map(key), keys.map(|it| Some(it.to_owned())));
        std::fs::write(folder.path().join("team.key"), "of before").expect("written");
        assert_eq!(key("team.v1").as_deref(), Some("team.key"));
    }
}
