//! Who may enter the admin's pages and API, and what for.

use std::time::Duration;

use base64::{Engine as _, prelude::BASE64_STANDARD};
use ha_wechaty::config::{AdminTls, Config, KeyConfig, Right, Secret, StorePlace};
use ha_wechaty_admin::{
    Fingerprint, MadeKey, Pin,
    client::{AdminClient, Shown},
    hash_password, make_key,
};
use ha_wechaty_sim::Fault;
use ha_wechaty_testkit::{House, wait};
use serde_json::Value;

use crate::page::{BROWSER, ask, code, open, post, token};

/// Keys of these names and rights; `ops` sees to south alone.
fn keys(config: &mut Config) -> Vec<String> {
    let of = |(name, right, accounts): (&str, Right, &[&str])| {
        let MadeKey { key, hash } = make_key().expect("random bits");
        let mut made = KeyConfig::new(name, hash, right);
        made.accounts = accounts.iter().map(|it| (*it).to_owned()).collect();
        (made, key)
    };
    let all = [
        ("grafana", Right::Read, [].as_slice()),
        ("ops", Right::Operate, &["south"]),
        ("boss", Right::Admin, &[]),
    ];
    let (made, keys): (Vec<_>, Vec<_>) = all.map(of).into_iter().unzip();
    config.keys = made;
    keys
}

async fn house() -> (House, Vec<AdminClient>) {
    let mut made = Vec::new();
    let house = House::with(|config| made = keys(config)).await;
    let addr = house.gateway.admin_addr().expect("an admin's port");
    let clients = made.iter().map(|key| AdminClient::new(addr).showing(Some(Shown::key(key))));
    let clients = clients.collect();
    (house, clients)
}

async fn audit(client: &AdminClient) -> Vec<Value> {
    let (code, text) = client.get("/api/v1/audit").await.expect("an answer");
    assert_eq!(code, 200, "{text}");
    serde_json::from_str(&text).expect("JSON")
}

#[tokio::test]
async fn a_key_lets_its_owner_do_what_it_is_for_and_the_trail_has_its_name() {
    let (house, clients) = house().await;
    let [grafana, ops, boss] = &clients[..] else { panic!("three keys") };
    for client in &clients {
        for path in ["/status", "/metrics", "/api/v1/accounts/north", "/accounts/north", "/"] {
            assert_eq!(client.get(path).await.expect("an answer").0, 200, "{path}");
        }
    }
    let drain = |name: &str| format!("/api/v1/accounts/{name}/drain");
    for (client, path, told) in [
        (grafana, drain("south"), "this takes the right operate, and the key grafana has read"),
        (grafana, "/api/v1/reload".into(), "this takes the right admin"),
        (grafana, "/api/v1/accounts/south/link".into(), "this takes the right operate"),
        (ops, drain("north"), "the key ops may see to south, not to north"),
        // As an address may be written as well.
        (ops, drain("n%6frth"), "the key ops may see to south, not to north"),
        (ops, "/api/v1/send".into(), "the key ops is for some accounts, and this is about all of them"),
        (ops, "/api/v1/reload".into(), "this takes the right admin"),
    ] {
        let (code, text) = client.post(&path, "{}".into()).await.expect("an answer");
        let problem: Value = serde_json::from_str(&text).unwrap_or_else(|_| panic!("{path}: {text}"));
        let detail = problem["detail"].as_str().unwrap_or_default();
        assert!(code == 403 && detail.contains(told), "{path}: {code} {text}");
        assert!(problem["remedy"].as_str().is_some_and(|it| it.contains("[[key]]")), "{text}");
    }
    for path in ["/api/v1/audit", "/store/copy"] {
        assert_eq!(ops.get(path).await.expect("an answer").0, 403, "{path}");
    }
    assert_eq!(house.gateway.routing().available().len(), 3, "nothing of it was done");
    let body = serde_json::json!({"why": "new phone", "by": "root (command line)"}).to_string();
    assert_eq!(ops.post(&drain("south"), body).await.expect("an answer").0, 200);
    house.until("it gets no work", || house.gateway.routing().available().len() == 2).await;
    let (_, status) = boss.get("/api/v1/accounts/south").await.expect("an answer");
    assert!(status.contains("ops for root (command line)"), "{status}");
    let trail = audit(boss).await;
    let done = trail.iter().find(|it| it["act"] == "drain").expect("it is there");
    let said =
        ["operator", "from", "account", "why", "end"].map(|key| done[key].as_str().unwrap_or_default());
    assert_eq!(said, ["ops", "127.0.0.1", "south", "new phone", "done"]);
    let used: Vec<_> = trail.iter().filter(|it| it["act"] == "first-use").map(|it| &it["operator"]).collect();
    assert_eq!(used, ["boss", "ops", "grafana"], "each once, newest first");
    for wrong in [Shown::key("hawechaty_0000"), Shown::key(""), Shown::password("sesame")] {
        let addr = house.gateway.admin_addr().expect("an admin's port");
        let stranger = AdminClient::new(addr).showing(Some(wrong));
        assert_eq!(stranger.get("/status").await.expect("an answer").0, 401);
    }
    let refused = audit(boss).await;
    assert!(refused.iter().any(|it| it["act"] == "refused" && it["operator"] == "nobody"), "{refused:?}");
    assert!(!format!("{refused:?}").contains("hawechaty_"), "what was shown is not kept");
    let (_, text) = boss.get("/api/v1/audit?act=refused").await.expect("an answer");
    let only: Vec<Value> = serde_json::from_str(&text).expect("JSON");
    assert!(!only.is_empty() && only.iter().all(|it| it["act"] == "refused"), "{text}");
    let page = async |path: &str| boss.get(path).await.expect("an answer").1;
    let (done, refused) = (page("/audit").await, page("/audit?act=refused").await);
    assert!(done.contains("new phone") && !done.contains(">refused<"), "{done}");
    assert!(!refused.contains("new phone") && refused.contains(">refused<"), "{refused}");
}

