//! Installing trees of packages: each once, whole or not at all, for all accounts that use it.
//!
//! A tree that can't be installed, since its package is misspelt or its registry is away, is tried again and again, and
//! each attempt may take npm a while. So trees that have failed wait for one another, and for nobody else; those
//! that are tried for the first time never wait for them.

use std::{
    collections::BTreeSet,
    fmt,
    fs::{self, File, TryLockError},
    io,
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
    sync::Mutex,
    time::Duration,
};

use serde_json::{Map, Value};
use tempfile::TempDir;
use tokio::{
    sync::Semaphore,
    time::{Instant, timeout},
};

use ha_wechaty_config::Folders;

use super::{
    HostError,
    npm::Npm,
    program::check_node,
    recipe::{Plan, Recipe},
    session::make_packages,
};
use ha_wechaty_config::{HostConfig, Package};

/// What the folder of an attempt begins with. The tree's name follows, and then something random: the npm of a
/// process that was killed may still be at work in its own.
const PARTIAL: &str = ".partial-";
/// What the lock of a tree begins with; the tree's name follows.
const LOCK: &str = ".lock-";
/// How many trees are installed at a time, of those that never failed: npm waits for the network most of the time.
const AT_ONCE: usize = 2;
/// How often a lock of another process is tried.
const TRY_EVERY: Duration = Duration::from_millis(200);

/// How far an installation is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Progress {
    /// Another one is under way, here or in another process.
    Waiting,
    /// Versions are being chosen.
    Choosing {
        /// Of what, with its version.
        what: String,
    },
    /// Packages are being fetched.
    Fetching {
        /// Of what, with its version.
        what: String,
        /// How many there are.
        done: usize,
        /// Of how many.
        total: usize,
    },
}

impl fmt::Display for Progress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Waiting => f.write_str("it waits for its turn"),
            Self::Choosing { what } => write!(f, "{what}, choosing versions"),
            Self::Fetching { what, done, total } => write!(f, "{what}, {done} of {total} packages"),
        }
    }
}

/// Installs, a few trees at a time.
#[derive(Debug)]
pub(super) struct Installer {
    host: HostConfig,
    first_tries: Semaphore,
    further_tries: Semaphore,
    /// Trees whose last attempt failed; as many as accounts have, at most.
    failed: Mutex<BTreeSet<String>>,
}

impl Installer {
    pub(super) fn new(host: HostConfig) -> Self {
        let (first_tries, further_tries) = (Semaphore::new(AT_ONCE), Semaphore::new(1));
        Self { host, first_tries, further_tries, failed: Mutex::default() }
    }

    /// The folder of a tree; it is installed first if it is not there. What is there needs neither npm nor a
    /// network.
    ///
    /// # Errors
    /// It can't be installed; nothing is left but what a later attempt replaces.
    pub(super) async fn tree(
        &self,
        folders: &Folders,
        recipe: &Recipe,
        progress: &(dyn Fn(Progress) + Sync),
    ) -> Result<PathBuf, HostError> {
        let packages = make_packages(folders)?;
        let name = recipe.folder();
        let tree = packages.join(&name);
        if tree.exists() {
            return Ok(tree);
        }
        progress(Progress::Waiting);
        // Another account, or another process, may want the same.
        let _lock = lock(&packages, &name).await?;
        if tree.exists() {
            return Ok(tree);
        }
        let lane = if self.has_failed(&name) { &self.further_tries } else { &self.first_tries };
        // Nobody closes it.
        let _turn = lane.acquire().await;
        let (limit, begun) = (self.host.install, Instant::now());
        tracing::info!("installing {recipe} into {}", tree.display());
        let installed = timeout(limit, self.install(&packages, recipe, progress)).await;
        let installed = installed
            .unwrap_or_else(|_| Err(HostError::Slow { puppet: recipe.to_string(), limit }))
            .and_then(|partial| {
                let failed = |cause| HostError::Folder { path: tree.clone(), cause };
                fs::rename(partial.keep(), &tree).map_err(failed)
            });
        self.remember(name, installed.is_err());
        installed?;
        tracing::info!("installed {recipe} in {:.0}s", begun.elapsed().as_secs_f64());
        Ok(tree)
    }

    fn has_failed(&self, name: &str) -> bool {
        self.failed.lock().is_ok_and(|failed| failed.contains(name))
    }

    fn remember(&self, name: String, has_failed: bool) {
        if let Ok(mut failed) = self.failed.lock() {
            if has_failed {
                failed.insert(name);
            } else {
                failed.remove(&name);
            }
        }
    }

