//! What holds of the whole: the example, and every way in which a configuration can be wrong.

mod alarms;
mod bots;
mod changes;
mod dong;
mod entry;
mod environment;
mod example;
mod flags;
mod hosted;
mod mistakes;
mod notify;
mod pace;
mod secrets;
mod trace;

use std::path::Path;

use super::{Config, ConfigError};

/// A configuration that has what it needs and nothing else; tests add to it.
const LEAST: &str = r#"
[[bot]]
name = "main"
token = "insecure_bot"
[[account]]
name = "north"
token = "insecure_north"
"#;

fn parse(text: &str) -> Result<Config, ConfigError> {
    Config::from_toml(Path::new("team.toml"), text)
}

/// The problems of a text, without the file's name.
fn problems(text: &str) -> Vec<String> {
    let error = parse(text).expect_err("it is wrong");
    error.problems().iter().map(|problem| problem.to_string().replacen("team.toml:", "", 1)).collect()
}
