//! Random interleavings of facts and time: what must hold after every step, whatever happens.
//!
//! A failure prints its seed; `SEED=… LIVES=1 cargo test -p ha-wechaty-core --test random_lives` repeats it.
#![allow(missing_docs, clippy::expect_used)]

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use fastrand::Rng;
use ha_wechaty_core::{
    Account, AccountId, AccountSet, Backoff, BotId, ClientId, Command, EjectionRule, Event, Ids, Input,
    InviteRule, LinkFact, Member, Message, MessageKind, Note, Outcome, Phase, Policy, Recall, Replay,
    Routing, Scan, SendId, Setup, Stamp, Standing, Team, Time, Vigil, Work, WorkResult, content_of_text,
};

/// The first three are there from the beginning.
const NAMES: [&str; 4] = ["north", "south", "west", "east"];
const STEPS: usize = 400;
const DONG_FROM: &str = "gh_dong";

/// A number from the environment.
fn number(name: &str, default: u64) -> u64 {
    std::env::vars().find(|(key, _)| key == name).and_then(|(_, value)| value.parse().ok()).unwrap_or(default)
}

fn member(name: &str) -> Member {
    let (ids, vigil) = (Ids::Shared, Vigil::default());
    Member { name: name.into(), weight: 1, ids, vigil, invitations: Vec::new() }
}

fn setup() -> Setup {
    Setup {
        common_ids: std::collections::BTreeSet::default(),
        self_id: "bot".into(),
        accounts: NAMES[..3].iter().map(|name| member(name)).collect(),
        bots: vec![ha_wechaty_core::BotMode::All],
        policy: Policy::RoundRobin,
        backoff: Backoff::default(),
        heartbeat_contact: Some(DONG_FROM.into()),
        ramp_up: Duration::from_secs(60),
        ejection: EjectionRule::default(),
        recall: Recall { age: Duration::from_secs(120), ..Recall::default() },
        epoch: Stamp::new(1_700_000_000).expect("a time"),
        witness_window: Duration::from_secs(3),
        replay: Replay { events: 1_000, bytes: 1 << 20, age: Duration::from_secs(1_000_000) },
        refresh: None,
        directory: 1 << 20,
        invite: InviteRule::default(),
    }
}

/// One random life of a team, and what is known of it from outside.
struct Life {
    dice: Rng,
    now: Time,
    team: Team,
    routing: Option<std::sync::Arc<Routing>>,
    /// When each account last logged in or got a dong.
    proven: BTreeMap<u8, Time>,
    resets: Vec<(Time, u8)>,
    dialling: BTreeSet<u8>,
    /// Whether each client thinks that it is logged in, and which messages it was given.
    clients: BTreeMap<ClientId, (bool, BTreeSet<String>)>,
    numbers: u64,
    sends: Vec<(SendId, AccountId)>,
    unsettled: BTreeSet<SendId>,
    log: Vec<String>,
}

impl Life {
    fn new(seed: u64) -> Self {
        let mut life = Self {
            dice: Rng::with_seed(seed),
            now: Time::ZERO,
            team: Team::new(Time::ZERO, &setup(), seed),
            routing: None,
            proven: BTreeMap::new(),
            resets: Vec::new(),
            dialling: BTreeSet::new(),
            clients: BTreeMap::new(),
            numbers: 0,
            sends: Vec::new(),
            unsettled: BTreeSet::new(),
            log: Vec::new(),
        };
        life.drain();
        life
    }

    fn run(mut self) -> Self {
        for _ in 0..STEPS {
            if self.dice.bool() {
                self.wait();
            } else {
                self.happen();
            }
        }
        self
    }

    /// Time passes: to the next wake-up, or not as far.
    fn wait(&mut self) {
        let wake = self.team.poll_timeout();
        let far = Duration::from_millis(self.dice.u64(0..400_000));
        self.now = match wake {
            Some(wake) if wake <= self.now + far => wake.max(self.now),
            _ => self.now + far,
        };
        if wake.is_some_and(|wake| wake <= self.now) {
            self.team.handle_timeout(self.now);
            self.drain();
            let next = self.team.poll_timeout();
            assert!(
                next.is_none_or(|next| next > self.now),
                "what was due is done: {next:?} at {:?}",
                self.now
            );
        }
    }

