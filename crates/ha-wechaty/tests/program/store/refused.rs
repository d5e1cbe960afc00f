//! Stores that can't be used: each is left as it is, and said with what helps.

use std::{
    fs::{self, OpenOptions},
    io::{Seek as _, SeekFrom, Write as _},
    os::unix::fs::PermissionsExt as _,
    process::{Command, Output},
};

use ha_wechaty_testkit::Town;

use super::{super::cli, Folder, configure, serve};

/// A folder with a store that a gateway has closed.
async fn closed() -> (Town, Folder) {
    let (town, folder) = (Town::new().await, Folder::new());
    configure(&folder, "team.db", &town.phones);
    serve(&folder).stop();
    (town, folder)
}

/// Writes into the store, from there on.
fn scribble(folder: &Folder, at: u64, bytes: &[u8]) {
    let mut file = OpenOptions::new().write(true).open(folder.path("team.db")).expect("it is ours");
    file.seek(SeekFrom::Start(at)).expect("it is long enough");
    file.write_all(bytes).expect("written");
}

/// The same program without root's right to pass over modes, if it is root that runs this.
fn as_anybody(mut program: Command) -> Command {
    let is_root = cli::text(&cli::output(Command::new("id").arg("-u")).stdout).trim() == "0";
    if !is_root {
        return program;
    }
    let mut without = Command::new("setpriv");
    without.args(["--inh-caps=-all", "--bounding-set=-dac_override,-dac_read_search", "--"]);
    without.arg(program.get_program()).args(program.get_args()).env_clear();
    if let Some(folder) = program.get_current_dir() {
        without.current_dir(folder);
    }
    program = without;
    program
}

/// `serve` does not start, and says all of this; the store is as it was.
fn refuses(folder: &Folder, said: &[&str]) {
    let before = fs::read(folder.path("team.db")).ok();
    does_not_start(folder, said);
    assert!(fs::read(folder.path("team.db")).ok() == before, "it was changed");
}

fn does_not_start(folder: &Folder, said: &[&str]) {
    let Output { status, stdout, stderr } =
        cli::output(&mut as_anybody(folder.program(&["serve", "--config", "ha-wechaty.toml"])));
    let why = cli::text(&stderr);
    assert_eq!((status.code(), cli::text(&stdout).as_str()), (Some(1), ""), "{why}");
    for words in said {
        assert!(why.contains(words), "{words}: {why}");
    }
}

/// `store check` says so too, and ends with this code.
fn checked(folder: &Folder, code: i32, said: &str) {
    let Output { status, stderr, .. } = cli::output(&mut as_anybody(folder.program(&["store", "check"])));
    let why = cli::text(&stderr);
    assert!(status.code() == Some(code) && why.contains(said), "{:?}: {why}", status.code());
}

#[tokio::test]
async fn two_gateways_never_share_one() {
    let (_town, folder) = closed().await;
    let first = serve(&folder);
    // The one that serves goes on writing.
    does_not_start(
        &folder,
        &["team.db is in use by another process", "ha-wechaty status", "two gateways never share a store"],
    );
    first.stop();
    serve(&folder).stop();
}

#[tokio::test]
async fn one_of_a_newer_version() {
    let (_town, folder) = closed().await;
    // Where SQLite keeps the number of the format.
    scribble(&folder, 60, &9_u32.to_be_bytes());
    refuses(
        &folder,
        &["written by a newer HAWechaty (format 9, this one reads up to 3)", "start that version again"],
    );
    checked(&folder, 1, "newer HAWechaty");
}

#[tokio::test]
async fn one_with_the_wrong_key() {
    let (_town, folder) = closed().await;
    folder.write("team.key", &"5a".repeat(32));
    refuses(&folder, &["was not written with this key", "team.key", "put back the key that was there"]);
    checked(&folder, 1, "was not written with this key");
    folder.write("team.key", "not a key");
    refuses(&folder, &["team.key can't be used: it is to hold 64 hexadecimal digits"]);
}

#[tokio::test]
async fn one_without_its_key() {
    let (_town, folder) = closed().await;
    fs::remove_file(folder.path("team.key")).expect("it is ours");
    refuses(&folder, &["team.key can't be used: it is not there", "put it back from the backup"]);
    checked(&folder, 2, "it is not there");
    assert!(!folder.path("team.key").exists(), "no new key for what an old one has sealed");
}

#[tokio::test]
async fn one_with_a_damaged_page() {
    let (_town, folder) = closed().await;
    let length = fs::metadata(folder.path("team.db")).expect("it is there").len();
    let pages = usize::try_from(length / 4096).expect("few") - 1;
    scribble(&folder, 4096, &vec![0xA5; pages * 4096]);
    refuses(
        &folder,
        &["team.db is damaged", "Nothing was changed", "put back a backup of it", "it is forgotten what"],
    );
    checked(&folder, 1, "team.db is damaged");
}

#[tokio::test]
async fn another_programs_file() {
    let (_town, folder) = closed().await;
    folder.write("team.db", &"milk, eggs, and whatever else is no database\n".repeat(40));
    refuses(
        &folder,
        &[
            "team.db is no store of HAWechaty",
            "it is no SQLite file",
            "choose another path, see [store] path",
        ],
    );
    checked(&folder, 1, "no store of HAWechaty");
}

#[tokio::test]
async fn one_that_may_not_be_written() {
    let (_town, folder) = closed().await;
    let mode = |name: &str, mode| {
        let path = folder.path(name);
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("it is ours");
    };
    let needs = "the user that runs the gateway needs to own it and its folder";
    mode("team.db", 0o400);
    refuses(&folder, &["team.db can't be written (", needs]);
    checked(&folder, 2, "team.db can't be written (");
    mode("team.db", 0o600);
    mode("", 0o500);
    refuses(&folder, &["team.db can't be written (", needs]);
    checked(&folder, 2, "team.db can't be written (");
    mode("", 0o700);
    serve(&folder).stop();
}

#[tokio::test]
async fn one_in_a_folder_that_is_not_there_or_may_not_be_written() {
    let (town, folder) = closed().await;
    configure(&folder, "nowhere/team.db", &town.phones);
    let Output { status, stderr, .. } = cli::output(&mut folder.program(&["serve"]));
    let why = cli::text(&stderr);
    assert_eq!(status.code(), Some(2), "{why}");
    assert!(why.contains("store.path") && why.contains("nowhere is not there; make it"), "{why}");

    fs::create_dir(folder.path("shut")).expect("it is ours");
    fs::set_permissions(folder.path("shut"), fs::Permissions::from_mode(0o500)).expect("it is ours");
    configure(&folder, "shut/team.db", &town.phones);
    refuses(&folder, &["shut/team.db can't be written (Permission denied"]);
}
