//! The configuration that runs beside what its file says by now.

use std::collections::BTreeSet;

use ha_wechaty_config::{Changed, Config, ConfigError, Effect, Written, WrittenKey};
use serde::{Deserialize, Serialize};

/// The configuration that runs, and what its file says; of both what was written: all else has its default.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ConfigStatus {
    /// The file, if it was read from one.
    pub file: Option<String>,
    /// Why what it says is not known; if that are mistakes in it, `mistakes` has them.
    pub unread: Option<String>,
    /// What is wrong with it, so that it would not be taken.
    pub mistakes: Vec<MistakeStatus>,
    /// The keys that either has, in order.
    pub keys: Vec<KeyStatus>,
}

/// Something that is wrong with a configuration.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MistakeStatus {
    /// Where: a file with its line, a variable, a flag.
    pub place: String,
    /// The key, if it concerns one.
    pub key: String,
    /// What, and what to do.
    pub message: String,
}

/// A key of a configuration.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyStatus {
    /// Its name, like `gateway.listen` or `account[north].weight`.
    pub key: String,
    /// Its value in what runs; `…` for a secret, none where it has its default.
    pub running: Option<String>,
    /// Its value by now.
    pub written: Option<String>,
    /// Where that is written, or was.
    pub place: String,
    /// Whether it is a secret, or names a file that holds one.
    pub is_secret: bool,
    /// Whether both are the same; of secrets too.
    pub is_same: bool,
    /// When what is written counts, if it is another: `reload` or `start`; none if it comes to the same.
    pub counts: Option<KeyCounts>,
}

/// When another value of a key counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum KeyCounts {
    /// Once the gateway reads its configuration again.
    Reload,
    /// At the next start of the gateway.
    Start,
}

impl ConfigStatus {
    /// What runs, and what is written by now; none where nobody reads it again.
    pub fn new(running: &Config, written: Option<Result<Config, ConfigError>>) -> Self {
        let file = running.source.as_ref().map(|path| path.display().to_string());
        let unread = |why: &str| Some(why.to_owned());
        match written {
            Some(Ok(new)) => {
                let ((_, changed), keys) = (running.follow(&new), Some(&new.written));
                Self { file, keys: rows(&running.written, keys, &changed), ..Self::default() }
            }
            Some(Err(error)) => Self {
                file,
                unread: unread("there are mistakes in it: a reload would change nothing"),
                mistakes: error.problems().iter().map(MistakeStatus::new).collect(),
                keys: rows(&running.written, None, &[]),
            },
            None => Self {
                file,
                unread: unread("the gateway was started by a program, which reads no configuration again"),
                mistakes: Vec::new(),
                keys: rows(&running.written, None, &[]),
            },
        }
    }

    /// How many keys are not what is written.
    pub fn others(&self) -> usize {
        self.keys.iter().filter(|it| !it.is_same).count()
    }
}

impl MistakeStatus {
    fn new(it: &ha_wechaty_config::Problem) -> Self {
        let (place, key, message) = (it.place.to_string(), it.key.clone(), it.message.clone());
        Self { place, key, message }
    }
}

/// All keys of both; where nothing is known of what is written, that is the same.
fn rows(running: &Written, written: Option<&Written>, changed: &[Changed]) -> Vec<KeyStatus> {
    let names = running.keys().chain(written.into_iter().flat_map(Written::keys)).map(|(key, _)| key);
    let names: BTreeSet<&str> = names.collect();
    let row = |key: &str| {
        let (old, new) = (running.get(key), written.map_or_else(|| running.get(key), |it| it.get(key)));
        let is_same = match (old, new) {
            (Some(old), Some(new)) => old.is_same(new),
            (None, None) => true,
            (Some(_), None) | (None, Some(_)) => false,
        };
        let of = |name: &str| changed.iter().find(|it| it.key == name).map(|it| it.effect);
        let effect = of(key).or_else(|| of(Written::table(key)));
        let value = |it: Option<&WrittenKey>| it.map(|it| it.value.clone());
        KeyStatus {
            key: key.to_owned(),
            running: value(old),
            written: if written.is_some() { value(new) } else { None },
            place: new.or(old).map(|it| it.place.to_string()).unwrap_or_default(),
            is_secret: new.or(old).is_some_and(WrittenKey::is_secret),
            is_same,
            counts: effect.filter(|_| !is_same).map(|effect| match effect {
                Effect::AtNextStart => KeyCounts::Start,
                Effect::AtReload(_) => KeyCounts::Reload,
            }),
        }
    };
    names.into_iter().map(row).collect()
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    const TEXT: &str = "[gateway]\ntls = \"off\"\nheartbeat = \"2s\"\n[[bot]]\nname = \"main\"\ntoken = \"insecure_first\"\n\
                        [[account]]\nname = \"north\"\ntoken = \"insecure_north\"\nendpoint = \"127.0.0.1:1\"\ntls = \"off\"\n";

    fn config(text: &str) -> Result<Config, ConfigError> {
        Config::from_toml(Path::new("/etc/team.toml"), text)
    }

    #[test]
    fn each_key_says_what_runs_what_is_written_and_when_that_counts() {
        let running = config(TEXT).expect("it is right");
        assert_eq!(ConfigStatus::new(&running, Some(config(TEXT))).others(), 0);
        let new = TEXT
            .replace("\"2s\"", "\"2000ms\"")
            .replace("insecure_first", "insecure_second")
            .replace("127.0.0.1:1", "127.0.0.1:2\"\nweight = 3\ndomain = \"x");
        let new = new + "[health]\nding_after = \"90s\"\n";
        let told = ConfigStatus::new(&running, Some(config(&new)));
        let others: Vec<_> = told
            .keys
            .iter()
            .filter(|it| !it.is_same)
            .map(|it| (it.key.as_str(), it.running.as_deref(), it.written.as_deref(), it.counts))
            .collect();
        let reload = Some(KeyCounts::Reload);
        let expected = [
            ("account[north].domain", None, Some("x"), reload),
            ("account[north].endpoint", Some("127.0.0.1:1"), Some("127.0.0.1:2"), reload),
            ("account[north].weight", None, Some("3"), reload),
            ("bot[main].token", Some("…"), Some("…"), reload),
            ("gateway.heartbeat", Some("2s"), Some("2000ms"), None),
            ("health.ding_after", None, Some("90s"), reload),
        ];
        assert_eq!(others, expected);
        let json = serde_json::to_string(&told).expect("JSON");
        assert!(!json.contains("insecure"), "{json}");
    }

    #[test]
    fn what_can_t_be_read_says_its_mistakes_with_their_lines() {
        let running = config(TEXT).expect("it is right");
        let told = ConfigStatus::new(&running, Some(config(&TEXT.replace("heartbeat", "hartbeat"))));
        assert!(told.unread.is_some() && told.others() == 0);
        let [mistake] = told.mistakes.as_slice() else { panic!("{told:?}") };
        assert!(mistake.place.ends_with("team.toml:3:1"), "{mistake:?}");
        assert!(mistake.message.contains("did you mean heartbeat?"), "{mistake:?}");
        assert!(told.keys.iter().any(|it| it.key == "gateway.tls" && it.written.is_none()));
    }
}
