//! Flags lie over the file.

use std::{net::SocketAddr, path::Path, time::Duration};

use super::{
    super::{Draft, GatewayTls, Policy, Provider},
    LEAST,
};

fn draft() -> Draft {
    Draft::from_toml(Path::new("team.toml"), LEAST).expect("it is TOML")
}

#[test]
fn a_flag_wins_over_the_file() {
    let mut draft =
        Draft::from_toml(Path::new("team.toml"), &format!("name = \"a\"\n{LEAST}")).expect("TOML");
    draft.set("--name", "name", "b");
    draft.set("--listen", "gateway.listen", "0.0.0.0:1");
    draft.set("--policy", "team.policy", "sticky");
    draft.set("--tls", "gateway.tls", "off");
    let config = draft.finish().expect("it is right");
    assert_eq!((config.name.as_str(), config.self_id.as_str()), ("b", "b"));
    assert_eq!(config.gateway.listen, SocketAddr::from(([0, 0, 0, 0], 1)));
    assert_eq!((config.team.policy, config.gateway.tls), (Policy::Sticky, GatewayTls::Off));
}

#[test]
fn any_key_can_be_set_to_a_toml_value_or_to_plain_text() {
    let mut draft = draft();
    draft.set_value("--set", "gateway.allow_logout", "true");
    draft.set_value("--set", "gateway.replay_events", "5");
    draft.set_value("--set", "reconnect.factor", "1.5");
    draft.set_value("--set", "reconnect.cap", "5m");
    draft.set_value("--set", "calls.read", "\"1s\"");
    let config = draft.finish().expect("it is right");
    assert_eq!((config.gateway.allow_logout, config.gateway.replay_events), (true, 5));
    assert_eq!(config.reconnect.backoff.factor, 1.5);
    assert_eq!(
        (config.reconnect.backoff.cap, config.calls.read),
        (Duration::from_secs(300), Duration::from_secs(1))
    );
}

#[test]
fn a_member_of_the_files_name_is_changed_and_another_is_added() {
    let mut draft = draft();
    draft.set_member("--account", "account", "north", &[("endpoint", "127.0.0.1:1")]);
    draft.set_member("--account", "account", "south", &[("token", "insecure_south")]);
    let accounts = draft.finish().expect("it is right").accounts;
    let seen: Vec<_> = accounts
        .iter()
        .map(|account| match &account.provider {
            Provider::Service(it) => (account.name.as_str(), it.token.reveal(), it.endpoint.is_some()),
            Provider::Hosted(_) => panic!("nobody asked for a host"),
        })
        .collect();
    assert_eq!(seen, [("north", "insecure_north", true), ("south", "insecure_south", false)]);
}

#[test]
fn flags_need_no_file() {
    let mut draft = Draft::new();
    draft.set_member("--bot", "bot", "main", &[("token", "insecure_bot")]);
    draft.set_member("--account", "account", "north", &[("token", "insecure_north")]);
    let config = draft.finish().expect("it is right");
    assert_eq!((config.name.as_str(), config.bots.len(), config.accounts.len()), ("ha-wechaty", 1, 1));
}

#[test]
fn what_is_wrong_with_a_flag_names_the_flag() {
    let mut draft = draft();
    draft.set("--listen", "gateway.listen", "localhost");
    draft.set_value("--set", "team.polcy", "sticky");
    draft.set_value("--set", "name.first", "x");
    draft.set_member("--account", "account", "south", &[("token", "insecure_south")]);
    draft.set_member("--account", "account", "south", &[("token", "insecure_other")]);
    draft.refuse("--bot", "it is empty");
    let text = draft.finish().expect_err("it is wrong").to_string();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.len(), 5, "{text}");
    assert!(
        lines[0].starts_with("--account: account[2].name: is the same as that of account[1] (--account)")
    );
    assert_eq!(lines[1], "--bot: it is empty");
    assert!(lines[2].starts_with("--listen: gateway.listen: \"localhost\" is no address to listen on"));
    assert!(lines[3].starts_with("--set: name: must be a text"), "{text}");
    assert_eq!(lines[4], "--set: team.polcy: is unknown; did you mean policy?");
}
