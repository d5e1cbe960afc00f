//! What operators see over HTTP.

use ha_wechaty::{Standing, config::Secret};
use ha_wechaty_core::Hand;
use ha_wechaty_sim::{Fault, Phone};
use ha_wechaty_team::runtime::HandWords;
use ha_wechaty_testkit::{Bot, House, wait};
use ha_wechaty_wire::PuppetEvent;

#[tokio::test]
async fn the_status_tells_how_the_team_and_each_account_stands() {
    let house = House::new().await;
    house.phones[1].fail(Fault::Drop);
    house.until("it is missed", || house.gateway.routing().available().len() == 2).await;
    let status = house.status().await;
    assert!(status.team.available);
    let phases: Vec<Standing> = status.accounts.iter().map(|account| account.phase).collect();
    assert!(matches!(phases[1], Standing::Offline | Standing::Connecting), "{phases:?}");
    assert_eq!((phases[0], phases[2]), (Standing::Available, Standing::Available));
    let text = ha_wechaty_cli::text::status(&status);
    assert!(text.contains("2 of 3 accounts get work"), "{text}");
    assert!(!text.contains("insecure_"), "no token is shown");
}

#[tokio::test]
async fn ready_says_who_is_down_and_live_does_not_care() {
    let house = House::new().await;
    assert_eq!(house.admin("/health/ready", None).await.0, 200);
    for phone in &house.phones {
        phone.fail(Fault::Drop);
    }
    house.until("the team is down", || house.gateway.routing().available().is_empty()).await;
    let (code, text) = house.admin("/health/ready", None).await;
    assert!(code == 503 && text.contains("north") && text.contains("west"), "{code} {text}");
    assert_eq!(house.admin("/health/live", None).await.0, 200);
}

#[tokio::test]
async fn metrics_count_what_happened() {
    let house = House::new().await;
    let mut bot = house.bot().await;
    bot.say(house.room.id(), "hello").await.expect("sent");
    let (code, text) = house.admin("/metrics", None).await;
    assert_eq!(code, 200);
    for line in [
        "ha_wechaty_team_available 1",
        "ha_wechaty_accounts_usable 3",
        "ha_wechaty_account_phase{account=\"north\",phase=\"available\"} 1",
        "ha_wechaty_calls_total{rpc=\"MessageSendText\",code=\"Ok\"} 1",
    ] {
        assert!(text.contains(line), "{line} is not in\n{text}");
    }
    assert!(!text.contains("hello"), "no text of a message is shown");
}

#[tokio::test]
async fn with_a_password_only_health_is_open() {
    let house = House::with(|config| config.admin.password = Some(Secret::new("sesame"))).await;
    assert_eq!(house.admin("/status", None).await.0, 401);
    assert_eq!(house.admin("/metrics", Some("wrong")).await.0, 401);
    assert_eq!(house.admin("/status", Some("sesame")).await.0, 200);
    assert_eq!(house.admin("/health/live", None).await.0, 200);
}

#[tokio::test]
async fn without_the_password_nobody_is_told_who_is_down_and_where() {
    let house = House::with(|config| config.admin.password = Some(Secret::new("sesame"))).await;
    for phone in &house.phones {
        phone.fail(Fault::Drop);
    }
    house.until("the team is down", || house.gateway.routing().available().is_empty()).await;
    let (code, text) = house.admin("/health/ready", None).await;
    assert!(code == 503 && !text.contains("north") && !text.contains("127.0.0.1"), "{code} {text}");
    let (code, text) = house.admin("/health/ready", Some("sesame")).await;
    assert!(code == 503 && text.contains("north"), "{code} {text}");
}

#[tokio::test]
async fn whoever_is_not_let_in_is_counted() {
    let house = House::with(|config| config.admin.password = Some(Secret::new("sesame"))).await;
    assert_eq!(house.admin("/status", Some("open")).await.0, 401);
    assert_eq!(house.admin("/rooms", None).await.0, 401);
    assert_eq!(house.admin("/health/ready", None).await.0, 200);
    let refused = Bot::connect(&house.gateway, "insecure_stranger").await.expect_err("nobody knows it");
    assert_eq!(refused.code(), tonic::Code::Unauthenticated);
    let (_, text) = house.admin("/metrics", Some("sesame")).await;
    for line in ["ha_wechaty_refused_total{door=\"bot\"} 1", "ha_wechaty_refused_total{door=\"admin\"} 2"] {
        assert!(text.contains(line), "{line} is not in\n{text}");
    }
}

