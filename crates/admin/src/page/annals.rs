//! The page of what went wrong, and of how long each was up: of all, or of one of them.

use askama::Template;
use axum::response::Response;
use ha_wechaty_team::view::{
    About, AnnalsLook, AnnalsStatus, DayStatus, IncidentStatus, UptimeStatus, WindowStatus,
};

use super::{
    Desk, Frame, Lang, Place, Say, Tone, Words,
    chart::{Chart, legend, percent},
    day_time,
    strip::{Strip, strips},
    team::none,
};
use crate::long::failed;

/// So many incidents are on the page of one, and on that of all, which has more besides.
const INCIDENTS: usize = 60;
/// Of those that the store can still tell step by step so many lead there.
const LEAD_ON: usize = 40;
/// A start needs about so much.
const HOUR: f64 = 3_600.0;
const OF_ALL: usize = 40;
/// Of so many days a chart may be.
const WINDOWS: [usize; 3] = [7, 30, 90];

/// The page.
#[derive(Debug, Template)]
#[template(path = "annals.html")]
pub(super) struct AnnalsPage {
    frame: Frame,
    w: &'static Words,
    /// Of whom the chart is.
    name: String,
    chart: Chart,
    /// Of how many days it may be: how that is called, where it is, and whether it is this.
    windows: Vec<(&'static str, String, bool)>,
    legend: Vec<(char, &'static str)>,
    /// Whether the chart's days are told as a table; else where they are.
    has_days: bool,
    days: String,
    /// Whether one is chosen, and only what concerns that one is told.
    is_of_one: bool,
    uptimes: Vec<UptimeRow>,
    incidents: Vec<IncidentRow>,
}

/// Whose, and how much of it, is wanted.
#[derive(Debug, Clone)]
pub(super) struct Wanted {
    /// One of them; the team and all others without.
    one: Option<(About, String)>,
    days: usize,
    /// Those that began so lately, in seconds, are in the store step by step.
    pub(super) told: f64,
}

/// How long one was up.
#[derive(Debug)]
struct UptimeRow {
    name: String,
    /// Where more is told of it.
    path: String,
    tone: Tone,
    footing: String,
    /// Of a day, a week, a month, a quarter.
    parts: Vec<(&'static str, String)>,
    strip: Strip,
}

/// Something that went wrong.
#[derive(Debug)]
struct IncidentRow {
    number: u64,
    /// Whether the store is to tell it step by step as yet.
    is_recent: bool,
    name: String,
    began: String,
    when: String,
    tone: Tone,
    lasted: String,
    ended: String,
    times: u32,
    noticed: String,
    cause: String,
}

impl Wanted {
    /// As a query says it.
    pub(super) fn of(query: &str) -> Self {
        let (mut about, mut name, mut days) = (None, None, WINDOWS[1]);
        for (key, value) in form_urlencoded::parse(query.as_bytes()) {
            match &*key {
                "about" => {
                    let all = [About::Team, About::Account, About::Bot];
                    about = all.into_iter().find(|it| it.to_string() == value);
                }
                "name" => name = Some(value.into_owned()),
                "days" => days = value.parse().ok().filter(|it| WINDOWS.contains(it)).unwrap_or(days),
                _ => {}
            }
        }
        Self { one: about.zip(name), days, told: HOUR }
    }

    /// Where it is.
    fn path(&self) -> String {
        let mut query = form_urlencoded::Serializer::new(String::from("/history?"));
        if let Some((about, name)) = &self.one {
            query.append_pair("about", &about.to_string()).append_pair("name", name);
        }
        query.append_pair("days", &self.days.to_string());
        query.finish()
    }
}

/// Where more is told of one of this name.
pub(super) fn path_of(about: About, name: &str) -> String {
    Wanted { one: Some((about, name.to_owned())), days: WINDOWS[1], told: HOUR }.path()
}

pub(super) async fn answer(desk: Desk, lang: Lang, query: &str) -> Response {
    let mut wanted = Wanted::of(query);
    wanted.told = wanted.told.max(desk.shared.config.store.keep_replay.as_secs_f64());
    let mut frame = Frame::new(&desk, lang, Place::Annals, lang.words().annals);
    frame.is_live = true;
    let html = move |annals: AnnalsLook| {
        let mut told = annals.told();
        let (about, name) = wanted.one.clone().unwrap_or_else(|| (About::Team, told.team().to_owned()));
        let days = annals.days(about, &name);
        if wanted.one.is_some() {
            told.retain(about, &name);
        }
        let made = AnnalsPage::of(frame, lang, &told, (&called(about, &name, lang), &days), &wanted);
        made.render().map(String::into_bytes).map_err(|error| failed(error.to_string()))
    };
    desk.long.make(desk.asking.look(AnnalsLook::new), "text/html; charset=utf-8", html).await
}

impl AnnalsPage {
    pub(super) fn of(
        frame: Frame,
        lang: Lang,
        annals: &AnnalsStatus,
        (name, days): (&str, &[DayStatus]),
        wanted: &Wanted,
    ) -> Self {
        let w = lang.words();
        let most = if wanted.one.is_some() { INCIDENTS } else { OF_ALL };
        let of_team = Wanted { one: Some((About::Team, annals.team().to_owned())), ..wanted.clone() };
        let strips = strips(annals.uptimes.iter().map(|it| (it.slices.as_str(), said(it, lang))));
        let uptimes = annals.uptimes.iter().zip(strips);
        let incidents = annals.incidents.iter().take(most).enumerate().map(|(index, it)| {
            let is_recent = index < LEAD_ON && it.seconds < wanted.told;
            IncidentRow { is_recent, ..IncidentRow::new(it, lang) }
        });
        let window = |(word, days)| (word, Wanted { days, ..wanted.clone() }.path(), days == wanted.days);
        Self {
            frame,
            w,
            chart: Chart::new(days, wanted.days, name, lang),
            name: name.to_owned(),
            windows: [w.week, w.month, w.quarter].into_iter().zip(WINDOWS).map(window).collect(),
            legend: legend(lang),
            has_days: wanted.one.is_some() || wanted.days < WINDOWS[2],
            days: of_team.path(),
            is_of_one: wanted.one.is_some(),
            uptimes: uptimes.map(|(it, strip)| UptimeRow::new(it, strip, lang)).collect(),
            incidents: incidents.collect(),
        }
    }
}

/// The last day in words.
fn said(it: &UptimeStatus, lang: Lang) -> String {
    let day = it.windows.first();
    let part = day.and_then(part_of).unwrap_or_else(none);
    Say(lang).day(&part, day.map_or(0.0, |day| day.down).floor())
}

impl UptimeRow {
    fn new(it: &UptimeStatus, strip: Strip, lang: Lang) -> Self {
        let (say, w) = (Say(lang), lang.words());
        let mut known = 0.0;
        let part = |(label, window): (&'static str, &WindowStatus)| {
            // Of a window of which no more is known than of a shorter one nothing new is said.
            let is_more = window.known > known;
            known = window.known;
            (label, part_of(window).filter(|_| is_more).unwrap_or_else(none))
        };
        let labels = [w.day, w.week, w.month, w.quarter];
        Self {
            name: called(it.whose.about, &it.whose.name, lang),
            path: path_of(it.whose.about, &it.whose.name),
            tone: Tone::on(it.footing),
            footing: format!("{} {}", lang.footing(it.footing), say.since(it.seconds.floor())),
            parts: labels.into_iter().zip(&it.windows).map(part).collect(),
            strip,
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
            when: day_time(&it.began),
            began: it.began.clone(),
            tone: if it.ended.is_some() { Tone::Idle } else { Tone::Bad },
            ended: match (&it.ended, &it.end) {
                (Some(at), Some(end)) if !end.is_empty() => format!("{} ({end})", day_time(at)),
                (Some(at), _) => day_time(at),
                (None, _) => none(),
            },
            lasted: if it.ended.is_some() { lasted } else { say.goes_on(&lasted) },
            times: it.times,
            noticed: say.noticed(it.noticed_by, it.noticed_after.floor()),
            cause: it.cause.clone(),
        }
    }
}

/// What part of a window it worked: never rounded up to all of it.
fn part_of(window: &WindowStatus) -> Option<String> {
    window.availability.map(percent)
}

fn called(about: About, name: &str, lang: Lang) -> String {
    match about {
        About::Team => lang.pick(format!("{name} (team)"), format!("{name}（团队）")),
        About::Account => name.to_owned(),
        About::Bot => lang.pick(format!("{name} (bot)"), format!("{name}（机器人）")),
    }
}
