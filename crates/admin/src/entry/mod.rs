//! Who may enter the admin's pages and API, and what for.
//!
//! | module | what it holds |
//! |---|---|
//! | here | who asks, by what they show |
//! | `guard` | what stands before each request: the host, the origin, who asks, what that takes, the form's token |
//! | `right` | what each route takes |
//! | `held` | the password and keys of the configuration as it counts now |
//! | `password` | the one password, plain or as a hash |
//! | `keys` | keys of operators and their programs |
//! | `slow` | guesses of the password, slower with each |
//! | `session` | who has logged in with a browser, and the tokens of its forms |
//! | `made` | new keys, and hashes of passwords |
//!
//! Without a password and keys whoever reaches the port may do everything: it is this machine's alone then.

mod guard;
mod held;
mod keys;
mod made;
mod password;
mod right;
mod session;
mod slow;

use std::{
    collections::BTreeSet,
    net::{IpAddr, SocketAddr},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use arc_swap::ArcSwap;
use axum::http::{HeaderMap, HeaderName, header};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use ha_wechaty_config::{KeyConfig, Right};
use ha_wechaty_team::state::Shared;
use ha_wechaty_transport::http1::Endpoints;

pub(super) use guard::guard;
use held::Held;
pub use made::{MadeKey, hash_password, make_key};
use session::Sessions;
pub(super) use session::{Ticket, cookie};
use slow::{Guesser, Slow};

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// What says that somebody asks for somebody else.
const PASSED: [HeaderName; 4] =
    [FORWARDED_FOR, header::FORWARDED, header::VIA, HeaderName::from_static("x-real-ip")];

tokio::task_local! {
    /// Who asks, for as long as a request is answered.
    static ASKS: Option<Operator>;
}

/// Who asks, as far as somebody was let in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Operator {
    /// The key's name, or `admin` of the password; none where everybody is let in.
    name: Option<String>,
    /// What they may do.
    right: Right,
    /// The only accounts that they may see to; none for all.
    accounts: Option<BTreeSet<String>>,
    /// The session, of somebody with a browser.
    ticket: Option<Ticket>,
    /// Where they are.
    from: IpAddr,
}

/// Why somebody is not let in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refused {
    /// Nothing was shown, or the session is over.
    Nothing,
    /// What was shown is wrong.
    Wrong,
    /// Too many guesses: it was not looked at, and is not before so long.
    Slow(Duration),
    /// Too many are looked at already.
    Busy,
}

impl Operator {
    /// Where everybody is let in.
    fn anybody(from: IpAddr) -> Self {
        Self { name: None, right: Right::Admin, accounts: None, ticket: None, from }
    }

    fn named(name: &str, from: IpAddr) -> Self {
        Self { name: Some(name.to_owned()), ..Self::anybody(from) }
    }

    fn of_key(key: &KeyConfig, from: IpAddr) -> Self {
        let accounts = (!key.accounts.is_empty()).then(|| key.accounts.iter().cloned().collect());
        Self { right: key.right, accounts, ..Self::named(&key.name, from) }
    }

    /// Who it is.
    pub(super) fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// The same, as the audit trail has it.
    pub(super) fn signs(&self) -> String {
        self.name.clone().unwrap_or_else(|| String::from("anybody"))
    }

    /// Where they are.
    pub(super) fn from(&self) -> IpAddr {
        self.from
    }

    /// The session, if there is one.
    pub(super) fn ticket(&self) -> Option<&Ticket> {
        self.ticket.as_ref()
    }

    /// Whether they may do something that takes this; to an account, or to all of them.
    pub(super) fn may(&self, right: Right, account: Option<&str>) -> bool {
        let is_theirs = match (&self.accounts, account) {
            (Some(accounts), Some(account)) => accounts.contains(account),
            (Some(_), None) => false,
            (None, _) => true,
        };
        self.right >= right && (right == Right::Read || is_theirs)
    }

    /// Who does something, in words, `by` being whom they do it for, as they say. A name that was shown comes first: what is
    /// said stands beside it.
    pub(super) fn words(&self, by: Option<String>) -> String {
        let by = by.filter(|by| !by.trim().is_empty());
        match (&self.name, by) {
            (None, Some(by)) => by,
            (None, None) => format!("somebody at {}", self.from),
            (Some(name), Some(by)) => format!("{name} for {by}"),
            (Some(name), None) => format!("{name} at {}", self.from),
        }
    }
}

/// Who asks in this request, if they were let in.
pub(super) fn who() -> Option<Operator> {
    ASKS.try_with(Clone::clone).ok().flatten()
}

