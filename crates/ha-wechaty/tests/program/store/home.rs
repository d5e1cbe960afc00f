//! Where a gateway keeps its store when nobody says where: in its service's folder, in its user's, or nowhere.

use std::{fs, os::unix::fs::PermissionsExt as _, path::Path, process::Command};

use ha_wechaty::config::BotMode;
use ha_wechaty_sim::Phone;
use ha_wechaty_testkit::{Bot, Town, program::Running, text, wait};

use super::{super::cli, Folder, serve};

/// Writes a configuration that says nothing of a store.
fn configure(folder: &Folder, town: &Town) {
    let lines = [("pace", "enabled = false")];
    folder.write("ha-wechaty.toml", &text::config(&lines, &[("main", BotMode::All)], &town.phones));
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).expect("it is there").permissions().mode() & 0o777
}

/// What `ha-wechaty` says with these words, and that it ends well.
fn told(command: &mut Command) -> String {
    let ended = cli::output(command);
    assert!(ended.status.success(), "{}", cli::text(&ended.stderr));
    cli::text(&ended.stdout)
}

#[tokio::test]
async fn without_a_place_it_is_in_the_users_data_folder_for_nobody_else() {
    let (folder, town) = (Folder::new(), Town::new().await);
    configure(&folder, &town);
    let home = folder.path("ha-wechaty");
    let store = home.join("ossbot.db");
    let checked = told(&mut folder.program(&["check"]));
    assert!(
        checked.contains(&format!("store {}", store.display())) && !checked.contains("forgets"),
        "{checked}"
    );
    assert!(!home.exists(), "to check is not to begin one");

    let log = serve(&folder).stop();
    assert!(log.contains(&format!("what must not be forgotten is in {}", store.display())), "{log}");
    assert!(!log.contains("it forgets"), "{log}");
    assert_eq!((mode(&home), mode(&store), mode(&home.join("ossbot.key"))), (0o700, 0o600, 0o600));
    let info = told(&mut folder.program(&["store", "info"]));
    assert!(info.contains("ossbot.db") && info.contains("no gateway serves it now"), "{info}");
    assert!(told(&mut folder.program(&["store", "check"])).contains("is whole"));
}

#[tokio::test]
async fn a_service_keeps_it_in_the_folder_that_systemd_made() {
    let (folder, town) = (Folder::new(), Town::new().await);
    configure(&folder, &town);
    let states = [folder.path("one"), folder.path("two")];
    states.iter().for_each(|state| fs::create_dir(state).expect("it is ours"));
    let both = format!("{}:{}", states[0].display(), states[1].display());
    let mut serve = folder.program(&["serve", "--config", "ha-wechaty.toml"]);
    Running::start(serve.env("STATE_DIRECTORY", &both)).stop();
    assert!(states[0].join("ossbot.db").exists() && !folder.path("ha-wechaty").exists());
    let info = told(folder.program(&["store", "info"]).env("STATE_DIRECTORY", &both));
    assert!(info.contains("one/ossbot.db"), "{info}");
}

/// An operator's shell has other variables than the service: the gateway itself is asked then, and two stores of a team are no
/// secret.
#[tokio::test]
async fn an_operator_finds_the_store_of_a_service_and_is_told_of_another() {
    let (folder, town) = (Folder::new(), Town::new().await);
    configure(&folder, &town);
    serve(&folder).stop();
    let state = folder.path("state");
    fs::create_dir(&state).expect("it is ours");
    let mut command = folder.program(&["serve", "--config", "ha-wechaty.toml"]);
    let service = Running::start(command.env("STATE_DIRECTORY", &state));
    let asks = |words: &[&str]| {
        let mut command = folder.program(words);
        command.env("HA_WECHATY_ADMIN_LISTEN", service.admin());
        told(&mut command)
    };
    let info = asks(&["store", "info"]);
    assert!(info.contains("state/ossbot.db"), "{info}");
    let key = asks(&["store", "backup", "copy.db"]);
    assert!(key.contains("state/ossbot.key"), "{key}");

    let log = service.stop();
    let users = folder.path("ha-wechaty/ossbot.db");
    let other = format!("has one in {} already", users.display());
    assert!(log.contains("that store is new") && log.contains(&other), "{log}");
    for act in ["info", "check"] {
        let mut command = folder.program(&["store", act]);
        let told = told(command.env("STATE_DIRECTORY", &state));
        assert!(told.contains(&format!("has a store in {} too", users.display())), "{told}");
    }
    let none = folder.path("none");
    let gone = cli::output(folder.program(&["store", "check"]).env("STATE_DIRECTORY", none));
    let why = cli::text(&gone.stderr);
    assert_eq!(gone.status.code(), Some(2), "{why}");
    assert!(
        why.contains("is not there") && why.contains("ha-wechaty/ossbot.db too: --store names it"),
        "{why}"
    );
}

