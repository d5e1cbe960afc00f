//! What lets operators in, as commands make it and show it.

use std::{
    io::Write as _,
    process::{Output, Stdio},
};

use ha_wechaty::config::BotMode;
use ha_wechaty_sim::World;
use ha_wechaty_testkit::{program::Running, text};
use tokio::task::spawn_blocking;

use super::cli::{self, Folder};

/// What a command printed that makes a key: the key, and lines for the file.
fn key(folder: &Folder, words: &[&str]) -> (String, String) {
    let output = cli::output(&mut folder.program(&[&["key"], words].concat()));
    let said = cli::text(&output.stdout);
    let (_, lines) = said.split_once("\n[[key]]").unwrap_or_else(|| panic!("{said}"));
    (said.lines().next().expect("a key").to_owned(), format!("[[key]]{lines}"))
}

#[test]
fn a_password_is_made_a_hash_of_and_no_longer_stands_anywhere() {
    let folder = Folder::new();
    let mut command = folder.program(&["password"]);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("it can be run");
    child.stdin.take().expect("an input").write_all(b"correct horse battery\n").expect("it is taken");
    let output = child.wait_with_output().expect("it ends");
    let (said, hint) = (cli::text(&output.stdout), cli::text(&output.stderr));
    assert!(
        output.status.success() && said.starts_with("password = \"$argon2id$v=19$m=19456,t=2,p=1$"),
        "{said}"
    );
    assert!(hint.contains("under [admin]") && !(said + &hint).contains("horse"), "{hint}");
    let empty = cli::output(&mut folder.program(&["password"]));
    assert!(empty.status.code() == Some(1) && cli::text(&empty.stderr).contains("it is empty"));
}

#[tokio::test]
async fn commands_ask_over_tls_whom_the_configuration_means_and_show_a_key() {
    let world = World::new(42);
    let north = world.phone("north").tls(true).serve().await.expect("a port");
    let south = world.phone("south").tls(true).serve().await.expect("a port");
    let folder = Folder::new();
    let ((ops, of_ops), (boss, of_boss)) = (
        key(&folder, &["ops", "--right", "operate", "--account", "south"]),
        key(&folder, &["boss", "--right", "admin"]),
    );
    let configure = |listen: &str| {
        let admin = format!("listen = \"{listen}\"\ntls = \"generated\"\n{of_ops}\n{of_boss}");
        let lines = [("store", "path = \"team.db\""), ("admin", admin.as_str())];
        let text = text::config(&lines, &[("main", BotMode::All)], [&north, &south]);
        folder.write("ha-wechaty.toml", &text.replacen("listen = \"127.0.0.1:0\"\nlisten", "listen", 1));
    };
    configure("127.0.0.1:0");
    let mut gateway = Running::start(&mut folder.program(&["serve", "--config", "ha-wechaty.toml"]));
    gateway.until_logged("the team is available").await;
    let (admin, fingerprint) = (
        gateway.between("status on https://", "/").to_owned(),
        gateway.between("certificate: ", ")").to_owned(),
    );
    configure(&admin);
    let ask = async |words: &[&str], key: &str| {
        let mut command = folder.program(words);
        if !key.is_empty() {
            command.env("HA_WECHATY_ADMIN_KEY", key);
        }
        let output: Output = spawn_blocking(move || cli::output(&mut command)).await.expect("no panic");
        (output.status.code(), cli::text(&output.stdout), cli::text(&output.stderr))
    };
    let (code, said, why) = ask(&["status"], &ops).await;
    assert!(code == Some(0) && said.contains("north"), "{code:?} {said}{why}");
    let (_, _, why) = ask(&["status"], "").await;
    assert!(why.contains("nothing was shown; show the password with --password-file, or a key"), "{why}");
    let https = format!("https://{admin}");
    for (words, expected) in [
        (&["status", "--admin", &admin, "--fingerprint", &fingerprint][..], ""),
        (&["status", "--admin", &https, "--fingerprint", &fingerprint], ""),
        (&["status", "--admin", &https], "is not who is meant"),
        (&["status", "--admin", &admin], "this port speaks HTTPS: ask for https://"),
        (&["status", "--fingerprint", &"00".repeat(32)], &fingerprint),
    ] {
        let (code, _, why) = ask(words, &ops).await;
        assert!(
            why.contains(expected) && (code == Some(0)) == expected.is_empty(),
            "{words:?}: {code:?} {why}"
        );
    }
    let (code, _, why) = ask(&["drain", "north"], &ops).await;
    assert!(
        code == Some(1) && why.contains("the key ops may see to south, not to north; ask with another key"),
        "{why}"
    );
    let (code, said, why) = ask(&["drain", "south", "--why", "a new phone"], &ops).await;
    assert!(code == Some(0), "{said}{why}");
    let (code, _, why) = ask(&["audit"], &ops).await;
    assert!(
        code == Some(2) && why.contains("this takes the right admin, and the key ops has operate"),
        "{why}"
    );
    let (code, said, why) = ask(&["audit"], &boss).await;
    assert!(
        code == Some(0) && said.contains("ops from 127.0.0.1: drain south (a new phone): done"),
        "{said}{why}"
    );
    let log = gateway.log().text();
    assert!(!log.contains(&ops) && !log.contains(&boss), "{log}");
}

