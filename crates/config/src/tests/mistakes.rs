//! Each mistake names its place, its key, the cause and the remedy.

use std::{fs, net::SocketAddr, path::Path, time::Duration};

use bytesize::ByteSize;
use ha_wechaty_core::Vigil;

use super::{
    super::{Config, Dialect, Provider},
    LEAST, parse, problems,
};

/// The one problem of `LEAST` with this before it.
fn problem_with(text: &str) -> String {
    let mut problems = problems(&format!("{text}\n{LEAST}"));
    assert_eq!(problems.len(), 1, "{problems:#?}");
    problems.remove(0)
}

/// The one problem of `LEAST` with this at its end, in the account.
fn problem_of_account(text: &str) -> String {
    let mut problems = problems(&format!("{LEAST}{text}"));
    assert_eq!(problems.len(), 1, "{problems:#?}");
    problems.remove(0)
}

#[test]
fn text_that_is_no_toml_names_every_place() {
    let problems = problems("name = \n[gateway\nlisten = \"x\"");
    assert!(problems[0].starts_with("1:"), "{problems:#?}");
    assert!(problems.iter().any(|problem| problem.starts_with("2:")), "{problems:#?}");
    assert!(problems.iter().all(|problem| problem.contains("this is no TOML: ")), "{problems:#?}");
}

#[test]
fn a_file_that_is_not_there_is_named() {
    let error = Config::load(Path::new("nowhere/team.toml")).expect_err("it is not there");
    assert!(error.to_string().starts_with("nowhere/team.toml: this file can't be read: "), "{error}");
}

#[test]
fn unknown_keys_are_told_with_what_was_meant() {
    assert_eq!(
        problem_with("[gateway]\nlisen = \"x\""),
        "2:1: gateway.lisen: is unknown; did you mean listen?"
    );
    assert_eq!(problem_with("[[bots]]\nname = \"x\""), "1:3: bots: is unknown; did you mean bot?");
    assert_eq!(
        problem_with("[team]\nqqq = 1"),
        "2:1: team.qqq: is unknown; there are policy, burst, dedup_window, dedup_age, dedup_count, refresh, \
         invite_teammates, invite_only, common_ids, invite_never"
    );
}

#[test]
fn wrong_types_are_told() {
    assert_eq!(
        problem_with("[gateway]\nheartbeat = 15"),
        "2:13: gateway.heartbeat: must be a text like \"15s\", not 15"
    );
    assert_eq!(
        problem_with("[gateway]\nallow_logout = \"yes\""),
        "2:16: gateway.allow_logout: must be true or false, not \"yes\""
    );
    assert_eq!(
        problem_with("gateway = 1"),
        "1:11: gateway: must be a table, begun by [gateway] on a line of its own, not a number"
    );
    let problems = problems("[bot]\nname = \"x\"\n[[account]]\nname = \"north\"\ntoken = \"insecure_1\"");
    assert_eq!(
        problems,
        ["1:1: bot: must be begun by [[bot]] on a line of its own, once for each; it is a table"]
    );
}

#[test]
fn values_that_do_not_parse_are_told() {
    for (text, told) in [
        ("[gateway]\nlisten = \"localhost\"", "2:10: gateway.listen: \"localhost\" is no address"),
        ("[gateway]\nheartbeat = \"15\"", "2:13: gateway.heartbeat: \"15\" is no duration; write"),
        ("[gateway]\nmax_message = \"big\"", "2:15: gateway.max_message: \"big\" is no size; write"),
        ("[gateway]\nreplay_events = -1", "2:17: gateway.replay_events: must be a whole number from 0 to"),
        ("[gateway]\nspool_dir = \"no/such\"", "2:13: gateway.spool_dir: no/such is no folder; make it"),
        ("[gateway]\ntls = \"on\"", "2:7: gateway.tls: is \"on\", but must be \"community\", \"off\" or {"),
        (
            "[team]\npolicy = \"stick\"",
            "2:10: team.policy: is \"stick\", but must be one of round-robin, random",
        ),
        ("[reconnect]\nfactor = \"x\"", "2:10: reconnect.factor: must be a number like 2.0, not \"x\""),
    ] {
        let problem = problem_with(text);
        assert!(problem.starts_with(told), "{problem}");
    }
}

