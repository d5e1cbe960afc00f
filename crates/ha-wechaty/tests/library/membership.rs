//! Accounts that join a team and leave it.

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use ha_wechaty::{ChangeError, config::Ids, prelude::*};
use ha_wechaty_sim::{Fault, Phone};
use ha_wechaty_testkit::{Town, wait::within};

use crate::team::TeamOf as _;

fn account(phone: &Phone) -> Account {
    Account::service(phone.token().reveal()).endpoint(phone.addr()).name(phone.name())
}

/// A team of the first so many phones, started.
async fn team(town: &Town, accounts: usize) -> HaWechaty {
    let ha = town.team_of(&town.phones[..accounts]).build().expect("a team");
    ha.start().await.expect("started");
    ha
}

async fn room(ha: &HaWechaty, town: &Town) -> Room {
    ha.rooms().load(town.room.id()).await.expect("known").expect("there")
}

/// Who has said something.
fn speakers(town: &Town) -> BTreeSet<String> {
    town.world.ledger().said().iter().filter_map(|it| it.account.clone()).collect()
}

async fn names(ha: &HaWechaty) -> Vec<String> {
    ha.nodes().await.expect("it runs").into_iter().map(|it| it.name).collect()
}

#[tokio::test]
async fn one_that_joins_gets_its_share_and_one_that_leaves_nothing() {
    let town = Town::new().await;
    let ha = team(&town, 1).await;
    ha.add(account(&town.phones[1])).await.expect("added");
    let nodes = ha.nodes().await.expect("it runs");
    assert_eq!(nodes[1].phase, Standing::Available, "{nodes:?}");
    let room = room(&ha, &town).await;
    let both = BTreeSet::from(["north".to_owned(), "south".to_owned()]);
    let mut said = 0;
    while speakers(&town) != both {
        said += 1;
        room.say(format!("n{said}")).await.expect("said");
        assert!(said < 20, "south gets nothing");
    }

    ha.remove("north").await.expect("removed");
    assert_eq!(names(&ha).await, ["south"]);
    for n in 0..5 {
        assert_eq!(room.say(format!("later {n}")).await.expect("said").account, "south");
    }
    let north = &town.phones[0];
    within("its stream is closed", town.world.until(|| !north.is_streaming())).await;
    assert!(north.is_running(), "its puppet runs on");
    assert_eq!((north.calls("Stop"), north.calls("Logout")), (0, 0));
    ha.stop().await;
}

#[tokio::test]
async fn a_team_changes_while_it_works_and_loses_nothing() {
    let town = Town::new().await;
    let ha = team(&town, 2).await;
    let room = room(&ha, &town).await;
    let talker = tokio::spawn(async move {
        for n in 0..300 {
            room.say(format!("n{n}")).await.expect("somebody is always there");
        }
    });
    let [north, south, west] = &town.phones[..] else { panic!("three phones") };
    for (comes, goes) in [(west, north), (north, south), (south, west), (west, north), (north, south)] {
        ha.add(account(comes)).await.expect("added");
        ha.remove(goes.name()).await.expect("removed");
    }
    within("all is said", talker).await.expect("no panic");
    for n in 0..300 {
        assert_eq!(town.world.ledger().times(town.room.id(), &format!("n{n}")), 1, "n{n}");
    }
    ha.stop().await;
}

#[tokio::test]
async fn with_its_last_account_the_team_fails_until_there_is_another() {
    let town = Town::new().await;
    let ha = town.team_of(&town.phones[..1]).set("pace.max_wait", "1s").build().expect("a team");
    let (mut logins, mut logouts) = (ha.logins(), ha.logouts());
    ha.start().await.expect("started");
    within("a login", logins.next()).await.expect("it runs");
    let room = room(&ha, &town).await;
    ha.remove("north").await.expect("removed");
    within("a logout", logouts.next()).await.expect("it runs");
    assert!(!ha.logonoff());
    let error = room.say("anybody?").await.expect_err("nobody is there");
    assert!(error.to_string().contains("the team has no account"), "{error}");
    assert_eq!(error.was_sent(), WasSent::Never);

    ha.add(account(&town.phones[1])).await.expect("added");
    let user = within("a login", logins.next()).await.expect("it runs");
    assert_eq!(user.id(), "ossbot", "the same self");
    assert_eq!(room.say("here").await.expect("said").account, "south");
    ha.stop().await;
}

