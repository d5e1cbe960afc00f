//! The official account's server as a process.

use std::{net::SocketAddr, path::Path, process::Stdio, time::Duration};

use anyhow::{Context as _, Result};
use tokio::{
    io::{AsyncBufReadExt as _, BufReader},
    process::Child,
    time::timeout,
};

use super::{Descriptors, Process};

/// One that listens. It ends with this.
#[derive(Debug)]
pub(crate) struct Dong {
    _child: Child,
    pub(crate) process: Process,
    pub(crate) address: SocketAddr,
}

impl Dong {
    /// Starts it; returns when it listens.
    pub(crate) async fn start(binary: &Path, descriptors: Descriptors) -> Result<Self> {
        let mut command = descriptors.command(binary)?;
        command.args(["dong", "--listen", "127.0.0.1:0"]).env_clear().env("HA_WECHATY_DONG_TOKEN", "pamtest");
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.kill_on_drop(true).spawn().context("dong can't be run")?;
        let id = child.id().context("dong has ended")?;
        let mut greeting = String::new();
        if let Some(stdout) = child.stdout.take() {
            let mut stdout = BufReader::new(stdout);
            let greeted = timeout(Duration::from_secs(20), stdout.read_line(&mut greeting));
            greeted.await.context("it does not greet")??;
        }
        let address =
            greeting.split_once("http://").and_then(|(_, rest)| rest.split('/').next()?.parse().ok());
        let address = address.with_context(|| format!("it does not listen: {greeting}"))?;
        Ok(Self { _child: child, process: Process(id), address })
    }
}
