//! A team of three simulated phones, a gateway, and bots.

use std::time::Duration;

use ha_wechaty::{
    Config, Gateway,
    config::{Account, Bot as BotConfig, Endpoint, GatewayTls, Service},
    transport::{Address, Connection, Nature, Security, Target, dial},
};
use ha_wechaty_core::AccountId;
use ha_wechaty_sim::{Fault, Person, Phone, PhoneBuilder, Room, World};
use ha_wechaty_wire::{
    Event, Token,
    puppet::{EventRequest, EventResponse, MessagePayloadRequest, MessagePayloadResponse, StartRequest},
    puppet_client::PuppetClient,
    tls,
};
use tonic::{Status, Streaming};

/// Nothing here takes this long unless it is broken.
pub(crate) const DEADLINE: Duration = Duration::from_secs(20);
pub(crate) const SELF: &str = "ossbot";
pub(crate) const TOKEN: &str = "insecure_bot";

pub(crate) struct House {
    pub(crate) world: World,
    pub(crate) alice: Person,
    pub(crate) phones: Vec<Phone>,
    pub(crate) room: Room,
    pub(crate) gateway: Gateway,
    config: Config,
}

impl House {
    /// Three accounts that are in one room with alice, connected.
    pub(crate) async fn new() -> Self {
        Self::with(|_| {}).await
    }

    pub(crate) async fn with(change: impl FnOnce(&mut Config)) -> Self {
        let house = Self::open(change).await;
        house.until_available(3).await;
        house
    }

    /// The same, without waiting for the accounts.
    pub(crate) async fn open(change: impl FnOnce(&mut Config)) -> Self {
        Self::open_on(|phone| phone, change).await
    }

    /// The same, with accounts that are one another's friends.
    pub(crate) async fn open_befriended(change: impl FnOnce(&mut Config)) -> Self {
        Self::open_with(|phone| phone, change, true).await
    }

    /// The same, on phones that are somehow else.
    pub(crate) async fn open_on(
        build: impl Fn(PhoneBuilder) -> PhoneBuilder,
        change: impl FnOnce(&mut Config),
    ) -> Self {
        Self::open_with(build, change, false).await
    }

    async fn open_with(
        build: impl Fn(PhoneBuilder) -> PhoneBuilder,
        change: impl FnOnce(&mut Config),
        befriended: bool,
    ) -> Self {
        let world = World::new(42);
        let alice = world.person("alice");
        let mut phones = Vec::new();
        for name in ["north", "south", "west"] {
            let phone = build(world.phone(name).token(&format!("insecure_{name}")).tls(true));
            phones.push(phone.serve().await.expect("a port"));
        }
        for phone in &phones {
            world.befriend(&alice, phone);
        }
        for (index, phone) in phones.iter().enumerate().filter(|_| befriended) {
            phones[..index].iter().for_each(|other| world.befriend(phone, other));
        }
        let room = world.room("ding room", &[&alice, &phones[0], &phones[1], &phones[2]]);
        let mut config = Config::new(SELF);
        config.gateway.listen = "127.0.0.1:0".parse().expect("an address");
        config.gateway.tls = GatewayTls::Off;
        // What is read in the background would be counted with what a test asks for.
        config.team.refresh = None;
        config.admin.listen = Some("127.0.0.1:0".parse().expect("an address"));
        config.reconnect.backoff.base = Duration::from_millis(20);
        config.reconnect.backoff.cap = Duration::from_millis(100);
        // Most tests are not about the pace, and about single messages.
        config.pace.enabled = false;
        config.team.burst = Duration::ZERO;
        config.bots.push(BotConfig::new("main", Token::new(TOKEN)));
        for phone in &phones {
            let endpoint = Endpoint::new("127.0.0.1", phone.addr().port());
            let service = Service::new(phone.token().clone()).at(endpoint);
            config.accounts.push(Account::new(phone.name(), service));
        }
        change(&mut config);
        let gateway = Gateway::start(config.clone()).await.expect("a gateway");
        Self { world, alice, phones, room, gateway, config }
    }

    /// Waits until so many accounts are available and know the room.
    pub(crate) async fn until_available(&self, count: usize) {
        let room = self.room.id().to_owned();
        self.until("accounts are available", || {
            let routing = self.gateway.routing();
            let known = routing.reach(&room).yes.and(routing.available());
            routing.available().len() == count && known.len() == count
        })
        .await;
    }

