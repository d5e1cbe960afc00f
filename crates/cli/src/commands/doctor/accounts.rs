//! An account, step by step: how it is reached, whether it is logged in, whether it hears and speaks.

use std::{sync::Arc, time::SystemTime};

use ha_wechaty_config::{AccountConfig, AccountTls, Config, Hosted, Provider, Service};
use ha_wechaty_core::Standing;
use ha_wechaty_team::{
    account::target_of,
    text::human,
    view::{AccountStatus, Remedy},
};
use ha_wechaty_transport::{Connection, ProbeStep, probe, probe_proxy};
use ha_wechaty_wire::{Proxy, PuppetEvent, puppet};
use tonic::Code;

use super::{WITHIN, certificates, running::Running};
use crate::text::Finding;

/// One of the configuration's.
pub(super) async fn look(
    config: Arc<Config>,
    index: usize,
    running: Arc<Running>,
    opens: bool,
) -> Vec<Finding> {
    let Some(account) = config.accounts.get(index) else { return Vec::new() };
    let mut found = Vec::new();
    let connection = match &account.provider {
        Provider::Service(service) => reached(&config, account, service, &mut found).await,
        Provider::Hosted(hosted) => {
            let text = format!("its puppet runs here: {}", hosted.package);
            found.push(Finding::well(about(account, "puppet"), text));
            if let Some(proxy) = &hosted.proxy {
                found.push(passed(account, hosted, proxy).await);
            }
            None
        }
    };
    match (running.status().map(|status| status.account(&account.name)), connection) {
        (Some(Some(status)), _) => found.extend(stands(account, status)),
        (Some(None), _) => {
            let text = "the gateway that runs does not have it";
            found.push(Finding::odd(about(account, "login"), text, Remedy::Reload));
        }
        (None, Some(connection)) if opens => found.push(listened(account, &connection).await),
        (None, Some(_)) => {
            let text = "a gateway that runs knows, or --open-streams looks";
            found.push(Finding::unknown(about(account, "login"), text));
        }
        (None, None) => {}
    }
    found
}

/// Whether the proxy is there through which a puppet goes that runs here.
async fn passed(account: &AccountConfig, hosted: &Hosted, proxy: &Proxy) -> Finding {
    let about = about(account, "proxy");
    match probe_proxy(proxy, WITHIN).await {
        Ok(()) if hosted.may_ignore_proxy() => {
            let text = format!(
                "{proxy} takes connections, but few puppets heed a SOCKS5 proxy: see there that its puppet comes through"
            );
            Finding::odd(about, text, Remedy::Proxy)
        }
        Ok(()) => Finding::well(
            about,
            format!("{proxy} takes connections; whether its puppet heeds it is its own affair"),
        ),
        Err(error) => Finding::wrong(about, error.to_string(), error.remedy()),
    }
}

fn about(account: &AccountConfig, what: &str) -> String {
    format!("account {}: {what}", account.name)
}

/// The way to its service; the connection, if it is there.
async fn reached(
    config: &Config,
    account: &AccountConfig,
    service: &Service,
    found: &mut Vec<Finding>,
) -> Option<Connection> {
    let max_message = usize::try_from(config.gateway.max_message.as_u64()).unwrap_or(usize::MAX);
    let target = match target_of(service, config.reconnect.keepalive, max_message) {
        Ok(target) => target,
        Err(error) => {
            found.push(Finding::wrong(about(account, "TLS"), error.to_string(), Remedy::Tls));
            return None;
        }
    };
    let probe = probe(&target, WITHIN).await;
    let has_certificate = probe.certificate.is_some();
    for (step, text) in probe.done {
        let text = if step == ProbeStep::Tcp && !has_certificate && service.tls == AccountTls::Off {
            format!("{text}; without TLS, as it is set")
        } else {
            text
        };
        found.push(Finding::well(about(account, step.name()), text));
    }
    if let Some(der) = probe.certificate {
        found.push(certificates::judge(about(account, "certificate"), &der, SystemTime::now()));
    }
    if let Some((step, error)) = probe.failed {
        found.push(Finding::wrong(about(account, step.name()), error.to_string(), error.remedy()));
    }
    probe.connection
}

