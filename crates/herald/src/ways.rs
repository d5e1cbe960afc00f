//! The ways of a team, as its configuration says by now.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use ha_wechaty_config::{Config, NotifyConfig};

use crate::batch::Taken;

/// The ways there are.
#[derive(Debug, Default)]
pub(crate) struct Ways(Mutex<Held>);

#[derive(Debug, Default)]
struct Held {
    /// Of this configuration.
    of: Option<Arc<Config>>,
    ways: BTreeMap<String, Arc<Way>>,
    /// How many there were.
    made: u64,
}

/// A way to people.
#[derive(Debug)]
pub(crate) struct Way {
    pub(crate) config: NotifyConfig,
    /// What it took of tellings that have not wholly arrived; also by what was configured before under its name.
    pub(crate) taken: Arc<Taken>,
    /// Another number than that of any other, or of the one before it under its name.
    pub(crate) number: u64,
}

impl Ways {
    /// The way of this name.
    pub(crate) fn find(&self, config: &Arc<Config>, name: &str) -> Option<Arc<Way>> {
        self.of(config).ways.get(name).cloned()
    }

    /// All names, with the levels that they are told with.
    pub(crate) fn levels(&self, config: &Arc<Config>) -> Vec<(String, u8)> {
        self.of(config).ways.values().map(|way| (way.config.name.clone(), way.config.level)).collect()
    }

    fn of(&self, config: &Arc<Config>) -> MutexGuard<'_, Held> {
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if held.of.as_ref().is_some_and(|it| Arc::ptr_eq(it, config)) {
            return held;
        }
        let mut before = std::mem::take(&mut held.ways);
        for wanted in &config.notify {
            let way = match before.remove(&wanted.name) {
                Some(same) if same.config == *wanted => same,
                other => {
                    held.made += 1;
                    let taken = other.map(|it| it.taken.clone()).unwrap_or_default();
                    Arc::new(Way { config: wanted.clone(), taken, number: held.made })
                }
            };
            held.ways.insert(wanted.name.clone(), way);
        }
        held.of = Some(config.clone());
        held
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn config(ways: &[(&str, &str)]) -> Arc<Config> {
        let ways = ways
            .iter()
            .map(|(name, url)| format!("[[notify]]\nname = \"{name}\"\nto = \"webhook\"\nurl = \"{url}\"\n"));
        let text = format!(
            "name = \"a\"\n[[bot]]\nname = \"main\"\ntoken = \"insecure_b\"\n[[account]]\nname = \"north\"\n\
             token = \"insecure_n\"\nendpoint = \"127.0.0.1:1\"\n{}",
            ways.collect::<String>()
        );
        Arc::new(Config::from_toml(Path::new("a.toml"), &text).expect("a configuration"))
    }

    #[test]
    fn a_way_stays_with_its_name_and_what_it_took_and_is_another_if_it_leads_elsewhere() {
        let ways = Ways::default();
        let first = config(&[("ops", "http://127.0.0.1:1/a"), ("boss", "http://127.0.0.1:1/b")]);
        let (ops, boss) = (ways.find(&first, "ops"), ways.find(&first, "boss"));
        let (ops, boss) = (ops.expect("it is there"), boss.expect("it is there"));
        let second = config(&[("ops", "http://127.0.0.1:1/c"), ("boss", "http://127.0.0.1:1/b")]);
        let moved = ways.find(&second, "ops").expect("it is there");
        assert!(moved.number != ops.number && Arc::ptr_eq(&moved.taken, &ops.taken));
        assert_eq!(ways.find(&second, "boss").map(|it| it.number), Some(boss.number));
        let third = config(&[("boss", "http://127.0.0.1:1/b")]);
        assert!(ways.find(&third, "ops").is_none());
        assert_eq!(ways.levels(&third), [("boss".to_owned(), 1)]);
    }
}
