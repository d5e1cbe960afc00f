//! One name, one thing: the names of public types are unique over the crates.
//!
//! What is exported again has one definition, and counts once; generated code is not among the sources; tests may call
//! things as they like.

use std::{collections::BTreeMap, path::Path};

use anyhow::{Result, ensure};

use crate::{
    run::say,
    tree::{sources, text},
};

/// Where a name is defined: in which crates, by their folders, once for each definition.
pub(crate) type Definitions = BTreeMap<String, Vec<String>>;

/// Holds them against each other.
pub(crate) fn prove() -> Result<()> {
    let all = definitions()?;
    let wrong = faults(&all);
    ensure!(wrong.is_empty(), "a name means one thing, whatever crate it is in:\n{}", wrong.join("\n"));
    say(&format!("{} public types, each with a name of its own", all.len()));
    Ok(())
}

/// The public types of all crates.
pub(crate) fn definitions() -> Result<Definitions> {
    let mut all = Definitions::new();
    for path in sources("crates")? {
        let Some(owner) = owner(&path) else { continue };
        for name in public_types(&text(&path)?) {
            all.entry(name).or_default().push(owner.clone());
        }
    }
    Ok(all)
}

/// The crate of a source, unless it is one of tests.
fn owner(path: &Path) -> Option<String> {
    let parts: Vec<&str> = path.iter().filter_map(|it| it.to_str()).collect();
    let ["crates", owner, "src", .., file] = parts[..] else { return None };
    let is_test = parts.contains(&"tests") || file == "tests.rs" || owner == "testkit";
    (!is_test).then(|| owner.to_owned())
}

/// The names of the public types that a source defines, its tests left out.
fn public_types(text: &str) -> Vec<String> {
    let mut names = Vec::new();
    let mut lines = text.lines().map(str::trim).peekable();
    while let Some(line) = lines.next() {
        // Tests come last in a file.
        if line == "#[cfg(test)]"
            && lines.peek().is_some_and(|it| it.starts_with("mod ") && it.ends_with('{'))
        {
            break;
        }
        let Some(item) = line.strip_prefix("pub ") else { continue };
        let kinds = ["struct ", "enum ", "trait ", "type ", "union "];
        let Some(rest) = kinds.iter().find_map(|kind| item.strip_prefix(kind)) else { continue };
        let name: String = rest.chars().take_while(|it| it.is_alphanumeric() || *it == '_').collect();
        // A macro's parameter has none.
        if !name.is_empty() {
            names.push(name);
        }
    }
    names
}

/// What is defined several times, a line for each.
fn faults(all: &Definitions) -> Vec<String> {
    let shared = all.iter().filter(|(_, owners)| owners.len() > 1);
    let line = |(name, owners): (&String, &Vec<String>)| {
        let mut owners = owners.clone();
        owners.sort_unstable();
        format!("{name} is a type of {}", owners.join(", "))
    };
    shared.map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_checkout_holds_to_it() {
        prove().expect("names");
    }

    #[test]
    fn public_types_are_found_and_tests_left_out() {
        let text = "pub struct One<T>(T);\npub(crate) struct Two;\nwords! {\n    pub enum Three {\n    }\n}\n\
                    pub use other::Four;\npub trait Five {}\npub type Six = u8;\npub enum $name {}\n\
                    #[cfg(test)]\nmod tests {\n    pub struct Seven;\n}\n";
        assert_eq!(public_types(text), ["One", "Three", "Five", "Six"]);
    }

    #[test]
    fn sources_have_an_owner_and_tests_have_none() {
        let owner = |path: &str| owner(Path::new(path));
        assert_eq!(owner("crates/core/src/team/mod.rs").as_deref(), Some("core"));
        for path in [
            "crates/core/tests/x.rs",
            "crates/core/src/tests.rs",
            "crates/core/src/tests/x.rs",
            "crates/core/Cargo.toml",
        ] {
            assert_eq!(owner(path), None, "{path}");
        }
    }

    #[test]
    fn a_name_of_two_things_is_told_of() {
        let definitions = |pairs: &[(&str, &[&str])]| -> Definitions {
            let owned = |owners: &[&str]| owners.iter().map(|it| (*it).to_owned()).collect();
            pairs.iter().map(|(name, owners)| ((*name).to_owned(), owned(owners))).collect()
        };
        let all = definitions(&[("Event", &["wire", "core"]), ("Team", &["core"])]);
        assert_eq!(faults(&all), ["Event is a type of core, wire"]);
        // In one crate, too.
        assert_eq!(faults(&definitions(&[("Held", &["team", "team"])])), ["Held is a type of team, team"]);
    }
}
