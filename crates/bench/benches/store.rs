//! What a store costs: the same sends and messages through a team that keeps nothing and through one with a store on the
//! disk, in turns in one run; what a message takes of the store; and how long a start after a kill takes.
//!
//! Most of what a send alone waits for is the disk, which brings one record to where a power cut leaves it. How long that takes
//! there without us is measured in the same turns; and where the system has files in memory, a third team has its store in one:
//! what that costs is ours.
//!
//! The processor's time is of the whole process, less what the same calls take directly: what is left is the gateway's.
#![allow(missing_docs, clippy::expect_used, reason = "a bench, which may end at once")]

use std::{
    fs,
    io::Write as _,
    path::Path,
    time::{Duration, Instant},
};

use ha_wechaty_bench::Bench;
use ha_wechaty_config::{AccountTls, Config, Provider, StorePlace};
use ha_wechaty_gateway::Gateway;
use ha_wechaty_testkit::{Bot, House, Setup};
use ha_wechaty_transport::Connection;
use ha_wechaty_wire::{PuppetEvent, puppet::MessageSendTextRequest};
use rustix::time::{ClockId, clock_gettime};

const AT_ONCE: usize = 32;

/// A team with its bot.
struct Side {
    name: &'static str,
    house: House,
    bot: Bot,
    /// Whom it sends to: each sender has its own, since within a conversation all goes one after the other.
    people: Vec<String>,
    sends: Vec<Round>,
    alone: Vec<Round>,
    events: Vec<Round>,
    /// How many records a send alone took, in each round.
    appends: Vec<f64>,
}

impl Side {
    /// How many records were written, if any are.
    async fn records(&self) -> f64 {
        if self.name == "memory" { 0.0 } else { number_of(&self.house, "last").await }
    }
}

/// What one round took.
struct Round {
    /// From asking to the answer, or from saying to being heard; sorted.
    each: Vec<Duration>,
    took: Duration,
    /// The processor's time of the process.
    busy: Duration,
}

impl Round {
    fn of(mut each: Vec<Duration>, begun: Instant, busy: Duration) -> Self {
        let (took, busy) = (begun.elapsed(), busy_time() - busy);
        each.sort();
        Self { each, took, busy }
    }

    fn at(&self, share: f64) -> f64 {
        let last = self.each.len() - 1;
        micros(self.each[(last as f64 * share).round() as usize])
    }

    fn per_second(&self) -> f64 {
        self.each.len() as f64 / self.took.as_secs_f64()
    }

    fn busy_each(&self) -> f64 {
        micros(self.busy) / self.each.len() as f64
    }
}

#[tokio::main]
async fn main() {
    let mut bench = Bench::called("store");
    if !bench.is_wanted() {
        return;
    }
    let (rounds, sends) = (bench.size(7, 1), bench.size(2_000, 64));
    let folder = tempfile::tempdir().expect("a folder");
    let mut memory = side("memory", StorePlace::Memory).await;
    let mut disk = side("disk", StorePlace::File(folder.path().join("team.db"))).await;
    let in_memory = tempfile::tempdir_in("/dev/shm").ok();
    let mut ours = match &in_memory {
        Some(folder) => Some(side("file in memory", StorePlace::File(folder.path().join("team.db"))).await),
        None => None,
    };
    let mut flushes = Vec::new();
    let phone = &memory.house.phones[0];
    let direct = Bot::dial(phone.addr(), phone.token()).await;
    let mut directly = Vec::new();
    for _ in 0..rounds {
        directly.push(round(&direct, &memory.people, sends).await);
        flushes.push(flush(folder.path(), sends / 4));
        for side in [&mut memory, &mut disk].into_iter().chain(&mut ours) {
            let through = side.bot.connection.clone();
            let before = side.records().await;
            side.alone.push(round(&through, &side.people[..1], sends / 4).await);
            side.appends.push((side.records().await - before) / (sends / 4) as f64);
            side.sends.push(round(&through, &side.people, sends).await);
            let heard = hears(side, sends).await;
            side.events.push(heard);
        }
    }
    let direct = median(&directly, Round::busy_each);
    for (what, figure, unit) in FIGURES {
        let memory = figure(&memory, direct);
        bench.tell(&format!("{what}, memory"), memory, unit);
        for side in [&disk].into_iter().chain(&ours) {
            let (it, name) = (figure(side, direct), side.name);
            bench.tell(&format!("{what}, {name}"), it, unit);
            bench.tell(&format!("{what}, {name} to memory"), it / memory, "times");
        }
    }
    bench.tell("records that a send alone takes", disk.appends[rounds / 2], "records");
    bench.tell("the disk's own flush, p50", median(&flushes, |it| it.at(0.5)), "µs");
    bench.tell("the disk's own flush, p99", median(&flushes, |it| it.at(0.99)), "µs");
    let before = number_of(&disk.house, "record_bytes").await;
    hears(&mut disk, sends).await;
    let written = number_of(&disk.house, "record_bytes").await - before;
    bench.tell("what a message takes of the log", written / sends as f64, "bytes");
    remembered(&mut bench, disk, folder.path()).await;
}

