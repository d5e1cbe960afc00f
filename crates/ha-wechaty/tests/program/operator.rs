//! The commands as an operator types them: into pipes and full disks, with slips of the pen, beside another gateway.

use std::{
    fs::File,
    net::TcpListener,
    ops::Deref,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use ha_wechaty_testkit::program::Running;

use super::cli::{Folder, output, text};

/// A folder with the configurations of gateways.
struct Desk(Folder);

impl Deref for Desk {
    type Target = Folder;

    fn deref(&self) -> &Folder {
        &self.0
    }
}

impl Desk {
    fn new() -> Self {
        Self(Folder::new())
    }

    /// A team whose only account is not there.
    fn config(&self, file: &str, team: &str, admin: &str, more: &str) -> PathBuf {
        let text = format!(
            "name = \"{team}\"\n[gateway]\nlisten = \"127.0.0.1:0\"\n[admin]\nlisten = \"{admin}\"\n{more}\n[[bot]]\n\
             name = \"main\"\ntoken = \"insecure_bot\"\n[[account]]\nname = \"north\"\ntoken = \"insecure_north\"\n\
             endpoint = \"127.0.0.1:1\"\n"
        );
        self.write(file, &text);
        // It holds secrets.
        self.set_mode(file, 0o600);
        self.path(file)
    }

    fn set_mode(&self, file: &str, mode: u32) {
        let mode = std::fs::Permissions::from_mode(mode);
        std::fs::set_permissions(self.path(file), mode).expect("it is ours");
    }

    fn output(&self, arguments: &[&str]) -> Output {
        output(&mut self.program(arguments))
    }

    fn serve(&self, config: &Path, arguments: &[&str]) -> Running {
        Running::start(self.program(&["serve", "--config"]).arg(config).args(arguments))
    }
}

/// A pipe that nobody reads any more.
fn shut_pipe() -> std::io::PipeWriter {
    std::io::pipe().expect("a pipe").1
}

#[test]
fn whoever_has_read_enough_is_no_failure() {
    let desk = Desk::new();
    let gateway = desk.serve(&desk.config("a.toml", "one", "127.0.0.1:0", ""), &[]);
    let admin = gateway.admin();
    for arguments in [
        &["status"][..],
        &["status", "--json"],
        &["rooms"],
        &["rooms", "--json"],
        &["sends"],
        &["sends", "--json"],
        &["providers"],
        &["env", "--list"],
        &["check", "--config", "a.toml"],
    ] {
        let mut command = desk.program(arguments);
        if matches!(arguments[0], "status" | "rooms" | "sends") {
            command.args(["--admin", &admin]);
        }
        let whole = command.output().expect("it can be run").status.code();
        let cut = command.stdout(shut_pipe()).output().expect("it can be run");
        assert_eq!((cut.status.code(), text(&cut.stderr)), (whole, String::new()), "{arguments:?}");
        let full = command.stdout(File::options().write(true).open("/dev/full").expect("Linux has it"));
        let full = full.output().expect("it can be run");
        assert_eq!(full.status.code(), Some(2), "{arguments:?}");
        assert!(
            text(&full.stderr).starts_with("the answer can't be written: No space left"),
            "{arguments:?}"
        );
    }
}

#[test]
fn it_serves_though_nobody_can_be_told_so() {
    let desk = Desk::new();
    let port = TcpListener::bind("127.0.0.1:0").and_then(|it| it.local_addr()).expect("a port");
    let config = desk.config("a.toml", "one", &port.to_string(), "");
    let full = || File::options().write(true).open("/dev/full").expect("Linux has it");
    let mut serve = desk.program(&["serve", "--config", "a.toml"]);
    let running = Running::spawn(serve.stdout(full()).stderr(full()));
    let asked = || desk.output(&["status", "--config", config.to_str().expect("text")]);
    let served =
        std::iter::repeat_with(asked).take(1_000).any(|it| text(&it.stdout).starts_with("one is DOWN"));
    assert!(served);
    running.stop();
}

#[test]
fn unknown_levels_of_the_log_are_refused_with_those_that_there_are() {
    let desk = Desk::new();
    desk.config("ha-wechaty.toml", "one", "off", "");
    let levels = "off, error, warn, info, debug, trace";
    for level in ["warning", "verbose", "loud", "info,loud"] {
        let served = desk.output(&["serve", "--log", level]);
        let said = text(&served.stderr);
        assert!(
            served.status.code() == Some(2) && said.starts_with("--log: ") && said.contains(levels),
            "{said}"
        );
        for command in ["check", "env", "serve"] {
            let output =
                desk.program(&[command]).env("HA_WECHATY_LOG", level).output().expect("it can be run");
            let said = text(&output.stderr);
            assert!(
                output.status.code() == Some(2) && said.contains("HA_WECHATY_LOG: "),
                "{command}: {said}"
            );
            assert!(said.contains(levels), "{said}");
        }
    }
    let output =
        desk.program(&["check"]).env("HA_WECHATY_LOG_FORMAT", "xml").output().expect("it can be run");
    assert!(output.status.code() == Some(2) && text(&output.stderr).contains("it must be text or json"));
    let unset = [("HA_WECHATY_LOG", ""), ("HA_WECHATY_LOG_FORMAT", ""), ("HA_WECHATY_CONFIG", "")];
    assert!(desk.program(&["check"]).envs(unset).status().expect("it can be run").success());
}

#[test]
fn a_log_of_objects_has_nothing_else_from_its_first_line_to_its_last() {
    let desk = Desk::new();
    let config = desk.config("a.toml", "one", "127.0.0.1:0", "");
    let gateway = desk.serve(&config, &["--log-format", "json"]);
    let read = |line: &str| serde_json::from_str::<serde_json::Value>(line).expect(line);
    let first = read(gateway.greeting());
    assert!(
        first["fields"]["message"].as_str().is_some_and(|it| it.starts_with("ha-wechaty serves team one"))
    );
    let log = gateway.stop();
    assert!(!log.is_empty());
    log.lines().for_each(|line| drop(read(line)));
    std::fs::write(&config, "nmae = \"one\"\n").expect("it is ours");
    let failed = desk.output(&["serve", "--config", "a.toml", "--log-format", "json"]);
    assert_eq!((failed.status.code(), text(&failed.stdout)), (Some(2), String::new()));
    let said = read(text(&failed.stderr).trim_end());
    assert!(said["level"] == "ERROR" && said.to_string().contains("did you mean name?"), "{said}");
}

#[test]
fn a_misspelt_variable_is_refused_like_a_misspelt_key_and_somebody_elses_is_not() {
    let desk = Desk::new();
    desk.config("ha-wechaty.toml", "one", "off", "");
    for (variable, told) in [
        ("HA_WECHATY_GATEWAY_LISEN", "is unknown; did you mean HA_WECHATY_GATEWAY_LISTEN?"),
        ("HA_WECHATY_PACE_XYZ", "HA_WECHATY_PACE_XYZ: is unknown; "),
        ("HA_WECHATY_NMAE", "did you mean HA_WECHATY_NAME?"),
        ("HA_WECHATY_PUPET", "did you mean HA_WECHATY_PUPPET?"),
    ] {
        for command in ["check", "serve", "env"] {
            let output = desk.program(&[command]).env(variable, "1").output().expect("it can be run");
            let said = text(&output.stderr);
            assert!(output.status.code() == Some(2) && said.contains(told), "{command} {variable}: {said}");
        }
    }
    let strays = [("HA_WECHATY_PUPPET", "wechaty-puppet-hostie"), ("HA_WECHATY_PUPPET_HOSITE_TOKEN", "t1")];
    let output = desk.program(&["check"]).envs(strays).output().expect("it can be run");
    let said = text(&output.stderr);
    assert!(
        output.status.code() == Some(2) && said.contains("did you mean HA_WECHATY_PUPPET_HOSTIE_TOKEN?"),
        "{said}"
    );
    let others = [
        ("HA_WECHATY_BIN", "/usr/bin/ha-wechaty"),
        ("HA_WECHATY_IMAGE_DIGEST", "sha256:1"),
        // Kubernetes, for services `ha-wechaty` and `ha-wechaty-admin`.
        ("HA_WECHATY_SERVICE_HOST", "10.0.0.1"),
        ("HA_WECHATY_SERVICE_PORT", "8788"),
        ("HA_WECHATY_SERVICE_PORT_BOTS", "8788"),
        ("HA_WECHATY_PORT", "tcp://10.0.0.1:8788"),
        ("HA_WECHATY_PORT_8788_TCP", "tcp://10.0.0.1:8788"),
        ("HA_WECHATY_PORT_8788_TCP_PROTO", "tcp"),
        ("HA_WECHATY_ADMIN_SERVICE_HOST", "10.0.0.2"),
        ("HA_WECHATY_ADMIN_PORT", "tcp://10.0.0.2:8790"),
        ("HA_WECHATY_ADMIN_PORT_8790_TCP_ADDR", "10.0.0.2"),
    ];
    let output = desk.program(&["check"]).envs(others).output().expect("it can be run");
    let said = text(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{said}");
    let remarks: Vec<_> = said.lines().map(|line| line.split(':').next().unwrap_or_default()).collect();
    assert_eq!(remarks, ["HA_WECHATY_BIN", "HA_WECHATY_IMAGE_DIGEST"], "{said}");
}

#[test]
fn addresses_may_be_host_names() {
    let desk = Desk::new();
    let config = desk.config("a.toml", "one", "localhost:0", "");
    let gateway = desk.serve(&config, &["--listen", "localhost:0"]);
    assert!(gateway.greeting().contains(" on 127.0.0.1:"), "{}", gateway.greeting());
    let port = gateway.admin().rsplit(':').next().expect("a port").to_owned();
    let status = desk.output(&["status", "--admin", &format!("localhost:{port}")]);
    assert!(text(&status.stdout).starts_with("one is DOWN"), "{}", text(&status.stderr));
    for admin in ["localhost", "8790", ":8790", "localhost:http"] {
        let status = desk.output(&["status", "--admin", admin]);
        assert!(text(&status.stderr).contains("is no host and port; write it like"), "{admin}");
    }
    let nowhere = desk.output(&["check", "--config", "a.toml", "--listen", "no-such-host.invalid:1"]);
    assert!(text(&nowhere.stderr).contains("is a host that can't be found"), "{}", text(&nowhere.stderr));
}

#[test]
fn a_gateway_does_not_start_unseen_unless_it_may_and_nobody_is_told_of_another_one() {
    let desk = Desk::new();
    let ours = desk.serve(&desk.config("ours.toml", "ossbot", "127.0.0.1:0", ""), &[]);
    let admin = ours.admin();
    // The same name: only the file tells them apart.
    let theirs = desk.config("theirs.toml", "ossbot", &admin, "[store]\npath = \"memory\"");
    let failed = desk.output(&["serve", "--config", "theirs.toml"]);
    let said = text(&failed.stderr);
    assert_eq!(failed.status.code(), Some(1), "{said}");
    assert!(
        said.contains(&format!("can't listen on {admin} (admin.listen)")) && said.contains("admin.required"),
        "{said}"
    );
    let unseen = desk.serve(&theirs, &["--set", "admin.required=false"]);
    assert!(!unseen.greeting().contains("status on"), "{}", unseen.greeting());
    for command in ["status", "rooms", "sends"] {
        let refused = desk.output(&[command, "--config", "theirs.toml"]);
        let said = text(&refused.stderr);
        assert!(!refused.status.success() && refused.stdout.is_empty(), "{said}");
        let process = format!("process {},", ours.id());
        for part in [&admin, "is another gateway's", "ours.toml", &process, "--admin"] {
            assert!(said.contains(part), "{command}: {part}: {said}");
        }
    }
    // Asked by its own configuration, whose port 0 nobody can know, or by its address, it says which one it is.
    let found = desk.config("ours.toml", "ossbot", &admin, "");
    for arguments in [&["status", "--config", "ours.toml"][..], &["sends", "--admin", &admin]] {
        let answer = desk.output(arguments);
        let said = text(&answer.stdout);
        let last = said.lines().last().unwrap_or_default();
        assert!(
            last.contains("of ossbot: process") && last.ends_with(found.to_str().expect("text")),
            "{said}"
        );
    }
    let other = desk.config("other.toml", "another", &admin, "");
    let refused = desk.output(&["status", "--config", other.to_str().expect("text")]);
    assert!(
        text(&refused.stderr).contains("this configuration's team is another"),
        "{}",
        text(&refused.stderr)
    );
    // An address is any gateway's, whichever team else is described here.
    let told = |mut command: Command| text(&command.output().expect("it can be run").stdout);
    let mut of_environment = desk.program(&["status", "--admin", &admin]);
    of_environment.env("HA_WECHATY_NAME", "another");
    assert!(told(of_environment).starts_with("ossbot is DOWN"));
    assert!(
        told(desk.program(&["status", "--config", "other.toml", "--admin", &admin]))
            .starts_with("ossbot is DOWN")
    );
    unseen.stop();
    assert!(ours.stop().contains("stopped"));
}

#[test]
fn the_configuration_says_where_to_ask_and_with_which_password() {
    let desk = Desk::new();
    let port = TcpListener::bind("127.0.0.1:0").and_then(|it| it.local_addr()).expect("a port");
    let config = desk.config("ha-wechaty.toml", "one", &port.to_string(), "password = \"sesame\"");
    let gateway = desk.serve(&config, &[]);
    let status = desk.output(&["status"]);
    assert!(text(&status.stdout).starts_with("one is DOWN"), "{}", text(&status.stderr));
    // A mistake that was made since is no reason not to answer.
    let broken = std::fs::read_to_string(&config).expect("it is ours") + "\n[paec]\n";
    std::fs::write(&config, broken).expect("it is ours");
    assert!(text(&desk.output(&["status"]).stdout).starts_with("one is DOWN"));
    // The file's password is for its own gateway; whoever names an address shows his own.
    let refused = desk.output(&["status", "--admin", &port.to_string()]);
    assert!(
        text(&refused.stderr).contains("nothing was shown; show the password"),
        "{}",
        text(&refused.stderr)
    );
    let shown = desk
        .program(&["status", "--admin", &port.to_string()])
        .env("HA_WECHATY_ADMIN_PASSWORD", "sesame")
        .output();
    assert!(text(&shown.expect("it can be run").stdout).starts_with("one is DOWN"));
    gateway.stop();
}

#[test]
fn secrets_on_the_command_line_are_warned_of_and_taken_out_of_it() {
    let desk = Desk::new();
    desk.write("west.token", "insecure_of-a-file\n");
    desk.set_mode("west.token", 0o600);
    let arguments = [
        "serve",
        "--listen",
        "127.0.0.1:0",
        "--tls",
        "off",
        "--admin",
        "127.0.0.1:0",
        "--bot",
        "insecure_of-the-bot",
        "--account",
        "north=insecure_of-north@127.0.0.1:1",
        "--account=south=insecure_of-south@127.0.0.1:1",
        "--account",
        "west=@west.token@127.0.0.1:1",
        "--set",
        "admin.password=sesame",
    ];
    let running = Running::start(&mut desk.program(&arguments));
    assert!(running.greeting().contains("(3 accounts)"), "{}", running.greeting());

    let shown = std::fs::read(format!("/proc/{}/cmdline", running.id())).expect("it runs");
    let shown = text(&shown).replace('\0', " ");
    for secret in ["insecure_of", "sesame"] {
        assert!(!shown.contains(secret), "{shown}");
    }
    assert!(shown.contains("--bot … --account north=…@127.0.0.1:1 --account=south=…@127.0.0.1:1"), "{shown}");
    assert!(shown.contains("--account west=@west.token@127.0.0.1:1 --set admin.password=…"), "{shown}");
    let name = std::fs::read_to_string(format!("/proc/{}/comm", running.id())).expect("it runs");
    assert_eq!(name.trim(), "ha-wechaty");

    // What stands in their place is understood: the password, and the accounts' tokens.
    let admin = running.admin();
    let asked = desk.output(&["status", "--json", "--admin", &admin, "--password", "sesame"]);
    assert!(asked.status.success() || !asked.stdout.is_empty(), "{}", text(&asked.stderr));
    assert!(text(&asked.stderr).contains("--password-file"), "{}", text(&asked.stderr));
    let log = running.stop();
    for warned in ["--account north=…", "--account south=…", "--bot …", "--set admin.password=…"] {
        assert!(log.lines().any(|line| line.contains("WARN") && line.contains(warned)), "{warned}: {log}");
    }
    assert!(!log.contains("west=") && !log.contains("insecure_of"), "{log}");
}

#[test]
fn what_others_can_read_is_told_at_start_with_the_remedy() {
    let desk = Desk::new();
    let spool = desk.path("spool");
    std::fs::create_dir(&spool).expect("it is ours");
    desk.set_mode("spool", 0o777);
    desk.write("password", "sesame");
    desk.set_mode("password", 0o604);
    let config = desk.config("a.toml", "one", "127.0.0.1:0", "password_file = \"password\"\n");
    let told = |arguments: &[&str]| text(&desk.output(arguments).stderr);
    let set = format!("gateway.spool_dir={}", spool.display());
    let check = ["check", "--config", "a.toml", "--set", &set];
    let warnings = told(&check);
    assert_eq!(warnings.lines().count(), 2, "{warnings}");
    for remedy in ["holds secrets: chmod 600 password", &format!("chmod 700 {}", spool.display())] {
        assert!(warnings.contains(remedy), "{warnings}");
    }
    desk.set_mode("a.toml", 0o644);
    let log = desk.serve(&config, &["--set", &set]).stop();
    assert_eq!(log.matches("others on this machine can").count(), 3, "{log}");
    for (file, mode) in [("a.toml", 0o600), ("password", 0o600), ("spool", 0o700)] {
        desk.set_mode(file, mode);
    }
    assert_eq!(told(&check), "");
}
