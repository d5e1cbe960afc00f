//! One identity: how ids of accounts become ids of the team, and back, without a table.
//!
//! * Towards a bot every account's own contact id becomes the **virtual self**.
//! * What one account owns (a message, a friendship, an invitation, a file) is **tagged** with its name:
//!   `<id>~<account>`. Tags are undone from the right, so an id may itself contain a `~`.
//! * Contact and room ids pass unchanged, unless the account's provider gives every account ids of its own
//!   ([`Ids::Own`]): then they are tagged too.

use alloc::{
    format,
    string::{String, ToString},
    vec::Vec,
};

use crate::{account::AccountId, account_set::AccountSet};

/// What parts an id from the account that owns it.
const TAG: char = '~';

/// Whether a contact or a room has the same id for every account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Ids {
    /// The provider's ids are global: one person has one id.
    #[default]
    Shared,
    /// Every account has ids of its own.
    Own,
}

/// An account as far as ids are concerned.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Member {
    name: String,
    ids: Ids,
    contact_id: Option<String>,
}

/// The team's identity at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    self_id: String,
    members: Vec<Member>,
}

impl Identity {
    pub(crate) fn new<'a>(self_id: &str, accounts: impl Iterator<Item = (&'a str, Ids)>) -> Self {
        let members = accounts.map(|(name, ids)| Member { name: name.to_string(), ids, contact_id: None });
        Self { self_id: self_id.to_string(), members: members.collect() }
    }

    /// `account` is logged in as this contact. True if that is news. An empty id says nothing: were it an
    /// account's own, everybody without a name would be the virtual self.
    pub(crate) fn set_contact_id(&mut self, account: AccountId, contact_id: &str) -> bool {
        let Some(member) = self.members.get_mut(account.index()) else { return false };
        if contact_id.is_empty() || member.contact_id.as_deref() == Some(contact_id) {
            return false;
        }
        member.contact_id = Some(contact_id.to_string());
        true
    }

    /// The virtual self's contact id.
    pub fn self_id(&self) -> &str {
        &self.self_id
    }

    /// An account's name.
    pub fn name(&self, account: AccountId) -> &str {
        self.members.get(account.index()).map_or("?", |member| &member.name)
    }

    /// The account whose own contact id this is.
    pub fn account_of(&self, contact_id: &str) -> Option<AccountId> {
        let is_own = |member: &Member| member.contact_id.as_deref() == Some(contact_id);
        self.members.iter().position(is_own).map(|index| AccountId(index as u8))
    }

    /// An id that `account` owns, as the bot knows it.
    pub fn tag(&self, account: AccountId, id: &str) -> String {
        format!("{id}{TAG}{}", self.name(account))
    }

    /// The owner of a tagged id, and the id as the owner knows it.
    pub fn untag<'a>(&self, id: &'a str) -> Option<(AccountId, &'a str)> {
        let (own, name) = id.rsplit_once(TAG)?;
        let index = self.members.iter().position(|member| member.name == name)?;
        Some((AccountId(index as u8), own))
    }

    /// A contact that `account` speaks of, as the bot knows it.
    pub fn contact_out(&self, account: AccountId, id: &str) -> String {
        if self.account_of(id).is_some() { self.self_id.clone() } else { self.shared_out(account, id) }
    }

    /// A room that `account` speaks of, as the bot knows it.
    pub fn room_out(&self, account: AccountId, id: &str) -> String {
        self.shared_out(account, id)
    }

    /// A contact that the bot speaks of, as `account` knows it: the virtual self is the account itself.
    /// `None` where the account can't know it: it belongs to another one, or the account never logged in.
    pub fn contact_in(&self, account: AccountId, id: &str) -> Option<String> {
        if id == self.self_id {
            return self.members.get(account.index())?.contact_id.clone();
        }
        self.shared_in(account, id)
    }

    /// A room that the bot speaks of, as `account` knows it, if it can.
    pub fn room_in(&self, account: AccountId, id: &str) -> Option<String> {
        self.shared_in(account, id)
    }

    /// The one account that can know a contact or room, where ids are not shared.
    pub fn only_holder(&self, id: &str) -> Option<AccountId> {
        let (account, _) = self.untag(id)?;
        (self.ids(account) == Ids::Own).then_some(account)
    }

    /// The accounts whose ids are everybody's, and whose own contact id is known.
    pub(crate) fn comparable(&self) -> AccountSet {
        let is_comparable = |member: &Member| member.ids == Ids::Shared && member.contact_id.is_some();
        let members = self.members.iter().enumerate().filter(|(_, member)| is_comparable(member));
        members.map(|(index, _)| AccountId(index as u8)).collect()
    }

    fn ids(&self, account: AccountId) -> Ids {
        self.members.get(account.index()).map_or(Ids::Shared, |member| member.ids)
    }

    fn shared_out(&self, account: AccountId, id: &str) -> String {
        // No id, no tag: an empty field means "none".
        match self.ids(account) {
            Ids::Own if !id.is_empty() => self.tag(account, id),
            _ => id.to_string(),
        }
    }

    fn shared_in(&self, account: AccountId, id: &str) -> Option<String> {
        match (self.only_holder(id), self.ids(account)) {
            (Some(holder), _) if holder == account => self.untag(id).map(|(_, own)| own.to_string()),
            (Some(_), _) => None,
            (None, Ids::Shared) => Some(id.to_string()),
            (None, Ids::Own) => id.is_empty().then(String::new),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const NORTH: AccountId = AccountId(0);
    const SOUTH: AccountId = AccountId(1);
    const OWN: AccountId = AccountId(2);

    fn identity() -> Identity {
        let accounts = [("north", Ids::Shared), ("south", Ids::Shared), ("own", Ids::Own)];
        let mut identity = Identity::new("bot", accounts.into_iter());
        identity.set_contact_id(NORTH, "wxid_north");
        identity.set_contact_id(SOUTH, "wxid_south");
        identity
    }

    #[test]
    fn every_account_is_the_virtual_self_to_a_bot() {
        let it = identity();
        assert_eq!(it.contact_out(NORTH, "wxid_north"), "bot");
        assert_eq!(it.contact_out(NORTH, "wxid_south"), "bot", "a teammate is no stranger");
        assert_eq!(it.contact_out(NORTH, "alice"), "alice");
    }

    #[test]
    fn the_virtual_self_is_each_account_to_itself() {
        let it = identity();
        assert_eq!(it.contact_in(SOUTH, "bot").as_deref(), Some("wxid_south"));
        assert_eq!(it.contact_in(OWN, "bot"), None, "it never logged in");
    }

    #[test]
    fn ids_of_ones_own_belong_to_one_account_only() {
        let it = identity();
        let tagged = it.contact_out(OWN, "@alice");
        assert_eq!(tagged, "@alice~own");
        assert_eq!(it.contact_in(OWN, &tagged).as_deref(), Some("@alice"));
        assert_eq!(it.contact_in(NORTH, &tagged), None);
        assert_eq!(it.contact_in(OWN, "alice"), None, "a shared id means nothing to it");
        assert_eq!(it.only_holder(&tagged), Some(OWN));
        assert_eq!(it.room_out(OWN, ""), "", "no room stays no room");
    }

    #[test]
    fn an_id_nobody_owns_is_nobodys() {
        let it = identity();
        assert_eq!(it.untag("m1"), None);
        assert_eq!(it.untag("m1~west"), None);
    }

    proptest! {
        #[test]
        fn a_tag_is_undone_exactly(id in ".*", account in 0u8..3) {
            let it = identity();
            let tagged = it.tag(AccountId(account), &id);
            prop_assert_eq!(it.untag(&tagged), Some((AccountId(account), id.as_str())));
        }
    }
}
