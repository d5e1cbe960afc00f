//! What the environment comes to, as a person reads it in a terminal.

use ha_wechaty_config::Variable;

/// The variables, and what each came to.
pub fn variables(variables: &[Variable]) -> String {
    let Some(width) = variables.iter().map(|variable| variable.name.len()).max() else {
        return String::from("no variable HA_WECHATY_… is set");
    };
    let lines = variables.iter().map(|Variable { name, meaning, .. }| format!("{name:width$}  {meaning}"));
    lines.collect::<Vec<_>>().join("\n")
}