type Figure = (&'static str, fn(&Side, f64) -> f64, &'static str);

/// What is told of both sides; the second argument is what a send takes directly.
const FIGURES: [Figure; 8] = [
    ("a send alone, p50", |side, _| median(&side.alone, |it| it.at(0.5)), "µs"),
    ("a send alone, p99", |side, _| median(&side.alone, |it| it.at(0.99)), "µs"),
    ("a send of 32 at once, p99", |side, _| median(&side.sends, |it| it.at(0.99)), "µs"),
    ("sends, 32 at once", |side, _| median(&side.sends, Round::per_second), "sends/s"),
    ("processor for a send", |side, direct| median(&side.sends, Round::busy_each) - direct, "µs"),
    ("an event, p50", |side, _| median(&side.events, |it| it.at(0.5)), "µs"),
    ("an event, p99", |side, _| median(&side.events, |it| it.at(0.99)), "µs"),
    ("processor for an event and its peers", |side, _| median(&side.events, Round::busy_each), "µs"),
];

async fn side(name: &'static str, place: StorePlace) -> Side {
    let house = Setup::new("ossbot").accounts(&["north"]).phones(|phone| phone.tls(false)).config(|config| {
        config.store.path = place;
        in_plaintext(config);
    });
    let house = house.start().await;
    let bot = house.bot().await;
    let people = (0..AT_ONCE).map(|number| {
        let person = house.world.person(&format!("person {number}"));
        house.world.befriend(&person, &house.phones[0]);
        person.id().to_owned()
    });
    let people = people.collect();
    Side {
        name,
        house,
        bot,
        people,
        sends: Vec::new(),
        alone: Vec::new(),
        events: Vec::new(),
        appends: Vec::new(),
    }
}

/// What the disk takes to keep a little more of a file, one time after another.
fn flush(folder: &Path, times: usize) -> Round {
    let path = folder.join("flushed");
    let mut file = fs::File::create(&path).expect("a file");
    let (begun, busy) = (Instant::now(), busy_time());
    let flush = |_| {
        let begun = Instant::now();
        file.write_all(&[b'x'; 4_096]).expect("it has room");
        file.sync_data().expect("the disk takes it");
        begun.elapsed()
    };
    let round = Round::of((0..times).map(flush).collect(), begun, busy);
    fs::remove_file(&path).expect("it is ours");
    round
}

fn in_plaintext(config: &mut Config) {
    for account in &mut config.accounts {
        let Provider::Service(service) = &mut account.provider else { continue };
        service.tls = AccountTls::Off;
    }
}

