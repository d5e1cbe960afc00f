//! Accounts behind a proxy that follows a script: what it is asked, and every way in which it is in the way.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use ha_wechaty_core::Remedy;
use ha_wechaty_wire::tls::{self, Trust};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    sync::oneshot,
};
use tokio_rustls::TlsAcceptor;

use super::{TOKEN, community, plaintext, puppet::serve};
use crate::{
    Address, DialError, ProbeStep, ProxyTrouble, Target, dial, dial::DiscoveryError, probe, probe_proxy,
};

/// What nobody but the proxy could resolve.
const HOST: &str = "puppet.behind.invalid";
const PORT: u16 = 8788;
/// An empty frame of HTTP/2 settings: what a service on Node says before anything was said to it.
const SETTINGS: &[u8] = &[0, 0, 0, 4, 0, 0, 0, 0, 0];
const SETTINGS_ACK: &[u8] = &[0, 0, 0, 4, 1, 0, 0, 0, 0];

/// What the client must say next, and what it is answered.
type Steps = Vec<(Vec<u8>, Vec<u8>)>;

/// What SOCKS 5 says to reach [`HOST`].
fn socks_request() -> Vec<u8> {
    let length = u8::try_from(HOST.len()).expect("a length");
    [&[5, 1, 0, 3, length], HOST.as_bytes(), &PORT.to_be_bytes()].concat()
}

/// What HTTP says to reach [`HOST`].
fn tunnel_request(authorization: &str) -> Vec<u8> {
    format!("CONNECT {HOST}:{PORT} HTTP/1.1\r\nHost: {HOST}:{PORT}\r\n{authorization}\r\n").into_bytes()
}

/// A user and a password as SOCKS says them.
const LOGIN: &[u8] = b"\x01\x04user\x06p@ss:w";
const CONNECTED: &[u8] = &[5, 0, 0, 1, 127, 0, 0, 1, 0, 80];

/// How one reaches it by SOCKS with a user and a password; `last` is the answer to the request.
fn socks(last: &[u8]) -> Steps {
    vec![(vec![5, 2, 0, 2], vec![5, 2]), (LOGIN.to_vec(), vec![1, 0]), (socks_request(), last.to_vec())]
}

/// Does the steps of a proxy; the socket leads to what is behind it then.
async fn play(mut socket: TcpStream, steps: Steps) -> TcpStream {
    for (expected, answer) in steps {
        let mut said = vec![0; expected.len()];
        socket.read_exact(&mut said).await.expect("what a client says");
        assert_eq!(said.escape_ascii().to_string(), expected.escape_ascii().to_string());
        socket.write_all(&answer).await.expect("an open socket");
    }
    socket
}

/// A service behind the proxy whose first word came with the proxy's last.
async fn greeted(mut socket: TcpStream) {
    let mut preface = [0; 24];
    socket.read_exact(&mut preface).await.expect("a preface");
    assert!(preface.starts_with(b"PRI * HTTP/2.0"));
    socket.write_all(SETTINGS_ACK).await.expect("an open socket");
    let _ = tokio::io::copy(&mut socket, &mut tokio::io::sink()).await;
}

/// Where [`HOST`] is reached through this proxy.
fn behind(scheme: &str, at: SocketAddr) -> Target {
    let proxy = Some(format!("{scheme}://user:p%40ss%3Aw@{at}").parse().expect("a proxy"));
    let address = Address::Endpoint { host: HOST.into(), port: PORT };
    Target { address, proxy, ..plaintext(at) }
}

/// The same without a user.
fn behind_as_nobody(scheme: &str, at: SocketAddr) -> Target {
    Target { proxy: Some(format!("{scheme}://{at}").parse().expect("a proxy")), ..behind(scheme, at) }
}

fn and_settings(answer: &[u8]) -> Vec<u8> {
    [answer, SETTINGS].concat()
}

#[tokio::test]
async fn the_name_is_resolved_at_the_proxy_and_the_first_word_of_the_service_is_heard() {
    let authorization = "Proxy-Authorization: Basic dXNlcjpwQHNzOnc=\r\n";
    let bound = [&[5, 0, 0, 3, 4], b"name".as_slice(), &[0, 80]].concat();
    let bound_v6 = [&[5, 0, 0, 4], [0; 18].as_slice()].concat();
    let ways: [(&str, Steps); 5] = [
        ("socks5", socks(&and_settings(CONNECTED))),
        ("socks5h", socks(&and_settings(&bound))),
        // It takes anybody, too.
        ("socks5", vec![(vec![5, 2, 0, 2], vec![5, 0]), (socks_request(), and_settings(&bound_v6))]),
        (
            "http",
            vec![(
                tunnel_request(authorization),
                and_settings(b"HTTP/1.1 200 Connection established\r\n\r\n"),
            )],
        ),
        (
            "http",
            vec![(
                tunnel_request(authorization),
                and_settings(b"HTTP/1.0 200 OK\nProxy-agent: some\nX: y\n\n"),
            )],
        ),
    ];
    for (scheme, steps) in ways {
        let (at, _script) = serve(|socket| async { greeted(play(socket, steps).await).await }).await;
        let connection = dial(&behind(scheme, at)).await.unwrap_or_else(|error| panic!("{scheme}: {error}"));
        assert_eq!(connection.peer(), at);
    }
}

