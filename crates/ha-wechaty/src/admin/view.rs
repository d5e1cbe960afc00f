//! The status as a person reads it in a terminal.

use super::{AccountStatus, BotStatus, Status, status::human};

/// The status as lines of text.
pub fn text(status: &Status) -> String {
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
    lines.push(String::new());
    let rows: Vec<[String; 6]> = status.accounts.iter().map(row).collect();
    let head = ["account", "phase", "since", "last evidence", "errors", "work"].map(String::from);
    lines.extend(table(&head, &rows));
    for account in &status.accounts {
        lines.extend(remark(account).map(|remark| format!("  {}: {remark}", account.name)));
    }
    lines.push(String::new());
    lines.extend(status.bots.iter().map(BotStatus::text));
    if team.backlog > 0 || team.dropped > 0 {
        lines.push(format!("{} events not acknowledged yet, {} dropped", team.backlog, team.dropped));
    }
    if let Some(longest) = team.longest_wait {
        lines.push(format!("{} calls wait for their turn, the longest for {}", team.waiting, human(longest)));
    }
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
        it.phase.clone(),
        human(it.seconds),
        evidence.unwrap_or_else(|| String::from("–")),
        it.errors.to_string(),
        format!("{share}weight {}, {} calls", it.weight, it.calls),
    ]
}

/// What the table doesn't say: why, and what would help.
fn remark(it: &AccountStatus) -> Option<String> {
    let mut remarks = Vec::new();
    if it.phase != "available" {
        remarks.push(it.text.clone());
    }
    if let Some(next) = it.next_attempt {
        remarks.push(format!("next attempt in {}", human(next)));
    }
    if let Some(said) =
        it.last_words.as_ref().filter(|_| !matches!(it.phase.as_str(), "available" | "suspect"))
    {
        remarks.push(format!("its puppet said {} ago: {}", human(said.seconds), said.text));
    }
    if let Some(code) = &it.qrcode {
        remarks.push(format!("scan this with the account's phone: {code}"));
    }
    if it.dings_outstanding > 0 && it.phase == "available" {
        remarks.push(format!("{} dings outstanding", it.dings_outstanding));
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

/// Rows under a head, in columns.
pub(crate) fn table<const N: usize>(head: &[String; N], rows: &[[String; N]]) -> Vec<String> {
    let width =
        |column: usize| rows.iter().chain([head]).map(|row| row[column].chars().count()).max().unwrap_or(0);
    let widths: [usize; N] = std::array::from_fn(width);
    let line = |row: &[String; N]| {
        let cells = row.iter().zip(widths).map(|(cell, width)| format!("{cell:<width$}"));
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    [head].into_iter().chain(rows).map(line).collect()
}