#[test]
fn limits_are_told_with_their_range() {
    for (text, told) in [
        ("[gateway]\nheartbeat = \"1m\"", "gateway.heartbeat: is 1m, but must be from 100ms to 45s"),
        (
            "[gateway]\nmax_message = \"1KiB\"",
            "gateway.max_message: is 1.0 KiB, but must be from 64.0 KiB to",
        ),
        ("[gateway]\nreplay_events = 0", "gateway.replay_events: is 0, but must be from 1 to 1000000"),
        ("[gateway]\nreplay_events = 1000001", "gateway.replay_events: is 1000001, but must be from 1 to"),
        ("[calls]\nread = \"0s\"", "calls.read: is 0s, but must be from 1ms to"),
        ("[team]\ndedup_window = \"0s\"", "team.dedup_window: is 0s, but must be from 1ms to"),
        ("[reconnect]\nbase = \"2m\"", "reconnect.cap: is 1m, but must be from 2m to"),
        ("[reconnect]\nfactor = 0.5", "reconnect.factor: is 0.5, but must be from 1 to 1000"),
    ] {
        let problem = problem_with(text);
        assert!(problem.contains(told), "{problem}");
    }
}

#[test]
fn what_a_program_makes_is_held_to_the_same_rules_as_a_file() {
    let mut config = parse(&format!("name = \"a\"\nself_id = \"b\"\n{LEAST}")).expect("it is right");
    assert_eq!(config.check("made"), Ok(()));
    let longest = Duration::from_secs(400 * 24 * 60 * 60);
    config.gateway.shutdown = longest;
    config.calls.read = Duration::ZERO;
    config.health.vigil.jitter = 0.7;
    config.admin.listen = Some(SocketAddr::from(([0, 0, 0, 0], 1)));
    config.memory.requests = ByteSize::kib(255);
    config.bots[0].name = String::new();
    config.accounts[0].vigil = Some(Vigil { jitter: 0.8, ..Vigil::default() });
    let told = config.check("made").expect_err("it is wrong");
    let told: Vec<&str> = told.problems().iter().map(|problem| problem.key.as_str()).collect();
    assert_eq!(
        told,
        [
            "gateway.shutdown",
            "calls.read",
            "health.jitter",
            "admin.listen",
            "memory.requests",
            "bot[0].name",
            "account[0].jitter",
        ],
        "in the order of the list of sections"
    );
}

#[test]
fn where_links_begin_is_an_address_of_a_browser() {
    let url = |url: &str| format!("[admin]\nurl = \"{url}\"\n{LEAST}");
    for (written, read) in [
        ("https://gateway.example/", "https://gateway.example"),
        ("http://10.0.0.7:8790", "http://10.0.0.7:8790"),
        ("http://[::1]:8790/wechat", "http://[::1]:8790/wechat"),
    ] {
        let config = parse(&url(written)).expect("it is right");
        assert_eq!(config.admin.url.as_deref(), Some(read));
    }
    for wrong in [
        "gateway.example",
        "https://",
        "ftp://gateway",
        "https://a b",
        "javascript:alert(1)",
        "https://a/?b=<",
    ] {
        let told = problems(&url(wrong));
        assert_eq!(
            told,
            [format!("2:7: admin.url: is {wrong:?}, but must be like https://gateway.example:8790")]
        );
    }
}

#[test]
fn what_all_accounts_have_is_told_once() {
    let told = problems(&format!("[health]\njitter = 0.7\n{LEAST}"));
    assert_eq!(told, ["2:10: health.jitter: is 0.7, but must be from 0 to 0.5"]);
}

#[test]
fn the_virtual_self_must_be_an_id_of_its_own() {
    assert!(problem_with("self_id = \"a~b\"").starts_with("1:11: self_id: must not contain '~'"));
    assert!(problem_with("self_id = \"\"").starts_with("1:11: self_id: must not be empty"));
    assert!(problem_with("name = \"a b\"").starts_with("1:8: name: must not contain spaces, since it is"));
}

