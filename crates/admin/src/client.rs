//! The other end of the admin's server, for `ha-wechaty status`.

use std::{fmt::Display, io, time::Duration};

use base64::{Engine as _, prelude::BASE64_STANDARD};
use bytes::Bytes;
use futures_util::future::BoxFuture;
use http::{Request, header};
use http_body_util::{BodyExt as _, Empty};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

/// How long an answer may take.
const WITHIN: Duration = Duration::from_secs(5);

/// Asks for a path; returns the status code and the text.
///
/// # Errors
/// Nobody listens there, or whoever does speaks no HTTP.
pub fn get<'a>(
    addr: impl Display,
    path: &'a str,
    password: Option<&'a str>,
) -> BoxFuture<'a, io::Result<(u16, String)>> {
    Box::pin(ask(addr.to_string(), path, password))
}

async fn ask(host: String, path: &str, password: Option<&str>) -> io::Result<(u16, String)> {
    let ask = async {
        let socket = TcpStream::connect(&host).await?;
        let (mut sender, connection) =
            hyper::client::conn::http1::handshake(TokioIo::new(socket)).await.map_err(io::Error::other)?;
        // It ends with the answer.
        tokio::spawn(connection);
        let mut request = Request::get(path).header(header::HOST, &host);
        if let Some(password) = password {
            let shown = BASE64_STANDARD.encode(format!("admin:{password}"));
            request = request.header(header::AUTHORIZATION, format!("Basic {shown}"));
        }
        let request = request.body(Empty::<Bytes>::new()).map_err(io::Error::other)?;
        let answer = sender.send_request(request).await.map_err(io::Error::other)?;
        let code = answer.status().as_u16();
        let body = answer.into_body().collect().await.map_err(io::Error::other)?.to_bytes();
        Ok((code, String::from_utf8_lossy(&body).into_owned()))
    };
    tokio::time::timeout(WITHIN, ask).await.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()))
}
