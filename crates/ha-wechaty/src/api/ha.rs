//! The team, as a program holds it.

use std::{fmt, sync::Arc};

use ha_wechaty_core::rpc;
use tokio::{sync::Mutex, task::JoinError};

use super::{
    account::{Account, PLACE_OF_ADD},
    client::{Client, Running},
    contacts::Contacts,
    current_user::ContactSelf,
    dispatch,
    error::Error,
    event::Event,
    friendships::Friendships,
    message::Message,
    plugin::Plugin,
    room_invitation::RoomInvitation,
    rooms::Rooms,
    runs::Runs,
    sayable::Sayable,
    sent::Sent,
};
use ha_wechaty_config::Config;
use ha_wechaty_team::{
    runtime::{ChangeError, CodeAct, Prepared, Runtime, StartError},
    stop_signal,
    view::{AccountStatus, Status},
};
use ha_wechaty_wire::puppet;

/// A team of accounts that acts as one bot, within this program.
///
/// It is put together by [`HaWechaty::builder`]; clones are the same team. Everything that it gives out
/// (messages, contacts, rooms) calls through the team, whichever account can do it. [`HaWechaty::stop`] ends it
/// in order; it ends at once when the last clone is dropped, those included that callbacks hold.
///
/// | what | where |
/// |---|---|
/// | its life | [`start`](Self::start), [`ready`](Self::ready), [`run`](Self::run), [`stop`](Self::stop) |
/// | its accounts | [`add`](Self::add), [`remove`](Self::remove), [`nodes`](Self::nodes) |
/// | what happens | [`messages`](Self::messages) and a stream for each other sort of event, or callbacks: [`on_message`](Self::on_message) … |
/// | whom it knows | [`contacts`](Self::contacts), [`rooms`](Self::rooms), [`friendships`](Self::friendships), [`current_user`](Self::current_user) |
/// | how it stands | [`logonoff`](Self::logonoff), [`status`](Self::status) |
///
/// ```
/// use ha_wechaty::prelude::*;
/// # use ha_wechaty_sim::World;
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let world = World::new(1);
/// # let alice = world.person("alice");
/// # let north = world.phone("north").serve().await?;
/// # let south = world.phone("south").serve().await?;
/// # let room = world.room("ding room", &[&alice, &north, &south]);
/// let ha = HaWechaty::builder()
///     .account(Account::service("insecure_north").endpoint(north.addr()))
///     .account(Account::service("insecure_south").endpoint(south.addr()))
///     .build()?;
/// let mut messages = ha.messages();
/// ha.start().await?;
/// if let Some(room) = ha.rooms().find(topic("ding room")).await? {
///     let sent = room.say("hello").await?;
///     println!("{} said it", sent.account);
/// }
/// # alice.says(&room, "ding");
/// while let Some(message) = messages.next().await {
///     if message.text() == "ding" && !message.is_self() {
///         message.reply("dong").await?;
/// #       break;
///     }
/// }
/// # assert_eq!(world.ledger().times(room.id(), "dong"), 1);
/// ha.stop().await;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct HaWechaty {
    client: Client,
    owner: Arc<Owner>,
}

/// What ends when the last clone is dropped.
struct Owner {
    config: Config,
    held: Mutex<Held>,
}

/// What changes.
struct Held {
    /// The accounts that it has now, and has again when it is started again.
    accounts: Vec<ha_wechaty_config::AccountConfig>,
    /// How many it has ever had: names that nobody chose are numbered by it.
    ever: usize,
    life: Option<Life>,
}

impl Held {
    async fn remove(&mut self, name: &str) -> Result<(), ChangeError> {
        if let Some(life) = &mut self.life {
            life.runtime.remove(name).await?;
        } else if self.accounts.iter().all(|account| account.name != name) {
            let known = self.accounts.iter().map(|account| account.name.as_str());
            return Err(ChangeError::unknown(name, known));
        }
        self.accounts.retain(|account| account.name != name);
        Ok(())
    }
}

