//! The environment as an operator sets it.

use std::process::{Command, Output, Stdio};

use ha_wechaty_testkit::program::{DEADLINE, Running};

use super::cli::{Folder, output, text};

/// The command with nothing but these variables.
fn command(folder: &Folder, arguments: &[&str], variables: &[(&str, &str)]) -> Command {
    let mut command = folder.program(arguments);
    command.envs(variables.iter().copied());
    command
}

/// What `ha-wechaty env` says: exit code, answer, complaints.
fn said(variables: &[(&str, &str)]) -> (Option<i32>, String, String) {
    let Output { status, stdout, stderr } = output(&mut command(&Folder::new(), &["env"], variables));
    (status.code(), text(&stdout), text(&stderr))
}

const TEAM: [(&str, &str); 3] = [
    ("HA_WECHATY_PUPPET", "wechaty-puppet-hostie:wechaty-puppet-service"),
    ("HA_WECHATY_PUPPET_HOSTIE_TOKEN", "secret1:secret2"),
    ("HA_WECHATY_PUPPET_SERVICE_TOKEN", "insecure_secret3"),
];

#[test]
fn env_says_what_each_variable_came_to_and_which_accounts_result() {
    let others = [
        ("HA_WECHATY_ADMIN_PASSWORD", "secret4"),
        ("HA_WECHATY_GATEWAY_LISTEN", "0.0.0.0:1"),
        ("HA_WECHATY_PUPPET_HOSTIE_ENDPOINT", "127.0.0.1:1,127.0.0.1:2"),
        ("HA_WECHATY_IMAGE_DIGEST", "secret5"),
    ];
    let (code, answer, complaints) = said(&[&TEAM[..], &others].concat());
    assert_eq!(code, Some(0), "{answer}{complaints}");
    assert_eq!(
        answer,
        "\
HA_WECHATY_ADMIN_PASSWORD          admin.password = (hidden)
HA_WECHATY_GATEWAY_LISTEN          gateway.listen = \"0.0.0.0:1\"
HA_WECHATY_IMAGE_DIGEST            is unknown; `ha-wechaty env --list` lists all
HA_WECHATY_PUPPET                  2 puppets: wechaty-puppet-hostie, wechaty-puppet-service
HA_WECHATY_PUPPET_HOSTIE_ENDPOINT  2 endpoints: 127.0.0.1:1, 127.0.0.1:2
HA_WECHATY_PUPPET_HOSTIE_TOKEN     2 tokens of wechaty-puppet-hostie
HA_WECHATY_PUPPET_SERVICE_TOKEN    1 token of wechaty-puppet-service
no bot: `ha-wechaty serve` needs one, like HA_WECHATY_BOT_TOKEN=insecure_<uuid>
team ha-wechaty:
  account hostie-1 (…), 127.0.0.1:1, weight 1
  account hostie-2 (…), 127.0.0.1:2, weight 1
  account service-1 (insecure_…), discovered at api.chatie.io, weight 1
"
    );
    assert_eq!(complaints, "HA_WECHATY_IMAGE_DIGEST: is unknown; `ha-wechaty env --list` lists all\n");
}

#[test]
fn env_shows_no_token_of_a_list_that_was_miswritten() {
    for (variable, value, told) in [
        // Meant for HA_WECHATY_BOT_TOKEN.
        ("HA_WECHATY_BOT", "insecure_secret", "HA_WECHATY_BOT: bot: must be a list like [{ name = "),
        (
            "HA_WECHATY_ACCOUNT",
            "[{ name = \"north\", token = \"secret\" ]",
            "HA_WECHATY_ACCOUNT: account: must be a list like [{ name = ",
        ),
    ] {
        let (code, answer, complaints) = said(&[(variable, value)]);
        assert_eq!(code, Some(2), "{answer}{complaints}");
        assert!(complaints.contains(told), "{complaints}");
        assert!(!(answer.clone() + &complaints).contains("secret"), "{answer}{complaints}");
    }
}

