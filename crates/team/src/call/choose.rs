//! Which accounts could do what waits for its turn, best first, each time that there is a turn.

use std::sync::Arc;

use ha_wechaty_core::{
    AccountId, AccountSet, Aim, Class, Routing, Rpc, Seek, Work,
    rpc::{Age, RPCS},
};

use crate::state::{
    accounts::AccountSide,
    knowledge::{Book, Knowledge},
    sending::Choose,
};

/// Those who can say something in a conversation: as long as any is known to reach it, nobody else.
pub(super) fn speakers(accounts: Arc<AccountSide>, conversation: String, work: Option<Work>) -> Choose {
    Box::new(move |routing, Seek { tried, speaker }| {
        let mut order = routing.order_to_say(&conversation, work, speaker, &*accounts);
        let is_hopeless = !routing.is_anybody_away() || routing.holder_that_left(&conversation).is_some();
        if order.is_empty() && is_hopeless {
            return None;
        }
        order.retain(|account| !tried.contains(*account));
        let known = routing.reach(&conversation).yes;
        if order.iter().any(|account| known.contains(*account)) {
            order.retain(|account| known.contains(*account));
        }
        Some(order)
    })
}

/// Those of these accounts that are there, in this order; if none gets work, those that may be asked for what they alone
/// have.
pub(super) fn among(order: Vec<AccountId>) -> Choose {
    Box::new(move |routing, Seek { tried, .. }| {
        let there = routing.there(order.iter().copied().collect());
        let is_there = |it: &AccountId| there.contains(*it) && !tried.contains(*it);
        Some(order.iter().copied().filter(is_there).collect())
    })
}

/// Those, and among them these first.
pub(super) fn first(these: AccountSet, choose: Choose) -> Choose {
    if these.is_empty() {
        return choose;
    }
    Box::new(move |routing, seek| {
        let mut order = choose(routing, seek)?;
        order.sort_by_key(|account| !these.contains(*account));
        Some(order)
    })
}

/// Those, and last among them accounts whose generation of the protocol lacks this RPC, unless another one stands in. What is
/// made is made by those that have it, all the same.
pub(super) fn able(accounts: Arc<AccountSide>, rpc: &'static Rpc, choose: Choose) -> Choose {
    if !rpc.may_be_lacking() {
        return choose;
    }
    Box::new(move |routing, seek| {
        let mut order = choose(routing, seek)?;
        able_first(&accounts, rpc, &mut order);
        Some(order)
    })
}

/// The same, of an order.
pub(super) fn able_first(accounts: &AccountSide, rpc: &'static Rpc, order: &mut [AccountId]) {
    let is_as_good = rpc.stands_in.is_some() && rpc.conduct.class != Class::Create;
    if rpc.may_be_lacking() && !is_as_good {
        order.sort_by_key(|account| accounts.links.has(*account, rpc.name) == Some(false));
    }
}

/// Whether an account is of the older generation: of what only the newer one has it has told that it lacks something, and
/// nothing that it has. One that is merely not the newest lacks little.
pub(super) fn is_older(accounts: &AccountSide, account: AccountId) -> bool {
    let newer = || RPCS.iter().filter(|rpc| rpc.age == Age::Newer);
    let is = |has: bool| newer().any(|rpc| accounts.links.has(account, rpc.name) == Some(has));
    is(false) && !is(true)
}

/// Those, but for these.
pub(super) fn but(not: AccountSet, choose: Choose) -> Choose {
    if not.is_empty() {
        return choose;
    }
    Box::new(move |routing, Seek { tried, speaker }| {
        let speaker = speaker.filter(|it| !not.contains(*it));
        let mut order = choose(routing, Seek { tried: tried.or(not), speaker })?;
        order.retain(|account| !not.contains(*account));
        Some(order)
    })
}

/// Those who can change a room, by rank.
pub(super) fn rulers(accounts: Arc<AccountSide>, room: String, work: Option<Work>) -> Choose {
    Box::new(move |routing, Seek { tried, .. }| {
        let mut order = routing.order(Aim::Rule(&room), work, &*accounts);
        if order.is_empty() {
            return None;
        }
        order.retain(|account| !tried.contains(*account));
        Some(order)
    })
}

/// Those who know the most of these people, and above all whoever found them; the others once those can't.
pub(super) fn acquaintances(
    accounts: Arc<AccountSide>,
    knowledge: Arc<Knowledge>,
    people: Vec<String>,
    work: Option<Work>,
) -> Choose {
    Box::new(move |routing, Seek { tried, .. }| {
        let order = routing.order(Aim::Anything, work, &*accounts);
        if order.is_empty() {
            return None;
        }
        let rank = |account: &AccountId| acquaintance(&knowledge.book, routing, &people, *account);
        let left = || order.iter().copied().filter(|account| !tried.contains(*account));
        let best = left().map(|account| rank(&account)).max();
        Some(left().filter(|account| Some(rank(account)) == best).collect())
    })
}

/// How well an account knows these people.
pub(super) fn acquaintance(
    book: &Book,
    routing: &Routing,
    people: &[String],
    account: AccountId,
) -> (bool, usize) {
    let found = people.iter().any(|it| book.finder(it) == Some(account));
    let known = people.iter().filter(|it| routing.reach(it).yes.contains(account)).count();
    (found, known)
}

#[cfg(test)]
mod tests {
    use ha_wechaty_config::Config;

    use super::*;
    use crate::engine::new_team;

    #[test]
    fn who_must_not_is_chosen_neither_in_turn_nor_as_the_one_that_spoke_last() {
        let (team, ..) = new_team(&Config::new("team"));
        let routing = team.routing();
        let [north, south, west] = [0, 1, 2].map(AccountId);
        let first_the_speaker = || -> Choose {
            Box::new(move |_, Seek { tried, speaker }| {
                let all = speaker.into_iter().chain([north, south, west]);
                Some(all.filter(|it| !tried.contains(*it)).collect())
            })
        };
        let mut not = AccountSet::EMPTY;
        not.insert(south);
        let seek = |speaker| Seek { tried: AccountSet::EMPTY, speaker };
        let chosen = |speaker| but(not, first_the_speaker())(&routing, seek(speaker));
        assert_eq!(chosen(Some(south)), Some(vec![north, west]));
        assert_eq!(chosen(Some(west)), Some(vec![west, north, west]));
        let all = but(AccountSet::EMPTY, first_the_speaker())(&routing, seek(Some(south)));
        assert_eq!(all, Some(vec![south, north, south, west]));
    }
}
