//! An account that is alive as a process and dead as an account is found, reset, and brought back.

use std::time::Duration;

use ha_wechaty::config::Config;
use ha_wechaty_core::{Evidence, Notice, Standing, Work};
use ha_wechaty_sim::Fault;
use ha_wechaty_testkit::{Bot, DEADLINE, House, SELF};
use ha_wechaty_wire::PuppetEvent;

/// A day of a real team's health in a few seconds.
fn hurried(config: &mut Config) {
    config.health.vigil.ding_after = Duration::from_millis(400);
    config.health.vigil.fail_after = Duration::from_millis(1_200);
    config.health.ramp_up = Duration::from_millis(200);
}

/// Collects where an account went, until it is available again after having failed.
async fn path_of(
    house: &House,
    notes: &mut tokio::sync::broadcast::Receiver<Notice>,
    index: u8,
) -> Vec<Standing> {
    let mut path = Vec::new();
    let follow = async {
        loop {
            // What is said meanwhile keeps the others well.
            house.alice.says(&house.room, "chatter");
            let next = tokio::time::timeout(Duration::from_millis(50), notes.recv()).await;
            if let Ok(Ok(Notice::Phase { account, to, .. })) = next
                && account.0 == index
            {
                path.push(to);
                if to == Standing::Available && path.contains(&Standing::Failed) {
                    return;
                }
            }
        }
    };
    tokio::time::timeout(DEADLINE, follow).await.expect("it is found and comes back");
    path
}

#[tokio::test]
async fn an_account_that_silently_receives_nothing_is_found_taken_out_reset_and_brought_back() {
    let house = House::with(hurried).await;
    let mut bot = house.bot().await;
    assert_eq!(bot.next_news().await, PuppetEvent::Login { contact_id: SELF.into() });
    let mut notes = house.gateway.notes();
    house.phones[1].fail(Fault::Deaf);
    let path = path_of(&house, &mut notes, 1).await;
    assert_eq!(path[..2], [Standing::Suspect, Standing::Failed], "{path:?}");
    assert!(house.phones[1].calls("Stop") >= 1, "it was reset");
    assert_eq!((house.phones[0].calls("Stop"), house.phones[2].calls("Stop")), (0, 0), "and nobody else");
    house.until_available(3).await;
    drop(house.gateway.notes());
    // The bot saw chatter, and nothing of all that.
    bot.say(house.room.id(), "still here").await.expect("sent");
    while let Ok(Some(Ok(event))) =
        tokio::time::timeout(Duration::from_millis(200), futures_next(&mut bot)).await
    {
        assert!(!matches!(event, PuppetEvent::Logout(_) | PuppetEvent::Login { .. }), "{event:?}");
    }
}

async fn futures_next(bot: &mut Bot) -> Option<Result<PuppetEvent, ha_wechaty_wire::event::BadEvent>> {
    bot.events.message().await.ok().flatten().map(|event| PuppetEvent::parse(&event))
}

#[tokio::test]
async fn an_account_that_sends_into_the_void_is_found_although_it_hears() {
    let house = House::with(hurried).await;
    let mut bot = house.bot().await;
    let mut notes = house.gateway.notes();
    house.phones[0].fail(Fault::Lose(1_000));
    for n in 0..3 {
        bot.say(house.room.id(), &format!("n{n}")).await.expect("accepted");
    }
    let path = path_of(&house, &mut notes, 0).await;
    assert_eq!(path[..2], [Standing::Suspect, Standing::Failed], "{path:?}");
    assert!(house.phones[0].calls("Stop") >= 1);
}

