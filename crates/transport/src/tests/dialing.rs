//! Why an account can't be reached, in words that a person can act on.

use std::net::SocketAddr;

use ha_wechaty_wire::tls::{self, Trust};
use rcgen::{CertificateParams, CertifiedKey, Issuer, KeyPair, generate_simple_self_signed};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpListener,
    sync::oneshot,
};
use tokio_rustls::TlsAcceptor;
use tonic::Status;

use super::{
    community, plaintext,
    puppet::{Puppet, serve},
    secure,
};
use crate::{Address, DialError, Fate, Target, dial, fate};

/// The error of dialling, which must speak of the place and of the remedy.
async fn refused(target: &Target, remedy: &str) -> DialError {
    let error = dial(target).await.expect_err("an error");
    let text = error.to_string();
    assert!(text.contains(remedy), "{remedy:?} in {text:?}");
    if let Address::Endpoint { host, port } = &target.address {
        assert!(text.contains(host) && (text.contains(&port.to_string()) || host.contains(' ')), "{text:?}");
    }
    error
}

/// A server that says this to whatever it is sent first, and closes when the client does.
async fn says(words: &'static [u8]) -> SocketAddr {
    serve(move |mut socket| async move {
        socket.read_u8().await.expect("a byte");
        socket.write_all(words).await.expect("an open socket");
        let _ = tokio::io::copy(&mut socket, &mut tokio::io::sink()).await;
    })
    .await
    .0
}

async fn tls_server(config: rustls::ServerConfig) -> SocketAddr {
    serve(|socket| async {
        let Ok(socket) = TlsAcceptor::from(std::sync::Arc::new(config)).accept(socket).await else { return };
        if let Ok(mut connection) = h2::server::handshake(socket).await {
            while connection.accept().await.is_some() {}
        }
    })
    .await
    .0
}

#[tokio::test]
async fn nobody_listens() {
    let at = TcpListener::bind("127.0.0.1:0").await.expect("a port").local_addr().expect("an address");
    let error = refused(&plaintext(at), "is the puppet service running").await;
    assert!(matches!(error, DialError::Refused { .. }));
    assert_eq!(fate(&Status::from(error)), Fate::NotSent);
}

#[tokio::test]
async fn a_name_that_does_not_exist() {
    let mut target = plaintext(([127, 0, 0, 1], 1).into());
    target.address = Address::Endpoint { host: "no such host".into(), port: 1 };
    assert!(matches!(refused(&target, "DNS").await, DialError::Dns { .. }));
}

#[tokio::test]
async fn a_server_that_speaks_http_1() {
    let at = says(b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n").await;
    let error = refused(&plaintext(at), "must be the port of the puppet service").await;
    assert!(matches!(error, DialError::Http1 { line, .. } if line == "HTTP/1.1 400 Bad Request"));
}

#[tokio::test]
async fn a_server_that_speaks_something_else() {
    let at = says(b"SSH-2.0-OpenSSH_9.2\r\n").await;
    assert!(matches!(refused(&plaintext(at), "SSH-2.0").await, DialError::Foreign { .. }));
}

#[tokio::test]
async fn plaintext_to_a_tls_server() {
    let at = tls_server(tls::community_server().expect("a server")).await;
    let error = refused(&plaintext(at), "tls = \"community\"").await;
    assert!(matches!(error, DialError::SpeaksTls { .. }), "{error}");
    // What OpenSSL, and so Node, says.
    let at = says(&[0x15, 3, 1, 0, 2, 2, 70]).await;
    let error = refused(&plaintext(at), "tls = \"community\"").await;
    assert!(matches!(error, DialError::SpeaksTls { .. }), "{error}");
}

#[tokio::test]
async fn tls_to_a_plaintext_server() {
    let settings = &[0, 0, 0, 4, 0, 0, 0, 0, 0];
    for words in [settings, b"HTTP/1.1 400 Bad Request\r\n\r\n".as_slice()] {
        let at = says(words).await;
        let error = refused(&community(at), "tls = \"off\"").await;
        assert!(matches!(error, DialError::NoTls { .. }), "{error}");
    }
    let (at, _) = serve(async |mut socket| socket.read_u8().await.expect("a byte")).await;
    assert!(matches!(refused(&community(at), "tls = \"off\"").await, DialError::Tls { .. }));
}

#[tokio::test]
async fn a_server_that_closes_without_a_word() {
    let (at, _) = serve(async |mut socket| socket.read_exact(&mut [0; 24]).await.expect("a preface")).await;
    let error = refused(&plaintext(at), "does it speak gRPC").await;
    assert!(matches!(error, DialError::Closed { .. }), "{error}");
}

#[tokio::test]
async fn plaintext_to_a_tls_server_that_closes_without_a_word() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let at = listener.local_addr().expect("an address");
    tokio::spawn(async move {
        drop(listener.accept().await.expect("a client"));
        let (socket, _) = listener.accept().await.expect("a client");
        let config = tls::community_server().expect("a server");
        TlsAcceptor::from(std::sync::Arc::new(config)).accept(socket).await.expect("a handshake");
    });
    let error = refused(&plaintext(at), "tls = \"community\"").await;
    assert!(matches!(error, DialError::SpeaksTls { .. }), "{error}");
}

