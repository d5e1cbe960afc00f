//! For how long all others wait for the core while it works through very long lists: a million rooms and 200,000
//! contacts of each of three accounts.
#![allow(missing_docs, clippy::expect_used, reason = "a bench, which may end at once")]

use std::time::{Duration, Instant};

use ha_wechaty_bench::Bench;
use ha_wechaty_core::{
    AccountId, Allowance, Backoff, BotMode, BotSetup, EjectionRule, Ids, Input, InviteRule, LinkFact, Member,
    Policy, Recall, Replay, Setup, Stamp, Team, Time, Vigil,
};

const ACCOUNTS: [&str; 3] = ["north", "south", "west"];

fn setup() -> Setup {
    let member = |name: &&str| Member {
        name: (*name).to_owned(),
        weight: 1,
        ids: Ids::Shared,
        vigil: Vigil::default(),
        allowance: Allowance::unlimited(),
        domains: Vec::new(),
    };
    Setup {
        self_id: "bot".into(),
        accounts: ACCOUNTS.iter().map(member).collect(),
        bots: vec![BotSetup { name: "bot".into(), mode: BotMode::All }],
        policy: Policy::RoundRobin,
        backoff: Backoff::default(),
        heartbeat_contact: None,
        ramp_up: Duration::from_secs(60),
        ejection: EjectionRule::default(),
        recall: Recall::default(),
        common_ids: std::collections::BTreeSet::default(),
        epoch: Stamp::new(1_700_000_000).expect("a time"),
        witness_window: Duration::from_secs(3),
        replay: Replay::default(),
        refresh: Some(Duration::from_secs(3_600)),
        per_conversation: Vec::new(),
        directory: 64 << 20,
        invite: InviteRule::default(),
        alarms: ha_wechaty_core::AlarmRule::default(),
    }
}

/// Drives a team on the real clock, and remembers what took longest.
struct Shell {
    team: Team,
    origin: Instant,
    longest: (Duration, &'static str),
}

impl Shell {
    fn timed(&mut self, what: &'static str, act: impl FnOnce(&mut Team, Time)) {
        let begun = Instant::now();
        act(&mut self.team, Time::after_origin(self.origin.elapsed()));
        // What it wishes is taken at once, which is part of it.
        while let Some(command) = self.team.poll_command() {
            drop(std::hint::black_box(command));
        }
        self.longest = self.longest.max((begun.elapsed(), what));
    }

    fn tell(&mut self, what: &'static str, input: Input) {
        self.timed(what, |team, now| team.handle(now, input));
    }

    fn work(&mut self) {
        while self.team.has_work() {
            self.timed("a piece of a list", Team::work);
        }
    }
}

fn main() {
    let mut bench = Bench::called("long_lists");
    if !bench.is_wanted() {
        return;
    }
    let (many_rooms, many_contacts) = (bench.size(1_000_000_u64, 5_000), bench.size(200_000, 1_000));
    // Warm, as an hour's service is: the first pages of memory are the system's time, not the core's.
    for limit in [64 << 20, 1 << 30] {
        let setup = Setup { directory: limit, ..setup() };
        let team = Team::new(Time::ZERO, &setup, 1);
        let mut shell = Shell { team, origin: Instant::now(), longest: (Duration::ZERO, "nothing") };
        for (index, name) in ACCOUNTS.iter().enumerate() {
            let account = AccountId::at(index);
            let contact_id = format!("wxid_{name}");
            shell.tell("a timer", Input::Link { account, fact: LinkFact::Opened });
            shell.tell("a login", Input::Link { account, fact: LinkFact::Login { contact_id } });
        }
        for round in 0..2 {
            for index in 0..ACCOUNTS.len() {
                let contacts = (0..many_contacts).map(|n| format!("wxid_{n:014}")).collect();
                let rooms = (0..many_rooms).map(|n| format!("{}@chatroom", 10_000_000_000 + n)).collect();
                let account = AccountId::at(index);
                shell.tell(
                    "lists come",
                    Input::Lists { account, contacts: Some(contacts), rooms: Some(rooms) },
                );
            }
            let begun = Instant::now();
            shell.work();
            let of = format!("conversations = {} MiB, round {}", limit >> 20, round + 1);
            bench.tell(&format!("all pieces, {of}"), begun.elapsed().as_secs_f64() * 1e3, "ms");
        }
        // One that is gone takes its lists with it.
        let cause = "cut".to_owned();
        shell.tell(
            "an account is lost",
            Input::Link { account: AccountId(0), fact: LinkFact::Lost { cause } },
        );
        shell.tell("an account leaves", Input::Leaves { account: AccountId(1) });
        shell.work();
        // Again and again somebody else, before it is known what the one before reached.
        for n in 0..3 {
            let contact_id = format!("wxid_else{n}");
            let account = AccountId(2);
            shell.tell("another person", Input::Link { account, fact: LinkFact::Login { contact_id } });
            shell.timed("a piece of a list", Team::work);
        }
        shell.work();
        let of = format!("conversations = {} MiB", limit >> 20);
        bench.tell(&format!("the longest step, {of}"), shell.longest.0.as_secs_f64() * 1e3, "ms");
    }
}
