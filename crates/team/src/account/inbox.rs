//! What an account tells, until it is handed on: questions are asked beside one another, and [`Line`] keeps the
//! order.

use std::{collections::VecDeque, sync::Arc};

use futures_util::{FutureExt as _, StreamExt as _, future::BoxFuture, stream::FuturesUnordered};
use ha_wechaty_core::{AccountId, Input, LastHeard, WeChatEvent};
use tokio::{
    sync::Semaphore,
    time::{Instant, sleep_until},
};
use tokio_util::sync::CancellationToken;

use super::{
    line::{Line, Sort},
    reader::{Question, Reading, Told, ask, hear, number},
};
use crate::state::{
    Shared,
    accounts::{Unread, UnreadSort},
};

/// How many answers may be out that have lost their place in the line. Before there are more, the oldest is given
/// up: it is asked for again when the account has logged in anew.
const ASIDE: usize = 192;
/// How many messages that another connection told of are asked for at once.
const OLD: usize = 16;

/// What an account has told and is not handed on yet.
pub(super) struct Inbox {
    shared: Arc<Shared>,
    account: AccountId,
    /// Which service tells, as a fingerprint.
    service: u64,
    line: Line<Reading>,
    asked: FuturesUnordered<BoxFuture<'static, (u64, Reading)>>,
    /// How to give up each answer that is out, oldest first.
    out: VecDeque<(u64, CancellationToken)>,
    /// Answers that have no place in the line any more.
    aside: usize,
    /// Whether it was said last that something is out which later ones have gone by.
    is_behind: bool,
    /// Whether later ones have gone by something since.
    is_passed: bool,
    /// Its puppet was made to tell something, and nothing that shows it was told to the core yet.
    is_dinged: bool,
    /// How many that say how the account stands wait in the line.
    states: usize,
    /// The last number that is to be told behind those.
    uncounted: Option<i32>,
    /// The turns of old messages, so that they are not all asked for at once.
    old: Arc<Semaphore>,
    give_up: CancellationToken,
}

impl Inbox {
    /// An empty one. What has not been read when it is to `give_up` waits for the account's next login.
    pub(super) fn new(
        shared: Arc<Shared>,
        (account, service): (AccountId, u64),
        give_up: &CancellationToken,
    ) -> Self {
        Self {
            shared,
            account,
            service,
            line: Line::new(),
            asked: FuturesUnordered::new(),
            out: VecDeque::new(),
            aside: 0,
            is_behind: false,
            is_passed: false,
            is_dinged: false,
            states: 0,
            uncounted: None,
            old: Arc::new(Semaphore::new(OLD)),
            give_up: give_up.child_token(),
        }
    }

    /// Whether everything was handed on.
    pub(super) fn is_empty(&self) -> bool {
        self.line.is_empty() && self.asked.is_empty()
    }

    /// Whether it takes in more now.
    pub(super) fn has_room(&self) -> bool {
        self.line.has_room()
    }

    /// Takes in what the stream has told.
    pub(super) fn take(&mut self, event: &[u8]) {
        let (now, number) = (Instant::now(), number(event));
        match hear(&self.shared, self.account, event) {
            Told::Now(sort, reading) => {
                self.stands(&reading, number.is_some());
                self.states += usize::from(reading.is_state());
                self.line.told(now, sort, reading);
            }
            Told::Dong => self.dong(now),
            Told::Asks(question) => {
                self.owes(&question);
                self.hears();
                let number = self.line.asks(now);
                self.ask(number, question);
            }
            Told::Nothing => {}
        }
        match number {
            Some(seq) if self.states == 0 => self.counts(seq),
            // Where that waits a restart would forget it, and its service would not tell it again.
            Some(seq) => self.uncounted = Some(seq),
            None => {}
        }
    }

    /// The core was told something that says how the account stands.
    pub(super) fn has_told_state(&mut self) {
        self.states = self.states.saturating_sub(1);
        if self.states == 0
            && let Some(seq) = self.uncounted.take()
        {
            self.counts(seq);
        }
    }

    /// What it told under this number was taken: a restart goes on with it, and it needs not be told again.
    fn counts(&self, seq: i32) {
        let routing = self.shared.core.routing();
        let contact_id = routing.identity().contact_of(self.account).map(str::to_owned);
        let (account, service) = (self.account, self.service);
        self.shared.accounts.links.hears(account, LastHeard { seq, contact_id, service });
        self.shared.core.tell(Input::HeardUpTo { account, seq, service });
    }

    /// Its puppet is made to tell something.
    pub(super) fn dings(&mut self) {
        self.is_dinged = true;
    }

    /// Something has come by the stream since, or it is not read for now: that it is not deaf shows before its dong, which
    /// stands behind all that.
    pub(super) fn hears(&mut self) {
        if std::mem::take(&mut self.is_dinged) {
            self.shared.core.tell(Input::StreamTells { account: self.account });
        }
    }

