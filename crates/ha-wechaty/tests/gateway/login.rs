//! An account is logged in by somebody who has its phone: its code as a picture, and under a link that works once.

use ha_wechaty_sim::Fault;
use ha_wechaty_testkit::{House, SELF, Setup, wait};
use ha_wechaty_wire::{PuppetEvent, event::ScanPayload};
use serde_json::Value;

use crate::page::{BROWSER, ask, code, open, post, token, until};

/// What a program says that asks for something to be done.
const JSON: &str = "Content-Type: application/json\r\nContent-Length: 0\r\n";

const CODE: &str = "http://weixin.qq.com/x/4f9c2f6d0a";

/// A team of one account that waits for a scan.
async fn house() -> House {
    let house = Setup::new(SELF).accounts(&["north"]).phones(|phone| phone.logged_in(false)).open().await;
    wait::until_some("it is connected", async || house.phones[0].is_streaming().then_some(())).await;
    shows(&house, 2, CODE).await;
    house
}

/// The phone's puppet shows a code; waits until the gateway knows.
async fn shows(house: &House, status: i32, text: &str) {
    house.phones[0].emit(&PuppetEvent::Scan(ScanPayload {
        status,
        qrcode: Some(text.into()),
        ..ScanPayload::default()
    }));
    wait::until_some("the code is known", async || {
        let login = login(house).await;
        (login["step"] != "no-code" && (status != 2 || login["code"] == text)).then_some(())
    })
    .await;
}

async fn login(house: &House) -> Value {
    let (_, text) = house.admin("/api/v1/accounts/north/login", None).await;
    serde_json::from_str(&text).expect("JSON")
}

/// A link, as the path that it leads to.
async fn link(house: &House) -> String {
    let (head, text) = ask(house, "POST", "/api/v1/accounts/north/link", JSON).await;
    assert_eq!(code(&head), "200", "{head}\n{text}");
    let made: Value = serde_json::from_str(&text).expect("JSON");
    let addr = house.gateway.admin_addr().expect("an admin's port");
    let url = made["url"].as_str().expect("an address").to_owned();
    assert!(made["until"].as_str().is_some_and(|it| it.ends_with('Z')), "{made}");
    url.strip_prefix(&format!("http://{addr}")).expect("it leads to who was asked").to_owned()
}

/// A form of a page of ours, sent: with the token of the account's page, if it is on that.
async fn press(house: &House, path: &str, headers: &str) -> (String, String) {
    let addr = house.gateway.admin_addr().expect("an admin's port");
    let form = if path.starts_with("/l/") { String::new() } else { form(house).await };
    post(house, path, &form, &format!("Origin: http://{addr}\r\n{headers}")).await
}

async fn form(house: &House) -> String {
    format!("csrf={}", token(house, "/accounts/north", BROWSER).await)
}

/// A browser that has taken a link: what it sends with each request.
async fn claim(house: &House, path: &str) -> String {
    let (head, _) = press(house, path, "").await;
    assert_eq!(code(&head), "303", "{head}");
    let cookie = head.lines().find_map(|line| line.strip_prefix("set-cookie: ")).expect("a cookie");
    for part in ["httponly", "samesite=lax", &format!("path={path}"), "max-age=600"] {
        assert!(cookie.contains(part), "{cookie}");
    }
    format!("Cookie: {}\r\n", cookie.split(';').next().unwrap_or_default())
}

#[tokio::test]
async fn the_code_is_a_picture_as_long_as_it_is_to_be_scanned() {
    let house = house().await;
    let (head, svg) = ask(&house, "GET", "/accounts/north/qr.svg", "").await;
    assert!(head.contains("image/svg+xml") && head.contains("no-store") && svg.contains("<svg"), "{head}");
    let (head, text) = ask(&house, "GET", "/accounts/north", "Accept: text/html\r\n").await;
    assert!(code(&head) == "200" && text.contains("src=\"/accounts/north/qr.svg?"), "{text}");
    assert!(text.contains(CODE) && text.contains("action=\"/accounts/north/link\""), "{text}");
    house.phones[0].log_in();
    house.until("it is logged in", || house.gateway.routing().available().len() == 1).await;
    for path in ["/accounts/north/qr.svg", "/accounts/north/qr.png", "/accounts/nobody/qr.svg"] {
        let (head, text) = ask(&house, "GET", path, "").await;
        assert_eq!(code(&head), "404", "{path}: {text}");
    }
    let (head, text) = ask(&house, "POST", "/api/v1/accounts/north/link", JSON).await;
    assert!(code(&head) == "409" && text.contains("Nothing is to be scanned"), "{text}");
}

