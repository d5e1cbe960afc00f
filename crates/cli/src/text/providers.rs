//! The puppets that are known, as a person reads of them in a terminal.

use ha_wechaty_config::catalogue::{Generation, KNOWN, Known, Platform, TokenNeed};
use ha_wechaty_core::Ids;
use ha_wechaty_host::Installed;

use super::table;

/// The puppets that are known, and what each needs.
pub fn providers(installed: &Installed) -> String {
    let head = ["puppet", "version", "generation", "needs", "ids", "installed"].map(String::from);
    let rows: Vec<[String; 6]> = KNOWN.iter().map(|known| row(known, installed)).collect();
    let mut lines = table(&head, &rows);
    lines.push(String::new());
    let remarks = KNOWN.iter().filter(|known| !known.remark.is_empty());
    lines.extend(remarks.map(|known| format!("  {}: {}", known.name, known.remark)));
    lines.push(String::new());
    lines.push(format!("installed packages are in {}", installed.place()));
    lines.join("\n")
}

fn row(known: &Known, installed: &Installed) -> [String; 6] {
    let needs = match (known.platform, known.token) {
        (Platform::Windows, _) => "Windows".to_owned(),
        _ if known.is_native() => "a token".to_owned(),
        (Platform::Any, TokenNeed::Needed(issuer)) => format!("Node 18, a token of {issuer}"),
        (Platform::Any, TokenNeed::None) => "Node 18".to_owned(),
    };
    [
        known.name.to_owned(),
        known.version.to_owned(),
        match known.generation {
            Generation::Old => "0.x".to_owned(),
            Generation::Current => "1.x".to_owned(),
        },
        needs,
        match known.ids {
            Ids::Shared => "shared".to_owned(),
            Ids::Own => "own".to_owned(),
        },
        match (installed.versions(known.name).join(", "), known.is_native()) {
            (none, true) if none.is_empty() => "not needed".to_owned(),
            (none, false) if none.is_empty() => "no".to_owned(),
            (versions, _) => versions,
        },
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use ha_wechaty_config::HostConfig;

    #[test]
    fn every_known_puppet_has_a_row_that_says_what_it_needs_and_whether_it_is_there() {
        let folder = tempfile::tempdir().expect("a folder");
        let tree = folder
            .path()
            .join("packages/wechaty-puppet-mock@1.18.0-00000000/node_modules/wechaty-puppet-mock");
        std::fs::create_dir_all(&tree).expect("it is ours");
        std::fs::write(tree.join("package.json"), r#"{"version":"1.18.0"}"#).expect("it is ours");
        let host = HostConfig { data_dir: Some(folder.path().to_owned()), ..HostConfig::default() };
        let text = providers(&Installed::new(&host));
        let row = |name: &str| {
            let row = text.lines().find(|line| line.split(" ").next() == Some(name)).expect("a row");
            row.split("  ").map(str::trim).filter(|cell| !cell.is_empty()).collect::<Vec<_>>()
        };
        for known in KNOWN {
            assert_eq!(row(known.name)[1], known.version);
        }
        assert_eq!(row("wechaty-puppet-mock")[2..], ["1.x", "Node 18", "own", "1.18.0"]);
        let padlocal = row("wechaty-puppet-padlocal");
        assert_eq!(padlocal[2..], ["1.x", "Node 18, a token of pad-local.com", "shared", "no"]);
        assert_eq!(row("wechaty-puppet-hostie")[2..], ["0.x", "a token", "shared", "not needed"]);
        assert_eq!(row("wechaty-puppet-xp")[3], "Windows");
    }
}
