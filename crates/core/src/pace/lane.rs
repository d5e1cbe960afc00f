//! A conversation's lane: what is to be done there, one after the other.

use alloc::{
    collections::{BTreeMap, VecDeque},
    string::String,
};
use core::time::Duration;

use super::{
    Meter, Paced,
    rota::{Rota, Standing},
};
use crate::{account::AccountId, account_set::AccountSet, bots::BotId, time::Time};

/// After so long an account that was asked to say something, and has not answered, is asked to say the next too. What
/// it was handed first it has first: a film takes its time, and nobody waits for that who talks to the account itself.
pub(super) const LET_GO: Duration = Duration::from_secs(5);

/// The caller's number for something that waits for its turn; what comes later has a greater one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ticket(pub u64);

/// What is to be done, as far as waiting goes: what one bot wants done about one subject keeps its order.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Errand {
    /// What it counts as.
    pub paced: Paced,
    /// The conversation, or whatever else must keep its order.
    pub subject: String,
    /// Who wants it.
    pub bot: BotId,
    /// What it keeps in memory while it waits, in bytes.
    pub weight: usize,
}

/// An account is sought.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seek {
    /// Those that have been asked already.
    pub tried: AccountSet,
    /// The one that said the bot's last words there, if it was a moment ago: as long as it can, it goes on.
    pub speaker: Option<AccountId>,
}

/// What has the same lane.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Name {
    pub(super) paced: Paced,
    pub(super) subject: String,
    /// Set where each bot has its own.
    pub(super) bot: Option<BotId>,
}

/// A lane's number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct LaneId(pub(super) u64);

/// A lane. Each bot has a line of its own in it, and keeps its order; the bots have their turns one after the other.
#[derive(Debug, Clone)]
pub(super) struct Lane {
    /// Its name, unless it is for one ticket alone.
    pub(super) name: Option<Name>,
    pub(super) paced: Paced,
    /// Whoever has its turn, or has had one and waits for the next.
    pub(super) front: Option<Ticket>,
    /// What has been under way for so long that others need not wait for it: for whom, and with which account.
    ahead: BTreeMap<Ticket, (BotId, AccountId)>,
    lines: BTreeMap<BotId, Line>,
    rota: Rota,
    pub(super) meter: Meter,
    pub(super) spot: Spot,
}

/// Those who wait in a lane for one bot.
#[derive(Debug, Clone, Default)]
struct Line {
    /// In order, and when each is due.
    tickets: VecDeque<(Ticket, Time)>,
    /// The answers among them.
    answers: BTreeMap<Ticket, Time>,
}

impl Lane {
    pub(super) fn new(name: Option<Name>, paced: Paced, meter: Meter) -> Self {
        let (lines, rota) = (BTreeMap::new(), Rota::default());
        let ahead = BTreeMap::new();
        Self { name, paced, front: None, ahead, lines, rota, meter, spot: Spot::Busy }
    }

    /// When others need not wait any more for its front, if any do.
    pub(super) fn lets_go(&self, front: &Waiter) -> Option<Time> {
        let is_going = matches!(front.stage, Stage::Going(_)) && !front.is_in_doubt;
        let waits = is_going && self.paced == Paced::Message && !self.lines.is_empty();
        front.handed.filter(|_| waits).map(|at| at + LET_GO)
    }

    /// Others need not wait for its front.
    pub(super) fn let_go(&mut self, front: &Waiter) {
        if let (Some(ticket), Stage::Going(account)) = (self.front.take(), front.stage) {
            self.ahead.insert(ticket, (front.bot, account));
        }
    }

    /// Whether anything is under way that nobody waits for.
    pub(super) fn is_ahead(&self) -> bool {
        !self.ahead.is_empty()
    }

    /// The account that alone may go on for this bot, since it has what comes before.
    pub(super) fn bound_to(&self, bot: BotId) -> Option<AccountId> {
        let mut its = self.ahead.values().rev().filter(|(whose, _)| *whose == bot);
        its.next().map(|(_, account)| *account)
    }

    /// It is to be tried again: as soon as may be, behind what its bot said before it and is to be tried again too.
    pub(super) fn comes_back(&mut self, ticket: Ticket, it: &Waiter) {
        self.ahead.remove(&ticket);
        if self.front.is_some_and(|front| front != ticket) {
            return self.put_first(ticket, it);
        }
        let head = self.lines.get(&it.bot).and_then(|line| line.tickets.front());
        let earlier = head.map(|(head, _)| *head).filter(|head| *head < ticket);
        if let Some(earlier) = earlier {
            self.put_first(ticket, it);
            self.take(earlier, it);
        }
        self.front = Some(earlier.unwrap_or(ticket));
    }

    /// What this bot has under way that others need not wait for.
    pub(super) fn ahead_of(&self, bot: BotId) -> impl Iterator<Item = Ticket> {
        self.ahead.iter().filter(move |(_, (whose, _))| *whose == bot).map(|(ticket, _)| *ticket)
    }

