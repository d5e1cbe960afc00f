//! `ha-wechaty replay`: what a store still knows of what happened, and of what the team knew then.

use std::{
    io::{self, Write as _},
    process::ExitCode,
};

use clap::Args;
use ha_wechaty_journal::{JournalError, JournalReader, Position, SealKey, StoryPiece};
use ha_wechaty_team::view::{ReplayAsk, ReplayRow, ReplayStatus};

use super::{
    answer,
    door::{Door, Unheard},
    out,
    store::{Which, told, wait},
    terminal,
};
use crate::text::ReplayText;

/// So many steps are had at once, and so many with what the team knew at each.
const AT_ONCE: usize = 2_000;
const SCENES_AT_ONCE: usize = 50;

/// Steps through what a store still knows.
#[derive(Debug, Args)]
pub(super) struct Replay {
    #[command(flatten)]
    door: Door,
    #[command(flatten)]
    which: Which,
    /// Only since so long ago (2h), or a time like 2026-01-31T08:00:00Z
    #[arg(long, value_name = "WHEN")]
    from: Option<String>,
    /// Only up to then
    #[arg(long, value_name = "WHEN")]
    to: Option<String>,
    /// Only what this account has to do with
    #[arg(long, value_name = "NAME")]
    account: Option<String>,
    /// Only around the incident of this number: ha-wechaty history --json has it
    #[arg(long, value_name = "NUMBER")]
    incident: Option<u64>,
    /// Step by step, with all that the team knew at each: enter goes on, q ends
    #[arg(long, conflicts_with = "json")]
    step: bool,
    /// As JSON
    #[arg(long)]
    json: bool,
}

/// Where it is told from.
enum Source<'a> {
    Closed(Vec<StoryPiece>),
    Serving(&'a Door),
}

