//! Robots of Feishu and Lark: <https://open.feishu.cn/document/client-docs/bot-v3/add-custom-bot>. Plain text; signed in the
//! body.
//!
//! A robot that goes by keywords takes each message, if its keyword is `HAWechaty`.

use ha_wechaty_config::Language;
use serde_json::{Value, json};

use super::{A_MINUTE, refused, verdict};
use crate::{error::TellError, news::News, sign, words::Prose};

/// Of a text, in bytes: it takes 20 KiB, with what is around the text and what JSON adds to it.
const LONGEST: usize = 10_000;

/// The message, signed if there is a secret.
pub(crate) fn message(news: &News, language: Language, secret: Option<&str>, seconds: u64) -> Value {
    let text = Prose::new(news, language).text(LONGEST);
    let mut message = json!({"msg_type": "text", "content": {"text": text}});
    if let Some(secret) = secret {
        message["timestamp"] = seconds.to_string().into();
        message["sign"] = sign::feishu(secret, seconds).into();
    }
    message
}

/// What its answer means. Old robots say `StatusCode`.
pub(crate) fn judge(body: &[u8]) -> Result<(), TellError> {
    let words = verdict(body, &["code", "StatusCode"], &["msg", "StatusMessage"]);
    let Err((code, cause)) = words else { return Ok(()) };
    Err(match code {
        19_021 => refused(
            cause,
            "put what its settings show as signature into secret, and check this machine's clock",
            None,
        ),
        19_022 => refused(cause, "allow this machine's address in its settings, or use a signature", None),
        19_024 => refused(cause, "make HAWechaty one of its keywords, or use a signature", None),
        11_232 | 9_499 if cause.to_lowercase().contains("frequen") || code == 11_232 => {
            refused(cause, "a robot takes 100 messages a minute; it is tried again", Some(A_MINUTE))
        }
        19_001 | 19_002 | 19_003 | 19_007 => refused(
            cause,
            "the robot is gone, or its address is wrong: copy url again from its settings",
            None,
        ),
        -1 => refused(cause, "check that url is of a robot of Feishu", None),
        _ => refused(cause, "see what Feishu says of this error, and check url", None),
    })
}
