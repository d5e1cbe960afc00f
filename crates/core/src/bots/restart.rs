//! All streams have ended at once, with the process that had them, and bots may have come, gone, or changed their mode.
//!
//! What they had not acknowledged is kept as if each stream had ended by itself. A bot is known again by its name, and
//! has what waits for it; one whose mode is another has it in the way of that.

use alloc::{collections::BTreeMap, vec::Vec};
use core::time::Duration;

use super::{
    Absence, All, Answers, BotId, BotMode, BotSetup, Bots, ClientId, Queue, Replay, Split, pile::Entry,
};
use crate::{event::WeChatEvent, time::Time};

impl Bots {
    /// No stream is open any more, and nobody is about to say anything. For so long nobody was there who could have given
    /// bots anything. From now on these are the bots.
    pub(crate) fn restart(&mut self, now: Time, away: Duration, bots: &[BotSetup], replay: Replay) {
        // What waits grew no older meanwhile, so nothing is too old.
        self.replay.age = Duration::MAX;
        let clients: Vec<ClientId> = self.clients.keys().copied().collect();
        self.queues.iter_mut().for_each(Queue::all_end);
        // In the order in which they opened: each may be the successor of one before.
        for client in clients {
            self.disconnect(now, client);
        }
        self.queues.iter_mut().for_each(|queue| queue.rejuvenate(now, away));
        self.replay = replay;
        let left = core::mem::take(&mut self.queues).into_iter().zip(core::mem::take(&mut self.absences));
        // Who was removed meanwhile, and is back, is new; another one may have its name.
        let gone = core::mem::take(&mut self.gone);
        let names = self.names.clone();
        self.numbers.move_to(|bot| {
            let name = names.get(usize::from(bot.0)).filter(|_| !gone.contains(&bot))?;
            let place = bots.iter().position(|it| it.name == *name)?;
            Some(BotId(u16::try_from(place).ok()?))
        });
        let names = (0..).map(BotId).zip(core::mem::take(&mut self.names)).zip(left);
        let names = names.filter(|((bot, _), _)| !gone.contains(bot)).map(|((_, name), left)| (name, left));
        let mut left: BTreeMap<_, _> = names.collect();
        for bot in bots {
            let (queue, absence) = match left.remove(&bot.name) {
                Some((queue, absence)) => (queue.of_mode(now, bot.mode), absence),
                None => (Queue::new(now, bot.mode), Absence::new(now)),
            };
            self.names.push(bot.name.clone());
            self.queues.push(queue);
            self.absences.push(absence);
        }
        self.answers = bots.iter().map(|_| Answers::default()).collect();
    }
}

impl Queue {
    pub(super) fn all_end(&mut self) {
        match self {
            Self::All(all) => all.all_end(),
            Self::Split(_) => {}
        }
    }

    fn rejuvenate(&mut self, now: Time, by: Duration) {
        match self {
            Self::All(all) => all.rejuvenate(now, by),
            Self::Split(split) => split.rejuvenate(now, by),
        }
    }

    /// The same bot's, of which no stream is open, in a mode that may be another.
    pub(super) fn of_mode(self, now: Time, mode: BotMode) -> Self {
        match (self, mode) {
            (Self::All(all), BotMode::All) => Self::All(all),
            (Self::Split(split), BotMode::All) => {
                let (entries, dropped) = split.into_entries();
                Self::All(All::with(now, entries, dropped))
            }
            (Self::Split(split), BotMode::Standby | BotMode::Shard) => Self::Split(split.of_mode(mode)),
            (Self::All(all), BotMode::Standby | BotMode::Shard) => {
                let (entries, dropped) = all.into_entries();
                Self::Split(Split::with(mode, entries, dropped))
            }
        }
    }
}

/// What waited for several, each once, in the order in which it happened. Was it given to one of them, the bot may have
/// it.
pub(super) fn united(all: impl IntoIterator<Item = Entry>) -> Vec<Entry> {
    let mut united: BTreeMap<u64, Entry> = BTreeMap::new();
    for entry in all {
        let again = entry.again;
        united.entry(entry.number).or_insert(entry).again |= again;
    }
    united.into_values().collect()
}

