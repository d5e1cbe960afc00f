//! Another configuration counts while the gateway serves: rules, pace, bots, alarms, and who may look.

use std::{sync::atomic::Ordering::SeqCst, time::Duration};

use ha_wechaty::config::{
    AccountTls, BotConfig, BotMode, Config, KeyConfig, Limit, PemFile, Policy, Provider, Right, Secret, Vigil,
};
use ha_wechaty_admin::{
    MadeKey,
    client::{AdminClient, Shown},
    make_key,
};
use ha_wechaty_sim::Fault;
use ha_wechaty_testkit::{Bot, House, SELF, Setup, TOKEN, wait};
use ha_wechaty_wire::{PuppetEvent, Token};
use tonic::{Code, Status};

use crate::{
    alarms::{Receives, pass, pass_until, webhook},
    page::{BROWSER, ask, code, post, token},
};

const OTHER: &str = "insecure_other";

/// The configuration is another one from now on; with what counts at once.
async fn reload(house: &mut House, change: impl FnOnce(&mut Config)) -> Vec<&'static str> {
    let mut config = house.config();
    change(&mut config);
    let done = house.gateway.reload(config).await.expect("it is taken");
    assert!(done.failed.is_empty() && done.changed.is_empty() && done.added.is_empty(), "{done:?}");
    done.live
}

/// With which code and words a bot's stream ends.
async fn last_word(bot: &mut Bot) -> Status {
    loop {
        match wait::within("its stream ends", bot.events.message()).await {
            Ok(Some(_)) => {}
            Ok(None) => panic!("it ends without a word"),
            Err(status) => return status,
        }
    }
}

#[tokio::test]
async fn another_policy_moves_the_work_at_once() {
    let mut house = House::new().await;
    let mut bot = house.bot().await;
    assert_eq!(reload(&mut house, |config| config.team.policy = Policy::Failover).await, ["team"]);
    for n in 0..6 {
        bot.say(house.room.id(), &format!("n{n}")).await.expect("said");
    }
    let said = house.world.ledger().said();
    assert!(said.iter().all(|it| it.account.as_deref() == Some("north")), "{said:?}");
    assert_eq!(house.status().await.team.policy, Policy::Failover);
    assert_eq!(reload(&mut house, |config| config.team.policy = Policy::Failover).await, [""; 0]);
}

#[tokio::test]
async fn an_account_has_another_weight_and_other_times_on_the_connection_that_it_has() {
    let mut house = House::new().await;
    let mut config = house.config();
    config.accounts[0].weight = 3;
    config.accounts[1].vigil = Some(Vigil { ding_after: Duration::from_millis(50), ..Vigil::default() });
    config.accounts[2].domain = Some("office".into());
    let done = house.gateway.reload(config).await.expect("it is taken");
    assert_eq!(done.adjusted, ["north", "south", "west"]);
    assert!(done.changed.is_empty() && done.live.is_empty(), "{done:?}");
    let weights: Vec<u32> = house.status().await.accounts.iter().map(|it| it.weight).collect();
    assert_eq!(weights, [3, 1, 1]);
    house.until("its silence means something by now", || house.phones[1].calls("MessageSendText") > 0).await;
    assert!(house.phones.iter().all(|phone| phone.calls("Event") == 1), "nobody was connected anew");
}

#[tokio::test]
async fn a_lowered_pace_counts_at_once_and_a_raised_one_wakes_who_waits() {
    let limit = |count| vec![Limit { count, window: Duration::from_secs(3_600) }];
    let paced = |config: &mut Config, count| {
        config.pace.enabled = true;
        config.pace.per_conversation = Vec::new();
        config.pace.allowance.messages = limit(count);
        config.pace.for_answers = 0;
    };
    let mut house = Setup::new(SELF).accounts(&["north"]).config(|config| paced(config, 10)).start().await;
    let mut bot = house.bot().await;
    for n in 0..3 {
        bot.say(house.room.id(), &format!("n{n}")).await.expect("said");
    }
    assert_eq!(reload(&mut house, |config| paced(config, 3)).await, ["pace"]);
    let room = house.room.id().to_owned();
    let waits = tokio::spawn(async move { bot.say(&room, "n3").await });
    house.until("what was said stays said", || house.gateway.waiting() == 1).await;
    // Of its own: it counts before that of all.
    let mut config = house.config();
    paced(&mut config, 3);
    config.accounts[0].allowance = Some(config.pace.allowance.clone());
    config.accounts[0].allowance.as_mut().expect("it has one").messages = limit(4);
    let done = house.gateway.reload(config).await.expect("it is taken");
    assert_eq!((done.adjusted, done.live), (vec!["north".to_owned()], vec![]));
    wait::within("it goes on", waits).await.expect("no panic").expect("said");
    assert_eq!(house.world.ledger().said().len(), 4);
}

