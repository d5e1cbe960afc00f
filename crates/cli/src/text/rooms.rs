//! The rooms, and who is missing in them, as a person reads them in a terminal.

use ha_wechaty_core::{Rank, Risk};
use ha_wechaty_team::view::{RoomStatus, RoomsStatus};

use super::table;

/// The rooms as lines of text; a warning stands below what it is about.
pub fn rooms(rooms: &RoomsStatus) -> String {
    let rows: Vec<[String; 3]> =
        rooms.rooms.iter().map(|room| [accounts(room), room.id.clone(), topic(room)]).collect();
    // Topics last: no other column moves with the width of what people write.
    let mut table = table(&["accounts", "id", "topic"].map(String::from), &rows).into_iter();
    let mut lines: Vec<String> = table.next().into_iter().collect();
    for (line, room) in table.zip(&rooms.rooms) {
        lines.push(line);
        lines.extend(warning(room).map(|warning| format!("  warning: {warning}")));
    }
    lines.push(String::from("\n"));
    lines.join("\n")
}

/// Who would invite which missing teammate into which room, and what is in the way.
pub fn plan(rooms: &RoomsStatus) -> String {
    let mut lines = Vec::new();
    for room in rooms.rooms.iter().filter(|room| !room.missing.is_empty()) {
        lines.push(format!("{} ({}): {}", topic(room), room.id, accounts(room)));
        for missing in &room.missing {
            lines.push(match (&missing.inviter, &missing.hold) {
                (Some(inviter), None) => format!("  {inviter} would invite {}", missing.name),
                (_, hold) => {
                    format!("  {}: {}", missing.name, hold.as_deref().unwrap_or("nobody can invite it"))
                }
            });
        }
    }
    lines.push(match (lines.is_empty(), rooms.invites) {
        (true, _) => String::from("nobody is missing"),
        (_, true) => String::from("\nThis is being done, slowly (team.invite_teammates = true)."),
        (_, false) => String::from("\nNothing of this is done unless team.invite_teammates = true is set."),
    });
    lines.join("\n") + "\n\n"
}

/// How many rooms there are, and how many are at risk.
pub fn rooms_summary(rooms: &RoomsStatus) -> String {
    let (alone, unavailable) = (rooms.at_risk(Risk::Alone), rooms.at_risk(Risk::Unavailable));
    format!(
        "{} rooms: {alone} with one account alone, {unavailable} without an available account\n",
        rooms.rooms.len()
    )
}

/// A room's topic. Any member may write one: it must not steer the operator's terminal.
fn topic(room: &RoomStatus) -> String {
    let plain = room.topic.replace(char::is_control, " ");
    if plain.trim().is_empty() { String::from("–") } else { plain }
}

/// The accounts in a room, each with its rank if that is more than a member's.
fn accounts(room: &RoomStatus) -> String {
    let each = room.accounts.iter().map(|account| {
        let rank = match account.rank {
            Rank::Owner | Rank::Admin => Some(account.rank.name()),
            Rank::Member | Rank::Unknown => None,
        };
        let away = (!account.available).then_some("away");
        let notes: Vec<&str> = rank.into_iter().chain(away).collect();
        if notes.is_empty() {
            account.name.clone()
        } else {
            format!("{} ({})", account.name, notes.join(", "))
        }
    });
    each.collect::<Vec<_>>().join(", ")
}

fn warning(room: &RoomStatus) -> Option<String> {
    let names: Vec<&str> = room.accounts.iter().map(|account| account.name.as_str()).collect();
    match room.risk? {
        Risk::Alone => Some(format!("{} is alone: without it the bot is not in this room", names.join(", "))),
        Risk::Unavailable => {
            Some(String::from("none of its accounts is available: the bot is not in this room now"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_nobody_is_missing_nothing_is_said_of_what_is_done() {
        for invites in [false, true] {
            assert_eq!(plan(&RoomsStatus { invites, rooms: Vec::new() }), "nobody is missing\n\n");
        }
    }

    #[test]
    fn a_topic_stays_in_its_line_and_steers_no_terminal() {
        let room = |topic: &str| RoomStatus {
            id: String::from("1@chatroom"),
            topic: topic.into(),
            risk: None,
            accounts: Vec::new(),
            missing: Vec::new(),
        };
        let told = rooms(&RoomsStatus {
            invites: false,
            rooms: vec![room("tea\n\u{1b}[2Jroom\u{9b}31m"), room("\r")],
        });
        assert_eq!(told.lines().count(), 4, "{told:?}");
        assert!(told.contains("tea  [2Jroom 31m") && !told.contains(['\u{1b}', '\u{9b}', '\r']), "{told:?}");
        assert!(told.lines().nth(2).is_some_and(|line| line.ends_with('–')), "{told:?}");
    }
}
