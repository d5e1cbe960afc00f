//! What is answered to a request, without IO, clock or randomness.
//!
//! ```text
//!   head ──▶ admit ─┬─▶ Answered            other paths and methods, the health pages, verification, strangers
//!                   └─▶ Wanted(ticket)
//!   body ──▶ finish(ticket) ──▶ Answer      messages: open, read, seen before?, decide, write, seal
//! ```
//!
//! The body of somebody who has shown no signature is thus never read. Drive it so: [`Site::admit`] with the
//! request's head; if a ticket comes back, [`Site::finish`] with the body; [`Site::answer`] does both. Count what
//! was answered with [`Site::count`].

mod answer;
mod metrics;
mod recent;

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use http::{Method, Uri};

use crate::{
    protocol::{
        CallbackContent, CallbackMessage, Envelope, EnvelopeError, Fields, Query, Reply, Sealed, Timeliness,
        XmlField, is_signed,
    },
    settings::{Secret, Settings, SettingsError},
};

pub use answer::{CallbackRefusal, Disposition, HttpReply};
use metrics::Metrics;
use recent::{Decision, Recent};

/// The longest body that is read.
pub const MAX_BODY: usize = 64 * 1024;

/// An official account, and what it remembers.
pub struct Site {
    token: Secret,
    envelope: Option<Envelope>,
    max_age: Option<Duration>,
    replies: Replies,
    recent: Mutex<Recent>,
    metrics: Metrics,
    stopping: AtomicBool,
}

/// When something happens, and the luck that it has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment {
    /// Since 1970.
    pub now: Duration,
    /// Unpredictable: the first 16 hide what is encrypted, the others are its nonce.
    pub random: [u8; 24],
}

/// What becomes of a request by its head.
#[derive(Debug)]
pub enum Admission {
    /// It is answered already.
    Answered(HttpReply),
    /// Its body is wanted.
    Wanted(PendingCallback),
}

/// A call of WeChat's whose body is still to come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PendingCallback {
    query: String,
}

impl Site {
    /// Opens it.
    ///
    /// # Errors
    /// What in the settings does not work.
    pub fn new(settings: &Settings) -> Result<Self, SettingsError> {
        settings.check()?;
        Ok(Self {
            token: settings.token.clone(),
            envelope: settings.envelope()?,
            max_age: settings.max_age,
            replies: Replies::new(settings),
            recent: Mutex::default(),
            metrics: Metrics::default(),
            stopping: AtomicBool::new(false),
        })
    }

    /// Answers a request at once, `body` being all of its body.
    pub fn answer(&self, moment: Moment, method: &Method, uri: &Uri, body: &[u8]) -> HttpReply {
        match self.admit(moment.now, method, uri, Some(body.len() as u64)) {
            Admission::Answered(answer) => answer,
            Admission::Wanted(ticket) => self.finish(moment, &ticket, body),
        }
    }

    /// Decides by its head whether a request is worth its body, whose length may be known already.
    pub fn admit(&self, now: Duration, method: &Method, uri: &Uri, length: Option<u64>) -> Admission {
        let reads = matches!(*method, Method::GET | Method::HEAD);
        Admission::Answered(match (uri.path(), method) {
            ("/", &Method::POST) => match self.admit_call(now, uri, length) {
                Ok(ticket) => return Admission::Wanted(ticket),
                Err(refusal) => refusal.into(),
            },
            ("/", &Method::GET) => self.verify(now, uri).unwrap_or_else(HttpReply::from),
            ("/", _) => CallbackRefusal::Method { allowed: "GET, POST" }.into(),
            ("/health/live", _) if reads => HttpReply::health(true),
            ("/health/ready", _) if reads => HttpReply::health(!self.stopping.load(Ordering::Relaxed)),
            ("/metrics", _) if reads => HttpReply::metrics(self.metrics.text()),
            ("/health/live" | "/health/ready" | "/metrics", _) => {
                CallbackRefusal::Method { allowed: "GET, HEAD" }.into()
            }
            _ => CallbackRefusal::Path.into(),
        })
    }

    /// Answers a call whose body has come.
    pub fn finish(&self, moment: Moment, ticket: &PendingCallback, body: &[u8]) -> HttpReply {
        self.receive(moment, &Query::parse(&ticket.query), body).unwrap_or_else(HttpReply::from)
    }

    /// Counts a request: what became of it, and how long it took.
    pub fn count(&self, now: Duration, answer: &HttpReply, took: Duration) {
        self.metrics.count(now, answer, took);
    }

    /// From now on `/health/ready` says that there is an end.
    pub fn stop(&self) {
        self.stopping.store(true, Ordering::Relaxed);
    }

    /// WeChat asks whether this is the server of its account.
    fn verify(&self, now: Duration, uri: &Uri) -> Result<HttpReply, CallbackRefusal> {
        let query = Query::parse(uri.query().unwrap_or_default());
        self.check_signature(&query)?;
        self.check_age(now, &query)?;
        let echo = query.echostr.ok_or(CallbackRefusal::Query("there is no echostr"))?;
        Ok(HttpReply::verified(echo.into_owned()))
    }

