//! What operators see in a browser.

use std::time::Duration;

use ha_wechaty::config::Secret;
use ha_wechaty_sim::Fault;
use ha_wechaty_testkit::{House, wait};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::timeout,
};

/// What a browser sends with each request for a page.
pub(crate) const BROWSER: &str = "Accept: text/html,*/*;q=0.8\r\nAccept-Language: en\r\n";
/// `admin:sesame`, as a browser says it.
const SESAME: &str = "Authorization: Basic YWRtaW46c2VzYW1l\r\n";

/// Asks as it is written, and gives back the head of the answer and its text.
pub(crate) async fn ask(house: &House, method: &str, path: &str, headers: &str) -> (String, String) {
    let mut socket = open(house, method, path, &format!("{headers}Connection: close\r\n")).await;
    let mut heard = Vec::new();
    socket.read_to_end(&mut heard).await.expect("an answer");
    let heard = String::from_utf8(heard).expect("text");
    let (head, text) = heard.split_once("\r\n\r\n").expect("a head");
    (head.to_ascii_lowercase(), text.to_owned())
}

pub(crate) async fn open(house: &House, method: &str, path: &str, headers: &str) -> TcpStream {
    let addr = house.gateway.admin_addr().expect("an admin's port");
    let mut socket = TcpStream::connect(addr).await.expect("it listens");
    let said = format!("{method} {path} HTTP/1.1\r\nHost: {addr}\r\n{headers}\r\n");
    socket.write_all(said.as_bytes()).await.expect("it hears");
    socket
}

/// Reads on until there is so much of a text.
pub(crate) async fn until(socket: &mut TcpStream, wanted: &str, times: usize) -> String {
    let mut heard = Vec::new();
    let reading = async {
        while String::from_utf8_lossy(&heard).matches(wanted).count() < times {
            let mut piece = [0; 1024];
            let count = socket.read(&mut piece).await.expect("it goes on");
            assert!(count > 0, "it ended: {}", String::from_utf8_lossy(&heard));
            heard.extend(&piece[..count]);
        }
    };
    timeout(Duration::from_secs(20), reading).await.expect("it comes");
    String::from_utf8_lossy(&heard).into_owned()
}

pub(crate) fn code(head: &str) -> &str {
    head.split(' ').nth(1).unwrap_or_default()
}

#[tokio::test]
async fn every_page_is_there_and_strict() {
    let house = House::new().await;
    let mut bot = house.bot().await;
    bot.say(house.room.id(), "words of a message").await.expect("sent");
    for (path, told) in [
        ("/", "ossbot is available: 3 of 3 accounts get work"),
        ("/accounts/north", "north: available"),
        ("/rooms", "north, south, west"),
        ("/audit", "Who did what"),
        ("/bots", "everything"),
        ("/alarms", "None is open."),
        ("/history", "Availability: ossbot (team)"),
        ("/history?about=account&name=north&days=90", "Availability: north"),
        // Neither is a gateway's that a test holds.
        ("/log", "It is not kept here"),
        ("/config", "this gateway was started by a program"),
        ("/runbook", "<h3 id=\"scan\">"),
        ("/sends", "MessageSend"),
        ("/sends?bot=&account=&outcome=sent&how=&conversation=&since=1h", house.room.id()),
    ] {
        let (head, text) = ask(&house, "GET", path, BROWSER).await;
        assert_eq!(code(&head), "200", "{path}: {head}");
        assert!(text.contains(told) || told == "MessageSend" && text.contains("SendText"), "{path}: {text}");
        // The runbook says how tokens begin.
        let has_token = text.contains("insecure_") && path != "/runbook";
        assert!(!text.contains("words of a message") && !has_token, "{path}: {text}");
        assert!(
            !text.contains(" style=") && !text.contains("<style") && !text.contains(" onclick"),
            "{path}"
        );
        for header in [
            "content-security-policy: default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; \
             connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
            "x-content-type-options: nosniff",
            "referrer-policy: same-origin",
            "cache-control: no-store",
            "content-type: text/html; charset=utf-8",
        ] {
            assert!(head.contains(header), "{path} has no {header}: {head}");
        }
    }
    for (path, kind) in [("/page.css", "text/css"), ("/page.js", "text/javascript")] {
        let (head, _) = ask(&house, "GET", path, "Accept: */*\r\n").await;
        assert!(code(&head) == "200" && head.contains(kind), "{head}");
    }
}

