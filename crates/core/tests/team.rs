//! The team as its drivers see it: facts in, wishes out, on a virtual clock. One program, since all of it stands on the same support;
//! `cargo test -p ha-wechaty-core --test team NAME` runs those of a module.
#![allow(missing_docs, clippy::expect_used)]

mod account_life;
mod alarms;
mod annals;
mod bots_backlog;
mod bots_modes;
mod bots_replay;
mod choosing;
mod comings_and_goings;
mod every_event_once;
mod evidence;
mod follows;
mod freshness;
mod gateway_restarts;
mod generations_page;
mod hands;
mod inviting;
mod login_challenges;
mod long_lists;
mod membership;
mod numbered;
mod one_identity;
mod own_sends;
mod pace;
mod properties;
mod random_lives;
mod replay;
mod restarts;
mod said_again;
mod schedules;
mod streams_taken;
mod support;
mod tags_and_posts;
mod team_availability;
mod thinning;
mod voices;

#[test]
fn each_file_of_tests_is_run() {
    let package = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let read = |path: &str| std::fs::read_to_string(package.join(path)).expect("it is there");
    let (here, manifest) = (read("tests/team.rs"), read("Cargo.toml"));
    for entry in package.join("tests").read_dir().expect("the tests") {
        let path = entry.expect("a file").path();
        let name = path.file_stem().and_then(|it| it.to_str()).expect("a name");
        let is_code = path.is_dir() && name != "seeds" || path.extension().is_some_and(|it| it == "rs");
        let is_run =
            here.contains(&format!("\nmod {name};")) || manifest.contains(&format!("name = \"{name}\""));
        assert!(
            is_run || !is_code,
            "{name}: name it in tests/team.rs, or give it a program of its own in Cargo.toml"
        );
    }
}
