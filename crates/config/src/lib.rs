//! What an operator can set: the types, their defaults, and how a file, the environment and flags become them.
//!
//! A [`Config`] is the whole of it, checked: whoever holds one need not look again. [`Config::load`] reads
//! a TOML file, a [`Draft`] lays the [`Environment`] and flags over it, [`Config::new`] serves programs that
//! want no file. The operator's own view of the same keys is `ha-wechaty.example.toml`; a test compares the two.
//!
//! | module | what it holds |
//! |---|---|
//! | `sections` | tables of keys |
//! | `reader` | how anything is read, whatever keys there are |
//! | `read` | which keys there are |
//! | `between` | what must hold between values |
//! | `tls` | how connections are secured, and the PEM files for it |
//! | `environment` | variables, and what they come to |
//! | [`catalogue`] | the puppets that are known, and what each needs |
//! | `door` | where a gateway is asked how it stands |
//! | `folders` | where puppets that run here are kept |
//! | `exposed` | files and folders that others can read, and should not |
//! | [`logging`] | how much is logged |
//! | `warnings` | what works, though perhaps not as it was meant |

mod between;
pub mod catalogue;
mod door;
mod environment;
mod exposed;
mod folders;
pub mod logging;
mod read;
mod reader;
mod sections;
mod tls;
mod warnings;

