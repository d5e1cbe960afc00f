//! The store as an operator has it: in its usual place, looked after, put back from a backup, on a disk that is full, in files that can't be
//! used.

mod care;
mod full_disk;
mod home;
mod refused;

use ha_wechaty::config::BotMode;
use ha_wechaty_sim::Phone;
use ha_wechaty_testkit::{program::Running, text};

use super::cli::Folder;

/// Writes the configuration of a gateway of these phones, with a store at this path.
fn configure<'a>(folder: &Folder, store: &str, phones: impl IntoIterator<Item = &'a Phone>) {
    let store = format!("path = \"{store}\"");
    let lines = [("store", store.as_str()), ("pace", "enabled = false\nmax_wait = \"3s\"")];
    folder.write("ha-wechaty.toml", &text::config(&lines, &[("main", BotMode::All)], phones));
}

/// The gateway that is configured in a folder.
fn serve(folder: &Folder) -> Running {
    Running::start(&mut folder.program(&["serve", "--config", "ha-wechaty.toml"]))
}
