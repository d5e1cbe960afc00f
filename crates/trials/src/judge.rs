//! One person, one phone: what a perfect phone would have shown, and people would have seen, against what
//! the team made of it.

mod lives;

use std::{collections::BTreeMap, time::Duration};

use ha_wechaty_sim::WorldMessage;
use ha_wechaty_wire::{MessageType, puppet::MessagePayloadResponse};
use tokio::time::Instant;
use tonic::{Code, Status};

use crate::{
    bot::Sent,
    schedule::{ACCOUNTS, Place, Schedule, Step, Trouble},
    town::{Course, SELF, Said, What},
};

/// Who said what where.
type Saying = (Place, String, String);

/// What a recall says, whatever it takes back.
const TAKES_BACK: &str = "(takes something back)";
/// What is said where an account hears well is seen by then, whatever hangs elsewhere or just before.
const SOON: Duration = Duration::from_secs(15);
/// An account whose stream was taken, or went deaf, hears again by then: 2 s until it is evicted, or 8 s until it is known
/// to be deaf, and what a dial takes.
const BACK_WITHIN: Duration = Duration::from_secs(12);
/// A bot that comes back has taken what was kept for it by then.
const CAUGHT_UP: Duration = Duration::from_secs(5);
/// A send that has waited this long for those before it may be given up.
const LONG_HELD_UP: Duration = Duration::from_secs(20);
/// How long it may take until evidence is one.
const A_MOMENT: Duration = Duration::from_millis(500);
/// The pace that people report as safe: so many of one account in a minute, and one of a conversation in a second.
const PER_MINUTE: usize = 40;

/// What went wrong; nothing if the team was as good as one perfect phone.
pub(crate) fn judge(schedule: &Schedule, course: &Course) -> Vec<String> {
    let mut judge = Judge { schedule, course, faults: course.diary.complaints.clone() };
    judge.the_bot_sees_what_was_said();
    judge.the_bot_sees_it_soon();
    judge.streams_that_were_taken_are_back_soon();
    judge.recalls_say_what_is_taken_back();
    judge.the_bot_sees_itself_once();
    judge.people_see_what_was_sent();
    judge.accounts_keep_their_pace();
    judge.nothing_is_given_again();
    judge.what_is_sent_is_written_first();
    judge.faults
}

struct Judge<'a> {
    schedule: &'a Schedule,
    course: &'a Course,
    faults: Vec<String>,
}