#[test]
fn env_ends_with_2_when_it_cannot_be_used_and_says_why() {
    for (variable, value, told) in [
        (
            "HA_WECHATY_PUPPET_TOKEN",
            "secret1:secret2",
            "HA_WECHATY_PUPPET_HOSTIE_TOKEN: account: is set, and",
        ),
        (
            "HA_WECHATY_GATEWAY_LISTEN",
            "nowhere",
            "HA_WECHATY_GATEWAY_LISTEN: gateway.listen: \"nowhere\" is no",
        ),
        ("HA_WECHATY_CONFIG", "gone.toml", "gone.toml: this file can't be read: "),
    ] {
        let (code, answer, complaints) = said(&[&TEAM[..], &[(variable, value)]].concat());
        assert_eq!(code, Some(2), "{answer}{complaints}");
        assert!(complaints.starts_with(told), "{complaints}");
        assert!(!(answer + &complaints).contains("secret"));
    }
    let (code, answer, complaints) = said(&[]);
    assert_eq!((code, answer.as_str()), (Some(2), "no variable HA_WECHATY_… is set\n"));
    assert!(complaints.contains("account: there is none; add"), "{complaints}");
}

#[test]
fn env_lists_all_variables() {
    let list = text(&output(&mut command(&Folder::new(), &["env", "--list"], &[])).stdout);
    for variable in
        ["HA_WECHATY_PUPPET", "HA_WECHATY_BOT_TOKEN_FILE", "HA_WECHATY_CALLS_UNION", "HA_WECHATY_LOG"]
    {
        assert!(list.lines().any(|line| line == variable), "{variable}: {list}");
    }
}

#[test]
fn serve_needs_no_file() {
    let folder = Folder::new();
    let others = [
        ("HA_WECHATY_NAME", "ossbot"),
        ("HA_WECHATY_BOT_TOKEN", "insecure_bot"),
        ("HA_WECHATY_GATEWAY_LISTEN", "127.0.0.1:0"),
        ("HA_WECHATY_ADMIN_LISTEN", "off"),
        ("HA_WECHATY_PUPPET_HOSTIE_ENDPOINT", "127.0.0.1:1,127.0.0.1:2"),
        ("HA_WECHATY_PUPPET_SERVICE_ENDPOINT", "127.0.0.1:3"),
    ];
    let running = Running::start(&mut command(&folder, &["serve"], &[&TEAM[..], &others].concat()));
    let line = running.greeting();
    assert!(line.starts_with("ha-wechaty serves team ossbot (3 accounts) on 127.0.0.1:"), "{line}");
    running.stop();
}

#[cfg(unix)]
#[test]
fn what_runs_puppets_is_not_told_the_teams_own_secrets() {
    use std::{fs, os::unix::fs::PermissionsExt as _};

    let folder = Folder::new();
    let (node, saw) = (folder.path("node"), folder.path("saw"));
    // It writes down its environment, whole before it is there.
    let script = format!("#!/bin/sh\n/usr/bin/env > {0}.new && /bin/mv {0}.new {0}\n", saw.display());
    fs::write(&node, script).expect("it is ours");
    fs::set_permissions(&node, fs::Permissions::from_mode(0o755)).expect("it is ours");
    let variables = [
        ("HA_WECHATY_PUPPET", "wechaty-puppet-mock:wechaty-puppet-service"),
        ("HA_WECHATY_PUPPET_TOKEN", ":insecure_secret"),
        ("HA_WECHATY_BOT_TOKEN", "insecure_secret"),
        ("HA_WECHATY_ADMIN_PASSWORD", "secret"),
        ("HA_WECHATY_ADMIN_LISTEN", "off"),
        ("HA_WECHATY_GATEWAY_LISTEN", "127.0.0.1:0"),
        ("HA_WECHATY_HOST_NODE", node.to_str().expect("UTF-8")),
        ("HA_WECHATY_HOST_DATA_DIR", folder.root().to_str().expect("UTF-8")),
        ("PUPPETEER_EXECUTABLE_PATH", "/opt/browser"),
    ];
    let mut serve = command(&folder, &["serve"], &variables);
    let mut running = Running::spawn(serve.stdout(Stdio::null()).stderr(Stdio::null()));
    let begun = std::time::Instant::now();
    while !saw.exists() {
        assert!(running.has_ended().is_none(), "it has ended");
        assert!(begun.elapsed() < DEADLINE, "no puppet is started");
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    let saw = fs::read_to_string(saw).expect("it was written");
    assert!(saw.contains("PUPPETEER_EXECUTABLE_PATH=/opt/browser"), "what puppets read is theirs: {saw}");
    assert!(!saw.contains("HA_WECHATY") && !saw.contains("secret"), "{saw}");
}
