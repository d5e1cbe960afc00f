//! A call's place in the queue, from the moment it joins until it is over.

use std::time::Duration;

use ha_wechaty_core::{BotId, Errand, Expiry, Full, Input, Limit, Opening, Paced, Ticket, TryEnd, Turn};
use prost::Message as _;
use tokio::{
    sync::oneshot::{self, error::TryRecvError},
    time::{Instant, sleep_until},
};
use tracing::Instrument as _;

use super::{choose::able, one::Call, refusal::Refusal};
use crate::{
    error::CallError,
    state::{
        Shared,
        budget::{Portion, Spent},
        facts::CoreHandle,
        sending::Choose,
    },
    text::human,
    trace,
};
use ha_wechaty_config::written;
use ha_wechaty_transport::Fate;

/// How often at the most it is looked whether anybody is there.
const MOMENT: Duration = Duration::from_millis(100);

/// A place in the queue. Dropped, it is given up; with an account asked, that may have done it.
#[derive(Debug)]
pub(super) struct Place<'a> {
    shared: &'a Shared,
    ticket: Ticket,
    paced: Paced,
    turn: oneshot::Receiver<Turn>,
    is_asking: bool,
    joined: Instant,
    /// What it weighs while its account is asked: while it stands in line it is weighed there.
    asked: Portion,
    weight: usize,
    /// It waits for a backlog's sake, as long as somebody is there who could do it: the last time that this was so.
    attended: Option<Instant>,
    #[allow(dead_code, reason = "held for its drop")]
    saying: Option<Saying<'a>>,
}

/// A bot says something, until this is dropped: a backlog is given to it as that leaves.
#[derive(Debug)]
struct Saying<'a> {
    core: &'a CoreHandle,
    bot: BotId,
    conversation: String,
}

impl<'a> Saying<'a> {
    fn new(core: &'a CoreHandle, bot: BotId, conversation: &str) -> Self {
        core.tell(Input::BotSays { bot, conversation: conversation.to_owned() });
        Self { core, bot, conversation: conversation.to_owned() }
    }
}

impl Drop for Saying<'_> {
    fn drop(&mut self) {
        let conversation = std::mem::take(&mut self.conversation);
        self.core.tell(Input::BotSaid { bot: self.bot, conversation });
    }
}

impl<'a> Call<'a> {
    /// Stands in line for work of this kind, among whatever has the same subject.
    pub(super) fn stand_in_line(
        &self,
        paced: Paced,
        subject: &str,
        choose: Choose,
    ) -> Result<Place<'a>, CallError> {
        let (shared, joined) = (self.shared, Instant::now());
        let (config, bot) = (&shared.config, self.caller.bot);
        // What is said to nobody in particular answers nothing.
        let speaks = paced == Paced::Message && !subject.is_empty();
        let is_late = speaks && shared.sending.late.is_answer(bot, subject);
        // What answers a backlog waits for that, and not for one call: for pace, not for accounts that are gone.
        let patient = if is_late { config.gateway.replay_age } else { Duration::ZERO };
        let until = joined + shared.settings().pace.max_wait.max(patient);
        let saying = speaks.then(|| Saying::new(&shared.core, bot, subject));
        // It is told shortly before it gives up by itself, so that it hears why.
        let patience = |until: Instant| joined + until.saturating_duration_since(joined).mul_f64(0.95);
        let until = self.caller.until.map_or(until, |own| until.min(patience(own)));
        let choose = able(shared.accounts.clone(), self.method.rpc, choose);
        let weight = self.request.encoded_len();
        // As if its turn came at once; if there is no room even for that, it would only be asked in vain.
        let asked = shared.sending.asked.held(bot);
        match asked.take(weight) {
            // However much it weighs, one alone may be asked: it would be refused for ever.
            Err(spent) if spent.bot > 0 => return Err(busy(shared, spent)),
            Err(_) => asked.take_anyway(weight),
            Ok(()) => {}
        }
        let errand = Errand { paced, subject: subject.to_owned(), bot, weight };
        self.counted().take();
        match shared.sending.pacer.join(errand, until, choose) {
            Ok((ticket, turn)) => {
                let attended = is_late.then_some(joined);
                Ok(Place {
                    shared,
                    ticket,
                    paced,
                    turn,
                    is_asking: false,
                    joined,
                    asked,
                    weight,
                    attended,
                    saying,
                })
            }
            Err(full) => Err(crowded(shared, full)),
        }
    }
}

