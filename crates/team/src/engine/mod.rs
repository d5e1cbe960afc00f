//! Drives the core: facts in, wishes out, timers between.
//!
//! | module | what it holds |
//! |---|---|
//! | `setup` | the core as the operator wants it |
//! | `hold` | what waits until its cause is durable |
//! | `log` | what operators read of what the core notes |

mod hold;
mod log;
mod setup;

use std::{sync::Arc, time::Duration};

use ha_wechaty_core::{AccountId, Command, Input, Notice, SendId, SendResult, Settled, Team, Tell, Time};
use ha_wechaty_journal::Line;
use tokio::{
    sync::{broadcast, mpsc},
    time::{Instant, sleep_until},
};
use tokio_util::sync::CancellationToken;

use crate::{
    state::{Shared, accounts::Order, bots::Ending, facts::Fact, sends::OpenSend},
    store::{Acks, Behind, Noted, SnapshotDue, SnapshotLimits, Write, id_given},
};
use hold::Hold;
use log::Log;
pub use setup::{member, new_team, setup};

/// A look at the team as it is at one moment.
pub type Look = Box<dyn FnOnce(&Team, &Shared, Time) + Send>;

/// What is written between two snapshots is at most this part of what the store may need: it stands there twice.
const SHARE: usize = 8;

/// How long something may stand behind a snapshot before another one is made.
const AGE: Duration = Duration::from_secs(3_600);

/// How long the last notes may take to be durable.
const LAST_NOTES: Duration = Duration::from_millis(500);

/// The core, and all that its wishes need.
pub struct Engine {
    team: Team,
    shared: Arc<Shared>,
    notes: broadcast::Sender<Notice>,
    tells: Option<mpsc::Sender<Tell>>,
    hold: Hold,
}

impl Engine {
    /// Drives this team, and tells those that listen what happens. Nothing of it is written down.
    pub fn new(team: Team, shared: Arc<Shared>, notes: broadcast::Sender<Notice>) -> Self {
        Self { team, shared, notes, tells: None, hold: Hold::nothing() }
    }

    /// What people are to be told is given to whoever tells them. Without one nobody is told, which the core finds out.
    #[must_use]
    pub fn telling(self, tells: mpsc::Sender<Tell>) -> Self {
        Self { tells: Some(tells), ..self }
    }

    /// What happens from now on is given to a writer, beginning with these notes, which the team knows. It stands behind a
    /// snapshot, or the beginning; another one is made after so many notes.
    #[must_use]
    pub fn writing(
        mut self,
        writes: mpsc::Sender<Write>,
        acks: Acks,
        lines: mpsc::Receiver<Line>,
        (behind, every): (Behind, u64),
        first: Noted,
    ) -> Self {
        let bytes = ha_wechaty_config::bytes(self.shared.config.store.max_bytes) / SHARE;
        let limits = SnapshotLimits { notes: every, bytes, age: AGE };
        self.hold = Hold::writing(writes, acks, lines, SnapshotDue::new(limits, behind));
        self.hold.note(|| first);
        self
    }

    /// Runs until it is told to stop.
    pub async fn run(
        mut self,
        mut facts: mpsc::UnboundedReceiver<Fact>,
        mut asked: mpsc::UnboundedReceiver<Look>,
        stop: CancellationToken,
    ) {
        loop {
            self.drain();
            self.hand_on();
            let wake = self.team.poll_timeout().map(|at| self.shared.clock.instant(at));
            let has_room = self.hold.has_room(self.shared.records.store.trouble().is_some());
            self.shared.core.set_full(!has_room);
            let timer = async {
                match wake {
                    Some(at) => sleep_until(at).await,
                    None => std::future::pending().await,
                }
            };
            let begun = tokio::select! {
                fact = facts.recv(), if has_room => match fact {
                    Some(fact) => self.take(fact),
                    None => return,
                },
                () = self.hold.goes_on() => {
                    while let Some(command) = self.hold.released() {
                        self.grant(command);
                    }
                    continue;
                }
                Some(look) = asked.recv() => {
                    look(&self.team, &self.shared, self.now());
                    continue;
                }
                () = timer, if has_room => self.timed(|at| Noted::Timeout { at }, Team::handle_timeout),
                () = std::future::ready(()), if has_room && self.team.has_work() => {
                    self.timed(|at| Noted::Work { at }, Team::work)
                }
                () = stop.cancelled() => return self.finish(&mut facts).await,
            };
            self.drain();
            self.shared.records.metrics.input(begun.elapsed());
            if self.team.has_work() {
                // Others want to get on as well.
                tokio::task::yield_now().await;
            }
        }
    }

