//! A year as a page for people: 80 columns, and not only what speaks for us.

use std::fmt::{Display, Formatter, Result};

use ha_wechaty_year::{Column, Report, Span};

/// One line of the table: what, how it is shown, and, where less or more is better, its value.
struct Row {
    what: &'static str,
    show: fn(&Column) -> String,
    /// The greater the worse; `None` where neither is.
    worse: Option<fn(&Column) -> f64>,
}

const ROWS: [(&str, &[Row]); 4] = [
    (
        "Questions to the bot",
        &[
            Row { what: "asked", show: |it| count(it.asked_in_rooms + it.asked_in_private), worse: None },
            Row {
                what: "answered in time",
                show: |it| percent(it.availability),
                worse: Some(|it| -it.availability),
            },
            Row { what: "  nines", show: nines, worse: None },
            Row {
                what: "  of those in rooms",
                show: |it| percent(it.availability_in_rooms),
                worse: Some(|it| -it.availability_in_rooms),
            },
            Row {
                what: "  of those in private",
                show: |it| percent(it.availability_in_private),
                worse: Some(|it| -it.availability_in_private),
            },
            Row {
                what: "lost: never heard, or too late",
                show: |it| count(it.lost_unheard),
                worse: Some(|it| it.lost_unheard as f64),
            },
            Row {
                what: "lost: the bot got an error",
                show: |it| count(it.lost_refused),
                worse: Some(|it| it.lost_refused as f64),
            },
            Row {
                what: "lost: \"sent\", and nobody knew",
                show: |it| count(it.lost_unknown),
                worse: Some(|it| it.lost_unknown as f64),
            },
            Row {
                what: "answered more than once",
                show: |it| count(it.answered_twice),
                worse: Some(|it| it.answered_twice as f64),
            },
        ],
    ),
    (
        "Outages",
        &[
            Row { what: "faults of phones and provider", show: |it| count(it.faults), worse: None },
            Row {
                what: "nobody at work could work",
                show: |it| time(it.outage_hours * 3_600.0),
                worse: Some(|it| it.outage_hours),
            },
        ],
    ),
    (
        "A silent fault (deaf, mute) takes work for",
        &[
            Row {
                what: "mean",
                show: |it| span(&it.detect, it.detect.mean_seconds),
                worse: Some(|it| it.detect.mean_seconds),
            },
            Row {
                what: "95 of 100 at most",
                show: |it| span(&it.detect, it.detect.p95_seconds),
                worse: Some(|it| it.detect.p95_seconds),
            },
        ],
    ),
    (
        "Any fault, until it works and gets work again",
        &[
            Row {
                what: "mean",
                show: |it| span(&it.recover, it.recover.mean_seconds),
                worse: Some(|it| it.recover.mean_seconds),
            },
            Row {
                what: "95 of 100 at most",
                show: |it| span(&it.recover, it.recover.p95_seconds),
                worse: Some(|it| it.recover.p95_seconds),
            },
        ],
    ),
];

const PRICE: [Row; 6] = [
    Row {
        what: "dings per account and day",
        show: |it| format!("{:.1}", it.dings),
        worse: Some(|it| it.dings),
    },
    Row { what: "restarts of puppets", show: |it| count(it.resets), worse: Some(|it| it.resets as f64) },
    Row { what: "a person is told", show: |it| count(it.told), worse: Some(|it| it.told as f64) },
    Row {
        what: "of these in vain: it ended by itself",
        show: |it| count(it.told_in_vain),
        worse: Some(|it| it.told_in_vain as f64),
    },
    Row {
        what: "needed for 30 min, and told nothing",
        show: |it| count(it.unsaid),
        worse: Some(|it| it.unsaid as f64),
    },
    Row {
        what: "false alarms: it worked",
        show: |it| count(it.false_alarms),
        worse: Some(|it| it.false_alarms as f64),
    },
];

/// The headings, and how they are called where there is no table.
const PRICE_HEADING: &str = "The price";

/// A year, to be written.
pub fn year(report: &Report) -> impl Display {
    std::fmt::from_fn(move |f| write(report, f))
}

fn write(report: &Report, f: &mut Formatter<'_>) -> Result {
    let Report { seed, days, accounts, alone, original, ours, .. } = report;
    writeln!(f, "{days} simulated days of a WeChat bot; seed {seed}. Same questions, same faults.\n")?;
    writeln!(f, "{:38}{:>13}{:>14}{:>14}", "", "(a) one", "(b) team of", "(c) team of")?;
    let [b, c] = ["the original", "ours"].map(|whose| format!("{accounts}, {whose}"));
    writeln!(f, "{:38}{:>13}{:>14}{:>14}", "", "account", b.replace("the ", ""), c)?;
    for (heading, rows) in sections() {
        writeln!(f, "{heading}")?;
        for Row { what, show, .. } in rows {
            writeln!(f, "  {what:36}{:>13}{:>14}{:>14}", show(alone), show(original), show(ours))?;
        }
    }
    writeln!(f, "\n{}", wrapped(&meaning(report)))?;
    writeln!(f, "\n{}", wrapped(&reservations(report)))?;
    let world = "What the world is made of. Nothing of it was measured. Chances are exponential, times are \
                 means, and faults are independent of each other, but for the provider's:";
    writeln!(f, "\n{}", wrapped(world))?;
    for (meaning, value) in &report.assumptions {
        let dots = 74_usize.saturating_sub(meaning.chars().count() + value.chars().count());
        writeln!(f, "  {meaning} .{} {value}", ".".repeat(dots))?;
    }
    Ok(())
}

