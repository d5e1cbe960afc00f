//! Stores of earlier versions, as they lie on disks: today's program reads them, and finds what was in them.
//!
//! `stores/format-3.db` holds each fact that there was when it was written. A format of its own gets a file of its own beside
//! it, written by `cargo test -p ha-wechaty-team --features sqlite --test old_stores -- --ignored`; those that are there are
//! never written again.
#![cfg(feature = "sqlite")]
#![allow(missing_docs, clippy::expect_used)]

use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, UNIX_EPOCH},
};

use bytes::Bytes;
use ha_wechaty_config::Config;
use ha_wechaty_core::{
    AccountId, BotId, ClientId, DirtyType, Holder, Input, InviteResult, LinkFact, MessageCopy, MessageFacts,
    Paced, PendingScan, RoomChange, SendId, SendResult, Stamp, Team, Time, WeChatEvent, Work, WorkResult,
    content_of_text,
};
use ha_wechaty_journal::{Journal as _, Line, Log, Position, SealKey, SqliteJournal};
use ha_wechaty_team::{
    engine::new_team,
    runtime::Prepared,
    state::{
        knowledge::PageRecord,
        sends::{OpenSend, SendRecord},
    },
    store::{Noted, Notes, Opened, export, restore},
};

const CONFIG: &str = "name = \"ossbot\"\n[[bot]]\nname = \"main\"\ntoken = \"insecure_b\"\n[[bot]]\nname = \"second\"\n\
                      token = \"insecure_s\"\n[[account]]\nname = \"north\"\ntoken = \"insecure_n\"\nendpoint = \
                      \"127.0.0.1:1\"\n[[account]]\nname = \"south\"\ntoken = \"insecure_o\"\nendpoint = \"127.0.0.1:2\"";

const NORTH: AccountId = AccountId(0);
const SOUTH: AccountId = AccountId(1);
const WEST: AccountId = AccountId(2);
const ROOM: &str = "18888888888@chatroom";
const ALICE: &str = "wxid_alice";
/// When the team began, in seconds since 1970 began.
const BEGAN: i64 = 1_790_000_000;

fn stores() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/stores")
}

fn at(seconds: u64) -> Time {
    Time::after_origin(Duration::from_secs(seconds))
}

fn message(id: &str, text: &str, seconds: i64) -> MessageFacts {
    MessageFacts {
        id: id.into(),
        talker: ALICE.into(),
        room: ROOM.into(),
        content: content_of_text(text),
        stamp: Stamp::new(BEGAN + seconds),
        ..MessageFacts::default()
    }
}

/// A send of the first bot's, without its outcome.
fn row(send: u64, outcome: &str) -> SendRecord {
    let row = serde_json::json!({
        "number": send, "sends": [send], "at": "2026-09-21T14:13:21.000Z", "bot": "main", "conversation": ROOM,
        "rpc": "MessageSendText", "tried": [{ "account": "north", "outcome": outcome }], "outcome": outcome,
        "how": "hung-up", "witness": null, "id": null, "waited": 0.5, "took": 1.5,
    });
    serde_json::from_value(row).expect("a row")
}

fn page(copy: &str, account: AccountId) -> PageRecord {
    PageRecord {
        payload: Some(Bytes::from(format!("what {copy} says"))),
        draft: None,
        copies: vec![MessageCopy { account, id: copy.into() }],
        author: None,
        age: 5,
    }
}

/// What happens before the snapshot.
fn first_facts() -> Vec<Input> {
    let login = |account, id: &str| {
        [
            LinkFact::Preparing { step: "it is installed".into() },
            LinkFact::Opened,
            LinkFact::Login { contact_id: id.into() },
        ]
        .map(|fact| Input::Link { account, fact })
    };
    let lists = |account| Input::Lists {
        account,
        contacts: Some(vec![ALICE.into(), "wxid_bob".into()]),
        rooms: Some(vec![ROOM.into()]),
    };
    let mut facts = Vec::new();
    facts.extend(login(NORTH, "wxid_north"));
    facts.extend(login(SOUTH, "wxid_south"));
    facts.extend([lists(NORTH), lists(SOUTH)]);
    facts.extend([
        Input::Room {
            account: NORTH,
            room: ROOM.into(),
            topic: "the team".into(),
            members: ["wxid_north", "wxid_south", ALICE].map(String::from).to_vec(),
            owner: ALICE.into(),
            admins: vec![ALICE.into()],
        },
        Input::BotConnected { client: ClientId(1), bot: BotId(0), after: None },
        Input::Message { account: NORTH, message: message("m1", "hello", 20) },
        Input::Acknowledged { client: Some(ClientId(1)), bot: BotId(0), id: "m1~north".into() },
        Input::BotDisconnected { client: ClientId(1) },
        Input::Message { account: NORTH, message: message("m2", "nobody has acknowledged this", 21) },
    ]);
    facts
}

