//! What the port for bots says to every kind of peer.

use std::{net::SocketAddr, sync::Arc, task::Poll, time::Duration};

use futures_util::StreamExt as _;
use ha_wechaty_core::BotId;
use ha_wechaty_wire::tls::{self, Trust};
use rustls::pki_types::ServerName;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    sync::mpsc,
};
use tokio_rustls::TlsConnector;
use tokio_util::sync::CancellationToken;
use tonic_health::pb::{HealthCheckRequest, health_client::HealthClient};
use tower::ServiceExt as _;

use super::{community, plaintext};
use crate::{BindError, Listener, Mismatch, Peer, Ports, Routes, Target, Tls, dial, serve};

const LOOPBACK: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 0);

fn tls() -> Tls {
    Tls::On(Arc::new(tls::community_server().expect("a server")))
}

/// A gateway whose every call tells who called.
async fn gateway(tls: Tls) -> (SocketAddr, mpsc::UnboundedReceiver<Peer>) {
    let listener = Listener::bind(LOOPBACK, tls).await.expect("a port");
    let at = listener.local_addr();
    let (tell, told) = mpsc::unbounded_channel();
    let (_, health) = tonic_health::server::health_reporter();
    let service = health.map_request(move |call: http::Request<tonic::body::Body>| {
        let peer = *call.extensions().get::<Peer>().expect("a peer among the extensions");
        let _ = tell.send(peer);
        call
    });
    let ports = Ports {
        routes: Routes::new(service),
        bot_of: Arc::new(|_, _, _| Some(BotId(0))),
        keepalive: Duration::from_secs(60),
        waiting: Arc::new(|| 0),
    };
    tokio::spawn(serve(listener, ports, CancellationToken::new()));
    (at, told)
}

/// Calls as a bot; who the gateway thinks it is.
async fn call(target: &Target, told: &mut mpsc::UnboundedReceiver<Peer>) -> Peer {
    let connection = dial(target).await.expect("a connection");
    HealthClient::new(connection).check(HealthCheckRequest::default()).await.expect("an answer");
    told.recv().await.expect("a call")
}

#[tokio::test]
async fn bots_are_let_through_each_under_a_number_of_its_own() {
    for (tls, target) in [(Tls::Off, plaintext as fn(_) -> _), (tls(), community)] {
        let is_tls = matches!(tls, Tls::On(_));
        let (at, mut told) = gateway(tls).await;
        let first = call(&target(at), &mut told).await;
        let second = call(&target(at), &mut told).await;
        assert_eq!((first.mismatch, second.mismatch), (None, None));
        assert_ne!(first.connection, second.connection);
        assert!(first.addr.ip().is_loopback());
        assert_eq!(first.is_tls, is_tls);
    }
}

#[tokio::test]
async fn a_bot_that_speaks_the_wrong_thing_can_be_told_so() {
    let (at, mut told) = gateway(tls()).await;
    let mismatch = call(&plaintext(at), &mut told).await.mismatch.expect("a mismatch");
    assert_eq!(mismatch, Mismatch::PlaintextToTls);
    assert!(mismatch.to_string().contains("gateway.tls = \"off\""), "{mismatch}");

    let (at, mut told) = gateway(Tls::Off).await;
    let mismatch = call(&community(at), &mut told).await.mismatch.expect("a mismatch");
    assert_eq!(mismatch, Mismatch::TlsToPlaintext);
    assert!(mismatch.to_string().contains("NO_TLS_INSECURE_CLIENT=true"), "{mismatch}");
}

async fn read_all(mut socket: impl tokio::io::AsyncRead + Unpin) -> String {
    let mut answer = Vec::new();
    let _ = socket.read_to_end(&mut answer).await;
    String::from_utf8(answer).expect("text")
}

#[tokio::test]
async fn an_http_1_client_is_told_what_this_is() {
    for tls in [Tls::Off, tls()] {
        let (at, _told) = gateway(tls).await;
        let mut socket = TcpStream::connect(at).await.expect("a connection");
        // In pieces, and with a body.
        for piece in ["PO", "ST / HTTP/1.1\r\nHost: x\r\nContent-Le", "ngth: 4\r\n\r\nbody"] {
            socket.write_all(piece.as_bytes()).await.expect("an open socket");
        }
        let answer = read_all(&mut socket).await;
        assert!(answer.starts_with("HTTP/1.1 505 "), "{answer}");
        assert!(answer.contains("gRPC") && answer.contains("WECHATY_PUPPET_SERVICE_ENDPOINT"), "{answer}");
    }
}

