//! The gateway is killed (`kill -9`) at random moments while people talk and its bot answers, and goes on from its store:
//! what an account had shown is given to the bot, what the bot had acknowledged is not given again, and no send is made
//! twice.
//!
//! `KILLS` and `SEED` in the environment say how often and which course; the seed is printed.
#![allow(clippy::print_stdout, reason = "a course can be played again by its seed")]

use std::{
    collections::BTreeMap,
    net::SocketAddr,
    process::Command,
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use fastrand::Rng;
use ha_wechaty::config::BotMode;
use ha_wechaty_sim::Phone;
use ha_wechaty_testkit::{
    Bot, Town,
    program::{Running, Signal},
    text, wait,
};
use ha_wechaty_wire::PuppetEvent;
use tokio::{task::JoinSet, time::sleep};
use tonic::Status;

use super::cli::Folder;

/// What is on its way when the gateway is killed it has not taken, and what it was told so shortly before is perhaps not
/// durable: what was said then may be lost with the process that read the stream, and what was acknowledged given again.
const A_MOMENT: Duration = Duration::from_millis(500);

/// What happened.
#[derive(Default)]
struct Diary {
    /// When each text was said.
    said: Vec<Instant>,
    /// When the gateway of each life was killed.
    killed: Vec<Instant>,
    /// When it read each text, each time that it was given.
    read: BTreeMap<String, Vec<(usize, Instant)>>,
    /// What it said, and what it was told of that.
    sent: Vec<(String, Result<String, Status>)>,
}

impl Diary {
    /// What was said, and not shortly before a kill, and never came.
    fn lost(&self) -> Vec<String> {
        let is_on_its_way =
            |said: &Instant| self.killed.iter().any(|killed| *said <= *killed && *killed < *said + A_MOMENT);
        let numbers =
            self.said.iter().enumerate().filter(|(_, said)| !is_on_its_way(said)).map(|(number, _)| number);
        numbers.map(|number| format!("text {number}")).filter(|text| !self.read.contains_key(text)).collect()
    }
}

fn locked(diary: &Mutex<Diary>) -> MutexGuard<'_, Diary> {
    diary.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A gateway of these phones, with a store in this folder.
fn serve(folder: &Folder) -> Command {
    folder.program(&["serve", "--config", "ha-wechaty.toml"])
}

fn configure<'a>(folder: &Folder, phones: impl IntoIterator<Item = &'a Phone>) {
    let lines = [("store", "path = \"team.db\""), ("pace", "enabled = false")];
    folder.write("ha-wechaty.toml", &text::config(&lines, &[("main", BotMode::All)], phones));
}

/// One life of the bot at a gateway: it reads whatever it is given, and answers it.
async fn live(at: SocketAddr, room: String, life: usize, diary: &Mutex<Diary>) {
    let Ok(mut bot) = Bot::connect_to(at, "insecure_main").await else { return };
    let mut answers = JoinSet::new();
    loop {
        let event = tokio::select! {
            event = bot.events.message() => event,
            Some(sent) = answers.join_next() => {
                locked(diary).sent.push(sent.expect("no panic"));
                continue;
            }
        };
        let Ok(Some(event)) = event else { break };
        let Ok(PuppetEvent::Message { id }) = PuppetEvent::parse(&event) else { continue };
        let Ok(payload) = bot.payload(&id).await else { break };
        if payload.talker_id == "ossbot" {
            continue;
        }
        let time = {
            let mut diary = locked(diary);
            let times = diary.read.entry(payload.text.clone()).or_default();
            times.push((life, Instant::now()));
            times.len()
        };
        let (mut puppet, room) = (bot.puppet.clone(), room.clone());
        let text = format!("re {} #{time}", payload.text);
        answers.spawn(async move {
            let request = ha_wechaty_wire::puppet::MessageSendTextRequest {
                conversation_id: room,
                text: text.clone(),
                ..Default::default()
            };
            let answer = puppet.message_send_text(request).await;
            (text, answer.map(|it| it.into_inner().id))
        });
    }
    while let Some(sent) = answers.join_next().await {
        locked(diary).sent.push(sent.expect("no panic"));
    }
}

