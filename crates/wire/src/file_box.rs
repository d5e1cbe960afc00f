//! FileBox: how a file travels inside a text field, as JSON.

use base64::{Engine as _, prelude::BASE64_STANDARD};
use serde_json::{Map, Value};

use crate::text;

/// A file as FileBox JSON. Fields that we don't know stay as they came. Two are equal that say the same, however they were
/// spelled when they came.
#[derive(Debug, Clone)]
pub struct FileBox {
    fields: Map<String, Value>,
    kind: FileBoxType,
    /// Whether a spelling was added that it came without.
    is_mended: bool,
}

impl PartialEq for FileBox {
    fn eq(&self, other: &Self) -> bool {
        let Self { fields, kind, is_mended: _ } = self;
        *fields == other.fields && *kind == other.kind
    }
}

/// Where a FileBox has its bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileBoxType {
    /// In the JSON itself.
    Base64,
    /// Behind a URL.
    Url,
    /// It is the text of a QR code.
    QrCode,
    /// In the registry of one puppet service, fetched by its `Download`.
    Uuid,
}

/// Every kind, its number in `type` and `boxType`, and the field that must go with it.
const KINDS: [(FileBoxType, u64, &str); 4] = [
    (FileBoxType::Base64, 1, FileBoxType::Base64.field()),
    (FileBoxType::Url, 2, FileBoxType::Url.field()),
    (FileBoxType::QrCode, 3, FileBoxType::QrCode.field()),
    (FileBoxType::Uuid, 7, FileBoxType::Uuid.field()),
];

impl FileBoxType {
    /// The field that leads to the bytes.
    const fn field(self) -> &'static str {
        match self {
            Self::Base64 => "base64",
            Self::Url => "url",
            Self::QrCode => "qrCode",
            Self::Uuid => "uuid",
        }
    }
}

impl FileBox {
    /// Reads FileBox JSON.
    ///
    /// # Errors
    /// Says what is missing or wrong in it.
    pub fn parse(json: &str) -> Result<Self, BadFileBox> {
        // Half an emoji in a name is no reason to lose the file.
        let read = serde_json::from_str(json).or_else(|_| serde_json::from_str(&text::in_json(json)));
        let mut fields = match read {
            Ok(Value::Object(fields)) => fields,
            Ok(_) => return Err(BadFileBox::NotAnObject),
            Err(error) => return Err(BadFileBox::Json(error.to_string())),
        };
        let number = ["type", "boxType"].iter().find_map(|key| fields.get(*key)?.as_u64().filter(|n| *n > 0));
        let number = number.ok_or(BadFileBox::NoType)?;
        let (kind, _, payload) =
            *KINDS.iter().find(|(_, n, _)| *n == number).ok_or(BadFileBox::UnknownType(number))?;
        let is_mended = spell(&mut fields, kind, number);
        if !fields.get(payload).is_some_and(Value::is_string) {
            return Err(BadFileBox::NoPayload { kind, field: payload });
        }
        Ok(Self { fields, kind, is_mended })
    }

    /// Whether the JSON that it was read from lacked a spelling that some client reads, which [`FileBox::to_json`] has.
    pub fn is_mended(&self) -> bool {
        self.is_mended
    }

    /// A file with its bytes inside.
    pub fn from_bytes(name: &str, bytes: &[u8]) -> Self {
        Self::build(FileBoxType::Base64, name, BASE64_STANDARD.encode(bytes), Some(bytes.len()))
    }

    /// A file behind a URL.
    pub fn from_url(name: &str, url: &str) -> Self {
        Self::build(FileBoxType::Url, name, url.to_owned(), None)
    }

    /// The text of a QR code.
    pub fn from_qr_code(text: &str) -> Self {
        Self::build(FileBoxType::QrCode, "qrcode.png", text.to_owned(), None)
    }

    /// A file in the registry of a puppet service.
    pub fn from_uuid(name: &str, uuid: &str, size: Option<usize>) -> Self {
        Self::build(FileBoxType::Uuid, name, uuid.to_owned(), size)
    }

