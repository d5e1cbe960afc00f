//! Random interleavings of facts and time: what must hold after every step, whatever happens (`support/watch.rs`), and
//! what only a look at the whole life tells: that health does not reset too often, nor give up too early.
//!
//! `SEED=… LIVES=… cargo test -p ha-wechaty-core --test team random_lives` tries others. A failure prints its seed, which goes
//! into `seeds/random_lives.txt`: those lives are lived first in every run.
#![allow(missing_docs, clippy::expect_used)]

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use crate::support::{
    BOT, DONG_FROM, NAMES, ROOM, World, member,
    random::{number, seeds},
    wxid,
};
use fastrand::Rng;
use ha_wechaty_core::{
    AccountId, AccountState, ClientId, Command, Hand, Holder, Input, LinkFact, MessageFacts, MessageKind,
    PendingScan, Phase, Recall, Replay, SendId, SendResult, Setup, Stamp, Standing, Time, WeChatEvent,
    Withdrawn, Work, WorkResult, content_of_text,
};

const STEPS: usize = 400;

/// The first three are there from the beginning. What has been said is told apart for longer than elsewhere, and what bots
/// missed is kept for good.
fn setup() -> Setup {
    let forever = Duration::from_secs(1_000_000);
    Setup {
        recall: Recall { age: Duration::from_secs(120), ..Recall::default() },
        replay: Replay { events: 1_000, bytes: 1 << 20, age: forever },
        ..crate::support::setup(3)
    }
}

/// No reset, and no verdict, comes sooner after the last one or after a proof of health.
fn shortest() -> Duration {
    Duration::from_secs(600).mul_f64(1.0 - 0.1667 - 0.001)
}

/// One random life of a team.
struct Life {
    dice: Rng,
    world: World,
    /// When each account last logged in or got a dong.
    proven: BTreeMap<AccountId, Time>,
    resets: Vec<(Time, AccountId)>,
    /// How many messages each client was given that is there.
    clients: BTreeMap<ClientId, usize>,
    numbers: u64,
    sends: Vec<(SendId, AccountId)>,
    hands: usize,
    log: Vec<String>,
}

impl Life {
    fn new(seed: u64) -> Self {
        Self {
            dice: Rng::with_seed(seed),
            world: World::with(&setup(), seed),
            proven: BTreeMap::new(),
            resets: Vec::new(),
            clients: BTreeMap::new(),
            numbers: 0,
            sends: Vec::new(),
            hands: 0,
            log: Vec::new(),
        }
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
        let end = self.world.now + Duration::from_millis(self.dice.u64(0..400_000));
        if self.world.team.poll_timeout().is_some_and(|wake| wake <= end) {
            let commands = self.world.step();
            self.look(commands);
        } else {
            self.world.now = end;
        }
    }

