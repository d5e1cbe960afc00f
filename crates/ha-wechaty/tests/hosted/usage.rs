//! The usage in the original's README with the puppets that it names, where one of them runs here; line by line in
//! `tests/library/usage.rs`.

use std::collections::BTreeSet;

use ha_wechaty::prelude::*;

use crate::stage::Stage;

#[tokio::test]
async fn the_originals_usage_with_a_puppet_service_and_padlocal() -> Result<(), Box<dyn std::error::Error>> {
    let stage = Stage::new();
    let service = stage.world.phone("service").serve().await?;
    let alice = stage.world.person("alice");

    let wechaty1 =
        Account::puppet("wechaty-puppet-service").token("insecure_service").endpoint(service.addr());
    let wechaty2 = Account::puppet("wechaty-puppet-padlocal").token("padlocal-token");
    // The original's `configureHa()`, with npm and Node of the stage.
    let ha = HaWechaty::builder()
        .account(wechaty1)
        .set("host.data_dir", stage.path("data").display())
        .set("host.node", stage.path("node").display())
        .set("host.npm", stage.path("npm").display())
        .set("pace.enabled", false)
        .set("team.burst", "0s")
        .build()?;
    ha.add(wechaty2).await?;
    let (started, (host, padlocal)) = tokio::join!(ha.start(), stage.serving("account-2", &[]));
    started?;
    assert_eq!(host.order["token"], "padlocal-token");
    assert_eq!(host.order["puppet"]["name"], "wechaty-puppet-padlocal");
    let sim_room = stage.world.room("ding room", &[&alice, &service, &padlocal]);

    let mut speakers = BTreeSet::new();
    stage
        .until("both have said it", async || {
            if let Some(room) = ha.rooms().find(topic("ding room")).await.expect("known") {
                speakers.insert(room.say("ding").await.expect("said").account);
            }
            (speakers.len() == 2).then_some(())
        })
        .await;
    assert!(stage.world.ledger().times(sim_room.id(), "ding") >= 2);
    ha.stop().await;
    assert!(!host.lives());
    Ok(())
}
