//! The house in which the night is: three accounts, two of one provider; a bot; somebody who talks; a gateway with a store; and
//! those who are told. All of it on a virtual clock.

use std::{
    sync::Arc,
    time::{Duration, UNIX_EPOCH},
};

use ha_wechaty::{
    Config, Gateway,
    config::{AccountConfig, AccountTls, Channel, Endpoint, NotifyConfig, ReconnectConfig, Secret, Service},
};
use ha_wechaty_cli::text;
use ha_wechaty_journal::{JournalReader, MemoryJournal, SealKey};
use ha_wechaty_team::{
    store::Opened,
    view::{AlarmsStatus, ReplayAsk, ReplayStatus, Status},
};
use ha_wechaty_testkit::{Bot, SELF, TOKEN, Town, quick};
use ha_wechaty_wire::{PuppetEvent, puppet::MessagePayloadRequest};
use tokio::{
    task::JoinHandle,
    time::{Instant, sleep},
};

use crate::{
    receiver::{Receiver, Told},
    report::Act,
};

pub(crate) const SEED: u64 = 42;
const MINUTE: Duration = Duration::from_secs(60);
/// Where answers come over a socket the clock goes on by up to so much: whatever is due next wakes it.
const TICK: Duration = Duration::from_millis(200);
/// How often a condition is looked at.
const OFTEN: Duration = Duration::from_secs(1);
/// Nothing that is waited for takes longer.
const LONG: Duration = Duration::from_secs(3 * 3_600);
/// All is quiet for so long between two acts. What comes again within half an hour is the same alarm: two acts that follow
/// one another are about different accounts.
const BETWEEN: Duration = Duration::from_secs(5 * 60);
/// When the night begins: 2026-01-10 18:00 UTC.
const EVENING: u64 = 1_768_068_000;

pub(crate) struct Night {
    pub(crate) town: Town,
    pub(crate) receiver: Receiver,
    pub(crate) gateway: Option<Gateway>,
    config: Config,
    journal: Arc<MemoryJournal>,
    bot: Option<JoinHandle<()>>,
    begun: Instant,
    acts: Vec<Act>,
}

pub(crate) fn minutes(minutes: u64) -> Duration {
    MINUTE * u32::try_from(minutes).unwrap_or(u32::MAX)
}

impl Night {
    /// All is well, and has been for an hour.
    pub(crate) async fn begin() -> Self {
        println!("SEED={SEED}");
        tokio::spawn(async {
            loop {
                sleep(TICK).await;
            }
        });
        let town = Town::of(&["north", "south", "west"], |phone| phone.tls(false)).await.expect("ports");
        let (receiver, at) = Receiver::new().await;
        let mut config = config(&at);
        for phone in &town.phones {
            let endpoint = Endpoint::new("127.0.0.1", phone.addr().port());
            let mut service = Service::new(phone.token().clone()).at(endpoint);
            service.tls = AccountTls::Off;
            let mut account = AccountConfig::new(phone.name(), service);
            account.domain = (phone.name() != "west").then(|| String::from("cloud"));
            config.accounts.push(account);
        }
        let (alice, room) = (town.alice.clone(), town.room.clone());
        tokio::spawn(async move {
            for number in 0_u32.. {
                sleep(2 * MINUTE).await;
                alice.says(&room, &format!("word {number}"));
            }
        });
        let (journal, begun) = (Arc::new(MemoryJournal::default()), Instant::now());
        let mut night =
            Self { town, receiver, gateway: None, config, journal, bot: None, begun, acts: Vec::new() };
        night.start().await;
        // Bots find the next one where this one was.
        night.config.gateway.listen = night.gateway().local_addr();
        night.until("the team is there", async |it| it.working() == 3).await;
        night.bot_comes().await;
        sleep(minutes(60)).await;
        assert!(night.receiver.told(begun).is_empty(), "nobody is told that all is well");
        night
    }

    pub(crate) fn gateway(&self) -> &Gateway {
        self.gateway.as_ref().expect("there is one")
    }

    /// Another gateway goes on with what is in the store.
    pub(crate) async fn start(&mut self) {
        let key = SealKey::from_bytes(&[7; 32], "of a test");
        let opened = Opened::new(self.journal.clone(), key, 0).await.expect("it can be read");
        let now = UNIX_EPOCH + Duration::from_secs(EVENING) + self.begun.elapsed();
        self.gateway = Some(Gateway::with(self.config.clone(), opened.at(now)).await.expect("a gateway"));
    }

    /// What the store still tells of it.
    pub(crate) async fn replayed(&self) -> ReplayStatus {
        let key = SealKey::from_bytes(&[7; 32], "of a test");
        let story = JournalReader::new(self.journal.clone(), key).story().await.expect("it can be read");
        let ask = ReplayAsk::of([("limit", "2000")]).expect("it can be asked for");
        ReplayStatus::of(story, &ask).expect("it can be told")
    }

    /// All that people were told.
    pub(crate) fn told(&self) -> Vec<Told> {
        self.receiver.told(self.begun)
    }

    /// How many accounts get work.
    pub(crate) fn working(&self) -> usize {
        self.gateway().routing().available().len()
    }

