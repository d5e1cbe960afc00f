//! One behaviour each, from the request to the answer.

use http::StatusCode;

use super::*;
use crate::caller::WeChatServer;

const NOW: u64 = 1_409_304_348;
const KEY: &str = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG";
const APP: &str = "wxb11529c136998cb6";

fn settings() -> Settings {
    Settings { aes_key: Some(KEY.into()), app_id: Some(APP.to_owned()), ..Settings::new("pamtest") }
}

fn site() -> Site {
    Site::new(&settings()).expect("the settings are right")
}

fn plain() -> WeChatServer {
    WeChatServer::new("pamtest", NOW)
}

fn encrypted() -> WeChatServer {
    plain().encrypted(KEY, APP).expect("the key is one")
}

fn moment(now: u64, random: u8) -> Moment {
    Moment { now: Duration::from_secs(now), random: [random; 24] }
}

fn ask(site: &Site, method: &Method, address: &str, body: &str) -> HttpReply {
    site.answer(moment(NOW, 1), method, &address.parse().expect("it is an address"), body.as_bytes())
}

fn get(site: &Site, address: &str) -> HttpReply {
    ask(site, &Method::GET, address, "")
}

fn post(site: &Site, (address, body): &(String, String)) -> HttpReply {
    ask(site, &Method::POST, address, body)
}

/// What comes back to the sender of a text.
fn heard(site: &Site, caller: &WeChatServer, call: &(String, String)) -> Option<String> {
    let answer = post(site, call);
    assert_eq!(answer.status, 200, "{answer:?}");
    let fields = caller.read(&answer.body).expect("WeChat can read it")?;
    assert_eq!(fields.get(XmlField::ToUserName), Some("oA"));
    assert_eq!(fields.get(XmlField::FromUserName), Some("gh_ossbot"));
    assert_eq!(fields.get(XmlField::CreateTime), Some(NOW.to_string().as_str()));
    assert_eq!(fields.get(XmlField::MsgType), Some("text"));
    fields.get(XmlField::Content).map(str::to_owned)
}

fn refusal(answer: &HttpReply) -> (u16, &'static str) {
    let Disposition::Refused(refusal) = answer.outcome else { panic!("it was not refused: {answer:?}") };
    (answer.status.as_u16(), refusal.label())
}

#[test]
fn the_published_signature_verifies_the_server() {
    let site =
        Site::new(&Settings { max_age: None, ..Settings::new("test") }).expect("the settings are right");
    let signature = "f21891de399b4e33a1a93c9a7b8a8fffb5a443ff";
    let address = format!("/?signature={signature}&timestamp=1410685589&nonce=test&echostr=4711%20%3C");
    let answer = get(&site, &address);
    assert_eq!((answer.status.as_u16(), answer.body.as_str()), (200, "4711 <"));
}

#[test]
fn the_published_message_is_opened() {
    let encrypt = "jn1L23DB+6ELqJ+6bruv21Y6MD7KeIfP82D6gU39rmkgczbWwt5+3bnyg5K55bgVtVzd832WzZGMhkP72vVOfg==";
    let signature = "82c962d39941aa48552f90ef55aa323dc620cc10";
    let address = format!("/?timestamp={NOW}&nonce=xxxxxx&encrypt_type=aes&msg_signature={signature}");
    let body = crate::protocol::write(&[(XmlField::Encrypt, encrypt)]);
    // Its text is no XML: to say so, one must have opened it.
    assert_eq!(refusal(&post(&site(), &(address, body))), (400, "xml"));
}

#[test]
fn ding_is_answered_by_dong_in_every_mode() {
    let (site, caller) = (site(), plain());
    assert_eq!(heard(&site, &caller, &caller.text("oA", "ding", 1)).as_deref(), Some("dong"));
    let caller = encrypted();
    assert_eq!(heard(&site, &caller, &caller.text("oA", "ding", 2)).as_deref(), Some("dong"));
    assert_eq!(heard(&site, &caller, &compatible("ding", 3)).as_deref(), Some("dong"));
}

/// Both plain and encrypted.
fn compatible(content: &str, id: u64) -> (String, String) {
    let (_, plain) = plain().text("oA", content, id);
    let (address, sealed) = encrypted().text("oA", content, id);
    let encrypt = sealed.split_once("<Encrypt>").expect("it is encrypted").1;
    (address, plain.replace("</xml>", &format!("<Encrypt>{encrypt}")))
}

#[test]
fn without_a_key_the_compatible_mode_is_read_in_plain() {
    let site = Site::new(&Settings::new("pamtest")).expect("the settings are right");
    assert_eq!(heard(&site, &plain(), &compatible("ding", 1)).as_deref(), Some("dong"));
    let encrypted = encrypted().text("oA", "ding", 2);
    assert_eq!(refusal(&post(&site, &encrypted)), (501, "no-key"));
}

