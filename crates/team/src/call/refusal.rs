//! Why a call came to nothing, at one account and at all of them.

use ha_wechaty_core::AccountId;
use tonic::{Code, Status};

use crate::{
    error::{CallError, Wrong},
    state::{accounts::AccountSide, facts::CoreHandle},
};
use ha_wechaty_transport::{Fate, cut, fate, is_over, is_told};

/// The room for one account's words among others'. Its words alone are passed on as far as they fit.
const REASON: usize = 1_024;

/// What one account made of a call.
#[derive(Debug, Clone)]
pub struct Refusal {
    /// The account that refused.
    pub account: AccountId,
    /// Whether the account can have acted on the call.
    pub fate: Fate,
    /// What the account said, or what is said in its place.
    pub status: Status,
    /// The account was not there: it may be in a moment.
    pub is_passing: bool,
    /// Its generation of the protocol has no such RPC.
    pub is_lacking: bool,
}

impl Refusal {
    /// A call that failed at an account.
    pub fn of(account: AccountId, status: Status) -> Self {
        let fate = fate(&status);
        if fate == Fate::Answered && status.code() == Code::Unauthenticated {
            // Its words hold the account's token, and a bot would take them for words about its own.
            return Self::unable(
                account,
                "its puppet service refuses its token: check the account's `token`",
            );
        }
        Self { account, fate, status, is_passing: fate == Fate::NotSent, is_lacking: false }
    }

    /// A call that never left, since the account was not there.
    pub fn unsent(account: AccountId, why: impl Into<String>) -> Self {
        Self { is_passing: true, ..Self::unable(account, why) }
    }

    /// A call that never left, and that would not leave in a moment either.
    pub fn unable(account: AccountId, why: impl Into<String>) -> Self {
        Self {
            account,
            fate: Fate::NotSent,
            status: Status::unavailable(why),
            is_passing: false,
            is_lacking: false,
        }
    }

    /// Its generation of the protocol has no such RPC: nothing was done, and nothing is wrong with it.
    pub fn lacking(account: AccountId, rpc: &str) -> Self {
        let status = Status::unimplemented(format!("its puppet service has no {rpc}"));
        Self { account, fate: Fate::NotSent, status, is_passing: false, is_lacking: true }
    }

    /// Whether the puppet service says that it has no such RPC.
    pub fn tells_lack(&self) -> bool {
        self.fate == Fate::Answered && self.status.code() == Code::Unimplemented
    }

    /// Whether the account itself failed, not the connection to it.
    pub fn is_own_failure(&self) -> bool {
        self.fate == Fate::Answered || self.status.code() == Code::DeadlineExceeded || is_told(&self.status)
    }

    /// Whether the account has it in its hands no more.
    pub fn is_over(&self) -> bool {
        is_over(&self.status)
    }

    /// It was lost with the account, and is not there: a teammate would have seen it.
    pub fn into_not_there(self, witness: &str) -> Self {
        let lost = self.status.message();
        let why =
            format!("{lost}; but {witness}, which hears what is said there, did not see it: it is not there");
        Self::unsent(self.account, why)
    }

    /// A call that left, and of whose fate nothing is known.
    pub fn unsure(account: AccountId, why: impl Into<String>) -> Self {
        Self {
            account,
            fate: Fate::MaybeSent,
            status: Status::unknown(why),
            is_passing: false,
            is_lacking: false,
        }
    }

    /// The bot is told that it can't be known whether it was done.
    pub fn into_unsure(self, accounts: &AccountSide, what: &str) -> CallError {
        self.unsure_since(accounts, what, "so no other account was asked to do it again")
    }

    /// The same, where another account was to do it again, and that failed so.
    pub(super) fn into_unsure_for(self, accounts: &AccountSide, what: &str, failure: &str) -> CallError {
        self.unsure_since(accounts, what, &format!("and it could not be done again ({failure})"))
    }

    fn unsure_since(&self, accounts: &AccountSide, what: &str, others: &str) -> CallError {
        let account = accounts.name(self.account);
        let why = format!(
            "account {account} was lost after {what} had been handed to it ({}); it may or may not have been \
             done, {others}",
            cut(self.status.message(), REASON)
        );
        CallError::MaybeSent { account: Some(account.to_owned()), why }
    }

