//! The store, as people and pages see it.

use std::{path::Path, sync::Arc, time::SystemTime};

use ha_wechaty_core::{Team, Time};
use ha_wechaty_journal::{Extent, Journal, JournalError, Log, OnDisk, Position, SealKey};
use serde::{Deserialize, Serialize};

use crate::{
    state::{
        Shared,
        records::{Kept, StoreHealth, StoreTrouble},
    },
    store::{self, Restored, on_the_wall},
};

/// How the store of a running gateway is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StoreStatus {
    /// The file that it is in.
    pub path: String,
    /// What it takes on the disk, in bytes.
    pub bytes: u64,
    /// The last record that is known to be durable.
    pub position: u64,
    /// For how long nothing was written, if this gateway has written anything.
    pub idle: Option<f64>,
    /// Why nothing can be written now, if it is so.
    pub trouble: Option<WriteTrouble>,
    /// How old the oldest fact is that is not durable yet, in seconds; 0 when all are.
    #[serde(default)]
    pub lag: f64,
}

/// Why nothing can be written down, or no snapshot be kept.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct WriteTrouble {
    /// Why, and what helps.
    pub why: String,
    /// For how long.
    pub seconds: f64,
    /// Whether it can't get well by itself.
    pub is_final: bool,
}

impl StoreStatus {
    /// As it is now; none where nothing outlives the process.
    pub(super) fn of(health: &StoreHealth) -> Option<Self> {
        let OnDisk { path, bytes, .. } = health.kept()?.journal.on_disk()?;
        let (path, position) = (path.display().to_string(), health.tip().0);
        let idle = health.written().map(ago);
        let lag = health.lag().as_secs_f64();
        Some(Self { path, bytes, position, idle, trouble: WriteTrouble::of(health), lag })
    }
}

impl WriteTrouble {
    fn of(health: &StoreHealth) -> Option<Self> {
        health.trouble().map(|it| Self::new(&it))
    }

    /// Why no snapshot can be kept.
    pub(super) fn unkept(health: &StoreHealth) -> Option<Self> {
        health.unkept().map(|it| Self::new(&it))
    }

    fn new(trouble: &StoreTrouble) -> Self {
        Self { why: trouble.why.clone(), seconds: ago(trouble.since), is_final: trouble.is_final }
    }
}

fn ago(then: SystemTime) -> f64 {
    then.elapsed().unwrap_or_default().as_secs_f64()
}

/// A store, and how much is in it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StoreInfo {
    /// The file that it is in.
    pub path: String,
    /// The file of the key that it is sealed with.
    pub key: String,
    /// The form of its tables.
    pub format: u32,
    /// What it takes on the disk, in bytes.
    pub bytes: u64,
    /// The room that it needs, in bytes; the rest of what it takes is used again.
    #[serde(default)]
    pub needed: u64,
    /// How much room it may need, in bytes; none is known of a file without its configuration.
    #[serde(default)]
    pub max_bytes: Option<u64>,
    /// How many records it has, and what they weigh.
    pub records: u64,
    /// See `records`.
    pub record_bytes: u64,
    /// The position of its first record, and of its last one; 0 if it has none.
    pub first: u64,
    /// See `first`.
    pub last: u64,
    /// How many snapshots it has, and what they weigh.
    pub snapshots: u64,
    /// See `snapshots`.
    pub snapshot_bytes: u64,
    /// How many sends its ledger has, which `ha-wechaty sends` tells of.
    #[serde(default)]
    pub ledger: u64,
    /// When something was written down last.
    pub last_note: Option<String>,
    /// What its team knows, if it could be read.
    pub knows: Option<StoreContent>,
    /// Why it could not be read.
    pub unread: Option<String>,
    /// Why nothing can be written now, if a gateway serves it and it is so.
    pub trouble: Option<WriteTrouble>,
}

/// What a store's team knows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoreContent {
    /// Messages that it would know again.
    pub messages: u64,
    /// Sends of which it is not known yet what became of them.
    pub sends: u64,
    /// Events that bots have not acknowledged.
    pub waiting: u64,
}

impl StoreContent {
    /// Of a team.
    pub fn of(team: &Team) -> Self {
        let open = team.tables().into_iter().filter(|(name, _)| ["under_way", "unsure"].contains(name));
        Self {
            messages: team.dedup().len() as u64,
            sends: open.map(|(_, entries)| entries as u64).sum(),
            waiting: team.bots().backlog() as u64,
        }
    }
}

impl StoreInfo {
    async fn new(journal: &Arc<dyn Journal>, key: String) -> Result<Self, JournalError> {
        let Extent { head, tip, record_bytes, snapshots, snapshot_bytes, lines, bytes: needed } =
            journal.extent().await?;
        let in_memory = || JournalError::Unavailable { cause: String::from("it is in memory") };
        let OnDisk { path, format, bytes } = journal.on_disk().ok_or_else(in_memory)?;
        let records = tip.0.saturating_sub(head.0);
        Ok(Self {
            path: path.display().to_string(),
            key,
            format,
            bytes,
            needed,
            max_bytes: None,
            records,
            record_bytes,
            first: if records > 0 { head.next().0 } else { 0 },
            last: tip.0,
            snapshots,
            snapshot_bytes,
            ledger: lines,
            last_note: None,
            knows: None,
            unread: None,
            trouble: None,
        })
    }

