//! A configuration as a file that the program reads: as by default, but for its ports and what a test says.

use std::{collections::BTreeMap, fmt::Write as _};

use ha_wechaty_config::BotMode;
use ha_wechaty_sim::Phone;

/// A whole configuration of a team `ossbot`: lines by section, the bots by name (their tokens are `insecure_<name>`) with
/// their modes, and the accounts.
#[must_use]
pub fn config<'a>(
    lines: &[(&'static str, &str)],
    bots: &[(&str, BotMode)],
    phones: impl IntoIterator<Item = &'a Phone>,
) -> String {
    let ours =
        [("gateway", "listen = \"127.0.0.1:0\"\ntls = \"off\""), ("admin", "listen = \"127.0.0.1:0\"")];
    let mut sections = BTreeMap::<&str, String>::new();
    for (section, lines) in ours.iter().chain(lines) {
        let section = sections.entry(section).or_default();
        *section += lines;
        section.push('\n');
    }
    let mut text = String::from("name = \"ossbot\"\n");
    for (section, lines) in sections {
        let _ = writeln!(text, "[{section}]\n{lines}");
    }
    for (name, mode) in bots {
        let _ = writeln!(text, "[[bot]]\nname = \"{name}\"\ntoken = \"insecure_{name}\"\nmode = \"{mode}\"");
    }
    for phone in phones {
        let (name, token, endpoint) = (phone.name(), phone.token().reveal(), phone.addr());
        let _ =
            writeln!(text, "[[account]]\nname = \"{name}\"\ntoken = \"{token}\"\nendpoint = \"{endpoint}\"");
    }
    text
}
