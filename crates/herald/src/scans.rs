//! Codes that wait to be scanned, and one-time links to them.

use std::{
    collections::BTreeMap,
    fmt,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use futures_util::future::BoxFuture;
use ha_wechaty_core::AlarmKind;
use ha_wechaty_team::{
    runtime::Asking,
    view::{AlarmStatus, LoginStatus, code::png},
};
use tokio::time::Instant;

use crate::news::{ScanNews, is_over};

/// Makes a one-time link for an account, if one can be made. It ends the one that the account had.
pub type MakeLink = Arc<dyn Fn(String) -> BoxFuture<'static, Option<String>> + Send + Sync>;

/// For how long a link is given out again: it lasts for ten minutes, and whoever gets it last must have time for it. A new
/// one would end what others have been told.
const AGAIN: Duration = Duration::from_secs(240);

/// Where codes and links are had from.
pub(crate) struct Scans {
    asking: Asking,
    link: Option<MakeLink>,
    made: Mutex<BTreeMap<String, (String, Instant)>>,
}

impl Scans {
    pub(crate) fn new(asking: Asking, link: Option<MakeLink>) -> Self {
        Self { asking, link, made: Mutex::default() }
    }

    /// Those that belong to these alarms, as they are now.
    pub(crate) async fn of(&self, alarms: &[AlarmStatus]) -> Vec<ScanNews> {
        let mut accounts: Vec<&String> = alarms
            .iter()
            .filter(|it| it.kind == AlarmKind::Scan && !is_over(it))
            .flat_map(|it| &it.accounts)
            .collect();
        accounts.sort_unstable();
        accounts.dedup();
        let mut scans = Vec::new();
        for account in accounts {
            let name = account.clone();
            let look = move |team: &_, shared: &_, now| LoginStatus::of(team, shared, now, &name);
            let code = self.asking.look(look).await.flatten().and_then(|it| it.code);
            // One that does not fit into a picture is still on the page.
            let picture = code.and_then(|code| png(&code).ok());
            let link = self.link_of(account).await;
            scans.push(ScanNews { account: account.clone(), link, picture });
        }
        scans
    }

    async fn link_of(&self, account: &str) -> Option<String> {
        let make = self.link.as_ref()?;
        let now = Instant::now();
        let known = self.made.lock().unwrap_or_else(PoisonError::into_inner).get(account).cloned();
        if let Some((link, _)) = known.filter(|(_, made)| now - *made < AGAIN) {
            return Some(link);
        }
        let link = make(account.to_owned()).await?;
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        made.retain(|_, (_, made)| now - *made < AGAIN);
        made.insert(account.to_owned(), (link.clone(), now));
        Some(link)
    }
}

impl fmt::Debug for Scans {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Links are for those who are told alone.
        f.debug_struct("Scans").field("makes_links", &self.link.is_some()).finish_non_exhaustive()
    }
}
