//! Webhooks and robots: what they get, and what becomes of each answer.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use axum::http::{HeaderMap, HeaderValue, StatusCode};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use ha_wechaty_config::{Language, Robot, Secret};
use ha_wechaty_core::{AlarmKind, AlarmStep};
use serde_json::{Value, json};
use tokio::{io::AsyncReadExt as _, net::TcpListener};

use super::{
    receiver::{Posted, Receives},
    scan,
};
use crate::{
    News, TellError,
    batch::Taken,
    post::{Receiver, to_robot, to_webhook},
    sign,
    words::tests::alarm,
};

const PATH: &str = "/hooks/swordfish?key=tunafish1";

/// Posts by a robot's format, or by none to a webhook.
async fn tell_at(at: &str, robot: Option<Robot>, secret: Option<&str>, news: &News) -> Result<(), TellError> {
    let (url, secret) = (Secret::new(format!("http://{at}{PATH}")), secret.map(Secret::new));
    let within = Duration::from_secs(10);
    let receiver = Receiver { url: &url, secret: secret.as_ref(), ca: None, within };
    match robot {
        Some(robot) => to_robot(robot, receiver, news, Language::Chinese).await,
        None => to_webhook(receiver, news, &Taken::default()).await,
    }
}

async fn tell(receives: &Receives, robot: Option<Robot>, secret: Option<&str>) -> Result<(), TellError> {
    tell_at(&receives.at.to_string(), robot, secret, &scan()).await
}

/// What it got from a robot's format, once.
async fn got(robot: Robot, secret: Option<&str>, answer: &'static str) -> Posted {
    let receives = Receives::always(200, answer).await;
    tell(&receives, Some(robot), secret).await.expect("it is taken");
    receives.posted().remove(0)
}

/// Why it failed, if this was answered; no secret of the address is ever in it.
async fn failed(robot: Option<Robot>, status: u16, answer: &'static str) -> TellError {
    let receives = Receives::always(status, answer).await;
    let error = tell(&receives, robot, Some("catfish-catfish")).await.expect_err("it was not taken");
    let told = error.to_string();
    assert!(!["swordfish", "tunafish", "catfish"].iter().any(|it| told.contains(it)), "{told}");
    error
}

fn header<'a>(posted: &'a Posted, name: &str) -> &'a str {
    posted.headers.get(name).expect("it is there").to_str().expect("text")
}

#[tokio::test]
async fn a_webhook_gets_an_event_for_each_alarm_signed_as_standard_webhooks_has_it() {
    let receives = Receives::always(204, "").await;
    let secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    let mut news = scan();
    news.alarms.push(alarm(13, AlarmKind::Offline, AlarmStep::Closed));
    for _ in 0..2 {
        tell_at(&receives.at.to_string(), None, Some(secret), &news).await.expect("they are taken");
    }
    let posted = receives.posted();
    let ids: Vec<_> = posted.iter().map(|it| header(it, "webhook-id")).collect();
    assert_eq!(ids[..2], ids[2..], "the same each time");
    assert_eq!(ids[..2], ["alarm-shop-1700000000000-12-3", "alarm-shop-1700000000000-13-3"]);
    for it in &posted {
        let timestamp: u64 = header(it, "webhook-timestamp").parse().expect("seconds");
        let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970").as_secs();
        assert!(now - timestamp < 60, "{timestamp}");
        let signature = sign::standard(secret, header(it, "webhook-id"), timestamp, &it.bytes);
        assert_eq!(header(it, "webhook-signature"), signature);
        assert_eq!(header(it, "content-type"), "application/json; charset=utf-8");
        assert_eq!(it.uri.to_string(), PATH);
    }
    let events: Vec<Value> = posted.iter().map(Posted::json).collect();
    assert_eq!((&events[0]["type"], &events[1]["type"]), (&json!("alarm.opened"), &json!("alarm.closed")));
    assert_eq!(events[0]["data"]["alarm"]["kind"], "account-scan");
    let links = json!([{"account": "south", "url": "https://gateway.example/l/0123"}]);
    assert_eq!(events[0]["data"]["links"], links);
    assert_eq!(events[1]["data"]["links"], json!([]));
}

#[tokio::test]
async fn what_a_webhook_has_taken_is_not_posted_again_and_one_that_it_never_takes_is_passed() {
    let receives = Receives::by(|nth| (if nth == 1 { 400 } else { 204 }, String::new())).await;
    let url = Secret::new(format!("http://{}{PATH}", receives.at));
    let receiver = Receiver { url: &url, secret: None, ca: None, within: Duration::from_secs(10) };
    let mut news = scan();
    news.alarms.extend([13, 14].map(|id| alarm(id, AlarmKind::Clock, AlarmStep::Opened)));
    let taken = Taken::default();
    let error = to_webhook(receiver, &news, &taken).await.expect_err("one was refused");
    assert!(error.to_string().contains("HTTP 400"), "{error}");
    to_webhook(receiver, &news, &taken).await.expect("the rest is taken");
    let ids: Vec<_> = receives.posted().iter().map(|it| it.json()["data"]["alarm"]["id"].clone()).collect();
    assert_eq!(ids, [12, 13, 14, 13]);
    // What has arrived is forgotten then.
    to_webhook(receiver, &news, &taken).await.expect("all is taken");
    assert_eq!(receives.posted().len(), 7);
}

