//! The gateway as a process of its own.

use std::{
    env,
    fs::{self, File},
    net::SocketAddr,
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

use anyhow::{Context as _, Result, bail};
use ha_wechaty::admin::{
    Status,
    client::{AdminClient, Shown},
};
use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;
use tokio::{
    io::{AsyncBufReadExt as _, BufReader},
    process::{Child, Command},
    time::{sleep, timeout},
};

use super::{Figures, Process, Taken};

/// Nothing that a gateway is waited for takes this long unless it is broken.
const DEADLINE: Duration = Duration::from_secs(30);

/// How many descriptors a gateway may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Descriptors {
    /// As many as this process.
    Many,
    /// So many, and so many if it asks for them.
    Few { soft: u64, hard: u64 },
}

impl Descriptors {
    /// What runs a program with so many.
    pub(super) fn command(self, binary: &Path) -> Result<Command> {
        Ok(match self {
            Self::Many => Command::new(binary),
            Self::Few { soft, hard } => {
                let mut limited = Command::new(env::current_exe()?);
                limited.args(["limited", "--soft", &soft.to_string(), "--hard", &hard.to_string(), "--"]);
                limited.arg(binary);
                limited
            }
        })
    }
}

/// A gateway that serves. It ends with this.
#[derive(Debug)]
pub(crate) struct Serve {
    child: Child,
    pub(crate) process: Process,
    /// Where bots connect.
    pub(crate) gateway: SocketAddr,
    /// Where operators look.
    pub(crate) admin: SocketAddr,
    /// Where bots find it, if anywhere.
    pub(crate) discovery: Option<SocketAddr>,
    folder: TempDir,
    /// What its admin's server takes, if it wants to be shown something.
    key: Option<String>,
}

impl Serve {
    /// Starts it; returns when it serves.
    pub(crate) async fn start(binary: &Path, config: &str, descriptors: Descriptors) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let path = folder.path().join("ha-wechaty.toml");
        fs::write(&path, config)?;
        let mut command = descriptors.command(binary)?;
        command.args(["serve", "--config"]).arg(&path).env_clear().env("TMPDIR", folder.path());
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(File::create(log_of(&folder))?);
        let mut child = command.kill_on_drop(true).spawn().context("the gateway can't be run")?;
        let id = child.id().context("the gateway has ended")?;
        let mut greeting = String::new();
        if let Some(stdout) = child.stdout.take() {
            let mut stdout = BufReader::new(stdout);
            timeout(DEADLINE, stdout.read_line(&mut greeting)).await.context("it does not greet")??;
        }
        let found = |from: &str, to: char| {
            let rest = greeting.split_once(from)?.1;
            rest.split(to).next()?.parse::<SocketAddr>().ok()
        };
        let (Some(gateway), Some(admin)) = (found(") on ", ' '), found("status on http://", '/')) else {
            bail!("it does not serve: {greeting}{}", fs::read_to_string(log_of(&folder)).unwrap_or_default());
        };
        let discovery = greeting.split_once("found by token on ").map(|(_, rest)| {
            let end = rest.find([',', '\n', ' ']).unwrap_or(rest.len());
            rest[..end].parse()
        });
        let discovery = discovery.transpose()?;
        Ok(Self { child, process: Process(id), gateway, admin, discovery, folder, key: None })
    }

    /// The same, with what its admin's server takes.
    pub(crate) fn with_key(self, key: Option<String>) -> Self {
        Self { key, ..self }
    }

    /// Reads another configuration, as on SIGHUP.
    pub(crate) fn reload(&self, config: &str) -> Result<()> {
        let path = self.folder.path().join("ha-wechaty.toml");
        // Whole at any time: it may be read at any time.
        let new = self.folder.path().join("new.toml");
        fs::write(&new, config)?;
        fs::rename(new, path)?;
        self.signal(Signal::HUP)
    }

    /// A signal.
    pub(crate) fn signal(&self, signal: Signal) -> Result<()> {
        let id = i32::try_from(self.process.0).ok().and_then(Pid::from_raw).context("no process")?;
        kill_process(id, signal).context("the gateway is gone")
    }

    /// Whether it has not ended, and nobody knows: its place is kept until it is waited for.
    pub(crate) fn is_running(&self) -> Result<bool> {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.process.0))?;
        Ok(!stat.rsplit(')').next().unwrap_or_default().trim_start().starts_with('Z'))
    }

    /// What it takes of the machine.
    pub(crate) fn taken(&self) -> Result<Taken> {
        self.process.taken()
    }

    /// What it tells of itself.
    pub(crate) async fn figures(&self) -> Result<Figures> {
        Figures::read(self.admin).await
    }

    /// How everything stands.
    pub(crate) async fn status(&self) -> Result<Status> {
        let client = AdminClient::new(self.admin).showing(self.key.as_deref().map(Shown::key));
        let (_, json) = client.get("/status").await.context("no status")?;
        serde_json::from_str(&json).context("a status that can't be read")
    }

    /// Waits until so many accounts get work.
    pub(crate) async fn until_usable(&self, accounts: usize) -> Result<()> {
        let usable = async {
            loop {
                if self.status().await?.team.usable >= accounts {
                    return anyhow::Ok(());
                }
                sleep(Duration::from_millis(20)).await;
            }
        };
        timeout(DEADLINE, usable).await.context("the accounts are not available")?
    }

    /// All that it has logged so far.
    pub(crate) fn log(&self) -> String {
        String::from_utf8_lossy(&fs::read(log_of(&self.folder)).unwrap_or_default()).into_owned()
    }

    /// Where its temporary files are.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Ends it as an operator does.
    pub(crate) async fn stop(mut self) -> Result<()> {
        self.signal(Signal::TERM)?;
        let ended = timeout(DEADLINE, self.child.wait()).await.context("it does not end")??;
        if !ended.success() {
            bail!("it ended with {ended}: {}", self.log());
        }
        Ok(())
    }
}

fn log_of(folder: &TempDir) -> PathBuf {
    folder.path().join("log")
}
