//! One-time links for the owner of a phone: each shows the code of one account to one browser, without the password, until
//! the account is logged in, or for ten minutes.

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use ha_wechaty_core::MAX_ACCOUNTS;
use ha_wechaty_team::{
    runtime::Asking,
    state::{
        Shared,
        records::{AuditAct, AuditLine},
    },
    view::{LoginStatus, LoginStep},
};
use sha2::{Digest as _, Sha256};
use tokio::{
    sync::Semaphore,
    time::{Instant, timeout_at},
};
use tokio_util::sync::{CancellationToken, DropGuard};

/// How long one lasts.
pub(super) const LIFE: Duration = Duration::from_secs(600);

/// How many there may be: all accounts may wait for a scan at once.
const MOST: usize = MAX_ACCOUNTS;

/// How many pages of one link are told of changes.
const LISTENERS: usize = 2;

/// 128 random bits, written down: what a link or its owner's browser shows.
const BITS: usize = 128;

/// Who makes those that people are told of, in the log.
const ALARM: &str = "an alarm";

/// What is kept of such a secret.
type Hash = [u8; 32];

/// The links there are. Of their secrets only hashes are kept, and in memory: they end with the gateway.
#[derive(Debug, Clone, Default)]
pub struct LoginLinks(Arc<Mutex<BTreeMap<Hash, Link>>>);

#[derive(Debug)]
struct Link {
    account: String,
    until: Instant,
    owner: Option<Hash>,
    is_done: bool,
    /// Cancelled once it shows no code any more.
    over: CancellationToken,
    _guard: DropGuard,
    /// Places for who is told of changes.
    listeners: Arc<Semaphore>,
}

/// How a link's owner is told of changes.
#[derive(Debug, Clone)]
pub(super) struct LinkEvents {
    /// The link shows no code any more.
    pub(super) over: CancellationToken,
    /// Places for those who listen.
    pub(super) places: Arc<Semaphore>,
}

/// How the wait for a login ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Waited {
    /// The account is logged in.
    Done,
    /// There is no such account any more, or the gateway ends.
    Gone,
}

/// Why no link is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NoLink {
    /// Nothing is to be scanned.
    LoggedIn,
    /// There are as many as there may be.
    TooMany,
    /// A page of elsewhere asks.
    Stranger,
}

/// What a link is to a browser.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Shown {
    /// Nobody's yet.
    Unclaimed,
    /// This browser's; it shows the code of this account.
    Own(String),
    /// This browser's, and the account is logged in.
    Done,
    /// Another browser's, or over, or never was.
    Over,
}

impl LoginLinks {
    /// A new link for an account, which ends the one that the account had: its secret. None if there are too many.
    pub(super) fn make(&self, account: &str) -> Option<String> {
        let (secret, now) = (secret()?, Instant::now());
        let mut links = self.lock();
        links.retain(|_, link| link.until > now && link.account != account);
        if links.len() >= MOST {
            links.retain(|_, link| !link.is_done);
        }
        if links.len() >= MOST {
            return None;
        }
        let over = CancellationToken::new();
        let link = Link {
            account: account.to_owned(),
            until: now + LIFE,
            owner: None,
            is_done: false,
            _guard: over.clone().drop_guard(),
            over,
            listeners: Arc::new(Semaphore::new(LISTENERS)),
        };
        links.insert(hash(&secret), link);
        Some(secret)
    }

    /// What a link is to a browser that has this cookie.
    pub(super) fn look(&self, link: &str, cookie: Option<&str>) -> Shown {
        let links = self.lock();
        let Some(link) = links.get(&hash(link)).filter(|link| link.until > Instant::now()) else {
            return Shown::Over;
        };
        match (link.owner, link.is_done) {
            (None, false) => Shown::Unclaimed,
            (Some(owner), is_done) if cookie.is_some_and(|cookie| hash(cookie) == owner) => match is_done {
                true => Shown::Done,
                false => Shown::Own(link.account.clone()),
            },
            (None | Some(_), _) => Shown::Over,
        }
    }

    /// Makes a link a browser's own, if it is nobody's yet: the cookie that the browser is to show.
    pub(super) fn claim(&self, link: &str) -> Option<String> {
        let cookie = secret()?;
        let mut links = self.lock();
        let link = links.get_mut(&hash(link)).filter(|link| link.until > Instant::now() && !link.is_done)?;
        link.owner.is_none().then(|| {
            link.owner = Some(hash(&cookie));
            cookie
        })
    }

