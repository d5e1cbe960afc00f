//! What accounts share (a provider, an address, a host), and fails for all of them at once: one alarm, and not one of each.
//!
//! Two accounts or more of one domain stopped working within a minute of one another (those that are silent, within five:
//! silence is found at different times), and still do not work two minutes later; one minute, if nobody works. Of the domains
//! that say so, the one of the most accounts is told, or else the narrowest. It goes on until half of them are back.

use alloc::{borrow::ToOwned as _, collections::BTreeMap, format, string::String, vec::Vec};
use core::time::Duration;

use super::{Team, alarms::Ill};
use crate::{
    account_set::AccountSet,
    alarm::{Ailment, AlarmKey, AlarmKind, Severity},
    incident::Subject,
    time::Time,
};

/// What fails together does so within this.
const TOGETHER: Duration = Duration::from_secs(60);
const SILENT_TOGETHER: Duration = Duration::from_secs(300);
/// How long it stays so until it is told.
const STAYS: Duration = Duration::from_secs(120);
const STAYS_ALL: Duration = Duration::from_secs(60);

impl Team {
    /// What accounts share that fails, and the accounts that this says all of; so many accounts get work.
    pub(super) fn domain_ailments(&self, ill: &[Ill], usable: usize) -> (Vec<Ailment>, AccountSet) {
        let on_duty = self.which(|it| !it.has_left() && !it.is_withdrawn());
        let severity = if usable * 2 <= on_duty.len() { Severity::Critical } else { Severity::Warning };
        let (mut all, mut taken) = (Vec::new(), AccountSet::default());
        let by_domain = self.ill_by_domain(ill);
        for (domain, ill) in &by_domain {
            let Some(open) = self.alarms.open(&AlarmKey::Domain((*domain).to_owned())) else { continue };
            // Whoever failed later, or long before, has an alarm of its own. Until this one is over the others are its.
            let first = open.since;
            let is_with = |it: &&Ill| it.since <= first + window(it) && first <= it.since + window(it);
            let ill: Vec<&Ill> = ill.iter().copied().filter(is_with).collect();
            taken = taken.or(ill.iter().map(|it| it.account).collect());
            let is_meant = |it: &&&Ill| open.about.contains(&Subject::Account(it.name.clone()));
            if ill.iter().filter(is_meant).count() * 2 > open.about.len() {
                all.push(ailment(domain, &ill, first, first, severity));
            }
        }
        let open: Vec<AlarmKey> = self.alarms.open_keys();
        let stays = if self.up { STAYS } else { STAYS_ALL };
        loop {
            let of = |domain: &str| {
                self.alarms.domains().values().filter(|it| it.iter().any(|it| it == domain)).count()
            };
            let found = by_domain.iter().filter_map(|(domain, ill)| {
                if open.contains(&AlarmKey::Domain((*domain).to_owned())) {
                    return None;
                }
                let ill: Vec<&Ill> = ill.iter().filter(|it| !taken.contains(it.account)).copied().collect();
                Some((*domain, together(&ill)?))
            });
            let widest = found.max_by_key(|(domain, ill)| (ill.len(), core::cmp::Reverse(of(domain))));
            let Some((domain, ill)) = widest else { return (all, taken) };
            taken = taken.or(ill.iter().map(|it| it.account).collect());
            let first = ill.iter().map(|it| it.since).min().unwrap_or(self.now);
            // When the second was gone.
            let mut times: Vec<Time> = ill.iter().map(|it| it.since).collect();
            times.sort_unstable();
            let second = times.get(1).copied().unwrap_or(first);
            all.push(ailment(domain, &ill, first, second + stays, severity));
        }
    }

    /// The open alarm about a domain of which this account is a part.
    pub(super) fn open_domain_of(&self, name: &str) -> Option<String> {
        let domains = self.alarms.domains().get(name)?;
        let of = |domain: &&String| {
            let open = self.alarms.open(&AlarmKey::Domain((*domain).clone()));
            open.is_some_and(|it| it.about.contains(&Subject::Account(name.to_owned())))
        };
        domains.iter().find(of).cloned()
    }

    fn ill_by_domain<'a>(&'a self, ill: &'a [Ill]) -> BTreeMap<&'a str, Vec<&'a Ill>> {
        let mut by_domain: BTreeMap<&str, Vec<&Ill>> = BTreeMap::new();
        for it in ill.iter().filter(|it| it.kind.is_some()) {
            for domain in self.alarms.domains().get(&it.name).into_iter().flatten() {
                by_domain.entry(domain).or_default().push(it);
            }
        }
        by_domain
    }
}

/// How much later than the first it may stop working, and does so for the same cause.
fn window(it: &Ill) -> Duration {
    if it.kind == Some(AlarmKind::Failed) { SILENT_TOGETHER } else { TOGETHER }
}

/// The most of them that stopped working together, if at least two did.
fn together<'a>(ill: &[&'a Ill]) -> Option<Vec<&'a Ill>> {
    let from = |first: &&'a Ill| -> Vec<&'a Ill> {
        let within =
            |it: &&Ill| first.since <= it.since && it.since <= first.since + window(it).max(window(first));
        ill.iter().copied().filter(within).collect()
    };
    ill.iter().map(from).max_by_key(Vec::len).filter(|it| it.len() >= 2)
}

fn ailment(domain: &str, ill: &[&Ill], since: Time, opens: Time, severity: Severity) -> Ailment {
    let cause = ill.first().map_or("", |it| &it.cause);
    Ailment {
        key: AlarmKey::Domain(domain.to_owned()),
        kind: AlarmKind::DomainDown,
        severity,
        about: ill.iter().map(|it| Subject::Account(it.name.clone())).collect(),
        since,
        cause: format!("{domain}: {cause}"),
        opens: Some(opens),
        settles: Some(opens),
    }
}
