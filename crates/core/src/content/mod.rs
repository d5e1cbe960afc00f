//! By what copies of a message are known to be of one message: what every account shows alike, whatever puppet it has.
//!
//! Puppets show one message each in its own way. Of a text they change the spelling ([`folded`]). Of anything else,
//! the text is what WeChat wraps it in, XML with keys and addresses of each account's own, or nothing, or a path on a
//! disk; names of pictures and sounds are made up, as WeChat has none; and what sort a card is they take for what they
//! know best. So much less of that counts than of a text; dedup counts how often each account shows the same, and so
//! nothing is lost by it as long as accounts show all.

mod fold;

use fold::folded;

use crate::{balance::Fingerprint, kind::MessageKind};

/// Of names made up by programs, the shortest that is known as such.
const MADE_UP: usize = 16;

/// A fingerprint of what a text says, however it is spelt.
pub fn content_of_text(text: &str) -> u64 {
    let mut content = Fingerprint::default();
    let mut utf8 = [0; 4];
    folded(text).for_each(|letter| content.add(letter.encode_utf8(&mut utf8)));
    content.finish()
}

/// A fingerprint of what a message of that kind says or carries; 0 if nothing of it is shown
/// alike by all.
///
/// WeChat's name of a file is the title of its card. Another card's text, if it is no XML, is all that is known of it.
pub fn content_of(kind: MessageKind, text: &str, filename: &str) -> u64 {
    let told = match kind {
        MessageKind::Text => return content_of_text(text),
        MessageKind::Audio | MessageKind::Emoticon | MessageKind::Image | MessageKind::Video => "",
        MessageKind::Attachment
        | MessageKind::MiniProgram
        | MessageKind::Recalled
        | MessageKind::Url
        | MessageKind::Other(_) => match (title(text), is_xml(text)) {
            (Some(title), _) => title,
            (None, _) if kind == MessageKind::Attachment => {
                Some(filename).filter(|name| !is_made_up(name)).unwrap_or_default()
            }
            (None, true) => "",
            (None, false) => text,
        },
    };
    if folded(told).next().is_none() { 0 } else { content_of_text(told) }
}

/// The kind of what somebody else than the bot says: one for those that puppets take for each other.
pub(crate) fn alike(kind: MessageKind) -> MessageKind {
    match kind {
        MessageKind::Emoticon | MessageKind::Image => MessageKind::Image,
        MessageKind::Attachment | MessageKind::MiniProgram | MessageKind::Url => MessageKind::Attachment,
        MessageKind::Audio
        | MessageKind::Text
        | MessageKind::Recalled
        | MessageKind::Video
        | MessageKind::Other(_) => kind,
    }
}

/// The kind of what the bot says: what is sent as a file its account may make any of these.
pub(crate) fn own_alike(kind: MessageKind) -> MessageKind {
    match alike(kind) {
        MessageKind::Audio | MessageKind::Image | MessageKind::Video => MessageKind::Attachment,
        alike @ (MessageKind::Attachment
        | MessageKind::Emoticon
        | MessageKind::Text
        | MessageKind::MiniProgram
        | MessageKind::Recalled
        | MessageKind::Url
        | MessageKind::Other(_)) => alike,
    }
}

fn is_xml(text: &str) -> bool {
    let text = text.trim_start();
    text.starts_with('<') || text.starts_with("&lt;")
}

/// The title of a card in XML, if it has one.
fn title(xml: &str) -> Option<&str> {
    if !is_xml(xml) {
        return None;
    }
    let between = |open: &str, close: &str| Some(xml.split_once(open)?.1.split_once(close)?.0);
    let title = between("<title>", "</title>").or_else(|| between("&lt;title&gt;", "&lt;/title&gt;"))?.trim();
    let bare = |open: &str, close: &str| title.strip_prefix(open)?.strip_suffix(close);
    let title = bare("<![CDATA[", "]]>").or_else(|| bare("&lt;![CDATA[", "]]&gt;")).unwrap_or(title);
    Some(title).filter(|title| !title.trim().is_empty())
}

/// Whether a file's name is a number, a digest or the like, and so most likely another one for each account.
fn is_made_up(name: &str) -> bool {
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    let is_dull = |byte: u8| byte.is_ascii_hexdigit() || matches!(byte, b'-' | b'_' | b'.');
    stem.len() >= MADE_UP && stem.bytes().all(is_dull)
}

#[cfg(test)]
mod tests;
