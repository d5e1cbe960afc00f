//! How far an account's login is, for whoever holds its phone.

use ha_wechaty_core::{Phase, ScanProgress, Team, Time};
use serde::{Deserialize, Serialize};

use crate::state::Shared;

/// How far a login is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LoginStep {
    /// There is no code yet.
    NoCode,
    /// The code waits to be scanned.
    Waiting,
    /// It was scanned, and waits to be confirmed on the phone.
    Scanned,
    /// It was confirmed; the login is about to come.
    Confirmed,
    /// The code is too old; another one is about to come.
    Expired,
    /// It was refused on the phone; another one is about to come.
    Cancelled,
    /// The account is logged in.
    LoggedIn,
}

/// A login, as it is now.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LoginStatus {
    /// How far it is.
    pub step: LoginStep,
    /// The text of the code, while one can be scanned.
    pub code: Option<String>,
    /// The number of the code since the account began to ask for a scan, from 1.
    pub number: u32,
    /// For how long the account has stood where it stands, in seconds.
    pub seconds: f64,
    /// Where it stands, why, and what would help.
    pub text: String,
    /// Who is logged in, if anybody is.
    pub contact_id: Option<String>,
}

impl LoginStatus {
    /// Of the account of this name, if there is one.
    pub fn of(team: &Team, shared: &Shared, now: Time, name: &str) -> Option<Self> {
        let (place, _) = shared.accounts.roster.accounts().find(|(_, config)| config.name == name)?;
        let state = team.accounts().get(place.index())?;
        let (step, code) = match state.phase() {
            Phase::WaitingScan { scan, .. } => {
                let step = match scan.status {
                    ScanProgress::Unknown | ScanProgress::Waiting => LoginStep::Waiting,
                    ScanProgress::Scanned => LoginStep::Scanned,
                    ScanProgress::Confirmed => LoginStep::Confirmed,
                    ScanProgress::Timeout => LoginStep::Expired,
                    ScanProgress::Cancel => LoginStep::Cancelled,
                };
                let is_over = matches!(step, LoginStep::Expired | LoginStep::Cancelled);
                match scan.qrcode.clone().filter(|code| !code.is_empty() && !is_over) {
                    None if step == LoginStep::Waiting => (LoginStep::NoCode, None),
                    code => (step, code),
                }
            }
            Phase::LoggedIn(_) => (LoginStep::LoggedIn, None),
            Phase::Connecting
            | Phase::Preparing { .. }
            | Phase::Offline { .. }
            | Phase::NotLoggedIn
            | Phase::LoggedOut { .. }
            | Phase::Removed => (LoginStep::NoCode, None),
        };
        let spell = state.spell();
        Some(Self {
            step,
            code,
            number: spell.repeats() + 1,
            seconds: (now - spell.since()).as_secs_f64(),
            text: state.text(),
            contact_id: (step == LoginStep::LoggedIn)
                .then(|| state.contact_id().map(str::to_owned))
                .flatten(),
        })
    }
}