#[tokio::test]
async fn an_http_1_client_over_tls_is_told_too() {
    for protocols in [vec![], vec![b"http/1.1".to_vec()]] {
        let (at, _told) = gateway(tls()).await;
        let mut config = tls::client(&Trust::Community).expect("a client");
        config.alpn_protocols = protocols;
        let socket = TcpStream::connect(at).await.expect("a connection");
        let name = ServerName::try_from("insecure").expect("a name");
        let mut socket =
            TlsConnector::from(Arc::new(config)).connect(name, socket).await.expect("a handshake");
        socket.write_all(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n").await.expect("an open socket");
        let answer = read_all(&mut socket).await;
        assert!(answer.starts_with("HTTP/1.1 505 "), "{answer}");
    }
}

#[tokio::test]
async fn what_is_no_bot_is_closed_quietly() {
    for tls in [Tls::Off, tls()] {
        let (at, mut told) = gateway(tls.clone()).await;
        for words in
            [b"SSH-2.0-x\r\n".as_slice(), b"\0\0\0", b"\x16\x03\x01\x00\x02xx", b"PRI * HTTP/2.0\r\n\r\nXX"]
        {
            let mut socket = TcpStream::connect(at).await.expect("a connection");
            socket.write_all(words).await.expect("an open socket");
            socket.shutdown().await.expect("an open socket");
            let mut answer = Vec::new();
            let _ = socket.read_to_end(&mut answer).await;
            assert!(answer.len() < 10, "at most a TLS alert: {}", answer.escape_ascii());
        }
        let target = if matches!(tls, Tls::Off) { plaintext(at) } else { community(at) };
        call(&target, &mut told).await;
    }
}

#[tokio::test]
async fn a_thousand_that_only_knock_disturb_nobody() {
    let (at, mut told) = gateway(tls()).await;
    for _ in 0..1000 {
        drop(TcpStream::connect(at).await.expect("a connection"));
    }
    assert_eq!(call(&community(at), &mut told).await.mismatch, None);
}

#[tokio::test]
async fn peers_that_say_nothing_stand_in_nobodys_way() {
    let (at, mut told) = gateway(tls()).await;
    // More than may be pending, so that the oldest have to go.
    let mut silent = Vec::new();
    for n in 0..600_u32 {
        let mut socket = TcpStream::connect(at).await.expect("a connection");
        if n % 2 == 0 {
            socket.write_all(b"\x16\x03").await.expect("an open socket");
        }
        silent.push(socket);
    }
    assert_eq!(call(&community(at), &mut told).await.mismatch, None);
    let mut oldest = silent.swap_remove(1);
    // Well before its patience ends.
    let closed = tokio::time::timeout(Duration::from_secs(5), oldest.read(&mut [0])).await;
    assert!(matches!(closed, Ok(Ok(0) | Err(_))), "it was closed: {closed:?}");
}

#[tokio::test]
async fn a_peer_that_says_nothing_is_closed_after_a_while() {
    let (at, _told) = gateway(Tls::Off).await;
    let mut socket = TcpStream::connect(at).await.expect("a connection");
    socket.write_all(b"PRI * HT").await.expect("an open socket");
    tokio::time::pause();
    assert_eq!(socket.read(&mut [0]).await.expect("an end"), 0);
}

#[tokio::test]
async fn a_port_that_cannot_be_had() {
    let first = Listener::bind(LOOPBACK, Tls::Off).await.expect("a port");
    let error = Listener::bind(first.local_addr(), Tls::Off).await.expect_err("in use");
    assert!(matches!(error, BindError::InUse(_)), "{error}");
    assert!(error.to_string().contains(&first.local_addr().to_string()), "{error}");
    assert!(error.to_string().contains("gateway.listen"), "{error}");

    let elsewhere = "192.0.2.1:0".parse().expect("an address");
    let error = Listener::bind(elsewhere, Tls::Off).await.expect_err("not ours");
    assert!(matches!(error, BindError::NotHere(_)), "{error}");
}

#[tokio::test]
async fn a_port_is_free_again_as_soon_as_its_peers_are_dropped() {
    let listener = Listener::bind(LOOPBACK, Tls::Off).await.expect("a port");
    let at = listener.local_addr();
    let mut incoming = listener.into_incoming();
    let mut half_open = TcpStream::connect(at).await.expect("a connection");
    let idle = std::future::poll_fn(|cx| Poll::Ready(incoming.poll_next_unpin(cx).is_pending())).await;
    assert!(idle);
    drop(incoming);
    assert!(matches!(half_open.read(&mut [0]).await, Ok(0) | Err(_)), "it was closed");
    Listener::bind(at, Tls::Off).await.expect("the same port");
}
