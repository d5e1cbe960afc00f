//! Sends that may have been sent: who could have seen them, and how long it is worth waiting for that.
//!
//! A teammate that is in the room and well sees what was said there within the window. One that is away sees
//! it when it is back: so while none is there but one might come, the window has not begun yet. Where there is
//! no teammate at all, as in a private conversation or when the last one has left the team, only the account's
//! own echo can tell.
//!
//! That a teammate did not see it within the window proves that it is not there, if that teammate hears (see
//! `hearing`) and has heard of something later than the send. Nothing need have happened meanwhile, so such a
//! teammate is asked for a sign: the dong of the heartbeat contact. And nothing is proved as long as the account may
//! still have the send in its hands, as one that hangs has; or if the account was seen to say something there that
//! nobody is known to have sent: that may be the send, with its text changed on its way.
//!
//! ```text
//!   begun ── lost ──── a third of the window ──────────── the window ─────────────── three windows
//!     │                  ├ ask those who could have seen it ├ seen by nobody, and      └ it stays unknown
//!     └ listening since  └ what they hear of that is done     somebody hears: not there
//!       before this        from here on is a proof
//! ```

use alloc::string::String;
use core::time::Duration;

use super::Team;
use crate::{
    account::AccountId,
    account_set::AccountSet,
    balance::fingerprint,
    command::{Command, Settled},
    dedup::SendId,
    time::Time,
};

/// For how many windows it is worth waiting for a teammate to come back.
pub(super) const PATIENCE: u32 = 10;
/// For how many windows it is worth waiting for a sign that a teammate hears.
const SIGNS: u32 = 3;
/// What is done in the first of so many parts of the window may reach people before the send does.
const SETTLING: u32 = 3;
/// In how many rooms it is remembered which account said what nobody is known to have sent.
pub(super) const UNEXPLAINED: usize = 1_000;

/// For how long it is remembered.
pub(super) fn remembered(window: Duration) -> Duration {
    window.saturating_mul(2 * PATIENCE)
}

/// An account in a room, by the room's fingerprint.
pub(super) type Mouth = (AccountId, u64);

/// A send that may have been sent.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(super) struct Unsure {
    account: AccountId,
    conversation: String,
    watch: Watch,
    /// When its window is over.
    until: Time,
    /// When at the latest, whoever may be back by then.
    latest: Time,
    /// If it may be proved that it is not there.
    proof: Option<Proof>,
}

/// How it may be proved that a send is not there.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
struct Proof {
    /// When it began: a witness listens since before.
    begun: Time,
    /// What is done from here on is later than the send.
    from: Time,
    /// Until when it is worth waiting for somebody to hear of something.
    until: Time,
    stage: Stage,
}

/// How far a proof is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
enum Stage {
    /// What is done now may be earlier than the send.
    Settling,
    /// Witnesses were asked for a sign.
    Asked,
    /// The window is over, and nobody has heard anything yet.
    WaitsForSigns,
}

impl Unsure {
    /// When something is to be done about it, if nothing happens before.
    pub(super) fn poll_timeout(&self) -> Time {
        match &self.proof {
            Some(Proof { stage: Stage::Settling, from, .. }) => self.until.min(*from),
            Some(Proof { stage: Stage::WaitsForSigns, until, .. }) => self.until.max(*until),
            _ => self.until,
        }
    }
}

/// Who could see what an account said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
enum Watch {
    /// A teammate that is there, and well.
    Kept,
    /// Teammates, but none before it is back.
    Away,
    /// No teammate.
    Nobody,
}

impl Watch {
    /// Until when it is worth waiting, from now on.
    fn until(self, now: Time, window: Duration, latest: Time) -> Time {
        match self {
            Self::Kept | Self::Nobody => latest.min(now + window),
            Self::Away => latest,
        }
    }
}

impl Team {
    /// A teammate may see it, or the account itself show it when it is back. If the account `is_over` with it, it
    /// may turn out that it is not there.
    pub(super) fn wait_for_witness(
        &mut self,
        now: Time,
        send: SendId,
        account: AccountId,
        conversation: &str,
        is_over: bool,
    ) {
        let (watch, window) = (self.watch(conversation, account), self.witness_window);
        let latest = now + window.saturating_mul(PATIENCE);
        let until = watch.until(now, window, latest);
        let begun = self.dedup.begun(send).filter(|_| is_over);
        let proof = begun.map(|begun| Proof {
            begun,
            from: now + window / SETTLING,
            until: now + window.saturating_mul(SIGNS),
            stage: Stage::Settling,
        });
        let conversation = String::from(conversation);
        self.unsure.insert(send, Unsure { account, conversation, watch, until, latest, proof });
    }

    /// So long nobody looked, and whoever listened has missed something: that a send was not seen proves nothing any more,
    /// but it may still be seen.
    pub(super) fn nobody_saw(&mut self, away: Duration) {
        for it in self.unsure.values_mut() {
            (it.until, it.latest, it.proof) = (it.until + away, it.latest + away, None);
        }
    }

