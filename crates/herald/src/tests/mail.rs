//! Mail, against a small server of SMTP.

use std::{sync::Arc, time::Duration};

use base64::{Engine as _, prelude::BASE64_STANDARD};
use ha_wechaty_config::{Endpoint, Language, Mailbox, PemFile, Secret};
use ha_wechaty_wire::tls;
use tokio::{
    io::{AsyncBufRead, AsyncBufReadExt as _, AsyncWrite, AsyncWriteExt as _, BufStream},
    net::TcpListener,
    task::JoinHandle,
};
use tokio_rustls::TlsAcceptor;

use super::scan;
use crate::{TellError, mail::send};

const USER: &str = "ops@example.com";
const PASSWORD: &str = "swordfish";

/// What a server offers, and whom it takes mail for.
#[derive(Clone, Default)]
struct Server {
    tls: Option<Arc<rustls::ServerConfig>>,
    asks_for_password: bool,
    refuses: &'static [&'static str],
}

/// What was said to it, and the mail that it took.
#[derive(Debug, Default)]
struct Taken {
    lines: Vec<String>,
    mail: String,
    was_secured: bool,
}

impl Server {
    /// Serves one client.
    async fn serve(self) -> (u16, JoinHandle<Taken>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let port = listener.local_addr().expect("bound").port();
        let serving = tokio::spawn(async move {
            let (socket, _) = listener.accept().await.expect("a client");
            let mut taken = Taken::default();
            let mut plain = BufStream::new(socket);
            say(&mut plain, "220 mail.example.com ESMTP").await;
            if self.talk(&mut plain, &mut taken).await {
                let config = self.tls.clone().expect("it was offered");
                if let Ok(socket) = TlsAcceptor::from(config).accept(plain.into_inner()).await {
                    taken.was_secured = true;
                    self.talk(&mut BufStream::new(socket), &mut taken).await;
                }
            }
            taken
        });
        (port, serving)
    }

    /// Whether TLS is to begin.
    async fn talk<S: AsyncBufRead + AsyncWrite + Unpin>(&self, socket: &mut S, taken: &mut Taken) -> bool {
        let mut is_in = !self.asks_for_password;
        while let Some(line) = line(socket).await {
            taken.lines.push(line.clone());
            let word = line.split([' ', ':']).next().unwrap_or_default().to_uppercase();
            let answer = match word.as_str() {
                "EHLO" if self.tls.is_some() && !taken.was_secured => "250-mail.example.com\r\n250 STARTTLS",
                "EHLO" if self.asks_for_password => "250-mail.example.com\r\n250 AUTH PLAIN",
                "EHLO" => "250 mail.example.com",
                "STARTTLS" => {
                    say(socket, "220 go on").await;
                    return true;
                }
                "AUTH" => {
                    let shown = BASE64_STANDARD.encode(format!("\0{USER}\0{PASSWORD}"));
                    is_in = line.ends_with(&shown);
                    if is_in { "235 welcome" } else { "535 5.7.8 no, not with swordfish" }
                }
                "MAIL" if !is_in => "530 5.7.0 who are you",
                "RCPT" if self.refuses.iter().any(|it| line.contains(it)) => "550 5.1.1 nobody of this name",
                "DATA" => {
                    say(socket, "354 go on").await;
                    while let Some(line) = self::line(socket).await.filter(|it| it != ".") {
                        taken.mail += &line;
                        taken.mail.push('\n');
                    }
                    "250 taken"
                }
                "QUIT" => "221 bye",
                _ => "250 fine",
            };
            say(socket, answer).await;
        }
        false
    }
}

async fn say(socket: &mut (impl AsyncWrite + Unpin), line: &str) {
    let _ = socket.write_all(format!("{line}\r\n").as_bytes()).await;
    let _ = socket.flush().await;
}

async fn line(socket: &mut (impl AsyncBufRead + Unpin)) -> Option<String> {
    let mut line = String::new();
    let read = socket.read_line(&mut line).await.unwrap_or(0);
    (read > 0).then(|| line.trim_end_matches(['\r', '\n']).to_owned())
}

fn mailbox(port: u16) -> Mailbox {
    Mailbox {
        smtp: Endpoint::new("localhost", port),
        user: Some(USER.to_owned()),
        secret: None,
        ca: None,
        from: String::from("ha-wechaty@example.com"),
        mailto: vec![String::from("ann@example.com"), String::from("bob@example.com")],
    }
}

async fn hand_in(mailbox: &Mailbox) -> Result<(), TellError> {
    send(mailbox, &scan(), Language::Chinese, Duration::from_secs(10)).await
}

