//! Row 8: half an emoji, both ways: bytes that are no UTF-8, as JavaScript peers write them.

use std::{collections::BTreeSet, time::Duration};

use anyhow::Result;
use ha_wechaty_sim::{Fault, RpcSelection};
use ha_wechaty_wire::{
    PuppetEvent,
    puppet::{EventRequest, MessagePayloadRequest},
};
use tokio::time::{Instant, timeout_at};

use super::{
    figure::{Figure, Figures},
    peer::{Guest, framed},
    pulse::connect,
    scene::{BOT, Ground},
};
use crate::stage::Descriptors;

const TEXTS: usize = 8;
const DEADLINE: Duration = Duration::from_secs(20);

/// Half an emoji as JavaScript writes it into protobuf.
const HALF: &[u8] = b"\xed\xa0\xbd";

pub(super) async fn attack(ground: Ground<'_>) -> Result<Vec<Figure>> {
    let mut figures = Figures::of(ground, "8 half an emoji");
    let scene = ground.scene(&[], Descriptors::Many).await?;
    let bot = connect(scene.serve.gateway, BOT).await?;
    let mut events = bot.puppet().event(EventRequest::default()).await?.into_inner();
    // In private, so that one account alone shows it.
    let phone = &scene.phones[0];
    for number in 0..TEXTS {
        let text = [format!("in {number} ").as_bytes(), HALF].concat();
        let message = [
            field(1, format!("message-{number}").as_bytes()),
            field(3, &text),
            vec![5 << 3, 7],
            field(6, scene.alice.id().as_bytes()),
            field(8, phone.id().as_bytes()),
        ]
        .concat();
        let calls = RpcSelection::named("MessagePayload");
        phone.fail(Fault::Reply { calls, message, times: 1 });
    }
    for number in 0..TEXTS {
        scene.alice.says(phone, &format!("in {number}"));
    }
    let (mut heard, until) = (BTreeSet::new(), Instant::now() + DEADLINE);
    while heard.len() < TEXTS {
        let Ok(event) = timeout_at(until, events.message()).await else { break };
        let Some(event) = event? else { break };
        if let Ok(PuppetEvent::Message { id }) = PuppetEvent::parse(&event) {
            let payload = bot.puppet().message_payload(MessagePayloadRequest { id }).await?.into_inner();
            if payload.text.starts_with("in ") && payload.text.ends_with('\u{fffd}') {
                heard.insert(payload.text);
            }
        }
    }
    figures.count("texts that a bot does not hear, of 8", "2", TEXTS - heard.len(), 0);

    let mut guest = Guest::new(0, scene.serve.gateway).await?;
    let (token, mut refused) = (format!("Wechaty {BOT}"), 0);
    for number in 0..TEXTS {
        let text = [format!("out {number} ").as_bytes(), HALF].concat();
        let request = framed(&[field(1, scene.room.id().as_bytes()), field(2, &text)].concat());
        let code =
            guest.asks(&[("authorization", &token)], "wechaty.Puppet/MessageSendText", request).await?;
        refused += usize::from(code != 0);
    }
    figures.count("texts of a bot that are refused, of 8", "8", refused, 0);
    let said = scene.world.ledger().sent_by_accounts();
    let said = said.iter().filter(|it| it.text().is_some_and(|text| text.starts_with("out "))).count();
    figures.count("texts of a bot that nobody sees, of 8", "8", TEXTS.saturating_sub(said), 0);

    // An event that is no JSON of ours costs the account nothing.
    let streams = phone.calls("Event");
    for payload in ["{\"messageId\": \"\\udc00\"", "\u{0}", "{}", "[]", ""] {
        phone.fail(Fault::GarbageEvent(payload.to_owned()));
    }
    scene.alice.says(phone, "after it");
    let until = Instant::now() + DEADLINE;
    let after = async {
        loop {
            let event = events.message().await?;
            let Some(event) = event else { return anyhow::Ok(false) };
            if let Ok(PuppetEvent::Message { id }) = PuppetEvent::parse(&event) {
                let payload = bot.puppet().message_payload(MessagePayloadRequest { id }).await?.into_inner();
                if payload.text == "after it" {
                    return Ok(true);
                }
            }
        }
    };
    let is_heard = matches!(timeout_at(until, after).await, Ok(Ok(true)));
    figures.count("what comes after odd events is lost", "", usize::from(!is_heard), 0);
    figures.count("the account was dialled again", "", (phone.calls("Event") - streams) as usize, 0);
    Ok(figures.all())
}

/// A field of protobuf with bytes.
fn field(number: u8, bytes: &[u8]) -> Vec<u8> {
    [&[number << 3 | 2, bytes.len() as u8], bytes].concat()
}