#[tokio::test]
async fn what_is_not_there_is_said_and_what_helps() {
    let house = House::new().await;
    for (path, told) in
        [("/accounts/nobody", "north, south, west"), ("/accounts/%3Cscript%3E", "&#60;script&#62;")]
    {
        let (head, text) = ask(&house, "GET", path, BROWSER).await;
        assert!(code(&head) == "404" && head.contains("text/html") && text.contains(told), "{head}\n{text}");
    }
    let (head, text) = ask(&house, "GET", "/nothing", BROWSER).await;
    assert!(code(&head) == "404" && head.contains("nosniff") && text.contains("no page /nothing"), "{text}");
    let (head, text) = ask(&house, "GET", "/sends?outcome=perhaps", BROWSER).await;
    assert!(code(&head) == "400" && text.contains("role=\"alert\""), "{head}\n{text}");
}

#[tokio::test]
async fn programs_are_answered_as_before_and_a_terminal_as_text() {
    let house = House::new().await;
    for path in ["/rooms", "/sends"] {
        let (head, text) = ask(&house, "GET", path, "Accept: */*\r\n").await;
        assert!(code(&head) == "200" && head.contains("content-type: application/json"), "{head}");
        serde_json::from_str::<serde_json::Value>(&text).expect("JSON");
    }
    let (head, text) = ask(&house, "GET", "/", "Accept: */*\r\n").await;
    assert!(head.contains("text/plain") && text.contains("3 of 3 accounts get work"), "{head}\n{text}");
}

#[tokio::test]
async fn the_page_speaks_chinese_to_who_reads_it() {
    let house = House::new().await;
    let chinese = "Accept: text/html\r\nAccept-Language: zh-CN,zh;q=0.9,en;q=0.8\r\n";
    let (_, text) = ask(&house, "GET", "/", chinese).await;
    assert!(
        text.contains("<html lang=\"zh-CN\">") && text.contains("可用：3 个账号中有 3 个在工作"),
        "{text}"
    );
}

#[tokio::test]
async fn with_a_password_no_page_is_shown_without_it() {
    let house = House::with(|config| config.admin.password = Some(Secret::new("sesame"))).await;
    for path in ["/", "/accounts/north", "/rooms", "/sends", "/events", "/page.js", "/nothing"] {
        let (head, text) = ask(&house, "GET", path, "").await;
        assert!(
            code(&head) == "401" && head.contains("nosniff") && !text.contains("north"),
            "{path}: {head}"
        );
        let (head, text) = ask(&house, "GET", path, BROWSER).await;
        let to = format!("location: /login?to={}\r", path.replace('/', "%2f"));
        assert!(code(&head) == "303" && head.contains(&to) && text.is_empty(), "{path}: {head}");
    }
    let shown = format!("{BROWSER}{SESAME}");
    assert_eq!(code(&ask(&house, "GET", "/", &shown).await.0), "200");
    let (head, _) = ask(&house, "GET", "/", &format!("{shown}Origin: http://evil.example\r\n")).await;
    assert_eq!(code(&head), "403");
}

#[tokio::test]
async fn an_open_page_is_told_of_changes_and_few_may_listen() {
    let house = House::new().await;
    let mut listeners = Vec::new();
    for _ in 0..32 {
        let mut socket = open(&house, "GET", "/events", "").await;
        let heard = until(&mut socket, "event: changed", 1).await;
        assert!(heard.contains("text/event-stream"), "{heard}");
        listeners.push(socket);
    }
    let (head, _) = ask(&house, "GET", "/events", "").await;
    assert!(code(&head) == "503" && head.contains("retry-after"), "{head}");
    house.phones[0].fail(Fault::Drop);
    house.until("it is missed", || house.gateway.routing().available().len() == 2).await;
    until(&mut listeners[31], "event: changed", 1).await;
    // Whoever goes makes room.
    listeners.clear();
    wait::until_some("there is room again", async || {
        let mut socket = open(&house, "GET", "/events", "Connection: close\r\n").await;
        let heard = until(&mut socket, "\r\n\r\n", 1).await;
        heard.starts_with("HTTP/1.1 200").then_some(())
    })
    .await;
}

#[tokio::test]
async fn open_pages_do_not_hold_up_the_end() {
    let mut house = House::new().await;
    let mut socket = open(&house, "GET", "/events", "").await;
    until(&mut socket, "event: changed", 1).await;
    let began = std::time::Instant::now();
    house.shut_down().await;
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
    let mut rest = Vec::new();
    socket.read_to_end(&mut rest).await.expect("it ends in good order");
}

/// The token of the forms on a page.
pub(crate) async fn token(house: &House, path: &str, headers: &str) -> String {
    let (head, text) = ask(house, "GET", path, headers).await;
    let (_, rest) =
        text.split_once("name=\"csrf\" value=\"").unwrap_or_else(|| panic!("no form: {head}\n{text}"));
    rest.split('"').next().unwrap_or_default().to_owned()
}

