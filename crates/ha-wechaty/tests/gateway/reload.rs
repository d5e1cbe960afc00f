//! A new configuration while the gateway serves.

use ha_wechaty::config::{AccountConfig, Endpoint, Ids, Service};
use ha_wechaty_core::{Notice, Standing};
use ha_wechaty_sim::{Attachment, Phone};
use ha_wechaty_testkit::House;
use ha_wechaty_wire::{PuppetEvent, Token, puppet};
use tokio::net::TcpListener;

fn account(phone: &Phone) -> AccountConfig {
    let endpoint = Endpoint::new("127.0.0.1", phone.addr().port());
    AccountConfig::new(phone.name(), Service::new(phone.token().clone()).at(endpoint))
}

/// A phone more, in the room.
async fn east(house: &House) -> Phone {
    let phone = house.world.phone("east").token("insecure_east").tls(true).serve().await.expect("a port");
    house.alice.adds(&phone, &house.room);
    phone
}

#[tokio::test]
async fn new_accounts_join_missing_ones_leave_and_the_others_are_not_touched() {
    let mut house = House::new().await;
    let east = east(&house).await;
    let mut bot = house.bot().await;
    assert!(matches!(bot.next_news().await, PuppetEvent::Login { .. }));
    let mut config = house.config();
    config.accounts.remove(0);
    config.accounts.push(account(&east));
    let done = house.gateway.reload(config.clone()).await.expect("it is taken");
    assert_eq!((done.added, done.removed), (vec!["east".to_owned()], vec!["north".to_owned()]));
    assert!(done.changed.is_empty() && done.failed.is_empty() && done.later.is_empty());
    let names: Vec<String> = house.status().await.accounts.into_iter().map(|it| it.name).collect();
    assert_eq!(names, ["south", "west", "east"]);
    assert_eq!(house.phones[1].calls("Event"), 1, "its stream went on");
    house.until("its stream is closed", || !house.phones[0].is_streaming()).await;
    assert!(house.phones[0].is_running());

    house.until_available(3).await;
    for n in 0..6 {
        bot.say(house.room.id(), &format!("n{n}")).await.expect("said");
    }
    let said = house.world.ledger().said();
    let by = |name: &str| said.iter().filter(|it| it.account.as_deref() == Some(name)).count();
    assert_eq!([by("north"), by("south"), by("west"), by("east")], [0, 2, 2, 2]);
    let again = house.gateway.reload(config).await.expect("it is taken");
    assert_eq!(again, ha_wechaty::Reloaded::default(), "nothing is new");
}

#[tokio::test]
async fn an_account_that_is_reached_otherwise_is_changed_while_the_others_work() {
    let mut house = House::new().await;
    let mut bot = house.bot().await;
    assert!(matches!(bot.next_news().await, PuppetEvent::Login { .. }));
    let mut config = house.config();
    config.accounts.iter_mut().for_each(|account| account.ids = Ids::Own);
    let done = house.gateway.reload(config).await.expect("it is taken");
    assert_eq!(done.changed, ["north", "south", "west"]);
    house.until("all are back", || house.gateway.routing().available().len() == 3).await;
    // One after the other: the bot was never without an account.
    house.alice.says(&house.room, "still there?");
    bot.find(|event| {
        assert!(!matches!(event, PuppetEvent::Login { .. } | PuppetEvent::Logout(_)), "{event:?}");
        matches!(event, PuppetEvent::Message { .. }).then_some(())
    })
    .await;
}

#[tokio::test]
async fn an_account_may_get_another_name() {
    let mut house = House::new().await;
    let mut config = house.config();
    config.accounts[0].name = "nord".to_owned();
    let done = house.gateway.reload(config).await.expect("it is taken");
    assert_eq!((done.added, done.removed), (vec!["nord".to_owned()], vec!["north".to_owned()]));
    assert!(done.failed.is_empty());
    house.until_available(3).await;
}

#[tokio::test]
async fn accounts_may_change_places() {
    let mut house = House::new().await;
    let mut config = house.config();
    let north = config.accounts[0].provider.clone();
    config.accounts[0].provider = std::mem::replace(&mut config.accounts[1].provider, north);
    let done = house.gateway.reload(config).await.expect("it is taken");
    assert!(done.failed.is_empty() && done.added.is_empty() && done.removed.is_empty(), "{done:?}");
    assert_eq!(done.changed.len(), 2);
    house.until_available(3).await;
    let ids: Vec<Option<String>> =
        house.status().await.accounts.into_iter().map(|it| it.contact_id).collect();
    assert_eq!(ids[0].as_deref(), Some(house.phones[1].id()));
}

