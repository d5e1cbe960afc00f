//! The gateway is killed and started again, as often as it likes: no window holds more than its limit all the same.

use std::collections::BTreeMap;

use ha_wechaty_core::{
    AccountId, Allowance, BotId, Errand, Input, Limit, Pace, Paced, Queue, SendId, SendResult, Setup, Team,
    Ticket, Time, TryEnd, Turn,
};
use proptest::prelude::*;

use crate::{
    pace::office::{pace, seconds},
    support::{random::check, said},
};

const ACCOUNTS: u8 = 2;
const CONVERSATIONS: u8 = 3;

#[derive(Debug, Clone)]
enum Happens {
    Passes(u64),
    Joins(Paced, u8),
    /// One that is under way ends.
    Ends(usize, End),
    Restarts,
}

/// How something ends that an account was asked for.
#[derive(Debug, Clone, Copy, PartialEq)]
enum End {
    Done,
    NeverLeft,
    Refused,
    Unsure,
}

fn happens() -> impl Strategy<Value = Happens> {
    let paced =
        prop::sample::select(vec![Paced::Message, Paced::Message, Paced::FriendAdd, Paced::RoomInvitation]);
    let end = prop::sample::select(vec![End::Done, End::Done, End::NeverLeft, End::Refused, End::Unsure]);
    prop_oneof![
        3 => (0..8u64).prop_map(Happens::Passes),
        6 => (paced, 0..CONVERSATIONS).prop_map(|(paced, about)| Happens::Joins(paced, about)),
        5 => (0..10usize, end).prop_map(|(which, end)| Happens::Ends(which, end)),
        1 => Just(Happens::Restarts),
    ]
}

fn limits() -> impl Strategy<Value = Vec<Limit>> {
    let limit = (1..4u32, 1..40u64).prop_map(|(count, window)| Limit { count, window: seconds(window) });
    prop::collection::vec(limit, 0..3)
}

/// What was begun: when, and when it ended; `None` while it is under way.
type Begun = (Time, Option<Time>);

/// A meter that forgets nothing.
#[derive(Default)]
struct Honest(Vec<Begun>);

impl Honest {
    fn begins(&mut self, now: Time, limits: &[Limit]) -> usize {
        for limit in limits {
            let counts = |it: &&Begun| it.1.is_none_or(|end| end + limit.window > now);
            let used = self.0.iter().filter(counts).count();
            assert!(used < limit.count as usize, "{used} of {limit:?} at {now:?}");
        }
        self.0.push((now, None));
        self.0.len() - 1
    }

    fn ends(&mut self, now: Time, place: usize, is_done: bool) {
        // What was never done is as if it had been over before time began, for windows are not that long.
        self.0[place].1 = Some(if is_done { now } else { Time::ZERO });
    }
}

/// Something that an account was asked for.
struct Going {
    ticket: Ticket,
    act: SendId,
    account: AccountId,
    paced: Paced,
    about: String,
    /// Its places in the account's honest meter, and in the conversation's.
    places: (usize, Option<usize>),
}

struct Trial {
    setup: Setup,
    pace: Pace,
    team: Team,
    queue: Queue,
    /// After the first hour, so that nothing is done as time begins.
    now: Time,
    tickets: u64,
    acts: u64,
    waiting: BTreeMap<Ticket, (Paced, String)>,
    going: Vec<Going>,
    by_account: BTreeMap<(AccountId, Paced), Honest>,
    by_conversation: BTreeMap<String, Honest>,
}