#[tokio::test]
async fn an_address_is_given_as_one() {
    for (host, said) in [
        ("10.1.2.3", [5, 1, 0, 1, 10, 1, 2, 3].to_vec()),
        ("[2001:db8::1]", [&[5, 1, 0, 4, 0x20, 1, 0x0d, 0xb8], [0; 11].as_slice(), &[1]].concat()),
    ] {
        let request = [said, PORT.to_be_bytes().to_vec()].concat();
        let steps = vec![(vec![5, 1, 0], vec![5, 0]), (request, and_settings(CONNECTED))];
        let (at, _script) = serve(|socket| async { greeted(play(socket, steps).await).await }).await;
        let mut target = behind_as_nobody("socks5", at);
        target.address = Address::Endpoint { host: host.into(), port: PORT };
        dial(&target).await.unwrap_or_else(|error| panic!("{host}: {error}"));
    }
}

#[tokio::test]
async fn tls_goes_through_it_to_the_service() {
    let (at, _script) = serve(|socket| async {
        let socket = play(socket, socks(CONNECTED)).await;
        let config = Arc::new(tls::community_server().expect("a server"));
        let Ok(socket) = TlsAcceptor::from(config).accept(socket).await else { return };
        if let Ok(mut connection) = h2::server::handshake(socket).await {
            while connection.accept().await.is_some() {}
        }
    })
    .await;
    let target = Target { security: community(at).security, ..behind("socks5", at) };
    dial(&target).await.expect("a connection");
}

/// The error of dialling through a proxy that does these steps and closes.
async fn trouble(target: impl FnOnce(SocketAddr) -> Target, steps: Steps) -> ProxyTrouble {
    let (at, script) = serve(|socket| async { drop(play(socket, steps).await) }).await;
    let error = dial(&target(at)).await.expect_err("an error");
    let text = error.to_string();
    assert!(text.contains(&format!("://{at} ")), "it names the proxy: {text}");
    assert!(!text.contains("user:") && !text.contains("p@ss") && !text.contains("p%40ss"), "{text}");
    assert_eq!(error.remedy(), Remedy::Proxy);
    script.await.expect("it was asked as it should be");
    let DialError::Proxy { trouble, .. } = error else { panic!("{error}") };
    trouble
}

#[tokio::test]
async fn each_refusal_of_socks_says_what_to_do() {
    let at = || format!("{HOST}:{PORT}");
    let with_login = |at| behind("socks5", at);
    let none = vec![(vec![5, 2, 0, 2], vec![5, 0xff])];
    assert_eq!(trouble(with_login, none).await, ProxyTrouble::Login);
    let wrong = vec![(vec![5, 2, 0, 2], vec![5, 2]), (LOGIN.to_vec(), vec![1, 1])];
    assert_eq!(trouble(with_login, wrong).await, ProxyTrouble::Login);
    let mute = vec![(vec![5, 2, 0, 2], vec![5, 2]), (LOGIN.to_vec(), Vec::new())];
    assert_eq!(trouble(with_login, mute).await, ProxyTrouble::Login);
    for method in [0xff, 2] {
        let wanted = vec![(vec![5, 1, 0], vec![5, method])];
        assert_eq!(trouble(|at| behind_as_nobody("socks5", at), wanted).await, ProxyTrouble::WantsLogin);
    }
    for (code, why) in [
        (1, "general failure"),
        (3, "network unreachable"),
        (4, "host unreachable, or its name unknown"),
        (5, "connection refused"),
        (99, "code 99"),
    ] {
        let found = trouble(with_login, socks(&[5, code])).await;
        assert_eq!(found, ProxyTrouble::Behind { at: at(), why: why.into() });
        assert!(found.to_string().contains("is `endpoint` right as seen from the proxy"), "{found}");
    }
    let found = trouble(with_login, socks(&[5, 2])).await;
    assert_eq!(found, ProxyTrouble::Forbidden { at: at(), why: "not allowed by its rules".into() });
}

