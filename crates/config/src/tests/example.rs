//! The example file is the operator's view of the same keys and defaults.

use std::{collections::BTreeSet, path::Path};

use ha_wechaty_wire::Token;

use crate::{
    AccountConfig, AdminTls, BotConfig, Channel, Config, Endpoint, GatewayTls, KeyConfig, KeyHash, Mailbox,
    NotifyConfig, Provider, Right, Robot, Secret, Service, StorePlace, read,
    reader::{Table, Value, parse as parse_toml},
};

const EXAMPLE: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../ha-wechaty.example.toml"));

fn parse(text: &str) -> Config {
    let config = Config::from_toml(Path::new("ha-wechaty.example.toml"), text);
    // Where it was read from is none of its keys.
    Config { source: None, ..config.unwrap_or_else(|error| panic!("{error}")) }
}

/// The example with every key, and every table of a list, that stands in it as a comment.
fn uncommented() -> String {
    let is_key = |rest: &&str| rest.starts_with("[[") || rest.starts_with(|c: char| c.is_ascii_lowercase());
    EXAMPLE
        .lines()
        .map(|line| line.strip_prefix('#').filter(is_key).unwrap_or(line).to_owned() + "\n")
        .collect()
}

/// What the file says, made of defaults and of what has none.
fn expected() -> Config {
    let mut config = Config::new("ossbot");
    config.bots = vec![BotConfig::new("main", Token::new("insecure_7bda5366-9e72-4876-bf1a-e7f44d50a616"))];
    config.accounts = [("north", 1), ("south", 2)]
        .map(|(name, number)| {
            let token = format!("insecure_0f1d2c3b-0000-4000-8000-00000000000{number}");
            let endpoint = Endpoint::new("127.0.0.1", 18800 + number);
            AccountConfig::new(name, Service::new(Token::new(token)).at(endpoint))
        })
        .to_vec();
    config
}

fn keys(table: &Table, path: &str, keys: &mut BTreeSet<String>) {
    for (key, entry) in table {
        let path = format!("{path}{key}");
        match &entry.node.value {
            Value::Table(table) => self::keys(table, &format!("{path}."), keys),
            Value::List(nodes) => {
                for node in nodes {
                    let Value::Table(table) = &node.value else { continue };
                    self::keys(table, &format!("{path}[]."), keys);
                }
            }
            Value::Text(_) | Value::Integer(_) | Value::Float(_) | Value::Bool(_) | Value::Other => {}
        }
        keys.insert(path);
    }
}

fn url(url: &str) -> Secret {
    Secret::new(url)
}

fn secret() -> Option<Secret> {
    Some(Secret::new("…"))
}

fn robot(robot: Robot, address: &str, secret: Option<Secret>) -> Channel {
    Channel::Robot { robot, url: url(address), secret, ca: None }
}

#[test]
fn no_time_may_be_endless() {
    let example = uncommented();
    let times = example.lines().filter(|line| {
        let value = line.split('"').nth(1).unwrap_or_default();
        // With this one nothing is ever computed.
        let is_compared_only = line.starts_with("max_age");
        line.contains(" = ") && !is_compared_only && humantime::parse_duration(value).is_ok()
    });
    let mut accepted = Vec::new();
    for line in times {
        let key = line.split(' ').next().unwrap_or_default();
        let endless = example.replacen(line, &format!("{key} = \"580000000000years\""), 1);
        // The example has other mistakes when all of it counts.
        let told = Config::from_toml(Path::new("ha-wechaty.example.toml"), &endless).err();
        if !told.is_some_and(|told| told.to_string().contains(&format!(".{key}: "))) {
            accepted.push(line.to_owned());
        }
    }
    // What is added to it, or multiplied by it, would be no time any more.
    assert!(
        accepted.is_empty(),
        "these take any time, so their rows lack what it must be within: {accepted:#?}"
    );
}

#[test]
fn the_example_as_it_stands_has_every_default() {
    assert_eq!(parse(EXAMPLE), expected());
}

