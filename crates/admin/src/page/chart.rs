//! Availability by days, as a chart: a bar for each day, and in it how long something was up, suspect, down, in maintenance,
//! or not watched. Drawn here, of plain shapes; a table beside it says the same.

use ha_wechaty_team::view::{DayStatus, Footing};

use super::{Lang, Say, day_time};

/// How wide and high a chart is, in units of its own.
const WIDTH: f64 = 900.0;
const HIGH: f64 = 100.0;
/// A day, in seconds.
const DAY: f64 = 86_400.0;
/// What was is seen, however short it was.
const LEAST: f64 = 3.0;
/// From the bottom up.
const ORDER: [Footing; 5] =
    [Footing::Up, Footing::Maintenance, Footing::Unwatched, Footing::Suspect, Footing::Down];

/// A chart, and the same as a table.
#[derive(Debug)]
pub(super) struct Chart {
    /// What is to be drawn of each footing, by its letter in the style sheet.
    pub(super) paths: Vec<(char, String)>,
    /// What it shows, in a sentence.
    pub(super) said: String,
    /// Where its axis begins and ends.
    pub(super) from: String,
    pub(super) to: &'static str,
    /// Newest first.
    pub(super) days: Vec<DayRow>,
}

/// A day, as a row of the table.
#[derive(Debug)]
pub(super) struct DayRow {
    pub(super) from: String,
    pub(super) availability: String,
    /// How long it was on each, in the order of the columns.
    pub(super) each: Vec<(&'static str, String)>,
}

/// As the style sheet names it.
pub(super) fn letter(it: Footing) -> char {
    match it {
        Footing::Up => 'u',
        Footing::Suspect => 's',
        Footing::Down => 'd',
        Footing::Maintenance => 'm',
        Footing::Unwatched => '-',
    }
}

/// What part of a time it worked, of seconds in the order of [`Footing::ALL`].
fn availability(seconds: &[f64; 5]) -> Option<f64> {
    let of = |wanted: Footing| of(seconds, wanted);
    let (works, meant) =
        (of(Footing::Up) + of(Footing::Suspect), of(Footing::Up) + of(Footing::Suspect) + of(Footing::Down));
    (meant > 0.0).then(|| works / meant)
}

fn of(seconds: &[f64; 5], wanted: Footing) -> f64 {
    Footing::ALL.into_iter().zip(seconds).filter(|(it, _)| *it == wanted).map(|(_, long)| *long).sum()
}

/// A part of a whole: never rounded up to all of it.
pub(super) fn percent(part: f64) -> String {
    let share = (part * 100_000.0).floor() / 1_000.0;
    if share >= 100.0 { String::from("100 %") } else { format!("{share:.3} %") }
}

impl Chart {
    /// Of the last `count` of these days, of the one of that name; the first column is the oldest.
    pub(super) fn new(days: &[DayStatus], count: usize, name: &str, lang: Lang) -> Self {
        let say = Say(lang);
        let shown = &days[days.len().saturating_sub(count)..];
        let step = WIDTH / count.max(1) as f64;
        // The newest stand at the right end, whatever is known before.
        let first = count - shown.len();
        let mut paths = ORDER.map(|footing| (letter(footing), String::new()));
        for (index, day) in shown.iter().enumerate() {
            let (left, wide) = ((first + index) as f64 * step, step * 0.86);
            let mut bottom = HIGH;
            for (high, (_, path)) in heights(&day.seconds).into_iter().zip(&mut paths) {
                if high > 0.0 {
                    bottom -= high;
                    *path += &format!("M{left:.1} {bottom:.1}h{wide:.1}v{high:.1}h-{wide:.1}z");
                }
            }
        }
        let mut all = [0.0; 5];
        for day in shown {
            all.iter_mut().zip(day.seconds).for_each(|(sum, long)| *sum += long);
        }
        let worst = shown.iter().filter(|day| of(&day.seconds, Footing::Down) > 0.0);
        let worst = worst
            .max_by(|a, b| of(&a.seconds, Footing::Down).total_cmp(&of(&b.seconds, Footing::Down)))
            .map(|day| (day_of(&day.from), of(&day.seconds, Footing::Down)));
        let (from, to) = say.axis(count);
        let part = availability(&all).map_or_else(|| String::from("–"), percent);
        Self {
            paths: paths.into_iter().filter(|(_, path)| !path.is_empty()).collect(),
            said: say.chart(
                name,
                (count, all.iter().sum()),
                &part,
                worst.as_ref().map(|(day, down)| (day.as_str(), *down)),
            ),
            from,
            to,
            days: shown.iter().rev().map(|day| DayRow::new(day, lang)).collect(),
        }
    }
}

impl DayRow {
    fn new(it: &DayStatus, lang: Lang) -> Self {
        let each = ORDER.map(|footing| {
            let seconds = of(&it.seconds, footing).round();
            let said = if seconds > 0.0 { Say(lang).span(seconds) } else { String::from("–") };
            (lang.footing(footing), said)
        });
        Self {
            from: day_time(&it.from).get(..16).unwrap_or_default().to_owned(),
            availability: availability(&it.seconds).map_or_else(|| String::from("–"), percent),
            each: each.into(),
        }
    }
}

/// The words of the columns, and the letters of what is drawn.
pub(super) fn legend(lang: Lang) -> Vec<(char, &'static str)> {
    ORDER.map(|footing| (letter(footing), lang.footing(footing))).into()
}

fn day_of(at: &str) -> String {
    at.get(..10).unwrap_or(at).to_owned()
}

/// How high each is drawn, from the bottom up: as long as it was, and what was short so that it is seen, at the cost of what
/// was longest.
fn heights(seconds: &[f64; 5]) -> [f64; 5] {
    let mut heights = ORDER.map(|footing| match of(seconds, footing) / DAY * HIGH {
        high if high > 0.0 => high.max(LEAST),
        _ => 0.0,
    });
    let over = heights.iter().sum::<f64>() - HIGH;
    if over > 0.0
        && let Some(highest) = heights.iter_mut().max_by(|a, b| a.total_cmp(b))
    {
        *highest -= over;
    }
    heights
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(number: u32, up: f64, down: f64) -> DayStatus {
        let seconds = Footing::ALL.map(|it| match it {
            Footing::Up => up,
            Footing::Down => down,
            Footing::Maintenance | Footing::Unwatched | Footing::Suspect => 0.0,
        });
        DayStatus { from: format!("2026-11-{number:02}T14:22:05Z"), seconds }
    }

    #[test]
    fn a_short_outage_is_seen_and_said() {
        let days = [day(26, DAY, 0.0), day(27, DAY - 10.0, 10.0), day(28, 3_600.0, 0.0)];
        let chart = Chart::new(&days, 7, "shop", Lang::En);
        let down = chart.paths.iter().find(|(how, _)| *how == 'd').expect("it is drawn");
        assert_eq!(down.1.matches('M').count(), 1);
        assert!(down.1.contains("v3.0") && down.1.starts_with("M642.9 0.0h"), "{}", down.1);
        let said = "shop was up 99.994 % of what is known of 7 days, which is 2days 1h; it was down longest on 2026-11-27, for \
                    10s.";
        assert_eq!(chart.said, said);
        assert_eq!((chart.from.as_str(), chart.to), ("6 days ago", "today"));
        let row = &chart.days[1];
        assert_eq!((row.from.as_str(), row.availability.as_str()), ("2026-11-27 14:22", "99.988 %"));
        assert_eq!(row.each[4], ("down", String::from("10s")));
    }

    #[test]
    fn a_bar_is_never_higher_than_a_day() {
        let mut all = day(27, DAY - 4.0, 1.0);
        all.seconds = all.seconds.map(|it| if it == 0.0 { 1.0 } else { it });
        let sum: f64 = heights(&all.seconds).iter().sum();
        assert!((sum - HIGH).abs() < 1e-9 && heights(&all.seconds).iter().all(|it| *it >= LEAST), "{sum}");
        assert_eq!(heights(&[0.0; 5]), [0.0; 5]);
    }

    #[test]
    fn the_table_is_newest_first_and_nothing_known_is_no_chart() {
        let days: Vec<DayStatus> = (1..=20).map(|number| day(number, DAY, 0.0)).collect();
        let chart = Chart::new(&days, 7, "shop", Lang::Zh);
        assert_eq!(chart.days.len(), 7);
        assert_eq!(chart.days[0].from, "2026-11-20 14:22");
        assert!(chart.said.starts_with("7 天内 shop 的可用性为 100 %"), "{}", chart.said);
        let none = Chart::new(&[], 30, "shop", Lang::En);
        assert!(none.paths.is_empty() && none.days.is_empty());
    }
}