fn sections() -> impl Iterator<Item = (&'static str, &'static [Row])> {
    ROWS.into_iter().chain([(PRICE_HEADING, PRICE.as_slice())])
}

/// What it means, in two sentences.
fn meaning(Report { accounts, alone, original, ours, .. }: &Report) -> String {
    let unanswered = |it: &Column| it.asked_in_rooms + it.asked_in_private - it.answered;
    let in_thousand = |it: &Column| 1_000.0 * (1.0 - it.availability);
    format!(
        "Of a thousand questions, {:.1} went unanswered with one account, {:.1} with {accounts} under the \
         original's rules, and {:.1} with {accounts} under ours ({}, {} and {} in all). An account that had \
         silently stopped working was still given work for {} with nobody watching, for {} by the original's \
         rules and for {} by ours.",
        in_thousand(alone),
        in_thousand(original),
        in_thousand(ours),
        count(unanswered(alone)),
        count(unanswered(original)),
        count(unanswered(ours)),
        span(&alone.detect, alone.detect.mean_seconds),
        span(&original.detect, original.detect.mean_seconds),
        span(&ours.detect, ours.detect.mean_seconds),
    )
}

/// Where ours is not better.
fn reservations(Report { alone, original, ours, .. }: &Report) -> String {
    let worse_than = |other: &Column| {
        let rows = sections().flat_map(|(heading, rows)| rows.iter().map(move |row| (heading, row)));
        // What looks the same is the same.
        let worse = rows.filter(|(_, row)| {
            row.worse.is_some_and(|value| value(ours) > value(other)) && (row.show)(ours) != (row.show)(other)
        });
        let named = worse.map(|(heading, row)| match row.what.trim() {
            what @ ("mean" | "95 of 100 at most") => format!("{} ({what})", heading.to_lowercase()),
            what => format!("{what} ({} to {})", (row.show)(ours), (row.show)(other)),
        });
        let named: Vec<String> = named.collect();
        if named.is_empty() { "nothing".to_owned() } else { named.join("; ") }
    };
    format!(
        "Where ours is worse than the original's: {}. Worse than one account: {}. In private a team can only \
         know sooner: nobody but the one account that the person knows can answer. The original is assumed to \
         remove copies of messages without fail, and to be back at once after lost connections.",
        worse_than(original),
        worse_than(alone)
    )
}

fn percent(share: f64) -> String {
    // Never rounded up to all.
    format!("{:.3} %", (share * 100_000.0).floor() / 1_000.0)
}

fn nines(it: &Column) -> String {
    it.nines.map_or_else(|| "all".to_owned(), |nines| format!("{nines:.1}"))
}

/// With commas between the thousands.
fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

fn span(span: &Span, seconds: f64) -> String {
    if span.count == 0 { "–".to_owned() } else { time(seconds) }
}

fn time(seconds: f64) -> String {
    match seconds {
        it if it < 60.0 => format!("{it:.0} s"),
        it if it < 3_600.0 => format!("{:.1} min", it / 60.0),
        it => format!("{:.1} h", it / 3_600.0),
    }
}

/// In lines of 80 characters.
fn wrapped(text: &str) -> String {
    let (mut lines, mut length) = (String::new(), 0);
    for word in text.split(' ') {
        let wide = word.chars().count();
        let gap = match length {
            0 => "",
            it if it + 1 + wide > 80 => {
                length = 0;
                "\n"
            }
            _ => " ",
        };
        length += wide + usize::from(gap == " ");
        lines.push_str(gap);
        lines.push_str(word);
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_for_people() {
        assert_eq!([0, 999, 1_000, 1_234_567].map(count), ["0", "999", "1,000", "1,234,567"]);
        assert_eq!([0.999_999, 1.0, 0.5].map(percent), ["99.999 %", "100.000 %", "50.000 %"]);
        assert_eq!([59.0, 90.0, 7_200.0].map(time), ["59 s", "1.5 min", "2.0 h"]);
    }

    #[test]
    fn lines_are_not_longer_than_80() {
        let text = wrapped(&"four ".repeat(100));
        assert!(text.lines().all(|line| line.len() <= 80) && text.lines().count() == 7, "{text}");
    }
}
