//! The admin's entry: nothing shown, cookies that were forged or are over, forms without their token, pages of elsewhere, scripts in
//! names, paths that lead around it, guesses of the password, a link that was used.

use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use ha_wechaty::admin::{MadeKey, hash_password, make_key};
use ha_wechaty_sim::Fault;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::{sleep, timeout},
};

use super::{
    figure::{Figure, Figures, Unit},
    scene::{Ground, Scene},
};
use crate::stage::Descriptors;

const PASSWORD: &str = "correct horse battery";
/// As Basic has it, with its user.
const SHOWN: &str = "Authorization: Basic YWRtaW46Y29ycmVjdCBob3JzZSBiYXR0ZXJ5\r\n";
/// A session is short here, and outlasts what is asked with one.
const SESSION: Duration = Duration::from_secs(5);
const SCRIPT: &str = "<script>alert(1)</script>";

/// What is behind the entry, and ways that might lead around it.
const PATHS: [&str; 26] = [
    "/",
    "/status",
    "/metrics",
    "/sends",
    "/rooms",
    "/history",
    "/events",
    "/accounts/north",
    "/accounts/north/qr.svg",
    "/store/copy",
    "/api/v1/status",
    "/api/v1/audit",
    "/login/../status",
    "/login/..%2fstatus",
    "/login%2f..%2fstatus",
    "/l/../status",
    "/l/%2e%2e/status",
    "/l/x/../../status",
    "/l/x/%2e%2e/%2e%2e/status",
    "/health/../status",
    "/health/live/../../status",
    "//status",
    "/status/",
    "/STATUS",
    "/status%00",
    "/%73tatus",
];

/// Somebody's cookies who has no session.
const FORGED: [&str; 8] = [
    "ha-wechaty=",
    "ha-wechaty=admin",
    "ha-wechaty=99999999.admin.00000000000000000000000000000000.0000000000000000000000000000000000000000000000000000000000000000",
    "__Host-ha-wechaty=99999999.admin.0.0",
    "ha-wechaty=99999999.admin..",
    "ha-wechaty-known=0.0",
    "ha-wechaty=-1.admin.0.0; ha-wechaty=1",
    "ha-wechaty-login=00112233445566778899aabbccddeeff",
];

pub(super) async fn attack(ground: Ground<'_>) -> Result<Vec<Figure>> {
    let mut figures = Figures::of(ground, "the admin's entry");
    let MadeKey { key, hash } = make_key().context("no random bits")?;
    let password = hash_password(PASSWORD).map_err(anyhow::Error::msg)?;
    let lines = format!(
        "password = \"{password}\"\nsession = \"{SESSION:?}\"\n[[key]]\nname = \"siege\"\nhash = \"{hash}\"\nright = \"admin\""
    );
    let scene = ground.locked_scene(&[("admin", &lines)], Descriptors::Many, Some(key)).await?;
    let door = Door(scene.serve.admin);
    without_a_session(&mut figures, &door).await?;
    with_one(&mut figures, &scene, &door).await?;
    link(&mut figures, &scene, &door).await?;
    guesses(&mut figures, ground, &scene, &door).await?;
    Ok(figures.all())
}

async fn without_a_session(figures: &mut Figures, door: &Door) -> Result<()> {
    let (mut told, mut forged, mut scripts) = (0, 0, 0);
    for path in PATHS {
        told += usize::from(door.get(path, "").await?.is("200"));
        for cookie in FORGED {
            let shown = format!("Cookie: {cookie}\r\nAccept: text/html\r\n");
            forged += usize::from(door.get(path, &shown).await?.is("200"));
        }
    }
    let token = door.token("/login", "").await?;
    for (name, to) in [(SCRIPT, "/"), ("ops", SCRIPT), ("\"><script>alert(1)</script>", "//evil.example")] {
        let form = format!("csrf={token}&name={}&secret=x&to={}", encoded(name), encoded(to));
        let answer = door.post("/login", &form, "").await?;
        scripts += usize::from(answer.0.contains("<script>alert") || answer.0.contains("evil.example"));
        let asked = format!("/login?name={}&to={}", encoded(name), encoded(to));
        scripts += usize::from(door.get(&asked, "Accept: text/html\r\n").await?.0.contains("<script>alert"));
    }
    figures.count("answers without a session, of 26 paths", "", told, 0);
    figures.count("answers to forged cookies, of 208", "", forged, 0);
    figures.count("scripts of names on the login's page, of 6", "", scripts, 0);
    Ok(())
}