    fn build(kind: FileBoxType, name: &str, payload: String, size: Option<usize>) -> Self {
        let mut file = Self { fields: Map::new(), kind, is_mended: false };
        file.fields.insert("name".into(), name.into());
        file.fields.insert("metadata".into(), Value::Object(Map::new()));
        if let Some(size) = size {
            file.fields.insert("size".into(), size.into());
        }
        file.put(kind, payload);
        file
    }

    /// Where the bytes are.
    pub fn kind(&self) -> FileBoxType {
        self.kind
    }

    /// The file's name.
    pub fn name(&self) -> &str {
        self.text("name").unwrap_or_default()
    }

    /// The id in a service's registry, if the bytes are there.
    pub fn uuid(&self) -> Option<&str> {
        self.text("uuid").filter(|_| self.kind == FileBoxType::Uuid)
    }

    /// The URL, if the bytes are behind one.
    pub fn url(&self) -> Option<&str> {
        self.text("url").filter(|_| self.kind == FileBoxType::Url)
    }

    /// The same file under another name.
    pub fn named(mut self, name: &str) -> Self {
        self.fields.insert("name".into(), name.into());
        self
    }

    /// The same file with its bytes in a registry under `uuid`.
    pub fn with_uuid(mut self, uuid: &str) -> Self {
        self.put(FileBoxType::Uuid, uuid.to_owned());
        self
    }

    /// The same file with its bytes inside.
    pub fn with_bytes(mut self, bytes: &[u8]) -> Self {
        self.put(FileBoxType::Base64, BASE64_STANDARD.encode(bytes));
        self
    }

    /// The bytes as base64, if they are inside.
    pub fn base64(&self) -> Option<&str> {
        self.text("base64").filter(|_| self.kind == FileBoxType::Base64)
    }

    /// The bytes, if they are inside.
    pub fn bytes(&self) -> Option<Vec<u8>> {
        BASE64_STANDARD.decode(self.base64()?).ok()
    }

    /// The JSON text, with both spellings of each field that clients read.
    pub fn to_json(&self) -> String {
        serde_json::to_string(&self.fields).unwrap_or_default()
    }

    fn put(&mut self, kind: FileBoxType, payload: impl Into<Value>) {
        for (other, number, field) in KINDS {
            self.fields.remove(field);
            if other == kind {
                self.fields.insert("type".into(), number.into());
                self.fields.insert("boxType".into(), number.into());
            }
        }
        let payload = payload.into();
        if kind == FileBoxType::Url {
            // The Python client's spelling.
            self.fields.insert("remoteUrl".into(), payload.clone());
        }
        self.fields.insert(kind.field().into(), payload);
        self.kind = kind;
    }

    fn text(&self, key: &str) -> Option<&str> {
        self.fields.get(key)?.as_str()
    }
}

/// Adds the spellings that are missing, and says whether any was: TypeScript reads `type` and `url`, all others `boxType` and
/// `remoteUrl`, and each writes its own.
fn spell(fields: &mut Map<String, Value>, kind: FileBoxType, number: u64) -> bool {
    let mut is_mended = false;
    for key in ["type", "boxType"] {
        if fields.get(key).and_then(Value::as_u64) != Some(number) {
            fields.insert(key.into(), number.into());
            is_mended = true;
        }
    }
    for (key, other) in [("url", "remoteUrl"), ("remoteUrl", "url")] {
        let text = |key: &str| fields.get(key).filter(|it| it.is_string());
        if kind == FileBoxType::Url
            && text(key).is_none()
            && let Some(url) = text(other).cloned()
        {
            fields.insert(key.into(), url);
            is_mended = true;
        }
    }
    is_mended
}

