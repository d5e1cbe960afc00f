//! The configuration, as a file and as the environment: whatever stands there, it is either used or refused in words,
//! and what is used can be run.

use std::path::Path;

use ha_wechaty::{
    config::{Config, ConfigError, Draft, Environment},
    fuzzing,
};

/// A marked secret: it is shown nowhere.
const SECRET: &str = "s3cr3t";

/// Reads a file.
///
/// # Panics
/// Something does not hold.
pub fn file(input: &[u8]) {
    fuzzing::resolve_no_names();
    let text = String::from_utf8_lossy(input);
    let read = || Config::from_toml(Path::new("team.toml"), &text);
    is_as_it_must_be(&read());
    // Of what went wrong all is told, each time the same.
    assert_eq!(read().err(), read().err());
}

/// Reads variables, each a line `NAME=value`, over a file that lacks nothing but them, or over none.
///
/// # Panics
/// Something does not hold.
pub fn environment(input: &[u8]) {
    fuzzing::resolve_no_names();
    let text = String::from_utf8_lossy(input);
    let lines = text.lines().filter_map(|line| line.split_once('='));
    // The environment is a map.
    let pairs: std::collections::BTreeMap<&str, &str> = lines.collect();
    let environment: Environment = pairs.iter().collect();
    for variable in environment.variables() {
        let value = pairs.get(variable.name.as_str()).copied().unwrap_or_default();
        let is_secret = variable.name.ends_with("TOKEN") || variable.name.ends_with("PASSWORD");
        let elsewhere = pairs.iter().any(|(name, value)| {
            *name != variable.name && [name, value].iter().any(|it| it.to_lowercase().contains(SECRET))
        });
        if is_secret && value.contains(SECRET) && !elsewhere {
            let told = format!("{variable:?} {environment:?} {:?}", environment.warnings());
            assert!(!told.contains(SECRET), "{told}");
        }
    }
    let drafts = [Draft::new(), Draft::from_toml(Path::new("team.toml"), TEAM).expect("it is TOML")];
    for mut draft in drafts {
        draft.lay(&environment);
        is_as_it_must_be(&draft.finish());
    }
}

const TEAM: &str = "[[account]]\nname = \"north\"\ntoken = \"insecure_north\"\nendpoint = \"127.0.0.1:1\"\n";

fn is_as_it_must_be(read: &Result<Config, ConfigError>) {
    match read {
        Ok(config) => {
            let shown: Vec<String> = config.warnings().iter().map(ToString::to_string).collect();
            assert!(shown.iter().all(|it| !it.is_empty()));
            fuzzing::begin(config);
        }
        Err(error) => {
            assert!(!error.problems().is_empty(), "what is refused is refused for something");
            assert!(error.to_string().lines().count() >= error.problems().len(), "{error}");
        }
    }
}
