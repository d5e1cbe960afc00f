//! Which accounts are in which room, and which rooms hang on one alone.

use ha_wechaty_core::{AccountId, AccountSet, Missing, Reach, Team};
use serde::{Deserialize, Serialize};

use super::view::table;
use crate::shared::Shared;

/// All rooms that any account is in, as far as is known.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Rooms {
    /// By topic.
    pub rooms: Vec<RoomStatus>,
}

/// One room.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct RoomStatus {
    /// By the team's id.
    pub id: String,
    /// Empty if it is not known.
    pub topic: String,
    /// The team's accounts in it, in the order of the configuration; at least one.
    pub accounts: Vec<RoomAccount>,
    /// The team's accounts that are not in it.
    pub missing: Vec<MissingAccount>,
    /// Whether the team loses it with one account.
    pub one_account: bool,
    /// Whether nobody hears or speaks in it now.
    pub none_available: bool,
}

/// An account in a room.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct RoomAccount {
    /// Its name.
    pub name: String,
    /// `owner`, `admin`, `member`; none as long as it is not known.
    pub rank: Option<String>,
    /// Whether it gets work.
    pub available: bool,
}

/// An account that is not in a room.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct MissingAccount {
    /// Its name.
    pub name: String,
    /// Who in the room would invite it.
    pub by: Option<String>,
    /// Why nobody would, if nobody would.
    pub why: Option<String>,
}

/// How many rooms are covered how well.
#[derive(Debug, Default)]
pub(super) struct Coverage {
    pub(super) rooms: usize,
    pub(super) one_account: usize,
    pub(super) none_available: usize,
}

impl Rooms {
    pub(crate) fn new(team: &Team, shared: &Shared) -> Self {
        let available = shared.routing().available();
        let mut rooms: Vec<_> = team
            .rooms()
            .map(|(id, topic, reach)| RoomStatus::new(team, (id, topic, reach), available, shared))
            .collect();
        rooms.sort_by(|a, b| (&a.topic, &a.id).cmp(&(&b.topic, &b.id)));
        Self { rooms }
    }

    /// Those that are lost if one account is, or whose accounts are all away.
    pub fn at_risk(&self) -> impl Iterator<Item = &RoomStatus> {
        self.rooms.iter().filter(|room| room.risk().is_some())
    }

    /// Without those that are well covered.
    pub(crate) fn only_at_risk(mut self) -> Self {
        self.rooms.retain(|room| room.risk().is_some());
        self
    }

    /// As a person reads them in a terminal; `risk`: only those at risk. The last line counts all.
    pub fn text(&self, risk: bool) -> String {
        let rows: Vec<[String; 4]> = self.shown(risk).map(RoomStatus::row).collect();
        let mut lines = paragraph(["room", "id", "accounts", "risk"], &rows);
        let count = |is_meant: fn(&RoomStatus) -> bool| self.rooms.iter().filter(|it| is_meant(it)).count();
        let rooms = if self.rooms.len() == 1 { "room" } else { "rooms" };
        lines.push(format!(
            "{} {rooms}, {} with one account only, {} with none available",
            self.rooms.len(),
            count(|room| room.one_account),
            count(|room| room.none_available),
        ));
        lines.join("\n") + "\n"
    }

    /// Who would have to invite whom where, as a person reads it; `risk`: only into rooms at risk.
    pub fn plan(&self, risk: bool) -> String {
        let rows: Vec<[String; 5]> = self.shown(risk).flat_map(RoomStatus::plan).collect();
        let mut lines = paragraph(["room", "id", "invite", "by", "why not"], &rows);
        let hopeless = self.shown(risk).flat_map(|room| &room.missing).filter(|it| it.by.is_none()).count();
        let able = rows.len() - hopeless;
        let invitations = if able == 1 { "invitation" } else { "invitations" };
        lines.push(format!("{able} {invitations} to make, {hopeless} that can't be made now"));
        lines.join("\n") + "\n"
    }

    fn shown(&self, risk: bool) -> impl Iterator<Item = &RoomStatus> {
        self.rooms.iter().filter(move |room| !risk || room.risk().is_some())
    }
}

impl RoomStatus {
    fn new(
        team: &Team,
        (id, topic, reach): (&str, &str, Reach),
        available: AccountSet,
        shared: &Shared,
    ) -> Self {
        let missing = |it: Missing| MissingAccount {
            name: shared.name(it.account).to_owned(),
            by: it.by.ok().map(|by| shared.name(by).to_owned()),
            why: it.by.err().map(|why| why.to_string()),
        };
        let account = |account: AccountId| RoomAccount {
            name: shared.name(account).to_owned(),
            rank: rank(&reach, account).map(str::to_owned),
            available: available.contains(account),
        };
        Self {
            id: id.to_owned(),
            topic: topic.to_owned(),
            accounts: reach.yes.iter().map(account).collect(),
            missing: team.missing(id, &reach).into_iter().map(missing).collect(),
            one_account: reach.yes.len() == 1,
            none_available: reach.yes.and(available).is_empty(),
        }
    }

    /// What is wrong with it, in words.
    fn risk(&self) -> Option<&'static str> {
        match (self.one_account, self.none_available) {
            (true, true) => Some("its one account is not available"),
            (true, false) => Some("one account only"),
            (false, true) => Some("no account is available"),
            (false, false) => None,
        }
    }

    fn plan(&self) -> impl Iterator<Item = [String; 5]> {
        let nobody = || String::from("–");
        self.missing.iter().map(move |it| {
            let (by, why) = (it.by.clone().unwrap_or_else(nobody), it.why.clone().unwrap_or_default());
            [self.called(), self.id.clone(), it.name.clone(), by, why]
        })
    }

    fn called(&self) -> String {
        if self.topic.is_empty() { String::from("–") } else { self.topic.clone() }
    }

    fn row(&self) -> [String; 4] {
        let accounts: Vec<String> = self.accounts.iter().map(RoomAccount::text).collect();
        [self.called(), self.id.clone(), accounts.join(", "), self.risk().unwrap_or_default().to_owned()]
    }
}

impl RoomAccount {
    fn text(&self) -> String {
        let rank = self.rank.as_deref().filter(|rank| *rank != "member");
        let remarks: Vec<&str> = rank.into_iter().chain((!self.available).then_some("away")).collect();
        if remarks.is_empty() { self.name.clone() } else { format!("{} ({})", self.name, remarks.join(", ")) }
    }
}

impl Coverage {
    pub(super) fn of(team: &Team, available: AccountSet) -> Self {
        team.rooms().fold(Self::default(), |sum, (_, _, reach)| Self {
            rooms: sum.rooms + 1,
            one_account: sum.one_account + usize::from(reach.yes.len() == 1),
            none_available: sum.none_available + usize::from(reach.yes.and(available).is_empty()),
        })
    }
}

/// A table and an empty line, or nothing.
fn paragraph<const N: usize>(head: [&str; N], rows: &[[String; N]]) -> Vec<String> {
    if rows.is_empty() {
        return Vec::new();
    }
    let mut lines = table(&head.map(String::from), rows);
    lines.push(String::new());
    lines
}

fn rank(reach: &Reach, account: AccountId) -> Option<&'static str> {
    match reach.ranks_known {
        _ if reach.owner == Some(account) => Some("owner"),
        _ if reach.admins.contains(account) => Some("admin"),
        true => Some("member"),
        false => None,
    }
}
