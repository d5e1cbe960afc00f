//! From values as they were written to a [`Config`], or to a part of one, with all that is wrong with it.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use ha_wechaty_dong::Settings;

use crate::{
    AccountConfig, Config, ConfigError, Draft, HostConfig, Problem, ServedStore, Written, between,
    reader::{Findings, Form, Keys, Place, Rules, Table, parse},
    sections::{Item as _, dong},
};

/// The team's name, unless it is set.
pub(crate) const NAME: &str = "ha-wechaty";

impl Draft {
    /// Checks all of it.
    ///
    /// # Errors
    /// All that is wrong.
    pub fn finish(self) -> Result<Config, ConfigError> {
        // Whoever asks for it later may be in another folder.
        let source = self.path().map(|path| std::path::absolute(path).unwrap_or_else(|_| path.clone()));
        let (root, whole, problems) = self.into_parts();
        let findings = Findings::from(problems);
        let config = over(Config::new(NAME), &root, &whole, &findings);
        or_else(findings.into_problems(), Config { source, written: Written::of(&root), ..config })
    }

    /// Checks the last account alone, for a team with these defaults for it.
    ///
    /// # Errors
    /// All that is wrong with it.
    pub fn finish_account(self, team: &Config) -> Result<AccountConfig, ConfigError> {
        let (root, whole, problems) = self.into_parts();
        let findings = Findings::from(problems);
        let mut top = Keys::new(&root, Place::Whole(whole), String::new(), &findings);
        let accounts = top.each("account", |keys| AccountConfig::read(keys, team));
        let (last, problems) = (accounts.and_then(|mut it| it.pop()), findings.into_unread());
        last.filter(|_| problems.is_empty()).ok_or_else(|| ConfigError::new(problems))
    }

    /// Checks how puppets are run, and nothing else.
    ///
    /// # Errors
    /// All that is wrong with it.
    pub fn finish_host(self) -> Result<HostConfig, ConfigError> {
        self.finish_part(|key| key.is_empty() || key.starts_with("host")).map(|config| config.host)
    }

    /// Checks what outlives the gateway, and nothing else; as a gateway that serves takes it.
    ///
    /// # Errors
    /// All that is wrong with it.
    pub fn finish_store(self) -> Result<ServedStore, ConfigError> {
        self.finish_part(|key| key == "name" || key.starts_with("store")).map(ServedStore::of)
    }

    /// Checks what concerns the official account, and nothing else.
    ///
    /// # Errors
    /// All that is wrong with it.
    pub fn finish_dong(self) -> Result<Settings, ConfigError> {
        let (root, whole, problems) = self.into_parts();
        let findings = Findings::from(problems);
        let settings = over(Config::new(NAME), &root, &whole, &findings).dong;
        if let Some((key, message)) = dong::check(&settings) {
            Rules::new(&root, &whole, &findings).report(&key, message);
        }
        let mut problems = findings.into_problems();
        problems.retain(|problem| problem.key.is_empty() || problem.key.starts_with("dong"));
        or_else(problems, settings)
    }

    /// Reads all of it, and takes what is wrong with the keys that are asked for; what must hold of their values is not
    /// looked at.
    pub(crate) fn finish_part(self, concerns: impl Fn(&str) -> bool) -> Result<Config, ConfigError> {
        let (root, whole, problems) = self.into_parts();
        let findings = Findings::from(problems);
        let config = over(Config::new(NAME), &root, &whole, &findings);
        let mut problems = findings.into_unread();
        problems.retain(|problem| concerns(&problem.key));
        or_else(problems, config)
    }
}

/// Checks what was not read, but made: nothing is written over it, and the rules are the same.
pub(crate) fn check(config: &Config, whole: &str) -> Result<(), ConfigError> {
    let findings = Findings::default();
    over(config.clone(), &Table::new(), whole, &findings);
    or_else(findings.into_problems(), ())
}

/// All keys that there are, but those of bots and accounts.
pub(crate) fn keys() -> BTreeMap<String, Form> {
    keys_of(&Table::new())
}

/// All keys that are asked for when this is read.
pub(crate) fn keys_of(root: &Table) -> BTreeMap<String, Form> {
    let findings = Findings::default();
    over(Config::new(NAME), root, "", &findings);
    findings.keys()
}

/// What stands last in each key that holds a secret, like `token`; of lists too.
pub fn secret_keys() -> BTreeSet<String> {
    let keys = all_keys().into_iter().filter(|(_, form)| *form == Form::Secret);
    keys.map(|(key, _)| key.rsplit('.').next().unwrap_or_default().to_owned()).collect()
}

/// All keys that hold no secret, whole; of lists too.
pub(crate) fn plain_keys() -> BTreeSet<String> {
    all_keys().into_iter().filter(|(_, form)| *form != Form::Secret).map(|(key, _)| key).collect()
}

fn all_keys() -> BTreeMap<String, Form> {
    keys_of(&parse(&Arc::default(), "[[bot]]\n[[account]]\n[[notify]]").unwrap_or_default())
}

/// Lays what is written over a configuration; `whole` is what to call it as such.
fn over(mut config: Config, root: &Table, whole: &str, findings: &Findings) -> Config {
    let mut top = Keys::new(root, Place::Whole(whole.to_owned()), String::new(), findings);
    config.take(&mut top);
    top.finish();
    let rules = Rules::new(root, whole, findings);
    between::judge(&config, &rules);
    config.judge_lists(&rules);
    config
}

fn or_else<T>(problems: Vec<Problem>, right: T) -> Result<T, ConfigError> {
    if problems.is_empty() { Ok(right) } else { Err(ConfigError::new(problems)) }
}