#[tokio::test]
async fn who_may_only_look_at_an_account_sees_no_code_of_it() {
    const CODE: &str = "http://weixin.qq.com/x/entry";
    let (house, clients) = house().await;
    let [grafana, ops, boss] = &clients[..] else { panic!("three keys") };
    for phone in &house.phones[..2] {
        phone.fail(Fault::Scan(CODE.into()));
    }
    let told = async |client: &AdminClient, path: &str| client.get(path).await.expect("an answer");
    wait::until_some("both codes are there", async || {
        (told(boss, "/status").await.1.matches(CODE).count() == 2).then_some(())
    })
    .await;
    // North, south.
    for (client, codes) in [(grafana, [0, 0]), (ops, [0, 1]), (boss, [1, 1])] {
        let all: usize = codes.iter().sum();
        for path in ["/status", "/api/v1/status", "/api/v1/accounts"] {
            let (code, text) = told(client, path).await;
            assert!(code == 200 && text.matches(CODE).count() == all, "{path}: {text}");
        }
        for (name, codes) in ["north", "south"].into_iter().zip(codes) {
            let (code, text) = told(client, &format!("/api/v1/accounts/{name}")).await;
            assert!(code == 200 && text.matches(CODE).count() == codes, "{name}: {text}");
            for below in ["/accounts/NAME/qr.svg", "/accounts/NAME/qr.png", "/api/v1/accounts/NAME/login"] {
                let path = below.replace("NAME", name);
                let wanted = if codes == 1 { 200 } else { 403 };
                assert_eq!(told(client, &path).await.0, wanted, "{path}");
            }
        }
    }
}

#[tokio::test]
async fn what_is_done_for_somebody_who_hangs_up_has_its_line() {
    let house = House::new().await;
    house.phones.iter().for_each(|phone| phone.fail(Fault::Slow(Duration::from_secs(1))));
    let body = serde_json::json!({"to": house.room.id(), "text": "hello"}).to_string();
    let headers = format!("Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}", body.len());
    let socket = open(&house, "POST", "/api/v1/send", &headers).await;
    let asked = || house.phones.iter().any(|phone| phone.calls("MessageSendText") > 0);
    house.until("an account is asked", asked).await;
    drop(socket);
    let client = AdminClient::new(house.gateway.admin_addr().expect("an admin's port"));
    wait::until_some("the trail has it", async || {
        audit(&client).await.iter().any(|it| it["act"] == "send" && it["end"] == "done").then_some(())
    })
    .await;
}

