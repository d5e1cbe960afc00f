//! Rooms: which accounts are in them, and how the team keeps that true.

use std::time::Duration;

use ha_wechaty::admin::{Rank, Risk, RoomStatus, RoomsStatus};
use ha_wechaty_cli::text;
use ha_wechaty_core::{AccountId, Reach};
use ha_wechaty_sim::{Fault, GroupChat, RpcSelection};
use ha_wechaty_testkit::{House, SELF, Setup, wait};
use ha_wechaty_wire::{PuppetEvent, puppet};
use tonic::Status;

const SOUTH: AccountId = AccountId(1);
const WEST: AccountId = AccountId(2);

fn reach(house: &House) -> Reach {
    house.gateway.routing().reach(house.room.id())
}

/// Accounts that never hear of what happened while they were away.
async fn forgetful(refresh: Option<Duration>) -> House {
    let house = Setup::new(SELF).phones(|phone| phone.catch_up(false));
    house.config(|config| config.team.refresh = refresh).start().await
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

/// What the admin's server says of the rooms.
async fn rooms(house: &House) -> RoomsStatus {
    let (code, json) = house.admin("/rooms", None).await;
    assert_eq!(code, 200, "{json}");
    serde_json::from_str(&json).expect("rooms")
}

async fn room(house: &House, room: &GroupChat) -> RoomStatus {
    let all = rooms(house).await;
    all.rooms.into_iter().find(|it| it.id == room.id()).expect("it is known")
}

fn names(room: &RoomStatus) -> Vec<(&str, Rank)> {
    room.accounts.iter().map(|it| (it.name.as_str(), it.rank)).collect()
}

/// Waits until the room is known to be so.
async fn until_room(house: &House, wanted: &GroupChat, is_so: impl Fn(&RoomStatus) -> bool) -> RoomStatus {
    wait::until_some("the room becomes so", async || {
        let known = rooms(house).await.rooms.into_iter().find(|it| it.id == wanted.id());
        known.filter(|room| is_so(room))
    })
    .await
}

/// All accounts are friends of each other; refreshed soon, and invited if that is wished.
async fn friends(invite: bool) -> House {
    let house = Setup::new(SELF).befriended().config(|config| {
        config.team.refresh = Some(Duration::from_millis(500));
        config.team.invite_teammates = invite;
    });
    house.start().await
}

#[tokio::test]
async fn each_room_is_told_with_its_accounts_and_a_warning_where_one_is_alone() {
    let house = House::with(|config| config.team.refresh = Some(Duration::from_millis(500))).await;
    let side = house.world.room("side room", &[&house.phones[1], &house.alice]);
    house.alice.says(&side, "hello");
    let it = until_room(&house, &side, |room| room.accounts.iter().any(|it| it.rank == Rank::Owner)).await;
    assert_eq!((it.topic.as_str(), it.risk), ("side room", Some(Risk::Alone)));
    assert_eq!(names(&it), [("south", Rank::Owner)]);
    let all = until_room(&house, &house.room, |room| room.topic == "ding room").await;
    assert_eq!((all.risk, all.accounts.len()), (None, 3));
    let told = rooms(&house).await;
    let text = text::rooms(&told) + &text::rooms_summary(&told);
    assert!(text.contains("south is alone"), "{text}");
    assert!(text.contains("2 rooms: 1 with one account alone, 0 without an available account"), "{text}");
    assert_eq!(told.rooms[0].id, side.id(), "those at risk come first");
    let (_, metrics) = house.admin("/metrics", None).await;
    for line in ["ha_wechaty_rooms 2", "ha_wechaty_rooms_alone 1", "ha_wechaty_rooms_unavailable 0"] {
        assert!(metrics.contains(line), "{line} is not in\n{metrics}");
    }
    house.lose(1).await;
    let it = until_room(&house, &side, |room| room.risk == Some(Risk::Unavailable)).await;
    assert!(!it.accounts[0].available);
}

#[tokio::test]
async fn a_topic_that_changes_is_known() {
    let house = House::with(|config| config.team.refresh = Some(Duration::from_secs(3600))).await;
    until_room(&house, &house.room, |room| room.topic == "ding room").await;
    house.alice.sets_topic(&house.room, "dong room");
    until_room(&house, &house.room, |room| room.topic == "dong room").await;
}

#[tokio::test]
async fn the_plan_says_who_would_invite_whom_and_why_not_and_nothing_is_done() {
    let house = friends(false).await;
    house.world.unfriend(&house.phones[0], &house.phones[2]);
    let side = house.world.room("side room", &[&house.phones[0], &house.alice]);
    house.alice.says(&side, "hello");
    let it = until_room(&house, &side, |room| room.missing.iter().any(|it| it.inviter.is_none())).await;
    let missing: Vec<_> = it.missing.iter().map(|it| (it.name.as_str(), it.inviter.as_deref())).collect();
    assert_eq!(missing, [("south", Some("north")), ("west", None)]);
    let text = text::plan(&rooms(&house).await);
    assert!(text.contains("north would invite south"), "{text}");
    assert!(text.contains("west: no account in the room has it among its contacts"), "{text}");
    assert!(text.contains("Nothing of this is done"), "{text}");
    assert_eq!(house.calls("RoomAdd"), [0, 0, 0]);
}

#[tokio::test]
async fn teammates_are_invited_the_bot_hears_nothing_of_it_and_the_room_outlives_its_first_account() {
    let house = friends(true).await;
    let mut bot = house.bot().await;
    let side = house.world.room("side room", &[&house.phones[0], &house.alice]);
    house.alice.says(&side, "hello");
    assert_eq!(bot.next_message().await.text, "hello");
    let it = until_room(&house, &side, |room| room.accounts.len() == 3).await;
    assert_eq!((it.risk, it.missing.len()), (None, 0));
    assert_eq!(house.calls("RoomAdd"), [2, 0, 0], "one invitation each");
    house.lose(0).await;
    house.alice.says(&side, "still there?");
    let news = loop {
        let news = bot.next_news().await;
        if let PuppetEvent::Message { id } = news {
            break bot.payload(&id).await.expect("a payload").text;
        }
        assert!(!matches!(news, PuppetEvent::RoomJoin(_)), "the bot came into the room long ago: {news:?}");
        assert!(!matches!(news, PuppetEvent::RoomInvite { .. }), "no business of the bot's: {news:?}");
    };
    assert_eq!(news, "still there?");
    bot.say(side.id(), "yes").await.expect("said by a teammate");
    assert_eq!(house.world.ledger().times(side.id(), "yes"), 1);
}

#[tokio::test]
async fn a_large_room_takes_an_invitation_which_the_teammate_accepts_by_itself() {
    let house = friends(true).await;
    let mut bot = house.bot().await;
    let crowd = house.world.room("crowd", &[&house.phones[1], &house.phones[2], &house.alice]);
    for n in 0..40 {
        house.world.person(&format!("p{n}")).joins(&crowd);
    }
    house.alice.says(&crowd, "what a crowd");
    until_room(&house, &crowd, |room| room.accounts.len() == 3).await;
    assert_eq!(house.calls("RoomInvitationAccept"), [1, 0, 0]);
    let party = house.world.room("party", &[&house.alice]);
    house.alice.invites(&house.phones[0], &party);
    let id = bot.find(|event| if let PuppetEvent::RoomInvite { id } = event { Some(id) } else { None }).await;
    let payload = puppet::RoomInvitationPayloadRequest { id, ..Default::default() };
    let payload = bot.puppet.room_invitation_payload(payload).await.expect("a payload").into_inner();
    assert_eq!(payload.inviter_id, house.alice.id(), "of others' invitations the bot decides");
    assert!(!party.members().contains(&house.phones[0].id().to_owned()));
}

#[tokio::test]
async fn a_room_that_the_bot_made_gets_the_teammates() {
    let house = friends(true).await;
    let mut bot = house.bot().await;
    let contact_ids = vec![house.alice.id().to_owned()];
    let create = puppet::RoomCreateRequest { contact_ids, topic: "ours".into() };
    let id = bot.puppet.room_create(create).await.expect("made").into_inner().id;
    let made = house.world.room_by_id(&id).expect("the room is there");
    until_room(&house, &made, |room| room.accounts.len() == 3).await;
    assert_eq!(house.calls("RoomAdd").iter().sum::<u64>(), 2);
}

#[tokio::test]
async fn one_that_is_refused_leaves_it_to_another_member() {
    let house = friends(true).await;
    let (calls, status) = (RpcSelection::named("RoomAdd"), Status::unknown("something is wrong"));
    house.phones[0].fail(Fault::Answer { calls, status, times: u32::MAX });
    let side = house.world.room("side room", &[&house.phones[0], &house.phones[1], &house.alice]);
    house.alice.says(&side, "hello");
    until_room(&house, &side, |room| room.accounts.len() == 3).await;
    let calls = house.calls("RoomAdd");
    assert!(calls[0] <= 1 && calls[1] == 1, "{calls:?}");
    assert_eq!(room(&house, &side).await.missing, []);
}

/// `ha-wechaty rooms`, against this gateway: its exit code and what it says.
async fn command(house: &House, flags: &[&str]) -> (Option<i32>, String) {
    let addr = house.gateway.admin_addr().expect("an admin's port").to_string();
    let mut command = tokio::process::Command::new(env!("CARGO_BIN_EXE_ha-wechaty"));
    let output = command.args(["rooms", "--admin", &addr]).args(flags).output().await.expect("it runs");
    (output.status.code(), String::from_utf8_lossy(&output.stdout).into_owned())
}

#[tokio::test]
async fn the_command_tells_scripts_by_its_exit_code_whether_a_room_is_at_risk() {
    let mut house = House::new().await;
    let (code, text) = command(&house, &[]).await;
    assert!(code == Some(0) && text.contains("1 rooms: 0 with one account alone"), "{code:?} {text}");
    let side = house.world.room("side room", &[&house.phones[1], &house.alice]);
    house.alice.says(&side, "hello");
    until_room(&house, &side, |room| room.risk.is_some()).await;
    let (code, text) = command(&house, &["--at-risk"]).await;
    assert!(code == Some(1) && text.contains(side.id()) && !text.contains(house.room.id()), "{text}");
    let (code, text) = command(&house, &["--plan"]).await;
    assert!(code == Some(1) && text.contains("let them be friends in WeChat"), "{text}");
    let (_, json) = command(&house, &["--json"]).await;
    let told: RoomsStatus = serde_json::from_str(&json).expect("JSON");
    assert_eq!(told.rooms.len(), 2);
    house.shut_down().await;
    let addr = "127.0.0.1:1";
    let mut nobody = tokio::process::Command::new(env!("CARGO_BIN_EXE_ha-wechaty"));
    let status = nobody.args(["rooms", "--admin", addr]).output().await.expect("it runs").status;
    assert_eq!(status.code(), Some(2));
}
