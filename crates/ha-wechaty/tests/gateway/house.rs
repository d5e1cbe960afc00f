//! A team of three simulated phones, a gateway, and bots.

use std::time::Duration;

use ha_wechaty::{
    Config, Gateway,
    config::{Account, Bot as BotConfig, Endpoint, GatewayTls},
    transport::{Address, Connection, Security, Target, dial},
};
use ha_wechaty_sim::{Person, Phone, Room, World};
use ha_wechaty_wire::{
    Event, Token,
    puppet::{EventRequest, EventResponse, MessagePayloadRequest, MessagePayloadResponse, StartRequest},
    puppet_client::PuppetClient,
    tls,
};
use tonic::{Status, Streaming};

/// Nothing here takes this long unless it is broken.
pub const DEADLINE: Duration = Duration::from_secs(20);
pub const SELF: &str = "ossbot";
pub const TOKEN: &str = "insecure_bot";

pub struct House {
    pub world: World,
    pub alice: Person,
    pub phones: Vec<Phone>,
    pub room: Room,
    pub gateway: Gateway,
    config: Config,
}

impl House {
    /// Three accounts that are in one room with alice, connected.
    pub async fn new() -> Self {
        Self::with(|_| {}).await
    }

    pub async fn with(change: impl FnOnce(&mut Config)) -> Self {
        let world = World::new(42);
        let alice = world.person("alice");
        let mut phones = Vec::new();
        for name in ["north", "south", "west"] {
            let phone = world.phone(name).token(&format!("insecure_{name}")).tls(true).serve().await;
            phones.push(phone.expect("a port"));
        }
        for phone in &phones {
            world.befriend(&alice, phone);
        }
        let room = world.room("ding room", &[&alice, &phones[0], &phones[1], &phones[2]]);
        let mut config = Config::new(SELF);
        config.gateway.listen = "127.0.0.1:0".parse().expect("an address");
        config.gateway.tls = GatewayTls::Off;
        config.admin.listen = Some("127.0.0.1:0".parse().expect("an address"));
        config.reconnect.backoff.base = Duration::from_millis(20);
        config.reconnect.backoff.cap = Duration::from_millis(100);
        config.bots.push(BotConfig::new("main", Token::new(TOKEN)));
        for phone in &phones {
            let mut account = Account::new(phone.name(), phone.token().clone());
            account.endpoint = Some(Endpoint::new("127.0.0.1", phone.addr().port()));
            config.accounts.push(account);
        }
        change(&mut config);
        let gateway = Gateway::start(config.clone()).await.expect("a gateway");
        let house = Self { world, alice, phones, room, gateway, config };
        house.until_available(3).await;
        house
    }

    /// Waits until so many accounts are available and know the room.
    pub async fn until_available(&self, count: usize) {
        let room = self.room.id().to_owned();
        self.until("accounts are available", || {
            let routing = self.gateway.routing();
            let known = routing.reach(&room).yes.and(routing.available());
            routing.available().len() == count && known.len() == count
        })
        .await;
    }

    /// Waits for a condition.
    pub async fn until(&self, what: &str, mut condition: impl FnMut() -> bool) {
        let wait = async {
            while !condition() {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        tokio::time::timeout(DEADLINE, wait).await.unwrap_or_else(|_| panic!("in vain: {what}"));
    }

    /// A bot with an open stream.
    pub async fn bot(&self) -> Bot {
        Bot::connect(&self.gateway, TOKEN).await.expect("a bot")
    }

    /// Ends the gateway and starts it anew on the same port.
    pub async fn restart_gateway(&mut self) {
        let mut config = self.config.clone();
        config.gateway.listen = self.gateway.local_addr();
        let stopped = std::mem::replace(&mut self.gateway, idle().await);
        stopped.shutdown().await;
        self.gateway = Gateway::start(config).await.expect("a gateway");
        self.until_available(3).await;
    }

    /// What the admin's server answers: code and text.
    pub async fn admin(&self, path: &str, password: Option<&str>) -> (u16, String) {
        let addr = self.gateway.admin_addr().expect("an admin's port");
        ha_wechaty::admin::client::get(addr, path, password).await.expect("an answer")
    }

    /// How things stand.
    pub async fn status(&self) -> ha_wechaty::admin::Status {
        let (code, json) = self.admin("/status", None).await;
        assert_eq!(code, 200, "{json}");
        serde_json::from_str(&json).expect("a status")
    }

    /// What was said in the room by the team, by how often people saw it.
    pub fn times(&self, text: &str) -> usize {
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

pub struct Bot {
    pub puppet: PuppetClient<Connection>,
    pub connection: Connection,
    pub events: Streaming<EventResponse>,
}

/// A plaintext or TLS client of a gateway.
pub fn target(gateway: &Gateway, token: &str, with_tls: bool) -> Target {
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
    pub async fn connect(gateway: &Gateway, token: &str) -> Result<Self, Status> {
        let connection = dial(&target(gateway, token, false)).await.expect("a connection");
        let mut puppet = connection.puppet();
        let events = puppet.event(EventRequest {}).await?.into_inner();
        puppet.start(StartRequest {}).await?;
        Ok(Self { puppet, connection, events })
    }

    /// The next event.
    pub async fn next(&mut self) -> Event {
        let next = tokio::time::timeout(DEADLINE, self.events.message()).await.expect("an event in time");
        Event::parse(&next.expect("a whole stream").expect("an open stream")).expect("a readable event")
    }

    /// The next event that is no heartbeat.
    pub async fn next_news(&mut self) -> Event {
        loop {
            match self.next().await {
                Event::Heartbeat(_) => {}
                news => return news,
            }
        }
    }

    /// The payload of the next message; what comes before it is passed over.
    pub async fn next_message(&mut self) -> MessagePayloadResponse {
        loop {
            if let Event::Message { id } = self.next().await {
                return self.payload(&id).await.expect("a payload");
            }
        }
    }

    pub async fn payload(&mut self, id: &str) -> Result<MessagePayloadResponse, Status> {
        Ok(self.puppet.message_payload(MessagePayloadRequest { id: id.into() }).await?.into_inner())
    }

    /// Says a text; returns the message's id.
    pub async fn say(&mut self, conversation: &str, text: &str) -> Result<String, Status> {
        let request = ha_wechaty_wire::puppet::MessageSendTextRequest {
            conversation_id: conversation.into(),
            text: text.into(),
            mentional_ids: Vec::new(),
        };
        Ok(self.puppet.message_send_text(request).await?.into_inner().id)
    }
}
