//! `ha-wechaty replay`: what happened and what the team knew, of a gateway that runs, of one that was killed, and of a
//! backup; and never what anybody said.

use std::{
    io::Write as _,
    process::{Output, Stdio},
};

use ha_wechaty::config::BotMode;
use ha_wechaty_sim::Fault;
use ha_wechaty_team::view::{AnnalsStatus, ReplayStatus};
use ha_wechaty_testkit::{
    Bot, Town,
    program::{Running, Signal},
    text, wait,
};

use super::cli::{self, Folder};

/// What nobody but the bot may ever read.
const SAID: &str = "the key is under the mat";

/// `ha-wechaty replay` with these words: its exit code, what it answers, and what it complains of.
fn replay(folder: &Folder, words: &[&str]) -> (Option<i32>, String, String) {
    let Output { status, stdout, stderr } = cli::output(folder.program(&["replay"]).args(words));
    (status.code(), cli::text(&stdout), cli::text(&stderr))
}

fn told(folder: &Folder, words: &[&str]) -> ReplayStatus {
    let (code, told, why) = replay(folder, &[words, &["--json"]].concat());
    assert_eq!(code, Some(0), "{why}");
    serde_json::from_str(&told).expect("steps")
}

fn serve(folder: &Folder) -> Running {
    Running::start(&mut folder.program(&["serve"]))
}

/// The number of north's incident, once it is over, or is not.
async fn incident(gateway: &Running, is_over: bool) -> u64 {
    wait::until_some("north's incident is as it should be", async || {
        let (_, json) = ha_wechaty::admin::client::get(gateway.admin(), "/sla", None).await.ok()?;
        let annals: AnnalsStatus = serde_json::from_str(&json).ok()?;
        let its = annals.incidents.iter().find(|it| it.whose.name == "north")?;
        (its.ended.is_some() == is_over).then_some(its.number)
    })
    .await
}

#[tokio::test]
async fn what_happened_is_told_of_a_gateway_that_runs_of_one_that_was_killed_and_of_a_backup() {
    let (town, folder) = (Town::new().await, Folder::new());
    let lines = [("store", "path = \"team.db\""), ("pace", "enabled = false")];
    folder.write("ha-wechaty.toml", &text::config(&lines, &[("main", BotMode::All)], &town.phones));
    let mut gateway = serve(&folder);
    for _ in &town.phones {
        gateway.until_logged("available account=").await;
    }
    let mut bot = Bot::connect_to(gateway.bots(), "insecure_main").await.expect("connected");
    town.alice.says(&town.room, SAID);
    assert_eq!(bot.next_message().await.text, SAID);
    bot.say(town.room.id(), SAID).await.expect("said");
    let north = &town.phones[0];
    north.fail(Fault::Drop);
    let number = incident(&gateway, false).await;
    wait::until_some("it is on the disk", async || {
        let steps = told(&folder, &["--admin", &gateway.admin()]).steps;
        steps.iter().any(|it| it.step.news.iter().any(|it| it.number == Some(number))).then_some(())
    })
    .await;
    gateway.signal(Signal::KILL);
    wait::within("it is gone", gateway.until_ended()).await;

    let mut gateway = serve(&folder);
    gateway.until_logged("the team goes on where it was").await;
    north.restore().await.expect("its port is free");
    assert_eq!(incident(&gateway, true).await, number);
    let running = wait::until_some("its end is on the disk", async || {
        let told = told(&folder, &["--admin", &gateway.admin()]);
        let ends = |text: &str| text.contains(&format!("incident {number} (north) ends"));
        told.steps.iter().any(|it| it.step.news.iter().any(|it| ends(&it.text))).then_some(told)
    })
    .await;
    // What the people read who are not at the gateway's machine.
    let around = told(&folder, &["--admin", &gateway.admin(), "--incident", &number.to_string()]);
    assert!(around.from.is_some() && around.to.is_some(), "{around:?}");
    let of_south = told(&folder, &["--admin", &gateway.admin(), "--account", "south"]);
    assert!(of_south.steps.iter().all(|it| it.step.account.as_deref() != Some("north")), "{of_south:?}");
    let (code, _, why) = replay(&folder, &["--admin", &gateway.admin(), "--account", "nobody"]);
    assert!(code == Some(1) && why.contains("north, south, west"), "{why}");
    let (code, _, why) = replay(&folder, &["--admin", &gateway.admin(), "--incident", "4711"]);
    assert!(code == Some(1) && why.contains("there is no incident 4711"), "{why}");
    let backup = folder
        .program(&["store", "backup", "copy.db", "--admin", &gateway.admin()])
        .output()
        .expect("it runs");
    assert!(backup.status.success(), "{backup:?}");
    let key = ["--store", "copy.db", "--key-file", "team.key"];
    let of_backup = told(&folder, &key);
    gateway.stop();

    // A backup tells the same, and so does the store once nobody serves it.
    let steps = running.steps.len();
    assert!(steps > 10 && of_backup.steps[..steps] == running.steps[..], "{steps}");
    let (code, closed, why) = replay(&folder, &[]);
    assert_eq!((code, why.as_str()), (Some(0), ""));
    println!("{closed}");
    for words in [
        "It can be told from 20",
        "north, south, west",
        "a team begins, of north, south, west",
        "bot main opens event stream",
        "→ north is offline: ",
        &format!("→ incident {number} (north) begins, noticed at once by its connection: "),
        "the gateway starts again, after ",
        "→ north is available",
        " quiet: ",
    ] {
        assert!(closed.contains(words), "{words}: {closed}");
    }
    let json = replay(&folder, &["--json"]).1;
    for secret in [SAID, "insecure", town.room.id()] {
        let is_an_id = secret == town.room.id();
        assert!(!closed.contains(secret) && (is_an_id || !json.contains(secret)), "{secret}");
    }

    // One after the other, for a person who presses enter.
    let mut stepping = folder
        .program(&["replay", "--step", "--incident", &number.to_string()])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it runs");
    stepping.stdin.take().expect("it has an input").write_all(b"\n\nq\n").expect("it reads");
    let stepped = stepping.wait_with_output().expect("it ends");
    let (said, asked) = (cli::text(&stepped.stdout), cli::text(&stepped.stderr));
    assert!(stepped.status.success() && asked.matches("[enter: next, q: end]").count() == 3, "{asked}");
    assert_eq!(said.matches("\n  the team ").count(), 3, "{said}");
    assert!(said.contains("\n  north connecting for "), "what was known then: {said}");
    assert!(!said.contains("That was all."), "{said}");

    // A wrong key is no damage, and what is not there is said.
    let (code, _, why) = replay(&folder, &["--store", "nowhere.db"]);
    assert!(code == Some(2) && why.contains("nowhere.db is not there"), "{why}");
}
