//! What runs a team: its links, its engine, and the state that calls work on. The gateway serves it to
//! bots, the library gives it to one program.
//!
//! | module | what it holds |
//! |---|---|
//! | here | its beginning, its changes, its end |
//! | `begin` | what there is to begin with: nothing, or what another process left |
//! | `left` | sends that another process left: some are not over, some have no row in the ledger |
//! | `members` | what runs for each account: its link, its host |
//! | `alarms` | where people are told of alarms, and see to them |
//! | `asking` | where to ask how things stand |
//! | `hands` | where operators see to accounts |
//! | `codes` | what people enter for a login |
//! | `reloads` | where whoever runs it is asked to read its configuration again |
//! | `error` | why it can't start, or be changed |

mod alarms;
mod asking;
mod begin;
mod codes;
mod error;
mod follow;
mod hands;
mod left;
mod members;
mod reloads;

use std::{sync::Arc, time::Duration};

use futures_util::future::BoxFuture;
use ha_wechaty_core::{AccountId, Input, Notice, Phase, Stamp, Team, Tell};
use tokio::{
    sync::{broadcast, mpsc},
    task::JoinSet,
    time::Instant,
};
use tokio_util::sync::CancellationToken;

use crate::{
    account::FAREWELL,
    engine::{self, Engine},
    schema::Schema,
    state::{
        Shared,
        accounts::AccountSide,
        bots::BotSide,
        facts::{CoreHandle, Fact},
        records::Records,
    },
    store::{self, Opened, Retention, StoreWriter},
};
use ha_wechaty_config::{AccountConfig, Config, StoreConfig};

use alarms::TELLINGS;
pub use alarms::{AlarmError, Alarms, Telling};
pub use asking::Asking;
use begin::{Beginning, Keeps};
pub use codes::CodeAct;
pub use error::{ChangeError, StartError};
pub use hands::{HandDone, HandError, HandWords, Hands, SayDone, plain};
use members::Members;
pub use members::Ready;
pub use reloads::{ReloadDone, ReloadError, ReloadFailure, ReloadRequest, Reloads};

/// How many notes a slow listener may be behind before it misses some.
const NOTES: usize = 1_024;

/// How long something that is old may be remembered all the same.
const SWEEP: Duration = Duration::from_secs(30);

/// How long what accounts have told may be read at the end of all. Where it is written down, what is not read by then is
/// asked for again; where it is not, nobody would hear of it.
const LAST_WORDS: Duration = Duration::from_millis(500);

/// A team that is ready to run: nothing of it can fail any more.
#[derive(Debug)]
pub struct Prepared {
    team: Team,
    shared: Arc<Shared>,
    members: Vec<Ready>,
    facts: mpsc::UnboundedReceiver<Fact>,
    stop: CancellationToken,
    keeps: Option<Keeps>,
}

impl Prepared {
    /// Sets up everything that may fail, with what the configured store holds. Nothing runs yet, and nobody is connected.
    ///
    /// # Errors
    /// The store, a certificate or the spool can't be used.
    pub fn open(config: Config) -> BoxFuture<'static, Result<Self, StartError>> {
        Box::pin(async move {
            let opened = store::open(&config).await?;
            Self::new(config, opened)
        })
    }

    /// Sets up everything that may fail, with what a journal holds, whatever is configured. Without one nothing outlives
    /// the process.
    ///
    /// # Errors
    /// What the journal holds can't be read; a certificate or the spool can't be used.
    pub fn new(config: Config, opened: Option<Opened>) -> Result<Self, StartError> {
        let schema = Schema::new().map_err(|error| StartError::Defect(error.to_string()))?;
        let (facts_in, facts) = mpsc::unbounded_channel();
        let Beginning { team, begins, keeps, remembered } = Beginning::new(&config, opened)?;
        let core = CoreHandle::new(team.routing(), facts_in).durable(keeps.is_some());
        let shared = Shared::new(config, schema, core, begins).map_err(StartError::Spool)?;
        remembered.hand_on(&team, &shared);
        if let Some(Keeps { log, .. }) = &keeps {
            shared.records.store.begins(log, shared.config.store.max_bytes.as_u64());
        }
        let (shared, stop) = (Arc::new(shared), CancellationToken::new());
        let accounts = shared.accounts.roster.accounts();
        let members = accounts.map(|(place, account)| Ready::new(&shared, place, &account, &stop));
        let members = members.collect::<Result<_, _>>().map_err(StartError::Tls)?;
        Ok(Self { team, shared, members, facts, stop, keeps })
    }

    /// The state that calls will work on.
    pub fn shared(&self) -> &Arc<Shared> {
        &self.shared
    }

    /// Lets it run; accounts are connected as they can be reached.
    pub fn run(self) -> Runtime {
        let Self { team, shared, members: ready, facts, stop, keeps } = self;
        let (mut tasks, mut members) = (JoinSet::new(), Members::default());
        ready.into_iter().for_each(|ready| members.begin(&shared, ready));
        let notes = broadcast::Sender::new(NOTES);
        let (tells, to_tell) = mpsc::channel(TELLINGS);
        let epoch = team.epoch();
        let mut engine = Engine::new(team, shared.clone(), notes.clone()).telling(tells);
        if let Some(Keeps { log, first, newest, unwritten, behind, every }) = keeps {
            let lines = shared.records.sends.remember(log.lines(), &newest);
            if let Some(writes) = shared.records.sends.writes() {
                shared.records.audit.remember(log.lines(), &newest, writes);
            }
            for row in unwritten {
                shared.records.metrics.send(row.outcome, row.how);
                shared.records.sends.enter(row);
            }
            let StoreConfig { keep_sends: age, keep_replay: replay, max_bytes, .. } = &shared.config.store;
            let retention = Retention { age: *age, max_bytes: max_bytes.as_u64(), replay: *replay };
            let health = shared.records.store.clone();
            let (writer, acks) = StoreWriter::new(log, shared.core.breaker(), health, retention);
            let (writes, to_write) = mpsc::channel(1);
            tasks.spawn(writer.run(to_write, stop.clone()));
            engine = engine.writing(writes, acks, lines, (behind, every), first);
        }
        let (asking, asked) = mpsc::unbounded_channel();
        tasks.spawn(engine.run(facts, asked, stop.clone()));
        tasks.spawn(shared.sending.pacer.clone().run(stop.clone()));
        tasks.spawn(sweep(shared.clone(), stop.clone()));
        let asking = Asking(asking);
        let hands = Hands::new(shared.clone(), asking.clone(), notes.clone());
        let to_tell = Some(to_tell);
        Runtime { shared, epoch, notes, asking, hands, to_tell, stop, tasks, members }
    }
}

