//! What a request gets, and why.

use http::{
    HeaderValue, StatusCode,
    header::{ALLOW, CONTENT_TYPE, HeaderName, X_CONTENT_TYPE_OPTIONS},
};

use crate::protocol::{EnvelopeError, XmlError};

const TEXT: &str = "text/plain; charset=utf-8";
const XML: &str = "text/xml; charset=utf-8";
const METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// An answer: its status, its body, and what it means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HttpReply {
    /// What became of the request.
    pub outcome: Disposition,
    /// HTTP's word for it.
    pub status: StatusCode,
    /// The text that goes back.
    pub body: String,
    content_type: &'static str,
}

/// What became of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Disposition {
    /// WeChat verified the server.
    Verified,
    /// A message got a reply.
    Replied {
        /// WeChat had sent it before.
        repeated: bool,
    },
    /// There was nothing to say to a message.
    Silent {
        /// WeChat had sent it before.
        repeated: bool,
    },
    /// Somebody looked after the server's health, or its figures.
    Watched,
    /// It was refused, and changed nothing.
    Refused(CallbackRefusal),
}

impl Disposition {
    /// One of each that is counted.
    pub(super) const COUNTED: [Self; 16] = [
        Self::Verified,
        Self::Replied { repeated: false },
        Self::Silent { repeated: false },
        Self::Refused(CallbackRefusal::Path),
        Self::Refused(CallbackRefusal::Method { allowed: "" }),
        Self::Refused(CallbackRefusal::Length),
        Self::Refused(CallbackRefusal::Late),
        Self::Refused(CallbackRefusal::Signature),
        Self::Refused(CallbackRefusal::Age),
        Self::Refused(CallbackRefusal::AppId),
        Self::Refused(CallbackRefusal::Query("")),
        Self::Refused(CallbackRefusal::Xml(XmlError::Syntax)),
        Self::Refused(CallbackRefusal::Message),
        Self::Refused(CallbackRefusal::Envelope(EnvelopeError::Base64)),
        Self::Refused(CallbackRefusal::NoKey),
        Self::Refused(CallbackRefusal::Randomness),
    ];

    /// Its name in figures; nothing for what is not counted.
    pub(super) fn label(self) -> Option<&'static str> {
        match self {
            Self::Verified => Some("verified"),
            Self::Replied { .. } => Some("replied"),
            Self::Silent { .. } => Some("silent"),
            Self::Watched => None,
            Self::Refused(refusal) => Some(refusal.label()),
        }
    }
}

/// Why a request is refused; its text is for the operator, and holds nothing of the request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CallbackRefusal {
    /// There is no such page.
    #[error("there is no such page; WeChat's calls belong to /")]
    Path,
    /// There is such a page, but not for this method.
    #[error("the method is none of {allowed}")]
    Method {
        /// Those that are.
        allowed: &'static str,
    },
    /// The body is too long.
    #[error("the body is longer than 64 KiB, which WeChat's never are")]
    Length,
    /// The body did not come in time.
    #[error("the body did not come in time, or broke off")]
    Late,
    /// The signature is missing or wrong.
    #[error("the signature is wrong: a stranger called, or the token differs from the one at WeChat")]
    Signature,
    /// The timestamp is too far from now.
    #[error("the timestamp is too far from now: an old call was replayed, or this machine's clock is wrong")]
    Age,
    /// The message is for another account.
    #[error("the message is for another app id; compare app_id with the AppID at WeChat")]
    AppId,
    /// A parameter is missing or wrong.
    #[error("{0}")]
    Query(&'static str),
    /// The body can't be read.
    #[error("{0}")]
    Xml(XmlError),
    /// The body holds no message.
    #[error("a field of the message is missing, or can't be what WeChat writes there")]
    Message,
    /// The message can't be opened.
    #[error("the message can't be opened, {0}: compare aes_key with the EncodingAESKey at WeChat")]
    Envelope(EnvelopeError),
    /// The message is encrypted, but there is no key.
    #[error("the message is encrypted; set aes_key and app_id, or choose the plaintext mode at WeChat")]
    NoKey,
    /// The system has no randomness to encrypt with.
    #[error("the system gives no random bytes, without which nothing is encrypted")]
    Randomness,
}

impl CallbackRefusal {
    /// HTTP's word for it.
    pub fn status(self) -> StatusCode {
        match self {
            Self::Path => StatusCode::NOT_FOUND,
            Self::Method { .. } => StatusCode::METHOD_NOT_ALLOWED,
            Self::Length => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Late => StatusCode::REQUEST_TIMEOUT,
            Self::Signature | Self::Age | Self::AppId => StatusCode::FORBIDDEN,
            Self::Query(_) | Self::Xml(_) | Self::Message | Self::Envelope(_) => StatusCode::BAD_REQUEST,
            Self::NoKey => StatusCode::NOT_IMPLEMENTED,
            Self::Randomness => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    /// Its name in figures.
    pub fn label(self) -> &'static str {
        match self {
            Self::Path => "path",
            Self::Method { .. } => "method",
            Self::Length => "length",
            Self::Late => "late",
            Self::Signature => "signature",
            Self::Age => "age",
            Self::AppId => "app-id",
            Self::Query(_) => "query",
            Self::Xml(_) => "xml",
            Self::Message => "message",
            Self::Envelope(_) => "envelope",
            Self::NoKey => "no-key",
            Self::Randomness => "randomness",
        }
    }
}

impl From<CallbackRefusal> for HttpReply {
    fn from(refusal: CallbackRefusal) -> Self {
        let status = refusal.status();
        // Strangers learn the status and no more.
        let body = status.canonical_reason().unwrap_or_default().to_owned();
        Self { outcome: Disposition::Refused(refusal), status, body, content_type: TEXT }
    }
}

impl HttpReply {
    pub(super) fn verified(echo: String) -> Self {
        Self::ok(Disposition::Verified, echo, TEXT)
    }

    pub(super) fn replied(xml: String, repeated: bool) -> Self {
        Self::ok(Disposition::Replied { repeated }, xml, XML)
    }

    /// WeChat's word for nothing to say.
    pub(super) fn silent(repeated: bool) -> Self {
        Self::ok(Disposition::Silent { repeated }, "success".to_owned(), TEXT)
    }

    pub(super) fn health(well: bool) -> Self {
        let status = if well { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
        let body = if well { "ok\n" } else { "stopping\n" };
        Self { outcome: Disposition::Watched, status, body: body.to_owned(), content_type: TEXT }
    }

    pub(super) fn metrics(text: String) -> Self {
        Self::ok(Disposition::Watched, text, METRICS)
    }

    fn ok(outcome: Disposition, body: String, content_type: &'static str) -> Self {
        Self { outcome, status: StatusCode::OK, body, content_type }
    }

    /// The headers that go with it.
    pub fn headers(&self) -> impl Iterator<Item = (HeaderName, HeaderValue)> {
        let allow = if let Disposition::Refused(CallbackRefusal::Method { allowed }) = self.outcome {
            Some(allowed)
        } else {
            None
        };
        let headers = [
            (CONTENT_TYPE, Some(self.content_type)),
            (X_CONTENT_TYPE_OPTIONS, Some("nosniff")),
            (ALLOW, allow),
        ];
        headers.into_iter().filter_map(|(name, value)| Some((name, HeaderValue::from_static(value?))))
    }
}