#[tokio::test]
async fn what_belonged_to_one_that_left_can_be_answered_when_it_is_back() {
    let town = Town::new().await;
    let ha = team(&town, 2).await;
    let mut messages = ha.messages();
    town.alice.says(&town.phones[0], "hello north");
    let message = within("a message", messages.next()).await.expect("it runs");
    assert_eq!(message.account(), Some("north".to_owned()));
    ha.remove("north").await.expect("removed");
    let error = message.recall().await.expect_err("its owner is gone");
    assert!(
        error.to_string().contains("north alone to answer, and that was removed from the team"),
        "{error}"
    );
    // Alice is the other's friend too.
    assert_eq!(message.reply("hello alice").await.expect("said").account, "south");
    ha.add(account(&town.phones[0])).await.expect("added again");
    town.alice.says(&town.phones[0], "welcome back");
    let message = within("a message", messages.next()).await.expect("it runs");
    assert_eq!(message.account(), Some("north".to_owned()));
    assert_eq!(message.reply("thanks").await.expect("said").account, "north");
    ha.stop().await;
}

#[tokio::test]
async fn whom_only_one_that_left_knows_nobody_is_waited_for_to_reach() {
    let town = Town::new().await;
    let own = account(&town.phones[0]).ids(Ids::Own);
    let ha = town.team_of(&town.phones[1..]).account(own).build().expect("a team");
    let mut messages = ha.messages();
    ha.start().await.expect("started");
    town.alice.says(&town.phones[0], "hello north");
    let message = within("a message", messages.next()).await.expect("it runs");
    let alice = message.talker();
    // Somebody is away, for whom it would wait.
    town.phones[2].fail(Fault::Drop);
    within("it is lost", async {
        while ha.nodes().await.expect("it runs")[1].phase == Standing::Available {
            tokio::task::yield_now().await;
        }
    })
    .await;
    ha.remove("north").await.expect("removed");
    let why = "alone to answer, and that was removed from the team";
    for error in [
        within("at once", alice.say("hello?")).await.expect_err("nobody can"),
        alice.sync().await.expect_err("nobody can"),
    ] {
        assert!(matches!(&error, Error::NotFound { .. }) && error.to_string().contains(why), "{error:?}");
    }
    ha.stop().await;
}

#[tokio::test]
async fn what_one_that_left_says_by_hand_is_no_strangers_word() {
    let town = Town::new().await;
    let ha = team(&town, 2).await;
    let mut messages = ha.messages();
    ha.remove("north").await.expect("removed");
    // The phone is in the room still, and its person writes by hand.
    town.phones[0].says(&town.room, "ding");
    let message = within("a message", messages.next()).await.expect("it runs");
    assert!(
        message.is_self() && message.text() == "ding",
        "two halves of one bot must not talk to each other"
    );
    ha.stop().await;
}

#[tokio::test]
async fn a_call_under_way_may_finish_at_the_one_that_leaves() {
    let town = Town::new().await;
    let ha = team(&town, 1).await;
    let room = room(&ha, &town).await;
    let slow = Duration::from_millis(300);
    town.phones[0].fail(Fault::Slow(slow));
    let saying = tokio::spawn(async move { room.say("slowly").await });
    within("it is asked", town.world.until(|| town.phones[0].calls("MessageSendText") == 1)).await;
    ha.remove("north").await.expect("removed");
    saying.await.expect("no panic").expect("said");
    town.until_said("slowly", 1).await;
    ha.stop().await;
}

