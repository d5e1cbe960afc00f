//! What needs a store that nobody has open.

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
    sync::Arc,
};

use clap::Args;
use ha_wechaty_journal::{Journal, JournalError, JournalPast, Log, Position, SealKey};
use ha_wechaty_team::store;

use super::{Place, Which, wait};
use crate::{
    commands::{answer, complain, out},
    text,
};

/// How many sends of the ledger are read at once.
const AT_ONCE: usize = 1_000;

/// One that nobody has open.
#[derive(Debug, Args)]
pub(super) struct Closed {
    /// The configuration that names it [default: HA_WECHATY_CONFIG, or ha-wechaty.toml if there is one]
    #[arg(short, long, value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(flatten)]
    which: Which,
}

impl Closed {
    fn open(&self) -> Result<(Arc<dyn Journal>, Place), String> {
        let place = self.which.place(self.config.as_deref())?;
        let journal = place.open().map_err(|why| told(&why) + &place.elsewhere())?;
        Ok((journal, place))
    }

    pub(super) fn check(&self) -> Result<ExitCode, String> {
        let place = self.which.place(self.config.as_deref())?;
        let looked = match place.open() {
            Ok(journal) => wait(whole(journal, &place.key))?,
            Err(why) => Err(why),
        };
        match looked {
            Ok(found) => {
                let told = text::whole(&place.store, found) + &place.elsewhere();
                Ok(answer(&told.trim_end(), ExitCode::SUCCESS))
            }
            Err(why) if is_fault(&why) => {
                complain(&format_args!("ha-wechaty store check: {why}"));
                Ok(ExitCode::FAILURE)
            }
            // Nobody could look.
            Err(why) => Err(told(&why) + &place.elsewhere()),
        }
    }

    pub(super) fn vacuum(&self) -> Result<ExitCode, String> {
        let (journal, place) = self.open()?;
        let size = || journal.on_disk().map_or(0, |it| it.bytes);
        let before = size();
        wait(journal.vacuum())?.map_err(|why| why.to_string())?;
        Ok(answer(&text::vacuumed(&place.store, before, size()), ExitCode::SUCCESS))
    }

    pub(super) fn export(&self) -> Result<ExitCode, String> {
        let (journal, place) = self.open()?;
        let past = wait(read(journal, &place.key))?.map_err(|why| why.to_string())?;
        let mut is_read = true;
        let exported = store::export(past, &mut |line| {
            is_read = is_read && out::goes_on(line).map_err(|cause| JournalError::Unavailable { cause })?;
            Ok(())
        });
        exported.map(|()| ExitCode::SUCCESS).map_err(|why| why.to_string())
    }
}

/// Whether something is wrong with a store, rather than with the way to it.
fn is_fault(why: &JournalError) -> bool {
    match why {
        JournalError::Corrupt { .. }
        | JournalError::Unreadable { .. }
        | JournalError::Foreign { .. }
        | JournalError::Newer { .. }
        | JournalError::WrongKey { .. } => true,
        JournalError::Fenced { .. }
        | JournalError::Locked { .. }
        | JournalError::NoRoom { .. }
        | JournalError::ReadOnly { .. }
        | JournalError::BadKey { .. }
        | JournalError::Unavailable { .. } => false,
    }
}

/// What is wrong, and what helps somebody who wanted to look.
pub(in crate::commands) fn told(why: &JournalError) -> String {
    match why {
        JournalError::Locked { path } => format!(
            "{} is in use: a gateway serves it. End that one first, or make a backup (ha-wechaty store backup FILE), which \
             can be looked at while it runs (--store FILE, with its --key-file)",
            path.display()
        ),
        JournalError::Fenced { .. }
        | JournalError::NoRoom { .. }
        | JournalError::ReadOnly { .. }
        | JournalError::Corrupt { .. }
        | JournalError::Unreadable { .. }
        | JournalError::Foreign { .. }
        | JournalError::Newer { .. }
        | JournalError::WrongKey { .. }
        | JournalError::BadKey { .. }
        | JournalError::Unavailable { .. } => why.to_string(),
    }
}

/// Looks whether all of it is there, and can be read; says how much that is.
async fn whole(journal: Arc<dyn Journal>, key: &Path) -> Result<text::Whole, JournalError> {
    journal.check().await?;
    let tip = journal.extent().await?.tip;
    let past = read(journal.clone(), key).await?;
    if let Some(newest) = past.damaged.first() {
        let path = journal.on_disk().map_or_else(|| "the store".into(), |it| it.path);
        let cause = format!(
            "its snapshot of record {newest} can't be read; the one before it, and the records behind that, make up for it"
        );
        return Err(JournalError::Corrupt { path, cause });
    }
    let sends = if tip == Position::START { 0 } else { ledger(journal, key).await? };
    let (records, mut notes, mut last) = (past.records.len() as u64, 0, None);
    let snapshot = past.snapshot.as_ref().map(|it| it.position.0);
    store::export(past, &mut |line| {
        notes += 1;
        last = Some(line.to_owned());
        Ok(())
    })?;
    let last = last.and_then(|line| serde_json::from_str::<serde_json::Value>(&line).ok());
    let last = last.and_then(|line| Some(line.get("at")?.as_str()?.to_owned()));
    Ok(text::Whole { tip: tip.0, records, snapshot, notes, last, sends })
}

/// Reads the ledger of sends, and says how many there are.
async fn ledger(journal: Arc<dyn Journal>, key: &Path) -> Result<usize, JournalError> {
    let lines = Log::open(journal, SealKey::in_file(key, false)?).await?.0.lines();
    let (mut read, mut before) = (0, None);
    loop {
        let some = lines.newest(before, AT_ONCE).await?;
        let Some((last, _)) = some.last() else { return Ok(read) };
        (read, before) = (read + some.len(), Some(*last));
    }
}

/// All that it holds; nothing, without its key, if it holds nothing.
async fn read(journal: Arc<dyn Journal>, key: &Path) -> Result<JournalPast, JournalError> {
    if journal.extent().await?.tip == Position::START {
        return Ok(JournalPast::default());
    }
    let key = SealKey::in_file(key, false)?;
    Log::open(journal, key).await.map(|(_, past)| past)
}
