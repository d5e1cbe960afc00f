//! Rooms: which accounts are in them, and how the team keeps that true.

use std::time::Duration;

use ha_wechaty::admin::Rooms;
use ha_wechaty_core::{AccountId, Note, Reach};
use ha_wechaty_wire::puppet;

use crate::house::House;

const SOUTH: AccountId = AccountId(1);
const WEST: AccountId = AccountId(2);

fn reach(house: &House) -> Reach {
    house.gateway.routing().reach(house.room.id())
}

/// What the admin's server says of rooms.
async fn rooms(house: &House) -> Rooms {
    let (code, json) = house.admin("/rooms", None).await;
    assert_eq!(code, 200, "{json}");
    serde_json::from_str(&json).expect("rooms")
}

/// Accounts that never hear of what happened while they were away.
async fn forgetful(refresh: Option<Duration>) -> House {
    let house = House::open_on(|phone| phone.catch_up(false), |config| config.team.refresh = refresh).await;
    house.until_available(3).await;
    house
}

#[tokio::test]
async fn a_room_that_an_account_was_put_out_of_while_away_is_known_when_it_is_back() {
    let house = forgetful(None).await;
    house.lose(2).await;
    house.room.remove(&house.phones[2]);
    assert!(reach(&house).yes.contains(WEST), "nobody said so");
    house.phones[2].restore().await.expect("the same port");
    house.until("its list tells", || reach(&house).no.contains(WEST)).await;
    assert_eq!(reach(&house).yes.len(), 2);
}

#[tokio::test]
async fn a_room_that_an_account_was_silently_put_out_of_is_known_by_the_refresh() {
    let house = forgetful(Some(Duration::from_millis(300))).await;
    house.room.remove(&house.phones[2]);
    house.until("a list or a payload tells", || reach(&house).no.contains(WEST)).await;
    house.room.let_in(&house.phones[2]);
    house.until("a list or a payload tells", || reach(&house).yes.contains(WEST)).await;
}

#[tokio::test]
async fn who_owns_and_runs_a_room_is_known_before_anybody_asks() {
    let house = House::with(|config| config.team.refresh = Some(Duration::from_secs(3600))).await;
    let bob = house.world.person("bob");
    let room = house.world.room("ruled", &[&house.phones[1], &bob, &house.phones[2]]);
    room.add_admin(&house.phones[2]);
    bob.says(&room, "hello");
    let ranks = || house.gateway.routing().reach(room.id());
    house.until("its payload was read", || ranks().ranks_known).await;
    assert_eq!((ranks().owner, ranks().admins.iter().collect::<Vec<_>>()), (Some(SOUTH), vec![WEST]));
}

#[tokio::test]
async fn what_wechat_says_is_stale_is_read_again() {
    let house = House::new().await;
    // Nobody tells of it, and nothing is refreshed.
    house.room.add_admin(&house.phones[2]);
    house.room.remove(&house.phones[1]);
    let mut bot = house.bot().await;
    let kind = puppet::PayloadType::Room.into();
    let dirty = puppet::DirtyPayloadRequest { r#type: kind, id: house.room.id().into() };
    bot.puppet.dirty_payload(dirty).await.expect("passed on");
    house.until("it was read again", || reach(&house).no.contains(SOUTH)).await;
    assert_eq!(reach(&house).admins.iter().collect::<Vec<_>>(), [WEST]);
    let calls = house.calls("RoomPayload");
    assert_eq!(calls[0] + calls[2], 1, "by one, for all that said so, but whoever was refused: {calls:?}");
}

#[tokio::test]
async fn rooms_at_risk_are_told_with_their_accounts() {
    let house = House::with(|config| config.team.refresh = Some(Duration::from_secs(3600))).await;
    let bob = house.world.person("bob");
    let alone = house.world.room("alone", &[&bob, &house.phones[2]]);
    let ruled = house.world.room("ruled", &[&house.phones[1], &bob, &house.phones[2]]);
    ruled.add_admin(&house.phones[2]);
    for room in [&alone, &ruled] {
        bob.says(room, "hello");
    }
    let ranks = |id: &str| house.gateway.routing().reach(id).ranks_known;
    house
        .until("payloads were read", || ranks(alone.id()) && ranks(ruled.id()) && ranks(house.room.id()))
        .await;
    house.lose(1).await;
    let all = rooms(&house).await;
    let text = all.text(false);
    assert!(text.contains("ruled") && text.contains("south (owner, away), west (admin)"), "{text}");
    assert!(text.ends_with("\n3 rooms, 1 with one account only, 0 with none available\n"), "{text}");
    let at_risk: Vec<&str> = all.at_risk().map(|room| room.topic.as_str()).collect();
    assert_eq!(at_risk, ["alone"]);
    house.lose(2).await;
    let text = rooms(&house).await.text(true);
    assert!(text.contains("its one account is not available") && !text.contains("ding room"), "{text}");
    assert!(text.ends_with("\n3 rooms, 1 with one account only, 2 with none available\n"), "{text}");
    let (_, metrics) = house.admin("/metrics", None).await;
    for line in ["rooms 3", "rooms_one_account 1", "rooms_none_available 2"] {
        assert!(metrics.contains(&format!("\nha_wechaty_{line}\n")), "{line} is not in\n{metrics}");
    }
}

#[tokio::test]
async fn the_operator_is_told_when_a_room_comes_to_have_one_account() {
    let house = House::new().await;
    let mut notes = house.gateway.notes();
    for (phone, left) in [(2, vec![]), (1, vec![AccountId(0)])] {
        house.alice.removes(&house.phones[phone], &house.room);
        house.until("it is known", || !reach(&house).yes.contains(AccountId(phone as u8))).await;
        let mut told = Vec::new();
        while let Ok(note) = notes.try_recv() {
            if let Note::OneLeft { room, account, .. } = note {
                assert_eq!(room, house.room.id());
                told.push(account);
            }
        }
        assert_eq!(told, left);
    }
}

#[tokio::test]
async fn the_plan_says_who_would_invite_whom_and_why_others_can_not_come() {
    let house = House::with(|config| config.team.refresh = Some(Duration::from_millis(300))).await;
    let [north, south, west] = &house.phones[..] else { panic!("three phones") };
    let bob = house.world.person("bob");
    let alone = house.world.room("alone", &[&bob, west]);
    bob.says(&alone, "hello");
    house.until("it is known", || house.gateway.routing().reach(alone.id()).ranks_known).await;
    let plan = |rooms: &Rooms| {
        let room = rooms.rooms.iter().find(|room| room.id == alone.id()).expect("the room");
        let missing = room.missing.iter();
        missing
            .map(|it| (it.name.clone(), it.by.clone(), it.why.clone().unwrap_or_default()))
            .collect::<Vec<_>>()
    };
    house.world.befriend(west, north);
    let by_west = || Some(String::from("west"));
    let done = async {
        loop {
            let all = rooms(&house).await;
            let plan = plan(&all);
            if plan[0] == ("north".into(), by_west(), String::new())
                && plan[1].2.contains("let them be friends")
            {
                break all;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    let all = tokio::time::timeout(Duration::from_secs(20), done).await.expect("lists tell who are friends");
    assert_eq!(plan(&all)[1].1, None, "{}", all.plan(false));
    assert!(
        all.plan(true).ends_with("\n1 invitation to make, 1 that can't be made now\n"),
        "{}",
        all.plan(true)
    );
    house.lose(1).await;
    assert_eq!(plan(&rooms(&house).await)[1].2, "it is away");
    assert_eq!(south.calls("RoomAdd") + west.calls("RoomAdd"), 0, "a plan is only a plan");
}