#[tokio::test]
async fn what_one_was_told_before_it_leaves_is_still_an_event() {
    let town = Town::new().await;
    let ha = team(&town, 2).await;
    let mut messages = ha.messages();
    // It takes its time to show what it tells of.
    town.phones[0].fail(Fault::Slow(std::time::Duration::from_millis(300)));
    town.alice.says(&town.phones[0], "hello north");
    within("it is asked", town.world.until(|| town.phones[0].calls("MessagePayload") == 1)).await;
    ha.remove("north").await.expect("removed");
    let message = within("a message", messages.next()).await.expect("it runs");
    assert_eq!((message.text(), message.account()), ("hello north", Some("north".to_owned())));
    ha.stop().await;
}

#[tokio::test]
async fn all_that_one_was_told_is_read_though_it_is_much() {
    let town = Town::new().await;
    let ha = team(&town, 1).await;
    let mut messages = ha.messages();
    // More than are read at once.
    town.phones[0].fail(Fault::Slow(std::time::Duration::from_millis(300)));
    let texts: Vec<String> = (0..200).map(|n| format!("n{n}")).collect();
    for text in &texts {
        town.alice.says(&town.phones[0], text);
    }
    within("they are asked for", town.world.until(|| town.phones[0].calls("MessagePayload") >= 64)).await;
    ha.remove("north").await.expect("removed");
    for text in &texts {
        let message = within("a message", messages.next()).await.expect("it runs");
        assert_eq!(message.text(), text);
    }
    ha.stop().await;
}

#[tokio::test]
async fn what_one_that_leaves_can_not_show_any_more_waits_until_it_is_back() {
    let town = Town::new().await;
    let ha = town.team_of(&town.phones[..2]).set("gateway.shutdown", "100ms").build().expect("a team");
    ha.start().await.expect("started");
    let mut messages = ha.messages();
    let never = Fault::Slow(std::time::Duration::from_secs(3_600));
    town.phones[0].fail(never);
    town.alice.says(&town.phones[0], "hello north");
    within("it is asked", town.world.until(|| town.phones[0].calls("MessagePayload") == 1)).await;
    ha.remove("north").await.expect("removed");
    town.phones[0].restore().await.expect("its port is free");
    ha.add(account(&town.phones[0])).await.expect("added again");
    let message = within("a message", messages.next()).await.expect("it runs");
    assert_eq!(message.text(), "hello north");
    ha.stop().await;
}

#[tokio::test]
async fn a_wrong_account_changes_nothing_and_says_what_is_wrong() {
    let town = Town::new().await;
    let ha = team(&town, 2).await;
    let [_, south, west] = &town.phones[..] else { panic!("three phones") };
    let wrong = [
        (account(west).name("south"), "account[2].name: is the same as that of account[1]"),
        (account(south).name("twin"), "account[2].token: is the same as that of account[1]"),
        (account(west).name("Nord West"), "account[2].name: "),
        (account(west).weight(0), "weight: "),
        (Account::service("insecure_x").endpoint("nowhere"), "has no port; write host:port"),
        (Account::puppet("wechaty-puppet-padlocal"), "token: "),
    ];
    for (account, why) in wrong {
        let error = ha.add(account).await.expect_err(why);
        assert!(matches!(error, ChangeError::Config(_)), "{error:?}");
        assert!(
            error.to_string().starts_with("HaWechaty::add(): ") && error.to_string().contains(why),
            "{error}"
        );
    }
    let error = ha.remove("west").await.expect_err("there is none");
    assert_eq!(error.to_string(), "the team has no account \"west\"; it has north, south");
    assert_eq!(names(&ha).await, ["north", "south"]);
    ha.stop().await;
}

#[tokio::test]
async fn a_team_that_does_not_run_can_be_changed_and_remembers_it() {
    let town = Town::new().await;
    let ha = town.team_of(&town.phones[..1]).build().expect("a team");
    ha.add(account(&town.phones[1])).await.expect("added");
    ha.remove("north").await.expect("removed");
    let error = ha.remove("north").await.expect_err("it is gone");
    assert_eq!(error.to_string(), "the team has no account \"north\"; it has south");
    ha.start().await.expect("started");
    assert_eq!(names(&ha).await, ["south"]);
    ha.add(account(&town.phones[2])).await.expect("added");
    ha.stop().await;
    ha.start().await.expect("started again");
    assert_eq!(names(&ha).await, ["south", "west"]);
    ha.stop().await;
}

