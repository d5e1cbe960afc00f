//! A team as it is at this moment, on a screen that is drawn again and again.

use ha_wechaty_team::{
    text::human,
    view::{AccountStatus, AlarmStatus, BotStatus, LimitUse, Past, Severity, Standing, Status},
};

use super::{
    ink::{Ink, Line},
    remedy::remedy,
    wrap::wrap,
};

/// From so many columns on figures stand beside each account, and from so many why it stands where it does.
const FIGURES: usize = 76;
const WHY: usize = 112;

/// The longest name that has all its letters.
const NAME: usize = 14;

/// So many of the newest steps are shown, at the most.
const NEWEST: usize = 8;

/// What else stands on a screen than the accounts, in rows: of more accounts some are shown, with the chosen one.
const ELSE: usize = 13;

/// What is known at this moment.
#[derive(Debug)]
pub struct TopView<'a> {
    /// How the team stands, or stood when it could be asked last.
    pub status: Option<&'a Status>,
    /// Why it can't be asked, and for how many seconds.
    pub lost: Option<(&'a str, f64)>,
    /// Which account is chosen.
    pub chosen: usize,
    /// Whether all is shown of that one.
    pub is_open: bool,
}

/// The screen, row by row: none is wider, and there are no more.
pub(crate) fn top(view: &TopView<'_>, columns: usize, rows: usize) -> Vec<Line> {
    let mut lines = Vec::new();
    if let Some((why, seconds)) = view.lost {
        let text = format!("NO ANSWER for {}: {why}; it is tried again each second", since(seconds));
        lines.extend(wrap(&text, Some(columns), 2).into_iter().map(|it| Line::new().put(Ink::Bad, it)));
    }
    match view.status {
        None => lines.push(Line::new().put(Ink::Dim, "nothing is known yet")),
        Some(status) => {
            lines.extend(head(status));
            lines.push(Line::new());
            let chosen = view.chosen.min(status.accounts.len().saturating_sub(1));
            match status.accounts.get(chosen).filter(|_| view.is_open) {
                Some(account) => lines.extend(detail(account, columns)),
                None => lines.extend(all(status, chosen, columns, rows)),
            }
        }
    }
    lines.truncate(rows.saturating_sub(1));
    while lines.len() + 1 < rows {
        lines.push(Line::new());
    }
    let keys = if view.is_open {
        "q quit  ↑↓ another account  esc back"
    } else {
        "q quit  ↑↓ choose  enter detail"
    };
    lines.push(Line::new().put(Ink::Dim, keys));
    let fits = |it: Line| if it.width() > columns { it.cut(columns) } else { it };
    lines.into_iter().map(plain).map(fits).collect()
}

/// Without what would steer a terminal.
fn plain(Line(pieces): Line) -> Line {
    Line(pieces.into_iter().map(|(ink, text)| (ink, text.replace(char::is_control, " "))).collect())
}

/// How the team stands as one.
fn head(status: &Status) -> Vec<Line> {
    let team = &status.team;
    let (ink, word) = if team.available { (Ink::Good, "available") } else { (Ink::Bad, "DOWN") };
    let works = format!("  {} of {} work, for {}", team.usable, status.accounts.len(), since(team.seconds));
    let mut lines = vec![
        Line::new().put(Ink::Bold, &*team.name).put(Ink::Plain, " is ").put(ink, word).put(Ink::Plain, works),
    ];
    if let Some(reason) = &team.reason {
        lines.push(Line::new().put(Ink::Bad, reason));
    }
    if let Some(trouble) = status.store.as_ref().and_then(|it| it.trouble.as_ref()) {
        lines.push(Line::new().put(Ink::Bad, format!("nothing can be written down: {}", trouble.why)));
    }
    let longest = team.longest_wait.map(|it| format!(", {} the longest", human(it))).unwrap_or_default();
    let figures = format!(
        "{} alarms  {} calls wait{longest}  {} events unread  {} rooms at risk",
        status.alarms.len(),
        team.waiting,
        team.backlog,
        team.rooms_alone + team.rooms_unavailable
    );
    lines.push(Line::new().put(Ink::Dim, figures));
    lines
}

/// All there is, one below the other.
fn all(status: &Status, chosen: usize, columns: usize, rows: usize) -> Vec<Line> {
    let names = status.accounts.iter().map(|it| it.name.chars().count());
    let width = names.max().unwrap_or(0).clamp(7, NAME);
    let mut lines = vec![account_head(width, columns)];
    let room = rows.saturating_sub(ELSE).max(3);
    let first = (chosen + 1).saturating_sub(room).min(status.accounts.len().saturating_sub(room));
    let some = status.accounts.iter().enumerate().skip(first).take(room);
    lines.extend(some.map(|(index, it)| account_row(it, index == chosen, width, columns)));
    if status.accounts.len() > room {
        lines.push(Line::new().put(Ink::Dim, format!("  {} of {} are shown", room, status.accounts.len())));
    }
    lines.push(Line::new());
    lines.extend(status.bots.iter().map(bot));
    if !status.alarms.is_empty() {
        lines.push(Line::new());
        lines.extend(status.alarms.iter().map(alarm));
    }
    let mut newest: Vec<(&str, &Past)> = status
        .accounts
        .iter()
        .flat_map(|it| it.history.iter().map(|step| (it.name.as_str(), step)))
        .collect();
    newest.sort_by(|(_, one), (_, other)| one.last.total_cmp(&other.last));
    if !newest.is_empty() {
        lines.push(Line::new());
        lines.extend(newest.into_iter().take(NEWEST).map(|(name, it)| step(Some(name), it)));
    }
    lines
}

