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
use ha_wechaty_core::Standing;
use ha_wechaty_sim::{Fault, Phone};
use ha_wechaty_testkit::{
    Bot, Town,
    program::{Running, Signal},
    text, wait,
};
use ha_wechaty_transport::Connection;
use ha_wechaty_wire::{
    FileBox, PuppetEvent,
    puppet::{FileBoxChunk, MessageSendFileRequest, MessageSendFileStreamRequest, MessageSendTextRequest},
    puppet_client::PuppetClient,
};
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

/// The bot says it, and is told this.
async fn say(
    puppet: &mut PuppetClient<Connection>,
    conversation: &str,
    text: &str,
) -> Result<String, Status> {
    let request = MessageSendTextRequest {
        conversation_id: conversation.to_owned(),
        text: text.to_owned(),
        ..Default::default()
    };
    puppet.message_send_text(request).await.map(|it| it.into_inner().id)
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
            let answer = say(&mut puppet, &room, &text).await;
            (text, answer)
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

/// A gateway that is killed, and another one in its place, whose accounts are there.
async fn killed(gateway: &mut Running, folder: &Folder) -> Running {
    gateway.signal(Signal::KILL);
    wait::within("it is gone", gateway.until_ended()).await;
    let mut gateway = Running::start(&mut serve(folder));
    gateway.until_logged("the team goes on where it was").await;
    gateway
}

#[tokio::test]
async fn what_stands_behind_messages_when_it_is_killed_is_not_lost() {
    let (town, folder) = (Town::new().await, Folder::new());
    configure(&folder, &town.phones);
    let mut gateway = Running::start(&mut serve(&folder));
    let mut bot = Bot::connect_to(gateway.bots(), "insecure_main").await.expect("a bot");
    until_available(&gateway, 3).await;
    let (north, carol) = (&town.phones[0], town.world.person("carol"));
    // Nobody can read these, and what comes after so many waits for three seconds.
    north.fail(Fault::Hush(6));
    for number in 0..6 {
        town.alice.says(north, &format!("text {number}"));
    }
    carol.asks_friendship(north, "hello");
    wait::until_some("it is heard", async || {
        let status = ha_wechaty_testkit::status(gateway.admin()).await;
        (status.tables["team_untold"] > 0).then_some(())
    })
    .await;
    // This is durable, and so is what was told before.
    bot.say(town.room.id(), "said").await.expect("sent");
    let gateway = killed(&mut gateway, &folder).await;
    let mut bot = Bot::connect_to(gateway.bots(), "insecure_main").await.expect("a bot");
    let id = bot.find(|it| if let PuppetEvent::Friendship { id } = it { Some(id) } else { None }).await;
    assert!(id.ends_with("~north"), "{id}");
}

#[tokio::test]
async fn what_was_under_way_when_it_is_killed_is_in_the_ledger_once_it_is_settled() {
    let (town, folder) = (Town::new().await, Folder::new());
    let lines = [
        ("store", "path = \"team.db\""),
        ("pace", "enabled = false"),
        ("delivery", "witness_window = \"5s\""),
    ];
    folder.write("ha-wechaty.toml", &text::config(&lines, &[("main", BotMode::All)], &town.phones));
    let mut gateway = Running::start(&mut serve(&folder));
    let bot = Bot::connect_to(gateway.bots(), "insecure_main").await.expect("a bot");
    until_available(&gateway, 3).await;
    town.phones.iter().for_each(|phone| phone.fail(Fault::Stall));
    let (mut says, room) = (bot.puppet.clone(), town.room.id().to_owned());
    let says = tokio::spawn(async move { say(&mut says, &room, "seen").await });
    let asked = || town.calls("MessageSendText").iter().sum::<u64>();
    wait::until("an account is asked", || asked() == 1).await;
    let speaker = town.phones.iter().find(|it| it.calls("MessageSendText") > 0).expect("one was asked");
    let (mut says_more, alice) = (bot.puppet.clone(), town.alice.id().to_owned());
    let says_more = tokio::spawn(async move { say(&mut says_more, &alice, "lost").await });
    wait::until("an account is asked", || asked() == 2).await;
    let (mut sends_file, alice) = (bot.puppet.clone(), town.alice.id().to_owned());
    let sends_file = tokio::spawn(async move {
        let file_box = FileBox::from_bytes("a.txt", b"hello").to_json();
        let request = MessageSendFileRequest { conversation_id: alice, file_box };
        sends_file.message_send_file(request).await.map(drop)
    });
    wait::until("an account is asked", || town.calls("MessageSendFile").iter().sum::<u64>() > 0).await;
    let mut gateway = killed(&mut gateway, &folder).await;
    for told in [says, says_more] {
        assert!(told.await.expect("no panic").is_err(), "its gateway is gone");
    }
    assert!(sends_file.await.expect("no panic").is_err(), "its gateway is gone");
    let mut bot = Bot::connect_to(gateway.bots(), "insecure_main").await.expect("a bot");
    for phone in &town.phones {
        phone.restore().await.expect("the same port");
    }
    // A stock client's second try of the file, by the other call.
    let part = MessageSendFileStreamRequest {
        conversation_id: Some(town.alice.id().to_owned()),
        file_box_chunk: Some(FileBoxChunk { data: Some(b"hello".to_vec()), name: Some("a.txt".into()) }),
    };
    let told = bot.puppet.message_send_file_stream(futures_util::stream::iter([part])).await;
    let told = told.expect_err("it may have been sent");
    assert!(told.message().contains("it is not known whether the first try sent"), "{told}");
    until_available(&gateway, 3).await;
    // It was not in vain.
    speaker.says(&town.room, "seen");
    let rows = wait::until_some("all are settled", async || {
        let rows = ledger(&gateway, "").await;
        (rows.len() >= 3).then_some(rows)
    })
    .await;
    let ends = |rows: &[serde_json::Value]| {
        let mut ends: Vec<String> =
            rows.iter().map(|it| format!("{} {} {}", it["rpc"], it["outcome"], it["how"])).collect();
        // Whoever of those in the room showed it first.
        ends.iter_mut().for_each(|end| *end = end.replace("echo", "witness"));
        ends.sort();
        ends
    };
    let expected = [
        "\"MessageSendFile\" \"unsure\" \"hung-up\"",
        "\"MessageSendText\" \"sent\" \"witness\"",
        "\"MessageSendText\" \"unsure\" \"hung-up\"",
    ];
    assert_eq!(ends(&rows), expected);
    bot.say(town.room.id(), "said").await.expect("sent");
    let newest = ledger(&gateway, "limit=1").await;
    assert_eq!(newest[0]["number"], 4, "numbers go on");
    let gateway = killed(&mut gateway, &folder).await;
    until_available(&gateway, 3).await;
    let again = ledger(&gateway, "limit=10").await;
    assert!(again.len() <= 4 && ends(&again[again.len() - 3..]) == expected, "none twice: {again:?}");
}

/// So many accounts of its team get work.
async fn until_available(gateway: &Running, count: usize) {
    wait::until_some("accounts are there", async || {
        let status = ha_wechaty_testkit::status(gateway.admin()).await;
        let there = status.accounts.iter().filter(|it| it.phase == Standing::Available).count();
        (there == count).then_some(())
    })
    .await;
}

/// What became of sends, newest first.
async fn ledger(gateway: &Running, query: &str) -> Vec<serde_json::Value> {
    let path = format!("/sends?{query}");
    let (_, json) = ha_wechaty::admin::client::get(gateway.admin(), &path, None).await.expect("an answer");
    serde_json::from_str(&json).expect("sends")
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
        let sends = ledger(gateway, query).await;
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
