//! What a bot was given has numbers, by which it can say what it has: a client of the newer generation keeps the last one,
//! across its own restarts too, and asks for what came after that.
//!
//! Each bot counts for itself. What is given once more has a new number, so a stream's numbers always grow, in the order in
//! which it is given things; between them may be others, which another stream of the bot was given.
//!
//! A number says which stream was given it, and so whose what was given before is: that is the bot's now, though it never
//! asked for what it was about. A number of another life of the gateway, or from long ago, says nothing, and its bot is
//! given what any other is: all that it was not seen to have got.

use alloc::collections::{BTreeMap, VecDeque};

use super::{BotId, Bots, ClientId, Queue, pile::Entry};

/// So many changes between a bot's streams are remembered.
const RUNS: usize = 4_096;

/// So many streams may be about to open.
const OPENING: usize = 64;

/// On the wire there are no more numbers than this: then they begin again.
const WIRE: u64 = i32::MAX as u64;

/// To which stream something was given last, and as which number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(super) struct ToldAs {
    pub(super) client: ClientId,
    pub(super) number: u64,
}

/// All bots' numbers.
#[derive(Debug, Clone, PartialEq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(super) struct Numbers {
    /// Numbers begin behind this.
    base: u64,
    bots: BTreeMap<BotId, Numbering>,
    /// Streams that are about to open, and which stream's bot that is.
    after: BTreeMap<ClientId, ClientId>,
}

/// One bot's.
#[derive(Debug, Clone, PartialEq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(super) struct Numbering {
    last: u64,
    /// Which stream was given which, the last ones last.
    runs: VecDeque<Run>,
}

/// Numbers in a row that one stream was given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
struct Run {
    client: ClientId,
    first: u64,
    last: u64,
}

/// A stream is being given something.
#[derive(Debug)]
pub(super) struct Giving<'a> {
    client: ClientId,
    first: u64,
    numbering: &'a mut Numbering,
}

impl Giving<'_> {
    /// The next thing that it is given.
    pub(super) fn next(&mut self) -> ToldAs {
        self.numbering.last += 1;
        ToldAs { client: self.client, number: self.numbering.last }
    }

    /// It was given all that it is given now.
    pub(super) fn ends(self) {
        let Self { client, first, numbering: Numbering { last, runs } } = self;
        if *last < first {
            return;
        }
        match runs.back_mut() {
            Some(run) if run.client == client && run.last + 1 == first => run.last = *last,
            Some(_) | None => runs.push_back(Run { client, first, last: *last }),
        }
        runs.drain(..runs.len().saturating_sub(RUNS));
    }
}

impl Numbering {
    pub(super) fn gives(&mut self, client: ClientId) -> Giving<'_> {
        Giving { client, first: self.last + 1, numbering: self }
    }

    /// The number that stands for this on the wire, and the stream that was given it.
    fn find(&self, seq: u64) -> Option<ToldAs> {
        let back = self.last.checked_sub(1)? % WIRE + WIRE - seq.checked_sub(1)?;
        let number = self.last.checked_sub(back % WIRE)?;
        let run = self.runs.iter().rev().find(|run| (run.first..=run.last).contains(&number))?;
        Some(ToldAs { client: run.client, number })
    }
}

impl Numbers {
    pub(super) fn of(&mut self, bot: BotId) -> &mut Numbering {
        let base = self.base;
        self.bots.entry(bot).or_insert_with(|| Numbering { last: base, runs: VecDeque::new() })
    }

    /// The stream that this one's bot had before, if it said so.
    pub(super) fn after(&mut self, client: ClientId) -> Option<ClientId> {
        self.after.remove(&client)
    }

    /// A bot is another one, or gone.
    pub(super) fn forget(&mut self, bot: BotId) {
        self.bots.remove(&bot);
    }

    /// Bots have other places now: `place` tells of each its new one.
    pub(super) fn move_to(&mut self, place: impl Fn(BotId) -> Option<BotId>) {
        let all = core::mem::take(&mut self.bots).into_iter();
        self.bots = all.filter_map(|(bot, it)| Some((place(bot)?, it))).collect();
        self.after.clear();
    }
}

impl Bots {
    /// Numbers begin behind this, where none were given so far.
    pub(crate) fn number_from(&mut self, base: u64) {
        self.numbers.base = self.numbers.base.max(base);
    }

    /// A bot that is about to open a stream says which number it was given last, as it is on the wire: what it was given up to
    /// then is its own, and the stream goes on where that one ended.
    pub(crate) fn knows(&mut self, client: ClientId, bot: BotId, seq: u64) {
        let Some(told) = self.numbers.of(bot).find(seq) else { return };
        self.numbers.after.insert(client, told.client);
        if self.numbers.after.len() > OPENING {
            self.numbers.after.pop_first();
        }
        match self.queues.get_mut(usize::from(bot.0)) {
            Some(Queue::All(all)) => all.has_taken(told),
            Some(Queue::Split(split)) => split.has_taken(told),
            None => {}
        }
    }
}

impl Entry {
    /// Whether it was given to that stream, no later than that.
    pub(super) fn was_told(&self, up_to: ToldAs) -> bool {
        self.told.is_some_and(|it| it.client == up_to.client && it.number <= up_to.number)
    }
}

/// A number as it is on the wire: never 0, which says that there is none.
pub fn seq_of(number: u64) -> i32 {
    let seq = number.checked_sub(1).map_or(0, |it| it % WIRE + 1);
    i32::try_from(seq).unwrap_or(i32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbering(last: u64, runs: &[(u64, u64, u64)]) -> Numbering {
        let run = |(client, first, last): &(u64, u64, u64)| Run {
            client: ClientId(*client),
            first: *first,
            last: *last,
        };
        Numbering { last, runs: runs.iter().map(run).collect() }
    }

    #[test]
    fn numbers_on_the_wire_begin_again_and_are_still_understood() {
        assert_eq!([0, 1, WIRE, WIRE + 1].map(seq_of), [0, 1, i32::MAX, 1]);
        let all = numbering(WIRE + 10, &[(1, 5, WIRE + 3), (2, WIRE + 4, WIRE + 10)]);
        for number in [WIRE - 1, WIRE, WIRE + 1, WIRE + 3, WIRE + 4, WIRE + 10] {
            let found = all.find(u64::try_from(seq_of(number)).expect("no less than 1"));
            let client = ClientId(if number > WIRE + 3 { 2 } else { 1 });
            assert_eq!(found, Some(ToldAs { client, number }), "{number}");
        }
        assert_eq!(all.find(0), None);
    }

    #[test]
    fn a_number_that_was_never_given_or_is_forgotten_is_nobodys() {
        let all = numbering(20, &[(1, 11, 15), (2, 16, 20)]);
        assert_eq!([10, 21, 1 << 20].map(|seq| all.find(seq)), [None; 3]);
        assert_eq!(Numbering::default().find(1), None);
        let mut many = Numbering::default();
        for client in 0..2 * RUNS as u64 {
            let mut giving = many.gives(ClientId(client));
            giving.next();
            giving.ends();
        }
        assert_eq!((many.runs.len(), many.find(1)), (RUNS, None));
        assert!(many.find(2 * RUNS as u64).is_some());
        many.gives(ClientId(0)).ends();
        assert_eq!(many.runs.len(), RUNS, "nothing was given");
    }
}
