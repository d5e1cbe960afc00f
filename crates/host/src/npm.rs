//! npm, in a folder: what it is asked for, and how far it is.

use std::{
    path::{Path, PathBuf},
    process::Stdio,
};

use tokio::io::{AsyncBufReadExt as _, AsyncRead, BufReader};

use super::{
    HostError,
    error::Program,
    program::{command, failed, path_with},
};

/// How many lines of its complaint are told when it fails: the first say why.
const COMPLAINT: usize = 12;

/// npm in a folder that has a `package.json`.
pub(super) struct Npm<'a> {
    pub(super) npm: &'a Path,
    pub(super) node: &'a Path,
    pub(super) folder: PathBuf,
    /// What is being installed, for people.
    pub(super) what: String,
}

impl Npm<'_> {
    /// Chooses the version of every package, and writes them down in `package-lock.json`.
    pub(super) async fn lock(&self) -> Result<(), HostError> {
        self.run(&["install", "--package-lock-only"], |_| {}).await
    }

    /// Fetches every package of `package-lock.json`; `fetched` is called for each.
    pub(super) async fn fetch(&self, mut fetched: impl FnMut()) -> Result<(), HostError> {
        // It says so at this level only, and in the same words whether it had the package in its cache or not.
        self.run(&["ci", "--loglevel=http"], |line| {
            if line.contains("npm http") && line.contains(".tgz") {
                fetched();
            }
        })
        .await
    }

    async fn run(&self, arguments: &[&str], mut told: impl FnMut(&str)) -> Result<(), HostError> {
        let mut npm = command(self.npm);
        npm.args(arguments);
        // Scripts of packages are other people's programs, run unseen; none of the puppets needs them. Peers are
        // left out since those of the puppet service bring a whole bot, with every puppet that it knows.
        npm.args(["--ignore-scripts", "--legacy-peer-deps", "--no-audit", "--no-fund", "--no-progress"]);
        npm.current_dir(&self.folder).env("NO_UPDATE_NOTIFIER", "1");
        if let Some(path) = path_with(self.node) {
            npm.env("PATH", path);
        }
        npm.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
        let mut child = npm.spawn().map_err(failed(Program::Npm, self.npm))?;
        let mut complaint = Vec::new();
        if let Some(stderr) = child.stderr.take() {
            read_lines(stderr, |line| {
                told(&line);
                if line.starts_with("npm error") || line.starts_with("npm ERR!") {
                    complaint.push(line);
                    complaint.truncate(COMPLAINT);
                }
            })
            .await;
        }
        let status = child.wait().await.map_err(failed(Program::Npm, self.npm))?;
        if status.success() {
            return Ok(());
        }
        let said = complaint.iter().map(|line| explain(line)).filter(|line| !line.is_empty());
        let why = said.collect::<Vec<_>>().join("; ");
        let why = if why.is_empty() { format!("it ended with {status} and said nothing") } else { why };
        Err(HostError::Install { puppet: self.what.clone(), why })
    }
}

/// A line of npm's complaint, without npm's name before it.
fn explain(line: &str) -> &str {
    let line = line.trim_start_matches("npm error").trim_start_matches("npm ERR!").trim();
    // Where it keeps its own log.
    if line.contains("complete log of this run") { "" } else { line }
}

async fn read_lines(pipe: impl AsyncRead + Unpin, mut read: impl FnMut(String)) {
    let mut lines = BufReader::new(pipe).split(b'\n');
    while let Ok(Some(line)) = lines.next_segment().await {
        read(String::from_utf8_lossy(&line).trim_end().to_owned());
    }
}
