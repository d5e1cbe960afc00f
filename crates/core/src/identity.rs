//! One identity: how ids of accounts become ids of the team, and back, without a table.
//!
//! * Towards a bot every account's own contact id becomes the **virtual self**.
//! * What one account owns (a message, a friendship, an invitation, a file) is **tagged** with its name:
//!   `<id>~<account>`. Tags are undone from the right, so an id may itself contain a `~`.
//! * Contact and room ids pass unchanged, unless the account's provider gives every account ids of its own
//!   ([`Ids::Own`]): then they are tagged too, but for those that are the same for everybody ([`COMMON_IDS`]).
//!
//! A name stays its account's when that has left the team: what it owned is its own again when it comes back.
//! Long after, another name may have its place; then what was tagged with the first one is nobody's. The contact id that it had stays the team's own for a while; see [`past`](crate::past).

use alloc::{
    collections::BTreeSet,
    format,
    string::{String, ToString},
    vec::Vec,
};

use core::time::Duration;

use crate::{account::AccountId, account_set::AccountSet, past::Past, time::Time};

/// What parts an id from the account that owns it.
const TAG: char = '~';

/// Whether a contact or a room has the same id for every account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum Ids {
    /// The provider's ids are global: one person has one id.
    #[default]
    Shared,
    /// Every account has ids of its own.
    Own,
}

/// Ids that WeChat itself has, the same for every account whatever its provider does with ids: who serves everybody,
/// and whom a mention of all means. The special users of web WeChat, and what mentions and announcements name.
pub const COMMON_IDS: &[&str] = &[
    "@all",
    "announcement@all",
    "notify@all",
    "blogapp",
    "blogappweixin",
    "brandsessionholder",
    "exmail_tool",
    "facebookapp",
    "feedsapp",
    "filehelper",
    "floatbottle",
    "fmessage",
    "lbsapp",
    "masssendapp",
    "medianote",
    "meishiapp",
    "mphelper",
    "newsapp",
    "notification_messages",
    "notifymessage",
    "officialaccounts",
    "qmessage",
    "qqfriend",
    "qqmail",
    "qqsync",
    "readerapp",
    "shakeapp",
    "tmessage",
    "userexperience_alarm",
    "voip",
    "weibo",
    "weixin",
    "weixinguanhaozhushou",
    "weixinreminder",
    "wxitil",
];

/// An account as far as ids are concerned.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
struct Member {
    name: String,
    ids: Ids,
    /// Unknown before its first login, and nobody's when it has left.
    contact_id: Option<String>,
}

/// The team's identity at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Identity {
    self_id: String,
    members: Vec<Member>,
    past: Past,
    /// Besides [`COMMON_IDS`].
    common: BTreeSet<String>,
}

impl Identity {
    /// How many contact ids are remembered that accounts had.
    pub(crate) fn former(&self) -> usize {
        self.past.len()
    }

    /// Of nobody yet. A contact id that an account had stays the team's own for `past`.
    pub(crate) fn new(self_id: &str, past: Duration, common: BTreeSet<String>) -> Self {
        Self { self_id: self_id.to_string(), members: Vec::new(), past: Past::new(past), common }
    }

    /// From now on this is the virtual self, and these are everybody's ids besides [`COMMON_IDS`].
    pub(crate) fn follow(&mut self, self_id: &str, past: Duration, common: BTreeSet<String>) {
        (self.self_id, self.common) = (self_id.to_string(), common);
        self.past.set_age(past);
    }

    /// An account joins: the one behind the last, one that had left, or another one in its place.
    pub(crate) fn admit(&mut self, account: AccountId, name: &str, ids: Ids) {
        match self.members.get_mut(account.index()) {
            Some(member) => {
                member.ids = ids;
                if member.name != name {
                    // What is tagged with the old name is nobody's from now on.
                    (member.name, member.contact_id) = (name.to_string(), None);
                }
            }
            None => self.members.push(Member { name: name.to_string(), ids, contact_id: None }),
        }
    }

    /// An account has left.
    pub(crate) fn dismiss(&mut self, now: Time, account: AccountId) {
        let member = self.members.get_mut(account.index());
        if let Some(contact_id) = member.and_then(|it| it.contact_id.take()) {
            self.retire(now, account, contact_id);
        }
    }

