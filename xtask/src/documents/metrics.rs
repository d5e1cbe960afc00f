//! Every metric that a document, a rule or a dashboard names is kept: people write alarms by these names.

use std::path::Path;

use super::markdown::Document;

/// Where all of them are told.
pub(super) const TABLE: &str = "docs/metrics.md";
/// What all of ours begin with.
const PREFIX: &str = "ha_wechaty_";
/// What the format of metrics adds to their names.
const ENDINGS: [&str; 7] = ["", "_total", "_seconds", "_bytes", "_info", "_seconds_total", "_seconds_bucket"];

/// Metrics that a document names and no source has, a line for each.
pub(super) fn faults(path: &Path, document: &Document, sources: &[String]) -> Vec<String> {
    let mut wrong = Vec::new();
    for (line, word) in &document.code {
        for name in word.split(PREFIX).skip(1).filter_map(name).filter(|name| !is_kept(name, sources)) {
            wrong.push(format!("{}:{line}: there is no metric {PREFIX}{name}", path.display()));
        }
    }
    wrong
}

/// Metrics that are kept and that the table of all does not name, a line for each.
pub(super) fn untold(table: &str, sources: &[String]) -> Vec<String> {
    let kept = sources.iter().flat_map(|source| registered(source));
    let is_told = |name: &str| {
        let all = ENDINGS.map(|ending| format!("`{PREFIX}{name}{ending}`"));
        all.iter().any(|name| table.contains(name.as_str()))
    };
    kept.filter(|name| !is_told(name)).map(|name| format!("{TABLE} does not name {PREFIX}{name}")).collect()
}

/// The names that a source registers: the first text behind each `.register(`.
fn registered(source: &str) -> impl Iterator<Item = &str> {
    let calls =
        [".register(", ".register_with_unit("].into_iter().flat_map(|call| source.split(call).skip(1));
    calls.filter_map(|rest| rest.trim_start().strip_prefix('"')?.split('"').next())
}

/// The same of a file that is no document, each line of which may name some.
pub(super) fn faults_of(path: &Path, text: &str, sources: &[String]) -> Vec<String> {
    let mut wrong = Vec::new();
    for (index, line) in text.lines().enumerate() {
        for name in line.split(PREFIX).skip(1).filter_map(name).filter(|name| !is_kept(name, sources)) {
            wrong.push(format!("{}:{}: there is no metric {PREFIX}{name}", path.display(), index + 1));
        }
    }
    wrong
}

/// The rest of a metric's name. What is followed by `::` is a crate's.
fn name(text: &str) -> Option<&str> {
    let end = text.find(|it: char| !it.is_ascii_alphanumeric() && it != '_').unwrap_or(text.len());
    let (name, rest) = text.split_at(end);
    (!name.is_empty() && !rest.starts_with("::") && !rest.starts_with('…')).then_some(name)
}

/// Whether a source has it among its texts.
fn is_kept(name: &str, sources: &[String]) -> bool {
    let plain = ENDINGS.iter().filter_map(|ending| name.strip_suffix(ending));
    let mut texts = plain.map(|name| format!("\"{name}\""));
    texts.any(|text| sources.iter().any(|source| source.contains(&text)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_is_in_the_table() {
        let sources = [
            "r.register(\"sends\", \"x\", y);\nr.register_with_unit(\n    \"away\",\n    \"x\", Unit::Seconds, y);".to_owned(),
            "registry.register(\"lost\", y)".to_owned(),
        ];
        let table = "| `ha_wechaty_sends_total` |\n| `ha_wechaty_away_seconds` |\n";
        assert_eq!(untold(table, &sources), ["docs/metrics.md does not name ha_wechaty_lost"]);
    }

    #[test]
    fn rules_name_what_is_kept() {
        let sources = ["r.register(\"build\"); r.register_with_unit(\"gone\", Unit::Seconds)".to_owned()];
        let text =
            "expr: ha_wechaty_build_info == 1\n  rate(ha_wechaty_gone_seconds_total[5m]) > ha_wechaty_lost\n";
        assert_eq!(
            faults_of(Path::new("ops/it.yml"), text, &sources),
            ["ops/it.yml:2: there is no metric ha_wechaty_lost"]
        );
    }

    #[test]
    fn metrics_that_nobody_keeps_are_told_of() {
        let sources = ["r.register(\"sends\"); r.register_with_unit(\"bot_away\", Unit::Seconds)".to_owned()];
        let text = "`ha_wechaty_sends_total{outcome=\"sent\"}`, `ha_wechaty_bot_away_seconds`, `ha_wechaty_team::call`, `ha_wechaty_…`\n\n\
                    `ha_wechaty_sends_seen` and `ha_wechaty_away`";
        assert_eq!(
            faults(Path::new("it.md"), &Document::read(text), &sources),
            ["sends_seen", "away"].map(|name| format!("it.md:3: there is no metric ha_wechaty_{name}"))
        );
    }
}
