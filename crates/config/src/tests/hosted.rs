//! Accounts whose puppet we run.

use ha_wechaty_core::Ids;
use serde_json::json;

use super::{
    super::{Config, Hosted, Package, Provider},
    parse, problems,
};

fn with(account: &str) -> String {
    format!("[[bot]]\nname = \"main\"\ntoken = \"insecure_bot\"\n[[account]]\nname = \"north\"\n{account}")
}

fn hosted(config: &Config) -> &Hosted {
    match &config.accounts[0].provider {
        Provider::Hosted(hosted) => hosted,
        Provider::Service(service) => panic!("{service:?}"),
    }
}

fn problem(account: &str) -> String {
    let mut problems = problems(&with(account));
    assert_eq!(problems.len(), 1, "{problems:#?}");
    problems.remove(0)
}

#[test]
fn any_npm_puppet_drives_an_account_with_its_token_and_options() {
    let text = "puppet = \"wechaty-puppet-padlocal@1.20.1\"\ntoken = \"a/b+c=\"\n\
                puppet_options = { a = 1, b = { c = [true, \"x\", 0.5] } }";
    let config = parse(&with(text)).expect("it is right");
    let it = hosted(&config);
    assert_eq!(it.package.to_string(), "wechaty-puppet-padlocal@1.20.1");
    assert_eq!(
        it.token.as_ref().map(ha_wechaty_wire::Token::reveal),
        Some("a/b+c="),
        "its rules are not ours"
    );
    let options = serde_json::Value::from(it.options.as_map().clone());
    assert_eq!(options, json!({ "a": 1, "b": { "c": [true, "x", 0.5] } }));
}

#[test]
fn ids_are_as_the_puppet_has_them_unless_the_operator_knows_better() {
    for (puppet, ids) in [
        ("wechaty-puppet-padlocal\"\ntoken = \"t", Ids::Shared),
        ("wechaty-puppet-wechat4u", Ids::Own),
        ("wechaty-puppet-nobody-knows", Ids::Own),
        ("wechaty-puppet-wechat4u\"\nids = \"shared", Ids::Shared),
        ("wechaty-puppet-service\"\ntoken = \"insecure_1", Ids::Shared),
    ] {
        let config = parse(&with(&format!("puppet = \"{puppet}\""))).expect("it is right");
        assert_eq!(config.accounts[0].ids, ids, "{puppet}");
    }
}

#[test]
fn the_native_protocol_is_spoken_natively_unless_a_version_is_asked_for() {
    for (puppet, native) in [
        ("wechaty-puppet-service", true),
        ("wechaty-puppet-hostie", true),
        ("wechaty-puppet-service@1.19.9", false),
        ("wechaty-puppet-hostie@0.13.4", false),
    ] {
        let text = with(&format!("puppet = \"{puppet}\"\ntoken = \"insecure_1\""));
        let config = parse(&text).expect("it is right");
        assert_eq!(config.accounts[0].hosted().is_none(), native, "{puppet}");
    }
}

#[test]
fn a_puppet_of_ones_own_is_named_by_a_path_from_the_files_folder() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::create_dir(folder.path().join("mine")).expect("a folder in it");
    let file = folder.path().join("team.toml");
    let read = |puppet: &str| Config::from_toml(&file, &with(&format!("puppet = \"{puppet}\"")));
    let config = read("./mine").expect("it is right");
    assert_eq!(hosted(&config).package, Package::Local(folder.path().join("./mine")));
    let error = read("./yours").expect_err("it is not there").to_string();
    assert!(error.contains("./yours is not there; name a puppet's folder or file"), "{error}");
}

#[test]
fn mistakes_are_told() {
    for (text, told) in [
        (
            "puppet = \"padlocal\"",
            "6:10: account[0].puppet: \"padlocal\" is not the whole name; write wechaty-",
        ),
        ("puppet = \"A puppet\"", "6:10: account[0].puppet: \"A puppet\" is no package of npm"),
        ("puppet = \"x@latest\"", "6:10: account[0].puppet: \"x@latest\" has no exact version"),
        (
            "puppet = \"wechaty-puppet-padlocal\"",
            "account[0].token: is missing; wechaty-puppet-padlocal needs one",
        ),
        ("puppet = \"x\"\ntoken = \"\"", "7:9: account[0].token: is empty"),
        (
            "puppet = \"x\"\nendpoint = \"a:1\"",
            "7:12: account[0].endpoint: must be left out: ha-wechaty runs x",
        ),
        ("puppet = \"x\"\ntls = \"off\"", "7:7: account[0].tls: must be left out"),
        ("puppet = \"x\"\nauthority = \"a\"", "7:13: account[0].authority: must be left out"),
        ("puppet = \"x\"\npuppet_options = 1", "7:18: account[0].puppet_options: must be a table"),
        ("puppet = \"x\"\npuppet_options = { a = 1979-05-27 }", "account[0].puppet_options: has a date"),
        (
            "token = \"insecure_1\"\npuppet_options = { a = 1 }",
            "account[0].puppet_options: are for puppets that",
        ),
    ] {
        let problem = problem(text);
        assert!(problem.contains(told), "{problem}");
    }
}

