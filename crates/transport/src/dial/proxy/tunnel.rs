//! HTTP's `CONNECT`. Names are given to the proxy, which resolves them.

use base64::{Engine as _, prelude::BASE64_STANDARD};
use ha_wechaty_wire::proxy::ProxyKind;
use http::StatusCode;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

use super::{super::tcp, ProxyTrouble};

/// So long may the head of an answer be, in bytes.
const LONGEST: usize = 8 << 10;

pub(super) async fn ask(
    socket: &mut TcpStream,
    login: Option<(&str, &str)>,
    host: &str,
    port: u16,
) -> Result<(), ProxyTrouble> {
    let at = tcp::place(host, port);
    // What a directory answered may be anything; a line end in it would begin another line of ours.
    if host.is_empty() || host.chars().any(|c| c.is_whitespace() || c.is_control()) {
        return Err(ProxyTrouble::Behind { at, why: String::from("this is no name of a host") });
    }
    let mut request = format!("CONNECT {at} HTTP/1.1\r\nHost: {at}\r\n");
    if let Some((user, password)) = login {
        let said = BASE64_STANDARD.encode(format!("{user}:{password}"));
        request.push_str(&format!("Proxy-Authorization: Basic {said}\r\n"));
    }
    request.push_str("\r\n");
    socket.write_all(request.as_bytes()).await?;
    let line = status_line(socket).await?;
    let (status, words) = understand(&line).ok_or_else(|| foreign(&line))?;
    match status {
        it if it.is_success() => Ok(()),
        StatusCode::PROXY_AUTHENTICATION_REQUIRED if login.is_none() => Err(ProxyTrouble::WantsLogin),
        StatusCode::PROXY_AUTHENTICATION_REQUIRED => Err(ProxyTrouble::Login),
        StatusCode::FORBIDDEN | StatusCode::UNAVAILABLE_FOR_LEGAL_REASONS => {
            Err(ProxyTrouble::Forbidden { at, why: words })
        }
        // So answer web servers that are no proxies.
        StatusCode::BAD_REQUEST | StatusCode::METHOD_NOT_ALLOWED | StatusCode::NOT_IMPLEMENTED => {
            Err(foreign(&line))
        }
        _ => Err(ProxyTrouble::Behind { at, why: words }),
    }
}

/// Reads an answer up to the end of its head, and no byte of what follows; its first line.
async fn status_line(socket: &mut TcpStream) -> Result<Vec<u8>, ProxyTrouble> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") && !head.ends_with(b"\n\n") {
        let is_http = b"HTTP/1.".iter().zip(&head).all(|(wanted, it)| wanted == it);
        if !is_http || head.len() == LONGEST {
            // What is there of the rest shows what it is.
            let mut rest = [0; super::SHOWN];
            let count = socket.try_read(&mut rest).unwrap_or(0);
            head.extend_from_slice(&rest[..count]);
            return Err(foreign(&head));
        }
        head.push(socket.read_u8().await?);
    }
    let end = head.iter().position(|it| *it == b'\n').unwrap_or(head.len());
    Ok(head[..end].trim_ascii_end().to_vec())
}

/// The status, and the same with its words.
fn understand(line: &[u8]) -> Option<(StatusCode, String)> {
    let text = str::from_utf8(line).ok()?;
    let (_, words) = text.split_once(' ')?;
    let code = words.split(' ').next()?.parse().ok()?;
    let is_plain = words.len() <= super::SHOWN && !words.chars().any(char::is_control);
    let words = if is_plain { words.to_owned() } else { format!("{code}") };
    Some((StatusCode::from_u16(code).ok()?, words))
}

fn foreign(bytes: &[u8]) -> ProxyTrouble {
    ProxyTrouble::foreign(ProxyKind::Http, bytes)
}