impl Judge<'_> {
    fn the_bot_sees_what_was_said(&mut self) {
        let seen: Vec<Saying> = self.seen_of_others().filter(|it| !self.is_hushed(&it.2)).collect();
        let said: Vec<Saying> = self.said().map(|(_, it)| it).collect();
        let (said_times, seen_times) = (times(&said), times(&seen));
        for (saying, times) in &seen_times {
            let said = said_times.get(saying).copied().unwrap_or_default();
            if *times > said {
                self.faults.push(format!("seen {times} times, said {said} times: {saying:?}"));
            }
        }
        // What no account was told can't be known.
        let told: Vec<Saying> = self.told().collect();
        for (saying, times) in times(&told) {
            let seen = seen_times.get(&saying).copied().unwrap_or_default();
            if seen < times {
                let how = self.how_it_was_told(&saying);
                self.faults.push(format!("told {times} times, seen {seen} times: {saying:?}{how}"));
            }
        }
        for saying in times(&self.seen_of_others().filter(|it| self.is_hushed(&it.2)).collect::<Vec<_>>()) {
            if saying.1 > 1 {
                self.faults.push(format!(
                    "its payload came late, and it was seen {} times: {:?}",
                    saying.1, saying.0
                ));
            }
        }
        for place in Place::ALL {
            // An account that hears well shows everything at once, and so in order.
            let forgets = |account: usize| {
                self.course.said.iter().any(|it| it.place == place && self.is_forgotten(account, it))
            };
            let shows_all = |account: &usize| {
                self.schedule.hears_well(*account) && self.hears_all(*account) && !forgets(*account)
            };
            if place.accounts().iter().any(shows_all) {
                let here = |of: &[Saying]| of.iter().filter(|it| it.0 == place).cloned().collect::<Vec<_>>();
                let (said, seen) = (here(&said), here(&seen));
                if said != seen && times(&said) == times(&seen) {
                    self.faults.push(format!("out of order in {place:?}: said {said:?}, seen {seen:?}"));
                }
            }
        }
    }

    fn the_bot_sees_it_soon(&mut self) {
        let mut seen: BTreeMap<Saying, Vec<Instant>> = BTreeMap::new();
        for (at, payload) in &self.course.diary.seen {
            seen.entry(self.saying(payload)).or_default().push(*at);
        }
        let mut said: BTreeMap<Saying, Vec<Instant>> = BTreeMap::new();
        self.said().for_each(|(at, saying)| said.entry(saying).or_default().push(at));
        for (saying, said) in said {
            let hears_well = saying.0.accounts().iter().any(|account| self.schedule.hears_well(*account));
            let Some(seen) = seen.get(&saying).filter(|seen| hears_well && seen.len() == said.len()) else {
                continue;
            };
            for (said, seen) in said.iter().zip(seen) {
                let late = *seen - *said;
                let is_excused =
                    self.is_a_bot_away(*said, *said + SOON) || self.is_gateway_missed(*said, *said + SOON);
                if late > SOON && !is_excused {
                    self.faults.push(format!("seen {late:?} after it was said: {saying:?}"));
                }
            }
        }
    }

    /// An account of which nothing but its stream is taken hears again soon, whoever holds that.
    fn streams_that_were_taken_are_back_soon(&mut self) {
        for said in &self.course.said {
            let at = said.at.saturating_duration_since(self.course.begun);
            for account in said.place.accounts().iter().filter(|it| self.schedule.loses_only_streams(**it)) {
                let is_back = self
                    .schedule
                    .troubles(*account)
                    .all(|(taken, _)| taken + BACK_WITHIN < at || at + BACK_WITHIN < taken);
                let is_excused = self.is_gateway_away(said.at, said.at + BACK_WITHIN);
                if is_back && !is_excused && !said.told.contains(account) {
                    let account = ACCOUNTS[*account];
                    self.faults
                        .push(format!("{account} does not hear what is said at {at:?}: {:?}", said.what));
                }
            }
        }
    }

    fn recalls_say_what_is_taken_back(&mut self) {
        let texts: BTreeMap<&str, &str> =
            self.course.diary.seen.iter().map(|(_, it)| (it.id.as_str(), it.text.as_str())).collect();
        let recalls = self.course.diary.seen.iter().map(|(_, it)| it).filter(|it| is_recall(it));
        for payload in recalls {
            let (place, who, _) = self.saying(payload);
            let mut taken_back = self.course.said.iter().filter(|it| it.place == place && it.who == who);
            let is_right = taken_back.any(|it| match (&it.what, texts.get(payload.text.as_str())) {
                (What::TakenBack(text), Some(original)) => text == original,
                // An account that was away for the original knows it by an id that nobody else has seen.
                (What::TakenBack(text), None) => place.accounts().iter().any(|account| {
                    !self.schedule.hears_well(*account) || self.has_forgotten(*account, place, text)
                }),
                (What::Words(_) | What::Hushed(_), _) => false,
            });
            if !is_right {
                self.faults.push(format!(
                    "a recall in {place:?} takes back what nobody took back: {:?}",
                    payload.text
                ));
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
            let mut sent: Vec<&Sent> =
                self.course.diary.sent.iter().filter(|sent| sent.conversation == *conversation).collect();
            sent.sort_by_key(|it| it.number);
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
        let ails = self.schedule.steps.iter().filter_map(|(_, step)| {
            if let Step::Ails { account, trouble } = step { Some((account, *trouble)) } else { None }
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
            Err(_) if self.is_cut_off(sent) && seen <= 1 => None,
            // Without a witness that is what the operator asked for.
            Err(_) if self.is_cut_off(sent) && self.schedule.at_least_once && !has_witness => None,
            Ok(_) if self.schedule.at_least_once && !has_witness => None,
            Err(error) if self.schedule.at_least_once && !has_witness && is_unsure(error) && seen > 1 => None,
            Err(error) if is_unsure(error) && seen <= 1 => {
                // One that is taken out may finish what it has under way.
                let is_lost = |it: Trouble| {
                    !matches!(
                        it,
                        Trouble::Late(_)
                            | Trouble::Deaf
                            | Trouble::Repeats(_)
                            | Trouble::Removed
                            | Trouble::StrayScan(_)
                    )
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
            Err(_) if self.is_held_up(sent) || self.is_gateway_away(sent.asked, sent.answered) => None,
            Err(_) if place.accounts().iter().any(|it| self.can_send(*it, sent)) => {
                Some("failed, though an account was there that could")
            }
            Err(_) => None,
            Ok(_) => Some("seen more than once"),
        }
    }

    /// Whether an account could certainly send something: nothing ails it, or no more than a scan that it has shown
    /// since then to be none.
    fn can_send(&self, account: usize, sent: &Sent) -> bool {
        let (asked, answered) = (sent.asked - self.course.begun, sent.answered - self.course.begun);
        let is_there =
            |it: &&Said| it.place.accounts().contains(&account) && matches!(it.what, What::Words(_));
        let heard = self
            .course
            .said
            .iter()
            .filter(is_there)
            .map(|it| it.at.saturating_duration_since(self.course.begun));
        self.schedule.hears_well(account)
            && self.schedule.troubles(account).all(|(scanned, _)| {
                scanned > answered || heard.clone().any(|at| scanned < at && at + A_MOMENT < asked)
            })
    }

    /// Whether it had to wait for others that were asked for before it in its conversation.
    fn is_held_up(&self, sent: &Sent) -> bool {
        self.course.diary.sent.iter().any(|it| {
            it.conversation == sent.conversation
                && it.number < sent.number
                && it.answered > sent.asked + LONG_HELD_UP
        })
    }

    fn accounts_keep_their_pace(&mut self) {
        if !self.schedule.paced {
            return;
        }
        let mut by_account: BTreeMap<&str, Vec<&WorldMessage>> = BTreeMap::new();
        let mut by_conversation: BTreeMap<&str, Vec<&WorldMessage>> = BTreeMap::new();
        // The ding to the official account is nobody's message.
        let places: Vec<&str> = self.course.conversations.values().map(String::as_str).collect();
        for it in self.course.ledger.iter().filter(|it| places.contains(&it.conversation())) {
            by_account.entry(it.account.as_deref().unwrap_or_default()).or_default().push(it);
            by_conversation.entry(it.conversation()).or_default().push(it);
        }
        let minute = Duration::from_secs(60);
        let limits = [(by_account, PER_MINUTE, minute), (by_conversation, 1, Duration::from_secs(1))];
        for (messages, count, window) in limits {
            for (whose, messages) in messages {
                for (first, last) in messages.iter().zip(messages.iter().skip(count)) {
                    if last.at.duration_since(first.at).unwrap_or_default() < window {
                        self.faults.push(format!("{whose}: more than {count} messages in {window:?}"));
                    }
                }
            }
        }
    }

    /// Whether some process of the bot is away at some time in this span. What is to happen to a process while it is
    /// away happens when it is back.
    fn is_a_bot_away(&self, from: Instant, until: Instant) -> bool {
        let mut back: BTreeMap<usize, Instant> = BTreeMap::new();
        self.schedule.steps.iter().any(|(at, step)| {
            if let Step::BotCut { bot, back_after } | Step::BotStops { bot, back_after } = step {
                let process = bot % self.schedule.shift.bots();
                let due = self.course.begun + *at;
                let gone = back.get(&process).map_or(due, |back| due.max(*back));
                back.insert(process, gone + *back_after);
                gone <= until && from <= gone + *back_after + CAUGHT_UP
            } else {
                false
            }
        })
    }

    fn seen(&self) -> impl Iterator<Item = &MessagePayloadResponse> {
        self.course.diary.seen.iter().map(|(_, it)| it)
    }

    fn seen_of_others(&self) -> impl Iterator<Item = Saying> {
        self.seen().filter(|it| it.talker_id != SELF).map(|it| self.saying(it))
    }

    /// What people said and the bot must see, and when.
    fn said(&self) -> impl Iterator<Item = (Instant, Saying)> {
        self.course.said.iter().filter_map(|it| Some((it.at, Self::saying_of(it)?)))
    }

    fn saying_of(Said { place, who, what, .. }: &Said) -> Option<Saying> {
        match what {
            What::Words(words) => Some((*place, who.clone(), words.clone())),
            What::TakenBack(_) => Some((*place, who.clone(), TAKES_BACK.into())),
            What::Hushed(_) => None,
        }
    }

    /// What people said, and what at least one account was told, at once or in the end.
    fn told(&self) -> impl Iterator<Item = Saying> {
        let is_told = |it: &Said| {
            let surely = it.told.iter().any(|account| self.schedule.tells_at_once(*account));
            let hears_all = |account: &usize| self.hears_all(*account) && !self.is_forgotten(*account, it);
            self.is_written(it)
                || (surely && !self.may_forget(it.at))
                || it.place.accounts().iter().any(hears_all)
        };
        self.course.said.iter().filter(move |it| is_told(it)).filter_map(Self::saying_of)
    }

    /// Whether an account is told, sooner or later, all that is said where it is.
    fn hears_all(&self, account: usize) -> bool {
        let is_always_asked = self.schedule.hears_well(account) && self.course.deaths.is_empty();
        self.schedule.manners[account].catch_up || is_always_asked
    }

    fn is_hushed(&self, text: &str) -> bool {
        self.course.said.iter().any(|it| matches!(&it.what, What::Hushed(it) if it == text))
    }

    /// What a payload says to the bot, with the place that it stands for; a stranger's place is none.
    fn saying(&self, payload: &MessagePayloadResponse) -> Saying {
        let partner = if payload.talker_id == SELF { &payload.listener_id } else { &payload.talker_id };
        let conversation = if payload.room_id.is_empty() { partner } else { &payload.room_id };
        let place = self.course.conversations.iter().find(|(_, it)| *it == conversation);
        let words = if is_recall(payload) { TAKES_BACK } else { &payload.text };
        (place.map_or(Place::Den, |(place, _)| *place), payload.talker_id.clone(), words.to_owned())
    }

    /// The numbers of a text's messages that people saw in a place.
    fn ledger(&self, place: Place, text: &str) -> Vec<u64> {
        let conversation = self.course.conversations[&place].as_str();
        let its = |it: &&std::sync::Arc<ha_wechaty_sim::WorldMessage>| {
            words_of(it) == Some(text) && it.conversation() == conversation
        };
        self.course.ledger.iter().filter(its).map(|it| it.serial).collect()
    }
}

/// Whether the bot is told that nobody knows whether it was sent.
fn is_unsure(error: &Status) -> bool {
    error.code() == Code::Unknown && error.message().contains("may or may not")
}

fn is_recall(payload: &MessagePayloadResponse) -> bool {
    payload.r#type == MessageType::Recalled.to_wire()
}

/// The text of a text, the name of a file.
fn words_of(message: &WorldMessage) -> Option<&str> {
    message.text().or_else(|| message.content.file().map(|it| it.name.as_str()))
}

fn times(of: &[Saying]) -> BTreeMap<Saying, usize> {
    let mut times = BTreeMap::new();
    of.iter().for_each(|saying| *times.entry(saying.clone()).or_default() += 1);
    times
}