    /// Installs beside where it belongs; returns that folder.
    async fn install(
        &self,
        packages: &Path,
        recipe: &Recipe,
        progress: &(dyn Fn(Progress) + Sync),
    ) -> Result<TempDir, HostError> {
        let what = recipe.to_string();
        let begun = clear(packages, &recipe.folder()).and_then(|()| {
            tempfile::Builder::new().prefix(&format!("{PARTIAL}{}-", recipe.folder())).tempdir_in(packages)
        });
        let begun = begun.map_err(|cause| HostError::Folder { path: packages.to_owned(), cause })?;
        let partial = begun.path().to_owned();
        let failed = |cause| HostError::Folder { path: partial.clone(), cause };
        fs::write(partial.join("package.json"), recipe.manifest().to_string()).map_err(failed)?;
        let npm =
            Npm { npm: &self.host.npm, node: &self.host.node, folder: partial.clone(), what: what.clone() };
        progress(Progress::Choosing { what: what.clone() });
        npm.lock().await?;
        let peers = recipe.missing_peers(&locked(&partial));
        if !peers.is_empty() {
            let manifest = recipe.manifest_with(&peers).to_string();
            fs::write(partial.join("package.json"), manifest).map_err(failed)?;
            npm.lock().await?;
        }
        let locked = locked(&partial);
        // The first is the folder itself; what is bundled comes with another.
        let total = locked.values().filter(|it| it["inBundle"] != true).count().saturating_sub(1);
        let mut done = 0;
        let tell = |done| progress(Progress::Fetching { what: what.clone(), done, total });
        tell(done);
        npm.fetch(|| {
            done = (done + 1).min(total);
            tell(done);
        })
        .await?;
        for (folder, stand_in) in recipe.stand_ins(&locked) {
            stand_in.replace(&partial.join(folder)).map_err(failed)?;
        }
        let main = partial.join("node_modules").join(recipe.name());
        if !main.exists() {
            let why = format!("it said that all was well, but {} is not there", main.display());
            return Err(HostError::Install { puppet: what, why });
        }
        Ok(begun)
    }
}

/// Installs a puppet's package with all that it needs, as for an account that it drives; what is there already is left as it is.
/// The folder in whose `node_modules` it is then.
///
/// # Errors
/// It can't be installed, or is a folder of its own; with the remedy.
pub async fn install(
    host: &HostConfig,
    package: &Package,
    progress: &(dyn Fn(Progress) + Sync),
) -> Result<PathBuf, HostError> {
    check_node(&host.node, host.start).await?;
    let Plan { host: beside, puppet, source: _ } = Plan::of(package);
    let recipe = puppet.unwrap_or(beside);
    Installer::new(host.clone()).tree(&Folders::new(host)?, &recipe, progress).await
}

/// The packages of a lock file, by their folders.
fn locked(folder: &Path) -> Map<String, Value> {
    let lock = fs::read(folder.join("package-lock.json")).ok();
    let lock = lock.and_then(|lock| serde_json::from_slice::<Value>(&lock).ok());
    match lock.map(|mut lock| lock["packages"].take()) {
        Some(Value::Object(packages)) => packages,
        _ => Map::new(),
    }
}

/// Removes what attempts left that were cut short, with the process that made them: all but those of trees that
/// somebody installs now. The lock of `ours` is held here.
fn clear(packages: &Path, ours: &str) -> io::Result<()> {
    for entry in fs::read_dir(packages)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let Some(rest) = name.strip_prefix(PARTIAL) else { continue };
        let tree = rest.rsplit_once('-').map_or(rest, |(tree, _)| tree);
        let lock = packages.join(format!("{LOCK}{tree}"));
        let is_left = tree == ours || !lock.exists() || open(&lock)?.try_lock().is_ok();
        if is_left {
            fs::remove_dir_all(entry.path())?;
        }
    }
    Ok(())
}

/// Keeps everybody else from installing this tree, here and in other processes. It ends with this process, however
/// that ends.
async fn lock(packages: &Path, tree: &str) -> Result<File, HostError> {
    let path = packages.join(format!("{LOCK}{tree}"));
    let failed = |cause| HostError::Folder { path: path.clone(), cause };
    let file = open(&path).map_err(failed)?;
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(file),
            Err(TryLockError::WouldBlock) => tokio::time::sleep(TRY_EVERY).await,
            Err(TryLockError::Error(cause)) => return Err(failed(cause)),
        }
    }
}

fn open(lock: &Path) -> io::Result<File> {
    File::options().create(true).append(true).mode(0o600).open(lock)
}
