//! What accounts have told and what still waits to be read when the gateway ends.

use ha_wechaty_config::StorePlace;
use ha_wechaty_sim::{Fault, Person};
use ha_wechaty_testkit::{House, SELF, Setup};
use ha_wechaty_wire::PuppetEvent;
use tempfile::TempDir;

/// So many messages hold an account's line.
const READING: usize = 64;

/// Phones as stock ones: what they have told once they do not tell again. The gateway has a store.
async fn house(folder: &TempDir) -> House {
    let path = folder.path().join("team.db");
    Setup::new(SELF)
        .phones(|phone| phone.catch_up(false))
        .config(move |config| config.store.path = StorePlace::File(path))
        .start()
        .await
}

/// North is told of so many messages that nobody can read, and then of somebody who wants to be its friend.
fn is_held_up(house: &House, messages: usize, carol: &Person) {
    let north = &house.phones[0];
    north.fail(Fault::Hush(u32::try_from(messages).expect("few")));
    for number in 0..messages {
        house.alice.says(north, &format!("text {number}"));
    }
    carol.asks_friendship(north, "hello");
}

#[tokio::test]
async fn what_an_account_has_told_is_taken_in_before_the_end_though_its_line_is_full() {
    let folder = tempfile::tempdir().expect("there is room for a folder");
    let mut house = house(&folder).await;
    drop(house.bot().await);
    let carol = house.world.person("carol");
    is_held_up(&house, READING + 10, &carol);
    house.until("it has told all", || house.phones[0].waiting() == 0).await;
    house.restart_gateway().await;
    let mut bot = house.bot().await;
    let id = bot.find(|it| if let PuppetEvent::Friendship { id } = it { Some(id) } else { None }).await;
    assert!(id.ends_with("~north"), "{id}");
}
