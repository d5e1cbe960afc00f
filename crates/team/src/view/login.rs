//! How far an account's login is, for whoever holds its phone.

use ha_wechaty_core::{AccountState, ChallengeProgress, LoginChallenge, Phase, ScanProgress, Team, Time};
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
    /// A code is to be entered that its person was sent, or is shown on the phone.
    Code,
    /// A slide puzzle is to be solved, which a program of the provider's shows.
    Slide,
    /// The account is logged in.
    LoggedIn,
}

/// What a login asks for besides a scan, or instead of one.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct LoginAsks {
    /// What was entered was wrong, and it is asked for again.
    pub is_wrong: bool,
    /// It was entered, and nothing has come of that so far.
    pub is_entered: bool,
    /// What the provider says to the person.
    pub message: Option<String>,
    /// Where the program is that shows the puzzle.
    pub program: Option<String>,
    /// What that program needs.
    pub secret: Option<String>,
}

/// A login, as it is now.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LoginStatus {
    /// How far it is.
    pub step: LoginStep,
    /// The text of the code, while one can be scanned.
    pub code: Option<String>,
    /// What its person is to prove besides.
    #[serde(default)]
    pub asks: Option<LoginAsks>,
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
            Phase::WaitingScan { challenge: Some(challenge), .. } => match challenge {
                LoginChallenge::Code(_) if challenge.is_open() => (LoginStep::Code, None),
                LoginChallenge::Slide(_) if challenge.is_open() => (LoginStep::Slide, None),
                LoginChallenge::Code(_) | LoginChallenge::Slide(_) => (LoginStep::NoCode, None),
            },
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
            asks: LoginAsks::of(state),
            number: spell.repeats() + 1,
            seconds: (now - spell.since()).as_secs_f64(),
            text: state.text(),
            contact_id: (step == LoginStep::LoggedIn)
                .then(|| state.contact_id().map(str::to_owned))
                .flatten(),
        })
    }
}

impl LoginAsks {
    /// What an account's login asks for, if that can still be done.
    pub(super) fn of(state: &AccountState) -> Option<Self> {
        let challenge = state.challenge().filter(|it| it.is_open())?;
        Some(match challenge {
            LoginChallenge::Code(it) => Self {
                is_wrong: it.status == ChallengeProgress::Wrong,
                is_entered: it.status == ChallengeProgress::Entered,
                message: it.message.clone(),
                ..Self::default()
            },
            LoginChallenge::Slide(it) => {
                Self { program: Some(it.program.clone()), secret: Some(it.secret.clone()), ..Self::default() }
            }
        })
    }
}
