//! Circles between the files of a crate: where two know each other, nobody can read one of them alone.
//!
//! A name is followed to the file that it comes from, through those that only hand it on.

use std::collections::{BTreeMap, BTreeSet};

use crate::paths::paths;

/// A module as a path, and its source.
pub(crate) type Source = (Vec<String>, String);

/// Files that know each other in a circle, as modules, if there are any. What the root of the crate knows is no part of it.
pub(crate) fn circle(sources: &[Source]) -> Option<Vec<String>> {
    let uses: Vec<(&[String], Vec<Vec<String>>)> = sources
        .iter()
        .filter(|(module, _)| !module.is_empty())
        .map(|(module, text)| {
            (module.as_slice(), paths(module, text).into_iter().map(|it| it.segments).collect())
        })
        .collect();
    let handed_on = handed_on(&uses);
    let modules: BTreeSet<&[String]> = uses.iter().map(|(module, _)| *module).collect();
    let mut arrows: BTreeMap<&[String], BTreeSet<&[String]>> = BTreeMap::new();
    for (module, paths) in &uses {
        let to = paths.iter().filter_map(|path| home(path, &handed_on, &modules)).filter(|to| to != module);
        arrows.insert(module, to.collect());
    }
    // Whoever knows nobody that is left is in no circle.
    while let Some(end) = arrows.iter().find(|(_, to)| to.is_empty()).map(|(module, _)| *module) {
        arrows.remove(end);
        for to in arrows.values_mut() {
            to.remove(end);
        }
    }
    let mut way: Vec<&[String]> = Vec::new();
    let mut at = *arrows.keys().next()?;
    while !way.contains(&at) {
        way.push(at);
        at = arrows.get(at).and_then(|to| to.first().copied())?;
    }
    let begin = way.iter().position(|it| *it == at)?;
    Some(way[begin..].iter().map(|module| module.join("::")).collect())
}

/// The names that modules have of others: as whose they can be used, and whose they are.
fn handed_on<'a>(uses: &'a [(&[String], Vec<Vec<String>>)]) -> BTreeMap<Vec<String>, &'a [String]> {
    let mut names = BTreeMap::new();
    for (module, paths) in uses {
        for path in paths {
            if let Some(name) = path.last() {
                let known_as = [*module, std::slice::from_ref(name)].concat();
                if known_as != *path {
                    names.insert(known_as, path.as_slice());
                }
            }
        }
    }
    names
}

/// The module of the file that a name comes from.
fn home<'a>(
    path: &[String],
    handed_on: &BTreeMap<Vec<String>, &[String]>,
    modules: &BTreeSet<&'a [String]>,
) -> Option<&'a [String]> {
    let mut path = path;
    // A name that is handed on in a circle leads nowhere.
    for _ in 0..8 {
        match handed_on.get(path) {
            Some(next) => path = next,
            None => break,
        }
    }
    (1..=path.len()).rev().find_map(|length| modules.get(&path[..length]).copied())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(sources: &[(&str, &str)]) -> Option<Vec<String>> {
        let sources: Vec<Source> = sources
            .iter()
            .map(|(module, text)| (module.split("::").map(str::to_owned).collect(), (*text).to_owned()))
            .collect();
        circle(&sources)
    }

    #[test]
    fn files_that_know_each_other_are_found_through_those_that_hand_names_on() {
        let door = ("call", "mod ask;\nmod file;\npub use ask::Setback;\npub use file::Handed;\n");
        let ask = ("call::ask", "use super::Handed;\npub enum Setback {}\n");
        let file = ("call::file", "use super::Setback;\npub struct Handed;\n");
        assert_eq!(of(&[door, ask, file]), Some(vec!["call::ask".into(), "call::file".into()]));
        assert_eq!(of(&[door, ask, ("call::file", "use std::io;\npub struct Handed;\n")]), None);
    }

    #[test]
    fn a_door_that_has_something_itself_which_those_behind_it_need_is_a_circle() {
        let door = "mod spool;\npub use spool::Spool;\npub const CHUNK: usize = 1;\n";
        let spool = "use super::CHUNK;\n";
        assert_eq!(
            of(&[("files", door), ("files::spool", spool)]),
            Some(vec!["files".into(), "files::spool".into()])
        );
        let tests = "#[cfg(test)]\nmod tests {\n use super::super::CHUNK;\n}\n";
        assert_eq!(of(&[("files", door), ("files::spool", tests)]), None);
    }
}
