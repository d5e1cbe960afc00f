//! What files take of memory, of the disk and of the files that this process may open; each bot has its part of all of it.

use std::{io, sync::Arc};

use ha_wechaty_core::BotId;

use crate::state::{
    bounded::Load,
    budget::{Budget, Portion as Taken},
};
use ha_wechaty_config::{Config, bytes};
use ha_wechaty_transport::descriptors;

/// What a file costs in memory besides what it holds.
const ENTRY: usize = 512;

/// What all files take, and may take.
#[derive(Debug)]
pub(super) struct Held {
    /// How many there may be, whatever they hold.
    files: Arc<Budget>,
    /// What they may have in memory, in bytes.
    memory: Arc<Budget>,
    /// What bots may have on disk, in bytes.
    disk: Arc<Budget>,
    /// How many of their files may be there: each is open as long as it waits.
    open: Arc<Budget>,
}

/// What one file takes, until it is gone.
#[derive(Debug)]
pub(super) struct Share {
    files: Taken,
    pub(super) memory: Taken,
    disk: Taken,
    open: Taken,
}

impl Held {
    pub(super) fn new(config: &Config) -> Self {
        Self {
            files: Budget::new(bytes(config.memory.uploads) / ENTRY, config.bots.len()),
            memory: Budget::new(bytes(config.memory.uploads), config.bots.len()),
            disk: Budget::new(bytes(config.gateway.spool_disk), config.bots.len()),
            open: Budget::new(descriptors::for_spool(), config.bots.len()),
        }
    }

    /// Which bots are there now, by place.
    pub(super) fn set_bots(&self, here: &[bool]) {
        [&self.files, &self.memory, &self.disk, &self.open].into_iter().for_each(|it| it.set_bots(here));
    }

    /// What they take in memory, and on disk.
    pub(super) fn loads(&self) -> [(&'static str, Load); 2] {
        let of = |count: &Budget, sort: &Budget| Load { entries: count.load().bytes, ..sort.load() };
        [("uploads", of(&self.files, &self.memory)), ("uploads_on_disk", of(&self.open, &self.disk))]
    }
}

impl Share {
    pub(super) fn new(held: &Held, bot: BotId) -> Self {
        let of = |budget: &Arc<Budget>| budget.held(bot);
        Self { files: of(&held.files), memory: of(&held.memory), disk: of(&held.disk), open: of(&held.open) }
    }

    /// It is one file more, whatever it holds.
    pub(super) fn is_one(&self) -> io::Result<()> {
        if self.files.amount() > 0 {
            return Ok(());
        }
        self.files.take(1).map_err(|_| {
            crowded("so many files wait already that no more are taken, small or large (memory.uploads)")
        })
    }

    /// What was in memory, so much, is about to be on disk.
    pub(super) fn moves_to_disk(&self, bytes: usize) -> io::Result<()> {
        self.open.take(1).map_err(|_| {
            crowded(
                "no more files are taken: a bot has its part of an eighth of the files that this process may have open \
                 (ulimit -n)",
            )
        })?;
        self.takes_disk(bytes)
    }

    /// It is there.
    pub(super) fn has_left_memory(&mut self, bot: BotId, held: &Held) {
        self.memory = held.memory.held(bot);
    }

    pub(super) fn takes_disk(&self, bytes: usize) -> io::Result<()> {
        self.disk
            .take(bytes)
            .map_err(|spent| crowded(format!("no more files are taken: {spent} (gateway.spool_disk)")))
    }
}

fn crowded(text: impl Into<String>) -> io::Error {
    io::Error::new(io::ErrorKind::StorageFull, text.into())
}
