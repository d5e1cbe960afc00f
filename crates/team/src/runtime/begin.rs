//! What there is to begin with: nothing, or what another process left.

use std::time::Duration;

use ha_wechaty_config::Config;
use ha_wechaty_core::{AccountId, Command, Input, Team, Time};
use ha_wechaty_journal::{JournalError, Line, Log};

use super::left::Left;
use crate::{
    engine::{self, new_team},
    state::{Begins, Shared, accounts::Unread, clock::Clock, knowledge::PageRecord, sends::SendRecord},
    store::{self, Behind, Noted, Opened, Restored, at_wall},
};

/// What a team begins with.
pub(super) struct Beginning {
    pub(super) team: Team,
    pub(super) begins: Begins,
    /// Where it is written down what happens, if anywhere.
    pub(super) keeps: Option<Keeps>,
    pub(super) remembered: Remembered,
}

/// Where it is written down what happens, and what is to be written there first: the team knows it.
#[derive(Debug)]
pub(super) struct Keeps {
    pub(super) log: Log,
    pub(super) first: Noted,
    /// What stands beside the journal, newest first.
    pub(super) newest: Vec<Line>,
    /// What is to stand there, and does not: sends that were over when the process was.
    pub(super) unwritten: Vec<SendRecord>,
    /// What stands behind the last snapshot.
    pub(super) behind: Behind,
    /// After so many notes another one is made.
    pub(super) every: u64,
}

/// What is known besides what the core knows.
#[derive(Default)]
pub(super) struct Remembered {
    pages: Vec<(Time, PageRecord)>,
    joins: Vec<Command>,
    left: Left,
    is_restored: bool,
}

impl Beginning {
    /// With what a journal holds.
    pub(super) fn new(config: &Config, opened: Option<Opened>) -> Result<Self, JournalError> {
        let Some(Opened { log, past, newest, now: wall, since, every }) = opened else {
            let (team, ..) = new_team(config);
            return Ok(Self {
                team,
                begins: Begins::default(),
                keeps: None,
                remembered: Remembered::default(),
            });
        };
        let bytes = past.records.iter().map(|it| it.bytes.len()).sum();
        let snapshot = past.snapshot.as_ref().map_or(0, |it| it.bytes.len());
        let is_of_another = past.is_of_another;
        let is_urgent = is_of_another || !past.damaged.is_empty();
        let Some(restored) = store::restore(past)? else {
            let (team, setup, seed) = new_team(config);
            let first = Noted::Begins { at: Time::ZERO, setup: Box::new(setup), seed };
            let keeps = Some(Keeps {
                log,
                first,
                newest,
                unwritten: Vec::new(),
                behind: Behind::nothing(Time::ZERO),
                every,
            });
            return Ok(Self { team, begins: Begins::default(), keeps, remembered: Remembered::default() });
        };
        let Restored { mut team, pages, joins, sends, since: made, last, facts } = restored;
        let behind = Behind { notes: facts, bytes, since: made, snapshot, is_urgent };
        let mut left = Left::new(&team, sends, &newest);
        let unwritten = std::mem::take(&mut left.unwritten);
        // Never back: a clock that is behind makes us slower. But behind by as long as this start took it would be faster
        // after the next one, which may take less.
        let now = last.max(at_wall(&team, wall + since.elapsed()));
        let clock = Clock::from(now);
        let setup = engine::setup(config, team.epoch());
        let input = Input::Restarts { setup: Box::new(setup) };
        team.handle(now, input.clone());
        let names = AccountId::first(team.accounts().len());
        let names = names.map(|account| team.identity().name(account).to_owned()).collect();
        let begins = Begins { clock, names, numbers: team.numbers() };
        if is_of_another {
            tracing::info!("another version wrote the store: this one begins with a snapshot");
        }
        tracing::info!(facts, pages = pages.len(), "the store was read: the team goes on where it was");
        let keeps =
            Some(Keeps { log, first: Noted::Fact { at: now, input }, newest, unwritten, behind, every });
        Ok(Self { team, begins, keeps, remembered: Remembered { pages, joins, left, is_restored: true } })
    }
}

impl Remembered {
    /// Gives each part of the state what it knew.
    pub(super) fn hand_on(self, team: &Team, shared: &Shared) {
        if !self.is_restored {
            return;
        }
        let now = shared.clock.now();
        let (identity, book) = (team.identity(), &shared.knowledge.book);
        for (at, page) in self.pages {
            book.restore(identity, page, now - at);
        }
        for join in self.joins {
            if let Command::Join { known, copy } = join {
                book.join(identity, &known, &copy);
            }
        }
        shared.sending.pacer.resume(team.spent());
        for (bot, file, since) in self.left.doubts {
            if let Some(bot) = shared.bots.named(&bot) {
                shared.sending.doubts.restore(bot, file, since.map_or(Duration::ZERO, |since| now - since));
            }
        }
        for (send, open) in self.left.orphans {
            shared.sending.open.is_orphaned(send, open);
        }
        for account in AccountId::first(team.accounts().len()) {
            if let Some(heard) = team.accounts()[account.index()].last_heard() {
                shared.accounts.links.hears(account, heard.clone());
            }
            for (id, told) in team.owed(account) {
                shared.accounts.links.keep_unread(account, Unread::message(id, shared.clock.instant(told)));
            }
            for (id, told) in team.invitations_owed(account) {
                shared
                    .accounts
                    .links
                    .keep_unread(account, Unread::invitation(id, shared.clock.instant(told)));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{path::Path, sync::Arc, time::UNIX_EPOCH};

    use ha_wechaty_journal::{Journal, MemoryJournal, SealKey};

    use super::*;
    use crate::store::Notes;

    fn key() -> SealKey {
        SealKey::from_bytes(&[7; 32], "of the test")
    }

    #[tokio::test(start_paused = true)]
    async fn however_long_a_start_takes_its_clock_is_right() {
        let config = "name = \"ossbot\"\n[[bot]]\nname = \"main\"\ntoken = \"insecure_b\"\n[[account]]\nname = \"north\"\n\
                      token = \"insecure_n\"\nendpoint = \"127.0.0.1:1\"";
        let config = Config::from_toml(Path::new("a.toml"), config).expect("a configuration");
        let (team, setup, seed) = new_team(&config);
        let journal: Arc<dyn Journal> = Arc::new(MemoryJournal::default());
        let (mut log, _) = Log::open(journal.clone(), key()).await.expect("it is empty");
        let mut notes = Notes::default();
        notes.note(&Noted::Begins { at: Time::ZERO, setup: Box::new(setup), seed });
        log.prepare(&notes.into_record(), &[]).expect("it can be sealed");
        log.append().await.expect("there is room");

        let began = u64::try_from(team.epoch().milliseconds()).expect("after 1970");
        let wall = UNIX_EPOCH + Duration::from_millis(began) + Duration::from_secs(60);
        let opened = Opened::new(journal, key(), 1).await.expect("it is whole").at(wall);
        tokio::time::advance(Duration::from_secs(2)).await;
        let beginning = Beginning::new(&config, Some(opened)).expect("it is whole");
        assert_eq!(beginning.begins.clock.now(), Time::after_origin(Duration::from_secs(62)));
        let behind = beginning.keeps.expect("it is written down").behind;
        assert!(behind.bytes > 0, "what stands behind the last snapshot counts: {behind:?}");
        // Nobody has said that it was this version.
        assert_eq!(behind, Behind { bytes: behind.bytes, is_urgent: true, ..Behind::nothing(Time::ZERO) });
    }
}
