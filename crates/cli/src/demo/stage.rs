//! Who and what there is: a simulated WeChat, three accounts on it, and the gateway in front of them.

use std::{
    net::{Ipv4Addr, SocketAddr, TcpListener},
    sync::{Arc, atomic::AtomicBool},
    time::Duration,
};

use ha_wechaty_sim::{GroupChat, Participant, Person, Phone, World};
use ha_wechaty_wire::{Token, tls};
use tokio::sync::mpsc;

use super::{
    DemoError, Options,
    bot::{Bot, News},
    invitation::Invitation,
};
use ha_wechaty_config::Config;
use ha_wechaty_config::{AccountConfig, BotConfig, ConfigError, Endpoint, GatewayTls, Service};
use ha_wechaty_gateway::Gateway;
use ha_wechaty_team::runtime::StartError;
use ha_wechaty_transport::{Address, BindError, Security, Sockets, Target};

/// The team's accounts, in the order of the config.
pub(super) const ACCOUNTS: [&str; 3] = ["north", "south", "west"];
/// The team's virtual self.
pub(super) const SELF: &str = "ossbot";
pub(super) const CAST: [&str; 5] = ["alice", "bob", "carol", "dave", "erin"];
pub(super) const TOPICS: [&str; 2] = ["tea room", "book club"];
/// The token of the demo's own bot, and the visitor's unless it is set. Both open a port of the loopback to a
/// simulated world: no secrets.
const OUR_TOKEN: &str = "insecure_ours";
pub(super) const YOUR_TOKEN: &str = "insecure_demo";
/// Nothing on the loopback takes this long unless it is broken.
const PATIENCE: Duration = Duration::from_secs(20);

/// All that plays along.
pub(super) struct Stage {
    pub(super) world: World,
    pub(super) people: Vec<Person>,
    pub(super) rooms: Vec<GroupChat>,
    pub(super) phones: Vec<Phone>,
    pub(super) gateway: Gateway,
    plaintext: bool,
    /// How many bots may connect, with ours.
    bots: u16,
    /// The token of the visitor's bot, as far as it is to be shown.
    token: String,
    /// The port that was wished for, if another program has it.
    taken: Option<SocketAddr>,
}

impl Stage {
    /// Sets it up, and waits until the team is complete.
    pub(super) async fn set(options: &Options) -> Result<Self, DemoError> {
        let world = World::new(options.seed);
        let people: Vec<Person> = CAST.iter().map(|name| world.person(name)).collect();
        let mut phones = Vec::new();
        for name in ACCOUNTS {
            let phone = world.phone(name).serve().await.map_err(DemoError::Phone)?;
            people.iter().for_each(|person| world.befriend(person, &phone));
            phones.push(phone);
        }
        let rooms = TOPICS.iter().map(|topic| {
            let mut members: Vec<&dyn Participant> = Vec::new();
            members.extend(people.iter().map(|it| it as &dyn Participant));
            members.extend(phones.iter().map(|it| it as &dyn Participant));
            world.room(topic, &members)
        });
        let rooms = rooms.collect();
        let config = config(options, &phones);
        config.check("ha-wechaty demo").map_err(DemoError::Config)?;
        // Who tries it is helped by an error sooner than by a bot that stays away.
        if let warnings @ [_, ..] = config.warnings().as_slice() {
            return Err(DemoError::Config(ConfigError::new(warnings.to_vec())));
        }
        let (gateway, taken) = start_gateway(config, options.listen.is_none()).await?;
        let plaintext = options.plaintext;
        let token = match options.token.as_slice() {
            [token] if token == YOUR_TOKEN => token.clone(),
            // It may be in use elsewhere.
            tokens => tokens.first().map(|token| Token::new(token).to_string()).unwrap_or_default(),
        };
        let bots = 1 + options.token.len() as u16;
        let stage = Self { world, people, rooms, phones, gateway, plaintext, bots, token, taken };
        tokio::time::timeout(PATIENCE, stage.is_complete()).await.map_err(|_| DemoError::NoTeam(PATIENCE))?;
        Ok(stage)
    }