    /// Of a file that no gateway serves; its key is in that one.
    ///
    /// # Errors
    /// It can't be asked. That what is in it can't be read is told instead.
    pub async fn of_file(journal: Arc<dyn Journal>, key: &Path) -> Result<Self, JournalError> {
        let mut info = Self::new(&journal, key.display().to_string()).await?;
        if info.last == Position::START.0 {
            return Ok(info);
        }
        let restored = async {
            let past = Log::open(journal, SealKey::in_file(key, false)?).await?.1;
            Ok::<_, JournalError>((store::damage(&past), store::restore(past)?))
        };
        match restored.await {
            Ok((damage, restored)) => {
                info.unread = damage;
                if let Some(Restored { team, last, .. }) = restored {
                    info.last_note = Some(on_the_wall(&team, last));
                    info.knows = Some(StoreContent::of(&team));
                }
            }
            Err(why) => info.unread = Some(why.to_string()),
        }
        Ok(info)
    }

    /// Of the store that a team writes to; `knows` is of the team as it is now.
    ///
    /// # Errors
    /// It can't be asked, or there is none.
    pub async fn of_running(health: &StoreHealth, knows: StoreContent) -> Result<Self, JournalError> {
        let none = || JournalError::Unavailable { cause: String::from(NONE) };
        let Kept { journal, key, max_bytes, .. } = health.kept().ok_or_else(none)?;
        let mut info = Self::new(journal, key.clone()).await?;
        info.max_bytes = Some(*max_bytes);
        info.last_note = health.written().map(|at| humantime::format_rfc3339_millis(at).to_string());
        info.knows = Some(knows);
        info.trouble = WriteTrouble::of(health);
        info.unread = journal.damaged().await?.last().copied().map(store::stuck);
        Ok(info)
    }

    /// What of a team goes into [`StoreInfo::of_running`].
    pub fn look(team: &Team, _: &Shared, _: Time) -> StoreContent {
        StoreContent::of(team)
    }
}

/// What is said where there is no store.
pub const NONE: &str = "there is none: [store] path is \"memory\", or the gateway's user has no home folder; so all that it would hold ends \
     with the gateway";

#[cfg(test)]
#[cfg(feature = "sqlite")]
mod tests {
    use std::{fs, path::Path};

    use bytes::Bytes;
    use ha_wechaty_journal::{Snapshot, SqliteJournal};

    use super::*;

    /// Scribbles over the pages that lead to what consists of this byte.
    fn scribble(path: &Path, byte: u8) {
        let mut bytes = fs::read(path).expect("read");
        let leads = |page: &[u8]| page[0] == 0x0D && page.windows(64).any(|it| it == [byte; 64]);
        bytes.chunks_mut(4_096).filter(|page| leads(page)).for_each(|page| page.fill(0xA5));
        fs::write(path, bytes).expect("damaged");
    }

    #[tokio::test]
    async fn what_is_damaged_is_told_while_a_gateway_serves_it_and_while_none_does() {
        let folder = tempfile::tempdir().expect("a folder");
        let (path, key) = (folder.path().join("store.db"), folder.path().join("key"));
        let open = || Arc::new(SqliteJournal::open(&path).expect("opens"));
        let (mut log, _) =
            Log::open(open(), SealKey::in_file(&key, true).expect("a key")).await.expect("opens");
        log.prepare(&[], &[]).expect("sealed");
        log.append().await.expect("appended");
        let snapshot = Snapshot { position: log.tip(), bytes: Bytes::from(vec![7; 4 << 20]) };
        log.journal().keep(snapshot).await.expect("kept");
        log.journal().close().await;
        drop(log);
        scribble(&path, 7);
        let journal: Arc<dyn Journal> = open();
        let again =
            async || Log::open(journal.clone(), SealKey::in_file(&key, false).expect("the key")).await;
        let (log, _) = again().await.expect("its record is there");
        log.keeper().keep(log.tip(), Bytes::new(), 0..u64::MAX, u64::MAX).await.expect("it heals");
        let (log, past) = again().await.expect("opens");
        assert_eq!(past.stuck, [Position(1)]);
        let health = StoreHealth::default();
        health.begins(&log, 1);
        let knows = StoreContent { messages: 0, sends: 0, waiting: 0 };
        let running = StoreInfo::of_running(&health, knows).await.expect("it is asked");
        drop((log, health));
        let closed = StoreInfo::of_file(journal.clone(), &key).await.expect("it is asked");
        for info in [running, closed] {
            let told = info.unread.unwrap_or_default();
            assert!(told.contains("its old snapshot of record 1 can be neither read nor removed"), "{told}");
            assert!(told.contains("ha-wechaty store vacuum"), "{told}");
        }
    }
}
