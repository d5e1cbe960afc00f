//! How one account stands, for people and programs.

use ha_wechaty_core::{
    AccountId, AccountState, Evidence, Opening, Paced, Phase, Queue, Remedy, Routing, Standing, Time,
    Withdrawn, Work,
};
use serde::{Deserialize, Serialize};

use super::login::LoginAsks;
use crate::state::{accounts::AccountSide, sending::Pacer};
use ha_wechaty_config::written;

/// One account.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AccountStatus {
    /// Its name.
    pub name: String,
    /// Where it stands; `removed` only for a moment.
    pub phase: Standing,
    /// The same in words: why, and what would help.
    pub text: String,
    /// For how long it has stood there. To be dialled again, or asked, or shown another code, begins nothing new.
    pub seconds: f64,
    /// What to do about that, by a heading of the runbook; nothing about one that works, or comes.
    #[serde(default)]
    pub remedy: Option<Remedy>,
    /// Who keeps it from work, and why, if an operator does.
    #[serde(default)]
    pub withdrawal: Option<WithdrawalStatus>,
    /// Why it has stood there since then.
    #[serde(default)]
    pub cause: String,
    /// How often the same has come again since: attempts that failed, codes that were shown.
    #[serde(default)]
    pub repeats: u32,
    /// When it is dialled again.
    pub next_attempt: Option<f64>,
    /// Its own contact id, once known.
    pub contact_id: Option<String>,
    /// The other accounts that are logged in as the same WeChat person: together they are one, and one of them gets
    /// work.
    #[serde(default)]
    pub same_person_as: Vec<String>,
    /// What showed last that it works, while it is logged in.
    pub last_evidence: Option<LastEvidence>,
    /// How long the last ding took that was answered, while it is logged in.
    #[serde(default)]
    pub last_dong: Option<LastDong>,
    /// What it was asked to send within a minute, and was sent; see [`crate::view::Status::tally`].
    #[serde(default)]
    pub sends_minute: u32,
    /// The same that was not sent, or nobody knows whether it was.
    #[serde(default)]
    pub failed_minute: u32,
    /// Dings that were not answered.
    pub dings_outstanding: u32,
    /// Resets since the last evidence.
    pub resets: u32,
    /// How often another client was evicted that held its event stream.
    #[serde(default)]
    pub evictions: u32,
    /// How often its event stream was found deaf, and opened anew.
    #[serde(default)]
    pub deaf_streams: u32,
    /// For how long its event stream is watched still, since it may go deaf: after an eviction, and after a reset.
    #[serde(default)]
    pub probation: Option<f64>,
    /// Whether it can write to the heartbeat contact, as far as is known.
    pub follows_heartbeat: bool,
    /// Failures in a row, of all kinds of work.
    pub errors: u32,
    /// The same by kinds of work, of those in which there are any.
    #[serde(default)]
    pub failures: Vec<WorkFailures>,
    /// Kinds of work that it is kept from.
    pub ejected: Vec<Ejected>,
    /// Its limits, and how much of each it has used.
    pub pace: Vec<LimitUse>,
    /// Its weight, and how much of it it gets (0.25 to 1) while it recovers.
    pub weight: u32,
    /// See `weight`.
    pub share: f64,
    /// Calls of it under way.
    pub calls: u64,
    /// What its puppet said last, if that runs here.
    pub last_words: Option<LastWords>,
    /// The text of the QR code that waits to be scanned.
    pub qrcode: Option<String>,
    /// What its login asks for besides, or instead.
    #[serde(default)]
    pub asks: Option<LoginAsks>,
    /// Its last steps, oldest first.
    pub history: Vec<Past>,
}

impl AccountStatus {
    /// Whether it was dialled, and what became of it is known.
    pub fn is_settled(&self) -> bool {
        match self.phase {
            // It is about to be dialled, or to join again.
            Standing::Connecting | Standing::Removed => false,
            Standing::Preparing
            | Standing::Offline
            | Standing::NotLoggedIn
            | Standing::WaitingScan
            | Standing::LoggedOut
            | Standing::Available
            | Standing::Suspect
            | Standing::Failed
            | Standing::Draining
            | Standing::Maintenance => true,
        }
    }
}

/// An operator keeps an account from work.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct WithdrawalStatus {
    /// How.
    pub how: Withdrawn,
    /// Who did it, and from where.
    pub by: String,
    /// Why, in that person's words.
    pub why: String,
    /// For how long it has been so.
    pub seconds: f64,
    /// For how long it will be, if it ends by itself.
    pub ends: Option<f64>,
}

/// What showed last that an account works.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LastEvidence {
    /// What it was.
    pub kind: Evidence,
    /// Whether it says only that a process lives.
    pub weak: bool,
    /// How long ago.
    pub seconds: f64,
}

/// How long the last ding took that an account answered.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LastDong {
    /// So long.
    pub took: f64,
    /// How long ago it was.
    pub seconds: f64,
}

/// What a puppet that runs here said last.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LastWords {
    /// A line of its log, without secrets.
    pub text: String,
    /// How long ago.
    pub seconds: f64,
}

/// Failures in a row of one kind of work.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct WorkFailures {
    /// Which.
    pub work: Work,
    /// How many.
    pub count: u32,
}

/// A kind of work that an account is kept from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Ejected {
    /// Which.
    pub work: Work,
    /// For how long still.
    pub seconds: f64,
}

/// A limit of an account.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LimitUse {
    /// What is limited.
    pub work: Paced,
    /// The limit as it is written: `40/1m`.
    pub limit: String,
    /// How much of it is used.
    pub used: u32,
    /// How much of it there is.
    pub allowed: u32,
    /// In how long the next is free, if none is now; nobody knows while what is under way has not ended.
    pub next_free: Option<f64>,
}

