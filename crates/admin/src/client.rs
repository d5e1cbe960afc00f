//! The other end of the admin's server, for `ha-wechaty status`.

use std::{fmt::Display, io, time::Duration};

use base64::{Engine as _, prelude::BASE64_STANDARD};
use bytes::Bytes;
use futures_util::future::BoxFuture;
use http::{Method, Request, Response, header};
use http_body_util::{BodyExt as _, Empty};
use hyper::body::Incoming;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

/// How long an answer may take.
const WITHIN: Duration = Duration::from_secs(5);

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
    Box::pin(ask(addr.to_string(), Method::GET, path, password))
}

/// Asks for something to be done; returns the status code and the text.
///
/// # Errors
/// Nobody listens there, or whoever does speaks no HTTP.
pub fn post<'a>(
    addr: impl Display,
    path: &'a str,
    password: Option<&'a str>,
) -> BoxFuture<'a, io::Result<(u16, String)>> {
    Box::pin(ask(addr.to_string(), Method::POST, path, password))
}

async fn ask(host: String, method: Method, path: &str, password: Option<&str>) -> io::Result<(u16, String)> {
    let ask = async {
        let answer = begin(&host, method, path, password).await?;
        let code = answer.status().as_u16();
        Ok((code, whole(answer).await?))
    };
    tokio::time::timeout(WITHIN, ask).await.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()))
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
            tokio::time::timeout(BEGINS, begin(&host, Method::GET, path, password)).await.map_err(slow)??;
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

/// The head of an answer.
async fn begin(
    host: &str,
    method: Method,
    path: &str,
    password: Option<&str>,
) -> io::Result<Response<Incoming>> {
    let socket = TcpStream::connect(host).await?;
    let (mut sender, connection) =
        hyper::client::conn::http1::handshake(TokioIo::new(socket)).await.map_err(io::Error::other)?;
    // It ends with the answer.
    tokio::spawn(connection);
    let mut request = Request::builder().method(method).uri(path).header(header::HOST, host);
    if let Some(password) = password {
        let shown = BASE64_STANDARD.encode(format!("admin:{password}"));
        request = request.header(header::AUTHORIZATION, format!("Basic {shown}"));
    }
    let request = request.body(Empty::<Bytes>::new()).map_err(io::Error::other)?;
    sender.send_request(request).await.map_err(io::Error::other)
}

async fn whole(answer: Response<Incoming>) -> io::Result<String> {
    let body = answer.into_body().collect().await.map_err(io::Error::other)?.to_bytes();
    Ok(String::from_utf8_lossy(&body).into_owned())
}