#[tokio::test]
async fn what_can_not_change_while_it_serves_is_named() {
    let mut house = House::new().await;
    let mut config = house.config();
    config.gateway.max_streams = 7;
    config.pace.max_queue = 7;
    config.pace.enabled = true;
    config.admin.sends = 7;
    let done = house.gateway.reload(config.clone()).await.expect("it is taken");
    assert_eq!(
        (&done.live[..], &done.later[..]),
        (&["pace"][..], &["gateway", "pace.enabled", "admin.sends"][..])
    );
    assert!(done.added.is_empty() && done.removed.is_empty() && done.changed.is_empty());
    let again = house.gateway.reload(config).await.expect("it is taken");
    assert_eq!((again.live.len(), again.later), (0, done.later), "it waits until then");
}

#[tokio::test]
async fn metrics_and_status_forget_one_that_left() {
    let mut house = House::new().await;
    house.gateway.remove("north").await.expect("it is there");
    let (code, text) = house.admin("/metrics", None).await;
    assert_eq!(code, 200);
    let mut states = text.lines().filter(|line| line.contains("account=\"north\""));
    let counts = |line: &str| line.contains("_total{");
    assert!(states.all(counts), "what was counted stays, how it stands does not: {text}");
    assert!(text.contains("account_phase{account=\"south\",phase=\"available\"} 1"), "{text}");
}

#[tokio::test]
async fn metrics_forget_the_name_that_a_bot_had() {
    let mut house = House::new().await;
    let before = house.config().bots[0].name.clone();
    let of = |name: &str| format!("bot=\"{name}\"");
    let (_, text) = house.admin("/metrics", None).await;
    assert!(text.contains(&of(&before)), "{text}");
    let mut config = house.config();
    "another".clone_into(&mut config.bots[0].name);
    house.gateway.reload(config).await.expect("it is taken");
    let (_, text) = house.admin("/metrics", None).await;
    let mut left = text.lines().filter(|line| line.contains(&of(&before)));
    assert!(left.all(|line| line.contains("_total{")), "{text}");
    assert!(text.contains(&of("another")), "{text}");
}

#[tokio::test]
async fn one_that_leaves_while_it_is_dialled_is_not_said_to_have_failed() {
    let mut house = House::new().await;
    let silent = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let endpoint = Endpoint::new("127.0.0.1", silent.local_addr().expect("an address").port());
    let mut notes = house.gateway.notes();
    let service = Service::new(Token::new("insecure_east")).at(endpoint);
    house.gateway.add(AccountConfig::new("east", service)).expect("added");
    let _dialled = silent.accept().await.expect("a connection");
    house.gateway.remove("east").await.expect("it is there");
    let mut steps = Vec::new();
    while let Ok(note) = notes.try_recv() {
        if let Notice::Phase { to, .. } = note {
            steps.push(to);
        }
    }
    assert_eq!(steps, [Standing::Removed]);
}

#[tokio::test]
async fn what_breaks_a_rule_is_not_taken_and_takes_no_account_out() {
    let mut house = House::new().await;
    let mut config = house.config();
    config.accounts[1].provider = config.accounts[2].provider.clone();
    let refused = house.gateway.reload(config).await.expect_err("it is not taken").to_string();
    assert!(refused.contains("token: is the same as that of account["), "{refused}");
    assert_eq!(house.gateway.routing().available().len(), 3, "they work as they did");
    assert!(house.phones.iter().all(|phone| phone.calls("Event") == 1));
}

#[tokio::test]
async fn a_file_under_way_comes_in_whole_from_one_that_leaves() {
    let mut house = House::new().await;
    let mut bot = house.bot().await;
    let bytes: Vec<u8> = (0..8 * 1024 * 1024_u32).map(|n| (n >> 7) as u8).collect();
    house.alice.sends(&house.phones[0], Attachment::new("file.bin", bytes.clone()));
    let id = bot.find(|event| if let PuppetEvent::Message { id } = event { Some(id) } else { None }).await;
    let request = puppet::MessageFileStreamRequest { id };
    let mut chunks = bot.puppet.message_file_stream(request).await.expect("a stream").into_inner();
    let mut got = Vec::new();
    let mut read = async |count: usize| {
        for _ in 0..count {
            let Some(chunk) = chunks.message().await.expect("whole") else { return };
            got.extend(chunk.file_box_chunk.and_then(|it| it.data).unwrap_or_default());
        }
    };
    read(2).await;
    let (removed, ()) = tokio::join!(house.gateway.remove("north"), read(usize::MAX));
    removed.expect("it is there");
    assert!(got == bytes, "{} of {}", got.len(), bytes.len());
}
