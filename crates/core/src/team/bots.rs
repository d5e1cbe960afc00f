//! Towards the bots: how the team stands, and what happens, each event to those whose it is.

use alloc::{
    string::{String, ToString},
    sync::Arc,
    vec::Vec,
};

use core::time::Duration;

use super::Team;
use crate::{
    account::{AccountId, AccountState},
    balance::fingerprint,
    bots::{Away, BotId, BotMode, ClientId, Due, Succession},
    command::{Command, Notice},
    event::WeChatEvent,
    phase::{PendingScan, Phase},
    time::{Stamp, Time},
};

/// How long after a logout bots are told of a login at the earliest. The stock client closes its caches at the one
/// and opens them at the other, and ends with an error of its own if they are not closed by then.
const RELOGIN: Duration = Duration::from_secs(1);
/// How long after bots were given or asked for something they are told of a logout at the earliest: with its caches
/// closed the stock client fails at what it is busy with, and nobody hears of that.
const BUSY: Duration = Duration::from_secs(1);
/// How long a logout waits at most for bots that are busy.
const FAREWELL: Duration = Duration::from_secs(5);

impl Team {
    pub(super) fn on_bot_connected(
        &mut self,
        now: Time,
        client: ClientId,
        bot: BotId,
        after: Option<ClientId>,
    ) {
        self.numbers.is_opened(client);
        let away = self.bots.connect(now, client, bot, after);
        // Of a bot that nobody has.
        if self.bots.bot_of(client).is_none() {
            return;
        }
        self.look_at_bot(now, bot);
        // What nobody can have missed is no news.
        if let Some(away) = away.filter(|it| it.dropped > 0 || it.was_there && it.waiting > 0) {
            let Away { since, waiting, dropped, .. } = away;
            self.note(Notice::BotBack { bot, after: now - since, waiting, dropped });
        }
        if self.farewell.is_some() {
            self.newcomers.insert(client);
        } else {
            self.greet(client);
        }
        // Of streams that share, each may have others' conversations now.
        self.bots.clients_of(bot).into_iter().filter(|it| *it != client).for_each(|it| self.catch_up(it));
    }

    /// A stream ended; others may have its work to go on with.
    pub(super) fn on_bot_disconnected(&mut self, now: Time, from: ClientId) {
        self.newcomers.remove(&from);
        self.relogins.remove(&from);
        let whose = self.bots.bot_of(from);
        let succession = self.bots.disconnect(now, from);
        if let Some(bot) = whose {
            self.look_at_bot(now, bot);
        }
        let Some(Succession { heirs, left: again, bot, mode }) = succession else { return };
        if mode != BotMode::All {
            self.note(Notice::TakenOver { bot, from, to: heirs.clone(), again });
        }
        heirs.into_iter().for_each(|heir| self.catch_up(heir));
    }

    pub(super) fn on_bot_said(&mut self, bot: BotId, conversation: &str) {
        let clients = self.bots.said(bot, fingerprint(conversation));
        clients.into_iter().for_each(|client| self.catch_up(client));
    }

    /// Gives on what of a backlog may be given now, and tells who is away.
    pub(super) fn attend_bots(&mut self, now: Time) {
        self.bots.expire(now);
        if self.bots.poll_flow().is_some_and(|at| at <= now) {
            self.bots.settle(now);
            let clients: Vec<ClientId> = self.bots.clients().collect();
            clients.into_iter().for_each(|client| self.catch_up(client));
        }
        for (bot, away) in self.bots.remark(now) {
            self.is_missed(now, bot, &away);
            let Away { since, waiting, dropped, .. } = away;
            self.note(Notice::BotAway { bot, after: now - since, waiting, dropped });
        }
    }

    fn note(&mut self, note: Notice) {
        self.commands.push_back(Command::Note(note));
    }

