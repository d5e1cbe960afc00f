//! What becomes, when the process ends, of all that the team holds outside its core. Each field has a row; a test compares
//! them, so that nothing is forgotten because somebody forgot to think of it.

/// What becomes of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    /// It is written down, and read again.
    Journalled,
    /// It comes about again: from what was written down, from the configuration, or as accounts and bots come back.
    Rebuilt,
    /// Without it nothing is lost, doubled, out of order or over pace; the row says what is different then.
    Harmless,
}

use Fate::{Harmless, Journalled, Rebuilt};

/// A part, one of its fields, what becomes of it, and why.
type Row = (&'static str, &'static str, Fate, &'static str);

/// All fields of [`Shared`](crate::state::Shared), and of the parts that it is made of.
const FATES: &[Row] = &[
    ("Shared", "config", Rebuilt, "it is read anew, and the core is told with `Restarts`"),
    ("Shared", "settings", Rebuilt, "what it says then is read at the start"),
    ("Shared", "schema", Rebuilt, "it is compiled in"),
    ("Shared", "limits", Rebuilt, "of the configuration"),
    ("Shared", "clock", Journalled, "it goes on behind the last note, and never back"),
    ("Shared", "core", Journalled, "the core's facts, and now and then the core"),
    ("Shared", "accounts", Journalled, "see AccountSide"),
    ("Shared", "bots", Journalled, "see BotSide"),
    ("Shared", "knowledge", Journalled, "see Knowledge"),
    ("Shared", "sending", Journalled, "see Sending"),
    ("Shared", "transit", Harmless, "see Transit"),
    ("Shared", "underway", Harmless, "see Underway"),
    ("Shared", "records", Harmless, "see Records"),
    ("AccountSide", "roster", Rebuilt, "each name has the place that it has in the core"),
    ("AccountSide", "links", Journalled, "connections are dialled anew; what is unread is `Team::owed`"),
    ("AccountSide", "hosts", Rebuilt, "puppets of our own are started anew, with their sessions"),
    ("AccountSide", "schema", Rebuilt, "it is compiled in"),
    ("AccountSide", "limits", Rebuilt, "of the configuration"),
    ("AccountSide", "tickets", Harmless, "spreading begins anew"),
    ("BotSide", "places", Rebuilt, "of the configuration: each bot has its place there, in the core as well"),
    ("BotSide", "tokens", Rebuilt, "of the configuration"),
    (
        "BotSide",
        "streams",
        Journalled,
        "they are gone; their numbers go on, and what was not acknowledged is the core's",
    ),
    ("Knowledge", "book", Journalled, "pages; strangers are found again, and files are offered again"),
    ("Knowledge", "fresh", Harmless, "an account is asked that may know less of a change"),
    ("Knowledge", "names", Rebuilt, "they are read again"),
    ("Sending", "pacer", Journalled, "what was spent; whoever waited has lost its connection, and knows it"),
    ("Sending", "pressure", Harmless, "what is refused after a start is counted from there"),
    ("Sending", "asked", Harmless, "what is asked ends with the connections"),
    ("Sending", "late", Harmless, "an answer to a backlog may be refused by its own patience"),
    ("Sending", "unsettled", Journalled, "the core settles them; nobody waits any more"),
    (
        "Sending",
        "doubts",
        Journalled,
        "with the sends that are not over, and those that were over without being known until the next snapshot",
    ),
    ("Sending", "open", Journalled, "rows for the ledger, beside the facts, until they are over and entered"),
    ("Sending", "ids", Journalled, "they go on behind the last"),
    ("Transit", "requests", Harmless, "requests end with the connections"),
    ("Transit", "spool", Harmless, "a file that was uploaded and not sent is to be uploaded again"),
    ("Transit", "limits", Rebuilt, "of the configuration"),
    ("Underway", "alone", Harmless, "calls end with the process; what they began is the core's"),
    ("Underway", "aside", Harmless, "lists are asked for again"),
    ("Underway", "rounds", Harmless, "lists are asked for again"),
    ("Underway", "cut", Harmless, "it is of this process"),
    ("Records", "metrics", Harmless, "numbers begin at zero, as those who read them expect"),
    ("Records", "store", Harmless, "it is of this process"),
    ("Records", "sends", Journalled, "lines beside the journal"),
    ("Records", "audit", Journalled, "lines beside the journal"),
    ("Records", "hush", Harmless, "a line may be logged once more"),
    ("Records", "tail", Harmless, "it is of this process, and the log has it"),
    ("Records", "refusals", Harmless, "it is of this process"),
];

#[cfg(test)]
mod tests {
    use super::*;

    /// Where each part is.
    const PARTS: [(&str, &str); 8] = [
        ("Shared", include_str!("../state/mod.rs")),
        ("AccountSide", include_str!("../state/accounts/mod.rs")),
        ("BotSide", include_str!("../state/bots/mod.rs")),
        ("Knowledge", include_str!("../state/knowledge/mod.rs")),
        ("Sending", include_str!("../state/sending/mod.rs")),
        ("Transit", include_str!("../state/transit/mod.rs")),
        ("Underway", include_str!("../state/underway/mod.rs")),
        ("Records", include_str!("../state/records/mod.rs")),
    ];

    /// The fields of a struct, in their order.
    fn fields<'a>(part: &str, source: &'a str) -> Vec<&'a str> {
        let (_, body) = source.split_once(&format!("pub struct {part} {{\n")).expect("it is there");
        let (body, _) = body.split_once("\n}").expect("it ends");
        let field = |line: &'a str| {
            let line = line.trim().strip_prefix("pub ").unwrap_or(line.trim());
            line.split_once(": ")
                .map(|(name, _)| name)
                .filter(|name| name.bytes().all(|it| it == b'_' || it.is_ascii_lowercase()))
        };
        body.lines().filter_map(field).collect()
    }

    #[test]
    fn each_field_has_its_row() {
        for (part, source) in PARTS {
            let rows: Vec<&str> = FATES.iter().filter(|row| row.0 == part).map(|row| row.1).collect();
            let (mut known, mut there) = (rows, fields(part, source));
            known.sort_unstable();
            there.sort_unstable();
            assert!(there.len() > 2 && known == there, "{part}: rows {known:?}, fields {there:?}");
        }
    }

    #[test]
    fn each_part_is_a_part_of_what_the_table_begins_with() {
        let parts: Vec<&str> = PARTS.iter().map(|(part, _)| *part).collect();
        assert!(FATES.iter().all(|(part, ..)| parts.contains(part)));
        for (_, field, _, why) in FATES.iter().filter(|row| row.3.starts_with("see ")) {
            assert!(parts.contains(&why.trim_start_matches("see ")), "{field}: {why}");
        }
        for (part, field, fate, why) in FATES {
            assert!(!why.is_empty(), "{part}.{field} is {fate:?}");
        }
    }
}