    /// What a caller is told who asked this account alone.
    pub fn into_error(self, accounts: &AccountSide) -> CallError {
        let account = accounts.name(self.account).to_owned();
        match self.fate {
            Fate::Answered => CallError::Refused { account, status: self.status },
            Fate::MaybeSent => {
                CallError::MaybeSent { account: Some(account), why: self.status.message().to_owned() }
            }
            Fate::NotSent if self.status.code() == Code::ResourceExhausted => {
                CallError::busy(self.status.message())
            }
            Fate::NotSent => {
                let is_late = self.status.code() == Code::DeadlineExceeded;
                CallError::NotSent { why: self.status.message().to_owned(), is_late }
            }
        }
    }
}

/// Why an attempt failed.
#[derive(Debug)]
pub(super) enum Setback {
    /// This account could not; another might.
    Refused(Refusal),
    /// This account does for one after the other what is asked for many at once. Nothing was done.
    Apart(Refusal),
    /// The call itself is wrong: nobody could.
    Hopeless(CallError),
}

impl From<Refusal> for Setback {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl Setback {
    /// The refusal, unless it ends the call.
    pub(super) fn refusal(self) -> Result<Refusal, CallError> {
        match self {
            Self::Refused(refusal) | Self::Apart(refusal) => Ok(refusal),
            Self::Hopeless(error) => Err(error),
        }
    }
}

/// What the bot is told when a message was sent by nobody, as far as that is known. Whatever the others say,
/// one that was lost may have sent it.
pub(super) fn verdict_on_send(core: &CoreHandle, accounts: &AccountSide, refusals: &[Refusal]) -> CallError {
    match refusals.iter().find(|refusal| refusal.fate == Fate::MaybeSent) {
        Some(it) => {
            let others = told_by(accounts, refusals.iter().filter(|other| other.account != it.account));
            let others = match others.as_str() {
                "" => String::from("and no other account could do it again"),
                others => format!("and no other account could do it again ({others})"),
            };
            it.unsure_since(accounts, "the message", &others)
        }
        None => verdict(core, accounts, refusals),
    }
}

/// What the bot is told when every account refused. A puppet's own answer comes first, word for word: that
/// is what the bot would have been told without a gateway.
pub(super) fn verdict(core: &CoreHandle, accounts: &AccountSide, refusals: &[Refusal]) -> CallError {
    if let Some(answered) = refusals.iter().find(|refusal| refusal.fate == Fate::Answered) {
        let mut answered = answered.clone();
        let lacking = told_by(accounts, refusals.iter().filter(|it| it.is_lacking));
        if !lacking.is_empty() {
            // Perhaps these could have done it.
            let words = format!("{} ({lacking})", answered.status.message());
            answered.status = Status::new(answered.status.code(), words);
        }
        return answered.into_error(accounts);
    }
    if refusals.is_empty() {
        return CallError::unavailable(core.routing().outage());
    }
    if refusals.iter().all(|it| it.is_lacking) {
        return nobody_has_it(core, accounts, refusals);
    }
    let is_late = refusals.iter().all(|it| it.status.code() == Code::DeadlineExceeded);
    let why = format!("no account of the team could do it: {}", told_by(accounts, refusals.iter()));
    CallError::NotSent { why, is_late }
}

/// What the bot is told when all that were there are of a generation without it: who is not there might have it.
fn nobody_has_it(core: &CoreHandle, accounts: &AccountSide, refusals: &[Refusal]) -> CallError {
    let away = accounts.everybody().without(core.routing().available());
    let away: Vec<&str> = away.iter().map(|account| accounts.name(account)).collect();
    let others = match away.as_slice() {
        [] => String::new(),
        away => format!("; not asked, since not there now: {}", away.join(", ")),
    };
    CallError::wrong(
        Wrong::Way,
        format!("no account can do it: {}{others}", told_by(accounts, refusals.iter())),
    )
}

/// Who refused, and why.
fn told_by<'a>(accounts: &AccountSide, refusals: impl Iterator<Item = &'a Refusal>) -> String {
    let each =
        refusals.map(|it| format!("{}: {}", accounts.name(it.account), cut(it.status.message(), REASON)));
    each.collect::<Vec<_>>().join("; ")
}