#[tokio::test]
async fn a_link_shows_one_code_to_the_first_browser_and_nothing_to_a_second() {
    let house = house().await;
    let path = link(&house).await;
    // A program that looks at it, for a preview, takes it from nobody.
    let (head, text) = ask(&house, "GET", &path, "").await;
    assert!(code(&head) == "200" && text.contains("<form method=\"post\""), "{head}\n{text}");
    assert_eq!(code(&ask(&house, "GET", &format!("{path}/qr.svg"), "").await.0), "410");
    let cookie = claim(&house, &path).await;
    let (head, text) = ask(&house, "GET", &path, &cookie).await;
    assert!(code(&head) == "200" && text.contains(&format!("src=\"{path}/qr.svg?")), "{text}");
    assert!(!text.contains("north") && !text.contains(SELF) && !text.contains("href=\"/\""), "{text}");
    let (head, svg) = ask(&house, "GET", &format!("{path}/qr.svg"), &cookie).await;
    assert!(code(&head) == "200" && svg.contains("<svg"), "{head}");
    for other in ["", "Cookie: ha-wechaty-login=00112233445566778899aabbccddeeff\r\n"] {
        assert_eq!(code(&ask(&house, "GET", &path, other).await.0), "410");
        assert_eq!(code(&press(&house, &path, other).await.0), "410");
        for part in ["qr.svg", "events"] {
            assert_eq!(code(&ask(&house, "GET", &format!("{path}/{part}"), other).await.0), "410", "{part}");
        }
    }
    let (head, _) = ask(&house, "GET", "/l/00112233445566778899aabbccddeeff", &cookie).await;
    assert_eq!(code(&head), "410");
}

#[tokio::test]
async fn a_link_follows_the_code_and_ends_with_the_login() {
    let house = house().await;
    let path = link(&house).await;
    let cookie = claim(&house, &path).await;
    let mut events = open(&house, "GET", &format!("{path}/events"), &cookie).await;
    until(&mut events, "event: changed", 1).await;
    let before = ask(&house, "GET", &format!("{path}/qr.svg"), &cookie).await.1;
    shows(&house, 2, "http://weixin.qq.com/x/another").await;
    until(&mut events, "event: changed", 1).await;
    assert_ne!(ask(&house, "GET", &format!("{path}/qr.svg"), &cookie).await.1, before);
    shows(&house, 3, "http://weixin.qq.com/x/another").await;
    let text = ask(&house, "GET", &path, &cookie).await.1;
    assert!(text.contains("Scanned") && !text.contains("<img"), "{text}");
    house.phones[0].log_in();
    let gone = wait::until_some("it is over", async || {
        let (head, text) = ask(&house, "GET", &path, &cookie).await;
        (code(&head) == "410").then_some(text)
    })
    .await;
    assert!(gone.contains("Logged in"), "{gone}");
    assert_eq!(code(&ask(&house, "GET", &format!("{path}/qr.svg"), &cookie).await.0), "410");
    house.until("it gets work", || house.gateway.routing().available().len() == 1).await;
    // For good, whatever becomes of the account. (A scan that it tells while it works is doubted, and over at its next dong.)
    house.phones[0].fail(Fault::Scan(CODE.into()));
    wait::until_some("it is to be scanned again", async || {
        (login(&house).await["code"] == CODE).then_some(())
    })
    .await;
    assert_eq!(code(&ask(&house, "GET", &path, &cookie).await.0), "410");
}

#[tokio::test]
async fn a_link_is_made_for_a_page_of_ours_alone() {
    let house = house().await;
    let browser = "Accept: text/html\r\n";
    let (head, text) = press(&house, "/accounts/north/link", browser).await;
    assert!(code(&head) == "200" && text.contains("/l/"), "{text}");
    for origin in
        ["", "Origin: http://evil.example\r\n", "Origin: null\r\n", "Sec-Fetch-Site: cross-site\r\n"]
    {
        let (head, text) = post(&house, "/accounts/north/link", &form(&house).await, origin).await;
        assert!(code(&head) == "403" && !text.contains("/l/"), "{origin}: {head}\n{text}");
    }
    let evil = &format!("{JSON}Origin: http://evil.example\r\n");
    assert_eq!(code(&ask(&house, "POST", "/api/v1/accounts/north/link", evil).await.0), "403");
    // A form, as a page of elsewhere can send one, is none of the programs' requests.
    let form = "Content-Length: 0\r\nContent-Type: application/x-www-form-urlencoded\r\n";
    let (head, text) = ask(&house, "POST", "/api/v1/accounts/north/link", form).await;
    assert!(code(&head) == "415" && !text.contains("/l/"), "{head}\n{text}");
}

