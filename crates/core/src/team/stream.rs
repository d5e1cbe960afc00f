//! Accounts' event streams: taken from whoever holds them, and watched while they may be deaf.

use super::Team;
use crate::{
    account::{AccountId, Due},
    command::{Command, Notice},
    event::WeChatEvent,
    health::Evidence,
    input::Input,
    time::Time,
};

impl Team {
    /// Does what is due for an account's event stream.
    pub(super) fn watch_stream(&mut self, now: Time, account: AccountId) {
        let Some(state) = self.accounts.get_mut(account.index()) else { return };
        let Some(due) = state.watch_stream(now) else { return };
        if due == Due::Reopen {
            let times = state.deaf_streams();
            self.commands.push_back(Command::Note(Notice::DeafStream { account, times }));
        }
        self.does(now, account, due);
    }

    /// An account's event stream was taken from whoever held it.
    pub(super) fn note_eviction(&mut self, account: AccountId) {
        let Some(state) = self.accounts.get(account.index()) else { return };
        let times = state.evictions();
        self.commands.push_back(Command::Note(Notice::Evicted { account, times }));
    }

    /// Takes from a fact that something came by an account's event stream. What a service says of itself on each new
    /// stream shows nothing of what comes later.
    pub(super) fn hear_stream(&mut self, now: Time, input: &Input) {
        let (account, at) = match input {
            Input::Event { event: WeChatEvent::Ready, .. } => return,
            Input::Event { account, .. } | Input::StreamTells { account } | Input::PuppetDong { account } => {
                (account, now)
            }
            // Its payload had to be read first.
            Input::Message { account, message } => (account, now.before(message.waited)),
            Input::Joins { .. }
            | Input::Leaves { .. }
            | Input::Restarts { .. }
            | Input::Follows { .. }
            | Input::Link { .. }
            | Input::Heard { .. }
            | Input::HeardOf { .. }
            | Input::Unshown { .. }
            | Input::OldMessage { .. }
            | Input::Behind { .. }
            | Input::Lists { .. }
            | Input::Reaches { .. }
            | Input::Room { .. }
            | Input::RoomMade { .. }
            | Input::Invited { .. }
            | Input::Invitation { .. }
            | Input::RoomUnread { .. }
            | Input::SendBegins { .. }
            | Input::SendEnds { .. }
            | Input::ActBegins { .. }
            | Input::ActEnds { .. }
            | Input::Unreachable { .. }
            | Input::Quits { .. }
            | Input::HasQuit { .. }
            | Input::DingFailed { .. }
            | Input::PuppetDinged { .. }
            | Input::Worked { .. }
            | Input::Hand { .. }
            | Input::Told { .. }
            | Input::AlarmSeen { .. }
            | Input::AlarmTest { .. }
            | Input::Machine { .. }
            | Input::Reads { .. }
            | Input::HeardUpTo { .. }
            | Input::BotKnows { .. }
            | Input::BotConnected { .. }
            | Input::BotDisconnected { .. }
            | Input::BotSays { .. }
            | Input::BotSaid { .. }
            | Input::Acknowledged { .. }
            | Input::LoggedOut { .. }
            | Input::Ding { .. } => return,
        };
        if let Some(state) = self.accounts.get_mut(account.index()) {
            state.stream_tells(at);
        }
    }

    /// Asks an account's puppet for a sign of life, for want of something better.
    pub(super) fn ask_puppet(&mut self, account: AccountId) {
        if let Some(state) = self.accounts.get_mut(account.index()) {
            state.asks_puppet();
        }
        self.commands.push_back(Command::PuppetDing { account });
    }

    /// An account's puppet has taken a ding of its own.
    pub(super) fn on_puppet_dinged(&mut self, now: Time, account: AccountId) {
        if let Some(state) = self.accounts.get_mut(account.index()) {
            state.takes_ding(now);
        }
    }

    /// An account's puppet answered a ding of its own.
    pub(super) fn on_puppet_dong(&mut self, now: Time, account: AccountId) {
        let Some(state) = self.accounts.get_mut(account.index()) else { return };
        if state.takes_dong() {
            self.on_evidence(now, account, Evidence::PuppetDong);
        }
    }
}
