//! A bad night, as those who are woken by it live through it: what they are told and when, what `status` says then, and how
//! long it is until all is well again. The whole gateway runs on a virtual clock, between simulated phones and a bot.
//!
//! What became of it is a snapshot, to be looked at by people: is it what an operator would want to be told, and no more?
#![allow(missing_docs, reason = "tests")]
#![allow(
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a test that can't go on says why; seeds are shown"
)]

mod browser;
mod house;
mod receiver;
mod report;

use std::{path::Path, time::Duration};

use ha_wechaty::Config;
use ha_wechaty_cli::text;
use ha_wechaty_sim::Fault;
use ha_wechaty_team::view::code;
use serde_json::Value;
use tokio::time::{Instant, sleep};

use crate::{
    browser::Browser,
    house::{Night, minutes},
    report::{Act, report},
};

/// What is expected of an act.
type Expected = (&'static str, Option<(u64, u64)>, usize);

/// Each act: between how many minutes after its beginning somebody is told, and how often at most in all, with its end;
/// `docs/bad-night.txt` has one run of it (written again with `HA_WECHATY_NIGHT=FILE`).
const EXPECTED: [Expected; 11] = [
    ("a scan is due", Some((2, 4)), 3),
    ("an account freezes", Some((10, 13)), 3),
    ("an account falls silent", Some((8, 28)), 3),
    ("an account is logged out", Some((5, 7)), 4),
    ("an account is gone for 3 minutes", None, 0),
    ("a provider is down", Some((1, 4)), 8),
    ("all are down", Some((0, 3)), 14),
    ("the bot is gone for 10 minutes", Some((5, 8)), 3),
    ("a reload with a mistake", None, 0),
    ("nobody can be told for an hour", Some((60, 75)), 3),
    ("the gateway is lost before it has told", Some((5, 15)), 3),
];

const NORTH: usize = 0;
const SOUTH: usize = 1;
const WEST: usize = 2;
const CODE: &str = "http://weixin.qq.com/x/4f9c2f6d0a";
const NEXT_CODE: &str = "http://weixin.qq.com/x/8b1de57c33";

#[tokio::test(start_paused = true)]
async fn those_who_are_woken_are_told_what_they_need_and_no_more() {
    let mut night = Night::begin().await;
    a_scan_is_due(&mut night).await;
    an_account_freezes(&mut night).await;
    an_account_is_silent(&mut night).await;
    an_account_is_logged_out(&mut night).await;
    it_is_over_soon(&mut night).await;
    a_provider_is_down(&mut night).await;
    all_are_down(&mut night).await;
    the_bot_is_gone(&mut night).await;
    a_reload_has_a_mistake(&mut night).await;
    nobody_can_be_told(&mut night).await;
    the_gateway_is_lost(&mut night).await;
    let told = report(night.acts());
    println!("{told}");
    if let Some(file) = std::env::var_os("HA_WECHATY_NIGHT") {
        std::fs::write(file, &told).expect("it can be written");
    }
    it_is_told_again(&night).await;
    let expected = EXPECTED.iter().map(|it| it.0).collect::<Vec<_>>();
    assert_eq!(night.acts().iter().map(|it| it.name).collect::<Vec<_>>(), expected);
    for (act, (name, within, most)) in night.acts().iter().zip(EXPECTED) {
        let minutes = act.told.map(|at| (at - act.began).as_secs() / 60);
        match within {
            Some((from, to)) => {
                let minutes = minutes.unwrap_or_else(|| panic!("{name}: nobody was told"));
                assert!((from..=to).contains(&minutes), "{name}: told after {minutes} min");
                assert!(act.well.is_some(), "{name}: it never was well");
            }
            None => assert_eq!(minutes, None, "{name}: nobody should have been woken"),
        }
        assert!(act.messages <= most, "{name}: told {} times", act.messages);
    }
}

/// The store tells the night again: whatever people were told, and that they were; and nothing that was said.
async fn it_is_told_again(night: &Night) {
    let replayed = night.replayed().await;
    let mut writing = text::ReplayText::new(Some(100));
    let lines: Vec<String> = replayed.steps.iter().flat_map(|row| writing.row(row)).collect();
    let (all, since) = (lines.join("\n"), replayed.since.as_deref().unwrap_or_default());
    println!("{} steps in {} lines, from {since} on", replayed.steps.len(), lines.len());
    if let Some(file) = std::env::var_os("HA_WECHATY_NIGHT_REPLAY") {
        std::fs::write(file, &all).expect("it can be written");
    }
    assert!(
        replayed.next.is_none() && all.contains("(telling 1)"),
        "the night is told from its beginning: {since}"
    );
    let told = night.told();
    assert!(told.len() > 20, "{}", told.len());
    for told in told.iter().filter(|it| it.alarm("step") == "opened") {
        let kind = told.alarm("kind");
        let opens = |text: &str| text.contains(&format!("({kind}, ")) && text.contains(" opens");
        let is_there = replayed.steps.iter().any(|row| row.step.news.iter().any(|it| opens(&it.text)));
        assert!(is_there, "{kind} is told again");
    }
    for words in
        ["people are told by ", "people can't be told by ", "the gateway starts again", "begins, noticed"]
    {
        assert!(all.contains(words), "{words}");
    }
    let json = serde_json::to_string(&replayed).expect("JSON");
    for secret in ["word 1", CODE, NEXT_CODE, "insecure"] {
        assert!(!json.contains(secret), "{secret}");
    }
}

/// From the alarm to an account that is back, by the one-time link alone.
async fn a_scan_is_due(night: &mut Night) {
    let (mut act, south) = (Act::new("a scan is due"), night.town.phones[SOUTH].clone());
    act.note(act.began, "south asks for a scan; its code is another one after 100 s");
    south.fail(Fault::Scan(CODE.into()));
    sleep(Duration::from_secs(100)).await;
    south.fail(Fault::Scan(NEXT_CODE.into()));
    let told = night.until_told(&mut act).await;
    // They have the phone at hand after 20 s, open the link, and scan what it shows.
    sleep(Duration::from_secs(20)).await;
    let link = told.link("south").expect("a link").to_owned();
    let browser = Browser::opens(night.gateway(), &link).await;
    let shown = browser.get("/qr.svg").await;
    assert_eq!(shown.1, code::svg(NEXT_CODE).expect("it is short"), "the code of now: {}", shown.0);
    act.note(Instant::now(), "the owner of its phone opens the link of the alarm, and scans the code there");
    south.log_in();
    night.until_well(&mut act).await;
    let back = Instant::now() - told.at;
    assert!(back < minutes(1), "from the alarm to an account that is back: {back:?}");
    assert_eq!(browser.get("").await.0, "410", "the link is over with the login");
    night.ends(act).await;
}

async fn an_account_freezes(night: &mut Night) {
    let mut act = Act::new("an account freezes");
    act.note(act.began, "the puppet service of north answers nothing any more");
    night.town.phones[NORTH].fail(Fault::Hang);
    night.until_told(&mut act).await;
    sleep(minutes(10)).await;
    act.note(Instant::now(), "it is started again, ten minutes after that was told");
    night.town.phones[NORTH].restore().await.expect("its port");
    night.until_well(&mut act).await;
    night.ends(act).await;
}

async fn an_account_is_silent(night: &mut Night) {
    let mut act = Act::new("an account falls silent");
    act.note(act.began, "west hears nothing and says nothing, its service answers, and no reset helps");
    night.town.phones[WEST].fail(Fault::Zombie);
    night.until_told(&mut act).await;
    sleep(minutes(10)).await;
    act.note(Instant::now(), "somebody wakes its phone, ten minutes after that was told");
    night.town.phones[WEST].restore().await.expect("its port");
    night.until_well(&mut act).await;
    night.ends(act).await;
}

async fn an_account_is_logged_out(night: &mut Night) {
    let mut act = Act::new("an account is logged out");
    act.note(act.began, "south is logged out on its phone");
    night.town.phones[SOUTH].fail(Fault::LogOut("logged out on the phone".into()));
    night.until_told(&mut act).await;
    sleep(minutes(2)).await;
    night.gateway().alarms().seen(None, "ann", None).await.expect("one is open");
    act.note(Instant::now(), "ann acknowledges it");
    sleep(minutes(8)).await;
    act.note(Instant::now(), "it is logged in again");
    night.town.phones[SOUTH].log_in();
    night.until_well(&mut act).await;
    night.ends(act).await;
}

async fn it_is_over_soon(night: &mut Night) {
    let mut act = Act::new("an account is gone for 3 minutes");
    act.note(act.began, "north's puppet service is gone");
    night.town.phones[NORTH].fail(Fault::Drop);
    sleep(minutes(1)).await;
    act.status = night.status().await;
    sleep(minutes(2)).await;
    act.note(Instant::now(), "it is there again");
    night.town.phones[NORTH].restore().await.expect("its port");
    night.until_well(&mut act).await;
    night.ends(act).await;
}

async fn a_provider_is_down(night: &mut Night) {
    let mut act = Act::new("a provider is down");
    act.note(act.began, "north is gone");
    night.town.phones[NORTH].fail(Fault::Drop);
    sleep(Duration::from_secs(20)).await;
    act.note(Instant::now(), "south is gone, which is of the same provider");
    night.town.phones[SOUTH].fail(Fault::Drop);
    night.until_told(&mut act).await;
    sleep(minutes(25)).await;
    act.note(Instant::now(), "the provider is back, 25 minutes after that was told");
    for phone in [NORTH, SOUTH] {
        night.town.phones[phone].restore().await.expect("its port");
    }
    night.until_well(&mut act).await;
    night.ends(act).await;
}

async fn all_are_down(night: &mut Night) {
    let mut act = Act::new("all are down");
    act.note(act.began, "no puppet service can be reached any more");
    night.town.phones.iter().for_each(|phone| phone.fail(Fault::Drop));
    night.until_told(&mut act).await;
    sleep(minutes(25)).await;
    act.note(Instant::now(), "they are back, 25 minutes after that was told");
    for phone in &night.town.phones {
        phone.restore().await.expect("its port");
    }
    night.until_well(&mut act).await;
    night.ends(act).await;
}

async fn the_bot_is_gone(night: &mut Night) {
    let mut act = Act::new("the bot is gone for 10 minutes");
    act.note(act.began, "the bot is gone, and people talk on");
    night.bot_goes();
    night.until_told(&mut act).await;
    tokio::time::sleep_until(act.began + minutes(10)).await;
    act.note(Instant::now(), "the bot is back");
    night.bot_comes().await;
    night.until("it has all that waited for it", async |it| it.waiting_events().await == 0).await;
    act.well = Some(Instant::now());
    act.note(Instant::now(), "it has all that waited for it");
    night.ends(act).await;
}

async fn a_reload_has_a_mistake(night: &mut Night) {
    let mut act = Act::new("a reload with a mistake");
    let streams = night.town.calls("Event");
    let mut requests = night.gateway().reload_requests();
    let read = Config::from_toml(
        Path::new("team.toml"),
        "name = \"ossbot\"\n\n[[account]]\nname = \"north\"\ntoken = \"insecure_north\"\nweigth = 2\n\n[[bot]]\nname = \"main\"\ntoken = \"insecure_bot\"\n",
    );
    let mistakes = read.expect_err("there is one in it").to_string();
    let admin = night.gateway().admin_addr().expect("an admin's port");
    let answers = async {
        // As `ha-wechaty serve` does.
        let request = requests.recv().await.expect("it is asked for");
        night.gateway().reload_refused();
        request.answer(Err(mistakes));
    };
    let asked = ha_wechaty::admin::client::post(admin, "/api/v1/reload", None, String::from("{}"));
    let ((), answer) = tokio::join!(answers, asked);
    let (code, text) = answer.expect("an answer");
    let problem: Value = serde_json::from_str(&text).expect("JSON");
    let said = |key: &str| problem[key].as_str().unwrap_or_default().to_owned();
    act.note(act.began, format!("the answer ({code}): {}\n    do: {}", said("detail"), said("remedy")));
    sleep(minutes(1)).await;
    assert_eq!((night.working(), night.town.calls("Event")), (3, streams), "nothing is changed");
    act.status = night.status().await;
    night.ends(act).await;
}

async fn nobody_can_be_told(night: &mut Night) {
    let mut act = Act::new("nobody can be told for an hour");
    act.note(act.began, "those who are told are down; south is logged out");
    night.receiver.set_down(true);
    night.town.phones[SOUTH].fail(Fault::LogOut("logged out on the phone".into()));
    sleep(minutes(60)).await;
    let tries = night.receiver.refused(act.began);
    act.note(Instant::now(), format!("they are up again; it was tried {tries} times"));
    night.receiver.set_down(false);
    night.until_told(&mut act).await;
    sleep(minutes(5)).await;
    act.note(Instant::now(), "south is logged in again");
    night.town.phones[SOUTH].log_in();
    night.until_well(&mut act).await;
    night.ends(act).await;
}

async fn the_gateway_is_lost(night: &mut Night) {
    let mut act = Act::new("the gateway is lost before it has told");
    act.note(act.began, "those who are told are down; west is logged out");
    night.receiver.set_down(true);
    night.town.phones[WEST].fail(Fault::LogOut("logged out on the phone".into()));
    night.until("it is tried", async |it| it.receiver.refused(act.began) > 0).await;
    sleep(Duration::from_secs(30)).await;
    act.note(Instant::now(), "the gateway is killed");
    night.bot_goes();
    drop(night.gateway.take());
    sleep(minutes(1)).await;
    act.note(Instant::now(), "another one goes on with its store; those who are told are up again");
    night.start().await;
    night.bot_comes().await;
    night.receiver.set_down(false);
    night.until_told(&mut act).await;
    sleep(minutes(5)).await;
    act.note(Instant::now(), "west is logged in again");
    night.town.phones[WEST].log_in();
    night.until_well(&mut act).await;
    night.ends(act).await;
}
