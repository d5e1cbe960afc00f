//! What accounts were asked to do and have not answered yet: sends, and other acts that WeChat counts. A restart loses
//! the answers, and must know of each what to make of that.

use alloc::{collections::BTreeMap, string::String};

use super::Team;
use crate::{
    account::AccountId,
    bots::ClientId,
    dedup::SendId,
    event::MessageFacts,
    input::SendResult,
    pace::{Paced, SpentPace},
    time::Time,
};

/// How many of each are known at once; beyond it the first are not known any more.
const MOST: usize = 10_000;

/// What is under way.
#[derive(Debug, Clone, PartialEq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(super) struct UnderWay {
    /// Who was asked to say something, and where.
    sends: BTreeMap<SendId, (AccountId, String)>,
    acts: BTreeMap<SendId, (AccountId, Paced)>,
}

impl UnderWay {
    /// How many sends and acts there are.
    pub(super) fn len(&self) -> usize {
        self.sends.len() + self.acts.len()
    }
}

/// The numbers that a caller is to give out next: none of them was ever given out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct NextNumbers {
    /// For a send, or another act.
    pub send: u64,
    /// For a bot's stream.
    pub client: u64,
}

impl NextNumbers {
    /// This one was given out.
    pub(super) fn is_given(&mut self, send: SendId) {
        self.send = self.send.max(send.0.saturating_add(1));
    }

    /// So was this one.
    pub(super) fn is_opened(&mut self, client: ClientId) {
        self.client = self.client.max(client.0.saturating_add(1));
    }
}

impl Team {
    /// From where on a caller gives out numbers, so that none is given twice.
    pub fn numbers(&self) -> NextNumbers {
        self.numbers
    }

    /// What was done of what WeChat counts: for [`crate::Queue::resume`].
    pub fn spent(&self) -> &SpentPace {
        &self.spent
    }

    /// Whether an account was asked to send this, and nobody knows yet what came of it.
    pub fn is_open(&self, send: SendId) -> bool {
        self.under_way.sends.contains_key(&send) || self.unsure.contains_key(&send)
    }

    /// Whether an account was asked to send this, and has not answered.
    pub(super) fn is_under_way(&self, send: SendId) -> bool {
        self.under_way.sends.contains_key(&send)
    }

    pub(super) fn send_is_under_way(
        &mut self,
        now: Time,
        send: SendId,
        account: AccountId,
        message: &MessageFacts,
    ) {
        let conversation = if message.room.is_empty() { &message.listener } else { &message.room };
        self.numbers.is_given(send);
        self.spent.begins(now, account, Paced::Message);
        self.spent.says(now, conversation);
        self.under_way.sends.insert(send, (account, conversation.clone()));
        if self.under_way.sends.len() > MOST {
            self.under_way.sends.pop_first();
        }
    }

    pub(super) fn send_is_over(&mut self, now: Time, send: SendId, outcome: &SendResult) {
        // Of what an account refused its conversation was told nothing.
        let (is_done, is_said) = match outcome {
            SendResult::Sent { .. } | SendResult::Unsure { .. } => (true, true),
            SendResult::Refused => (true, false),
            SendResult::NotSent => (false, false),
        };
        if let Some((account, conversation)) = self.under_way.sends.remove(&send) {
            self.spent.ends(now, account, Paced::Message, is_done);
            self.spent.said(now, &conversation, is_said);
        }
    }

    pub(super) fn on_act_begins(&mut self, now: Time, act: SendId, account: AccountId, paced: Paced) {
        self.numbers.is_given(act);
        self.spent.begins(now, account, paced);
        self.under_way.acts.insert(act, (account, paced));
        if self.under_way.acts.len() > MOST {
            self.under_way.acts.pop_first();
        }
    }

    pub(super) fn on_act_ends(&mut self, now: Time, act: SendId, is_done: bool) {
        if let Some((account, paced)) = self.under_way.acts.remove(&act) {
            self.spent.ends(now, account, paced, is_done);
        }
    }

    /// Nobody will ever tell what came of it: acts count as done, and of sends nobody knows.
    pub(super) fn loses_answers(&mut self, now: Time) {
        let UnderWay { sends, acts: _ } = core::mem::take(&mut self.under_way);
        self.spent.restart(now);
        for (send, (account, conversation)) in sends {
            // The account may still have it in its hands.
            self.wait_for_witness(now, send, account, &conversation, false);
        }
    }
}
