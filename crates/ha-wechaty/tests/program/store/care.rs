//! `ha-wechaty store`, while a gateway serves and while none does.

use std::{fs, os::unix::fs::PermissionsExt as _, process::Output};

use ha_wechaty_testkit::{Bot, Town, program::Running, wait};
use serde_json::Value;

use super::{super::cli, Folder, configure, serve};

/// What nobody but the bot may ever read.
const SAID: &str = "the key is under the mat";

/// A gateway whose bot was told something and answered, and that still has something for it.
async fn lived(folder: &Folder) -> (Town, Running) {
    let town = Town::new().await;
    configure(folder, "team.db", &town.phones);
    let mut gateway = serve(folder);
    for _ in &town.phones {
        gateway.until_logged("available account=").await;
    }
    let mut bot = Bot::connect_to(gateway.bots(), "insecure_main").await.expect("connected");
    town.alice.says(&town.room, SAID);
    assert_eq!(bot.next_message().await.text, SAID);
    bot.say(town.room.id(), "which mat?").await.expect("said");
    drop(bot);
    gateway.until_logged("bot disconnected").await;
    town.alice.says(&town.room, "the one at the door");
    let admin = gateway.admin();
    wait::until_some("what was said last waits for the bot", async || {
        (info(folder, &["--admin", &admin])["knows"]["waiting"] == 1).then_some(())
    })
    .await;
    (town, gateway)
}

/// `ha-wechaty store` with these words: its exit code, what it answers, and what it complains of.
fn store(folder: &Folder, words: &[&str]) -> (Option<i32>, String, String) {
    let Output { status, stdout, stderr } = cli::output(folder.program(&["store"]).args(words));
    (status.code(), cli::text(&stdout), cli::text(&stderr))
}

/// What a store tells of itself as JSON.
fn info(folder: &Folder, words: &[&str]) -> Value {
    let (code, told, why) = store(folder, &[&["info", "--json"][..], words].concat());
    assert_eq!(code, Some(0), "{why}");
    serde_json::from_str(&told).expect("JSON")
}

#[tokio::test]
async fn a_store_is_looked_after_while_a_gateway_serves_it() {
    let folder = Folder::new();
    let (_town, gateway) = lived(&folder).await;
    let admin = gateway.admin();
    // Its own configuration leads there as well, once it says which port that is.
    let config = fs::read_to_string(folder.path("ha-wechaty.toml")).expect("it is ours");
    folder.write(
        "ha-wechaty.toml",
        &config.replace("[admin]\nlisten = \"127.0.0.1:0\"", &format!("[admin]\nlisten = \"{admin}\"")),
    );
    let (code, told, why) = store(&folder, &["info"]);
    assert_eq!((code, why.as_str()), (Some(0), ""));
    for words in [
        "team.db, ",
        "team.key",
        "records: 1 to ",
        "it knows 3 messages",
        "1 events that bots have not",
        "of ossbot: process",
    ] {
        assert!(told.contains(words), "{words}: {told}");
    }
    let status = cli::text(&cli::output(&mut folder.program(&["status"])).stdout);
    assert!(status.contains("team.db: ") && status.contains(", written "), "{status}");

    for (command, code) in [("check", 2), ("vacuum", 1), ("export", 1)] {
        let (ended, told, why) = store(&folder, &[command]);
        assert_eq!((ended, told.as_str()), (Some(code), ""), "{command}");
        assert!(
            why.contains("in use: a gateway serves it") && why.contains("ha-wechaty store backup FILE"),
            "{why}"
        );
    }

    let (code, told, why) = store(&folder, &["backup", "copy.db"]);
    assert_eq!(code, Some(0), "{why}");
    assert!(
        told.starts_with("copy.db: ") && told.contains("looked over") && told.contains("team.key"),
        "{told}"
    );
    let mode = fs::metadata(folder.path("copy.db")).expect("a file").permissions().mode();
    assert_eq!(mode & 0o777, 0o600, "for its owner alone");
    let (code, _, why) = store(&folder, &["backup", "copy.db"]);
    assert!(code == Some(1) && why.contains("never replaces a file"), "{why}");
    let beside: Vec<_> =
        fs::read_dir(folder.root()).expect("it is ours").flatten().map(|it| it.file_name()).collect();
    assert!(beside.iter().all(|name| !name.to_string_lossy().ends_with(".being-copied")), "{beside:?}");

    let (code, told, why) = store(&folder, &["check", "--store", "copy.db", "--key-file", "team.key"]);
    assert!(code == Some(0) && told.starts_with("fine: copy.db is whole: "), "{told}{why}");
    let (code, _, why) = store(&folder, &["check", "--store", "copy.db"]);
    assert!(
        code == Some(2) && why.contains("copy.key can't be used"),
        "without its key nobody can look: {why}"
    );
    gateway.stop();
}

