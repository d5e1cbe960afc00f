//! Asking a directory where the service of a token is.

use std::sync::Arc;

use ha_wechaty_wire::tls::{self, Trust};
use rustls::ServerConfig;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio_rustls::TlsAcceptor;

use super::{
    TOKEN, plaintext,
    puppet::{Puppet, serve},
};
use crate::{Address, Connection, DialError, dial, dial::DiscoveryError};

/// Dials by a directory that gives this answer; the request that it got.
async fn by_directory(answer: String) -> (Result<Connection, DialError>, String) {
    let (directory, script) = serve(|mut socket| async move {
        let mut request = Vec::new();
        while !request.ends_with(b"\r\n\r\n") {
            socket.read_buf(&mut request).await.expect("a request");
        }
        socket.write_all(answer.as_bytes()).await.expect("an open socket");
        String::from_utf8(request).expect("text")
    })
    .await;
    let mut target = plaintext(([127, 0, 0, 1], 1).into());
    target.address = Address::Discover { authority: directory.to_string(), https: None };
    let result = dial(&target).await;
    (result, script.await.expect("a request"))
}

fn ok(json: &str) -> String {
    format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{json}", json.len())
}

async fn fails(answer: String) -> DiscoveryError {
    let error = by_directory(answer).await.0.expect_err("an error");
    let DialError::Discovery(error) = error else { panic!("{error}") };
    error
}

#[tokio::test]
async fn the_service_is_where_the_directory_says() {
    for (host, others) in [("host", ""), ("ip", ""), ("host", r#","ip":"127.0.0.1""#)] {
        let (at, _script) = serve(async |socket| Puppet::greet(socket, &[]).await.linger().await).await;
        let answer = ok(&format!(r#"{{"{host}":"127.0.0.1","port":{}{others}}}"#, at.port()));
        let (connection, request) = by_directory(answer).await;
        assert_eq!(connection.expect("a connection").peer(), at);
        assert!(request.starts_with(&format!("GET /v0/hosties/{TOKEN} HTTP/1.1\r\n")), "{request}");
    }
}

#[tokio::test]
async fn a_token_that_the_directory_does_not_know() {
    let error = fails("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n".into()).await;
    assert!(matches!(error, DiscoveryError::NoSuchToken { .. }), "{error}");
    assert!(error.to_string().contains("check `token`") && !error.to_string().contains(TOKEN), "{error}");
}

#[tokio::test]
async fn a_service_that_is_not_online() {
    for json in [r#"{"host":"0.0.0.0","port":0}"#, r#"{"ip":"0.0.0.0","port":8788}"#] {
        let error = fails(ok(json)).await;
        assert!(matches!(error, DiscoveryError::NotOnline { .. }), "{error}");
    }
}

#[tokio::test]
async fn an_answer_that_makes_no_sense() {
    let long = "x".repeat(100_000);
    for answer in [
        ok("<html>"),
        ok("{}"),
        ok(r#"{"host":"","port":1}"#),
        ok(r#"{"host":"127.0.0.1","port":70000}"#),
        "HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n".into(),
    ] {
        let error = fails(answer).await;
        assert!(matches!(error, DiscoveryError::Malformed { .. }), "{error}");
    }
    for answer in ["HTTP/1.1 200 OK\r\n", "SSH-2.0\r\n\r\n", &ok(&long)] {
        let error = fails(answer.into()).await;
        assert!(matches!(error, DiscoveryError::Unreachable { .. }), "{error}");
    }
}

#[tokio::test]
async fn a_directory_that_is_not_there() {
    let at = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port").local_addr();
    let mut target = plaintext(([127, 0, 0, 1], 1).into());
    target.address = Address::Discover { authority: at.expect("an address").to_string(), https: None };
    let error = dial(&target).await.expect_err("an error").to_string();
    assert!(error.contains("can't be asked") && error.contains("set `endpoint`"), "{error}");
}

/// Dials by a directory that answers by https with this certificate, whatever is asked.
async fn by_https(mut config: ServerConfig, trust: Trust) -> Result<Connection, DialError> {
    config.alpn_protocols.clear();
    let (at, _service) = serve(async |socket| Puppet::greet(socket, &[]).await.linger().await).await;
    let answer = ok(&format!(r#"{{"host":"127.0.0.1","port":{}}}"#, at.port()));
    let (directory, _script) = serve(|socket| async move {
        // A client that does not trust us is gone before it asks.
        let Ok(mut socket) = TlsAcceptor::from(Arc::new(config)).accept(socket).await else { return };
        let mut request = Vec::new();
        while !request.ends_with(b"\r\n\r\n") {
            if socket.read_buf(&mut request).await.unwrap_or_default() == 0 {
                return;
            }
        }
        let _ = socket.write_all(answer.as_bytes()).await;
    })
    .await;
    let mut target = plaintext(([127, 0, 0, 1], 1).into());
    target.address = Address::Discover { authority: directory.to_string(), https: Some(trust) };
    dial(&target).await
}

#[tokio::test]
async fn a_directory_by_https_must_prove_itself() {
    let own = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).expect("a certificate");
    let (cert, key) = (own.cert.pem().into_bytes(), own.signing_key.serialize_pem().into_bytes());
    let server = || tls::server(&cert, &key).expect("a server");
    by_https(server(), Trust::Public(cert.clone())).await.expect("a connection");
    let unknown = by_https(server(), Trust::Public(Vec::new())).await.expect_err("nobody vouches for it");
    assert!(unknown.to_string().contains("not trusted (nobody we trust signed it)"), "{unknown}");
    // Anybody has the key of the community's certificate, and would be told the token.
    let community = tls::community_server().expect("a server");
    let error = by_https(community, Trust::Public(Vec::new())).await.expect_err("it proves nothing");
    assert!(matches!(error, DialError::Discovery(DiscoveryError::Unreachable { .. })), "{error}");
}
