//! What a peer speaks, by its first bytes.

use std::{
    io,
    pin::Pin,
    task::{Context, Poll},
};

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, ReadBuf};

/// The first bytes of an HTTP/2 client (RFC 9113 §3.4).
const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
/// The first byte of a TLS ClientHello's record.
const HANDSHAKE: u8 = 0x16;
/// The longest HTTP/1 head that is read to be polite.
const MAX_HEAD: usize = 16 << 10;

/// What a peer speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Speech {
    Tls,
    Http2,
    Http1,
    /// It left again, as a prober does.
    Nothing,
    Unknown,
}

/// Reads until it is clear what the peer speaks; what was read is put back.
pub(super) async fn sniff<S: AsyncRead + Unpin>(mut socket: S) -> io::Result<(Speech, Rewound<S>)> {
    let mut seen = Vec::with_capacity(PREFACE.len());
    let speech = loop {
        if let Some(speech) = judge(&seen) {
            break speech;
        }
        // Not past a preface: what follows belongs to whoever takes over, and reads better at once.
        let room = if PREFACE.starts_with(&seen) { PREFACE.len() - seen.len() } else { MAX_HEAD };
        if (&mut socket).take(room as u64).read_buf(&mut seen).await? == 0 {
            break if seen.is_empty() { Speech::Nothing } else { Speech::Unknown };
        }
    };
    Ok((speech, Rewound { seen, at: 0, socket }))
}

/// `None`: it takes more bytes to tell.
fn judge(seen: &[u8]) -> Option<Speech> {
    let first = *seen.first()?;
    if first == HANDSHAKE {
        return Some(Speech::Tls);
    }
    if PREFACE.starts_with(seen) {
        return (seen.len() == PREFACE.len()).then_some(Speech::Http2);
    }
    // A request line: a method, a target, a version.
    let line = seen.split(|byte| *byte == b'\n').next().unwrap_or_default();
    if !first.is_ascii_uppercase() || line.iter().any(|byte| *byte < b' ' && *byte != b'\r') {
        return Some(Speech::Unknown);
    }
    let ended = line.len() < seen.len();
    match (ended, line.windows(8).any(|word| word == b" HTTP/1.")) {
        (true, true) => Some(Speech::Http1),
        (true, false) => Some(Speech::Unknown),
        (false, _) => (seen.len() >= MAX_HEAD).then_some(Speech::Unknown),
    }
}

/// Tells an HTTP/1 client what this is, and lets it read that.
pub(super) async fn decline_http1<S>(mut socket: S) -> io::Result<()>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let mut head = Vec::new();
    while !head.windows(4).any(|end| end == b"\r\n\r\n") && head.len() < MAX_HEAD {
        if socket.read_buf(&mut head).await? == 0 {
            break;
        }
    }
    let answer = format!(
        "HTTP/1.1 505 HTTP Version Not Supported\r\nContent-Type: text/plain; charset=utf-8\r\n\
         Content-Length: {}\r\nConnection: close\r\n\r\n{PAGE}",
        PAGE.len()
    );
    socket.write_all(answer.as_bytes()).await?;
    socket.shutdown().await?;
    // To close with bytes unread would reset the connection, and take the answer away from the client.
    tokio::io::copy(&mut socket.take(1 << 20), &mut tokio::io::sink()).await?;
    Ok(())
}

const PAGE: &str = "\
This is the gateway of HAWechaty for Wechaty bots. It speaks gRPC over HTTP/2, and this was HTTP/1.

To connect a bot, give it this address as its puppet service:
  WECHATY_PUPPET=wechaty-puppet-service
  WECHATY_PUPPET_SERVICE_ENDPOINT=<this host>:<this port>
  WECHATY_PUPPET_SERVICE_TOKEN=<the bot's token in the gateway's config>
If this came from a bot or a proxy, let it speak HTTP/2 all the way (with a proxy: grpc_pass, h2c).
";

/// A socket whose first bytes were read and put back.
#[derive(Debug)]
pub(super) struct Rewound<S> {
    seen: Vec<u8>,
    at: usize,
    socket: S,
}

impl<S: AsyncRead + Unpin> AsyncRead for Rewound<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.at < self.seen.len() {
            let rest = &self.seen[self.at..];
            let taken = rest.len().min(buf.remaining());
            buf.put_slice(&rest[..taken]);
            self.at += taken;
            if self.at == self.seen.len() {
                self.seen = Vec::new();
                self.at = 0;
            }
            return Poll::Ready(Ok(()));
        }
        Pin::new(&mut self.socket).poll_read(cx, buf)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Rewound<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.socket).poll_write(cx, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.socket).poll_write_vectored(cx, bytes)
    }

    fn is_write_vectored(&self) -> bool {
        self.socket.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_peer_is_known_by_its_first_bytes_and_not_before() {
        for (bytes, speech) in [
            (PREFACE, Speech::Http2),
            (b"\x16\x03\x01", Speech::Tls),
            (b"GET / HTTP/1.1\r\n", Speech::Http1),
            (b"PRI-ORITY /x HTTP/1.0\n", Speech::Http1),
            (b"SSH-2.0-OpenSSH_9\r\n", Speech::Unknown),
            (b"\0\0", Speech::Unknown),
        ] {
            let known = (0..=bytes.len()).find_map(|n| judge(&bytes[..n]));
            assert_eq!(known, Some(speech), "{}", bytes.escape_ascii());
        }
        assert_eq!(judge(&PREFACE[..23]), None);
        assert_eq!(judge(b"GET / HT"), None);
        assert_eq!(judge(b"GET / HTTP/1.1\r"), None);
    }

    #[test]
    fn an_endless_request_line_is_not_read_for_ever() {
        assert_eq!(judge(&vec![b'A'; MAX_HEAD]), Some(Speech::Unknown));
    }

    #[tokio::test]
    async fn what_was_sniffed_is_read_again() {
        let bytes = [PREFACE, b"and more"].concat();
        let (speech, mut socket) = sniff(bytes.as_slice()).await.expect("memory");
        assert_eq!(speech, Speech::Http2);
        let mut again = Vec::new();
        socket.read_to_end(&mut again).await.expect("memory");
        assert_eq!(again, bytes);
    }
}