    /// The account has logged in: only now can it show what it owes, which is older than all that waits.
    pub(super) fn ask_again(&mut self, unread: Vec<Unread>) {
        for it in unread.into_iter().rev() {
            let number = self.line.asks_first(Instant::now());
            self.ask(
                number,
                match it.sort {
                    UnreadSort::Message => Question::Message { message: it, is_old: true },
                    UnreadSort::Invitation => Question::Invitation { id: it.id },
                },
            );
        }
    }

    /// What is to be handed on next. It may be dropped while it waits.
    pub(super) async fn next(&mut self) -> Reading {
        loop {
            let (passed, reading) = self.line.pop(Instant::now());
            self.aside += passed.len();
            self.is_passed |= !passed.is_empty();
            self.spare();
            if let Some(reading) = reading {
                return reading;
            }
            if !passed.is_empty() {
                // There may be room for more.
                return Reading::Nothing;
            }
            let wake = self.line.wake();
            let later = async {
                match wake {
                    Some(at) => sleep_until(at).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                Some((number, reading)) = self.asked.next(), if !self.asked.is_empty() => {
                    self.out.retain(|(it, _)| *it != number);
                    if let Some(reading) = self.line.answer(Instant::now(), number, reading) {
                        self.aside = self.aside.saturating_sub(1);
                        return reading.overtaken();
                    }
                }
                () = later => {}
            }
        }
    }

    /// Whether something is out that `reading` and later ones go by, if that is news, as each such thing is.
    /// `is_unread` if something waits elsewhere.
    pub(super) fn falls_behind(&mut self, reading: &Reading, is_unread: bool) -> Option<bool> {
        let is_one_more = std::mem::take(&mut self.is_passed) | matches!(reading, Reading::Unread(_));
        let is_behind = is_one_more || self.aside > 0 || is_unread;
        let was_behind = std::mem::replace(&mut self.is_behind, is_behind);
        (is_one_more || was_behind != is_behind).then_some(is_behind)
    }

    /// The stream has ended: nothing holds what can be read no more.
    pub(super) fn end(&self) {
        self.give_up.cancel();
    }

    /// What was told of is asked for again after a restart, unless it is known by then what it says.
    fn owes(&self, question: &Question) {
        match question {
            Question::Message { message, .. } => {
                self.is_heard(|account| Input::Heard { account, id: message.id.clone() });
            }
            Question::Invitation { id } => {
                let event = || WeChatEvent::RoomInvite { id: id.clone() };
                self.is_heard(|account| Input::HeardOf { account, event: event() });
            }
        }
    }

    /// A restart goes on with what was told, if that can't be handed on at once, or its service will not tell it again since it
    /// `is_counted`.
    fn stands(&mut self, reading: &Reading, is_counted: bool) {
        let backlog = self.shared.accounts.links.backlog(self.account);
        let waits = is_counted || !self.line.is_empty() || backlog.is_some_and(|backlog| !backlog.has_room());
        if let Reading::Fact(Input::Event { event, .. }) = reading
            && waits
            && *event != WeChatEvent::Ready
        {
            self.hears();
            self.is_heard(|account| Input::HeardOf { account, event: event.clone() });
        }
    }

    fn is_heard(&self, fact: impl FnOnce(AccountId) -> Input) {
        if self.shared.core.is_durable() {
            self.shared.core.tell(fact(self.account));
        }
    }

    /// Tells at once that the puppet answers its ding, unless the core has to catch up with this account first.
    fn dong(&mut self, now: Instant) {
        let fact = Input::PuppetDong { account: self.account };
        match self.shared.accounts.links.backlog(self.account).filter(|backlog| backlog.has_room()) {
            Some(backlog) => {
                self.is_dinged = false;
                self.shared.core.tell_from(backlog, fact);
            }
            None => {
                self.hears();
                self.line.told(now, Sort::Event, Reading::Fact(fact));
            }
        }
    }

    fn ask(&mut self, number: u64, question: Question) {
        let give_up = self.give_up.child_token();
        self.out.push_back((number, give_up.clone()));
        let (shared, account, old) = (self.shared.clone(), self.account, self.old.clone());
        let answer = async move {
            let _turn = if let Question::Message { is_old: true, .. } = &question {
                tokio::select! {
                    turn = old.acquire_owned() => turn.ok(),
                    () = give_up.cancelled() => None,
                }
            } else {
                None
            };
            (number, ask(&shared, account, question, &give_up).await)
        };
        self.asked.push(answer.boxed());
    }

    /// Gives up the oldest answers where too many are out.
    fn spare(&self) {
        let too_many = self.aside.saturating_sub(ASIDE);
        self.out.iter().take(too_many).for_each(|(_, give_up)| give_up.cancel());
    }
}
