//! A disk that is full, and then is not: a small one of memory, which the gateway alone has, in a mount namespace of its
//! own.

use std::{fs, io, io::Write as _, path::PathBuf, process::Command};

use ha_wechaty_testkit::{Bot, Town, program::Running, wait};

use super::{
    super::cli::{self, Folder},
    configure,
};

/// Such a disk in `disk`, of so many bytes; then whatever comes after it.
const MOUNT: &str = "mount -t tmpfs -o size=12m,mode=0700 tmpfs disk && exec \"$@\"";

/// The program with a small disk of its own in `disk`, or why that can't be had here.
fn on_a_small_disk(folder: &Folder, arguments: &[&str]) -> Result<Command, String> {
    let small = |inner: &Command| {
        let mut command = Command::new("unshare");
        command.args(["--mount", "sh", "-c", MOUNT, "sh"]).arg(inner.get_program()).args(inner.get_args());
        command.current_dir(folder.root());
        command
    };
    let tried = small(&Command::new("true")).output().map_err(|error| format!("unshare: {error}"))?;
    match tried.status.success() {
        true => Ok(small(&folder.program(arguments))),
        false => Err(cli::text(&tried.stderr)),
    }
}

/// The disk, as it is seen from here.
fn disk(gateway: &Running, folder: &Folder) -> PathBuf {
    let inside = folder.path("disk");
    let inside = inside.strip_prefix("/").expect("a whole path");
    PathBuf::from(format!("/proc/{}/root", gateway.id())).join(inside)
}

/// Leaves no room on it.
fn fill(ballast: &mut fs::File) {
    let block = [0; 4096];
    let full = loop {
        if let Err(error) = ballast.write_all(&block) {
            break error;
        }
    };
    assert_eq!(full.kind(), io::ErrorKind::StorageFull, "{full}");
}

#[tokio::test]
async fn on_a_full_disk_sends_fail_by_its_name_events_wait_and_it_heals_by_itself() {
    let (town, folder) = (Town::new().await, Folder::new());
    fs::create_dir(folder.path("disk")).expect("it is ours");
    configure(&folder, "disk/team.db", &town.phones);
    let mut small = match on_a_small_disk(&folder, &["serve", "--config", "ha-wechaty.toml"]) {
        Ok(command) => command,
        Err(why) => {
            // Root alone may mount, and not in every container.
            // Not by a macro, whose words are kept back for a test that has not failed.
            let told = "NOT RUN: a full disk is tried on a disk of its own, which only root can mount";
            writeln!(io::stderr(), "{told}: {why}").expect("somebody hears");
            return;
        }
    };
    let mut gateway = Running::start(&mut small);
    let admin = gateway.admin();
    for _ in &town.phones {
        gateway.until_logged("available account=").await;
    }
    let mut bot = Bot::connect_to(gateway.bots(), "insecure_main").await.expect("connected");
    town.alice.says(&town.room, "before");
    assert_eq!(bot.next_message().await.text, "before");

    let (ballast, mut said) = (disk(&gateway, &folder).join("ballast"), 0);
    fill(&mut fs::File::create(&ballast).expect("there is room for its name"));
    // The log has room of its own for a while.
    let refused = wait::until_some("a send fails", async || {
        said += 1;
        town.alice.says(&town.room, &format!("text {said}"));
        bot.say(town.room.id(), &format!("answer {said}")).await.err()
    })
    .await;
    for words in ["there is no room left for ", "disk/team.db", "make room on its disk"] {
        assert!(refused.message().contains(words), "{words}: {refused}");
    }
    assert_eq!(town.times(&format!("answer {said}")), 0, "what was refused was not said");
    let log = gateway.until_logged("nothing can be written down: there is no room left for ").await;
    assert!(log.contains("what accounts are shown waits"), "{log}");
    let status = |words: &str| {
        let told = cli::output(folder.program(&["status", "--admin", &admin]).args(words.split_whitespace()));
        cli::text(&told.stdout)
    };
    let told = status("");
    assert!(
        told.contains("NOTHING CAN BE WRITTEN DOWN for") && told.contains("there is no room left"),
        "{told}"
    );
    assert!(status("--json").contains("\"is_final\":false"), "{}", status("--json"));
    let (_, metrics) =
        ha_wechaty::admin::client::get(admin.as_str(), "/metrics", None).await.expect("it answers");
    let unwritable =
        metrics.lines().find_map(|line| line.strip_prefix("ha_wechaty_store_unwritable_seconds "));
    assert!(
        unwritable.and_then(|it| it.parse::<f64>().ok()).is_some_and(|seconds| seconds > 0.0),
        "{metrics}"
    );
    let info = cli::output(&mut folder.program(&["store", "info", "--admin", &admin]));
    assert!(
        info.status.code() == Some(1) && cli::text(&info.stdout).contains("NOTHING CAN BE WRITTEN"),
        "{info:?}"
    );

    fs::remove_file(&ballast).expect("it is there");
    let log = gateway.until_logged("the store can be written again").await;
    assert!(log.contains("what waited goes on"), "{log}");
    for number in 1..=said {
        assert_eq!(bot.next_message().await.text, format!("text {number}"), "in order, and none is lost");
    }
    bot.say(town.room.id(), "after").await.expect("sends go on");
    assert_eq!(town.times("after"), 1);
    let told = status("");
    assert!(!told.contains("NOTHING CAN BE WRITTEN"), "{told}");
    gateway.stop();
}