#[tokio::test]
async fn one_that_can_not_be_reached_joins_all_the_same_and_is_waited_for() {
    let town = Town::new().await;
    let ha = team(&town, 1).await;
    town.phones[1].fail(Fault::Drop);
    ha.add(account(&town.phones[1])).await.expect("added");
    let nodes = ha.nodes().await.expect("it runs");
    assert_eq!(nodes[1].phase, Standing::Offline, "{nodes:?}");
    town.phones[1].restore().await.expect("its port is free");
    within("it is back", async {
        while ha.nodes().await.expect("it runs")[1].phase != Standing::Available {
            tokio::task::yield_now().await;
        }
    })
    .await;
    ha.stop().await;
}

#[tokio::test]
async fn names_that_nobody_chose_are_never_given_twice() {
    let town = Town::new().await;
    let accounts = town.phones.iter().map(|it| Account::service(it.token().reveal()).endpoint(it.addr()));
    let mut accounts: Vec<Account> = accounts.collect();
    let (third, second) = (accounts.pop().expect("three"), accounts.pop().expect("three"));
    let ha = HaWechaty::builder().accounts(accounts).build().expect("a team");
    ha.start().await.expect("started");
    ha.add(second).await.expect("added");
    ha.remove("account-2").await.expect("removed");
    ha.add(third).await.expect("added");
    assert_eq!(names(&ha).await, ["account-1", "account-3"]);
    ha.stop().await;
}

#[tokio::test]
async fn a_removal_that_nobody_waits_for_is_done_all_the_same() {
    let town = Town::new().await;
    let ha = team(&town, 2).await;
    town.phones[0].fail(Fault::Slow(std::time::Duration::from_millis(300)));
    town.alice.says(&town.phones[0], "hello north");
    within("it is asked", town.world.until(|| town.phones[0].calls("MessagePayload") == 1)).await;
    tokio::select! {
        biased;
        _ = ha.remove("north") => panic!("it has something to read"),
        () = std::future::ready(()) => {}
    }
    within("it is gone", async {
        while names(&ha).await != ["south"] {
            tokio::task::yield_now().await;
        }
    })
    .await;
    ha.stop().await;
}

#[tokio::test]
async fn a_callback_may_change_the_team() {
    let town = Town::new().await;
    let ha = team(&town, 2).await;
    let team = Arc::new(ha.clone());
    ha.on_message(move |message| {
        let team = team.clone();
        async move {
            if let Some(name) = message.text().strip_prefix("go home, ") {
                team.remove(name).await.expect("it is there");
            }
        }
    });
    town.alice.says(&town.room, "go home, north");
    within("it is gone", async {
        while names(&ha).await != ["south"] {
            tokio::task::yield_now().await;
        }
    })
    .await;
    ha.stop().await;
}

#[tokio::test]
async fn sixty_four_names_can_have_been_in_a_team_and_old_ones_can_come_back() {
    let town = Town::new().await;
    let ha = team(&town, 1).await;
    town.phones[1].fail(Fault::Drop);
    let nobody = |n: usize| account(&town.phones[1]).name(format!("n{n}"));
    for n in 1..64 {
        ha.add(nobody(n)).await.expect("there is a place");
        ha.remove(&format!("n{n}")).await.expect("it is there");
    }
    let error = ha.add(nobody(64)).await.expect_err("there is no place");
    assert_eq!(error, ChangeError::NoPlace);
    ha.add(nobody(7)).await.expect("its own place is free");
    assert_eq!(names(&ha).await, ["north", "n7"]);
    ha.remove("n7").await.expect("it is there");
    ha.stop().await;
    // Another life, and nobody has been in it but those that are there.
    ha.start().await.expect("started again");
    ha.add(nobody(64)).await.expect("there is a place");
    assert_eq!(names(&ha).await, ["north", "n64"]);
    ha.stop().await;
}

