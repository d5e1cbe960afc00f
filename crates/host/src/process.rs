//! One host's process: started, heard, ended.

use std::{
    path::{Path, PathBuf},
    process::{ExitStatus, Stdio},
    time::Duration,
};

use futures_util::StreamExt as _;
use ha_wechaty_wire::{Proxy, proxy::ProxyKind};
use tokio::{
    io::{AsyncRead, AsyncWriteExt as _},
    process::{Child, ChildStderr, ChildStdin, ChildStdout, Command},
    time::timeout,
};
use tokio_util::codec::FramedRead;

use super::{
    HostError,
    error::Program,
    lines::Lines,
    message::{Level, Order, Report},
    program::{Group, command, failed},
};

/// A host's process.
#[derive(Debug)]
pub(super) struct HostProcess {
    child: Child,
    group: Group,
    stdin: ChildStdin,
    stdout: FramedRead<ChildStdout, Lines>,
    stderr: FramedRead<ChildStderr, Lines>,
}

/// What happens to a host.
#[derive(Debug)]
pub(super) enum Happening {
    /// It told something.
    Report(Report),
    /// It is gone, and all that it said was told.
    Ended(ExitStatus),
}

/// Where a host is started.
pub(super) struct Place<'a> {
    pub(super) node: &'a Path,
    /// The script that is run.
    pub(super) script: &'a Path,
    /// Its working folder.
    pub(super) folder: &'a Path,
    /// Its temporary files.
    pub(super) temporary: PathBuf,
    /// Through what the puppet is to go out, if not directly.
    pub(super) proxy: Option<&'a Proxy>,
}

/// The variables by which programs are told of a proxy. Some look for lower case, some for upper; gRPC has one of its own.
const PROXY: [&str; 4] = ["ALL_PROXY", "HTTPS_PROXY", "HTTP_PROXY", "GRPC_PROXY"];
/// Those that say for whom it is not: this machine.
const NO_PROXY: [&str; 2] = ["NO_PROXY", "NO_GRPC_PROXY"];
const LOOPBACK: &str = "localhost,127.0.0.1,::1";

/// Tells a program to go out through a proxy. Node's own client heeds it from 22.21 and 24 on, if it is an HTTP one.
fn send_through(command: &mut Command, proxy: &Proxy) {
    let told = PROXY.map(|name| (name, proxy.reveal())).into_iter();
    for (name, value) in told.chain(NO_PROXY.map(|name| (name, LOOPBACK))) {
        command.env(name, value).env(name.to_lowercase(), value);
    }
    if proxy.kind() == ProxyKind::Http {
        command.env("NODE_USE_ENV_PROXY", "1");
    }
}

impl HostProcess {
    /// Starts one. It does nothing yet.
    pub(super) fn start(place: &Place<'_>) -> Result<Self, HostError> {
        let mut node = command(place.node);
        // What the packages should no longer do is their authors' business.
        node.arg("--no-deprecation").arg(place.script);
        node.current_dir(place.folder).env("TMPDIR", &place.temporary);
        node.env("AWS_SDK_JS_SUPPRESS_MAINTENANCE_MODE_MESSAGE", "1");
        if let Some(proxy) = place.proxy {
            send_through(&mut node, proxy);
        }
        node.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = node.spawn().map_err(failed(Program::Node, place.node))?;
        let (Some(stdin), Some(stdout), Some(stderr)) =
            (child.stdin.take(), child.stdout.take(), child.stderr.take())
        else {
            return Err(HostError::Failed { why: "its process has no pipes".to_owned() });
        };
        Ok(Self {
            group: Group::of(&child),
            child,
            stdin,
            stdout: FramedRead::new(stdout, Lines::default()),
            stderr: FramedRead::new(stderr, Lines::default()),
        })
    }

    /// Tells it something. One that has ended can't hear it; [`next`](Self::next) says so.
    pub(super) async fn tell(&mut self, order: &Order<'_>) {
        let Ok(line) = serde_json::to_string(order) else { return };
        let told = async {
            self.stdin.write_all(line.as_bytes()).await?;
            self.stdin.write_all(b"\n").await?;
            self.stdin.flush().await
        };
        if let Err(error) = told.await {
            tracing::debug!(%error, "a host can't be told anything any more");
        }
    }

    /// What happens next.
    pub(super) async fn next(&mut self) -> Happening {
        let report = tokio::select! {
            // What it said before it ended counts.
            biased;
            Some(line) = line(&mut self.stdout) => Report::of_line(line),
            Some(text) = line(&mut self.stderr) => Report::Log { level: Level::Warn, text },
            ended = self.child.wait() => return Happening::Ended(ended.unwrap_or_else(|error| {
                tracing::error!(%error, "a host can't be waited for");
                ExitStatus::default()
            })),
        };
        Happening::Report(report)
    }

    /// Ends it: asked to first, then, after `within`, killed with all that it started.
    pub(super) async fn stop(mut self, within: Duration, mut heard: impl FnMut(Report)) {
        let ended = timeout(within, async {
            self.tell(&Order::Close).await;
            while let Happening::Report(report) = self.next().await {
                heard(report);
            }
        });
        if ended.await.is_err() {
            tracing::warn!("a host did not end within {within:?} (host.stop), and is killed");
        }
    }
}

impl Drop for HostProcess {
    /// A host that nobody waits for any more ends at once, and so does what an ended one left behind.
    fn drop(&mut self) {
        self.group.kill();
    }
}

/// The next line; none once there will be no more. Whoever stops waiting has missed nothing.
async fn line<R: AsyncRead + Unpin>(lines: &mut FramedRead<R, Lines>) -> Option<String> {
    let line = lines.next().await?;
    line.inspect_err(|error| tracing::warn!(%error, "a host can't be heard")).ok()
}