fn account_head(width: usize, columns: usize) -> Line {
    let mut text = format!("  {:width$} {:14} {:>9}", "ACCOUNT", "STANDS", "SINCE");
    if columns >= FIGURES {
        text += &format!("  {:>9} {:>6} {:>4} {:>4} {:>7}", "PACE", "SENDS", "LOST", "ERR", "DING");
    }
    if columns >= WHY {
        text += "  WHY";
    }
    Line::new().put(Ink::Dim, text)
}

fn account_row(it: &AccountStatus, is_chosen: bool, width: usize, columns: usize) -> Line {
    let mark = if is_chosen { "> " } else { "  " };
    let name: String = it.name.chars().take(width).collect();
    let line = Line::new()
        .put(Ink::Account(0), mark)
        .put(if is_chosen { Ink::Bold } else { Ink::Plain }, format!("{name:width$} "))
        .put(ink(it.phase), format!("{:14}", it.phase.name()))
        .put(Ink::Plain, format!(" {:>9}", since(it.seconds)));
    if columns < FIGURES {
        return line;
    }
    let fullest = it.pace.iter().max_by(|one, other| part(one).total_cmp(&part(other)));
    let pace = fullest.map_or_else(none, |it| format!("{}/{}", it.used, it.allowed));
    let pace_ink = if fullest.is_some_and(|it| it.used >= it.allowed) { Ink::Warn } else { Ink::Plain };
    let ding = it.last_dong.as_ref().map_or_else(none, |it| human(it.took));
    let lost = if it.failed_minute > 0 { Ink::Warn } else { Ink::Plain };
    let line = line
        .put(pace_ink, format!("  {pace:>9}"))
        .put(Ink::Plain, format!(" {:>6}", it.sends_minute))
        .put(lost, format!(" {:>4}", it.failed_minute))
        .put(if it.errors > 0 { Ink::Warn } else { Ink::Plain }, format!(" {:>4}", it.errors))
        .put(Ink::Plain, format!(" {ding:>7}"));
    if columns < WHY {
        return line;
    }
    line.put(Ink::Dim, format!("  {}", it.text))
}

/// How much of a limit is used.
fn part(it: &LimitUse) -> f64 {
    f64::from(it.used) / f64::from(it.allowed.max(1))
}

fn bot(it: &BotStatus) -> Line {
    let line = Line::new().put(Ink::Plain, format!("bot {} ", it.name));
    let unread: usize = it.streams.iter().map(|it| it.unacknowledged).sum();
    match &it.away {
        Some(away) if away.was_there => {
            let text =
                format!("has no event stream for {}, {} events wait", since(away.seconds), away.waiting);
            line.put(Ink::Bad, text)
        }
        Some(_) => line.put(Ink::Dim, "has never been there"),
        None => line.put(Ink::Good, format!("{} streams", it.streams.len())).put(
            Ink::Plain,
            format!(", {unread} events unread, {} calls wait, {} dropped", it.waiting_calls, it.dropped),
        ),
    }
}

fn alarm(it: &AlarmStatus) -> Line {
    let ink = match it.severity {
        Severity::Critical => Ink::Bad,
        Severity::Warning => Ink::Warn,
        Severity::Info => Ink::Dim,
    };
    let seen = it.seen_by.as_ref().map(|by| format!(" ({by} sees to it)")).unwrap_or_default();
    Line::new()
        .put(ink, format!("{} alarm {}:", it.severity, it.id))
        .put(Ink::Plain, format!("{seen} {}", it.text))
}

/// A step of an account's life.
fn step(name: Option<&str>, it: &Past) -> Line {
    let line = Line::new().put(Ink::Dim, format!("{:>9} ago  ", since(it.last)));
    let line = match name {
        Some(name) => line.put(Ink::Plain, format!("{name} ")),
        None => line,
    };
    let times = if it.times > 1 { format!(" ({} times)", it.times) } else { String::new() };
    let word = it.to.name();
    // Some causes begin with where it stands.
    let cause = it.cause.strip_prefix(word).and_then(|rest| rest.strip_prefix(": ")).unwrap_or(&it.cause);
    line.put(ink(it.to), word).put(Ink::Plain, format!("{times}: {cause}"))
}