    fn happen(&mut self) {
        let account = self.someone();
        let own = wxid(account);
        let input = match self.dice.u8(..20) {
            // Whatever else is drawn stays the same.
            1 if self.numbers.is_multiple_of(4) => self.link(account, LinkFact::Evicted),
            0 | 1 => self.link(account, LinkFact::Opened),
            4 if self.numbers.is_multiple_of(4) => {
                self.link(account, LinkFact::Taken { holder: Holder::TookIt })
            }
            2 | 3 => self.link(account, LinkFact::Login { contact_id: own }),
            4 => self.link(account, LinkFact::Lost { cause: "cut".into() }),
            5 => self.link(account, LinkFact::Logout { reason: "kicked".into() }),
            6 => self.link(account, LinkFact::Scan(PendingScan::default())),
            // No number is drawn for it: whatever else is drawn stays the same.
            7 if self.numbers.is_multiple_of(3) => self.hand(account),
            7..=9 => self.message(account, "alice", ROOM),
            10 => self.message(account, DONG_FROM, ""),
            11 => {
                let teammate = wxid(self.someone());
                self.message(account, &teammate, ROOM)
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
            18 if self.dice.bool() => Input::Leaves { account },
            _ => Input::Joins { account, member: member(NAMES[account.index()]) },
        };
        self.tell(input);
    }

    fn someone(&mut self) -> AccountId {
        AccountId::at(self.dice.usize(..NAMES.len()))
    }

    fn link(&mut self, account: AccountId, fact: LinkFact) -> Input {
        let connected =
            self.world.team.accounts().get(account.index()).is_some_and(AccountState::is_connected);
        if matches!(fact, LinkFact::Login { .. }) && connected {
            self.proven.insert(account, self.world.now);
        }
        Input::Link { account, fact }
    }

    fn message(&mut self, account: AccountId, talker: &str, room: &str) -> Input {
        self.numbers += 1;
        let text = if talker == DONG_FROM { "dong".into() } else { format!("text {}", self.dice.u8(..4)) };
        if talker == DONG_FROM {
            self.proven.insert(account, self.world.now);
        }
        let message = MessageFacts {
            id: format!("m{}", self.numbers),
            talker: talker.into(),
            room: room.into(),
            listener: if room.is_empty() { wxid(account) } else { String::new() },
            kind: MessageKind::Text,
            content: content_of_text(&text),
            recalls: String::new(),
            waited: Duration::ZERO,
            // Sometimes right, sometimes wrong, sometimes untold.
            stamp: Stamp::new(
                self.dice.i64(0..3) * (1_700_000_000 + self.world.now.since_origin().as_secs() as i64),
            ),
        };
        Input::Message { account, message }
    }

    /// An operator sees to an account.
    fn hand(&mut self, account: AccountId) -> Input {
        self.numbers += 1;
        let lasts = (!self.numbers.is_multiple_of(5)).then(|| Duration::from_secs(100 * self.numbers));
        let hand = match self.numbers % 11 {
            0 | 1 => Hand::Withdraw { how: Withdrawn::Draining, lasts },
            2 | 3 => Hand::Withdraw { how: Withdrawn::Maintenance, lasts },
            4..=6 => Hand::Resume,
            7 => Hand::Reset,
            8 => Hand::Reconnect,
            9 => Hand::Login,
            _ => Hand::Logout,
        };
        let force = self.numbers.is_multiple_of(2);
        Input::Hand { account, hand, by: "ann".into(), why: String::new(), force, number: self.numbers }
    }

    fn begin_send(&mut self, account: AccountId) -> Input {
        self.numbers += 1;
        let send = SendId(self.numbers);
        self.sends.push((send, account));
        let content = content_of_text(&format!("text {}", self.dice.u8(..4)));
        let message = MessageFacts {
            talker: "bot".into(),
            room: ROOM.into(),
            kind: MessageKind::Text,
            content,
            ..Default::default()
        };
        Input::SendBegins { send, account, message }
    }

    fn end_send(&mut self) -> Input {
        let Some((send, account)) = self.sends.pop() else { return self.connect_bot() };
        let outcome = match self.dice.u8(..3) {
            0 => SendResult::Sent { id: format!("s{}", send.0) },
            1 => SendResult::NotSent,
            _ => SendResult::Unsure { is_over: self.dice.bool() },
        };
        Input::SendEnds { send, account, conversation: ROOM.into(), outcome }
    }

    fn connect_bot(&mut self) -> Input {
        self.numbers += 1;
        let client = ClientId(self.numbers);
        self.clients.insert(client, 0);
        Input::BotConnected { client, bot: BOT, after: None }
    }

    fn log_bot_out(&mut self) -> Input {
        let client = self.clients.keys().copied().next().unwrap_or(ClientId(0));
        Input::LoggedOut { client }
    }

    fn disconnect_bot(&mut self) -> Input {
        let client = self.clients.keys().copied().next().unwrap_or(ClientId(0));
        self.clients.remove(&client);
        Input::BotDisconnected { client }
    }

    fn tell(&mut self, input: Input) {
        self.log.push(format!("{:?} {input:?}", self.world.now));
        self.hands += usize::from(matches!(input, Input::Hand { .. }));
        let by_hand = matches!(input, Input::Hand { .. });
        let mut commands = self.world.tell(input);
        if by_hand {
            // It is no verdict of the team's.
            commands.retain(|command| !matches!(command, Command::Reset { .. }));
        }
        self.look(commands);
    }

    fn look(&mut self, commands: Vec<Command>) {
        for command in commands {
            self.log.push(format!("    {command:?}"));
            if let Command::Reset { account } = command {
                self.check_reset(account);
            } else if let Command::Deliver { client, event, .. } = command
                && let WeChatEvent::Message { .. } = *event
            {
                self.clients.entry(client).and_modify(|given| *given += 1);
            }
        }
        let accounts = self.world.team.accounts();
        for id in AccountId::first(accounts.len()) {
            if accounts[id.index()].phase().standing() == Standing::Failed {
                let proven = self.proven.get(&id).copied().unwrap_or_default();
                assert!(self.world.now - proven >= shortest(), "failed with a fresh dong or login");
            }
        }
    }

    fn check_reset(&mut self, account: AccountId) {
        let (accounts, now) = (self.world.team.accounts(), self.world.now);
        for (at, other) in &self.resets {
            if *other == account {
                assert!(now - *at >= shortest(), "reset again within its interval");
            }
        }
        let lately: BTreeSet<AccountId> = self
            .resets
            .iter()
            .filter(|(at, other)| *other != account && now - *at < Duration::from_secs(100))
            // One that logged in since is back.
            .filter(|(at, other)| self.proven.get(other).is_none_or(|proven| proven < at))
            .filter(|(_, other)| accounts[other.index()].health().is_some())
            // And so is one that was not believed to be logged in, and has shown that it works.
            .filter(|(_, other)| !accounts[other.index()].is_available())
            .map(|(_, other)| *other)
            .collect();
        let team = accounts.iter().filter(|it| it.phase() != &Phase::Removed).count();
        // One that is not logged in does no work that the team could miss.
        let is_missed = accounts[account.index()].health().is_some();
        let is_half = lately.len() >= (team / 2).max(1);
        assert!(!(is_missed && is_half), "not more than half of {team}: {lately:?} and {account:?}");
        self.resets.push((now, account));
    }
}

/// Runs one life; if it breaks, says which, and where that is to be kept.
fn live(seed: u64) -> Life {
    std::panic::catch_unwind(|| Life::new(seed).run()).unwrap_or_else(|_| {
        panic!(
            "SEED={seed} broke; repeat it with SEED={seed} LIVES=1, and add it to crates/core/tests/seeds/random_lives.txt"
        );
    })
}

#[test]
fn whatever_happens_what_must_hold_holds() {
    let (first, lives) = (number("SEED", 1), number("LIVES", 3_000));
    let (mut resets, mut deliveries, mut failed, mut hands) = (0, 0, 0, 0);
    for seed in seeds("random_lives").into_iter().chain(first..first + lives) {
        let life = live(seed);
        (resets, hands) = (resets + life.resets.len(), hands + life.hands);
        deliveries += life.clients.values().sum::<usize>();
        failed += life.log.iter().filter(|line| line.contains("to: Failed")).count();
    }
    println!(
        "{lives} lives of {STEPS} steps from seed {first}: {resets} resets, {failed} failures, {hands} hands"
    );
    assert!(
        lives < 100 || (resets > 100 && deliveries > 1_000 && failed > 100 && hands > 1_000),
        "the lives were too quiet"
    );
}

#[test]
fn the_same_inputs_give_the_same_state_byte_for_byte() {
    for seed in 1..200 {
        let (one, other) = (live(seed), live(seed));
        assert_eq!(one.log, other.log, "SEED={seed}");
        assert_eq!(one.world.routing(), other.world.routing(), "SEED={seed}");
        assert_eq!(one.world.team, other.world.team, "SEED={seed}");
        assert_eq!(format!("{:?}", one.world.team), format!("{:?}", other.world.team), "SEED={seed}");
    }
}

#[test]
fn when_everybody_has_left_nothing_goes_on() {
    for seed in 1..200 {
        let mut life = live(seed);
        for account in AccountId::first(NAMES.len()) {
            life.tell(Input::Leaves { account });
        }
        // The window of the last message, and the bots' backlog, end; then nothing is due.
        for _ in 0..5_000 {
            if life.world.team.poll_timeout().is_none() {
                break;
            }
            life.world.step();
        }
        assert_eq!(life.world.team.dedup().len(), 0, "SEED={seed}: nothing is remembered for ever");
        assert_eq!(life.world.team.bots().backlog(), 0, "SEED={seed}");
        assert_eq!(life.world.team.poll_timeout(), None, "SEED={seed}: no timer is left");
    }
}