    /// `account` is logged in as this contact. True if that is news. An empty id says nothing: were it an
    /// account's own, everybody without a name would be the virtual self.
    pub(crate) fn set_contact_id(&mut self, now: Time, account: AccountId, contact_id: &str) -> bool {
        let Some(member) = self.members.get_mut(account.index()) else { return false };
        if contact_id.is_empty() || member.contact_id.as_deref() == Some(contact_id) {
            return false;
        }
        let before = member.contact_id.replace(contact_id.to_string());
        self.past.take(contact_id);
        if let Some(before) = before {
            self.retire(now, account, before);
        }
        true
    }

    /// When [`Identity::handle_timeout`] has something to do.
    pub(crate) fn poll_timeout(&self) -> Option<Time> {
        self.past.poll_timeout()
    }

    /// Forgets the contact ids that accounts had long ago. True if there were any.
    pub(crate) fn handle_timeout(&mut self, now: Time) -> bool {
        self.past.handle_timeout(now)
    }

    /// The virtual self's contact id.
    pub fn self_id(&self) -> &str {
        &self.self_id
    }

    /// An account's name.
    pub fn name(&self, account: AccountId) -> &str {
        self.members.get(account.index()).map_or("?", |member| &member.name)
    }

    /// The account of this name, in the team or not.
    pub(crate) fn named(&self, name: &str) -> Option<AccountId> {
        self.members.iter().position(|member| member.name == name).map(AccountId::at)
    }

    /// The account of the team whose own contact id this is.
    pub fn account_of(&self, contact_id: &str) -> Option<AccountId> {
        let is_own = |member: &Member| member.contact_id.as_deref() == Some(contact_id);
        self.members.iter().position(is_own).map(AccountId::at)
    }

    /// The contact id of an account, if that was ever known.
    pub fn contact_of(&self, account: AccountId) -> Option<&str> {
        self.members.get(account.index())?.contact_id.as_deref()
    }

    /// Whether this is the contact id of an account of the team, or was lately: what is said under it is no
    /// stranger's.
    pub fn is_own(&self, contact_id: &str) -> bool {
        self.author(contact_id).is_some()
    }

    /// The account that says, or lately said, what is said under this contact id.
    pub(crate) fn author(&self, contact_id: &str) -> Option<AccountId> {
        self.account_of(contact_id).or_else(|| self.past.account_of(contact_id))
    }

    /// The account that stands for all that are logged in as the same WeChat person: the first of them. Where ids
    /// are an account's own, equal ones say nothing.
    pub fn person(&self, account: AccountId) -> AccountId {
        let is_same = |one: &Member, other: &Member| {
            one.ids == Ids::Shared && other.ids == Ids::Shared && one.contact_id == other.contact_id
        };
        let member = self.members.get(account.index()).filter(|member| member.contact_id.is_some());
        let first = member.and_then(|member| self.members.iter().position(|it| is_same(it, member)));
        first.map_or(account, AccountId::at)
    }

    /// All accounts that are logged in as the same WeChat person as this one, itself included.
    pub fn same_person(&self, account: AccountId) -> AccountSet {
        let person = self.person(account);
        let all = AccountId::first(self.members.len());
        all.filter(|it| *it == account || self.person(*it) == person).collect()
    }

    /// An id that `account` owns, as the bot knows it.
    pub fn tag(&self, account: AccountId, id: &str) -> String {
        format!("{id}{TAG}{}", self.name(account))
    }

