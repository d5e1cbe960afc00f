//! An account that hears, and whose words vanish, is found: its dings are not answered, and a teammate's are.
#![allow(missing_docs, clippy::expect_used)]

use crate::support::{DONG_FROM, NORTH, SOUTH, WEST, World, minutes, said, seconds, setup, written, wxid};
use ha_wechaty_core::{AccountId, AlarmKind, AlarmStep, Command, Notice, Setup, Standing};

/// Accounts that live for so long: each hears somebody in private all these seconds, and is answered by the heartbeat contact as
/// `answers` says. Returns whom was asked, who was reset, and what people are told.
#[derive(Default)]
struct Lived {
    asked: Vec<AccountId>,
    resets: Vec<AccountId>,
    told: Vec<(AlarmKind, AlarmStep)>,
}

struct Life {
    world: World,
    number: u64,
}

impl Life {
    fn of(accounts: usize) -> Self {
        Self { world: World::up_with(&setup(accounts)), number: 0 }
    }

    /// Goes on for so many seconds.
    fn goes_on(&mut self, time: u64, every: u64, answers: impl Fn(AccountId) -> bool) -> Lived {
        let mut lived = Lived::default();
        for second in 1..=time {
            let mut commands = self.world.pass(seconds(1));
            for account in AccountId::first(self.world.setup.accounts.len()) {
                // Not all at once.
                if second % every == 7 * u64::from(account.0) {
                    self.number += 1;
                    let text = format!("hello {}", self.number);
                    let message = written("alice", &wxid(account), &text, &text);
                    commands.extend(self.world.shows(account, message));
                }
            }
            self.answer(commands, &answers, &mut lived);
        }
        lived
    }

    fn answer(
        &mut self,
        mut commands: Vec<Command>,
        answers: &impl Fn(AccountId) -> bool,
        lived: &mut Lived,
    ) {
        while !commands.is_empty() {
            for command in std::mem::take(&mut commands) {
                if let Command::Ding { account, .. } = command {
                    lived.asked.push(account);
                    if answers(account) {
                        self.number += 1;
                        let id = format!("dong {}", self.number);
                        let dong = written(DONG_FROM, &wxid(account), "dong", &id);
                        commands.extend(self.world.shows(account, dong));
                    }
                } else if let Command::Reset { account } = command {
                    lived.resets.push(account);
                    commands.extend(self.world.login(account));
                } else if let Command::Note(Notice::Alarm(alarm)) = command {
                    lived.told.push((alarm.kind, alarm.step));
                }
            }
        }
    }

    fn standing(&self, account: AccountId) -> Standing {
        self.world.team.accounts()[account.index()].phase().standing()
    }

    fn text(&self, account: AccountId) -> String {
        self.world.team.accounts()[account.index()].phase().to_string()
    }
}

const MUTE: fn(AccountId) -> bool = |it| it != SOUTH;

#[test]
fn one_that_is_mute_is_found_reset_and_told_of_though_it_hears() {
    let mut life = Life::of(3);
    life.goes_on(360, 400, MUTE);
    let found = life.goes_on(330, 320, MUTE);
    assert!(found.asked.contains(&SOUTH) && found.asked.iter().any(|it| *it != SOUTH), "{:?}", found.asked);
    let text = life.text(SOUTH);
    assert!(text.starts_with("suspect: it hears, and nobody sees what it says: "), "{text}");
    let on = life.goes_on(600, 50, MUTE);
    assert_eq!(on.resets, [SOUTH], "hearing does not help it");
    assert_ne!(life.standing(SOUTH), Standing::Available, "nor does a login after a reset of ours");
    let on = life.goes_on(900, 50, MUTE);
    assert!(on.told.contains(&(AlarmKind::Failed, AlarmStep::Opened)), "{:?}", on.told);
    assert_eq!([NORTH, WEST].map(|it| life.standing(it)), [Standing::Available; 2]);
    let healed = life.goes_on(120, 50, |_| true);
    assert_eq!(life.standing(SOUTH), Standing::Available, "{}: {:?}", life.text(SOUTH), healed.asked);
}

