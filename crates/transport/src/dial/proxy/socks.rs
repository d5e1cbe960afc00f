//! SOCKS 5 (RFC 1928), with users and passwords (RFC 1929). Names are given to the proxy, which resolves them.

use std::net::IpAddr;

use ha_wechaty_wire::proxy::ProxyKind;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

use super::{super::tcp, ProxyTrouble, SHOWN};

const VERSION: u8 = 5;
/// How a client may say who it is: not at all, or with a user and a password.
const ANYBODY: u8 = 0;
const LOGIN: u8 = 2;
/// None of what was offered.
const NEITHER: u8 = 0xff;

pub(super) async fn ask(
    socket: &mut TcpStream,
    login: Option<(&str, &str)>,
    host: &str,
    port: u16,
) -> Result<(), ProxyTrouble> {
    let offered: &[u8] = if login.is_some() { &[VERSION, 2, ANYBODY, LOGIN] } else { &[VERSION, 1, ANYBODY] };
    socket.write_all(offered).await?;
    match (answer(socket, VERSION).await?, login) {
        (ANYBODY, _) => {}
        (LOGIN, Some((user, password))) => log_in(socket, user, password).await?,
        (NEITHER | LOGIN, None) => return Err(ProxyTrouble::WantsLogin),
        (NEITHER, Some(_)) => return Err(ProxyTrouble::Login),
        (other, _) => return Err(foreign(socket, &[VERSION, other])),
    }
    socket.write_all(&request(host, port)?).await?;
    match answer(socket, VERSION).await? {
        0 => skip_address(socket).await,
        code => Err(refusal(code, tcp::place(host, port))),
    }
}

/// Reads two bytes: a version, which must be this one, and what is said.
async fn answer(socket: &mut TcpStream, version: u8) -> Result<u8, ProxyTrouble> {
    let mut answer = [0; 2];
    socket.read_exact(&mut answer).await?;
    if answer[0] == version { Ok(answer[1]) } else { Err(foreign(socket, &answer)) }
}

async fn log_in(socket: &mut TcpStream, user: &str, password: &str) -> Result<(), ProxyTrouble> {
    let mut said = vec![1];
    for part in [user, password] {
        // Longer ones are no part of a `Proxy`.
        said.push(u8::try_from(part.len()).map_err(|_| ProxyTrouble::Login)?);
        said.extend_from_slice(part.as_bytes());
    }
    socket.write_all(&said).await?;
    match answer(socket, 1).await {
        Ok(0) => Ok(()),
        // A refusal ends the connection, and some leave it at that.
        Ok(_) | Err(ProxyTrouble::Closed(_)) => Err(ProxyTrouble::Login),
        Err(other) => Err(other),
    }
}

/// Asks for a connection to this place.
fn request(host: &str, port: u16) -> Result<Vec<u8>, ProxyTrouble> {
    let mut request = vec![VERSION, 1, 0];
    match tcp::bare(host).parse() {
        Ok(IpAddr::V4(ip)) => {
            request.push(1);
            request.extend(ip.octets());
        }
        Ok(IpAddr::V6(ip)) => {
            request.push(4);
            request.extend(ip.octets());
        }
        Err(_) => {
            let length = u8::try_from(host.len()).map_err(|_| ProxyTrouble::Behind {
                at: tcp::place(host, port),
                why: String::from("the name is too long"),
            })?;
            request.extend([3, length]);
            request.extend_from_slice(host.as_bytes());
        }
    }
    request.extend(port.to_be_bytes());
    Ok(request)
}

/// What follows when a connection is there: the proxy's own end of it, which nobody needs.
async fn skip_address(socket: &mut TcpStream) -> Result<(), ProxyTrouble> {
    let mut kind = [0; 2];
    socket.read_exact(&mut kind).await?;
    let length = match kind[1] {
        1 => 4,
        4 => 16,
        3 => usize::from(socket.read_u8().await?),
        _ => return Err(foreign(socket, &kind)),
    };
    // With its port.
    let mut address = [0; u8::MAX as usize + 2];
    socket.read_exact(&mut address[..length + 2]).await?;
    Ok(())
}

fn refusal(code: u8, at: String) -> ProxyTrouble {
    let why = match code {
        1 => "general failure",
        2 => return ProxyTrouble::Forbidden { at, why: String::from("not allowed by its rules") },
        3 => "network unreachable",
        4 => "host unreachable, or its name unknown",
        5 => "connection refused",
        6 => "no way there is short enough",
        7 => return ProxyTrouble::Forbidden { at, why: String::from("it connects nobody") },
        8 => "it knows no such kind of address",
        other => return ProxyTrouble::Behind { at, why: format!("code {other}") },
    };
    ProxyTrouble::Behind { at, why: why.to_owned() }
}

/// What came in place of an answer, with what is there of the rest.
fn foreign(socket: &TcpStream, begun: &[u8]) -> ProxyTrouble {
    let mut bytes = begun.to_vec();
    let mut rest = [0; SHOWN];
    if let Ok(count) = socket.try_read(&mut rest) {
        bytes.extend_from_slice(&rest[..count]);
    }
    ProxyTrouble::foreign(ProxyKind::Socks5, &bytes)
}
