//! How the bot's answers find an account: as the gateway's own calls do it.

use std::{cell::RefCell, collections::BTreeMap};

use ha_wechaty_core::{
    AccountId, AccountSet, Aim, Draw, Input, MessageFacts, MessageKind, Round, SendId, SendResult, Time,
    Work, WorkResult,
};

use super::{BOT, CLIENT, Ours};
use crate::{
    people::Place,
    tally::Cause,
    world::{End, World, answer_to},
};

/// An answer that waits for an account.
#[derive(Debug, Clone, Copy)]
pub(super) struct Waiting {
    pub(super) until: Time,
    place: Place,
    question: usize,
}

impl Ours {
    /// The bot is shown a message; it asks for it, and answers at once.
    pub(super) fn bot(&mut self, world: &mut World<'_>, id: String) {
        let number = id.split_once('~').and_then(|(number, _)| number.parse::<u64>().ok());
        self.inputs.push_back(Input::Acknowledged { client: Some(CLIENT), bot: BOT, id });
        if let Some((place, question)) = number.and_then(|number| self.asked.get(&number).copied()) {
            let until = world.now + self.config.pace.max_wait;
            self.answer(world, Waiting { until, place, question });
        }
    }

    /// As `call::send` does it: one account after the other, and if nobody is there, it waits.
    pub(super) fn answer(&mut self, world: &mut World<'_>, it: Waiting) {
        let conversation = self.name(it.place).to_owned();
        let order = self.routing.order(Aim::Say(&conversation), Some(Work::Send), &self.turns);
        let is_nobody = order.is_empty();
        let mut is_refused = false;
        for account in order {
            match self.send(world, account, &conversation, it) {
                End::Accepted => return,
                End::Refused | End::Throttled => is_refused = true,
                End::Unreachable => {}
            }
        }
        if is_nobody {
            world.tally.lose(it.question, Cause::Refused);
        }
        if !is_refused && world.now < it.until {
            self.waiting.push(it);
        }
    }

    fn send(&mut self, world: &mut World<'_>, account: AccountId, conversation: &str, it: Waiting) -> End {
        self.sends += 1;
        let send = SendId(self.sends);
        let (room, listener) = match it.place {
            Place::Room(_) => (conversation.to_owned(), String::new()),
            Place::Private(_) => (String::new(), conversation.to_owned()),
        };
        let message = MessageFacts {
            talker: self.config.self_id.clone(),
            room,
            listener,
            kind: MessageKind::Text,
            content: answer_to(it.question),
            ..MessageFacts::default()
        };
        self.inputs.push_back(Input::SendBegins { send, account, message });
        let end = world.send(account.index(), it.place, it.question);
        let result = match end {
            End::Accepted => Some(WorkResult::Done),
            End::Refused => Some(WorkResult::Failed),
            End::Throttled => Some(WorkResult::Throttled),
            End::Unreachable => None,
        };
        self.inputs.extend(result.map(|result| Input::Worked { account, work: Work::Send, result }));
        let outcome = match end {
            End::Accepted => SendResult::Sent { id: format!("s{}", self.sends) },
            End::Refused | End::Throttled | End::Unreachable => SendResult::Refused,
        };
        let conversation = conversation.to_owned();
        self.inputs.push_back(Input::SendEnds { send, account, conversation, outcome });
        end
    }
}

/// Whose turn it is, as the gateway counts it; the default policy needs no more.
#[derive(Debug, Default)]
pub(super) struct Turns(RefCell<BTreeMap<(AccountSet, Round), u64>>);

impl Draw for Turns {
    fn ticket(&self, among: AccountSet, round: Round) -> u64 {
        let mut turns = self.0.borrow_mut();
        let turn = turns.entry((among, round)).or_default();
        *turn += 1;
        *turn
    }

    fn random(&self) -> u64 {
        self.ticket(AccountSet::EMPTY, Round::Ask)
    }

    fn load(&self, _: AccountId) -> u64 {
        0
    }
}