    /// See [`Hold::hand_on`].
    fn hand_on(&mut self) -> bool {
        let (now, shared) = (self.now(), &self.shared);
        let is_waiting = self.hold.hand_on(now, &self.team, &shared.knowledge.book, &shared.sending.open);
        shared.records.store.waits_since(self.hold.waits_since());
        is_waiting
    }

    /// What was told is written down before it ends, unless that takes too long.
    async fn finish(&mut self, facts: &mut mpsc::UnboundedReceiver<Fact>) {
        while let Ok(fact) = facts.try_recv() {
            self.take(fact);
            self.drain();
        }
        let written = async {
            while self.hand_on() {
                self.hold.goes_on().await;
                while let Some(command) = self.hold.released() {
                    // Whoever waits for anything else is gone.
                    if let Command::Settle { send, settled } = command {
                        self.enter(send, &settled);
                    }
                }
            }
        };
        if tokio::time::timeout(LAST_NOTES, written).await.is_err() {
            let notes = self.hold.undone();
            tracing::error!(notes, "what was told last could not be written down, and is forgotten");
        }
    }

    /// Tells the core. Returns when that began.
    fn take(&mut self, told: Fact) -> Instant {
        let (begun, now) = (Instant::now(), self.now());
        let Fact { fact, durable, .. } = told;
        self.hold.fact(now, &fact, || beside(&self.shared, now, &fact));
        if let Some(call) = durable {
            self.hold.call(call);
        }
        if let Input::SendEnds { send, account, outcome, .. } = &fact {
            self.answered(now, *send, *account, outcome);
        }
        if let Input::Told { telling, error } = &fact
            && let Some(way) = self.team.told_by(*telling)
        {
            self.shared.records.metrics.telling(way, error.is_none());
        }
        self.team.handle(now, fact);
        begun
    }

    /// Returns when it began.
    fn timed(&mut self, noted: impl FnOnce(Time) -> Noted, act: impl FnOnce(&mut Team, Time)) -> Instant {
        let (begun, now) = (Instant::now(), self.now());
        self.hold.note(|| noted(now));
        act(&mut self.team, now);
        begun
    }

    fn now(&self) -> Time {
        self.shared.clock.now()
    }

    fn drain(&mut self) {
        while let Some(command) = self.team.poll_command() {
            if let Some(command) = self.hold.wish(command) {
                self.grant(command);
            }
        }
    }