/// Whether it says that something which clients cache is stale.
pub(super) fn is_stale(entry: &Entry) -> bool {
    matches!(&*entry.event, WeChatEvent::Dirty { .. })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bots::Replay;
    use alloc::{string::ToString, vec};

    const BOT: super::super::BotId = super::super::BotId(0);

    fn bot(name: &str, mode: BotMode) -> BotSetup {
        BotSetup { name: name.to_string(), mode }
    }

    fn message(id: &str) -> WeChatEvent {
        WeChatEvent::Message { id: id.to_string() }
    }

    /// The ids of what a bot is given at once when it comes, and is there alone.
    fn given(bots: &mut Bots, client: u64, bot: u16) -> Vec<alloc::string::String> {
        let (now, client) = (Time::ZERO, ClientId(client));
        bots.connect(now, client, super::super::BotId(bot), None);
        let due = bots.due(now, client, false).events;
        due.iter().filter_map(|(_, event)| event.asked_by().map(ToString::to_string)).collect()
    }

    #[test]
    fn a_bot_is_known_by_its_name_in_whatever_mode_it_comes_back() {
        for before in BotMode::ALL {
            for after in BotMode::ALL {
                let mut bots =
                    Bots::new(Time::ZERO, &[bot("one", before), bot("two", before)], Replay::default());
                bots.connect(Time::ZERO, ClientId(1), BOT, None);
                bots.record(Time::ZERO, 0, &message("a"));
                assert_eq!(bots.due(Time::ZERO, ClientId(1), true).events.len(), 1);
                bots.record(Time::ZERO, 0, &message("b"));
                bots.acknowledge(Some(ClientId(1)), BOT, "a");
                bots.restart(
                    Time::ZERO,
                    Duration::ZERO,
                    &[bot("new", after), bot("one", after)],
                    Replay::default(),
                );
                assert_eq!((bots.connected(), bots.backlog()), (0, 1), "{before} {after}");
                assert_eq!(given(&mut bots, 2, 0), vec![""; 0], "it is new");
                assert_eq!(given(&mut bots, 3, 1), ["b"], "{before} {after}");
            }
        }
    }

    #[test]
    fn what_is_known_to_be_one_program_on_a_new_stream_is_one_after_a_restart_too() {
        let setup = [bot("one", BotMode::All)];
        let mut bots = Bots::new(Time::ZERO, &setup, Replay::default());
        bots.connect(Time::ZERO, ClientId(1), BOT, None);
        bots.record(Time::ZERO, 0, &message("a"));
        // The first stream is dead, and nobody knows.
        bots.connect(Time::ZERO, ClientId(2), BOT, None);
        bots.record(Time::ZERO, 0, &message("b"));
        bots.restart(Time::ZERO, Duration::ZERO, &setup, Replay::default());
        assert_eq!(given(&mut bots, 3, 0), ["a", "b"]);
        ["a", "b"].into_iter().for_each(|id| bots.acknowledge(Some(ClientId(3)), BOT, id));
        assert_eq!(bots.backlog(), 0, "nothing waits for a second program");
    }

    #[test]
    fn what_waits_grows_no_older_while_the_gateway_is_away() {
        let (hour, age) = (Duration::from_secs(3_600), Replay::default().age);
        for mode in BotMode::ALL {
            let setup = [bot("one", mode)];
            let mut bots = Bots::new(Time::ZERO, &setup, Replay::default());
            bots.connect(Time::ZERO, ClientId(1), BOT, None);
            bots.record(Time::ZERO, 0, &message("a"));
            bots.due(Time::ZERO, ClientId(1), true);
            bots.restart(Time::ZERO + hour, hour, &setup, Replay::default());
            assert_eq!((bots.backlog(), bots.poll_timeout()), (1, Some(Time::ZERO + hour + age)), "{mode}");
        }
    }

    #[test]
    fn what_waited_for_many_programs_of_one_bot_waits_for_all_of_them() {
        let mut bots = Bots::new(Time::ZERO, &[bot("one", BotMode::All)], Replay::default());
        for client in 1..=20 {
            bots.connect(Time::ZERO, ClientId(client), BOT, None);
        }
        bots.record(Time::ZERO, 0, &message("a"));
        // Each shows that it lives: none is the successor of another.
        (1..=20).for_each(|client| bots.acknowledge(Some(ClientId(client)), BOT, "unknown"));
        bots.restart(Time::ZERO, Duration::ZERO, &[bot("one", BotMode::All)], Replay::default());
        for client in 21..=40 {
            assert_eq!(given(&mut bots, client, 0), ["a"], "{client}");
        }
        assert_eq!(given(&mut bots, 41, 0), vec![""; 0], "there were no more");
    }
}