/// What a session alone is good for, and when it is over.
async fn with_one(figures: &mut Figures, scene: &Scene, door: &Door) -> Result<()> {
    let token = door.token("/login", "").await?;
    let form = format!("csrf={token}&name=admin&secret={}", encoded(PASSWORD));
    let session = door.post("/login", &form, "").await?.cookies();
    let begun = Instant::now();
    let mut told = usize::from(!door.get("/status", &session).await?.is("200"));
    let own = door.token("/accounts/north", &format!("{session}Accept: text/html\r\n")).await?;
    let drain = "/accounts/north/hand";
    for form in [
        "hand=drain&sure=1".into(),
        "hand=drain&sure=1&csrf=x".into(),
        format!("hand=drain&sure=1&csrf={token}"),
    ] {
        told += usize::from(!door.post(drain, &form, &session).await?.is("403"));
    }
    for origin in ["http://evil.example", "null", "http://127.0.0.1:1", "https://127.0.0.1"] {
        let form = format!("hand=drain&sure=1&csrf={own}");
        let answer = door.say("POST", drain, &form, &format!("{session}Origin: {origin}\r\n")).await?;
        told += usize::from(!answer.is("403"));
    }
    figures.count("forms of elsewhere, or without token, taken", "", told, 0);
    let is_drained = scene.serve.status().await?.team.usable < scene.phones.len();
    figures.count("accounts that they took from work", "", usize::from(is_drained), 0);
    sleep((SESSION + Duration::from_millis(1_100)).saturating_sub(begun.elapsed())).await;
    let is_over = !door.get("/status", &session).await?.is("200");
    figures.count("answers to a session that is over, of 1", "", usize::from(!is_over), 0);
    Ok(())
}

/// A link that was used, and such as never were.
async fn link(figures: &mut Figures, scene: &Scene, door: &Door) -> Result<()> {
    let phone = scene.phones.last().context("no phone")?;
    phone.fail(Fault::Scan(String::from("http://weixin.qq.com/x/siege")));
    let json = format!("{SHOWN}Content-Type: application/json\r\n");
    let path = format!("/api/v1/accounts/{}/link", phone.name());
    let made = async {
        loop {
            let answer = door.say("POST", &path, "", &json).await?;
            if let Some((_, rest)) = answer.0.split_once("/l/").filter(|_| answer.is("200")) {
                let secret: String = rest.chars().take_while(char::is_ascii_hexdigit).collect();
                return anyhow::Ok(format!("/l/{secret}"));
            }
            sleep(Duration::from_millis(50)).await;
        }
    };
    let link = timeout(Duration::from_secs(20), made).await.context("no link is made")??;
    let first = door.post(&link, "", "").await?;
    let mut told = usize::from(!first.is("303"));
    told += usize::from(!door.get(&format!("{link}/qr.svg"), &first.cookies()).await?.is("200"));
    for shown in ["", "Cookie: ha-wechaty-login=00112233445566778899aabbccddeeff\r\n"] {
        for path in [link.clone(), format!("{link}/qr.svg"), format!("{link}/events")] {
            told += usize::from(!door.get(&path, shown).await?.is("410"));
        }
        told += usize::from(!door.post(&link, "", shown).await?.is("410"));
    }
    for n in 0..200 {
        told += usize::from(!door.get(&format!("/l/{n:032x}/qr.svg"), "").await?.is("410"));
    }
    figures.count("links that were used, or never made, taken", "", told, 0);
    phone.log_in();
    scene.serve.until_usable(scene.phones.len()).await
}