    /// Has done what the core wishes.
    fn grant(&mut self, command: Command) {
        let links = &self.shared.accounts.links;
        match command {
            Command::Connect { account } => links.order(account, Order::Connect),
            Command::Evict { account } => links.order(account, Order::Evict),
            Command::Learn { account } => links.order(account, Order::Learn),
            Command::ReadRoom { account, room } => links.order(account, Order::ReadRoom { room }),
            Command::Invite { account, room, teammate, contact } => {
                links.order(account, Order::Invite { room, teammate, contact });
            }
            Command::AcceptInvitation { account, id } => {
                links.order(account, Order::AcceptInvitation { id });
            }
            Command::Ding { account, contact } => links.order(account, Order::Ding { contact }),
            Command::PuppetDing { account } => links.order(account, Order::PuppetDing),
            Command::Reopen { account } => links.order(account, Order::Reopen),
            Command::Reset { account } => links.order(account, Order::Reset),
            Command::Logout { account } => links.order(account, Order::Logout),
            Command::Deliver { client, event, number } => {
                for ending in self.shared.bots.streams.deliver(client, number, event) {
                    self.ends(&ending);
                }
            }
            Command::Late { bot, conversation } => {
                let within = self.shared.settings().pace.answer_within;
                self.shared.sending.late.given(bot, conversation, within);
            }
            Command::Join { known, copy } => {
                self.shared.knowledge.book.join(self.team.identity(), &known, &copy);
                self.shared.records.metrics.copy();
            }
            Command::Settle { send, settled } => {
                self.enter(send, &settled);
                self.shared.sending.unsettled.settle(send, settled);
            }
            Command::Publish(routing) => self.shared.core.publish(routing),
            Command::Note(note) => self.note(note),
            Command::Tell(tell) => {
                // Should nobody take it, the core finds that out, and wishes it again.
                if let Some(tells) = &self.tells {
                    let _ = tells.try_send(tell);
                }
            }
        }
    }

    /// A send ends: with the fact, so that no snapshot has the one without the other. Whoever asked enters it.
    fn answered(&self, now: Time, send: SendId, account: AccountId, outcome: &SendResult) {
        let id = id_given(&self.team, account, outcome);
        let ended = self.shared.sending.open.ends(send, |it| it.answered(now, outcome, id));
        debug_assert!(ended.is_none(), "nobody tells the end of a send of a process that is gone");
    }

    /// A send is settled: nobody else is left to enter one of a process that is gone.
    fn enter(&self, send: SendId, settled: &Settled) {
        let Shared { accounts, records, sending, .. } = &*self.shared;
        let seen = match settled {
            Settled::Seen(copy) => {
                Some((accounts.name(copy.account), self.team.identity().tag(copy.account, &copy.id)))
            }
            // Nothing is proved of what was under way then.
            Settled::NotThere { .. } | Settled::Unknown => None,
        };
        let now = self.now();
        let ended = sending.open.ends(send, |it| {
            it.settled(now, seen);
            true
        });
        let Some(OpenSend { row, .. }) = ended else { return };
        let (outcome, how) = (row.outcome, row.how);
        if records.sends.enter_for_another(row) {
            records.metrics.send(outcome, how);
        }
    }

    fn note(&self, note: Notice) {
        if let Notice::DeafStream { account, .. } = &note {
            self.shared.records.metrics.deaf_stream(self.shared.accounts.name(*account));
        }
        if let Notice::Phase { account, to, .. } = &note {
            let name = self.shared.accounts.name(*account);
            self.shared.records.metrics.stands(name, *to);
        }
        if let Notice::TeamRecovered { .. } | Notice::TeamFailed { .. } = &note {
            self.shared.records.metrics.team_stands(self.team.is_up());
        }
        if let Notice::Alarm(_) = &note {
            // Whoever looks sees more.
            self.shared.core.tell_change();
        }
        self.log().note(&note);
        // Nobody may be listening.
        let _ = self.notes.send(note);
    }

    /// A stream ends since its bot does not take its events.
    fn ends(&self, ending: &Ending) {
        if ending.is_gone {
            self.shared.core.tell(Input::BotDisconnected { client: ending.client });
        }
        self.log().stream_ends(ending);
    }

    fn log(&self) -> Log<'_> {
        let Shared { accounts, bots, records, .. } = &*self.shared;
        Log { accounts, bots, hush: &records.hush }
    }
}

/// What the rest of the state knows besides of what a fact is about, to be written down with it.
fn beside(shared: &Shared, now: Time, fact: &Input) -> Option<Noted> {
    if let Input::SendBegins { send, .. } = fact {
        let open = shared.sending.open.of(*send)?;
        return Some(Noted::Send { at: now, send: *send, open: Box::new(open) });
    }
    shared.page_of(fact).map(|page| Noted::Page { at: now, page })
}
