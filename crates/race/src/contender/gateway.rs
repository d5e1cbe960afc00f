//! This gateway, as it is packed: `ha-wechaty serve` with a configuration of its own.

use std::{
    fmt::Write as _,
    fs::{self, File},
    net::SocketAddr,
    path::Path,
    process::Stdio,
    time::Duration,
};

use anyhow::{Context as _, Result, bail, ensure};
use tokio::{
    io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader},
    net::TcpStream,
    time::{sleep, timeout},
};

use super::DEADLINE;
use crate::{
    certificate::Certificate,
    process::{Process, command},
    town::Town,
};

/// For so long no account is asked anything before it counts as settled.
const QUIET: Duration = Duration::from_millis(500);

/// How it is configured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Shape {
    pub(crate) accounts: usize,
    pub(crate) bots: usize,
    /// Whether sends are paced, so loosely that none waits.
    pub(crate) is_paced: bool,
    pub(crate) store: Store,
}

/// Where it writes down what must outlive it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Store {
    Memory,
    Sqlite,
}

impl Shape {
    /// The usual one: not paced, in memory, one bot.
    pub(crate) const fn of(accounts: usize) -> Self {
        Self { accounts, bots: 1, is_paced: false, store: Store::Memory }
    }

    /// For people, in a word for each thing that is not usual.
    pub(super) fn name(self) -> String {
        let mut name = match self.accounts {
            1 => String::from("1 account"),
            many => format!("{many} accounts"),
        };
        if self.bots > 1 {
            let _ = write!(name, ", {} bots", self.bots);
        }
        if self.is_paced {
            name += ", paced";
        }
        match self.store {
            Store::Memory => {}
            Store::Sqlite => name += ", SQLite",
        }
        name
    }

    fn config(self, folder: &Path, tls: Option<&Certificate>, accounts: &[SocketAddr]) -> String {
        let tls = tls.map_or_else(
            || String::from("\"off\""),
            |it| format!("{{ cert = \"{}\", key = \"{}\" }}", it.cert().display(), it.key().display()),
        );
        let mut text = format!(
            "name = \"ossbot\"\n[gateway]\nlisten = \"127.0.0.1:0\"\ntls = {tls}\n\
             [admin]\nlisten = \"127.0.0.1:0\"\n"
        );
        text += match self.is_paced {
            true => "[pace]\nmessages = \"100000/1s\"\nper_conversation = \"100000/1s\"\n",
            false => "[pace]\nenabled = false\n",
        };
        let store = match self.store {
            Store::Memory => String::from("memory"),
            Store::Sqlite => folder.join("team.sqlite").display().to_string(),
        };
        let _ = writeln!(text, "[store]\npath = \"{store}\"");
        for bot in 1..=self.bots {
            let _ = writeln!(text, "[[bot]]\nname = \"bot-{bot}\"\ntoken = \"insecure_bot-{bot}\"");
        }
        for (place, at) in accounts.iter().enumerate() {
            let _ = writeln!(
                text,
                "[[account]]\nname = \"account-{place}\"\ntoken = \"insecure_account-{place}\"\n\
                 endpoint = \"{at}\"\ntls = \"off\""
            );
        }
        text
    }
}

/// Starts it; returns when all accounts get work, and it has read what it reads of them at first.
pub(super) async fn start(
    binary: &Path,
    shape: Shape,
    (folder, tls): (&Path, Option<&Certificate>),
    town: &Town,
) -> Result<(SocketAddr, Process)> {
    let (path, log) = (folder.join("ha-wechaty.toml"), folder.join("log"));
    fs::write(&path, shape.config(folder, tls, town.addresses()))?;
    let mut serve = command(binary);
    serve
        .args(["serve", "--config"])
        .arg(&path)
        .env_clear()
        .env("TMPDIR", folder)
        .env("XDG_DATA_HOME", folder);
    serve.env("PATH", "/usr/bin:/bin").stdout(Stdio::piped()).stderr(File::create(&log)?);
    let mut process = Process::start(&mut serve)?;
    let said = || fs::read_to_string(&log).unwrap_or_default();
    let (at, admin) = greeting(&mut process).await.with_context(|| format!("the gateway: {}", said()))?;
    let usable = async {
        while usable(admin).await? < shape.accounts as u64 {
            sleep(Duration::from_millis(20)).await;
        }
        let mut calls = town.calls();
        loop {
            sleep(QUIET).await;
            let before = std::mem::replace(&mut calls, town.calls());
            if calls == before {
                return anyhow::Ok(());
            }
        }
    };
    let usable = timeout(DEADLINE, usable).await.context("the accounts are not available");
    usable.and_then(|it| it).with_context(|| format!("the gateway: {}", said()))?;
    Ok((at, process))
}

/// Where bots connect, and where operators look.
async fn greeting(process: &mut Process) -> Result<(SocketAddr, SocketAddr)> {
    let stdout = process.child().stdout.take().context("it says nothing")?;
    let mut greeting = String::new();
    timeout(DEADLINE, BufReader::new(stdout).read_line(&mut greeting))
        .await
        .context("it does not greet")??;
    let found = |from: &str, to: char| greeting.split_once(from)?.1.split(to).next()?.parse().ok();
    let (Some(at), Some(admin)) = (found(") on ", ' '), found("status on http://", '/')) else {
        bail!("it does not serve: {greeting}");
    };
    Ok((at, admin))
}

/// How many accounts get work.
async fn usable(admin: SocketAddr) -> Result<u64> {
    let mut socket = TcpStream::connect(admin).await?;
    let request = format!("GET /api/v1/status HTTP/1.1\r\nhost: {admin}\r\nconnection: close\r\n\r\n");
    socket.write_all(request.as_bytes()).await?;
    let mut answer = Vec::new();
    socket.read_to_end(&mut answer).await?;
    let answer = String::from_utf8_lossy(&answer);
    let (head, body) = answer.split_once("\r\n\r\n").context("no answer of the admin's server")?;
    ensure!(head.contains(" 200 "), "the admin's server refuses: {head}");
    // What is sent in pieces has their lengths between them.
    let json = body.get(body.find('{').unwrap_or(0)..=body.rfind('}').unwrap_or(0)).unwrap_or_default();
    let status: serde_json::Value = serde_json::from_str(json).context("a status that can't be read")?;
    status["team"]["usable"].as_u64().context("no number of usable accounts")
}
