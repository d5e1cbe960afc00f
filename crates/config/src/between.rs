//! What must hold between values, and beyond their types.

use std::{net::SocketAddr, time::Duration};

use bytesize::ByteSize;
use ha_wechaty_core::{MAX_ACCOUNTS, Vigil};
use ha_wechaty_dong::Settings;

use crate::catalogue::{self, TokenNeed};
use crate::{
    AccountTls, Config, Dialect, GatewayTls, Hosted, Place, Provider, Service, dong,
    section::Findings,
    tree::{Table, Value},
};

/// With fewer messages in mind a busy team forgets what its slow accounts have not shown yet.
const FEWEST_REMEMBERED: usize = 1_000;
/// The longest duration that any key takes.
const LONGEST: Duration = Duration::from_secs(366 * 24 * 60 * 60);
/// A stock TypeScript bot gives its connection up after 60 s without an event.
const SLOWEST_HEARTBEAT: Duration = Duration::from_secs(45);

/// Reports every rule that is broken.
pub(crate) fn check(config: &Config, root: &Table, whole: &str, findings: &Findings) {
    let rules = Rules { root, whole, findings };
    rules.identity(config);
    rules.limits(config);
    rules.vigil("health", config.health.vigil);
    rules.admin(config);
    rules.discovery(config);
    rules.bots(config);
    rules.accounts(config);
}

/// Reports what would keep the official account from starting; a team needs none of it.
pub(crate) fn dong(settings: &Settings, root: &Table, whole: &str, findings: &Findings) {
    if let Some((key, message)) = dong::check(settings) {
        Rules { root, whole, findings }.report(&key, message);
    }
}

/// More is a leak, not a queue.
const MOST_WAITING: usize = 1_000_000;

struct Rules<'a> {
    root: &'a Table,
    whole: &'a str,
    findings: &'a Findings,
}

