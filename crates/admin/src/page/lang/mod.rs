//! What pages say, in English and in Chinese. Each label is a row with both; each word of a closed list of the core has a
//! `match`: the compiler asks for what is missing. What the core or a provider says stays as it was said.

mod alarms;
mod list;
mod replay;
mod rooms;
mod running;
mod say;
mod words;

use axum::http::{HeaderMap, header};
pub(super) use say::Say;
pub(super) use words::Words;

/// A language of pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lang {
    /// English, also for whoever reads neither.
    En,
    /// Chinese, in simplified characters.
    Zh,
}

impl Lang {
    /// The one that a browser's reader would rather read.
    pub(super) fn of(headers: &HeaderMap) -> Self {
        let wanted = headers.get(header::ACCEPT_LANGUAGE).and_then(|it| it.to_str().ok()).unwrap_or_default();
        let ranked = wanted.split(',').filter_map(|range| {
            let (tag, weight) = range.split_once(';').unwrap_or((range, "q=1"));
            let weight: f32 = weight.trim().strip_prefix("q=")?.parse().ok()?;
            let lang = match tag.trim().to_ascii_lowercase().split('-').next()? {
                "zh" => Self::Zh,
                "en" | "*" => Self::En,
                _ => return None,
            };
            (weight > 0.0).then_some((weight, lang))
        });
        // Of equals the first.
        let best = ranked.reduce(|best, other| if other.0.total_cmp(&best.0).is_gt() { other } else { best });
        best.map_or(Self::En, |(_, lang)| lang)
    }

    /// As `lang` names it.
    pub(super) fn tag(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::Zh => "zh-CN",
        }
    }

    /// Its labels.
    pub(super) fn words(self) -> &'static Words {
        match self {
            Self::En => &Words::EN,
            Self::Zh => &Words::ZH,
        }
    }

    /// The text of this language.
    pub(super) fn pick<T>(self, en: T, zh: T) -> T {
        match self {
            Self::En => en,
            Self::Zh => zh,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_language_is_the_reader_s() {
        for (wanted, lang) in [
            ("", Lang::En),
            ("zh-CN,zh;q=0.9,en;q=0.8", Lang::Zh),
            ("en-US,en;q=0.9,zh;q=0.8", Lang::En),
            ("de-DE,de;q=0.9,zh;q=0.5,en;q=0.7", Lang::En),
            ("ZH-Hant-TW", Lang::Zh),
            ("fr, *;q=0.1", Lang::En),
            ("zh;q=0,en;q=0.1", Lang::En),
            ("zh;q=x, ;;, -", Lang::En),
        ] {
            let headers = HeaderMap::from_iter([(header::ACCEPT_LANGUAGE, wanted.parse().expect("a value"))]);
            assert_eq!(Lang::of(&headers), lang, "{wanted}");
        }
        assert_eq!(Lang::of(&HeaderMap::new()), Lang::En);
    }
}
