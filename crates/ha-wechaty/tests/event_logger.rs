//! What stands in the log. It has a process of its own, since a log belongs to one.
#![allow(missing_docs, dead_code, reason = "a test, and a team that is used in part")]
#![allow(clippy::expect_used, reason = "a test that can't go on says why")]

#[path = "library/team.rs"]
mod team;

use std::{
    io::{self, Write},
    sync::{Arc, Mutex},
};

use ha_wechaty::plugins::EventLogger;
use ha_wechaty_sim::Fault;
use ha_wechaty_testkit::{DEADLINE, Town};
use team::TeamOf as _;

/// A log that can be looked at.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().expect("no panic").clone()).expect("text")
    }
}

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().expect("no panic").write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn it_tells_who_and_where_and_neither_what_is_said_nor_what_logs_in() {
    let town = Town::new().await;
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt().with_max_level(tracing::Level::DEBUG).with_ansi(false);
    subscriber.with_writer(move || writer.clone()).init();
    let ha = town.team().plugin(EventLogger::new()).build().expect("a team");
    ha.start().await.expect("started");
    town.alice.says(&town.room, "a private matter");
    town.world.person("carol").asks_friendship(&town.phones[0], "a private request");
    town.phones[1].fail(Fault::Scan("https://login.weixin.qq.com/l/secret".into()));
    let is_there = |words: &str| log.text().lines().any(|line| line.contains(words));
    for words in [
        "event_logger: login",
        "event_logger: message id=",
        "kind=Text talker=Contact(wxid_alice) room=Some(Room(",
        "event_logger: friendship it=Friendship(",
        "event_logger: scan account=\"south\"",
    ] {
        let told = tokio::time::timeout(DEADLINE, town.world.until(|| is_there(words))).await;
        assert!(told.is_ok(), "in vain: {words}: {}", log.text());
    }
    ha.stop().await;
    assert!(!is_there("private") && !is_there("secret") && !is_there("insecure_"), "{}", log.text());
}