#[tokio::test]
async fn a_gateway_that_is_killed_at_any_moment_loses_nothing_and_does_nothing_twice() {
    let number = |name: &str, default: u64| {
        std::env::var(name).ok().map_or(default, |text| text.parse().expect("a number"))
    };
    let (kills, seed) = (number("KILLS", 12), number("SEED", fastrand::u64(..1_000_000)));
    println!("SEED={seed} KILLS={kills}");
    let mut dice = Rng::with_seed(seed);
    let (town, folder) = (Town::new().await, Folder::new());
    configure(&folder, &town.phones);

    let diary = Mutex::new(Diary::default());
    for life in 0.. {
        let mut gateway = Running::start(&mut serve(&folder));
        let at = gateway.bots();
        let is_last = life as u64 == kills;
        let bot = live(at, town.room.id().to_owned(), life, &diary);
        let talk = async {
            gateway.until_logged("bot connected").await;
            let end = Instant::now() + Duration::from_millis(dice.u64(20..900));
            while !is_last && Instant::now() < end {
                let number = locked(&diary).said.len();
                locked(&diary).said.push(Instant::now());
                town.alice.says(&town.room, &format!("text {number}"));
                sleep(Duration::from_millis(dice.u64(..25))).await;
            }
        };
        let mut bot = Box::pin(bot);
        tokio::select! {
            () = talk => {}
            () = &mut bot => panic!("life {life}: the bot can't live: {}", gateway.log().text()),
        }
        if is_last {
            let all = wait::until_some_by(Duration::from_secs(120), "what was said comes", async || {
                locked(&diary).lost().is_empty().then_some(())
            });
            tokio::select! { () = all => {}, () = &mut bot => panic!("the bot can't live") }
        }
        locked(&diary).killed.push(Instant::now());
        gateway.signal(Signal::KILL);
        wait::within("it is gone", gateway.until_ended()).await;
        wait::within("the bot sees that", bot).await;
        if is_last {
            break;
        }
    }
    judge(&town, &locked(&diary));
}

/// What must hold at the end.
fn judge(town: &Town, diary: &Diary) {
    assert_eq!(diary.lost(), Vec::<String>::new(), "of {} texts", diary.said.len());
    for (text, times) in &diary.read {
        for ((life, read), (next, _)) in times.iter().zip(&times[1..]) {
            assert!(life < next, "{text} was given twice in life {life}");
            let until = diary.killed[*life].duration_since(*read);
            assert!(
                until < A_MOMENT,
                "{text} was acknowledged {until:?} before the end of life {life}, and given again"
            );
        }
    }
    let mut unsure = 0;
    for (text, told) in &diary.sent {
        let times = town.times(text);
        assert!(times <= 1, "{text:?} was said {times} times");
        match told {
            Ok(_) => assert_eq!(times, 1, "{text:?}: the bot was told that it is sent"),
            Err(_) => unsure += 1,
        }
    }
    let again = diary.read.values().map(|times| times.len() - 1).sum::<usize>();
    println!(
        "{} texts, {} of them on their way when the gateway was killed and gone with it, {again} given again; {} answers, \
         {unsure} of them cut off by a kill",
        diary.said.len(),
        diary.said.len() - diary.read.len(),
        diary.sent.len()
    );
}

#[tokio::test]
async fn what_became_of_sends_is_known_after_a_kill() {
    let (town, folder) = (Town::new().await, Folder::new());
    configure(&folder, &town.phones);
    let mut gateway = Running::start(&mut serve(&folder));
    gateway.until_logged("available account").await;
    let mut bot = Bot::connect_to(gateway.bots(), "insecure_main").await.expect("a bot");
    for number in 0..3 {
        bot.say(town.room.id(), &format!("said {number}")).await.expect("sent");
    }
    let ledger = async |gateway: &Running, query: &str| {
        let path = format!("/sends?{query}");
        let (_, json) =
            ha_wechaty::admin::client::get(gateway.admin(), &path, None).await.expect("an answer");
        let sends: Vec<serde_json::Value> = serde_json::from_str(&json).expect("sends");
        sends.iter().map(|it| (it["number"].as_u64(), it["outcome"].to_string())).collect::<Vec<_>>()
    };
    let before = ledger(&gateway, "").await;
    assert_eq!(before.iter().map(|it| it.0).collect::<Vec<_>>(), [Some(3), Some(2), Some(1)]);
    wait::until_some("the store has them", async || {
        let (_, json) = ha_wechaty::admin::client::get(gateway.admin(), "/store", None).await.ok()?;
        let store: serde_json::Value = serde_json::from_str(&json).ok()?;
        (store["ledger"].as_u64()? == 3).then_some(())
    })
    .await;
    gateway.signal(Signal::KILL);
    wait::within("it is gone", gateway.until_ended()).await;

    let mut gateway = Running::start(&mut serve(&folder));
    gateway.until_logged("the team goes on where it was").await;
    assert_eq!(ledger(&gateway, "since=1h").await, before);
    assert_eq!(ledger(&gateway, "since=2100-01-01T00:00:00Z").await, []);
    wait::until_some("an account is there", async || {
        ha_wechaty_testkit::status(gateway.admin()).await.team.available.then_some(())
    })
    .await;
    let mut bot = Bot::connect_to(gateway.bots(), "insecure_main").await.expect("a bot");
    bot.say(town.room.id(), "said again").await.expect("sent");
    assert_eq!(ledger(&gateway, "limit=1").await.first().and_then(|it| it.0), Some(4), "numbers go on");
}