/// Forgets what is old, now and then, so that a gateway that has nothing to do is small again.
async fn sweep(shared: Arc<Shared>, stop: CancellationToken) {
    let Shared { config, accounts, bots, records, .. } = &*shared;
    let memory = &config.memory;
    let shortest = memory.payload_age.min(memory.message_age).min(config.gateway.spool_age);
    let every = (shortest / 4).clamp(Duration::from_millis(10), SWEEP);
    loop {
        tokio::select! {
            () = tokio::time::sleep(every) => {
                let now = Instant::now();
                shared.knowledge.book.sweep(now);
                shared.transit.spool.sweep(now);
                tell_rest(accounts, bots, records, false);
            }
            () = stop.cancelled() => return tell_rest(accounts, bots, records, true),
        }
    }
}

/// Says how many lines were not logged.
fn tell_rest(accounts: &AccountSide, bots: &BotSide, records: &Records, is_the_end: bool) {
    records.hush.tell_rest(|account| accounts.name(account), |bot| bots.name(bot), is_the_end);
}

/// A team that runs.
#[derive(Debug)]
pub struct Runtime {
    shared: Arc<Shared>,
    notes: broadcast::Sender<Notice>,
    asking: Asking,
    hands: Hands,
    /// What people are to be told, until somebody tells it.
    epoch: Stamp,
    to_tell: Option<mpsc::Receiver<Tell>>,
    stop: CancellationToken,
    tasks: JoinSet<()>,
    members: Members,
}

impl Runtime {
    /// The state that calls work on.
    pub fn shared(&self) -> &Arc<Shared> {
        &self.shared
    }

    /// When the team began, long before this process perhaps: another one that has its name began at another time.
    pub fn epoch(&self) -> Stamp {
        self.epoch
    }

    /// What an operator should know, as it happens.
    pub fn notes(&self) -> broadcast::Receiver<Notice> {
        self.notes.subscribe()
    }

    /// Where to ask how things stand.
    pub fn asking(&self) -> &Asking {
        &self.asking
    }

    /// Where operators see to accounts.
    pub fn hands(&self) -> &Hands {
        &self.hands
    }

    /// Where people are told of alarms, and see to them.
    pub fn alarms(&self) -> Alarms {
        Alarms::new(self.shared.clone(), self.asking.clone())
    }

    /// What people are to be told, for whoever tells them: each is tried once, and [`Alarms::told`] is told how that went.
    /// Only the first who asks is given any.
    pub fn tellings(&mut self) -> mpsc::Receiver<Telling> {
        let (tellings, told) = mpsc::channel(1);
        if let Some(to_tell) = self.to_tell.take() {
            let hand_on =
                alarms::hand_on(self.shared.clone(), self.epoch, to_tell, tellings, self.stop.clone());
            self.tasks.spawn(hand_on);
        }
        told
    }

    /// Runs something as long as the team runs; it is told when to end.
    pub fn spawn<F>(&mut self, task: impl FnOnce(CancellationToken) -> F)
    where
        F: Future<Output = ()> + Send + 'static,
    {
        self.tasks.spawn(task(self.stop.clone()));
    }

