//! WeCom's robots: <https://developer.work.weixin.qq.com/document/path/91770>. Plain text, since WeChat shows their markdown
//! to nobody; a code to scan follows as a picture.

use base64::{Engine as _, prelude::BASE64_STANDARD};
use ha_wechaty_config::Language;
use md5::{Digest as _, Md5};
use serde_json::{Value, json};

use super::{A_MINUTE, refused, verdict};
use crate::{error::TellError, news::News, words::Prose};

/// Of a text, in bytes.
const LONGEST: usize = 2_048;
/// Of a picture, in bytes, before it is base64.
const LARGEST: usize = 2 << 20;

/// The messages, in order.
pub(crate) fn messages(news: &News, language: Language) -> Vec<Value> {
    let text = Prose::new(news, language).text(LONGEST);
    let mut messages = vec![json!({"msgtype": "text", "text": {"content": text}})];
    let pictures = news.scans.iter().filter_map(|it| it.picture.as_deref());
    messages.extend(pictures.filter(|it| it.len() <= LARGEST).map(|png| {
        let md5 = Md5::digest(png).iter().map(|byte| format!("{byte:02x}")).collect::<String>();
        json!({"msgtype": "image", "image": {"base64": BASE64_STANDARD.encode(png), "md5": md5}})
    }));
    messages
}

/// What its answer means.
pub(crate) fn judge(body: &[u8]) -> Result<(), TellError> {
    let Err((code, cause)) = verdict(body, &["errcode"], &["errmsg"]) else { return Ok(()) };
    Err(match code {
        45009 => refused(cause, "a robot takes 20 messages a minute; it is tried again", Some(A_MINUTE)),
        93000 | 93004 | 93008 | 40001 | 40013 | 40014 => {
            refused(cause, "the robot is gone, or its key is wrong: copy url again from its settings", None)
        }
        -1 => refused(cause, "check that url is of a robot of WeCom", None),
        _ => refused(cause, "see what WeCom says of this error, and check url", None),
    })
}