#[tokio::test]
async fn mail_is_handed_in_with_the_code_as_a_picture() {
    let (port, serving) = Server::default().serve().await;
    hand_in(&mailbox(port)).await.expect("it is taken");
    let taken = serving.await.expect("it served");
    let said = |what: &str| taken.lines.iter().any(|line| line.to_uppercase().starts_with(what));
    assert!(
        said("MAIL FROM:<HA-WECHATY@EXAMPLE.COM>") && said("RCPT TO:<BOB@EXAMPLE.COM>"),
        "{:?}",
        taken.lines
    );
    let mail = &taken.mail;
    for head in [
        "From: \"HAWechaty\" <ha-wechaty@example.com>",
        "Message-ID: <alarm-shop-1700000000000-12-3.1@example.com>",
        "References: <alarm-shop-1700000000000-12@example.com>",
        "Auto-Submitted: auto-generated",
        "Subject: =?utf-8?",
    ] {
        assert!(mail.contains(head), "{head} is not in {mail}");
    }
    assert!(mail.contains("south.png") && mail.contains(&BASE64_STANDARD.encode(b"\x89PNG")), "{mail}");
}

#[tokio::test]
async fn a_password_goes_by_starttls_to_a_server_that_is_vouched_for() {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).expect("a certificate");
    let (pem, key) = (made.cert.pem(), made.signing_key.serialize_pem());
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("ca.pem");
    std::fs::write(&path, &pem).expect("written");
    let mut config = tls::server(pem.as_bytes(), key.as_bytes()).expect("a server");
    config.alpn_protocols.clear();
    let server = Server { tls: Some(Arc::new(config)), asks_for_password: true, refuses: &[] };
    let known = Mailbox {
        secret: Some(Secret::new(PASSWORD)),
        ca: Some(PemFile::read(&path).expect("it is there")),
        ..mailbox(0)
    };
    let at = |port| Endpoint::new("localhost", port);

    let (port, serving) = server.clone().serve().await;
    hand_in(&Mailbox { smtp: at(port), ..known.clone() }).await.expect("it is taken");
    let taken = serving.await.expect("it served");
    assert!(taken.was_secured && taken.mail.contains("alarm-shop-1700000000000-12-3"), "{taken:?}");

    let (port, serving) = server.clone().serve().await;
    let wrong = Mailbox { smtp: at(port), user: Some(String::from("eve@example.com")), ..known.clone() };
    let error = hand_in(&wrong).await.expect_err("it is not let in");
    let told = format!("localhost:{port}: it does not let us in: 535 no, not with …: check user and secret");
    assert_eq!(error.to_string(), told, "what the server repeats of the password is not told");
    drop(serving);

    // Whoever is between could take STARTTLS out of what the server offers.
    let (port, serving) = Server { tls: None, ..server }.serve().await;
    let error = hand_in(&Mailbox { smtp: at(port), ..known }).await.expect_err("it is not told in clear");
    assert!(error.to_string().contains("it does not offer STARTTLS"), "{error}");
    let taken = serving.await.expect("it served");
    assert!(!taken.lines.iter().any(|line| line.starts_with("AUTH")), "{taken:?}");
}

#[tokio::test]
async fn who_is_refused_keeps_it_from_nobody_else() {
    let (port, serving) = Server { refuses: &["ann@"], ..Server::default() }.serve().await;
    hand_in(&mailbox(port)).await.expect("bob gets it");
    assert!(serving.await.expect("it served").mail.contains("alarm-shop-1700000000000-12-3"));
    let (port, serving) = Server { refuses: &["ann@", "bob@"], ..Server::default() }.serve().await;
    let error = hand_in(&mailbox(port)).await.expect_err("nobody gets it").to_string();
    assert!(
        error.contains("none of mailto (ann@example.com: 550") && error.ends_with(": check mailto"),
        "{error}"
    );
    assert_eq!(serving.await.expect("it served").mail, "");
}

#[tokio::test]
async fn a_server_that_is_none_or_says_nothing_is_told_of() {
    let silent = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let at = mailbox(silent.local_addr().expect("bound").port());
    let error =
        send(&at, &scan(), Language::English, Duration::from_millis(30)).await.expect_err("it says nothing");
    assert!(
        error.to_string().contains("it does not answer") || error.to_string().contains("it was not done"),
        "{error}"
    );
    drop(silent);
    let error = hand_in(&at).await.expect_err("nobody is there");
    assert!(error.to_string().contains("Connection refused"), "{error}");
}
