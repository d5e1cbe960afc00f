//! Sends that another process left: some are not over, some are and did not get into the ledger.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::{Duration, UNIX_EPOCH},
};

use ha_wechaty_core::{SendId, Team, Time};
use ha_wechaty_journal::Line;

use crate::{
    state::sends::{OpenSend, SendOutcome, SendRecord, read},
    store::{LINES, at_wall},
};

/// What is to become of each of them.
#[derive(Debug, Default)]
pub(super) struct Left {
    /// They will be settled, and are entered then.
    pub(super) orphans: Vec<(SendId, OpenSend)>,
    /// They are over, and are to be entered now.
    pub(super) unwritten: Vec<SendRecord>,
    /// Files of which nobody knows: their bots, and since when; of those that are not over, none.
    pub(super) doubts: Vec<(String, u64, Option<Time>)>,
}

impl Left {
    /// Of these, where the ledger's newest lines are these, newest first.
    pub(super) fn new(team: &Team, sends: BTreeMap<SendId, OpenSend>, newest: &[Line]) -> Self {
        // Of one that was written down before the core knew of it nothing was asked.
        let sends = sends.into_iter().filter(|(send, it)| it.over.is_some() || team.is_open(*send));
        let sends: Vec<_> = sends.collect();
        let mut known: BTreeMap<SendId, Vec<SendRecord>> = BTreeMap::new();
        let mut old = Vec::new();
        for row in newest.iter().filter_map(read) {
            match row.sends.is_empty() {
                true if !row.tried.is_empty() => old.push(row),
                true => {}
                false => row.sends.iter().for_each(|send| known.entry(*send).or_default().push(row.clone())),
            }
        }
        let is_known = |row: &SendRecord| {
            let rows = row.sends.iter().filter_map(|send| known.get(send)).flatten();
            rows.chain(&old).any(|it| it.is_same(row))
        };
        // Of what ended before the oldest of them nobody knows here whether it stands before it.
        let oldest = newest.last().filter(|_| newest.len() >= LINES);
        let oldest = oldest.map(|it| at_wall(team, UNIX_EPOCH + Duration::from_millis(it.at)));
        // The row of a later try says what came of the earlier ones.
        let earlier = |it: &OpenSend| it.row.sends.split_last().map_or(Vec::new(), |(_, it)| it.to_vec());
        let earlier: BTreeSet<_> = sends.iter().flat_map(|(_, it)| earlier(it)).collect();
        let mut left = Self::default();
        for (send, it) in sends.into_iter().filter(|(send, _)| !earlier.contains(send)) {
            if let Some(file) = it.file
                && it.row.outcome == SendOutcome::Unsure
            {
                left.doubts.push((it.row.bot.clone(), file, it.over));
            }
            if is_known(&it.row) {
                continue;
            }
            match it.over {
                None => left.orphans.push((send, it)),
                Some(over) if oldest.is_none_or(|oldest| oldest <= over) => left.unwritten.push(it.row),
                Some(_) => {}
            }
        }
        left
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use bytes::Bytes;
    use ha_wechaty_config::Config;
    use ha_wechaty_core::{AccountId, Input, MessageFacts, SendResult};
    use ha_wechaty_journal::{JournalPast, Position, Record};

    use super::*;
    use crate::{
        engine::new_team,
        state::sends::Proof,
        store::{Noted, Notes, restore},
    };

    const NORTH: AccountId = AccountId(0);

    fn at(seconds: u64) -> Time {
        Time::after_origin(Duration::from_secs(seconds))
    }

    /// The row of a send that north was asked for, all within one millisecond.
    fn row(sends: &[u64], outcome: &str) -> SendRecord {
        let tried: Vec<_> =
            sends.iter().map(|_| serde_json::json!({ "account": "north", "outcome": outcome })).collect();
        let row = serde_json::json!({
            "number": 1, "sends": sends, "at": "2026-01-01T00:00:00.000Z", "bot": "main", "conversation": "alice",
            "rpc": "MessageSendText", "tried": tried, "outcome": outcome, "how": "hung-up", "witness": null, "id": null,
            "waited": 0.0, "took": 0.0,
        });
        serde_json::from_value(row).expect("a row")
    }

    fn begins(sends: &[u64]) -> [Noted; 2] {
        let send = SendId(*sends.last().expect("one"));
        let open = OpenSend { row: row(sends, "unsure"), file: Some(7), over: None };
        let message = MessageFacts { listener: "alice".into(), ..MessageFacts::default() };
        let input = Input::SendBegins { send, account: NORTH, message };
        [Noted::Send { at: at(1), send, open: Box::new(open) }, Noted::Fact { at: at(1), input }]
    }

    fn ends(send: u64, outcome: SendResult) -> Noted {
        let input =
            Input::SendEnds { send: SendId(send), account: NORTH, conversation: "alice".into(), outcome };
        Noted::Fact { at: at(2), input }
    }

    fn sent(send: u64) -> Noted {
        ends(send, SendResult::Sent { id: format!("m{send}") })
    }

    fn line(at: u64, row: &SendRecord) -> Line {
        Line { at, bytes: Bytes::from(serde_json::to_vec(row).expect("it can be written")) }
    }

    /// After a kill that left these notes, and these lines.
    fn left(noted: impl IntoIterator<Item = Noted>, newest: &[Line]) -> Left {
        let config = "name = \"ossbot\"\n[[bot]]\nname = \"main\"\ntoken = \"insecure_b\"\n[[account]]\nname = \"north\"\n\
                      token = \"insecure_n\"\nendpoint = \"127.0.0.1:1\"";
        let config = Config::from_toml(Path::new("a.toml"), config).expect("a configuration");
        let (_, setup, seed) = new_team(&config);
        let mut notes = Notes::default();
        notes.note(&Noted::Begins { at: Time::ZERO, setup: Box::new(setup), seed });
        noted.into_iter().for_each(|it| notes.note(&it));
        let record = Record { position: Position::START.next(), bytes: notes.into_record().into() };
        let past = JournalPast { records: vec![record], ..JournalPast::default() };
        let restored = restore(past).expect("it can be read").expect("a team");
        Left::new(&restored.team, restored.sends, newest)
    }

    #[test]
    fn a_send_that_ended_without_its_row_is_entered() {
        let noted = || begins(&[1]).into_iter().chain([sent(1)]);
        let [row] = &left(noted(), &[]).unwritten[..] else { panic!("there is one") };
        assert_eq!((row.outcome, row.how), (SendOutcome::Sent, Proof::Answered));
        assert!(row.id.as_ref().is_some_and(|id| id.starts_with("m1")), "{row:?}");
        let left = left(noted(), &[line(0, row)]);
        assert!(left.unwritten.is_empty() && left.doubts.is_empty(), "it is there: {left:?}");
    }

    #[test]
    fn two_of_one_millisecond_are_two() {
        let noted = begins(&[1]).into_iter().chain(begins(&[2])).chain([sent(1), sent(2)]);
        let left = left(noted, &[line(0, &row(&[1], "sent"))]);
        assert_eq!(left.unwritten.iter().map(|it| &it.sends[..]).collect::<Vec<_>>(), [[SendId(2)]]);
    }

    #[test]
    fn one_that_was_settled_without_its_row_is_entered_and_its_file_in_doubt() {
        let noted = || {
            let unsure = ends(1, SendResult::Unsure { is_over: false });
            begins(&[1]).into_iter().chain([unsure])
        };
        let open = left(noted(), &[]);
        assert_eq!((open.orphans.len(), open.unwritten.len()), (1, 0));
        assert_eq!(open.doubts, [("main".to_owned(), 7, None)]);
        let known = left(noted(), &[line(0, &row(&[1], "unsure"))]);
        assert_eq!((known.orphans.len(), known.doubts.len()), (0, 1), "its bot was told, and it is entered");
        let over = left(noted().chain([Noted::Timeout { at: at(3_600) }]), &[]);
        let [row] = &over.unwritten[..] else { panic!("there is one: {over:?}") };
        assert_eq!((row.outcome, over.orphans.len()), (SendOutcome::Unsure, 0));
        assert_eq!(over.doubts, [("main".to_owned(), 7, Some(at(3_600)))]);
    }

    #[test]
    fn several_tries_are_one_send() {
        let refused = ends(1, SendResult::Refused);
        let noted = begins(&[1]).into_iter().chain([refused]).chain(begins(&[1, 2])).chain([sent(2)]);
        let left = left(noted, &[]);
        assert_eq!(left.unwritten.iter().map(|it| it.outcome).collect::<Vec<_>>(), [SendOutcome::Sent]);
        assert_eq!(left.unwritten[0].sends, [SendId(1), SendId(2)]);
    }

    #[test]
    fn what_may_stand_before_the_oldest_line_is_not_entered_again() {
        let noted = begins(&[1]).into_iter().chain([sent(1)]);
        let later = line(u64::from(u32::MAX) * 1_000, &row(&[9], "sent"));
        assert_eq!(left(noted, &vec![later; LINES]).unwritten, []);
    }
}
