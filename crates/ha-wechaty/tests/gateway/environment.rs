//! A team that was never written down: the environment alone makes it.

use ha_wechaty::{
    Gateway,
    config::{Draft, Environment},
};
use ha_wechaty_sim::World;
use ha_wechaty_testkit::{Bot, TOKEN, wait};

#[tokio::test]
async fn the_accounts_of_the_environment_work() {
    let world = World::new(42);
    let mut phones = Vec::new();
    for (name, tls) in [("north", false), ("south", false), ("west", true)] {
        let phone = world.phone(name).token(&format!("insecure_{name}")).tls(tls);
        phones.push(phone.serve().await.expect("a phone"));
    }
    let at = |index: usize| format!("127.0.0.1:{}", phones[index].addr().port());
    let variables = [
        ("HA_WECHATY_PUPPET", "wechaty-puppet-hostie:wechaty-puppet-service".to_owned()),
        ("HA_WECHATY_PUPPET_HOSTIE_TOKEN", "insecure_north:insecure_south".to_owned()),
        ("HA_WECHATY_PUPPET_HOSTIE_ENDPOINT", format!("{},{}", at(0), at(1))),
        ("HA_WECHATY_PUPPET_SERVICE_TOKEN", "insecure_west".to_owned()),
        ("HA_WECHATY_PUPPET_SERVICE_ENDPOINT", at(2)),
        ("HA_WECHATY_BOT_TOKEN", TOKEN.to_owned()),
        ("HA_WECHATY_GATEWAY_LISTEN", "127.0.0.1:0".to_owned()),
        ("HA_WECHATY_GATEWAY_TLS", "off".to_owned()),
        ("HA_WECHATY_ADMIN_LISTEN", "off".to_owned()),
    ];
    let environment: Environment = variables.into_iter().collect();
    assert_eq!(environment.warnings(), []);
    let mut draft = Draft::new();
    draft.lay(&environment);
    let config = draft.finish().unwrap_or_else(|error| panic!("{error}"));
    let gateway = Gateway::start(config).await.expect("a gateway");
    wait::until("three accounts are available", || gateway.routing().available().len() == 3).await;
    let mut bot = Bot::connect(&gateway, TOKEN).await.expect("a bot");
    bot.find(|event| matches!(event, ha_wechaty_wire::PuppetEvent::Login { .. }).then_some(())).await;
    gateway.shutdown().await;
}