#[tokio::test]
async fn a_store_that_nobody_serves_is_read_made_smaller_and_put_back() {
    let folder = Folder::new();
    let (town, gateway) = lived(&folder).await;
    gateway.stop();
    let before = info(&folder, &[]);
    assert_eq!(
        (&before["knows"]["waiting"], &before["knows"]["messages"]),
        (&1.into(), &3.into()),
        "{before}"
    );
    assert!(store(&folder, &["info"]).1.trim_end().ends_with("no gateway serves it now"));
    let (code, told, why) = store(&folder, &["check"]);
    assert!(code == Some(0) && told.contains("team.db is whole: "), "{told}{why}");
    let (code, told, why) = store(&folder, &["vacuum"]);
    assert!(code == Some(0) && told.contains("team.db: "), "{told}{why}");
    let (code, _, why) = store(&folder, &["backup", "copy.db"]);
    assert_eq!(code, Some(0), "{why}");

    let (code, lines, why) = store(&folder, &["export"]);
    assert_eq!(code, Some(0), "{why}");
    let notes: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).expect(line)).collect();
    let is = |what: &str| notes.iter().filter(|note| note["what"] == what).count();
    for what in
        ["Begins", "Link", "Message", "Page", "SendBegins", "SendEnds", "BotConnected", "Acknowledged"]
    {
        assert!(is(what) > 0, "{what}: {lines}");
    }
    assert!(
        lines.contains(town.room.id())
            && lines.contains("\"account\":\"north\"")
            && lines.contains("\"bot\":\"main\""),
        "{lines}"
    );
    for never in [SAID, "which mat", "ding room", "insecure_", "the one at the door"] {
        assert!(!lines.contains(never), "{never}: {lines}");
    }

    // The disk is lost, and the backup is put back with its key.
    fs::remove_file(folder.path("team.db")).expect("it is ours");
    fs::rename(folder.path("copy.db"), folder.path("team.db")).expect("it is ours");
    assert_eq!(info(&folder, &[])["knows"], before["knows"]);
    let gateway = serve(&folder);
    let mut bot = Bot::connect_to(gateway.bots(), "insecure_main").await.expect("connected");
    assert_eq!(bot.next_message().await.text, "the one at the door");
    gateway.stop();
}

#[test]
fn where_there_is_no_store_that_is_said() {
    let folder = Folder::new();
    configure(&folder, "memory", []);
    let (code, _, why) = store(&folder, &["info"]);
    assert!(code == Some(1) && why.contains("[store] path is \"memory\""), "{why}");
    let (code, _, why) = store(&folder, &["check", "--store", "nowhere.db"]);
    assert!(code == Some(2) && why.contains("nowhere.db is not there"), "{why}");
    assert!(!folder.path("nowhere.db").exists(), "to look is not to begin one");
}

#[tokio::test]
async fn what_is_forgotten_without_a_store_is_said_at_start_and_by_check() {
    let folder = Folder::new();
    let town = Town::new().await;
    configure(&folder, "memory", &town.phones);
    let told = cli::text(&cli::output(&mut folder.program(&["check"])).stdout);
    assert!(
        told.contains("no store ([store] path is \"memory\"): when the gateway ends it forgets"),
        "{told}"
    );
    let gateway = serve(&folder);
    let (code, _, why) = store(&folder, &["info", "--admin", &gateway.admin()]);
    assert!(code == Some(1) && why.contains("[store] path is \"memory\""), "{why}");
    assert!(gateway.stop().contains("it forgets what bots have not acknowledged"));

    configure(&folder, "team.db", &town.phones);
    let told = cli::text(&cli::output(&mut folder.program(&["check"])).stdout);
    assert!(told.contains("team.db, sealed with ") && !told.contains("forgets"), "{told}");
    assert!(!serve(&folder).stop().contains("it forgets"));
}

#[tokio::test]
async fn a_store_that_others_can_read_is_told_at_start() {
    let folder = Folder::new();
    let town = Town::new().await;
    configure(&folder, "team.db", &town.phones);
    let told = || {
        let log = serve(&folder).stop();
        let lines = log.lines().filter(|line| line.contains("others on this machine can read it"));
        lines.map(str::to_owned).collect::<String>()
    };
    told();
    let of_store = |log: &str| ["chmod 600 team.db", "chmod 600 team.key"].map(|remedy| log.contains(remedy));
    assert_eq!(of_store(&told()), [false, false], "they were made for their owner alone");
    for file in ["team.db", "team.key"] {
        fs::set_permissions(folder.path(file), fs::Permissions::from_mode(0o644)).expect("it is ours");
    }
    let log = told();
    assert_eq!(of_store(&log), [true, true], "{log}");
}
