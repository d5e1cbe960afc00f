//! What operators do to accounts with commands: what they print, how they end, and what is kept.

use std::process::Output;

use ha_wechaty::{Standing, config::BotMode};
use ha_wechaty_sim::{Phone, World};
use ha_wechaty_team::view::{AccountStatus, Status};
use ha_wechaty_testkit::{
    program::{Running, Signal},
    text, wait,
};
use tokio::task::spawn_blocking;

use super::cli::{self, Folder};

/// A gateway of two phones, with a store in the folder.
struct Stage {
    folder: Folder,
    phones: [Phone; 2],
    _world: World,
}

impl Stage {
    async fn new() -> Self {
        let world = World::new(42);
        let north = world.phone("north").tls(true).serve().await.expect("a port");
        let south = world.phone("south").tls(true).serve().await.expect("a port");
        let (folder, phones) = (Folder::new(), [north, south]);
        let stage = Self { folder, phones, _world: world };
        stage.configure(&[0, 1]);
        stage
    }

    fn configure(&self, phones: &[usize]) {
        let (lines, bots) = ([("store", "path = \"team.db\"")], [("main", BotMode::All)]);
        let phones = phones.iter().map(|index| &self.phones[*index]);
        self.folder.write("ha-wechaty.toml", &text::config(&lines, &bots, phones));
    }

    async fn serve(&self) -> Running {
        let mut running = Running::start(&mut self.folder.program(&["serve", "--config", "ha-wechaty.toml"]));
        running.until_logged("the team is available").await;
        running
    }

    /// A command of an operator: its end, what it says, and what it complains of.
    async fn hand(&self, gateway: &Running, words: &[&str]) -> (Option<i32>, String, String) {
        let admin = gateway.admin();
        let mut command = self.folder.program(words);
        command.env("USER", "ann").args(["--admin", &admin]);
        let output: Output = spawn_blocking(move || cli::output(&mut command)).await.expect("no panic");
        (output.status.code(), cli::text(&output.stdout), cli::text(&output.stderr))
    }

    async fn account(&self, gateway: &Running, name: &str) -> AccountStatus {
        let status: Status = ha_wechaty_testkit::status(gateway.admin()).await;
        status.account(name).cloned().expect("it is in the team")
    }

    async fn until_all_work(&self, gateway: &Running) {
        wait::until_some("all work", async || {
            let status: Status = ha_wechaty_testkit::status(gateway.admin()).await;
            (status.team.usable == 2).then_some(())
        })
        .await;
    }
}

#[tokio::test]
async fn each_says_what_was_done_and_ends_with_0_what_is_refused_with_1_and_nobody_there_with_2() {
    let stage = Stage::new().await;
    let mut gateway = stage.serve().await;
    stage.until_all_work(&gateway).await;
    let (code, said, _) = stage.hand(&gateway, &["drain", "north", "--why", "new phone", "--wait"]).await;
    assert_eq!(code, Some(0), "{said}");
    assert!(said.starts_with("north gets no new work until ha-wechaty resume north; after "), "{said}");
    let log = gateway.until_logged("an operator's hand").await;
    for word in ["account=\"north\"", "hand=\"drain\"", "by=\"ann @ command line\"", "why=\"new phone\""] {
        assert!(log.contains(word), "{word} is not in {log}");
    }
    let (code, _, why) = stage.hand(&gateway, &["maintenance", "south"]).await;
    assert_eq!(code, Some(1), "{why}");
    assert!(why.contains("south is the last account that gets work") && why.contains("--force"), "{why}");
    let (code, _, why) = stage.hand(&gateway, &["reset", "west"]).await;
    assert!(code == Some(1) && why.contains("it has north, south"), "{code:?} {why}");
    let (code, _, why) = stage.hand(&gateway, &["reset", "nörth?/ x"]).await;
    assert!(code == Some(1) && why.contains("no account \"nörth?/ x\""), "{code:?} {why}");
    let (code, said, _) = stage.hand(&gateway, &["resume", "north", "--wait=30s"]).await;
    assert!(code == Some(0) && said.ends_with("it is available\n"), "{code:?} {said}");
    let (code, said, _) = stage.hand(&gateway, &["resume", "north"]).await;
    assert_eq!(
        (code, said.as_str()),
        (Some(0), "nothing to do: nobody keeps north from work; it is available\n")
    );
    let (code, said, why) = stage.hand(&gateway, &["reset", "north", "--wait"]).await;
    assert_eq!(code, Some(0), "{said} {why}");
    assert_eq!(stage.phones[0].calls("Stop"), 1);
    let (code, said, why) = stage.hand(&gateway, &["reconnect", "south", "--wait"]).await;
    assert_eq!(code, Some(0), "{said} {why}");
    let (code, said, why) = stage.hand(&gateway, &["logout", "south", "--wait"]).await;
    assert_eq!(code, Some(0), "{said} {why}");
    assert_eq!(stage.phones[1].calls("Logout"), 1);
    let admin = gateway.admin();
    gateway.stop();
    let mut late = stage.folder.program(&["resume", "south", "--admin", &admin]);
    let late = spawn_blocking(move || cli::output(&mut late)).await.expect("no panic");
    assert_eq!(late.status.code(), Some(2));
    assert!(cli::text(&late.stderr).contains("nobody answers on"), "{late:?}");
}

