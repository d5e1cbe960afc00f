//! What went wrong, and how long each was up, as a person reads it in a terminal, and a spreadsheet.

use std::fmt::Write as _;

use ha_wechaty_team::{
    text::human,
    view::{About, AnnalsStatus, IncidentStatus, Remedy, UptimeStatus, WindowStatus},
};

use super::{remedy::remedy, table, wrap::wrap};

/// What went wrong, newest first, and how long each was up; and what to do about what goes on.
pub fn history(annals: &AnnalsStatus, columns: Option<usize>) -> String {
    let mut lines: Vec<String> = annals.uptimes.iter().flat_map(|it| wrap(&now(it), columns, 2)).collect();
    lines.push(String::new());
    if annals.incidents.is_empty() {
        lines.push(String::from("Nothing has gone wrong in the last three months, as far as is known."));
    } else {
        let head = ["who", "began", "lasted", "times", "noticed", "why"].map(String::from);
        let rows: Vec<[String; 6]> = annals.incidents.iter().map(incident).collect();
        lines.extend(table(&head, &rows));
        let open = annals.incidents.iter().filter(|it| it.ended.is_none());
        let remedies = open.filter_map(|it| Some((whose(it.whose.about, &it.whose.name), it, help(it)?)));
        let remedies = remedies
            .map(|(who, it, help)| format!("  {who}: {}", remedy(help).replace("NAME", &it.whose.name)));
        lines.extend(remedies.flat_map(|line| wrap(&line, columns, 4)));
    }
    lines.push(String::new());
    lines.join("\n")
}

/// What to do about an incident that goes on.
fn help(it: &IncidentStatus) -> Option<Remedy> {
    match it.whose.about {
        About::Team => Some(Remedy::TeamDown),
        About::Account => it.standing?.remedy(),
        About::Bot => Some(Remedy::BotAway),
    }
}

/// How long each was up.
pub fn sla(annals: &AnnalsStatus) -> String {
    let names =
        ["who", "up in a day", "in a week", "in a month", "in a quarter", "incidents"].map(String::from);
    let rows: Vec<[String; 6]> = annals.uptimes.iter().map(row).collect();
    let mut lines = table(&names, &rows);
    lines.push(String::new());
    lines.push(String::from(
        "Of the time that a gateway looked and nobody had taken it out of work. Suspect counts as up.",
    ));
    lines.push(String::from(
        "--json and --csv have the seconds of each, and those of suspect, maintenance, unwatched.",
    ));
    lines.join("\n") + "\n"
}

/// The same for a spreadsheet.
pub fn sla_csv(annals: &AnnalsStatus) -> String {
    let mut text = String::from(
        "about,name,window,known_s,up_s,suspect_s,down_s,maintenance_s,unwatched_s,incidents,availability\n",
    );
    for it in &annals.uptimes {
        for window in &it.windows {
            let WindowStatus {
                window,
                known,
                up,
                suspect,
                down,
                maintenance,
                unwatched,
                availability,
                incidents,
            } = window;
            let availability = availability.map(|it| format!("{it:.6}")).unwrap_or_default();
            // Writing to a text can't fail.
            let _ = writeln!(
                text,
                "{},{},{window},{known:.0},{up:.0},{suspect:.0},{down:.0},{maintenance:.0},{unwatched:.0},{incidents},\
                 {availability}",
                it.whose.about,
                quoted(&it.whose.name)
            );
        }
    }
    text
}

/// A field of CSV, by RFC 4180; one that a spreadsheet would take for a formula is none.
fn quoted(name: &str) -> String {
    let name = if name.starts_with(['=', '+', '-', '@']) { format!("'{name}") } else { name.to_owned() };
    match name.contains([',', '"', '\n', '\r']) {
        true => format!("\"{}\"", name.replace('"', "\"\"")),
        false => name,
    }
}

/// How it is now, and how much of the time it worked.
fn now(it: &UptimeStatus) -> String {
    let parts: Vec<String> = parts(it).into_iter().flatten().collect();
    let parts = if parts.is_empty() { String::new() } else { format!("; up {}", parts.join(", ")) };
    format!(
        "{}: {} for {}{parts}",
        whose(it.whose.about, &it.whose.name),
        it.footing,
        human(it.seconds.floor())
    )
}

fn whose(about: About, name: &str) -> String {
    match about {
        About::Team | About::Account => name.to_owned(),
        About::Bot => format!("bot {name}"),
    }
}

/// What part of each window it worked; nothing of one of which no more is known than of a shorter one.
fn parts(it: &UptimeStatus) -> Vec<Option<String>> {
    let mut shorter = 0.0;
    let mut part_of = |window: &WindowStatus| {
        let (name, days) = length(window)?;
        let is_more = window.known > shorter;
        shorter = days * 86_400.0;
        let part = part(window).filter(|_| is_more)?;
        let is_whole = window.known >= shorter - 1.0;
        Some(if is_whole {
            format!("{part} of {name}")
        } else {
            format!("{part} of {}", human(window.known.floor()))
        })
    };
    it.windows.iter().map(&mut part_of).collect()
}