    /// The account that a link is for; none of a link that is gone.
    pub(super) fn account(&self, link: &str) -> Option<String> {
        self.lock().get(&hash(link)).map(|it| it.account.clone())
    }

    /// Whether a link shows the code of this account to somebody.
    fn shows(&self, link: &str, account: &str) -> bool {
        let links = self.lock();
        let link = links.get(&hash(link)).filter(|it| it.until > Instant::now());
        link.is_some_and(|it| !it.is_done && it.account == account)
    }

    /// A new link for an account that is not logged in, with what ends it: its secret.
    ///
    /// # Errors
    /// Nothing is to be scanned, or there are as many as there may be.
    pub(super) async fn make_for(
        &self,
        account: &str,
        shared: &Arc<Shared>,
        asking: &Asking,
    ) -> Result<String, NoLink> {
        let name = account.to_owned();
        let look = move |team: &_, shared: &_, now| LoginStatus::of(team, shared, now, &name);
        let login = asking.look(look).await.flatten();
        if login.is_some_and(|it| it.step == LoginStep::LoggedIn) {
            return Err(NoLink::LoggedIn);
        }
        let secret = self.make(account).ok_or(NoLink::TooMany)?;
        tokio::spawn(self.clone().watch(secret.clone(), shared.clone(), asking.clone()));
        Ok(secret)
    }

    /// A link for an account, whole, for whoever is told that it must be scanned: the one that was told before, as long as it
    /// shows a code, or else a new one. None while `admin.url` does not say how browsers reach it, or where there is nothing
    /// to scan.
    pub async fn url_for(
        &self,
        account: &str,
        told: Option<String>,
        shared: &Arc<Shared>,
        asking: &Asking,
    ) -> Option<String> {
        let base = shared.config.admin.url.as_ref().filter(|_| shared.config.admin.listen.is_some())?;
        let is_good = |url: &String| url.rsplit_once('/').is_some_and(|(_, link)| self.shows(link, account));
        if let Some(told) = told.filter(is_good) {
            return Some(told);
        }
        let secret = self.make_for(account, shared, asking).await.ok()?;
        tracing::info!(account, by = ALARM, "a one-time link to its code was made");
        shared.records.audit.enter(AuditLine::new(ALARM, None, AuditAct::Link).of(Some(account), "", "done"));
        Some(format!("{base}/l/{secret}"))
    }

    /// How the owner of a link is told of changes; none of a link that is gone.
    pub(super) fn events(&self, link: &str) -> Option<LinkEvents> {
        let links = self.lock();
        let link = links.get(&hash(link))?;
        Some(LinkEvents { over: link.over.clone(), places: link.listeners.clone() })
    }

    /// Ends a link once its account is logged in or gone, or its time is up. Ends with the link, also if another one took its
    /// place.
    pub(super) async fn watch(self, link: String, shared: Arc<Shared>, asking: Asking) {
        let link = hash(&link);
        let watched = self.lock().get(&link).map(|it| (it.account.clone(), it.until, it.over.clone()));
        let Some((account, until, over)) = watched else { return };
        let waited = tokio::select! {
            () = over.cancelled() => return,
            waited = timeout_at(until, until_done(account, &shared, &asking)) => waited,
        };
        self.end(&link, waited.unwrap_or(Waited::Gone));
    }

