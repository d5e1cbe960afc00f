//! What works, though perhaps not as it was meant.

use std::net::{IpAddr, SocketAddr};

use ha_wechaty_wire::tls::COMMUNITY_NAME;

use crate::{Config, GatewayTls, Place, Problem, StorePlace, Tokenless};

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

/// Who else could be the bot that needs no token.
fn tokenless(config: &Config) -> impl Iterator<Item = Problem> {
    let bot =
        config.bots.iter().enumerate().find_map(|(index, bot)| Some((index, bot, bot.tokenless.as_ref()?)));
    bot.into_iter().flat_map(|(index, bot, from)| {
        let both = [reached(config.gateway.listen, &bot.name, from), passed_on(config)];
        let problem = move |(key, message)| {
            let key = format!("bot[{index}].{key}");
            Problem { place: Place::Whole("warning".into()), key, message }
        };
        both.into_iter().flatten().map(problem)
    })
}

/// Of those who reach the port themselves.
fn reached(listen: SocketAddr, bot: &str, from: &Tokenless) -> Option<(&'static str, String)> {
    let is_here = listen.ip().is_loopback();
    let said = if from.is_everywhere() {
        let remedy = "name the addresses of your bots alone";
        ("tokenless_from", format!("has all addresses: whoever reaches {listen} is bot {bot}; {remedy}"))
    } else if from.is_far() && is_here {
        let why = "only this machine reaches that";
        let remedy = "listen where those networks reach it";
        ("tokenless_from", format!("has no effect: gateway.listen is {listen}, and {why}; {remedy}"))
    } else if let Some(network) = from.abroad() {
        let who = "whoever has an address of it is that bot, and what it says is not encrypted on its way";
        let remedy = "name private addresses of your bots, and let those from afar come by a tunnel";
        ("tokenless_from", format!("has {network}, which is no private network: {who}; {remedy}"))
    } else if from.is_far() {
        let who = "what a proxy, a tunnel or a published port of a container passes on comes from its own address, often \
                   the gateway's of that network, and needs none either";
        let remedy = "name the bot's one address, never its network, and publish no port of this gateway";
        (
            "tokenless_from",
            format!(
                "is set, and other machines reach {listen}: from {from} none needs a token, and {who}; {remedy}"
            ),
        )
    } else if !is_here {
        let who = "what a proxy or a tunnel on this machine passes on comes from 127.0.0.1";
        let remedy = "listen on 127.0.0.1 if the bot runs here, or let none pass calls on to it";
        (
            "tokenless",
            format!(
                "is true, and other machines reach {listen}: they need a token, but {who}, and needs none; {remedy}"
            ),
        )
    } else {
        return None;
    };
    Some(said)
}

/// Of those for whom something on this machine passes calls on, as far as the configuration shows that.
fn passed_on(config: &Config) -> Option<(&'static str, String)> {
    let listen = config.gateway.listen;
    let told = config.discovery.advertise.as_ref().filter(|_| listen.ip().is_loopback())?;
    let is_here = told.host == "localhost" || told.host.parse().is_ok_and(|it: IpAddr| it.is_loopback());
    let who = format!("bots are told {told} (discovery.advertise), so something passes calls on to {listen}");
    let remedy = "let it write X-Forwarded-For, or leave tokenless out";
    (!is_here).then(|| {
        ("tokenless", format!("is true, and {who}: they come from 127.0.0.1, and need no token; {remedy}"))
    })
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
