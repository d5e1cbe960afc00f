//! The status as a person reads it in a terminal.

use ha_wechaty_core::{BotMode, Standing};

use ha_wechaty_team::{
    text::human,
    view::{AccountStatus, AwayStatus, Bare, BotStatus, Remedy, Status, StoreStatus, WriteTrouble},
};

use super::{alarms::alarm, remedy::remedy, store, table, wrap::wrap};

/// The status as lines of text.
pub fn status(it: &Status) -> String {
    status_within(it, None)
}

/// The same on a terminal of so many columns.
pub fn status_within(status: &Status, columns: Option<usize>) -> String {
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
    lines.extend(of_team(status).iter().map(Trouble::line));
    lines.extend(status.alarms.iter().map(|it| alarm(it)[0].clone()));
    let mut lines: Vec<String> = lines.iter().flat_map(|line| wrap(line, columns, 2)).collect();
    lines.push(String::new());
    lines.extend(accounts(&status.accounts, columns));
    let troubles = status
        .accounts
        .iter()
        .flat_map(|account| of_account(account).into_iter().map(move |it| (account, it)))
        .map(|(account, it)| format!("  {}: {}", account.name, it.line().replace("NAME", &account.name)));
    lines.extend(troubles.chain(limits(&status.accounts)).flat_map(|line| wrap(&line, columns, 4)));
    lines.push(String::new());
    let mut rest: Vec<String> = status.bots.iter().map(bot).collect();
    if team.backlog > 0 || team.dropped > 0 {
        rest.push(format!("{} events not acknowledged yet, {} dropped", team.backlog, team.dropped));
    }
    if let Some(longest) = team.longest_wait {
        rest.push(format!("{} calls wait for their turn, the longest for {}", team.waiting, human(longest)));
    }
    rest.push(store::line(status.store.as_ref()));
    lines.extend(rest.iter().flat_map(|line| wrap(line, columns, 2)));
    lines.join("\n") + "\n"
}

/// Something that the table does not say, and what to do about it if anything is to be done.
#[derive(Debug)]
struct Trouble {
    what: String,
    remedy: Option<Remedy>,
}

impl Trouble {
    fn new(what: impl Into<String>, remedy: impl Into<Option<Remedy>>) -> Self {
        Self { what: what.into(), remedy: remedy.into() }
    }

    fn line(&self) -> String {
        match self.remedy {
            Some(it) => format!("{}; {}", self.what, remedy(it)),
            None => self.what.clone(),
        }
    }
}

/// What is wrong with the team as one, and with its store.
fn of_team(status: &Status) -> Vec<Trouble> {
    let mut troubles = Vec::new();
    if let Some(reason) = &status.team.reason {
        troubles.push(Trouble::new(reason, Remedy::TeamDown));
    }
    let trouble = |it: &StoreStatus| it.trouble.clone();
    if let Some(it) = status.store.as_ref().and_then(trouble) {
        troubles.push(Trouble::new(store::trouble(&it), of_disk(&it)));
    }
    if let Some(it) = &status.unkept {
        troubles.push(Trouble::new(store::unkept(it), of_disk(it)));
    }
    if status.team.rooms_unavailable > 0 && status.team.available {
        let rooms = status.team.rooms_unavailable;
        troubles.push(Trouble::new(format!("in {rooms} rooms no account works"), Remedy::Rooms));
    }
    troubles
}

/// A disk that is full is the one trouble of a store that ends by itself when there is room.
fn of_disk(it: &WriteTrouble) -> Remedy {
    if it.why.contains("no room left") { Remedy::DiskFull } else { Remedy::Store }
}

