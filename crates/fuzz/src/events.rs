//! Event JSON of puppets: what can be read is written so that every client can read it, and reads as the same again.

use ha_wechaty_wire::{
    PuppetEvent,
    event::NEEDED,
    puppet::{EventResponse, EventType},
    text,
};
use serde_json::Value;

/// Reads an event whose type is the first byte, and whose payload are the others.
///
/// # Panics
/// Something does not hold.
pub fn challenge(input: &[u8]) {
    let Some((kind, payload)) = input.split_first() else { return };
    // What a peer of JavaScript writes may be half an emoji.
    let payload = text::from_bytes(payload).into_owned();
    is_mended(&payload);
    let kind = match kind {
        0..=250 => i32::from(kind % 28),
        kind => -i32::from(*kind),
    };
    match PuppetEvent::parse(&EventResponse { r#type: kind, payload, ..Default::default() }) {
        Ok(event) => is_written(kind, &event),
        // The text of the payload is not repeated.
        Err(error) => assert!(error.to_string().len() < 256, "{error}"),
    }
}

/// Mending is done at once, and what needs none stays as it is.
fn is_mended(json: &str) {
    let mended = text::in_json(json);
    assert_eq!(text::in_json(&mended), mended, "what is mended needs no mending");
    if serde_json::from_str::<Value>(json).is_ok() {
        assert_eq!(mended, json, "what can be read is not touched");
    }
    assert_eq!(text::from_bytes(json.as_bytes()), json, "text is text");
}

fn is_written(kind: i32, event: &PuppetEvent) {
    let response = event.to_response();
    assert_eq!(response.r#type, kind);
    assert_eq!(PuppetEvent::parse(&response).as_ref(), Ok(event), "it reads as the same again");
    let fields: Value = serde_json::from_str(&response.payload).expect("what we write is JSON");
    let needed = NEEDED.iter().find(|(of, _)| EventType::try_from(kind) == Ok(*of));
    let (_, needed) = needed.expect("each event has its fields");
    for field in *needed {
        let it = fields.get(field);
        assert!(
            it.is_some_and(|it| it.is_string() || it.is_number() || it.is_array()),
            "{field} of {fields}"
        );
    }
}
