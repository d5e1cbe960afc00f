//! What a snapshot of a busy team costs: 200,000 messages are remembered, each shown by three accounts.
//!
//! `cargo test --release -p ha-wechaty-core --test team replay -- --ignored --nocapture` says how much, and how long it takes.

use std::time::{Duration, Instant};

use crate::support::{said, setup, wxid};
use ha_wechaty_core::{
    AccountId, Input, LinkFact, MessageFacts, MessageKind, Recall, Setup, Stamp, Team, Time, content_of_text,
};

const MESSAGES: u64 = 200_000;
const ACCOUNTS: u8 = 3;
const LIMIT: usize = 100 << 20;
const EPOCH: i64 = 1_700_000_000;

/// A team that has seen so much: 100 messages a second, from 500 people in 200 rooms.
fn busy() -> Team {
    let setup = Setup { recall: Recall::default(), directory: 64 << 20, ..setup(ACCOUNTS.into()) };
    let mut team = Team::new(Time::ZERO, &setup, 7);
    let tell = |team: &mut Team, now: Time, input: Input| {
        team.handle(now, input);
        while team.poll_command().is_some() {}
    };
    team.handle_timeout(Time::ZERO);
    for account in (0..ACCOUNTS).map(AccountId) {
        for fact in [LinkFact::Opened, LinkFact::Login { contact_id: wxid(account) }] {
            tell(&mut team, Time::ZERO, Input::Link { account, fact });
        }
    }
    for n in 0..MESSAGES {
        let now = Time::after_origin(Duration::from_millis(10 * n));
        for account in 0..ACCOUNTS {
            let message = MessageFacts {
                id: format!("{:019}", n * 10 + u64::from(account)),
                talker: format!("wxid_{:014}", n % 500),
                room: format!("{}@chatroom", 10_000_000_000 + n % 200),
                kind: MessageKind::Text,
                content: content_of_text(&n.to_string()),
                stamp: Stamp::new(EPOCH + (n / 100) as i64),
                ..MessageFacts::default()
            };
            tell(&mut team, now, Input::Message { account: AccountId(account), message });
        }
    }
    team
}

#[test]
#[ignore = "it measures, and takes seconds"]
#[allow(clippy::disallowed_methods, reason = "it measures how long that takes")]
fn a_team_that_remembers_two_hundred_thousand_messages_is_written_into_a_hundred_mebibytes() {
    let team = busy();
    assert_eq!(team.dedup().len() as u64, MESSAGES);
    let begun = Instant::now();
    let written = rmp_serde::to_vec_named(&team).expect("it can be written");
    let writing = begun.elapsed();
    let begun = Instant::now();
    let read: Team = rmp_serde::from_slice(&written).expect("it can be read");
    let reading = begun.elapsed();
    let mebibytes = written.len() as f64 / f64::from(1 << 20);
    let message = Input::Message {
        account: AccountId(0),
        message: said("wxid_12345678901234", "hello", "1234567890123456789"),
    };
    let input = rmp_serde::to_vec_named(&message).expect("it can be written");
    println!("a message that an account was shown: {} bytes", input.len());
    println!("{mebibytes:.1} MiB, written in {writing:.2?}, read in {reading:.2?}");
    assert!(written.len() <= LIMIT);
    assert_eq!(read, team);
    assert_eq!(read.dedup().weight(), team.dedup().weight());
}