#[tokio::test]
async fn a_reload_ends_with_what_came_of_it() {
    let stage = Stage::new().await;
    stage.configure(&[0]);
    let mut gateway = stage.serve().await;
    stage.configure(&[0, 1]);
    let (code, said, why) = stage.hand(&gateway, &["reload"]).await;
    assert_eq!((code, said.as_str()), (Some(0), "added: south\n"), "{why}");
    let log = gateway.until_logged("was read again").await;
    assert!(log.contains("ann @ command line: the configuration was read again"), "{log}");
    stage.until_all_work(&gateway).await;
    let (code, said, _) = stage.hand(&gateway, &["reload", "--json"]).await;
    let done: serde_json::Value = serde_json::from_str(&said).expect("JSON");
    assert_eq!((code, &done["added"]), (Some(0), &serde_json::json!([])));
    stage.folder.write("ha-wechaty.toml", "[paec]\n");
    let (code, _, why) = stage.hand(&gateway, &["reload"]).await;
    assert_eq!(code, Some(1));
    assert!(why.contains("nothing was changed") && why.contains("did you mean pace?"), "{why}");
    assert!(stage.phones.iter().all(Phone::is_streaming));
    gateway.stop();
}

#[cfg(feature = "store")]
#[tokio::test]
async fn what_a_reload_has_changed_counts_at_once_and_after_kill_9_too() {
    let stage = Stage::new().await;
    let mut gateway = stage.serve().await;
    stage.until_all_work(&gateway).await;
    let write = |team: &str, bots: &[(&str, BotMode)]| {
        let lines = [("store", "path = \"team.db\""), ("team", team)];
        stage.folder.write("ha-wechaty.toml", &text::config(&lines, bots, stage.phones.iter()));
    };
    let stands = async |gateway: &Running| {
        let status: Status = ha_wechaty_testkit::status(gateway.admin()).await;
        let bots: Vec<String> = status.bots.into_iter().map(|it| it.name).collect();
        (status.team.policy.name().to_owned(), bots.join(" "))
    };
    write("policy = \"failover\"", &[("other", BotMode::Standby), ("main", BotMode::All)]);
    let told = "counts at once: team, bot\n";
    let (code, said, why) = stage.hand(&gateway, &["reload", "--dry-run"]).await;
    assert_eq!((code, said.as_str()), (Some(0), told), "{why}");
    assert_eq!(stands(&gateway).await, ("round-robin".to_owned(), "main".to_owned()), "nothing was changed");
    let (code, said, why) = stage.hand(&gateway, &["reload"]).await;
    assert_eq!((code, said.as_str()), (Some(0), told), "{why}");
    // Each keeps its place, until the next start.
    assert_eq!(stands(&gateway).await, ("failover".to_owned(), "main other".to_owned()));
    let (code, said, _) = stage.hand(&gateway, &["reload"]).await;
    assert_eq!((code, said.as_str()), (Some(0), "nothing has changed\n"));
    gateway.signal(Signal::HUP);
    gateway.until_logged("SIGHUP: the configuration was read again").await;
    wait::until_some("the trail has it", async || {
        let (_, said, _) = stage.hand(&gateway, &["audit"]).await;
        (said.contains("SIGHUP") && said.matches("reload").count() >= 3).then_some(())
    })
    .await;
    gateway.signal(Signal::KILL);
    gateway.until_ended().await;
    let gateway = stage.serve().await;
    assert_eq!(stands(&gateway).await, ("failover".to_owned(), "other main".to_owned()));
    gateway.stop();
}

#[cfg(feature = "store")]
#[tokio::test]
async fn a_maintenance_outlives_kill_9_and_a_reload_and_its_account_leaving_and_ends_when_its_time_is_up() {
    let stage = Stage::new().await;
    let mut gateway = stage.serve().await;
    stage.until_all_work(&gateway).await;
    let words = ["maintenance", "north", "--why", "new phone", "--for", "1h"];
    let (code, said, why) = stage.hand(&gateway, &words).await;
    assert_eq!((code, said.as_str()), (Some(0), "north gets no work, and is let be for 1h\n"), "{why}");
    gateway.signal(Signal::KILL);
    gateway.until_ended().await;

    let mut gateway = stage.serve().await;
    let is_kept = |it: &AccountStatus| {
        let kept = it.withdrawal.as_ref().expect("it is in maintenance");
        assert_eq!((kept.by.as_str(), kept.why.as_str()), ("ann @ command line", "new phone"));
        assert!(kept.ends.is_some_and(|ends| ends > 3_000.0), "{kept:?}");
        assert_eq!(it.phase, Standing::Maintenance);
    };
    is_kept(&stage.account(&gateway, "north").await);
    stage.configure(&[1]);
    gateway.signal(Signal::HUP);
    gateway.until_logged("removed=[\"north\"]").await;
    stage.configure(&[0, 1]);
    gateway.signal(Signal::HUP);
    gateway.until_logged("added=[\"north\"]").await;
    is_kept(&stage.account(&gateway, "north").await);
    assert_eq!(stage.phones[0].calls("MessageSendText"), 0);

    let (code, ..) = stage.hand(&gateway, &["drain", "north", "--for", "1s"]).await;
    assert_eq!(code, Some(0));
    gateway.until_logged("its time is up").await;
    stage.until_all_work(&gateway).await;
    gateway.stop();
}
