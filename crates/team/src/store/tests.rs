//! What is exported of a store.

use std::{path::Path, time::Duration};

use bytes::Bytes;
use ha_wechaty_config::Config;
use ha_wechaty_core::{
    AccountId, BotId, ClientId, Input, LinkFact, LoginChallenge, MessageCopy, MessageFacts, PendingCode,
    PendingScan, PendingSlide, SendId, SendResult, Time, WeChatEvent,
};
use ha_wechaty_journal::{JournalPast, Position, Record};
use serde_json::{Value, json};

use super::{Noted, Notes, export};
use crate::{engine::new_team, state::knowledge::PageRecord};

const SECRET: &str = "what nobody may read";

fn secret() -> String {
    SECRET.to_owned()
}

/// What a record with these facts is exported as.
fn exported(inputs: Vec<Input>) -> Vec<Value> {
    let config = "name = \"ossbot\"\n[[bot]]\nname = \"main\"\ntoken = \"insecure_b\"\n[[account]]\nname = \"north\"\n\
                  token = \"insecure_n\"\nendpoint = \"127.0.0.1:1\"";
    let config = Config::from_toml(Path::new("a.toml"), config).expect("a configuration");
    let (_, setup, seed) = new_team(&config);
    let mut notes = Notes::default();
    notes.note(&Noted::Begins { at: Time::ZERO, setup: Box::new(setup), seed });
    let page = PageRecord {
        payload: Some(Bytes::from(secret())),
        draft: None,
        copies: vec![MessageCopy { account: AccountId(0), id: "m1".into() }],
        author: Some(AccountId(0)),
        age: 5,
    };
    notes.note(&Noted::Page { at: Time::ZERO, page });
    for input in inputs {
        notes.fact(Time::ZERO + Duration::from_secs(1), &input);
    }
    let record = Record { position: Position(7), bytes: notes.into_record().into() };
    let mut lines = Vec::new();
    let past = JournalPast { records: vec![record], ..JournalPast::default() };
    export(past, &mut |line| {
        lines.push(serde_json::from_str(line).expect("JSON"));
        Ok(())
    })
    .expect("it can be read");
    lines
}

#[test]
fn what_anybody_wrote_is_in_no_line() {
    let account = AccountId(0);
    let scan = PendingScan { qrcode: Some(secret()), data: Some(secret()), ..PendingScan::default() };
    let code = PendingCode { id: "v1".into(), message: Some(secret()), ..PendingCode::default() };
    let slide = PendingSlide { program: secret(), secret: secret(), ..PendingSlide::default() };
    let (room, id) = (String::from("1@chatroom"), String::from("m2"));
    let topic = WeChatEvent::RoomTopic {
        room: room.clone(),
        changer: "wxid_alice".into(),
        new: secret(),
        old: secret(),
        timestamp: None,
    };
    let lines = exported(vec![
        Input::Link { account, fact: LinkFact::Lost { cause: secret() } },
        Input::Link { account, fact: LinkFact::Logout { reason: secret() } },
        Input::Link { account, fact: LinkFact::Scan(scan) },
        Input::Link { account, fact: LinkFact::Challenge(LoginChallenge::Code(code)) },
        Input::Link { account, fact: LinkFact::Challenge(LoginChallenge::Slide(slide)) },
        Input::Event { account, event: topic },
        Input::Room {
            account,
            room: room.clone(),
            topic: secret(),
            members: Vec::new(),
            owner: String::new(),
            admins: Vec::new(),
        },
        Input::DingFailed { account, cause: secret() },
        Input::Ding { client: Some(ClientId(3)), bot: BotId(0), data: secret() },
        Input::Message {
            account,
            message: MessageFacts { id, content: 4_711, room, ..MessageFacts::default() },
        },
    ]);
    let text = lines.iter().map(Value::to_string).collect::<Vec<_>>().join("\n");
    assert_eq!(lines.len(), 12, "{text}");
    assert!(!text.contains(SECRET) && !text.contains("4711") && !text.contains("insecure"), "{text}");
    assert!(text.contains("v1") && text.contains("m2"), "what it is about is told: {text}");
    assert!(text.contains("wxid_alice"), "who did it is told: {text}");
}

#[test]
fn a_line_says_when_who_and_what_came_of_it() {
    let lines = exported(vec![Input::SendEnds {
        send: SendId(4),
        account: AccountId(0),
        conversation: "1@chatroom".into(),
        outcome: SendResult::Sent { id: "m9".into() },
    }]);
    let [begins, page, ends] = &lines[..] else { panic!("{lines:?}") };
    assert_eq!(begins["accounts"], json!(["north"]));
    assert_eq!((&page["bytes"], &page["author"]), (&json!(SECRET.len()), &json!("north")));
    let at = ends["at"].as_str().expect("a time");
    assert!(at.len() == 24 && at.ends_with('Z'), "{at}");
    let told = json!({
        "position": 7, "at": at, "what": "SendEnds", "send": 4, "account": "north", "conversation": "1@chatroom",
        "outcome": { "Sent": { "id": "m9" } },
    });
    assert_eq!(ends, &told);
}
