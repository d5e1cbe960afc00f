//! One person, one phone: what a perfect phone would have shown, and people would have seen, against what
//! the team made of it.

use std::collections::BTreeMap;

use ha_wechaty_wire::puppet::MessagePayloadResponse;
use tonic::{Code, Status};

use crate::{
    bot::Sent,
    schedule::{Place, Schedule, Step, Trouble},
    town::{Course, SELF},
};

/// Who said what where.
type Saying = (Place, String, String);

/// What went wrong; nothing if the team was as good as one perfect phone.
pub(crate) fn judge(schedule: &Schedule, course: &Course) -> Vec<String> {
    let mut judge = Judge { schedule, course, faults: course.diary.complaints.clone() };
    judge.the_bot_sees_what_was_said();
    judge.the_bot_sees_itself_once();
    judge.people_see_what_was_sent();
    judge.faults
}

struct Judge<'a> {
    schedule: &'a Schedule,
    course: &'a Course,
    faults: Vec<String>,
}

impl Judge<'_> {
    fn the_bot_sees_what_was_said(&mut self) {
        let seen: Vec<Saying> =
            self.seen().filter(|it| it.talker_id != SELF).map(|it| self.saying(it)).collect();
        let (said_times, seen_times) = (times(&self.course.said), times(&seen));
        for (saying, times) in &seen_times {
            let said = said_times.get(saying).copied().unwrap_or_default();
            if *times > said {
                self.faults.push(format!("seen {times} times, said {said} times: {saying:?}"));
            }
        }
        for (saying, times) in &said_times {
            let seen = seen_times.get(saying).copied().unwrap_or_default();
            // What no account was told can't be known.
            let is_told = saying.0.accounts().iter().any(|account| self.schedule.hears_all(*account));
            if is_told && seen < *times {
                self.faults.push(format!("said {times} times, seen {seen} times: {saying:?}"));
            }
        }
        for place in Place::ALL {
            // An account that nothing ails shows everything at once, and so in order.
            if place.accounts().iter().any(|account| self.schedule.is_sound(*account)) {
                let here = |of: &[Saying]| of.iter().filter(|it| it.0 == place).cloned().collect::<Vec<_>>();
                let (said, seen) = (here(&self.course.said), here(&seen));
                if said != seen && times(&said) == times(&seen) {
                    self.faults.push(format!("out of order in {place:?}: said {said:?}, seen {seen:?}"));
                }
            }
        }
    }

    fn the_bot_sees_itself_once(&mut self) {
        let own: Vec<Saying> =
            self.seen().filter(|it| it.talker_id == SELF).map(|it| self.saying(it)).collect();
        for (saying, times) in times(&own) {
            let sent = self.course.diary.sent.iter().filter(|sent| sent.text == saying.2).count();
            let people = self.ledger(saying.0, &saying.2).len();
            if sent == 0 || times > people.max(1) {
                self.faults.push(format!("its own words came back {times} times: {saying:?}"));
            }
        }
    }

    fn people_see_what_was_sent(&mut self) {
        for place in Place::ALL {
            let conversation = &self.course.conversations[&place];
            let sent = self.course.diary.sent.iter().filter(|sent| sent.conversation == *conversation);
            let mut last = None;
            for sent in sent {
                let serials = self.ledger(place, &sent.text);
                if let Some(fault) = self.fault_of(place, sent, serials.len()) {
                    self.faults.push(format!("{fault}: {:?} in {place:?}: {:?}", sent.text, sent.answer));
                }
                if let (Ok(_), Some(serial)) = (&sent.answer, serials.first())
                    && last.replace(*serial).is_some_and(|last| last > *serial)
                {
                    self.faults.push(format!("sent out of order: {:?} in {place:?}", sent.text));
                }
            }
        }
    }

    /// What is wrong with a send that people saw so many times.
    fn fault_of(&self, place: Place, sent: &Sent, seen: usize) -> Option<&'static str> {
        let ails = self.schedule.steps.iter().filter_map(|(_, step)| match step {
            Step::Ails { account, trouble } => Some((account, *trouble)),
            _ => None,
        });
        let is_there = |account: &usize| place.accounts().contains(account);
        // Of those that were never there it is not known that they can't do it: where nobody else is left, they
        // are tried.
        let are_missed = place.accounts().iter().all(|it| ails.clone().any(|(account, _)| account == it));
        let mut troubles =
            ails.filter(|(account, _)| are_missed || is_there(account)).map(|(_, trouble)| trouble);
        // A teammate that nothing ails sees what becomes of a send, whoever sent it.
        let has_witness = place.is_room() && place.accounts().iter().any(|it| self.schedule.is_sound(*it));
        match &sent.answer {
            Ok(_) if seen == 0 => Some("answered as sent, and nobody saw it"),
            Ok(_) if seen == 1 => None,
            // Without a witness that is what the operator asked for.
            Ok(_) if self.schedule.at_least_once && !has_witness => None,
            Err(error) if self.schedule.at_least_once && !has_witness && is_unsure(error) && seen > 1 => None,
            Err(error) if is_unsure(error) && seen <= 1 => {
                // One that is taken out may finish what it has under way.
                let is_lost = |it: Trouble| {
                    !matches!(it, Trouble::Late(_) | Trouble::Deaf | Trouble::Repeats(_) | Trouble::Removed)
                };
                match () {
                    () if has_witness && seen == 1 => {
                        Some("people saw it, a teammate did, and the bot is told that nobody knows")
                    }
                    () if has_witness && self.schedule.at_least_once => {
                        Some("not sent again, though asked for")
                    }
                    () if !troubles.any(is_lost) => Some("not known, though nothing ailed anybody"),
                    () => None,
                }
            }
            Err(_) if seen > 0 => Some("answered as failed, and people saw it"),
            Err(_) if place.accounts().iter().any(|it| self.schedule.is_sound(*it)) => {
                Some("failed, though an account was there that could")
            }
            Err(_) => None,
            Ok(_) => Some("seen more than once"),
        }
    }

    fn seen(&self) -> impl Iterator<Item = &MessagePayloadResponse> {
        self.course.diary.seen.iter()
    }

    /// What a payload says to the bot, with the place that it stands for; a stranger's place is none.
    fn saying(&self, payload: &MessagePayloadResponse) -> Saying {
        let partner = if payload.talker_id == SELF { &payload.listener_id } else { &payload.talker_id };
        let conversation = if payload.room_id.is_empty() { partner } else { &payload.room_id };
        let place = self.course.conversations.iter().find(|(_, it)| *it == conversation);
        (place.map_or(Place::Den, |(place, _)| *place), payload.talker_id.clone(), payload.text.clone())
    }

    /// The numbers of a text's messages that people saw in a place.
    fn ledger(&self, place: Place, text: &str) -> Vec<u64> {
        let conversation = self.course.conversations[&place].as_str();
        let its = |it: &&std::sync::Arc<ha_wechaty_sim::Message>| {
            it.text() == Some(text) && it.conversation() == conversation
        };
        self.course.ledger.iter().filter(its).map(|it| it.serial).collect()
    }
}

/// Whether the bot is told that nobody knows whether it was sent.
fn is_unsure(error: &Status) -> bool {
    error.code() == Code::Unknown && error.message().contains("may or may not")
}

fn times(of: &[Saying]) -> BTreeMap<Saying, usize> {
    let mut times = BTreeMap::new();
    of.iter().for_each(|saying| *times.entry(saying.clone()).or_default() += 1);
    times
}
