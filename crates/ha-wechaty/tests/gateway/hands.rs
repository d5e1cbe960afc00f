//! What operators do to accounts of a gateway that serves.

use std::{net::SocketAddr, time::Duration};

use ha_wechaty::Standing;
use ha_wechaty_admin::client;
use ha_wechaty_core::{Hand, Withdrawn};
use ha_wechaty_sim::Fault;
use ha_wechaty_team::{
    runtime::{HandError, HandWords},
    view::{AccountStatus, Status},
};
use ha_wechaty_testkit::{House, wait};
use ha_wechaty_wire::{PuppetEvent, puppet};
use serde_json::{Value, json};

const DRAIN: Hand = Hand::Withdraw { how: Withdrawn::Draining, lasts: None };
const MAINTENANCE: Hand = Hand::Withdraw { how: Withdrawn::Maintenance, lasts: None };

fn ann() -> HandWords {
    HandWords { by: "ann @ a test".into(), why: "new phone".into(), force: false }
}

async fn account(house: &House, name: &str) -> AccountStatus {
    let status: Status = house.status().await;
    status.account(name).cloned().expect("it is in the team")
}

/// How often an account was asked for a sign of life, through WeChat or by its puppet.
fn dings(house: &House, index: usize) -> u64 {
    ["Ding", "MessageSendText"].iter().map(|rpc| house.phones[index].calls(rpc)).sum()
}

/// Posts to an account; the code, and what was answered.
async fn post(admin: SocketAddr, name: &str, what: &str, body: &Value) -> (u16, Value) {
    let path = format!("/api/v1/accounts/{name}/{what}");
    let (code, text) = client::post(admin, &path, None, body.to_string()).await.expect("an answer");
    (code, serde_json::from_str(&text).unwrap_or_else(|_| panic!("no JSON: {text}")))
}

#[tokio::test]
async fn drain_moves_the_traffic_and_resume_brings_it_back() {
    let house = House::new().await;
    let mut bot = house.bot().await;
    let done = house.gateway.hands().lay("north", DRAIN, ann()).await.expect("done");
    assert_eq!((done.before.phase, done.after.phase), (Standing::Available, Standing::Draining));
    for n in 0..12 {
        bot.say(house.room.id(), &format!("text {n}")).await.expect("sent");
    }
    assert_eq!(house.phones[0].calls("MessageSendText"), 0, "others do it");
    let north = account(&house, "north").await;
    let withdrawal = north.withdrawal.expect("it is kept from work");
    assert_eq!((withdrawal.by.as_str(), withdrawal.why.as_str()), ("ann @ a test", "new phone"));
    let text = ha_wechaty_cli::text::status(&house.status().await);
    assert!(
        text.contains(" by ann @ a test: new phone; do: when it is to work again: ha-wechaty resume north"),
        "{text}"
    );
    assert!(text.contains("2 of 3 accounts get work"), "{text}");
    house.gateway.hands().lay("north", Hand::Resume, ann()).await.expect("done");
    let mut texts = 0;
    while house.phones[0].calls("MessageSendText") == 0 {
        texts += 1;
        assert!(texts < 100, "it gets its share again");
        bot.say(house.room.id(), &format!("more {texts}")).await.expect("sent");
    }
}

#[tokio::test]
async fn what_is_under_way_at_one_that_is_drained_is_finished_there() {
    let house = House::new().await;
    house.phones[0].fail(Fault::Slow(Duration::from_millis(500)));
    let hands = house.gateway.hands().clone();
    for index in [1, 2] {
        hands.lay(house.phones[index].name(), DRAIN, ann()).await.expect("done");
    }
    let mut bot = house.bot().await;
    let room = house.room.id().to_owned();
    let saying = tokio::spawn(async move { bot.say(&room, "slowly").await });
    wait::until("north is asked", || house.phones[0].calls("MessageSendText") == 1).await;
    hands.lay("south", Hand::Resume, ann()).await.expect("done");
    hands.lay("north", DRAIN, ann()).await.expect("done");
    saying.await.expect("no panic").expect("it is sent, by the one that had it");
    assert_eq!(house.calls("MessageSendText"), [1, 0, 0]);
}