/// A step of an account's life.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Past {
    /// How long ago.
    pub seconds: f64,
    /// Where it stood before.
    pub from: Standing,
    /// Where it stood then.
    pub to: Standing,
    /// Why, in words.
    pub cause: String,
    /// For how long it had stood where it was.
    pub after: f64,
    /// How often, if it came and went within the hour; all else is of the first time.
    #[serde(default)]
    pub times: u32,
    /// How long ago the last time was.
    #[serde(default)]
    pub last: f64,
}

/// As it is now.
pub(super) fn account(
    accounts: &AccountSide,
    pacer: &Pacer,
    routing: &Routing,
    config: &ha_wechaty_config::AccountConfig,
    (id, state): (AccountId, &AccountState),
    now: Time,
) -> AccountStatus {
    let (health, spell) = (state.health(), state.spell());
    let ago = |at: Time| (now - at).as_secs_f64();
    let ahead = |at: Time| (at - now).as_secs_f64();
    let ejections = state.ejections();
    AccountStatus {
        name: config.name.clone(),
        phase: state.shown(),
        text: if let (Phase::Preparing { .. }, None) = (state.phase(), state.withdrawal()) {
            // As it is now: the core is told of each step, but not how far it is.
            accounts.hosts.state(id).to_string()
        } else {
            state.text()
        },
        seconds: ago(spell.since()),
        remedy: state.remedy().map(|it| refined(accounts, id, it)),
        withdrawal: state.withdrawal().map(|it| WithdrawalStatus {
            how: it.how,
            by: it.by.clone(),
            why: it.why.clone(),
            seconds: ago(it.since),
            ends: it.until.map(ahead),
        }),
        cause: spell.cause().to_owned(),
        repeats: spell.repeats(),
        next_attempt: match state.phase() {
            Phase::Offline { retry_at, .. } => Some(ahead(*retry_at)),
            Phase::Preparing { .. } => accounts.hosts.state(id).retry_in().map(|wait| wait.as_secs_f64()),
            Phase::Connecting
            | Phase::NotLoggedIn
            | Phase::WaitingScan { .. }
            | Phase::LoggedOut { .. }
            | Phase::LoggedIn(_)
            | Phase::Removed => None,
        },
        contact_id: state.contact_id().map(str::to_owned),
        same_person_as: same_person_as(accounts, routing, id),
        last_evidence: health.map(|health| {
            let (at, evidence) = health.last_evidence();
            LastEvidence { kind: evidence, weak: evidence.is_weak(), seconds: ago(at) }
        }),
        last_dong: health
            .and_then(ha_wechaty_core::Health::last_dong)
            .map(|(took, at)| LastDong { took: took.as_secs_f64(), seconds: ago(at) }),
        // What became of sends stands elsewhere.
        sends_minute: 0,
        failed_minute: 0,
        dings_outstanding: health.map_or(0, ha_wechaty_core::Health::dings_outstanding),
        resets: health.map_or(0, ha_wechaty_core::Health::resets),
        evictions: state.evictions(),
        deaf_streams: state.deaf_streams(),
        probation: state.on_probation_until().filter(|until| *until > now).map(ahead),
        follows_heartbeat: state.follows_heartbeat(),
        errors: Work::ALL.iter().map(|work| ejections.failures(*work)).sum(),
        failures: Work::ALL
            .iter()
            .map(|work| WorkFailures { work: *work, count: ejections.failures(*work) })
            .filter(|it| it.count > 0)
            .collect(),
        ejected: Work::ALL
            .iter()
            .filter_map(|work| {
                let until = ejections.until(*work)?;
                Some(Ejected { work: *work, seconds: ahead(until) })
            })
            .collect(),
        pace: pacer.look(|queue, now| limits(queue, id, now)),
        weight: config.weight,
        share: f64::from(state.quarters(now)) / 4.0,
        calls: accounts.links.load(id),
        last_words: accounts
            .hosts
            .said(id)
            .map(|said| LastWords { seconds: said.at.elapsed().as_secs_f64(), text: said.text }),
        asks: LoginAsks::of(state),
        qrcode: if let Phase::WaitingScan { scan, .. } = state.phase() { scan.qrcode.clone() } else { None },
        history: state
            .history()
            .map(|step| Past {
                seconds: ago(step.at),
                from: step.from,
                to: step.to,
                cause: step.cause.clone(),
                after: step.after.as_secs_f64(),
                times: step.times,
                last: ago(step.last),
            })
            .collect(),
    }
}

/// What an account's link knows better.
fn refined(accounts: &AccountSide, id: AccountId, remedy: Remedy) -> Remedy {
    let known = accounts.links.hindrance(id).filter(|_| remedy == Remedy::Offline);
    known.unwrap_or(remedy)
}

fn same_person_as(accounts: &AccountSide, routing: &Routing, account: AccountId) -> Vec<String> {
    let mut same = routing.identity().same_person(account);
    same.remove(account);
    same.iter().map(|it| accounts.name(it).to_owned()).collect()
}

fn limits(queue: &Queue, account: AccountId, now: Time) -> Vec<LimitUse> {
    let meters = Paced::ALL.iter().filter_map(|paced| Some((*paced, queue.meter(account, *paced)?)));
    let uses = meters.flat_map(|(paced, meter)| {
        meter.limits().iter().map(move |limit| LimitUse {
            work: paced,
            limit: written(*limit),
            used: meter.used(now, *limit),
            allowed: limit.count,
            next_free: if let Opening::At(at) = meter.opening_of(now, *limit) {
                Some((at - now).as_secs_f64())
            } else {
                None
            },
        })
    });
    uses.collect()
}