/// A place in a queue that is full is gone again sooner than anybody can ask for it.
const WANTED: Duration = Duration::from_secs(1);

/// What the bot is told whose call has no place in the queue, or had one that others needed.
fn crowded(shared: &Shared, full: Full) -> CallError {
    let full = match full {
        Full::Calls(most) => format!("{most} calls wait for their turn already (pace.max_queue)"),
        Full::Bytes(_) => {
            let most = shared.config.memory.waiting;
            format!("calls that wait for their turn may weigh {most} together (memory.waiting)")
        }
    };
    // The next that is through with waiting leaves its place; but others want it too.
    let free_in =
        shared.sending.pacer.look(|queue, now| queue.poll_timeout().map(|at| (at - now).max(WANTED)));
    shared.sending.pressure.crowded(&full);
    refused(shared, &format!("{full}, and this bot has no less than its share of the queue"), free_in)
}

/// What the bot is told whose accounts are at work on too much.
fn busy(shared: &Shared, spent: Spent) -> CallError {
    let full = format!(
        "what accounts are asked for and have not answered weighs too much (memory.waiting): {spent}"
    );
    shared.sending.pressure.crowded(&full);
    refused(shared, &full, None)
}

fn refused(shared: &Shared, why: &str, free_in: Option<Duration>) -> CallError {
    shared.records.metrics.queue_was_full();
    let outage = shared.core.routing().outage_of(shared.accounts.everybody());
    let outage = if outage.is_empty() { outage } else { format!("; {outage}") };
    CallError::Busy { why: format!("{why}: it was not sent; say it again later{outage}"), free_in }
}

