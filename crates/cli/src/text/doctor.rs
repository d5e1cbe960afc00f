//! What a look at everything found, as a person reads it in a terminal, and a program.

use ha_wechaty_team::view::Remedy;
use serde_json::{Value, json};

use super::{remedy::todo, wrap::wrap};

/// How something is that was looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Sort {
    Well,
    /// It could not be looked at.
    Unknown,
    /// It works, and somebody should look at it once more.
    Odd,
    /// It does not work.
    Wrong,
}

impl Sort {
    const ALL: [Self; 4] = [Self::Wrong, Self::Odd, Self::Unknown, Self::Well];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Well => "well",
            Self::Unknown => "unknown",
            Self::Odd => "odd",
            Self::Wrong => "wrong",
        }
    }

    /// As wide for each.
    fn mark(self) -> &'static str {
        match self {
            Self::Well => "  ok  ",
            Self::Unknown => "  ?   ",
            Self::Odd => "  odd ",
            Self::Wrong => "WRONG ",
        }
    }
}

/// Something that was looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Finding {
    pub(crate) sort: Sort,
    /// What it is about, like `account south: TCP`.
    pub(crate) about: String,
    pub(crate) text: String,
    pub(crate) remedy: Option<Remedy>,
}

impl Finding {
    pub(crate) fn well(about: impl Into<String>, text: impl Into<String>) -> Self {
        Self { sort: Sort::Well, about: about.into(), text: text.into(), remedy: None }
    }

    pub(crate) fn unknown(about: impl Into<String>, text: impl Into<String>) -> Self {
        Self { sort: Sort::Unknown, about: about.into(), text: text.into(), remedy: None }
    }

    pub(crate) fn odd(about: impl Into<String>, text: impl Into<String>, remedy: Remedy) -> Self {
        Self { sort: Sort::Odd, about: about.into(), text: text.into(), remedy: Some(remedy) }
    }

    pub(crate) fn wrong(about: impl Into<String>, text: impl Into<String>, remedy: Remedy) -> Self {
        Self { sort: Sort::Wrong, about: about.into(), text: text.into(), remedy: Some(remedy) }
    }

    /// What to do, where an account's name belongs with that name.
    fn todo(&self) -> Option<String> {
        let name = self.about.strip_prefix("account ").and_then(|it| it.split(':').next());
        Some(todo(self.remedy?).replace("NAME", name.unwrap_or("NAME")))
    }
}

/// All findings, in their order, on a terminal of so many columns; and what they come to.
pub(crate) fn findings(all: &[Finding], columns: Option<usize>) -> String {
    let mut lines = Vec::new();
    for it in all {
        lines.extend(marked(it, columns));
        if let (Some(todo), Some(remedy)) = (it.todo(), it.remedy) {
            lines.extend(wrap(&format!("      do: {todo} ({})", remedy.anchor()), columns, 10));
        }
    }
    let count = |sort: Sort| all.iter().filter(|it| it.sort == sort).count();
    let counts = Sort::ALL.into_iter().filter(|sort| count(*sort) > 0);
    let counts: Vec<String> = counts.map(|sort| format!("{} {}", count(sort), sort.name())).collect();
    lines.push(String::new());
    lines.push(counts.join(", "));
    lines.join("\n")
}

/// What is said of it, behind its mark.
fn marked(it: &Finding, columns: Option<usize>) -> Vec<String> {
    let said = wrap(&format!("      {}: {}", it.about, it.text), columns, 6);
    let mut lines = said.into_iter();
    let first = lines.next().map(|line| format!("{}{}", it.sort.mark(), line.trim_start()));
    first.into_iter().chain(lines).collect()
}

/// The same for a program.
pub(crate) fn findings_json(all: &[Finding]) -> Value {
    let finding = |it: &Finding| {
        json!({
            "sort": it.sort.name(), "about": it.about, "text": it.text, "remedy": it.todo(),
            "anchor": it.remedy.map(Remedy::anchor),
        })
    };
    Value::Array(all.iter().map(finding).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all() -> Vec<Finding> {
        vec![
            Finding::well("config", "ha-wechaty.toml: 2 accounts, 1 bot"),
            Finding::odd(
                "bot main",
                "its token is 4 characters long, so it can be guessed",
                Remedy::BotToken,
            ),
            Finding::wrong(
                "account south: TCP",
                "connection refused at 127.0.0.1:18802: is the puppet service running, and is `endpoint` right?",
                Remedy::Refused,
            ),
            Finding::wrong("account south: login", "waiting-scan for 2h", Remedy::Scan),
            Finding::unknown("account north: hearing", "no gateway runs that knows it"),
        ]
    }

    #[test]
    fn findings_fit_into_a_terminal() {
        for columns in [40, 80, 120] {
            let told = findings(&all(), Some(columns));
            assert_eq!(told.lines().find(|line| line.chars().count() > columns), None);
            insta::assert_snapshot!(format!("findings_{columns}"), told);
        }
    }

    #[test]
    fn a_program_is_told_the_same() {
        let told = findings_json(&all());
        assert_eq!(told[2]["anchor"], "docs/runbook.md#refused");
        assert_eq!(told[3]["remedy"], "scan its code with its phone: ha-wechaty login south");
        assert_eq!((&told[0]["sort"], &told[0]["remedy"]), (&json!("well"), &Value::Null));
    }
}