#[tokio::test]
async fn what_only_one_that_is_drained_has_it_is_still_asked_for() {
    let house = House::new().await;
    let mut bot = house.bot().await;
    house.world.person("dave").asks_friendship(&house.phones[2], "it is me");
    let id = bot.find(|event| if let PuppetEvent::Friendship { id } = event { Some(id) } else { None }).await;
    house.gateway.hands().lay("west", DRAIN, ann()).await.expect("done");
    let ask = puppet::FriendshipPayloadRequest { id: id.clone(), ..Default::default() };
    let payload = bot.puppet.friendship_payload(ask.clone()).await.expect("a payload").into_inner();
    assert_eq!(payload.hello, "it is me");
    house.gateway.hands().lay("west", MAINTENANCE, ann()).await.expect("done");
    let accept = puppet::FriendshipAcceptRequest { id };
    let refused = bot.puppet.friendship_accept(accept).await.expect_err("nobody may disturb it");
    assert!(refused.message().contains("west is in maintenance by ann @ a test: new phone"), "{refused}");
}

#[tokio::test]
async fn one_in_maintenance_is_not_dinged_and_shows_first_that_it_works_when_it_is_resumed() {
    let house = House::with(|config| {
        config.health.vigil.ding_after = Duration::from_millis(300);
        config.health.vigil.fail_after = Duration::from_millis(900);
        config.health.ramp_up = Duration::from_millis(200);
    })
    .await;
    house.gateway.hands().lay("north", MAINTENANCE, ann()).await.expect("done");
    // What is on its way arrives before.
    wait::until("its teammates are dinged", || dings(&house, 1) > 2).await;
    let before = dings(&house, 0);
    let teammate = dings(&house, 1);
    wait::until("and again and again", || dings(&house, 1) > teammate + 10).await;
    assert_eq!(dings(&house, 0), before);
    assert_eq!(house.phones[0].calls("Stop"), 0, "nor reset");
    assert_eq!(account(&house, "north").await.phase, Standing::Maintenance);
    house.gateway.hands().lay("north", Hand::Resume, ann()).await.expect("done");
    house.until("it is asked", || dings(&house, 0) > before).await;
    house.until_available(3).await;
}

#[tokio::test]
async fn the_last_one_that_works_is_kept_unless_it_is_forced() {
    let house = House::new().await;
    let hands = house.gateway.hands();
    for name in ["north", "south"] {
        hands.lay(name, DRAIN, ann()).await.expect("done");
    }
    let refused = hands.lay("west", DRAIN, ann()).await.expect_err("the team would be down");
    assert_eq!(refused, HandError::Last { name: "west".into() });
    assert!(refused.remedy().contains("--force"));
    assert_eq!(house.gateway.routing().available().len(), 1);
    hands.lay("west", DRAIN, HandWords { force: true, ..ann() }).await.expect("forced");
    house.until("nobody works", || house.gateway.routing().available().is_empty()).await;
    let unknown = hands.lay("nobody", DRAIN, ann()).await.expect_err("who?");
    assert!(unknown.to_string().contains("it has north, south, west"), "{unknown}");
}

#[tokio::test]
async fn one_that_is_logged_out_by_hand_is_asked_for_that_once_and_comes_back_by_a_scan() {
    let house = House::new().await;
    let hands = house.gateway.hands();
    hands.lay("south", Hand::Logout, ann()).await.expect("done");
    house.until("its puppet is told", || house.phones[1].calls("Logout") == 1).await;
    wait::until_some("it is logged out", async || {
        account(&house, "south").await.last_evidence.is_none().then_some(())
    })
    .await;
    assert_eq!(account(&house, "south").await.phase, Standing::Maintenance);
    let nothing = hands.lay("south", Hand::Logout, ann()).await.expect("no error");
    assert_eq!(nothing.text, "nothing to do: south is not logged in");
    hands.lay("south", Hand::Login, ann()).await.expect("done");
    house.until("its puppet is restarted", || house.phones[1].calls("Stop") == 1).await;
}

