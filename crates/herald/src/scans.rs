//! Codes that wait to be scanned, and one-time links to them.

use std::{collections::BTreeMap, fmt, sync::Arc};

use futures_util::future::BoxFuture;
use ha_wechaty_core::AlarmKind;
use ha_wechaty_team::{
    runtime::Asking,
    view::{AlarmStatus, LoginStatus, code::png},
};
use tokio::sync::Mutex;

use crate::news::{ScanNews, is_over};

/// A one-time link for an account, if one can be made: the one that people were told of, which is told with it, as long as it
/// shows a code; or else a new one, which ends whatever link the account had.
pub type MakeLink = Arc<dyn Fn(String, Option<String>) -> BoxFuture<'static, Option<String>> + Send + Sync>;

/// Where codes and links are had from.
#[derive(Debug)]
pub(crate) struct Scans {
    asking: Asking,
    links: Links,
}

/// The links that people were told of.
pub(crate) struct Links {
    make: Option<MakeLink>,
    /// By their accounts. Locked while one is made: two ways that ask at once are told the same.
    told: Mutex<BTreeMap<String, String>>,
}

impl Scans {
    pub(crate) fn new(asking: Asking, link: Option<MakeLink>) -> Self {
        Self { asking, links: Links::new(link) }
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
            let link = self.links.of(account).await;
            scans.push(ScanNews { account: account.clone(), link, picture });
        }
        scans
    }
}

impl Links {
    pub(crate) fn new(make: Option<MakeLink>) -> Self {
        Self { make, told: Mutex::default() }
    }

    /// The one of an account: a new one only if that which people were told of shows no code any more.
    pub(crate) async fn of(&self, account: &str) -> Option<String> {
        let make = self.make.as_ref()?;
        let mut told = self.told.lock().await;
        let link = make(account.to_owned(), told.get(account).cloned()).await;
        match &link {
            Some(link) => told.insert(account.to_owned(), link.clone()),
            None => told.remove(account),
        };
        link
    }
}

impl fmt::Debug for Links {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Links are for those who are told alone.
        f.debug_struct("Links").field("are_made", &self.make.is_some()).finish_non_exhaustive()
    }
}
