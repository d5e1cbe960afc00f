//! The newest lines of the log, filtered.

use askama::Template;
use axum::{
    extract::{RawQuery, State},
    http::{HeaderMap, StatusCode},
    response::Response,
};
use ha_wechaty_team::state::records::{LogLevel, LogTail, TailFilter, TailLine};

use super::{Desk, Frame, Lang, Place, Tone, Words, day_time, page, team::none};

/// So many lines are on a page, and so many bytes of them.
const LINES: usize = 200;
const BYTES: usize = 50 << 10;
/// What a line takes besides its texts.
const LINE: usize = 200;

/// The log's page.
#[derive(Debug, Template)]
#[template(path = "log.html")]
pub(super) struct LogPage {
    frame: Frame,
    w: &'static Words,
    levels: Vec<(&'static str, &'static str)>,
    names: Vec<String>,
    asked: Asked,
    mistake: Option<String>,
    /// Whether any log is kept here.
    is_kept: bool,
    lines: Vec<LogRow>,
    /// Where older ones are.
    next: Option<String>,
}

/// What the form says.
#[derive(Debug, Default, Clone)]
pub(super) struct Asked {
    level: String,
    account: String,
    text: String,
    since: String,
    before: String,
}

/// A line of it.
#[derive(Debug)]
struct LogRow {
    at: String,
    when: String,
    tone: Tone,
    level: &'static str,
    about: String,
    text: String,
}

impl Asked {
    pub(super) fn read(query: &str) -> Self {
        let mut asked = Self::default();
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            let slot = match &*name {
                "level" => &mut asked.level,
                "account" => &mut asked.account,
                "text" => &mut asked.text,
                "since" => &mut asked.since,
                "before" => &mut asked.before,
                _ => continue,
            };
            value.trim().clone_into(slot);
        }
        asked
    }

    /// What is wanted, of which nothing is left empty.
    fn pairs(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let Self { level, account, text, since, before } = self;
        let all =
            [("level", level), ("account", account), ("text", text), ("since", since), ("before", before)];
        all.into_iter().filter(|(_, value)| !value.is_empty()).map(|(name, value)| (name, value.as_str()))
    }

    fn filter(&self) -> Result<TailFilter, String> {
        TailFilter::of(self.pairs().chain([("limit", LIMIT)]))
    }

    /// Where those are that stand before this one.
    fn path_before(&self, number: u64) -> String {
        let mut query = form_urlencoded::Serializer::new(String::from("/log?"));
        query.extend_pairs(self.pairs().filter(|(name, _)| *name != "before"));
        query.append_pair("before", &number.to_string());
        query.finish()
    }
}

/// One more than is shown, to know whether there are more.
const LIMIT: &str = "201";

impl LogRow {
    fn new(it: &TailLine, lang: Lang) -> Self {
        let about = [&it.account, &it.bot].into_iter().flatten().cloned().collect::<Vec<_>>().join(", ");
        Self {
            at: it.at.clone(),
            when: day_time(&it.at),
            tone: match it.level {
                LogLevel::Error => Tone::Bad,
                LogLevel::Warn => Tone::Odd,
                LogLevel::Info | LogLevel::Debug | LogLevel::Trace => Tone::Idle,
            },
            level: lang.level(it.level),
            about: if about.is_empty() { none() } else { about },
            text: it.text.clone(),
        }
    }
}

impl LogPage {
    /// With the frame around it; the log may be kept by nobody.
    pub(super) fn of(
        frame: Frame,
        lang: Lang,
        names: Vec<String>,
        tail: Option<&LogTail>,
        asked: Asked,
    ) -> Self {
        let (found, mistake) = match asked.filter() {
            Ok(filter) => (tail.map(|tail| tail.find(&filter)).unwrap_or_default(), None),
            Err(why) => (Vec::new(), Some(why)),
        };
        let mut room = BYTES;
        let fits = |it: &&TailLine| {
            let weight = it.text.len() + LINE;
            let fits = weight <= room;
            room = room.saturating_sub(weight);
            fits
        };
        let lines: Vec<&TailLine> = found.iter().take(LINES).take_while(fits).collect();
        let last = lines.last().map(|it| it.number).filter(|_| lines.len() < found.len());
        Self {
            // Whoever reads older ones is not to lose them.
            frame: Frame { is_live: asked.before.is_empty() && mistake.is_none(), ..frame },
            w: lang.words(),
            levels: LogLevel::ALL.map(|it| (it.name(), lang.level(it))).into(),
            names,
            next: last.map(|number| asked.path_before(number)),
            asked,
            mistake,
            is_kept: tail.is_some(),
            lines: lines.into_iter().map(|it| LogRow::new(it, lang)).collect(),
        }
    }
}

pub(super) async fn answer(State(desk): State<Desk>, headers: HeaderMap, query: RawQuery) -> Response {
    let lang = Lang::of(&headers);
    let names = desk.shared.accounts.roster.accounts().map(|(_, it)| it.name.clone()).collect();
    let frame = Frame::new(&desk, lang, Place::Log, lang.words().log);
    let asked = Asked::read(&query.0.unwrap_or_default());
    let made = LogPage::of(frame, lang, names, desk.shared.records.tail.get(), asked);
    let code = if made.mistake.is_some() { StatusCode::BAD_REQUEST } else { StatusCode::OK };
    page(code, &made)
}
