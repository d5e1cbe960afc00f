//! What keeps a host from running is told with its remedy, and disturbs no other account.

use std::{fs, time::Duration};

use ha_wechaty::{
    Gateway,
    config::{AccountConfig, Endpoint, Provider, Service},
};
use ha_wechaty_wire::Token;

use crate::stage::Stage;

#[tokio::test]
async fn without_node_the_remedy_is_told_and_the_others_go_on() {
    let stage = Stage::new();
    let phone = stage.world.phone("south").serve().await.expect("a port");
    let mut config = stage.config(&["north"]);
    config.host.node = stage.path("no-such-node");
    let service = Service::new(phone.token().clone()).at(Endpoint::new("127.0.0.1", phone.addr().port()));
    config.accounts.push(AccountConfig::new("south", service));
    let gateway = Gateway::start(config).await.expect("a gateway");
    stage.until_available(&gateway, 1).await;
    let parts = ["preparing: ", "no-such-node can't be run", "install Node 18 or newer", "host.node"];
    let status = stage.told(&gateway, 0, &parts).await;
    assert!(status.next_attempt.is_some(), "{status:?}");
    // Installed meanwhile.
    fs::copy(stage.path("node"), stage.path("no-such-node")).expect("it is ours");
    let (_host, _phone) = stage.serving("north", &[]).await;
    stage.until_available(&gateway, 2).await;
    gateway.shutdown().await;
}

#[tokio::test]
async fn an_old_node_and_what_is_no_node_are_told() {
    for (version, told) in
        [("v16.20.2", "node is v16.20.2, but Node 18 or newer is needed"), ("", "is no Node")]
    {
        let stage = Stage::new();
        stage.write("node.version", version);
        let gateway = Gateway::start(stage.config(&["north"])).await.expect("a gateway");
        stage.told(&gateway, 0, &[told, "install Node 18 or newer"]).await;
        gateway.shutdown().await;
    }
}

#[tokio::test]
async fn a_node_that_does_not_say_its_version_has_a_deadline_and_leaves_nothing() {
    let stage = Stage::new();
    // As a wrapper that waits for a network, by a child of its own.
    stage.write("node", "#!/bin/sh\nsleep 3600 & echo $! > \"$0.child\"; wait\n");
    let mut config = stage.config(&["north"]);
    config.host.start = Duration::from_millis(300);
    config.reconnect.backoff.base = Duration::from_secs(3_600);
    config.reconnect.backoff.cap = Duration::from_secs(3_600);
    let gateway = Gateway::start(config).await.expect("a gateway");
    stage.told(&gateway, 0, &["node --version has not answered within 300ms (host.start)"]).await;
    let child = stage.read("node.child").trim().to_owned();
    // It is gone, or waits for its new parent to notice that it is.
    let is_alive = || {
        let stat = fs::read_to_string(format!("/proc/{child}/stat")).unwrap_or_default();
        !stat.is_empty() && !stat.contains(") Z ")
    };
    stage.until("its child is gone", async || (!is_alive()).then_some(())).await;
    gateway.shutdown().await;
}

#[tokio::test]
async fn without_npm_the_remedy_is_told() {
    let stage = Stage::new();
    fs::remove_file(stage.path("npm")).expect("it is ours");
    let gateway = Gateway::start(stage.config(&["north"])).await.expect("a gateway");
    stage.told(&gateway, 0, &["npm can't be run", "install npm, which comes with Node", "host.npm"]).await;
    gateway.shutdown().await;
}

