//! What is on its way between bots and accounts: what requests and answers weigh, and files.
//!
//! A file's id lives in one service's registry. What a bot uploads is spooled here, and handed to whichever
//! account the file is then sent from; what an account offers is tagged with its name, fetched from it when
//! a bot asks, and carried over when the file goes out through a teammate.

mod share;
mod spool;

use std::{io, sync::Arc};

use ha_wechaty_config::{Config, bytes};

pub use spool::{CHUNK, Lent, Spool, Spooled, Writer, full, unreadable};

use super::{budget::Budget, limits::Limits};

/// What is on its way.
#[derive(Debug)]
pub struct Transit {
    /// What requests of bots and their answers weigh.
    pub requests: Arc<Budget>,
    /// Files.
    pub spool: Spool,
    /// How large requests may be, and how long they have to come.
    pub limits: Arc<Limits>,
}

impl Transit {
    /// Nothing yet.
    ///
    /// # Errors
    /// The spool can't be used.
    pub fn new(config: &Config, limits: Arc<Limits>) -> io::Result<Self> {
        let requests = Budget::new(bytes(config.memory.requests), config.bots.len());
        Ok(Self { requests, spool: Spool::new(config)?, limits })
    }

    /// Which bots are there now, by place.
    pub(super) fn set_bots(&self, here: &[bool]) {
        self.requests.set_bots(here);
        self.spool.set_bots(here);
    }
}
