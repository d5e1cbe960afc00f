//! The page, and the API, that step through what a gateway's store still knows, while it serves.

use ha_wechaty::config::StorePlace;
use ha_wechaty_sim::Fault;
use ha_wechaty_testkit::{House, wait};
use serde_json::Value;

use crate::page::{BROWSER, ask, code};

/// What nobody may read.
const SAID: &str = "words of a message";

/// What stands at a path, as JSON.
async fn json(house: &House, path: &str) -> Value {
    let (head, text) = ask(house, "GET", path, "").await;
    assert_eq!(code(&head), "200", "{path}: {text}");
    serde_json::from_str(&text).expect("JSON")
}

/// Where the link leads that has these words in it.
fn link(text: &str, words: &str) -> String {
    let mut links = text.split("<a href=\"").skip(1);
    let link = links.find(|it| it.split('>').next().is_some_and(|it| it.contains(words))).expect("a link");
    // What stands behind the mark is the browser's business.
    link.split('"').next().and_then(|it| it.split("#known").next()).unwrap_or_default().replace("&#38;", "&")
}

#[tokio::test]
async fn what_happened_is_gone_through_by_links_without_a_script() {
    let folder = tempfile::tempdir().expect("a folder");
    let house =
        House::with(|config| config.store.path = StorePlace::File(folder.path().join("team.db"))).await;
    let mut bot = house.bot().await;
    bot.say(house.room.id(), SAID).await.expect("sent");
    house.phones[0].fail(Fault::Drop);
    let number = wait::until_some("it is told", async || {
        let told = json(&house, "/api/v1/replay?limit=2000").await;
        let steps = told["steps"].as_array()?.clone();
        let mut news = steps.iter().flat_map(|it| it["news"].as_array().cloned().unwrap_or_default());
        news.find(|it| it["kind"] == "incident" && it["about"] == "north")?["number"].as_u64()
    })
    .await;
    // A page at a time, and what was known at each step.
    let first = json(&house, "/api/v1/replay?limit=3&scene=all").await;
    let steps = first["steps"].as_array().expect("steps");
    assert!(steps.len() == 3 && first["next"].is_string(), "{first}");
    assert!(
        steps.iter().all(|it| it["scene"]["accounts"].as_array().is_some_and(|it| it.len() == 3)),
        "{first}"
    );
    let step = first["next"].as_str().expect("a step");
    let next = json(&house, &format!("/api/v1/replay?limit=3&step={step}")).await;
    assert!(next["steps"][0]["mark"] == step && next["before"] == steps[2]["mark"], "{next}");

    let (head, text) = ask(&house, "GET", &format!("/replay?incident={number}&from=&to="), BROWSER).await;
    assert_eq!(code(&head), "200", "{head}");
    for words in [
        "What happened, step by step",
        "What the team knew at",
        "a team begins, of north, south, west",
        "selected",
    ] {
        assert!(text.contains(words), "{words}: {text}");
    }
    assert!(text.contains("north is offline: ") && text.contains("2/3"), "{text}");
    // By the links alone to the step where it was lost, and back.
    let (mut at, mut shown) = (String::new(), text);
    for _ in 0..100 {
        let known = shown
            .split_once("id=\"known\"")
            .expect("a scene")
            .1
            .split("</section>")
            .next()
            .unwrap_or_default();
        assert!(!shown.contains(SAID) && !shown.contains("insecure_"), "{shown}");
        if known.contains("north: no connection: ") {
            assert!(known.contains(">offline</span>") && known.contains("Incident"), "{known}");
            break;
        }
        at = link(known, "rel=\"next\"");
        shown = ask(&house, "GET", &at, BROWSER).await.1;
    }
    assert!(shown.contains("north: no connection: "), "{at}: {shown}");
    let back = link(&shown, "rel=\"prev\"");
    assert_eq!(code(&ask(&house, "GET", &back, BROWSER).await.0), "200", "{back}");
    let (_, annals) = ask(&house, "GET", "/history", BROWSER).await;
    assert!(annals.contains(&format!("/replay?incident={number}\"")), "{annals}");

    for (path, expected, told) in [
        ("/replay?account=nobody", "404", "north, south, west"),
        ("/replay?incident=4711", "404", "there is no incident 4711"),
        ("/replay?from=yesterday", "400", "must be like 2h"),
    ] {
        let (head, text) = ask(&house, "GET", path, BROWSER).await;
        assert!(
            code(&head) == expected && text.contains("role=\"alert\"") && text.contains(told),
            "{path}: {text}"
        );
        let (head, text) = ask(&house, "GET", &format!("/api/v1{path}"), "").await;
        assert!(
            code(&head) == expected && head.contains("problem+json") && text.contains(told),
            "{path}: {text}"
        );
    }
    // Without a question it is what happened lately, and leads to the whole.
    let (_, text) = ask(&house, "GET", "/replay", BROWSER).await;
    assert!(text.contains("name=\"from\" value=\"\"") && text.contains("All that the store has"), "{text}");
    let whole = link(&text, "/replay?from=20");
    let (_, text) = ask(&house, "GET", &whole, BROWSER).await;
    assert!(text.contains("a team begins, of north, south, west"), "{text}");
    // What is of before the store begins is not taken for nothing.
    let (_, text) = ask(&house, "GET", "/replay?step=0.0", BROWSER).await;
    assert!(text.contains("no longer has what was asked for: it begins at"), "{text}");
    let chinese = "Accept: text/html\r\nAccept-Language: zh-CN\r\n";
    let (_, text) = ask(&house, "GET", "/replay", chinese).await;
    assert!(text.contains("逐步回放") && text.contains("当时所知"), "{text}");
}

#[tokio::test]
async fn where_nothing_is_kept_that_is_said() {
    let house = House::new().await;
    let (head, text) = ask(&house, "GET", "/replay", BROWSER).await;
    assert!(code(&head) == "404" && text.contains("set [store] path"), "{head}\n{text}");
}
