//! Incoming webhooks of Slack: <https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks>, and of what takes
//! their format. Text, and the same in blocks.

use ha_wechaty_config::Language;
use serde_json::{Value, json};

use crate::{cut::cut_characters, news::News, words::Prose};

/// Of a heading, in characters.
const HEADING: usize = 150;
/// Of a section, in characters.
const SECTION: usize = 3_000;
/// How many blocks a message has.
const BLOCKS: usize = 50;

/// The message.
pub(crate) fn message(news: &News, language: Language) -> Value {
    let prose = Prose::new(news, language);
    let heading = cut_characters(&prose.headline(), HEADING);
    let mut blocks = vec![json!({"type": "header", "text": {"type": "plain_text", "text": heading}})];
    // Its heading, and room for the word about those that are left out.
    let shown = BLOCKS - 2;
    for alarm in news.alarms.iter().take(shown) {
        let lines = prose.lines(alarm).join("\n");
        // The mark that ends bold must not be cut off, nor half of an escape stay.
        let title = escaped(&cut_characters(&prose.title(alarm), SECTION / 10));
        let text = format!("*{title}*\n{}", within(&lines, SECTION - title.chars().count() - 3));
        blocks.push(json!({"type": "section", "text": {"type": "mrkdwn", "text": text}}));
    }
    if let Some(left) = news.alarms.len().checked_sub(shown).filter(|left| *left > 0) {
        blocks.push(json!({"type": "section", "text": {"type": "plain_text", "text": prose.more(left)}}));
    }
    json!({"text": escaped(&prose.headline()), "blocks": blocks})
}

/// As much of a text as has room once it is escaped, in characters.
fn within(text: &str, room: usize) -> String {
    let mut room_left = room;
    let fits = |c: &char| {
        let cost = escaped(&c.to_string()).chars().count();
        let has_room = cost < room_left;
        room_left = room_left.saturating_sub(cost);
        has_room
    };
    let kept: String = text.chars().take_while(fits).collect();
    let mark = if kept.len() < text.len() { "…" } else { "" };
    format!("{}{mark}", escaped(&kept))
}

/// The three characters that mean something else.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
