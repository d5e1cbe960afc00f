//! Licences, sources and advisories of what we depend on, by cargo-deny.
//!
//! Advisories come from a database that others keep. Where that can't be had nothing is known of them: this says so, and
//! never that all is well.

use anyhow::{Result, ensure};

use crate::{
    run::{output, run, say},
    steps::cargo,
};

/// What a check came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Found {
    /// All is well.
    Nothing,
    /// Something is wrong; it was printed.
    Something,
    /// It could not be checked, and why.
    Unknown(String),
}

/// How to have it.
const REMEDY: &str = "run `cargo install cargo-deny --locked`";

/// Checks all of it; says whether all is well. What could not be checked is not, unless that was allowed.
pub(crate) fn deny(may_be_unknown: bool) -> Result<bool> {
    let checks = checks();
    for (name, found) in &checks {
        match found {
            Found::Nothing => say(&format!("ok   {name}")),
            Found::Something => say(&format!("FAIL {name}")),
            Found::Unknown(why) => say(&format!("???? {name}: {why}")),
        }
    }
    let is_there = !checks.iter().all(|(_, found)| matches!(found, Found::Unknown(_)));
    ensure!(is_there, "nothing was checked: {REMEDY}");
    Ok(checks.iter().all(|(_, found)| is_well(found, may_be_unknown)))
}

fn is_well(found: &Found, may_be_unknown: bool) -> bool {
    match found {
        Found::Nothing => true,
        Found::Something => false,
        Found::Unknown(_) => may_be_unknown,
    }
}

/// Each check, and what it came to.
pub(crate) fn checks() -> [(&'static str, Found); 2] {
    let names = ["licences, bans and sources", "advisories"];
    if output(cargo().args(["deny", "--version"])).is_none() {
        let unknown = || Found::Unknown(format!("not checked: cargo-deny is missing; {REMEDY}"));
        return names.map(|name| (name, unknown()));
    }
    let check = |what: &[&str]| match run(cargo().args(["deny", "check"]).args(what)) {
        Ok((true, _)) => Found::Nothing,
        Ok((false, _)) => Found::Something,
        Err(error) => Found::Unknown(format!("not checked: {error:#}")),
    };
    // By itself the check would take an old copy for today's, or fail as if it had found something.
    let fetched = run(cargo().args(["deny", "fetch", "db"]));
    let advisories = match fetched {
        Ok((true, _)) => check(&["--disable-fetch", "advisories"]),
        _ => Found::Unknown("not checked: their database could not be had; is this machine offline?".into()),
    };
    [(names[0], check(&["--disable-fetch", "licenses", "bans", "sources"])), (names[1], advisories)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_unknown_is_well_only_where_that_was_allowed() {
        let unknown = Found::Unknown("offline".into());
        for (found, strict, lenient) in
            [(Found::Nothing, true, true), (Found::Something, false, false), (unknown, false, true)]
        {
            assert_eq!([is_well(&found, false), is_well(&found, true)], [strict, lenient], "{found:?}");
        }
    }
}
