//! `ha-wechaty demo`, as a newcomer runs it.

use std::{
    process::{Command, Output, Stdio},
    sync::{Mutex, MutexGuard, PoisonError},
};

use ha_wechaty::admin::client;
use ha_wechaty_testkit::{
    program::{Running, Signal},
    wait::until_some,
};

use super::cli::program;

/// Only one at a time has the usual port: what one sees must not depend on when another one ends.
static USUAL_PORT: Mutex<()> = Mutex::new(());

fn alone() -> MutexGuard<'static, ()> {
    USUAL_PORT.lock().unwrap_or_else(PoisonError::into_inner)
}

fn demo(arguments: &[&str]) -> Command {
    let mut command = program(&["demo"]);
    command.args(arguments).stdout(Stdio::piped());
    command
}

fn shown(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

/// A number of the summary.
fn count(shown: &str, row: &str) -> u32 {
    let summary = &shown[shown.find("Summary").unwrap_or_else(|| panic!("a summary: {shown}"))..];
    let line = summary.lines().find_map(|line| line.trim().strip_prefix(row));
    let number = line.and_then(|it| it.split_whitespace().next()?.parse().ok());
    number.unwrap_or_else(|| panic!("{row}: {shown}"))
}

#[test]
fn accounts_fail_and_nothing_is_lost_or_answered_twice() {
    let _alone = alone();
    let output =
        demo(&["--seconds", "12", "--every", "4s", "--quick", "--listen", "127.0.0.1:0"]).output().unwrap();
    let shown = shown(&output);
    assert!(count(&shown, "failures") >= 2, "{shown}");
    assert!(count(&shown, "questions asked") >= 10, "{shown}");
    assert_eq!(count(&shown, "answers seen"), count(&shown, "questions asked"), "{shown}");
    assert_eq!((count(&shown, "LOST"), count(&shown, "answered twice")), (0, 0), "{shown}");
    assert!(output.status.success(), "{shown}");
    for word in ["is killed", "gateway knows after", "is back", "WECHATY_PUPPET_SERVICE_ENDPOINT=127.0.0.1:"]
    {
        assert!(shown.contains(word), "{word}: {shown}");
    }
    // What is pasted works: without the first of them, a bot would be another puppet.
    assert!(shown.contains("export WECHATY_PUPPET=wechaty-puppet-service\n"), "{shown}");
    assert!(
        shown.lines().any(|line| line.contains(" ding ") && line.contains(" dong ")),
        "plain ones too: {shown}"
    );
    assert!(!shown.contains('\x1b'), "no colours in a pipe: {shown}");
    assert_eq!(shown.lines().filter(|line| line.chars().count() > 79).collect::<Vec<_>>(), [""; 0]);
}

#[test]
fn it_takes_another_port_if_the_usual_one_is_taken_and_says_so() {
    let _alone = alone();
    // Whether or not this gets the port: it is taken then.
    let _taken = std::net::TcpListener::bind("127.0.0.1:8788");
    let output = demo(&["--seconds", "1"]).output().unwrap();
    let shown = shown(&output);
    assert!(output.status.success() && shown.contains("Another program has port 8788"), "{shown}");
    assert!(!shown.contains("ENDPOINT=127.0.0.1:8788"), "{shown}");
}

#[test]
fn a_bot_that_is_set_up_for_serve_joins_as_it_is_and_no_account_of_the_environment_is_reached() {
    let _alone = alone();
    let output = demo(&["--seconds", "1"])
        .env("HA_WECHATY_GATEWAY_LISTEN", "127.0.0.1:0")
        .env("HA_WECHATY_GATEWAY_TLS", "off")
        .env("HA_WECHATY_BOT_TOKEN", "mine:other")
        .env("HA_WECHATY_PUPPET", "wechaty-puppet-hostie")
        .env("HA_WECHATY_PUPPET_HOSTIE_TOKEN", "secret")
        .output()
        .unwrap();
    let shown = shown(&output);
    assert!(output.status.success(), "{shown}");
    for line in ["WECHATY_PUPPET_SERVICE_TOKEN=…\n", "NO_TLS_INSECURE_CLIENT=true", "(north, south,"] {
        assert!(shown.contains(line), "{line}: {shown}");
    }
    assert!(!shown.contains("hostie") && !shown.contains("mine"), "{shown}");
    let output = demo(&["--token", "nobody"]).output().unwrap();
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(told.contains("bot[1].token: does not begin with insecure_"), "{told}");
}

#[test]
fn what_a_bot_needs_is_printed_for_each_language() {
    let _alone = alone();
    let output = demo(&["--seconds", "1", "--plaintext", "--listen", "localhost:0"]).output().unwrap();
    let shown = shown(&output);
    let (typescript, python) = shown.split_once("One in Python:").unwrap_or_else(|| panic!("{shown}"));
    for (of_language, no_tls) in [(typescript, true), (python, false)] {
        for variable in ["PUPPET=wechaty-puppet-service", "PUPPET_SERVICE_TOKEN=insecure_demo"] {
            assert!(of_language.contains(&format!("export WECHATY_{variable}\n")), "{variable}: {shown}");
        }
        assert!(of_language.contains("export WECHATY_PUPPET_SERVICE_ENDPOINT=127.0.0.1:"), "{shown}");
        assert_eq!(of_language.contains("NO_TLS_INSECURE_CLIENT=true"), no_tls, "{shown}");
    }
}

#[test]
fn whoever_has_seen_enough_is_no_failure() {
    let _alone = alone();
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let output = demo(&["--listen", "127.0.0.1:0"]).stdout(writer).stderr(Stdio::piped()).output().unwrap();
    assert!(output.status.success() && output.stderr.is_empty(), "{output:?}");
}

#[cfg(unix)]
#[test]
fn ctrl_c_ends_it_with_a_summary() {
    let _alone = alone();
    let mut running = Running::start(&mut demo(&["--quick", "--listen", "127.0.0.1:0"]));
    running.said().wait_for("dong 2");
    running.signal(Signal::INT);
    let shown = running.said().whole();
    assert!(running.ended().success(), "{shown}");
    assert_eq!(count(&shown, "LOST"), 0, "{shown}");
}

/// What stands at one of the addresses that it prints.
fn place(shown: &str, what: &str) -> String {
    let line =
        shown.lines().find_map(|line| line.split_once(what)).unwrap_or_else(|| panic!("{what}: {shown}"));
    line.1.trim().trim_start_matches("http://").trim_end_matches('/').to_owned()
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn a_visitor_takes_accounts_down_with_clicks_and_the_bot_goes_on() {
    let mut running = Running::start(&mut demo(&["--quick", "--every", "1h", "--listen", "127.0.0.1:0"]));
    running.said().wait_for("dong 2");
    let page = place(&running.said().text(), "with a click:");
    let operators = place(&running.said().text(), "an operator sees of it:");
    let (code, status) = client::get(operators.as_str(), "/status", None).await.expect("an answer");
    assert!(code == 200 && status.contains("north"), "{status}");
    let click =
        async |path: &str| client::post(page.as_str(), path, None, String::new()).await.expect("an answer").0;
    assert_eq!([click("/north/kill").await, click("/west/logout").await], [303; 2]);
    assert_eq!([click("/north/explode").await, click("/east/kill").await], [404; 2]);
    let shows = async |words: &str| {
        until_some(words, async || {
            let (_, html) = client::get(page.as_str(), "/", None).await.expect("an answer");
            html.contains(words).then_some(())
        })
        .await;
    };
    shows("The bot answers, by 1 of 3 accounts.").await;
    // All are down: nobody asks a bot that can't hear.
    assert_eq!(click("/south/freeze").await, 303);
    shows("No account is left").await;
    for account in ["north", "south", "west"] {
        assert_eq!(click(&format!("/{account}/mend")).await, 303);
    }
    shows("All accounts work.").await;
    running.signal(Signal::INT);
    let shown = running.said().whole();
    assert!(running.until_ended().await.success(), "{shown}");
    assert_eq!(
        (count(&shown, "failures"), count(&shown, "LOST"), count(&shown, "answered twice")),
        (3, 0, 0),
        "{shown}"
    );
}
