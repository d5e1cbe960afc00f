//! `ha-wechaty doctor`: what is not well is found, with what to do, whether a gateway runs or not.

use std::{collections::BTreeMap, net::TcpListener};

use ha_wechaty_sim::{Fault, Phone};
use ha_wechaty_testkit::{
    Town,
    program::{Running, Signal},
    wait,
};
use serde_json::Value;

use super::cli::{Folder, output, text};

/// A gateway's folder, with ports of its own.
struct Practice {
    folder: Folder,
    ports: [u16; 2],
}

impl Practice {
    fn new() -> Self {
        let free = || TcpListener::bind("127.0.0.1:0").expect("a port");
        let ports = [free(), free()].map(|it| it.local_addr().expect("an address").port());
        Self { folder: Folder::new(), ports }
    }

    /// Writes the configuration of these accounts: name, token and other keys.
    fn write(&self, accounts: &[(&str, &str, String)], more: &str) {
        use std::os::unix::fs::PermissionsExt as _;
        let [gateway, admin] = self.ports;
        let mut text = format!(
            "name = \"ossbot\"\n[gateway]\nlisten = \"127.0.0.1:{gateway}\"\n[admin]\nlisten = \"127.0.0.1:{admin}\"\n\
             {more}\n[[bot]]\nname = \"main\"\ntoken = \"insecure_7bda5366-9e72-4876-bf1a-e7f44d50a616\"\n"
        );
        for (name, token, keys) in accounts {
            text += &format!("[[account]]\nname = \"{name}\"\ntoken = \"{token}\"\n{keys}\n");
        }
        self.folder.write("ha-wechaty.toml", &text);
        let ours = std::fs::Permissions::from_mode(0o600);
        std::fs::set_permissions(self.folder.path("ha-wechaty.toml"), ours).expect("it is ours");
    }

    /// What it finds: exit code, and findings by what they are about.
    async fn look(&self, arguments: &[&str]) -> (Option<i32>, BTreeMap<String, Value>) {
        let mut command = self.folder.program(&[&["doctor", "--json"], arguments].concat());
        let looked = tokio::task::spawn_blocking(move || output(&mut command)).await.expect("it ends");
        let said = text(&looked.stdout);
        let found: Vec<Value> = serde_json::from_str(&said).unwrap_or_else(|error| {
            panic!("{error}: {said}{}", text(&looked.stderr));
        });
        assert!(!said.contains("insecure_"), "no token is shown: {said}");
        let about = |it: &Value| it["about"].as_str().expect("a text").to_owned();
        (looked.status.code(), found.into_iter().map(|it| (about(&it), it)).collect())
    }
}

fn endpoint(phone: &Phone) -> String {
    format!("endpoint = \"{}\"", phone.addr())
}

fn sort<'a>(found: &'a BTreeMap<String, Value>, about: &str) -> &'a str {
    found.get(about).map_or("", |it| it["sort"].as_str().unwrap_or_default())
}

fn anchor<'a>(found: &'a BTreeMap<String, Value>, about: &str) -> &'a str {
    found.get(about).map_or("", |it| it["anchor"].as_str().unwrap_or_default())
}

#[test]
fn without_a_configuration_it_says_what_to_do_first() {
    let folder = Folder::new();
    let looked = output(&mut folder.program(&["doctor"]));
    let said = text(&looked.stderr);
    assert_eq!(looked.status.code(), Some(2), "{said}");
    assert!(said.contains("ha-wechaty demo") && said.contains("ha-wechaty.example.toml"), "{said}");
}

#[tokio::test]
async fn all_mistakes_of_a_configuration_are_told_with_where_they_are() {
    let practice = Practice::new();
    practice.write(&[("north", "insecure_north", "endpoint = \"nowhere\"".into())], "[paec]");
    let (code, _) = practice.look(&[]).await;
    assert_eq!(code, Some(1));
    let looked = output(&mut practice.folder.program(&["doctor"]));
    let said = text(&looked.stdout);
    for told in ["did you mean pace?", "account[0].endpoint", "(docs/runbook.md#config)", "clock: "] {
        assert!(said.contains(told), "{told} in {said}");
    }
}