#[test]
fn with_a_key_the_plain_part_of_the_compatible_mode_is_not_trusted() {
    let (address, body) = compatible("hello", 1);
    assert_eq!(heard(&site(), &encrypted(), &(address, body.replace("hello", "ding"))), None);
}

#[test]
fn other_texts_get_the_default_reply_or_success() {
    let call = plain().text("oA", "hello", 1);
    assert_eq!(heard(&site(), &plain(), &call), None);
    let talkative = Settings { default_reply: Some("a ]]> b".to_owned()), ..settings() };
    let site = Site::new(&talkative).expect("the settings are right");
    assert_eq!(heard(&site, &plain(), &call).as_deref(), Some("a ]]> b"));
    let caller = encrypted();
    assert_eq!(heard(&site, &caller, &caller.text("oA", "hello", 2)).as_deref(), Some("a ]]> b"));
}

#[test]
fn spaces_around_a_ding_do_not_count() {
    assert_eq!(heard(&site(), &plain(), &plain().text("oA", " ding\n", 1)).as_deref(), Some("dong"));
}

#[test]
fn events_get_success() {
    assert_eq!(post(&site(), &encrypted().event("oA")).body, "success");
}

#[test]
fn a_retry_gets_the_same_answer_to_the_byte() {
    for caller in [plain(), encrypted()] {
        let site = site();
        let first = post(&site, &caller.text("oA", "ding", 1));
        let (address, body) = caller.at(NOW + 5).text("oA", "ding", 1);
        let uri = address.parse().expect("it is an address");
        let second = site.answer(moment(NOW + 5, 2), &Method::POST, &uri, body.as_bytes());
        assert_eq!(first.body, second.body);
        assert_eq!(second.outcome, Disposition::Replied { repeated: true });
    }
}

#[test]
fn another_message_gets_another_answer() {
    let (site, caller) = (site(), encrypted());
    let (address, body) = caller.text("oA", "ding", 2);
    let first = post(&site, &caller.text("oA", "ding", 1));
    let uri = address.parse().expect("it is an address");
    let second = site.answer(moment(NOW, 2), &Method::POST, &uri, body.as_bytes());
    assert_ne!(first.body, second.body);
}

#[test]
fn a_sender_can_not_break_out_of_the_answer() {
    let name = "oA]]></ToUserName><Content>evil</Content><ToUserName>";
    let answer = post(&site(), &plain().text(name, "ding", 1));
    let fields = plain().read(&answer.body).expect("it is well-formed").expect("it is a message");
    assert_eq!(fields.get(XmlField::ToUserName), Some(name));
    assert_eq!(fields.get(XmlField::Content), Some("dong"));
}

#[test]
fn a_wrong_or_missing_signature_is_forbidden() {
    let site = site();
    let wrong = |(address, body): (String, String)| (address.replace("nonce=x", "nonce=y"), body);
    assert_eq!(refusal(&post(&site, &wrong(plain().text("oA", "ding", 1)))), (403, "signature"));
    assert_eq!(refusal(&post(&site, &wrong(encrypted().text("oA", "ding", 1)))), (403, "signature"));
    assert_eq!(
        refusal(&get(&site, &plain().verification("1").replace("nonce=x", "nonce=y"))),
        (403, "signature")
    );
    assert_eq!(refusal(&get(&site, "/")), (403, "signature"));
    assert_eq!(refusal(&post(&site, &("/".to_owned(), String::new()))), (403, "signature"));
}

#[test]
fn in_the_encrypted_mode_the_message_itself_must_be_signed() {
    let (_, body) = encrypted().text("oA", "ding", 1);
    let (address, _) = encrypted().text("oA", "dong", 2);
    assert_eq!(refusal(&post(&site(), &(address, body.clone()))), (403, "signature"));
    let address = plain().address(&[("encrypt_type", "aes")]);
    assert_eq!(refusal(&post(&site(), &(address, body))), (403, "signature"));
}

#[test]
fn a_message_signature_does_not_stand_in_for_that_of_plaintext() {
    let (_, body) = plain().text("oA", "ding", 1);
    let address = format!("/?timestamp={NOW}&nonce=xxxxxx&msg_signature=0");
    assert_eq!(refusal(&post(&site(), &(address, body))), (403, "signature"));
}

#[test]
fn a_replayed_call_is_forbidden() {
    let (site, caller) = (site(), encrypted());
    for timestamp in [NOW - 301, NOW + 301] {
        let caller = caller.clone().at(timestamp);
        assert_eq!(refusal(&post(&site, &caller.text("oA", "ding", 1))), (403, "age"));
        assert_eq!(refusal(&get(&site, &caller.verification("1"))), (403, "age"));
    }
    let patient = Site::new(&Settings { max_age: None, ..settings() }).expect("the settings are right");
    assert_eq!(post(&patient, &caller.at(0).text("oA", "ding", 1)).status, 200);
}

#[test]
fn a_message_for_another_app_id_is_forbidden() {
    let caller = plain().encrypted(KEY, "wxother").expect("the key is one");
    assert_eq!(refusal(&post(&site(), &caller.text("oA", "ding", 1))), (403, "app-id"));
}

