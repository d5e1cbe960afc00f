//! What is installed, and when.

use std::fs;

use ha_wechaty::{
    Gateway,
    config::{AccountConfig, Hosted},
};
use serde_json::Value;

use crate::stage::{Stage, status};

/// What npm was asked for, each without the flags.
fn asked(stage: &Stage) -> Vec<String> {
    stage.read("npm.log").lines().map(|line| line.split(' ').next().unwrap_or_default().to_owned()).collect()
}

fn packages(stage: &Stage) -> Vec<String> {
    let folders = fs::read_dir(stage.path("data/packages")).expect("it was made");
    let mut names: Vec<String> =
        folders.filter_map(|file| file.ok()?.file_name().into_string().ok()).collect();
    names.retain(|name| !name.starts_with(".lock-"));
    names
}

#[tokio::test]
async fn accounts_with_the_same_puppet_share_one_installation_that_lasts() {
    let stage = Stage::new();
    let gateway = Gateway::start(stage.config(&["north", "south"])).await.expect("a gateway");
    let (north, _one) = stage.serving("north", &[]).await;
    let (south, _other) = stage.serving("south", &[]).await;
    stage.until_available(&gateway, 2).await;
    assert_eq!(asked(&stage), ["install", "ci"]);
    assert!(stage.read("npm.log").lines().all(|line| line.contains("--ignore-scripts")));
    gateway.shutdown().await;
    // From now on there is no npm.
    fs::remove_file(stage.path("npm")).expect("it is ours");
    let gateway = Gateway::start(stage.config(&["north"])).await.expect("a gateway");
    let (_host, _phone) = stage.serving("north", &[&north, &south]).await;
    stage.until_available(&gateway, 1).await;
    gateway.shutdown().await;
}

#[tokio::test]
async fn versions_are_ours_unless_the_operator_has_others() {
    let stage = Stage::new();
    let gateway = Gateway::start(stage.config(&["north"])).await.expect("a gateway");
    stage.host("north", &[]).await;
    gateway.shutdown().await;
    let manifest: Value = serde_json::from_str(&stage.read("package.json")).expect("JSON");
    let dependencies = manifest["dependencies"].as_object().expect("a table");
    assert_eq!(dependencies["wechaty-puppet-mock"], "1.19.4");
    for (name, version) in dependencies {
        let version = version.as_str().expect("a text");
        assert!(version.split('.').all(|part| part.parse::<u32>().is_ok()), "{name} {version}");
    }
}

#[tokio::test]
async fn how_far_it_is_can_be_seen() {
    let stage = Stage::new();
    stage.write("npm.waits", "");
    let gateway = Gateway::start(stage.config(&["north"])).await.expect("a gateway");
    let parts =
        ["preparing: waiting for its host to be installed: wechaty-puppet-mock 1.19.4, 1 of 2 packages"];
    stage.told(&gateway, 0, &parts).await;
    assert!(packages(&stage)[0].starts_with(".partial-"), "{:?}", packages(&stage));
    fs::remove_file(stage.path("npm.waits")).expect("it is ours");
    stage.host("north", &[]).await;
    stage.told(&gateway, 0, &["preparing: waiting for its host to start"]).await;
    gateway.shutdown().await;
}

#[tokio::test]
async fn an_installation_that_was_cut_short_is_made_anew() {
    let stage = Stage::new();
    let left = stage.path("data/packages/.partial-of-a-killed-gateway");
    fs::create_dir_all(&left).expect("it is ours");
    fs::write(left.join("package.json"), "half of it").expect("it is ours");
    stage.write("npm.waits", "");
    let gateway = Gateway::start(stage.config(&["north"])).await.expect("a gateway");
    stage.told(&gateway, 0, &["1 of 2 packages"]).await;
    drop(gateway);
    stage.until("it is cleared away", async || packages(&stage).is_empty().then_some(())).await;
    fs::remove_file(stage.path("npm.waits")).expect("it is ours");
    let gateway = Gateway::start(stage.config(&["north"])).await.expect("a gateway");
    let (_host, _phone) = stage.serving("north", &[]).await;
    stage.until_available(&gateway, 1).await;
    let packages = packages(&stage);
    assert!(packages.len() == 1 && packages[0].starts_with("wechaty-puppet-mock@1.19.4-"), "{packages:?}");
    gateway.shutdown().await;
}

#[tokio::test]
async fn what_npm_complains_of_is_told_and_it_is_tried_again() {
    let stage = Stage::new();
    stage
        .write("npm.fails", "npm warn something\nnpm error code ENOTFOUND\nnpm error network no such host\n");
    let gateway = Gateway::start(stage.config(&["north"])).await.expect("a gateway");
    let parts = ["npm could not install wechaty-puppet-mock 1.19.4: code ENOTFOUND; network no such host"];
    stage.told(&gateway, 0, &parts).await;
    assert!(!status(&gateway).await.team.available);
    fs::remove_file(stage.path("npm.fails")).expect("it is ours");
    let (_host, _phone) = stage.serving("north", &[]).await;
    stage.until_available(&gateway, 1).await;
    gateway.shutdown().await;
}

#[tokio::test]
async fn what_cannot_be_installed_keeps_nobody_waiting_however_often_it_is_tried() {
    let stage = Stage::new();
    let mut config = stage.config(&[]);
    for name in ["north", "south"] {
        let package = format!("no-such-puppet-{name}").parse().expect("a package");
        config.accounts.push(AccountConfig::new(name, Hosted::new(package)));
    }
    let mut gateway = Gateway::start(config).await.expect("a gateway");
    for account in 0..2 {
        stage.told(&gateway, account, &["npm could not install no-such-puppet-", "E404"]).await;
    }
    // From now on each attempt takes npm for ever.
    stage.write("npm.ponders", "");
    stage
        .until("it is tried again", async || stage.read("npm.log").contains("it ponders").then_some(()))
        .await;
    let west = Hosted::new("wechaty-puppet-mock".parse().expect("a package"));
    gateway.add(AccountConfig::new("west", west)).expect("it can be added");
    let (_host, _phone) = stage.serving("west", &[]).await;
    stage.until_available(&gateway, 1).await;
    fs::remove_file(stage.path("npm.ponders")).expect("it is ours");
    gateway.shutdown().await;
}