    pub(super) fn on_bots_ding(&mut self, client: Option<ClientId>, bot: BotId, data: &str) {
        let streams: Vec<ClientId> =
            self.bots.streams_of(bot).into_iter().map(|(client, ..)| client).collect();
        // Its stream may have ended since, or have been on another connection.
        let client = client.filter(|client| streams.contains(client));
        for client in streams.into_iter().filter(|it| client.is_none_or(|client| client == *it)) {
            self.deliver(client, [Arc::new(WeChatEvent::Dong { data: data.to_string() })]);
        }
    }

    /// When the bots are to be told that the team is up.
    pub(super) fn greeting_due(&self) -> Option<Time> {
        (self.up && !self.is_greeted).then(|| self.dismissed.map_or(self.now, |at| at + RELOGIN))
    }

    /// The team is up, and the bots may be told.
    pub(super) fn greet_if_due(&mut self, now: Time) {
        if self.greeting_due().is_none_or(|due| now < due) {
            return;
        }
        self.is_greeted = true;
        self.relogins.clear();
        let clients: Vec<ClientId> = self.bots.clients().collect();
        clients.into_iter().for_each(|client| self.greet(client));
    }

    /// The team failed. Bots are told once they are done with what they were given, unless it is up again by then.
    pub(super) fn dismiss_all(&mut self, now: Time, reason: String) {
        if !core::mem::replace(&mut self.is_greeted, false) {
            return;
        }
        self.bots.hold(now);
        self.farewell = Some(reason);
        self.dismiss_if_due(now);
    }

    /// When the bots are to be told that the team is down.
    pub(super) fn farewell_due(&self) -> Option<Time> {
        let done = self.busy.map_or(self.since, |at| at + BUSY);
        self.farewell.is_some().then(|| done.min(self.since + FAREWELL))
    }

    pub(super) fn dismiss_if_due(&mut self, now: Time) {
        if self.farewell_due().is_some_and(|due| due <= now) {
            self.say_farewell(now);
        }
    }

    /// The team is up again. Bots that have not been told that it was down need not be.
    pub(super) fn take_farewell_back(&mut self) {
        if self.farewell.take().is_some() {
            self.is_greeted = true;
            let newcomers = core::mem::take(&mut self.newcomers);
            let clients: Vec<ClientId> = self.bots.clients().collect();
            for client in clients {
                if newcomers.contains(&client) { self.greet(client) } else { self.catch_up(client) }
            }
        }
    }

    fn say_farewell(&mut self, now: Time) {
        let Some(reason) = self.farewell.take() else { return };
        // Who was told of no login, or does not know of it any more, is told of no logout.
        let mut newcomers = core::mem::take(&mut self.newcomers);
        newcomers.extend(core::mem::take(&mut self.relogins).into_keys());
        let clients: Vec<ClientId> = self.bots.clients().filter(|it| !newcomers.contains(it)).collect();
        self.dismissed = (!clients.is_empty()).then_some(now);
        let contact_id = self.identity.self_id().to_string();
        let logout = Arc::new(WeChatEvent::Logout { contact_id, reason });
        clients.into_iter().for_each(|client| self.deliver(client, [logout.clone()]));
        let scans: Vec<WeChatEvent> =
            self.accounts.iter().filter_map(open_scan).map(WeChatEvent::Scan).collect();
        scans.iter().for_each(|scan| self.tell_all(scan));
    }

    /// Tells a bot how the team stands; then, if it is up, what the bot has missed.
    fn greet(&mut self, client: ClientId) {
        let challenges = self
            .accounts
            .iter()
            .enumerate()
            .filter_map(|(at, it)| Some((AccountId::at(at), it.challenge()?)));
        let challenges: Vec<WeChatEvent> = challenges
            .filter(|(_, challenge)| challenge.is_open() && challenge.is_told())
            .map(|(account, challenge)| WeChatEvent::Challenge(self.challenge_out(account, challenge)))
            .collect();
        self.deliver(client, challenges.into_iter().map(Arc::new));
        if !self.is_greeted {
            let scans: Vec<WeChatEvent> =
                self.accounts.iter().filter_map(open_scan).map(WeChatEvent::Scan).collect();
            self.deliver(client, scans.into_iter().map(Arc::new));
            return;
        }
        let contact_id = self.identity.self_id().to_string();
        self.deliver(client, [WeChatEvent::Login { contact_id }, WeChatEvent::Ready].map(Arc::new));
        self.catch_up(client);
    }

