//! The environment: the original's examples word for word, the variable of each key, and what wins.

use std::{collections::BTreeSet, fs, path::Path, time::Duration};

use super::{
    super::{
        Config, ConfigError, Dialect, Draft, Environment, Policy, Provider, read,
        reader::{Form, variable_of},
    },
    LEAST,
};

/// An account, in short: name, puppet, token, endpoint.
type Account = (String, String, String, String);

/// What these lines of a shell, `NAME=value`, come to.
fn environment(lines: &str) -> Environment {
    let pair =
        |line: &str| line.trim().split_once('=').map(|(name, value)| (name.to_owned(), value.to_owned()));
    lines.lines().filter_map(|line| pair(line.trim_start().trim_start_matches("export "))).collect()
}

fn config(lines: &str) -> Result<Config, ConfigError> {
    let mut draft = Draft::new();
    draft.lay(&environment(lines));
    draft.finish()
}

/// The accounts of these lines, with a bot beside them.
fn accounts(lines: &str) -> Vec<Account> {
    let config = config(&format!("HA_WECHATY_BOT_TOKEN=insecure_bot\n{lines}"));
    config.unwrap_or_else(|error| panic!("{error}")).accounts.iter().map(in_short).collect()
}

fn in_short(account: &crate::AccountConfig) -> Account {
    let (puppet, endpoint) = match &account.provider {
        Provider::Service(service) => {
            let puppet = match service.dialect {
                Dialect::Hostie => "wechaty-puppet-hostie",
                Dialect::Service => "wechaty-puppet-service",
            };
            (puppet.to_owned(), service.endpoint.as_ref().map(ToString::to_string))
        }
        Provider::Hosted(hosted) => (hosted.package.to_string(), None),
    };
    let token = account.provider.token().map(|token| token.reveal().to_owned());
    (account.name.clone(), puppet, token.unwrap_or_default(), endpoint.unwrap_or_default())
}

fn account(name: &str, puppet: &str, token: &str, endpoint: &str) -> Account {
    let puppet = format!("wechaty-puppet-{puppet}");
    (name.to_owned(), puppet, token.to_owned(), endpoint.to_owned())
}

/// The one problem of these lines, with a bot beside them.
fn problem(lines: &str) -> String {
    let error = config(&format!("HA_WECHATY_BOT_TOKEN=insecure_bot\n{lines}")).expect_err("it is wrong");
    assert_eq!(error.problems().len(), 1, "{error}");
    error.to_string()
}

fn warnings(lines: &str) -> Vec<String> {
    environment(lines).warnings().iter().map(ToString::to_string).collect()
}

#[test]
fn the_examples_of_the_first_original_make_an_account_for_each_token() {
    let lines = "
        export HA_WECHATY_PUPPET=wechaty-puppet-hostie:wechaty-puppet-padplus
        export HA_WECHATY_PUPPET_HOSTIE_TOKEN=hostie_token_1:hostie_token_2
        export HA_WECHATY_PUPPET_PADPLUS_TOKEN=t1:t2";
    assert_eq!(
        accounts(lines),
        [
            account("hostie-1", "hostie", "hostie_token_1", ""),
            account("hostie-2", "hostie", "hostie_token_2", ""),
            account("padplus-1", "padplus", "t1", ""),
            account("padplus-2", "padplus", "t2", ""),
        ]
    );
}

#[test]
fn a_puppet_without_a_token_makes_no_account_as_in_the_original_but_is_told_of() {
    let lines = "
        HA_WECHATY_PUPPET=wechaty-puppet-hostie:wechaty-puppet-padplus
        HA_WECHATY_PUPPET_HOSTIE_TOKEN=token";
    assert_eq!(accounts(lines), [account("hostie-1", "hostie", "token", "")]);
    assert_eq!(
        warnings(lines),
        [
            "HA_WECHATY_PUPPET: wechaty-puppet-padplus has no account: HA_WECHATY_PUPPET_PADPLUS_TOKEN is not set; \
          set it, or leave the puppet out"
        ]
    );
}

#[test]
fn the_examples_of_the_later_original_make_an_account_for_each_puppet() {
    let lines = "
        export HA_WECHATY_PUPPET=wechaty-puppet-service:wechaty-puppet-padlocal
        export HA_WECHATY_PUPPET_TOKEN=token_1:token_2";
    assert_eq!(
        accounts(lines),
        [account("service-1", "service", "token_1", ""), account("padlocal-1", "padlocal", "token_2", "")]
    );
}

