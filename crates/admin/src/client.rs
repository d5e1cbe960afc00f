//! The other end of the admin's server, for `ha-wechaty status`.

use std::{fmt::Display, io, time::Duration};

use base64::{Engine as _, prelude::BASE64_STANDARD};
use bytes::Bytes;
use futures_util::future::BoxFuture;
use http::{HeaderValue, Request, Response, header};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

/// How long an answer may take.
const WITHIN: Duration = Duration::from_secs(5);

/// How long it may take that something is done: a reload waits for what it connects.
const DONE: Duration = Duration::from_secs(300);

/// How long what is made first may take to begin: the gateway gives up before.
const BEGINS: Duration = Duration::from_secs(605);

/// Asks for a path; returns the status code and the text.
///
/// # Errors
/// Nobody listens there, or whoever does speaks no HTTP.
pub fn get<'a>(
    addr: impl Display,
    path: &'a str,
    password: Option<&'a str>,
) -> BoxFuture<'a, io::Result<(u16, String)>> {
    Box::pin(ask(addr.to_string(), plain(path), password, WITHIN))
}

/// Posts a JSON text to a path; returns the status code and the text.
///
/// # Errors
/// Nobody listens there, or whoever does speaks no HTTP.
pub fn post<'a>(
    addr: impl Display,
    path: &'a str,
    password: Option<&'a str>,
    json: String,
) -> BoxFuture<'a, io::Result<(u16, String)>> {
    let json = Request::post(path).header(header::CONTENT_TYPE, "application/json").body(Full::from(json));
    Box::pin(ask(addr.to_string(), json, password, DONE))
}

async fn ask(
    host: String,
    request: http::Result<Request<Full<Bytes>>>,
    password: Option<&str>,
    within: Duration,
) -> io::Result<(u16, String)> {
    let ask = async {
        let answer = begin(&host, request, password).await?;
        let code = answer.status().as_u16();
        Ok((code, whole(answer).await?))
    };
    tokio::time::timeout(within, ask).await.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()))
}

/// Asks for a path, whose answer is long, and gives each piece of it to `take`; returns the status code, and the text
/// of what is no such answer.
///
/// # Errors
/// Nobody listens there, nothing comes any more, or a piece is not taken.
pub fn download<'a>(
    addr: impl Display,
    path: &'a str,
    password: Option<&'a str>,
    take: &'a mut (dyn FnMut(&[u8]) -> io::Result<()> + Send),
) -> BoxFuture<'a, io::Result<(u16, String)>> {
    let host = addr.to_string();
    Box::pin(async move {
        let slow = |_| io::Error::from(io::ErrorKind::TimedOut);
        let mut answer =
            tokio::time::timeout(BEGINS, begin(&host, plain(path), password)).await.map_err(slow)??;
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

/// A question for a path.
fn plain(path: &str) -> http::Result<Request<Full<Bytes>>> {
    Request::get(path).body(Full::default())
}

/// The head of an answer.
async fn begin(
    host: &str,
    request: http::Result<Request<Full<Bytes>>>,
    password: Option<&str>,
) -> io::Result<Response<Incoming>> {
    let mut request = request.map_err(io::Error::other)?;
    let socket = TcpStream::connect(host).await?;
    let (mut sender, connection) =
        hyper::client::conn::http1::handshake(TokioIo::new(socket)).await.map_err(io::Error::other)?;
    // It ends with the answer.
    tokio::spawn(connection);
    let value = |text: &str| HeaderValue::from_str(text).map_err(io::Error::other);
    request.headers_mut().insert(header::HOST, value(host)?);
    if let Some(password) = password {
        let shown = BASE64_STANDARD.encode(format!("admin:{password}"));
        request.headers_mut().insert(header::AUTHORIZATION, value(&format!("Basic {shown}"))?);
    }
    sender.send_request(request).await.map_err(io::Error::other)
}

async fn whole(answer: Response<Incoming>) -> io::Result<String> {
    let body = answer.into_body().collect().await.map_err(io::Error::other)?.to_bytes();
    Ok(String::from_utf8_lossy(&body).into_owned())
}