impl Rules<'_> {
    fn identity(&self, config: &Config) {
        let key = if self.root.contains_key("self_id") { "self_id" } else { "name" };
        let remedy = match key {
            "name" => ", since it is the team's contact id; choose another, or set self_id",
            _ => "; choose another",
        };
        if config.name.is_empty() {
            self.report("name", "is empty; give the team a name");
        }
        if config.self_id.is_empty() {
            self.report(key, format!("must not be empty{remedy}"));
        } else if config.self_id.contains('~') {
            self.report(key, format!("must not contain '~', which marks ids that one account owns{remedy}"));
        } else if config.self_id.chars().any(|c| c.is_whitespace() || c.is_control()) {
            self.report(key, format!("must not contain spaces{remedy}"));
        }
    }

    fn limits(&self, config: &Config) {
        let Config { gateway, team, calls, reconnect, health, pace, delivery, host, memory, .. } = config;
        let shortest = Duration::from_millis(1);
        for (key, duration, range) in [
            ("gateway.heartbeat", gateway.heartbeat, Duration::from_millis(100)..=SLOWEST_HEARTBEAT),
            ("gateway.replay_age", gateway.replay_age, shortest..=LONGEST),
            ("gateway.spool_age", gateway.spool_age, shortest..=LONGEST),
            ("gateway.shutdown", gateway.shutdown, Duration::ZERO..=LONGEST),
            ("team.burst", team.burst, Duration::ZERO..=LONGEST),
            ("team.dedup_window", team.recall.window, shortest..=LONGEST),
            ("team.dedup_age", team.recall.age, team.recall.window..=LONGEST),
            ("team.refresh", team.refresh.unwrap_or(LONGEST), shortest..=LONGEST),
            ("memory.payload_age", memory.payload_age, shortest..=LONGEST),
            ("memory.message_age", memory.message_age, shortest..=LONGEST),
            ("calls.read", calls.read, shortest..=LONGEST),
            ("calls.send", calls.send, shortest..=LONGEST),
            ("calls.file", calls.file, shortest..=LONGEST),
            ("calls.union", calls.union, shortest..=LONGEST),
            ("reconnect.base", reconnect.backoff.base, shortest..=LONGEST),
            ("reconnect.cap", reconnect.backoff.cap, reconnect.backoff.base..=LONGEST),
            ("reconnect.keepalive", reconnect.keepalive, shortest..=LONGEST),
            ("reconnect.connect", reconnect.connect, shortest..=LONGEST),
            ("health.ramp_up", health.ramp_up, Duration::ZERO..=LONGEST),
            ("health.eject_base", health.ejection.base, shortest..=LONGEST),
            ("health.eject_cap", health.ejection.cap, health.ejection.base..=LONGEST),
            ("host.install", host.install, shortest..=LONGEST),
            ("host.start", host.start, shortest..=LONGEST),
            ("host.stop", host.stop, Duration::ZERO..=LONGEST),
            ("delivery.witness_window", delivery.witness_window, Duration::ZERO..=LONGEST),
            ("pace.max_wait", pace.max_wait, Duration::ZERO..=LONGEST),
            ("pace.answer_within", pace.answer_within, Duration::ZERO..=LONGEST),
            ("pace.answers_first", pace.answers_first, Duration::ZERO..=LONGEST),
        ] {
            if !range.contains(&duration) {
                let [is, from, to] = [duration, *range.start(), *range.end()]
                    .map(|d| humantime::format_duration(d).to_string());
                self.report(key, format!("is {is}, but must be from {from} to {to}"));
            }
        }
        if !(1.0..=1000.0).contains(&reconnect.backoff.factor) {
            let factor = reconnect.backoff.factor;
            self.report("reconnect.factor", format!("is {factor}, but must be from 1 to 1000"));
        }
        if team.recall.count < FEWEST_REMEMBERED {
            let count = team.recall.count;
            self.report("team.dedup_count", format!("is {count}, but must be at least {FEWEST_REMEMBERED}"));
        }
        for (key, number) in [
            ("gateway.max_streams", gateway.max_streams),
            // What happens now is kept, too, until it is given: without room for it no bot would hear anything.
            ("gateway.replay_events", gateway.replay_events),
            ("admin.log_lines", config.admin.log_lines),
            ("library.queue", config.library.queue),
            ("library.callbacks", config.library.callbacks),
        ] {
            if !(1..=MOST_WAITING).contains(&number) {
                self.report(key, format!("is {number}, but must be from 1 to {MOST_WAITING}"));
            }
        }
        let (least, most) = (ByteSize::kib(64), ByteSize::tib(1));
        // Each has half of its part for itself.
        let bots = config.bots.len() as u64;
        for (key, size, range) in [
            ("gateway.max_message", gateway.max_message, least..=ByteSize::gib(1)),
            ("gateway.replay_bytes", gateway.replay_bytes, least..=most),
            ("memory.messages", memory.messages, least..=most),
            ("memory.uploads", memory.uploads, least..=most),
            ("memory.requests", memory.requests, ByteSize::kib(256 * bots.max(1))..=most),
            ("memory.waiting", memory.waiting, least..=most),
            ("memory.streams", memory.streams, least..=most),
            ("memory.sends", memory.sends, least..=most),
            ("memory.conversations", memory.conversations, least..=most),
            ("memory.dedup", memory.dedup, least..=most),
            ("memory.cache", memory.cache, least..=most),
            ("memory.facts", memory.facts, ByteSize::kib(1)..=most),
            ("gateway.spool_disk", gateway.spool_disk, ByteSize::b(0)..=ByteSize::pib(1)),
        ] {
            if !range.contains(&size) {
                let (from, to) = (range.start(), range.end());
                self.report(key, format!("is {size}, but must be from {from} to {to}"));
            }
        }
    }

    fn vigil(&self, section: &str, vigil: Vigil) {
        let Vigil { ding_after, fail_after, jitter } = vigil;
        if ding_after.is_zero() || ding_after > LONGEST {
            self.report(&format!("{section}.ding_after"), "must be from 1ms to a year");
        }
        if fail_after < ding_after || fail_after > LONGEST {
            let key = format!("{section}.fail_after");
            self.report(&key, "must not be shorter than ding_after, or an account fails before it is asked");
        }
        if !(0.0..=0.5).contains(&jitter) {
            self.report(&format!("{section}.jitter"), format!("is {jitter}, but must be from 0 to 0.5"));
        }
    }

    fn admin(&self, config: &Config) {
        let Some(listen) = config.admin.listen else { return };
        if !listen.ip().is_loopback() && config.admin.password.is_none() {
            self.report(
                "admin.listen",
                format!(
                    "{listen} can be reached from other machines; set admin.password, or listen on 127.0.0.1"
                ),
            );
        }
        if listen == config.gateway.listen && listen.port() != 0 {
            self.report("admin.listen", "is where bots connect (gateway.listen); choose another port");
        }
    }

    fn discovery(&self, config: &Config) {
        let Config { discovery, gateway, admin, .. } = config;
        let Some(listen) = discovery.listen else { return };
        let tls = discovery.tls(&gateway.tls);
        let remedy = "set { cert = \"…\", key = \"…\" }, or \"off\" behind a proxy that speaks HTTPS";
        if tls.is_none() {
            self.report(
                "discovery.tls",
                format!(
                    "is missing, and gateway.tls has no certificate either: bots ask over HTTPS; {remedy}"
                ),
            );
        } else if tls == Some(&GatewayTls::Community) {
            self.report(
                "discovery.tls",
                format!("must not be \"community\": bots ask over HTTPS, and don't take that one; {remedy}"),
            );
        }
        for (key, other) in [("gateway.listen", Some(gateway.listen)), ("admin.listen", admin.listen)] {
            if listen.port() != 0 && other == Some(listen) {
                self.report("discovery.listen", format!("is {key} too; choose another port"));
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
        self.report("discovery.advertise", format!("is missing: {why}; write that address, like host:8788"));
    }

    fn bots(&self, config: &Config) {
        if config.bots.is_empty() {
            self.report(
                "bot",
                "there is none; add [[bot]] with a name and a token, --bot TOKEN or HA_WECHATY_BOT_TOKEN",
            );
        }
        for (index, bot) in config.bots.iter().enumerate() {
            let before = &config.bots[..index];
            self.name(&format!("bot[{index}].name"), &bot.name);
            if let Some(twin) = before.iter().position(|other| other.name == bot.name) {
                self.twin("bot", "name", index, twin, "choose another name");
            }
            if let Some(twin) = before.iter().position(|other| other.token == bot.token) {
                self.twin("bot", "token", index, twin, "give each bot a token of its own");
            }
        }
    }

    fn accounts(&self, config: &Config) {
        let accounts = &config.accounts;
        if accounts.is_empty() {
            let remedy = "add [[account]] with a name and a token, --account NAME=TOKEN@HOST:PORT or HA_WECHATY_PUPPET";
            self.report("account", format!("there is none; {remedy}"));
        }
        if accounts.len() > MAX_ACCOUNTS {
            let count = accounts.len();
            self.report(
                &format!("account[{MAX_ACCOUNTS}]"),
                format!(
                    "there are {count} accounts, but a team has at most {MAX_ACCOUNTS}; make a second team"
                ),
            );
        }
        for (index, account) in accounts.iter().enumerate() {
            let before = &accounts[..index];
            self.name(&format!("account[{index}].name"), &account.name);
            if let Some(twin) = before.iter().position(|other| other.name == account.name) {
                self.twin("account", "name", index, twin, "choose another name");
            }
            if let Some(twin) = before.iter().position(|other| is_same(&other.provider, &account.provider)) {
                let remedy = match &account.provider {
                    Provider::Service(_) => {
                        "each account needs a puppet service of its own: change the token or the endpoint"
                    }
                    Provider::Hosted(_) => "each account needs a token of its own",
                };
                self.twin("account", "token", index, twin, remedy);
            }
            match &account.provider {
                Provider::Service(service) => self.service(index, service, config.gateway.listen),
                Provider::Hosted(hosted) => self.hosted(index, hosted),
            }
            if let Some(own) = account.vigil {
                self.vigil(&format!("account[{index}]"), own);
            }
        }
    }

    fn service(&self, index: usize, service: &Service, listen: SocketAddr) {
        let key = |key: &str| format!("account[{index}].{key}");
        if service.dialect == Dialect::Hostie && service.tls != AccountTls::Off {
            self.report(
                &key("tls"),
                "must be \"off\", or left out: wechaty-puppet-hostie speaks plaintext only",
            );
        } else if service.tls != AccountTls::Off && service.server_name().is_none() {
            self.report(
                &key("token"),
                "has no server name before a '_', which TLS asks for; set tls = { server_name = \"…\" }, or tls = \
                 \"off\" if the puppet service speaks plaintext",
            );
        }
        let endpoint = service.endpoint.as_ref().map(ToString::to_string);
        if endpoint.is_some_and(|endpoint| endpoint.parse() == Ok(listen)) {
            self.report(&key("endpoint"), "is where this gateway itself listens; name the puppet service");
        }
        let host_and_port = service.authority.parse::<http::uri::Authority>();
        if !host_and_port.is_ok_and(|authority| !authority.as_str().contains('@')) {
            let authority = &service.authority;
            self.report(
                &key("authority"),
                format!("{authority:?} is no host name; write it without https://"),
            );
        }
    }

    fn hosted(&self, index: usize, hosted: &Hosted) {
        let known = catalogue::find(&hosted.package);
        if let (Some(TokenNeed::Needed(issuer)), None) = (known.map(|known| known.token), &hosted.token) {
            let package = &hosted.package;
            self.report(
                &format!("account[{index}].token"),
                format!("is missing; {package} needs one from {issuer}"),
            );
        }
    }

    /// Names stand in ids, metrics and logs.
    fn name(&self, key: &str, name: &str) {
        let rule = "use a-z, 0-9 and - (at most 32)";
        match name.chars().find(|c| !matches!(c, 'a'..='z' | '0'..='9' | '-')) {
            Some(c) => self.report(key, format!("{name:?} has the character {c:?}; {rule}")),
            None if name.is_empty() => self.report(key, format!("is empty; {rule}")),
            None if name.len() > 32 => self.report(key, format!("has {} characters; {rule}", name.len())),
            None => {}
        }
    }

    /// Two that must differ are the same. The value isn't shown: it may be a secret.
    fn twin(&self, list: &str, key: &str, index: usize, twin: usize, remedy: &str) {
        let first = self.place(&format!("{list}[{twin}].{key}"));
        let message = format!("is the same as that of {list}[{twin}] ({first}); {remedy}");
        self.report(&format!("{list}[{index}].{key}"), message);
    }

    fn report(&self, key: &str, message: impl Into<String>) {
        self.findings.report(self.place(key), key, message);
    }

    /// Where a key was written, or else the nearest that holds it.
    fn place(&self, key: &str) -> Place {
        let mut place = Place::Whole(self.whole.to_owned());
        let mut table = self.root;
        for part in key.split('.') {
            let (name, index) = match part.split_once('[') {
                Some((name, index)) => (name, index.trim_end_matches(']').parse::<usize>().ok()),
                None => (part, None),
            };
            let written = table.get(name).or_else(|| table.get(&format!("{name}_file")));
            let Some(entry) = written else { return place };
            let mut node = &entry.node;
            if let (Value::List(nodes), Some(index)) = (&node.value, index) {
                let Some(item) = nodes.get(index) else { return place };
                node = item;
            }
            place = node.place.clone();
            let Value::Table(inner) = &node.value else { return place };
            table = inner;
        }
        place
    }
}

/// Whether two providers would be one account.
fn is_same(one: &Provider, other: &Provider) -> bool {
    match (one, other) {
        (Provider::Service(one), Provider::Service(other)) => {
            one.token == other.token && one.endpoint == other.endpoint
        }
        (Provider::Hosted(one), Provider::Hosted(other)) => {
            one.token.is_some() && one.token == other.token && one.package == other.package
        }
        _ => false,
    }
}
