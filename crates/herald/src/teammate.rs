//! A person's own WeChat, told by an account that the alarm is not about.

use std::{sync::Arc, time::Duration};

use ha_wechaty_config::Language;
use ha_wechaty_core::AccountSet;
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
    let not = concerned(shared, news);
    let routing = shared.core.routing();
    if routing.available().without(not).is_empty() {
        return Err(TellError::Teammate {
            cause: String::from("no account works that the alarm is not about"),
            remedy: "tell people by another way too: a webhook, mail",
        });
    }
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

/// The accounts that what is still wrong is about.
fn concerned(shared: &Shared, news: &News) -> AccountSet {
    let names = news.alarms.iter().filter(|it| !is_over(it)).flat_map(|it| &it.accounts);
    let mut concerned = AccountSet::EMPTY;
    names.filter_map(|name| shared.accounts.roster.find(name)).for_each(|it| concerned.insert(it));
    concerned
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