use std::{
    net::{Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
    time::Duration,
};

// For a moment they keep the names that they had before they moved.
use between as rules;
use reader::{keys as section, tree, values};
use sections::{account::hosted as puppet, admin, dong, pace};

pub use bytesize::ByteSize;
pub use ha_wechaty_core::{Allowance, Backoff, BotMode, EjectionRule, Ids, Limit, Policy, Recall, Vigil};

pub use door::Door;
pub use environment::{Environment, Variable};
pub use environment::{PREFIX, VEILED};
pub use folders::{Folders, NoFolder};
pub use reader::draft::Draft;
pub use reader::problem::{ConfigError, Place, Problem};
pub use reader::resolve::one as resolve;
#[cfg(feature = "fuzzing")]
pub use reader::resolve::resolve_no_names;
pub use reader::secret_file;
pub use sections::account::package::{BadPackage, Host, Hosted, Package, PuppetOptions};
pub use sections::account::provider::{BadEndpoint, Dialect, Endpoint, Provider, Service};
pub use sections::account::{Account, Bot, Files};
pub use sections::admin::{Admin, Secret};
pub use sections::discovery::Discovery;
pub use sections::library::Library;
pub use sections::memory::Memory;
pub use sections::memory::bytes;
pub use sections::pace::Pace;
pub use sections::pace::written;
pub use tls::{AccountTls, GatewayTls, PemFile};

/// A team and its gateway, as the operator wants them.
#[derive(Debug, Clone, PartialEq)]
pub struct Config {
    /// The file that it was read from, if it was.
    pub source: Option<PathBuf>,
    /// The team's name, for people.
    pub name: String,
    /// The contact id of the team's virtual self; the name, unless set.
    pub self_id: String,
    /// Where bots connect.
    pub gateway: Gateway,
    /// How the team works together.
    pub team: Team,
    /// How long calls to accounts may take.
    pub calls: Calls,
    /// How links to accounts are kept and regained.
    pub reconnect: Reconnect,
    /// When an account counts as working.
    pub health: Health,
    /// How fast the team may work, and how sends wait.
    pub pace: Pace,
    /// What becomes of a send when nobody knows whether it was sent.
    pub delivery: Delivery,
    /// How puppets are run, for accounts that have one of their own.
    pub host: Host,
    /// How a program that holds the team itself is told of what happens.
    pub library: Library,
    /// Where bots find the gateway by their tokens.
    pub discovery: Discovery,
    /// How much is remembered, and for how long.
    pub memory: Memory,
    /// Where operators look.
    pub admin: Admin,
    /// The official account that answers `dong`, unchecked: [`Draft::finish_dong`] gives a checked one.
    pub dong: ha_wechaty_dong::Settings,
    /// Who may connect.
    pub bots: Vec<Bot>,
    /// The team's accounts, in the order of the configuration.
    pub accounts: Vec<Account>,
}

impl Config {
    /// A team of this name without bots and accounts; everything else has its default.
    pub fn new(name: impl Into<String>) -> Self {
        let name = name.into();
        Self {
            source: None,
            self_id: name.clone(),
            name,
            gateway: Gateway::default(),
            team: Team::default(),
            calls: Calls::default(),
            reconnect: Reconnect::default(),
            health: Health::default(),
            pace: Pace::default(),
            delivery: Delivery::default(),
            host: Host::default(),
            library: Library::default(),
            discovery: Discovery::default(),
            memory: Memory::default(),
            admin: Admin::default(),
            dong: ha_wechaty_dong::Settings::default(),
            bots: Vec::new(),
            accounts: Vec::new(),
        }
    }

    /// Reads a file.
    ///
    /// # Errors
    /// All that is wrong with it, or that it can't be read.
    pub fn load(path: &Path) -> Result<Self, ConfigError> {
        Draft::load(path)?.finish()
    }

    /// Reads the text of a file; `path` is its name in errors, and what file names in it are relative to.
    ///
    /// # Errors
    /// All that is wrong with it.
    pub fn from_toml(path: &Path, text: &str) -> Result<Self, ConfigError> {
        Draft::from_toml(path, text)?.finish()
    }

    /// Looks whether the rules hold that a file is held to, of a configuration that a program has made;
    /// `whole` is what to call it.
    pub fn check(&self, whole: &str) -> Result<(), ConfigError> {
        read::check(self, whole)
    }

    /// What works, though perhaps not as it was meant, with the remedy.
    pub fn warnings(&self) -> Vec<Problem> {
        warnings::warnings(self)
    }

    /// Looks whether an account may join those that are in such a team.
    pub fn check_joins(
        &self,
        team: impl IntoIterator<Item = Account>,
        account: &Account,
        whole: &str,
    ) -> Result<(), ConfigError> {
        let mut config = self.clone();
        config.accounts = team.into_iter().chain([account.clone()]).collect();
        config.check(whole)
    }
}

/// Where bots connect. Key `gateway`.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Gateway {
    /// The address that bots connect to; port 0 takes a free one.
    pub listen: SocketAddr,
    /// How connections of bots are secured.
    pub tls: GatewayTls,
    /// The largest message of the protocol, in either direction, of bots and of accounts.
    pub max_message: ByteSize,
    /// Whether a bot's `Logout` logs the accounts out.
    pub allow_logout: bool,
    /// How often a bot hears that the gateway is there; more often when its stream has just opened.
    pub heartbeat: Duration,
    /// How many event streams a bot may have open at once; of more, the one ends whose client has been silent for the
    /// longest.
    pub max_streams: usize,
    /// How many events are kept per bot for when it comes back.
    pub replay_events: usize,
    /// What they may weigh.
    pub replay_bytes: ByteSize,
    /// How long they are kept.
    pub replay_age: Duration,
    /// How much of an upload is held in memory; a larger one goes to disk.
    pub spool_memory: ByteSize,
    /// Where larger uploads go; unless set, the folder that `TMPDIR` names, or else `/var/tmp`, which is on a disk where
    /// `/tmp` is memory.
    pub spool_dir: Option<PathBuf>,
    /// How much of the disk uploads may take, all together.
    pub spool_disk: ByteSize,
    /// How long an upload waits to be sent.
    pub spool_age: Duration,
    /// How long calls under way may take at the end.
    pub shutdown: Duration,
}

impl Default for Gateway {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 8788)),
            tls: GatewayTls::Community,
            max_message: ByteSize::mib(80),
            allow_logout: false,
            heartbeat: Duration::from_secs(2),
            max_streams: 64,
            replay_events: 10_000,
            replay_bytes: ByteSize::mib(16),
            replay_age: Duration::from_secs(10 * 60),
            spool_memory: ByteSize::mib(1),
            spool_dir: None,
            spool_disk: ByteSize::gib(10),
            spool_age: Duration::from_secs(60 * 60),
            shutdown: Duration::from_secs(5),
        }
    }
}