/// Guesses of the password, all from one address.
async fn guesses(figures: &mut Figures, ground: Ground<'_>, scene: &Scene, door: &Door) -> Result<()> {
    let count = ground.size(10_000, 1_000);
    let guessing = async {
        let (mut let_in, mut looked_at) = (0, 0);
        for n in 0..count {
            // admin:0, admin:1, …
            let shown = format!("Authorization: Basic {}\r\n", BASE64_STANDARD.encode(format!("admin:{n}")));
            let answer = door.get("/status", &shown).await?;
            let_in += usize::from(answer.is("200"));
            looked_at += usize::from(answer.is("401"));
        }
        anyhow::Ok((let_in, looked_at))
    };
    let begun = Instant::now();
    let ((let_in, looked_at), toll) = scene.toll(Duration::from_millis(500), guessing).await?;
    let lasted = begun.elapsed().as_secs() as usize;
    figures.count("wrong passwords that were let in", "", let_in, 0);
    // A few are free; then one is looked at in half a second, or a second.
    figures.count(
        "of them looked at, beyond one in half a second",
        "",
        looked_at.saturating_sub(4 + 2 * lasted),
        0,
    );
    figures.beat(&toll, "", 60.0);
    figures.add("memory that stays", "", Unit::Bytes, toll.left as f64, 24.0 * 1_048_576.0);
    let begun = Instant::now();
    let right = async {
        while !door.get("/status", SHOWN).await?.is("200") {
            sleep(Duration::from_millis(50)).await;
        }
        anyhow::Ok(())
    };
    timeout(Duration::from_secs(60), right).await.context("the password lets nobody in any more")??;
    let took = begun.elapsed().as_secs_f64() * 1_000.0;
    figures.add("until the right one is let in afterwards", "", Unit::Milliseconds, took, 2_500.0);
    Ok(())
}

/// The admin's port, asked as it is written.
struct Door(SocketAddr);

/// What it answers, as it is written.
struct Told(String);

impl Told {
    fn is(&self, code: &str) -> bool {
        self.0.strip_prefix("HTTP/1.1 ").is_some_and(|rest| rest.starts_with(code))
    }

    /// What a browser shows from then on.
    fn cookies(&self) -> String {
        let set = self.0.lines().filter_map(|line| line.strip_prefix("set-cookie: "));
        let pairs: Vec<&str> = set.filter_map(|it| it.split(';').next()).collect();
        format!("Cookie: {}\r\n", pairs.join("; "))
    }
}

impl Door {
    async fn get(&self, path: &str, headers: &str) -> Result<Told> {
        self.say("GET", path, "", headers).await
    }

    /// As a form of a page of ours.
    async fn post(&self, path: &str, form: &str, headers: &str) -> Result<Told> {
        let own = format!("{headers}Origin: http://{}\r\nAccept: text/html\r\n", self.0);
        self.say("POST", path, form, &own).await
    }

    async fn say(&self, method: &str, path: &str, body: &str, headers: &str) -> Result<Told> {
        let ask = async {
            let mut socket = TcpStream::connect(self.0).await?;
            let request = format!(
                "{method} {path} HTTP/1.1\r\nHost: {}\r\n{headers}Content-Length: {}\r\nConnection: close\r\n\r\n{body}",
                self.0,
                body.len()
            );
            socket.write_all(request.as_bytes()).await?;
            let mut answer = Vec::new();
            // Cut off is no answer.
            let _ = socket.read_to_end(&mut answer).await;
            anyhow::Ok(Told(String::from_utf8_lossy(&answer).into_owned()))
        };
        timeout(Duration::from_secs(10), ask).await.context("the admin does not answer")?
    }

    /// The token of a page's forms.
    async fn token(&self, path: &str, headers: &str) -> Result<String> {
        let Told(page) = self.get(path, headers).await?;
        let (_, rest) = page.split_once("name=\"csrf\" value=\"").context("no form")?;
        Ok(rest.chars().take_while(char::is_ascii_hexdigit).collect())
    }
}

/// A value of a form.
fn encoded(text: &str) -> String {
    text.bytes().fold(String::new(), |text, byte| text + &format!("%{byte:02X}"))
}