    async fn is_complete(&self) {
        loop {
            let routing = self.gateway.routing();
            let know = |room: &GroupChat| routing.reach(room.id()).yes.and(routing.available()).len();
            if self.rooms.iter().all(|room| know(room) == self.phones.len()) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// The demo's bot, connected like anybody's.
    pub(super) fn bot(
        &self,
        news: mpsc::UnboundedSender<News>,
        is_silent: Arc<AtomicBool>,
    ) -> Result<Bot, DemoError> {
        let security = match self.plaintext {
            true => Security::Plaintext,
            false => Security::Tls {
                config: Arc::new(
                    tls::client(&tls::Trust::Community).map_err(|it| DemoError::Bot(it.to_string()))?,
                ),
                server_name: tls::COMMUNITY_NAME.into(),
            },
        };
        let place = self.gateway.local_addr();
        let host = if place.ip().is_unspecified() { Ipv4Addr::LOCALHOST.into() } else { place.ip() };
        let target = Target {
            token: Token::new(OUR_TOKEN),
            address: Address::Endpoint { host: host.to_string(), port: place.port() },
            proxy: None,
            security,
            keepalive: Duration::from_secs(10),
            max_message: 1 << 20,
        };
        Ok(Bot::start(target, SELF.to_owned(), news, is_silent))
    }

    /// What a visitor must know to join.
    pub(super) fn invitation(&self) -> Invitation {
        let mut place = self.gateway.local_addr();
        if place.ip().is_unspecified() {
            place.set_ip(Ipv4Addr::LOCALHOST.into());
        }
        Invitation { place, token: self.token.clone(), plaintext: self.plaintext, taken: self.taken }
    }

    /// How many bots of visitors listen.
    pub(super) async fn visitors(&self) -> usize {
        // Ours is the first.
        self.gateway.streams_of(1..self.bots).await
    }

    /// Ends it in good order.
    pub(super) async fn strike(self) {
        self.gateway.shutdown().await;
    }
}

/// As in `serve`, but quicker: nobody wants to wait five minutes for an account to count as silent.
fn config(options: &Options, phones: &[Phone]) -> Config {
    let mut config = Config::new(SELF);
    // Another gateway may have that port; a demo is looked at here.
    config.admin.required = false;
    if let Some(listen) = options.listen {
        config.gateway.listen = listen;
    }
    if options.plaintext {
        config.gateway.tls = GatewayTls::Off;
    }
    config.gateway.shutdown = Duration::from_secs(1);
    // Who joins later is not told the whole past.
    config.gateway.replay_age = Duration::from_secs(10);
    config.reconnect.backoff.base = Duration::from_millis(100);
    config.reconnect.backoff.cap = Duration::from_millis(500);
    config.reconnect.keepalive = Duration::from_secs(1);
    config.reconnect.connect = Duration::from_secs(1);
    config.health.vigil.ding_after = Duration::from_secs(5);
    config.health.vigil.fail_after = Duration::from_secs(8);
    config.health.ramp_up = Duration::from_secs(10);
    config.health.ejection.base = Duration::from_secs(4);
    if options.quick {
        // People talk four times as fast, and so may the team.
        let limits = &mut config.pace;
        for limit in limits.per_conversation.iter_mut().chain(&mut limits.allowance.messages) {
            limit.window /= 4;
        }
    }
    config.bots.push(BotConfig::new("demo", Token::new(OUR_TOKEN)));
    let yours = options.token.iter().zip(1..);
    config
        .bots
        .extend(yours.map(|(token, number)| BotConfig::new(format!("yours-{number}"), Token::new(token))));
    for phone in phones {
        let service = Service::new(phone.token().clone()).at(Endpoint::new("127.0.0.1", phone.addr().port()));
        config.accounts.push(AccountConfig::new(phone.name(), service));
    }
    config
}

/// Another port, if `any` will do and the usual one is taken; that is told.
async fn start_gateway(mut config: Config, any: bool) -> Result<(Gateway, Option<SocketAddr>), DemoError> {
    // The usual port for operators, or any: had here, nobody takes it in between.
    let usual = config.admin.listen.and_then(|listen| TcpListener::bind(listen).ok());
    let admin = usual.or_else(|| TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).ok());
    config.admin.listen = admin.as_ref().and_then(|it| it.local_addr().ok()).or(config.admin.listen);
    let sockets = || Sockets::handed_over(admin.iter().filter_map(|it| it.try_clone().ok()).collect());
    match Gateway::start_on(sockets(), config.clone()).await {
        Err(StartError::Bind(BindError::InUse(taken))) if any => {
            config.gateway.listen.set_port(0);
            let gateway = Gateway::start_on(sockets(), config).await.map_err(DemoError::Gateway)?;
            Ok((gateway, Some(taken)))
        }
        started => Ok((started.map_err(DemoError::Gateway)?, None)),
    }
}
