//! The other end of the admin's server, for `ha-wechaty status` and the like.

use std::{fmt::Display, io, sync::Arc, time::Duration};

use base64::{Engine as _, prelude::BASE64_STANDARD};
use bytes::Bytes;
use futures_util::future::BoxFuture;
use http::{HeaderValue, Request, Response, header};
use http_body_util::{BodyExt as _, Full};
use hyper::{
    body::Incoming,
    client::conn::http1::{SendRequest, handshake},
};
use hyper_util::rt::TokioIo;
use rustls::{ClientConfig, pki_types::ServerName};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
};
use tokio_rustls::TlsConnector;

use crate::pin::{self, Pin};

/// How long an answer may take.
const WITHIN: Duration = Duration::from_secs(5);

/// How long it may take that something is done: a reload waits for what it connects.
const DONE: Duration = Duration::from_secs(300);

/// How long what is made first may take to begin: the gateway gives up before.
const BEGINS: Duration = Duration::from_secs(605);

/// Asks for a path, in plaintext; returns the status code and the text.
///
/// # Errors
/// Nobody listens there, or whoever does speaks no HTTP.
pub fn get<'a>(
    addr: impl Display,
    path: &'a str,
    password: Option<&'a str>,
) -> BoxFuture<'a, io::Result<(u16, String)>> {
    let client = AdminClient::new(addr).showing(password.map(Shown::password));
    Box::pin(async move { client.get(path).await })
}

/// Posts a JSON text to a path, in plaintext; returns the status code and the text.
///
/// # Errors
/// Nobody listens there, or whoever does speaks no HTTP.
pub fn post<'a>(
    addr: impl Display,
    path: &'a str,
    password: Option<&'a str>,
    json: String,
) -> BoxFuture<'a, io::Result<(u16, String)>> {
    let client = AdminClient::new(addr).showing(password.map(Shown::password));
    Box::pin(async move { client.post(path, json).await })
}

/// What is shown to be let in, as a header has it.
#[derive(Clone)]
pub struct Shown(String);

impl Shown {
    /// The password of the user `admin`.
    pub fn password(password: &str) -> Self {
        Self(format!("Basic {}", BASE64_STANDARD.encode(format!("admin:{password}"))))
    }

    /// A key.
    pub fn key(key: &str) -> Self {
        Self(format!("Bearer {key}"))
    }
}

impl std::fmt::Debug for Shown {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Shown(…)")
    }
}

/// Who asks an admin's server.
#[derive(Debug, Clone)]
pub struct AdminClient {
    host: String,
    shown: Option<Shown>,
    tls: Option<Arc<ClientConfig>>,
}

impl AdminClient {
    /// One that asks there, in plaintext.
    pub fn new(addr: impl Display) -> Self {
        Self { host: addr.to_string(), shown: None, tls: None }
    }

    /// One that shows this.
    #[must_use]
    pub fn showing(self, shown: Option<Shown>) -> Self {
        Self { shown, ..self }
    }

    /// One that asks over TLS whoever has such a certificate.
    ///
    /// # Errors
    /// TLS can't be set up.
    pub fn over(self, pin: &Pin) -> io::Result<Self> {
        Ok(Self { tls: Some(Arc::new(pin.client().map_err(io::Error::other)?)), ..self })
    }

    /// Asks for a path; returns the status code and the text.
    ///
    /// # Errors
    /// Nobody listens there, or whoever does speaks no HTTP, or is not who is meant.
    pub fn get<'a>(&'a self, path: &'a str) -> BoxFuture<'a, io::Result<(u16, String)>> {
        Box::pin(self.ask(plain(path), WITHIN))
    }

    /// Posts a JSON text to a path; returns the status code and the text.
    ///
    /// # Errors
    /// As for [`AdminClient::get`].
    pub fn post<'a>(&'a self, path: &'a str, json: String) -> BoxFuture<'a, io::Result<(u16, String)>> {
        let json =
            Request::post(path).header(header::CONTENT_TYPE, "application/json").body(Full::from(json));
        Box::pin(self.ask(json, DONE))
    }

    /// Asks for a path, whose answer is long, and gives each piece of it to `take`; returns the status code, and the text
    /// of what is no such answer.
    ///
    /// # Errors
    /// Nobody listens there, nothing comes any more, or a piece is not taken.
    pub fn download<'a>(
        &'a self,
        path: &'a str,
        take: &'a mut (dyn FnMut(&[u8]) -> io::Result<()> + Send),
    ) -> BoxFuture<'a, io::Result<(u16, String)>> {
        Box::pin(async move {
            let slow = |_| io::Error::from(io::ErrorKind::TimedOut);
            let mut answer = tokio::time::timeout(BEGINS, self.begin(plain(path))).await.map_err(slow)??;
            let code = answer.status().as_u16();
            if code != 200 {
                return Ok((code, tokio::time::timeout(WITHIN, whole(answer)).await.map_err(slow)??));
            }
            while let Some(piece) = tokio::time::timeout(WITHIN, answer.frame()).await.map_err(slow)? {
                if let Some(bytes) = piece.map_err(io::Error::other)?.data_ref() {
                    take(bytes)?;
                }
            }
            Ok((code, String::new()))
        })
    }

    async fn ask(
        &self,
        request: http::Result<Request<Full<Bytes>>>,
        within: Duration,
    ) -> io::Result<(u16, String)> {
        let ask = async {
            let answer = self.begin(request).await?;
            let code = answer.status().as_u16();
            Ok((code, whole(answer).await?))
        };
        tokio::time::timeout(within, ask).await.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()))
    }

    /// The head of an answer.
    async fn begin(&self, request: http::Result<Request<Full<Bytes>>>) -> io::Result<Response<Incoming>> {
        let mut request = request.map_err(io::Error::other)?;
        let socket = TcpStream::connect(&self.host).await?;
        let mut sender = match &self.tls {
            None => begun(socket).await?,
            Some(tls) => {
                let host = self.host.rsplit_once(':').map_or(self.host.as_str(), |(host, _)| host);
                let name = host.trim_start_matches('[').trim_end_matches(']').to_owned();
                let name = ServerName::try_from(name).map_err(io::Error::other)?;
                begun(TlsConnector::from(tls.clone()).connect(name, socket).await.map_err(pin::plain)?)
                    .await?
            }
        };
        let value = |text: &str| HeaderValue::from_str(text).map_err(io::Error::other);
        request.headers_mut().insert(header::HOST, value(&self.host)?);
        if let Some(Shown(shown)) = &self.shown {
            request.headers_mut().insert(header::AUTHORIZATION, value(shown)?);
        }
        sender.send_request(request).await.map_err(io::Error::other)
    }
}

/// HTTP on a connection, which ends with the answer.
async fn begun(
    socket: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
) -> io::Result<SendRequest<Full<Bytes>>> {
    let (sender, connection) = handshake(TokioIo::new(socket)).await.map_err(io::Error::other)?;
    tokio::spawn(connection);
    Ok(sender)
}

/// A question for a path.
fn plain(path: &str) -> http::Result<Request<Full<Bytes>>> {
    Request::get(path).body(Full::default())
}

async fn whole(answer: Response<Incoming>) -> io::Result<String> {
    let body = answer.into_body().collect().await.map_err(io::Error::other)?.to_bytes();
    Ok(String::from_utf8_lossy(&body).into_owned())
}
