//! What can be told and copied of a store though a gateway serves it: that one is asked then.

use std::{
    fs,
    io::{self, Write as _},
    path::PathBuf,
    process::ExitCode,
};

use clap::Args;
use ha_wechaty_journal::JournalError;
use ha_wechaty_team::{store, view::StoreInfo};

use super::{Which, wait};
use crate::{
    commands::{
        answer,
        door::{Answer, Door},
    },
    text,
};

/// Says what a store holds.
#[derive(Debug, Args)]
pub(super) struct Info {
    #[command(flatten)]
    door: Door,
    #[command(flatten)]
    which: Which,
    /// As JSON
    #[arg(long)]
    json: bool,
}

/// Copies a store.
#[derive(Debug, Args)]
pub(super) struct Backup {
    /// Where to; a file that is there is never replaced
    #[arg(value_name = "FILE")]
    to: PathBuf,
    #[command(flatten)]
    door: Door,
    #[command(flatten)]
    which: Which,
}

impl Info {
    pub(super) fn run(&self) -> Result<ExitCode, String> {
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
        let place = self.which.place(self.door.config())?;
        if !place.is_placed
            && self.door.answers()?
            && let Ok(told) = self.ask()
        {
            return Ok(told);
        }
        match place.open() {
            Err(JournalError::Locked { .. }) if self.which.store.is_none() => self.ask(),
            Err(why) => Err(why.to_string() + &place.elsewhere()),
            Ok(journal) => {
                let told = wait(StoreInfo::of_file(journal, &place.key))?.map_err(|why| why.to_string())?;
                let from = String::from("no gateway serves it now") + &place.elsewhere();
                Ok((StoreInfo { max_bytes: place.max_bytes, ..told }, from))
            }
        }
    }

    fn ask(&self) -> Result<(StoreInfo, String), String> {
        let Answer { read, from, .. } = self.door.ask::<StoreInfo>("/store")?;
        Ok((read, from))
    }
}

impl Backup {
    pub(super) fn run(&self) -> Result<ExitCode, String> {
        let (key, elsewhere) = if self.door.is_named() { (self.ask()?, String::new()) } else { self.copy()? };
        // What was written is a store like any other: it is looked over before anybody trusts it.
        let journal = store::open_existing(&self.to).map_err(|why| why.to_string())?;
        let looked_over = async {
            if !journal.damaged().await?.is_empty() {
                // Nothing needs it, and a backup is to be whole.
                journal.vacuum().await?;
            }
            journal.check().await?;
            journal.extent().await
        };
        let tip = wait(looked_over)?.map_err(|why| why.to_string())?.tip;
        drop(journal);
        let bytes = fs::metadata(&self.to).map_or(0, |it| it.len());
        let told = text::backup(&self.to, bytes, tip.0, key.as_deref()) + &elsewhere;
        Ok(answer(&told.trim_end(), ExitCode::SUCCESS))
    }

    /// Returns where its key is, and where there is another store that may have been meant.
    fn copy(&self) -> Result<(Option<String>, String), String> {
        let place = self.which.place(self.door.config())?;
        if !place.is_placed && self.door.answers()? {
            return Ok((self.ask()?, String::new()));
        }
        match place.open() {
            Err(JournalError::Locked { .. }) if self.which.store.is_none() => {
                Ok((self.ask()?, String::new()))
            }
            Err(why) => Err(why.to_string() + &place.elsewhere()),
            Ok(journal) => {
                wait(journal.back_up(self.to.clone()))?.map_err(|why| why.to_string())?;
                Ok((Some(place.key.display().to_string()), place.elsewhere()))
            }
        }
    }

    /// The gateway makes it, and this program writes it, with its own user's rights.
    fn ask(&self) -> Result<Option<String>, String> {
        let fails = |error: io::Error| format!("{} can't be written: {error}", self.to.display());
        let mut options = fs::OpenOptions::new();
        std::os::unix::fs::OpenOptionsExt::mode(options.write(true).create_new(true), 0o600);
        let mut file = options.open(&self.to).map_err(|error| {
            if error.kind() == io::ErrorKind::AlreadyExists {
                return format!("{} is there already; a backup never replaces a file", self.to.display());
            }
            fails(error)
        })?;
        let written = self.door.download("/store/copy", &mut |piece| {
            file.write_all(piece).map_err(|error| io::Error::other(fails(error)))
        });
        let written = written.and_then(|()| file.sync_all().map_err(fails));
        if let Err(why) = written {
            // Half a backup is none; that it was not written is what is told.
            let _ = fs::remove_file(&self.to);
            return Err(why);
        }
        Ok(self.door.ask::<StoreInfo>("/store").ok().map(|answer| answer.read.key))
    }
}
