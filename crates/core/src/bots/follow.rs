//! Bots come, go and change while others go on. Each has its place, which is its number, for as long as the process is there;
//! what waits for it stays with the place, whatever it is called.

use alloc::{
    string::{String, ToString},
    vec::Vec,
};

use super::{Absence, Answers, BotId, BotMode, BotSetup, Bots, ClientId, Queue, Replay};
use crate::time::Time;

/// What became of a bot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum BotChange {
    /// It has another name than this.
    Renamed(BotId, String),
    /// It was removed.
    Gone(BotId),
}

impl Bots {
    /// From now on these are the bots, by their places; who is at a place that is not there, or is nobody's, is gone. A bot
    /// of another mode has no stream left: each opens anew, in the way of that. With the streams that ended.
    pub(crate) fn follow(
        &mut self,
        now: Time,
        bots: &[Option<BotSetup>],
        replay: Replay,
    ) -> (Vec<BotChange>, Vec<ClientId>) {
        self.replay = replay;
        let (mut changes, mut ended) = (Vec::new(), Vec::new());
        let places = bots.len().max(self.names.len()).min(usize::from(u16::MAX));
        for (bot, index) in (0..).map(BotId).zip(0..places) {
            let wanted = bots.get(index).and_then(Option::as_ref);
            if index >= self.names.len() {
                self.begin(now, wanted);
                continue;
            }
            match (wanted, self.gone.contains(&bot)) {
                (None, true) => {}
                (None, false) => {
                    ended.extend(self.end_all(now, bot));
                    self.empty(now, bot, BotMode::All);
                    self.gone.insert(bot);
                    self.numbers.forget(bot);
                    changes.push(BotChange::Gone(bot));
                }
                (Some(wanted), true) => {
                    self.gone.remove(&bot);
                    self.empty(now, bot, wanted.mode);
                    self.names[index].clone_from(&wanted.name);
                }
                (Some(wanted), false) => {
                    if self.mode(bot) != Some(wanted.mode) {
                        ended.extend(self.end_all(now, bot));
                        let queue = core::mem::replace(&mut self.queues[index], Queue::new(now, wanted.mode));
                        self.queues[index] = queue.of_mode(now, wanted.mode);
                    }
                    if self.names[index] != wanted.name {
                        let name = core::mem::replace(&mut self.names[index], wanted.name.to_string());
                        changes.push(BotChange::Renamed(bot, name));
                    }
                }
            }
        }
        self.expire(now);
        (changes, ended)
    }

    /// One place more, which may be nobody's.
    fn begin(&mut self, now: Time, bot: Option<&BotSetup>) {
        if bot.is_none() {
            self.gone.insert(BotId(self.count()));
        }
        let mode = bot.map_or(BotMode::All, |bot| bot.mode);
        self.names.push(bot.map(|bot| bot.name.clone()).unwrap_or_default());
        self.queues.push(Queue::new(now, mode));
        self.answers.push(Answers::default());
        self.absences.push(Absence::new(now));
    }

    /// Nothing waits there, and whoever has it has never been there. Sends that have not left yet still end.
    fn empty(&mut self, now: Time, bot: BotId, mode: BotMode) {
        let index = usize::from(bot.0);
        (self.queues[index], self.absences[index]) = (Queue::new(now, mode), Absence::new(now));
    }

    /// All streams of a bot end at once, in the order in which they opened.
    fn end_all(&mut self, now: Time, bot: BotId) -> Vec<ClientId> {
        if let Some(queue) = self.queues.get_mut(usize::from(bot.0)) {
            queue.all_end();
        }
        let clients = self.clients_of(bot);
        for client in &clients {
            self.disconnect(now, *client);
        }
        clients
    }

