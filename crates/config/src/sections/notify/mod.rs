//! How people are told of alarms: a table `[[notify]]` for each way.
//!
//! | file | what it holds |
//! |---|---|
//! | `here` | one way, and what all ways have |
//! | `channel` | what a way needs to reach people: which keys belong to which `to` |
//! | `values` | how its values are written |

mod channel;
mod values;

use ha_wechaty_core::Severity;

pub use channel::{Channel, Mailbox, Robot};

use super::{Effect, Item, Live};
use crate::{
    Config,
    reader::{Keys, Rules},
};

/// A way by which people are told of alarms. Key `notify`.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct NotifyConfig {
    /// Its name, for people: 1 to 32 characters of `a-z`, `0-9` and `-`.
    pub name: String,
    /// What it takes to reach them.
    pub channel: Channel,
    /// What matters less than this is not told by it.
    pub least: Severity,
    /// 1 for those who are told first, 2 for those who are told once nobody acknowledged an alarm in time.
    pub level: u8,
    /// In which language they are told.
    pub language: Language,
}

/// In which language people are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Language {
    /// English.
    #[default]
    English,
    /// Chinese, in simplified characters.
    Chinese,
}

impl NotifyConfig {
    /// A way with the defaults.
    pub fn new(name: impl Into<String>, channel: Channel) -> Self {
        let (least, level, language) = (Severity::Warning, 1, Language::default());
        Self { name: name.into(), channel, least, level, language }
    }
}

impl Item for NotifyConfig {
    const EFFECT: Effect = Effect::AtReload(Live::Alarms);

    fn read(keys: &mut Keys<'_>, _: &Config) -> Self {
        let mut named = String::new();
        keys.require("name", &mut named, "give each way a name of its own");
        let mut way = Self::new(named, channel::read(keys));
        let Self { name: _, channel: _, least, level, language } = &mut way;
        keys.set("least", least);
        keys.set_as("level", level, |values::Level(level)| level);
        keys.set("language", language);
        way
    }

    fn judge(ways: &[Self], rules: &Rules<'_>) {
        for (index, way) in ways.iter().enumerate() {
            rules.name(&format!("notify[{index}].name"), &way.name);
            if let Some(twin) = ways[..index].iter().position(|other| other.name == way.name) {
                rules.twin("notify", "name", index, twin, "choose another name");
            }
        }
        if !ways.is_empty() && ways.iter().all(|way| way.level > 1) {
            let why = "is 2 for all of them, so nobody is told first; leave it out for one";
            rules.report("notify[0].level", why);
        }
    }
}
