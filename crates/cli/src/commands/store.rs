//! `ha-wechaty store`: what outlives the gateway, as an operator looks after it. On a store that nobody has open it works
//! on the file; what a gateway can tell of its own it is asked for.

use std::{
    fs, io,
    io::Write as _,
    path::{Path, PathBuf},
    process::ExitCode,
    sync::Arc,
};

use clap::{Args, Subcommand};
use ha_wechaty_config::{Environment, StoreConfig, StorePlace};
use ha_wechaty_journal::{Journal, JournalError, JournalPast, Log, Position, SealKey};
use ha_wechaty_team::{store, view::StoreInfo};

use super::{
    answer, complain,
    door::{Answer, Door},
    flags, out, runtime,
};
use crate::text;

/// Exit code when nobody could look.
const NOT_LOOKED_AT: u8 = 2;

/// How many sends of the ledger are read at once.
const AT_ONCE: usize = 1_000;

/// Looks after the store.
#[derive(Debug, Args)]
pub(super) struct Store {
    #[command(subcommand)]
    act: Act,
}

#[derive(Debug, Subcommand)]
enum Act {
    /// Say where it is, how large it is, and how much it holds; a gateway that serves it is asked
    Info(Info),
    /// Look whether all of it is there and can be read; exit with 1 if not, with 2 if nobody can look, as while a gateway
    /// serves it (check a backup then)
    Check(Closed),
    /// Write a copy of it, while a gateway serves it or not. It is sealed: keep its key file as well, elsewhere
    Backup(Backup),
    /// Give back the room on the disk that it does not need any more; no gateway may serve it
    Vacuum(Closed),
    /// Write what happened as JSON, a line for each note: when, which account, which message, what came of it. Never what
    /// was said, no topic, no token. No gateway may serve it; export a backup then
    Export(Closed),
}

/// Which store.
#[derive(Debug, Args)]
struct Which {
    /// The store, or a backup of one [default: store.path of the configuration]
    #[arg(long, value_name = "FILE")]
    store: Option<PathBuf>,
    /// Its key [default: store.key_file of the configuration, or the file beside the store that ends in .key]
    #[arg(long, value_name = "FILE")]
    key_file: Option<PathBuf>,
}

/// One that nobody has open.
#[derive(Debug, Args)]
struct Closed {
    /// The configuration that names it [default: HA_WECHATY_CONFIG, or ha-wechaty.toml if there is one]
    #[arg(short, long, value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(flatten)]
    which: Which,
}

#[derive(Debug, Args)]
struct Info {
    #[command(flatten)]
    door: Door,
    #[command(flatten)]
    which: Which,
    /// As JSON
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
struct Backup {
    /// Where to; a file that is there is never replaced
    #[arg(value_name = "FILE")]
    to: PathBuf,
    #[command(flatten)]
    door: Door,
    #[command(flatten)]
    which: Which,
}

/// A store's file, and its key's.
struct Place {
    store: PathBuf,
    key: PathBuf,
}

impl Store {
    pub(super) fn run(&self) -> ExitCode {
        let failed =
            if let Act::Check(_) = self.act { ExitCode::from(NOT_LOOKED_AT) } else { ExitCode::FAILURE };
        let done = match &self.act {
            Act::Info(info) => info.run(),
            Act::Check(closed) => closed.check(),
            Act::Backup(backup) => backup.run(),
            Act::Vacuum(closed) => closed.vacuum(),
            Act::Export(closed) => closed.export(),
        };
        done.unwrap_or_else(|why| {
            complain(&format_args!("ha-wechaty store {}: {why}", self.act.name()));
            failed
        })
    }
}

impl Act {
    fn name(&self) -> &'static str {
        match self {
            Self::Info(_) => "info",
            Self::Check(_) => "check",
            Self::Backup(_) => "backup",
            Self::Vacuum(_) => "vacuum",
            Self::Export(_) => "export",
        }
    }
}

impl Which {
    /// The store that is named here, or that a configuration names.
    fn place(&self, config: Option<&Path>) -> Result<Place, String> {
        let mut configured = StoreConfig::default();
        if self.store.is_none() {
            let mut draft = flags::draft(config).map_err(|error| error.to_string())?;
            draft.lay(&Environment::of_process());
            configured = draft.finish_store().map_err(|error| error.to_string())?;
        }
        let store = match (&self.store, &configured.path) {
            (Some(store), _) | (None, StorePlace::File(store)) => store.clone(),
            (None, StorePlace::Memory) => {
                return Err(String::from(
                    "there is none: [store] path is \"memory\", so all that it would hold ends with the gateway. Name a file \
                     there, or here with --store",
                ));
            }
        };
        let key = self.key_file.clone().unwrap_or_else(|| configured.key_of(&store));
        Ok(Place { store, key })
    }
}

impl Info {
    fn run(&self) -> Result<ExitCode, String> {
        let (info, from) = if self.door.is_named() { self.ask()? } else { self.look()? };
        let code = if info.unread.is_some() || info.trouble.is_some() {
            ExitCode::FAILURE
        } else {
            ExitCode::SUCCESS
        };
        let told = match self.json {
            true => serde_json::to_string_pretty(&info).map_err(|error| error.to_string())?,
            false => text::store(&info) + &from,
        };
        Ok(answer(&told.trim_end(), code))
    }

