//! What became of questions and of faults, by what is true.

use std::time::Duration;

use ha_wechaty_core::{AccountId, AccountSet, Time};

/// Why a question was not answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Cause {
    /// The bot did not hear of it in time.
    Unheard,
    /// The bot was told that its answer could not be sent.
    Refused,
    /// The bot was told that its answer was sent, and it never arrived.
    Void,
}

impl Cause {
    pub(super) const ALL: [Self; 3] = [Self::Unheard, Self::Refused, Self::Void];
}

#[derive(Debug, Clone, Copy)]
struct Question {
    asked: Time,
    private: bool,
    /// `None`: it was answered.
    lost: Option<Cause>,
}

/// One account, as far as time is measured.
#[derive(Debug, Clone, Copy, Default)]
struct Watch {
    ill: Option<Illness>,
    /// Since when it is kept from work though it works.
    spared: Option<Time>,
}

#[derive(Debug, Clone, Copy)]
struct Illness {
    since: Time,
    silent: bool,
    found: Option<Time>,
}

/// The books of one play.
#[derive(Debug)]
pub(super) struct Tally {
    end: Time,
    questions: Vec<Question>,
    watches: Vec<Watch>,
    last: Time,
    idle: bool,
    at_work: AccountSet,
    pub(super) faults: u64,
    pub(super) dings: u64,
    pub(super) resets: u64,
    /// How often a person was told that they are needed; how often they were not; and how often they were, and nobody was
    /// told within half an hour.
    pub(super) told: u64,
    pub(super) told_in_vain: u64,
    pub(super) unsaid: u64,
    pub(super) false_alarms: u64,
    pub(super) twice: u64,
    /// How long no account that got work could do any.
    pub(super) outage: Duration,
    /// How long silent faults went on taking work.
    pub(super) found: Vec<Duration>,
    /// How long it took until an account that had failed worked again, and got work.
    pub(super) recovered: Vec<Duration>,
}

impl Tally {
    pub(super) fn new(accounts: usize, end: Time) -> Self {
        Self {
            end,
            questions: Vec::new(),
            watches: vec![Watch::default(); accounts],
            last: Time::ZERO,
            idle: false,
            at_work: AccountSet::EMPTY,
            faults: 0,
            dings: 0,
            resets: 0,
            told: 0,
            told_in_vain: 0,
            unsaid: 0,
            false_alarms: 0,
            twice: 0,
            outage: Duration::ZERO,
            found: Vec::new(),
            recovered: Vec::new(),
        }
    }

    /// A question is asked.
    pub(super) fn ask(&mut self, now: Time, private: bool) -> usize {
        self.questions.push(Question { asked: now, private, lost: Some(Cause::Unheard) });
        self.questions.len() - 1
    }

    /// An answer did not arrive. Another one may, or may have.
    pub(super) fn lose(&mut self, question: usize, cause: Cause) {
        let lost = &mut self.questions[question].lost;
        *lost = lost.map(|_| cause);
    }

    /// An answer arrived.
    pub(super) fn serve(&mut self, now: Time, question: usize, patience: Duration) {
        let question = &mut self.questions[question];
        match question.lost {
            None => self.twice += 1,
            Some(_) if now - question.asked <= patience => question.lost = None,
            Some(_) => {}
        }
    }

    /// How many questions were asked, in private or in rooms.
    pub(super) fn asked(&self, private: bool) -> u64 {
        self.questions.iter().filter(|it| it.private == private).count() as u64
    }

    /// How many of them were not answered, and why.
    pub(super) fn lost(&self, private: bool, cause: Cause) -> u64 {
        self.questions.iter().filter(|it| it.private == private && it.lost == Some(cause)).count() as u64
    }

    /// An account that was sound is not any more.
    pub(super) fn fall_ill(&mut self, account: usize, now: Time, silent: bool) {
        let watch = &mut self.watches[account];
        // It may not have got work again since the last time: that is one illness.
        watch.ill.get_or_insert(Illness { since: now, silent, found: None });
    }

    /// A sound account is restarted.
    pub(super) fn reset_in_vain(&mut self, account: usize) {
        // If it is kept from work for longer, that is counted at its end.
        if self.watches[account].spared.is_none() {
            self.false_alarms += 1;
        }
    }

    /// How things stand now: who gets work, who is sound, and who can work.
    pub(super) fn look(
        &mut self,
        now: Time,
        at_work: AccountSet,
        sound: AccountSet,
        able: AccountSet,
        spared: Duration,
    ) {
        let until = now.min(self.end);
        if self.idle {
            self.outage += until - self.last;
        }
        (self.last, self.idle) = (until, at_work.and(able).is_empty());
        for (index, watch) in self.watches.iter_mut().enumerate() {
            let account = AccountId::at(index);
            let (works, is_sound) = (at_work.contains(account), sound.contains(account));
            if let Some(ill) = &mut watch.ill {
                if !works {
                    ill.found.get_or_insert(now);
                } else if is_sound {
                    self.recovered.push(now - ill.since);
                    if ill.silent {
                        self.found.push(ill.found.unwrap_or(now) - ill.since);
                    }
                    watch.ill = None;
                }
            }
            let is_idle = is_sound && !works && watch.ill.is_none();
            if is_idle && self.at_work.contains(account) {
                watch.spared = Some(now);
            } else if !is_idle && let Some(since) = watch.spared.take() {
                self.false_alarms += u64::from(now - since > spared);
            }
        }
        self.at_work = at_work;
    }
}