    /// One account more, which is dialled at once.
    ///
    /// # Errors
    /// All that is wrong with it; `whole` is what to call it. Nothing was changed.
    pub fn add(&mut self, account: AccountConfig, whole: &str) -> Result<(), ChangeError> {
        let shared = &self.shared;
        let team = shared.accounts.roster.accounts().map(|(_, account)| (*account).clone());
        let (place, ready) = self.prepare(team, &account, whole)?;
        let settings = shared.settings();
        let member = engine::member(&settings, &account);
        let allowance = settings.pace.of(&account).clone();
        if shared.accounts.roster.put(place, account) {
            // Another one had this place, long ago.
            shared.sending.pacer.renew(place);
            shared.accounts.links.take_unread(place);
            shared.knowledge.book.forget_finder(place);
        }
        shared.sending.pacer.admit(place, &allowance);
        self.members.begin(shared, ready);
        shared.core.tell(Input::Joins { account: place, member });
        Ok(())
    }

    /// Sets up everything of an account that may fail, if `others` are all that it is to be in the team with.
    /// Nothing is changed.
    ///
    /// # Errors
    /// All that is wrong with it; `whole` is what to call it.
    pub fn prepare(
        &self,
        others: impl IntoIterator<Item = AccountConfig>,
        account: &AccountConfig,
        whole: &str,
    ) -> Result<(AccountId, Ready), ChangeError> {
        let shared = &self.shared;
        shared.settings().check_joins(others, account, whole)?;
        let place = shared.accounts.roster.place_for(&account.name).ok_or(ChangeError::NoPlace)?;
        Ok((place, Ready::new(shared, place, account, &self.stop)?))
    }

    /// One account less. What it was told is read, and then it is given no work any more; what it has under way
    /// may finish, each of both for as long as `gateway.shutdown` says. A puppet that runs here is ended, its
    /// session kept; one that somebody else runs is left running and logged in. Dropped before its end, it is to
    /// be called again.
    ///
    /// # Errors
    /// The team has no such account.
    pub fn remove<'a>(&'a mut self, name: &'a str) -> BoxFuture<'a, Result<(), ChangeError>> {
        Box::pin(self.let_go(name))
    }

    async fn let_go(&mut self, name: &str) -> Result<(), ChangeError> {
        let shared = &self.shared;
        let place = shared.accounts.roster.find(name);
        let place = place.ok_or_else(|| ChangeError::unknown(name, shared.accounts.roster.names()))?;
        let within = shared.config.gateway.shutdown;
        // What it was told before is the team's: only then is it believed nothing any more.
        self.members.leave(place, Instant::now() + within).await;
        let mut changes = shared.core.changes();
        shared.core.tell(Input::Leaves { account: place });
        let has_left = move |team: &Team, _: &Shared, _| {
            let state = team.accounts().get(place.index());
            state.is_none_or(|state| matches!(state.phase(), Phase::Removed))
        };
        // Ending its link first would look like a failure. A core that takes nothing, since nothing can be written down,
        // is told of it, and not waited for.
        let left = async {
            while let Some(false) = self.asking.look(has_left).await {
                if changes.changed().await.is_err() {
                    break;
                }
            }
        };
        let _ = tokio::time::timeout(within + FAREWELL, left).await;
        self.members.end(&shared.accounts, place, within + FAREWELL).await;
        shared.accounts.roster.clear(place);
        // The core has told before this.
        shared.core.tell_change();
        Ok(())
    }

    /// Ends it: what accounts have told is written down, streams closed, connections closed, puppets of our own ended with
    /// their sessions kept. Those that somebody else runs are left running and logged in.
    pub fn stop(&mut self) -> BoxFuture<'_, ()> {
        Box::pin(self.end())
    }

    async fn end(&mut self) {
        if self.shared.core.is_durable() {
            // What has come by their streams counts: a stock service tells it to nobody again.
            self.members.leave_all(Instant::now() + LAST_WORDS).await;
        }
        self.stop.cancel();
        let until = Instant::now() + FAREWELL;
        let ended = async { while self.tasks.join_next().await.is_some() {} };
        if tokio::time::timeout_at(until, ended).await.is_err() {
            self.tasks.abort_all();
        }
        self.members.end_links(until).await;
        if let Some(kept) = self.shared.records.store.kept() {
            // Others may still hold it; whoever starts next needs its file. One whose disk hangs is not waited for.
            let _ = tokio::time::timeout(FAREWELL, kept.journal.close()).await;
        }
        // After the rest: a puppet service of ours must not end before its link has closed its stream.
        self.members.end_hosts().await;
    }
}

impl Drop for Runtime {
    /// Without [`Runtime::stop`] it ends at once.
    fn drop(&mut self) {
        self.shared.bots.streams.close();
        self.shared.underway.cut.cancel();
        self.stop.cancel();
    }
}
