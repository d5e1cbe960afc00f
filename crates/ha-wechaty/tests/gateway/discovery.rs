//! Bots find the gateway by their tokens alone.

use std::{fs, net::SocketAddr, time::Duration};

use ha_wechaty::{
    Config, Gateway,
    config::{AccountConfig, AccountTls, GatewayTls, PemFile, Service},
    transport::{Address, DialError, dial, dial::DiscoveryError},
};
use ha_wechaty_testkit::{House, SELF, Setup, TOKEN, target};
use ha_wechaty_wire::{Token, tls::Trust};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

/// A certificate for this machine, which is its own authority, and its key.
struct Certificate {
    cert: PemFile,
    key: PemFile,
    _folder: tempfile::TempDir,
}

impl Certificate {
    fn new() -> Self {
        let names = ["127.0.0.1", "localhost"].map(str::to_owned);
        let own = rcgen::generate_simple_self_signed(names).expect("a certificate");
        let folder = tempfile::tempdir().expect("a folder");
        let write = |name: &str, text: String| {
            let path = folder.path().join(name);
            fs::write(&path, text).expect("a file");
            PemFile::read(path).expect("a file")
        };
        let (cert, key) =
            (write("cert.pem", own.cert.pem()), write("key.pem", own.signing_key.serialize_pem()));
        Self { cert, key, _folder: folder }
    }

    /// A house that is found over HTTPS.
    async fn house(&self) -> House {
        let tls = GatewayTls::Certificate { cert: self.cert.clone(), key: self.key.clone() };
        House::with(|config| {
            config.gateway.tls = tls;
            config.discovery.listen = Some(SocketAddr::from(([127, 0, 0, 1], 0)));
        })
        .await
    }
}

fn discovery(gateway: &Gateway) -> SocketAddr {
    gateway.discovery_addr().expect("a port to ask at")
}

#[tokio::test]
async fn a_gateway_is_found_by_another_that_has_its_bots_token_for_an_account() {
    let certificate = Certificate::new();
    let inner = certificate.house().await;
    let mut service = Service::new(Token::new(TOKEN));
    service.authority = discovery(&inner.gateway).to_string();
    service.tls =
        AccountTls::Custom { ca: Some(certificate.cert.clone()), server_name: Some("localhost".to_owned()) };
    let mut config = Config::new("outer");
    config.gateway.listen = SocketAddr::from(([127, 0, 0, 1], 0));
    config.admin.listen = None;
    config.accounts.push(AccountConfig::new("team", service));
    let outer = Gateway::start(config).await.expect("a gateway");
    inner.until("the inner team is an account of the outer", || outer.routing().available().len() == 1).await;
    let known = |id: &str| outer.routing().reach(id).yes.len() == 1;
    inner.until("the outer team knows the inner one's room", || known(inner.room.id())).await;
    outer.shutdown().await;
}

#[tokio::test]
async fn who_has_no_bots_token_learns_nothing() {
    let certificate = Certificate::new();
    let house = certificate.house().await;
    let mut target = target(&house.gateway, "insecure_wrong", false);
    target.address = Address::Discover {
        authority: discovery(&house.gateway).to_string(),
        https: Some(Trust::Public(certificate.cert.bytes().to_vec())),
    };
    let error = dial(&target).await.expect_err("it is no bot's");
    assert!(matches!(error, DialError::Discovery(DiscoveryError::NoSuchToken { .. })), "{error}");
}

#[tokio::test]
async fn behind_a_proxy_it_is_asked_over_http() {
    let house = Setup::new(SELF)
        .config(|config| {
            config.discovery.listen = Some(SocketAddr::from(([127, 0, 0, 1], 0)));
            config.discovery.tls = Some(GatewayTls::Off);
            config.discovery.advertise = Some("bots.example.com:443".parse().expect("an endpoint"));
        })
        .open()
        .await;
    let ask = async |token: &str| {
        let path = format!("/v0/hosties/{token}");
        ha_wechaty::admin::client::get(discovery(&house.gateway), &path, None).await.expect("an answer")
    };
    let told = r#"{"host":"bots.example.com","ip":"bots.example.com","port":443}"#;
    assert_eq!(ask(TOKEN).await, (200, told.to_owned()));
    assert_eq!(ask("insecure_wrong").await, (404, r#"{"error":"no such token"}"#.to_owned()));
}

#[tokio::test]
async fn connections_that_say_nothing_or_nonsense_keep_nobody_from_asking() {
    let certificate = Certificate::new();
    let house = certificate.house().await;
    let at = discovery(&house.gateway);
    let mut silent = Vec::new();
    for _ in 0..400 {
        silent.push(TcpStream::connect(at).await.expect("a connection"));
    }
    let mut nonsense = TcpStream::connect(at).await.expect("a connection");
    nonsense.write_all(b"GET / HTTP/1.1\r\n\r\n").await.expect("an open connection");
    let mut refused = Vec::new();
    nonsense.read_to_end(&mut refused).await.expect("the end");
    // The oldest had to go, sooner than the 10 s that each may be silent.
    let gone = tokio::time::timeout(Duration::from_secs(9), async { silent[0].read(&mut [0]).await });
    assert_eq!(gone.await.expect("there is a limit").unwrap_or_default(), 0);

    let mut target = target(&house.gateway, TOKEN, false);
    let https = Some(Trust::Public(certificate.cert.bytes().to_vec()));
    target.address = Address::Discover { authority: at.to_string(), https };
    dial(&target).await.expect("it is found");
}
