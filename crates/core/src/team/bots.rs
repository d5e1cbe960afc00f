//! Towards the bots: how the team stands, and what happens, each event to those whose it is.

use alloc::{
    string::{String, ToString},
    vec::Vec,
};

use core::time::Duration;

use super::Team;
use crate::{
    account::Account,
    balance::fingerprint,
    bots::{BotId, BotMode, ClientId, Succession},
    command::{Command, Note},
    event::Event,
    phase::{Phase, Scan},
    time::Time,
};

/// How long after a logout bots are told of a login at the earliest. The stock client closes its caches at the one
/// and opens them at the other, and ends with an error of its own if they are not closed by then.
const RELOGIN: Duration = Duration::from_secs(1);

impl Team {
    pub(super) fn on_bot_connected(&mut self, now: Time, client: ClientId, bot: BotId) {
        self.bots.connect(now, client, bot);
        self.greet(client);
    }

    /// A stream ended; others may have its work to go on with.
    pub(super) fn on_bot_disconnected(&mut self, now: Time, from: ClientId) {
        let Some(Succession { heirs, left: again, bot, mode }) = self.bots.disconnect(now, from) else {
            return;
        };
        if mode != BotMode::All {
            self.commands.push_back(Command::Note(Note::TakenOver { bot, from, to: heirs.clone(), again }));
        }
        heirs.into_iter().for_each(|heir| self.catch_up(heir));
    }

    pub(super) fn on_bots_ding(&mut self, client: Option<ClientId>, bot: BotId, data: &str) {
        let streams = self.bots.streams_of(bot).into_iter().map(|(client, ..)| client);
        let meant: Vec<ClientId> = streams.filter(|it| client.is_none_or(|client| client == *it)).collect();
        for client in meant {
            self.deliver(client, [Event::Dong { data: data.to_string() }]);
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
        let clients: Vec<ClientId> = self.bots.clients().collect();
        clients.into_iter().for_each(|client| self.greet(client));
    }

    /// The team failed.
    pub(super) fn dismiss_all(&mut self, now: Time, reason: String) {
        if !core::mem::replace(&mut self.is_greeted, false) {
            return;
        }
        self.dismissed = self.bots.clients().next().is_some().then_some(now);
        let contact_id = self.identity.self_id().to_string();
        self.tell_all(&Event::Logout { contact_id, reason });
        let scans: Vec<Event> = self.accounts.iter().filter_map(open_scan).map(Event::Scan).collect();
        scans.iter().for_each(|scan| self.tell_all(scan));
    }

    /// Tells a bot how the team stands; then, if it is up, what the bot has missed.
    fn greet(&mut self, client: ClientId) {
        if !self.is_greeted {
            let scans: Vec<Event> = self.accounts.iter().filter_map(open_scan).map(Event::Scan).collect();
            self.deliver(client, scans);
            return;
        }
        let contact_id = self.identity.self_id().to_string();
        self.deliver(client, [Event::Login { contact_id }, Event::Ready]);
        self.catch_up(client);
    }

    /// Something happened that every bot should know, in a conversation or about something else.
    pub(super) fn publish(&mut self, now: Time, about: &str, event: &Event) {
        self.bots.record(now, fingerprint(about), event);
        let clients: Vec<ClientId> = self.bots.clients().collect();
        clients.into_iter().for_each(|client| self.catch_up(client));
    }

    /// Gives a bot what it has not been given yet. While the team is down it is kept, since a bot that is
    /// logged out can do nothing with it.
    fn catch_up(&mut self, client: ClientId) {
        if self.is_greeted {
            let due = self.bots.due(client);
            self.deliver(client, due);
        }
    }

    pub(super) fn tell_all(&mut self, event: &Event) {
        let clients: Vec<ClientId> = self.bots.clients().collect();
        clients.into_iter().for_each(|client| self.deliver(client, [event.clone()]));
    }

    fn deliver(&mut self, client: ClientId, events: impl IntoIterator<Item = Event>) {
        self.commands.extend(events.into_iter().map(|event| Command::Deliver { client, event }));
    }
}

pub(super) fn open_scan(account: &Account) -> Option<Scan> {
    match account.phase() {
        Phase::WaitingScan { scan, .. } => Some(scan.clone()),
        _ => None,
    }
}