impl Place<'_> {
    /// Waits for the next turn.
    pub(super) async fn turn(&mut self) -> Turn {
        let span = trace::turn();
        let turn = self.next().instrument(span.clone()).await;
        if let Turn::Go(account) = turn {
            span.record("account", self.shared.accounts.name(account));
        }
        turn
    }

    async fn next(&mut self) -> Turn {
        let turn = match self.turn.try_recv() {
            Ok(turn) => turn,
            // Only a place that is gone is never told.
            Err(TryRecvError::Closed) => Turn::Nobody,
            Err(TryRecvError::Empty) => {
                self.asked.give_back();
                self.wait().await
            }
        };
        if let Turn::Go(account) = turn {
            if self.asked.amount() == 0 {
                // There may be less room by now, but its turn does not come again.
                self.asked.take_anyway(self.weight);
            }
            self.shared.records.metrics.turn(self.shared.accounts.name(account), self.paced, self.waited());
        }
        turn
    }

    async fn wait(&mut self) -> Turn {
        let max_wait = self.shared.settings().pace.max_wait.max(MOMENT);
        loop {
            let Some(attended) = self.attended else {
                return (&mut self.turn).await.unwrap_or(Turn::Nobody);
            };
            tokio::select! {
                biased;
                turn = &mut self.turn => return turn.unwrap_or(Turn::Nobody),
                () = sleep_until(attended + max_wait) => {
                    if self.shared.sending.pacer.candidates(self.ticket).is_empty() {
                        return Turn::Expired(Expiry { before: 0, lane: Opening::Now, is_answer: true });
                    }
                    self.attended = Some(Instant::now());
                }
            }
        }
    }

    /// The account is asked from now on. Not before it is durable that it is: how long that takes is no reason for what
    /// comes next to go ahead.
    pub(super) fn asks(&mut self) {
        self.is_asking = true;
        self.shared.sending.pacer.asks(self.ticket);
    }

    /// Nobody knows whether the account did it: until somebody does, what the bot says next there waits.
    pub(super) fn is_in_doubt(&self) {
        self.shared.sending.pacer.is_in_doubt(self.ticket);
    }

    /// The account did not do it, as far as is known: the next turn is another's.
    pub(super) fn failed(&mut self, refusal: &Refusal) {
        self.is_asking = false;
        let end = match refusal.fate {
            Fate::NotSent => TryEnd::NeverLeft,
            Fate::Answered => TryEnd::Refused,
            Fate::MaybeSent => TryEnd::Unsure,
        };
        self.turn = self.shared.sending.pacer.failed(self.ticket, end);
    }

    /// The next turn is anybody's again.
    pub(super) fn retry(&mut self) {
        self.turn = self.shared.sending.pacer.retry(self.ticket);
    }

    /// Nothing has left, and nothing will.
    pub(super) fn give_up(mut self) {
        self.is_asking = false;
    }

    /// Since it joined.
    pub(super) fn waited(&self) -> Duration {
        self.joined.elapsed()
    }

    /// What the bot is told whose place others needed.
    pub(super) fn crowded(&self, full: Full) -> CallError {
        crowded(self.shared, full)
    }

    /// What the bot is told whose time was up. `outage` says why nobody is there, if nobody is.
    pub(super) fn expired(&self, late: Expiry, outage: String) -> CallError {
        let Self { shared, paced, ticket, .. } = *self;
        let among = shared.sending.pacer.candidates(ticket);
        shared.records.metrics.expired(paced);
        let (routing, everybody) = (shared.core.routing(), shared.accounts.everybody());
        let waited = human(self.waited().as_secs_f64());
        let (mut reasons, settings) = (Vec::new(), shared.settings());
        let config = &settings.pace;
        if late.before > 0 {
            reasons.push(format!("{} to the same conversation were before it", late.before));
        }
        if among.is_empty() {
            reasons.push(outage);
            let reasons = reasons.join("; ");
            return CallError::unavailable(format!(
                "it waited {waited} in vain, and was not sent: {reasons}"
            ));
        }
        let mut used_up = 0;
        let free_in = shared.sending.pacer.look(|queue, now| {
            if let Opening::At(at) = late.lane {
                let limits = list(&config.per_conversation);
                let next = human((at - now).as_secs_f64());
                reasons.push(format!("the conversation has had its {limits}, the next is free in {next}"));
            }
            for account in among.iter() {
                let Some((meter, opening)) =
                    queue.meter(account, paced).zip(queue.opening(now, account, paced, late.is_answer))
                else {
                    continue;
                };
                let (name, kind, limits) =
                    (shared.accounts.name(account), paced.name(), list(meter.limits()));
                used_up += usize::from(opening != Opening::Now);
                let kept = match meter.opening(now) {
                    Opening::Now => " but for what is kept for answers (pace.for_answers)",
                    Opening::At(_) | Opening::AfterAnEnd => "",
                };
                match opening {
                    Opening::Now => {}
                    Opening::At(at) => {
                        let next = human((at - now).as_secs_f64());
                        reasons.push(format!(
                            "{name} has used its {kind} ({limits}){kept}, the next is free in {next}"
                        ));
                    }
                    Opening::AfterAnEnd => {
                        reasons.push(format!("{name} is at the last of its {kind} ({limits}){kept}"));
                    }
                }
            }
            queue.free_at(now, among, paced, late.lane).map(|at| at - now)
        });
        if used_up == among.len() {
            shared.sending.pressure.spent(paced, &reasons.join("; "));
        }
        let away = routing.outage_of(everybody);
        reasons.extend(Some(away).filter(|away| !away.is_empty()));
        let why = format!(
            "it waited {waited} for its turn, and was not sent: {}; see [pace] in the gateway's config",
            reasons.join("; ")
        );
        CallError::Busy { why, free_in }
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.shared.sending.pacer.leave(self.ticket, self.is_asking);
    }
}

fn list(limits: &[Limit]) -> String {
    limits.iter().map(|limit| written(*limit)).collect::<Vec<_>>().join(", ")
}
