//! The other side: calls as WeChat makes them, and answers as WeChat reads them. For tests, demos and benchmarks.

use form_urlencoded::Serializer;

use crate::protocol::{Envelope, Fields, KeyError, XmlError, XmlField, is_signed, sign, write};

/// WeChat, as one official account's server knows it.
#[derive(Clone)]
pub struct WeChatServer {
    token: String,
    envelope: Option<Envelope>,
    timestamp: u64,
    nonce: String,
}

impl WeChatServer {
    /// Calls in plaintext, `timestamp` being the seconds since 1970.
    pub fn new(token: impl Into<String>, timestamp: u64) -> Self {
        Self { token: token.into(), envelope: None, timestamp, nonce: "xxxxxx".to_owned() }
    }

    /// Calls in the encrypted mode from now on.
    ///
    /// # Errors
    /// The key is none.
    pub fn encrypted(mut self, aes_key: &str, app_id: &str) -> Result<Self, KeyError> {
        self.envelope = Some(Envelope::new(aes_key, app_id)?);
        Ok(self)
    }

    /// Calls at this time from now on, in seconds since 1970.
    pub fn at(mut self, timestamp: u64) -> Self {
        self.timestamp = timestamp;
        self
    }

    /// The address of a verification.
    pub fn verification(&self, echostr: &str) -> String {
        self.address(&[("echostr", echostr)])
    }

    /// The address and the body of a text that somebody sent.
    pub fn text(&self, from: &str, content: &str, id: u64) -> (String, String) {
        self.message(&[
            (XmlField::ToUserName, "gh_ossbot"),
            (XmlField::FromUserName, from),
            (XmlField::CreateTime, &self.timestamp.to_string()),
            (XmlField::MsgType, "text"),
            (XmlField::Content, content),
            (XmlField::MsgId, &id.to_string()),
        ])
    }

    /// The address and the body of an event.
    pub fn event(&self, from: &str) -> (String, String) {
        self.message(&[
            (XmlField::ToUserName, "gh_ossbot"),
            (XmlField::FromUserName, from),
            (XmlField::CreateTime, &self.timestamp.to_string()),
            (XmlField::MsgType, "event"),
        ])
    }

    /// The address and the body of any message.
    pub fn message(&self, fields: &[(XmlField, &str)]) -> (String, String) {
        self.body(write(fields).as_bytes())
    }

    /// The address and the body that carry these bytes, whether or not they are a message.
    pub fn body(&self, plain: &[u8]) -> (String, String) {
        match &self.envelope {
            None => (self.address(&[]), String::from_utf8_lossy(plain).into_owned()),
            Some(envelope) => self.sealed(&envelope.seal(*b"aaaabbbbccccdddd", plain)),
        }
    }

    /// The address and the body that carry whole blocks of plain text as they are, so that padding, length and
    /// app id may be wrong. In plaintext, as [`body`](Self::body).
    pub fn blocks(&self, blocks: &[[u8; 16]]) -> (String, String) {
        match &self.envelope {
            None => self.body(&blocks.concat()),
            Some(envelope) => self.sealed(&envelope.seal_blocks(&blocks.concat())),
        }
    }

    /// The address and the body that carry an `Encrypt` text, signed whatever it is.
    pub fn sealed(&self, encrypt: &str) -> (String, String) {
        let timestamp = self.timestamp.to_string();
        let signature = sign([&self.token, &timestamp, &self.nonce, encrypt]);
        let address = self.address(&[("encrypt_type", "aes"), ("msg_signature", &signature)]);
        (address, write(&[(XmlField::ToUserName, "gh_ossbot"), (XmlField::Encrypt, encrypt)]))
    }

    /// Reads an answer: the fields of its message, or nothing for `success`.
    ///
    /// # Errors
    /// WeChat would say that the service is out of order.
    pub fn read(&self, answer: &str) -> Result<Option<Fields>, BadAnswer> {
        if answer == "success" {
            return Ok(None);
        }
        let fields = Fields::parse(answer.as_bytes())?;
        let Some(envelope) = &self.envelope else { return Ok(Some(fields)) };
        let get = |field| fields.get(field).ok_or(BadAnswer::Field);
        let (encrypt, timestamp) = (get(XmlField::Encrypt)?, get(XmlField::TimeStamp)?);
        let parts = [&self.token, timestamp, get(XmlField::Nonce)?, encrypt];
        if !is_signed(get(XmlField::MsgSignature)?, parts) {
            return Err(BadAnswer::Signature);
        }
        let plain = envelope.open(encrypt).map_err(|_| BadAnswer::Envelope)?;
        Ok(Some(Fields::parse(&plain)?))
    }

    /// The root's address with a signed query.
    pub fn address(&self, others: &[(&str, &str)]) -> String {
        let timestamp = self.timestamp.to_string();
        let signature = sign([&self.token, &timestamp, &self.nonce]);
        let own = [("signature", signature.as_str()), ("timestamp", &timestamp), ("nonce", &self.nonce)];
        let query = Serializer::new(String::new()).extend_pairs(own).extend_pairs(others).finish();
        format!("/?{query}")
    }
}

/// What is wrong with an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadAnswer {
    /// It is no message.
    #[error(transparent)]
    Xml(#[from] XmlError),
    /// Something of the encrypted answer is missing.
    #[error("a field of the encrypted answer is missing")]
    Field,
    /// It is signed wrongly.
    #[error("its signature is wrong")]
    Signature,
    /// It is sealed wrongly.
    #[error("it can't be opened")]
    Envelope,
}
