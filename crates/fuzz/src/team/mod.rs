//! The core: whatever it is told, in whatever order, holds what `support/watch.rs` of its tests asserts after each step,
//! and what it remembers stays within its limits.
//!
//! An input's bytes say how the team is made and then what happens, as `happens.rs` reads them: accounts that nobody
//! has, streams that never opened, ids that are empty or huge, time that stands still or leaps past everything that
//! was due. What the contract excludes is left out: time that goes backwards, numbers of streams and sends that
//! were given before, an id of an account's that is first one message's and then another's, and an account that comes
//! back with ids of another kind.

mod happens;
mod ids;
mod made;
mod newer;
#[allow(missing_docs, clippy::expect_used, clippy::panic, reason = "they are the core's tests")]
#[path = "../../../core/tests/support/turns.rs"]
mod turns;
#[allow(missing_docs, clippy::expect_used, clippy::panic, reason = "they are the core's tests")]
#[path = "../../../core/tests/support/watch.rs"]
mod watch;

use std::time::Duration;

use arbitrary::Unstructured;
use ha_wechaty_core::{BotId, Command, Input, Setup, Team, Time, WeChatEvent};

use crate::told;
use happens::{Happens, Known};
use turns::Turns;
use watch::Watch;

/// The room that most of it happens in.
const ROOM: &str = "room@chatroom";
/// What happens in one life at most.
const STEPS: usize = 250;
/// What the next thing that happens may weigh, with ids that are huge.
const NEXT: usize = 64 << 10;
/// How many streams that ended a bot is waited for at.
const WAITING: usize = 9;
/// So many wishes at once are too many.
const WISHES: usize = 100_000;

/// Lets a team live through it; some of them twice, which must be the same.
///
/// # Panics
/// Something does not hold.
pub fn challenge(input: &[u8]) {
    let mut bytes = Unstructured::new(input);
    let setup = made::setup(&mut bytes);
    let is_repeated = bytes.ratio(1, 8).unwrap_or(false);
    let rest = bytes.take_rest();
    let one = Life::new(&setup).through(rest);
    if is_repeated {
        let other = Life::new(&setup).through(rest);
        assert!(one.team == other.team, "the same inputs lead to the same state");
        assert_eq!(one.wishes, other.wishes, "the same inputs lead to the same wishes");
    }
}

/// A team, and who looks on.
struct Life<'a> {
    setup: &'a Setup,
    team: Team,
    now: Time,
    watch: Watch,
    known: Known,
    wishes: usize,
    /// How many streams were open at once.
    streams: usize,
}

impl<'a> Life<'a> {
    fn new(setup: &'a Setup) -> Self {
        let team = Team::new(Time::ZERO, setup, 7);
        let (watch, known) = (Watch::default(), Known::new(setup));
        let mut life = Self { setup, team, now: Time::ZERO, watch, known, wishes: 0, streams: 0 };
        life.drain();
        life
    }

    fn through(mut self, input: &[u8]) -> Self {
        let mut bytes = Unstructured::new(input);
        for _ in 0..STEPS {
            if bytes.is_empty() {
                break;
            }
            match happens::next(self.now, &mut bytes, &mut self.known) {
                Happens::Passes(time) => self.pass(time),
                Happens::Leaps(time) => self.now = self.now + time,
                Happens::Wakes => self.wake(),
                Happens::Works => {
                    self.team.work(self.now);
                    self.drain();
                }
                Happens::Told(input) => self.tell(input),
                Happens::Restarts(without) => self.restart(without),
                Happens::Follows => self.follow(&mut bytes),
            }
        }
        self.can_be_looked_at();
        // Whatever was late is done; then it must be as it has to be.
        self.wake();
        for _ in 0..STEPS {
            if !self.team.has_work() {
                break;
            }
            self.team.work(self.now);
            self.drain();
        }
        self
    }

    /// Time passes, with what is due meanwhile, as far as it takes not too long.
    fn pass(&mut self, time: Duration) {
        let end = self.now + time;
        for _ in 0..100 {
            match self.team.poll_timeout().filter(|wake| *wake <= end) {
                Some(wake) => self.now = self.now.max(wake),
                None => break,
            }
            self.wake();
        }
        self.now = end;
        self.wake();
    }

