//! What is not as it should be, the worst first, and what to do about each.

use ha_wechaty_team::view::{AccountStatus, Standing, Status, WriteTrouble};

use super::{Lang, Say, Tone};

/// Something that is not as it should be.
#[derive(Debug)]
pub(super) struct Trouble {
    pub(super) tone: Tone,
    /// Who has it.
    pub(super) about: String,
    /// Where more is said of that.
    pub(super) path: Option<String>,
    pub(super) what: String,
    /// The words of whoever reported it.
    pub(super) why: Option<String>,
    pub(super) since: Option<String>,
    pub(super) remedy: String,
}

/// All of it.
pub(super) fn all(status: &Status, lang: Lang) -> Vec<Trouble> {
    let (say, w) = (Say(lang), lang.words());
    let mut all = Vec::new();
    if !status.team.available {
        all.push(Trouble {
            tone: Tone::Bad,
            about: status.team.name.clone(),
            path: None,
            what: lang.pick("is down", "已中断").to_owned(),
            why: None,
            since: Some(say.since(status.team.seconds)),
            remedy: say.team_remedy(),
        });
    }
    let mut store = |trouble: &WriteTrouble, is_snapshot| {
        let (what, remedy) = say.store_trouble(trouble, is_snapshot);
        all.push(Trouble {
            tone: if is_snapshot { Tone::Odd } else { Tone::Bad },
            about: w.store.to_owned(),
            path: None,
            what,
            why: Some(trouble.why.clone()),
            since: Some(say.since(trouble.seconds)),
            remedy,
        });
    };
    if let Some(trouble) = status.store.as_ref().and_then(|it| it.trouble.as_ref()) {
        store(trouble, false);
    }
    if let Some(trouble) = &status.unkept {
        store(trouble, true);
    }
    all.extend(status.accounts.iter().flat_map(|account| of_account(account, lang)));
    for bot in &status.bots {
        let Some(away) = bot.away.as_ref().filter(|it| it.text().is_some()) else { continue };
        let (what, remedy) = say.away(away);
        all.push(Trouble {
            tone: match (away.was_there, away.dropped) {
                // It may be one that is to come some day.
                (false, _) => Tone::Idle,
                (true, 0) => Tone::Odd,
                (true, _) => Tone::Bad,
            },
            about: bot.name.clone(),
            path: None,
            what,
            why: None,
            since: Some(say.since(away.seconds)),
            remedy,
        });
    }
    let rooms = status.team.rooms_unavailable;
    if rooms > 0 && status.team.available {
        let (what, remedy) = say.rooms_unavailable(rooms);
        let about = w.rooms.to_owned();
        let path = Some(String::from("/rooms"));
        all.push(Trouble { tone: Tone::Odd, about, path, what, why: None, since: None, remedy });
    }
    all.sort_by_key(|it| it.tone);
    all
}

/// Those of one account.
fn of_account(it: &AccountStatus, lang: Lang) -> Vec<Trouble> {
    let say = Say(lang);
    let trouble = |tone, (what, remedy): (String, String)| Trouble {
        tone,
        about: it.name.clone(),
        path: Some(format!("/accounts/{}", it.name)),
        what,
        why: None,
        since: None,
        remedy,
    };
    let mut all = Vec::new();
    if let Some(remedy) = lang.remedy(it.phase) {
        let what = (lang.standing(it.phase).to_owned(), remedy.to_owned());
        let (why, since) = (Some(it.text.clone()), Some(say.since(it.seconds)));
        all.push(Trouble { why, since, ..trouble(Tone::of(it.phase), what) });
    }
    if !it.same_person_as.is_empty() {
        all.push(trouble(Tone::Odd, say.same_person(&it.same_person_as)));
    }
    if !it.follows_heartbeat && it.phase == Standing::Available {
        all.push(trouble(Tone::Idle, say.no_heartbeat()));
    }
    for ejected in &it.ejected {
        all.push(trouble(Tone::Odd, say.ejected(lang.work(ejected.work), ejected.seconds)));
    }
    let used_up = it.pace.iter().filter(|limit| limit.used >= limit.allowed);
    for (limit, next) in used_up.filter_map(|limit| Some((limit, limit.next_free?))) {
        all.push(trouble(Tone::Idle, say.used_up(lang.paced(limit.work), &limit.limit, next)));
    }
    all
}
