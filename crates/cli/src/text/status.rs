//! The status, and the rooms, as a person reads them in a terminal.

use ha_wechaty_core::{Rank, Risk, Standing};

use ha_wechaty_team::{
    text::human,
    view::{AccountStatus, BotStatus, RoomStatus, Rooms, Status},
};

use super::table;

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
    lines.extend(limits(&status.accounts));
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

/// The rooms as lines of text; a warning stands below what it is about.
pub fn rooms(rooms: &Rooms) -> String {
    let rows: Vec<[String; 3]> =
        rooms.rooms.iter().map(|room| [accounts(room), room.id.clone(), topic(room)]).collect();
    // Topics last: no other column moves with the width of what people write.
    let mut table = table(&["accounts", "id", "topic"].map(String::from), &rows).into_iter();
    let mut lines: Vec<String> = table.next().into_iter().collect();
    for (line, room) in table.zip(&rooms.rooms) {
        lines.push(line);
        lines.extend(warning(room).map(|warning| format!("  warning: {warning}")));
    }
    lines.push(String::from("\n"));
    lines.join("\n")
}

/// Who would invite which missing teammate into which room, and what is in the way.
pub fn plan(rooms: &Rooms) -> String {
    let mut lines = Vec::new();
    for room in rooms.rooms.iter().filter(|room| !room.missing.is_empty()) {
        lines.push(format!("{} ({}): {}", topic(room), room.id, accounts(room)));
        for missing in &room.missing {
            lines.push(match (&missing.inviter, &missing.hold) {
                (Some(inviter), None) => format!("  {inviter} would invite {}", missing.name),
                (_, hold) => {
                    format!("  {}: {}", missing.name, hold.as_deref().unwrap_or("nobody can invite it"))
                }
            });
        }
    }
    lines.push(match (lines.is_empty(), rooms.invites) {
        (true, _) => String::from("nobody is missing"),
        (_, true) => String::from("\nThis is being done, slowly (team.invite_teammates = true)."),
        (_, false) => String::from("\nNothing of this is done unless team.invite_teammates = true is set."),
    });
    lines.join("\n") + "\n\n"
}

/// How many rooms there are, and how many are at risk.
pub fn rooms_summary(rooms: &Rooms) -> String {
    let (alone, unavailable) = (rooms.at_risk(Risk::Alone), rooms.at_risk(Risk::Unavailable));
    format!(
        "{} rooms: {alone} with one account alone, {unavailable} without an available account\n",
        rooms.rooms.len()
    )
}

/// A room's topic. Any member may write one: it must not steer the operator's terminal.
fn topic(room: &RoomStatus) -> String {
    let plain = room.topic.replace(char::is_control, " ");
    if plain.trim().is_empty() { String::from("–") } else { plain }
}

/// The accounts in a room, each with its rank if that is more than a member's.
fn accounts(room: &RoomStatus) -> String {
    let each = room.accounts.iter().map(|account| {
        let rank = match account.rank {
            Rank::Owner | Rank::Admin => Some(account.rank.name()),
            Rank::Member | Rank::Unknown => None,
        };
        let away = (!account.available).then_some("away");
        let notes: Vec<&str> = rank.into_iter().chain(away).collect();
        if notes.is_empty() {
            account.name.clone()
        } else {
            format!("{} ({})", account.name, notes.join(", "))
        }
    });
    each.collect::<Vec<_>>().join(", ")
}

fn warning(room: &RoomStatus) -> Option<String> {
    let names: Vec<&str> = room.accounts.iter().map(|account| account.name.as_str()).collect();
    match room.risk? {
        Risk::Alone => Some(format!("{} is alone: without it the bot is not in this room", names.join(", "))),
        Risk::Unavailable => {
            Some(String::from("none of its accounts is available: the bot is not in this room now"))
        }
    }
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

/// What the table doesn't say: why, and what would help.
fn remark(it: &AccountStatus) -> Option<String> {
    let mut remarks = Vec::new();
    if it.phase != Standing::Available {
        remarks.push(it.text.clone());
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_nobody_is_missing_nothing_is_said_of_what_is_done() {
        for invites in [false, true] {
            assert_eq!(plan(&Rooms { invites, rooms: Vec::new() }), "nobody is missing\n\n");
        }
    }

    #[test]
    fn a_topic_stays_in_its_line_and_steers_no_terminal() {
        let room = |topic: &str| RoomStatus {
            id: String::from("1@chatroom"),
            topic: topic.into(),
            risk: None,
            accounts: Vec::new(),
            missing: Vec::new(),
        };
        let told =
            rooms(&Rooms { invites: false, rooms: vec![room("tea\n\u{1b}[2Jroom\u{9b}31m"), room("\r")] });
        assert_eq!(told.lines().count(), 4, "{told:?}");
        assert!(told.contains("tea  [2Jroom 31m") && !told.contains(['\u{1b}', '\u{9b}', '\r']), "{told:?}");
        assert!(told.lines().nth(2).is_some_and(|line| line.ends_with('–')), "{told:?}");
    }
}