/// A form of a page of ours, sent: with what it says, and its token.
async fn press(house: &House, path: &str, form: &str, more: &str) -> (String, String) {
    let form = format!("{form}&csrf={}", token(house, "/accounts/north", BROWSER).await);
    post(house, path, &form, more).await
}

/// A form as it is, sent.
pub(crate) async fn post(house: &House, path: &str, form: &str, more: &str) -> (String, String) {
    let addr = house.gateway.admin_addr().expect("an admin's port");
    let mut socket = TcpStream::connect(addr).await.expect("it listens");
    let length = form.len();
    let said = format!(
        "POST {path} HTTP/1.1\r\nHost: {addr}\r\n{BROWSER}Content-Type: application/x-www-form-urlencoded\r\n{more}\
         Content-Length: {length}\r\nConnection: close\r\n\r\n{form}"
    );
    socket.write_all(said.as_bytes()).await.expect("it hears");
    let mut heard = String::new();
    socket.read_to_string(&mut heard).await.expect("an answer");
    let (head, text) = heard.split_once("\r\n\r\n").expect("a head");
    (head.to_ascii_lowercase(), text.to_owned())
}

#[tokio::test]
async fn an_account_is_drained_by_its_page_once_that_is_said_twice() {
    let house = House::new().await;
    let own = format!("Origin: http://{}\r\n", house.gateway.admin_addr().expect("an admin's port"));
    let usable = || house.gateway.routing().available().len();
    let (path, form) = ("/accounts/north/hand", "hand=drain&why=new+%3Cphone%3E&for=30m");
    let (head, text) = press(&house, path, form, &own).await;
    assert!(code(&head) == "200" && text.contains("It gets no new work"), "{head}\n{text}");
    assert!(text.contains("value=\"new &#60;phone&#62;\"") && usable() == 3, "{text}");
    for stranger in
        ["", "Origin: http://evil.example\r\n", "Sec-Fetch-Site: cross-site\r\nSec-Fetch-Mode: navigate\r\n"]
    {
        let (head, _) = press(&house, path, &format!("{form}&sure=1"), stranger).await;
        assert_eq!((code(&head), usable()), ("403", 3), "{stranger}");
    }
    let (head, _) = press(&house, path, &format!("{form}&sure=1"), &own).await;
    assert!(code(&head) == "303" && head.contains("location: /accounts/north"), "{head}");
    house.until("it gets no work", || usable() == 2).await;
    let (_, text) = ask(&house, "GET", "/accounts/north", BROWSER).await;
    assert!(text.contains("value=\"resume\"") && !text.contains("value=\"drain\""), "{text}");
    assert!(text.contains("new &#60;phone&#62;") && text.contains("north: draining"), "{text}");
    let (head, _) = press(&house, path, "hand=resume&sure=1", &own).await;
    assert_eq!(code(&head), "303");
    house.until("it gets work again", || usable() == 3).await;
}

#[tokio::test]
async fn the_last_account_is_taken_from_work_only_if_that_is_said_again() {
    let house = House::new().await;
    let own = format!("Origin: http://{}\r\n", house.gateway.admin_addr().expect("an admin's port"));
    let usable = || house.gateway.routing().available().len();
    for (left, name) in [(2, "south"), (1, "west")] {
        let (head, _) =
            press(&house, &format!("/accounts/{name}/hand"), "hand=maintenance&sure=1", &own).await;
        assert_eq!(code(&head), "303");
        house.until("it gets no work", || usable() == left).await;
    }
    let (head, text) = press(&house, "/accounts/north/hand", "hand=drain&sure=1", &own).await;
    assert!(code(&head) == "409" && text.contains("north is the last account") && usable() == 1, "{text}");
    assert!(text.contains("name=\"sure\" value=\"2\""), "{text}");
    let (head, _) = press(&house, "/accounts/north/hand", "hand=drain&sure=2", &own).await;
    assert_eq!(code(&head), "303");
    house.until("nobody gets work", || usable() == 0).await;
    for (wrong, told) in [
        ("hand=explode&sure=1", "That can&#39;t be done"),
        ("hand=drain&for=soon&sure=1", "is no duration"),
        ("", "That can&#39;t be done"),
    ] {
        let (head, text) = press(&house, "/accounts/north/hand", wrong, &own).await;
        assert!(code(&head) == "400" && text.contains(told), "{wrong}: {head}\n{text}");
    }
    let (head, _) = press(&house, "/accounts/nobody/hand", "hand=reset&sure=1", &own).await;
    assert_eq!(code(&head), "404");
}
