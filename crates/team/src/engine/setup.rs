//! The core, as the operator wants it.

use std::{
    hash::{BuildHasher as _, RandomState},
    time::{SystemTime, UNIX_EPOCH},
};

use ha_wechaty_config::{AccountConfig, AlarmsConfig, Config, NotifyConfig, Provider, bytes};
use ha_wechaty_core::{
    AlarmRule, Allowance, BotSetup, InviteRule, Member, Recall, Setup, Stamp, Team, Time, WayRule,
};

/// The core's setup, as the operator wants it; `epoch` is what a right clock shows at the origin of time.
pub fn setup(config: &Config, epoch: Stamp) -> Setup {
    Setup {
        self_id: config.self_id.clone(),
        accounts: config.accounts.iter().map(|it| member(config, it)).collect(),
        heartbeat_contact: config.health.heartbeat_contact.clone(),
        ramp_up: config.health.ramp_up,
        ejection: config.health.ejection,
        bots: config.bots.iter().map(|bot| BotSetup { name: bot.name.clone(), mode: bot.mode }).collect(),
        policy: config.team.policy,
        backoff: config.reconnect.backoff,
        recall: Recall { bytes: bytes(config.memory.dedup), ..config.team.recall },
        epoch,
        witness_window: config.delivery.witness_window,
        replay: ha_wechaty_core::Replay {
            events: config.gateway.replay_events,
            bytes: bytes(config.gateway.replay_bytes),
            age: config.gateway.replay_age,
        },
        refresh: config.team.refresh,
        directory: bytes(config.memory.conversations),
        per_conversation: if config.pace.enabled { config.pace.per_conversation.clone() } else { Vec::new() },
        invite: InviteRule {
            enabled: config.team.invite_teammates,
            only: config.team.invite_only.iter().cloned().collect(),
            never: config.team.invite_never.iter().cloned().collect(),
        },
        common_ids: config.team.common_ids.iter().cloned().collect(),
        alarms: alarms(config),
    }
}

/// An account as the core knows it.
pub fn member(config: &Config, account: &AccountConfig) -> Member {
    // Without a pace there is nothing to count.
    let is_paced = config.pace.enabled;
    Member {
        name: account.name.clone(),
        weight: account.weight,
        ids: account.ids,
        vigil: account.vigil.unwrap_or(config.health.vigil),
        allowance: if is_paced { config.pace.of(account).clone() } else { Allowance::unlimited() },
        domains: domains(account),
    }
}

/// Whom alarms are told, and when.
fn alarms(config: &Config) -> AlarmRule {
    let AlarmsConfig { group, escalate_after, repeat, quiet, offset, .. } = config.alarms.clone();
    let way = |it: &NotifyConfig| WayRule { name: it.name.clone(), least: it.least, level: it.level };
    AlarmRule { group, escalate_after, repeat, quiet, offset, ways: config.notify.iter().map(way).collect() }
}

/// What an account shares with others that then fail together.
fn domains(account: &AccountConfig) -> Vec<String> {
    let proxy = account.provider.proxy();
    let shared = match &account.provider {
        Provider::Hosted(hosted) => Some(format!("puppet {}", hosted.package)),
        Provider::Service(service) => service.endpoint.as_ref().map(|it| match proxy {
            // The same name is another machine there.
            Some(proxy) => format!("host {} behind {proxy}", it.host),
            None => format!("host {}", it.host),
        }),
    };
    let proxy = proxy.map(|it| format!("proxy {it}"));
    account.domain.clone().into_iter().chain(shared).chain(proxy).collect()
}

/// A team that nothing has happened to yet, and all that it is made of.
pub fn new_team(config: &Config) -> (Team, Setup, u64) {
    // The standard library's own hasher keys are the one source of randomness that every platform has.
    let epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_millis();
    let epoch = i64::try_from(epoch).ok().and_then(Stamp::new).unwrap_or(Stamp::DAWN);
    let dice = config.team.dice.unwrap_or_else(|| RandomState::new().hash_one("ha-wechaty"));
    let setup = setup(config, epoch);
    (Team::new(Time::ZERO, &setup, dice), setup, dice)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use ha_wechaty_core::Severity;

    use super::*;

    #[test]
    fn accounts_of_one_host_or_puppet_or_word_share_it_and_ways_are_those_of_the_configuration() {
        let text = "name = \"ossbot\"\n[alarms]\nescalate_after = \"5m\"\n[[bot]]\nname = \"main\"\ntoken = \"insecure_b\"\n\
                    [[account]]\nname = \"north\"\ntoken = \"insecure_n\"\nendpoint = \"puppets.example:1\"\ndomain = \"office\"\n\
                    proxy = \"http://user:pass@proxy.example:3128\"\n\
                    [[account]]\nname = \"south\"\npuppet = \"wechaty-puppet-mock@1.0.0\"\n\
                    [[notify]]\nname = \"ops\"\nto = \"command\"\ncommand = [\"alarm\"]\nleast = \"critical\"\nlevel = 1\n";
        let config = Config::from_toml(Path::new("a.toml"), text).expect("a configuration");
        let setup = setup(&config, Stamp::DAWN);
        let domains: Vec<_> = setup.accounts.iter().map(|it| it.domains.join("; ")).collect();
        assert_eq!(
            domains,
            [
                "office; host puppets.example behind http://proxy.example:3128; proxy http://proxy.example:3128",
                "puppet wechaty-puppet-mock@1.0.0"
            ]
        );
        let ways = vec![WayRule { name: "ops".into(), least: Severity::Critical, level: 1 }];
        let rule =
            AlarmRule { escalate_after: std::time::Duration::from_secs(300), ways, ..AlarmRule::default() };
        assert_eq!(setup.alarms, rule);
    }
}