/// Does something beside the request, for who asks in it: who hangs up must not break off what is begun, nor keep it from being
/// written down. None if it broke off all the same.
pub(super) async fn beside<T: Send + 'static>(deed: impl Future<Output = T> + Send + 'static) -> Option<T> {
    tokio::spawn(ASKS.scope(who(), deed)).await.ok()
}

/// Whether who asks in this request may see an account's code: whoever scans that logs in a phone of theirs.
pub(super) fn may_scan(account: &str) -> bool {
    who().is_some_and(|it| it.may(Right::Operate, Some(account)))
}

/// Who does something in this request, in words; see [`Operator::words`].
pub(super) fn by(said: Option<String>) -> String {
    who().map_or_else(|| String::from("somebody"), |it| it.words(said))
}

impl Inner {
    /// What is held against what somebody shows, as the configuration says now.
    fn held(&self) -> Arc<Held> {
        let settings = self.shared.settings();
        let held = self.held.load_full();
        if Arc::ptr_eq(&held.of, &settings) {
            return held;
        }
        let _one = self.following.lock().unwrap_or_else(PoisonError::into_inner);
        // Meanwhile another one may count, and somebody else have looked at that: nobody goes back to the one before.
        let (settings, held) = (self.shared.settings(), self.held.load_full());
        if Arc::ptr_eq(&held.of, &settings) {
            return held;
        }
        let held = Arc::new(held.with(settings, &self.sessions));
        self.held.store(held.clone());
        held
    }

    /// Looks whether that is the password, once it is the guesser's turn; that of who was right before is at once.
    async fn guess(&self, guesser: Guesser, secret: &str) -> Result<(), Refused> {
        let Some(password) = self.held().password.clone() else { return Err(Refused::Wrong) };
        if password.was_right(&guesser, secret) {
            return Ok(());
        }
        let may = || self.slow.wait(&guesser).map_or(Ok(()), |wait| Err(Refused::Slow(wait)));
        // Who has to wait takes no place in the line; and what was guessed meanwhile counts.
        may()?;
        let _turn = password.turn().await.ok_or(Refused::Busy)?;
        may()?;
        match password.is(&guesser, secret).await {
            // It was another one meanwhile.
            true if !self.held().password.as_ref().is_some_and(|it| Arc::ptr_eq(it, &password)) => {
                Err(Refused::Wrong)
            }
            true => {
                self.slow.forget(&guesser);
                Ok(())
            }
            false => {
                self.slow.failed(guesser);
                Err(Refused::Wrong)
            }
        }
    }
}

/// What decides who enters.
#[derive(Debug, Clone)]
pub(super) struct Entry(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    shared: Arc<Shared>,
    held: ArcSwap<Held>,
    /// One at a time looks at a new configuration.
    following: Mutex<()>,
    sessions: Sessions,
    slow: Slow,
    is_behind_proxy: bool,
    is_tls: bool,
}

impl Entry {
    /// As a team's configuration says; the password and keys, as it says by then.
    pub(super) fn new(shared: Arc<Shared>) -> Self {
        let admin = &shared.config.admin;
        let is_tls = admin.tls() != ha_wechaty_config::AdminTls::Off;
        Self(Arc::new(Inner {
            held: ArcSwap::from_pointee(Held::new(shared.settings())),
            following: Mutex::default(),
            sessions: Sessions::new(admin.session),
            slow: Slow::default(),
            is_behind_proxy: admin.behind_proxy,
            is_tls,
            shared,
        }))
    }

    /// Whether something must be shown.
    pub(super) fn is_locked(&self) -> bool {
        let held = self.0.held();
        held.password.is_some() || !held.keys.is_empty()
    }

    /// Whether browsers reach it over TLS that is its own.
    pub(super) fn is_tls(&self) -> bool {
        self.0.is_tls
    }

    /// Where who asks is. A proxy says for whom it asks behind what it was told itself: the last is its own word.
    pub(super) fn address(&self, ends: &Endpoints, headers: &HeaderMap) -> IpAddr {
        let said = headers.get_all(FORWARDED_FOR).iter().next_back().filter(|_| self.0.is_behind_proxy);
        let last = said.and_then(|it| {
            let text = it.to_str().ok()?.rsplit(',').next()?.trim();
            // Some proxies say the port as well.
            text.parse().ok().or_else(|| text.parse::<SocketAddr>().ok().map(|it| it.ip()))
        });
        last.unwrap_or(ends.peer.ip()).to_canonical()
    }