/// What happens behind it: each fact that there is.
fn other_facts() -> Vec<Input> {
    let link = |fact| Input::Link { account: SOUTH, fact };
    let change = || RoomChange {
        room: ROOM.into(),
        people: vec!["wxid_bob".into()],
        by: ALICE.into(),
        timestamp: Some(BEGAN + 40),
    };
    let event = |event| Input::Event { account: NORTH, event };
    let send = |send, outcome| Input::SendEnds {
        send: SendId(send),
        account: NORTH,
        conversation: ROOM.into(),
        outcome,
    };
    let begins = |send| Input::SendBegins {
        send: SendId(send),
        account: NORTH,
        message: message("", &format!("said by {send}"), 41),
    };
    let member = || {
        let config = Config::from_toml(Path::new("a.toml"), CONFIG).expect("a configuration");
        let (_, setup, _) = new_team(&config);
        ha_wechaty_core::Member { name: "west".into(), ..setup.accounts[0].clone() }
    };
    vec![
        Input::Joins { account: WEST, member: member() },
        Input::Message { account: SOUTH, message: message("s2", "nobody has acknowledged this", 21) },
        Input::OldMessage { account: NORTH, message: message("m3", "an old one", 3) },
        Input::Heard { account: NORTH, id: "m4".into() },
        Input::Heard { account: NORTH, id: "m5".into() },
        Input::HeardOf { account: NORTH, event: WeChatEvent::Friendship { id: "f1".into() } },
        Input::Unshown { account: NORTH, id: "m5".into() },
        Input::Behind { account: NORTH, is_behind: true },
        Input::Behind { account: NORTH, is_behind: false },
        event(WeChatEvent::Friendship { id: "f1".into() }),
        event(WeChatEvent::Post { id: "p1".into() }),
        event(WeChatEvent::RoomJoin(change())),
        event(WeChatEvent::RoomLeave(change())),
        event(WeChatEvent::RoomTopic {
            room: ROOM.into(),
            changer: ALICE.into(),
            new: "a new topic".into(),
            old: "the team".into(),
            timestamp: None,
        }),
        event(WeChatEvent::Dirty { kind: DirtyType::Contact, id: ALICE.into() }),
        event(WeChatEvent::Ready),
        Input::Reaches { account: NORTH, contacts: vec!["wxid_carol".into()], rooms: vec![] },
        Input::RoomMade { account: NORTH, room: "19999999999@chatroom".into() },
        Input::Invited { account: NORTH, room: ROOM.into(), teammate: WEST, result: InviteResult::Stranger },
        Input::Invitation { account: SOUTH, id: "i1".into(), inviter: ALICE.into() },
        Input::RoomUnread { account: SOUTH, room: ROOM.into(), refused: true },
        begins(1),
        send(1, SendResult::Sent { id: "m6".into() }),
        begins(2),
        send(2, SendResult::Unsure { is_over: false }),
        begins(3),
        begins(4),
        send(4, SendResult::NotSent),
        begins(5),
        send(5, SendResult::Refused),
        Input::ActBegins { act: SendId(6), account: NORTH, paced: Paced::FriendAdd },
        Input::ActEnds { act: SendId(6), account: NORTH, is_done: true },
        Input::ActBegins { act: SendId(7), account: NORTH, paced: Paced::RoomCreation },
        Input::Unreachable { account: SOUTH, conversation: "wxid_carol".into() },
        Input::Quits { room: "19999999999@chatroom".into() },
        Input::HasQuit { account: NORTH, room: "19999999999@chatroom".into() },
        Input::DingFailed { account: SOUTH, cause: "it is no friend".into() },
        Input::PuppetDinged { account: SOUTH },
        Input::StreamTells { account: SOUTH },
        Input::PuppetDong { account: SOUTH },
        Input::Worked { account: NORTH, work: Work::Befriend, result: WorkResult::Throttled },
        Input::Reads { kind: DirtyType::Room, id: ROOM.into() },
        Input::BotConnected { client: ClientId(2), bot: BotId(1), after: None },
        Input::BotSays { bot: BotId(1), conversation: ROOM.into() },
        Input::BotSaid { bot: BotId(1), conversation: ROOM.into() },
        Input::LoggedOut { client: ClientId(2) },
        Input::Ding { client: Some(ClientId(2)), bot: BotId(1), data: "a ding".into() },
        link(LinkFact::Taken { holder: Holder::KeptIt }),
        link(LinkFact::Evicted),
        link(LinkFact::Scan(PendingScan { qrcode: Some("a code".into()), ..PendingScan::default() })),
        link(LinkFact::Logout { reason: "by its phone".into() }),
        link(LinkFact::Lost { cause: "the line is cut".into() }),
        Input::Leaves { account: WEST },
    ]
}