    /// As much as can be said without the body. Encrypted calls may leave the signature to their body.
    fn admit_call(
        &self,
        now: Duration,
        uri: &Uri,
        length: Option<u64>,
    ) -> Result<PendingCallback, CallbackRefusal> {
        if length.is_some_and(|length| length > MAX_BODY as u64) {
            return Err(CallbackRefusal::Length);
        }
        let query = Query::parse(uri.query().unwrap_or_default());
        let waits = query.signature.is_none() && query.msg_signature.is_some() && self.envelope.is_some();
        if !waits {
            self.check_signature(&query)?;
        }
        self.check_age(now, &query)?;
        Ok(PendingCallback { query: uri.query().unwrap_or_default().to_owned() })
    }

    fn receive(&self, moment: Moment, query: &Query<'_>, body: &[u8]) -> Result<HttpReply, CallbackRefusal> {
        if body.len() > MAX_BODY {
            return Err(CallbackRefusal::Length);
        }
        let fields = Fields::parse(body).map_err(CallbackRefusal::Xml)?;
        let Some(envelope) = self.opener(query, &fields)? else {
            self.check_signature(query)?;
            return self.decide(moment, &fields, None);
        };
        let encrypt = fields.get(XmlField::Encrypt).ok_or(CallbackRefusal::Message)?;
        let parts = [self.token.reveal(), &query.timestamp, &query.nonce, encrypt];
        if !is_signed(query.msg_signature.as_deref().unwrap_or_default(), parts) {
            return Err(CallbackRefusal::Signature);
        }
        let refusal = |error| {
            if error == EnvelopeError::AppId {
                CallbackRefusal::AppId
            } else {
                CallbackRefusal::Envelope(error)
            }
        };
        let plain = envelope.open(encrypt).map_err(refusal)?;
        self.decide(moment, &Fields::parse(&plain).map_err(CallbackRefusal::Xml)?, Some(envelope))
    }

    /// What opens the message, if it is an encrypted one.
    fn opener(&self, query: &Query<'_>, fields: &Fields) -> Result<Option<&Envelope>, CallbackRefusal> {
        match query.encrypt_type.as_deref() {
            None | Some("" | "raw") => Ok(None),
            Some("aes") => match &self.envelope {
                Some(envelope) => Ok(Some(envelope)),
                // The compatible mode sends it both ways.
                None if fields.get(XmlField::FromUserName).is_some() => Ok(None),
                None => Err(CallbackRefusal::NoKey),
            },
            Some(_) => Err(CallbackRefusal::Query("encrypt_type is neither raw nor aes")),
        }
    }

    fn decide(
        &self,
        moment: Moment,
        fields: &Fields,
        seal: Option<&Envelope>,
    ) -> Result<HttpReply, CallbackRefusal> {
        let CallbackMessage { to, from, identity, content, .. } =
            CallbackMessage::from_fields(fields).ok_or(CallbackRefusal::Message)?;
        let decision = Decision {
            at: moment.now,
            random: moment.random,
            reply: match &content {
                CallbackContent::Text(text) => self.replies.to(text),
                CallbackContent::Other => None,
            },
        };
        // A retry gets what the first got, to the byte.
        let (decision, repeated) =
            self.recent.lock().unwrap_or_else(PoisonError::into_inner).first(identity, decision);
        let Some(reply) = &decision.reply else { return Ok(HttpReply::silent(repeated)) };
        let created = decision.at.as_secs();
        let xml = Reply { to: &from, from: &to, created, content: reply }.to_xml();
        let xml = match seal {
            None => xml,
            Some(envelope) => {
                let (random, nonce) = decision.halves();
                let encrypt = envelope.seal(random, xml.as_bytes());
                Sealed { encrypt: &encrypt, timestamp: created, nonce: &nonce }.to_xml(self.token.reveal())
            }
        };
        Ok(HttpReply::replied(xml, repeated))
    }

    fn check_signature(&self, query: &Query<'_>) -> Result<(), CallbackRefusal> {
        let parts = [self.token.reveal(), &query.timestamp, &query.nonce];
        match &query.signature {
            Some(signature) if is_signed(signature, parts) => Ok(()),
            _ => Err(CallbackRefusal::Signature),
        }
    }

    fn check_age(&self, now: Duration, query: &Query<'_>) -> Result<(), CallbackRefusal> {
        match query.stamp(now, self.max_age) {
            Timeliness::Fresh => Ok(()),
            Timeliness::Stale => Err(CallbackRefusal::Age),
            Timeliness::Unreadable => Err(CallbackRefusal::Query("the timestamp is no number of seconds")),
        }
    }
}

/// Which text gets which reply. Spaces around a text don't count.
struct Replies {
    exact: BTreeMap<String, Arc<str>>,
    default: Option<Arc<str>>,
}

impl Replies {
    fn new(settings: &Settings) -> Self {
        let exact = |(text, reply): (&String, &String)| (text.trim().to_owned(), reply.as_str().into());
        Self {
            exact: settings.reply.iter().map(exact).collect(),
            default: settings.default_reply.as_deref().map(Arc::from),
        }
    }

    fn to(&self, text: &str) -> Option<Arc<str>> {
        self.exact.get(text.trim()).or(self.default.as_ref()).cloned()
    }
}

#[cfg(test)]
mod tests;
