//! Long lists of accounts: they are read beside everything else, and one that is long for nothing is not read.

use bytes::Bytes;
use futures_util::future::join_all;
use ha_wechaty::config::{AccountTls, Endpoint, Provider};
use ha_wechaty_core::AccountId;
use ha_wechaty_sim::Fault;
use ha_wechaty_testkit::{House, SELF, Setup};
use ha_wechaty_wire::puppet::{
    ContactListRequest, ContactListResponse, EventType, RoomListRequest, VersionRequest,
};
use prost::Message as _;
use tokio::{
    sync::mpsc,
    time::{Duration, Instant},
};
use tonic::Code;

use crate::garbled::{event, service};

/// A team of which north has these contacts.
async fn house(contacts: impl Into<Bytes>) -> (House, mpsc::UnboundedSender<Vec<u8>>) {
    let (port, events, _) = service(Some(contacts.into())).await;
    let house = Setup::new(SELF)
        .config(|config| {
            let Provider::Service(service) = &mut config.accounts[0].provider else { panic!("it is one") };
            service.endpoint = Some(Endpoint::new("127.0.0.1", port));
            service.tls = AccountTls::Off;
        })
        .open()
        .await;
    events.send(event(EventType::Login, br#"{"contactId":"wxid_north"}"#)).expect("it serves");
    house.until("all work", || house.gateway.routing().available().len() == 3).await;
    (house, events)
}

#[tokio::test]
async fn a_list_of_a_million_nothings_is_refused_and_the_others_are_heard() {
    // Each is of two bytes, and of forty times as many when it is read.
    let (house, _events) = house([0x0a, 0x00].repeat(1_000_000)).await;
    let mut bot = house.bot().await;
    let list = bot.puppet.contact_list(ContactListRequest {}).await.expect("of the others").into_inner();
    assert!(list.ids.iter().any(|id| id == house.alice.id()), "{:?}", list.ids);
    assert!(list.ids.iter().all(|id| !id.is_empty()), "nothing is nobody");
    for index in [1, 2] {
        house.lose(index).await;
    }
    let refused = bot.puppet.contact_list(ContactListRequest {}).await.expect_err("nobody else is there");
    assert!(refused.code() != Code::Ok && refused.message().contains("more fields"), "{refused}");
    assert!(house.gateway.routing().available().contains(AccountId(0)), "it is there all the same");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_very_long_lists_are_read_others_are_answered() {
    const CONTACTS: usize = 50_000;
    let ids = (0..CONTACTS).map(|n| format!("wxid_{n}")).collect();
    let (house, _events) = house(ContactListResponse { ids }.encode_to_vec()).await;
    let (bot, other) = (house.bot().await, house.bot().await);
    let begun = Instant::now();
    let lists =
        tokio::spawn(join_all(
            (0..5).map(|_| {
                let mut puppet = bot.puppet.clone();
                async move {
                    puppet.contact_list(ContactListRequest {}).await.expect("a list").into_inner().ids.len()
                }
            }),
        ));
    let (mut slowest, mut asked) = (Duration::ZERO, 0);
    while !lists.is_finished() {
        let now = Instant::now();
        other.puppet.clone().version(VersionRequest {}).await.expect("a version");
        (slowest, asked) = (slowest.max(now.elapsed()), asked + 1);
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    let elapsed = begun.elapsed();
    println!("5 lists of {CONTACTS} in {elapsed:?}; of {asked} other calls the slowest took {slowest:?}");
    for count in lists.await.expect("no panic") {
        assert!(count > CONTACTS, "{count}");
    }
    assert!(slowest < elapsed / 4, "{slowest:?} of {elapsed:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn however_many_ask_for_a_list_accounts_are_asked_one_time_after_the_other() {
    const LATE: Duration = Duration::from_millis(500);
    let house = House::new().await;
    let bots = [house.bot().await, house.bot().await];
    house.phones.iter().for_each(|phone| phone.fail(Fault::Slow(LATE)));
    let before = house.calls("RoomList");
    let begun = Instant::now();
    let lists = join_all((0..300).map(|n| {
        let mut puppet = bots[n % 2].puppet.clone();
        async move { puppet.room_list(RoomListRequest {}).await.expect("a list").into_inner().ids }
    }))
    .await;
    // Each time takes as long as the accounts take to answer.
    let times = (begun.elapsed().as_millis() / LATE.as_millis()) as u64 + 1;
    assert!(lists.iter().all(|rooms| *rooms == [house.room.id()]), "{lists:?}");
    for (calls, before) in house.calls("RoomList").iter().zip(before) {
        let asked = calls - before;
        println!("300 lists: an account was asked {asked} times in {:?}", begun.elapsed());
        assert!((1..=times).contains(&asked), "{asked} times, and there was time for {times}");
    }
}