#[tokio::test]
async fn a_busy_team_sends_no_ding() {
    let house = House::with(hurried).await;
    let mut bot = house.bot().await;
    // Three times the silence that would make it ask.
    for n in 0..60 {
        house.alice.says(&house.room, &format!("question {n}"));
        bot.say(house.room.id(), &format!("answer {n}")).await.expect("sent");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let status = house.status().await;
    assert!(status.accounts.iter().all(|account| account.phase == Standing::Available), "{status:#?}");
    let dings = house.world.ledger().times("gh_051c89260e5d", "ding");
    assert_eq!(dings, 0);
}

#[tokio::test]
async fn a_quiet_team_lives_by_ding_and_dong_which_no_bot_sees() {
    let house = House::with(hurried).await;
    let mut bot = house.bot().await;
    house
        .until("each account has asked", || {
            house.phones.iter().all(|phone| phone.calls("MessageSendText") >= 2)
        })
        .await;
    house.until("all are well", || house.gateway.routing().available().len() == 3).await;
    assert!(house.phones.iter().all(|phone| phone.calls("Stop") == 0));
    house.alice.says(&house.room, "morning");
    loop {
        let news = bot.next_news().await;
        if let PuppetEvent::Message { id } = news {
            assert_eq!(bot.payload(&id).await.expect("a payload").text, "morning");
            break;
        }
        assert!(!matches!(news, PuppetEvent::Logout(_)), "{news:?}");
    }
}

#[tokio::test]
async fn an_account_that_does_not_follow_the_heartbeat_contact_says_so_once_and_lives_by_weaker_signs() {
    let house = House::with(|config| {
        hurried(config);
        config.health.heartbeat_contact = Some("gh_nobody".into());
    })
    .await;
    let mut notes = house.gateway.notes();
    house
        .until("the puppets were asked themselves", || {
            house.phones.iter().all(|phone| phone.calls("Ding") >= 2)
        })
        .await;
    let mut told = Vec::new();
    while let Ok(note) = notes.try_recv() {
        if let Notice::NoHeartbeat { account, contact, .. } = note {
            assert_eq!(contact, "gh_nobody");
            told.push(account);
        }
    }
    told.sort();
    told.dedup();
    let status = house.status().await;
    assert!(status.accounts.iter().all(|account| !account.follows_heartbeat));
    let evidence = status.accounts[0].last_evidence.as_ref().expect("evidence");
    assert_eq!((evidence.kind, evidence.weak), (Evidence::PuppetDong, true));
}

#[tokio::test]
async fn an_account_that_is_throttled_is_spared_for_that_work_only() {
    let house = House::new().await;
    let mut bot = house.bot().await;
    let throttled = tonic::Status::unknown("操作过于频繁，请稍后再试");
    house.phones[0].fail(Fault::Answer {
        calls: ha_wechaty_sim::RpcSelection::Sends,
        status: throttled,
        times: 1_000,
    });
    for n in 0..12 {
        bot.say(house.room.id(), &format!("n{n}")).await.expect("a teammate does it");
    }
    assert_eq!(house.phones[0].calls("MessageSendText"), 1, "it was asked once");
    let status = house.status().await;
    assert_eq!(status.accounts[0].phase, Standing::Available, "receiving is not stopped because sending is");
    assert_eq!(status.accounts[0].ejected[0].work, Work::Send);
}

#[tokio::test]
async fn a_ding_that_was_too_much_says_nothing_of_whom_the_account_follows() {
    let house = House::with(hurried).await;
    for phone in &house.phones {
        phone.fail(Fault::Answer {
            calls: ha_wechaty_sim::RpcSelection::Sends,
            status: tonic::Status::unknown("操作过于频繁，请稍后再试"),
            times: 1,
        });
    }
    let mut notes = house.gateway.notes();
    let mut spared = std::collections::BTreeSet::new();
    while spared.len() < 3 {
        let note = notes.recv().await.expect("notes");
        assert!(!matches!(note, Notice::NoHeartbeat { .. }), "it follows the heartbeat contact: {note:?}");
        if let Notice::Ejected { account, throttled: true, .. } = note {
            spared.insert(account);
        }
    }
    assert!(house.status().await.accounts.iter().all(|account| account.follows_heartbeat));
}