    fn wake(&mut self) {
        told(|| format!("{:?}", self.now));
        self.team.handle_timeout(self.now);
        self.drain();
        let next = self.team.poll_timeout();
        assert!(next.is_none_or(|next| next > self.now), "still due: {next:?} at {:?}", self.now);
    }

    fn tell(&mut self, input: Input) {
        told(|| format!("{:?} {input:?}", self.now));
        if self.is_of_bots(&input) {
            self.watch.hears(&input);
        }
        self.team.handle(self.now, input);
        self.drain();
    }

    fn restart(&mut self, without: Option<usize>) {
        let mut setup = self.setup.clone();
        if let Some(place) = without.filter(|_| !setup.accounts.is_empty()) {
            setup.accounts.remove(place % setup.accounts.len());
        }
        self.known.restart();
        self.tell(Input::Restarts { setup: Box::new(setup) });
        let numbers = self.team.numbers();
        assert!(numbers.send <= self.known.behind() && numbers.client <= self.known.behind(), "{numbers:?}");
    }

    /// The configuration says something else, but for what tells how much may be remembered.
    fn follow(&mut self, bytes: &mut Unstructured<'_>) {
        let (mut setup, bots) = made::followed(self.setup, bytes);
        for member in &mut setup.accounts {
            member.ids = self.known.ids_of(&member.name).unwrap_or(member.ids);
        }
        self.tell(Input::Follows { setup: Box::new(setup), bots });
    }

    /// A stream of a bot that nobody has is no stream.
    fn is_of_bots(&self, input: &Input) -> bool {
        if let Input::BotConnected { bot, .. } = input {
            self.team.bots().here().any(|it| it == *bot)
        } else {
            true
        }
    }

    fn drain(&mut self) {
        for count in 0.. {
            let Some(command) = self.team.poll_command() else { break };
            assert!(count < WISHES, "the wishes never end");
            if !matches!(command, Command::Publish(_)) {
                told(|| format!("    {command:?}"));
            }
            self.watch.sees(&self.team, &command);
            self.wishes += 1;
            if let Command::Deliver { event, .. } = command {
                if let WeChatEvent::Message { id }
                | WeChatEvent::Friendship { id }
                | WeChatEvent::RoomInvite { id } = &*event
                {
                    self.known.is_told(id);
                }
            } else if let Command::Join { known, copy } = command {
                assert!(known.account.index() < self.team.accounts().len());
                assert!(copy.account.index() < self.team.accounts().len());
            }
        }
        // What is late is not as it has to be, and calls see what long lists say only now and then.
        if self.team.poll_timeout().is_none_or(|due| due > self.now) && !self.team.has_work() {
            self.watch.rests(&self.team, self.now);
        }
        self.is_bounded();
    }

    /// What is remembered is bounded.
    fn is_bounded(&mut self) {
        self.streams = self.streams.max(self.team.bots().connected());
        let (recall, replay) = (self.setup.recall, self.setup.replay);
        let (dedup, bots) = (self.team.dedup(), self.team.bots());
        // What is too much is forgotten when the next comes.
        assert!(dedup.len() <= recall.count + 1, "{} occurrences", dedup.len());
        assert!(dedup.weight() <= recall.bytes + NEXT, "{} bytes of them", dedup.weight());
        // Each stream has its own, with what it inherits of another one, and so has each that is waited for: all of them, if
        // they ended at once.
        let kept = 2 * (bots.connected() + self.streams + WAITING * self.setup.bots.len());
        assert!(bots.backlog() <= kept * replay.events, "{} events wait", bots.backlog());
        let bytes = bots.backlog_bytes();
        assert!(bytes <= kept * (replay.bytes + NEXT), "{bytes} bytes of events wait");
        let directory = self.team.directory();
        let weight = directory.weight();
        assert!(weight <= self.setup.directory || directory.len() <= 1, "{weight} bytes of who reaches whom");
    }

    /// Nothing that an operator may look at panics.
    fn can_be_looked_at(&self) {
        for account in self.team.accounts() {
            account.text();
            account.quarters(self.now);
        }
        for bot in 0..=self.setup.bots.len() {
            self.team.bots().streams_of(BotId(bot as u16));
        }
        self.team.rooms().for_each(drop);
        self.team.invitations(self.now);
    }
}
