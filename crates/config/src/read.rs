//! Which keys there are: from values as they were written to a [`Config`].

use std::collections::BTreeMap;

use ha_wechaty_core::{Allowance, Vigil};
use ha_wechaty_dong::Settings;
use ha_wechaty_wire::Token;

use super::{
    Account, Bot, Config, ConfigError, Host, Place, Problem, WhenUnsure,
    admin::Listen,
    dong, pace, puppet, rules,
    section::{Findings, Form, Section},
    tree::Table,
    values::Every,
};

/// The team's name, unless it is set.
const NAME: &str = "ha-wechaty";

/// Reads everything. `whole` is what to call the configuration as such; `problems` are known before.
/// Besides, it tells all keys that there are.
pub(super) fn config(
    root: &Table,
    whole: &str,
    problems: Vec<Problem>,
) -> (Result<Config, ConfigError>, BTreeMap<String, Form>) {
    let findings = Findings::from(problems);
    let config = whole_config(root, whole, &findings);
    rules::check(&config, root, whole, &findings);
    let (problems, keys) = findings.into_parts();
    let result = if problems.is_empty() { Ok(config) } else { Err(ConfigError::new(problems)) };
    (result, keys)
}

/// All keys that there are, but those of bots and accounts.
pub(super) fn keys() -> BTreeMap<String, Form> {
    config(&Table::new(), "", Vec::new()).1
}

/// Checks what was not read, but made.
pub(super) fn check(config: &Config, whole: &str) -> Result<(), ConfigError> {
    let findings = Findings::default();
    rules::check(config, &Table::new(), whole, &findings);
    let (problems, _) = findings.into_parts();
    if problems.is_empty() { Ok(()) } else { Err(ConfigError::new(problems)) }
}

/// Reads everything, but takes only what concerns the official account.
pub(super) fn dong(root: &Table, whole: &str, problems: Vec<Problem>) -> Result<Settings, ConfigError> {
    let findings = Findings::from(problems);
    let settings = whole_config(root, whole, &findings).dong;
    rules::dong(&settings, root, whole, &findings);
    let (mut problems, _) = findings.into_parts();
    problems.retain(|problem| problem.key.is_empty() || problem.key.starts_with("dong"));
    if problems.is_empty() { Ok(settings) } else { Err(ConfigError::new(problems)) }
}

/// Reads everything, but takes only how puppets are run.
pub(super) fn host(root: &Table, whole: &str, problems: Vec<Problem>) -> Result<Host, ConfigError> {
    let findings = Findings::from(problems);
    let host = whole_config(root, whole, &findings).host;
    let (mut problems, _) = findings.into_parts();
    problems.retain(|problem| problem.key.is_empty() || problem.key.starts_with("host"));
    if problems.is_empty() { Ok(host) } else { Err(ConfigError::new(problems)) }
}

/// Reads everything, but takes only what concerns the way to a gateway that runs with it.
pub(super) fn door(root: &Table, whole: &str, problems: Vec<Problem>) -> Result<Config, ConfigError> {
    let findings = Findings::from(problems);
    let config = whole_config(root, whole, &findings);
    let (mut problems, _) = findings.into_parts();
    let keys = ["name", "self_id", "gateway.listen", "admin.listen", "admin.password"];
    problems.retain(|problem| keys.contains(&problem.key.as_str()));
    if problems.is_empty() { Ok(config) } else { Err(ConfigError::new(problems)) }
}

/// Reads the last account, for a team with these defaults for it.
pub(super) fn account_for(
    root: &Table,
    whole: &str,
    problems: Vec<Problem>,
    team: &Config,
) -> Result<Account, ConfigError> {
    let findings = Findings::from(problems);
    let mut top = Section::new(root, Place::Whole(whole.to_owned()), String::new(), &findings);
    let mut accounts =
        top.each("account", |section| account(section, team.health.vigil, &team.pace.allowance));
    let read = accounts.pop();
    let (problems, _) = findings.into_parts();
    read.filter(|_| problems.is_empty()).ok_or_else(|| ConfigError::new(problems))
}

