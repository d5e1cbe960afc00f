//! What an RPC is, its row says: no other source knows an RPC by its name.

#![allow(clippy::expect_used, reason = "tests")]

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use ha_wechaty_core::rpc::RPCS;

/// Who knows the protocol from the other side: it itself, simulated accounts, and strangers who call.
const OTHERS: [&str; 6] = ["wire", "sim", "trials", "siege", "fuzz", "race"];

/// The sources of our side, but for the table and for tests.
fn sources() -> Vec<(PathBuf, String)> {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the folder of all crates");
    let mut sources = Vec::new();
    for entry in fs::read_dir(crates).expect("the folder of all crates") {
        let entry = entry.expect("a crate");
        if !OTHERS.iter().any(|other| entry.file_name() == *other) {
            read(&entry.path().join("src"), &mut sources);
        }
    }
    let only_tests: BTreeSet<PathBuf> =
        sources.iter().flat_map(|(path, text)| test_modules(path, text)).collect();
    let is_test = |path: &Path| {
        path.ancestors().any(|it| only_tests.contains(it) || only_tests.contains(&it.with_extension("")))
    };
    let is_table = |path: &Path| path.starts_with(crates.join("core/src/rpc"));
    sources.retain(|(path, _)| !is_table(path) && !is_test(path));
    sources
}

fn read(folder: &Path, sources: &mut Vec<(PathBuf, String)>) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries {
        let path = entry.expect("a source").path();
        if path.is_dir() {
            read(&path, sources);
        } else if path.extension().is_some_and(|it| it == "rs") {
            let text = fs::read_to_string(&path).expect("a source");
            sources.push((path, text));
        }
    }
}

/// Where the modules are that a file has for its tests only, without their extensions.
fn test_modules(path: &Path, text: &str) -> Vec<PathBuf> {
    let folder = match path.file_stem().and_then(|it| it.to_str()) {
        Some("mod" | "lib" | "main") => path.with_file_name(""),
        _ => path.with_extension(""),
    };
    let tests = text.split("#[cfg(test)]\n").skip(1);
    let declared = tests.filter_map(|it| it.trim_start_matches("pub(crate) ").strip_prefix("mod "));
    declared
        .filter_map(|rest| Some(folder.join(rest.split_once(';')?.0)))
        .filter(|it| !it.to_string_lossy().contains('{'))
        .collect()
}

/// A file without its tests and comments, on one line.
fn code(text: &str) -> String {
    let text = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
    let lines = text.lines().map(str::trim).filter(|line| !line.starts_with("//"));
    lines.collect::<Vec<_>>().join(" ")
}

/// How this code goes by the names of RPCs.
fn offences(code: &str) -> Vec<String> {
    let literals = RPCS.iter().flat_map(|rpc| [format!("\"{}\"", rpc.name), format!("/{}\"", rpc.name)]);
    let mut found: Vec<String> = literals.filter(|literal| code.contains(literal.as_str())).collect();
    for (at, _) in code.match_indices("rpc.name") {
        let (before, after) = (&code[..at], &code[at + "rpc.name".len()..]);
        let before =
            before.trim_end_matches(|it: char| it.is_alphanumeric() || "_.&*".contains(it)).trim_end();
        let compares = [" ==", " !=", ".starts_with", ".ends_with", ".contains", ".eq", ".cmp", " {"];
        if compares.iter().any(|it| after.starts_with(it))
            || ["==", "!=", "matches!("].iter().any(|it| before.ends_with(it))
        {
            found.push(format!("rpc.name{}", after.chars().take(20).collect::<String>()));
        }
    }
    found
}

#[test]
fn no_source_goes_by_the_name_of_an_rpc_but_the_table() {
    let sources = sources();
    assert!(sources.len() > 200, "these are the sources: {}", sources.len());
    for (path, text) in sources {
        let offences = offences(&code(&text));
        assert!(offences.is_empty(), "{}: {offences:?}; say it in a row of the table", path.display());
    }
}

#[test]
fn whoever_goes_by_a_name_is_found() {
    let bad = [
        "fn f() {\n    match it {\n        \"RoomAdd\" => 1,",
        "if uri.path().ends_with(\"/Event\") {",
        "let is = method.rpc.name == other;",
        "if self.method\n    .rpc.name.starts_with(prefix) {",
        "match self.method.rpc.name {",
        "if matches!(call.method.rpc.name, A | B) {",
        "if other != method.rpc.name {",
    ];
    for bad in bad {
        assert!(!offences(&code(bad)).is_empty(), "{bad}");
    }
    let good = [
        "shared.metrics.call(method.rpc.name, code);",
        "let rpc = self.method.rpc.name;",
        "/// `MessageSendText`, or \"MessageSendText\".",
        "shared.schema.method(rpc::ROOM_ADD)",
        "let it = 1;\n#[cfg(test)]\nmod tests {\n    const NAME: &str = \"RoomAdd\";\n}\n",
    ];
    for good in good {
        assert_eq!(offences(&code(good)), Vec::<String>::new(), "{good}");
    }
}