    fn mode(&self, bot: BotId) -> Option<BotMode> {
        self.queues.get(usize::from(bot.0)).map(|queue| match queue {
            Queue::All(_) => BotMode::All,
            Queue::Split(split) => split.mode(),
        })
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec;
    use core::time::Duration;

    use super::*;
    use crate::event::WeChatEvent;

    const ONE: BotId = BotId(0);
    const TWO: BotId = BotId(1);

    fn bot(name: &str, mode: BotMode) -> Option<BotSetup> {
        Some(BotSetup { name: name.to_string(), mode })
    }

    fn message(id: &str) -> WeChatEvent {
        WeChatEvent::Message { id: id.to_string() }
    }

    fn two() -> Bots {
        let setup: Vec<BotSetup> =
            [bot("one", BotMode::All), bot("two", BotMode::All)].into_iter().flatten().collect();
        let mut bots = Bots::new(Time::ZERO, &setup, Replay::default());
        bots.connect(Time::ZERO, ClientId(1), ONE, None);
        bots.connect(Time::ZERO, ClientId(2), TWO, None);
        bots.record(Time::ZERO, 0, &message("a"));
        for client in [1, 2] {
            assert_eq!(bots.due(Time::ZERO, ClientId(client), true).events.len(), 1);
        }
        bots
    }

    fn follow(bots: &mut Bots, to: &[Option<BotSetup>]) -> (Vec<BotChange>, Vec<ClientId>) {
        bots.follow(Time::ZERO, to, Replay::default())
    }

    /// The ids of what a bot is given when a stream of its opens.
    fn given(bots: &mut Bots, client: u64, bot: BotId) -> Vec<String> {
        bots.connect(Time::ZERO, ClientId(client), bot, None);
        let due = bots.due(Time::ZERO, ClientId(client), false).events;
        due.iter().filter_map(|(_, event)| event.asked_by().map(ToString::to_string)).collect()
    }

    #[test]
    fn who_is_removed_has_no_stream_and_nothing_that_waits_and_the_others_keep_their_places() {
        let mut bots = two();
        let (changes, ended) = follow(&mut bots, &[None, bot("two", BotMode::All)]);
        assert_eq!((changes, ended), (vec![BotChange::Gone(ONE)], vec![ClientId(1)]));
        assert_eq!((bots.named("one"), bots.named("two")), (None, Some(TWO)));
        bots.record(Time::ZERO, 0, &message("b"));
        assert_eq!((bots.backlog(), bots.away(ONE)), (2, None), "all of it is the other's");
        assert_eq!(bots.connect(Time::ZERO, ClientId(3), ONE, None), None);
        assert_eq!((bots.bot_of(ClientId(3)), bots.connected()), (None, 1), "it can't be there");
        assert_eq!(follow(&mut bots, &[None, bot("two", BotMode::All)]), (vec![], vec![]), "once");
    }

    #[test]
    fn one_that_comes_has_what_happens_from_then_on_in_its_old_place_or_behind_the_last() {
        let mut bots = two();
        follow(&mut bots, &[None, bot("two", BotMode::All)]);
        let three = bot("three", BotMode::Standby);
        let (changes, ended) =
            follow(&mut bots, &[bot("one", BotMode::All), bot("two", BotMode::All), three]);
        assert_eq!((changes, ended), (vec![], vec![]));
        bots.record(Time::ZERO, 0, &message("b"));
        assert_eq!(
            (given(&mut bots, 4, ONE), given(&mut bots, 5, BotId(2))),
            (vec!["b".into()], vec!["b".into()])
        );
        assert_eq!(bots.here().collect::<Vec<_>>(), [ONE, TWO, BotId(2)]);
    }

    #[test]
    fn another_name_changes_nothing_else() {
        let mut bots = two();
        // They change their names with one another.
        let (changes, ended) = follow(&mut bots, &[bot("two", BotMode::All), bot("one", BotMode::All)]);
        let renamed = vec![BotChange::Renamed(ONE, "one".into()), BotChange::Renamed(TWO, "two".into())];
        assert_eq!((changes, ended), (renamed, vec![]));
        bots.disconnect(Time::ZERO, ClientId(1));
        assert_eq!((bots.named("two"), given(&mut bots, 3, ONE)), (Some(ONE), vec!["a".into()]));
    }

    #[test]
    fn in_another_mode_each_has_what_it_has_not_acknowledged_once() {
        for (before, after) in [(BotMode::All, BotMode::Shard), (BotMode::Shard, BotMode::All)] {
            let setup: Vec<BotSetup> = bot("one", before).into_iter().collect();
            let mut bots = Bots::new(Time::ZERO, &setup, Replay::default());
            bots.connect(Time::ZERO, ClientId(1), ONE, None);
            bots.record(Time::ZERO, 0, &message("a"));
            bots.due(Time::ZERO, ClientId(1), true);
            let (changes, ended) = follow(&mut bots, &[bot("one", after)]);
            assert_eq!((changes, ended), (vec![], vec![ClientId(1)]), "{before} {after}");
            assert_eq!(bots.due(Time::ZERO, ClientId(1), true).events.len(), 0, "its stream is no more");
            assert_eq!(given(&mut bots, 2, ONE), ["a"], "{before} {after}");
        }
    }

    #[test]
    fn what_is_kept_for_who_is_away_is_bounded_by_what_is_said_now() {
        let mut bots = two();
        let setup = [bot("one", BotMode::All), bot("two", BotMode::All)];
        let second = Duration::from_secs(1);
        bots.disconnect(Time::ZERO, ClientId(1));
        bots.follow(Time::ZERO + second, &setup, Replay { age: second, ..Replay::default() });
        assert_eq!(bots.backlog(), 0);
    }
}