#[test]
fn nobody_is_told() {
    assert_eq!(
        problems("name = \"x\""),
        [
            " bot: there is none; add [[bot]] with a name and a token, --bot TOKEN or HA_WECHATY_BOT_TOKEN",
            " account: there is none; add [[account]] with a name and a token, --account \
             NAME=TOKEN@HOST:PORT or HA_WECHATY_PUPPET",
        ]
    );
}

#[test]
fn more_accounts_than_a_team_can_have_are_told_at_the_first_too_many() {
    let account = |n| format!("[[account]]\nname = \"a{n}\"\ntoken = \"insecure_{n}\"\n");
    let accounts: String = (1..65).map(account).collect();
    let problems = problems(&format!("{LEAST}{accounts}"));
    assert_eq!(problems.len(), 1);
    assert!(
        problems[0].contains("account[64]: there are 65 accounts, but a team has at most 64"),
        "{problems:?}"
    );
}

#[test]
fn missing_names_and_tokens_are_told_once() {
    let problems = problems("[[bot]]\n[[bot]]\n[[account]]\n");
    let missing = |key: &str| problems.iter().filter(|problem| problem.contains(key)).count();
    assert_eq!(problems.len(), 6, "{problems:#?}");
    assert_eq!((missing("bot[1].token: is missing; "), missing("account[0].name: is missing; ")), (1, 1));
}

#[test]
fn names_are_short_and_plain() {
    let text = LEAST.replace("north", "North");
    assert_eq!(
        problems(&text)[0],
        "6:8: account[0].name: \"North\" has the character 'N'; use a-z, 0-9 and - (at most 32)"
    );
    let text = LEAST.replace("main", &"a".repeat(33));
    assert!(problems(&text)[0].contains("bot[0].name: has 33 characters"), "{:?}", problems(&text));
}

#[test]
fn what_must_differ_is_told_without_showing_secrets() {
    let text = format!(
        "{LEAST}[[bot]]\nname = \"main\"\ntoken = \"insecure_bot\"\n[[account]]\nname = \"north\"\ntoken = \
         \"insecure_north\"\n"
    );
    let problems = problems(&text);
    assert_eq!(
        problems,
        [
            "9:8: bot[1].name: is the same as that of bot[0] (team.toml:3:8); choose another name",
            "10:9: bot[1].token: is the same as that of bot[0] (team.toml:4:9); give each bot a token of its own",
            "12:8: account[1].name: is the same as that of account[0] (team.toml:6:8); choose another name",
            "13:9: account[1].token: is the same as that of account[0] (team.toml:7:9); each account needs a puppet \
             service of its own: change the token or the endpoint",
        ]
    );
}

#[test]
fn accounts_may_share_a_token_at_different_endpoints() {
    let second =
        "endpoint = \"a:1\"\n[[account]]\nname = \"south\"\ntoken = \"insecure_north\"\nendpoint = \"b:1\"";
    assert!(parse(&format!("{LEAST}{second}")).is_ok());
}

#[test]
fn tokens_must_be_able_to_travel_and_to_name_a_server() {
    let bad = problems(&LEAST.replace("insecure_north", "secret secret"));
    assert!(bad[0].starts_with("7:9: account[0].token: the token has the character ' '; "), "{bad:?}");
    let bare = problems(&LEAST.replace("insecure_north", "bare"));
    assert!(bare[0].starts_with("7:9: account[0].token: has no server name before a '_'"), "{bare:?}");
    let other = parse(&LEAST.replace("insecure_bot", "workpro_bot")).expect("a bot may be told the name");
    let other: Vec<String> = other.warnings().iter().map(ToString::to_string).collect();
    assert!(other[0].starts_with("warning: bot[0].token: does not begin with insecure_: "), "{other:?}");
    assert_eq!(parse(LEAST).expect("it is right").warnings(), []);
    let number = problems(&LEAST.replace("\"insecure_bot\"", "12345"));
    assert_eq!(number, ["4:9: bot[0].token: must be a text, not a number"]);
    let shown = [bad, bare, other, number].concat().concat();
    assert!(!["secret", "bare", "workpro", "12345"].iter().any(|text| shown.contains(text)), "{shown}");
}