/// A window in words, and how many days it is long.
fn length(window: &WindowStatus) -> Option<(&'static str, f64)> {
    match window.window.as_str() {
        "24h" => Some(("24 h", 1.0)),
        "7d" => Some(("7 days", 7.0)),
        "30d" => Some(("30 days", 30.0)),
        "90d" => Some(("90 days", 90.0)),
        _ => None,
    }
}

/// What part of it it worked: never rounded up to all of it.
fn part(window: &WindowStatus) -> Option<String> {
    let share = window.availability? * 100.0;
    let rounded = (share * 1_000.0).floor() / 1_000.0;
    Some(if rounded >= 100.0 { String::from("100 %") } else { format!("{rounded:.3} %") })
}

fn row(it: &UptimeStatus) -> [String; 6] {
    let parts = parts(it);
    let cell = |index: usize| parts.get(index).cloned().flatten().unwrap_or_else(|| String::from("–"));
    let [day, week, month, quarter] = [0, 1, 2, 3].map(cell);
    let incidents = it.windows.last().map_or(0, |window| window.incidents).to_string();
    [whose(it.whose.about, &it.whose.name), day, week, month, quarter, incidents]
}

fn incident(it: &IncidentStatus) -> [String; 6] {
    let noticed = match it.noticed_after {
        after if after < 1.0 => format!("{}, at once", it.noticed_by),
        after => format!("{}, after {}", it.noticed_by, human(after.floor())),
    };
    let lasted = human(it.lasted.floor());
    [
        whose(it.whose.about, &it.whose.name),
        it.began.clone(),
        if it.ended.is_some() { lasted } else { format!("{lasted}, goes on") },
        it.times.to_string(),
        noticed,
        // What people write must not steer a terminal.
        it.cause.replace(char::is_control, " "),
    ]
}

#[cfg(test)]
mod tests {
    use ha_wechaty_core::{Footing, Noticed, Standing};
    use ha_wechaty_team::view::Whose;

    use super::*;

    fn window(name: &str, known: f64, down: f64) -> WindowStatus {
        let (up, availability) = (known - down, Some((known - down) / known));
        let (suspect, maintenance, unwatched, window) = (0.0, 0.0, 0.0, name.to_owned());
        WindowStatus { window, known, up, suspect, down, maintenance, unwatched, availability, incidents: 1 }
    }

    fn annals() -> AnnalsStatus {
        let whose = |about, name: &str| Whose { about, name: name.to_owned() };
        let uptime = |whose: Whose, footing, known: f64, down: f64| UptimeStatus {
            whose,
            footing,
            seconds: 5_000.0,
            known,
            windows: [("24h", 1.0), ("7d", 7.0), ("30d", 30.0), ("90d", 90.0)]
                .map(|(name, days)| window(name, known.min(days * 86_400.0), down))
                .into(),
            slices: String::from("uuud"),
        };
        let incident = |whose, by, cause: &str, ended: Option<&str>| IncidentStatus {
            number: 1,
            whose,
            began: String::from("2026-01-31T03:12:44Z"),
            noticed_after: 510.0,
            noticed_by: by,
            cause: cause.to_owned(),
            standing: Some(Standing::Failed),
            ended: ended.map(String::from),
            end: ended.map(|_| String::from("available: dong")),
            times: 2,
            lasted: 662.0,
            seconds: 700.0,
        };
        AnnalsStatus {
            uptimes: vec![
                uptime(whose(About::Team, "ossbot"), Footing::Up, 100.0 * 86_400.0, 0.5),
                uptime(whose(About::Account, "south"), Footing::Down, 40_000.0, 662.0),
                uptime(whose(About::Bot, "=main,2"), Footing::Up, 60.0, 0.0),
            ],
            incidents: vec![
                incident(whose(About::Account, "south"), Noticed::Heartbeat, "failed: silent\u{1b}[2J", None),
                incident(
                    whose(About::Bot, "main"),
                    Noticed::Stream,
                    "it has no event stream",
                    Some("2026-01-31T03:20:00Z"),
                ),
            ],
        }
    }

    #[test]
    fn what_went_wrong_and_how_it_is() {
        insta::assert_snapshot!(history(&annals(), None));
    }

    #[test]
    fn how_long_each_was_up() {
        insta::assert_snapshot!(sla(&annals()));
    }

    #[test]
    fn a_spreadsheet_reads_names_as_names() {
        let text = sla_csv(&annals());
        assert_eq!(text.lines().count(), 1 + 3 * 4);
        assert!(text.contains("\nbot,\"'=main,2\",24h,60,60,0,0,0,0,1,1.000000\n"), "{text}");
        assert!(text.lines().all(|line| line.matches(',').count() >= 10));
    }

    #[test]
    fn almost_all_is_not_all() {
        let week = window("7d", 7.0 * 86_400.0, 0.5);
        assert_eq!(part(&week).as_deref(), Some("99.999 %"));
    }
}