/// All keys, before the rules between them.
fn whole_config(root: &Table, whole: &str, findings: &Findings) -> Config {
    let mut top = Section::new(root, Place::Whole(whole.to_owned()), String::new(), findings);
    let mut config = Config::new(NAME);
    top.set("name", &mut config.name);
    config.self_id = top.get("self_id").unwrap_or_else(|| config.name.clone());
    top.inner("gateway", |section| gateway(section, &mut config));
    top.inner("team", |section| team(section, &mut config));
    top.inner("calls", |section| calls(section, &mut config));
    top.inner("reconnect", |section| reconnect(section, &mut config));
    top.inner("health", |section| health(section, &mut config));
    top.inner("pace", |section| pace::section(section, &mut config.pace));
    top.inner("delivery", |section| delivery(section, &mut config));
    top.inner("host", |section| puppet::host(section, &mut config.host));
    top.inner("library", |section| library(section, &mut config));
    top.inner("discovery", |section| discovery(section, &mut config));
    top.inner("memory", |section| memory(section, &mut config));
    top.inner("admin", |section| admin(section, &mut config));
    top.inner("dong", |section| dong::section(section, &mut config.dong));
    let when_unsure = config.delivery.when_unsure;
    config.bots = top.each("bot", |section| bot(section, when_unsure));
    let (vigil, allowance) = (config.health.vigil, config.pace.allowance.clone());
    config.accounts = top.each("account", |section| account(section, vigil, &allowance));
    top.finish();
    config
}

fn gateway(section: &mut Section<'_>, config: &mut Config) {
    let gateway = &mut config.gateway;
    section.set("listen", &mut gateway.listen);
    section.set("tls", &mut gateway.tls);
    section.set("max_message", &mut gateway.max_message);
    section.set("allow_logout", &mut gateway.allow_logout);
    section.set("heartbeat", &mut gateway.heartbeat);
    section.set("max_streams", &mut gateway.max_streams);
    section.set("replay_events", &mut gateway.replay_events);
    section.set("replay_bytes", &mut gateway.replay_bytes);
    section.set("replay_age", &mut gateway.replay_age);
    section.set("spool_memory", &mut gateway.spool_memory);
    section.set("spool_dir", &mut gateway.spool_dir);
    section.set("spool_disk", &mut gateway.spool_disk);
    section.set("spool_age", &mut gateway.spool_age);
    section.set("shutdown", &mut gateway.shutdown);
}

fn team(section: &mut Section<'_>, config: &mut Config) {
    section.set("policy", &mut config.team.policy);
    section.set("burst", &mut config.team.burst);
    section.set("dedup_window", &mut config.team.recall.window);
    section.set("dedup_age", &mut config.team.recall.age);
    section.set("dedup_count", &mut config.team.recall.count);
    if let Some(Every(every)) = section.get("refresh") {
        config.team.refresh = every;
    }
    section.set("invite_teammates", &mut config.team.invite_teammates);
    section.set("invite_only", &mut config.team.invite_only);
    section.set("common_ids", &mut config.team.common_ids);
    section.set("invite_never", &mut config.team.invite_never);
}

fn calls(section: &mut Section<'_>, config: &mut Config) {
    section.set("read", &mut config.calls.read);
    section.set("send", &mut config.calls.send);
    section.set("file", &mut config.calls.file);
    section.set("union", &mut config.calls.union);
}

fn reconnect(section: &mut Section<'_>, config: &mut Config) {
    let reconnect = &mut config.reconnect;
    section.set("base", &mut reconnect.backoff.base);
    section.set("factor", &mut reconnect.backoff.factor);
    section.set("cap", &mut reconnect.backoff.cap);
    section.set("keepalive", &mut reconnect.keepalive);
    section.set("connect", &mut reconnect.connect);
}

