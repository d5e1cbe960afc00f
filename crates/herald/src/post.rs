//! What is posted, and what answers mean. Robots answer 200 with an error in the body, which is a failure as any other.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use ha_wechaty_config::{Language, PemFile, Robot, Secret};
use ha_wechaty_transport::client::{Question, Replied, post};
use ha_wechaty_wire::tls::Trust;
use http::{HeaderMap, HeaderName, HeaderValue, header};
use serde_json::Value;

use crate::{
    batch::Taken,
    cut::cut,
    error::TellError,
    format::{dingtalk, feishu, json, slack, wecom},
    news::News,
    sign,
};

/// How long it may be, in bytes.
const LONGEST: usize = 64 << 10;
/// So much is told of one that is no, in bytes.
const TOLD: usize = 160;
/// No receiver may keep people waiting for longer.
const LATEST: Duration = Duration::from_secs(3_600);

/// Where something is posted, and who vouches for it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Receiver<'a> {
    pub(crate) url: &'a Secret,
    pub(crate) secret: Option<&'a Secret>,
    pub(crate) ca: Option<&'a PemFile>,
    /// How long an answer may take.
    pub(crate) within: Duration,
}

/// Posts an event for each alarm that has not been taken, signed if there is a secret.
pub(crate) async fn to_webhook(receiver: Receiver<'_>, news: &News, taken: &Taken) -> Result<(), TellError> {
    let mut batch = taken.begin(news);
    for alarm in batch.rest() {
        let now = SystemTime::now();
        let seconds = now.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
        let (id, at) = (json::id(news, alarm), humantime::format_rfc3339_seconds(now).to_string());
        let body = serde_json::to_vec(&json::AlarmEvent::new(news, alarm, at)).unwrap_or_default();
        let mut headers = HeaderMap::new();
        let mut put = |name: &'static str, value: String| {
            if let Ok(value) = HeaderValue::from_str(&value) {
                headers.insert(HeaderName::from_static(name), value);
            }
        };
        if let Some(secret) = receiver.secret {
            put("webhook-signature", sign::standard(secret.reveal(), &id, seconds, &body));
        }
        put("webhook-timestamp", seconds.to_string());
        put("webhook-id", id);
        let replied = ask(receiver, receiver.url.reveal(), headers, body).await;
        let end = replied.and_then(|replied| accept(&replied, receiver, "secret"));
        batch.note(alarm, end)?;
    }
    batch.end()
}

/// Posts a message, or some, in a robot's format.
pub(crate) async fn to_robot(
    robot: Robot,
    receiver: Receiver<'_>,
    news: &News,
    language: Language,
) -> Result<(), TellError> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let (url, secret) = (receiver.url.reveal(), receiver.secret.map(Secret::reveal));
    let say = async |url: &str, message: &Value| {
        let body = serde_json::to_vec(message).unwrap_or_default();
        let replied = ask(receiver, url, HeaderMap::new(), body).await?;
        accept(&replied, receiver, "url").map(|()| replied.body)
    };
    // The robot's words may hold what was posted.
    let veiled = |error: TellError| {
        let TellError::Refused { cause, remedy, retry_after } = error else { return error };
        TellError::Refused { cause: veil(&cause, receiver), remedy, retry_after }
    };
    match robot {
        Robot::Wecom => {
            let messages = wecom::messages(news, language);
            for (index, message) in messages.iter().enumerate() {
                let said = say(url, message).await.and_then(|body| wecom::judge(&body).map_err(veiled));
                match said {
                    Ok(()) => {}
                    // The words are said; without the picture there is still the link.
                    Err(error) if index > 0 => {
                        tracing::warn!(%error, "WeCom did not take the picture of a code");
                    }
                    Err(error) => return Err(error),
                }
            }
            Ok(())
        }
        Robot::Dingtalk => {
            let url = dingtalk::signed(url, secret, now.as_millis());
            let body = say(&url, &dingtalk::message(news, language)).await?;
            dingtalk::judge(&body).map_err(veiled)
        }
        Robot::Feishu => {
            let body = say(url, &feishu::message(news, language, secret, now.as_secs())).await?;
            feishu::judge(&body).map_err(veiled)
        }
        Robot::Slack => say(url, &slack::message(news, language)).await.map(|_| ()),
    }
}

async fn ask(
    receiver: Receiver<'_>,
    url: &str,
    mut headers: HeaderMap,
    body: Vec<u8>,
) -> Result<Replied, TellError> {
    let uri = url.parse().map_err(|_| ha_wechaty_transport::client::AskError::Address)?;
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json; charset=utf-8"));
    headers.insert(
        header::USER_AGENT,
        HeaderValue::from_static(concat!("ha-wechaty/", env!("CARGO_PKG_VERSION"))),
    );
    let trust = Trust::Public(receiver.ca.map(|ca| ca.bytes().to_vec()).unwrap_or_default());
    let question =
        Question { uri, headers, body: Bytes::from(body), trust, within: receiver.within, longest: LONGEST };
    Ok(post(question).await?)
}

/// Whether an answer is a yes; `key` is what a receiver knows us by.
fn accept(replied: &Replied, receiver: Receiver<'_>, key: &str) -> Result<(), TellError> {
    let status = replied.status;
    if status.is_success() {
        return Ok(());
    }
    let said = veil(&String::from_utf8_lossy(&replied.body), receiver);
    let words = said.split_whitespace().collect::<Vec<_>>().join(" ");
    let about = if words.is_empty() { String::new() } else { format!(": {}", cut(&words, TOLD)) };
    let remedy = match status.as_u16() {
        401 | 403 => format!("check {key}, and who may post there"),
        404 | 410 => String::from("nothing is at this path: check url, or make a new one"),
        413 => String::from("the receiver takes less than an alarm has: raise its limit"),
        429 => String::from("it asks for less; it is tried again"),
        300..400 => String::from("it has moved: set url to where it is now"),
        400..500 => String::from("it does not take this format: check `to` and url"),
        _ => String::from("see the receiver's log; it is tried again"),
    };
    let retry_after = replied.retry_after.map(|it| it.min(LATEST));
    Err(TellError::Refused {
        cause: format!("it answered HTTP {}{about}", status.as_u16()),
        remedy,
        retry_after,
    })
}

/// A receiver's words without what of its address, and of the secret, is nobody's business.
fn veil(words: &str, receiver: Receiver<'_>) -> String {
    let url = receiver.url.reveal();
    let path = url.split_once("://").map_or(url, |(_, rest)| rest);
    let path = path.find(['/', '?']).map_or("", |at| &path[at..]);
    let mut secrets: Vec<&str> = path.split(['/', '?', '&', '=']).filter(|it| it.len() >= 8).collect();
    secrets.extend(receiver.secret.map(Secret::reveal).filter(|it| !it.is_empty()));
    secrets.extend((path.len() > 1).then_some(path));
    // The longest first: one may be a part of another.
    secrets.sort_by_key(|it| std::cmp::Reverse(it.len()));
    secrets.iter().fold(words.to_owned(), |words, secret| words.replace(secret, "…"))
}
