//! What must hold between tables.

use bytesize::ByteSize;

use crate::{
    AdminTls, BotConfig, Config, GatewayTls, Provider,
    reader::{Rules, SIZE},
};

/// Reports every rule that is broken.
pub(crate) fn judge(config: &Config, rules: &Rules<'_>) {
    admin(config, rules);
    requests(config, rules);
    discovery(config, rules);
    endpoints(config, rules);
    tokenless(config, rules);
}

/// Each bot has half of its part for itself.
fn requests(config: &Config, rules: &Rules<'_>) {
    let bots = config.bots.len() as u64;
    let least = ByteSize::kib(256 * bots.max(1));
    rules.within("memory.requests", &config.memory.requests, &(least..=*SIZE.end()));
}

fn admin(config: &Config, rules: &Rules<'_>) {
    let is_gateways = |listen| listen == config.gateway.listen;
    if config.admin.listen.is_some_and(|listen| is_gateways(listen) && listen.port() != 0) {
        rules.report("admin.listen", "is where bots connect (gateway.listen); choose another port");
    }
    let is_open = config.admin.password.is_none() && config.keys.is_empty();
    if let Some(listen) = config.admin.listen.filter(|_| config.admin.is_reachable()) {
        let can = format!("{listen} can be reached from other machines");
        if is_open {
            rules.report(
                "admin.listen",
                format!("{can}; set admin.password, add a [[key]], or listen on 127.0.0.1"),
            );
        }
        if config.admin.tls == Some(AdminTls::Off) && !config.admin.behind_proxy {
            let remedy =
                "leave it out, or set admin.behind_proxy if only a proxy that speaks HTTPS reaches it";
            rules.report("admin.tls", format!("is \"off\", but {can}; {remedy}"));
        }
    }
    for (index, key) in config.keys.iter().enumerate() {
        let unknown = key.accounts.iter().find(|name| !config.accounts.iter().any(|it| it.name == **name));
        if let Some(name) = unknown {
            rules.report(
                &format!("key[{index}].accounts"),
                format!("{name:?} is no account; name those of [[account]]"),
            );
        }
    }
}

fn discovery(config: &Config, rules: &Rules<'_>) {
    let Config { discovery, gateway, admin, .. } = config;
    let Some(listen) = discovery.listen else { return };
    let tls = discovery.tls(&gateway.tls);
    let remedy = "set { cert = \"…\", key = \"…\" }, or \"off\" behind a proxy that speaks HTTPS";
    if tls.is_none() {
        rules.report(
            "discovery.tls",
            format!("is missing, and gateway.tls has no certificate either: bots ask over HTTPS; {remedy}"),
        );
    } else if tls == Some(&GatewayTls::Community) {
        rules.report(
            "discovery.tls",
            format!("must not be \"community\": bots ask over HTTPS, and don't take that one; {remedy}"),
        );
    }
    for (key, other) in [("gateway.listen", Some(gateway.listen)), ("admin.listen", admin.listen)] {
        if listen.port() != 0 && other == Some(listen) {
            rules.report("discovery.listen", format!("is {key} too; choose another port"));
        }
    }
    let is_told = gateway.listen.ip();
    let why = if discovery.advertise.is_some() {
        return;
    } else if is_told.is_loopback() && !listen.ip().is_loopback() {
        format!("gateway.listen is {}, where other machines can't reach it", gateway.listen)
    } else if is_told.is_unspecified() && tls == Some(&GatewayTls::Off) {
        "behind a proxy nobody can tell by which address bots reach the gateway".to_owned()
    } else {
        return;
    };
    rules.report("discovery.advertise", format!("is missing: {why}; write that address, like host:8788"));
}

/// Over TLS every bot can show its token, and must.
fn tokenless(config: &Config, rules: &Rules<'_>) {
    let is_bare = |bot: &BotConfig| bot.tokenless.is_some();
    let Some(index) = config.bots.iter().position(is_bare).filter(|_| config.gateway.tls != GatewayTls::Off)
    else {
        return;
    };
    rules.report(
        &format!("bot[{index}].tokenless"),
        "is true, but bots speak TLS here, where none may come without its token; set tls = \"off\" under [gateway], or leave it out",
    );
}

/// No account is this gateway itself.
fn endpoints(config: &Config, rules: &Rules<'_>) {
    for (index, account) in config.accounts.iter().enumerate() {
        let Provider::Service(service) = &account.provider else { continue };
        // Behind a proxy the same address is another machine.
        let endpoint = service.endpoint.as_ref().filter(|_| service.proxy.is_none()).map(ToString::to_string);
        if endpoint.is_some_and(|endpoint| endpoint.parse() == Ok(config.gateway.listen)) {
            let key = format!("account[{index}].endpoint");
            rules.report(&key, "is where this gateway itself listens; name the puppet service");
        }
    }
}
