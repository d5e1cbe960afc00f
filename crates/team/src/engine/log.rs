//! What operators read of what the core notes, and how often.

use ha_wechaty_core::{
    AccountId, Alarm, AlarmStep, BotId, Hand, Notice, Severity, Standing, Subject, Thinned,
};

use crate::{
    state::{
        accounts::AccountSide,
        bots::{BotSide, Ending},
        records::{Hush, LineKind, Who},
    },
    text::human,
};

/// How many rooms that lost accounts are logged one by one.
const THINNED: usize = 10;

/// The log, as far as it is about what the core notes.
pub(super) struct Log<'a> {
    pub(super) accounts: &'a AccountSide,
    pub(super) bots: &'a BotSide,
    pub(super) hush: &'a Hush,
}

impl Log<'_> {
    /// A line about a note, unless there were enough of its kind.
    pub(super) fn note(&self, note: &Notice) {
        if self.may_log(note) {
            self.write(note);
        }
    }

    /// Whether the log has a line for a note, or has had enough of its kind.
    fn may_log(&self, note: &Notice) -> bool {
        match note {
            Notice::Phase { account, from, to, text, .. } => match news(*from, *to) {
                // These are an operator's own doing, once each.
                News::Leaves | News::Comes | News::Withdrawn => true,
                News::Works | News::Fails => self.lets(*account, LineKind::Phase, || format!("{to}: {text}")),
            },
            Notice::Still { account, at, text, .. } => {
                self.lets(*account, LineKind::Phase, || format!("still {at}: {text}"))
            }
            Notice::SamePerson { account, contact_id, .. } => self
                .lets(*account, LineKind::Care, || format!("it is the same person as others: {contact_id}")),
            Notice::NoHeartbeat { account, cause, .. } => {
                self.lets(*account, LineKind::Care, || cause.clone())
            }
            Notice::Evicted { account, .. } => {
                self.lets(*account, LineKind::Care, || "its stream was another's".into())
            }
            Notice::DeafStream { account, .. } => {
                self.lets(*account, LineKind::Care, || "its stream was deaf".into())
            }
            Notice::Ejected { account, work, pause, .. } => {
                self.lets(*account, LineKind::Care, || format!("no {} for {pause:?}", work.name()))
            }
            Notice::TakenOver { bot, from, .. } => self.lets_bot(*bot, || format!("stream {} broke", from.0)),
            Notice::BotAway { bot, .. } => self.lets_bot(*bot, || "it is away".into()),
            Notice::BotBack { bot, .. } => self.lets_bot(*bot, || "it is back".into()),
            Notice::TeamRecovered { .. } => self.lets_team(LineKind::Availability, || "it is back".into()),
            Notice::TeamFailed { reason, .. } => {
                self.lets_team(LineKind::Availability, || format!("it has failed: {reason}"))
            }
            // Each room is asked for by itself; and what an operator does is told once each.
            Notice::RoomsThinned { .. } | Notice::Hand { .. } | Notice::Alarm(_) => true,
            Notice::Challenge { account, challenge } => {
                self.lets(*account, LineKind::Care, || challenge.to_string())
            }
            // The account's phase says the same.
            Notice::Scan { .. } => false,
        }
    }

    fn write(&self, note: &Notice) {
        match note {
            Notice::Phase { account, from, to, text, after } => {
                let account = self.accounts.name(*account);
                let after = format_args!("{:.1}s", after.as_secs_f64());
                let (news, from, to) = (news(*from, *to), from.name(), to.name());
                match news {
                    News::Works => tracing::info!(account, from, %after, "available"),
                    News::Leaves => tracing::info!(account, from, %after, "{text}"),
                    // The host that prepares it says more, and the operator who adds it again knows.
                    News::Comes | News::Withdrawn => tracing::debug!(account, from, %after, "{text}"),
                    News::Fails => tracing::warn!(account, from, to, %after, "{text}"),
                }
            }
            Notice::Still { account, at, text, after } => {
                let account = self.accounts.name(*account);
                let since = format_args!("{:.1}s", after.as_secs_f64());
                tracing::warn!(account, still = at.name(), %since, "{text}");
            }
            Notice::SamePerson { account, others, contact_id } => {
                let (account, others) =
                    (self.accounts.name(*account), others.iter().map(|it| self.accounts.name(*it)));
                let others = others.collect::<Vec<_>>().join(", ");
                tracing::error!(
                    account,
                    others,
                    contact_id,
                    "these are logged in as the same WeChat person: together they are one account, so one of them gets \
                     work and the others stand by. Log one of them in as somebody else, or remove it"
                );
            }
            Notice::NoHeartbeat { account, contact, cause } => {
                let account = self.accounts.name(*account);
                tracing::warn!(
                    account,
                    "it can't write to the heartbeat contact {contact} ({cause}): let this account follow it in \
                     WeChat, or set health.heartbeat_contact to one that it follows; until then its health is \
                     judged by what teammates see, and by its puppet's own ding, which is weaker"
                );
            }
            Notice::Evicted { account, times } => {
                let account = self.accounts.name(*account);
                tracing::warn!(
                    account,
                    times,
                    "another client held its event stream, perhaps a connection that had died, and was evicted: its                      puppet was stopped and started. For 20 minutes its puppet is asked each 5s whether the stream                      still hears"
                );
            }
            Notice::DeafStream { account, times } => {
                let account = self.accounts.name(*account);
                tracing::warn!(
                    account,
                    times,
                    "its event stream is open and has gone deaf, as a service's may after an eviction: it is opened                      anew. What happened meanwhile may be lost"
                );
            }
            Notice::Ejected { account, work, pause, throttled } => {
                let (account, work) = (self.accounts.name(*account), work.name());
                let why = if *throttled { "WeChat says that it was too much" } else { "it failed in a row" };
                tracing::warn!(account, work, "{why}: no such work for it for {pause:?}");
            }
            Notice::Hand { account, hand, by, why, done, .. } => {
                let (account, hand, done) = (self.accounts.name(*account), hand_words(hand), done.name());
                tracing::info!(account, hand, by, why, done, "an operator's hand");
            }
            Notice::RoomsThinned { rooms } => self.note_thinned(rooms),
            Notice::Alarm(alarm) => note_alarm(alarm),
            Notice::TakenOver { bot, from, to, again } => {
                let bot = &*self.bots.name(*bot);
                let (from, to) = (from.0, to.iter().map(|client| client.0).collect::<Vec<_>>());
                tracing::warn!(
                    bot,
                    stream = from,
                    ?to,
                    "a stream broke, and others go on with its work; {again} events that it had not acknowledged \
                     are given again"
                );
            }
            Notice::BotAway { bot, after, waiting, dropped } => {
                let bot = &*self.bots.name(*bot);
                let after = human(after.as_secs_f64());
                let lost = if *dropped > 0 { format!(", {dropped} were dropped") } else { String::new() };
                tracing::warn!(
                    bot,
                    "it has no event stream for {after}: {waiting} events wait for it{lost} \
                     (gateway.replay_events, replay_bytes, replay_age); is it running?"
                );
            }
            Notice::BotBack { bot, after, waiting, dropped } => {
                let bot = &*self.bots.name(*bot);
                let after = human(after.as_secs_f64());
                match dropped {
                    0 => tracing::info!(bot, "back after {after}: {waiting} events are given to it"),
                    _ => tracing::warn!(
                        bot,
                        "back after {after}: {waiting} events are given to it, {dropped} were dropped"
                    ),
                }
            }
            Notice::TeamRecovered { after } => {
                tracing::info!("the team is available, after {:.1}s without an account", after.as_secs_f64());
            }
            Notice::TeamFailed { reason, after } => {
                tracing::error!("the team has failed, after {:.1}s: {reason}", after.as_secs_f64());
            }
            Notice::Challenge { account, challenge } => {
                let account = self.accounts.name(*account);
                match challenge.open_code() {
                    Some(_) => tracing::warn!(account, "{challenge}; ha-wechaty login {account} enters it"),
                    None => tracing::warn!(account, "{challenge}"),
                }
            }
            Notice::Scan { .. } => {}
        }
    }

    /// A stream ends since its bot does not take its events.
    pub(super) fn stream_ends(&self, Ending { client, bot, why, .. }: &Ending) {
        if self.lets_bot(*bot, || why.clone()) {
            let bot = &*self.bots.name(*bot);
            tracing::warn!(bot, stream = client.0, "its event stream ends: {why}");
        }
    }

    /// Whether a line about an account is to be logged.
    fn lets(&self, account: AccountId, kind: LineKind, words: impl FnOnce() -> String) -> bool {
        self.hush.lets(Who::Account(account), kind, words)
    }

    /// Whether a line about a bot's streams is.
    fn lets_bot(&self, bot: BotId, words: impl FnOnce() -> String) -> bool {
        self.hush.lets(Who::Bot(bot), LineKind::Streams, words)
    }

    /// Whether a line about the team is.
    fn lets_team(&self, kind: LineKind, words: impl FnOnce() -> String) -> bool {
        self.hush.lets(Who::Team, kind, words)
    }

    /// An account that is gone for good leaves many rooms at once: a few of them say enough.
    fn note_thinned(&self, rooms: &[Thinned]) {
        for Thinned { room, topic, left } in rooms.iter().take(THINNED) {
            if !self.lets_team(LineKind::Rooms, || room.clone()) {
                continue;
            }
            match left {
                Some(account) => tracing::warn!(
                    room,
                    topic,
                    account = self.accounts.name(*account),
                    "this account alone is left in the room: have another one invited, or set \
                     team.invite_teammates; ha-wechaty rooms --plan says who can invite whom"
                ),
                None => tracing::warn!(room, topic, "no account is left in the room"),
            }
        }
        let more = rooms.len().saturating_sub(THINNED);
        if more > 0 && self.lets_team(LineKind::Rooms, || format!("{more} more rooms")) {
            tracing::warn!("{more} more rooms have lost accounts: see ha-wechaty rooms --at-risk");
        }
    }
}

