//! Every RPC: what a bot asks, what its account's puppet answers to that, and what accounts tell meanwhile.
//!
//! An input is a few steps, each of which is a call of a bot's or an event of an account's. Requests, answers and
//! events are made by the protocol's descriptors, and broken now and then.

use arbitrary::Unstructured;
use bytes::Bytes;
use ha_wechaty::fuzzing::{Called, House, Told};
use ha_wechaty_wire::{PuppetEvent, SERVICE, puppet::EventResponse};
use prost::Message as _;
use prost_reflect::MessageDescriptor;

use super::{
    BOTS, Shared, house,
    shape::{framed, message, words},
    watched,
};
use crate::{
    draw::{byte, pick, pick_from, text, yes},
    told,
};

/// Steps of one input, and answers that puppets give in each.
const STEPS: usize = 8;
const ANSWERS: usize = 4;
/// Codes of gRPC, which are all that there are.
const CODES: u32 = 17;
const INTERNAL: u32 = 13;
const UNKNOWN: u32 = 2;

type Rpc = (&'static str, MessageDescriptor, MessageDescriptor);

thread_local! {
    /// What one input leaves behind may matter to the next; so it is another house soon.
    static HOUSE: Shared<House> = const { Shared::new() };
}

/// Plays the steps.
///
/// # Panics
/// Something does not hold.
pub fn challenge(input: &[u8]) {
    HOUSE.with(|shared| {
        shared.with(50, || house("off", ""), |house| watched(|| play(house, &mut Unstructured::new(input))));
    });
}

fn play(house: &mut House, bytes: &mut Unstructured<'_>) {
    let rpcs = house.rpcs();
    for _ in 0..STEPS {
        if bytes.is_empty() {
            break;
        }
        let rpc = rpcs[pick(bytes, rpcs.len())].clone();
        let answers: Vec<Told> = (0..pick(bytes, ANSWERS)).map(|_| answer(bytes, &rpc)).collect();
        house.answers(answers);
        match pick(bytes, 4) {
            0 => tells(house, bytes, &rpcs),
            _ => calls(house, bytes, &rpc),
        }
        is_heard(&house.heard());
    }
}

/// What a puppet answers.
fn answer(bytes: &mut Unstructured<'_>, (_, _, answer): &Rpc) -> Told {
    let status = match byte(bytes) {
        0..=199 => (0, String::new()),
        // Any but the one that a defect of ours would have.
        it => (Some(u32::from(it) % 19).filter(|it| *it != INTERNAL).unwrap_or(UNKNOWN), words(bytes)),
    };
    let count = if byte(bytes) < 230 { 1 } else { pick(bytes, 4) };
    let body = (0..count).flat_map(|_| {
        let wire = message(bytes, answer);
        framed(bytes, &wire)
    });
    Told { body: body.collect(), status }
}

fn tells(house: &House, bytes: &mut Unstructured<'_>, rpcs: &[Rpc]) {
    let event = rpcs.iter().find(|(name, ..)| *name == "Event").map(|(_, _, event)| event);
    let account = byte(bytes) % 4;
    let told = match byte(bytes) {
        0..=199 => {
            let kind = pick_from(bytes, [2, 3, 16, 17, 18, 19, 20, 21, 22, 23, 25, 26, 27, 0, -1]);
            let keys = [
                "messageId",
                "friendshipId",
                "roomInvitationId",
                "roomId",
                "contactId",
                "payloadId",
                "payloadType",
                "timestamp",
                "inviteeIdList",
                "removeeIdList",
                "inviterId",
                "newTopic",
                "data",
                "status",
                "gerror",
            ];
            let fields = (0..pick(bytes, 6)).map(|_| {
                let key = keys[pick(bytes, keys.len())];
                let value =
                    if yes(bytes) { words(bytes).into() } else { serde_json::Value::from(byte(bytes)) };
                (key.to_owned(), value)
            });
            let payload = serde_json::Value::Object(fields.collect()).to_string();
            EventResponse { r#type: kind, payload, ..Default::default() }.encode_to_vec()
        }
        _ => event.map(|event| message(bytes, event)).unwrap_or_default(),
    };
    self::told(|| format!("account {account} tells {}", told.escape_ascii()));
    house.tells(account, &told);
}

fn calls(house: &mut House, bytes: &mut Unstructured<'_>, (name, request, _): &Rpc) {
    let count = if byte(bytes) < 200 { 1 } else { pick(bytes, 5) };
    let (mut body, mut is_whole) = (Vec::new(), count == 1);
    for _ in 0..count {
        let wire = message(bytes, request);
        let frames: Vec<Bytes> = framed(bytes, &wire);
        is_whole &= frames.concat() == [&[0][..], &(wire.len() as u32).to_be_bytes(), &wire].concat();
        body.extend(frames);
    }
    let path = match byte(bytes) {
        0..=249 => format!("/{SERVICE}/{name}"),
        _ => format!("/{}", text(bytes, 40)),
    };
    let token = match byte(bytes) {
        0..=239 => format!("Wechaty {}", BOTS[pick(bytes, 2)]),
        _ => text(bytes, 40),
    };
    let agent: &[u8] = if yes(bytes) { b"Python/3 grpclib/0.4" } else { b"grpc-node-js/1.9" };
    let mut headers = vec![
        ("content-type", &b"application/grpc"[..]),
        ("te", b"trailers"),
        ("authorization", token.as_bytes()),
        ("user-agent", agent),
    ];
    let (odd, encoding) = (byte(bytes), ["gzip", "identity", "x"]);
    let value = encoding[pick(bytes, 3)].as_bytes();
    if odd > 240 {
        headers.push((["grpc-encoding", "grpc-accept-encoding", "grpc-timeout"][pick(bytes, 3)], value));
    }
    told(|| format!("{path} of {token:?}: {}", body.concat().escape_ascii()));
    let Some(called) = house.call(&path, &headers, body, *name == "Event") else { return };
    told(|| format!("{called:?}"));
    is_right(house, name, &called, is_whole && odd <= 240);
}

/// A call ends in one way, and what it is answered with is what it should be.
fn is_right(house: &House, name: &str, called: &Called, is_whole: bool) {
    let Called { code, words, body } = called;
    match code {
        None => assert_eq!(name, "Event", "only events go on"),
        Some(code) => assert!(*code < CODES, "{called:?}"),
    }
    let is_defect = *code == Some(INTERNAL) && is_whole && !words.contains("protocol error");
    assert!(!is_defect, "{name}: {words}");
    let mut rest = body.as_slice();
    while let Some((head, more)) = rest.split_first_chunk::<5>() {
        assert_eq!(head[0], 0, "{called:?}");
        let length = u32::from_be_bytes([head[1], head[2], head[3], head[4]]) as usize;
        let (answer, more) = more.split_at_checked(length).expect("an answer is whole");
        rest = more;
        // Of other services, or of another RPC.
        if house.read(name, answer).is_ok() {
            for contact in house.contacts(name, answer) {
                let is_own = ["wxid_north", "wxid_south", "wxid_west"].contains(&contact.as_str());
                assert!(!is_own, "{name} names an account: {contact}");
            }
        }
    }
    assert!(rest.is_empty(), "an answer is whole");
    is_secret(words.as_bytes());
    is_secret(body);
}

/// Nothing says a token of an account's, nor a bot's to another.
fn is_secret(said: &[u8]) {
    for secret in ["n0rth", "s0uth", "w3st"] {
        assert!(!said.windows(secret.len()).any(|it| it == secret.as_bytes()), "{}", said.escape_ascii());
    }
}

/// What bots are given on their streams all clients can read.
fn is_heard(heard: &[u8]) {
    let mut rest = heard;
    while let Some((head, more)) = rest.split_first_chunk::<5>() {
        let length = u32::from_be_bytes([head[1], head[2], head[3], head[4]]) as usize;
        // The rest of it comes later.
        let Some((event, more)) = more.split_at_checked(length) else { return };
        let event = EventResponse::decode(event).expect("an event is one");
        assert!(PuppetEvent::parse(&event).is_ok(), "{event:?}");
        rest = more;
    }
}
