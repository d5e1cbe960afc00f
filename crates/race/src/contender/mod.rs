//! Who stands in the middle: nobody, a proxy, this gateway, a stock peer.

mod gateway;
mod proxies;
mod stock;

use std::{
    net::{Ipv4Addr, SocketAddr, TcpListener},
    path::Path,
    time::Duration,
};

use anyhow::{Context as _, Result};
use tempfile::TempDir;
use tokio::{io::AsyncWriteExt as _, net::TcpStream, time::sleep};

use crate::{caller::Door, certificate::Certificate, process::Process, town::Town};

pub(crate) use gateway::{Shape, Store};

/// Nothing that a contender is waited for takes this long unless it is broken.
const DEADLINE: Duration = Duration::from_secs(30);
/// The token of the first bot; the accounts take any.
const TOKEN: &str = "insecure_bot-1";

/// Which one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// The account itself: what is told of it is the account's.
    Direct,
    Haproxy,
    Nginx,
    /// The gateway, so configured.
    Gateway(Shape),
    /// Another build of it, configured like the first.
    Beside(Shape),
    /// The stock service itself, with a puppet that costs next to nothing.
    Stock,
    /// The stock service and the stock client, between a bot and an account.
    Relay,
}

/// One that runs.
pub(crate) struct Contender {
    pub(crate) kind: Kind,
    pub(crate) door: Door,
    /// Its own accounts: each has one event stream.
    pub(crate) town: Town,
    process: Option<Process>,
    _folder: TempDir,
}

/// The programs that are ours.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Builds<'a> {
    pub(crate) gateway: &'a Path,
    pub(crate) beside: Option<&'a Path>,
    /// The script that is a stock peer.
    pub(crate) stock: &'a Path,
}

impl Kind {
    /// The gateway among them, of whatever build.
    pub(crate) fn shape(self) -> Option<Shape> {
        match self {
            Self::Gateway(shape) | Self::Beside(shape) => Some(shape),
            Self::Direct | Self::Haproxy | Self::Nginx | Self::Stock | Self::Relay => None,
        }
    }

    /// Before how many accounts it stands.
    pub(crate) fn accounts(self) -> usize {
        self.shape().map_or(1, |shape| shape.accounts)
    }

    /// As how many bots it is called.
    fn bots(self) -> usize {
        self.shape().map_or(1, |shape| shape.bots)
    }

    /// For people.
    pub(crate) fn name(self) -> String {
        match self {
            Self::Direct => "direct".into(),
            Self::Haproxy => "HAProxy".into(),
            Self::Nginx => "nginx".into(),
            Self::Gateway(shape) => format!("gateway, {}", shape.name()),
            Self::Beside(shape) => format!("other build, {}", shape.name()),
            Self::Stock => "stock service alone".into(),
            Self::Relay => "stock service and client".into(),
        }
    }
}

impl Contender {
    /// Starts it before accounts of its own; returns when it serves. Those who can't present a certificate do not.
    pub(crate) async fn start(kind: Kind, builds: Builds<'_>, tls: Option<&Certificate>) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let town = Town::start(kind.accounts())?;
        let (one, path) = (town.addresses()[0], folder.path());
        let (address, process) = match kind {
            Kind::Direct => (one, None),
            Kind::Haproxy => some(proxies::haproxy(path, one, tls).await?),
            Kind::Nginx => some(proxies::nginx(path, one, tls).await?),
            Kind::Gateway(shape) => some(gateway::start(builds.gateway, shape, (path, tls), &town).await?),
            Kind::Beside(shape) => {
                let build = builds.beside.context("no other build was named")?;
                some(gateway::start(build, shape, (path, tls), &town).await?)
            }
            Kind::Stock => some(stock::start(builds.stock, path, None).await?),
            Kind::Relay => some(stock::start(builds.stock, path, Some(one)).await?),
        };
        let trust = tls.map(|it| it.trust.clone());
        let tokens = (1..=kind.bots()).map(|bot| format!("insecure_bot-{bot}")).collect();
        Ok(Self { kind, door: Door { address, tokens, trust }, town, process, _folder: folder })
    }

    /// Writes a line to its input, if it has one.
    pub(crate) async fn order(&mut self, line: &str) -> Result<()> {
        let stdin = self.process.as_mut().and_then(|it| it.child().stdin.as_mut());
        let stdin = stdin.context("it takes no orders")?;
        stdin.write_all(line.as_bytes()).await?;
        Ok(stdin.flush().await?)
    }

    /// How much processor it has taken so far.
    pub(crate) async fn taken(&self) -> Result<Duration> {
        match &self.process {
            Some(process) => process.taken(),
            None => self.town.taken().await,
        }
    }

    /// The most memory that it ever had, if it is a process of its own.
    pub(crate) fn peak(&self) -> Result<Option<u64>> {
        self.process.as_ref().map(Process::peak).transpose()
    }
}

fn some((address, process): (SocketAddr, Process)) -> (SocketAddr, Option<Process>) {
    (address, Some(process))
}

/// A port that was free a moment ago.
fn free_port() -> Result<SocketAddr> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?)
}

/// Waits until somebody listens there.
async fn until_listens(at: SocketAddr, process: &mut Process) -> Result<()> {
    let listens = async {
        while TcpStream::connect(at).await.is_err() {
            process.must_run()?;
            sleep(Duration::from_millis(10)).await;
        }
        Ok(())
    };
    tokio::time::timeout(DEADLINE, listens).await.context("it does not listen")?
}