/// The name and value of each cookie that an answer sets.
fn cookies(head: &str) -> String {
    let set = head.lines().filter_map(|line| line.strip_prefix("set-cookie: "));
    let pairs: Vec<&str> = set.filter_map(|it| it.split(';').next()).collect();
    format!("Cookie: {}\r\n", pairs.join("; "))
}

/// Logs in with a browser: what it shows from then on.
async fn log_in(house: &House, name: &str, secret: &str) -> String {
    let addr = house.gateway.admin_addr().expect("an admin's port");
    let form = format!(
        "name={name}&secret={secret}&to=%2Frooms%3Fq%3Dx&csrf={}",
        token(house, "/login", BROWSER).await
    );
    let (head, text) = post(house, "/login", &form, &format!("Origin: http://{addr}\r\n")).await;
    assert!(code(&head) == "303" && head.contains("location: /rooms?q=x\r"), "{head}\n{text}");
    for part in ["httponly", "samesite=lax", "path=/", "max-age=43200"] {
        assert!(head.contains(part), "{part}: {head}");
    }
    cookies(&head)
}

#[tokio::test]
async fn people_log_in_with_a_browser_and_out_and_forms_take_their_token() {
    let house = House::with(|config| config.admin.password = Some(Secret::new("sesame"))).await;
    let addr = house.gateway.admin_addr().expect("an admin's port");
    let own = format!("Origin: http://{addr}\r\n");
    let (_, text) = ask(&house, "GET", "/login?to=%2F%2Fevil.example", BROWSER).await;
    assert!(text.contains("name=\"to\" value=\"/\"") && !text.contains("ossbot"), "{text}");
    let session = log_in(&house, "admin", "sesame").await;
    let page = format!("{BROWSER}{session}");
    let (head, text) = ask(&house, "GET", "/accounts/north", &page).await;
    assert!(code(&head) == "200" && text.contains("action=\"/logout\""), "{head}\n{text}");
    let csrf = token(&house, "/accounts/north", &page).await;
    let (with, path) = (format!("{own}{session}"), "/accounts/north/hand");
    for form in [
        "hand=drain&sure=1",
        "hand=drain&sure=1&csrf=",
        &format!("hand=drain&sure=1&csrf={}", "0".repeat(64)),
    ] {
        let (head, text) = post(&house, path, form, &with).await;
        assert!(code(&head) == "403" && text.contains("This page is too old"), "{form}: {head}\n{text}");
    }
    let other = log_in(&house, "admin", "sesame").await;
    let theirs = token(&house, "/accounts/north", &format!("{BROWSER}{other}")).await;
    let (head, _) = post(&house, path, &format!("hand=drain&sure=1&csrf={theirs}"), &with).await;
    assert_eq!(code(&head), "403", "the token of another session");
    // A session alone makes no script of elsewhere an operator.
    let json = format!("{session}Content-Type: application/json\r\nContent-Length: 0\r\n");
    let (head, text) = ask(&house, "POST", "/api/v1/accounts/north/drain", &json).await;
    assert!(code(&head) == "403" && text.contains("X-CSRF"), "{head}\n{text}");
    assert_eq!(house.gateway.routing().available().len(), 3, "nothing of it was done");
    let (head, _) = post(&house, path, &format!("hand=drain&sure=1&csrf={csrf}"), &with).await;
    assert_eq!(code(&head), "303");
    house.until("it gets no work", || house.gateway.routing().available().len() == 2).await;

    let (head, _) = post(&house, "/logout", &format!("csrf={csrf}"), &with).await;
    assert!(
        code(&head) == "303" && head.contains("location: /login") && head.contains("max-age=0"),
        "{head}"
    );
    assert_eq!(code(&ask(&house, "GET", "/accounts/north", &page).await.0), "303", "it is over");
    assert_eq!(
        code(&ask(&house, "GET", "/", &format!("{BROWSER}{other}")).await.0),
        "200",
        "the other is not"
    );
    let client = AdminClient::new(addr).showing(Some(Shown::password("sesame")));
    let acts: Vec<String> =
        audit(&client).await.iter().map(|it| format!("{} {}", it["operator"], it["act"])).collect();
    let expected =
        [r#""admin" "log-out""#, r#""admin" "drain""#, r#""admin" "log-in""#, r#""admin" "log-in""#];
    assert_eq!(acts, expected);
}

#[tokio::test]
async fn who_may_only_look_sees_no_buttons() {
    let mut made = Vec::new();
    let house = House::with(|config| made = keys(config)).await;
    let (grafana, ops) =
        (log_in(&house, "anything", &made[0]).await, log_in(&house, "admin", &made[1]).await);
    assert!(
        !format!("{grafana}{ops}").contains("known"),
        "a key makes no browser one that guesses for itself"
    );
    let buttons = async |session: &str, name: &str| {
        let (head, text) =
            ask(&house, "GET", &format!("/accounts/{name}"), &format!("{BROWSER}{session}")).await;
        assert_eq!(code(&head), "200");
        text.contains("value=\"drain\"")
    };
    assert!(
        !buttons(&grafana, "south").await && buttons(&ops, "south").await && !buttons(&ops, "north").await
    );
    let csrf = token(&house, "/accounts/north", &format!("{BROWSER}{ops}")).await;
    let own = format!("Origin: http://{}\r\n{ops}", house.gateway.admin_addr().expect("a port"));
    let (head, text) =
        post(&house, "/accounts/north/hand", &format!("hand=drain&sure=1&csrf={csrf}"), &own).await;
    assert!(
        code(&head) == "403" && text.contains("the key ops may see to south, not to north"),
        "{head}\n{text}"
    );
}

#[tokio::test]
async fn who_guesses_waits_and_who_has_a_key_or_was_there_before_does_not() {
    let mut made = Vec::new();
    let house = House::with(|config| {
        made = keys(config);
        config.admin.password = Some(Secret::new(hash_password("sesame").expect("random bits")));
    })
    .await;
    let addr = house.gateway.admin_addr().expect("an admin's port");
    let client = |shown| AdminClient::new(addr).showing(Some(shown));
    let session = log_in(&house, "admin", "sesame").await;
    let guess =
        async |n: u32| client(Shown::password(&n.to_string())).get("/status").await.expect("an answer").0;
    let mut codes = Vec::new();
    for n in 0..12 {
        codes.push(guess(n).await);
    }
    assert!(
        codes[..3] == [401; 3] && codes.contains(&429) && codes.iter().all(|it| [401, 429].contains(it)),
        "{codes:?}"
    );
    assert_eq!(client(Shown::key(&made[0])).get("/status").await.expect("an answer").0, 200);
    assert_eq!(code(&ask(&house, "GET", "/", &format!("{BROWSER}{session}")).await.0), "200");
    // A browser that was logged in before waits for its own guesses alone.
    let known = session.split("; ").nth(1).expect("two cookies").trim_end();
    let own = format!("Origin: http://{addr}\r\nCookie: {known}\r\n");
    let browser = async |secret: &str| {
        let form = format!("name=admin&secret={secret}&csrf={}", token(&house, "/login", BROWSER).await);
        code(&post(&house, "/login", &form, &own).await.0).to_owned()
    };
    while guess(0).await != 429 {}
    assert_eq!(browser("open").await, "401");
    assert_eq!(browser("sesame").await, "303");
    // Who was right there before does not wait for those who guess from there.
    while guess(0).await != 429 {}
    assert_eq!(client(Shown::password("sesame")).get("/status").await.expect("an answer").0, 200);
    assert_eq!(guess(0).await, 429, "they still wait");
    // A proxy's guests are others than this machine's own, and among them everybody who knows it gets in a moment later.
    let guest = async |password: &str| {
        let shown = BASE64_STANDARD.encode(format!("admin:{password}"));
        let headers = format!("X-Forwarded-For: 203.0.113.9\r\nAuthorization: Basic {shown}\r\n");
        code(&ask(&house, "GET", "/status", &headers).await.0).to_owned()
    };
    while guest("open").await != "429" {}
    assert_eq!(guest("sesame").await, "429");
    wait::until_some("the password lets in again", async || (guest("sesame").await == "200").then_some(()))
        .await;
}

#[tokio::test]
async fn behind_a_proxy_who_guesses_is_who_the_proxy_says() {
    let house = House::with(|config| {
        config.admin.password = Some(Secret::new("sesame"));
        config.admin.behind_proxy = true;
        config.admin.url = Some(String::from("https://gateway.example"));
    })
    .await;
    let from = async |address: &str, password: &str| {
        let shown = BASE64_STANDARD.encode(format!("admin:{password}"));
        // What comes before the last anybody may have said.
        let headers = format!("X-Forwarded-For: 203.0.113.9, {address}\r\nAuthorization: Basic {shown}\r\n");
        code(&ask(&house, "GET", "/status", &headers).await.0).to_owned()
    };
    for (password, told) in [("open", "401"), ("open", "401"), ("open", "401"), ("sesame", "429")] {
        assert_eq!(from("192.0.2.1", password).await, told, "a few guesses are free");
    }
    assert_eq!(from("192.0.2.2", "sesame").await, "200");
    // What came in over HTTPS goes on over it.
    let form = format!("name=admin&secret=sesame&csrf={}", token(&house, "/login", BROWSER).await);
    let (head, _) = post(&house, "/login", &form, "Origin: https://gateway.example\r\n").await;
    assert!(head.contains("set-cookie: __host-ha-wechaty=") && head.contains("; secure"), "{head}");
    let page = format!("{BROWSER}{}", cookies(&head).replace("__host-", "__Host-"));
    assert_eq!(code(&ask(&house, "GET", "/", &page).await.0), "200");
}

#[tokio::test]
async fn over_tls_the_certificate_is_made_once_and_known_again() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut house = House::with(|config| {
        config.store.path = StorePlace::File(folder.path().join("team.db"));
        config.admin.tls = Some(AdminTls::Generated);
        config.admin.password = Some(Secret::new("sesame"));
    })
    .await;
    let fingerprint = house.gateway.admin_fingerprint().expect("it has one");
    let asks = |house: &House, fingerprint: Fingerprint| {
        let addr = house.gateway.admin_addr().expect("an admin's port");
        let client = AdminClient::new(addr).showing(Some(Shown::password("sesame")));
        client.over(&Pin::Certificate(fingerprint)).expect("TLS")
    };
    let (code, text) = asks(&house, fingerprint).get("/status").await.expect("an answer");
    assert!(code == 200 && text.contains("north"), "{text}");
    let other: Fingerprint = "00".repeat(32).parse().expect("a fingerprint");
    let why = asks(&house, other).get("/status").await.expect_err("it is another one").to_string();
    assert!(why.contains(&fingerprint.to_string()), "{why}");
    let plain = AdminClient::new(house.gateway.admin_addr().expect("a port"));
    let (code, text) = plain.get("/health/live").await.expect("an answer");
    assert!(code == 400 && text.contains("ask for https://") && !text.contains("live"), "{code} {text}");
    house.restart_gateway().await;
    assert_eq!(house.gateway.admin_fingerprint(), Some(fingerprint));
    let (code, _) = asks(&house, fingerprint).get("/status").await.expect("an answer");
    assert_eq!(code, 200);
}

#[tokio::test]
async fn the_trail_outlives_the_gateway() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut house =
        House::with(|config| config.store.path = StorePlace::File(folder.path().join("team.db"))).await;
    let ask = |house: &House| AdminClient::new(house.gateway.admin_addr().expect("an admin's port"));
    let body = serde_json::json!({"why": "to see"}).to_string();
    let (code, text) = ask(&house).post("/api/v1/accounts/north/reconnect", body).await.expect("an answer");
    assert_eq!(code, 200, "{text}");
    let before = audit(&ask(&house)).await;
    assert_eq!(before.len(), 1);
    house.until_available(3).await;
    house.restart_gateway().await;
    assert_eq!(audit(&ask(&house)).await, before);
    let mut bot = house.bot().await;
    bot.say(house.room.id(), "hello").await.expect("sent");
    house.restart_gateway().await;
    assert_eq!(audit(&ask(&house)).await, before, "sends stand between them");
    tokio::time::timeout(Duration::from_secs(5), house.shut_down()).await.expect("it ends");
}
