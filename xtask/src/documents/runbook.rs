//! Each word of what there is to do is a heading of the runbook, and each heading is such a word, in each of its languages.

use std::{collections::BTreeSet, path::Path};

/// The document.
pub(super) const RUNBOOK: &str = "docs/runbook.md";
/// Where the words are: the rows of a closed list.
pub(super) const LIST: &str = "crates/core/src/remedy.rs";
/// What a heading with a word begins with, and what stands below each.
const HEADING: &str = "### ";
const PARTS: [&str; 4] = ["- **You see** ", "- **It means** ", "- **Do** ", "- **Well:** "];

/// The runbook in one language: the document, and what stands below each heading.
pub(super) struct Edition {
    pub(super) path: &'static str,
    parts: [&'static str; 4],
}

pub(super) const EDITIONS: [Edition; 2] = [
    Edition { path: RUNBOOK, parts: PARTS },
    Edition {
        path: "docs/runbook.zh-CN.md",
        parts: ["- **你看到** ", "- **这意味着** ", "- **怎么做** ", "- **恢复：** "],
    },
];

/// What the two do not have in common, and what sections lack, a line for each.
pub(super) fn faults(Edition { path, parts }: &Edition, runbook: &str, list: &str) -> Vec<String> {
    let words: BTreeSet<&str> = words(list).collect();
    let (mut wrong, mut headings) = (Vec::new(), BTreeSet::new());
    for section in runbook.split(&format!("\n{HEADING}")).skip(1) {
        let (word, text) = section.split_once('\n').unwrap_or((section, ""));
        if !headings.insert(word) {
            wrong.push(format!("{path}: {word} is there twice"));
        }
        let lacking = parts.iter().filter(|part| !text.contains(&format!("\n{part}")));
        wrong.extend(lacking.map(|part| format!("{path}: {word} does not say {part:?}")));
    }
    wrong.extend(words.difference(&headings).map(|word| format!("{path} has no heading {word}")));
    wrong.extend(headings.difference(&words).map(|word| format!("{LIST} has no word {word}")));
    if words.is_empty() {
        wrong.push(format!("{LIST} has no words"));
    }
    wrong
}

/// What a rule sends people to and the runbook has not, a line for each.
pub(super) fn astray(path: &Path, text: &str, runbook: &str) -> Vec<String> {
    let lead = format!("{RUNBOOK}#");
    let words = text.split(&lead).skip(1).map(|rest| {
        let end = rest.find(|it: char| !it.is_ascii_lowercase() && it != '-').unwrap_or(rest.len());
        &rest[..end]
    });
    let missing = words.filter(|word| !runbook.contains(&format!("\n{HEADING}{word}\n")));
    missing.map(|word| format!("{}: {RUNBOOK} has no heading {word}", path.display())).collect()
}

/// The words of rows like `Refused = "refused",`.
fn words(list: &str) -> impl Iterator<Item = &str> {
    list.lines().filter_map(|line| {
        let (name, word) = line.trim().split_once(" = \"")?;
        let is_member = name.chars().all(char::is_alphanumeric);
        word.strip_suffix("\",").filter(|_| is_member)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIST: &str =
        "words! {\n    pub enum It {\n        A = \"a\",\n        /// b.\n        B = \"b-c\",\n    }\n}\n";

    fn section(word: &str) -> String {
        format!("### {word}\n\n{}\n\n", PARTS.map(|part| format!("{part}x")).join("\n"))
    }

    #[test]
    fn words_and_headings_are_the_same() {
        let runbook = format!("# Top\n\n{}## Part\n\n{}", section("a"), section("b-c"));
        assert_eq!(faults(&EDITIONS[0], &runbook, LIST), Vec::<String>::new());
    }

    #[test]
    fn rules_send_people_to_what_is_there() {
        let rules =
            "description: \"see docs/runbook.md#a\"\n - \"docs/runbook.md#gone, or docs/runbook.md#a-b\"";
        let told = astray(Path::new("ops/it.yml"), rules, &format!("# Top\n\n{}", section("a")));
        assert_eq!(
            told,
            ["gone", "a-b"].map(|it| format!("ops/it.yml: docs/runbook.md has no heading {it}"))
        );
    }

    #[test]
    fn what_is_missing_on_either_side_is_told_of() {
        let runbook = format!("# Top\n\n{}{}{}", section("a"), section("a"), "### c\n\n- **You see** it\n");
        assert_eq!(
            faults(&EDITIONS[0], &runbook, LIST),
            [
                "docs/runbook.md: a is there twice",
                "docs/runbook.md: c does not say \"- **It means** \"",
                "docs/runbook.md: c does not say \"- **Do** \"",
                "docs/runbook.md: c does not say \"- **Well:** \"",
                "docs/runbook.md has no heading b-c",
                "crates/core/src/remedy.rs has no word c",
            ]
        );
        assert_eq!(faults(&EDITIONS[0], "", "")[0], "crates/core/src/remedy.rs has no words");
    }
}