fn accounts(accounts: &[AccountStatus], columns: Option<usize>) -> Vec<String> {
    let names = ["account", "phase", "since", "last evidence", "errors", "work"];
    let rows: Vec<[String; 6]> = accounts.iter().map(row).collect();
    let lines = table(&names.map(String::from), &rows);
    let widest = lines.iter().map(|line| line.chars().count()).max().unwrap_or(0);
    if columns.is_none_or(|columns| widest <= columns) {
        return lines;
    }
    // What an account does is told by `--json`, and on a wider terminal.
    let short = |[name, phase, since, evidence, ..]: &[String; 6]| {
        let [kind, ago] = match evidence.split_once(", ") {
            Some((kind, ago)) => [kind, ago],
            None => [evidence.as_str(), ""],
        };
        let evidence = if ago.is_empty() { kind } else { ago };
        [name.clone(), phase.clone(), since.clone(), evidence.to_owned()]
    };
    let rows: Vec<[String; 4]> = rows.iter().map(short).collect();
    table(&["account", "phase", "since", "last evidence"].map(String::from), &rows)
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

/// A bot, how many streams it has, and what to do if it has none while events wait for it.
fn bot(it: &BotStatus) -> String {
    let streams = match (it.streams.len(), it.mode) {
        (0, _) => match it.away.as_ref().and_then(AwayStatus::text) {
            Some(text) => Trouble::new(format!("not connected: {text}"), Remedy::BotAway).line(),
            None => String::from("not connected"),
        },
        (1, _) => String::from("connected"),
        (n, BotMode::Standby) => format!("connected, and {} waiting to take over", n - 1),
        (n, BotMode::Shard) => format!("connected {n} times, each with its share of the conversations"),
        (n, BotMode::All) => format!("connected {n} times"),
    };
    let bare = match it.tokenless {
        Some(Bare::Here) => "; needs no token from 127.0.0.1 and ::1",
        Some(Bare::Networks) => "; needs no token from 127.0.0.1, ::1 and networks that are named",
        None => "",
    };
    let from: Vec<String> = it.streams.iter().filter_map(|it| Some(it.without?.to_string())).collect();
    let came =
        if from.is_empty() { String::new() } else { format!("; came without one from {}", from.join(", ")) };
    format!("bot {}: {streams}{bare}{came}", it.name)
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

/// What the table doesn't say of an account: where it stands and why, and what else is not well with it.
fn of_account(it: &AccountStatus) -> Vec<Trouble> {
    let mut troubles = Vec::new();
    if it.phase != Standing::Available {
        troubles.push(Trouble::new(stands(it), it.remedy.or_else(|| it.phase.remedy())));
    }
    if !it.same_person_as.is_empty() {
        let others = it.same_person_as.join(", ");
        let what = format!("the same WeChat person as {others}: one of them gets work");
        troubles.push(Trouble::new(what, Remedy::SamePerson));
    }
    if !it.follows_heartbeat {
        let what = "it does not follow the heartbeat contact";
        troubles.push(Trouble::new(what, Remedy::NoHeartbeat));
    }
    if it.evictions > 0 && it.probation.is_some() {
        troubles.push(Trouble::new(evicted(it), Remedy::Taken));
    }
    for ejected in &it.ejected {
        let what = format!("no {} for {}", ejected.work, human(ejected.seconds));
        troubles.push(Trouble::new(what, Remedy::Throttled));
    }
    for limit in it.pace.iter().filter(|limit| limit.used > 0 && limit.used >= limit.allowed) {
        let next = limit.next_free.map(|next| format!(", next in {}", human(next))).unwrap_or_default();
        let what = format!("{} of {} {}{next}", limit.used, limit.limit, limit.work);
        troubles.push(Trouble::new(what, Remedy::PaceLimit));
    }
    // What follows is no trouble by itself.
    let remarks = remarks(it);
    if !remarks.is_empty() {
        troubles.push(Trouble::new(remarks.join("; "), None));
    }
    troubles
}

/// Where it stands, since when, and why; and when that ends, or is tried again.
fn stands(it: &AccountStatus) -> String {
    // Many texts begin with the word that the table has.
    let why = match it.text.strip_prefix(it.phase.name()) {
        Some(why) if why.starts_with(": ") || why.starts_with(" by ") => why.to_owned(),
        Some("") => String::new(),
        Some(_) | None => format!(": {}", it.text),
    };
    let mut parts = vec![format!("{} for {}{why}", it.phase, human(it.seconds))];
    if let Some(ends) = it.withdrawal.as_ref().and_then(|it| it.ends) {
        parts.push(format!("it gets work again in {}", human(ends)));
    }
    if let Some(next) = it.next_attempt {
        parts.push(format!("next attempt in {}", human(next)));
    }
    if let Some(said) = it.last_words.as_ref().filter(|_| it.phase != Standing::Suspect) {
        parts.push(format!("its puppet said {} ago: {}", human(said.seconds), said.text));
    }
    if let Some(code) = &it.qrcode {
        parts.push(format!("its code: {code}"));
    }
    parts.join("; ")
}

fn evicted(it: &AccountStatus) -> String {
    format!("another client was evicted from its event stream {}", times(it.evictions))
}

/// What is to be known of it, though there is nothing to do.
fn remarks(it: &AccountStatus) -> Vec<String> {
    let mut remarks = Vec::new();
    if it.dings_outstanding > 0 && it.phase == Standing::Available {
        let dings = if it.dings_outstanding == 1 { "ding" } else { "dings" };
        remarks.push(format!("{} {dings} outstanding", it.dings_outstanding));
    }
    if it.evictions > 0 && it.probation.is_none() {
        remarks.push(evicted(it));
    }
    if it.deaf_streams > 0 {
        remarks.push(format!("its event stream was deaf {}, and opened anew", times(it.deaf_streams)));
    }
    if let Some(left) = it.probation.filter(|_| it.evictions + it.deaf_streams > 0) {
        remarks.push(format!("its event stream is watched for {}", human(left)));
    }
    for limit in it.pace.iter().filter(|limit| limit.used > 0 && limit.used < limit.allowed) {
        let next = limit.next_free.map(|next| format!(", next in {}", human(next))).unwrap_or_default();
        remarks.push(format!("{} of {} {}{next}", limit.used, limit.limit, limit.work));
    }
    remarks
}