    /// Waits for a condition.
    pub(crate) async fn until(&self, what: &str, mut condition: impl FnMut() -> bool) {
        let wait = async {
            while !condition() {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        tokio::time::timeout(DEADLINE, wait).await.unwrap_or_else(|_| panic!("in vain: {what}"));
    }

    /// A bot with an open stream.
    pub(crate) async fn bot(&self) -> Bot {
        Bot::connect(&self.gateway, TOKEN).await.expect("a bot")
    }

    /// The configuration that it was started with.
    pub(crate) fn config(&self) -> Config {
        self.config.clone()
    }

    /// Ends the gateway and starts it anew on the same port.
    pub(crate) async fn restart_gateway(&mut self) {
        let mut config = self.config.clone();
        config.gateway.listen = self.gateway.local_addr();
        self.shut_down().await;
        self.gateway = Gateway::start(config).await.expect("a gateway");
        self.until_available(3).await;
    }

    /// Ends the gateway; the phones live on.
    pub(crate) async fn shut_down(&mut self) {
        std::mem::replace(&mut self.gateway, idle().await).shutdown().await;
    }

    /// Drops the gateway.
    pub(crate) async fn drop_gateway(&mut self) {
        drop(std::mem::replace(&mut self.gateway, idle().await));
    }

    /// What the admin's server answers: code and text.
    pub(crate) async fn admin(&self, path: &str, password: Option<&str>) -> (u16, String) {
        let addr = self.gateway.admin_addr().expect("an admin's port");
        ha_wechaty::admin::client::get(addr, path, password).await.expect("an answer")
    }

    /// How things stand.
    pub(crate) async fn status(&self) -> ha_wechaty::admin::Status {
        let (code, json) = self.admin("/status", None).await;
        assert_eq!(code, 200, "{json}");
        serde_json::from_str(&json).expect("a status")
    }

    /// How often each phone was asked for an RPC: north, south, west.
    pub(crate) fn calls(&self, rpc: &str) -> Vec<u64> {
        self.phones.iter().map(|phone| phone.calls(rpc)).collect()
    }

    /// Kills a phone, and waits until the team knows.
    pub(crate) async fn lose(&self, index: usize) {
        self.phones[index].fail(Fault::Drop);
        let account = AccountId::at(index);
        self.until("it is missed", || !self.gateway.routing().available().contains(account)).await;
    }

    /// What was said in the room by the team, by how often people saw it.
    pub(crate) fn times(&self, text: &str) -> usize {
        self.world.ledger().times(self.room.id(), text)
    }
}

/// A gateway without accounts, as a stand-in.
async fn idle() -> Gateway {
    let mut config = Config::new("idle");
    config.admin.listen = None;
    config.gateway.listen = "127.0.0.1:0".parse().expect("an address");
    Gateway::start(config).await.expect("a gateway")
}

pub(crate) struct Bot {
    pub(crate) puppet: PuppetClient<Connection>,
    pub(crate) connection: Connection,
    pub(crate) events: Streaming<EventResponse>,
}

/// A plaintext or TLS client of a gateway.
pub(crate) fn target(gateway: &Gateway, token: &str, with_tls: bool) -> Target {
    let security = match with_tls {
        true => Security::Tls {
            config: std::sync::Arc::new(tls::client(&tls::Trust::Community).expect("a client")),
            server_name: "insecure".into(),
        },
        false => Security::Plaintext,
    };
    let port = gateway.local_addr().port();
    Target {
        token: Token::new(token),
        address: Address::Endpoint { host: "127.0.0.1".into(), port },
        security,
        keepalive: Duration::from_secs(10),
        max_message: 200 << 20,
    }
}

impl Bot {
    pub(crate) async fn connect(gateway: &Gateway, token: &str) -> Result<Self, Status> {
        let connection = dial(&target(gateway, token, false)).await.expect("a connection");
        let mut puppet = connection.puppet();
        let mut request = tonic::Request::new(EventRequest {});
        request.extensions_mut().insert(Nature::Listens);
        let events = puppet.event(request).await?.into_inner();
        puppet.start(StartRequest {}).await?;
        Ok(Self { puppet, connection, events })
    }

    /// The next event.
    pub(crate) async fn next(&mut self) -> Event {
        let next = tokio::time::timeout(DEADLINE, self.events.message()).await.expect("an event in time");
        Event::parse(&next.expect("a whole stream").expect("an open stream")).expect("a readable event")
    }

    /// The next event that is no heartbeat.
    pub(crate) async fn next_news(&mut self) -> Event {
        loop {
            let news = self.next().await;
            if !matches!(news, Event::Heartbeat(_)) {
                return news;
            }
        }
    }

    /// What the next event gives that gives something; what comes before it is passed over.
    pub(crate) async fn find<T>(&mut self, mut look: impl FnMut(Event) -> Option<T>) -> T {
        // Heartbeats come whatever else does.
        let found = async {
            loop {
                if let Some(found) = look(self.next().await) {
                    return found;
                }
            }
        };
        tokio::time::timeout(3 * DEADLINE, found).await.expect("what is looked for comes in time")
    }

    /// The payload of the next message; what comes before it is passed over.
    pub(crate) async fn next_message(&mut self) -> MessagePayloadResponse {
        let id = self.find(|event| if let Event::Message { id } = event { Some(id) } else { None }).await;
        self.payload(&id).await.expect("a payload")
    }

    pub(crate) async fn payload(&mut self, id: &str) -> Result<MessagePayloadResponse, Status> {
        Ok(self.puppet.message_payload(MessagePayloadRequest { id: id.into() }).await?.into_inner())
    }

    /// Says a text; returns the message's id.
    pub(crate) async fn say(&mut self, conversation: &str, text: &str) -> Result<String, Status> {
        let request = ha_wechaty_wire::puppet::MessageSendTextRequest {
            conversation_id: conversation.into(),
            text: text.into(),
            mentional_ids: Vec::new(),
        };
        Ok(self.puppet.message_send_text(request).await?.into_inner().id)
    }
}
