//! Sends as a person reads them in a terminal.

use ha_wechaty_team::{
    sends::{Attempt, SendRecord},
    text::human,
};

use super::table;

/// A line for each send.
pub fn sends(sends: &[SendRecord]) -> String {
    let head = ["send", "when", "bot", "conversation", "what", "accounts", "outcome", "waited", "took"];
    let rows: Vec<[String; 9]> = sends.iter().map(row).collect();
    table(&head.map(String::from), &rows).join("\n") + "\n"
}

/// An account that was asked; one that was proved not to have sent it, by whom.
fn attempt(it: &Attempt) -> String {
    match &it.missed_by {
        Some(witness) => format!("{} (not there: {witness})", it.account),
        None => it.account.clone(),
    }
}

fn row(it: &SendRecord) -> [String; 9] {
    let accounts: Vec<String> = it.tried.iter().map(attempt).collect();
    let how = match &it.witness {
        Some(witness) => format!("{} {witness}", it.how.name()),
        None => it.how.name().to_owned(),
    };
    let mut what = it.rpc.trim_start_matches("Message").to_owned();
    if let Some(id) = &it.forwarded {
        what = format!("{what} {id}");
    }
    [
        it.number.to_string(),
        it.at.clone(),
        it.bot.clone(),
        it.conversation.clone(),
        what,
        if accounts.is_empty() { String::from("–") } else { accounts.join(", ") },
        format!("{} ({how})", it.outcome.name()),
        human(it.waited),
        human(it.took),
    ]
}