#[tokio::test]
async fn a_bot_that_is_new_may_connect_and_one_that_is_removed_may_not_any_more() {
    let mut house = House::new().await;
    let mut main = house.bot().await;
    let refused = Bot::connect(&house.gateway, OTHER).await.expect_err("it is nobody's");
    assert_eq!(refused.code(), Code::Unauthenticated);
    let both = |config: &mut Config| config.bots.push(BotConfig::new("other", Token::new(OTHER)));
    assert_eq!(reload(&mut house, both).await, ["bot"]);
    let mut other = Bot::connect(&house.gateway, OTHER).await.expect("it is somebody's");
    house.alice.says(&house.room, "to both");
    assert_eq!(main.next_message().await.text, "to both");
    assert_eq!(other.next_message().await.text, "to both");
    let names: Vec<String> = house.status().await.bots.into_iter().map(|it| it.name).collect();
    assert_eq!(names, ["main", "other"]);

    let only = |config: &mut Config| config.bots[0] = BotConfig::new("other", Token::new(OTHER));
    assert_eq!(reload(&mut house, only).await, ["bot"]);
    let word = last_word(&mut main).await;
    assert!(word.code() == Code::Unauthenticated && word.message().contains("removed"), "{word:?}");
    let refused = main.say(house.room.id(), "still there?").await.expect_err("it is nobody's");
    assert_eq!(refused.code(), Code::Unauthenticated, "{refused:?}");
    let refused = Bot::connect(&house.gateway, TOKEN).await.expect_err("it is nobody's");
    assert_eq!(refused.code(), Code::Unauthenticated);
    house.alice.says(&house.room, "to one");
    assert_eq!(other.next_message().await.text, "to one", "its stream goes on");
    other.say(house.room.id(), "I am here").await.expect("said");
    let names: Vec<String> = house.status().await.bots.into_iter().map(|it| it.name).collect();
    assert_eq!(names, ["other"]);
}

#[tokio::test]
async fn a_bot_with_another_token_comes_back_with_that_to_what_waits_for_it() {
    let mut house = House::new().await;
    let mut bot = house.bot().await;
    house.alice.says(&house.room, "not acknowledged");
    let id = bot.find(|event| if let PuppetEvent::Message { id } = event { Some(id) } else { None }).await;
    reload(&mut house, |config| config.bots[0].token = Token::new(OTHER)).await;
    let word = last_word(&mut bot).await;
    assert!(word.code() == Code::Unauthenticated && word.message().contains("another token"), "{word:?}");
    let refused = Bot::connect(&house.gateway, TOKEN).await.expect_err("it counts no more");
    assert_eq!(refused.code(), Code::Unauthenticated);
    let mut bot = Bot::connect(&house.gateway, OTHER).await.expect("it counts");
    let again = bot.find(|event| if let PuppetEvent::Message { id } = event { Some(id) } else { None }).await;
    assert_eq!(
        (again, bot.payload(&id).await.expect("a payload").text),
        (id.clone(), "not acknowledged".into())
    );
}

#[tokio::test]
async fn another_name_ends_no_stream_and_another_mode_does() {
    let mut house = House::new().await;
    let mut bot = house.bot().await;
    assert!(matches!(bot.next_news().await, PuppetEvent::Login { .. }));
    reload(&mut house, |config| config.bots[0].name = "helper".into()).await;
    house.alice.says(&house.room, "still there?");
    assert_eq!(bot.next_message().await.text, "still there?");
    let status = house.status().await;
    assert_eq!((status.bots[0].name.as_str(), status.bots[0].streams.len()), ("helper", 1));
    let standby = |config: &mut Config| {
        config.bots[0].name = "helper".into();
        config.bots[0].mode = BotMode::Standby;
    };
    reload(&mut house, standby).await;
    let word = last_word(&mut bot).await;
    assert!(word.code() == Code::Unavailable && word.message().contains("standby"), "{word:?}");
    house.alice.says(&house.room, "while it was away");
    let mut bot = house.bot().await;
    assert_eq!(bot.next_message().await.text, "while it was away");
    assert_eq!(house.status().await.bots[0].mode, BotMode::Standby);
}

#[tokio::test]
async fn alarms_go_where_the_new_configuration_says_and_nothing_is_told_twice() {
    let (first, url) = Receives::new().await;
    let (second, other) = Receives::new().await;
    let mut house = Setup::new(SELF).config(|config| config.notify.push(webhook(&url))).start().await;
    first.is_up.store(false, SeqCst);
    house.phones[1].fail(Fault::LogOut("on the phone".into()));
    pass_until(&house, "it is tried in vain", || first.refused().len() > 1).await;
    assert_eq!(reload(&mut house, |config| config.notify = vec![webhook(&other)]).await, ["notify"]);
    pass_until(&house, "what waited is told", || !second.told().is_empty()).await;
    first.is_up.store(true, SeqCst);
    pass(Duration::from_secs(1_200)).await;
    assert_eq!(second.told(), ["alarm.opened account-logged-out south"]);
    assert_eq!(first.told(), [""; 0], "nobody is told there any more");
    reload(&mut house, |config| config.notify.clear()).await;
    house.phones[2].fail(Fault::LogOut("on the phone".into()));
    pass(Duration::from_secs(1_200)).await;
    assert_eq!(second.told().len(), 1, "nobody is told");
    assert!(house.status().await.alarms.len() > 1, "and it is to be seen all the same");
}

