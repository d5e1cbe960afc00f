//! What a host needs of the team whose account it drives.

use std::{fmt, sync::Arc};

use ha_wechaty_config::HostConfig;
use ha_wechaty_core::{AccountId, Backoff};

use super::Hosts;

/// The team's side of one account's host.
#[derive(Debug, Clone)]
pub struct Home {
    /// What the team is called: its sessions are apart from those of others.
    pub team: String,
    /// What the account is called, and its place.
    pub name: String,
    /// The account's place, where `hosts` is told of it.
    pub account: AccountId,
    /// How hosts are run.
    pub host: HostConfig,
    /// How long to wait between attempts.
    pub backoff: Backoff,
    /// Where all hosts stand.
    pub hosts: Arc<Hosts>,
    /// How many lines the puppet may have in the log.
    pub lines: Arc<dyn Lines>,
}

/// How many lines a puppet may have in the log.
pub trait Lines: fmt::Debug + Send + Sync {
    /// Whether one more line is to be written now. If not, it is counted, and its words are for the line that says so.
    fn lets(&self, words: &str) -> bool;

    /// Counts a line that is not to be written, since the same was lately.
    fn holds(&self, words: &str);
}