#[test]
fn two_accounts_of_one_token_are_told_and_two_without_a_token_are_fine() {
    let twice = |account: &str| with(&format!("{account}\n[[account]]\nname = \"south\"\n{account}"));
    let problems = problems(&twice("puppet = \"x\"\ntoken = \"t\""));
    assert!(problems[0].contains("account[1].token: is the same as that of account[0]"), "{problems:?}");
    assert!(parse(&twice("puppet = \"wechaty-puppet-wechat4u\"")).is_ok());
}

#[test]
fn hosts_have_limits_and_programs() {
    let text = "[host]\nnode = \"./bin/node\"\nnpm = \"pnpm\"\nstart = \"0s\"\n".to_owned()
        + &with("token = \"insecure_1\"");
    assert_eq!(problems(&text), ["4:9: host.start: is 0s, but must be from 1ms to 1year 18h"]);
}

#[test]
fn a_proxy_that_its_puppet_does_not_heed_is_refused_and_one_that_it_may_not_heed_is_told_of() {
    let socks = "proxy = \"socks5://user:sesame@h:1\"";
    let told = problem(&format!("puppet = \"wechaty-puppet-padlocal\"\ntoken = \"t\"\n{socks}"));
    assert!(told.contains("account[0].proxy: is not heeded by wechaty-puppet-padlocal"), "{told}");
    assert!(told.contains("http://") && !told.contains("sesame"), "{told}");
    let told = problem("puppet = \"wechaty-puppet-wechat@1.18.4\"\nproxy = \"socks5://h:1\"");
    assert!(told.contains("is not heeded by wechaty-puppet-wechat@1.18.4"), "{told}");
    for kind in ["socks5", "http"] {
        let told = problem(&format!("puppet = \"wechaty-puppet-xp\"\nproxy = \"{kind}://h:1\""));
        assert!(told.contains("is not heeded by wechaty-puppet-xp"), "{told}");
        assert!(!told.contains("http://"), "{told}");
    }
    for (account, count) in [
        (format!("puppet = \"wechaty-puppet-nobody-knows\"\n{socks}"), 1),
        ("puppet = \"wechaty-puppet-nobody-knows\"\nproxy = \"http://h:1\"".to_owned(), 0),
        ("puppet = \"wechaty-puppet-padlocal\"\ntoken = \"t\"\nproxy = \"http://h:1\"".to_owned(), 0),
        // We make this connection ourselves.
        (format!("token = \"insecure_1\"\n{socks}"), 0),
    ] {
        let warnings = parse(&with(&account)).expect("it is right").warnings();
        let proxies: Vec<_> = warnings.iter().filter(|it| it.key == "account[0].proxy").collect();
        assert_eq!(proxies.len(), count, "{account}: {warnings:?}");
        assert!(proxies.iter().all(|it| !it.message.contains("sesame")), "{warnings:?}");
    }
}

#[test]
fn one_address_behind_two_proxies_is_two_accounts() {
    let account =
        |name: &str, more: &str| format!("[[account]]\nname = \"{name}\"\ntoken = \"insecure_1\"\n{more}\n");
    let team = |all: [(&str, &str); 2]| {
        let accounts = all.map(|(name, more)| account(name, more)).concat();
        parse(&format!("[[bot]]\nname = \"main\"\ntoken = \"insecure_bot\"\n{accounts}"))
    };
    let at = |proxy: &str| format!("endpoint = \"127.0.0.1:8788\"\nproxy = \"socks5://{proxy}\"");
    team([("north", &at("a:1")), ("south", &at("b:1"))]).expect("they are two machines");
    team([("north", &at("a:1")), ("south", &at("a:1"))]).expect_err("they are one");
    // A token is looked up at one directory.
    team([("north", "proxy = \"socks5://a:1\""), ("south", "")]).expect_err("they are one");
}