#[test]
fn the_commented_keys_of_the_example_show_the_defaults() {
    let mut expected = expected();
    // Its default is whatever the system says.
    expected.gateway.spool_dir = Some("/var/tmp".into());
    expected.host.data_dir = Some("/var/lib/ha-wechaty".into());
    expected.store.path = StorePlace::File("team.db".into());
    // They have none.
    expected.discovery.advertise = Some(Endpoint::new("bots.example.com", 8788));
    expected.discovery.tls = Some(GatewayTls::Off);
    expected.admin.password = Some(Secret::new("…"));
    expected.admin.url = Some(String::from("https://gateway.example"));
    let ways = [
        ("ops-hook", Channel::Webhook { url: url("https://example.com/alarms"), secret: secret(), ca: None }),
        ("ops-group", robot(Robot::Wecom, "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=…", None)),
        ("ops-ding", robot(Robot::Dingtalk, "https://oapi.dingtalk.com/robot/send?access_token=…", secret())),
        ("ops-feishu", robot(Robot::Feishu, "https://open.feishu.cn/open-apis/bot/v2/hook/…", secret())),
        ("ops-slack", robot(Robot::Slack, "https://hooks.slack.com/services/…", None)),
        (
            "ops-mail",
            Channel::Mail(Mailbox {
                smtp: Endpoint::new("mail.example.com", 587),
                user: Some(String::from("ops@example.com")),
                secret: secret(),
                ca: None,
                from: String::from("ha-wechaty@example.com"),
                mailto: vec![String::from("ops@example.com")],
            }),
        ),
        ("ops-script", Channel::Command(vec!["/usr/local/bin/alarm".into(), "--now".into()])),
        ("ops-phone", Channel::Wechat { contact: String::from("wxid_ops") }),
    ];
    expected.notify = ways.map(|(name, channel)| NotifyConfig::new(name, channel)).to_vec();
    expected.admin.tls = Some(AdminTls::Off);
    expected.accounts[0].domain = Some("…".to_owned());
    let Provider::Service(service) = &mut expected.accounts[0].provider else { panic!("it is a service") };
    service.proxy = Some("socks5://user:password@proxy.example.com:1080".parse().expect("a proxy"));
    let hash = "2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae";
    let bytes: Vec<u8> =
        (0..32).map(|n| u8::from_str_radix(&hash[2 * n..2 * n + 2], 16).expect("digits")).collect();
    let mut key = KeyConfig::new("grafana", KeyHash(bytes.try_into().expect("32 bytes")), Right::Read);
    key.accounts = vec!["north".into()];
    expected.keys = vec![key];
    expected.dong.token = "…".into();
    expected.dong.aes_key = Some("…".into());
    expected.dong.app_id = Some("…".to_owned());
    expected.dong.default_reply = Some("…".to_owned());
    // A secret stands in one place only.
    let text: Vec<String> = uncommented()
        .lines()
        .filter(|line| !line.contains("_file = ") && !line.starts_with("ca = "))
        .map(str::to_owned)
        .collect();
    assert_eq!(parse(&text.join("\n")), expected);
}

#[test]
fn the_example_lists_every_key() {
    let table = parse_toml(&Default::default(), &uncommented()).expect("it is TOML");
    let mut listed = BTreeSet::new();
    keys(&table, "", &mut listed);
    // The texts in it are the operator's own.
    listed.retain(|key| !key.starts_with("dong.reply.") && !key.starts_with("account[].puppet_options."));
    let known: BTreeSet<String> = read::keys_of(&table).into_keys().collect();
    let lacking: Vec<&String> = known.difference(&listed).collect();
    assert!(lacking.is_empty(), "ha-wechaty.example.toml lacks {lacking:?}");
    let strange: Vec<&String> = listed.difference(&known).collect();
    assert!(strange.is_empty(), "ha-wechaty.example.toml has {strange:?}, and there are no such keys");
}

#[test]
fn the_tables_of_the_example_stand_in_the_order_of_the_list_of_sections() {
    let example = uncommented();
    let begun = example.lines().filter_map(|line| line.strip_prefix('[')?.strip_suffix(']'));
    let mut tables: Vec<&str> = begun.map(|name| name.trim_matches(['[', ']'])).collect();
    tables.dedup();
    assert_eq!(tables, Config::SECTIONS[2..]);
}