    fn happen(&mut self) {
        let account = AccountId(self.dice.u8(..NAMES.len() as u8));
        let own = format!("wxid_{}", account.0);
        let input = match self.dice.u8(..20) {
            0 | 1 => self.link(account, LinkFact::Opened),
            2 | 3 => self.link(account, LinkFact::Login { contact_id: own }),
            4 => self.link(account, LinkFact::Lost { cause: "cut".into() }),
            5 => self.link(account, LinkFact::Logout { reason: "kicked".into() }),
            6 => self.link(account, LinkFact::Scan(Scan::default())),
            7..=9 => self.message(account, "alice", "room"),
            10 => self.message(account, DONG_FROM, ""),
            11 => {
                let teammate = format!("wxid_{}", self.dice.u8(..NAMES.len() as u8));
                self.message(account, &teammate, "room")
            }
            12 => self.begin_send(account),
            13 => self.end_send(),
            14 => Input::DingFailed { account, cause: "not a friend".into() },
            15 => {
                let result = [WorkResult::Done, WorkResult::Failed, WorkResult::Throttled];
                let result = result[self.dice.usize(..3)];
                Input::Worked { account, work: Work::ALL[self.dice.usize(..3)], result }
            }
            16 if self.dice.usize(..4) == 0 => self.log_bot_out(),
            16 => self.connect_bot(),
            17 => self.disconnect_bot(),
            // Twice as often as they leave, or there would be nobody to see.
            18 if self.dice.bool() => self.leave(account),
            _ => Input::Joins { account, member: member(NAMES[account.index()]) },
        };
        self.tell(input);
    }

    fn link(&mut self, account: AccountId, fact: LinkFact) -> Input {
        let connected = self.team.accounts().get(account.index()).is_some_and(Account::is_connected);
        if matches!(fact, LinkFact::Login { .. }) && connected {
            self.proven.insert(account.0, self.now);
        }
        if matches!(fact, LinkFact::Lost { .. }) {
            self.dialling.remove(&account.0);
        }
        Input::Link { account, fact }
    }

    fn leave(&mut self, account: AccountId) -> Input {
        self.dialling.remove(&account.0);
        Input::Leaves { account }
    }

    fn message(&mut self, account: AccountId, talker: &str, room: &str) -> Input {
        self.numbers += 1;
        let text = if talker == DONG_FROM { "dong".into() } else { format!("text {}", self.dice.u8(..4)) };
        if talker == DONG_FROM {
            self.proven.insert(account.0, self.now);
        }
        let message = Message {
            id: format!("m{}", self.numbers),
            talker: talker.into(),
            room: room.into(),
            listener: if room.is_empty() { format!("wxid_{}", account.0) } else { String::new() },
            kind: MessageKind::Text,
            content: content_of_text(&text),
            recalls: String::new(),
            waited: Duration::ZERO,
            // Sometimes right, sometimes wrong, sometimes untold.
            stamp: Stamp::new(
                self.dice.i64(0..3) * (1_700_000_000 + self.now.since_origin().as_secs() as i64),
            ),
        };
        Input::Message { account, message }
    }

    fn begin_send(&mut self, account: AccountId) -> Input {
        self.numbers += 1;
        let send = SendId(self.numbers);
        self.sends.push((send, account));
        let content = content_of_text(&format!("text {}", self.dice.u8(..4)));
        let message = Message {
            talker: "bot".into(),
            room: "room".into(),
            kind: MessageKind::Text,
            content,
            ..Default::default()
        };
        Input::SendBegins { send, account, message }
    }

    fn end_send(&mut self) -> Input {
        let Some((send, account)) = self.sends.pop() else { return self.connect_bot() };
        let outcome = match self.dice.u8(..3) {
            0 => Outcome::Sent { id: format!("s{}", send.0) },
            1 => Outcome::NotSent,
            _ => {
                self.unsettled.insert(send);
                Outcome::Unsure { is_over: self.dice.bool() }
            }
        };
        Input::SendEnds { send, account, conversation: "room".into(), outcome }
    }

