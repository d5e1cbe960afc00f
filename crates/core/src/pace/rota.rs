//! Whose turn it is: answers go before the rest, and bots have their turns one after the other.
//!
//! What one bot asks for by the thousand is one bot's all the same: of those whose work is as urgent the bot goes that
//! has had no turn for the longest. Answers of any bot go before whatever is none. So that nothing waits for ever
//! where people ask more than can be answered, one piece of the rest goes after some answers, if it has stood there for
//! longer than any of those that are left.

use alloc::collections::{BTreeMap, VecDeque};

use super::lane::LaneId;
use crate::{bots::BotId, time::Time};

/// So many answers have a turn for one of what is none and has waited for longer.
const ANSWERS: u32 = 4;

/// How urgent something is, and for whom.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Standing {
    /// When it was asked for, or later if it may wait for answers.
    pub(super) due: Time,
    pub(super) bot: BotId,
    pub(super) is_answer: bool,
}

/// Who had turns, and when.
#[derive(Debug, Clone, Default)]
pub(super) struct Rota {
    turns: u64,
    /// Each bot's last one.
    last: BTreeMap<BotId, u64>,
    /// Answers since the last of what is none.
    answers: u32,
}

impl Rota {
    /// Which of these is next.
    pub(super) fn next<I: Iterator<Item = Standing>>(&self, all: impl Fn() -> I) -> Option<Standing> {
        let last = |it: &Standing| (self.last.get(&it.bot).copied().unwrap_or(0), *it);
        let answers = || all().filter(|it| it.is_answer);
        let answer = answers().min_by_key(last);
        let other = all().filter(|it| !it.is_answer).min_by_key(last);
        let asked = answers().map(|it| it.due).min();
        let is_older = |it: &Standing| asked.is_none_or(|asked| it.due < asked && self.answers >= ANSWERS);
        other.filter(is_older).or(answer)
    }

    /// This one has had its turn.
    pub(super) fn had(&mut self, it: Standing) {
        self.turns += 1;
        self.last.insert(it.bot, self.turns);
        self.answers = if it.is_answer { self.answers.saturating_add(1) } else { 0 };
    }
}

/// Lanes that wait for accounts, each to be looked at once.
#[derive(Debug, Default)]
pub(super) struct Candidates(BTreeMap<(BotId, bool), VecDeque<(Standing, LaneId)>>);

impl Candidates {
    pub(super) fn new(lanes: impl Iterator<Item = (Standing, LaneId)>) -> Self {
        let mut all = Self::default();
        for (standing, id) in lanes {
            all.0.entry((standing.bot, standing.is_answer)).or_default().push_back((standing, id));
        }
        all.0.values_mut().for_each(|lanes| lanes.make_contiguous().sort_unstable());
        all
    }

    /// Takes out the one that is next.
    pub(super) fn pop(&mut self, rota: &Rota) -> Option<(Standing, LaneId)> {
        let next = rota.next(|| self.0.values().filter_map(|lanes| Some(lanes.front()?.0)))?;
        self.0.get_mut(&(next.bot, next.is_answer))?.pop_front()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec::Vec;
    use core::time::Duration;

    fn standing(bot: u16, is_answer: bool, due: u64) -> Standing {
        Standing { due: Time::after_origin(Duration::from_secs(due)), bot: BotId(bot), is_answer }
    }

    /// The order in which all of these have their turns.
    fn order(all: &[Standing]) -> Vec<Standing> {
        let mut candidates = Candidates::new(all.iter().copied().zip((0..).map(LaneId)));
        let mut rota = Rota::default();
        let mut order = Vec::new();
        while let Some((standing, _)) = candidates.pop(&rota) {
            rota.had(standing);
            order.push(standing);
        }
        order
    }

    #[test]
    fn bots_alternate_however_much_one_has_asked_for() {
        let all: Vec<Standing> =
            (0..6).map(|n| standing(0, false, n)).chain([standing(1, false, 9); 2]).collect();
        let bots: Vec<u16> = order(&all).iter().map(|it| it.bot.0).collect();
        assert_eq!(bots, [0, 1, 0, 1, 0, 0, 0, 0]);
    }

    #[test]
    fn answers_go_first_and_one_of_the_rest_after_some_of_them() {
        let all: Vec<Standing> =
            (0..6).map(|n| standing(0, true, 20 + n)).chain([standing(0, false, 1); 2]).collect();
        let answers: Vec<bool> = order(&all).iter().map(|it| it.is_answer).collect();
        assert_eq!(answers, [true, true, true, true, false, true, true, false]);
        let young: Vec<Standing> =
            (0..6).map(|n| standing(0, true, 20 + n)).chain([standing(0, false, 30)]).collect();
        assert!(
            !order(&young).last().expect("all have a turn").is_answer,
            "it was not asked for before them"
        );
    }
}