/// All that is known of one account.
fn detail(it: &AccountStatus, columns: usize) -> Vec<Line> {
    let mut lines = vec![
        Line::new()
            .put(Ink::Bold, &*it.name)
            .put(Ink::Plain, " is ")
            .put(ink(it.phase), it.phase.name())
            .put(Ink::Plain, format!(" for {}", since(it.seconds))),
    ];
    let mut said: Vec<String> = vec![it.text.clone()];
    said.extend(it.remedy.map(remedy).map(|text| text.replace("NAME", &it.name)));
    said.extend(it.next_attempt.map(|wait| format!("it is dialled again in {}", human(wait))));
    said.extend(it.withdrawal.as_ref().map(|it| {
        let ends = it.ends.map(|ends| format!(", for {} more", since(ends))).unwrap_or_default();
        format!("{} by {}: {}{ends}", it.how, it.by, it.why)
    }));
    said.extend(it.last_evidence.as_ref().map(|it| {
        let weak = if it.weak { ", which is weak" } else { "" };
        format!("last sign that it works: {}{weak}, {} ago", it.kind, human(it.seconds))
    }));
    let ding = it
        .last_dong
        .as_ref()
        .map(|it| format!("last ding answered in {}, {} ago", human(it.took), human(it.seconds)));
    said.extend(ding);
    said.push(format!(
        "{} dings not answered, {} resets since the last sign",
        it.dings_outstanding, it.resets
    ));
    said.push(format!(
        "{} sends in a minute, {} that are not known to be sent; {} calls under way, {} errors in a row",
        it.sends_minute, it.failed_minute, it.calls, it.errors
    ));
    said.extend(it.ejected.iter().map(|it| format!("kept from {} for {}", it.work, since(it.seconds))));
    said.extend(it.pace.iter().map(|it| {
        let free =
            it.next_free.map(|free| format!(", the next is free in {}", human(free))).unwrap_or_default();
        format!("{} {}: {} used{free}", it.work, it.limit, it.used)
    }));
    said.extend(
        it.last_words.as_ref().map(|it| format!("its puppet said {} ago: {}", human(it.seconds), it.text)),
    );
    let said = said.iter().flat_map(|it| wrap(&it.replace(char::is_control, " "), Some(columns), 2));
    lines.extend(said.map(|it| Line::new().put(Ink::Plain, it)));
    lines.push(Line::new());
    lines.extend(it.history.iter().rev().map(|it| step(None, it)));
    lines
}

fn ink(standing: Standing) -> Ink {
    match standing {
        Standing::Available => Ink::Good,
        Standing::Suspect | Standing::Connecting | Standing::Preparing => Ink::Warn,
        Standing::Offline
        | Standing::NotLoggedIn
        | Standing::WaitingScan
        | Standing::LoggedOut
        | Standing::Failed => Ink::Bad,
        Standing::Draining | Standing::Maintenance | Standing::Removed => Ink::Dim,
    }
}

/// A span, to the second.
fn since(seconds: f64) -> String {
    human(if seconds < 1.0 { seconds } else { seconds.floor() })
}

fn none() -> String {
    String::from("–")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::tests::{of_all_sorts, visible};

    fn shown(view: &TopView<'_>, columns: usize, rows: usize) -> String {
        let lines = top(view, columns, rows);
        assert!(lines.len() == rows && lines.iter().all(|it| it.width() <= columns), "{columns} by {rows}");
        lines.iter().map(|it| it.render(false)).collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn a_team_fits_on_every_screen() {
        let status = of_all_sorts();
        for columns in [40, 80, 120] {
            let view = TopView { status: Some(&status), lost: None, chosen: 1, is_open: false };
            insta::assert_snapshot!(format!("top_{columns}"), shown(&view, columns, 24));
        }
        let open = TopView { status: Some(&status), lost: None, chosen: 1, is_open: true };
        insta::assert_snapshot!("top_detail", shown(&open, 80, 24));
        for (columns, rows) in [(1, 1), (20, 5), (300, 100)] {
            shown(&open, columns, rows);
        }
    }

    #[test]
    fn a_gateway_that_does_not_answer_is_said_above_what_was_known() {
        let status = of_all_sorts();
        let lost = Some(("nobody answers on 127.0.0.1:8790", 12.3));
        let text = shown(&TopView { status: Some(&status), lost, chosen: 0, is_open: false }, 80, 24);
        assert!(
            text.starts_with("NO ANSWER for 12s: nobody answers on 127.0.0.1:8790; it is tried"),
            "{text}"
        );
        assert!(text.contains("> north"), "{text}");
        let text = shown(&TopView { status: None, lost, chosen: 0, is_open: false }, 80, 5);
        assert!(text.contains("nothing is known yet"), "{text}");
    }

    #[test]
    fn of_many_accounts_the_chosen_one_is_always_there() {
        let mut status = of_all_sorts();
        let one = status.accounts[0].clone();
        status.accounts =
            (0..64).map(|n| AccountStatus { name: format!("a{n}\u{1b}[2J"), ..one.clone() }).collect();
        for chosen in [0, 30, 63, 200] {
            let view = TopView { status: Some(&status), lost: None, chosen, is_open: false };
            let text = visible(&shown(&view, 80, 24));
            assert!(text.contains(&format!("> a{} ", chosen.min(63))), "{chosen}: {text}");
            assert!(text.contains("11 of 64 are shown") && !text.contains('⟨'), "{text}");
        }
    }
}
