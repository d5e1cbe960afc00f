//! Installing trees of packages: each once, whole or not at all, for all accounts that use it.

use std::{
    fmt,
    fs::{self, File, TryLockError},
    io,
    path::{Path, PathBuf},
    time::Duration,
};

use serde_json::{Map, Value};
use tempfile::TempDir;
use tokio::{
    sync::Mutex,
    time::{Instant, timeout},
};

use super::{Folders, HostError, npm::Npm, recipe::Recipe};
use crate::config::Host;

/// What the folder of an attempt begins with. The rest is random: the npm of a process that was killed may still be
/// at work in its own.
const PARTIAL: &str = ".partial-";
/// How often a lock of another process is tried.
const TRY_EVERY: Duration = Duration::from_millis(200);

/// How far an installation is.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
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

/// Installs, one tree at a time.
#[derive(Debug)]
pub(super) struct Installer {
    host: Host,
    turn: Mutex<()>,
}

impl Installer {
    pub(super) fn new(host: Host) -> Self {
        Self { host, turn: Mutex::new(()) }
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
        let packages = folders.make_packages()?;
        let tree = packages.join(recipe.folder());
        if tree.exists() {
            return Ok(tree);
        }
        progress(Progress::Waiting);
        let _turn = self.turn.lock().await;
        let _lock = lock(&packages).await?;
        // Whoever had the turn before may have wanted the same.
        if tree.exists() {
            return Ok(tree);
        }
        let (limit, begun) = (self.host.install, Instant::now());
        tracing::info!("installing {recipe} into {}", tree.display());
        match timeout(limit, self.install(&packages, recipe, progress)).await {
            Ok(installed) => {
                let partial = installed?;
                fs::rename(partial.keep(), &tree)
                    .map_err(|cause| HostError::Folder { path: tree.clone(), cause })?;
                tracing::info!("installed {recipe} in {:.0}s", begun.elapsed().as_secs_f64());
                Ok(tree)
            }
            Err(_) => Err(HostError::Slow { puppet: recipe.to_string(), limit }),
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
        let begun =
            clear(packages).and_then(|()| tempfile::Builder::new().prefix(PARTIAL).tempdir_in(packages));
        let begun = begun.map_err(|cause| HostError::Folder { path: packages.to_owned(), cause })?;
        let partial = begun.path().to_owned();
        let failed = |cause| HostError::Folder { path: partial.clone(), cause };
        fs::write(partial.join("package.json"), recipe.manifest().to_string()).map_err(failed)?;
        for stand_in in recipe.stand_ins() {
            let folder = partial.join(stand_in.folder());
            fs::create_dir_all(&folder).map_err(failed)?;
            fs::write(folder.join("package.json"), stand_in.manifest().to_string()).map_err(failed)?;
            fs::write(folder.join("index.js"), stand_in.code).map_err(failed)?;
        }
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
        // The first is the folder itself.
        let total = locked(&partial).len().saturating_sub(1);
        let mut done = 0;
        let tell = |done| progress(Progress::Fetching { what: what.clone(), done, total });
        tell(done);
        npm.fetch(|| {
            done = (done + 1).min(total);
            tell(done);
        })
        .await?;
        let main = partial.join("node_modules").join(recipe.name());
        if !main.exists() {
            let why = format!("it said that all was well, but {} is not there", main.display());
            return Err(HostError::Install { puppet: what, why });
        }
        Ok(begun)
    }
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

/// Removes what attempts left that were cut short, with the process that made them.
fn clear(packages: &Path) -> io::Result<()> {
    for entry in fs::read_dir(packages)? {
        let entry = entry?;
        if entry.file_name().to_string_lossy().starts_with(PARTIAL) {
            fs::remove_dir_all(entry.path())?;
        }
    }
    Ok(())
}

/// Keeps other processes from installing here. It ends with this process, however that ends.
async fn lock(packages: &Path) -> Result<File, HostError> {
    let path = packages.join(".lock");
    let failed = |cause| HostError::Folder { path: path.clone(), cause };
    let file = File::options().create(true).append(true).open(&path).map_err(failed)?;
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(file),
            Err(TryLockError::WouldBlock) => tokio::time::sleep(TRY_EVERY).await,
            Err(TryLockError::Error(cause)) => return Err(failed(cause)),
        }
    }
}
