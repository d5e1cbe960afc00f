//! A small client of the web: one question on a connection of its own, and one answer of a bounded size.
//!
//! What is asked so is asked rarely, so nothing is gained by keeping connections; and where one fails, it is known at which
//! step. Nothing of an address but its host is ever told: the rest may be a secret.

use std::{io, sync::Arc, time::Duration};

use bytes::Bytes;
use futures_util::future::BoxFuture;
use ha_wechaty_wire::tls::{self, Trust};
use http::{
    HeaderMap, HeaderValue, Request, StatusCode, Uri,
    header::{HOST, RETRY_AFTER},
};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::{
    io::{AsyncRead, AsyncWrite},
    time::timeout,
};

use crate::dial::{DialError, bare, connect, place, secure};

/// A question, by POST.
#[derive(Debug)]
pub struct Question {
    /// Whom, and by which path: `https://…` or `http://…`.
    pub uri: Uri,
    /// What is said beside it.
    pub headers: HeaderMap,
    /// What is said.
    pub body: Bytes,
    /// Whom to trust to be the host.
    pub trust: Trust,
    /// How long all of it may take.
    pub within: Duration,
    /// How long the answer may be, in bytes.
    pub longest: usize,
}

/// What was answered, whatever its status is.
#[derive(Debug)]
pub struct Replied {
    /// Its status.
    pub status: StatusCode,
    /// How long to wait before the next question, if the host says so in seconds.
    pub retry_after: Option<Duration>,
    /// Its body.
    pub body: Bytes,
}

/// Why there is no answer. Whether the question has arrived is not known of [`Self::Broken`] and [`Self::Late`].
#[derive(Debug, thiserror::Error)]
pub enum AskError {
    /// The address has no host that can be asked.
    #[error("the address has no host that can be asked")]
    Address,
    /// The host's name is unknown.
    #[error("the name {host:?} can't be resolved ({why})")]
    Dns {
        /// The name.
        host: String,
        /// Why.
        why: String,
    },
    /// Nobody can be reached there.
    #[error("{at} can't be reached ({why})")]
    Unreachable {
        /// Where.
        at: String,
        /// Why.
        why: String,
    },
    /// TLS came to nothing.
    #[error("TLS with {at} failed ({why})")]
    Tls {
        /// Where.
        at: String,
        /// Why.
        why: String,
    },
    /// The connection ended before the answer, or what came is none.
    #[error("{at} gave no whole answer ({why})")]
    Broken {
        /// Where.
        at: String,
        /// Why.
        why: String,
    },
    /// The time was up.
    #[error("{at} did not answer in {} s", limit.as_secs())]
    Late {
        /// Where.
        at: String,
        /// How long it had.
        limit: Duration,
    },
}

impl AskError {
    /// What to do about it; `key` is what the address is called where it is set.
    pub fn remedy(&self, key: &str) -> String {
        match self {
            Self::Address => format!("check {key}"),
            Self::Dns { .. } => format!("check {key}, and this machine's DNS"),
            Self::Unreachable { .. } => {
                format!("check that it runs, {key}, and the network and firewalls between")
            }
            Self::Tls { .. } => {
                format!("check {key}; if an authority of your own vouches for it, name that in ca")
            }
            Self::Broken { .. } => format!("check that {key} is of a server that speaks HTTP, and its log"),
            Self::Late { .. } => String::from("check that it runs, and how long it takes to answer"),
        }
    }

    fn of(error: DialError, at: &str) -> Self {
        let at = at.to_owned();
        match error {
            DialError::Dns { host, cause } => Self::Dns { host, why: cause.to_string() },
            DialError::Refused { .. } => {
                Self::Unreachable { at, why: String::from("it refuses the connection") }
            }
            DialError::Timeout { limit, .. } | DialError::Silent { limit, .. } => Self::Late { at, limit },
            DialError::Unreachable { cause, .. } => Self::Unreachable { at, why: cause.to_string() },
            DialError::NoTls { .. } => Self::Tls { at, why: String::from("it does not speak TLS") },
            DialError::Certificate { why, .. } | DialError::Tls { why, .. } => Self::Tls { at, why },
            DialError::CertificateName { name, why, .. } => {
                Self::Tls { at, why: format!("its certificate is not for {name:?}: {why}") }
            }
            DialError::ServerName { name } => {
                Self::Tls { at, why: format!("{name:?} is no name that a certificate can have") }
            }
            // Of accounts only.
            other @ (DialError::Token(_)
            | DialError::UnusableToken
            | DialError::Discovery(_)
            | DialError::Proxy { .. }
            | DialError::SpeaksTls { .. }
            | DialError::Http1 { .. }
            | DialError::Foreign { .. }
            | DialError::Closed { .. }) => Self::Unreachable { at, why: other.to_string() },
        }
    }
}

