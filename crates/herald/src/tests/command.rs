//! Programs of this machine.

use std::{fs, path::Path, time::Duration};

use ha_wechaty_core::{AlarmKind, AlarmStep};
use serde_json::Value;

use super::scan;
use crate::{TellError, batch::Taken, command::run, words::tests::alarm};

const LONG: Duration = Duration::from_secs(60);

async fn sh(script: &str, folder: &Path, within: Duration) -> Result<(), TellError> {
    let folder = folder.display().to_string();
    let command = ["/bin/sh", "-c", script, "alarm", &folder].map(str::to_owned);
    run(&command, &scan(), &Taken::default(), within).await
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).expect("it was written")
}

#[tokio::test]
async fn it_gets_the_event_on_its_input_and_the_same_in_variables() {
    let folder = tempfile::tempdir().expect("a folder");
    let script = r#"cat > "$1/input"; env | grep '^HA_WECHATY_' > "$1/variables""#;
    sh(script, folder.path(), LONG).await.expect("it ran");
    let event: Value = serde_json::from_str(&read(&folder.path().join("input"))).expect("JSON");
    assert_eq!(
        (event["type"].as_str(), event["data"]["team"].as_str()),
        (Some("alarm.opened"), Some("shop"))
    );
    let variables = read(&folder.path().join("variables"));
    for line in [
        "HA_WECHATY_ALARM_EVENT=alarm.opened",
        "HA_WECHATY_ALARM_REVISION=3",
        "HA_WECHATY_ALARM_KIND=account-scan",
        "HA_WECHATY_ALARM_SEVERITY=warning",
        "HA_WECHATY_ALARM_ACCOUNTS=south",
        "HA_WECHATY_ALARM_LINK=https://gateway.example/l/0123",
    ] {
        assert!(variables.lines().any(|it| it == line), "{line} is not in {variables}");
    }
    assert!(variables.lines().all(|it| it.starts_with("HA_WECHATY_ALARM_")), "{variables}");
}

#[tokio::test]
async fn one_that_reads_nothing_and_one_that_closes_all_are_fine_if_they_end_well() {
    let folder = tempfile::tempdir().expect("a folder");
    sh("exit 0", folder.path(), LONG).await.expect("it ended well");
    sh("exec 0<&- 2>&-; exit 0", folder.path(), LONG).await.expect("it ended well");
}

#[tokio::test]
async fn one_that_fails_says_why_by_its_last_words() {
    let folder = tempfile::tempdir().expect("a folder");
    let error = sh("echo first >&2; echo 'no network' >&2; exit 3", folder.path(), LONG).await;
    let error = error.expect_err("it failed").to_string();
    assert_eq!(error, "/bin/sh: exit status: 3: no network: run it by hand, and see what it lacks");
    let nowhere = run(&[String::from("/nowhere/alarm")], &scan(), &Taken::default(), LONG).await;
    let nowhere = nowhere.expect_err("it is not there");
    assert!(nowhere.to_string().contains("it can't be started (No such file"), "{nowhere}");
}

#[tokio::test]
async fn one_that_never_ends_is_killed_with_all_that_it_started() {
    let folder = tempfile::tempdir().expect("a folder");
    let pid = folder.path().join("pid");
    let script = r#"sleep 1000 & echo $! > "$1/pid"; while :; do echo "still here" >&2; sleep 0.01; done"#;
    let error = sh(script, folder.path(), Duration::from_millis(500)).await.expect_err("it never ends");
    assert!(error.to_string().contains("and was killed: still here"), "{error}");
    // Gone, or dead and not yet taken leave of by whoever inherits it.
    let stat = format!("/proc/{}/stat", read(&pid).trim());
    let deadline = std::time::Instant::now() + Duration::from_secs(30);
    while fs::read_to_string(&stat).is_ok_and(|it| !it.contains(") Z ")) {
        assert!(std::time::Instant::now() < deadline, "its child goes on");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test]
async fn what_it_has_taken_is_not_given_again_and_one_that_it_never_takes_is_passed() {
    let folder = tempfile::tempdir().expect("a folder");
    let script =
        r#"echo "$HA_WECHATY_ALARM_ID" >> "$1/ids"; [ "$HA_WECHATY_ALARM_ID" != 13 ] || [ -e "$1/well" ]"#;
    let at = folder.path().display().to_string();
    let command = ["/bin/sh", "-c", script, "alarm", &at].map(str::to_owned);
    let mut news = scan();
    news.alarms.extend([13, 14].map(|id| alarm(id, AlarmKind::Clock, AlarmStep::Opened)));
    let taken = Taken::default();
    run(&command, &news, &taken, LONG).await.expect_err("one was refused");
    assert_eq!(read(&folder.path().join("ids")), "12\n13\n14\n");
    // One of them goes on meanwhile.
    news.alarms[2].revision += 1;
    run(&command, &news, &taken, LONG).await.expect_err("it is still refused");
    assert_eq!(read(&folder.path().join("ids")), "12\n13\n14\n13\n14\n");
    fs::write(folder.path().join("well"), "").expect("a file");
    run(&command, &news, &taken, LONG).await.expect("all is taken");
    assert_eq!(read(&folder.path().join("ids")), "12\n13\n14\n13\n14\n13\n");
}

#[tokio::test]
async fn what_it_left_to_another_program_goes_on() {
    let folder = tempfile::tempdir().expect("a folder");
    let script = r#"
        { for i in $(seq 3000); do [ ! -e "$1/go" ] || { echo > "$1/done"; exit; }; sleep 0.01; done; } \
            < /dev/null > /dev/null 2>&1 &
        exit 0"#;
    sh(script, folder.path(), LONG).await.expect("it ended well");
    fs::write(folder.path().join("go"), "").expect("a file");
    let deadline = std::time::Instant::now() + Duration::from_secs(30);
    while !folder.path().join("done").exists() {
        assert!(std::time::Instant::now() < deadline, "it was killed");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}