impl Source<'_> {
    fn page(&self, asked: &[(&'static str, String)]) -> Result<ReplayStatus, Unheard> {
        match self {
            Self::Closed(story) => {
                let ask = ReplayAsk::of(asked.iter().cloned()).map_err(Unheard::Refused)?;
                ReplayStatus::of(story.clone(), &ask).map_err(Unheard::Refused)
            }
            Self::Serving(door) => {
                let mut query = form_urlencoded::Serializer::new(String::new());
                query.extend_pairs(asked);
                let path = format!("/api/v1/replay?{}", query.finish());
                door.fetch(&path)
            }
        }
    }
}

impl Replay {
    pub(super) fn run(&self) -> ExitCode {
        let done = self.source().map_err(Unheard::Nobody).and_then(|source| match (self.json, self.step) {
            (true, _) => self.json(&source),
            (false, true) => self.step_by_step(&source),
            (false, false) => self.all(&source),
        });
        done.unwrap_or_else(|why| why.complain("replay"))
    }

    /// A gateway that serves the store is asked; else the file is read.
    fn source(&self) -> Result<Source<'_>, String> {
        if self.door.is_named() {
            return Ok(Source::Serving(&self.door));
        }
        let place = self.which.place(self.door.config())?;
        if !place.is_placed() && self.door.answers()? {
            return Ok(Source::Serving(&self.door));
        }
        let journal = match place.open() {
            Err(JournalError::Locked { .. }) if !self.which.is_named() => {
                return Ok(Source::Serving(&self.door));
            }
            Err(why) => return Err(told(&why) + &place.elsewhere()),
            Ok(journal) => journal,
        };
        let story = wait(async {
            if journal.extent().await?.tip == Position::START {
                return Ok(Vec::new());
            }
            JournalReader::new(journal.clone(), SealKey::in_file(place.key(), false)?).story().await
        })?;
        Ok(Source::Closed(story.map_err(|why| why.to_string())?))
    }

    /// What is asked for, some of it at once: what is behind the page before, and by its times.
    fn asked(&self, before: Option<&ReplayStatus>) -> Vec<(&'static str, String)> {
        let mut asked = Vec::new();
        let [from, to] = match before {
            Some(page) => [&page.from, &page.to],
            None => [&self.from, &self.to],
        };
        let given = [("from", from), ("to", to), ("account", &self.account)];
        asked.extend(given.into_iter().filter_map(|(name, value)| Some((name, value.clone()?))));
        asked.extend(self.incident.map(|number| ("incident", number.to_string())));
        asked.extend(before.and_then(|page| page.next).map(|step| ("step", step.to_string())));
        let at_once = if self.step { SCENES_AT_ONCE } else { AT_ONCE };
        asked.push(("limit", at_once.to_string()));
        asked.extend(self.step.then(|| ("scene", String::from("all"))));
        asked
    }

    /// Takes all of it, page by page, until `take` has had enough; returns the first one, without its steps, and the last.
    fn each(
        &self,
        source: &Source<'_>,
        begin: &mut dyn FnMut(&ReplayStatus) -> Result<bool, Unheard>,
        take: &mut dyn FnMut(ReplayRow) -> Result<bool, Unheard>,
    ) -> Result<ReplayStatus, Unheard> {
        let mut before: Option<ReplayStatus> = None;
        loop {
            let mut page = source.page(&self.asked(before.as_ref()))?;
            if before.as_ref().is_some_and(|it| !it.gone) && page.gone {
                return Err(Unheard::Nobody(String::from(
                    "the store forgot what was to be told next, while this was read: ask again, or a backup (--store)",
                )));
            }
            let is_read = before.is_some() || begin(&page)?;
            let steps = std::mem::take(&mut page.steps);
            if !is_read {
                return Ok(page);
            }
            for row in steps {
                if !take(row)? {
                    return Ok(page);
                }
            }
            if page.next.is_none() {
                return Ok(page);
            }
            before = Some(page);
        }
    }

    fn json(&self, source: &Source<'_>) -> Result<ExitCode, Unheard> {
        let mut steps = Vec::new();
        let last = self.each(source, &mut |_| Ok(true), &mut |row| {
            steps.push(row);
            Ok(true)
        })?;
        let all = ReplayStatus { steps, earlier: None, before: None, ..last };
        let text = serde_json::to_string_pretty(&all).map_err(|error| Unheard::Nobody(error.to_string()))?;
        Ok(answer(&text, ExitCode::SUCCESS))
    }

    fn all(&self, source: &Source<'_>) -> Result<ExitCode, Unheard> {
        let columns = terminal::columns(io::stdout());
        let mut text = ReplayText::new(columns);
        let mut count = 0;
        let head = ReplayText::new(columns);
        let last = self.each(source, &mut |status| say(&head.head(status)), &mut |row| {
            count += 1;
            say(&text.row(&row))
        })?;
        say(&text.quiet(&last.quiet))?;
        if count == 0 && last.since.is_some() && !last.gone {
            say(&[String::from("Nothing of note happened.")])?;
        }
        Ok(ExitCode::SUCCESS)
    }

    fn step_by_step(&self, source: &Source<'_>) -> Result<ExitCode, Unheard> {
        let columns = terminal::columns(io::stdout());
        let mut text = ReplayText::new(columns);
        let head = ReplayText::new(columns);
        let mut is_ended = false;
        let last = self.each(source, &mut |status| say(&head.head(status)), &mut |row| {
            let is_read = say(&text.row(&row))?
                && say(&row.scene.as_ref().map(|scene| text.scene(scene)).unwrap_or_default())?;
            is_ended = !is_read || !asks_on();
            Ok(!is_ended)
        })?;
        if !is_ended && !last.gone {
            say(&text.quiet(&last.quiet))?;
            say(&[String::from("That was all.")])?;
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// Writes lines; whether anybody reads on.
fn say(lines: &[String]) -> Result<bool, Unheard> {
    for line in lines {
        if !out::goes_on(line).map_err(Unheard::Nobody)? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Whether a person wants the next step.
fn asks_on() -> bool {
    // Where nobody sees it nobody needs it.
    let _ = write!(io::stderr(), "[enter: next, q: end] ").and_then(|()| io::stderr().flush());
    let mut line = String::new();
    let read = io::stdin().read_line(&mut line);
    read.is_ok_and(|bytes| bytes > 0) && !line.trim().eq_ignore_ascii_case("q")
}
