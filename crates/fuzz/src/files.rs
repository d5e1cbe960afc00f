//! FileBox JSON: what can be read keeps what it says, whatever it is made into.

use ha_wechaty_wire::{FileBox, file_box::FileBoxType, text};

/// Reads a FileBox.
///
/// # Panics
/// Something does not hold.
pub fn challenge(input: &[u8]) {
    let json = text::from_bytes(input);
    let Ok(file) = FileBox::parse(&json) else { return };
    let again = FileBox::parse(&file.to_json()).expect("what we write can be read");
    assert_eq!(again, file, "it reads as the same again");
    let payloads = [file.uuid().is_some(), file.url().is_some(), file.base64().is_some()];
    assert!(payloads.iter().filter(|it| **it).count() <= 1, "a file has one payload: {payloads:?}");
    // As it is handed on: to an account, to a bot, to a bot that knows no uuid.
    let named = file.clone().named("other.png");
    assert_eq!((named.name(), named.kind()), ("other.png", file.kind()));
    let handed = file.clone().with_uuid("uuid~north");
    assert_eq!(
        (handed.uuid(), handed.kind(), handed.name()),
        (Some("uuid~north"), FileBoxType::Uuid, file.name())
    );
    let inside = handed.with_bytes(input);
    assert_eq!((inside.bytes().as_deref(), inside.uuid(), inside.name()), (Some(input), None, file.name()));
    let read = FileBox::parse(&inside.to_json()).expect("what we write can be read");
    assert_eq!(read.bytes(), inside.bytes());
}
