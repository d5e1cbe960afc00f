//! The immutable view of the team that a call is routed by.
//!
//! Calls of bots never wait for the core: it publishes a `Routing` whenever something changed that matters
//! to them, and they read the one that is there. What they find out they report afterwards.

use alloc::{borrow::ToOwned, format, string::String, vec::Vec};

use crate::{
    account::AccountId,
    account_set::AccountSet,
    balance::{Cycle, Draw, Policy, Round},
    directory::{Directory, Reach},
    ejection::Work,
    identity::Identity,
};

/// What a call is about, as far as choosing an account goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Aim<'a> {
    /// Nothing that only some accounts have.
    Anything,
    /// The virtual self: always the same account while it is there, since accounts differ in what they say
    /// of themselves.
    Oneself,
    /// To say something in a conversation: where the contact last wrote, or else by policy.
    Say(&'a str),
    /// To look at a contact or a room.
    See(&'a str),
    /// To change a room: its owner first, then its admins.
    Rule(&'a str),
}

/// The team, as calls see it.
#[derive(Debug, Clone, PartialEq)]
pub struct Routing {
    pub(crate) identity: Identity,
    pub(crate) available: AccountSet,
    /// For each kind of work, who is kept from it for a while.
    pub(crate) ejected: [AccountSet; Work::ALL.len()],
    pub(crate) policy: Policy,
    pub(crate) cycle: Cycle,
    pub(crate) directory: Directory,
    /// Who gets no new work, and may be asked for what nobody else has.
    pub(crate) draining: AccountSet,
    /// Who has left the team.
    pub(crate) left: AccountSet,
    /// Who is connected, not logged in, and not let be.
    pub(crate) to_log_in: AccountSet,
    /// Who of the team is not available, and why, for people.
    pub(crate) outages: Vec<(AccountId, String)>,
}

impl Routing {
    /// How ids are translated.
    pub fn identity(&self) -> &Identity {
        &self.identity
    }

    /// Who gets work: those that are well, or if none is, those that are suspect.
    pub fn available(&self) -> AccountSet {
        self.available
    }

    /// Those of these accounts that may be asked for what only these have: those that get work, or else those that get no
    /// new work.
    pub fn there(&self, owners: AccountSet) -> AccountSet {
        let available = owners.and(self.available);
        if available.is_empty() { owners.and(self.draining) } else { available }
    }

    /// Those that wait for a login.
    pub fn to_log_in(&self) -> AccountSet {
        self.to_log_in
    }

    /// Whether an account was in the team, and is no more: nobody waits for it, and what it alone owned nobody
    /// can tell of, unless it joins again.
    pub fn has_left(&self, account: AccountId) -> bool {
        self.left.contains(account)
    }

    /// The one account that could know such a contact or room, if that has left: nobody else ever can.
    pub fn holder_that_left(&self, id: &str) -> Option<AccountId> {
        self.identity.only_holder(id).filter(|holder| self.has_left(*holder))
    }

    /// What is known of a conversation.
    pub fn reach(&self, conversation: &str) -> Reach {
        self.directory.reach(conversation)
    }

    /// Those that reach a conversation, and are not available.
    pub fn away(&self, conversation: &str) -> AccountSet {
        self.reach(conversation).yes.without(self.available)
    }

    /// Why nobody can do it: who is down, and what would help.
    pub fn outage(&self) -> String {
        if !self.outages.is_empty() {
            let texts: Vec<&str> = self.outages.iter().map(|(_, text)| text.as_str()).collect();
            return format!("no account of the team is available: {}", texts.join("; "));
        }
        let why =
            if self.available.is_empty() { "the team has no account" } else { "no account can know this id" };
        why.to_owned()
    }

    /// Whether there is an account that could come back.
    pub fn is_anybody_away(&self) -> bool {
        !self.outages.is_empty()
    }

    /// Why those of these accounts that are away are so; empty if none is.
    pub fn outage_of(&self, accounts: AccountSet) -> String {
        let meant = self.outages.iter().filter(|(account, _)| accounts.contains(*account));
        let texts: Vec<&str> = meant.map(|(_, text)| text.as_str()).collect();
        texts.join("; ")
    }

    /// The available accounts that could do it, in the order in which to try them: first those that are
    /// known to reach it, then those of which it is not known. Those known not to reach it are left out as
    /// long as there is anybody else, and so are those that are kept from such `work` for a while. Nobody is
    /// left if something is to be said or changed by those that are away, and the rest is known to be unable.
    pub fn order(&self, aim: Aim<'_>, work: Option<Work>, draw: &impl Draw) -> Vec<AccountId> {
        self.spared(self.by_reach(aim, None, draw), work)
    }

    /// Who may say something, as by [`order`](Self::order); but if the account that is speaking there can go on, it
    /// does, and no turn of the policy is used up. A contact's own account comes before it.
    pub fn order_to_say(
        &self,
        conversation: &str,
        work: Option<Work>,
        speaker: Option<AccountId>,
        draw: &impl Draw,
    ) -> Vec<AccountId> {
        let spared = self.ejected_from(work);
        let speaker = speaker.filter(|speaker| !spared.contains(*speaker));
        self.spared(self.by_reach(Aim::Say(conversation), speaker, draw), work)
    }

    /// Without those that are kept from such work for a while, as long as there is anybody else.
    fn spared(&self, mut order: Vec<AccountId>, work: Option<Work>) -> Vec<AccountId> {
        let ejected = self.ejected_from(work);
        if order.iter().any(|account| !ejected.contains(*account)) {
            order.retain(|account| !ejected.contains(*account));
        }
        order
    }

    fn ejected_from(&self, work: Option<Work>) -> AccountSet {
        work.map_or(AccountSet::EMPTY, |work| self.ejected[work.index()])
    }

    fn by_reach(&self, aim: Aim<'_>, speaker: Option<AccountId>, draw: &impl Draw) -> Vec<AccountId> {
        let conversation = match aim {
            Aim::Anything => return self.cycle.order(self.policy, self.available, "", Round::Ask, draw),
            Aim::Oneself => return self.available.iter().collect(),
            Aim::Say(id) | Aim::See(id) | Aim::Rule(id) => id,
        };
        let round = if matches!(aim, Aim::Say(_)) { Round::Say } else { Round::Ask };
        let able = self.able(conversation);
        let reach = self.reach(conversation);
        let known = able.and(reach.yes);
        let unknown = able.without(reach.yes).without(reach.no);
        let spread = |among: AccountSet| match speaker.filter(|it| among.contains(*it)) {
            Some(speaker) => self.cycle.behind(speaker, self.policy, among, conversation),
            None => self.cycle.order(self.policy, among, conversation, round, draw),
        };
        let mut order = spread(known);
        order.extend(spread(unknown));
        let waits = !matches!(aim, Aim::See(_)) && !self.away(conversation).is_empty();
        if order.is_empty() && !waits {
            order = spread(able);
        }
        if order.is_empty() && matches!(aim, Aim::See(_)) {
            // Nobody else knows it.
            order = spread(self.able_of(self.draining, conversation).without(reach.no));
        }
        match aim {
            Aim::Say(_) => order.sort_by_key(|account| reach.last != Some(*account)),
            Aim::Rule(_) => {
                order
                    .sort_by_key(|account| (reach.owner != Some(*account), !reach.admins.contains(*account)));
            }
            Aim::Anything | Aim::Oneself | Aim::See(_) => {}
        }
        order
    }

    /// Every available account that it concerns: those that are known to reach it, or, if none is known,
    /// those that might.
    pub fn concerned(&self, conversation: &str) -> AccountSet {
        let able = self.able(conversation);
        let reach = self.reach(conversation);
        let known = able.and(reach.yes);
        if known.is_empty() { able.without(reach.no) } else { known }
    }

    /// The available accounts that can know such an id at all.
    fn able(&self, conversation: &str) -> AccountSet {
        self.able_of(self.available, conversation)
    }

    /// Those of these that can.
    fn able_of(&self, accounts: AccountSet, conversation: &str) -> AccountSet {
        match self.identity.only_holder(conversation) {
            Some(holder) => accounts.and([holder].into_iter().collect()),
            None => accounts
                .iter()
                .filter(|account| self.identity.contact_in(*account, conversation).is_some())
                .collect(),
        }
    }
}
