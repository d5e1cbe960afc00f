//! `ha-wechaty drain`, `maintenance`, `resume`, `reset`, `reconnect`, `logout`: what operators do to accounts.

use std::{
    env,
    process::ExitCode,
    thread,
    time::{Duration, Instant},
};

use clap::Args;
use ha_wechaty_core::{Hand as Deed, Standing};
use ha_wechaty_team::{
    text::human,
    view::{AccountStatus, Status},
};
use serde::Deserialize;
use serde_json::json;

use super::{
    answer,
    door::{Door, Unheard},
};

/// Exit code of what was refused.
pub(super) const REFUSED: u8 = 1;
/// Exit code where nobody answers, so that nothing was done.
pub(super) const NOBODY: u8 = 2;

/// How often it is looked whether it has come about.
const OFTEN: Duration = Duration::from_millis(200);

/// What is shown so many seconds after a reset was begun is shown by the puppet that was restarted.
const RESTART: f64 = 5.0;

/// What each of these commands takes.
#[derive(Debug, Args)]
pub(super) struct Hand {
    /// The account, by its name
    account: String,
    /// Why, for those who ask later: stands in the log and in the status
    #[arg(long, default_value = "", hide_default_value = true)]
    why: String,
    /// Wait until it has come about, so long at the most: after drain and maintenance until the account has no calls under
    /// way, after resume, reset and reconnect until it works, after logout until it is logged out
    #[arg(long, value_name = "TIME", num_args = 0..=1, require_equals = true, default_missing_value = "60s",
          value_parser = humantime::parse_duration)]
    wait: Option<Duration>,
    #[command(flatten)]
    door: Door,
}

/// What takes an account from work.
#[derive(Debug, Args)]
pub(super) struct Taking {
    #[command(flatten)]
    hand: Hand,
    /// Do it even if no account gets work then: the team is down, and its bots are logged out
    #[arg(long)]
    force: bool,
}

/// What lasts for a while.
#[derive(Debug, Args)]
pub(super) struct Lasting {
    #[command(flatten)]
    taking: Taking,
    /// For how long, like 30m: then it gets work again by itself [default: until ha-wechaty resume]
    #[arg(long, value_name = "TIME", value_parser = humantime::parse_duration)]
    r#for: Option<Duration>,
}

/// What was done.
#[derive(Deserialize)]
struct Done {
    text: String,
}

impl Lasting {
    pub(super) fn run(&self, deed: Deed) -> ExitCode {
        self.taking.hand.run(deed, self.taking.force, self.r#for)
    }
}

impl Taking {
    pub(super) fn run(&self, deed: Deed) -> ExitCode {
        self.hand.run(deed, self.force, None)
    }
}

impl Hand {
    pub(super) fn does(&self, deed: Deed) -> ExitCode {
        self.run(deed, false, None)
    }

    fn run(&self, deed: Deed, force: bool, lasts: Option<Duration>) -> ExitCode {
        match self.lay(deed, force, lasts) {
            Ok(text) => answer(&text, ExitCode::SUCCESS),
            Err(unheard) => unheard.complain(deed.name()),
        }
    }

    fn lay(&self, deed: Deed, force: bool, lasts: Option<Duration>) -> Result<String, Unheard> {
        let mut body = json!({ "why": self.why, "force": force, "by": operator() });
        if let Some(lasts) = lasts {
            body["for"] = humantime::format_duration(lasts).to_string().into();
        }
        let begun = Instant::now();
        let path = format!("/api/v1/accounts/{}/{}", escaped(&self.account), deed.name());
        let Done { text } = self.door.tell(&path, &body)?;
        match self.wait {
            None => Ok(text),
            Some(within) => Ok(format!("{text}; {}", self.until(deed, begun, within)?)),
        }
    }

    /// Waits until it has come about.
    fn until(&self, deed: Deed, begun: Instant, within: Duration) -> Result<String, Unheard> {
        loop {
            let status = self.door.ask::<Status>("/status").map_err(Unheard::Nobody)?.read;
            let Some(account) = status.account(&self.account) else {
                return Err(Unheard::Refused(format!("{} has left the team", self.account)));
            };
            if has_come_about(deed, account, begun.elapsed()) {
                let after = human(begun.elapsed().as_secs_f64());
                return Ok(format!("after {after} it is {}", account.text));
            }
            if begun.elapsed() >= within {
                let within = human(within.as_secs_f64());
                let waits = format!("not within {within}: {} is {}", self.account, account.text);
                return Err(Unheard::Refused(format!("{waits}, with {} calls under way", account.calls)));
            }
            thread::sleep(OFTEN.min(within));
        }
    }
}

/// Whether what was begun so long ago is there. An account that is about to be restarted, or dialled, is as it was for a
/// moment.
fn has_come_about(deed: Deed, account: &AccountStatus, ago: Duration) -> bool {
    let (ago, works) = (ago.as_secs_f64(), account.phase == Standing::Available);
    let shown = account.last_evidence.as_ref().map_or(0.0, |evidence| ago - evidence.seconds);
    match deed {
        Deed::Withdraw { .. } => account.calls == 0,
        Deed::Resume => works,
        Deed::Reconnect => works && (account.seconds < ago || shown > 0.0),
        Deed::Reset => works && (account.seconds < ago || shown > RESTART),
        Deed::Login => account.qrcode.is_some() || account.last_evidence.is_some(),
        Deed::Logout => account.last_evidence.is_none(),
    }
}

/// A name as a part of a path, whatever somebody typed.
fn escaped(name: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    let escape = |byte: u8| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") };
    name.bytes().map(escape).collect()
}

/// Who sits at this command line.
pub(super) fn operator() -> String {
    let named = |name: &str| env::var(name).ok().filter(|it| !it.trim().is_empty());
    let user = ["SUDO_USER", "USER", "LOGNAME"].into_iter().find_map(named);
    let user = user.unwrap_or_else(|| format!("user {}", rustix::process::getuid().as_raw()));
    format!("{user} @ command line")
}
