//! The status as a person reads it in a terminal.

use ha_wechaty_core::{BotMode, Standing};

use ha_wechaty_team::{
    text::human,
    view::{AccountStatus, AwayStatus, BotStatus, Status},
};

use super::{store, table};

/// The status as lines of text.
pub fn status(status: &Status) -> String {
    let team = &status.team;
    let mut lines = Vec::new();
    let state = if team.available { "available" } else { "DOWN" };
    lines.push(format!(
        "{} is {state} since {}: {} of {} accounts get work, policy {}",
        team.name,
        human(team.seconds),
        team.usable,
        status.accounts.len(),
        team.policy,
    ));
    lines.extend(team.reason.clone());
    let trouble = status.store.as_ref().and_then(|it| it.trouble.as_ref());
    lines.extend(trouble.map(store::trouble));
    lines.extend(status.unkept.as_ref().map(store::unkept));
    lines.push(String::new());
    let rows: Vec<[String; 6]> = status.accounts.iter().map(row).collect();
    let head = ["account", "phase", "since", "last evidence", "errors", "work"].map(String::from);
    lines.extend(table(&head, &rows));
    for account in &status.accounts {
        lines.extend(remark(account).map(|remark| format!("  {}: {remark}", account.name)));
    }
    lines.extend(limits(&status.accounts));
    lines.push(String::new());
    lines.extend(status.bots.iter().map(bot));
    if team.backlog > 0 || team.dropped > 0 {
        lines.push(format!("{} events not acknowledged yet, {} dropped", team.backlog, team.dropped));
    }
    if let Some(longest) = team.longest_wait {
        lines.push(format!("{} calls wait for their turn, the longest for {}", team.waiting, human(longest)));
    }
    lines.push(store::line(status.store.as_ref()));
    lines.join("\n") + "\n"
}

fn row(it: &AccountStatus) -> [String; 6] {
    let evidence = it.last_evidence.as_ref().map(|evidence| {
        let weak = if evidence.weak { " (weak)" } else { "" };
        format!("{}{weak}, {} ago", evidence.kind, human(evidence.seconds))
    });
    let share =
        if it.share < 1.0 { format!("{:.0}% of its share, ", it.share * 100.0) } else { String::new() };
    [
        it.name.clone(),
        it.phase.to_string(),
        human(it.seconds),
        evidence.unwrap_or_else(|| String::from("–")),
        it.errors.to_string(),
        format!("{share}weight {}, {} calls", it.weight, it.calls),
    ]
}

/// A bot, and how many streams it has.
fn bot(it: &BotStatus) -> String {
    let streams = match (it.streams.len(), it.mode) {
        (0, _) => match it.away.as_ref().and_then(AwayStatus::text) {
            Some(text) => format!("not connected: {text}"),
            None => String::from("not connected"),
        },
        (1, _) => String::from("connected"),
        (n, BotMode::Standby) => format!("connected, and {} waiting to take over", n - 1),
        (n, BotMode::Shard) => format!("connected {n} times, each with its share of the conversations"),
        (n, BotMode::All) => format!("connected {n} times"),
    };
    format!("bot {}: {streams}", it.name)
}

/// What accounts may do, used or not; those that may do the same in one line.
fn limits(accounts: &[AccountStatus]) -> Vec<String> {
    let mut lines: Vec<(String, Vec<&str>)> = Vec::new();
    for account in accounts.iter().filter(|it| !it.pace.is_empty()) {
        let works = account.pace.chunk_by(|one, next| one.work == next.work).map(|limits| {
            let work = limits.first().map_or("", |limit| limit.work.name());
            let limits: Vec<&str> = limits.iter().map(|limit| limit.limit.as_str()).collect();
            format!("{work} {}", limits.join(", "))
        });
        let text = works.collect::<Vec<_>>().join("; ");
        match lines.iter_mut().find(|(known, _)| *known == text) {
            Some((_, names)) => names.push(&account.name),
            None => lines.push((text, vec![&account.name])),
        }
    }
    lines.iter().map(|(text, names)| format!("  limits of {}: {text}", names.join(", "))).collect()
}

fn times(count: u32) -> String {
    if count == 1 { String::from("once") } else { format!("{count} times") }
}

/// What the table doesn't say: why, and what would help.
fn remark(it: &AccountStatus) -> Option<String> {
    let mut remarks = Vec::new();
    if it.phase != Standing::Available {
        remarks.push(it.text.clone());
    }
    if let Some(ends) = it.withdrawal.as_ref().map(|it| it.ends) {
        remarks.push(match ends {
            Some(ends) => format!("it gets work again in {}", human(ends)),
            None => format!("until ha-wechaty resume {}", it.name),
        });
    }
    if let Some(next) = it.next_attempt {
        remarks.push(format!("next attempt in {}", human(next)));
    }
    let works = matches!(it.phase, Standing::Available | Standing::Suspect);
    if let Some(said) = it.last_words.as_ref().filter(|_| !works) {
        remarks.push(format!("its puppet said {} ago: {}", human(said.seconds), said.text));
    }
    if let Some(code) = &it.qrcode {
        remarks.push(format!("scan this with the account's phone: {code}"));
    }
    if it.dings_outstanding > 0 && it.phase == Standing::Available {
        remarks.push(format!("{} dings outstanding", it.dings_outstanding));
    }
    if !it.same_person_as.is_empty() {
        remarks.push(format!(
            "the same WeChat person as {}: one of them gets work; log it in as somebody else",
            it.same_person_as.join(", ")
        ));
    }
    if it.evictions > 0 {
        remarks.push(format!("another client was evicted from its event stream {}", times(it.evictions)));
    }
    if it.deaf_streams > 0 {
        remarks.push(format!("its event stream was deaf {}, and opened anew", times(it.deaf_streams)));
    }
    if let Some(left) = it.probation.filter(|_| it.evictions + it.deaf_streams > 0) {
        remarks.push(format!("its event stream is watched for {}", human(left)));
    }
    if !it.follows_heartbeat {
        remarks.push(String::from("it does not follow the heartbeat contact: let it, in WeChat"));
    }
    for limit in it.pace.iter().filter(|limit| limit.used > 0) {
        let next = limit.next_free.map(|next| format!(", next in {}", human(next))).unwrap_or_default();
        remarks.push(format!("{} of {} {}{next}", limit.used, limit.limit, limit.work));
    }
    for ejected in &it.ejected {
        remarks.push(format!("no {} for {}", ejected.work, human(ejected.seconds)));
    }
    (!remarks.is_empty()).then(|| remarks.join("; "))
}
