//! Drives the core: facts in, wishes out, timers between.
//!
//! | module | what it holds |
//! |---|---|
//! | `setup` | the core as the operator wants it |
//! | `log` | what operators read of what the core notes |

mod log;
mod setup;

use std::sync::Arc;

use ha_wechaty_core::{Command, Input, Notice, Team, Time};
use tokio::{
    sync::{broadcast, mpsc},
    time::{Instant, sleep_until},
};
use tokio_util::sync::CancellationToken;

use crate::state::{Shared, accounts::Order, bots::Ending, facts::Fact};
use log::Log;
pub use setup::{member, new_team, setup};

/// A look at the team as it is at one moment.
pub type Look = Box<dyn FnOnce(&Team, &Shared, Time) + Send>;

/// The core, and all that its wishes need.
pub struct Engine {
    origin: Instant,
    team: Team,
    shared: Arc<Shared>,
    notes: broadcast::Sender<Notice>,
}

impl Engine {
    /// Drives this team, and tells those that listen what happens.
    pub fn new(team: Team, shared: Arc<Shared>, notes: broadcast::Sender<Notice>) -> Self {
        Self { origin: Instant::now(), team, shared, notes }
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
            let wake = self.team.poll_timeout().map(|at| self.origin + at.since_origin());
            let timer = async {
                match wake {
                    Some(at) => sleep_until(at).await,
                    None => std::future::pending().await,
                }
            };
            let begun = tokio::select! {
                fact = facts.recv() => match fact {
                    Some(fact) => self.timed(|team, now| team.handle(now, fact.fact)),
                    None => return,
                },
                Some(look) = asked.recv() => {
                    look(&self.team, &self.shared, self.now());
                    continue;
                }
                () = timer => self.timed(Team::handle_timeout),
                () = std::future::ready(()), if self.team.has_work() => self.timed(Team::work),
                () = stop.cancelled() => return,
            };
            self.drain();
            self.shared.records.metrics.input(begun.elapsed());
            if self.team.has_work() {
                // Others want to get on as well.
                tokio::task::yield_now().await;
            }
        }
    }

    /// Returns when it began.
    fn timed(&mut self, act: impl FnOnce(&mut Team, Time)) -> Instant {
        let (begun, now) = (Instant::now(), self.now());
        act(&mut self.team, now);
        begun
    }

    fn now(&self) -> Time {
        Time::after_origin(self.origin.elapsed())
    }

    fn drain(&mut self) {
        let links = &self.shared.accounts.links;
        while let Some(command) = self.team.poll_command() {
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
                Command::Deliver { client, event } => {
                    for ending in self.shared.bots.streams.deliver(client, event) {
                        self.ends(&ending);
                    }
                }
                Command::Late { bot, conversation } => {
                    let within = self.shared.config.pace.answer_within;
                    self.shared.sending.late.given(bot, conversation, within);
                }
                Command::Join { known, copy } => {
                    self.shared.knowledge.book.join(self.team.identity(), &known, &copy);
                    self.shared.records.metrics.copy();
                }
                Command::Settle { send, settled } => self.shared.sending.unsettled.settle(send, settled),
                Command::Publish(routing) => self.shared.core.publish(routing),
                Command::Note(note) => self.note(note),
            }
        }
    }

    fn note(&self, note: Notice) {
        if let Notice::DeafStream { account, .. } = &note {
            self.shared.records.metrics.deaf_stream(self.shared.accounts.name(*account));
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
