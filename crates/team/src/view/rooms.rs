//! Which accounts are in each room, where that is too few, and what can be done about it.

use ha_wechaty_core::{AccountId, AccountSet, Covered, Hold, Rank, Risk, Team, Time};
use serde::{Deserialize, Serialize};

use crate::{
    state::{Shared, accounts::AccountSide},
    text::human,
};

/// All rooms that some account is in.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RoomsStatus {
    /// Whether members invite teammates by themselves (`team.invite_teammates`).
    pub invites: bool,
    /// The rooms, those at risk first.
    pub rooms: Vec<RoomStatus>,
}

/// One room.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RoomStatus {
    /// Its id, as bots know it.
    pub id: String,
    /// Its topic; empty if it is not known yet.
    pub topic: String,
    /// Why it may fall silent.
    pub risk: Option<Risk>,
    /// The accounts in it.
    pub accounts: Vec<RoomAccount>,
    /// The teammates that are missing.
    pub missing: Vec<MissingTeammate>,
}

/// An account in a room.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RoomAccount {
    /// Its name.
    pub name: String,
    /// Whether it gets work.
    pub available: bool,
    /// What it is there.
    pub rank: Rank,
}

/// A teammate that is not in a room.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MissingTeammate {
    /// Its name.
    pub name: String,
    /// The account that would invite it, or did.
    pub inviter: Option<String>,
    /// What is in the way, if anything, in words.
    pub hold: Option<String>,
    /// The same in a word.
    #[serde(default)]
    pub why: Option<InTheWay>,
    /// In how many seconds it is invited, at the earliest, if somebody does that; or what is in the way is over.
    #[serde(default)]
    pub seconds: Option<f64>,
}

/// What is in the way of an invitation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum InTheWay {
    /// The configuration leaves this room out.
    NotAllowed,
    /// The teammate gets no work.
    TeammateAway,
    /// None of the accounts in the room gets work.
    NobodyThere,
    /// None of them has it among its contacts.
    NoFriend,
    /// Those who could are kept from work on rooms.
    Spared,
    /// All who could were refused.
    RefusedByAll,
    /// It is being invited.
    Asked,
    /// It was invited, and has not joined yet.
    Invited,
    /// Nothing came of the last attempt.
    Failed,
    /// It left, or was put out.
    Left,
    /// Those who could have used up their invitations.
    Paced,
}

impl RoomsStatus {
    /// As it is now.
    pub fn new(team: &Team, shared: &Shared, now: Time) -> Self {
        let (accounts, available) = (&shared.accounts, shared.core.routing().available());
        let mut rooms: Vec<RoomStatus> =
            team.rooms().map(|room| RoomStatus::new(&room, accounts, available)).collect();
        rooms.sort_by(|a, b| a.id.cmp(&b.id));
        for invitation in team.invitations(now) {
            let room = rooms.binary_search_by(|room| room.id.cmp(&invitation.room));
            if let Some(room) = room.ok().and_then(|index| rooms.get_mut(index)) {
                let (inviter, hold, until) = match invitation.step {
                    Ok(inviter) => (Some(inviter), None, invitation.at),
                    Err(hold) => (inviter_of(hold), Some(hold), ends(hold)),
                };
                let name = |account: AccountId| accounts.name(account).to_owned();
                room.missing.push(MissingTeammate {
                    name: name(invitation.teammate),
                    inviter: inviter.map(name),
                    hold: hold.map(|hold| text(hold, accounts, now)),
                    why: hold.map(in_the_way),
                    seconds: until.map(|until| (until - now).as_secs_f64()),
                });
            }
        }
        rooms.sort_by_key(|room| room.risk.is_none());
        Self { invites: shared.settings().team.invite_teammates, rooms }
    }

