//! What runs a team: its links, its engine, and the state that calls work on. The gateway serves it to
//! bots, the library gives it to one program.

use std::{io, net::SocketAddr, sync::Arc, time::Duration};

use ha_wechaty_core::{AccountId, Note, Team, Time};
use ha_wechaty_wire::tls::TlsError;
use tokio::{
    sync::{broadcast, mpsc, oneshot},
    task::JoinSet,
};
use tokio_util::sync::CancellationToken;

use crate::{
    account::Link,
    call::{Pacer, Schema},
    config::Config,
    engine::{Engine, new_team},
    host,
    shared::Shared,
    transport::BindError,
};

/// How many notes a slow listener may be behind before it misses some.
const NOTES: usize = 1_024;

/// How long the other end of a connection that is closed may take to hear of it.
pub(crate) const FAREWELL: Duration = Duration::from_secs(1);

/// A look at the team as it is at one moment.
pub(crate) type Look = Box<dyn FnOnce(&Team, &Shared, Time) + Send>;

/// Where to ask how things stand.
#[derive(Debug, Clone)]
pub(crate) struct Asking(mpsc::UnboundedSender<Look>);

impl Asking {
    /// What one look shows; `None` once the team does not run any more.
    pub(crate) async fn look<T: Send + 'static>(
        &self,
        look: impl FnOnce(&Team, &Shared, Time) -> T + Send + 'static,
    ) -> Option<T> {
        let (answer, answered) = oneshot::channel();
        // Whoever asked may have gone.
        let look = move |team: &Team, shared: &Shared, now| drop(answer.send(look(team, shared, now)));
        self.0.send(Box::new(look)).ok()?;
        answered.await.ok()
    }
}

/// A team that is ready to run: nothing of it can fail any more.
#[derive(Debug)]
pub(crate) struct Prepared {
    team: Team,
    shared: Arc<Shared>,
    links: Vec<Link>,
    facts: mpsc::UnboundedReceiver<ha_wechaty_core::Input>,
    stop: CancellationToken,
}

impl Prepared {
    /// Sets up everything that may fail. Nothing runs yet, and nobody is connected.
    ///
    /// # Errors
    /// A certificate or the spool can't be used.
    pub(crate) fn new(config: Config) -> Result<Self, StartError> {
        let schema = Schema::new().map_err(|error| StartError::Defect(error.to_string()))?;
        let (facts_in, facts) = mpsc::unbounded_channel();
        let team = new_team(&config);
        let shared = Shared::new(config, schema, team.routing(), facts_in).map_err(StartError::Spool)?;
        let (shared, stop) = (Arc::new(shared), CancellationToken::new());
        let accounts = (0..shared.config.accounts.len()).map(|index| AccountId(index as u8));
        let links = accounts.map(|account| Link::new(shared.clone(), account, stop.clone()));
        let links = links.collect::<Result<_, _>>().map_err(StartError::Tls)?;
        Ok(Self { team, shared, links, facts, stop })
    }

    /// The state that calls will work on.
    pub(crate) fn shared(&self) -> &Arc<Shared> {
        &self.shared
    }

    /// Lets it run; accounts are connected as they can be reached.
    pub(crate) fn run(self) -> Runtime {
        let Self { team, shared, links, facts, stop } = self;
        let mut tasks = JoinSet::new();
        let mut orders = Vec::new();
        for link in links {
            let (order, follow) = mpsc::unbounded_channel();
            orders.push(order);
            tasks.spawn(link.run(follow));
        }
        let stop_hosts = CancellationToken::new();
        let hosts = host::run_all(&shared, &stop_hosts);
        let notes = broadcast::Sender::new(NOTES);
        let engine = Engine::new(team, shared.clone(), orders, notes.clone());
        let (asking, asked) = mpsc::unbounded_channel();
        tasks.spawn(engine.run(facts, asked, stop.clone()));
        tasks.spawn(Pacer::run(shared.clone(), stop.clone()));
        Runtime { shared, notes, asking: Asking(asking), stop, tasks, stop_hosts, hosts }
    }
}

/// A team that runs.
#[derive(Debug)]
pub(crate) struct Runtime {
    shared: Arc<Shared>,
    notes: broadcast::Sender<Note>,
    asking: Asking,
    stop: CancellationToken,
    tasks: JoinSet<()>,
    /// Told after the rest: a puppet service of ours must not end before its link has closed its stream.
    stop_hosts: CancellationToken,
    hosts: JoinSet<()>,
}

impl Runtime {
    /// The state that calls work on.
    pub(crate) fn shared(&self) -> &Arc<Shared> {
        &self.shared
    }

    /// What an operator should know, as it happens.
    pub(crate) fn notes(&self) -> broadcast::Receiver<Note> {
        self.notes.subscribe()
    }

    /// Where to ask how things stand.
    pub(crate) fn asking(&self) -> &Asking {
        &self.asking
    }

    /// Runs something as long as the team runs; it is told when to end.
    pub(crate) fn spawn<F>(&mut self, task: impl FnOnce(CancellationToken) -> F)
    where
        F: Future<Output = ()> + Send + 'static,
    {
        self.tasks.spawn(task(self.stop.clone()));
    }

    /// Ends it: streams closed, connections closed, puppets of our own ended with their sessions kept. Those that
    /// somebody else runs are left running and logged in.
    pub(crate) async fn stop(&mut self) {
        self.stop.cancel();
        let ended = async { while self.tasks.join_next().await.is_some() {} };
        if tokio::time::timeout(FAREWELL, ended).await.is_err() {
            self.tasks.abort_all();
        }
        self.stop_hosts.cancel();
        // Each kills its host if that does not end in time.
        while self.hosts.join_next().await.is_some() {}
    }
}

impl Drop for Runtime {
    /// Without [`Runtime::stop`] it ends at once.
    fn drop(&mut self) {
        self.shared.streams.close();
        self.shared.cut_calls.cancel();
        self.stop.cancel();
        self.stop_hosts.cancel();
    }
}

/// Why a gateway, or a team without one, can't start. Nothing was changed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// The port can't be had.
    #[error(transparent)]
    Bind(BindError),
    /// The admin's port can't be had.
    #[error("can't listen on {0} (admin.listen): {1}; choose another port")]
    Admin(SocketAddr, io::Error),
    /// The port where bots find the gateway can't be had.
    #[error("can't listen on {0} (discovery.listen): {1}; choose another port")]
    Discovery(SocketAddr, io::Error),
    /// A certificate can't be used.
    #[error("{0}")]
    Tls(TlsError),
    /// The folder for uploads can't be used.
    #[error("the folder for uploads (gateway.spool_dir) can't be used: {0}")]
    Spool(io::Error),
    /// The signals that end a process can't be heard.
    #[error("can't listen for the signals that end the process: {0}")]
    Signals(io::Error),
    /// The program disagrees with itself.
    #[error("this is a defect of ha-wechaty, please report it: {0}")]
    Defect(String),
}
