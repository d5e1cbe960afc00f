//! Stock peers of npm: the service as providers run it, alone, or in the middle with its own client behind it.

use std::{
    fs::{self, File},
    net::{Ipv4Addr, SocketAddr},
    path::Path,
    process::Stdio,
};

use anyhow::{Context as _, Result};
use tokio::{
    io::{AsyncBufReadExt as _, BufReader},
    time::timeout,
};

use super::{DEADLINE, TOKEN};
use crate::process::{Process, command};

/// Starts one; with an account, in front of that.
pub(super) async fn start(
    script: &Path,
    folder: &Path,
    relayed: Option<SocketAddr>,
) -> Result<(SocketAddr, Process)> {
    let log = folder.join("log");
    let mut node = command("node");
    node.arg(script).args(["--token", TOKEN]).env("TMPDIR", folder);
    if let Some(account) = relayed {
        node.args(["--relay", &account.to_string()]);
    }
    node.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(File::create(&log)?);
    let mut process = Process::start(&mut node)?;
    let stdout = process.child().stdout.take().context("it says nothing")?;
    let mut port = String::new();
    timeout(DEADLINE, BufReader::new(stdout).read_line(&mut port)).await.context("it does not serve")??;
    let port = port.trim().parse::<u16>();
    let port = port.with_context(|| format!("node: {}", fs::read_to_string(&log).unwrap_or_default()))?;
    Ok(((Ipv4Addr::LOCALHOST, port).into(), process))
}
