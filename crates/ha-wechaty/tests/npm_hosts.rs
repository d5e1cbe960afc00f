//! Puppets of npm, with the real Node and npm. `cargo xtask test` installs what stands in `interop/ts`; the rest is
//! installed here, as it would be for an operator, and kept for the next run.
#![allow(missing_docs, reason = "a test")]
#![allow(clippy::expect_used, reason = "a test that can't go on says why")]

use std::{
    collections::BTreeSet,
    env, fs,
    net::TcpListener,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use ha_wechaty::{
    Config, Gateway, Standing,
    admin::AccountStatus,
    config::{AccountConfig, Endpoint, Hosted, Service},
};
use ha_wechaty_sim::{Attachment, World};
use ha_wechaty_testkit::{
    Bot, TOKEN,
    program::{Running, Signal, signal},
    quick, wait,
};
use ha_wechaty_wire::{FileBox, PuppetEvent, Token, puppet};
use serde_json::{Value, json};
use tokio::sync::Mutex;

/// Installing takes its time, on a machine that is busy with it.
const DEADLINE: Duration = Duration::from_secs(300);

/// The processes that are looked for are those of one test at a time.
static ALONE: Mutex<()> = Mutex::const_new(());

/// Where the test's own puppet is.
fn interop() -> PathBuf {
    let default = concat!(env!("CARGO_MANIFEST_DIR"), "/../../interop/ts");
    let folder = env::var_os("HA_WECHATY_INTEROP").map_or_else(|| PathBuf::from(default), PathBuf::from);
    assert!(folder.join("node_modules").is_dir(), "run `cargo xtask test`, which installs what is needed");
    folder
}

fn config(team: &str) -> Config {
    let mut config = quick(team);
    config.pace.enabled = Config::new(team).pace.enabled;
    config.reconnect.backoff.base = Duration::from_millis(50);
    config.reconnect.backoff.cap = Duration::from_millis(500);
    config.host.data_dir = Some(Path::new(env!("CARGO_TARGET_TMPDIR")).join("hosts"));
    config
}

fn hosted(package: &str, token: Option<&str>, options: Value) -> Hosted {
    let mut hosted = Hosted::new(package.parse().expect("a package"));
    hosted.token = token.map(Token::new);
    if let Value::Object(options) = options {
        hosted.options = options.into();
    }
    hosted
}

async fn until<T>(what: &str, condition: impl AsyncFnMut() -> Option<T>) -> T {
    wait::until_some_by(DEADLINE, what, condition).await
}

async fn account(gateway: &Gateway, name: &str) -> AccountStatus {
    let status = ha_wechaty_testkit::status(gateway.admin_addr().expect("an admin's port")).await;
    status.accounts.into_iter().find(|it| it.name == name).expect("an account")
}

async fn until_available(gateway: &Gateway, count: usize) {
    until("accounts are available", async || (gateway.routing().available().len() == count).then_some(()))
        .await;
}

/// Waits for a message whose text begins so; returns who said it.
async fn said(bot: &mut Bot, prefix: &str) -> String {
    let heard = async {
        loop {
            let message = bot.next_message().await;
            if message.text.starts_with(prefix) {
                return message.talker_id;
            }
        }
    };
    tokio::time::timeout(DEADLINE, heard).await.unwrap_or_else(|_| panic!("nobody said {prefix}"))
}

/// The stock `PuppetServer`, in a process that ends with the test.
fn stock(interop: &Path, ledger: &Path, port: u16, token: &str) -> Running {
    let mut node = Command::new("node");
    node.arg(interop.join("src/friendly-service.js")).args(["--name", "stock", "--token", token]);
    Running::spawn(node.arg("--ledger").arg(ledger).arg("--port").arg(port.to_string()))
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").and_then(|it| it.local_addr()).expect("a port").port()
}

/// What an account was made to send: conversation and text.
fn sent(ledger: &Path) -> BTreeSet<(String, String)> {
    let text = fs::read_to_string(ledger).unwrap_or_default();
    let entries = text.lines().map(|line| serde_json::from_str::<Value>(line).expect("JSON"));
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    entries.map(|entry| (text(&entry["conversationId"]), text(&entry["text"]))).collect()
}

#[tokio::test]
async fn a_stock_service_a_hosted_puppet_and_a_phone_are_one_team_and_a_killed_host_comes_back() {
    let _alone = ALONE.lock().await;
    let (interop, folder) = (interop(), tempfile::tempdir().expect("a folder"));
    let ledger = |name: &str| folder.path().join(name);
    // One of each kind.
    let world = World::new(42);
    let alice = world.person("alice");
    let phone = world.phone("phone").serve().await.expect("a port");
    world.befriend(&alice, &phone);
    let port = free_port();
    let _stock = stock(&interop, &ledger("stock"), port, "insecure_stock");
    let package = interop.join("src/friendly-puppet.js");
    let options = json!({ "name": "hosted", "ledger": ledger("hosted") });

    let mut config = config("three-kinds");
    let _ =
        fs::remove_dir_all(config.host.data_dir.as_ref().expect("it is set").join("sessions/three-kinds"));
    let stock = Service::new(Token::new("insecure_stock")).at(Endpoint::new("127.0.0.1", port));
    config.accounts.push(AccountConfig::new("stock", stock));
    config.accounts.push(AccountConfig::new("hosted", hosted(&package.display().to_string(), None, options)));
    let phones = Service::new(phone.token().clone()).at(Endpoint::new("127.0.0.1", phone.addr().port()));
    config.accounts.push(AccountConfig::new("phone", phones));
    let gateway = Gateway::start(config).await.expect("a gateway");
    until_available(&gateway, 3).await;

    // The bot hears all of them, and answers each where it was asked.
    let mut bot = Bot::connect(&gateway, TOKEN).await.expect("a bot");
    for (name, friend) in [("stock", "friend-of-stock"), ("hosted", "friend-of-hosted")] {
        let talker = said(&mut bot, &format!("{name} start 1 says")).await;
        bot.say(&talker, &format!("dong {name}")).await.expect("it is sent");
        assert!(sent(&ledger(name)).contains(&(friend.to_owned(), format!("dong {name}"))), "{name}");
    }
    alice.says(&phone, "phone says");
    let talker = said(&mut bot, "phone says").await;
    bot.say(&talker, "dong phone").await.expect("it is sent");
    let sent_by_phone = world.ledger().sent_by_accounts();
    assert_eq!(sent_by_phone.iter().filter_map(|it| it.text()).collect::<Vec<_>>(), ["dong phone"]);

    // The host dies, and nobody else is disturbed; it comes back as the account that it was.
    let host = hosts().pop().expect("a host");
    signal(host, Signal::KILL);
    let talker = said(&mut bot, "hosted start 2 says").await;
    bot.say(&talker, "dong again").await.expect("it is sent");
    assert!(sent(&ledger("hosted")).contains(&("friend-of-hosted".to_owned(), "dong again".to_owned())));
    gateway.shutdown().await;
    assert_eq!(hosts(), [0; 0], "nothing is left behind");
}

#[tokio::test]
async fn a_host_dies_with_a_gateway_that_is_killed_even_if_its_puppet_hangs() {
    let _alone = ALONE.lock().await;
    let (interop, folder) = (interop(), tempfile::tempdir().expect("a folder"));
    let (file, hangs) = (folder.path().join("ha-wechaty.toml"), folder.path().join("hangs"));
    let data = Path::new(env!("CARGO_TARGET_TMPDIR")).join("hosts");
    let puppet = interop.join("src/hanging-puppet.js");
    let text = format!(
        "name = \"hanging\"\nhost.data_dir = {data:?}\ngateway.listen = \"127.0.0.1:0\"\nadmin.listen = \"off\"\n\
         [[bot]]\nname = \"main\"\ntoken = \"insecure_bot\"\n\
         [[account]]\nname = \"north\"\npuppet = {puppet:?}\npuppet_options = {{ hangs = {hangs:?} }}\n"
    );
    fs::write(&file, text).expect("it is ours");
    let mut serve = Command::new(env!("CARGO_BIN_EXE_ha-wechaty"));
    let mut gateway = Running::spawn(serve.args(["serve", "--config"]).arg(&file));
    let host =
        until("the puppet hangs", async || fs::read_to_string(&hangs).ok().filter(|pid| !pid.is_empty()))
            .await;
    let lives =
        || fs::read(Path::new("/proc").join(&host).join("cmdline")).is_ok_and(|line| !line.is_empty());
    assert!(lives());
    gateway.signal(Signal::KILL);
    gateway.ended();
    until("its host ends", async || (!lives()).then_some(())).await;
}

/// The processes of hosts that this process started: by what the system tells of each, since a bare one has no `ps`.
fn hosts() -> Vec<u32> {
    let us = std::process::id().to_string();
    let processes = fs::read_dir("/proc").expect("it is there").flatten();
    let ids = processes.filter_map(|it| it.file_name().to_str()?.parse::<u32>().ok());
    let is_ours = |id: &u32| {
        let told = |what: &str| fs::read_to_string(format!("/proc/{id}/{what}")).unwrap_or_default();
        // `id (name) state parent …`; a name may hold anything, also brackets.
        let parent = told("stat").rsplit(')').next().and_then(|rest| rest.split(' ').nth(2)) == Some(&*us);
        parent && told("cmdline").contains("ha-wechaty-host-")
    };
    ids.filter(is_ours).collect()
}

#[tokio::test]
async fn a_puppet_of_the_old_generation_works_like_todays() {
    let _alone = ALONE.lock().await;
    let world = World::new(42);
    let alice = world.person("alice");
    // The old service speaks plaintext only.
    let phone = world.phone("phone").tls(false).serve().await.expect("a port");
    world.befriend(&alice, &phone);
    let room = world.room("ding room", &[&alice, &phone]);
    let mut config = config("old");
    let options = json!({ "endpoint": phone.addr().to_string() });
    let package = hosted("wechaty-puppet-hostie@0.13.4", Some(phone.token().reveal()), options);
    config.accounts.push(AccountConfig::new("old", package));
    let gateway = Gateway::start(config).await.expect("a gateway");
    until_available(&gateway, 1).await;
    let mut bot = Bot::connect(&gateway, TOKEN).await.expect("a bot");

    alice.says(&phone, "ding");
    let talker = said(&mut bot, "ding").await;
    bot.say(&talker, "dong").await.expect("it is sent");
    let sent = world.ledger().sent_by_accounts();
    assert_eq!(sent.iter().filter_map(|it| it.text()).collect::<Vec<_>>(), ["dong"]);
    let payload = bot.puppet.contact_payload(puppet::ContactPayloadRequest { id: talker }).await;
    assert_eq!(payload.expect("a payload").into_inner().name, "alice");
    alice.says(&room, "in the room");
    said(&mut bot, "in the room").await;
    let rooms = bot.puppet.room_list(puppet::RoomListRequest {}).await.expect("a list").into_inner();
    assert_eq!(rooms.ids, [room.id()]);

    // Files, both ways: FileBox is another one in each generation.
    let file = FileBox::from_bytes("out.txt", b"out it goes").to_json();
    let request = puppet::MessageSendFileRequest { conversation_id: room.id().into(), file_box: file };
    bot.puppet.message_send_file(request).await.expect("it is sent");
    let sent = world.ledger().sent_by_accounts();
    let files: Vec<_> = sent.iter().filter_map(|it| it.content.file()).collect();
    assert_eq!(
        (files.len(), files[0].name.as_str(), &files[0].bytes()[..]),
        (1, "out.txt", &b"out it goes"[..])
    );
    alice.sends(&room, Attachment::new("in.txt", "in it comes"));
    let id = bot.find(|event| if let PuppetEvent::Message { id } = event { Some(id) } else { None }).await;
    let got = bot.puppet.message_file(puppet::MessageFileRequest { id }).await.expect("a file").into_inner();
    let got = FileBox::parse(&got.file_box).expect("a FileBox");
    assert_eq!((got.name(), got.bytes().as_deref()), ("in.txt", Some(&b"in it comes"[..])));
    gateway.shutdown().await;
}

#[tokio::test]
async fn puppets_whose_servers_cannot_be_reached_say_so() {
    let _alone = ALONE.lock().await;
    let mut config = config("unreachable");
    for (name, package, token) in [
        ("padlocal", "wechaty-puppet-padlocal", Some("puppet_padlocal_00000000000000000000000000000000")),
        ("wechat4u", "wechaty-puppet-wechat4u", None),
        ("padplus", "wechaty-puppet-padplus", Some("padplus-token")),
        ("macpro", "wechaty-puppet-macpro", Some("macpro-token")),
        ("mock", "wechaty-puppet-mock", None),
    ] {
        config.accounts.push(AccountConfig::new(name, hosted(package, token, json!({}))));
    }
    let gateway = Gateway::start(config).await.expect("a gateway");
    for (name, told) in [
        ("padlocal", "pad-local.com"),
        ("wechat4u", "login.wx.qq.com"),
        ("padplus", "start grpc gateway failed"),
        ("macpro", "start grpc gateway failed"),
        ("mock", "connected, not logged in"),
    ] {
        until(name, async || {
            let it = account(&gateway, name).await;
            let said = it.last_words.map(|said| said.text).unwrap_or_default();
            (it.phase != Standing::Preparing && (it.text.contains(told) || said.contains(told))).then_some(())
        })
        .await;
    }
    gateway.shutdown().await;
    assert_eq!(hosts(), [0; 0], "nothing is left behind");
}
