//! A gateway whose memory is looked at, an account, and a bot.

use std::{env, net::SocketAddr, path::Path, process::Command, time::Duration};

use ha_wechaty::{
    admin::{Status, client},
    config::BotMode,
};
use ha_wechaty_sim::{Person, Phone, World};
use ha_wechaty_testkit::{program::Running, text};
use ha_wechaty_wire::{
    PuppetEvent,
    puppet::{EventRequest, EventResponse, MessagePayloadRequest},
    puppet_client::PuppetClient,
};
use tonic::{
    Streaming,
    metadata::MetadataValue,
    service::{Interceptor, interceptor::InterceptedService},
    transport::{Channel, Endpoint},
};

/// Shows the bot's token.
#[derive(Clone)]
pub(crate) struct Token;

impl Interceptor for Token {
    fn call(&mut self, mut request: tonic::Request<()>) -> Result<tonic::Request<()>, tonic::Status> {
        let token = MetadataValue::from_static("Wechaty insecure_bot");
        request.metadata_mut().insert("authorization", token);
        Ok(request)
    }
}

/// A bot at a gateway of its own, which is a process of its own.
pub(crate) struct Stage {
    pub(crate) world: World,
    pub(crate) alice: Person,
    pub(crate) north: Phone,
    admin: String,
    /// Where bots connect.
    pub(crate) bots: SocketAddr,
    pub(crate) bot: PuppetClient<InterceptedService<Channel, Token>>,
    events: Streaming<EventResponse>,
    gateway: Running,
}

impl Stage {
    pub(crate) async fn new(folder: &Path) -> Self {
        let world = World::new(42);
        let (alice, north) =
            (world.person("alice"), world.phone("north").tls(true).serve().await.expect("a port"));
        world.befriend(&alice, &north);
        let file = folder.join("ha-wechaty.toml");
        let memory = "requests = \"32MiB\"\nmessages = \"8MiB\"\npayload_age = \"3s\"\nmessage_age = \"4s\"";
        let team = "dedup_window = \"1s\"\ndedup_age = \"4s\"";
        // A store's buffers pass through threads of its own, and the allocator keeps some for each.
        // Nor does a machine that is busy end a call that should wait.
        let calls = "read = \"10m\"";
        let lines = [("memory", memory), ("team", team), ("calls", calls), ("store", "path = \"memory\"")];
        let config = text::config(&lines, &[("bot", BotMode::All)], [&north]);
        std::fs::write(&file, config).expect("it can be written");
        let mut serve = Command::new(env!("CARGO_BIN_EXE_ha-wechaty"));
        serve.args(["serve", "--config"]).arg(&file);
        serve.env_clear().envs(env::vars().filter(|(name, _)| name.starts_with("MALLOC")));
        let gateway = Running::start(&mut serve);
        let (bots, admin) = (gateway.bots(), gateway.admin());
        let endpoint = Endpoint::from_shared(format!("http://{bots}")).expect("an address");
        let channel = endpoint.connect().await.expect("it serves");
        let mut bot = PuppetClient::with_interceptor(channel, Token).max_decoding_message_size(80 << 20);
        let events = bot.event(EventRequest::default()).await.expect("a stream").into_inner();
        let stage = Self { world, alice, north, admin, bots, bot, events, gateway };
        while stage.status().await.team.usable == 0 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        stage
    }

    /// This is said, and the bot reads each.
    pub(crate) async fn says(&mut self, count: usize, size: usize) {
        for batch in 0..count.div_ceil(50) {
            let batch = batch * 50..count.min((batch + 1) * 50);
            let ends = batch.len();
            for n in batch {
                self.alice.says(&self.north, &format!("{n} {}", "x".repeat(size)));
            }
            for _ in 0..ends {
                let id = self.message().await;
                let request = MessagePayloadRequest { id };
                let told = self.bot.message_payload(request).await.expect("told").into_inner();
                assert!(told.text.len() > size);
            }
        }
    }

    /// The next message.
    pub(crate) async fn message(&mut self) -> String {
        loop {
            let event = self.events.message().await.expect("it goes on").expect("it goes on");
            if let Ok(PuppetEvent::Message { id }) = PuppetEvent::parse(&event) {
                return id;
            }
        }
    }

    /// What the process has of the machine's memory, and the most that it had since [`Stage::forget_peak`], in bytes.
    pub(crate) fn resident(&self) -> (u64, u64) {
        let told = std::fs::read_to_string(self.proc("status")).expect("it runs");
        let [now, peak] = ["VmRSS:", "VmHWM:"].map(|name| {
            let line = told.lines().find_map(|line| line.strip_prefix(name)?.strip_suffix("kB"));
            line.and_then(|kib| kib.trim().parse::<u64>().ok()).expect("a number") << 10
        });
        (now, peak)
    }

    /// The most that it has had is what it has now.
    pub(crate) fn forget_peak(&self) {
        std::fs::write(self.proc("clear_refs"), "5").expect("it runs, and is ours");
    }

    fn proc(&self, name: &str) -> String {
        format!("/proc/{}/{name}", self.gateway.id())
    }

    pub(crate) async fn status(&self) -> Status {
        let (code, text) = client::get(self.admin.as_str(), "/status", None).await.unwrap_or_default();
        if code != 200 {
            return Box::pin(async {
                tokio::time::sleep(Duration::from_millis(20)).await;
                self.status().await
            })
            .await;
        }
        serde_json::from_str(&text).expect("it is JSON")
    }

    /// Waits until nothing is held any more.
    pub(crate) async fn idle(&self) -> Status {
        loop {
            let status = self.status().await;
            if held(&status, "messages") == 0 && held(&status, "dedup") == 0 && status.team.backlog == 0 {
                return status;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }
}

pub(crate) fn held(status: &Status, of: &str) -> u64 {
    status.held.iter().find(|it| it.of == of).expect("it is told").bytes
}
