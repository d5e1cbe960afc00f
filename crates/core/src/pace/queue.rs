//! The queue: who goes next, and with which account.

mod follow;
mod free;
mod lanes;
mod resume;
mod tries;

use alloc::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    vec::Vec,
};

use super::{
    Allowance, Errand, Expiry, Full, Meter, Opening, Pace, Paced, Seek, Ticket, Turn,
    burst::Bursts,
    heard::Heard,
    lane::{Lane, LaneId, Name, Spot, Stage, Waiter},
    rota::{Candidates, Rota, Standing},
    waiting::Waiting,
};
use crate::{
    account::AccountId,
    account_set::{AccountSet, MAX_ACCOUNTS},
    bots::BotId,
    time::Time,
};

pub use tries::TryEnd;

/// Those who wait for an account, and how much each account has done.
///
/// * [`join`](Self::join) and then take [`poll_turn`](Self::poll_turn): [`Turn::Go`] means to ask that account.
/// * Once it is in that account's hands, [`asks`](Self::asks). Then [`failed`](Self::failed) for the next account, or
///   [`leave`](Self::leave). After [`Turn::Nobody`], [`retry`](Self::retry) or `leave`.
/// * After each of these, and at [`poll_timeout`](Self::poll_timeout), [`advance`](Self::advance), and take
///   all turns there are.
///
/// `choose` says who could serve a ticket, in which order, of those that it has not tried, led by the speaker of
/// its burst; `None` if nobody ever could.
#[derive(Debug, Clone)]
pub struct Queue {
    pace: Pace,
    meters: Vec<[Meter; Paced::ALL.len()]>,
    /// Who was over its pace at the last look, or was not there.
    closed: [Open; Paced::ALL.len()],
    heard: Heard,
    bursts: Bursts,
    lanes: BTreeMap<LaneId, Lane>,
    names: BTreeMap<Name, LaneId>,
    next_lane: u64,
    waiters: BTreeMap<Ticket, Waiter>,
    /// The lanes that wait for an account.
    ready: BTreeSet<LaneId>,
    /// Which bot has the next turn of each kind.
    rotas: [Rota; Paced::ALL.len()],
    asleep: BTreeSet<(Time, LaneId)>,
    waiting: Waiting,
    /// The lanes that something has happened to since the last look.
    fresh: BTreeSet<LaneId>,
    turns: VecDeque<(Ticket, Turn)>,
    now: Time,
}

/// Who is within its pace.
#[derive(Debug, Clone, Copy, Default)]
struct Open {
    to_answer: AccountSet,
    /// To do anything: some of what they may do is kept for answers.
    to_all: AccountSet,
}

impl Open {
    fn meets(&self, other: &Self) -> bool {
        !self.to_answer.and(other.to_answer).is_empty() || !self.to_all.and(other.to_all).is_empty()
    }
}

/// Of a hundred slots so many are kept for answers; only messages are answers.
fn kept_for_answers(pace: &Pace, paced: Paced) -> u8 {
    if paced == Paced::Message { pace.for_answers } else { 0 }
}

impl Queue {
    /// Nobody waits, and nothing was done.
    pub fn new(pace: Pace) -> Self {
        let accounts = pace.accounts.clone();
        let mut queue = Self {
            meters: Vec::new(),
            closed: Default::default(),
            heard: Heard::default(),
            bursts: Bursts::default(),
            lanes: BTreeMap::new(),
            names: BTreeMap::new(),
            next_lane: 0,
            waiters: BTreeMap::new(),
            ready: BTreeSet::new(),
            rotas: Default::default(),
            asleep: BTreeSet::new(),
            waiting: Waiting::default(),
            fresh: BTreeSet::new(),
            turns: VecDeque::new(),
            now: Time::ZERO,
            pace,
        };
        for (index, allowance) in accounts.iter().enumerate() {
            queue.admit(AccountId::at(index), allowance);
        }
        queue
    }

    /// How many wait.
    pub fn waiting(&self) -> usize {
        self.waiting.len()
    }

    /// How many of them for this bot.
    pub fn waiting_of(&self, bot: BotId) -> usize {
        self.waiting.of(bot)
    }

    /// What those who wait weigh, in bytes.
    pub fn weight(&self) -> usize {
        self.waiting.weight()
    }

