//! The programs that running puppets needs: Node and npm.

use std::{
    env,
    ffi::OsString,
    io,
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

use rustix::process::{Pid, Signal, kill_process_group};
use tokio::{
    io::{AsyncBufReadExt as _, AsyncReadExt as _, BufReader},
    process::{Child, Command},
    time::timeout,
};

use super::{HostError, error::Program};
use ha_wechaty_config::{HostConfig, PREFIX, WITHHELD};

/// The oldest Node that the puppet service runs on.
const OLDEST: u32 = 18;

/// How long a version may be, in bytes.
const VERSION: u64 = 64;

/// A command in a process group of its own, so that all that it starts can be ended with it, and a Ctrl-C in the
/// terminal is ours alone. Our own variables, and what the collector of traces is told, hold secrets of the whole team, which are not for one account's puppet.
pub(super) fn command(program: &Path) -> Command {
    let mut command = Command::new(program);
    let is_ours = |name: &OsString| name.as_encoded_bytes().starts_with(PREFIX.as_bytes());
    env::vars_os().map(|(name, _)| name).filter(is_ours).for_each(|name| {
        command.env_remove(name);
    });
    for name in WITHHELD {
        command.env_remove(name);
    }
    command.process_group(0).kill_on_drop(true);
    command
}

/// A child of [`command`], and all that it started.
#[derive(Debug, Clone, Copy)]
pub(super) struct Group(Option<Pid>);

impl Group {
    /// The group of a child that has not been waited for.
    pub(super) fn of(child: &Child) -> Self {
        Self(child.id().and_then(|id| Pid::from_raw(id.cast_signed())))
    }

    /// Ends it at once.
    pub(super) fn kill(self) {
        if let Some(group) = self.0 {
            // It may be gone already.
            let _ = kill_process_group(group, Signal::KILL);
        }
    }
}

/// Why a program can't be run, in words with the remedy.
pub(super) fn failed(which: Program, program: &Path) -> impl FnOnce(io::Error) -> HostError {
    move |cause| HostError::Program { which, program: program.to_owned(), cause }
}

/// Says whether this Node does; it must do so within `limit`.
pub(super) async fn check_node(node: &Path, limit: Duration) -> Result<String, HostError> {
    let found = said_version(Program::Node, node, command(node), limit).await?;
    let major = found.strip_prefix('v').and_then(|it| it.split('.').next()?.parse::<u32>().ok());
    if major.is_some_and(|major| major >= OLDEST) {
        return Ok(found);
    }
    let found = if found.is_empty() { String::from("no Node") } else { found };
    Err(HostError::Version { program: node.to_owned(), found, least: OLDEST })
}

/// The version of the Node that puppets of such a host run on.
///
/// # Errors
/// It is not there, too old, or says nothing within `limit`; with the remedy.
pub fn node_version(
    host: &HostConfig,
    limit: Duration,
) -> impl Future<Output = Result<String, HostError>> + Send {
    check_node(&host.node, limit)
}

/// The version of the npm that installs them.
///
/// # Errors
/// It is not there, or says nothing within `limit`; with the remedy.
pub async fn npm_version(host: &HostConfig, limit: Duration) -> Result<String, HostError> {
    let mut asked = command(&host.npm);
    if let Some(path) = path_with(&host.node) {
        asked.env("PATH", path);
    }
    said_version(Program::Npm, &host.npm, asked, limit).await
}

/// What a program says of its version.
async fn said_version(
    which: Program,
    program: &Path,
    mut asked: Command,
    limit: Duration,
) -> Result<String, HostError> {
    asked.arg("--version").stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut child = asked.spawn().map_err(failed(which, program))?;
    let group = Group::of(&child);
    let told = timeout(limit, version(&mut child)).await;
    // A wrapper may have left something behind, and what is no such program may go on for ever.
    group.kill();
    let mute = || HostError::Mute { program: program.to_owned(), limit };
    told.map_err(|_| mute())?.map_err(failed(which, program))
}

/// What a child says of its version, as far as anybody would read it.
async fn version(child: &mut Child) -> io::Result<String> {
    let mut said = Vec::new();
    if let Some(stdout) = child.stdout.take() {
        // A line is enough: what a wrapper started may hold the pipe for longer.
        BufReader::new(stdout.take(VERSION)).read_until(b'\n', &mut said).await?;
    }
    Ok(String::from_utf8_lossy(&said).trim().to_owned())
}

/// A `PATH` in which this Node is the first: npm is a script that looks for one there.
pub(super) fn path_with(node: &Path) -> Option<OsString> {
    let folder = node.parent().filter(|folder| !folder.as_os_str().is_empty())?;
    let path = env::var_os("PATH").unwrap_or_default();
    env::join_paths([PathBuf::from(folder)].into_iter().chain(env::split_paths(&path))).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_collector_of_traces_is_told_is_not_handed_on() {
        let command = command(Path::new("node"));
        for name in WITHHELD {
            assert!(command.as_std().get_envs().any(|it| it == (name.as_ref(), None)), "{name}");
        }
    }
}
