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
    let ReloadDone { added, removed, changed, adjusted, failed, live, later } = done;
    let mut lines = Vec::new();
    let all = [
        (added, "added"),
        (removed, "removed"),
        (changed, "connected anew"),
        (adjusted, "adjusted, and not connected anew"),
        (live, "counts at once"),
    ];
    for (names, what) in all {
        if !names.is_empty() {
            lines.push(format!("{what}: {}", names.join(", ")));
        }
    }
    let is_refused = lines.is_empty() && !failed.is_empty();
    lines.extend(failed.iter().map(|it| format!("{} can't be added, or changed: {}", it.account, it.why)));
    if is_refused {
        lines.push(String::from("nothing was changed"));
    }
    if lines.is_empty() && later.is_empty() {
        lines.push(String::from("nothing has changed"));
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
        assert_eq!(words(&ReloadDone::default()), "nothing has changed");
        let failed = vec![ReloadFailure { account: "west".into(), why: "no place".into() }];
        let refused = ReloadDone { failed: failed.clone(), ..ReloadDone::default() };
        assert_eq!(words(&refused), "west can't be added, or changed: no place\nnothing was changed");
        let done = ReloadDone {
            added: vec!["east".into(), "south".into()],
            adjusted: vec!["north".into()],
            live: vec!["pace".into(), "bot".into()],
            later: vec!["gateway".into(), "pace.enabled".into()],
            failed,
            ..ReloadDone::default()
        };
        let told = "added: east, south\nadjusted, and not connected anew: north\ncounts at once: pace, bot\nwest can't be \
                    added, or changed: no place\nchanges of gateway, pace.enabled count from the next start on";
        assert_eq!(words(&done), told);
    }
}
