//! Keeps one account's host running: installs what it needs, starts it, listens to it, and starts it again when
//! it ends.
//!
//! ```text
//!  Installing ──▶ Starting ──▶ Serving
//!      ▲              │            │      it ended, or could not begin
//!      └──── Down ◀───┴────────────┘      (truncated exponential backoff)
//! ```

use std::{
    hash::{BuildHasher as _, RandomState},
    time::Duration,
};

use ha_wechaty_config::{
    Folders, Hosted,
    catalogue::{self, Platform},
};
use ha_wechaty_core::Backoff;
use ha_wechaty_wire::Token;
use tokio::time::{Instant, sleep_until, timeout_at};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::{
    Home, HostError, HostState,
    log::HostLog,
    message::{Open, Order, Report},
    process::{Happening, HostProcess, Place},
    program::check_node,
    recipe::Plan,
    scripts,
    session::Session,
};

/// A host that ran for so long begins its backoff anew when it ends.
const STEADY: Duration = Duration::from_secs(60);
/// How many times as long as another attempt an installation waits for its next one.
const INSTALL: u32 = 10;

/// One account's keeper.
#[derive(Debug)]
pub(super) struct Keeper {
    home: Home,
    hosted: Hosted,
    stop: CancellationToken,
    /// Held from the first start on: nobody else may be this account meanwhile.
    session: Option<Session>,
}

impl Keeper {
    pub(super) fn new(home: Home, hosted: Hosted, stop: CancellationToken) -> Self {
        Self { home, hosted, stop, session: None }
    }

    /// Keeps the host until it is told to stop, and ends it then.
    pub(super) async fn run(mut self) {
        let mut dice = fastrand::Rng::with_seed(RandomState::new().hash_one(self.home.account));
        let mut failures = 0;
        loop {
            let begun = Instant::now();
            let Err(error) = self.live().await else { return };
            failures = if begun.elapsed() >= STEADY { 1 } else { failures + 1 };
            let delay = self.delay(&error, failures, dice.f64());
            let (account, cause) = (self.home.name.as_str(), error.to_string());
            tracing::warn!(account, "{cause}; the next attempt is in {:.1}s", delay.as_secs_f64());
            let retry_at = Instant::now() + delay;
            self.home.hosts.set(self.home.account, HostState::Down { cause, retry_at });
            tokio::select! {
                () = sleep_until(retry_at) => {}
                () = self.home.hosts.woken(self.home.account) => {}
                () = self.stop.cancelled() => return,
            }
        }
    }

    /// How long to wait after so many failures in a row; `draw` is uniform in `0.0..1.0`. What could not be installed
    /// is asked of other people's registries again, and works npm hard: that has time.
    fn delay(&self, error: &HostError, failures: u32, draw: f64) -> Duration {
        let backoff = self.home.backoff;
        if let HostError::Install { .. } | HostError::Slow { .. } = error {
            let (base, cap) = (backoff.base * INSTALL, backoff.cap * INSTALL);
            Backoff { base, cap, ..backoff }.delay(failures, f64::midpoint(draw, 1.0))
        } else {
            backoff.delay(failures, draw)
        }
    }

    /// One life of the host. Returns without an error when it was told to stop.
    async fn live(&mut self) -> Result<(), HostError> {
        let stop = self.stop.clone();
        let token = Token::new(format!("host_{}", Uuid::new_v4()));
        let mut log = HostLog::new(&self.home.name, self.home.lines.clone(), &self.hosted, &token);
        let mut process = tokio::select! {
            started = self.start(&token) => started?,
            () = stop.cancelled() => return Ok(()),
        };
        tokio::select! {
            ended = self.listen(&mut process, &mut log, &token) => return Err(ended),
            () = stop.cancelled() => {}
        }
        let heard = |report| {
            if let Report::Log { level, text } = report {
                let _ = log.tell(level, &text);
            }
        };
        process.stop(self.home.host.stop, heard).await;
        Ok(())
    }

    /// Makes everything ready, and starts the process.
    async fn start(&mut self, token: &Token) -> Result<HostProcess, HostError> {
        let home = self.home.clone();
        let host = &home.host;
        let known = catalogue::find(&self.hosted.package);
        if known.is_some_and(|known| known.platform == Platform::Windows) && !cfg!(windows) {
            return Err(HostError::Windows { puppet: self.hosted.package.to_string() });
        }
        check_node(&host.node, host.start).await?;
        let folders = Folders::new(host)?;
        let session = match &mut self.session {
            Some(session) => session,
            none => none.insert(Session::open(&folders, &home.team, &home.name)?),
        };
        let plan = Plan::of(&self.hosted.package);
        let progress = |progress| home.hosts.set(home.account, HostState::Installing(progress));
        let tree = home.hosts.installer().tree(&folders, &plan.host, &progress).await?;
        let own = match &plan.puppet {
            Some(recipe) => Some(home.hosts.installer().tree(&folders, recipe, &progress).await?),
            None => None,
        };
        home.hosts.set(home.account, HostState::Starting);
        let script = scripts::put_into(&tree);
        let script = script.map_err(|cause| HostError::Folder { path: tree.clone(), cause })?;
        let mut process = HostProcess::start(&Place {
            node: &host.node,
            script: &script,
            folder: session.folder(),
            temporary: session.temporary()?,
            proxy: self.hosted.proxy.as_ref(),
        })?;
        let open = Order::Open(Open {
            name: &home.name,
            puppet: plan.source,
            tree: own,
            token: self.hosted.token.as_ref().map(Token::reveal),
            options: self.hosted.options.as_map(),
            memory: session.card(&self.hosted.package),
            service_token: token.reveal(),
        });
        process.tell(&open).await;
        Ok(process)
    }

    /// Listens to a host until it is gone, and says why.
    async fn listen(&self, process: &mut HostProcess, log: &mut HostLog, token: &Token) -> HostError {
        let limit = self.home.host.start;
        let starting = Instant::now() + limit;
        let mut is_serving = false;
        loop {
            let happening = match is_serving {
                true => process.next().await,
                false => match timeout_at(starting, process.next()).await {
                    Ok(happening) => happening,
                    Err(_) => return HostError::Silent { limit },
                },
            };
            match happening {
                Happening::Report(Report::Log { level, text }) => {
                    if let Some(text) = log.tell(level, &text) {
                        self.home.hosts.hear(self.home.account, text);
                    }
                }
                Happening::Report(Report::Serving { port }) => {
                    is_serving = true;
                    let state = HostState::Serving { port, token: token.clone() };
                    self.home.hosts.set(self.home.account, state);
                }
                Happening::Report(Report::Failed { why }) => {
                    return HostError::Failed { why: log.mask(&why) };
                }
                Happening::Ended(status) => return HostError::Ended { status, last: log.last_error() },
            }
        }
    }
}