#[tokio::test]
async fn without_a_secret_nothing_is_signed() {
    let receives = Receives::always(200, "").await;
    tell(&receives, None, None).await.expect("it is taken");
    assert!(!receives.posted()[0].headers.contains_key("webhook-signature"));
}

/// The keys of a JSON, and what its texts, numbers and lists are, so that one example can be held against another.
fn shape(value: &Value) -> Value {
    match value {
        Value::Object(map) => map.iter().map(|(key, value)| (key.clone(), shape(value))).collect(),
        Value::Array(list) => list.iter().map(shape).collect(),
        Value::String(_) => "text".into(),
        Value::Number(_) => "number".into(),
        Value::Bool(_) => "yes or no".into(),
        Value::Null => Value::Null,
    }
}

#[tokio::test]
async fn the_example_of_the_documentation_is_what_is_posted() {
    let text = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/webhooks.md"));
    let example = text.split("```json\n").nth(1).and_then(|it| it.split("```").next()).expect("an example");
    let example: Value = serde_json::from_str(example).expect("JSON");
    let receives = Receives::always(200, "").await;
    tell(&receives, None, None).await.expect("it is taken");
    assert_eq!(shape(&example), shape(&receives.posted()[0].json()));
    for step in AlarmStep::ALL {
        assert!(text.contains(&format!("| `alarm.{step}` |")), "{step} is described");
    }
    for kind in AlarmKind::ALL {
        // Two are raised by nothing.
        let is_raised = !matches!(kind, AlarmKind::PaceLimit | AlarmKind::QueueFull);
        assert_eq!(text.contains(&format!("| `{kind}` |")), is_raised, "{kind}");
    }
}

