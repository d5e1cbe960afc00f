//! Who stands in the middle: nobody, a proxy, this gateway, a stock peer.

mod gateway;
mod proxies;

use std::{
    net::{Ipv4Addr, SocketAddr, TcpListener},
    path::Path,
    time::Duration,
};

use anyhow::{Context as _, Result};
use tempfile::TempDir;
use tokio::{net::TcpStream, time::sleep};

use crate::{caller::Door, process::Process, town::Town};

pub(crate) use gateway::Shape;

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
}

/// One that runs.
pub(crate) struct Contender {
    pub(crate) kind: Kind,
    pub(crate) door: Door,
    process: Option<Process>,
    _folder: TempDir,
}

/// The programs that are ours.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Builds<'a> {
    pub(crate) gateway: &'a Path,
    pub(crate) beside: Option<&'a Path>,
}

impl Kind {
    /// For people.
    pub(crate) fn name(self) -> String {
        match self {
            Self::Direct => "direct".into(),
            Self::Haproxy => "HAProxy".into(),
            Self::Nginx => "nginx".into(),
            Self::Gateway(shape) => format!("gateway, {}", shape.name()),
            Self::Beside(shape) => format!("other build, {}", shape.name()),
        }
    }
}

impl Contender {
    /// Starts it before these accounts; returns when it serves.
    pub(crate) async fn start(kind: Kind, town: &Town, builds: Builds<'_>) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let one = town.addresses(1)[0];
        let (address, process) = match kind {
            Kind::Direct => (one, None),
            Kind::Haproxy => proxies::haproxy(folder.path(), one).await.map(|(at, it)| (at, Some(it)))?,
            Kind::Nginx => proxies::nginx(folder.path(), one).await.map(|(at, it)| (at, Some(it)))?,
            Kind::Gateway(shape) => {
                let started = gateway::start(builds.gateway, shape, folder.path(), town).await;
                started.map(|(at, it)| (at, Some(it)))?
            }
            Kind::Beside(shape) => {
                let build = builds.beside.context("no other build was named")?;
                gateway::start(build, shape, folder.path(), town).await.map(|(at, it)| (at, Some(it)))?
            }
        };
        Ok(Self { kind, door: Door { address, token: TOKEN.into() }, process, _folder: folder })
    }

    /// How much processor it has taken so far.
    pub(crate) async fn taken(&self, town: &Town) -> Result<Duration> {
        match &self.process {
            Some(process) => process.taken(),
            None => town.taken().await,
        }
    }

    /// The most memory that it ever had, if it is a process of its own.
    pub(crate) fn peak(&self) -> Result<Option<u64>> {
        self.process.as_ref().map(Process::peak).transpose()
    }
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