#[tokio::test]
async fn what_waits_for_its_turn_goes_to_another_when_its_account_leaves() {
    let town = Town::new().await;
    let limited = account(&town.phones[0]);
    let ha = town.team_of(&[]).account(limited).set("pace.enabled", true).set("pace.messages", "1/1m");
    let ha = ha.build().expect("a team");
    ha.start().await.expect("started");
    let room = room(&ha, &town).await;
    assert_eq!(room.say("one").await.expect("said").account, "north");
    let waiting = tokio::spawn(async move { room.say("two").await });
    within("it waits", async {
        while ha.status().await.expect("it runs").team.waiting == 0 {
            tokio::task::yield_now().await;
        }
    })
    .await;
    ha.add(account(&town.phones[1])).await.expect("added");
    ha.remove("north").await.expect("removed");
    let sent = within("it is sent", waiting).await.expect("no panic").expect("said");
    assert_eq!(sent.account, "south");
    // Nobody gets a second allowance by leaving and coming back.
    ha.add(account(&town.phones[0])).await.expect("added again");
    let pace = ha.nodes().await.expect("it runs").remove(0).pace;
    assert_eq!((pace[0].used, pace[0].allowed), (1, 1));
    ha.stop().await;
}

#[tokio::test]
async fn whoever_adds_an_account_waits_no_longer_when_it_is_removed() {
    let town = Town::new().await;
    let ha = town.team_of(&town.phones[..1]).set("reconnect.connect", "10m").build().expect("a team");
    ha.start().await.expect("started");
    town.phones[1].fail(Fault::Hang);
    for _ in 0..20 {
        let (team, south) = (ha.clone(), account(&town.phones[1]));
        let adding = tokio::spawn(async move { team.add(south).await });
        within("it is dialled", async {
            while names(&ha).await != ["north", "south"] {
                tokio::task::yield_now().await;
            }
        })
        .await;
        within("it is gone", ha.remove("south")).await.expect("it is there");
        within("nobody waits for it", adding).await.expect("no panic").expect("it was added");
        assert_eq!(names(&ha).await, ["north"]);
    }
    ha.stop().await;
}

#[tokio::test]
async fn many_may_change_the_team_at_once_and_give_up_half_way() {
    let seed =
        std::env::var("SEED").ok().map_or_else(|| fastrand::u64(..), |it| it.parse().expect("a number"));
    println!("SEED={seed}");
    let town = Town::new().await;
    let ha = team(&town, 1).await;
    let others: Vec<Account> = town.phones[1..].iter().map(account).collect();
    let changers = (0..4).map(|changer| {
        let (ha, others, mut dice) = (ha.clone(), others.clone(), fastrand::Rng::with_seed(seed ^ changer));
        tokio::spawn(async move {
            for _ in 0..25 {
                let (it, patience) = (dice.usize(..2), Duration::from_millis(dice.u64(..20)));
                let change = async {
                    match dice.bool() {
                        true => ha.add(others[it].clone()).await,
                        false => ha.remove(["south", "west"][it]).await,
                    }
                };
                // It is there already, or not there, or nobody waited for it; anything else is wrong.
                let done = tokio::time::timeout(patience, change).await;
                assert!(!matches!(done, Ok(Err(ChangeError::NoPlace | ChangeError::Tls(_)))), "{done:?}");
            }
        })
    });
    for changer in changers.collect::<Vec<_>>() {
        within("all is changed", changer).await.expect("no panic");
    }
    let room = room(&ha, &town).await;
    for (name, account) in ["south", "west"].into_iter().zip(others) {
        let is_there = names(&ha).await.iter().any(|it| it == name);
        if is_there {
            ha.remove(name).await.expect("it is there");
        }
        ha.add(account).await.expect("it can come back");
        let stands = ha.status().await.expect("it runs").account(name).cloned().expect("it is there");
        assert_eq!(stands.phase, Standing::Available, "{stands:?}");
    }
    for n in 0..6 {
        room.say(format!("n{n}")).await.expect("said");
    }
    assert_eq!(speakers(&town).len(), 3);
    ha.stop().await;
}
