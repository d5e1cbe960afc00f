//! What was written down, step by step: what happened, and what the team made of it. Never what anybody said, no topic, no
//! token, no code to be scanned.
//!
//! ```text
//!   a story ─▶ a note ─▶ the team takes it, as it did then ─▶ its notices, and where accounts stand now
//!                 │                                                │
//!                 └─▶ in words, with the fields that may be told ◀─┘      nothing of note in either: it is quiet
//! ```
//!
//! | module | what it holds |
//! |---|---|
//! | `quiet` | facts that matter to nobody by themselves |
//! | `facts` | what happened, in words |
//! | `mark` | where a step stands |
//! | `news` | what the team made of it, in words |

mod facts;
mod mark;
mod news;
mod quiet;

use std::collections::VecDeque;

use ha_wechaty_core::{AccountId, Notice, Standing, Team, Time};
use ha_wechaty_journal::{Position, StoryPiece};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{
    export::{fields, on_the_wall, told},
    past::Restoring,
    record::{Noted, Notes},
};
use facts::Happened;
pub use mark::ReplayMark;
use news::Incidents;
pub use news::{NewsKind, ReplayNews};
pub use quiet::Quietly;

/// Something that happened, and what the team made of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ReplayStep {
    /// Where it stands in the store.
    pub mark: ReplayMark,
    /// The record that it stands in.
    pub position: u64,
    /// When (RFC 3339).
    pub at: String,
    /// The word of what happened, as `ha-wechaty store export` has it; of what matters only by what the team made of it, what
    /// it is of.
    pub fact: String,
    /// What happened, in one plain line.
    pub what: String,
    /// The account that it happened to, or that told of it.
    pub account: Option<String>,
    /// What else may be told of it.
    pub fields: Value,
    /// What the team made of it.
    pub news: Vec<ReplayNews>,
}

/// One note, as it is told.
#[derive(Debug)]
pub enum Replayed {
    /// It matters to nobody by itself.
    Quiet {
        /// What it is of.
        of: Quietly,
        /// The account that told of it.
        account: Option<String>,
    },
    /// It is worth a line.
    Step(Box<ReplayStep>),
}

/// Steps through a story.
#[derive(Debug)]
pub struct Replaying {
    story: VecDeque<StoryPiece>,
    /// What the last piece still has, and where it stands.
    notes: VecDeque<Noted>,
    position: Position,
    restoring: Restoring,
    /// Where accounts stood, by their places.
    standings: Vec<Standing>,
    incidents: Incidents,
    /// Of the last note, and of the next.
    mark: ReplayMark,
    next: ReplayMark,
}

impl Replaying {
    /// Before the first step of a story.
    pub fn new(story: Vec<StoryPiece>) -> Self {
        Self {
            story: story.into(),
            notes: VecDeque::new(),
            position: Position::START,
            restoring: Restoring::attentive(),
            standings: Vec::new(),
            incidents: Incidents::default(),
            mark: ReplayMark::default(),
            next: ReplayMark::default(),
        }
    }

    /// The team as it is after the last step.
    pub fn team(&self) -> Option<&Team> {
        self.restoring.team()
    }

    /// The time of the last step.
    pub fn now(&self) -> Time {
        self.restoring.last()
    }

    /// Where the last step stands.
    pub fn mark(&self) -> ReplayMark {
        self.mark
    }

    /// The next step, unless that was the last. What can't be read is a step, and said; the story goes on behind it.
    pub fn step(&mut self) -> Option<Replayed> {
        loop {
            if let Some(noted) = self.notes.pop_front() {
                match self.take(noted) {
                    Ok(replayed) => return Some(replayed),
                    Err(cause) => return Some(self.unread(cause)),
                }
            }
            match self.story.pop_front()? {
                StoryPiece::Damage { position, why } => {
                    self.position = position;
                    self.next = self.next.max(ReplayMark::of_record(position));
                    return Some(self.lost(&why));
                }
                StoryPiece::Snapshot(it) => {
                    self.position = it.position;
                    self.next = ReplayMark::behind(it.position);
                    // What else stands in it is no news.
                    match Notes::first(&it.bytes) {
                        Ok(noted) => self.notes.extend(noted),
                        Err(cause) => return Some(self.unread(&cause)),
                    }
                }
                StoryPiece::Record(it) => {
                    self.position = it.position;
                    self.next = ReplayMark::of_record(it.position);
                    match Notes::read(&it.bytes) {
                        Ok(notes) => self.notes.extend(notes),
                        Err(cause) => return Some(self.unread(&cause)),
                    }
                }
            }
        }
    }

