//! The gateway is killed (`kill -9`) while people are being told of an alarm: what they were to be told they are told by the
//! next one, what has arrived is not told again, and who sees to it is remembered.
//!
//! An alarm takes its time, and so does a gateway after a restart, by the clock of this machine: this test takes minutes, and
//! waits for conditions all the same.

use std::{
    collections::BTreeSet,
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use axum::{Router, body::Bytes, extract::State, http::HeaderMap, http::StatusCode};
use ha_wechaty::config::BotMode;
use ha_wechaty_sim::{Fault, World};
use ha_wechaty_testkit::{
    program::{Running, Signal},
    text, wait,
};
use serde_json::Value;
use tokio::{net::TcpListener, task::spawn_blocking};

use super::cli::{self, Folder};

/// A minute for an alarm to open, or for a gateway to settle, and room for a busy machine.
const PATIENCE: Duration = Duration::from_secs(200);

/// What a program that is told does.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Mood {
    /// It takes nothing.
    #[default]
    Down,
    /// It takes what it is told, and never says so.
    Mute,
    /// It takes it.
    Well,
}

/// Something that it was told: its id, and what it is.
type Told = (String, String);

/// A program that is told of alarms.
#[derive(Debug, Clone, Default)]
struct Receives {
    mood: Arc<Mutex<Mood>>,
    refused: Arc<Mutex<Vec<Told>>>,
    unanswered: Arc<Mutex<Vec<Told>>>,
    taken: Arc<Mutex<Vec<Told>>>,
}

impl Receives {
    async fn new() -> (Self, SocketAddr) {
        let receives = Self::default();
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let at = listener.local_addr().expect("bound");
        let router = Router::new().fallback(take).with_state(receives.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        (receives, at)
    }

    fn be(&self, mood: Mood) {
        *locked(&self.mood) = mood;
    }

    /// Waits until so much is in one of its lists; what is in it.
    async fn until(&self, what: &str, list: &Mutex<Vec<Told>>, count: usize) -> Vec<Told> {
        let look = async || {
            let told = locked(list).clone();
            (told.len() >= count).then_some(told)
        };
        wait::until_some_by(PATIENCE, what, look).await
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn take(State(receives): State<Receives>, headers: HeaderMap, body: Bytes) -> StatusCode {
    let event: Value = serde_json::from_slice(&body).expect("JSON");
    // How much room this machine's disk has is nothing to this test.
    if event["data"]["alarm"]["kind"] != "team-down" {
        return StatusCode::OK;
    }
    let id = headers.get("webhook-id").and_then(|it| it.to_str().ok()).expect("an id").to_owned();
    let told = (id, event["type"].as_str().expect("a type").to_owned());
    let mood = *locked(&receives.mood);
    match mood {
        Mood::Down => {
            locked(&receives.refused).push(told);
            StatusCode::SERVICE_UNAVAILABLE
        }
        Mood::Mute => {
            locked(&receives.unanswered).push(told);
            std::future::pending().await
        }
        Mood::Well => {
            locked(&receives.taken).push(told);
            StatusCode::OK
        }
    }
}

/// What a command of an operator says.
async fn said(folder: &Folder, gateway: &Running, words: &[&str]) -> String {
    let mut command = folder.program(words);
    command.env("USER", "ann").args(["--admin", &gateway.admin()]);
    let output = spawn_blocking(move || cli::output(&mut command)).await.expect("no panic");
    cli::text(&output.stdout)
}

/// The alarm that is open: its number, and who has seen it.
async fn open(folder: &Folder, gateway: &Running) -> Option<(u64, Option<String>)> {
    let alarms: Value =
        serde_json::from_str(&said(folder, gateway, &["alarms", "--json"]).await).expect("JSON");
    let all = alarms["open"].as_array().expect("a list");
    let down = all.iter().find(|it| it["kind"] == "team-down")?;
    Some((down["id"].as_u64().expect("a number"), down["seen_by"].as_str().map(str::to_owned)))
}

#[tokio::test]
async fn whatever_a_kill_interrupts_people_are_told_each_step_once_and_who_sees_to_it_is_kept() {
    let (receives, at) = Receives::new().await;
    let (world, folder) = (World::new(42), Folder::new());
    let phone = world.phone("north").tls(true).serve().await.expect("a port");
    let lines = [("store", "path = \"team.db\""), ("alarms", "group = \"0s\"")];
    let config = text::config(&lines, &[("main", BotMode::All)], [&phone]);
    let way = format!("[[notify]]\nname = \"hook\"\nto = \"webhook\"\nurl = \"http://{at}/alarms\"\n");
    folder.write("ha-wechaty.toml", &(config + &way));
    let serve = || Running::start(&mut folder.program(&["serve", "--config", "ha-wechaty.toml"]));

    let mut gateway = serve();
    gateway.until_logged("the team is available").await;
    phone.fail(Fault::LogOut(String::from("on the phone")));
    let refused = receives.until("its opening is told twice in vain", &receives.refused, 2).await;
    assert_eq!(refused[0].1, "alarm.opened");
    assert_eq!(refused[0], refused[1], "it is one event");
    receives.be(Mood::Well);
    let taken = receives.until("its opening has come", &receives.taken, 1).await;
    assert_eq!(taken[0], refused[0]);
    let (number, seen) = open(&folder, &gateway).await.expect("it is open");
    assert_eq!(seen, None);
    receives.be(Mood::Mute);
    let done = said(&folder, &gateway, &["alarms", "ack"]).await;
    assert!(done.starts_with(&format!("acknowledged: alarm {number}")), "{done}");
    let by = open(&folder, &gateway).await.expect("it is open").1.expect("who saw it");
    let unanswered = receives.until("it is told who sees to it", &receives.unanswered, 1).await;
    assert_eq!(unanswered[0].1, "alarm.acknowledged");
    gateway.signal(Signal::KILL);
    gateway.until_ended().await;

    let mut gateway = serve();
    assert_eq!(open(&folder, &gateway).await, Some((number, Some(by))), "it is open, and seen, as it was");
    receives.be(Mood::Well);
    let taken = receives.until("that is told again, and nothing else", &receives.taken, 2).await;
    assert_eq!(taken[1], unanswered[0], "by the same id, for whoever had it already");
    phone.log_in();
    let taken = receives.until("its end is told", &receives.taken, 3).await;
    assert_eq!(taken[2].1, "alarm.closed");
    let ids: BTreeSet<_> = taken.iter().map(|(id, _)| id).collect();
    assert_eq!(ids.len(), taken.len(), "each once: {taken:?}");
    assert_eq!(open(&folder, &gateway).await, None);
    gateway.signal(Signal::TERM);
    assert!(gateway.until_ended().await.success());
    assert_eq!(locked(&receives.taken).len(), 3, "nothing more was told");
}
