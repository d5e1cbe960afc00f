//! DingTalk's robots: <https://open.dingtalk.com/document/orgapp/custom-bot-access-send-message>. Markdown; signed by its query.
//!
//! A robot that goes by keywords takes each message, if its keyword is `HAWechaty`.

use ha_wechaty_config::Language;
use serde_json::{Value, json};

use super::{A_MINUTE, refused, verdict};
use crate::{cut::cut_characters, error::TellError, news::News, sign, words::Prose};

/// Of a message, in bytes: it takes 20,000, with what is around the text and what JSON adds to it.
const LONGEST: usize = 13_000;
/// Of what a phone shows before the message is opened, in characters.
const TITLE: usize = 100;

/// The message.
pub(crate) fn message(news: &News, language: Language) -> Value {
    let prose = Prose::new(news, language);
    let text = prose.fit(LONGEST, "\n\n", |alarm| {
        // Two spaces before its end break a line.
        format!("#### {}\n\n{}", plain(&prose.title(alarm)), plain(&prose.lines(alarm).join("  \n")))
    });
    let title = cut_characters(&prose.headline(), TITLE);
    json!({"msgtype": "markdown", "markdown": {"title": title, "text": text}})
}

/// Where it is posted: the robot's address, signed if there is a secret.
pub(crate) fn signed(url: &str, secret: Option<&str>, milliseconds: u128) -> String {
    let Some(secret) = secret else { return url.to_owned() };
    let sign = sign::dingtalk(secret, milliseconds);
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.append_pair("timestamp", &milliseconds.to_string()).append_pair("sign", &sign);
    let joint = if url.contains('?') { '&' } else { '?' };
    format!("{url}{joint}{}", query.finish())
}

/// What its answer means.
pub(crate) fn judge(body: &[u8]) -> Result<(), TellError> {
    let Err((code, cause)) = verdict(body, &["errcode"], &["errmsg"]) else { return Ok(()) };
    Err(match code {
        310_000 => refused(
            cause,
            "its security settings ask for a secret (put its SEC… into secret), for a keyword (HAWechaty is in each \
             message), or for this machine's address; and a signature holds for an hour, so check the clock",
            None,
        ),
        130_101 | 130_103 | 660_026 | 90_018 | 410_100 => {
            refused(cause, "a robot takes 20 messages a minute; it is tried again", Some(A_MINUTE))
        }
        300_001 | 300_005 | 40_035 | 40_014 | 400_013 | 400_101 | 400_102 => {
            refused(cause, "the robot is gone, or its token is wrong: copy url again from its settings", None)
        }
        -1 => refused(cause, "check that url is of a robot of DingTalk", None),
        _ => refused(cause, "see what DingTalk says of this error, and check url", None),
    })
}

/// Without what markdown would take for a heading, a link or a picture.
fn plain(text: &str) -> String {
    text.chars().flat_map(|c| "\\`*[]!#<>".contains(c).then_some('\\').into_iter().chain([c])).collect()
}