#[test]
fn an_empty_token_is_for_a_puppet_that_needs_none() {
    let lines = "
        HA_WECHATY_PUPPET=wechaty-puppet-wechat4u:wechaty-puppet-service:wechaty-puppet-service
        HA_WECHATY_PUPPET_TOKEN=:insecure_1:insecure_2";
    assert_eq!(
        accounts(lines),
        [
            account("wechat4u-1", "wechat4u", "", ""),
            account("service-1", "service", "insecure_1", ""),
            account("service-2", "service", "insecure_2", ""),
        ]
    );
    assert_eq!(accounts("HA_WECHATY_PUPPET=wechaty-puppet-wechat4u")[0].0, "wechat4u-1");
    let missing =
        problem("HA_WECHATY_PUPPET=wechaty-puppet-mock:wechaty-puppet-service\nHA_WECHATY_PUPPET_TOKEN=:");
    assert!(missing.starts_with("HA_WECHATY_PUPPET_TOKEN: account[1].token: is missing; copy"), "{missing}");
}

#[test]
fn tokens_that_do_not_match_the_puppets_are_explained() {
    assert_eq!(
        problem(
            "HA_WECHATY_PUPPET=wechaty-puppet-service:wechaty-puppet-padlocal\nHA_WECHATY_PUPPET_TOKEN=secret"
        ),
        "HA_WECHATY_PUPPET_TOKEN: account: has 1 token, but HA_WECHATY_PUPPET has 2 puppets; write one token for \
         each puppet, like token_1:token_2, and nothing between two ':' for a puppet that needs none"
    );
    let one = problem(
        "HA_WECHATY_PUPPET=wechaty-puppet-service
         HA_WECHATY_PUPPET_TOKEN=a:b
         HA_WECHATY_PUPPET_SERVICE_ENDPOINT=127.0.0.1:1,127.0.0.1:2",
    );
    assert!(
        one.ends_with("several accounts of one puppet stand in HA_WECHATY_PUPPET_SERVICE_TOKEN"),
        "{one}"
    );
    let alone = problem("HA_WECHATY_PUPPET_TOKEN=a:b");
    assert!(
        alone.starts_with("HA_WECHATY_PUPPET_TOKEN: account: is set, but HA_WECHATY_PUPPET is not"),
        "{alone}"
    );
}

#[test]
fn endpoints_belong_to_the_tokens_of_their_protocol() {
    let lines = "
        HA_WECHATY_PUPPET=wechaty-puppet-service:wechaty-puppet-hostie
        HA_WECHATY_PUPPET_SERVICE_TOKEN=insecure_1:insecure_2
        HA_WECHATY_PUPPET_SERVICE_ENDPOINT=,10.0.0.2:8788
        HA_WECHATY_PUPPET_HOSTIE_TOKEN=t1
        HA_WECHATY_PUPPET_HOSTIE_ENDPOINT=[::1]:18803";
    assert_eq!(
        accounts(lines),
        [
            account("service-1", "service", "insecure_1", ""),
            account("service-2", "service", "insecure_2", "10.0.0.2:8788"),
            account("hostie-1", "hostie", "t1", "[::1]:18803"),
        ]
    );
    let few = "
        HA_WECHATY_PUPPET=wechaty-puppet-service:wechaty-puppet-service
        HA_WECHATY_PUPPET_TOKEN=insecure_1:insecure_2
        HA_WECHATY_PUPPET_SERVICE_ENDPOINT=10.0.0.2:8788";
    assert_eq!(
        problem(few),
        "HA_WECHATY_PUPPET_SERVICE_ENDPOINT: account: has 1 endpoint, but there are 2 accounts of this puppet; write \
         one for each, like host_1:8788,host_2:8788, and nothing between two ',' for one that is discovered"
    );
}

#[test]
fn mistakes_name_their_variable_and_never_show_a_token() {
    let hostie = "HA_WECHATY_PUPPET=wechaty-puppet-hostie\nHA_WECHATY_PUPPET_HOSTIE_TOKEN=";
    for (lines, told) in [
        (
            format!("{hostie}secret secret"),
            "HA_WECHATY_PUPPET_HOSTIE_TOKEN: account[0].token: the token has the",
        ),
        (
            format!("{hostie}secret:secret"),
            "HA_WECHATY_PUPPET_HOSTIE_TOKEN: account[1].token: is the same as",
        ),
        (format!("{hostie}secret::"), "HA_WECHATY_PUPPET_HOSTIE_TOKEN: account[1].token: is missing"),
        (
            format!("{hostie}secret\nHA_WECHATY_PUPPET_TOKEN=secret2"),
            "HA_WECHATY_PUPPET_HOSTIE_TOKEN: account: is set, and HA_WECHATY_PUPPET_TOKEN is too; unset one",
        ),
        (
            format!("{hostie}secret\nHA_WECHATY_PUPPET_HOSTIE_ENDPOINT=https://x:1"),
            "HA_WECHATY_PUPPET_HOSTIE_ENDPOINT: account[0].endpoint: \"https://x:1\" has a scheme",
        ),
        (
            "HA_WECHATY_PUPPET=wechaty-puppet-hostie:\nHA_WECHATY_PUPPET_HOSTIE_TOKEN=secret".to_owned(),
            "HA_WECHATY_PUPPET: account: has no name in place 2 of 2; take a ':' out",
        ),
        (
            "HA_WECHATY_PUPPET=padlocal\nHA_WECHATY_PUPPET_PADLOCAL_TOKEN=secret".to_owned(),
            "HA_WECHATY_PUPPET: account[0].puppet: \"padlocal\" is not the whole name",
        ),
        (
            "HA_WECHATY_PUPPET=wechaty-puppet-xp:wechaty-puppet-xp\nHA_WECHATY_PUPPET_XP_TOKEN=secret"
                .to_owned(),
            "HA_WECHATY_PUPPET: account: has wechaty-puppet-xp twice; write it once",
        ),
    ] {
        let lines = format!("HA_WECHATY_BOT_TOKEN=insecure_bot\n{lines}");
        let error = config(&lines).expect_err("it is wrong").to_string();
        assert!(error.starts_with(told) && !error.contains("secret"), "{error}");
        let shown = format!("{:?}", environment(&lines));
        assert!(!shown.contains("secret") && !shown.contains("insecure"), "{shown}");
    }
}

