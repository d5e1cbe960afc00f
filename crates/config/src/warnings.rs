//! What works, though perhaps not as it was meant.

use ha_wechaty_wire::tls::COMMUNITY_NAME;

use crate::{Config, GatewayTls, Place, Problem, StorePlace};

/// Everything that an operator should look at once more.
pub(crate) fn warnings(config: &Config) -> Vec<Problem> {
    let tokens = config.bots.iter().enumerate().filter_map(|(index, bot)| {
        let message = token(&config.gateway.tls, bot.token.sni())?;
        let (place, key) = (Place::Whole("warning".into()), format!("bot[{index}].token"));
        Some(Problem { place, key, message })
    });
    let proxies = config.accounts.iter().enumerate().filter_map(|(index, account)| {
        let hosted = account.hosted().filter(|it| it.may_ignore_proxy())?;
        let message = format!(
            "begins with socks5://, which few puppets heed: {} may go out directly. See at the proxy that it comes through, or \
             name one that begins with http://",
            hosted.package
        );
        Some(Problem { place: Place::Whole("warning".into()), key: format!("account[{index}].proxy"), message })
    });
    tokens.chain(proxies).chain(tokenless(config)).collect()
}

/// Who else could be that bot that needs no token.
fn tokenless(config: &Config) -> Option<Problem> {
    let (index, bot) = config.bots.iter().enumerate().find(|(_, bot)| bot.tokenless.is_some())?;
    let from = bot.tokenless.as_ref()?;
    let listen = config.gateway.listen;
    let (key, message) = if from.is_everywhere() {
        let remedy = "name the networks of your bots alone";
        (
            "tokenless_from",
            format!("has all addresses: whoever reaches {listen} is bot {}; {remedy}", bot.name),
        )
    } else if from.is_far() && listen.ip().is_loopback() {
        let why = "only this machine reaches that";
        (
            "tokenless_from",
            format!(
                "has no effect: gateway.listen is {listen}, and {why}; listen where those networks reach it"
            ),
        )
    } else if !listen.ip().is_loopback() {
        let who = "what a proxy or a tunnel on this machine passes on comes from this machine";
        let remedy = "listen on 127.0.0.1 if the bot runs here, or let none pass calls on to it";
        let text = format!(
            "is true, and other machines reach {listen}: they need a token, but {who}, and needs none; {remedy}"
        );
        ("tokenless", text)
    } else {
        return None;
    };
    Some(Problem { place: Place::Whole("warning".into()), key: format!("bot[{index}].{key}"), message })
}

/// What it means that nothing outlives the gateway, if it is so: good for a first look, and nothing to rely on.
pub(crate) fn forgets(config: &Config) -> Option<&'static str> {
    match config.store.path {
        StorePlace::Unset if !config.has_name() => Some(
            "no store: the team has no name of its own (name, --name), and others without one would go on with what is this \
             one's. Give it one; else the gateway forgets, when it ends, what bots have not acknowledged, which sends were under \
             way, and what accounts did today, against their pace",
        ),
        StorePlace::Unset => Some(
            "no store: no place is set for it, and this user has no home folder, nor one of systemd (StateDirectory=). Name \
             a file, [store] path; else the gateway forgets, when it ends, what bots have not acknowledged, which sends were under \
             way, and what accounts did today, against their pace",
        ),
        StorePlace::Memory => Some(
            "no store ([store] path is \"memory\"): when the gateway ends it forgets what bots have not acknowledged, which \
             sends were under way, and what accounts did today, against their pace",
        ),
        StorePlace::File(_) => None,
    }
}

/// What is odd about a bot's token that names this server.
fn token(tls: &GatewayTls, server: Option<&str>) -> Option<String> {
    match (tls, server) {
        (GatewayTls::Off, _)
        | (GatewayTls::Community, Some(COMMUNITY_NAME))
        | (GatewayTls::Certificate { .. }, Some(_)) => None,
        (GatewayTls::Community, _) => Some(format!(
            "does not begin with {COMMUNITY_NAME}_: over TLS a bot asks for the server that its token begins with, \
             and the community's certificate is for \"{COMMUNITY_NAME}\"; such a bot must be told the name, by \
             WECHATY_PUPPET_SERVICE_TLS_SERVER_NAME={COMMUNITY_NAME}; or change the token, or set gateway.tls"
        )),
        (GatewayTls::Certificate { .. }, None) => Some(
            "does not begin with the server's name and '_': over TLS a bot asks for the server that its token \
             begins with; such a bot must be told the name, by WECHATY_PUPPET_SERVICE_TLS_SERVER_NAME; or change \
             the token, like example.com_<uuid>"
                .into(),
        ),
    }
}