impl Trial {
    fn new(of_account: &[Limit], per_conversation: &[Limit]) -> Self {
        let every = || of_account.to_vec();
        let allowance = Allowance {
            messages: every(),
            friend_adds: every(),
            room_creations: every(),
            room_invitations: every(),
        };
        let mut setup =
            Setup { per_conversation: per_conversation.to_vec(), ..crate::support::setup(ACCOUNTS.into()) };
        setup.accounts.iter_mut().for_each(|it| it.allowance = allowance.clone());
        let accounts = vec![allowance; ACCOUNTS.into()];
        let pace = Pace { accounts, ..pace(ACCOUNTS, &[], per_conversation) };
        let now = Time::ZERO + seconds(3_600);
        let team = Team::new(now, &setup, 7);
        let queue = Queue::new(pace.clone());
        let (waiting, going) = (BTreeMap::new(), Vec::new());
        let (by_account, by_conversation) = (BTreeMap::new(), BTreeMap::new());
        Self {
            setup,
            pace,
            team,
            queue,
            now,
            tickets: 0,
            acts: 0,
            waiting,
            going,
            by_account,
            by_conversation,
        }
    }

    fn tell(&mut self, input: Input) {
        self.team.handle(self.now, input);
        while self.team.poll_command().is_some() {}
    }

    fn step(&mut self, happens: &Happens) {
        match happens {
            Happens::Passes(time) => {
                let end = self.now + seconds(*time);
                while let Some(wake) = self.queue.poll_timeout().filter(|wake| *wake <= end) {
                    self.now = self.now.max(wake);
                    self.queue.advance(self.now, false, |_, seek| Some(anybody_but(seek.tried)));
                    self.take_turns();
                }
                self.now = end;
            }
            Happens::Joins(paced, about) => {
                let (ticket, about) = (Ticket(self.tickets), about.to_string());
                self.tickets += 1;
                self.waiting.insert(ticket, (*paced, about.clone()));
                let errand = Errand { paced: *paced, subject: about, bot: BotId(0), weight: 1 };
                let until = self.now + seconds(1_000);
                let joined =
                    self.queue.join(self.now, ticket, errand, until, |_, seek| Some(anybody_but(seek.tried)));
                joined.expect("there is room");
            }
            Happens::Ends(which, end) if !self.going.is_empty() => {
                let going = self.going.remove(which % self.going.len());
                self.end(going, *end);
                self.queue.advance(self.now, false, |_, seek| Some(anybody_but(seek.tried)));
            }
            Happens::Ends(..) => {}
            Happens::Restarts => self.restart(),
        }
        self.take_turns();
    }

    /// Whoever has its turn is asked.
    fn take_turns(&mut self) {
        while let Some((ticket, turn)) = self.queue.poll_turn() {
            match turn {
                Turn::Go(account) => self.begin(ticket, account),
                Turn::Expired(_) => drop(self.waiting.remove(&ticket)),
                Turn::Nobody => {
                    self.waiting.remove(&ticket);
                    self.queue.leave(self.now, ticket, false);
                }
                Turn::Crowded(_) => panic!("{turn:?}: there is room"),
            }
        }
    }

    fn begin(&mut self, ticket: Ticket, account: AccountId) {
        let (paced, about) = self.waiting.remove(&ticket).expect("it waits");
        let act = SendId(self.acts);
        self.acts += 1;
        let of_account = self.setup.accounts[account.index()].allowance.of(paced).to_vec();
        let own = self.by_account.entry((account, paced)).or_default().begins(self.now, &of_account);
        let is_said = paced == Paced::Message;
        let theirs = is_said.then(|| {
            let honest = self.by_conversation.entry(about.clone()).or_default();
            honest.begins(self.now, &self.setup.per_conversation)
        });
        self.tell(match is_said {
            true => {
                let message =
                    ha_wechaty_core::MessageFacts { room: about.clone(), ..said("bot", "hello", "") };
                Input::SendBegins { send: act, account, message }
            }
            false => Input::ActBegins { act, account, paced },
        });
        self.queue.asks(self.now, ticket);
        self.going.push(Going { ticket, act, account, paced, about, places: (own, theirs) });
    }