#[tokio::test]
async fn a_reset_and_a_reconnect_reach_the_puppet_of_their_account_alone() {
    let house = House::new().await;
    let hands = house.gateway.hands();
    hands.lay("south", Hand::Reset, ann()).await.expect("done");
    house.until("it is reset", || house.phones[1].calls("Stop") == 1).await;
    house.until_available(3).await;
    let streams = house.phones[2].calls("Event");
    let done = hands.lay("west", Hand::Reconnect, ann()).await.expect("done");
    assert_eq!(done.text, "the event stream of west is opened anew");
    house.until("it is opened anew", || house.phones[2].calls("Event") == streams + 1).await;
    house.until_available(3).await;
    assert_eq!(house.calls("Stop"), [0, 1, 0]);
    house.lose(0).await;
    let refused = hands.lay("north", Hand::Reset, ann()).await.expect_err("by which connection?");
    assert!(matches!(refused, HandError::NotConnected { .. }), "{refused}");
}

#[tokio::test]
async fn over_http_all_of_it_is_had_with_what_came_of_it() {
    let house = House::new().await;
    let admin = house.gateway.admin_addr().expect("an admin's port");
    let body = json!({ "why": "new phone", "for": "30m", "by": "ann @ a page" });
    let (code, done) = post(admin, "north", "maintenance", &body).await;
    assert_eq!((code, done["after"]["phase"].as_str()), (200, Some("maintenance")), "{done}");
    assert_eq!(done["text"], "north gets no work, and is let be for 30m");
    let ends = done["after"]["withdrawal"]["ends"].as_f64().expect("it ends");
    assert!((1_700.0..=1_800.0).contains(&ends), "{ends}");
    let (_, done) = post(admin, "north", "resume", &json!({})).await;
    assert_eq!(done["before"]["withdrawal"]["by"], "ann @ a page");
    let (code, done) = post(admin, "south", "drain", &json!({})).await;
    assert_eq!(code, 200);
    assert_eq!(done["after"]["withdrawal"]["by"], "somebody at 127.0.0.1");
    let (code, problem) = post(admin, "nobody", "drain", &json!({})).await;
    assert_eq!((code, problem["title"].as_str()), (404, Some("no such account")), "{problem}");
    for wrong in [json!({ "wyh": "" }), json!({ "for": "soon" }), json!([]), json!({ "force": "yes" })] {
        let (code, problem) = post(admin, "west", "drain", &wrong).await;
        assert_eq!((code, problem["title"].as_str()), (400, Some("bad request")), "{wrong}: {problem}");
        assert!(problem["remedy"].as_str().is_some_and(|it| !it.is_empty()));
    }
    let (code, problem) = post(admin, "west", "resume", &json!({ "for": "1m" })).await;
    assert_eq!((code, problem["detail"].as_str()), (400, Some("resume does not last: it takes no \"for\"")));
    house.lose(2).await;
    let (code, problem) = post(admin, "west", "reset", &json!({})).await;
    assert_eq!((code, problem["title"].as_str()), (409, Some("not connected")), "{problem}");
    let (code, text) = house.admin("/api/v1/accounts/west/reset", None).await;
    assert!(code == 405 && text.contains("\"remedy\""), "{code} {text}");
    let (code, text) = house.admin("/api/v2/accounts", None).await;
    assert!(code == 404 && text.contains("no such route"), "{code} {text}");
}

#[tokio::test]
async fn what_an_operator_says_goes_as_what_a_bot_says_and_has_its_row() {
    let house = House::new().await;
    let admin = house.gateway.admin_addr().expect("an admin's port");
    house.phones[0].fail(Fault::Drop);
    let body = json!({ "to": house.room.id(), "text": "is anybody there?", "by": "ann @ a test" });
    let say = async |body: &Value| {
        let told = client::post(admin, "/api/v1/send", None, body.to_string()).await;
        let (code, text) = told.expect("an answer");
        (code, serde_json::from_str::<Value>(&text).expect("JSON"))
    };
    let (code, done) = say(&body).await;
    assert_eq!(code, 200, "{done}");
    assert_eq!(house.world.ledger().times(house.room.id(), "is anybody there?"), 1);
    let (_, rows) = house.admin("/sends", None).await;
    let row = &serde_json::from_str::<Value>(&rows).expect("rows")[0];
    assert_eq!((&row["bot"], &row["outcome"]), (&json!("operator"), &json!("sent")), "{rows}");
    assert!(done["account"] != "north" && !rows.contains("anybody"), "{done} {rows}");
    let (code, problem) = say(&json!({ "to": "", "text": "x" })).await;
    assert_eq!((code, problem["title"].as_str()), (400, Some("bad request")));
}

