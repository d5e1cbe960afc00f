//! What must hold though the gateway was killed: what it had written down it does not forget, and does not do again.
//!
//! | what may be lost, or done again | and nothing more |
//! |---|---|
//! | a message that an account has shown to a gateway that died before that was written down | and that no other account has shown, nor the same one again |
//! | that a bot has acknowledged something, if the gateway died before that was written down | the message is given again, under its id |
//! | a send under way when the gateway died, or asked for while there was none | it is there once at most |

use std::{collections::BTreeMap, time::Duration};

use ha_wechaty_core::{AccountId, Input};
use tokio::time::Instant;

use super::{Judge, Saying};
use crate::{
    bot::{Given, Sent},
    office::Death,
    schedule::{ACCOUNTS, Place, Step},
    town::{Said, What},
};

/// A gateway that has just begun works by then: it has to dial its accounts.
const BEGUN: Duration = Duration::from_secs(2);
/// A bot that has lost its gateway dials again by then.
const REDIALS: Duration = Duration::from_secs(2);
/// The journal can be written again by then, once there is room.
const RETRIES: Duration = Duration::from_secs(3);
/// How exactly it is known when people saw something, by the clock that the journal has.
const CLOCKS: Duration = Duration::from_millis(50);

impl Judge<'_> {
    /// Whether what an account was shown then may be forgotten: the gateway died before it had written that down.
    pub(super) fn may_forget(&self, shown: Instant) -> bool {
        self.course.deaths.iter().any(|death| death.frontier <= shown && shown <= death.at)
    }

    /// Whether an account has shown what was said, and the gateway it has shown that to has forgotten it.
    pub(super) fn is_forgotten(&self, account: usize, said: &Said) -> bool {
        // Until somebody asks for its payload a message is shown again.
        let mut shown = self.course.shown[account].iter().filter(|(serial, _)| Some(*serial) == said.serial);
        shown.next().is_some_and(|(_, at)| self.may_forget(*at))
    }

    /// The same of any words like these, or the account was told of them while there was no gateway.
    pub(super) fn has_forgotten(&self, account: usize, place: Place, words: &str) -> bool {
        let are_said = |it: &&Said| it.place == place && it.what == What::Words(words.to_owned());
        self.course.said.iter().filter(are_said).any(|it| {
            self.is_forgotten(account, it) || (!self.hears_all(account) && self.is_gateway_away(it.at, it.at))
        })
    }

    /// Whether a gateway had written down that an account was told of this.
    pub(super) fn is_written(&self, said: &Said) -> bool {
        said.serial.is_some_and(|serial| self.course.written.contains(&serial))
    }

    /// Whether there is no gateway, or one that has just begun, or none that can write anything down, at some time in this
    /// span.
    pub(super) fn is_gateway_away(&self, from: Instant, until: Instant) -> bool {
        self.course.deaths.iter().any(|death| death.at <= until && from <= death.back + BEGUN)
            || self.is_store_full(from, until)
    }

    /// The same, and bots that have lost it have not dialled again.
    pub(super) fn is_gateway_missed(&self, from: Instant, until: Instant) -> bool {
        self.course.deaths.iter().any(|death| death.at <= until && from <= death.back + BEGUN + REDIALS)
            || self.is_store_full(from, until)
    }

    fn is_store_full(&self, from: Instant, until: Instant) -> bool {
        self.schedule.steps.iter().any(|(at, step)| {
            let Step::Fills { room_after } = step else { return false };
            let full = self.course.begun + *at;
            full <= until && from <= full + *room_after + RETRIES
        })
    }

    /// Whether the gateway died while it had a send in its hands.
    pub(super) fn is_cut_off(&self, sent: &Sent) -> bool {
        self.course.deaths.iter().any(|death| sent.asked <= death.at && death.at <= sent.answered)
    }

    /// What a bot has acknowledged is not given again, and what one process has, no other one is given.
    pub(super) fn nothing_is_given_again(&mut self) {
        let mut acknowledged: BTreeMap<&str, Vec<Instant>> = BTreeMap::new();
        for fact in &self.course.facts {
            if let Input::Acknowledged { id, .. } = &fact.input {
                acknowledged.entry(id).or_default().push(fact.at);
            }
        }
        let mut given: BTreeMap<&str, &Given> = BTreeMap::new();
        for again in &self.course.diary.given {
            let Some(first) = given.get(again.id.as_str()) else {
                given.insert(&again.id, again);
                continue;
            };
            let is_between = |it: &Death| first.at <= it.at && it.at <= again.at;
            // That it had asked for a message of its own before that was given to it says nothing.
            let times = acknowledged.get(again.id.as_str()).into_iter().flatten();
            let written = times.copied().find(|at| first.at < *at && *at < again.at);
            let was_written = written.is_some();
            if was_written || !self.course.deaths.iter().any(is_between) {
                let since = |at: Instant| at.saturating_duration_since(self.course.begun);
                let at = |it: &Given| since(it.at);
                let noted = written.map(|at| format!(" (noted at {:?})", since(at))).unwrap_or_default();
                self.faults.push(format!(
                    "{} was given to process {} at {:?}, acknowledged{noted}, and given to process {} at {:?} again",
                    again.id,
                    first.process,
                    at(first),
                    again.process,
                    at(again)
                ));
            }
        }
    }

    /// No account is asked to send anything before that is written down.
    pub(super) fn what_is_sent_is_written_first(&mut self) {
        if self.schedule.store.is_none() {
            return;
        }
        for (place, name) in ACCOUNTS.iter().enumerate() {
            let begins = |input: &Input| matches!(input, Input::SendBegins { account, .. } if *account == AccountId::at(place));
            let begun: Vec<Instant> =
                self.course.facts.iter().filter(|it| begins(&it.input)).map(|it| it.at).collect();
            let places: Vec<&str> = self.course.conversations.values().map(String::as_str).collect();
            let sent = self
                .course
                .ledger
                .iter()
                .filter(|it| it.account.as_deref() == Some(*name) && places.contains(&it.conversation()));
            for (number, message) in sent.enumerate() {
                let at = self.course.at(message.at) + CLOCKS;
                if begun.get(number).is_none_or(|begun| at < *begun) {
                    self.faults
                        .push(format!("{name} was asked to send, and that was not written: {message:?}"));
                }
            }
        }
    }

    /// What was said, for a fault.
    pub(super) fn how_it_was_told(&self, saying: &Saying) -> String {
        let mut words = String::new();
        for said in self.course.said.iter().filter(|it| Self::saying_of(it).as_ref() == Some(saying)) {
            let since = |at: Instant| at.saturating_duration_since(self.course.begun);
            let shown: Vec<_> = (0..ACCOUNTS.len())
                .flat_map(|account| self.course.shown[account].iter().map(move |it| (account, it)))
                .filter(|(_, (serial, _))| Some(*serial) == said.serial)
                .map(|(account, (_, at))| (ACCOUNTS[account], since(*at)))
                .collect();
            let deaths: Vec<_> = self
                .course
                .deaths
                .iter()
                .map(|it| (since(it.frontier), since(it.at), since(it.back)))
                .collect();
            words += &format!(
                " [said at {:?}, told {:?}, shown {shown:?}, written: {}; written until, death, next life: {deaths:?}]",
                since(said.at),
                said.told,
                self.is_written(said)
            );
        }
        words
    }
}
