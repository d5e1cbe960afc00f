//! What somebody sent to the official account, and what is answered.

use super::{
    sign,
    xml::{self, Fields, XmlField},
};

/// WeChat's ids have 28 characters; no more than this is kept or answered.
const LONGEST_USER: usize = 128;

/// A message or an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallbackMessage {
    /// The official account.
    pub to: String,
    /// Who sent it.
    pub from: String,
    /// When, in WeChat's own seconds.
    pub created: u64,
    /// What makes it the same as another.
    pub identity: CallbackId,
    /// What it says.
    pub content: CallbackContent,
}

/// What makes two calls of WeChat's the same message.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum CallbackId {
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
pub enum CallbackContent {
    /// A text.
    Text(String),
    /// Anything else: a picture, somebody following, …
    Other,
}

impl CallbackMessage {
    /// Finds the message in its fields; nothing if one is missing or can't be what WeChat writes there.
    pub fn from_fields(fields: &Fields) -> Option<Self> {
        let user = |field| fields.get(field).filter(|user| is_user(user)).map(str::to_owned);
        let number = |field| fields.get(field).map(|number| number.trim().parse::<u64>());
        let (to, from) = (user(XmlField::ToUserName)?, user(XmlField::FromUserName)?);
        let created = number(XmlField::CreateTime)?.ok()?;
        let content = match fields.get(XmlField::MsgType)?.trim() {
            "" => return None,
            "text" => CallbackContent::Text(fields.get(XmlField::Content)?.to_owned()),
            _ => CallbackContent::Other,
        };
        let identity = match number(XmlField::MsgId) {
            Some(id) => CallbackId::Id(id.ok()?),
            None => CallbackId::Event { from: from.as_str().into(), created },
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
            (XmlField::ToUserName, self.to),
            (XmlField::FromUserName, self.from),
            (XmlField::CreateTime, &self.created.to_string()),
            (XmlField::MsgType, "text"),
            (XmlField::Content, self.content),
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
            (XmlField::Encrypt, self.encrypt),
            (XmlField::MsgSignature, &sign([token, &timestamp, self.nonce, self.encrypt])),
            (XmlField::TimeStamp, &timestamp),
            (XmlField::Nonce, self.nonce),
        ])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(fields: &[(XmlField, &str)]) -> Option<CallbackMessage> {
        CallbackMessage::from_fields(
            &Fields::parse(xml::write(fields).as_bytes()).expect("it was just written"),
        )
    }

    const HEAD: [(XmlField, &str); 3] = [
        (XmlField::ToUserName, "gh_1"),
        (XmlField::FromUserName, "oA"),
        (XmlField::CreateTime, "1348831860"),
    ];

    fn with(fields: &[(XmlField, &str)]) -> Option<CallbackMessage> {
        message(&[&HEAD, fields].concat())
    }

    #[test]
    fn a_text_is_known_by_its_id() {
        let text = with(&[
            (XmlField::MsgType, "text"),
            (XmlField::Content, "ding"),
            (XmlField::MsgId, "1234567890123456"),
        ]);
        let expected = CallbackMessage {
            to: "gh_1".to_owned(),
            from: "oA".to_owned(),
            created: 1_348_831_860,
            identity: CallbackId::Id(1_234_567_890_123_456),
            content: CallbackContent::Text("ding".to_owned()),
        };
        assert_eq!(text, Some(expected));
    }

    #[test]
    fn an_event_is_known_by_its_sender_and_time() {
        let event = with(&[(XmlField::MsgType, "event")]).expect("it is complete");
        assert_eq!(event.identity, CallbackId::Event { from: "oA".into(), created: 1_348_831_860 });
        assert_eq!(event.content, CallbackContent::Other);
    }

    #[test]
    fn every_field_of_the_head_is_needed() {
        for missing in 0..HEAD.len() {
            let mut fields = HEAD.to_vec();
            fields.remove(missing);
            fields.push((XmlField::MsgType, "event"));
            assert_eq!(message(&fields), None);
        }
        assert_eq!(with(&[]), None);
        assert_eq!(with(&[(XmlField::MsgType, "text"), (XmlField::MsgId, "1")]), None);
    }

    #[test]
    fn numbers_are_numbers_and_users_are_short() {
        assert_eq!(with(&[(XmlField::MsgType, "image"), (XmlField::MsgId, "x")]), None);
        for user in ["", "a b", "a\u{7}", &"x".repeat(129)] {
            let fields = [(XmlField::ToUserName, "gh_1"), (XmlField::FromUserName, user)];
            assert_eq!(
                message(&[&fields[..], &[HEAD[2], (XmlField::MsgType, "event")]].concat()),
                None,
                "{user}"
            );
        }
    }
}
