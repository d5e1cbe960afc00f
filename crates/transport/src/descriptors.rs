//! How many files and connections this process may have open at once.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// What is kept for everything but bots: accounts and their files, the admin's server, the directory.
const OTHERS: usize = 256;
/// Who may open hardly anything keeps no more than half for the others.
const LEAST: usize = 32;

/// Raises the limit as far as the system lets this process.
pub fn raise() {
    let limit = getrlimit(Resource::Nofile);
    if limit.current.is_some() && limit.current != limit.maximum {
        let raised = Rlimit { current: limit.maximum, maximum: limit.maximum };
        if let Err(error) = setrlimit(Resource::Nofile, raised) {
            tracing::debug!(%error, "the limit of open files stays as it is");
        }
    }
}

/// How many descriptors connections at the port for bots may have.
pub fn for_bots() -> usize {
    let most = most();
    most.saturating_sub(OTHERS.min(most / 2)).saturating_sub(for_spool()).max(LEAST)
}

/// How many files of bots may wait on disk: an eighth.
pub fn for_spool() -> usize {
    (most() / 8).max(LEAST)
}

fn most() -> usize {
    getrlimit(Resource::Nofile).current.map_or(usize::MAX, |it| usize::try_from(it).unwrap_or(usize::MAX))
}
