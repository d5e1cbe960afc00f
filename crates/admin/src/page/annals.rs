//! The page of what went wrong, and of how long each was up.

use askama::Template;
use axum::response::Response;
use ha_wechaty_team::view::{About, AnnalsLook, AnnalsStatus, IncidentStatus, UptimeStatus, WindowStatus};

use super::{Desk, Frame, Lang, Place, Say, Tone, Words, team::none};

/// So many incidents are on the page.
const INCIDENTS: usize = 100;
/// The store may still tell those step by step that began so lately, in seconds; so many of them lead there.
const RECENT: f64 = 3.0 * 86_400.0;
const LEAD_ON: usize = 40;
/// Into so many pieces a day is cut, and into so many where there are more than a few.
const SLICES: usize = 288;
const A_FEW: usize = 16;
const COARSE: usize = 3;
/// How it may have been, the worst first.
const LETTERS: [char; 5] = ['d', 's', '-', 'm', 'u'];

/// The page.
#[derive(Debug, Template)]
#[template(path = "annals.html")]
pub(super) struct AnnalsPage {
    frame: Frame,
    w: &'static Words,
    uptimes: Vec<UptimeRow>,
    incidents: Vec<IncidentRow>,
}

/// How long one was up.
#[derive(Debug)]
struct UptimeRow {
    name: String,
    tone: Tone,
    footing: String,
    /// Of a day, a week, a month, a quarter.
    parts: Vec<(&'static str, String)>,
    /// The last day: what is to be drawn of each letter.
    strip: Vec<(char, String)>,
    /// The same in words.
    said: String,
}

/// Something that went wrong.
#[derive(Debug)]
struct IncidentRow {
    number: u64,
    /// Whether the store may still tell it step by step.
    is_recent: bool,
    name: String,
    began: String,
    when: String,
    tone: Tone,
    lasted: String,
    times: u32,
    noticed: String,
    cause: String,
}

pub(super) async fn answer(desk: Desk, lang: Lang) -> Response {
    let mut frame = Frame::new(&desk, lang, Place::Annals, lang.words().annals);
    frame.is_live = true;
    let html = move |annals: AnnalsLook| {
        let made = AnnalsPage::of(frame, lang, &annals.told());
        made.render().map(String::into_bytes).map_err(|error| error.to_string())
    };
    desk.long.make(desk.asking.look(AnnalsLook::new), "text/html; charset=utf-8", html).await
}

impl AnnalsPage {
    pub(super) fn of(frame: Frame, lang: Lang, annals: &AnnalsStatus) -> Self {
        let incidents = annals.incidents.iter().take(INCIDENTS).enumerate().map(|(index, it)| {
            let is_recent = index < LEAD_ON && it.seconds < RECENT;
            IncidentRow { is_recent, ..IncidentRow::new(it, lang) }
        });
        let width = if annals.uptimes.len() > A_FEW { COARSE } else { 1 };
        Self {
            frame,
            w: lang.words(),
            uptimes: annals.uptimes.iter().map(|it| UptimeRow::new(it, width, lang)).collect(),
            incidents: incidents.collect(),
        }
    }
}

impl UptimeRow {
    fn new(it: &UptimeStatus, width: usize, lang: Lang) -> Self {
        let say = Say(lang);
        let w = lang.words();
        let mut known = 0.0;
        let mut part = |(label, window): (&'static str, &WindowStatus)| {
            // Of a window of which no more is known than of a shorter one nothing new is said.
            let is_more = window.known > known;
            known = window.known;
            (label, part_of(window).filter(|_| is_more).unwrap_or_else(none))
        };
        let parts: Vec<_> =
            [w.day, w.week, w.month, w.quarter].into_iter().zip(&it.windows).map(&mut part).collect();
        let down = it.windows.first().map_or(0.0, |day| day.down);
        Self {
            name: called(it.whose.about, &it.whose.name, lang),
            tone: Tone::on(it.footing),
            footing: format!("{} {}", lang.footing(it.footing), say.since(it.seconds.floor())),
            strip: strip(&it.slices, width),
            said: say.day(parts.first().map_or("–", |(_, part)| part), down.floor()),
            parts,
        }
    }
}

impl IncidentRow {
    fn new(it: &IncidentStatus, lang: Lang) -> Self {
        let say = Say(lang);
        let lasted = say.span(it.lasted.floor());
        Self {
            number: it.number,
            is_recent: false,
            name: called(it.whose.about, &it.whose.name, lang),
            when: it.began.get(..19).unwrap_or(&it.began).replace('T', " "),
            began: it.began.clone(),
            tone: if it.ended.is_some() { Tone::Idle } else { Tone::Bad },
            lasted: if it.ended.is_some() { lasted } else { say.goes_on(&lasted) },
            times: it.times,
            noticed: say.noticed(it.noticed_by, it.noticed_after.floor()),
            cause: it.cause.clone(),
        }
    }
}

/// What part of a window it worked: never rounded up to all of it.
fn part_of(window: &WindowStatus) -> Option<String> {
    let share = (window.availability? * 100_000.0).floor() / 1_000.0;
    Some(if share >= 100.0 { String::from("100 %") } else { format!("{share:.3} %") })
}

fn called(about: About, name: &str, lang: Lang) -> String {
    match about {
        About::Team => lang.pick(format!("{name} (team)"), format!("{name}（团队）")),
        About::Account => name.to_owned(),
        About::Bot => lang.pick(format!("{name} (bot)"), format!("{name}（机器人）")),
    }
}

/// A day by its letters, as paths: what is not known is left out before them.
fn strip(slices: &str, width: usize) -> Vec<(char, String)> {
    let letters: Vec<char> = slices.chars().collect();
    let unknown = SLICES.saturating_sub(letters.len());
    let mut runs: Vec<(char, usize, usize)> = Vec::new();
    for (index, some) in letters.chunks(width.max(1)).enumerate() {
        // As bad as its worst.
        let Some(how) = LETTERS.into_iter().find(|it| some.contains(it)) else { continue };
        match runs.last_mut().filter(|last| last.0 == how) {
            Some(last) => last.2 += some.len(),
            None => runs.push((how, unknown + index * width, some.len())),
        }
    }
    let path = |how: char| {
        let its = runs.iter().filter(|run| run.0 == how);
        (how, its.map(|(_, from, long)| format!("M{from} 0h{long}v16h-{long}z")).collect::<String>())
    };
    LETTERS.map(path).into_iter().filter(|(_, path)| !path.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(slices: &str, width: usize) -> Vec<(char, String)> {
        strip(slices, width)
    }

    #[test]
    fn a_day_is_as_few_pieces_as_it_has_changes_and_ends_now() {
        let expected =
            [('d', String::from("M286 0h1v16h-1z")), ('u', String::from("M284 0h2v16h-2zM287 0h1v16h-1z"))];
        assert_eq!(drawn("uudu", 1), expected);
        assert_eq!(drawn(&"u".repeat(288), 1), [('u', String::from("M0 0h288v16h-288z"))]);
        assert_eq!(drawn("", 1), []);
    }

    #[test]
    fn a_coarse_piece_is_as_bad_as_its_worst() {
        let expected = [('d', String::from("M282 0h3v16h-3z")), ('s', String::from("M285 0h3v16h-3z"))];
        assert_eq!(drawn("uduusm", 3), expected);
    }
}