#[tokio::test]
async fn a_web_server_with_tls() {
    let mut config = tls::community_server().expect("a server");
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    let error = refused(&community(tls_server(config).await), "it offers no HTTP/2").await;
    assert!(matches!(error, DialError::Tls { .. }), "{error}");
}

#[tokio::test]
async fn a_server_that_says_nothing() {
    let (accepted, is_accepted) = oneshot::channel();
    let (at, _script) = serve(|mut socket| async move {
        socket.read_exact(&mut [0; 24]).await.expect("a preface");
        accepted.send(()).expect("a test");
        let _ = tokio::io::copy(&mut socket, &mut tokio::io::sink()).await;
    })
    .await;
    let target = plaintext(at);
    let (error, ()) = tokio::join!(refused(&target, "said nothing"), async {
        is_accepted.await.expect("a connection");
        tokio::time::pause();
    });
    assert!(matches!(error, DialError::Silent { .. }), "{error}");
}

#[tokio::test]
async fn a_token_that_cannot_travel() {
    let mut target = plaintext(([127, 0, 0, 1], 1).into());
    target.token = ha_wechaty_wire::Token::new("a b");
    let error = dial(&target).await.expect_err("an error");
    assert!(matches!(error, DialError::Token(_)), "{error}");
}

#[tokio::test]
async fn a_certificate_that_nobody_knows() {
    let CertifiedKey { cert, signing_key } =
        generate_simple_self_signed(["insecure".to_owned()]).expect("a certificate");
    let config =
        || tls::server(cert.pem().as_bytes(), signing_key.serialize_pem().as_bytes()).expect("a server");
    let error = refused(&community(tls_server(config()).await), "tls.ca").await;
    assert!(matches!(error, DialError::Certificate { .. }), "{error}");
    let trust = Trust::Authorities(cert.pem().into_bytes());
    let error = refused(&secure(tls_server(config()).await, &trust, "north"), "tls.server_name").await;
    assert!(matches!(error, DialError::CertificateName { .. }), "{error}");
}

#[tokio::test]
async fn a_certificate_of_ones_own_authority() {
    let key = KeyPair::generate().expect("a key");
    let mut params = CertificateParams::new(Vec::new()).expect("parameters");
    params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    let ca = params.self_signed(&key).expect("an authority");
    let issuer = Issuer::new(params, key);
    let key = KeyPair::generate().expect("a key");
    let cert = CertificateParams::new(["north".to_owned()])
        .expect("parameters")
        .signed_by(&key, &issuer)
        .expect("a certificate");
    let config = tls::server(cert.pem().as_bytes(), key.serialize_pem().as_bytes()).expect("a server");
    let trust = Trust::Authorities(ca.pem().into_bytes());
    dial(&secure(tls_server(config).await, &trust, "north")).await.expect("a connection");
}

#[tokio::test]
async fn a_name_that_no_server_can_have() {
    let (at, _script) = serve(async |socket| Puppet::greet(socket, &[]).await.linger().await).await;
    let error = dial(&secure(at, &Trust::Community, "a b")).await.expect_err("an error");
    assert!(matches!(&error, DialError::ServerName { .. }), "{error}");
}

#[tokio::test]
async fn an_ipv6_address_with_or_without_brackets() {
    let Ok(listener) = TcpListener::bind("[::1]:0").await else { return };
    let port = listener.local_addr().expect("an address").port();
    drop(listener);
    for host in ["::1", "[::1]"] {
        let mut target = plaintext(([127, 0, 0, 1], port).into());
        target.address = Address::Endpoint { host: host.into(), port };
        let error = dial(&target).await.expect_err("an error").to_string();
        assert!(error.contains(&format!("[::1]:{port}")), "{error}");
    }
}
