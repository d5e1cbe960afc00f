//! `ha-wechaty history` and `ha-wechaty sla`: what went wrong and how long each was up, also after the gateway was killed.

use ha_wechaty::config::BotMode;
use ha_wechaty_sim::Fault;
use ha_wechaty_team::view::AnnalsStatus;
use ha_wechaty_testkit::{
    Town,
    program::{Running, Signal},
    text::config,
    wait,
};

use super::cli::{Folder, output, text};

async fn annals(gateway: &Running) -> AnnalsStatus {
    let (_, json) = ha_wechaty::admin::client::get(gateway.admin(), "/sla", None).await.expect("an answer");
    serde_json::from_str(&json).expect("the annals")
}

/// Waits until the only incident of north is over, or is not.
async fn until_north(gateway: &Running, is_over: bool) {
    wait::until_some("north's incident is as it should be", async || {
        let annals = annals(gateway).await;
        let mut its = annals.incidents.iter().filter(|it| it.whose.name == "north");
        let incident = its.next()?;
        (its.next().is_none() && incident.ended.is_some() == is_over).then_some(())
    })
    .await;
}

#[tokio::test]
async fn what_went_wrong_is_told_with_its_beginning_and_its_end_also_after_a_kill() {
    let (town, folder) = (Town::new().await, Folder::new());
    let lines = [("store", "path = \"team.db\""), ("pace", "enabled = false")];
    folder.write("ha-wechaty.toml", &config(&lines, &[("main", BotMode::All)], &town.phones));
    let mut gateway = Running::start(&mut folder.program(&["serve"]));
    gateway.until_logged("available account").await;
    let north = &town.phones[0];
    north.fail(Fault::Drop);
    until_north(&gateway, false).await;
    // What follows comes later, and is durable with what came before.
    wait::until_some("it is on the disk", async || {
        let (_, json) = ha_wechaty::admin::client::get(gateway.admin(), "/store", None).await.ok()?;
        let store: serde_json::Value = serde_json::from_str(&json).ok()?;
        (store["last_note"].as_str()? > annals(&gateway).await.incidents.first()?.began.as_str())
            .then_some(())
    })
    .await;
    gateway.signal(Signal::KILL);
    wait::within("it is gone", gateway.until_ended()).await;

    let mut gateway = Running::start(&mut folder.program(&["serve"]));
    gateway.until_logged("the team goes on where it was").await;
    until_north(&gateway, false).await;
    north.restore().await.expect("its port is free");
    until_north(&gateway, true).await;
    let admin = gateway.admin().to_string();
    let history = output(&mut folder.program(&["history", "north", "--admin", &admin]));
    let said = text(&history.stdout);
    assert!(history.status.success() && said.starts_with("north: "), "{said}");
    let row = said.lines().find(|line| line.starts_with("north  ")).expect("its incident");
    assert!(row.contains("connection") && row.contains("offline") && !row.contains("goes on"), "{row}");
    let sla = output(&mut folder.program(&["sla", "--csv", "--admin", &admin]));
    let rows = text(&sla.stdout);
    let of = |name: &str| rows.lines().filter(|line| line.contains(&format!(",{name},"))).count();
    assert_eq!([of("north"), of("south")], [4, 4], "{rows}");
    let down = |name: &str| {
        let row = rows.lines().find(|line| line.contains(&format!(",{name},24h,")))?;
        row.split(',').nth(6)?.parse::<f64>().ok()
    };
    assert_eq!(down("south"), Some(0.0), "{rows}");
    let unknown = output(&mut folder.program(&["history", "nobody", "--admin", &admin]));
    assert_eq!(unknown.status.code(), Some(1), "the gateway answers");
    assert!(text(&unknown.stderr).contains("nothing is known of nobody; there are"), "{unknown:?}");
}