#[tokio::test]
async fn why_a_host_gave_up_is_told_without_its_secrets() {
    let stage = Stage::new();
    let mut config = stage.config(&["north"]);
    let Provider::Hosted(hosted) = &mut config.accounts[0].provider else { panic!("it is hosted") };
    hosted.token = Some(Token::new("sesame-4711"));
    config.reconnect.backoff.base = Duration::from_secs(3_600);
    config.reconnect.backoff.cap = Duration::from_secs(3_600);
    let gateway = Gateway::start(config).await.expect("a gateway");
    let host = stage.host("north", &[]).await;
    host.say(r#"{"type":"failed","why":"sesame-4711 is refused"}"#);
    let status = stage
        .told(
            &gateway,
            0,
            &["preparing: waiting for its host: its host could not run the puppet: … is refused"],
        )
        .await;
    assert!(status.next_attempt.is_some_and(|seconds| seconds > 0.0), "{status:?}");
    gateway.shutdown().await;
}

#[tokio::test]
async fn the_last_error_of_a_host_that_ended_is_told() {
    let stage = Stage::new();
    let mut config = stage.config(&["north"]);
    config.reconnect.backoff.base = Duration::from_secs(3_600);
    config.reconnect.backoff.cap = Duration::from_secs(3_600);
    let gateway = Gateway::start(config).await.expect("a gateway");
    let host = stage.host("north", &[]).await;
    host.say(r#"{"type":"log","level":"error","text":"it burns"}"#);
    host.say("not a message of ours");
    host.say("die");
    stage
        .told(
            &gateway,
            0,
            &["preparing: waiting for its host: its host ended (signal: 9 (SIGKILL)): it burns"],
        )
        .await;
    gateway.shutdown().await;
}

#[tokio::test]
async fn a_puppet_for_another_system_is_told_before_anything_is_installed() {
    let stage = Stage::new();
    let mut config = stage.config(&["north"]);
    let Provider::Hosted(hosted) = &mut config.accounts[0].provider else { panic!("it is hosted") };
    hosted.package = "wechaty-puppet-xp".parse().expect("a package");
    let gateway = Gateway::start(config).await.expect("a gateway");
    stage.told(&gateway, 0, &["wechaty-puppet-xp runs on Windows only", "behind a puppet service"]).await;
    assert_eq!(stage.read("npm.log"), "");
    gateway.shutdown().await;
}

#[tokio::test]
async fn what_a_puppet_says_is_in_the_status_without_secrets_and_without_its_traces() {
    let stage = Stage::new();
    let mut config = stage.config(&["north"]);
    let Provider::Hosted(hosted) = &mut config.accounts[0].provider else { panic!("it is hosted") };
    hosted.token = Some(Token::new("sesame-4711"));
    config.reconnect.backoff.base = Duration::from_secs(3_600);
    config.reconnect.backoff.cap = Duration::from_secs(3_600);
    let gateway = Gateway::start(config).await.expect("a gateway");
    let host = stage.host("north", &[]).await;
    for (level, text) in [
        ("warn", "no server for sesame-4711 yet"),
        ("warn", "    at Socket.connect (net.js:1:1)"),
        ("debug", "a detail"),
    ] {
        host.say(format!(r#"{{"type":"log","level":"{level}","text":"{text}"}}"#));
    }
    host.say(r#"{"type":"failed","why":"it is all over"}"#);
    let status = stage.told(&gateway, 0, &["it is all over"]).await;
    assert_eq!(status.last_words.map(|said| said.text).as_deref(), Some("no server for … yet"));
    gateway.shutdown().await;
}

#[tokio::test]
async fn what_can_not_be_read_of_a_puppet_is_passed_over_and_the_rest_is_heard() {
    let stage = Stage::new();
    let mut config = stage.config(&["north"]);
    // It is looked at for as long as it takes.
    config.reconnect.backoff.base = Duration::from_secs(3_600);
    config.reconnect.backoff.cap = Duration::from_secs(3_600);
    let gateway = Gateway::start(config).await.expect("a gateway");
    let host = stage.host("north", &[]).await;
    host.say("x".repeat(200_000));
    host.say(b"\xc4\xe3\xba\xc3");
    host.say(r#"{"type":"failed","why":"I am heard"}"#);
    stage.told(&gateway, 0, &["I am heard"]).await;
    gateway.shutdown().await;
}

#[tokio::test]
async fn a_host_that_does_not_come_up_is_told_and_replaced() {
    let stage = Stage::new();
    let mut config = stage.config(&["north"]);
    config.host.start = Duration::from_millis(300);
    let gateway = Gateway::start(config).await.expect("a gateway");
    let silent = stage.host("north", &[]).await;
    stage.told(&gateway, 0, &["its host did not serve within 300ms (host.start)"]).await;
    stage.until("it is gone", async || (!silent.lives()).then_some(())).await;
    stage.host("north", &[&silent]).await;
    gateway.shutdown().await;
}
