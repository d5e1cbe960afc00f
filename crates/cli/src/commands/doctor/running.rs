//! The gateway of this configuration, if it runs: how it stands, and whether it is what the file says.

use std::path::Path;

use ha_wechaty_config::Config;
use ha_wechaty_team::{
    runtime::ReloadDone,
    view::{GatewayStatus, Remedy, Status},
};
use serde_json::json;

use crate::{
    commands::door::{Door, Plan, is_shut},
    text::Finding,
};

const ABOUT: &str = "gateway";

/// What has the configuration's `admin.listen`.
pub(super) enum Running {
    /// Its gateway; what would change if that read its file again, or why that is not known.
    Ours(Box<Status>, Result<ReloadDone, String>),
    /// Another gateway, or something else.
    Other(String),
    /// A gateway that does not tell.
    Closed(String),
    /// Nobody, or nobody can be asked.
    Nobody(String),
}

impl Running {
    pub(super) fn is_ours(&self) -> bool {
        self.status().is_some()
    }

    /// How it stands, if it is ours.
    pub(super) fn status(&self) -> Option<&Status> {
        if let Self::Ours(status, _) = self { Some(status) } else { None }
    }
}

/// Asks whoever is there.
pub(super) async fn ask(file: Option<&Path>) -> Running {
    let plan = match Door::of(file).plan() {
        Ok(plan) => plan,
        Err(why) => return Running::Nobody(why),
    };
    match plan.get("/gateway").await {
        Err(why) => Running::Nobody(why),
        Ok(told) => of(&plan, told).await,
    }
}

async fn of(plan: &Plan, told: (u16, String)) -> Running {
    let is_shut = is_shut(told.0);
    let gateway = plan.good("/gateway", told).and_then(|text| plan.read::<GatewayStatus>(&text));
    match gateway.and_then(|gateway| plan.check(&gateway)) {
        Err(why) if is_shut => return Running::Closed(why),
        Err(why) => return Running::Other(why),
        Ok(()) => {}
    }
    let status = plan.get("/status").await.and_then(|told| plan.good("/status", told));
    match status.and_then(|text| plan.read(&text)) {
        Ok(status) => Running::Ours(Box::new(status), compare(plan).await),
        Err(why) => Running::Closed(why),
    }
}

/// What would change.
async fn compare(plan: &Plan) -> Result<ReloadDone, String> {
    let path = "/api/v1/reload";
    let told = plan.post_json(path, &json!({ "dry": true })).await?;
    plan.good(path, told).and_then(|text| plan.read(&text))
}

/// What is to be said of it.
pub(super) fn findings(running: &Running, config: &Config) -> Vec<Finding> {
    let (status, changes) = match running {
        Running::Ours(status, changes) => (status, changes),
        Running::Other(why) => return vec![Finding::wrong(ABOUT, why, Remedy::Port)],
        Running::Closed(why) => return vec![Finding::unknown(ABOUT, why)],
        Running::Nobody(why) => return vec![Finding::odd(ABOUT, why, Remedy::NoGateway)],
    };
    let mut found = Vec::new();
    if let Some(gateway) = &status.gateway {
        found.push(Finding::well(ABOUT, gateway.to_string()));
    }
    if status.version != env!("CARGO_PKG_VERSION") {
        let text =
            format!("it is of version {}, this command of {}", status.version, env!("CARGO_PKG_VERSION"));
        found.push(Finding::odd(ABOUT, text, Remedy::Reload));
    }
    let accounts = status.accounts.len();
    let team = format!("{} of {accounts} accounts get work", status.team.usable);
    let about = format!("team {}", config.name);
    found.push(match (status.team.available, status.team.usable) {
        (false, _) => {
            let why = status.team.reason.clone().unwrap_or_default();
            Finding::wrong(about, format!("it is down: {why}"), Remedy::TeamDown)
        }
        (true, 1) if accounts > 1 => Finding::odd(about, team, Remedy::TeamDegraded),
        (true, _) => Finding::well(about, team),
    });
    found.push(match changes {
        Ok(changes) => match differences(changes) {
            None => Finding::well(ABOUT, "it runs with this configuration"),
            Some(text) => Finding::odd(ABOUT, text, Remedy::Reload),
        },
        Err(why) => Finding::unknown(ABOUT, format!("whether it runs with this configuration: {why}")),
    });
    found
}

/// How what runs is not what the file says, if it is not.
fn differences(changes: &ReloadDone) -> Option<String> {
    let ReloadDone { added, removed, changed, adjusted, failed, live, later } = changes;
    let mut parts = Vec::new();
    let all = [
        (added, "it does not have yet"),
        (removed, "it still has"),
        (changed, "it has with other keys"),
        (adjusted, "it has with other keys"),
        (live, "it goes by an older"),
    ];
    for (names, what) in all {
        if !names.is_empty() {
            parts.push(format!("{what} {}", names.join(", ")));
        }
    }
    parts.extend(failed.iter().map(|it| format!("{} can't be added, or changed: {}", it.account, it.why)));
    if !later.is_empty() {
        parts.push(format!("{} changed, and wait for the next start", later.join(", ")));
    }
    (!parts.is_empty()).then(|| format!("it is not what the file says: {}", parts.join("; ")))
}