    fn end(&mut self, going: Going, end: End) {
        let Going { ticket, act, account, paced, .. } = going;
        let counts = end != End::NeverLeft;
        let outcome = match end {
            End::Done => SendResult::Sent { id: act.0.to_string() },
            End::NeverLeft => SendResult::NotSent,
            End::Refused => SendResult::Refused,
            End::Unsure => SendResult::Unsure { is_over: true },
        };
        self.is_over(&going, counts, end != End::Refused);
        self.tell(match paced {
            Paced::Message => {
                Input::SendEnds { send: act, account, conversation: going.about.clone(), outcome }
            }
            Paced::FriendAdd | Paced::RoomCreation | Paced::RoomInvitation => {
                Input::ActEnds { act, account, is_done: counts }
            }
        });
        match end {
            // Another account is asked.
            End::Refused => {
                self.queue.failed(self.now, ticket, TryEnd::Refused);
                self.waiting.insert(ticket, (paced, going.about));
            }
            End::Done | End::NeverLeft | End::Unsure => self.queue.leave(self.now, ticket, counts),
        }
    }

    /// Whether it counts for its account, and whether anybody may have been told anything.
    fn is_over(&mut self, going: &Going, is_done: bool, is_told: bool) {
        let Going { account, paced, about, places: (own, theirs), .. } = going;
        self.by_account.entry((*account, *paced)).or_default().ends(self.now, *own, is_done);
        if let Some(theirs) = theirs {
            self.by_conversation.entry(about.clone()).or_default().ends(
                self.now,
                *theirs,
                is_done && is_told,
            );
        }
    }

    /// All that waits is gone, and what is under way may be done until now.
    fn restart(&mut self) {
        for going in std::mem::take(&mut self.going) {
            self.is_over(&going, true, true);
        }
        self.waiting.clear();
        self.tell(Input::Restarts { setup: Box::new(self.setup.clone()) });
        let before = std::mem::replace(&mut self.queue, Queue::new(self.pace.clone()));
        self.queue.resume(self.now, self.team.spent());
        for (account, paced) in
            AccountId::first(ACCOUNTS.into()).flat_map(|it| Paced::ALL.map(|paced| (it, paced)))
        {
            let [was, is] = [&before, &self.queue].map(|queue| {
                let meter = queue.meter(account, paced).expect("there is one");
                meter.limits().iter().map(|limit| meter.used(self.now, *limit)).collect::<Vec<_>>()
            });
            assert_eq!(was, is, "{account:?} has used as much of its {paced:?} as before");
        }
        let numbers = self.team.numbers();
        assert_eq!(numbers.send, self.acts, "numbers go on behind the last");
    }
}

fn anybody_but(tried: ha_wechaty_core::AccountSet) -> Vec<AccountId> {
    AccountId::first(ACCOUNTS.into()).filter(|account| !tried.contains(*account)).collect()
}

#[test]
fn no_window_is_exceeded_however_often_the_gateway_is_killed() {
    let strategy = (limits(), limits(), prop::collection::vec(happens(), 1..150));
    check(400, &strategy, |(of_account, per_conversation, script)| {
        let mut trial = Trial::new(&of_account, &per_conversation);
        script.iter().for_each(|happens| trial.step(happens));
    });
}

#[test]
fn a_queue_that_begins_anew_lets_go_on_at_once_what_is_within_its_pace() {
    let limit = |count, window| vec![Limit { count, window: seconds(window) }];
    let mut trial = Trial::new(&limit(3, 60), &limit(1, 10));
    for (about, time) in [(0, 1), (1, 1)] {
        trial.step(&Happens::Joins(Paced::Message, about));
        trial.step(&Happens::Ends(0, End::Done));
        trial.step(&Happens::Passes(time));
    }
    trial.step(&Happens::Restarts);
    trial.step(&Happens::Joins(Paced::Message, 0));
    assert_eq!(trial.going.len(), 0, "its conversation was told something two seconds ago");
    trial.step(&Happens::Joins(Paced::Message, 2));
    assert_eq!(trial.going.len(), 1);
    trial.step(&Happens::Passes(8));
    assert_eq!(trial.going.len(), 2, "ten seconds after the last");
    trial.step(&Happens::Passes(60));
    assert_eq!((trial.going.len(), trial.waiting.len()), (2, 0));
}