fn health(section: &mut Section<'_>, config: &mut Config) {
    let health = &mut config.health;
    section.set("heartbeat_contact", &mut health.heartbeat_contact);
    health.heartbeat_contact.take_if(|contact| contact.is_empty());
    vigil(section, &mut health.vigil);
    section.set("ramp_up", &mut health.ramp_up);
    section.set("eject_after", &mut health.ejection.after);
    section.set("eject_base", &mut health.ejection.base);
    section.set("eject_cap", &mut health.ejection.cap);
    section.set("throttle_words", &mut health.throttle_words);
    section.set("unreachable_words", &mut health.unreachable_words);
}

/// The keys that stand under `[health]` for all accounts, and in an account for itself.
fn vigil(section: &mut Section<'_>, vigil: &mut Vigil) {
    section.set("ding_after", &mut vigil.ding_after);
    section.set("fail_after", &mut vigil.fail_after);
    section.set("jitter", &mut vigil.jitter);
}

fn delivery(section: &mut Section<'_>, config: &mut Config) {
    section.set("when_unsure", &mut config.delivery.when_unsure);
    section.set("witness_window", &mut config.delivery.witness_window);
}

fn library(section: &mut Section<'_>, config: &mut Config) {
    section.set("queue", &mut config.library.queue);
    section.set("callbacks", &mut config.library.callbacks);
}

fn discovery(section: &mut Section<'_>, config: &mut Config) {
    if let Some(Listen(listen)) = section.get("listen") {
        config.discovery.listen = listen;
    }
    section.set("advertise", &mut config.discovery.advertise);
    section.set("tls", &mut config.discovery.tls);
}

fn memory(section: &mut Section<'_>, config: &mut Config) {
    let memory = &mut config.memory;
    section.set("messages", &mut memory.messages);
    section.set("payload_age", &mut memory.payload_age);
    section.set("message_age", &mut memory.message_age);
    section.set("uploads", &mut memory.uploads);
    section.set("requests", &mut memory.requests);
    section.set("waiting", &mut memory.waiting);
    section.set("facts", &mut memory.facts);
    section.set("streams", &mut memory.streams);
    section.set("sends", &mut memory.sends);
    section.set("conversations", &mut memory.conversations);
    section.set("dedup", &mut memory.dedup);
    section.set("cache", &mut memory.cache);
}

fn admin(section: &mut Section<'_>, config: &mut Config) {
    if let Some(Listen(listen)) = section.get("listen") {
        config.admin.listen = listen;
    }
    section.set_secret("password", "password_file", &mut config.admin.password);
    section.set("required", &mut config.admin.required);
    section.set("sends", &mut config.admin.sends);
    section.set("log_lines", &mut config.admin.log_lines);
}

fn bot(section: &mut Section<'_>, shared: WhenUnsure) -> Bot {
    let mut bot = Bot::new("", Token::new(""));
    section.require("name", &mut bot.name, "give each bot a name of its own");
    let remedy = "make one up, like insecure_<uuid>, and give it to the bot too";
    section.require_secret("token", "token_file", &mut bot.token, remedy);
    section.set("files", &mut bot.files);
    section.set("mode", &mut bot.mode);
    let mut own = shared;
    section.set("when_unsure", &mut own);
    bot.when_unsure = (own != shared).then_some(own);
    bot
}

fn account(section: &mut Section<'_>, shared: Vigil, allowance: &Allowance) -> Account {
    let mut name = String::new();
    section.require("name", &mut name, "give each account a name of its own");
    let mut account = Account::new(name, puppet::provider(section));
    section.set("weight", &mut account.weight);
    section.set("ids", &mut account.ids);
    let mut own = shared;
    vigil(section, &mut own);
    account.vigil = (own != shared).then_some(own);
    let mut own = allowance.clone();
    pace::allowance(section, &mut own);
    account.allowance = (own != *allowance).then_some(own);
    account
}