#[test]
fn what_is_malformed_is_a_bad_request() {
    let site = site();
    let (_, fine) = plain().text("oA", "ding", 1);
    assert_eq!(refusal(&post(&site, &plain().body(b"<xml>"))), (400, "xml"));
    assert_eq!(refusal(&post(&site, &encrypted().body(b"<xml>"))), (400, "xml"));
    assert_eq!(refusal(&post(&site, &plain().body(b"<xml></xml>"))), (400, "message"));
    assert_eq!(refusal(&post(&site, &encrypted().sealed("*"))), (400, "envelope"));
    assert_eq!(refusal(&post(&site, &encrypted().blocks(&[[0; 16]; 2]))), (400, "envelope"));
    assert_eq!(
        refusal(&post(&site, &(plain().address(&[("encrypt_type", "rot13")]), fine.clone()))),
        (400, "query")
    );
    assert_eq!(refusal(&post(&site, &(plain().address(&[("encrypt_type", "aes")]), fine))), (400, "message"));
    assert_eq!(refusal(&get(&site, &plain().address(&[]))), (400, "query"));
}

#[test]
fn what_is_refused_is_not_remembered() {
    let (site, caller) = (site(), plain());
    let (address, body) = caller.text("oA", "hello", 1);
    post(&site, &(address.replace("nonce=x", "nonce=y"), body));
    assert_eq!(heard(&site, &caller, &caller.text("oA", "ding", 1)).as_deref(), Some("dong"));
}

#[test]
fn bodies_end_at_64_kib() {
    let (site, caller) = (site(), plain());
    let longest = |spare: usize| {
        let (address, body) = caller.text("oA", "ding", 1);
        let padding = " ".repeat(MAX_BODY - body.len() + spare);
        (address, body + &padding)
    };
    assert_eq!(post(&site, &longest(0)).status, 200);
    assert_eq!(refusal(&post(&site, &longest(1))), (413, "length"));
}

#[test]
fn the_body_of_a_stranger_is_not_even_read() {
    let site = site();
    let now = Duration::from_secs(NOW);
    let admit =
        |address: &str| site.admit(now, &Method::POST, &address.parse().expect("it is an address"), None);
    assert!(matches!(admit("/?signature=0"), Admission::Answered(_)));
    assert!(matches!(admit(&plain().at(0).address(&[])), Admission::Answered(_)));
    assert!(matches!(admit(&plain().address(&[])), Admission::Wanted(_)));
}

#[test]
fn other_methods_and_paths_are_told_so() {
    let site = site();
    let answer = ask(&site, &Method::PUT, &plain().verification("1"), "");
    assert_eq!(refusal(&answer), (405, "method"));
    assert!(answer.headers().any(|(name, value)| name == "allow" && value == "GET, POST"));
    assert_eq!(refusal(&ask(&site, &Method::HEAD, &plain().verification("1"), "")), (405, "method"));
    assert_eq!(refusal(&ask(&site, &Method::POST, "/metrics", "")), (405, "method"));
    for path in ["/wechat", "//", "/health", "/favicon.ico"] {
        assert_eq!(refusal(&get(&site, path)), (404, "path"), "{path}");
    }
}

#[test]
fn a_site_is_alive_and_ready_until_it_stops() {
    let site = site();
    assert_eq!(
        (get(&site, "/health/live").status, get(&site, "/health/ready").status),
        (StatusCode::OK, StatusCode::OK)
    );
    site.stop();
    assert_eq!(
        (get(&site, "/health/live").status, get(&site, "/health/ready").status),
        (StatusCode::OK, StatusCode::SERVICE_UNAVAILABLE)
    );
}

#[test]
fn figures_tell_what_became_of_requests() {
    let site = site();
    for call in [plain().text("oA", "ding", 1), plain().text("oA", "ding", 1), plain().event("oA")] {
        let answer = post(&site, &call);
        site.count(Duration::from_secs(NOW), &answer, Duration::from_millis(1));
    }
    let text = get(&site, "/metrics").body;
    for line in [
        "ha_wechaty_dong_requests_total{outcome=\"replied\"} 2",
        "ha_wechaty_dong_requests_total{outcome=\"silent\"} 1",
        "ha_wechaty_dong_requests_total{outcome=\"signature\"} 0",
        "ha_wechaty_dong_repeated_total 1",
        "ha_wechaty_dong_last_message_timestamp_seconds 1409304348",
        "ha_wechaty_dong_request_duration_seconds_count 3",
    ] {
        assert!(text.lines().any(|other| other == line), "{line} is missing in\n{text}");
    }
}

#[test]
fn no_answer_to_a_stranger_shows_what_he_sent() {
    let (address, body) = plain().text("<script>", "ding", 1);
    let answer = post(&site(), &(address.replace("nonce=x", "nonce=y"), body));
    assert_eq!(answer.body, "Forbidden");
}
