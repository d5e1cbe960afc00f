//! The page of the bots: their streams, what they have not acknowledged, and since when they are gone.

use askama::Template;
use ha_wechaty_team::view::{About, BotStatus, StreamStatus};

use super::{
    Frame, Lang, Say, Seen, Tone, Words, annals,
    strip::{Strip, strips},
    team::none,
};

/// A bot in a table.
#[derive(Debug)]
pub(super) struct BotRow {
    pub(super) name: String,
    pub(super) tone: Tone,
    pub(super) mode: &'static str,
    pub(super) streams: String,
    pub(super) backlog: usize,
    pub(super) acknowledged: String,
    pub(super) waiting_calls: usize,
    pub(super) gone: String,
}

impl BotRow {
    pub(super) fn new(it: &BotStatus, lang: Lang) -> Self {
        let say = Say(lang);
        let waiting = it.away.as_ref().map_or(0, |away| away.waiting);
        Self {
            name: it.name.clone(),
            tone: if it.streams.is_empty() { Tone::Idle } else { Tone::Good },
            mode: lang.mode(it.mode),
            streams: say.streams(it.streams.len(), it.mode),
            backlog: it.streams.iter().map(|stream| stream.unacknowledged).sum::<usize>() + waiting,
            acknowledged: it.acknowledged.map_or_else(none, |seconds| say.ago(seconds)),
            waiting_calls: it.waiting_calls,
            gone: it.away.as_ref().map_or_else(none, |away| match away.was_there {
                true => say.span(away.seconds),
                false => lang.pick("was never there", "从未连接").to_owned(),
            }),
        }
    }
}

/// The page.
#[derive(Debug, Template)]
#[template(path = "bots.html")]
pub(super) struct BotsPage {
    frame: Frame,
    w: &'static Words,
    bots: Vec<BotPart>,
}

/// All that is known of one bot.
#[derive(Debug)]
struct BotPart {
    row: BotRow,
    /// By which its streams are named.
    anchor: String,
    /// Its last day, and where more is told of it.
    strip: Option<Strip>,
    history: String,
    facts: Vec<(&'static str, String)>,
    streams: Vec<StreamRow>,
}

/// One of its streams.
#[derive(Debug)]
struct StreamRow {
    number: u64,
    role: String,
    share: String,
    unacknowledged: usize,
}

impl StreamRow {
    fn new(it: &StreamStatus, lang: Lang) -> Self {
        Self {
            number: it.stream,
            role: it
                .without
                .map_or_else(|| lang.role(it.role).to_owned(), |from| lang.came_without(it.role, from)),
            share: format!("{:.0} %", it.share * 100.0),
            unacknowledged: it.unacknowledged,
        }
    }
}

impl BotsPage {
    /// With the frame around it.
    pub(super) fn of(frame: Frame, lang: Lang, seen: &Seen) -> Self {
        let w = lang.words();
        let days = seen.status.bots.iter().map(|it| seen.day(About::Bot, &it.name, lang));
        let days: Vec<_> = days.collect();
        let mut drawn =
            strips(days.iter().flatten().map(|(day, said)| (day.as_str(), said.clone()))).into_iter();
        let bots = seen.status.bots.iter().zip(&days).map(|(it, day)| {
            let row = BotRow::new(it, lang);
            let waiting = it.away.as_ref().map_or(0, |away| away.waiting);
            let facts = vec![
                (w.mode, row.mode.to_owned()),
                (w.bot_token, lang.bare(it.tokenless).to_owned()),
                (w.backlog, row.backlog.to_string()),
                (w.acknowledged, row.acknowledged.clone()),
                (w.gone, row.gone.clone()),
                (w.waiting_for_it, waiting.to_string()),
                (w.dropped, it.dropped.to_string()),
                (w.waiting_calls, row.waiting_calls.to_string()),
            ];
            BotPart {
                anchor: format!("streams-{}", it.name),
                strip: day.as_ref().and_then(|_| drawn.next()),
                history: annals::path_of(About::Bot, &it.name),
                facts,
                streams: it.streams.iter().map(|stream| StreamRow::new(stream, lang)).collect(),
                row,
            }
        });
        Self { w, bots: bots.collect(), frame: Frame { is_live: true, ..frame } }
    }
}
