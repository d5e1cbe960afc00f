//! An account's page: all that is known of one.

use std::collections::BTreeMap;

use askama::Template;
use ha_wechaty_config::Right;
use ha_wechaty_team::{
    state::sends::Filter,
    view::{About, AccountStatus, Past},
};

use super::{
    DAY, Desk, Frame, Lang, Place, Say, Seen, Tally, Tone, Words, annals,
    asks::Asks,
    hands::deeds_of,
    login::{is_to_be_logged_in, version},
    sends::SendRow,
    strip::{Strip, strips},
    team::{AccountRow, Gauge, none},
};
use crate::entry;

/// So many of its sends are shown.
const SENDS: &str = "10";

/// The page of one account.
#[derive(Debug, Template)]
#[template(path = "account.html")]
pub(super) struct AccountPage {
    frame: Frame,
    w: &'static Words,
    row: AccountRow,
    /// Why it stands there, if the text does not say that.
    cause: Option<String>,
    text: Option<String>,
    remedy: Option<&'static str>,
    /// The code that waits to be scanned, and what tells it from the last one.
    code: Option<(String, String)>,
    /// What its login asks for besides.
    asks: Option<Asks>,
    /// Whether somebody is to log it in.
    waits: bool,
    strip: Option<Strip>,
    /// Where its last months are.
    history_path: String,
    /// What became of its sends in a day, by kinds.
    kinds: Vec<KindRow>,
    /// What can be done to it: the words of forms, and of people.
    buttons: Vec<(&'static str, &'static str)>,
    facts: Vec<(&'static str, String)>,
    pace: Vec<Gauge>,
    sends: Vec<SendRow>,
    history: Vec<StepRow>,
}

/// What became of its sends of one kind.
#[derive(Debug)]
struct KindRow {
    kind: String,
    tally: Tally,
}

/// A step of its life.
#[derive(Debug)]
struct StepRow {
    tone: Tone,
    to: &'static str,
    when: String,
    after: String,
    cause: Option<String>,
}

impl StepRow {
    fn new(it: &Past, lang: Lang) -> Self {
        let say = Say(lang);
        Self {
            tone: Tone::of(it.to),
            to: lang.standing(it.to),
            when: say.ago(it.seconds),
            after: say.after(lang.standing(it.from), it.after, it.times),
            cause: Some(it.cause.clone()).filter(|cause| !cause.is_empty() && cause != it.to.name()),
        }
    }
}

impl AccountPage {
    /// Of the account of that name, if there is one.
    pub(super) fn new(desk: &Desk, lang: Lang, seen: &Seen, name: &str) -> Option<Self> {
        let filter = Filter::of([("account", name), ("limit", SENDS)]).ok()?;
        let sends = desk.shared.records.sends.find(&filter);
        let sends = sends.iter().map(|it| SendRow::new(it, lang)).collect();
        let mut kinds: BTreeMap<String, Tally> = BTreeMap::new();
        desk.shared.records.sends.visit_since(DAY, |record| {
            for attempt in record.tried.iter().filter(|it| it.account == name) {
                let kind = record.rpc.trim_start_matches("Message");
                kinds.entry(kind.to_owned()).or_default().count(attempt.outcome);
            }
        });
        let mut made = Self::of(Frame::new(desk, lang, Place::Below, name), lang, seen, name, sends)?;
        made.kinds = kinds.into_iter().map(|(kind, tally)| KindRow { kind, tally }).collect();
        Some(made)
    }

    /// With the frame around it.
    pub(super) fn of(frame: Frame, lang: Lang, seen: &Seen, name: &str, sends: Vec<SendRow>) -> Option<Self> {
        let it = seen.status.account(name)?;
        let may = entry::who().is_none_or(|who| who.may(Right::Operate, Some(name)));
        let deeds = if may { deeds_of(it.phase) } else { Vec::new() };
        let mut row = seen.row(it, lang);
        row.since = Say(lang).since(it.seconds);
        let day = seen.day(About::Account, name, lang);
        let asks = it.asks.clone().filter(|_| may);
        let asks =
            asks.map(|asks| Asks::new(lang, asks, format!("/accounts/{name}/code"), frame.csrf.clone()));
        Some(Self {
            frame: Frame { is_live: true, title: format!("{} · {}", row.standing, frame.title), ..frame },
            w: lang.words(),
            cause: Some(it.cause.clone())
                .filter(|cause| !cause.is_empty() && !it.text.contains(cause.as_str())),
            text: Some(it.text.clone()).filter(|text| text != it.phase.name()),
            // With a code on the page, that is what to do.
            remedy: lang.remedy(it.phase).filter(|_| it.qrcode.is_none() && asks.is_none()),
            // Once it asks for more it was scanned.
            code: it.qrcode.clone().filter(|_| asks.is_none()).map(|code| (version(&code), code)),
            asks,
            buttons: deeds.into_iter().map(|it| (it.name(), lang.button(it))).collect(),
            strip: strips(day.iter().map(|(day, said)| (day.as_str(), said.clone()))).pop(),
            history_path: annals::path_of(About::Account, name),
            kinds: Vec::new(),
            waits: may && is_to_be_logged_in(it.phase),
            facts: facts(it, &row, lang),
            pace: it.pace.iter().map(|limit| Gauge::new(limit, lang)).collect(),
            sends,
            history: it.history.iter().rev().map(|step| StepRow::new(step, lang)).collect(),
            row,
        })
    }
}

/// Its failures in a row, by kinds of work.
fn errors(it: &AccountStatus, lang: Lang) -> String {
    let each = it.failures.iter().map(|failures| format!("{} {}", failures.count, lang.work(failures.work)));
    let each = each.collect::<Vec<_>>().join(", ");
    if each.is_empty() { it.errors.to_string() } else { each }
}

/// What is known of it, in figures.
fn facts(it: &AccountStatus, row: &AccountRow, lang: Lang) -> Vec<(&'static str, String)> {
    let (say, w) = (Say(lang), lang.words());
    let mut facts = vec![
        (w.contact_id, it.contact_id.clone().unwrap_or_else(none)),
        (w.evidence, row.evidence.clone()),
        (w.ding, row.ding.clone()),
        (w.dings_open, it.dings_outstanding.to_string()),
        (w.heartbeat, (if it.follows_heartbeat { w.yes } else { w.no }).to_owned()),
        (w.errors, errors(it, lang)),
        (w.calls, it.calls.to_string()),
        (w.weight, it.weight.to_string()),
        (w.resets, it.resets.to_string()),
        (w.evictions, it.evictions.to_string()),
        (w.deaf, it.deaf_streams.to_string()),
    ];
    if let Some(withdrawal) = &it.withdrawal {
        facts.push((w.withdrawn, say.withdrawn(withdrawal)));
    }
    if it.share < 1.0 {
        facts.push((w.share, format!("{:.0} %", it.share * 100.0)));
    }
    if !it.same_person_as.is_empty() {
        facts.push((w.same_person, it.same_person_as.join(", ")));
    }
    if let Some(left) = it.probation {
        facts.push((w.probation, say.span(left)));
    }
    if let Some(next) = it.next_attempt {
        facts.push((w.next_attempt, say.span(next)));
    }
    for ejected in &it.ejected {
        facts.push((w.ejected, format!("{}, {}", lang.work(ejected.work), say.span(ejected.seconds))));
    }
    if let Some(said) = &it.last_words {
        facts.push((w.last_words, format!("{} ({})", said.text, say.ago(said.seconds))));
    }
    facts
}