#[tokio::test]
async fn a_team_that_was_given_no_name_is_told_to_have_one() {
    let (folder, town) = (Folder::new(), Town::new().await);
    let config = text::config(&[], &[("main", BotMode::All)], &town.phones);
    folder.write("ha-wechaty.toml", &config.replace("name = \"ossbot\"\n", ""));
    let log = serve(&folder).stop();
    assert!(log.contains("no store: the team has no name of its own (name, --name)"), "{log}");
    assert!(!folder.path("ha-wechaty").exists());
}

#[tokio::test]
async fn who_has_no_home_is_told_what_is_forgotten_and_what_helps() {
    let (folder, town) = (Folder::new(), Town::new().await);
    configure(&folder, &town);
    let mut command = folder.program(&["serve", "--config", "ha-wechaty.toml"]);
    let log = Running::start(command.env("XDG_DATA_HOME", "").env("HOME", "/nonexistent")).stop();
    for words in ["no store: no place is set", "no home folder", "[store] path", "StateDirectory=", "it ends"]
    {
        assert!(log.contains(words), "{words}: {log}");
    }
    let none = cli::output(folder.program(&["store", "info"]).env_remove("XDG_DATA_HOME"));
    assert!(cli::text(&none.stderr).contains("name the file with --store"), "{none:?}");
}

#[tokio::test]
async fn a_home_that_can_not_be_written_is_an_error_that_names_the_remedy() {
    let (folder, town) = (Folder::new(), Town::new().await);
    configure(&folder, &town);
    folder.write("file", "no folder can be made in here");
    let mut command = folder.program(&["serve", "--config", "ha-wechaty.toml"]);
    let ended = cli::output(command.env("XDG_DATA_HOME", folder.path("file")));
    let why = cli::text(&ended.stderr);
    assert_eq!(ended.status.code(), Some(1), "{why}");
    assert!(why.contains("ossbot.db can't be written (") && why.contains("see [store] path"), "{why}");
}

/// What a team is named decides which store it has: also of one that is on the command line alone.
#[tokio::test]
async fn accounts_of_the_command_line_have_one_and_a_second_gateway_of_that_name_is_told_so() {
    let (folder, town) = (Folder::new(), Town::new().await);
    let account = |it: &Phone| format!("{}={}@{}", it.name(), it.token().reveal(), it.addr());
    let accounts: Vec<String> = town.phones.iter().map(account).collect();
    let serve = |name: &str| {
        let mut command = folder.program(&["serve", "--listen", "127.0.0.1:0", "--tls", "off"]);
        command.args(["--admin", "127.0.0.1:0", "--bot", "main=insecure_main", "--name", name]);
        for account in &accounts {
            command.args(["--account", account]);
        }
        command
    };
    let mut first = Running::start(&mut serve("one"));
    for _ in &town.phones {
        first.until_logged("available account=").await;
    }
    let second = cli::output(&mut serve("one"));
    let why = cli::text(&second.stderr);
    assert!(!second.status.success(), "{why}");
    for words in ["one.db is in use by another process", "ha-wechaty status", "--name", "[store] path"] {
        assert!(why.contains(words), "{words}: {why}");
    }
    Running::start(&mut serve("other")).stop();

    // What waits for a bot that is not there is given to it by the next gateway.
    let mut bot = Bot::connect_to(first.bots(), "insecure_main").await.expect("connected");
    town.alice.says(&town.room, "hello");
    assert_eq!(bot.next_message().await.text, "hello");
    drop(bot);
    first.until_logged("bot disconnected").await;
    town.alice.says(&town.room, "is anybody there?");
    let admin = first.admin();
    wait::until_some("what was said waits for the bot", async || {
        let info = told(&mut folder.program(&["store", "info", "--json", "--admin", &admin]));
        let info: serde_json::Value = serde_json::from_str(&info).expect("JSON");
        (info["knows"]["waiting"] == 1).then_some(())
    })
    .await;
    first.stop();
    let next = Running::start(&mut serve("one"));
    let mut bot = Bot::connect_to(next.bots(), "insecure_main").await.expect("connected");
    assert_eq!(bot.next_message().await.text, "is anybody there?");
    next.stop();
}