    /// The owner of a tagged id, and the id as the owner knows it.
    pub fn untag<'a>(&self, id: &'a str) -> Option<(AccountId, &'a str)> {
        let (own, name) = id.rsplit_once(TAG)?;
        Some((self.named(name)?, own))
    }

    /// A contact that `account` speaks of, as the bot knows it.
    pub fn contact_out(&self, account: AccountId, id: &str) -> String {
        if self.is_own(id) { self.self_id.clone() } else { self.shared_out(account, id) }
    }

    /// The same, as if it were nobody's of the team.
    pub(crate) fn stranger_out(&self, account: AccountId, id: &str) -> String {
        self.shared_out(account, id)
    }

    /// A room that `account` speaks of, as the bot knows it.
    pub fn room_out(&self, account: AccountId, id: &str) -> String {
        self.shared_out(account, id)
    }

    /// A contact that the bot speaks of, as `account` knows it: the virtual self is the account itself.
    /// `None` where the account can't know it: it belongs to another one, or the account never logged in, or
    /// has left.
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
        members.map(|(index, _)| AccountId::at(index)).collect()
    }

    /// Nobody has this contact id any more, unless another account has it too.
    fn retire(&mut self, now: Time, account: AccountId, contact_id: String) {
        if self.account_of(&contact_id).is_none() {
            self.past.put(now, account, contact_id);
        }
    }

    /// Whether its contact and room ids are everybody's.
    pub(crate) fn ids(&self, account: AccountId) -> Ids {
        self.members.get(account.index()).map_or(Ids::Shared, |member| member.ids)
    }

    fn shared_out(&self, account: AccountId, id: &str) -> String {
        match self.ids(account) {
            Ids::Own if !self.is_common(id) => self.tag(account, id),
            Ids::Own | Ids::Shared => id.to_string(),
        }
    }

    fn shared_in(&self, account: AccountId, id: &str) -> Option<String> {
        match (self.only_holder(id), self.ids(account)) {
            (Some(holder), _) if holder == account => self.untag(id).map(|(_, own)| own.to_string()),
            (Some(_), _) => None,
            (None, Ids::Shared) => Some(id.to_string()),
            (None, Ids::Own) => self.is_common(id).then(|| id.to_string()),
        }
    }

    /// Whether an id is the same for every account. So is none at all: an empty field means that there is none.
    fn is_common(&self, id: &str) -> bool {
        id.is_empty() || COMMON_IDS.contains(&id) || self.common.contains(id)
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
        let accounts = [(NORTH, "north", Ids::Shared), (SOUTH, "south", Ids::Shared), (OWN, "own", Ids::Own)];
        let mut identity = Identity::new("bot", Duration::from_secs(60), BTreeSet::from(["@helper".into()]));
        accounts.into_iter().for_each(|(account, name, ids)| identity.admit(account, name, ids));
        identity.set_contact_id(at(0), NORTH, "wxid_north");
        identity.set_contact_id(at(0), SOUTH, "wxid_south");
        identity
    }

    fn at(seconds: u64) -> Time {
        Time::after_origin(Duration::from_secs(seconds))
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
    fn what_is_everybodys_is_so_whatever_a_provider_does_with_ids() {
        let it = identity();
        for id in COMMON_IDS.iter().copied().chain(["@helper", ""]) {
            for account in [NORTH, SOUTH, OWN] {
                assert_eq!(it.contact_out(account, id), id);
                assert_eq!((it.contact_in(account, id).as_deref(), it.only_holder(id)), (Some(id), None));
            }
        }
        // As bots were told it before.
        assert_eq!(it.contact_in(OWN, "filehelper~own").as_deref(), Some("filehelper"));
        assert_eq!((it.contact_out(OWN, "@ll").as_str(), it.contact_in(OWN, "@ll")), ("@ll~own", None));
    }

    #[test]
    fn an_id_nobody_owns_is_nobodys() {
        let it = identity();
        assert_eq!(it.untag("m1"), None);
        assert_eq!(it.untag("m1~west"), None);
    }

    #[test]
    fn what_an_account_was_is_the_teams_own_for_a_while_and_nobodys_to_work_with() {
        let mut it = identity();
        it.dismiss(at(0), NORTH);
        it.set_contact_id(at(10), SOUTH, "wxid_other");
        for (past, account) in [("wxid_north", NORTH), ("wxid_south", SOUTH)] {
            assert_eq!((it.account_of(past), it.author(past)), (None, Some(account)));
            assert_eq!(it.contact_out(SOUTH, past), "bot");
        }
        assert_eq!((it.contact_in(NORTH, "bot"), it.untag("m1~north")), (None, Some((NORTH, "m1"))));
        assert!(it.poll_timeout() == Some(at(60)) && it.handle_timeout(at(60)));
        assert_eq!((it.is_own("wxid_north"), it.is_own("wxid_south")), (false, true));
        assert_eq!(it.contact_out(SOUTH, "wxid_north"), "wxid_north", "a stranger");
    }

    #[test]
    fn whoever_has_a_contact_id_now_has_it_whoever_had_it() {
        let mut it = identity();
        it.dismiss(at(0), NORTH);
        it.set_contact_id(at(1), SOUTH, "wxid_north");
        assert_eq!((it.account_of("wxid_north"), it.author("wxid_north")), (Some(SOUTH), Some(SOUTH)));
        it.set_contact_id(at(2), OWN, "wxid_north");
        it.set_contact_id(at(3), SOUTH, "wxid_south");
        assert_eq!(it.account_of("wxid_north"), Some(OWN), "of two that had it, one still has");
        assert_eq!(it.poll_timeout(), None);
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