/// How it stands, as the gateway that runs knows it.
fn stands(account: &AccountConfig, it: &AccountStatus) -> Vec<Finding> {
    let since = format!("{} for {}", it.phase, human(it.seconds));
    let mut found = Vec::new();
    match (it.phase, it.remedy.or_else(|| it.phase.remedy())) {
        (Standing::Available, _) => {
            found.push(Finding::well(about(account, "login"), since));
        }
        (Standing::Suspect | Standing::Draining | Standing::Maintenance, Some(remedy)) => {
            let text = format!("{since}: {}", it.text);
            found.push(Finding::odd(about(account, "login"), text, remedy));
        }
        (_, Some(remedy)) => {
            let text = format!("{since}: {}", it.text);
            found.push(Finding::wrong(about(account, "login"), text, remedy));
        }
        (_, None) => {
            found.push(Finding::unknown(about(account, "login"), format!("{since}: {}", it.text)));
        }
    }
    if let Some(evidence) = &it.last_evidence {
        let text = format!("{}, {} ago", evidence.kind, human(evidence.seconds));
        let hearing = about(account, "hearing and speaking");
        found.push(match (it.phase, evidence.weak) {
            (Standing::Failed, _) => Finding::wrong(hearing, format!("last {text}"), Remedy::Silent),
            (_, true) => Finding::odd(hearing, format!("weak: {text}"), Remedy::NoHeartbeat),
            (_, false) => Finding::well(hearing, text),
        });
    }
    if !it.follows_heartbeat {
        let text = "it does not follow the heartbeat contact";
        found.push(Finding::odd(about(account, "heartbeat"), text, Remedy::NoHeartbeat));
    }
    if !it.same_person_as.is_empty() {
        let text = format!("the same WeChat person as {}", it.same_person_as.join(", "));
        found.push(Finding::wrong(about(account, "person"), text, Remedy::SamePerson));
    }
    found.extend(it.ejected.iter().map(|it| {
        let text = format!("no {} for {}", it.work, human(it.seconds));
        Finding::odd(about(account, "work"), text, Remedy::Throttled)
    }));
    found
}

/// What its event stream tells first: nothing may be a puppet that was not started yet.
async fn listened(account: &AccountConfig, connection: &Connection) -> Finding {
    let about = about(account, "login");
    let mut puppet = connection.puppet();
    let mut events = match tokio::time::timeout(WITHIN, puppet.event(puppet::EventRequest::default())).await {
        Ok(Ok(answer)) => answer.into_inner(),
        Ok(Err(status)) if status.code() == Code::AlreadyExists => {
            let text = "another client has its event stream, and keeps it";
            return Finding::wrong(about, text, Remedy::Taken);
        }
        Ok(Err(status)) => {
            let text = format!("its event stream is refused: {:?}", status.code());
            return Finding::wrong(about, text, Remedy::Offline);
        }
        Err(_) => return Finding::wrong(about, "its event stream does not open", Remedy::Timeout),
    };
    let told = async {
        while let Ok(Some(event)) = events.message().await {
            match PuppetEvent::parse(&event) {
                Ok(PuppetEvent::Login { contact_id }) => {
                    return Finding::well(about.clone(), format!("it is logged in as {contact_id}"));
                }
                Ok(PuppetEvent::Scan(_)) => {
                    return Finding::wrong(about.clone(), "it asks for a scan", Remedy::Scan);
                }
                // Others say nothing of it.
                Ok(_) | Err(_) => {}
            }
        }
        Finding::wrong(about.clone(), "its service ended the event stream", Remedy::Offline)
    };
    let unknown = || {
        Finding::unknown(
            about.clone(),
            "its event stream opens, and says nothing of a login; serve starts its puppet",
        )
    };
    tokio::time::timeout(WITHIN, told).await.unwrap_or_else(|_| unknown())
}