    /// Who asks, by what they show.
    pub(super) async fn enter(&self, from: IpAddr, headers: &HeaderMap) -> Result<Operator, Refused> {
        if !self.is_locked() {
            return Ok(Operator::anybody(from));
        }
        let shown = headers.get(header::AUTHORIZATION).map(|it| it.to_str().unwrap_or_default());
        match shown.map(|it| it.split_once(' ').unwrap_or((it, ""))) {
            Some((kind, key)) if kind.eq_ignore_ascii_case("bearer") => self.by_key(from, key.trim()),
            Some((kind, pair)) if kind.eq_ignore_ascii_case("basic") => {
                let pair = BASE64_STANDARD.decode(pair.trim()).ok().and_then(|it| String::from_utf8(it).ok());
                let Some((name, secret)) = pair.as_deref().and_then(|it| it.split_once(':')) else {
                    return Err(Refused::Wrong);
                };
                self.log_in(from, headers, name, secret).await
            }
            Some(_) => Err(Refused::Wrong),
            None => {
                // Sessions may have ended with what they were begun by.
                self.0.held();
                let ticket = self.0.sessions.find(headers, self.0.is_tls).ok_or(Refused::Nothing)?;
                let operator = self.of_ticket(&ticket, from).ok_or(Refused::Nothing)?;
                Ok(Operator { ticket: Some(ticket), ..operator })
            }
        }
    }

    /// Who says that this is their name, and shows this: the password, or a key of theirs.
    pub(super) async fn log_in(
        &self,
        from: IpAddr,
        headers: &HeaderMap,
        name: &str,
        secret: &str,
    ) -> Result<Operator, Refused> {
        if name != KeyConfig::PASSWORD {
            return self.by_key(from, secret);
        }
        if self.0.held().password.is_none() {
            return self.by_key(from, secret);
        }
        let is_passed = PASSED.iter().any(|name| headers.contains_key(name));
        let guesser = self.0.sessions.known(headers).map(Guesser::Browser);
        let guesser = guesser.unwrap_or_else(|| Guesser::at(from, is_passed));
        let (inner, secret) = (self.0.clone(), secret.to_owned());
        // Beside the request: who hangs up must not begin another comparison while this one goes on, nor guess for nothing.
        let guessed = tokio::spawn(async move { inner.guess(guesser, &secret).await });
        guessed.await.unwrap_or(Err(Refused::Busy)).map(|()| Operator::named(KeyConfig::PASSWORD, from))
    }

    /// Who shows this key. It can't be guessed, so nobody waits.
    fn by_key(&self, from: IpAddr, key: &str) -> Result<Operator, Refused> {
        self.0.held().keys.find(key).map(|key| Operator::of_key(key, from)).ok_or(Refused::Wrong)
    }

    fn of_ticket(&self, ticket: &Ticket, from: IpAddr) -> Option<Operator> {
        match ticket.name() {
            KeyConfig::PASSWORD => Some(Operator::named(KeyConfig::PASSWORD, from)),
            name => self.0.held().keys.named(name).map(|key| Operator::of_key(key, from)),
        }
    }

    /// Whether this key was not shown from there before, as far as is remembered.
    fn is_first_use(&self, operator: &Operator) -> bool {
        let name = operator.name().filter(|name| *name != KeyConfig::PASSWORD);
        name.is_some_and(|name| self.0.held().keys.is_first_use(name, operator.from))
    }

    /// The sessions there are.
    pub(super) fn sessions(&self) -> &Sessions {
        &self.0.sessions
    }

    /// The token of forms on pages for who asks in this request.
    pub(super) fn form_token(&self) -> String {
        self.0.sessions.form_token(who().as_ref().and_then(Operator::ticket))
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;
    use tokio::sync::oneshot;

    use super::*;

    #[tokio::test]
    async fn who_hangs_up_breaks_nothing_off_and_is_still_who_did_it() {
        let (open, gate) = oneshot::channel::<()>();
        let (tell, told) = oneshot::channel();
        let ops = Operator::named("ops", IpAddr::from([192, 0, 2, 1]));
        let request = ASKS.scope(Some(ops.clone()), async {
            let deed = async move {
                gate.await.expect("it is opened");
                tell.send(who()).expect("somebody hears");
            };
            beside(deed).await
        });
        assert!(request.now_or_never().is_none(), "it waits, and is dropped");
        open.send(()).expect("it goes on");
        assert_eq!(told.await, Ok(Some(ops)));
    }
}
