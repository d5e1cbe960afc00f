//! What somebody sent to the official account, and what is answered.

use super::{
    sign,
    xml::{self, Field, Fields},
};

/// WeChat's ids have 28 characters; no more than this is kept or answered.
const LONGEST_USER: usize = 128;

/// A message or an event.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Message {
    /// The official account.
    pub to: String,
    /// Who sent it.
    pub from: String,
    /// When, in WeChat's own seconds.
    pub created: u64,
    /// What makes it the same as another.
    pub identity: Identity,
    /// What it says.
    pub content: Content,
}

/// What makes two calls of WeChat's the same message.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Identity {
    /// Messages have an id.
    Id(u64),
    /// Events have none: sender and time must do.
    Event {
        /// `FromUserName`.
        from: Box<str>,
        /// `CreateTime`.
        created: u64,
    },
}

/// What a message says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// A text.
    Text(String),
    /// Anything else: a picture, somebody following, …
    Other,
}

impl Message {
    /// Finds the message in its fields; nothing if one is missing or can't be what WeChat writes there.
    pub fn from_fields(fields: &Fields) -> Option<Self> {
        let user = |field| fields.get(field).filter(|user| is_user(user)).map(str::to_owned);
        let number = |field| fields.get(field).map(|number| number.trim().parse::<u64>());
        let (to, from) = (user(Field::ToUserName)?, user(Field::FromUserName)?);
        let created = number(Field::CreateTime)?.ok()?;
        let content = match fields.get(Field::MsgType)?.trim() {
            "" => return None,
            "text" => Content::Text(fields.get(Field::Content)?.to_owned()),
            _ => Content::Other,
        };
        let identity = match number(Field::MsgId) {
            Some(id) => Identity::Id(id.ok()?),
            None => Identity::Event { from: from.as_str().into(), created },
        };
        Some(Self { to, from, created, identity, content })
    }
}

fn is_user(user: &str) -> bool {
    (1..=LONGEST_USER).contains(&user.len()) && !user.chars().any(|c| c.is_control() || c.is_whitespace())
}

/// A text that is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reply<'a> {
    /// Who gets it: the message's sender.
    pub to: &'a str,
    /// The official account.
    pub from: &'a str,
    /// When, in seconds since 1970.
    pub created: u64,
    /// The text.
    pub content: &'a str,
}

impl Reply<'_> {
    /// As WeChat reads it.
    pub fn to_xml(self) -> String {
        xml::write(&[
            (Field::ToUserName, self.to),
            (Field::FromUserName, self.from),
            (Field::CreateTime, &self.created.to_string()),
            (Field::MsgType, "text"),
            (Field::Content, self.content),
        ])
    }
}

/// An encrypted answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sealed<'a> {
    /// The answer, encrypted.
    pub encrypt: &'a str,
    /// When, in seconds since 1970.
    pub timestamp: u64,
    /// Something random.
    pub nonce: &'a str,
}

impl Sealed<'_> {
    /// As WeChat reads it, signed with the token.
    pub fn to_xml(self, token: &str) -> String {
        let timestamp = self.timestamp.to_string();
        xml::write(&[
            (Field::Encrypt, self.encrypt),
            (Field::MsgSignature, &sign([token, &timestamp, self.nonce, self.encrypt])),
            (Field::TimeStamp, &timestamp),
            (Field::Nonce, self.nonce),
        ])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(fields: &[(Field, &str)]) -> Option<Message> {
        Message::from_fields(&Fields::parse(xml::write(fields).as_bytes()).expect("it was just written"))
    }

    const HEAD: [(Field, &str); 3] =
        [(Field::ToUserName, "gh_1"), (Field::FromUserName, "oA"), (Field::CreateTime, "1348831860")];

    fn with(fields: &[(Field, &str)]) -> Option<Message> {
        message(&[&HEAD, fields].concat())
    }

    #[test]
    fn a_text_is_known_by_its_id() {
        let text =
            with(&[(Field::MsgType, "text"), (Field::Content, "ding"), (Field::MsgId, "1234567890123456")]);
        let expected = Message {
            to: "gh_1".to_owned(),
            from: "oA".to_owned(),
            created: 1_348_831_860,
            identity: Identity::Id(1_234_567_890_123_456),
            content: Content::Text("ding".to_owned()),
        };
        assert_eq!(text, Some(expected));
    }

    #[test]
    fn an_event_is_known_by_its_sender_and_time() {
        let event = with(&[(Field::MsgType, "event")]).expect("it is complete");
        assert_eq!(event.identity, Identity::Event { from: "oA".into(), created: 1_348_831_860 });
        assert_eq!(event.content, Content::Other);
    }

    #[test]
    fn every_field_of_the_head_is_needed() {
        for missing in 0..HEAD.len() {
            let mut fields = HEAD.to_vec();
            fields.remove(missing);
            fields.push((Field::MsgType, "event"));
            assert_eq!(message(&fields), None);
        }
        assert_eq!(with(&[]), None);
        assert_eq!(with(&[(Field::MsgType, "text"), (Field::MsgId, "1")]), None);
    }

    #[test]
    fn numbers_are_numbers_and_users_are_short() {
        assert_eq!(with(&[(Field::MsgType, "image"), (Field::MsgId, "x")]), None);
        for user in ["", "a b", "a\u{7}", &"x".repeat(129)] {
            let fields = [(Field::ToUserName, "gh_1"), (Field::FromUserName, user)];
            assert_eq!(
                message(&[&fields[..], &[HEAD[2], (Field::MsgType, "event")]].concat()),
                None,
                "{user}"
            );
        }
    }
}
