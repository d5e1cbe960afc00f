//! What outlives the gateway's process: key `store`.

use std::{path::PathBuf, time::Duration};

use bytesize::ByteSize;

use super::{Effect, Section};
use crate::reader::{Field, Form, FromField, Keys, SIZE, TIME};

/// What outlives the gateway's process, and where. Key `store`.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct StoreConfig {
    /// Where it is kept that must not be forgotten.
    pub path: StorePlace,
    /// The file with the key that it is sealed with; beside the store, with the ending `.key`, unless set.
    pub key_file: Option<PathBuf>,
    /// How long it is kept what became of each send.
    pub keep_sends: Duration,
    /// How much room it may need on the disk: beyond that it is forgotten what became of sends, the oldest first. What the
    /// team itself needs is kept, and told if that is more.
    pub max_bytes: ByteSize,
}

impl Default for StoreConfig {
    fn default() -> Self {
        let keep_sends = Duration::from_secs(30 * 24 * 3_600);
        Self { path: StorePlace::default(), key_file: None, keep_sends, max_bytes: ByteSize::gib(1) }
    }
}

impl StoreConfig {
    /// Where the key of a store in this file is.
    pub fn key_of(&self, store: &std::path::Path) -> PathBuf {
        self.key_file.clone().unwrap_or_else(|| store.with_extension("key"))
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
        let Self { path, key_file, keep_sends, max_bytes } = self;
        keys.set("path", path);
        keys.set_as("key_file", key_file, |KeyFile(path)| Some(path));
        keys.set("keep_sends", keep_sends).within(TIME);
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