#[tokio::test]
async fn another_password_and_other_keys_count_at_once_and_sessions_end_with_them() {
    let MadeKey { key, hash } = make_key().expect("random bits");
    let mut house = House::with(|config| {
        config.admin.password = Some(Secret::new("sesame"));
        config.keys = vec![KeyConfig::new("ops", hash, Right::Read)];
    })
    .await;
    let addr = house.gateway.admin_addr().expect("an admin's port");
    let own = format!("Origin: http://{addr}\r\n");
    let enter = async |house: &House, password: &str| {
        let form = format!("name=admin&secret={password}&csrf={}", token(house, "/login", BROWSER).await);
        let (head, _) = post(house, "/login", &form, &own).await;
        let cookie = head.lines().find_map(|line| line.strip_prefix("set-cookie: ha-wechaty="));
        cookie.map(|it| format!("Cookie: ha-wechaty={}\r\n", it.split(';').next().unwrap_or_default()))
    };
    let look =
        async |house: &House, cookie: &str| code(&ask(house, "GET", "/status", cookie).await.0).to_owned();
    let shown = async |shown: Shown| {
        AdminClient::new(addr).showing(Some(shown)).get("/status").await.expect("an answer").0
    };
    let old = enter(&house, "sesame").await.expect("a session");
    assert_eq!((look(&house, &old).await.as_str(), shown(Shown::key(&key)).await), ("200", 200));
    let change = |config: &mut Config| {
        config.admin.password = Some(Secret::new("open"));
        config.keys = Vec::new();
    };
    assert_eq!(reload(&mut house, change).await, ["admin", "key"]);
    assert_eq!((look(&house, &old).await.as_str(), shown(Shown::key(&key)).await), ("401", 401));
    assert_eq!(shown(Shown::password("sesame")).await, 401);
    assert_eq!(shown(Shown::password("open")).await, 200);
    let new = enter(&house, "open").await.expect("a session");
    assert_eq!(look(&house, &new).await, "200");
    reload(&mut house, |config| {
        config.admin.password = Some(Secret::new("open"));
        config.team.policy = Policy::Failover;
    })
    .await;
    assert_eq!(look(&house, &new).await, "200", "what is as it was ends no session");
}

#[tokio::test]
async fn either_all_of_it_is_taken_or_nothing_is_changed() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("ca.pem");
    std::fs::write(&path, "-----BEGIN CERTIFICATE-----\nbm9uZQ==\n-----END CERTIFICATE-----\n")
        .expect("written");
    let mut house = House::new().await;
    let mut config = house.config();
    config.team.policy = Policy::Failover;
    config.bots[0].token = Token::new(OTHER);
    config.accounts[1].weight = 7;
    let whole = config.clone();
    if let Provider::Service(service) = &mut config.accounts[2].provider {
        let ca = PemFile::read(&path).expect("it is there");
        service.tls = AccountTls::Custom { ca: Some(ca), server_name: None };
    }
    let seen = house.gateway.compare(&config).expect("it holds");
    let done = house.gateway.reload(config).await.expect("it holds");
    assert_eq!(done, seen);
    let failed: Vec<&str> = done.failed.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(failed, ["west"], "{done:?}");
    assert!(done.live.is_empty() && done.adjusted.is_empty() && done.changed.is_empty(), "{done:?}");
    let status = house.status().await;
    assert_eq!((status.team.policy, status.accounts[1].weight), (Policy::RoundRobin, 1));
    house.bot().await;
    let seen = house.gateway.compare(&whole).expect("it holds");
    assert_eq!(
        (seen.adjusted.as_slice(), &seen.live[..]),
        (["south".to_owned()].as_slice(), &["team", "bot"][..])
    );
    assert_eq!(house.status().await.team.policy, Policy::RoundRobin, "to look changes nothing");
    assert_eq!(house.gateway.reload(whole).await.expect("it holds"), seen);
}

#[tokio::test]
async fn what_is_open_until_the_next_start_does_not_lose_its_password_before() {
    let mut house = House::with(|config| {
        config.admin.listen = Some("0.0.0.0:0".parse().expect("an address"));
        config.admin.password = Some(Secret::new("sesame"));
        config.admin.behind_proxy = true;
    })
    .await;
    let mut config = house.config();
    config.admin.listen = Some("127.0.0.1:0".parse().expect("an address"));
    config.admin.password = None;
    config.check("the file").expect("it is in order by itself");
    let refused = house.gateway.reload(config).await.expect_err("it would be open to all");
    assert!(refused.to_string().contains("admin.listen"), "{refused}");
}
