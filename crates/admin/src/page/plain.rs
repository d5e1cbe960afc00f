//! The first page for whoever asks from a terminal: the same, as text.

use std::fmt::Write as _;

use super::{Lang, Say, Seen, trouble};

/// How the team stands, what to do, and where more is said.
pub(super) fn team(seen: &Seen) -> String {
    let (say, lang, status) = (Say(Lang::En), Lang::En, &seen.status);
    let mut text =
        format!("{} {}\n", say.team(&status.team, status.accounts.len()), say.since(status.team.seconds));
    for it in trouble::all(status, lang) {
        let since = it.since.map(|since| format!(" {since}")).unwrap_or_default();
        let why = it.why.map(|why| format!(" ({why})")).unwrap_or_default();
        // Writing into a text can't fail.
        let _ = writeln!(text, "- {} {}{since}{why}\n  -> {}", it.about, it.what, it.remedy);
    }
    text + "this is a page for browsers; as JSON: /status /rooms /sends /gateway /store; in numbers: /metrics\n"
}
