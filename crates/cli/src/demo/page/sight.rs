//! What a visitor sees.

use askama::Template;

use crate::{
    demo::{mishaps::Manner, stage::ACCOUNTS, tally::Counts},
    text::{Ink, Line},
};

/// How things stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(in crate::demo) struct Sight {
    pub(in crate::demo) counts: Counts,
    /// Which accounts get work.
    pub(in crate::demo) lights: [bool; ACCOUNTS.len()],
    /// What is wrong with each.
    pub(in crate::demo) going_through: [Option<Manner>; ACCOUNTS.len()],
}

#[derive(Debug, Template)]
#[template(path = "demo.html")]
pub(super) struct SightPage {
    counts: Counts,
    sentence: String,
    tone: &'static str,
    accounts: Vec<Phone>,
    /// The newest first.
    story: Vec<Vec<(String, String)>>,
    /// Where operators look.
    operators: Option<String>,
}

/// An account, and what can be done to it.
#[derive(Debug)]
struct Phone {
    place: usize,
    name: &'static str,
    tone: &'static str,
    state: &'static str,
    manners: [Manner; Manner::ALL.len()],
}

impl SightPage {
    pub(super) fn new(sight: Sight, told: &[Line], operators: Option<String>) -> Self {
        let Sight { counts, lights, going_through } = sight;
        let up =
            lights.iter().zip(going_through).filter(|(is_up, manner)| **is_up && manner.is_none()).count();
        let (tone, sentence) = match (up, counts.lost + counts.twice) {
            (_, 1..) => ("bad", String::from("The bot lost something, or said it twice: that is a defect.")),
            (0, 0) => ("odd", String::from("No account is left: people wait until one is back.")),
            (up, 0) if up == ACCOUNTS.len() => ("good", String::from("The bot answers. All accounts work.")),
            (up, 0) => ("good", format!("The bot answers, by {up} of {} accounts.", ACCOUNTS.len())),
        };
        let phone = |(place, name): (usize, &'static str)| {
            let (tone, state) = match (going_through[place], lights[place]) {
                (Some(manner), true) => ("odd", manner.state()),
                (Some(manner), false) => ("bad", manner.state()),
                (None, true) => ("good", "works"),
                (None, false) => ("odd", "comes back"),
            };
            Phone { place, name, tone, state, manners: Manner::ALL }
        };
        let accounts = ACCOUNTS.into_iter().enumerate().map(phone).collect();
        let pieces = |line: &Line| line.0.iter().map(|(ink, text)| (class(*ink), text.clone())).collect();
        let story = told.iter().rev().map(pieces).collect();
        Self { counts, sentence, tone, accounts, story, operators }
    }
}

fn class(ink: Ink) -> String {
    match ink {
        Ink::Plain => String::from("plain"),
        Ink::Dim => String::from("dim"),
        Ink::Bold => String::from("bold"),
        Ink::Good => String::from("good"),
        Ink::Bad => String::from("bad"),
        Ink::Warn => String::from("odd"),
        Ink::Account(place) => format!("account-{place}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(lights: [bool; 3], going_through: [Option<Manner>; 3], lost: usize) -> String {
        let counts = Counts { asked: 9, answered: 8, waiting: 1, twice: 0, lost };
        let told = [
            Line::new().put(Ink::Dim, "  0:01  ").put(Ink::Plain, "older <b>"),
            Line::new().put(Ink::Account(1), "south"),
        ];
        let operators = Some(String::from("127.0.0.1:8790"));
        SightPage::new(Sight { counts, lights, going_through }, &told, operators).render().unwrap()
    }

    #[test]
    fn what_happens_is_shown_newest_first_and_as_text() {
        let page = shown([true, false, true], [None, Some(Manner::Killed), None], 0);
        assert!(page.contains("The bot answers, by 2 of 3 accounts."), "{page}");
        assert!(page.find("account-1\">south").unwrap() < page.find("older &#60;b&#62;").unwrap(), "{page}");
        assert!(
            page.contains(r#"action="/south/kill""#) && page.contains(r#"action="/south/mend""#),
            "{page}"
        );
        assert!(page.contains(r#"href="http://127.0.0.1:8790/""#), "{page}");
        assert!(page.len() < 100 * 1024);
    }

    #[test]
    fn what_is_lost_is_owned_up_to() {
        assert!(shown([true; 3], [None; 3], 0).contains("All accounts work."));
        assert!(
            shown([false, false, true], [Some(Manner::Frozen), None, Some(Manner::Throttled)], 0)
                .contains("No account is left")
        );
        assert!(shown([true; 3], [None; 3], 1).contains("that is a defect"));
    }
}
