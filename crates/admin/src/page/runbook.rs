//! The runbook: what to do when something is not well, here where that is seen.

use std::sync::LazyLock;

use askama::Template;
use axum::{extract::State, http::HeaderMap, http::StatusCode, response::Response};
use pulldown_cmark::{CowStr, Event, Parser, Tag, TagEnd, html};

use super::{Desk, Frame, Lang, Place, Words, page};

/// As it is written, in English and in Chinese, with the same headings.
const WRITTEN: [&str; 2] = [include_str!("../../assets/runbook"), include_str!("../../assets/runbook.zh")];

/// As it is shown: the same for everybody who reads that language.
static SHOWN: LazyLock<[String; 2]> = LazyLock::new(|| WRITTEN.map(shown));

#[derive(Debug, Template)]
#[template(path = "runbook.html")]
struct RunbookPage {
    frame: Frame,
    w: &'static Words,
    text: &'static str,
}

pub(super) async fn answer(State(desk): State<Desk>, headers: HeaderMap) -> Response {
    let lang = Lang::of(&headers);
    let frame = Frame::new(&desk, lang, Place::Below, lang.words().runbook);
    let [english, chinese] = &*SHOWN;
    let text = match lang {
        Lang::En => english,
        Lang::Zh => chinese,
    };
    page(StatusCode::OK, &RunbookPage { frame, w: lang.words(), text })
}

/// A document of ours, with a name at each heading, and without links to what is not served here.
fn shown(written: &str) -> String {
    let mut events: Vec<Event<'_>> = Vec::new();
    let mut heading = None;
    let mut leads = Vec::new();
    for event in Parser::new(written) {
        if let Event::Start(Tag::Heading { .. }) = &event {
            heading = Some(events.len());
        }
        if let (Event::End(TagEnd::Heading(_)), Some(at)) = (&event, heading) {
            name(&mut events, at);
        }
        // One that leads elsewhere is its words alone.
        if let Event::Start(Tag::Link { dest_url, .. }) = &event {
            leads.push(dest_url.starts_with('#'));
            if leads.last() == Some(&false) {
                continue;
            }
        }
        if event == Event::End(TagEnd::Link) && leads.pop() == Some(false) {
            continue;
        }
        events.push(event);
    }
    let mut text = String::new();
    html::push_html(&mut text, events.into_iter());
    text
}

/// Names the heading that begins there by its words, as links lead to it.
fn name(events: &mut [Event<'_>], at: usize) {
    let words = events[at..]
        .iter()
        .filter_map(|it| if let Event::Text(text) | Event::Code(text) = it { Some(&**text) } else { None });
    let words: String = words.collect::<String>().to_lowercase();
    let word = |it: char| match it {
        ' ' => Some('-'),
        it if it.is_alphanumeric() || it == '-' => Some(it),
        _ => None,
    };
    let named: String = words.chars().filter_map(word).collect();
    if let Some(Event::Start(Tag::Heading { id, .. })) = events.get_mut(at) {
        *id = Some(CowStr::from(named));
    }
}

#[cfg(test)]
mod tests {
    use ha_wechaty_team::view::Remedy;

    use super::*;

    #[test]
    fn each_remedy_leads_to_a_heading_and_no_link_to_nowhere() {
        WRITTEN.map(shown).iter().for_each(|text| leads_somewhere(text));
    }

    fn leads_somewhere(text: &str) {
        for it in Remedy::ALL {
            assert_eq!(text.matches(&format!("<h3 id=\"{}\">", it.name())).count(), 1, "{it:?}");
        }
        let leads = text.split("href=\"").skip(1).filter_map(|it| it.split('"').next());
        let mut seen = 0;
        for lead in leads {
            let id = lead.strip_prefix('#').expect("it leads to this page");
            assert!(text.contains(&format!(" id=\"{id}\"")), "{lead}");
            seen += 1;
        }
        assert!(seen > 5 && !text.contains("<script"), "{seen}");
    }

    #[test]
    fn what_is_not_served_here_is_text() {
        let text = shown("# A b\n\nSee [there](operators.md#x) and [here](#a-b).\n");
        assert_eq!(text, "<h1 id=\"a-b\">A b</h1>\n<p>See there and <a href=\"#a-b\">here</a>.</p>\n");
    }
}