    /// How many entries each of its tables has, by name.
    pub fn tables(&self) -> [(&'static str, usize); 5] {
        [
            ("lanes", self.lanes.len().max(self.names.len())),
            ("waiters", self.waiters.len()),
            ("meters", self.meters.iter().flatten().map(Meter::len).sum()),
            ("bursts", self.bursts.len()),
            ("heard", self.heard.len()),
        ]
    }

    /// Since when the one waits that has waited longest.
    pub fn longest(&self) -> Option<Time> {
        self.waiting.tickets().filter_map(|ticket| Some(self.waiters.get(&ticket)?.since)).min()
    }

    /// The same of those who wait for one kind of work.
    pub fn longest_for(&self, paced: Paced) -> Option<Time> {
        let its = self.waiting.tickets().filter_map(|ticket| self.waiters.get(&ticket));
        let is_such = |it: &&Waiter| self.lanes.get(&it.lane).is_some_and(|lane| lane.paced == paced);
        its.filter(is_such).map(|it| it.since).min()
    }

    /// An account's use of its limits.
    pub fn meter(&self, account: AccountId, paced: Paced) -> Option<&Meter> {
        self.meters.get(account.index())?.get(paced.index())
    }

    /// When an account may begin something: a part of what it may do is kept for answers.
    pub fn opening(&self, now: Time, account: AccountId, paced: Paced, is_answer: bool) -> Option<Opening> {
        let kept = if is_answer { 0 } else { self.kept(paced) };
        Some(self.meter(account, paced)?.opening_but_for(now, kept))
    }

    /// When something has to be done, if nothing happens before.
    pub fn poll_timeout(&self) -> Option<Time> {
        let is_anybody_ready = !self.ready.is_empty();
        let meters =
            self.meters.iter().filter(|_| is_anybody_ready).flat_map(|of| Paced::ALL.into_iter().zip(of));
        let openings = meters.flat_map(|(paced, meter)| {
            [meter.opening(self.now), meter.opening_but_for(self.now, self.kept(paced))]
        });
        let openings =
            openings.filter_map(|opening| if let Opening::At(at) = opening { Some(at) } else { None });
        let openings = openings.min();
        let asleep = self.asleep.first().map(|(at, _)| *at);
        let expiry = self.waiting.first().map(|(at, _)| at);
        [openings, asleep, expiry].into_iter().flatten().min()
    }

    /// The next turn.
    pub fn poll_turn(&mut self) -> Option<(Ticket, Turn)> {
        self.turns.pop_front()
    }

    /// From now on an account may do so much: one that is new, or comes back. What it did counts on, so that
    /// nobody gets a second allowance by leaving. Whoever waits may have it at the next [`advance`](Self::advance).
    pub fn admit(&mut self, account: AccountId, allowance: &Allowance) {
        if account.index() >= MAX_ACCOUNTS {
            return;
        }
        self.meters.resize_with(self.meters.len().max(account.index() + 1), Default::default);
        for paced in Paced::ALL {
            // Without a pace there is nothing to count.
            let limits = if self.pace.enabled { allowance.of(paced) } else { &[] };
            if let Some(meter) = self.meter_mut(account, paced) {
                meter.set_limits(limits);
            }
            let closed = &mut self.closed[paced.index()];
            closed.to_answer.insert(account);
            closed.to_all.insert(account);
        }
    }

    /// Somebody who is not of the team spoke in a conversation.
    pub fn heard(&mut self, now: Time, conversation: &str) {
        self.heard.hear(now, conversation, self.pace.answer_within);
    }

    /// An account did something without asking for leave, since it could not wait.
    pub fn count(&mut self, now: Time, account: AccountId, paced: Paced) {
        if let Some(meter) = self.meter_mut(account, paced) {
            meter.count(now);
        }
    }

    /// Something is to be done, at the latest at `until`. If it would have to wait and too many do already, or what
    /// waits would weigh too much, others give way, or else its place is gone; see [`Turn::Crowded`].
    ///
    /// # Errors
    /// Too much waits.
    pub fn join(
        &mut self,
        now: Time,
        ticket: Ticket,
        errand: Errand,
        until: Time,
        mut choose: impl FnMut(Ticket, Seek) -> Option<Vec<AccountId>>,
    ) -> Result<(), Full> {
        let within = self.pace.answer_within;
        let is_answer = errand.paced == Paced::Message && self.heard.is_lately(now, &errand.subject, within);
        let due = if is_answer { now } else { now + self.pace.answers_first };
        let (bot, weight) = (errand.bot, errand.weight);
        let id = self.lane_of(errand);
        let Some(lane) = self.lanes.get_mut(&id) else { return Ok(()) };
        let waiter = Waiter {
            lane: id,
            bot,
            weight,
            since: now,
            until,
            due,
            is_answer,
            tried: AccountSet::EMPTY,
            stage: Stage::InLine,
            handed: None,
            is_in_doubt: false,
            is_begun: false,
            is_done: false,
        };
        lane.push(ticket, &waiter);
        self.waiting.insert(ticket, &waiter);
        self.waiters.insert(ticket, waiter);
        self.touch(now, id);
        self.advance(now, false, &mut choose);
        self.make_room(now, ticket, choose)
    }

    /// Too much may wait since one has come: whoever has to go is told.
    fn make_room(
        &mut self,
        now: Time,
        ticket: Ticket,
        choose: impl FnMut(Ticket, Seek) -> Option<Vec<AccountId>>,
    ) -> Result<(), Full> {
        let Some(newcomer) = self.waiters.get(&ticket) else { return Ok(()) };
        let (most, most_bytes) = (self.pace.max_queue, self.pace.max_weight);
        let Some((gone, full)) = self.waiting.crowded(ticket, newcomer, most, most_bytes) else {
            return Ok(());
        };
        for it in &gone {
            self.leave(now, *it, false);
        }
        if gone.contains(&ticket) {
            return Err(full);
        }
        self.turns.extend(gone.into_iter().map(|it| (it, Turn::Crowded(full))));
        self.advance(now, false, choose);
        Ok(())
    }

    /// It is over, or nobody wants it any more. Its slots come back unless it `is_done`: it may have left.
    pub fn leave(&mut self, now: Time, ticket: Ticket, is_done: bool) {
        let Some(waiter) = self.waiters.remove(&ticket) else { return };
        self.waiting.remove(ticket, &waiter);
        if let Stage::Going(account) = waiter.stage {
            self.end(now, account, waiter.lane, is_done);
            self.note_speaker(now, account, &waiter, is_done);
        }
        if let Some(lane) = self.lanes.get_mut(&waiter.lane) {
            lane.remove(ticket, &waiter);
            if waiter.is_begun {
                lane.meter.end(now, is_done || waiter.is_done);
            }
        }
        self.touch(now, waiter.lane);
    }

    /// Gives everybody their turn whose turn it is. `is_changed` if `choose` may say something else than at the
    /// last look.
    pub fn advance(
        &mut self,
        now: Time,
        is_changed: bool,
        mut choose: impl FnMut(Ticket, Seek) -> Option<Vec<AccountId>>,
    ) {
        self.now = now;
        self.expire(|until| until < now);
        while let Some((_, id)) = self.asleep.first().copied().filter(|(at, _)| *at <= now) {
            self.touch(now, id);
        }
        let mut open = self.open(now);
        let is_reopened = open.iter().zip(&self.closed).any(|(open, closed)| open.meets(closed));
        let mut fresh = core::mem::take(&mut self.fresh);
        let mut lanes: Vec<LaneId> = if is_changed || is_reopened {
            self.ready.iter().copied().collect()
        } else {
            fresh.iter().copied().collect()
        };
        loop {
            for paced in Paced::ALL {
                let mut candidates = Candidates::new(self.ready_of(paced, &lanes));
                while let Some((standing, id)) =
                    self.rotas.get(paced.index()).and_then(|rota| candidates.pop(rota))
                {
                    // Whoever was looked at before waits for an account that was over its pace.
                    if is_changed || fresh.contains(&id) || !open[paced.index()].to_answer.is_empty() {
                        self.serve(now, id, standing, &mut open, &mut choose);
                    }
                }
            }
            // Their last chance was now. Whoever stood behind them has one too.
            self.expire(|until| until <= now);
            if self.fresh.is_empty() {
                break;
            }
            fresh = core::mem::take(&mut self.fresh);
            lanes = fresh.iter().copied().collect();
        }
        let everybody = self.everybody();
        self.closed = open.map(|open| Open {
            to_answer: everybody.without(open.to_answer),
            to_all: everybody.without(open.to_all),
        });
    }

    /// Those of these lanes that wait for an account, for work of this kind.
    fn ready_of(&self, paced: Paced, lanes: &[LaneId]) -> impl Iterator<Item = (Standing, LaneId)> {
        lanes.iter().filter_map(move |id| {
            if let Spot::Ready(standing) = self.lanes.get(id).filter(|lane| lane.paced == paced)?.spot {
                Some((standing, *id))
            } else {
                None
            }
        })
    }

    /// Gives the front of a lane its turn, if it can have one.
    fn serve(
        &mut self,
        now: Time,
        id: LaneId,
        standing: Standing,
        open: &mut [Open; Paced::ALL.len()],
        choose: &mut impl FnMut(Ticket, Seek) -> Option<Vec<AccountId>>,
    ) {
        let Some(lane) = self.lanes.get_mut(&id) else { return };
        let next = lane.front.or_else(|| lane.next().map(|(ticket, _)| ticket));
        let (Some(ticket), paced) = (next, lane.paced) else { return };
        let kept = kept_for_answers(&self.pace, paced);
        let is_in_doubt = |it: Ticket| self.waiters.get(&it).is_some_and(|it| it.is_in_doubt);
        let bot = self.waiters.get(&ticket).map(|it| it.bot);
        // What comes before it may have to be tried again.
        if bot.is_some_and(|bot| lane.ahead_of(bot).filter(|it| *it < ticket).any(is_in_doubt)) {
            return;
        }
        let Some(waiter) = self.waiters.get_mut(&ticket) else { return };
        let (tried, within, bursts) = (waiter.tried, self.pace.burst, &self.bursts);
        let speaker = lane.conversation().and_then(|it| bursts.speaker(now, waiter.bot, it, within));
        let order = choose(ticket, Seek { tried, speaker: speaker.filter(|it| !tried.contains(*it)) });
        // What is tried again has lost its place in the order already.
        let bound = lane.bound_to(waiter.bot).filter(|_| tried.is_empty());
        let may = |it: &AccountId| !tried.contains(*it) && bound.is_none_or(|bound| bound == *it);
        let mut left = order.iter().flatten().copied().filter(may).peekable();
        let is_hopeless = order.is_none() || (left.peek().is_none() && !waiter.tried.is_empty());
        let within = open[paced.index()];
        // Whatever an answer waits for is as urgent as it.
        let is_answer = waiter.is_answer || standing.is_answer;
        let within = if is_answer { within.to_answer } else { within.to_all };
        let turn = match left.find(|account| within.contains(*account)) {
            Some(account) => Turn::Go(account),
            None if is_hopeless => Turn::Nobody,
            None => return,
        };
        waiter.stage = Stage::Thinking;
        lane.begin(ticket, waiter, standing);
        if let Turn::Go(account) = turn {
            (waiter.stage, waiter.handed) = (Stage::Going(account), None);
            if let Some(rota) = self.rotas.get_mut(paced.index()) {
                rota.had(standing);
            }
            if !waiter.is_begun {
                waiter.is_begun = true;
                lane.meter.take();
            }
            if let Some(meter) = self.meters.get_mut(account.index()).map(|it| &mut it[paced.index()]) {
                meter.take();
                let open = &mut open[paced.index()];
                if meter.opening(now) != Opening::Now {
                    open.to_answer.remove(account);
                }
                if meter.opening_but_for(now, kept) != Opening::Now {
                    open.to_all.remove(account);
                }
            }
        }
        self.waiting.remove(ticket, waiter);
        self.settle(now, id);
        self.turns.push_back((ticket, turn));
    }

    /// Takes those out whose time is up.
    fn expire(&mut self, is_up: impl Fn(Time) -> bool) {
        while let Some((_, ticket)) = self.waiting.first().filter(|(until, _)| is_up(*until)) {
            let waiter = self.waiters.get(&ticket);
            let place = waiter.and_then(|waiter| Some((waiter, self.lanes.get(&waiter.lane)?)));
            let late = Expiry {
                before: place.map_or(0, |(waiter, lane)| lane.before(ticket, waiter)),
                lane: place.map_or(Opening::Now, |(_, lane)| lane.meter.opening(self.now)),
                is_answer: place.is_some_and(|(waiter, _)| waiter.is_answer),
            };
            self.leave(self.now, ticket, false);
            self.turns.push_back((ticket, Turn::Expired(late)));
        }
    }

    /// An account has ended what it was asked for in this lane.
    fn end(&mut self, now: Time, account: AccountId, lane: LaneId, is_done: bool) {
        let Some(paced) = self.lanes.get(&lane).map(|lane| lane.paced) else { return };
        if let Some(meter) = self.meter_mut(account, paced) {
            meter.end(now, is_done);
        }
    }

    /// An account has said something for a bot.
    fn note_speaker(&mut self, now: Time, account: AccountId, waiter: &Waiter, is_done: bool) {
        let conversation = self.lanes.get(&waiter.lane).and_then(Lane::conversation);
        if let Some(conversation) = conversation.filter(|_| is_done) {
            self.bursts.spoke(now, waiter.bot, conversation, account, self.pace.burst);
        }
    }

    /// Who is within its pace.
    fn open(&self, now: Time) -> [Open; Paced::ALL.len()] {
        Paced::ALL.map(|paced| {
            let but_for = |percent: u8| {
                let is_open = |id: &AccountId| {
                    let meter = self.meter(*id, paced);
                    meter.is_some_and(|meter| meter.opening_but_for(now, percent) == Opening::Now)
                };
                self.everybody().iter().filter(is_open).collect()
            };
            Open { to_answer: but_for(0), to_all: but_for(self.kept(paced)) }
        })
    }

    fn kept(&self, paced: Paced) -> u8 {
        kept_for_answers(&self.pace, paced)
    }

    fn everybody(&self) -> AccountSet {
        AccountId::first(self.meters.len()).collect()
    }

    fn meter_mut(&mut self, account: AccountId, paced: Paced) -> Option<&mut Meter> {
        self.meters.get_mut(account.index())?.get_mut(paced.index())
    }
}