/// A line about what became of an alarm.
fn note_alarm(alarm: &Alarm) {
    let Alarm { id, kind, severity, about, cause, step, times, seen_by, .. } = alarm;
    let about = about.iter().map(|it| match it {
        Subject::Team => "the team",
        Subject::Account(name) | Subject::Bot(name) => name,
    });
    let (about, alarm, kind) = (about.collect::<Vec<_>>().join(", "), id.0, kind.name());
    match step {
        AlarmStep::Closed => tracing::info!(alarm, kind, about, times, "an alarm is over"),
        AlarmStep::Acknowledged => {
            let by = seen_by.as_deref().unwrap_or_default();
            tracing::info!(alarm, kind, about, by, "an alarm is acknowledged");
        }
        AlarmStep::Opened | AlarmStep::Changed | AlarmStep::Escalated | AlarmStep::Reminded => {
            let step = step.name();
            match severity {
                Severity::Info => tracing::info!(alarm, kind, about, times, step, "alarm: {cause}"),
                Severity::Warning => tracing::warn!(alarm, kind, about, times, step, "alarm: {cause}"),
                Severity::Critical => tracing::error!(alarm, kind, about, times, step, "alarm: {cause}"),
            }
        }
    }
}

/// What a step of an account means to an operator.
enum News {
    /// It gets work.
    Works,
    /// It has left the team.
    Leaves,
    /// It is about to be dialled, for the first time or again.
    Comes,
    /// An operator keeps it from work, as another line says.
    Withdrawn,
    /// It is not where it should be.
    Fails,
}

/// What was to be done, and for how long.
fn hand_words(hand: &Hand) -> String {
    match hand {
        Hand::Withdraw { lasts: Some(lasts), .. } => {
            format!("{} for {}", hand.name(), human(lasts.as_secs_f64()))
        }
        Hand::Withdraw { lasts: None, .. }
        | Hand::Resume
        | Hand::Reset
        | Hand::Reconnect
        | Hand::Login
        | Hand::Logout => hand.name().to_owned(),
    }
}

fn news(from: Standing, to: Standing) -> News {
    match to {
        Standing::Available => News::Works,
        Standing::Removed => News::Leaves,
        Standing::Draining | Standing::Maintenance => News::Withdrawn,
        Standing::Connecting | Standing::Preparing => News::Comes,
        _ if from == Standing::Removed => News::Comes,
        Standing::Offline
        | Standing::NotLoggedIn
        | Standing::WaitingScan
        | Standing::LoggedOut
        | Standing::Suspect
        | Standing::Failed => News::Fails,
    }
}
