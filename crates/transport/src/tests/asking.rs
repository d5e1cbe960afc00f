//! Questions to the web: what is answered, and at which step it fails.

use std::{sync::Arc, time::Duration};

use ha_wechaty_wire::tls::{self, Trust};
use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpListener,
};
use tokio_rustls::TlsAcceptor;

use super::puppet::serve;
use crate::client::{AskError, Question, Replied, post};

fn question(uri: &str, trust: Trust) -> Question {
    Question {
        uri: uri.parse().expect("an address"),
        headers: Default::default(),
        body: "what?".into(),
        trust,
        within: Duration::from_secs(10),
        longest: 64,
    }
}

/// Reads a question of five bytes, with its head.
async fn heard(socket: &mut (impl AsyncRead + Unpin)) -> String {
    let mut heard = Vec::new();
    while !heard.ends_with(b"what?") {
        assert!(socket.read_buf(&mut heard).await.expect("a question") > 0, "it is not whole");
    }
    String::from_utf8(heard).expect("text")
}

/// What becomes of a question that is answered so; and what was heard.
async fn answered(answer: &'static [u8]) -> (Result<Replied, AskError>, String) {
    let (at, script) = serve(async |mut socket| {
        let heard = heard(&mut socket).await;
        socket.write_all(answer).await.expect("an open socket");
        heard
    })
    .await;
    let replied =
        post(question(&format!("http://{at}/alarms?key=swordfish"), Trust::Public(Vec::new()))).await;
    (replied, script.await.expect("it was asked"))
}

#[tokio::test]
async fn whatever_the_status_is_it_is_an_answer() {
    let (replied, heard) =
        answered(b"HTTP/1.1 429 Too Many Requests\r\nRetry-After: 7\r\nContent-Length: 4\r\n\r\nslow").await;
    let replied = replied.expect("an answer");
    assert_eq!((replied.status.as_u16(), &replied.body[..]), (429, &b"slow"[..]));
    assert_eq!(replied.retry_after, Some(Duration::from_secs(7)));
    assert!(heard.starts_with("POST /alarms?key=swordfish HTTP/1.1\r\n"), "{heard}");
    assert!(heard.to_lowercase().contains("host: 127.0.0.1:"), "{heard}");
}

#[tokio::test]
async fn what_is_no_whole_answer_is_told_without_the_addresss_path() {
    let answers: [&'static [u8]; 4] = [
        b"",
        b"220 mail.example.com ESMTP\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf",
        // Longer than it may be.
        b"HTTP/1.1 200 OK\r\nContent-Length: 70\r\n\r\n0123456789012345678901234567890123456789012345678901234567890123456789",
    ];
    for answer in answers {
        let error = answered(answer).await.0.expect_err("no answer");
        assert!(matches!(error, AskError::Broken { .. }), "{error}");
        assert!(!error.to_string().contains("swordfish"), "{error}");
    }
}

#[tokio::test]
async fn who_does_not_answer_is_given_up() {
    let silent = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let uri = format!("http://{}/", silent.local_addr().expect("bound"));
    let within = Duration::from_millis(50);
    let error = post(Question { within, ..question(&uri, Trust::Public(Vec::new())) }).await;
    assert!(matches!(error, Err(AskError::Late { .. })), "{error:?}");
    drop(silent);
    let error = post(question(&uri, Trust::Public(Vec::new()))).await.expect_err("nobody listens any more");
    assert!(error.to_string().contains("it refuses the connection"), "{error}");
    let error = post(question("http://nobody.invalid/", Trust::Public(Vec::new()))).await;
    assert!(matches!(error, Err(AskError::Dns { .. })), "{error:?}");
}

#[tokio::test]
async fn only_who_is_vouched_for_is_told_anything() {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).expect("a certificate");
    let (pem, key) = (made.cert.pem().into_bytes(), made.signing_key.serialize_pem());
    let server = Arc::new({
        let mut server = tls::server(&pem, key.as_bytes()).expect("a server");
        server.alpn_protocols.clear();
        server
    });
    for (trust, is_vouched_for) in [(Trust::Public(pem.clone()), true), (Trust::Public(Vec::new()), false)] {
        let server = server.clone();
        let (at, _script) = serve(async move |socket| {
            let Ok(mut socket) = TlsAcceptor::from(server).accept(socket).await else { return };
            heard(&mut socket).await;
            let answer = b"HTTP/1.1 204 No Content\r\n\r\n";
            socket.write_all(answer).await.expect("an open socket");
        })
        .await;
        match post(question(&format!("https://localhost:{}/", at.port()), trust)).await {
            Ok(replied) => assert!(is_vouched_for && replied.status == 204, "{replied:?}"),
            Err(error) => {
                assert!(
                    !is_vouched_for && error.to_string().contains("nobody we trust signed it"),
                    "{error}"
                );
                assert!(error.remedy("url").contains("name that in ca"), "{}", error.remedy("url"));
            }
        }
    }
    let (at, _script) = serve(async |mut socket| socket.write_all(b"hello\r\n").await).await;
    let error = post(question(&format!("https://{at}/"), Trust::Public(Vec::new()))).await;
    assert!(matches!(&error, Err(AskError::Tls { why, .. }) if why == "it does not speak TLS"), "{error:?}");
}