#[test]
fn while_the_heartbeat_contact_is_away_nobody_who_hears_is_reset() {
    for accounts in [1, 2, 3] {
        let mut life = Life::of(accounts);
        let away = life.goes_on(3 * 3_600, 450, |_| false);
        assert_eq!(away.resets, []);
        assert_eq!(away.told, []);
        let back = life.goes_on(1_800, 450, |_| true);
        assert_eq!((back.resets, back.told), (Vec::new(), Vec::new()));
        for account in AccountId::first(accounts) {
            assert_eq!(life.standing(account), Standing::Available, "{}", life.text(account));
        }
    }
}

#[test]
fn one_that_was_doubted_is_believed_once_the_contact_is_away_for_all() {
    for accounts in [2, 3] {
        let mut life = Life::of(accounts);
        // It answers all but one for a while.
        for slice in 0.. {
            if life.text(SOUTH).starts_with("suspect: it hears") {
                break;
            }
            assert!(slice < 20, "{}", life.text(SOUTH));
            life.goes_on(320, 320, MUTE);
        }
        let away = life.goes_on(2 * 3_600, 100, |_| false);
        assert_eq!(away.resets, []);
        assert!(!away.told.contains(&(AlarmKind::Failed, AlarmStep::Opened)), "{:?}", away.told);
        assert_eq!(life.standing(SOUTH), Standing::Available, "{}", life.text(SOUTH));
    }
}

#[test]
fn two_that_are_mute_are_both_found_by_the_third() {
    let mut life = Life::of(3);
    let mut resets = Vec::new();
    for _ in 0..20 {
        resets.extend(life.goes_on(100, 100, |it| it == NORTH).resets);
        resets.extend(life.goes_on(320, 320, |it| it == NORTH).resets);
    }
    assert!([SOUTH, WEST].iter().all(|it| resets.contains(it)), "{resets:?}");
    assert!(!resets.contains(&NORTH), "{resets:?}");
    assert_eq!(life.standing(NORTH), Standing::Available, "{}", life.text(NORTH));
}

#[test]
fn another_heartbeat_contact_is_another_witness() {
    let mut life = Life::of(3);
    life.goes_on(800, 320, MUTE);
    assert_ne!(life.standing(SOUTH), Standing::Available);
    let setup = Setup { heartbeat_contact: Some("gh_another".into()), ..life.world.setup.clone() };
    life.world.follows(setup);
    life.goes_on(330, 320, |_| false);
    assert_eq!(life.standing(SOUTH), Standing::Available, "{}", life.text(SOUTH));
}

#[test]
fn one_that_a_reset_heals_is_well_at_once() {
    let mut life = Life::of(2);
    life.goes_on(800, 320, MUTE);
    assert_ne!(life.standing(SOUTH), Standing::Available);
    // What is asked after the reset is answered.
    let healed = std::cell::Cell::new(false);
    for _ in 0..100 {
        let lived = life.goes_on(10, 320, |it| it != SOUTH || healed.get());
        healed.set(healed.get() || !lived.resets.is_empty());
        if healed.get() {
            break;
        }
    }
    assert!(healed.get(), "it was reset");
    life.goes_on(200, 320, |_| true);
    assert_eq!(life.standing(SOUTH), Standing::Available, "{}", life.text(SOUTH));
}

#[test]
fn a_teammate_that_sees_what_it_says_shows_that_it_speaks() {
    let mut life = Life::of(2);
    life.goes_on(800, 320, MUTE);
    assert_ne!(life.standing(SOUTH), Standing::Available);
    life.world.connect(1);
    life.world.begins(1, SOUTH, "anybody here?");
    life.world.shows(NORTH, said(&wxid(SOUTH), "anybody here?", "n1"));
    assert_eq!(life.standing(SOUTH), Standing::Available, "{}", life.text(SOUTH));
}

#[test]
fn one_alone_is_judged_by_what_it_hears() {
    let mut life = Life::of(1);
    let lived = life.goes_on(2 * 3_600, 450, |_| false);
    assert_eq!(lived.resets, []);
    assert_eq!(life.world.pass(minutes(0)), []);
}