    /// One note further.
    fn passes(&mut self) {
        self.mark = self.next;
        self.next = self.next.next();
    }

    /// The team takes a note.
    fn take(&mut self, noted: Noted) -> Result<Replayed, &'static str> {
        let (at, before) = (noted.at(), self.restoring.team().map(|team| (team, self.restoring.last())));
        let happened = Happened::of(&noted, before);
        let is_begun = matches!(noted, Noted::Begins { .. } | Noted::Team { .. });
        // Of what is quiet nothing else is told, unless the team makes something of it.
        let (fact, mut fields) = if happened.quiet.is_some() { Default::default() } else { fields(&noted) };
        self.restoring.note(noted)?;
        self.passes();
        let notices = self.restoring.take_notices();
        let restoring = &self.restoring;
        let team = restoring.team().ok_or("nothing says what team it is about")?;
        if is_begun {
            self.standings = standings(team);
            self.incidents = Incidents::of(team);
        }
        let mut news = self.changes(at, &notices);
        let Happened { what, account, quiet } = happened;
        if let Some(of) = quiet.filter(|_| news.is_empty()) {
            return Ok(Replayed::Quiet { of, account });
        }
        let team = self.restoring.team().ok_or("nothing says what team it is about")?;
        fields = told(team, &fields);
        let fact = if fact.is_empty() { String::from(quiet.map_or("", Quietly::name)) } else { fact };
        news.sort_by_key(|it| it.kind);
        let (mark, position) = (self.mark, self.position.0);
        let at = on_the_wall(team, at);
        Ok(Replayed::Step(Box::new(ReplayStep { mark, position, at, fact, what, account, fields, news })))
    }

    /// What the team made of what happened.
    fn changes(&mut self, at: Time, notices: &[Notice]) -> Vec<ReplayNews> {
        let Some(team) = self.restoring.team() else { return Vec::new() };
        let mut news: Vec<ReplayNews> = notices.iter().flat_map(|it| news::of(team, it)).collect();
        let now = standings(team);
        for (index, account) in AccountId::first(now.len()).enumerate() {
            let (standing, before) = (now[index], self.standings.get(index).copied());
            if before == Some(standing) {
                continue;
            }
            let name = team.identity().name(account);
            let is_told = |it: &ReplayNews| it.standing.is_some() && it.about == name;
            match news.iter_mut().find(|it| is_told(it)) {
                Some(told) => told.standing = Some(standing),
                None => news.push(ReplayNews::stands(name, standing)),
            }
        }
        self.standings = now;
        if !news.is_empty() || at >= self.incidents.look_again() {
            news.extend(self.incidents.changes(team, at));
        }
        news
    }

    /// A note can't be read, or makes no sense: what stands between it and the next snapshot is passed over.
    fn unread(&mut self, cause: &str) -> Replayed {
        self.notes.clear();
        while self.story.front().is_some_and(|it| matches!(it, StoryPiece::Record(_))) {
            self.story.pop_front();
        }
        let position = self.position;
        self.lost(&format!("record {position} can't be read: {cause}; was it written by a newer version?"))
    }

    fn lost(&mut self, why: &str) -> Replayed {
        let next = self.story.iter().find_map(|it| match it {
            StoryPiece::Snapshot(it) => Some(it.position),
            StoryPiece::Record(_) | StoryPiece::Damage { .. } => None,
        });
        let goes_on = match next {
            Some(next) => format!("what happened from there to record {next} is not told"),
            None => String::from("what happened from there on is not told"),
        };
        self.passes();
        let at = self.restoring.team().map_or_else(String::new, |team| on_the_wall(team, self.now()));
        Replayed::Step(Box::new(ReplayStep {
            mark: self.mark,
            position: self.position.0,
            at,
            fact: String::from("Damage"),
            what: format!("{why}; {goes_on}"),
            account: None,
            fields: Value::Null,
            news: Vec::new(),
        }))
    }
}

/// Where accounts stand, by their places.
fn standings(team: &Team) -> Vec<Standing> {
    team.accounts().iter().map(ha_wechaty_core::AccountState::shown).collect()
}

#[cfg(test)]
mod tests;
