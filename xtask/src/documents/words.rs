//! The words of ARCHITECTURE.md: each is there once, and its types are where the table says.

use std::collections::BTreeSet;

use crate::names::Definitions;

/// The part of the document with the table.
const PART: &str = "## Words";

/// What is wrong with the table, a line for each.
pub(super) fn faults(text: &str, types: &Definitions) -> Vec<String> {
    let part =
        text.lines().skip_while(|line| *line != PART).skip(1).take_while(|line| !line.starts_with("## "));
    let rows: Vec<Vec<&str>> =
        part.filter(|line| line.starts_with('|')).map(|line| line.split('|').collect()).collect();
    let (mut wrong, mut words) = (Vec::new(), BTreeSet::new());
    if rows.is_empty() {
        wrong.push(format!("there is no table under {PART:?}"));
    }
    for row in &rows {
        for word in odd(row.get(1).copied().unwrap_or_default(), "**") {
            if !words.insert(word) {
                wrong.push(format!("{word} is there twice"));
            }
        }
        for name in row.iter().skip(2).flat_map(|cell| odd(cell, "`")) {
            let Some((owner, name)) = name.split_once("::") else { continue };
            if !types.get(name).is_some_and(|owners| owners.iter().any(|it| it == owner)) {
                wrong.push(format!("{owner} has no public type {name}"));
            }
        }
    }
    wrong
}

/// What stands between pairs of a mark.
fn odd<'a>(text: &'a str, mark: &'a str) -> impl Iterator<Item = &'a str> {
    text.split(mark).skip(1).step_by(2)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults_of(table: &str) -> Vec<String> {
        let types = Definitions::from([("Team".to_owned(), vec!["config".to_owned(), "core".to_owned()])]);
        faults(
            &format!(
                "# A\n\n| **a** | `core::Gone` |\n\n## Words\n\n{table}\n\n## B\n\n| **a** | `core::Gone` |"
            ),
            &types,
        )
    }

    #[test]
    fn words_with_types_that_are_there_are_well() {
        let table =
            "| word | types |\n|---|---|\n| **team**, **crew** | `core::Team`, `config::Team`, `plain` |";
        assert_eq!(faults_of(table), Vec::<String>::new());
    }

    #[test]
    fn a_type_that_is_gone_and_a_word_that_is_there_twice_are_told_of() {
        let table = "| **team** | `core::Tam` |\n| **crew**, **team** | `wire::Team` |";
        let expected = ["core has no public type Tam", "team is there twice", "wire has no public type Team"];
        assert_eq!(faults_of(table), expected);
        assert_eq!(faults_of(""), ["there is no table under \"## Words\""]);
    }
}