#[tokio::test]
async fn behind_a_proxy_a_link_is_made_and_taken_at_the_address_that_browsers_know() {
    let setup = Setup::new(SELF).accounts(&["north"]).phones(|phone| phone.logged_in(false));
    let house = setup.config(|config| config.admin.url = Some("https://gateway.example".into())).open().await;
    let ours = "Origin: https://gateway.example\r\n";
    let (head, text) = post(&house, "/accounts/north/link", &form(&house).await, ours).await;
    assert_eq!(code(&head), "200", "{text}");
    let at = text.find("https://gateway.example/l/").expect("a link");
    let path = &text[at + "https://gateway.example".len()..][.."/l/".len() + 32];
    let (head, _) = ask(&house, "POST", path, ours).await;
    assert!(code(&head) == "303" && head.contains("; secure"), "{head}");
    let evil = ours.replace("gateway.example", "gateway.example.evil.example");
    assert_eq!(code(&ask(&house, "POST", "/accounts/north/link", &evil).await.0), "403");
}

#[tokio::test]
async fn who_has_a_link_takes_few_places_and_keeps_them_no_longer_than_it() {
    let house = house().await;
    let path = link(&house).await;
    let cookie = claim(&house, &path).await;
    let events = format!("{path}/events");
    let mut listeners = Vec::new();
    for _ in 0..2 {
        let mut socket = open(&house, "GET", &events, &cookie).await;
        until(&mut socket, "event: changed", 1).await;
        listeners.push(socket);
    }
    assert_eq!(code(&ask(&house, "GET", &events, &cookie).await.0), "503");
    // Another link ends this one, and what hangs on it.
    let path = link(&house).await;
    for socket in &mut listeners {
        until(socket, "0\r\n\r\n", 1).await;
    }
    assert_eq!(code(&ask(&house, "GET", &events, &cookie).await.0), "410");
    let cookie = claim(&house, &path).await;
    let mut socket = open(&house, "GET", &format!("{path}/events"), &cookie).await;
    until(&mut socket, "event: changed", 1).await;
    house.phones[0].log_in();
    until(&mut socket, "0\r\n\r\n", 1).await;
}

#[tokio::test]
async fn without_the_password_a_link_opens_nothing_else() {
    let password = ha_wechaty::config::Secret::new("sesame");
    let setup = Setup::new(SELF).accounts(&["north"]).phones(|phone| phone.logged_in(false));
    let house = setup.config(|config| config.admin.password = Some(password)).open().await;
    wait::until_some("it is connected", async || house.phones[0].is_streaming().then_some(())).await;
    let sesame = &format!("{JSON}Authorization: Basic YWRtaW46c2VzYW1l\r\n");
    let made = wait::until_some("a link is made", async || {
        let (head, text) = ask(&house, "POST", "/api/v1/accounts/north/link", sesame).await;
        (code(&head) == "200").then_some(text)
    })
    .await;
    let made: Value = serde_json::from_str(&made).expect("JSON");
    let url = made["url"].as_str().expect("an address").to_owned();
    let path = &url[url.find("/l/").expect("a path")..];
    let cookie = claim(&house, path).await;
    assert_eq!(code(&ask(&house, "GET", path, &cookie).await.0), "200");
    assert_eq!(code(&ask(&house, "GET", "/l/page.css", "").await.0), "200");
    for other in [
        "/",
        "/status",
        "/accounts/north",
        "/accounts/north/qr.svg",
        "/api/v1/accounts/north/login",
        "/events",
        "/l",
        "/l/../status",
        "/l/%2e%2e/status",
        "/l//status",
        &format!("{path}/../../status"),
        &format!("{path}/status"),
    ] {
        let (head, text) = ask(&house, "GET", other, &cookie).await;
        assert!(code(&head) != "200" && !text.contains("north"), "{other}: {head}\n{text}");
    }
    assert_eq!(code(&ask(&house, "POST", "/api/v1/accounts/north/link", JSON).await.0), "401");
    for nothing in ["/l/", "/l//", "/l/nothing/here", &format!("{path}/"), "/health/", "/health/nothing"] {
        let headers = format!("{cookie}Accept: text/html\r\n");
        let (head, text) = ask(&house, "GET", nothing, &headers).await;
        assert!(code(&head) == "404" && text.is_empty(), "{nothing}: {head}\n{text}");
    }
}

#[tokio::test]
async fn a_link_of_an_account_that_is_removed_is_over_and_nobody_is_told_of_a_login() {
    let setup = Setup::new(SELF).accounts(&["north", "south"]).phones(|phone| phone.logged_in(false));
    let mut house = setup.open().await;
    let path = link(&house).await;
    let cookie = claim(&house, &path).await;
    house.gateway.remove("north").await.expect("it is there");
    let text = wait::until_some("it is over", async || {
        let (head, text) = ask(&house, "GET", &path, &cookie).await;
        (code(&head) == "410").then_some(text)
    })
    .await;
    assert!(text.contains("This link is over") && !text.contains("Logged in"), "{text}");
}