    fn connect_bot(&mut self) -> Input {
        self.numbers += 1;
        let client = ClientId(self.numbers);
        self.clients.insert(client, (false, BTreeSet::new()));
        Input::BotConnected { client, bot: BotId(0), after: None }
    }

    fn log_bot_out(&mut self) -> Input {
        let client = self.clients.keys().copied().next().unwrap_or(ClientId(0));
        self.clients.entry(client).and_modify(|(logged_in, _)| *logged_in = false);
        Input::LoggedOut { client }
    }

    fn disconnect_bot(&mut self) -> Input {
        let client = self.clients.keys().copied().next().unwrap_or(ClientId(0));
        self.clients.remove(&client);
        Input::BotDisconnected { client }
    }

    fn tell(&mut self, input: Input) {
        self.log.push(format!("{:?} {input:?}", self.now));
        self.team.handle(self.now, input);
        self.drain();
    }

    fn drain(&mut self) {
        while let Some(command) = self.team.poll_command() {
            self.log.push(format!("    {command:?}"));
            self.check(command);
        }
        self.check_state();
    }

    fn check(&mut self, command: Command) {
        match command {
            Command::Publish(routing) => self.routing = Some(routing),
            Command::Connect { account } => {
                assert!(self.dialling.insert(account.0), "dialled twice without a loss between");
                assert!(!self.team.accounts()[account.index()].is_connected());
            }
            Command::Reset { account } => {
                assert_ne!(self.team.accounts()[account.index()].phase(), &Phase::Removed);
                self.check_reset(account.0);
            }
            Command::Deliver { client, event } => self.check_delivery(client, Event::clone(&event)),
            Command::Settle { send, .. } => {
                assert!(self.unsettled.remove(&send), "settled once, and only if unsure");
            }
            Command::Note(Note::TeamFailed { .. }) => assert!(!self.team.is_up()),
            Command::Learn { .. }
            | Command::ReadRoom { .. }
            | Command::Invite { .. }
            | Command::AcceptInvitation { .. }
            | Command::Ding { .. }
            | Command::PuppetDing { .. }
            | Command::Reopen { .. }
            | Command::Late { .. }
            | Command::Join { .. }
            | Command::Note(_) => {}
        }
    }

    fn check_reset(&mut self, account: u8) {
        let shortest = Duration::from_secs(600).mul_f64(1.0 - 0.1667 - 0.001);
        for (at, other) in &self.resets {
            if *other == account {
                assert!(self.now - *at >= shortest, "reset again within its interval");
            }
        }
        let lately: BTreeSet<u8> = self
            .resets
            .iter()
            .filter(|(at, other)| *other != account && self.now - *at < Duration::from_secs(100))
            // One that logged in since is back.
            .filter(|(at, other)| self.proven.get(other).is_none_or(|proven| proven < at))
            .filter(|(_, other)| self.team.accounts()[usize::from(*other)].health().is_some())
            // And so is one that was not believed to be logged in, and has shown that it works.
            .filter(|(_, other)| !self.team.accounts()[usize::from(*other)].is_available())
            .map(|(_, other)| *other)
            .collect();
        let team = self.team.accounts().iter().filter(|it| it.phase() != &Phase::Removed).count();
        // One that is not logged in does no work that the team could miss.
        let is_missed = self.team.accounts()[usize::from(account)].health().is_some();
        let is_half = lately.len() >= (team / 2).max(1);
        assert!(!(is_missed && is_half), "not more than half of {team}: {lately:?} and {account}");
        self.resets.push((self.now, account));
    }

    fn check_delivery(&mut self, client: ClientId, event: Event) {
        let Some((logged_in, given)) = self.clients.get_mut(&client) else { panic!("nobody of that name") };
        if let Event::Login { .. } = event {
            assert!(!std::mem::replace(logged_in, true), "a login while logged in");
        } else if let Event::Logout { .. } = event {
            assert!(std::mem::replace(logged_in, false), "a logout while logged out");
        } else if let Event::Message { id } = event {
            assert!(given.insert(id), "the same message twice on one stream");
        }
    }

