//! The plugins that come with the library.

use std::{
    io::{self, Write},
    sync::{Arc, Mutex},
};

use ha_wechaty::plugins::{DingDong, EventLogger, QrTerminal};
use ha_wechaty_sim::Fault;
use ha_wechaty_testkit::{Town, wait::within};

use crate::team::TeamOf as _;

/// Something that is written, and looked at.
#[derive(Clone, Default)]
struct Screen(Arc<Mutex<Vec<u8>>>);

impl Write for Screen {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().expect("no panic").write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Screen {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().expect("no panic").clone()).expect("text")
    }
}

#[tokio::test]
async fn ding_dong_answers_whom_it_should() {
    let town = Town::new().await;
    let plugin = DingDong::new().only_when_mentioned();
    let ha = town.team().plugin(plugin).plugin(EventLogger::new()).build().expect("a team");
    ha.start().await.expect("started");
    town.alice.says(&town.room, "ding");
    town.alice.mentions(&town.room, &[&town.phones[0]], "@north\u{2005}dingdong");
    town.alice.mentions(&town.room, &[&town.phones[0]], "@north\u{2005}ding");
    town.until_said("dong", 1).await;
    town.alice.says(&town.phones[0], "ding");
    let both = || town.alice.seen().iter().filter(|it| it.text() == Some("dong")).count() == 2;
    within("an answer to her alone", town.world.until(both)).await;
    ha.stop().await;
    town.until_said("dong", 1).await;
}

#[tokio::test]
async fn a_qr_code_is_shown_with_its_account_while_others_work() {
    let town = Town::new().await;
    let screen = Screen::default();
    let ha = town.team().plugin(QrTerminal::on(screen.clone())).build().expect("a team");
    ha.start().await.expect("started");
    let mut scans = ha.scans();
    town.phones[1].fail(Fault::Scan("https://login.weixin.qq.com/l/secret".into()));
    let scan = within("a scan", scans.next()).await.expect("it runs");
    assert_eq!(scan.account, "south");
    assert!(ha.logonoff(), "the others work");
    within("the code is shown", town.world.until(|| screen.text().contains("/l/secret"))).await;
    let shown = screen.text();
    assert!(shown.contains("account south") && shown.contains('█'), "{shown}");
    ha.stop().await;
}