    pub(crate) async fn bot_comes(&mut self) {
        let Bot { mut puppet, connection, mut events } =
            Bot::connect(self.gateway(), TOKEN).await.expect("it is let in");
        self.bot = Some(tokio::spawn(async move {
            let _open = connection;
            while let Ok(Some(event)) = events.message().await {
                if let Ok(PuppetEvent::Message { id }) = PuppetEvent::parse(&event) {
                    // By that it says that it has it.
                    let _ = puppet.message_payload(MessagePayloadRequest { id }).await;
                }
            }
        }));
    }

    pub(crate) fn bot_goes(&mut self) {
        self.bot.take().expect("it is there").abort();
    }

    /// Waits for a condition, on the virtual clock.
    pub(crate) async fn until(&self, what: &str, condition: impl AsyncFn(&Self) -> bool) {
        let begun = Instant::now();
        while !condition(self).await {
            assert!(begun.elapsed() < LONG, "in vain: {what}\n{}", self.status().await);
            sleep(OFTEN).await;
        }
    }

    /// What `ha-wechaty status` prints, with times rounded, and without what differs from run to run.
    pub(crate) async fn status(&self) -> String {
        let mut status = self.gateway().asking().look(Status::new).await.expect("it runs");
        let round = |seconds: &mut f64| *seconds = (*seconds / 30.0).round() * 30.0;
        round(&mut status.team.seconds);
        status.alarms.retain(|it| it.kind.name() != "disk-low");
        for account in &mut status.accounts {
            round(&mut account.seconds);
            (account.calls, account.last_evidence) = (0, None);
            account.next_attempt = None;
        }
        status.store = None;
        let text = self.without_ports(&text::status(&status));
        let is_same = |line: &&str| !line.starts_with("no store");
        text.lines().filter(is_same).collect::<Vec<_>>().join("\n")
    }

    /// How many events wait for the bot.
    pub(crate) async fn waiting_events(&self) -> usize {
        let status = self.gateway().asking().look(Status::new).await.expect("it runs");
        status.team.backlog
    }

    pub(crate) async fn alarms(&self) -> AlarmsStatus {
        let mut alarms = self.gateway().alarms().look().await.expect("it runs");
        alarms.open.retain(|it| it.kind.name() != "disk-low");
        alarms
    }

    /// Waits until somebody is told something, and sees what `status` says then. Returns what it is.
    pub(crate) async fn until_told(&self, act: &mut Act) -> Told {
        self.until("somebody is told", async |it| !it.receiver.told(act.began).is_empty()).await;
        let told = self.receiver.told(act.began).swap_remove(0);
        (act.told, act.status) = (Some(told.at), self.status().await);
        told
    }

    /// Waits until all accounts work.
    pub(crate) async fn until_well(&self, act: &mut Act) {
        self.until("all accounts are back", async |it| it.working() == 3).await;
        act.well = Some(Instant::now());
        act.note(Instant::now(), "all accounts work");
    }

    /// Waits until no alarm is open and everybody has been told, and a while longer.
    pub(crate) async fn ends(&mut self, mut act: Act) {
        self.until("all is said", async |it| {
            let AlarmsStatus { open, ways, .. } = it.alarms().await;
            open.is_empty() && ways.iter().all(|it| it.waiting == 0)
        })
        .await;
        sleep(BETWEEN).await;
        let all = self.receiver.told(act.began);
        for mut same in by_event(&all) {
            let told = same.remove(0);
            let [severity, remedy] = ["severity", "remedy"].map(|key| told.alarm(key));
            let mut ways: Vec<&str> = same.iter().chain([&told]).map(|it| it.way.as_str()).collect();
            // Those who are told first stand first.
            ways.sort_by_key(|way| *way != "ops");
            let (ways, text) = (ways.join(", "), self.without_ports(told.alarm("text")));
            let mut line = format!("→ {ways}: {} ({severity}): {text}", told.event());
            if !["alarm.closed", "alarm.acknowledged"].contains(&told.event()) {
                line += &format!("\n    do: {remedy}");
            }
            act.note(told.at, line);
        }
        act.messages = all.len();
        self.acts.push(act);
    }

    /// By whose port it is: they are others in each run.
    fn without_ports(&self, text: &str) -> String {
        self.town.phones.iter().fold(text.to_owned(), |text, phone| {
            text.replace(&format!(":{}", phone.addr().port()), &format!(":({})", phone.name()))
        })
    }

    pub(crate) fn acts(&self) -> &[Act] {
        &self.acts
    }
}

/// What people were told, where the same that came by several ways is one.
fn by_event(all: &[Told]) -> Vec<Vec<Told>> {
    let mut by_event: Vec<Vec<Told>> = Vec::new();
    for told in all {
        let is_same = |it: &&mut Vec<Told>| it[0].id == told.id;
        match by_event.iter_mut().find(is_same) {
            Some(same) => same.push(told.clone()),
            None => by_event.push(vec![told.clone()]),
        }
    }
    by_event
}

/// As an operator has it, who tells two programs: one at once, the other if nobody acknowledges it.
fn config(receiver: &str) -> Config {
    let mut config = quick(SELF);
    config.reconnect = ReconnectConfig::default();
    config.team.dice = Some(SEED);
    config.admin.url = Some(String::from("https://gateway.example"));
    for (name, level) in [("ops", 1), ("lead", 2)] {
        let url = Secret::new(format!("{receiver}/{name}"));
        let mut way = NotifyConfig::new(name, Channel::Webhook { url, secret: None, ca: None });
        way.level = level;
        config.notify.push(way);
    }
    config
}
