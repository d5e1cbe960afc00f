//! The page about generations says of each RPC what its row says.

#![allow(clippy::expect_used, reason = "tests")]

use std::{fs, path::Path};

use ha_wechaty_core::{
    Rpc,
    rpc::{Age, Each, RPCS, StandIn},
};

/// Where its calls go, and where they go if an account lacks it: a line of the page's table.
fn line(rpc: &Rpc) -> String {
    let age = match rpc.age {
        Age::Both => "both",
        Age::Older => "the community's",
        Age::Newer => "the fork's",
    };
    let class = rpc.conduct.class.name();
    let class = match rpc.change {
        Some(change) => format!("{class}; as a change {}", change.conduct.class.name()),
        None => class.to_owned(),
    };
    let instead = match rpc.stands_in {
        None => String::from("nothing"),
        Some(StandIn::Each(Each { rpc, many, .. })) => format!("`{rpc}` for each of `{many}`"),
        Some(StandIn::Same(other)) => format!("`{other}`"),
        Some(StandIn::Whole(other)) => format!("`{other}`, whose file is streamed"),
        Some(StandIn::ById(_)) => String::from("tags by ids, found by their names"),
        Some(StandIn::ByName(_)) => String::from("tags by their names"),
    };
    format!("| `{}` | {age} | {class} | {instead} |", rpc.name)
}

#[test]
fn every_rpc_that_one_generation_lacks_or_something_stands_in_for_is_on_the_page() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/generations.md");
    let page = fs::read_to_string(path).expect("the page");
    let due: Vec<String> =
        RPCS.iter().filter(|rpc| rpc.age != Age::Both || rpc.stands_in.is_some()).map(line).collect();
    let there: Vec<&str> = page.lines().filter(|line| line.starts_with("| `")).collect();
    assert_eq!(there, due, "the lines of its table:\n{}", due.join("\n"));
}
