//! A host from its start to its end, and again.

use std::time::Duration;

use ha_wechaty::{
    Gateway, Standing,
    config::{AccountConfig, Endpoint, Provider, Service},
};
use ha_wechaty_wire::Token;

use crate::stage::{Host, Stage, status};

#[tokio::test]
async fn a_puppet_that_runs_here_and_a_service_elsewhere_are_one_team() {
    let stage = Stage::new();
    let elsewhere = stage.world.phone("south").serve().await.expect("a port");
    let mut config = stage.config(&["north"]);
    let service =
        Service::new(elsewhere.token().clone()).at(Endpoint::new("127.0.0.1", elsewhere.addr().port()));
    config.accounts.push(AccountConfig::new("south", service));
    let gateway = Gateway::start(config).await.expect("a gateway");
    let (_host, phone) = stage.serving("north", &[]).await;
    stage.until_available(&gateway, 2).await;
    assert!(phone.is_streaming() && phone.calls("Start") == 1);
    gateway.shutdown().await;
}

#[tokio::test]
async fn a_host_is_told_its_secrets_in_private_and_where_its_session_is() {
    let stage = Stage::new();
    let mut config = stage.config(&["north"]);
    let Provider::Hosted(hosted) = &mut config.accounts[0].provider else { panic!("it is hosted") };
    hosted.token = Some(Token::new("a very secret token"));
    hosted.options = serde_json::Map::from_iter([("colour".to_owned(), "blue".into())]).into();
    let gateway = Gateway::start(config).await.expect("a gateway");
    let host = stage.host("north", &[]).await;
    assert_eq!(host.order["token"], "a very secret token");
    assert_eq!(host.order["options"]["colour"], "blue");
    let card = stage.path("data/sessions/ossbot/north/wechaty-puppet-mock");
    assert_eq!(host.order["memory"], card.to_str().expect("UTF-8"));
    assert!(!host.arguments().contains("secret"), "{}", host.arguments());
    gateway.shutdown().await;
}