#[tokio::test]
async fn each_account_is_gone_to_step_by_step_and_what_is_wrong_leads_to_what_to_do() {
    let (town, practice) = (Town::new().await, Practice::new());
    let [north, south, west] = [0, 1, 2].map(|index| &town.phones[index]);
    let right = |phone: &Phone| phone.token().reveal().to_owned();
    let (north_token, west_token) = (right(north), right(west));
    practice.write(
        &[
            ("north", &north_token, endpoint(north)),
            ("south", "insecure_another-token", endpoint(south)),
            ("west", &west_token, format!("{}\ntls = \"off\"", endpoint(west))),
            ("east", "insecure_east", "endpoint = \"127.0.0.1:1\"".into()),
            (
                "far",
                "insecure_far",
                "endpoint = \"b.invalid:1\"\nproxy = \"socks5://u:sesame@127.0.0.1:1\"".into(),
            ),
            ("here", "t", "puppet = \"wechaty-puppet-mock\"\nproxy = \"http://127.0.0.1:1\"".into()),
        ],
        "",
    );
    let (code, found) = practice.look(&[]).await;
    assert_eq!(code, Some(1));
    for step in ["TCP", "TLS", "certificate", "HTTP/2", "token"] {
        assert_eq!(sort(&found, &format!("account north: {step}")), "well", "{step}: {found:#?}");
    }
    assert_eq!(sort(&found, "account north: login"), "unknown", "nobody knows");
    assert_eq!(anchor(&found, "account south: token"), "docs/runbook.md#token", "{found:#?}");
    assert_eq!(anchor(&found, "account west: TLS"), "docs/runbook.md#tls", "{found:#?}");
    assert_eq!(anchor(&found, "account east: TCP"), "docs/runbook.md#refused", "{found:#?}");
    for name in ["far", "here"] {
        let about = format!("account {name}: proxy");
        assert_eq!(anchor(&found, &about), "docs/runbook.md#proxy", "{found:#?}");
        let told = found[&about]["text"].as_str().expect("a text");
        assert!(told.contains("can't be reached (connection refused)") && !told.contains("sesame"), "{told}");
    }
    assert_eq!(anchor(&found, "gateway"), "docs/runbook.md#no-gateway");
    assert_eq!(sort(&found, &format!("port 127.0.0.1:{}", practice.ports[0])), "well", "it is free");
    assert!(!north.is_streaming(), "no stream was opened");

    let (_, found) = practice.look(&["--open-streams"]).await;
    let told = found["account north: login"]["text"].as_str().expect("a text");
    assert!(told.starts_with("its event stream opens"), "nobody has started its puppet: {told}");
    wait::within("the stream is given back", town.world.until(|| !north.is_streaming())).await;
}

#[tokio::test]
async fn of_a_gateway_that_runs_it_tells_what_that_knows_and_what_the_file_has_otherwise() {
    let (town, practice) = (Town::new().await, Practice::new());
    let of = |phone: &Phone| (phone.name().to_owned(), phone.token().reveal().to_owned(), endpoint(phone));
    let phones: Vec<_> = town.phones.iter().map(of).collect();
    let all: Vec<_> =
        phones.iter().map(|(name, token, at)| (name.as_str(), token.as_str(), at.clone())).collect();
    practice.write(&all[..2], "");
    let mut gateway = Running::start(&mut practice.folder.program(&["serve"]));
    wait::until_some("both work", async || {
        let log = gateway.log().text();
        ["north", "south"].iter().all(|it| log.contains(&format!("available account=\"{it}\""))).then_some(())
    })
    .await;
    let (code, found) = practice.look(&[]).await;
    assert_eq!(code, Some(0), "{found:#?}");
    assert_eq!(sort(&found, "account north: login"), "well", "{found:#?}");
    assert_eq!(found["gateway"]["text"], "it runs with this configuration");
    assert_eq!(sort(&found, &format!("port 127.0.0.1:{}", practice.ports[0])), "well", "it is ours");

    practice.write(&all[1..], "[pace]\nmax_queue = 7\n");
    let (_, found) = practice.look(&[]).await;
    let told = found["gateway"]["text"].as_str().expect("a text");
    let same = "it is not what the file says: it does not have yet west; it still has north; it goes by an older \
                pace";
    assert_eq!((told, anchor(&found, "gateway")), (same, "docs/runbook.md#reload"));
    assert!(town.phones[0].is_streaming() && !town.phones[2].is_streaming(), "nothing was changed");

    town.phones[1].fail(Fault::Drop);
    let what = "the gateway knows that south is gone";
    wait::until_some(what, async || {
        let (code, found) = practice.look(&[]).await;
        let is_known = anchor(&found, "account south: login") == "docs/runbook.md#refused";
        (is_known && code == Some(1)).then_some(())
    })
    .await;

    let other = Practice { folder: Folder::new(), ports: practice.ports };
    other.write(&all[2..], "");
    let text = std::fs::read_to_string(other.folder.path("ha-wechaty.toml")).expect("it is ours");
    other.folder.write("ha-wechaty.toml", &text.replace("ossbot", "two"));
    let (code, found) = other.look(&[]).await;
    assert_eq!((code, anchor(&found, "gateway")), (Some(1), "docs/runbook.md#port"), "{found:#?}");
    gateway.signal(Signal::TERM);
    assert!(gateway.until_ended().await.success());

    practice.write(&all[..1], "");
    let (_, found) = practice.look(&["--open-streams"]).await;
    assert_eq!(sort(&found, "account north: login"), "well", "its puppet runs on: {found:#?}");
}