    /// Where its messages are said.
    pub(super) fn conversation(&self) -> Option<&str> {
        let name = self.name.as_ref().filter(|name| name.paced == Paced::Message)?;
        Some(&name.subject)
    }

    /// Stands behind all that its bot wants done here.
    pub(super) fn push(&mut self, ticket: Ticket, it: &Waiter) {
        let line = self.lines.entry(it.bot).or_default();
        line.tickets.push_back((ticket, it.due));
        if it.is_answer {
            line.answers.insert(ticket, it.due);
        }
    }

    /// It is not here any more.
    pub(super) fn remove(&mut self, ticket: Ticket, it: &Waiter) {
        self.front.take_if(|front| *front == ticket);
        self.ahead.remove(&ticket);
        self.take(ticket, it);
    }

    /// When the most urgent of the answers in it is due; of those of other bots than `than`, if that is set.
    pub(super) fn answer(&self, than: Option<BotId>) -> Option<Time> {
        let lines = self.lines.iter().filter(|(bot, _)| than != Some(**bot));
        lines.filter_map(|(_, line)| line.answer()).min()
    }

    /// Its front stands first again in its bot's line, so that another bot may go before it.
    pub(super) fn put_back(&mut self, it: &Waiter) {
        if let Some(ticket) = self.front.take() {
            self.put_first(ticket, it);
        }
    }

    fn put_first(&mut self, ticket: Ticket, it: &Waiter) {
        let line = self.lines.entry(it.bot).or_default();
        // Those that come back do so in any order.
        let place = line.tickets.partition_point(|(other, _)| *other < ticket);
        line.tickets.insert(place, (ticket, it.due));
        if it.is_answer {
            line.answers.insert(ticket, it.due);
        }
    }

    /// Whoever is next, while nobody has its turn: as urgent as the most urgent behind it.
    pub(super) fn next(&self) -> Option<(Ticket, Standing)> {
        let standing = |bot: &BotId, line: &Line| {
            let (_, due) = *line.tickets.front()?;
            let answer = line.answer();
            Some(Standing {
                due: answer.map_or(due, |it| due.min(it)),
                bot: *bot,
                is_answer: answer.is_some(),
            })
        };
        let next = self.rota.next(|| self.lines.iter().filter_map(|(bot, line)| standing(bot, line)))?;
        Some((self.lines.get(&next.bot)?.tickets.front()?.0, next))
    }

    /// It has its turn now.
    pub(super) fn begin(&mut self, ticket: Ticket, it: &Waiter, standing: Standing) {
        if self.front != Some(ticket) {
            self.take(ticket, it);
            self.front = Some(ticket);
            self.rota.had(standing);
        }
    }

    /// How many must have had their turn before it.
    pub(super) fn before(&self, ticket: Ticket, it: &Waiter) -> usize {
        let place = self.lines.get(&it.bot).and_then(|line| line.place(ticket));
        place.map_or(0, |place| place + usize::from(self.front.is_some()) + self.ahead.len())
    }

    fn take(&mut self, ticket: Ticket, it: &Waiter) {
        let Some(line) = self.lines.get_mut(&it.bot) else { return };
        if let Some(place) = line.place(ticket) {
            line.tickets.remove(place);
        }
        line.answers.remove(&ticket);
        if line.tickets.is_empty() {
            self.lines.remove(&it.bot);
        }
    }
}

impl Line {
    /// When the first answer in it is due.
    fn answer(&self) -> Option<Time> {
        self.answers.first_key_value().map(|(_, due)| *due)
    }

    fn place(&self, ticket: Ticket) -> Option<usize> {
        self.tickets.iter().position(|(it, _)| *it == ticket)
    }
}

/// What a lane waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Spot {
    /// For an account.
    Ready(Standing),
    /// For its own pace; or, with nobody in it, to be forgotten.
    Asleep(Time),
    /// For its front to end.
    Busy,
}

/// One who stands in a lane.
#[derive(Debug, Clone)]
pub(super) struct Waiter {
    pub(super) lane: LaneId,
    pub(super) bot: BotId,
    pub(super) weight: usize,
    pub(super) since: Time,
    pub(super) until: Time,
    /// When it was asked for, or later if it may wait for answers.
    pub(super) due: Time,
    /// Whether somebody spoke there lately.
    pub(super) is_answer: bool,
    /// Those that it has had.
    pub(super) tried: AccountSet,
    pub(super) stage: Stage,
    /// When the account was asked that it had its last turn with, if it was.
    pub(super) handed: Option<Time>,
    /// Whether nobody knows what became of that.
    pub(super) is_in_doubt: bool,
    /// Whether it has taken a slot of its lane.
    pub(super) is_begun: bool,
    /// Whether any of its tries may have left.
    pub(super) is_done: bool,
}

/// How far it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    /// It waits.
    InLine,
    /// It has this account.
    Going(AccountId),
    /// It was told that nobody is left, and thinks about it.
    Thinking,
}
