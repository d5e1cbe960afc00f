//! (a) One account, and nobody who watches it: a bot as most are run.

use ha_wechaty_core::{AccountId, AccountSet, Time};

use super::{
    play::Rules,
    world::{Fact, World},
};

/// The account has the number 0.
#[derive(Debug, Default)]
pub(super) struct Alone {
    logged_in: bool,
}

impl Rules for Alone {
    fn begin(&mut self, world: &mut World<'_>) {
        world.dial_until_there(0);
    }

    fn handle(&mut self, world: &mut World<'_>, fact: Fact) {
        match fact {
            Fact::Lost(_) => {
                self.logged_in = false;
                world.dial_until_there(0);
            }
            Fact::LoggedIn(_) => self.logged_in = true,
            // It is told, but nobody reads it.
            Fact::LoggedOut(_) | Fact::Scan(_) => self.logged_in = false,
            Fact::Heard(account, message) => {
                if let Some(question) = message.question {
                    world.send(account, message.place, question);
                }
            }
            Fact::Opened(_) | Fact::Dong(_) => {}
        }
    }

    fn wake_at(&self) -> Option<Time> {
        None
    }

    fn wake(&mut self, _: &mut World<'_>) {}

    fn at_work(&self) -> AccountSet {
        self.logged_in.then_some(AccountId(0)).into_iter().collect()
    }
}
