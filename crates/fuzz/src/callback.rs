//! The official account's callbacks: a stranger changes nothing and learns nothing, WeChat gets what it can read.
//!
//! An input's first byte says how far it gets without guessing a signature, the rest is what it does there.

use std::time::Duration;

use ha_wechaty_dong::{
    Settings, Site,
    caller::WeChatServer,
    protocol::{Query, XmlField, is_signed},
    site::{Disposition, HttpReply, MAX_BODY, Moment},
};
use http::{Method, Uri};

const TOKEN: &str = "pamtest";
const KEY: &str = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG";
const APP: &str = "wxb11529c136998cb6";
const NOW: u64 = 1_409_304_348;

/// Lets an input do its worst, at a site of its own, so that a finding can be repeated.
///
/// # Panics
/// Something does not hold.
pub fn challenge(input: &[u8]) {
    answer(&site(), input);
}

/// A site that knows all modes.
fn site() -> Site {
    let mut settings = Settings::new(TOKEN);
    settings.aes_key = Some(KEY.into());
    settings.app_id = Some(APP.to_owned());
    settings.default_reply = Some("a ]]> b".to_owned());
    Site::new(&settings).expect("the settings are right")
}

fn answer(site: &Site, input: &[u8]) {
    let Some((way, rest)) = input.split_first() else { return };
    let (plain, text) = (WeChatServer::new(TOKEN, NOW), String::from_utf8_lossy(rest));
    let sealed = plain.clone().encrypted(KEY, APP).expect("the key is one");
    let post = |caller: &WeChatServer, (address, body): (String, String)| Request {
        caller: caller.clone(),
        method: Method::POST,
        address,
        body: body.into_bytes(),
    };
    let request = match char::from(*way) {
        // A whole request: "METHOD address", a line feed, the body.
        'r' => match Request::parse(&plain, rest) {
            Some(request) => request,
            None => return,
        },
        // Parameters of a signed address, a line feed, the body.
        'q' => {
            let (more, body) = split(rest);
            let address = format!("{}&{}", plain.address(&[]), String::from_utf8_lossy(more));
            Request { caller: plain, method: Method::POST, address, body: body.to_vec() }
        }
        // The body of a signed call.
        'p' => {
            Request { address: plain.address(&[]), caller: plain, method: Method::POST, body: rest.to_vec() }
        }
        // The Encrypt of a signed call.
        'e' => post(&sealed, sealed.sealed(&text)),
        // What is sealed in it.
        's' => post(&sealed, sealed.body(rest)),
        // The blocks of its plain text.
        'b' => post(&sealed, sealed.blocks(rest.as_chunks().0)),
        // A text, encrypted.
        't' => post(&sealed, sealed.text("oA", &text, 1)),
        // A sender's name, in plain.
        'f' => post(&plain, plain.text(&text, "ding", 1)),
        _ => return,
    };
    request.check(site);
}

/// A request, and who made it.
struct Request {
    caller: WeChatServer,
    method: Method,
    address: String,
    body: Vec<u8>,
}

impl Request {
    fn parse(caller: &WeChatServer, text: &[u8]) -> Option<Self> {
        let (head, body) = split(text);
        let (method, address) = std::str::from_utf8(head).ok()?.split_once(' ')?;
        let method = method.parse().ok()?;
        Some(Self { caller: caller.clone(), method, address: address.to_owned(), body: body.to_vec() })
    }

    /// Makes the request, and again as WeChat's retry.
    fn check(&self, site: &Site) {
        let Ok(uri) = self.address.parse::<Uri>() else { return };
        let [first, again] = [1, 2].map(|random| {
            let moment = Moment { now: Duration::from_secs(NOW), random: [random; 24] };
            let answer = site.answer(moment, &self.method, &uri, &self.body);
            site.count(moment.now, &answer, Duration::ZERO);
            answer
        });
        let query = Query::parse(uri.query().unwrap_or_default());
        self.check_answer(&first, &query);
        if let Disposition::Replied { repeated } | Disposition::Silent { repeated } = again.outcome {
            assert!(repeated, "a retry is known");
            assert_eq!(first.body, again.body, "a retry gets the same answer");
        } else if again.outcome != Disposition::Watched {
            assert_eq!(first, again, "a request that changes nothing gets the same answer");
        }
    }

    fn check_answer(&self, answer: &HttpReply, query: &Query<'_>) {
        assert_eq!(answer.headers().count(), if answer.status == 405 { 3 } else { 2 });
        match answer.outcome {
            Disposition::Refused(refusal) => {
                assert_eq!(answer.status, refusal.status());
                let status = answer.status.canonical_reason().unwrap_or_default();
                assert_eq!(answer.body, status, "a refusal shows nothing of the request");
                assert!(matches!(answer.status.as_u16(), 400 | 403 | 404 | 405 | 413), "{answer:?}");
            }
            Disposition::Verified => assert!(is_ours(query), "strangers are not verified"),
            Disposition::Watched => assert_eq!(answer.status, 200),
            Disposition::Silent { .. } => {
                self.check_accepted(query);
                assert_eq!(answer.body, "success");
            }
            Disposition::Replied { .. } => {
                self.check_accepted(query);
                self.check_reply(answer, query);
            }
        }
    }

    fn check_accepted(&self, query: &Query<'_>) {
        assert!(is_ours(query) || query.msg_signature.is_some(), "strangers are not heard");
        assert!(self.body.len() <= MAX_BODY, "long bodies are not read");
    }

    /// WeChat can read it, and it says what we say and nothing else.
    fn check_reply(&self, answer: &HttpReply, query: &Query<'_>) {
        let caller = match query.encrypt_type.as_deref() {
            Some("aes") => self.caller.clone().encrypted(KEY, APP).expect("the key is one"),
            _ => self.caller.clone(),
        };
        let fields = caller.read(&answer.body).expect("WeChat can read it").expect("it is a message");
        assert!(matches!(fields.get(XmlField::Content), Some("dong" | "a ]]> b")), "{answer:?}");
        assert_eq!(fields.get(XmlField::MsgType), Some("text"));
        assert_eq!(fields.get(XmlField::MsgId), None);
        assert!(fields.get(XmlField::ToUserName).is_some_and(|user| (1..=128).contains(&user.len())));
    }
}

fn is_ours(query: &Query<'_>) -> bool {
    is_signed(query.signature.as_deref().unwrap_or_default(), [TOKEN, &query.timestamp, &query.nonce])
}

/// The first line, and the rest.
fn split(text: &[u8]) -> (&[u8], &[u8]) {
    let end = text.iter().position(|byte| *byte == b'\n').unwrap_or(text.len());
    (&text[..end], text.get(end + 1..).unwrap_or_default())
}
