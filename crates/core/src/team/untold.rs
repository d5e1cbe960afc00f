//! What happened besides messages, as accounts told it, and what stands behind messages that are being read: nobody tells
//! it again, so a restart goes on with it as if it had been handed on a moment before the process ended.
//!
//! ```text
//!   HeardOf ─▶ untold ─▶ Event, Invitation: it was handed on
//!                   └──▶ Restarts: as Event; but who invites is asked again, where that matters
//! ```

use alloc::{collections::VecDeque, vec::Vec};

use super::Team;
use crate::{account::AccountId, command::Command, event::WeChatEvent, input::Input, time::Time};

/// So much may stand there for one account; beyond it the first is given up.
const MOST: usize = 2_000;
/// The same in bytes; the last one may weigh what it likes.
const HEAVIEST: usize = 8 << 20;

/// What each account has told, oldest first, and when.
#[derive(Debug, Clone, PartialEq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(super) struct Untold(Vec<VecDeque<(WeChatEvent, Time)>>);

impl Untold {
    /// How much there is.
    pub(super) fn len(&self) -> usize {
        self.0.iter().map(VecDeque::len).sum()
    }

    /// An account's place is another one's.
    pub(super) fn renew(&mut self, account: AccountId) {
        if let Some(its) = self.0.get_mut(account.index()) {
            its.clear();
        }
    }

    fn begins(&mut self, now: Time, account: AccountId, event: &WeChatEvent) {
        self.0.resize(self.0.len().max(account.index() + 1), VecDeque::new());
        let its = &mut self.0[account.index()];
        its.push_back((event.clone(), now));
        let mut bytes: usize = its.iter().map(|(event, _)| event.weight()).sum();
        while its.len() > MOST || bytes > HEAVIEST && its.len() > 1 {
            bytes -= its.pop_front().map_or(bytes, |(event, _)| event.weight());
        }
    }

    fn ends(&mut self, account: AccountId, is_it: impl Fn(&WeChatEvent) -> bool) {
        let Some(its) = self.0.get_mut(account.index()) else { return };
        // It is the first: what accounts tell is handed on in order.
        if let Some(place) = its.iter().position(|(known, _)| is_it(known)) {
            its.remove(place);
        }
    }

    fn take(&mut self, is_it: impl Fn(&WeChatEvent) -> bool) -> Vec<(AccountId, WeChatEvent)> {
        let mut taken = Vec::new();
        for (index, its) in self.0.iter_mut().enumerate() {
            let (now, rest): (VecDeque<_>, _) =
                core::mem::take(its).into_iter().partition(|(it, _)| is_it(it));
            *its = rest;
            taken.extend(now.into_iter().map(|(event, _)| (AccountId::at(index), event)));
        }
        taken
    }
}

impl Team {
    /// The invitations that an account was told of, by its own ids, and when that was: the oldest first. Who invites is to be
    /// asked once it is logged in after a restart.
    pub fn invitations_owed(&self, account: AccountId) -> impl Iterator<Item = (&str, Time)> {
        let its = self.untold.0.get(account.index());
        its.into_iter().flatten().filter_map(|(event, at)| Some((invitation(event)?, *at)))
    }

    /// Takes from a fact what it says of what stands behind messages.
    pub(super) fn tells(&mut self, now: Time, input: &Input) {
        if let Input::HeardOf { account, event } = input {
            if self.is_member(*account) {
                self.untold.begins(now, *account, event);
            }
        } else if let Input::Event { account, event } = input {
            self.untold.ends(*account, |it| it == event);
        } else if let Input::Invitation { account, id, .. } = input {
            self.untold.ends(*account, |it| invitation(it) == Some(id.as_str()));
        }
    }

    /// The process that was to hand it on is gone: it happened at `now`, when that was told anything last. Who invites may
    /// be a teammate, and is asked first.
    pub(super) fn tell_untold(&mut self, now: Time, asks_who_invites: bool) {
        let waits = |it: &WeChatEvent| asks_who_invites && invitation(it).is_some();
        for (account, event) in self.untold.take(|it| !waits(it)) {
            if self.is_member(account) {
                self.on_event(now, account, event);
            }
        }
        // Whoever was to do what follows from it is gone as well: bots are given it anew, and rooms are read again.
        self.commands.retain(|it| matches!(it, Command::Note(_)));
    }
}

/// The id of an invitation.
fn invitation(event: &WeChatEvent) -> Option<&str> {
    if let WeChatEvent::RoomInvite { id } = event { Some(id) } else { None }
}