/// Posts it, and waits for the answer. Redirections are answers, too: nothing is posted elsewhere.
///
/// # Errors
/// There is no answer. The text says why, without the address's path.
pub fn post(question: Question) -> BoxFuture<'static, Result<Replied, AskError>> {
    Box::pin(async move {
        let limit = question.within;
        let host = question.uri.host().ok_or(AskError::Address)?.to_owned();
        let is_secure = question.uri.scheme_str() == Some("https");
        let port = question.uri.port_u16().unwrap_or(if is_secure { 443 } else { 80 });
        let at = place(&host, port);
        match timeout(limit, ask((&host, port), is_secure, &at, question)).await {
            Ok(replied) => replied,
            Err(_) => Err(AskError::Late { at, limit }),
        }
    })
}

async fn ask(
    (host, port): (&str, u16),
    is_secure: bool,
    at: &str,
    question: Question,
) -> Result<Replied, AskError> {
    let Question { uri, headers, body, trust, longest, .. } = question;
    let mut request = Request::post(uri.path_and_query().map_or("/", |it| it.as_str()))
        .body(Full::new(body))
        .map_err(|_| AskError::Address)?;
    *request.headers_mut() = headers;
    let authority = uri.authority().map_or(host, |it| it.as_str());
    request.headers_mut().insert(HOST, HeaderValue::from_str(authority).map_err(|_| AskError::Address)?);
    let (socket, _) = connect(host, port).await.map_err(|error| AskError::of(error, at))?;
    let broken = |error: io::Error| AskError::Broken { at: at.to_owned(), why: root_of(&error) };
    let (status, headers, body) = if is_secure {
        let tls = |why: String| AskError::Tls { at: at.to_owned(), why };
        let mut config = tls::client(&trust).map_err(|error| tls(error.to_string()))?;
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        let socket = secure(socket, Arc::new(config), bare(host), at)
            .await
            .map_err(|error| AskError::of(error, at))?;
        exchange(socket, request, longest).await.map_err(broken)?
    } else {
        exchange(socket, request, longest).await.map_err(broken)?
    };
    let retry_after = headers.get(RETRY_AFTER).and_then(|it| it.to_str().ok()?.trim().parse().ok());
    Ok(Replied { status, retry_after: retry_after.map(Duration::from_secs), body })
}

/// Asks over a connection that there is; an answer of more bytes than `longest` is none.
pub(crate) async fn exchange<S>(
    socket: S,
    request: Request<Full<Bytes>>,
    longest: usize,
) -> io::Result<(StatusCode, HeaderMap, Bytes)>
where
    S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    let (mut sender, connection) = http1::handshake(TokioIo::new(socket)).await.map_err(io::Error::other)?;
    let answer = async {
        let response = sender.send_request(request).await.map_err(io::Error::other)?;
        let (head, body) = response.into_parts();
        let body = Limited::new(body, longest).collect().await;
        Ok((head.status, head.headers, body.map_err(io::Error::other)?.to_bytes()))
    };
    tokio::pin!(answer, connection);
    tokio::select! {
        answer = &mut answer => answer,
        // The connection may end with the answer's last byte.
        _ = connection => answer.await,
    }
}

/// What lies beneath an error that says little itself.
fn root_of(error: &io::Error) -> String {
    let mut deepest: &dyn std::error::Error = error;
    while let Some(below) = deepest.source() {
        deepest = below;
    }
    deepest.to_string()
}