    /// Some that are at risk, the worst first; nothing is said of teammates that are missing.
    pub fn at_risk_now(team: &Team, shared: &Shared, most: usize) -> Vec<RoomStatus> {
        let (accounts, available) = (&shared.accounts, shared.core.routing().available());
        let of = |risk| team.rooms().filter(move |room| room.risk == Some(risk));
        let worst = of(Risk::Unavailable).chain(of(Risk::Alone)).take(most);
        worst.map(|room| RoomStatus::new(&room, accounts, available)).collect()
    }

    /// How many are at this risk.
    pub fn at_risk(&self, risk: Risk) -> usize {
        self.rooms.iter().filter(|room| room.risk == Some(risk)).count()
    }
}

/// How many rooms there are, and how many of them are at which risk.
pub(super) fn count(team: &Team) -> (usize, usize, usize) {
    team.rooms().fold((0, 0, 0), |(all, alone, unavailable), room| {
        let is = |risk| usize::from(room.risk == Some(risk));
        (all + 1, alone + is(Risk::Alone), unavailable + is(Risk::Unavailable))
    })
}

impl RoomStatus {
    fn new(room: &Covered<'_>, accounts: &AccountSide, available: AccountSet) -> Self {
        let reach = room.reach;
        let there = reach.yes.iter().map(|account| RoomAccount {
            name: accounts.name(account).to_owned(),
            available: available.contains(account),
            rank: reach.rank(account),
        });
        Self {
            id: room.room.to_owned(),
            topic: room.topic.to_owned(),
            risk: room.risk,
            accounts: there.collect(),
            missing: Vec::new(),
        }
    }
}

fn inviter_of(hold: Hold) -> Option<AccountId> {
    if let Hold::Asked(by) | Hold::Invited { by, .. } = hold { Some(by) } else { None }
}

/// When it is over, if that is known.
fn ends(hold: Hold) -> Option<Time> {
    match hold {
        Hold::Invited { until, .. } | Hold::Failed { until } | Hold::Left { until } => Some(until),
        Hold::NotAllowed
        | Hold::TeammateAway
        | Hold::NobodyThere
        | Hold::NoFriend
        | Hold::Spared
        | Hold::RefusedByAll
        | Hold::Asked(_)
        | Hold::Paced => None,
    }
}

fn in_the_way(hold: Hold) -> InTheWay {
    match hold {
        Hold::NotAllowed => InTheWay::NotAllowed,
        Hold::TeammateAway => InTheWay::TeammateAway,
        Hold::NobodyThere => InTheWay::NobodyThere,
        Hold::NoFriend => InTheWay::NoFriend,
        Hold::Spared => InTheWay::Spared,
        Hold::RefusedByAll => InTheWay::RefusedByAll,
        Hold::Asked(_) => InTheWay::Asked,
        Hold::Invited { .. } => InTheWay::Invited,
        Hold::Failed { .. } => InTheWay::Failed,
        Hold::Left { .. } => InTheWay::Left,
        Hold::Paced => InTheWay::Paced,
    }
}

/// What is in the way, and what would help.
fn text(hold: Hold, accounts: &AccountSide, now: Time) -> String {
    let after = |until: Time| human((until - now).as_secs_f64());
    match hold {
        Hold::NotAllowed => "team.invite_only or team.invite_never leaves this room out".into(),
        Hold::TeammateAway => "it is not available".into(),
        Hold::NobodyThere => "no account in the room is available".into(),
        Hold::NoFriend => {
            "no account in the room has it among its contacts: let them be friends in WeChat".into()
        }
        Hold::Spared => "those who could are kept from work on rooms for a while".into(),
        Hold::RefusedByAll => "all who could were refused".into(),
        Hold::Asked(by) => format!("{} is inviting it", accounts.name(by)),
        Hold::Invited { by, until } => {
            format!("{} has invited it; it may join within {}", accounts.name(by), after(until))
        }
        Hold::Failed { until } => format!("the last attempt came to nothing; again in {}", after(until)),
        Hold::Left { until } => format!("it left, or was put out; left alone for {}", after(until)),
        Hold::Paced => "those who could have used their room_invitations".into(),
    }
}