#[test]
fn every_key_has_a_variable_of_its_own() {
    let keys: Vec<String> =
        read::keys().into_iter().filter(|(_, form)| *form != Form::Section).map(|(key, _)| key).collect();
    let variables: BTreeSet<String> = keys.iter().map(|key| variable_of(key)).collect();
    assert_eq!(variables.len(), keys.len());
    for (key, variable) in [
        ("name", "HA_WECHATY_NAME"),
        ("gateway.listen", "HA_WECHATY_GATEWAY_LISTEN"),
        ("pace.max_wait", "HA_WECHATY_PACE_MAX_WAIT"),
        ("dong.aes_key", "HA_WECHATY_DONG_AES_KEY"),
        ("admin.password", "HA_WECHATY_ADMIN_PASSWORD"),
        ("account", "HA_WECHATY_ACCOUNT"),
    ] {
        assert!(keys.iter().any(|it| it == key), "{key}: {keys:?}");
        assert_eq!(variable_of(key), variable);
    }
    let known = environment("").known().to_vec();
    assert!(variables.iter().all(|variable| known.contains(variable)), "{known:?}");
}

#[test]
fn values_are_written_as_a_shell_and_as_toml_would() {
    let config = config(
        "HA_WECHATY_NAME=007
         HA_WECHATY_SELF_ID=\"oss\"
         HA_WECHATY_GATEWAY_LISTEN=0.0.0.0:1
         HA_WECHATY_GATEWAY_ALLOW_LOGOUT=true
         HA_WECHATY_GATEWAY_REPLAY_EVENTS=5
         HA_WECHATY_RECONNECT_FACTOR=1.5
         HA_WECHATY_PACE_MAX_WAIT=\"10s\"
         HA_WECHATY_HEALTH_HEARTBEAT_CONTACT=\"\"
         HA_WECHATY_HEALTH_THROTTLE_WORDS=[\"a\", \"b\"]
         HA_WECHATY_ADMIN_PASSWORD=123
         HA_WECHATY_DONG_REPLY={ ping = \"pong\" }
         HA_WECHATY_BOT_TOKEN=insecure_1:insecure_2
         HA_WECHATY_ACCOUNT=[{ name = \"north\", token = \"insecure_north\", weight = 3 }]",
    );
    let config = config.unwrap_or_else(|error| panic!("{error}"));
    assert_eq!((config.name.as_str(), config.self_id.as_str()), ("007", "oss"));
    assert_eq!(config.gateway.listen.to_string(), "0.0.0.0:1");
    assert_eq!((config.gateway.allow_logout, config.gateway.replay_events), (true, 5));
    assert_eq!(config.reconnect.backoff.factor, 1.5);
    assert_eq!(config.pace.max_wait, Duration::from_secs(10));
    assert_eq!(config.health.heartbeat_contact, None);
    assert_eq!(config.health.throttle_words, ["a", "b"]);
    assert_eq!(config.admin.password.expect("it is set").reveal(), "123");
    assert_eq!(config.dong.reply["ping"], "pong");
    let bots: Vec<_> = config.bots.iter().map(|bot| (bot.name.as_str(), bot.token.reveal())).collect();
    assert_eq!(bots, [("main", "insecure_1"), ("bot-2", "insecure_2")]);
    assert_eq!((config.accounts[0].name.as_str(), config.accounts[0].weight), ("north", 3));
}

#[test]
fn the_environment_wins_over_the_file_and_flags_over_both() {
    let file = format!("name = \"file\"\nself_id = \"file\"\n[team]\npolicy = \"sticky\"\n{LEAST}");
    let mut draft = Draft::from_toml(Path::new("team.toml"), &file).expect("it is TOML");
    draft.lay(&environment(
        "HA_WECHATY_NAME=environment
         HA_WECHATY_SELF_ID=environment
         HA_WECHATY_BOT_TOKEN=insecure_other
         HA_WECHATY_PUPPET=wechaty-puppet-hostie
         HA_WECHATY_PUPPET_HOSTIE_TOKEN=t1
         HA_WECHATY_PUPPET_HOSTIE_ENDPOINT=127.0.0.1:1",
    ));
    draft.set("--name", "name", "flag");
    draft.set_member("--account", "account", "hostie-1", &[("endpoint", "127.0.0.1:2")]);
    let config = draft.finish().unwrap_or_else(|error| panic!("{error}"));
    assert_eq!((config.name.as_str(), config.self_id.as_str()), ("flag", "environment"));
    assert_eq!(config.team.policy, Policy::Sticky);
    assert_eq!((config.bots.len(), config.bots[0].token.reveal()), (1, "insecure_other"));
    let accounts: Vec<Account> = config.accounts.iter().map(in_short).collect();
    assert_eq!(
        accounts,
        [
            account("north", "service", "insecure_north", ""),
            account("hostie-1", "hostie", "t1", "127.0.0.1:2"),
        ]
    );
}

#[test]
fn a_variable_that_nobody_reads_is_told_with_the_nearest_one() {
    for (lines, told) in [
        (
            "HA_WECHATY_GATEWAY_LISTN=x\nHA_WECHATY_LOG=debug\nHA_WECHATY_NAME=\nWECHATY_TOKEN=x",
            "HA_WECHATY_GATEWAY_LISTN: is unknown; did you mean HA_WECHATY_GATEWAY_LISTEN?",
        ),
        ("HA_WECHATY_PUPPETS=x", "HA_WECHATY_PUPPETS: is unknown; did you mean HA_WECHATY_PUPPET?"),
    ] {
        let refused: Vec<_> = environment(lines).problems.iter().map(ToString::to_string).collect();
        assert_eq!((refused, warnings(lines)), (vec![told.to_owned()], Vec::new()));
    }
    assert_eq!(
        warnings("HA_WECHATY_XYZ=1"),
        ["HA_WECHATY_XYZ: is unknown; `ha-wechaty env --list` lists all"]
    );
    let stray = warnings("HA_WECHATY_PUPPET=wechaty-puppet-xp\nHA_WECHATY_PUPPET_MACPRO_TOKEN=x");
    assert!(
        stray[0].starts_with("HA_WECHATY_PUPPET_MACPRO_TOKEN: is not used, since no puppet"),
        "{stray:?}"
    );
}

#[test]
fn tokens_may_stand_in_files() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = |name: &str| folder.path().join(name).display().to_string();
    fs::write(path("tokens"), "t1:t2\n").expect("a file");
    fs::write(path("bot"), "insecure_bot\r\n").expect("a file");
    let lines = format!(
        "HA_WECHATY_PUPPET=wechaty-puppet-hostie\nHA_WECHATY_PUPPET_HOSTIE_TOKEN_FILE={}\n\
         HA_WECHATY_BOT_TOKEN_FILE={}\n",
        path("tokens"),
        path("bot")
    );
    let read = config(&lines).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(read.bots[0].token.reveal(), "insecure_bot");
    assert_eq!(read.accounts.iter().map(in_short).map(|account| account.2).collect::<Vec<_>>(), ["t1", "t2"]);

    let both = config(&format!("{lines}HA_WECHATY_BOT_TOKEN=insecure_x")).expect_err("both").to_string();
    let told = "HA_WECHATY_BOT_TOKEN_FILE: bot: is set, and HA_WECHATY_BOT_TOKEN is too; unset one of them";
    assert_eq!(both, told);
    let gone = config(&lines.replace("/bot\n", "/gone\n")).expect_err("no file").to_string();
    assert!(
        gone.starts_with(&format!("HA_WECHATY_BOT_TOKEN_FILE: bot: {} can't be read: ", path("gone"))),
        "{gone}"
    );
}

#[cfg(unix)]
#[test]
fn what_is_no_text_is_refused() {
    use std::os::unix::ffi::OsStrExt as _;
    let bytes = std::ffi::OsStr::from_bytes(b"\xff");
    let mut draft = Draft::from_toml(Path::new("team.toml"), LEAST).expect("it is TOML");
    draft.lay(&[("HA_WECHATY_NAME", bytes)].into_iter().collect());
    let error = draft.finish().expect_err("it is no text").to_string();
    assert_eq!(error, "HA_WECHATY_NAME: name: is not UTF-8 text; set it again");
}