#[tokio::test]
async fn all_that_is_remembered_is_shown_in_the_same_words() {
    let house = House::new().await;
    let (status, metrics) = (house.status().await, house.admin("/metrics", None).await.1);
    let parts: Vec<&str> = status.held.iter().map(|it| it.of.as_str()).collect();
    for name in ["ha_wechaty_held", "ha_wechaty_held_bytes", "ha_wechaty_held_limit_bytes"] {
        let label =
            |line: &str| Some(line.strip_prefix(name)?.strip_prefix("{of=\"")?.split_once('"')?.0.to_owned());
        let mut told: Vec<String> = metrics.lines().filter_map(label).collect();
        told.sort_unstable();
        let mut parts = parts.clone();
        parts.sort_unstable();
        assert_eq!(told, parts, "{name}");
    }
    for part in &status.held {
        assert!(part.limit > 0, "it has no bound: {part:?}");
    }
    for key in ["messages", "uploads", "waiting", "sends", "conversations", "rooms", "dedup"] {
        assert!(parts.contains(&key), "{key} are bounded, and not shown: {parts:?}");
    }
}

#[tokio::test]
async fn two_accounts_that_are_one_person_are_seen_in_the_metrics_and_in_the_status() {
    let house = House::new().await;
    let same = async |wanted: [usize; 3]| {
        let metrics = house.admin("/metrics", None).await.1;
        let line = |(phone, n): (&Phone, usize)| {
            format!("ha_wechaty_account_same_person{{account=\"{}\"}} {n}\n", phone.name())
        };
        house.phones.iter().zip(wanted).map(line).all(|line| metrics.contains(&line))
    };
    assert!(same([0, 0, 0]).await);
    house.phones[1].emit(&PuppetEvent::Login { contact_id: house.phones[0].id().to_owned() });
    wait::until_some("the metrics tell", async || same([1, 1, 0]).await.then_some(())).await;
    let status = house.status().await;
    assert_eq!(status.accounts[1].same_person_as, ["north"]);
    let text = ha_wechaty_cli::text::status(&status);
    assert!(text.contains("the same WeChat person as north"), "{text}");
}

#[tokio::test]
async fn numbers_tell_which_version_runs_since_when_and_for_how_long_accounts_did_not_work() {
    let house = House::new().await;
    let _bot = house.bot().await;
    let text = async || house.admin("/metrics", None).await.1;
    let version = format!("ha_wechaty_build_info{{version=\"{}\"}} 1", env!("CARGO_PKG_VERSION"));
    let told = text().await;
    for line in [
        version.as_str(),
        "ha_wechaty_bot_streams{bot=\"main\"} 1",
        "ha_wechaty_reloads_total{result=\"taken\"} 0",
    ] {
        assert!(told.contains(line), "{line} is not in\n{told}");
    }
    let number = |text: &str, name: &str| {
        text.lines().find_map(|line| line.strip_prefix(name)?.trim().parse::<f64>().ok())
    };
    assert!(number(&told, "ha_wechaty_start_time_seconds ").is_some_and(|it| it > 1e9), "{told}");
    let down = "ha_wechaty_account_unavailable_seconds_total{account=\"north\",footing=\"down\"} ";
    let before = number(&told, down).unwrap_or(0.0);
    house.phones[0].fail(Fault::Drop);
    wait::until_some("north is down for a moment", async || {
        (number(&text().await, down)? > before + 0.05).then_some(())
    })
    .await;
    let words = HandWords { by: "ann @ a test".into(), why: String::new(), force: false };
    house.gateway.hands().lay("south", Hand::Resume, words).await.expect("nothing to do");
    let told = text().await;
    assert!(told.contains("ha_wechaty_hands_total{hand=\"resume\",end=\"nothing-to-do\"} 1"), "{told}");
}