    /// It does not know any more who it is, and would drop whatever it is given: until it is told of a login it is given
    /// nothing.
    pub(super) fn on_logged_out(&mut self, now: Time, client: ClientId) {
        if self.bots.bot_of(client).is_some() && self.is_greeted() && !self.newcomers.contains(&client) {
            self.relogins.insert(client, now + RELOGIN);
        }
    }

    /// Those that logged themselves out have had time for that.
    pub(super) fn greet_again(&mut self, now: Time) {
        let due: Vec<ClientId> =
            self.relogins.iter().filter(|(_, at)| **at <= now).map(|(client, _)| *client).collect();
        for client in due {
            self.relogins.remove(&client);
            // While the others have not been told yet that the team is down it is one that has just come.
            if self.farewell.is_some() {
                self.newcomers.insert(client);
            } else {
                self.greet(client);
            }
        }
    }

    /// Something happened that every bot should know, in a conversation or about something else.
    pub(super) fn publish(&mut self, now: Time, about: &str, event: &WeChatEvent) {
        self.bots.record(now, fingerprint(about), event);
        let clients: Vec<ClientId> = self.bots.clients().collect();
        clients.into_iter().for_each(|client| self.give(client, true));
    }

    /// Gives a bot what it is to be given now. While the team is down it is kept, since a bot that is
    /// logged out can do nothing with it.
    fn catch_up(&mut self, client: ClientId) {
        self.give(client, false);
    }

    /// The same; if it `is_live`, what happened last happens now.
    fn give(&mut self, client: ClientId, is_live: bool) {
        if !self.is_greeted || self.relogins.contains_key(&client) {
            return;
        }
        let Due { events, late } = self.bots.due(self.now, client, is_live);
        if let Some(bot) = self.bots.bot_of(client) {
            let late = late.into_iter().map(|conversation| Command::Late { bot, conversation });
            self.commands.extend(late);
        }
        if !events.is_empty() {
            self.busy = Some(self.now);
        }
        let events = events.into_iter().map(|(number, event)| Command::Deliver { client, event, number });
        self.commands.extend(events);
    }

    pub(super) fn tell_all(&mut self, event: &WeChatEvent) {
        let (event, clients) = (Arc::new(event.clone()), self.bots.clients().collect::<Vec<ClientId>>());
        clients.into_iter().for_each(|client| self.deliver(client, [event.clone()]));
    }

    /// Tells a bot what is told and not kept.
    fn deliver(&mut self, client: ClientId, events: impl IntoIterator<Item = Arc<WeChatEvent>>) {
        let events = events.into_iter().map(|event| Command::Deliver { client, event, number: 0 });
        self.commands.extend(events);
    }
}

pub(super) fn open_scan(account: &AccountState) -> Option<PendingScan> {
    if let Phase::WaitingScan { scan, .. } = account.phase() { Some(scan.clone()) } else { None }
}

/// What bots are given is numbered from behind this on: by the seconds of a clock, with room for several in each, so that a
/// team that remembers nothing gives no number that one before it gave, unless that gave more all its life.
pub(super) fn first_number(epoch: Stamp, since: Duration) -> u64 {
    /// When 2024 began, in seconds.
    const FROM: i64 = 1_704_067_200;
    /// So many have room in a second.
    const EACH: u64 = 16;
    let began = u64::try_from(epoch.milliseconds() / 1_000 - FROM).unwrap_or_default();
    (began + since.as_secs()).saturating_mul(EACH)
}