/// What is wrong with FileBox JSON. Its sender's fault; nothing was sent or changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadFileBox {
    /// Not JSON.
    #[error("the file is not FileBox JSON: {0}")]
    Json(String),
    /// JSON, but not an object.
    #[error("the file is not FileBox JSON: an object is expected")]
    NotAnObject,
    /// Neither `type` nor `boxType`.
    #[error("the FileBox has no `type`")]
    NoType,
    /// A type that can't travel (a stream, a local file) or that nobody knows.
    #[error("the FileBox has type {0}; Base64 (1), Url (2), QRCode (3) and Uuid (7) can travel")]
    UnknownType(u64),
    /// The field with the bytes, or with the way to them, is missing.
    #[error("the FileBox of type {kind:?} has no text in `{field}`")]
    NoPayload {
        /// Its kind.
        kind: FileBoxType,
        /// The missing field.
        field: &'static str,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_survive_the_way_there_and_back() {
        let json = FileBox::from_bytes("a.bin", &[0, 1, 255]).to_json();
        let file = FileBox::parse(&json).expect("our own JSON");
        assert_eq!(
            (file.kind(), file.name(), file.bytes()),
            (FileBoxType::Base64, "a.bin", Some(vec![0, 1, 255]))
        );
    }

    #[test]
    fn both_spellings_of_the_type_are_read_and_written() {
        let file = FileBox::parse(r#"{"boxType":7,"uuid":"u","name":"n"}"#).expect("a python FileBox");
        assert_eq!(file.uuid(), Some("u"));
        assert!(FileBox::from_uuid("n", "u", None).to_json().contains(r#""boxType":7"#));
        let url = r#"{"type":2,"boxType":2,"url":"http://x/","remoteUrl":"http://x/","name":"n"}"#;
        for spelled in [
            r#"{"boxType":2,"remoteUrl":"http://x/","name":"n"}"#,
            r#"{"type":2,"boxType":2,"url":"http://x/","name":"n"}"#,
            r#"{"boxType":2,"remoteUrl":"http://x/","url":null,"name":"n"}"#,
        ] {
            let file = FileBox::parse(spelled).expect("a URL");
            let fields = |json: &str| serde_json::from_str::<Value>(json).expect("JSON");
            assert_eq!(fields(&file.to_json()), fields(url), "{spelled}");
            assert!(file.is_mended() && !FileBox::parse(&file.to_json()).expect("a URL").is_mended());
        }
        let bare = FileBox::parse(r#"{"type":3,"qrCode":"x","name":"n"}"#).expect("a QR code");
        let again = FileBox::parse(&bare.to_json()).expect("a QR code");
        assert!(bare.is_mended() && !again.is_mended());
        assert_eq!(again, bare, "it says the same");
        let of_java = r#"{"boxType":1,"base64":"AA==","name":"n"}"#;
        let file = FileBox::parse(of_java).expect("a file");
        assert!(file.is_mended() && file.to_json().contains(r#""type":1"#));
    }

    #[test]
    fn unknown_fields_stay() {
        let json = r#"{"type":7,"uuid":"a","name":"n","md5":"m","future":[1]}"#;
        let json = FileBox::parse(json).expect("valid").with_uuid("b").to_json();
        assert!(
            json.contains(r#""future":[1]"#)
                && json.contains(r#""md5":"m""#)
                && json.contains(r#""uuid":"b""#)
        );
    }

    #[test]
    fn half_an_emoji_in_a_name_costs_the_half_only() {
        let file = FileBox::parse(r#"{"type":7,"uuid":"u","name":"a\ud83d.png"}"#).expect("a file");
        assert_eq!((file.name(), file.uuid()), ("a\u{fffd}.png", Some("u")));
    }

    #[test]
    fn what_is_wrong_is_said() {
        let wrong = |json| FileBox::parse(json).expect_err("malformed");
        assert!(matches!(wrong("{"), BadFileBox::Json(_)));
        assert_eq!(wrong("[]"), BadFileBox::NotAnObject);
        assert_eq!(wrong("{}"), BadFileBox::NoType);
        assert_eq!(wrong(r#"{"type":4}"#), BadFileBox::UnknownType(4));
        assert_eq!(
            wrong(r#"{"type":1}"#),
            BadFileBox::NoPayload { kind: FileBoxType::Base64, field: "base64" }
        );
    }
}