#[tokio::test]
async fn each_refusal_of_http_says_what_to_do() {
    let at = || format!("{HOST}:{PORT}");
    let as_nobody = |at| behind_as_nobody("http", at);
    let answers = |line: &str| vec![(tunnel_request(""), format!("{line}\r\nX: y\r\n\r\n").into_bytes())];
    let wanted = trouble(as_nobody, answers("HTTP/1.1 407 Proxy Authentication Required")).await;
    assert_eq!(wanted, ProxyTrouble::WantsLogin);
    let authorization = "Proxy-Authorization: Basic dXNlcjpwQHNzOnc=\r\n";
    let refused = vec![(tunnel_request(authorization), b"HTTP/1.1 407 No\r\n\r\n".to_vec())];
    assert_eq!(trouble(|at| behind("http", at), refused).await, ProxyTrouble::Login);
    let found = trouble(as_nobody, answers("HTTP/1.1 403 Filtered")).await;
    assert_eq!(found, ProxyTrouble::Forbidden { at: at(), why: "403 Filtered".into() });
    for why in ["502 Bad Gateway", "500 Unable to connect", "504"] {
        let found = trouble(as_nobody, answers(&format!("HTTP/1.1 {why}"))).await;
        assert_eq!(found, ProxyTrouble::Behind { at: at(), why: why.into() });
    }
    // A web server that is no proxy.
    for line in ["HTTP/1.1 405 Method Not Allowed", "HTTP/1.1 400 Bad Request"] {
        let found = trouble(as_nobody, answers(line)).await;
        assert_eq!(found, ProxyTrouble::Foreign { kind: "HTTP", bytes: line.into() });
    }
}

#[tokio::test]
async fn what_is_no_such_proxy_is_told_as_it_is() {
    let begins = |found: &ProxyTrouble, wanted: &str| {
        assert!(matches!(found, ProxyTrouble::Foreign { bytes, .. } if bytes.starts_with(wanted)), "{found}");
    };
    let web = vec![(vec![5, 1, 0], b"HTTP/1.1 400 Bad Request\r\n\r\n".to_vec())];
    begins(&trouble(|at| behind_as_nobody("socks5", at), web).await, "HT");
    let odd = vec![(vec![5, 1, 0], vec![5, 7])];
    begins(&trouble(|at| behind_as_nobody("socks5", at), odd).await, "\\x05\\x07");
    let odd = vec![(vec![5, 1, 0], vec![5, 0]), (socks_request(), vec![5, 0, 0, 9, 1])];
    begins(&trouble(|at| behind_as_nobody("socks5", at), odd).await, "\\x00\\t");
    let socks = vec![(tunnel_request(""), vec![5, 0xff])];
    begins(&trouble(|at| behind_as_nobody("http", at), socks).await, "\\x05");
    let endless = vec![(tunnel_request(""), [b"HTTP/1.1 200 OK\r\n".to_vec(), vec![b'x'; 9_000]].concat())];
    begins(&trouble(|at| behind_as_nobody("http", at), endless).await, "HTTP/1.1 200 OK");
    for (scheme, asked) in [("socks5", vec![5, 1, 0]), ("http", tunnel_request(""))] {
        let found = trouble(|at| behind_as_nobody(scheme, at), vec![(asked, Vec::new())]).await;
        assert!(matches!(found, ProxyTrouble::Closed(_)), "{found}");
    }
}

#[tokio::test]
async fn a_proxy_that_is_not_there() {
    let at = TcpListener::bind("127.0.0.1:0").await.expect("a port").local_addr().expect("an address");
    let error = dial(&behind("socks5", at)).await.expect_err("an error");
    let told = format!("the proxy socks5://{at} can't be reached (connection refused): is it running");
    assert!(error.to_string().starts_with(&told), "{error}");
    let proxy = behind("http", at).proxy.expect("a proxy");
    let error = probe_proxy(&proxy, Duration::from_secs(3)).await.expect_err("nobody listens");
    assert_eq!(error.remedy(), Remedy::Proxy);
}

#[tokio::test]
async fn a_proxy_that_hangs() {
    let (asked, is_asked) = oneshot::channel();
    let (at, _script) = serve(|socket| async move {
        let mut socket = play(socket, socks(&[])).await;
        asked.send(()).expect("a test");
        let _ = tokio::io::copy(&mut socket, &mut tokio::io::sink()).await;
    })
    .await;
    let target = behind("socks5", at);
    let (error, ()) = tokio::join!(dial(&target), async {
        is_asked.await.expect("a connection");
        tokio::time::pause();
    });
    let error = error.expect_err("an error");
    assert!(
        matches!(&error, DialError::Proxy { trouble: ProxyTrouble::Silent { .. }, .. })
            && error.to_string().contains(&format!("whether it reaches {HOST}:{PORT}")),
        "{error}"
    );
}

