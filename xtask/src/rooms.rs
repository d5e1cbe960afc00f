//! The rooms of the crate `team` stand on floors, as the crates do, and arrows between them go down only. So do those
//! between the parts of its state. Where all arrows go down there is no circle; and within a room files make none either.

use std::path::Path;

use anyhow::{Result, bail, ensure};

use crate::{
    circles::circle,
    paths::paths,
    tree::{sources, text},
};

/// Where the team is.
const TEAM: &str = "crates/team/src";

/// Rooms that are the folders and files of one folder.
struct House {
    /// The folder, as a module.
    module: &'static [&'static str],
    /// Its rooms, lowest first. Those on one floor know nothing of each other.
    floors: &'static [&'static [&'static str]],
}

const HOUSES: [House; 2] = [
    House {
        module: &[],
        floors: &[
            &["error", "event", "signals", "text", "trace"],
            &["schema"],
            &["state"],
            &["store"],
            &["bot", "engine", "intake", "view"],
            &["call"],
            &["account"],
            &["runtime"],
        ],
    },
    House {
        module: &["state"],
        floors: &[
            &["backlog", "bounded", "clock", "limits"],
            &["budget", "facts", "sends"],
            &["accounts", "bots", "knowledge", "records", "sending", "transit"],
            &["underway"],
        ],
    },
];

/// Looks at what each source of the team's uses.
pub(crate) fn prove() -> Result<()> {
    let (mut wrong, mut read) = (Vec::new(), Vec::new());
    for file in sources(TEAM)? {
        let (path, text) = (file.strip_prefix(TEAM)?, text(&file)?);
        if path.ends_with("tests.rs") {
            continue;
        }
        wrong.extend(HOUSES.iter().flat_map(|house| house.upward(path, &text)));
        read.push((module(path), text));
    }
    ensure!(
        wrong.is_empty(),
        "arrows between rooms go down only, see xtask/src/rooms.rs:\n{}",
        wrong.join("\n")
    );
    match circle(&read) {
        None => Ok(()),
        Some(circle) => bail!("these files know each other in a circle: {}", circle.join(", ")),
    }
}

/// A source, as a module.
fn module(path: &Path) -> Vec<String> {
    let mut module: Vec<String> =
        path.with_extension("").iter().map(|it| it.to_string_lossy().into_owned()).collect();
    if module.last().is_some_and(|last| last == "mod" || last == "lib") {
        module.pop();
    }
    module
}

impl House {
    fn floor(&self, room: &str) -> Option<usize> {
        self.floors.iter().position(|floor| floor.contains(&room))
    }

    /// The room that a path leads to; none if it leads out of the house, and the empty one if to the house itself.
    fn room<'a>(&self, path: &'a [String]) -> Option<&'a str> {
        let is_in = path.iter().zip(self.module).all(|(have, want)| have == want);
        (is_in && path.len() >= self.module.len())
            .then(|| path.get(self.module.len()).map_or("", String::as_str))
    }

    /// The arrows that do not go down, in words.
    fn upward(&self, path: &Path, text: &str) -> Vec<String> {
        let own_module = module(path);
        // Whoever is the house itself is above all of its rooms.
        let Some(own) = self.room(&own_module).filter(|room| !room.is_empty()) else { return Vec::new() };
        let Some(own_floor) = self.floor(own) else {
            return vec![format!("{}: {own} stands on no floor", path.display())];
        };
        let mut wrong = Vec::new();
        for used in paths(&own_module, text) {
            let Some(room) = self.room(&used.segments).filter(|room| *room != own) else { continue };
            if self.floor(room).is_none_or(|floor| floor >= own_floor) {
                let (line, name) = (used.line, used.segments.join("::"));
                wrong.push(format!("{}:{line}: {own} uses {name}", path.display()));
            }
        }
        wrong
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_checkout_holds_to_it() {
        prove().expect("rooms");
    }

    fn upward(path: &str, text: &str) -> Vec<String> {
        HOUSES.iter().flat_map(|house| house.upward(Path::new(path), text)).collect()
    }

    #[test]
    fn an_arrow_upward_is_found_and_one_downward_is_none() {
        let down = "use super::one::Call;\nuse crate::{error::CallError, state::Shared};\nfn f() { crate::text::g() }";
        assert_eq!(upward("call/send.rs", down), [""; 0]);
        assert_eq!(
            upward("call/send.rs", "use crate::{state, account};"),
            ["call/send.rs:1: call uses account"]
        );
        assert_eq!(
            upward("state/sending/pacer.rs", "fn f() {\n  super::super::super::call::g() }"),
            ["state/sending/pacer.rs:2: state uses call::g"]
        );
        assert_eq!(upward("text.rs", "use crate::stop_signal;"), ["text.rs:1: text uses stop_signal"]);
    }

    #[test]
    fn rooms_on_one_floor_know_nothing_of_each_other_or_there_could_be_circles() {
        assert_eq!(upward("view/status.rs", "use crate::engine::Look;").len(), 1);
        assert_eq!(upward("engine.rs", "use crate::view::Status;").len(), 1);
    }

    #[test]
    fn no_part_of_the_state_knows_all_of_it() {
        assert_eq!(
            upward("state/bots/streams.rs", "use crate::state::Shared;"),
            ["state/bots/streams.rs:1: bots uses state::Shared"]
        );
        assert_eq!(upward("state/budget.rs", "use super::{bounded::Load, transit::Spool};").len(), 1);
        assert_eq!(upward("state/mod.rs", "use self::transit::Spool;"), [""; 0]);
    }

    #[test]
    fn a_new_room_needs_a_floor() {
        assert_eq!(upward("attic/mod.rs", ""), ["attic/mod.rs: attic stands on no floor"]);
    }
}
