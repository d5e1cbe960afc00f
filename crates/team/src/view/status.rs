//! How everything stands, for people and programs. Durations are in seconds, back from now.

use std::{collections::BTreeMap, fmt, net::SocketAddr, time::Duration};

use ha_wechaty_core::{Paced, Policy, Team, Time};
use serde::{Deserialize, Serialize};

use super::{
    AccountStatus, AlarmStatus, AlarmsStatus, BotStatus, Held, StoreStatus, WriteTrouble, account::account,
    held,
};
use crate::state::{
    Shared,
    sends::{SendLedger, SendOutcome},
};
use ha_wechaty_config::Config;

/// How everything stands.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Status {
    /// The gateway that answers; none of a team that a program holds itself.
    pub gateway: Option<GatewayStatus>,
    /// The version of the gateway.
    pub version: String,
    /// The team as one.
    pub team: TeamStatus,
    /// The alarms that are open, what matters most first.
    #[serde(default)]
    pub alarms: Vec<AlarmStatus>,
    /// Each account, in the order in which they came.
    pub accounts: Vec<AccountStatus>,
    /// Each bot, in the order of the configuration.
    pub bots: Vec<BotStatus>,
    /// The store that outlives the process, if there is one.
    #[serde(default)]
    pub store: Option<StoreStatus>,
    /// Why no snapshot of it can be kept now, if it is so: a start takes longer, and the store grows.
    #[serde(default)]
    pub unkept: Option<WriteTrouble>,
    /// How much is remembered, of what.
    #[serde(default)]
    pub held: Vec<Held>,
    /// What the process has of the machine's memory, in bytes, where the system says so.
    #[serde(default)]
    pub resident: Option<u64>,
    /// How many tasks there are.
    #[serde(default)]
    pub tasks: Option<u64>,
    /// How many entries each table has that is bounded by a number or an age, and not by what it weighs.
    #[serde(default)]
    pub tables: BTreeMap<String, u64>,
}

/// Which gateway this is: one machine may have several, and an address tells nothing of who has it now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GatewayStatus {
    /// The team's name.
    pub name: String,
    /// The contact id that bots know the team by.
    pub self_id: String,
    /// Its version.
    pub version: String,
    /// The number of its process, on its own machine.
    pub pid: u32,
    /// The configuration file that it was started with, if it was with one.
    pub config: Option<String>,
    /// Where bots connect.
    pub listen: String,
}

impl GatewayStatus {
    /// Of a gateway that listens there.
    pub fn new(config: &Config, listen: SocketAddr) -> Self {
        let source = config.source.as_deref();
        Self {
            name: config.name.clone(),
            self_id: config.self_id.clone(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            pid: std::process::id(),
            config: source.map(|path| path.display().to_string()),
            listen: listen.to_string(),
        }
    }
}

impl fmt::Display for GatewayStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, version, pid, config, listen, .. } = self;
        write!(f, "gateway {version} of {name}: process {pid}, bots connect to {listen}, ")?;
        match config {
            Some(config) => f.write_str(config),
            None => f.write_str("no configuration file"),
        }
    }
}

/// The team as one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TeamStatus {
    /// Its name.
    pub name: String,
    /// The contact id that bots know it by.
    pub self_id: String,
    /// Whether any account gets work.
    pub available: bool,
    /// Why not, if not.
    pub reason: Option<String>,
    /// For how long it has been so.
    pub seconds: f64,
    /// How many accounts get work.
    pub usable: usize,
    /// How work on rooms is spread.
    pub policy: Policy,
    /// Conversations of which it is known who reaches them.
    pub conversations: usize,
    /// Rooms that some account is in.
    pub rooms: usize,
    /// Those that one account alone is in.
    pub rooms_alone: usize,
    /// Those in which no account gets work.
    pub rooms_unavailable: usize,
    /// Events that bots have not acknowledged.
    pub backlog: usize,
    /// Events that had to be dropped unseen, since a bot was away too long.
    pub dropped: u64,
    /// Calls that wait for their turn: for an account that is available, and within its pace.
    pub waiting: usize,
    /// For how long the one has waited that has waited longest.
    pub longest_wait: Option<f64>,
    /// The same of each kind of work that any waits for.
    #[serde(default)]
    pub longest_waits: BTreeMap<Paced, f64>,
}

impl Status {
    /// The account of this name.
    pub fn account(&self, name: &str) -> Option<&AccountStatus> {
        self.accounts.iter().find(|account| account.name == name)
    }

    /// Counts beside each account what it was asked to send within the last minute: that takes longer than the team has time.
    pub fn tally(&mut self, sends: &SendLedger) {
        let mut counts = BTreeMap::<String, [u32; 2]>::new();
        sends.visit_since(Duration::from_secs(60), |record| {
            for attempt in &record.tried {
                let [sent, failed] = counts.entry(attempt.account.clone()).or_default();
                match attempt.outcome {
                    SendOutcome::Sent => *sent += 1,
                    SendOutcome::NotSent | SendOutcome::Unsure => *failed += 1,
                }
            }
        });
        for account in &mut self.accounts {
            [account.sends_minute, account.failed_minute] =
                counts.get(&account.name).copied().unwrap_or_default();
        }
    }

    /// As it is now.
    pub fn new(team: &Team, shared: &Shared, now: Time) -> Self {
        let routing = shared.core.routing();
        let (rooms, rooms_alone, rooms_unavailable) = super::rooms::count(team);
        let accounts = shared.accounts.roster.accounts().filter_map(|(place, config)| {
            let state = team.accounts().get(place.index())?;
            Some(account(&shared.accounts, &shared.sending.pacer, &routing, &config, (place, state), now))
        });
        let bots = shared.bots.all().into_iter().map(|(id, bot)| {
            let waiting_calls = shared.sending.pacer.look(|queue, _| queue.waiting_of(id));
            BotStatus::new(team, &shared.bots.streams, (id, &bot), now, waiting_calls)
        });
        let (waiting, longest_wait) = shared
            .sending
            .pacer
            .look(|queue, now| (queue.waiting(), queue.longest().map(|since| (now - since).as_secs_f64())));
        let longest_waits = shared.sending.pacer.look(|queue, now| {
            let kinds = Paced::ALL.into_iter();
            kinds.filter_map(|paced| Some((paced, (now - queue.longest_for(paced)?).as_secs_f64()))).collect()
        });
        Self {
            gateway: None,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            team: TeamStatus {
                name: shared.config.name.clone(),
                self_id: shared.config.self_id.clone(),
                available: team.is_up(),
                reason: (!team.is_up()).then(|| routing.outage()),
                seconds: (now - team.since()).as_secs_f64(),
                usable: routing.available().len(),
                policy: shared.settings().team.policy,
                conversations: team.directory().len(),
                rooms,
                rooms_alone,
                rooms_unavailable,
                backlog: team.bots().backlog(),
                dropped: team.bots().dropped(),
                waiting,
                longest_wait,
                longest_waits,
            },
            alarms: AlarmsStatus::new(team, now).open,
            accounts: accounts.collect(),
            bots: bots.collect(),
            store: StoreStatus::of(&shared.records.store),
            unkept: WriteTrouble::unkept(&shared.records.store),
            held: held::held(team, shared),
            resident: held::resident(),
            tasks: held::tasks(),
            tables: held::tables(team, shared),
        }
    }
}