fn opened(team: &mut Team, notes: &mut Notes, now: Time, input: Input) {
    if let Input::SendBegins { send, .. } = &input {
        let open = OpenSend { row: row(send.0, "unsure"), file: Some(7), over: None };
        notes.note(&Noted::Send { at: now, send: *send, open: Box::new(open) });
    }
    notes.fact(now, &input);
    team.handle(now, input);
    while team.poll_command().is_some() {}
}

#[tokio::test]
#[ignore = "writes a store as this version does, for later ones; see above"]
async fn write_one() {
    let path = stores().join("format-3.db");
    assert!(!path.exists(), "it is there, and is never written again");
    let key = SealKey::in_file(&path.with_extension("db.key"), true).expect("a key");
    let config = Config::from_toml(Path::new("a.toml"), CONFIG).expect("a configuration");
    let (_, mut setup, seed) = new_team(&config);
    setup.epoch = Stamp::new(BEGAN).expect("a time");
    let mut team = Team::new(Time::ZERO, &setup, seed);
    let journal = Arc::new(SqliteJournal::open(&path).expect("opens"));
    let (mut log, _) = Log::open(journal.clone(), key).await.expect("it is empty");
    let mut notes = Notes::default();
    notes.note(&Noted::Begins { at: Time::ZERO, setup: Box::new(setup), seed });
    let mut now = 10;
    for facts in [first_facts(), other_facts()] {
        for facts in facts.chunks(10) {
            for input in facts.iter().cloned() {
                opened(&mut team, &mut notes, at(now), input);
                now += 1;
            }
            notes.note(&Noted::Timeout { at: at(now) });
            team.handle_timeout(at(now));
            notes.note(&Noted::Work { at: at(now) });
            team.work(at(now));
            while team.poll_command().is_some() {}
            let lines = [Line {
                at: u64::try_from(BEGAN).expect("after 1970") * 1_000 + now,
                bytes: serde_json::to_vec(&row(now, "not-sent")).expect("JSON").into(),
            }];
            log.prepare(&std::mem::take(&mut notes).into_record(), &lines).expect("sealed");
            log.append().await.expect("appended");
        }
        if log.tip() < Position(4) {
            let mut snapshot = Notes::default();
            snapshot.team(at(now), &team);
            let open = OpenSend { row: row(9, "unsure"), file: None, over: Some(at(15)) };
            snapshot.note(&Noted::Send { at: at(now), send: SendId(9), open: Box::new(open) });
            snapshot.note(&Noted::Page { at: at(now), page: page("m1", NORTH) });
            let snapshot = Bytes::from(snapshot.into_record());
            log.keeper().keep(log.tip(), snapshot, 0..u64::MAX, u64::MAX).await.expect("kept");
        }
        notes.note(&Noted::Page { at: at(now), page: page("m2", NORTH) });
    }
    drop(log);
    journal.vacuum().await.expect("small");
    journal.close().await;
    drop(journal);
    fs::remove_file(path.with_extension("db.tip")).expect("it is of no use elsewhere");
}

/// A store of format 3 in this folder, and its key.
fn format_3(folder: &Path) -> (PathBuf, SealKey) {
    let [path, key] = ["format-3.db", "format-3.db.key"].map(|name| {
        fs::copy(stores().join(name), folder.join(name)).expect("copied");
        folder.join(name)
    });
    (path, SealKey::in_file(&key, false).expect("its key"))
}

