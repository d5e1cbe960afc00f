//! A person's own WeChat, told by an account that works, and if there is one, by one that the alarm is not about.

use std::{sync::Arc, time::Duration};

use ha_wechaty_config::Language;
use ha_wechaty_core::{AccountSet, AlarmKind};
use ha_wechaty_team::{call, error::CallError, state::Shared};

use crate::{
    error::TellError,
    news::{News, is_over},
    words::Prose,
};

/// Of a text, in bytes: WeChat takes more, and people read less.
const LONGEST: usize = 4_000;

/// Says it to a contact: the words, then a picture of each code to scan. It counts against pace as what bots say does.
pub(crate) async fn say(
    shared: &Arc<Shared>,
    contact: &str,
    news: &News,
    language: Language,
    within: Duration,
) -> Result<(), TellError> {
    let routing = shared.core.routing();
    let Some(not) = others(routing.available(), concerned(shared, news)) else {
        return Err(TellError::Teammate {
            cause: String::from("no account works"),
            remedy: "tell people by another way too: a webhook, mail",
        });
    };
    let text = Prose::new(news, language).text(LONGEST);
    call::say_by(shared, contact, call::Words::Text(&text), not, within)
        .await
        .map_err(|error| explain(&error))?;
    for scan in &news.scans {
        let Some(png) = &scan.picture else { continue };
        let picture = call::Words::Picture { name: format!("{}.png", scan.account), bytes: png };
        if let Err(error) = call::say_by(shared, contact, picture, not, within).await {
            // The words are said, with what to do.
            tracing::warn!(%error, account = scan.account, "the picture of a code was not said");
        }
    }
    Ok(())
}

/// Whom not to ask: those concerned, unless they alone work; `None` if nobody does.
fn others(working: AccountSet, concerned: AccountSet) -> Option<AccountSet> {
    let not = if working.without(concerned).is_empty() { AccountSet::EMPTY } else { concerned };
    (!working.is_empty()).then_some(not)
}

/// The accounts that may not work, by what is still wrong.
fn concerned(shared: &Shared, news: &News) -> AccountSet {
    let mut concerned = AccountSet::EMPTY;
    let named = named(news).filter_map(|name| shared.accounts.roster.find(name));
    named.for_each(|it| concerned.insert(it));
    concerned
}

fn named(news: &News) -> impl Iterator<Item = &String> {
    let alarms = news.alarms.iter().filter(|it| !is_over(it) && is_of_work(it.kind));
    alarms.flat_map(|it| &it.accounts)
}

/// Whether accounts that an alarm of this kind is about get no work.
fn is_of_work(kind: AlarmKind) -> bool {
    match kind {
        AlarmKind::Scan
        | AlarmKind::LoggedOut
        | AlarmKind::Offline
        | AlarmKind::NotLoggedIn
        | AlarmKind::Failed
        | AlarmKind::Taken
        | AlarmKind::DomainDown => true,
        AlarmKind::SamePerson
        | AlarmKind::NoHeartbeat
        | AlarmKind::TeamDegraded
        | AlarmKind::TeamDown
        | AlarmKind::BotGone
        | AlarmKind::CoverageLost
        | AlarmKind::PaceLimit
        | AlarmKind::QueueFull
        | AlarmKind::DiskLow
        | AlarmKind::StoreUnwritable
        | AlarmKind::Certificate
        | AlarmKind::Clock
        | AlarmKind::Test => false,
    }
}

fn explain(error: &CallError) -> TellError {
    let remedy = match error {
        CallError::NotFound { .. } | CallError::Invalid { .. } => {
            "check contact: it is the person's id as bots know it"
        }
        CallError::Refused { .. } => "make each account a friend of the contact",
        CallError::NotSent { .. } | CallError::Busy { .. } => "see `ha-wechaty status`; it is tried again",
        CallError::MaybeSent { .. } => "it may have been said; it is tried again",
        CallError::Defect(_) => "this is a defect",
    };
    TellError::Teammate { cause: error.to_string(), remedy }
}

#[cfg(test)]
mod tests {
    use ha_wechaty_core::{AccountId, AlarmStep};

    use super::*;
    use crate::words::tests::alarm;

    #[test]
    fn whoever_works_says_it_and_first_those_that_it_is_not_about() {
        let of = |all: &[u8]| all.iter().map(|it| AccountId(*it)).collect::<AccountSet>();
        assert_eq!(others(of(&[0, 1]), of(&[1])), Some(of(&[1])));
        assert_eq!(others(of(&[1]), of(&[1])), Some(AccountSet::EMPTY), "it works by now, and no other does");
        assert_eq!(others(AccountSet::EMPTY, of(&[1])), None);
    }

    #[test]
    fn one_that_can_not_write_to_one_contact_may_say_it() {
        let about = |kind, step| {
            let news = News::new("shop", "shop-1700000000000", vec![alarm(12, kind, step)]);
            named(&news).count()
        };
        assert_eq!(about(AlarmKind::NoHeartbeat, AlarmStep::Opened), 0);
        assert_eq!(about(AlarmKind::Scan, AlarmStep::Opened), 1);
        assert_eq!(about(AlarmKind::DomainDown, AlarmStep::Opened), 1);
        assert_eq!(about(AlarmKind::Scan, AlarmStep::Closed), 0);
    }
}