/// A proxy that takes two connections, and does these steps of each.
async fn serve_both(first: Steps, second: Steps) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let at = listener.local_addr().expect("an address");
    tokio::spawn(async move {
        drop(play(listener.accept().await.expect("a client").0, first).await);
        greeted(play(listener.accept().await.expect("a client").0, second).await).await;
    });
    at
}

#[tokio::test]
async fn the_directory_is_asked_through_it_too() {
    let asked = b"CONNECT directory.invalid:80 HTTP/1.1\r\nHost: directory.invalid:80\r\n\r\n";
    let question = format!("GET /v0/hosties/{TOKEN} HTTP/1.1\r\n").into_bytes();
    let json = format!(r#"{{"host":"{HOST}","port":{PORT}}}"#);
    let answer = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{json}", json.len());
    let ok = || b"HTTP/1.1 200 OK\r\n\r\n".to_vec();
    let first = vec![(asked.to_vec(), ok()), (question, answer.into_bytes())];
    let at = serve_both(first, vec![(tunnel_request(""), and_settings(&ok()))]).await;
    let mut target = behind_as_nobody("http", at);
    target.address = Address::Discover { authority: "directory.invalid".into(), https: None };
    dial(&target).await.expect("a connection");
    // What is wrong with the proxy is not the directory's fault; what is behind it is.
    let refuses = |line: &str| vec![(asked.to_vec(), format!("HTTP/1.1 {line}\r\n\r\n").into_bytes())];
    let directory = |at| Target {
        address: Address::Discover { authority: "directory.invalid".into(), https: None },
        ..behind_as_nobody("http", at)
    };
    assert_eq!(trouble(directory, refuses("407 No")).await, ProxyTrouble::WantsLogin);
    let at = serve_both(refuses("502 No"), Vec::new()).await;
    let error = dial(&directory(at)).await.expect_err("an error");
    assert!(matches!(error, DialError::Discovery(DiscoveryError::Unreachable { .. })), "{error}");
}

#[tokio::test]
async fn the_way_is_told_step_by_step() {
    let within = Duration::from_secs(3);
    let steps = |probe: &crate::Probe| probe.done.iter().map(|(step, _)| *step).collect::<Vec<_>>();
    let (at, _script) = serve(|socket| async { drop(play(socket, socks(&[5, 5])).await) }).await;
    let probed = probe(&behind("socks5", at), within).await;
    assert_eq!(steps(&probed), [ProbeStep::Proxy]);
    assert_eq!(probed.done[0].1, format!("socks5://{at} takes connections"));
    assert_eq!(
        probed.failed.map(|(step, error)| (step, error.remedy())),
        Some((ProbeStep::Tcp, Remedy::Proxy))
    );
    let wanted = vec![(vec![5, 1, 0], vec![5, 0xff])];
    let (at, _script) = serve(|socket| async { drop(play(socket, wanted).await) }).await;
    let probed = probe(&behind_as_nobody("socks5", at), within).await;
    assert_eq!((steps(&probed), probed.failed.map(|it| it.0)), (vec![], Some(ProbeStep::Proxy)));
    // What says nothing may be no proxy of its kind.
    let (at, script) = serve(|mut socket| async move {
        let _ = tokio::io::copy(&mut socket, &mut tokio::io::sink()).await;
    })
    .await;
    let probed = probe(&behind("socks5", at), Duration::from_millis(200)).await;
    assert_eq!(steps(&probed), []);
    let (step, error) = probed.failed.expect("it says nothing");
    assert_eq!((step, error.remedy()), (ProbeStep::Proxy, Remedy::Proxy));
    assert!(error.to_string().contains("no proxy of this kind"), "{error}");
    script.abort();
    let steps_behind = socks(&and_settings(CONNECTED));
    let (at, _script) = serve(|socket| async { drop(play(socket, steps_behind).await) }).await;
    let probed = probe(&behind("socks5", at), within).await;
    assert_eq!(steps(&probed)[..2], [ProbeStep::Proxy, ProbeStep::Tcp]);
}

#[tokio::test]
async fn what_comes_after_it_names_it_as_well() {
    let steps = socks(&[CONNECTED, b"SSH-2.0-OpenSSH_9.2\r\n"].concat());
    let (at, _script) = serve(|socket| async {
        let _ = tokio::io::copy(&mut play(socket, steps).await, &mut tokio::io::sink()).await;
    })
    .await;
    let error = dial(&behind("socks5", at)).await.expect_err("no service");
    let told = format!("{HOST}:{PORT} (through socks5://{at}) does not speak HTTP/2");
    assert!(error.to_string().starts_with(&told), "{error}");
    let target = Target {
        security: super::secure(at, &Trust::Community, "insecure").security,
        ..behind("socks5", at)
    };
    assert!(format!("{target:?}").contains("Proxy(socks5://"), "and no password: {target:?}");
    assert!(!format!("{target:?}").contains("p%40ss"));
}