    fn look(&self) -> Result<(StoreInfo, String), String> {
        let Place { store, key } = self.which.place(self.door.config())?;
        match store::open_existing(&store) {
            Err(JournalError::Locked { .. }) if self.which.store.is_none() => self.ask(),
            Err(why) => Err(why.to_string()),
            Ok(journal) => {
                let told = wait(StoreInfo::of_file(journal, &key))?.map_err(|why| why.to_string())?;
                Ok((told, String::from("no gateway serves it now")))
            }
        }
    }

    fn ask(&self) -> Result<(StoreInfo, String), String> {
        let Answer { read, from, .. } = self.door.ask::<StoreInfo>("/store")?;
        Ok((read, from))
    }
}

impl Backup {
    fn run(&self) -> Result<ExitCode, String> {
        let key = if self.door.is_named() { self.ask()? } else { self.copy()? };
        // What was written is a store like any other: it is looked over before anybody trusts it.
        let journal = store::open_existing(&self.to).map_err(|why| why.to_string())?;
        let looked_over = async {
            journal.check().await?;
            journal.extent().await
        };
        let tip = wait(looked_over)?.map_err(|why| why.to_string())?.tip;
        drop(journal);
        let bytes = fs::metadata(&self.to).map_or(0, |it| it.len());
        Ok(answer(&text::backup(&self.to, bytes, tip.0, key.as_deref()), ExitCode::SUCCESS))
    }

    /// Returns where its key is.
    fn copy(&self) -> Result<Option<String>, String> {
        let Place { store, key } = self.which.place(self.door.config())?;
        match store::open_existing(&store) {
            Err(JournalError::Locked { .. }) if self.which.store.is_none() => self.ask(),
            Err(why) => Err(why.to_string()),
            Ok(journal) => {
                wait(journal.back_up(self.to.clone()))?.map_err(|why| why.to_string())?;
                Ok(Some(key.display().to_string()))
            }
        }
    }

    /// The gateway makes it, and this program writes it, with its own user's rights.
    fn ask(&self) -> Result<Option<String>, String> {
        let fails = |error: io::Error| format!("{} can't be written: {error}", self.to.display());
        let mut options = fs::OpenOptions::new();
        std::os::unix::fs::OpenOptionsExt::mode(options.write(true).create_new(true), 0o600);
        let mut file = options.open(&self.to).map_err(|error| match error.kind() {
            io::ErrorKind::AlreadyExists => {
                format!("{} is there already; a backup never replaces a file", self.to.display())
            }
            _ => fails(error),
        })?;
        let written = self.door.download("/store/copy", &mut |piece| file.write_all(piece));
        let written = written.and_then(|()| file.sync_all().map_err(fails));
        if let Err(why) = written {
            // Half a backup is none; that it was not written is what is told.
            let _ = fs::remove_file(&self.to);
            return Err(why);
        }
        Ok(self.door.ask::<StoreInfo>("/store").ok().map(|answer| answer.read.key))
    }
}

impl Closed {
    fn open(&self) -> Result<(Arc<dyn Journal>, Place), String> {
        let place = self.which.place(self.config.as_deref())?;
        let journal = store::open_existing(&place.store).map_err(|why| told(&why))?;
        Ok((journal, place))
    }

    fn check(&self) -> Result<ExitCode, String> {
        let (journal, place) = match self.which.place(self.config.as_deref()) {
            Ok(place) => match store::open_existing(&place.store) {
                Ok(journal) => (journal, place),
                Err(
                    why @ (JournalError::Corrupt { .. }
                    | JournalError::Foreign { .. }
                    | JournalError::Newer { .. }),
                ) => {
                    complain(&format_args!("ha-wechaty store check: {why}"));
                    return Ok(ExitCode::FAILURE);
                }
                Err(why) => return Err(told(&why)),
            },
            Err(why) => return Err(why),
        };
        match wait(whole(journal, &place.key))? {
            Ok(found) => Ok(answer(&text::whole(&place.store, found), ExitCode::SUCCESS)),
            Err(why) => {
                complain(&format_args!("ha-wechaty store check: {why}"));
                Ok(ExitCode::FAILURE)
            }
        }
    }

    fn vacuum(&self) -> Result<ExitCode, String> {
        let (journal, place) = self.open()?;
        let size = || journal.on_disk().map_or(0, |it| it.bytes);
        let before = size();
        wait(journal.vacuum())?.map_err(|why| why.to_string())?;
        Ok(answer(&text::vacuumed(&place.store, before, size()), ExitCode::SUCCESS))
    }

    fn export(&self) -> Result<ExitCode, String> {
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

/// What is wrong, and what helps somebody who wanted to look.
fn told(why: &JournalError) -> String {
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
    let mut read = 0;
    loop {
        match lines.newest(read, AT_ONCE).await?.len() {
            0 => return Ok(read),
            more => read += more,
        }
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

fn wait<T>(what: impl Future<Output = T>) -> Result<T, String> {
    Ok(runtime().map_err(|error| error.to_string())?.block_on(what))
}