#[test]
fn plaintext_needs_no_server_name() {
    let text = LEAST.replace("insecure_north", "bare") + "tls = \"off\"\n";
    assert!(parse(&text).is_ok());
    assert!(parse(&format!("[gateway]\ntls = \"off\"\n{}", LEAST.replace("insecure_bot", "bare"))).is_ok());
}

#[test]
fn an_account_by_the_old_name_of_its_service_is_on_plaintext() {
    let problem = problem_of_account("puppet = \"wechaty-puppet-hostie\"\ntls = \"community\"");
    assert!(problem.starts_with("9:7: account[0].tls: must be \"off\", or left out"), "{problem}");
    let hostie = parse(&format!("{LEAST}puppet = \"wechaty-puppet-hostie\"")).expect("it is right");
    let Provider::Service(hostie) = &hostie.accounts[0].provider else { panic!("it is a service") };
    assert_eq!((hostie.dialect, hostie.server_name()), (Dialect::Hostie, None));
}

#[test]
fn a_discovery_that_no_bot_could_use_is_told() {
    for (discovery, told) in [
        ("listen = \"127.0.0.1:1\"", " discovery.tls: is missing, and gateway.tls has no certificate either"),
        ("listen = \"127.0.0.1:1\"\ntls = \"community\"", "discovery.tls: must not be \"community\": "),
        ("listen = \"127.0.0.1:8788\"\ntls = \"off\"", "discovery.listen: is gateway.listen too; choose"),
        ("listen = \"127.0.0.1:8790\"\ntls = \"off\"", "discovery.listen: is admin.listen too; choose"),
        (
            "listen = \"0.0.0.0:1\"\ntls = \"off\"",
            "discovery.advertise: is missing: gateway.listen is 127.0.0.1:8788, where other machines can't",
        ),
        (
            "listen = \"127.0.0.1:1\"\ntls = \"off\"\n[gateway]\nlisten = \"0.0.0.0:8788\"",
            "discovery.advertise: is missing: behind a proxy nobody can tell",
        ),
    ] {
        let problem = problem_with(&format!("[discovery]\n{discovery}"));
        assert!(problem.contains(told), "{problem}");
    }
    for fine in [
        "tls = \"community\"",
        "listen = \"127.0.0.1:1\"\ntls = \"off\"",
        "listen = \"0.0.0.0:1\"\ntls = \"off\"\nadvertise = \"a.example:8788\"",
    ] {
        assert!(parse(&format!("[discovery]\n{fine}\n{LEAST}")).is_ok(), "{fine}");
    }
}

#[test]
fn endpoints_and_shares_are_told() {
    for (text, told) in [
        ("weight = 0", "8:10: account[0].weight: must be a whole number from 1 to 1000, not 0"),
        (
            "endpoint = \"https://a:1\"",
            "8:12: account[0].endpoint: \"https://a:1\" has a scheme; write host:port",
        ),
        ("endpoint = \"127.0.0.1:8788\"", "8:12: account[0].endpoint: is where this gateway itself listens"),
        ("authority = \"https://a\"", "8:13: account[0].authority: \"https://a\" is no host name"),
        ("ids = \"mine\"", "8:7: account[0].ids: is \"mine\", but must be one of shared, own"),
    ] {
        let problem = problem_of_account(text);
        assert!(problem.starts_with(told), "{problem}");
    }
}

