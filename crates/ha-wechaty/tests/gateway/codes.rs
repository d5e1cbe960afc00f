//! A login that asks for a code: an operator enters it, on a page, by a link, by a program; or a bot does.

use ha_wechaty_admin::client;
use ha_wechaty_sim::{Fault, RpcSelection};
use ha_wechaty_testkit::{Bot, House, SELF, Setup, wait};
use ha_wechaty_wire::{
    PuppetEvent,
    event::VerifyCodePayload,
    puppet::{CancelVerifyCodeRequest, EnterVerifyCodeRequest},
};
use serde_json::{Value, json};
use tonic::Status;

use crate::page::{BROWSER, ask, code, post, token};

const CODE: &str = "314159";

/// A team of one account, whose login wants a code after the scan.
async fn house() -> House {
    let house = Setup::new(SELF).accounts(&["north"]).phones(|phone| phone.logged_in(false)).open().await;
    wait::until_some("it is connected", async || house.phones[0].is_streaming().then_some(())).await;
    house.phones[0].fail(Fault::Scan("http://weixin.qq.com/x/4f9c2f6d0a".into()));
    house.phones[0].asks_code(CODE);
    house
}

/// Somebody scans, and its login wants more.
async fn scanned(house: &House) {
    house.phones[0].log_in();
    until_step(house, "code").await;
}

async fn login(house: &House) -> Value {
    let (_, text) = house.admin("/api/v1/accounts/north/login", None).await;
    serde_json::from_str(&text).expect("JSON")
}

async fn until_step(house: &House, step: &str) {
    wait::until_some(step, async || (login(house).await["step"] == step).then_some(())).await;
}

/// What a program says about the login; the code of the answer, and the answer.
async fn enters(house: &House, what: &Value) -> (u16, Value) {
    let admin = house.gateway.admin_addr().expect("an admin's port");
    let answer = client::post(admin, "/api/v1/accounts/north/code", None, what.to_string()).await;
    let (code, text) = answer.expect("an answer");
    (code, serde_json::from_str(&text).unwrap_or_else(|_| panic!("no JSON: {text}")))
}

async fn asked(bot: &mut Bot) -> VerifyCodePayload {
    bot.find(|event| if let PuppetEvent::VerifyCode(it) = event { Some(it) } else { None }).await
}

#[tokio::test]
async fn a_program_enters_it_and_hears_whether_it_was_the_right_one() {
    let house = house().await;
    let (code, refused) = enters(&house, &json!({ "code": CODE })).await;
    assert_eq!((code, &refused["title"]), (409, &json!("not asked for")), "{refused}");
    scanned(&house).await;
    let asks = login(&house).await["asks"].clone();
    assert_eq!((&asks["is_wrong"], &asks["message"]), (&json!(false), &json!("sent to the phone")));
    assert_eq!(
        house.status().await.accounts[0].remedy.map(|it| it.to_string()).as_deref(),
        Some("verify-code")
    );

    let (code, _) = enters(&house, &json!({ "code": "271828" })).await;
    assert_eq!(code, 200);
    wait::until_some("it was wrong", async || {
        (login(&house).await["asks"]["is_wrong"] == true).then_some(())
    })
    .await;
    for odd in
        [json!({}), json!({ "code": "1", "cancel": true }), json!({ "code": "" }), json!({ "codes": 1 })]
    {
        assert_eq!(enters(&house, &odd).await.0, 400, "{odd}");
    }
    let (code, _) = enters(&house, &json!({ "code": "314 159" })).await;
    assert_eq!(code, 200);
    until_step(&house, "logged-in").await;
    let (_, trail) = house.admin("/api/v1/audit", None).await;
    assert!(trail.contains("\"code\"") && !trail.contains(CODE) && !trail.contains("271828"), "{trail}");
}

