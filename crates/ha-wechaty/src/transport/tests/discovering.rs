//! Asking a directory where the service of a token is.

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::{
    TOKEN, plaintext,
    puppet::{Puppet, serve},
};
use crate::transport::{Address, Connection, DialError, dial, dial::DiscoveryError};

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
    target.address = Address::Discover { authority: directory.to_string(), plaintext: true };
    let result = dial(&target).await;
    (result, script.await.expect("a request"))
}

fn ok(json: &str) -> String {
    format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{json}", json.len())
}

async fn fails(answer: String) -> DiscoveryError {
    match by_directory(answer).await.0.expect_err("an error") {
        DialError::Discovery(error) => error,
        other => panic!("{other}"),
    }
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
    target.address = Address::Discover { authority: at.expect("an address").to_string(), plaintext: true };
    let error = dial(&target).await.expect_err("an error").to_string();
    assert!(error.contains("can't be asked") && error.contains("set `endpoint`"), "{error}");
}

#[tokio::test]
async fn a_directory_by_https_must_prove_itself() {
    let (directory, _script) = serve(|socket| async {
        let config = ha_wechaty_wire::tls::community_server().expect("a server");
        let _ = tokio_rustls::TlsAcceptor::from(std::sync::Arc::new(config)).accept(socket).await;
    })
    .await;
    let mut target = plaintext(([127, 0, 0, 1], 1).into());
    target.address = Address::Discover { authority: directory.to_string(), plaintext: false };
    let error = dial(&target).await.expect_err("an error");
    assert!(matches!(error, DialError::Discovery(DiscoveryError::Unreachable { .. })), "{error}");
}