#[test]
fn files_of_tls_are_read_and_checked() {
    let folder = tempfile::tempdir().expect("a folder");
    let [one, two] =
        [(), ()].map(|()| rcgen::generate_simple_self_signed(["a".to_owned()]).expect("a certificate"));
    let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).expect("a file");
    write("one.pem", &one.cert.pem());
    write("one.key", &one.signing_key.serialize_pem());
    write("two.key", &two.signing_key.serialize_pem());
    write("junk", "secret words");
    let tls = |gateway: &str, account: &str| {
        let text = format!("[gateway]\ntls = {gateway}\n{LEAST}tls = {account}\n");
        Config::from_toml(&folder.path().join("team.toml"), &text).map_err(|error| error.to_string())
    };
    let fine = tls("{ cert = \"one.pem\", key = \"one.key\" }", "{ ca = \"one.pem\", server_name = \"a\" }");
    assert!(!format!("{:?}", fine.expect("it is right")).contains("PRIVATE KEY"));
    for (gateway, account, told) in [
        ("{ cert = \"one.pem\" }", "\"off\"", "gateway.tls.key: is missing; name the PEM file"),
        ("{ cert = \"no.pem\", key = \"one.key\" }", "\"off\"", "no.pem can't be read: "),
        ("{ cert = \"junk\", key = \"one.key\" }", "\"off\"", "junk holds no certificate (PEM): "),
        ("{ cert = \"one.pem\", key = \"junk\" }", "\"off\"", "junk holds no private key (PEM): "),
        ("{ cert = \"one.pem\", key = \"two.key\" }", "\"off\"", "two.key is not the private key of "),
        ("\"off\"", "{ ca = \"junk\" }", "junk holds no certificate (PEM): "),
        ("\"off\"", "{ server_name = \"a b\" }", "\"a b\" is no server name; "),
        (
            "\"off\"",
            "{ servername = \"a\" }",
            "account[0].tls.servername: is unknown; did you mean server_name?",
        ),
    ] {
        let error = tls(gateway, account).expect_err("it is wrong");
        assert!(error.contains(told) && error.lines().count() == 1 && !error.contains("secret"), "{error}");
    }
}

#[test]
fn a_proxy_that_is_none_says_what_is_wrong_and_shows_nothing_of_it() {
    for (text, told) in [
        ("proxy = \"socks4://user:sesame@h:1\"", "must begin with socks5:// or http://"),
        ("proxy = \"https://user:sesame@h:1\"", "begins with https://, but TLS is not spoken with a proxy"),
        ("proxy = \"socks5://user:sesame@h\"", "has no port from 1 to 65535"),
        ("proxy = \"socks5://user:ses/ame@h:1\"", "in a password write / as %2F and ? as %3F"),
        ("proxy = \"socks5://user:12#sesame@h:1\"", "in user and password write # as %23 and ? as %3F"),
        ("proxy = \"socks5://user:12?sesame@h:1\"", "write / as %2F and ? as %3F"),
        ("proxy = 1080", "must be a text like \"socks5://127.0.0.1:1080\", not a number"),
    ] {
        let problem = problem_of_account(text);
        assert!(problem.contains(": account[0].proxy: ") && problem.contains(told), "{problem}");
        assert!(!problem.contains("ses"), "{problem}");
    }
    parse(&format!("{LEAST}puppet = \"wechaty-puppet-mock\"\nproxy = \"http://h:1\""))
        .expect("a puppet has one too");
}

#[test]
fn one_puppet_is_one_account_however_it_is_reached_and_a_near_address_is_another_behind_each_proxy() {
    let twice = |endpoint: &str| {
        let account = |name: &str, proxy: &str| {
            format!(
                "[[account]]\nname = \"{name}\"\ntoken = \"insecure_1\"\nendpoint = \"{endpoint}\"\nproxy = \"{proxy}\"\n"
            )
        };
        let text = account("one", "socks5://p:1") + &account("two", "socks5://q:1");
        let text = format!("name = \"team\"\n[[bot]]\nname = \"main\"\ntoken = \"insecure_bot\"\n{text}");
        Config::from_toml(std::path::Path::new("team.toml"), &text).map(drop)
    };
    for near in ["127.0.0.1:8788", "10.1.2.3:8788", "[fd00::1]:8788", "puppet:8788"] {
        assert!(twice(near).is_ok(), "{near}: {:?}", twice(near));
    }
    for far in ["203.0.113.7:8788", "puppet.example.com:8788", "[2001:db8::1]:8788"] {
        let told = twice(far).expect_err("it is one puppet").to_string();
        assert!(told.contains("each account needs a puppet service of its own"), "{far}: {told}");
    }
}
