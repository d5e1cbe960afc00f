//! One stream: what it is to be given, what it was given, and what its bot knows already.

use alloc::{
    collections::VecDeque,
    string::{String, ToString},
    vec::Vec,
};

use super::{
    flow::{Answers, Flow},
    given::Given,
    numbers::{Giving, ToldAs},
    pile::{Entry, Pile},
};
use crate::{event::WeChatEvent, time::Time};

/// How many ids are remembered that a bot asked for before it was told of them.
const EARLY: usize = 256;

/// The stream.
#[derive(Debug, Clone, PartialEq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(super) struct Stream {
    pub(super) flow: Flow,
    pub(super) given: Given,
    /// What its bot asked for, or was answered, without having been told of it: what it says itself. Clients keep
    /// that, and don't ask again when the event comes. The last one last.
    early: VecDeque<String>,
}

impl Stream {
    pub(super) fn len(&self) -> usize {
        self.flow.len() + self.given.len()
    }

    pub(super) fn bytes(&self) -> usize {
        self.flow.bytes() + self.given.bytes()
    }

    /// What it is to be given now, of `news` and what waits. What happened `last` is no backlog.
    pub(super) fn due(
        &mut self,
        now: Time,
        news: impl IntoIterator<Item = Entry>,
        answers: &Answers,
        last: u64,
        given: &mut Giving<'_>,
    ) -> Vec<Entry> {
        let mut due = Vec::new();
        for entry in news {
            // Nobody answers that a cached payload is stale, and the sooner it is known the better.
            if matches!(&*entry.event, WeChatEvent::Dirty { .. }) {
                due.push(entry);
            } else if entry.number == last && !entry.again {
                due.extend(self.flow.pass(now, entry));
            } else {
                self.flow.stand(now, entry);
            }
        }
        due.extend(self.flow.give(now, answers));
        due.sort_by_key(|entry| entry.number);
        for entry in &mut due {
            entry.told = Some(given.next());
            // Its time begins when it is first given.
            let at = if entry.again { entry.at } else { now };
            self.given.push(Entry { at, ..entry.clone() });
        }
        due
    }

    /// Something that happened, as this stream's bot is to be told of it.
    pub(super) fn knows(&mut self, mut entry: Entry) -> Entry {
        let place = self.early.iter().position(|id| entry.is(id));
        if let Some(place) = place {
            self.early.remove(place);
            entry.known = true;
        }
        entry
    }

    /// The bot asked for it.
    pub(super) fn acknowledge(&mut self, id: &str) {
        if !self.given.acknowledge(id) && !self.flow.acknowledge(id) && !self.early.iter().any(|it| it == id)
        {
            self.early.push_back(id.to_string());
            self.early.drain(..self.early.len().saturating_sub(EARLY));
        }
    }

    /// Its bot says that it has what it was given up to then; of what stands in line too, where that is given again.
    pub(super) fn has_taken(&mut self, told: ToldAs) {
        self.given.has_taken(|entry| entry.was_told(told));
        self.flow.retain(|entry| !entry.was_told(told));
    }

    /// It broke: it is as if it had not been given what it did not acknowledge.
    pub(super) fn take_back(&mut self, now: Time, kept: &mut Pile) {
        kept.merge(self.flow.take(now));
        self.given.take_back(kept);
    }
}