#[tokio::test]
async fn a_host_is_told_of_its_accounts_proxy_and_one_without_of_none() {
    let stage = Stage::new();
    let mut config = stage.config(&["north", "south"]);
    let Provider::Hosted(hosted) = &mut config.accounts[0].provider else { panic!("it is hosted") };
    hosted.proxy = Some("http://user:sesame@proxy.example:3128".parse().expect("a proxy"));
    let gateway = Gateway::start(config).await.expect("a gateway");
    let [north, south] = [stage.host("north", &[]).await, stage.host("south", &[]).await];
    let environment = |host: &Host| {
        let bytes = std::fs::read(format!("/proc/{}/environ", host.pid)).expect("it runs");
        String::from_utf8_lossy(&bytes).split('\0').map(str::to_owned).collect::<Vec<_>>()
    };
    let told = environment(&north);
    for name in
        ["ALL_PROXY", "HTTPS_PROXY", "HTTP_PROXY", "all_proxy", "https_proxy", "http_proxy", "grpc_proxy"]
    {
        let wanted = format!("{name}=http://user:sesame@proxy.example:3128");
        assert!(told.contains(&wanted), "{wanted} in {told:#?}");
    }
    assert!(told.contains(&"no_proxy=localhost,127.0.0.1,::1".to_owned()), "{told:#?}");
    assert!(!environment(&south).iter().any(|it| it.contains("proxy.example")));
    assert!(!north.arguments().contains("sesame"), "{}", north.arguments());
    north.say(r#"{"type":"failed","why":"no way by http://user:sesame@proxy.example:3128, said sesame"}"#);
    let status = stage.told(&gateway, 0, &["no way by …, said …"]).await;
    assert!(!status.text.contains("sesame"), "{}", status.text);
    gateway.shutdown().await;
}

#[tokio::test]
async fn a_host_that_dies_is_started_again_with_its_session_and_another_token() {
    let stage = Stage::new();
    let gateway = Gateway::start(stage.config(&["north"])).await.expect("a gateway");
    let (first, phone) = stage.serving("north", &[]).await;
    stage.until_available(&gateway, 1).await;
    first.kill();
    drop(phone);
    let lost = "offline: its host ended (signal: 9 (SIGKILL))";
    let (second, _phone) = stage.serving("north", &[&first]).await;
    stage.until_available(&gateway, 1).await;
    let history = status(&gateway).await.accounts.remove(0).history;
    assert!(
        history.iter().any(|step| step.to == Standing::Offline && step.cause.contains(lost)),
        "{history:?}"
    );
    assert_eq!(first.order["memory"], second.order["memory"]);
    assert_ne!(first.order["serviceToken"], second.order["serviceToken"]);
    gateway.shutdown().await;
}

#[tokio::test]
async fn the_end_of_the_gateway_is_the_orderly_end_of_its_hosts() {
    let stage = Stage::new();
    let gateway = Gateway::start(stage.config(&["north", "south"])).await.expect("a gateway");
    let (north, phone) = stage.serving("north", &[]).await;
    // This one is still coming up.
    let south = stage.host("south", &[]).await;
    stage.until_available(&gateway, 1).await;
    gateway.shutdown().await;
    assert!(!phone.is_streaming(), "its stream was closed before");
    for host in [north, south] {
        assert_eq!((host.heard(), host.lives()), (vec![r#"{"type":"close"}"#.to_owned()], false));
    }
}

#[tokio::test]
async fn a_puppet_that_runs_here_comes_and_goes_with_its_account_and_keeps_its_session() {
    let stage = Stage::new();
    let mut config = stage.config(&["north", "south"]);
    let south = config.accounts.pop().expect("two accounts");
    let mut gateway = Gateway::start(config).await.expect("a gateway");
    let (_north, _phone) = stage.serving("north", &[]).await;
    gateway.add(south.clone()).expect("added");
    let (first, phone) = stage.serving("south", &[]).await;
    stage.until_available(&gateway, 2).await;

    gateway.remove("south").await.expect("removed");
    assert!(!phone.is_streaming(), "its stream was closed before");
    assert_eq!((first.heard(), first.lives()), (vec![r#"{"type":"close"}"#.to_owned()], false));
    assert_eq!(status(&gateway).await.accounts.len(), 1);

    gateway.add(south).expect("added again");
    let (second, _phone) = stage.serving("south", &[&first]).await;
    stage.until_available(&gateway, 2).await;
    assert_eq!(first.order["memory"], second.order["memory"]);
    gateway.shutdown().await;
}

#[tokio::test]
async fn a_host_that_does_not_end_is_killed() {
    let stage = Stage::new();
    stage.write("node.hangs", "");
    let mut config = stage.config(&["north"]);
    config.host.stop = Duration::from_millis(50);
    let gateway = Gateway::start(config).await.expect("a gateway");
    let (host, _phone) = stage.serving("north", &[]).await;
    stage.until_available(&gateway, 1).await;
    gateway.shutdown().await;
    stage.until("it is gone", async || (!host.lives()).then_some(())).await;
    assert_eq!(host.heard(), [r#"{"type":"close"}"#]);
}

#[tokio::test]
async fn a_gateway_that_is_dropped_leaves_no_host_behind() {
    let stage = Stage::new();
    let gateway = Gateway::start(stage.config(&["north"])).await.expect("a gateway");
    let (host, _phone) = stage.serving("north", &[]).await;
    stage.until_available(&gateway, 1).await;
    drop(gateway);
    stage.until("it is gone", async || (!host.lives()).then_some(())).await;
}

#[tokio::test]
async fn an_account_runs_once_on_a_machine() {
    let stage = Stage::new();
    let first = Gateway::start(stage.config(&["north"])).await.expect("a gateway");
    let (host, _phone) = stage.serving("north", &[]).await;
    stage.until_available(&first, 1).await;
    let second = Gateway::start(stage.config(&["north"])).await.expect("another gateway");
    let text = stage
        .told(
            &second,
            0,
            &["preparing: waiting for its host: another ha-wechaty on this machine runs this account"],
        )
        .await;
    assert!(text.next_attempt.is_some(), "it is tried again: {text:?}");
    assert_eq!(status(&first).await.accounts[0].phase, Standing::Available);
    first.shutdown().await;
    let (_host, _phone) = stage.serving("north", &[&host]).await;
    stage.until_available(&second, 1).await;
    second.shutdown().await;
}

#[tokio::test]
async fn one_that_leaves_while_it_is_installed_lets_the_next_one_install() {
    let stage = Stage::new();
    stage.write("npm.waits", "");
    let mut gateway = Gateway::start(stage.config(&["north", "south"])).await.expect("a gateway");
    let installs = async || {
        let accounts = status(&gateway).await.accounts;
        accounts.into_iter().find(|it| it.text.contains("1 of 2 packages")).map(|it| it.name)
    };
    let first = stage.until("it is being installed", installs).await;
    gateway.remove(&first).await.expect("it is there");
    let next = if first == "north" { "south" } else { "north" };
    stage.told(&gateway, 0, &["1 of 2 packages"]).await;
    assert!(gateway.installing().is_some_and(|it| it.to_string().contains("1 of 2")));
    std::fs::remove_file(stage.path("npm.waits")).expect("it is ours");
    let (_host, _phone) = stage.serving(next, &[]).await;
    stage.until_available(&gateway, 1).await;
    gateway.shutdown().await;
}
