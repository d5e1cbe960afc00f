//! What was done before counts on: a queue that begins anew begins behind what another one has let go. It is not the doing
//! of who has an account's place now.

use alloc::string::ToString as _;

use super::Queue;
use crate::{
    account::AccountId,
    bots::BotId,
    pace::{Errand, Paced, SpentPace},
    time::Time,
};

impl Queue {
    /// An account's place is another one's from now on, which has done nothing yet.
    pub fn renew(&mut self, account: AccountId) {
        if let Some(meters) = self.meters.get_mut(account.index()) {
            *meters = Default::default();
        }
    }

    /// Before anybody waits: so much was `spent` by another queue, which is gone. It counts on, and what was under way
    /// then has ended now, done or not.
    pub fn resume(&mut self, now: Time, spent: &SpentPace) {
        self.now = now;
        if !self.pace.enabled {
            return;
        }
        for (account, paced, used) in spent.accounts() {
            if let Some(meter) = self.meter_mut(account, paced) {
                meter.resume(now, used);
            }
        }
        for (conversation, used) in spent.conversations() {
            let id = self.lane_of(said_in(conversation));
            if let Some(lane) = self.lanes.get_mut(&id) {
                lane.meter.resume(now, used);
            }
            self.touch(now, id);
        }
    }
}

/// Something that is said in a conversation. Where there is a pace its lane is the same for all bots.
fn said_in(conversation: &str) -> Errand {
    Errand { paced: Paced::Message, subject: conversation.to_string(), bot: BotId(0), weight: 0 }
}
