//! Where the service of a token is, as the community's directory tells.

use std::{io, sync::Arc};

use bytes::Bytes;
use ha_wechaty_wire::{
    Proxy, Token,
    tls::{self, Trust},
};
use http::{
    Request, StatusCode,
    header::{ACCEPT, HOST},
    uri::Authority,
};
use http_body_util::Full;
use tokio::{
    io::{AsyncRead, AsyncWrite},
    time::timeout,
};

use super::{DialError, Route, STEP, tcp, tls::secure};
use crate::{client::exchange, words::cut};

/// An answer is two short fields.
const MAX_ANSWER: usize = 64 << 10;
/// So much is told of why one can't be understood, in bytes.
const LONGEST_REASON: usize = 300;

/// Why discovery did not find a service.
#[derive(Debug, thiserror::Error)]
pub enum DiscoveryError {
    /// The directory's name is no authority.
    #[error("{0:?} is not a host that discovery can ask: check the discovery authority")]
    Authority(String),
    /// The directory can't be reached.
    #[error("the directory {authority} can't be asked where the service is ({cause}); or set `endpoint`")]
    Unreachable {
        /// The directory.
        authority: String,
        /// Why; its remedies speak of accounts, so it is text only.
        cause: String,
    },
    /// The directory does not know the token.
    #[error(
        "the directory {authority} knows no such token (HTTP {status}): check `token`, or set `endpoint`"
    )]
    NoSuchToken {
        /// The directory.
        authority: String,
        /// Its answer.
        status: StatusCode,
    },
    /// The directory knows the token, but its service is not online.
    #[error(
        "the service of this token is not online, says the directory {authority}: start it, or set `endpoint`"
    )]
    NotOnline {
        /// The directory.
        authority: String,
    },
    /// The answer can't be understood.
    #[error("the directory {authority} gave an answer that can't be understood ({why}); set `endpoint`")]
    Malformed {
        /// The directory.
        authority: String,
        /// What is wrong with it.
        why: String,
    },
}

/// Asks the directory where the service of the token is, through the proxy that the service is behind.
pub(super) async fn discover(
    token: &Token,
    authority: &str,
    https: Option<&Trust>,
    proxy: Option<&Proxy>,
) -> Result<(String, u16), DialError> {
    let parsed: Authority = authority.parse().map_err(|_| DiscoveryError::Authority(authority.to_owned()))?;
    let unreachable = |cause: String| DiscoveryError::Unreachable { authority: authority.to_owned(), cause };
    let port = parsed.port_u16().unwrap_or(if https.is_some() { 443 } else { 80 });
    let (socket, _) = match (Route { proxy, host: parsed.host(), port }).connect().await {
        Ok(connected) => connected,
        // The directory has nothing to do with it.
        Err(error @ DialError::Proxy { .. }) if !error.is_behind_proxy() => return Err(error),
        Err(error) => return Err(unreachable(error.to_string()).into()),
    };
    let answer = async {
        let Some(trust) = https else { return ask(socket, authority, token).await };
        let mut config = tls::client(trust).map_err(io::Error::other)?;
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        let name = tcp::bare(parsed.host());
        let socket = secure(socket, Arc::new(config), name, authority).await.map_err(io::Error::other)?;
        ask(socket, authority, token).await
    };
    let (status, body) = match timeout(STEP, answer).await {
        Ok(answer) => answer.map_err(|error| unreachable(error.to_string()))?,
        Err(_) => return Err(unreachable(format!("no answer in {} s", STEP.as_secs())).into()),
    };
    Ok(understand(authority, status, &body)?)
}

/// Asks over a connection that there is.
#[cfg(feature = "fuzzing")]
pub async fn discover_by<S>(socket: S, token: &Token, authority: &str) -> Result<(String, u16), DialError>
where
    S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    let unreachable = |cause: String| DiscoveryError::Unreachable { authority: authority.to_owned(), cause };
    let (status, body) =
        ask(socket, authority, token).await.map_err(|error| unreachable(error.to_string()))?;
    Ok(understand(authority, status, &body)?)
}

async fn ask<S>(socket: S, authority: &str, token: &Token) -> io::Result<(StatusCode, Bytes)>
where
    S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    let request = Request::get(format!("/v0/hosties/{}", token.reveal()))
        .header(HOST, authority)
        .header(ACCEPT, "application/json")
        .body(Full::default())
        .map_err(io::Error::other)?;
    let (status, _, body) = exchange(socket, request, MAX_ANSWER).await?;
    Ok((status, body))
}

/// Reads an answer; old directories say `ip` for `host`, some say both.
fn understand(authority: &str, status: StatusCode, body: &[u8]) -> Result<(String, u16), DiscoveryError> {
    let authority = authority.to_owned();
    if status.is_client_error() {
        return Err(DiscoveryError::NoSuchToken { authority, status });
    }
    if status != StatusCode::OK {
        return Err(DiscoveryError::Malformed { authority, why: format!("HTTP {status}") });
    }
    let answer: Hostie = match serde_json::from_slice(body) {
        Ok(answer) => answer,
        Err(error) => {
            // It repeats what it was told.
            let why = cut(&error.to_string(), LONGEST_REASON).into_owned();
            return Err(DiscoveryError::Malformed { authority, why });
        }
    };
    match (answer.host.or(answer.ip), answer.port) {
        (Some(host), Some(port)) if host == "0.0.0.0" || port == 0 => {
            Err(DiscoveryError::NotOnline { authority })
        }
        (Some(host), Some(port)) if !host.is_empty() => Ok((host, port)),
        _ => Err(DiscoveryError::Malformed { authority, why: "no `host` and `port` in it".into() }),
    }
}

#[derive(serde::Deserialize)]
struct Hostie {
    host: Option<String>,
    ip: Option<String>,
    port: Option<u16>,
}