#[tokio::test]
async fn robots_get_what_their_pages_describe() {
    let wecom = Receives::always(200, r#"{"errcode":0,"errmsg":"ok"}"#).await;
    tell(&wecom, Some(Robot::Wecom), None).await.expect("it is taken");
    let [text, picture] = &wecom.posted()[..] else { panic!("a text and a picture") };
    assert_eq!(text.json()["msgtype"], "text");
    let content = text.json()["text"]["content"].as_str().expect("a text").to_owned();
    assert!(
        content.contains("有账号需要扫码登录") && content.contains("https://gateway.example/l/0123"),
        "{content}"
    );
    let image =
        json!({"base64": BASE64_STANDARD.encode(b"\x89PNG"), "md5": "d5d19f2d0c7a2a7a6a2d5e1c7a0b4a0e"});
    assert_eq!(picture.json()["image"]["base64"], image["base64"]);
    assert_eq!(picture.json()["image"]["md5"].as_str().map(str::len), Some(32));

    let slack = got(Robot::Slack, None, "ok").await.json();
    assert!(slack["text"].as_str().is_some_and(|it| it.starts_with("HAWechaty shop ")), "{slack}");
    assert_eq!(
        (&slack["blocks"][0]["type"], &slack["blocks"][1]["text"]["type"]),
        (&json!("header"), &json!("mrkdwn"))
    );
}

#[tokio::test]
async fn dingtalk_is_signed_in_the_query_and_feishu_in_the_body() {
    let posted = got(Robot::Dingtalk, Some("SEC1"), r#"{"errcode":0,"errmsg":"ok"}"#).await;
    let query: std::collections::BTreeMap<_, _> =
        form_urlencoded::parse(posted.uri.query().expect("a query").as_bytes()).into_owned().collect();
    assert_eq!(query["key"], "tunafish1", "the robot's own stays");
    assert_eq!(query["timestamp"].len(), 13, "milliseconds");
    assert_eq!(query["sign"], sign::dingtalk("SEC1", query["timestamp"].parse().expect("a number")));
    assert_eq!(posted.json()["msgtype"], "markdown");

    let feishu = got(Robot::Feishu, Some("key"), r#"{"code":0,"msg":"success","data":{}}"#).await.json();
    let timestamp = feishu["timestamp"].as_str().expect("a text");
    assert_eq!(timestamp.len(), 10, "seconds");
    assert_eq!(feishu["sign"], json!(sign::feishu("key", timestamp.parse().expect("a number"))));
    assert_eq!(feishu["msg_type"], "text");
    got(Robot::Feishu, None, r#"{"StatusCode":0,"StatusMessage":"success"}"#).await;
}

#[tokio::test]
async fn an_error_in_a_robots_answer_is_a_failure_with_its_text_and_a_remedy() {
    for (robot, answer, told) in [
        (
            Robot::Wecom,
            r#"{"errcode":93000,"errmsg":"invalid webhook url"}"#,
            "error 93000: invalid webhook url: the robot is gone",
        ),
        (
            Robot::Dingtalk,
            r#"{"errcode":310000,"errmsg":"sign not match"}"#,
            "error 310000: sign not match: its security settings",
        ),
        (
            Robot::Feishu,
            r#"{"code":19024,"msg":"Key Words Not Found"}"#,
            "make HAWechaty one of its keywords",
        ),
        (
            Robot::Feishu,
            r#"{"code":19021,"msg":"sign match fail"}"#,
            "into secret, and check this machine's clock",
        ),
        (Robot::Wecom, "<html>welcome</html>", "none of a robot's: check that url is of a robot of WeCom"),
        (Robot::Feishu, r#"{"ok":true}"#, "no code of a robot's: check that url is of a robot of Feishu"),
        (Robot::Dingtalk, r#"{"errcode":1,"errmsg":"at /hooks/swordfish?key=tunafish1"}"#, "error 1: at …"),
    ] {
        let error = failed(Some(robot), 200, answer).await;
        assert!(error.to_string().contains(told), "{error}");
    }
    let error =
        failed(Some(Robot::Wecom), 200, r#"{"errcode":45009,"errmsg":"api freq out of limit"}"#).await;
    assert_eq!(error.retry_after(), Some(Duration::from_secs(60)));
}

#[tokio::test]
async fn each_status_says_what_to_do() {
    for (status, told) in [
        (401, "it answered HTTP 401: no: check secret, and who may post there"),
        (403, "check secret"),
        (404, "nothing is at this path: check url"),
        (301, "it has moved: set url to where it is now"),
        (400, "it does not take this format"),
        (500, "see the receiver's log; it is tried again"),
    ] {
        let error = failed(None, status, "no").await;
        assert!(error.to_string().contains(told), "{error}");
    }
    let error = failed(Some(Robot::Slack), 404, "no_service at /hooks/swordfish, catfish-catfish").await;
    assert!(
        error.to_string().contains("no_service at …, …") || error.to_string().contains("/hooks/…, …"),
        "{error}"
    );
    let receives = Receives::with(|_| {
        let headers =
            HeaderMap::from_iter([(axum::http::header::RETRY_AFTER, HeaderValue::from_static("90"))]);
        (StatusCode::TOO_MANY_REQUESTS, headers, String::new())
    })
    .await;
    let error = tell(&receives, None, None).await.expect_err("it is too much");
    assert_eq!(error.retry_after(), Some(Duration::from_secs(90)), "{error}");
}

#[tokio::test]
async fn who_hangs_or_hangs_up_is_told_of() {
    let silent = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let at = silent.local_addr().expect("bound").to_string();
    let url = Secret::new(format!("http://{at}{PATH}"));
    let receiver = Receiver { url: &url, secret: None, ca: None, within: Duration::from_millis(50) };
    let error = to_webhook(receiver, &scan(), &Taken::default()).await.expect_err("nobody answers");
    assert!(error.to_string().contains("did not answer in 0 s: check that it runs"), "{error}");
    let hangs_up = tokio::spawn(async move {
        // The one before is in line still.
        for _ in 0..2 {
            let (mut socket, _) = silent.accept().await.expect("a connection");
            let _ = socket.read(&mut [0; 16]).await;
        }
    });
    let error = tell_at(&at, None, None, &scan()).await.expect_err("it hangs up");
    assert!(
        error.to_string().contains("gave no whole answer") && !error.to_string().contains("swordfish"),
        "{error}"
    );
    hangs_up.await.expect("it ran");
    let error = tell_at(&at, None, None, &scan()).await.expect_err("nobody is there");
    assert!(error.to_string().contains("it refuses the connection"), "{error}");
}

#[tokio::test]
async fn no_message_is_larger_than_its_receiver_takes() {
    let alarms = (0..80).map(|id| {
        let mut alarm = alarm(id, AlarmKind::Scan, AlarmStep::Opened);
        alarm.text = "微信<&>*_".repeat(60);
        alarm.cause = alarm.text.clone();
        alarm
    });
    let news = News::new("店".repeat(20), "shop-1700000000000", alarms.collect());
    for (robot, answer, most) in [
        (Robot::Wecom, r#"{"errcode":0}"#, usize::MAX),
        (Robot::Dingtalk, r#"{"errcode":0}"#, 20_000),
        (Robot::Feishu, r#"{"code":0}"#, 20 << 10),
        (Robot::Slack, "ok", usize::MAX),
    ] {
        let receives = Receives::always(200, answer).await;
        tell_at(&receives.at.to_string(), Some(robot), Some("s"), &news).await.expect("it is taken");
        let posted = receives.posted().remove(0);
        assert!(posted.bytes.len() <= most, "{robot:?}: {}", posted.bytes.len());
        let message = posted.json();
        if let Some(content) = message["text"]["content"].as_str() {
            assert!(content.len() <= 2_048 && content.contains("另有"), "{}", content.len());
        }
        for block in message["blocks"].as_array().into_iter().flatten() {
            let text = block["text"]["text"].as_str().expect("a text");
            assert!(text.chars().count() <= 3_000 && !text.contains("微信<"), "{}", text.chars().count());
        }
        assert!(message["blocks"].as_array().is_none_or(|it| it.len() == 50));
    }
}
