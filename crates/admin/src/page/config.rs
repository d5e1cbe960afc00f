//! The configuration that runs, beside what its file says by now.

use askama::Template;
use axum::{extract::State, http::HeaderMap, response::Response};
use ha_wechaty_team::view::{ConfigStatus, KeyCounts, KeyStatus, MistakeStatus};

use super::{Desk, Frame, Lang, Place, Say, Tone, Words, team::none};
use crate::long::failed;

/// So many keys are shown; those that differ come first.
const KEYS: usize = 300;

/// The page.
#[derive(Debug, Template)]
#[template(path = "config.html")]
pub(super) struct ConfigPage {
    frame: Frame,
    w: &'static Words,
    file: String,
    tone: Tone,
    sentence: String,
    mistakes: Vec<MistakeStatus>,
    others: Vec<KeyRow>,
    same: Vec<KeyRow>,
    /// Whether what is written by now is known.
    is_read: bool,
}

/// A key.
#[derive(Debug)]
struct KeyRow {
    key: String,
    running: String,
    written: String,
    place: String,
    counts: &'static str,
}

impl KeyRow {
    fn new(it: &KeyStatus, lang: Lang) -> Self {
        let w = lang.words();
        let value = |value: &Option<String>| value.clone().unwrap_or_else(|| w.default.to_owned());
        let written = match (it.is_secret, it.is_same) {
            // Two secrets look the same.
            (true, false) if it.written == it.running => {
                format!("{} ({})", value(&it.written), w.another_secret)
            }
            _ => value(&it.written),
        };
        Self {
            key: it.key.clone(),
            running: value(&it.running),
            written,
            place: if it.place.is_empty() { none() } else { it.place.clone() },
            counts: match it.counts {
                Some(KeyCounts::Reload) => w.counts_reload,
                Some(KeyCounts::Start) => w.counts_start,
                None => w.counts_same,
            },
        }
    }
}

impl ConfigPage {
    /// With the frame around it.
    pub(super) fn of(frame: Frame, lang: Lang, it: &ConfigStatus) -> Self {
        let say = Say(lang);
        let rows = |is_same: bool| {
            let found = it.keys.iter().filter(|it| it.is_same == is_same).take(KEYS);
            found.map(|it| KeyRow::new(it, lang)).collect::<Vec<_>>()
        };
        let (others, same) = (rows(false), rows(true));
        let tone = match (it.mistakes.is_empty(), others.is_empty(), &it.unread) {
            (false, _, _) => Tone::Bad,
            (true, false, _) => Tone::Odd,
            (true, true, None) => Tone::Good,
            (true, true, Some(_)) => Tone::Idle,
        };
        Self {
            frame,
            w: lang.words(),
            file: it.file.clone().unwrap_or_else(|| lang.words().no_file.to_owned()),
            tone,
            sentence: say.config(it),
            mistakes: it.mistakes.clone(),
            others,
            same,
            is_read: it.unread.is_none(),
        }
    }
}

pub(super) async fn answer(State(desk): State<Desk>, headers: HeaderMap) -> Response {
    let lang = Lang::of(&headers);
    let frame = Frame::new(&desk, lang, Place::Config, lang.words().configuration);
    let html = move |seen: ConfigStatus| {
        ConfigPage::of(frame, lang, &seen)
            .render()
            .map(String::into_bytes)
            .map_err(|error| failed(error.to_string()))
    };
    desk.long.make(desk.config(), "text/html; charset=utf-8", html).await
}