    fn end(&self, link: &Hash, waited: Waited) {
        let mut links = self.lock();
        match waited {
            // The browser that has it is told so, as long as it would have been shown a code.
            Waited::Done => {
                if let Some(link) = links.get_mut(link) {
                    link.is_done = true;
                    link.over.cancel();
                }
            }
            Waited::Gone => drop(links.remove(link)),
        }
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<Hash, Link>> {
        // Nothing that can panic is done under the lock.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Waits until an account is logged in, or gone.
async fn until_done(account: String, shared: &Shared, asking: &Asking) -> Waited {
    let mut changes = shared.core.changes();
    loop {
        let name = account.clone();
        let look = move |team: &_, shared: &_, now| LoginStatus::of(team, shared, now, &name);
        let Some(login) = asking.look(look).await else { return Waited::Gone };
        match login.map(|it| it.step) {
            Some(LoginStep::LoggedIn) => return Waited::Done,
            // One that has just joined is waited for.
            None if shared.accounts.roster.find(&account).is_none() => return Waited::Gone,
            None
            | Some(
                LoginStep::NoCode
                | LoginStep::Waiting
                | LoginStep::Scanned
                | LoginStep::Confirmed
                | LoginStep::Expired
                | LoginStep::Cancelled
                | LoginStep::Code
                | LoginStep::Slide,
            ) => {}
        }
        if changes.changed().await.is_err() {
            return Waited::Gone;
        }
    }
}

/// A new secret, in hexadecimal digits; none where the system has no random bits.
fn secret() -> Option<String> {
    let mut bits = [0; BITS / 8];
    getrandom::fill(&mut bits).ok()?;
    Some(bits.iter().fold(String::new(), |mut text, byte| {
        // Writing into a text can't fail.
        let _ = write!(text, "{byte:02x}");
        text
    }))
}

fn hash(secret: &str) -> Hash {
    Sha256::digest(secret.as_bytes()).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn the_first_browser_owns_a_link_and_no_second_one_sees_anything() {
        let links = LoginLinks::default();
        let link = links.make("north").expect("there is room");
        assert_eq!(link.len(), BITS / 4);
        assert_eq!(links.look(&link, None), Shown::Unclaimed);
        let cookie = links.claim(&link).expect("it is nobody's");
        assert_eq!(links.look(&link, Some(&cookie)), Shown::Own(String::from("north")));
        assert_eq!(links.claim(&link), None);
        for other in [None, Some("0123"), Some(link.as_str())] {
            assert_eq!(links.look(&link, other), Shown::Over, "{other:?}");
        }
        assert_eq!(links.look("0123", Some(&cookie)), Shown::Over);
        tokio::time::advance(LIFE).await;
        assert_eq!(links.look(&link, Some(&cookie)), Shown::Over);
        let late = links.make("south").expect("there is room");
        tokio::time::advance(LIFE).await;
        assert_eq!(links.claim(&late), None, "nobody came");
    }

    #[tokio::test(start_paused = true)]
    async fn there_are_few_and_one_for_an_account() {
        let links = LoginLinks::default();
        let first = links.make("north").expect("there is room");
        links.make("north").expect("it takes the place of the first");
        assert_eq!(links.look(&first, None), Shown::Over);
        for n in 1..MOST {
            links.make(&n.to_string()).expect("there is room");
        }
        assert_eq!(links.make("one more"), None);
        tokio::time::advance(LIFE).await;
        assert!(links.make("one more").is_some(), "all others are over");
    }

    #[test]
    fn a_link_is_done_only_with_the_login_and_ends_what_hangs_on_it() {
        let links = LoginLinks::default();
        let claimed = |account| {
            let link = links.make(account).expect("there is room");
            let cookie = links.claim(&link).expect("it is nobody's");
            let over = links.events(&link).expect("it is there").over;
            assert!(!over.is_cancelled());
            (link, cookie, over)
        };
        let (done, cookie, over) = claimed("north");
        assert!(links.shows(&done, "north") && !links.shows(&done, "south"));
        links.end(&hash(&done), Waited::Done);
        assert_eq!(links.look(&done, Some(&cookie)), Shown::Done);
        assert!(!links.shows(&done, "north"), "it is told to nobody again");
        assert!(over.is_cancelled(), "nobody is told of changes any more");
        let (gone, cookie, over) = claimed("south");
        links.end(&hash(&gone), Waited::Gone);
        assert_eq!(links.look(&gone, Some(&cookie)), Shown::Over, "nobody is told of a login that was none");
        assert!(over.is_cancelled() && links.events(&gone).is_none());
        let (_, _, over) = claimed("west");
        links.make("west").expect("it takes the place of the first");
        assert!(over.is_cancelled(), "nobody watches what was replaced");
    }

    #[test]
    fn secrets_are_not_kept() {
        let links = LoginLinks::default();
        let link = links.make("north").expect("there is room");
        let cookie = links.claim(&link).expect("it is nobody's");
        let kept = format!("{links:?}");
        assert!(!kept.contains(&link) && !kept.contains(&cookie), "{kept}");
    }
}