#[tokio::test]
async fn what_is_told_has_all_that_its_description_says() {
    let house = House::new().await;
    let described: Value =
        serde_json::from_str(include_str!("../../../admin/openapi.json")).expect("it is JSON");
    let has = |schema: &str, told: &Value| {
        let schema = &described["components"]["schemas"][schema];
        for field in schema["required"].as_array().expect("a list") {
            let field = field.as_str().expect("a name");
            assert!(told.get(field).is_some_and(|it| !it.is_null()), "{field} is not in {told}");
        }
        for field in told.as_object().expect("fields").keys() {
            let is_open = schema["properties"].get(field).is_some();
            assert!(is_open || schema["additionalProperties"] != json!(false), "{field} is not described");
        }
    };
    let admin = house.gateway.admin_addr().expect("an admin's port");
    let (_, done) = post(admin, "north", "maintenance", &json!({})).await;
    has("HandDone", &done);
    has("Account", &done["after"]);
    has("Withdrawal", &done["after"]["withdrawal"]);
    has("Problem", &post(admin, "nobody", "reset", &json!({})).await.1);
    for (path, schema) in [("gateway", "Gateway"), ("status", "Status"), ("accounts/north", "Account")] {
        let (code, text) = house.admin(&format!("/api/v1/{path}"), None).await;
        assert_eq!(code, 200, "{text}");
        has(schema, &serde_json::from_str(&text).expect("JSON"));
    }
    let (_, accounts) = house.admin("/api/v1/accounts", None).await;
    let accounts: Vec<Value> = serde_json::from_str(&accounts).expect("a list");
    assert_eq!(accounts.len(), 3);
    for path in ["bots", "rooms", "sends"] {
        assert_eq!(house.admin(&format!("/api/v1/{path}"), None).await.0, 200, "{path}");
    }
    let words = &described["components"]["schemas"]["Standing"]["enum"];
    let words: Vec<&str> = words.as_array().expect("words").iter().filter_map(Value::as_str).collect();
    assert_eq!(words, Standing::ALL.map(Standing::name));
}

#[tokio::test]
async fn no_page_of_elsewhere_sees_to_an_account_and_nobody_without_the_password() {
    use ha_wechaty::config::Secret;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    let house = House::new().await;
    let admin = house.gateway.admin_addr().expect("an admin's port");
    let say = async |lines: &str, body: &str| {
        let mut socket = tokio::net::TcpStream::connect(admin).await.expect("a port");
        let head = format!(
            "POST /api/v1/accounts/north/drain HTTP/1.1\r\nHost: {admin}\r\nConnection: close\r\nContent-Length: {}\r\n\
             {lines}\r\n{body}",
            body.len()
        );
        socket.write_all(head.as_bytes()).await.expect("it is taken");
        let mut answer = String::new();
        socket.read_to_string(&mut answer).await.expect("an answer");
        answer.split(' ').nth(1).and_then(|code| code.parse::<u16>().ok()).expect("a code")
    };
    let json = "Content-Type: application/json\r\n";
    assert_eq!(say("Content-Type: text/plain\r\n", "{}").await, 415, "what a form of any page can send");
    assert_eq!(say("Content-Type: application/x-www-form-urlencoded\r\n", "why=x").await, 415);
    assert_eq!(say("", "{}").await, 415);
    assert_eq!(say(&format!("{json}Origin: http://evil.example\r\n"), "{}").await, 403);
    assert_eq!(say(&format!("{json}Sec-Fetch-Site: cross-site\r\n"), "{}").await, 403);
    assert_eq!(say(json, &format!("{{\"why\": \"{}\"}}", "x".repeat(20_000))).await, 400);
    assert_eq!(account(&house, "north").await.phase, Standing::Available, "none of them");
    assert_eq!(say(json, "").await, 200);

    let house = House::with(|config| config.admin.password = Some(Secret::new("sesame"))).await;
    let admin = house.gateway.admin_addr().expect("an admin's port");
    let path = "/api/v1/accounts/north/drain";
    let ask = async |password| client::post(admin, path, password, "{}".into()).await.expect("an answer").0;
    assert_eq!((ask(None).await, ask(Some("wrong")).await), (401, 401));
    assert_eq!(house.gateway.routing().available().len(), 3);
    assert_eq!(ask(Some("sesame")).await, 200);
}