#[tokio::test]
async fn a_person_enters_it_on_the_page_or_by_a_link() {
    let house = house().await;
    scanned(&house).await;
    let (head, text) = ask(&house, "GET", "/accounts/north", BROWSER).await;
    assert_eq!(code(&head), "200");
    assert!(text.contains("Enter the code") && text.contains("action=\"/accounts/north/code\""), "{text}");
    let addr = house.gateway.admin_addr().expect("an admin's port");
    let origin = format!("Origin: http://{addr}\r\n");
    let csrf = token(&house, "/accounts/north", BROWSER).await;
    let (head, text) = post(&house, "/accounts/north/code", "code=1", &origin).await;
    assert_eq!(code(&head), "403", "without the page's token: {text}");
    let (head, text) =
        post(&house, "/accounts/north/code", &format!("csrf={csrf}&code=000000"), &origin).await;
    assert_eq!(code(&head), "303", "{text}");
    wait::until_some("it was wrong", async || {
        (login(&house).await["asks"]["is_wrong"] == true).then_some(())
    })
    .await;
    let (_, text) = ask(&house, "GET", "/accounts/north", BROWSER).await;
    assert!(text.contains("The code was wrong"), "{text}");

    let (_, made) = ask(
        &house,
        "POST",
        "/api/v1/accounts/north/link",
        "Content-Type: application/json\r\nContent-Length: 0\r\n",
    )
    .await;
    let made: Value = serde_json::from_str(&made).expect("JSON");
    let link = made["url"]
        .as_str()
        .and_then(|it| it.strip_prefix(&format!("http://{addr}")))
        .expect("a link")
        .to_owned();
    let (head, _) = post(&house, &link, "", &origin).await;
    let cookie = head.lines().find_map(|line| line.strip_prefix("set-cookie: ")).expect("a cookie");
    let cookie = format!("Cookie: {}\r\n", cookie.split(';').next().unwrap_or_default());
    let (_, text) = ask(&house, "GET", &link, &format!("{BROWSER}{cookie}")).await;
    assert!(text.contains(&format!("action=\"{link}/code\"")), "{text}");
    let (head, _) = post(&house, &format!("{link}/code"), &format!("code={CODE}"), &origin).await;
    assert_eq!(code(&head), "410", "another browser's");
    let (head, text) =
        post(&house, &format!("{link}/code"), &format!("code={CODE}"), &format!("{origin}{cookie}")).await;
    assert_eq!(code(&head), "303", "{text}");
    until_step(&house, "logged-in").await;
    let (_, trail) = house.admin("/api/v1/audit", None).await;
    let trail: Value = serde_json::from_str(&trail).expect("JSON");
    let by_link = |line: &Value| {
        let text = line.to_string();
        text.contains("owner of a link") && text.contains("\"code\"") && text.contains("127.0.0.1")
    };
    assert!(lines(&trail).iter().any(by_link), "{trail}");
}

/// The lines of the audit trail.
fn lines(trail: &Value) -> Vec<Value> {
    match trail {
        Value::Array(lines) => lines.clone(),
        Value::Object(all) => all.values().filter_map(Value::as_array).flatten().cloned().collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => Vec::new(),
    }
}

#[tokio::test]
async fn a_bot_is_told_and_may_answer_unless_another_has() {
    let house = house().await;
    let mut bot = house.bot().await;
    scanned(&house).await;
    let told = asked(&mut bot).await;
    assert!(told.id.ends_with("~north") && told.status == 1, "{told:?}");
    let enter = |code: &str| EnterVerifyCodeRequest { id: told.id.clone(), code: code.into() };
    bot.puppet.enter_verify_code(enter("271828")).await.expect("it is taken");
    assert_eq!(asked(&mut bot).await.status, 3, "it was wrong");
    bot.puppet.enter_verify_code(enter(CODE)).await.expect("it is taken");
    bot.find(|event| matches!(event, PuppetEvent::Login { .. }).then_some(())).await;
    let refused = bot.puppet.enter_verify_code(enter(CODE)).await.expect_err("nobody asks any more");
    assert!(refused.message().contains("no code"), "{refused:?}");
    let refused =
        bot.puppet.enter_verify_code(EnterVerifyCodeRequest { id: "v1".into(), code: CODE.into() }).await;
    assert!(refused.is_err(), "an id of nobody");
    let before = house.phones[0].calls("EnterVerifyCode") + house.phones[0].calls("CancelVerifyCode");
    let none = EnterVerifyCodeRequest { id: String::new(), code: CODE.into() };
    let refused = bot.puppet.enter_verify_code(none).await.expect_err("it is nobody's");
    assert!(refused.message().contains("needs an id"), "{refused:?}");
    let none = CancelVerifyCodeRequest { id: String::new() };
    assert!(bot.puppet.cancel_verify_code(none).await.is_err());
    let after = house.phones[0].calls("EnterVerifyCode") + house.phones[0].calls("CancelVerifyCode");
    assert_eq!(after, before, "no account was shown the code");
}

#[tokio::test]
async fn that_no_code_comes_is_passed_on_and_a_puppet_without_codes_is_named() {
    let house = house().await;
    let mut bot = house.bot().await;
    scanned(&house).await;
    let lacks = Fault::Answer {
        calls: RpcSelection::named("EnterVerifyCode"),
        status: Status::unimplemented("no such thing"),
        times: 1,
    };
    house.phones[0].fail(lacks);
    let (code, refused) = enters(&house, &json!({ "code": CODE })).await;
    assert_eq!(code, 409);
    assert!(refused["detail"].as_str().is_some_and(|it| it.contains("older generation")), "{refused}");
    let told = asked(&mut bot).await;
    bot.puppet.cancel_verify_code(CancelVerifyCodeRequest { id: told.id }).await.expect("it is taken");
    until_step(&house, "waiting").await;
    scanned(&house).await;
    let (code, _) = enters(&house, &json!({ "cancel": true })).await;
    assert_eq!(code, 200);
    until_step(&house, "waiting").await;
    let before = login(&house).await["number"].as_u64();
    let (code, _) = enters(&house, &json!({ "refresh": true })).await;
    assert_eq!(code, 200);
    wait::until_some("another picture", async || {
        (login(&house).await["number"].as_u64() > before).then_some(())
    })
    .await;
}