#[tokio::test]
async fn what_another_version_wrote_goes_on_with_a_snapshot() {
    let folder = tempfile::tempdir().expect("a folder");
    let (path, key) = format_3(folder.path());
    let config = Config::from_toml(Path::new("a.toml"), CONFIG).expect("a configuration");
    let mut positions = vec![vec![2]];
    for _ in 0..2 {
        let journal = Arc::new(SqliteJournal::open(&path).expect("opens"));
        // So soon that none is due for another reason.
        let now = UNIX_EPOCH + Duration::from_secs(u64::try_from(BEGAN).expect("after 1970") + 200);
        let opened = Opened::new(journal.clone(), key.clone(), 99).await.expect("it can be read").at(now);
        let is_of_another = opened.past.is_of_another;
        let (tip, prepared) = (opened.log.tip(), Prepared::new(config.clone(), Some(opened)).expect("ready"));
        let mut runtime = prepared.run();
        let kept = async || -> Vec<u64> {
            journal.snapshots().await.expect("asked").iter().map(|it| it.0).collect()
        };
        let found = async {
            while journal.tip().await.expect("asked") == tip || is_of_another && kept().await == positions[0]
            {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
            kept().await
        };
        let found = tokio::time::timeout(Duration::from_secs(60), found).await.expect("it is kept");
        runtime.stop().await;
        positions.push(found);
    }
    // The first record that this version writes; and none at its next start.
    assert_eq!(positions, [vec![2], vec![9, 2], vec![9, 2]]);
}

#[tokio::test]
async fn a_store_of_format_3_is_read_with_all_that_was_in_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let (path, key) = format_3(folder.path());
    let journal = Arc::new(SqliteJournal::open(&path).expect("opens"));
    journal.check().await.expect("whole");
    let opened = Opened::new(journal.clone(), key, 99).await;
    let Opened { past, newest, log, .. } = opened.expect("it can be read");
    assert_eq!(past.snapshot.as_ref().map(|it| it.position), Some(Position(2)));
    assert_eq!((past.records.len(), log.tip()), (6, Position(8)));
    assert!(past.damaged.is_empty() && past.stuck.is_empty());

    let mut lines = 0;
    export(past.clone(), &mut |_| {
        lines += 1;
        Ok(())
    })
    .expect("each note is known");
    let facts = other_facts();
    // With what the snapshot has in it, those that bracket sends, and what the core did at times.
    assert_eq!(lines, facts.len() + 3 + 5 + 1 + 2 * 6);

    let rows: Vec<SendRecord> =
        newest.iter().map(|line| serde_json::from_slice(&line.bytes).expect("a row")).collect();
    assert_eq!(rows.len(), 8);
    assert!(rows.iter().all(|it| it.conversation == ROOM && it.tried.len() == 1), "{rows:?}");

    let restored = restore(past).expect("each note is known").expect("a team");
    let team = &restored.team;
    assert_eq!(restored.facts, facts.len() as u64);
    assert_eq!([NORTH, SOUTH, WEST].map(|it| team.identity().name(it)), ["north", "south", "west"]);
    assert_eq!([BotId(0), BotId(1)].map(|it| team.bots().name(it)), ["main", "second"]);
    assert_eq!(team.identity().account_of("wxid_north"), Some(NORTH));
    assert_eq!(team.epoch(), Stamp::new(BEGAN).expect("a time"));
    assert_eq!(team.owed(NORTH).map(|it| it.0).collect::<Vec<_>>(), ["m4"]);
    assert!(team.bots().backlog() >= 2, "what nobody has acknowledged is there: {}", team.bots().backlog());
    assert!(team.dedup().len() >= 4, "messages are known: {}", team.dedup().len());
    let is_open = |send| team.is_open(SendId(send));
    assert_eq!([1, 2, 3, 4, 5].map(is_open), [false, false, true, false, false], "one has not ended");
    let sends: Vec<u64> = restored.sends.keys().map(|send| send.0).collect();
    assert_eq!(sends, [1, 2, 3, 4, 5, 9]);
    assert_eq!(restored.sends[&SendId(1)].row.id, Some(team.identity().tag(NORTH, "m6")));
    let texts: Vec<_> = restored.pages.iter().filter_map(|(_, page)| page.payload.clone()).collect();
    assert_eq!(texts, ["what m1 says", "what m2 says"]);
}