/// How the team works together. Key `team`.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Team {
    /// Which of the accounts that could do it does it.
    pub policy: Policy,
    /// What a bot says in a room less than so long after its last words there comes from the account that said
    /// those; zero: from whichever it is the turn of.
    pub burst: Duration,
    /// When a message that another account sees too counts as the same one (keys `dedup_window`, `dedup_age`,
    /// `dedup_count`).
    pub recall: Recall,
    /// Where the team's dice begin, to repeat a course; not a key, since elsewhere they begin anywhere.
    pub dice: Option<u64>,
    /// How often each account's lists, and each room, are read again; `None`: only when they are in doubt.
    pub refresh: Option<Duration>,
    /// Whether members of a room invite the teammates that are missing there.
    pub invite_teammates: bool,
    /// Only into these rooms; into all, if it names none.
    pub invite_only: Vec<String>,
    /// Not into these.
    pub invite_never: Vec<String>,
    /// More ids that are the same for every account, whatever else its provider's ids are.
    pub common_ids: Vec<String>,
}

impl Default for Team {
    fn default() -> Self {
        Self {
            policy: Policy::RoundRobin,
            burst: Duration::from_secs(5),
            recall: Recall::default(),
            dice: None,
            refresh: Some(Duration::from_secs(60 * 60)),
            invite_teammates: false,
            invite_only: Vec::new(),
            invite_never: Vec::new(),
            common_ids: Vec::new(),
        }
    }
}

/// How long one attempt of a call at one account may take. Key `calls`.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Calls {
    /// A call that only reads.
    pub read: Duration,
    /// A call that sends or changes.
    pub send: Duration,
    /// A call that carries a file.
    pub file: Duration,
    /// How long a call that asks all accounts waits for the slow ones.
    pub union: Duration,
}

impl Default for Calls {
    fn default() -> Self {
        Self {
            read: Duration::from_secs(10),
            send: Duration::from_secs(30),
            file: Duration::from_secs(5 * 60),
            union: Duration::from_secs(5),
        }
    }
}

/// How links to accounts are kept and regained. Key `reconnect`.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Reconnect {
    /// The delay between attempts (keys `base`, `factor`, `cap`).
    pub backoff: Backoff,
    /// How often a link is pinged; one that stays silent for the same time is lost.
    pub keepalive: Duration,
    /// How long connecting and opening the event stream may take together.
    pub connect: Duration,
}

impl Default for Reconnect {
    fn default() -> Self {
        Self {
            backoff: Backoff::default(),
            keepalive: Duration::from_secs(10),
            connect: Duration::from_secs(10),
        }
    }
}

#[cfg(test)]
mod tests;

/// When an account counts as working. Key `health`.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Health {
    /// Who answers `dong` to `ding`, by the accounts' own ids; without one (`""`) the puppets' own ding must
    /// do, which is weaker.
    pub heartbeat_contact: Option<String>,
    /// When silence means something (keys `ding_after`, `fail_after`, `jitter`).
    pub vigil: Vigil,
    /// How long an account that comes back takes to get its whole share of the work again.
    pub ramp_up: Duration,
    /// When an account is kept from a kind of work (keys `eject_after`, `eject_base`, `eject_cap`).
    pub ejection: EjectionRule,
    /// What WeChat says, through a puppet's error, when something was too much.
    pub throttle_words: Vec<String>,
    /// What WeChat says, through a puppet's error, when the account does not reach a conversation.
    pub unreachable_words: Vec<String>,
}

impl Default for Health {
    fn default() -> Self {
        Self {
            heartbeat_contact: Some(String::from("gh_051c89260e5d")),
            vigil: Vigil::default(),
            ramp_up: Duration::from_secs(60),
            ejection: EjectionRule::default(),
            throttle_words: ["操作过于频繁", "Ret 1205"].map(String::from).into(),
            unreachable_words: ["朋友验证", "not a friend", "not a member"].map(String::from).into(),
        }
    }
}

/// What becomes of a send when nobody knows whether it was sent. Key `delivery`.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Delivery {
    /// What becomes of it if no teammate saw it.
    pub when_unsure: WhenUnsure,
    /// How long a teammate may take to see it.
    pub witness_window: Duration,
}

impl Default for Delivery {
    fn default() -> Self {
        Self { when_unsure: WhenUnsure::Evidence, witness_window: Duration::from_secs(3) }
    }
}

/// What becomes of a send that may have been sent and that nobody saw.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum WhenUnsure {
    /// The next account sends it if it is proved not to be there: in a room, by a teammate that hears well and did
    /// not see it, once its account has it in its hands no more. Else as [`WhenUnsure::AtMostOnce`].
    #[default]
    Evidence,
    /// The bot is told, and nobody sends it again.
    AtMostOnce,
    /// The next account sends it.
    AtLeastOnce,
}
