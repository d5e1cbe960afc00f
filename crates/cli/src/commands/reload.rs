//! `ha-wechaty reload`.

use std::process::ExitCode;

use clap::Args;
use ha_wechaty_team::runtime::ReloadDone;
use serde_json::json;

use super::{
    answer,
    door::Door,
    hand::{REFUSED, operator},
};

/// Asks a running gateway to read its configuration again.
#[derive(Debug, Args)]
pub(super) struct Reload {
    #[command(flatten)]
    door: Door,
    /// Change nothing, and say what would change
    #[arg(long)]
    dry_run: bool,
    /// As JSON
    #[arg(long)]
    json: bool,
}

impl Reload {
    pub(super) fn run(&self) -> ExitCode {
        match self
            .door
            .tell::<ReloadDone>("/api/v1/reload", &json!({ "by": operator(), "dry": self.dry_run }))
        {
            Ok(done) => {
                let code = if done.failed.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(REFUSED) };
                match serde_json::to_string_pretty(&done) {
                    Ok(text) if self.json => answer(&text, code),
                    _ => answer(&words(&done), code),
                }
            }
            Err(unheard) => unheard.complain("reload"),
        }
    }
}

/// What was done, a line each.
fn words(done: &ReloadDone) -> String {
    let ReloadDone { added, removed, changed, failed, later } = done;
    let mut lines = Vec::new();
    for (names, what) in [(added, "added"), (removed, "removed"), (changed, "connected anew")] {
        if !names.is_empty() {
            lines.push(format!("{what}: {}", names.join(", ")));
        }
    }
    lines.extend(failed.iter().map(|it| format!("{} can't be added, or changed: {}", it.account, it.why)));
    if lines.is_empty() {
        lines.push(String::from("no account has changed"));
    }
    if !later.is_empty() {
        lines.push(format!("changes of {} count from the next start on", later.join(", ")));
    }
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use ha_wechaty_team::runtime::ReloadFailure;

    use super::*;

    #[test]
    fn it_says_what_was_done_and_what_waits() {
        assert_eq!(words(&ReloadDone::default()), "no account has changed");
        let failed = vec![ReloadFailure { account: "west".into(), why: "no place".into() }];
        let done = ReloadDone {
            added: vec!["east".into(), "south".into()],
            later: vec!["pace".into()],
            failed,
            ..ReloadDone::default()
        };
        let told = "added: east, south\nwest can't be added, or changed: no place\nchanges of pace count from the next \
                    start on";
        assert_eq!(words(&done), told);
    }
}
