//! A configuration as a person reads it in a terminal, without secrets.

use ha_wechaty_config::{Config, Provider, Service, StorePlace};

/// What was understood, without secrets.
pub fn team(config: &Config) -> String {
    let mut lines = vec![format!(
        "fine: team {} ({}), bots connect to {}, policy {}",
        config.name,
        config.self_id,
        config.gateway.listen,
        config.team.policy.name()
    )];
    lines.push(members(config));
    lines.extend(config.forgets().map(|hint| format!("  {hint}")));
    if let StorePlace::File(store) = &config.store.path {
        let key = config.store.key_of(store);
        lines.push(format!("  store {}, sealed with {}", store.display(), key.display()));
    }
    lines.join("\n")
}

/// Who is in it, a line for each.
pub fn members(config: &Config) -> String {
    let mut lines: Vec<String> =
        config.bots.iter().map(|bot| format!("  bot {} ({})", bot.name, bot.token)).collect();
    for account in &config.accounts {
        let place = match &account.provider {
            Provider::Service(Service { endpoint: Some(endpoint), .. }) => endpoint.to_string(),
            Provider::Service(service) => format!("discovered at {}", service.authority),
            Provider::Hosted(hosted) => format!("{} run here", hosted.package),
        };
        let token = account.provider.token().map_or(String::from("no token"), ToString::to_string);
        lines.push(format!("  account {} ({token}), {place}, weight {}", account.name, account.weight));
    }
    lines.join("\n")
}