#[tokio::test]
async fn a_gateway_that_lets_nobody_in_without_its_password_is_there_all_the_same() {
    let world = World::new(42);
    let north = world.phone("north").tls(true).serve().await.expect("a port");
    let south = world.phone("south").tls(true).serve().await.expect("a port");
    let folder = Folder::new();
    let hash = ha_wechaty_admin::hash_password("correct horse battery").expect("random bits");
    let configure = |listen: &str, password: &str| {
        let admin = format!("listen = \"{listen}\"\npassword = \"{password}\"");
        let lines = [("store", "path = \"team.db\""), ("admin", admin.as_str())];
        let text = text::config(&lines, &[("main", BotMode::All)], [&north, &south]);
        folder.write("ha-wechaty.toml", &text.replacen("listen = \"127.0.0.1:0\"\nlisten", "listen", 1));
    };
    configure("127.0.0.1:0", &hash);
    folder.write("password", "correct horse battery\n");
    let mut gateway = Running::start(&mut folder.program(&["serve", "--config", "ha-wechaty.toml"]));
    gateway.until_logged("the team is available").await;
    let admin = gateway.between("status on http://", "/").to_owned();
    configure(&admin, &hash);
    let ask = async |words: &[&str]| {
        let mut command = folder.program(words);
        let output: Output = spawn_blocking(move || cli::output(&mut command)).await.expect("no panic");
        (output.status.code(), cli::text(&output.stdout) + &cli::text(&output.stderr))
    };
    for words in [&["status"][..], &["reload"], &["store", "info"], &["doctor"]] {
        let (code, said) = ask(words).await;
        let why = "only a hash of the password; show the password with --password-file, or a key";
        assert!(said.contains(why) && code != Some(0), "{words:?}: {code:?} {said}");
        for wrong in ["nobody answers", "another gateway"] {
            assert!(!said.contains(wrong), "{words:?}: {said}");
        }
    }
    assert_eq!(ask(&["reload"]).await.0, Some(1), "it is refused, and there");
    for words in [&["status"][..], &["reload"], &["store", "info"]] {
        let (code, said) = ask(&[words, &["--password-file", "password"]].concat()).await;
        assert_eq!(code, Some(0), "{words:?}: {said}");
    }
    let https = format!("https://{admin}");
    let (_, said) = ask(&["status", "--admin", &https, "--fingerprint", &"00".repeat(32)]).await;
    assert!(said.contains("it speaks no TLS: ask it without https://"), "{said}");
    // One that is wrong, until it is not looked at any more.
    configure(&admin, "wrong");
    let mut said = String::new();
    for _ in 0..20 {
        said = ask(&["doctor"]).await.1;
        assert!(said.contains("does not let us in") && !said.contains("another gateway"), "{said}");
        if said.contains("too many wrong passwords") {
            break;
        }
    }
    assert!(said.contains("too many wrong passwords"), "{said}");
}

#[test]
fn where_others_can_reach_it_check_wants_a_lock_and_tls() {
    let folder = Folder::new();
    let rest = "[[bot]]\nname = \"main\"\ntoken = \"insecure_bot\"\n[[account]]\nname = \"north\"\ntoken = \
                \"insecure_north\"\nendpoint = \"127.0.0.1:1\"\n";
    for (lines, told) in [
        ("", "set admin.password, add a [[key]], or listen on 127.0.0.1"),
        ("password = \"correct horse battery\"", ""),
        ("password = \"correct horse battery\"\ntls = \"off\"", "admin.tls: is \"off\""),
        ("password = \"correct horse battery\"\ntls = \"off\"\nbehind_proxy = true", ""),
    ] {
        folder.write("ha-wechaty.toml", &format!("[admin]\nlisten = \"0.0.0.0:8790\"\n{lines}\n{rest}"));
        let output = cli::output(&mut folder.program(&["check"]));
        let said = cli::text(&output.stdout) + &cli::text(&output.stderr);
        assert!(said.contains(told) && output.status.success() == told.is_empty(), "{lines}: {said}");
    }
}