/// Sends all, to all of these people at once.
async fn round(connection: &Connection, people: &[String], sends: usize) -> Round {
    let (begun, busy) = (Instant::now(), busy_time());
    let at_once = people.len();
    let lanes = people.iter().map(|to| {
        let (mut puppet, to) = (connection.puppet(), to.clone());
        tokio::spawn(async move {
            let mut each = Vec::with_capacity(sends / at_once);
            for _ in 0..sends / at_once {
                let request = MessageSendTextRequest {
                    conversation_id: to.clone(),
                    text: "dong".into(),
                    ..Default::default()
                };
                let asked = Instant::now();
                puppet.message_send_text(request).await.expect("sent");
                each.push(asked.elapsed());
            }
            each
        })
    });
    let mut each = Vec::with_capacity(sends);
    for lane in lanes.collect::<Vec<_>>() {
        each.extend(lane.await.expect("no panic"));
    }
    Round::of(each, begun, busy)
}

/// Alice says so many messages, a few ahead of what the bot has heard, and the bot asks for each.
async fn hears(side: &mut Side, messages: usize) -> Round {
    let (begun, busy) = (Instant::now(), busy_time());
    let mut said = std::collections::VecDeque::new();
    let mut each = Vec::with_capacity(messages);
    let mut number = 0;
    while each.len() < messages {
        while said.len() < 8 && number < messages {
            said.push_back(Instant::now());
            side.house.alice.says(&side.house.phones[0], &format!("message {number} of {}", side.name));
            number += 1;
        }
        let PuppetEvent::Message { id } = side.bot.next().await else { continue };
        let payload = side.bot.payload(&id).await.expect("its payload");
        // Those that it said itself come too.
        if payload.talker_id == side.house.alice.id() {
            each.push(said.pop_front().expect("it was said").elapsed());
        }
    }
    Round::of(each, begun, busy)
}

/// How long a gateway takes to start on the store of one that was killed and remembered so many messages.
async fn remembered(bench: &mut Bench, mut side: Side, folder: &Path) {
    let (many, rounds) = (bench.size(200_000, 200), bench.size(5, 1));
    let (mut known, mut before) = (0.0, -1.0);
    // It may hold fewer, by its bounds.
    while before < known && known < many as f64 {
        before = known;
        hears(&mut side, (many / 20).max(10)).await;
        known = side.house.store().await["knows"]["messages"].as_f64().expect("a number");
    }
    assert!(known >= 0.95 * many as f64, "it remembers {known} messages, and is to be measured with {many}");
    // As it lies on the disk while the gateway runs: what a kill leaves.
    let killed = folder.join("killed");
    let mut times = Vec::new();
    for _ in 0..rounds {
        let _ = fs::remove_dir_all(&killed);
        fs::create_dir(&killed).expect("a folder");
        for file in fs::read_dir(folder).expect("it is ours").flatten() {
            if file.file_type().is_ok_and(|it| it.is_file()) {
                fs::copy(file.path(), killed.join(file.file_name())).expect("a copy");
            }
        }
        let mut config = side.house.config();
        config.store.path = StorePlace::File(killed.join("team.db"));
        let begun = Instant::now();
        let gateway = Gateway::start(config).await.expect("a gateway");
        times.push(begun.elapsed());
        gateway.shutdown().await;
    }
    times.sort();
    let bytes = side.house.store().await["bytes"].as_f64().expect("a number");
    bench.tell("messages that are remembered", known, "messages");
    bench.tell("what the store takes of the disk", bytes / f64::from(1 << 20), "MiB");
    bench.tell("start after a kill", times[times.len() / 2].as_secs_f64() * 1e3, "ms");
    bench.tell("start after a kill, the longest", times[times.len() - 1].as_secs_f64() * 1e3, "ms");
}

async fn number_of(house: &House, what: &str) -> f64 {
    house.store().await[what].as_f64().expect("a number")
}

fn busy_time() -> Duration {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    Duration::new(time.tv_sec.unsigned_abs(), time.tv_nsec.unsigned_abs() as u32)
}

fn micros(time: Duration) -> f64 {
    time.as_secs_f64() * 1e6
}

fn median(rounds: &[Round], of: impl Fn(&Round) -> f64) -> f64 {
    let mut values: Vec<_> = rounds.iter().map(of).collect();
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