    /// Teammates came or went: with the first to come the window of what nobody watched begins, and ends
    /// unused when the last one goes.
    pub(super) fn look_who_watches(&mut self, now: Time) {
        let mut unsure = core::mem::take(&mut self.unsure);
        for it in unsure.values_mut() {
            let watch = self.watch(&it.conversation, it.account);
            if watch != core::mem::replace(&mut it.watch, watch) {
                it.until = watch.until(now, self.witness_window, it.latest);
            }
        }
        self.unsure = unsure;
    }

    /// Tells those who wait what became of their sends: somebody saw it, or it is not there, or nobody knows.
    pub(super) fn settle(&mut self, now: Time) {
        if self.unsure.is_empty() {
            return;
        }
        let mut unsure = core::mem::take(&mut self.unsure);
        unsure.retain(|send, it| {
            let settled = self.judge(now, *send, it);
            match &settled {
                None => return true,
                Some(Settled::NotThere { .. }) => self.dedup.disown(*send),
                Some(Settled::Seen(_) | Settled::Unknown) => self.dedup.settle(*send),
            }
            self.commands.extend(settled.map(|settled| Command::Settle { send: *send, settled }));
            false
        });
        self.unsure = unsure;
    }

    /// What became of a send, if that is known by now, or never will be.
    fn judge(&mut self, now: Time, send: SendId, it: &mut Unsure) -> Option<Settled> {
        if let Some(seen) = self.dedup.witness(send) {
            // The answer to what is under way tells whose it is.
            if now < it.latest && self.dedup.later_ones(send).any(|later| self.is_under_way(later)) {
                (it.until, it.proof) = (it.until.max(now + self.witness_window).min(it.latest), None);
                return None;
            }
            return Some(Settled::Seen(seen.clone()));
        }
        let settling = it.proof.as_mut().filter(|proof| proof.stage == Stage::Settling);
        if let Some(proof) = settling.filter(|proof| now >= proof.from) {
            proof.stage = Stage::Asked;
            let proof = *proof;
            self.ask_witnesses(now, it, proof);
        }
        if now < it.until {
            return None;
        }
        let Some(proof) = it.proof.filter(|_| it.watch == Watch::Kept) else {
            return Some(Settled::Unknown);
        };
        if self
            .unexplained
            .get(now, &self.mouth(it.account, &it.conversation))
            .is_some_and(|at| *at >= proof.begun)
        {
            return Some(Settled::Unknown);
        }
        let witnesses = self.witnesses(it, proof);
        let proves = |witness: &AccountId| {
            let hearing = self.hearing(*witness);
            hearing.proves(proof.begun, proof.from)
                && !self.dedup.may_be_taken_for_another(send, *witness, hearing.since())
        };
        match witnesses.iter().find(proves) {
            Some(witness) => Some(Settled::NotThere { witness }),
            None if witnesses.is_empty() || now >= proof.until => Some(Settled::Unknown),
            None => {
                it.proof = Some(Proof { stage: Stage::WaitsForSigns, ..proof });
                None
            }
        }
    }

    /// Those of a room that would have been shown what was said there: well, listening since before, and to be asked.
    fn witnesses(&self, it: &Unsure, proof: Proof) -> AccountSet {
        let reach = self.directory.reach(&it.conversation);
        let mut there = if reach.is_room { reach.yes } else { AccountSet::EMPTY };
        there = there.without(self.identity.same_person(it.account));
        let well = self.which(|it| it.is_available() && !it.is_let_be());
        there.and(well).iter().filter(|witness| self.hearing(*witness).listened(proof.begun)).collect()
    }

    /// The account was seen to say something in a room that is no send's.
    pub(super) fn is_unexplained(&mut self, now: Time, account: AccountId, room: &str) {
        self.unexplained.put(now, self.mouth(account, room), now);
    }

    /// A person in a room.
    fn mouth(&self, account: AccountId, room: &str) -> Mouth {
        (self.identity.person(account), fingerprint(room))
    }

    /// Asks those who could prove it for a sign that they hear.
    fn ask_witnesses(&mut self, now: Time, it: &Unsure, proof: Proof) {
        let moment = self.witness_window / SETTLING;
        self.witnesses(it, proof).iter().for_each(|witness| self.ask_to_hear(now, witness, moment));
    }

    /// Whether a teammate should see what `account` says there.
    pub(super) fn has_witness(&self, conversation: &str, account: AccountId) -> bool {
        self.watch(conversation, account) == Watch::Kept
    }

    fn watch(&self, conversation: &str, account: AccountId) -> Watch {
        let reach = self.directory.reach(conversation);
        let mut there = if reach.is_room { reach.yes } else { AccountSet::EMPTY };
        there = there.without(self.identity.same_person(account));
        if there.is_empty() {
            Watch::Nobody
        } else if there.and(self.usable()).is_empty() {
            Watch::Away
        } else {
            Watch::Kept
        }
    }
}
