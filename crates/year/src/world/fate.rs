//! What happens to phones by itself: faults, their ends, and the way back.

use std::time::Duration;

use ha_wechaty_core::Time;

use super::{Fact, World, phone::Caller};
use crate::{
    faults::{Fault, Kind},
    people::awake,
};

/// Something that happens by itself.
#[derive(Debug, Clone, Copy)]
pub(super) enum Event {
    Strike(usize, Fault),
    Provider(Duration),
    Contact(Duration),
    Up(usize),
    Repaired(usize, u64),
    Dong(usize),
    /// A person should know of this by now.
    Known(usize, u64),
}

/// A person who is needed should know of that by then.
const SOON: Duration = Duration::from_secs(30 * 60);
/// And of what a reset heals by then, unless there was one.
const HEALED: Duration = Duration::from_secs(2 * 60 * 60);

impl World<'_> {
    /// When something happens by itself.
    pub(crate) fn wake_at(&self) -> Option<Time> {
        self.events.first_key_value().map(|((at, _), _)| *at)
    }

    /// Lets happen what is due.
    pub(crate) fn wake(&mut self) {
        while let Some(entry) = self.events.first_entry().filter(|entry| entry.key().0 <= self.now) {
            match entry.remove() {
                Event::Strike(account, fault) => self.strike(account, fault),
                Event::Provider(lasts) => {
                    self.tally.faults += 1;
                    (0..self.accounts()).for_each(|account| self.crash(account, self.now + lasts));
                }
                Event::Contact(lasts) => self.contact_back = self.contact_back.max(self.now + lasts),
                Event::Up(account) => self.come_up(account),
                Event::Repaired(account, number) => self.repaired(account, number),
                Event::Dong(account) if self.phones[account].hears() => {
                    self.facts.push_back(Fact::Dong(account));
                }
                Event::Dong(_) => {}
                Event::Known(account, number) => {
                    let phone = &self.phones[account];
                    let is_unsaid = phone.trouble.is_some_and(|(it, _)| it == number) && !phone.alarmed;
                    self.tally.unsaid += u64::from(is_unsaid);
                }
            }
        }
    }

    pub(super) fn schedule(&mut self, at: Time, event: Event) {
        let number = self.number();
        self.events.insert((at, number), event);
    }

    fn strike(&mut self, account: usize, fault: Fault) {
        if fault.kind == Kind::Crash {
            self.tally.faults += 1;
            return self.crash(account, self.now + fault.lasts);
        }
        // It is ill already; that is enough.
        if self.phones[account].trouble.is_some() {
            return;
        }
        self.tally.faults += 1;
        if self.phones[account].is_sound() && fault.kind != Kind::Throttled {
            self.tally.fall_ill(account, self.now, fault.kind.is_silent());
        }
        let number = self.number();
        let phone = &mut self.phones[account];
        (phone.trouble, phone.alarmed, phone.is_felt) = (Some((number, fault)), false, false);
        if phone.is_logged_out() && phone.attached {
            self.facts.push_back(Fact::LoggedOut(account));
        }
        let end = match fault.kind.needs_person() {
            true => awake(self.assumptions, self.now, fault.unaided),
            false => self.now + fault.lasts,
        };
        self.schedule(end, Event::Repaired(account, number));
        // Whether one that is mute says anything is not known yet.
        if fault.kind.needs_person() && fault.kind != Kind::Mute {
            self.schedule(self.now + known(&fault), Event::Known(account, number));
        }
    }

    /// What an account said reached nobody.
    pub(super) fn is_unheard(&mut self, account: usize) {
        let phone = &mut self.phones[account];
        let Some((number, fault)) = phone.trouble.filter(|(_, fault)| fault.kind == Kind::Mute) else {
            return;
        };
        if !std::mem::replace(&mut phone.is_felt, true) {
            self.schedule(self.now + known(&fault), Event::Known(account, number));
        }
    }

    fn crash(&mut self, account: usize, until: Time) {
        if self.phones[account].is_sound() {
            self.tally.fall_ill(account, self.now, false);
        }
        let phone = &mut self.phones[account];
        phone.restarting = false;
        if phone.caller == Caller::Once {
            phone.caller = Caller::Nobody;
            self.facts.push_back(Fact::Lost(account));
        }
        self.go_down(account, until);
    }

    pub(super) fn go_down(&mut self, account: usize, until: Time) {
        let phone = &mut self.phones[account];
        let until = phone.down.map_or(until, |down| down.max(until));
        phone.down = Some(until);
        if std::mem::replace(&mut phone.attached, false) {
            self.facts.push_back(Fact::Lost(account));
        }
        self.schedule(until, Event::Up(account));
    }

    fn come_up(&mut self, account: usize) {
        let phone = &mut self.phones[account];
        if phone.down.is_none_or(|until| until > self.now) {
            return;
        }
        (phone.down, phone.restarting) = (None, false);
        // A crash ends in a restart too.
        phone.trouble = phone.trouble.filter(|(_, fault)| !(fault.kind.is_silent() && fault.reset_heals));
        if std::mem::take(&mut phone.caller) != Caller::Nobody {
            self.attach(account);
        }
    }

    pub(super) fn attach(&mut self, account: usize) {
        self.phones[account].attached = true;
        self.facts.push_back(Fact::Opened(account));
        if self.phones[account].is_logged_out() {
            self.facts.push_back(Fact::Scan(account));
        } else {
            self.log_in(account);
        }
    }

    fn repaired(&mut self, account: usize, number: u64) {
        let phone = &mut self.phones[account];
        let Some((_, fault)) = phone.trouble.take_if(|(it, _)| *it == number) else { return };
        // A person logs it in anew.
        if fault.kind.needs_person() && phone.attached {
            self.log_in(account);
        }
    }

    fn log_in(&mut self, account: usize) {
        self.facts.push_back(Fact::LoggedIn(account));
        if self.phones[account].hears() {
            let missed = self.phones[account].catch_up(self.now, self.assumptions.patience);
            self.facts.extend(missed.map(|message| Fact::Heard(account, message)));
        }
    }
}

/// How long after it begins a person should know of it.
fn known(fault: &Fault) -> Duration {
    if fault.kind.is_silent() && fault.reset_heals { HEALED } else { SOON }
}