    fn check_state(&self) {
        let accounts = self.team.accounts();
        let ids = || (0..accounts.len() as u8).map(AccountId);
        let well: AccountSet = ids().filter(|id| accounts[id.index()].is_available()).collect();
        let suspect: AccountSet = ids().filter(|id| accounts[id.index()].is_suspect()).collect();
        let benefit: AccountSet = ids().filter(|id| accounts[id.index()].has_benefit()).collect();
        let able = [well, suspect, benefit].into_iter().find(|it| !it.is_empty()).unwrap_or_default();
        let is_first =
            |it: &AccountId| self.team.identity().same_person(*it).and(able).iter().next() == Some(*it);
        let usable: AccountSet = able.iter().filter(is_first).collect();
        let routing = self.routing.as_ref().expect("published at once");
        assert_eq!(routing.available(), usable, "work goes to the well, or if none is, to the suspect");
        assert_eq!(self.team.is_up(), !usable.is_empty());
        let left: AccountSet = ids().filter(|id| accounts[id.index()].phase() == &Phase::Removed).collect();
        let there = self.team.directory().reach("room");
        assert!(there.yes.or(there.no).and(left).is_empty(), "one that has left is in no room");
        assert_eq!(routing.outage_of(left), "", "nobody waits for one that has left");
        for (client, (logged_in, _)) in &self.clients {
            assert_eq!(*logged_in, self.team.is_greeted_at(*client), "{client:?} knows how the team stands");
        }
        let shortest = Duration::from_secs(600).mul_f64(1.0 - 0.1667 - 0.001);
        for id in ids() {
            if accounts[id.index()].phase().standing() == Standing::Failed {
                let proven = self.proven.get(&id.0).copied().unwrap_or_default();
                assert!(self.now - proven >= shortest, "failed with a fresh dong or login");
            }
        }
    }
}

/// Runs one life; if it breaks, says which and what had happened.
fn live(seed: u64) -> Life {
    std::panic::catch_unwind(|| Life::new(seed).run()).unwrap_or_else(|_| {
        panic!("SEED={seed} broke; repeat it with SEED={seed} LIVES=1");
    })
}

#[test]
fn whatever_happens_what_must_hold_holds() {
    let (first, lives) = (number("SEED", 1), number("LIVES", 3_000));
    let (mut resets, mut deliveries, mut failed) = (0, 0, 0);
    for seed in first..first + lives {
        let life = live(seed);
        resets += life.resets.len();
        deliveries += life.clients.values().map(|(_, given)| given.len()).sum::<usize>();
        failed += life.log.iter().filter(|line| line.contains("to: Failed")).count();
    }
    println!("{lives} lives of {STEPS} steps from seed {first}: {resets} resets, {failed} failures");
    assert!(lives < 100 || (resets > 100 && deliveries > 1_000 && failed > 100), "the lives were too quiet");
}

#[test]
fn the_same_inputs_give_the_same_state_byte_for_byte() {
    for seed in 1..200 {
        let (one, other) = (live(seed), live(seed));
        assert_eq!(one.log, other.log, "SEED={seed}");
        assert_eq!(one.team, other.team, "SEED={seed}");
        assert_eq!(format!("{:?}", one.team), format!("{:?}", other.team), "SEED={seed}");
    }
}

#[test]
fn when_everybody_has_left_nothing_goes_on() {
    for seed in 1..200 {
        let mut life = live(seed);
        for id in (0..NAMES.len() as u8).map(AccountId) {
            life.tell(Input::Leaves { account: id });
        }
        // The window of the last message, and the bots' backlog, end; then nothing is due.
        for _ in 0..5_000 {
            let Some(wake) = life.team.poll_timeout() else { break };
            life.now = wake;
            life.team.handle_timeout(wake);
            while life.team.poll_command().is_some() {}
        }
        assert_eq!(life.team.dedup().len(), 0, "SEED={seed}: nothing is remembered for ever");
        assert_eq!(life.team.bots().backlog(), 0, "SEED={seed}");
        assert_eq!(life.team.poll_timeout(), None, "SEED={seed}: no timer is left");
    }
}