/// A team that runs.
struct Life {
    runtime: Runtime,
    bot: Bot,
}

/// What the program itself has of a life. Whichever way that ends, nothing is left of it: streams end, callbacks
/// are run no more, and calls say that the team does not run.
struct Bot {
    client: Client,
    runs: Runs,
}

impl Drop for Bot {
    fn drop(&mut self) {
        self.client.subscribers().end();
        self.client.set(None);
        self.runs.end();
    }
}

impl HaWechaty {
    pub(super) fn new(config: Config) -> Self {
        let client = Client::new(&config);
        let accounts = config.accounts.clone();
        let held = Held { ever: accounts.len(), accounts, life: None };
        Self { client, owner: Arc::new(Owner { config, held: Mutex::new(held) }) }
    }

    pub(super) fn client(&self) -> &Client {
        &self.client
    }

    /// The team's name.
    pub fn name(&self) -> &str {
        &self.owner.config.name
    }

    /// The version of this library.
    pub fn version(&self) -> &'static str {
        env!("CARGO_PKG_VERSION")
    }

    /// The configuration that it was built with; [`HaWechaty::nodes`] tells which accounts there are now.
    pub fn config(&self) -> &Config {
        &self.owner.config
    }

    /// Starts the team; returns once each account is available, or it is known why it is not, and after
    /// `reconnect.connect` at the latest. Calling it again while the team runs changes nothing.
    ///
    /// No account that is away keeps the team from starting: it is dialled again as long as the team runs,
    /// and a scan that is asked for is an event ([`HaWechaty::scans`]). [`HaWechaty::ready`] waits for the
    /// first account.
    ///
    /// # Errors
    /// A certificate or the folder for uploads can't be used. Nothing runs then.
    pub async fn start(&self) -> Result<(), StartError> {
        let mut held = self.owner.held.lock().await;
        if held.life.is_some() {
            return Ok(());
        }
        let config = Config { accounts: held.accounts.clone(), ..self.owner.config.clone() };
        let mut runtime = Prepared::open(config).await?.run();
        let shared = runtime.shared().clone();
        let running = Running { shared: shared.clone(), asking: runtime.asking().clone() };
        self.client.set(Some(running));
        let bot = Bot { client: self.client.clone(), runs: Runs::new() };
        self.client.subscribers().begin(&bot.runs, &self.client);
        let notes = runtime.notes();
        runtime.spawn(|stop| dispatch::follow_notes(self.client.clone(), shared.clone(), notes, stop));
        runtime.spawn(|stop| dispatch::follow_events(self.client.clone(), shared.clone(), stop));
        held.life = Some(Life { runtime, bot });
        drop(held);
        self.client.subscribers().give(&Event::Start).await;
        // Whoever has not answered by then has a name in the log, and is dialled again.
        let within = shared.config.reconnect.connect;
        let _ = tokio::time::timeout(
            within,
            self.until(|status| status.accounts.iter().all(AccountStatus::is_settled)),
        )
        .await;
        Ok(())
    }

    /// Returns once the team is there: its first account is available.
    ///
    /// # Errors
    /// The team does not run, or stopped meanwhile.
    pub async fn ready(&self) -> Result<(), Error> {
        self.until(|status| status.team.available).await
    }

    /// Starts the team, and stops it when the process is told to end (Ctrl-C, `SIGTERM`).
    ///
    /// # Errors
    /// It can't start.
    pub async fn run(&self) -> Result<(), StartError> {
        let told = stop_signal().map_err(StartError::Signals)?;
        self.start().await?;
        told.await;
        self.stop().await;
        Ok(())
    }

    /// Stops the team: streams end, callbacks under way may finish for as long as `gateway.shutdown` says.
    /// The accounts' puppets are left running and logged in. It can be started again.
    ///
    /// A callback may call it: all others are waited for, and it goes on after that. Dropped before its end, it
    /// has ended the team all the same, at once.
    pub async fn stop(&self) {
        let mut held = self.owner.held.lock().await;
        let Some(Life { mut runtime, bot }) = held.life.take() else { return };
        let shared = runtime.shared().clone();
        let within = shared.config.gateway.shutdown;
        bot.runs.leave();
        // Whoever does not read its events must not keep it from stopping.
        let _ = tokio::time::timeout(within, self.client.subscribers().give(&Event::Stop)).await;
        shared.bots.streams.close();
        self.client.subscribers().end();
        if tokio::time::timeout(within, bot.runs.done()).await.is_err() {
            tracing::warn!("callbacks were still under way after {within:?} (gateway.shutdown)");
        }
        drop(bot);
        runtime.stop().await;
    }

    /// One account more, whether the team runs or not. While it runs this returns as [`HaWechaty::start`] does:
    /// once the account is available, or it is known why it is not. It gets its share of the work as soon as it is.
    ///
    /// A name that was in the team before is the same account again: ids that end in it are understood as they
    /// were.
    ///
    /// ```
    /// use ha_wechaty::prelude::*;
    /// # use ha_wechaty_sim::World;
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let world = World::new(1);
    /// # let north = world.phone("north").serve().await?;
    /// # let south = world.phone("south").serve().await?;
    /// let ha = HaWechaty::builder()
    ///     .account(Account::service("insecure_north").endpoint(north.addr()).name("north"))
    ///     .build()?;
    /// ha.start().await?;
    /// ha.add(Account::service("insecure_south").endpoint(south.addr()).name("south")).await?;
    /// ha.remove("north").await?;
    /// assert_eq!(ha.nodes().await?.len(), 1);
    /// # ha.stop().await;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// All that is wrong with it. Nothing was changed.
    pub async fn add(&self, account: Account) -> Result<(), ChangeError> {
        let mut held = self.owner.held.lock().await;
        let account = account.read(&self.owner.config, held.ever)?;
        let name = account.name.clone();
        match &mut held.life {
            Some(life) => life.runtime.add(account.clone(), PLACE_OF_ADD)?,
            None => self.owner.config.check_joins(held.accounts.clone(), &account, PLACE_OF_ADD)?,
        }
        held.accounts.push(account);
        held.ever += 1;
        let running =
            held.life.as_ref().map(|life| (life.runtime.asking().clone(), life.runtime.shared().clone()));
        drop(held);
        if let Some((asking, shared)) = running {
            asking.until_settled(&shared, &name).await;
        }
        Ok(())
    }

    /// One account less, whether the team runs or not; the others go on. It is told nothing more, what it was
    /// told before is still an event, and it gets no work any more. This returns when what it had under way has
    /// finished, for which it has as long as `gateway.shutdown` says; whether anybody waits for that or not, it is
    /// removed. Its puppet is left as by [`HaWechaty::stop`]. With its last account the team fails, until one is
    /// added.
    ///
    /// What belonged to it alone (a friendship request, a message that nobody else was shown) can't be answered
    /// any more, unless an account of the same name is added again.
    ///
    /// # Errors
    /// The team has no account of this name. Nothing was changed.
    pub async fn remove(&self, name: &str) -> Result<(), ChangeError> {
        let (owner, name) = (self.owner.clone(), name.to_owned());
        // Whoever waits for it no longer must not leave half an account behind.
        let removal = tokio::spawn(async move { owner.held.lock().await.remove(&name).await });
        match removal.await.map_err(JoinError::try_into_panic) {
            Ok(done) => done,
            Err(Ok(panic)) => std::panic::resume_unwind(panic),
            // The whole runtime ends.
            Err(Err(_)) => std::future::pending().await,
        }
    }

    /// Whether the team is there: any account of it is available.
    pub fn logonoff(&self) -> bool {
        self.client.shared().is_ok_and(|shared| !shared.core.routing().available().is_empty())
    }

    /// Logs every account out, on WeChat's side: a person has to scan before it can work again.
    ///
    /// # Errors
    /// No account did it.
    pub async fn logout(&self) -> Result<(), Error> {
        self.client.call::<puppet::LogoutResponse>(rpc::LOGOUT, &puppet::LogoutRequest {}).await.map(drop)
    }

    /// Enters the code that an account's login asks for, as [`verify_codes`](HaWechaty::verify_codes) tells. Whether it was the
    /// right one shows in a login, or in that it is asked for again.
    ///
    /// # Errors
    /// The team does not run, has no such account, or the account asks for no code; or its puppet refuses.
    pub async fn enter_code(&self, account: &str, code: &str) -> Result<(), Error> {
        let hands = self.owner.held.lock().await.life.as_ref().map(|life| life.runtime.hands().clone());
        let entered = hands.ok_or(Error::NotRunning)?.enter(account, CodeAct::Enter(code.to_owned())).await;
        entered.map(drop).map_err(Error::of_hand)
    }

    /// The team's accounts, and how each stands.
    ///
    /// # Errors
    /// The team does not run.
    pub async fn nodes(&self) -> Result<Vec<AccountStatus>, Error> {
        Ok(self.status().await?.accounts)
    }

    /// How everything stands.
    ///
    /// # Errors
    /// The team does not run.
    pub async fn status(&self) -> Result<Status, Error> {
        self.client.status().await
    }

    /// Says something to oneself: one account to its own contact, which shows on its phone.
    ///
    /// # Errors
    /// It was not said, or nobody knows ([`Error::was_sent`]).
    pub async fn say(&self, sayable: impl Into<Sayable>) -> Result<Sent, Error> {
        self.client.say(self.client.self_id(), sayable.into()).await
    }

    /// Asks the team's event stream for a [`Event::Dong`].
    ///
    /// # Errors
    /// The team does not run.
    pub fn ding(&self, data: &str) -> Result<(), Error> {
        dispatch::ding(&self.client, data)
    }

    /// Whom the team is to everybody: its one self.
    pub fn current_user(&self) -> ContactSelf {
        ContactSelf::new(self.client.clone())
    }

    /// The people and official accounts that it knows.
    pub fn contacts(&self) -> Contacts {
        Contacts::new(self.client.clone())
    }

    /// The rooms that it is in.
    pub fn rooms(&self) -> Rooms {
        Rooms::new(self.client.clone())
    }

    /// A message by its id; none if no account has it (any more).
    ///
    /// # Errors
    /// The account that it belongs to is away.
    pub async fn message(&self, id: &str) -> Result<Option<Message>, Error> {
        load(Message::read(&self.client, None, id).await)
    }

    /// Making friends.
    pub fn friendships(&self) -> Friendships {
        Friendships::new(self.client.clone())
    }

    /// An invitation into a room by its id; none if no account has it (any more).
    ///
    /// # Errors
    /// The account that it belongs to is away.
    pub async fn room_invitation(&self, id: &str) -> Result<Option<RoomInvitation>, Error> {
        load(RoomInvitation::read(&self.client, None, id).await)
    }

    /// Installs a plugin.
    pub fn use_plugin(&self, plugin: impl Plugin + 'static) -> &Self {
        self.install(Arc::new(plugin));
        self
    }

    pub(super) fn install(&self, plugin: Arc<dyn Plugin>) {
        tracing::debug!(plugin = plugin.name(), "installed");
        plugin.install(self);
    }

    /// Waits until the team stands as it should.
    async fn until(&self, stands: impl Fn(&Status) -> bool) -> Result<(), Error> {
        let mut changes = self.client.shared()?.core.changes();
        loop {
            changes.mark_unchanged();
            if stands(&self.client.status().await?) {
                return Ok(());
            }
            changes.changed().await.map_err(|_| Error::NotRunning)?;
        }
    }
}

/// What is there; that it is not there is no error.
pub(super) fn load<T>(read: Result<T, Error>) -> Result<Option<T>, Error> {
    match read {
        Ok(found) => Ok(Some(found)),
        Err(error) if error.is_no() => Ok(None),
        Err(error) => Err(error),
    }
}

impl fmt::Debug for HaWechaty {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HaWechaty").field("name", &self.name()).finish_non_exhaustive()
    }
}
