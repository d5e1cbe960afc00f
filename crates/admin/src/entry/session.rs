//! Who has logged in with a browser. What a session is stands in its cookie, signed: nothing of it is kept, but which ones
//! were ended before their time. They end with the gateway.
//!
//! A cookie is `SameSite=Lax`: a link in an alarm leads to a page, and whoever follows it is logged in. What another site can
//! make a browser do so is to load a page, which changes nothing; what changes something takes the token of a form as well.

use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use axum::http::{HeaderMap, header};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use subtle::ConstantTimeEq as _;
use tokio::time::Instant;

use super::made::hex;

/// The cookie of a session, and its name where browsers send it over TLS alone.
const COOKIE: &str = "ha-wechaty";
const SECURE: &str = "__Host-ha-wechaty";
/// The cookie of a browser that was logged in before.
const KNOWN: &str = "ha-wechaty-known";
/// How long such a browser is known.
const KNOWN_FOR: Duration = Duration::from_secs(30 * 86_400);
/// So many sessions may have been ended before their time.
const ENDED: usize = 1_024;

/// What a signature is made with, and what it comes to.
type Bits = [u8; 32];

/// A session, as its cookie says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in super::super) struct Ticket {
    /// Whose it is.
    name: String,
    /// When it ends, in seconds since the gateway began.
    until: u64,
    /// What tells it from others.
    nonce: String,
}

impl Ticket {
    /// Whose it is.
    pub(super) fn name(&self) -> &str {
        &self.name
    }
}

/// What signs sessions, and what is known of them.
#[derive(Debug)]
pub(in super::super) struct Sessions {
    /// None where the system has no random bits: then nobody can log in with a browser.
    key: Option<Bits>,
    began: Instant,
    life: Duration,
    ended: Mutex<Ended>,
}

#[derive(Debug, Default)]
struct Ended {
    /// By what tells them apart: when they would have ended by themselves.
    by_nonce: BTreeMap<String, u64>,
    /// All that would end before this are over as well.
    all_until: u64,
    /// How often all of somebody's were ended: it is part of what is signed. As many as there are keys.
    of_name: BTreeMap<String, u64>,
}

impl Sessions {
    pub(super) fn new(life: Duration) -> Self {
        Self { key: random(), began: Instant::now(), life, ended: Mutex::default() }
    }

    /// A new session for somebody: the cookie that their browser is to show.
    pub(in super::super) fn begin(&self, name: &str, is_secure: bool) -> Option<String> {
        let until = self.until();
        let nonce = hex(&random()?[..16]);
        let signed = self.signed(&["session", &until.to_string(), name, &nonce, &self.turn_of(name)])?;
        let value = format!("{until}.{name}.{nonce}.{signed}");
        Some(written(if is_secure { SECURE } else { COOKIE }, &value, self.life, is_secure))
    }

    /// The session of a browser, if it has one that is not over. Over TLS only what came over TLS counts.
    pub(super) fn find(&self, headers: &HeaderMap, is_tls: bool) -> Option<Ticket> {
        let plain = || cookie(headers, COOKIE).filter(|_| !is_tls);
        let value = cookie(headers, SECURE).or_else(plain)?;
        let mut parts = value.splitn(4, '.');
        let (until, name, nonce, shown) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
        self.is_signed(&["session", until, name, nonce, &self.turn_of(name)], shown).then_some(())?;
        let ticket = Ticket { name: name.to_owned(), until: until.parse().ok()?, nonce: nonce.to_owned() };
        let ended = self.lock();
        let is_over = ticket.until <= self.began.elapsed().as_secs()
            || ticket.until <= ended.all_until
            || ended.by_nonce.contains_key(&ticket.nonce);
        (!is_over).then_some(ticket)
    }

    /// Ends a session; the cookies that make a browser forget it.
    pub(in super::super) fn end(&self, ticket: &Ticket) -> [String; 2] {
        let now = self.began.elapsed().as_secs();
        let mut ended = self.lock();
        ended.by_nonce.retain(|_, until| *until > now);
        if ended.by_nonce.len() >= ENDED {
            // Then all that there are end: who is still at work logs in anew.
            (ended.by_nonce, ended.all_until) = (BTreeMap::new(), self.until());
        }
        ended.by_nonce.insert(ticket.nonce.clone(), ticket.until);
        [(COOKIE, false), (SECURE, true)].map(|(name, secure)| written(name, "", Duration::ZERO, secure))
    }

    /// Ends all sessions of somebody: what they were begun by is worth nothing any more.
    pub(super) fn end_all_of(&self, name: &str) {
        *self.lock().of_name.entry(name.to_owned()).or_default() += 1;
    }

    fn turn_of(&self, name: &str) -> String {
        self.lock().of_name.get(name).copied().unwrap_or_default().to_string()
    }

    /// What a browser is known by from now on, as a cookie.
    pub(in super::super) fn know(&self, is_secure: bool) -> Option<String> {
        let nonce = hex(&random()?[..16]);
        let signed = self.signed(&["known", &nonce])?;
        Some(written(KNOWN, &format!("{nonce}.{signed}"), KNOWN_FOR, is_secure))
    }

    /// By what a browser is known, if it is.
    pub(in super::super) fn known(&self, headers: &HeaderMap) -> Option<String> {
        let (nonce, shown) = cookie(headers, KNOWN)?.split_once('.')?;
        self.is_signed(&["known", nonce], shown).then(|| nonce.to_owned())
    }

    /// The token of forms on pages of a session, or of whoever has none.
    pub(super) fn form_token(&self, ticket: Option<&Ticket>) -> String {
        self.signed(&["form", ticket.map_or("", |it| &it.nonce)]).unwrap_or_default()
    }

    /// Whether a form of such a page has this token.
    pub(super) fn is_form_token(&self, ticket: Option<&Ticket>, shown: &str) -> bool {
        self.is_signed(&["form", ticket.map_or("", |it| &it.nonce)], shown)
    }

    /// When one ends that begins now: none is shorter than was promised.
    fn until(&self) -> u64 {
        let until = self.began.elapsed() + self.life;
        until.as_secs() + u64::from(until.subsec_nanos() > 0)
    }

    fn signed(&self, parts: &[&str]) -> Option<String> {
        self.key.as_ref().map(|key| hex(&sign(key, parts)))
    }

    fn is_signed(&self, parts: &[&str], shown: &str) -> bool {
        self.signed(parts).is_some_and(|signed| signed.as_bytes().ct_eq(shown.as_bytes()).into())
    }

    fn lock(&self) -> MutexGuard<'_, Ended> {
        // Nothing that can panic is done under the lock.
        self.ended.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A cookie, as it is set.
fn written(name: &str, value: &str, life: Duration, is_secure: bool) -> String {
    let secure = if is_secure { "; Secure" } else { "" };
    format!("{name}={value}; HttpOnly; SameSite=Lax; Path=/; Max-Age={}{secure}", life.as_secs())
}

/// A cookie that a browser shows.
pub(in super::super) fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let all = headers.get_all(header::COOKIE).iter().filter_map(|it| it.to_str().ok());
    let mut pairs = all.flat_map(|it| it.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(found, _)| *found == name).map(|(_, value)| value)
}

/// A signature of some parts, which can't be those of another.
pub(super) fn sign(key: &Bits, parts: &[&str]) -> Bits {
    // A key of any length is one.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else { return random().unwrap_or_default() };
    for part in parts {
        mac.update(&(part.len() as u64).to_be_bytes());
        mac.update(part.as_bytes());
    }
    mac.finalize().into_bytes().into()
}

fn random() -> Option<Bits> {
    let mut bits = Bits::default();
    getrandom::fill(&mut bits).ok().map(|()| bits)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIFE: Duration = Duration::from_secs(600);

    /// What a browser shows that was given this cookie.
    fn shows(cookie: &str) -> HeaderMap {
        let pair = cookie.split(';').next().expect("a pair");
        HeaderMap::from_iter([(header::COOKIE, pair.parse().expect("a value"))])
    }

    #[tokio::test(start_paused = true)]
    async fn a_session_is_its_own_lasts_so_long_and_can_be_ended() {
        let sessions = Sessions::new(LIFE);
        let cookie = sessions.begin("ops", false).expect("random bits");
        for part in ["HttpOnly", "SameSite=Lax", "Path=/", "Max-Age=600"] {
            assert!(cookie.contains(part), "{cookie}");
        }
        let ticket = sessions.find(&shows(&cookie), false).expect("it is one");
        assert_eq!(ticket.name(), "ops");
        assert_eq!(sessions.find(&shows(&cookie), true), None, "it did not come over TLS");
        let other = sessions.begin("ops", false).expect("random bits");
        sessions.end(&ticket);
        assert_eq!(sessions.find(&shows(&cookie), false), None);
        assert!(sessions.find(&shows(&other), false).is_some());
        tokio::time::advance(LIFE).await;
        assert_eq!(sessions.find(&shows(&other), false), None, "its time is up");
        tokio::time::advance(Duration::from_millis(900)).await;
        let third = sessions.begin("ops", false).expect("random bits");
        tokio::time::advance(LIFE - Duration::from_millis(1)).await;
        assert!(sessions.find(&shows(&third), false).is_some(), "it has its whole time");
        tokio::time::advance(Duration::from_secs(1)).await;
        assert_eq!(sessions.find(&shows(&third), false), None);
    }

    #[tokio::test(start_paused = true)]
    async fn no_part_of_a_cookie_can_be_changed() {
        let sessions = Sessions::new(LIFE);
        let cookie = sessions.begin("ops", true).expect("random bits");
        assert!(cookie.starts_with("__Host-ha-wechaty=") && cookie.ends_with("; Secure"), "{cookie}");
        assert!(sessions.find(&shows(&cookie), true).is_some());
        let value = cookie.split(';').next().and_then(|it| it.split_once('=')).expect("a value").1;
        for place in 0..value.len() {
            let mut forged = value.as_bytes().to_vec();
            forged[place] = if forged[place] == b'1' { b'2' } else { b'1' };
            let forged = format!("{SECURE}={}", String::from_utf8(forged).expect("text"));
            assert_eq!(sessions.find(&shows(&forged), true), None, "{forged}");
        }
        for forged in ["", ".", "...", "99999999.admin.0.0", "1.admin"] {
            assert_eq!(sessions.find(&shows(&format!("{SECURE}={forged}")), true), None, "{forged}");
        }
        assert_eq!(Sessions::new(LIFE).find(&shows(&cookie), true), None, "another gateway's");
        let known = sessions.know(false).expect("random bits");
        assert!(sessions.known(&shows(&known)).is_some());
        assert_eq!(sessions.known(&shows(&format!("{KNOWN}=0.0"))), None);
    }

    #[tokio::test(start_paused = true)]
    async fn those_that_were_ended_are_bounded_and_stay_over() {
        let sessions = Sessions::new(LIFE);
        let mut begun = Vec::new();
        for _ in 0..=ENDED {
            let cookie = sessions.begin("ops", false).expect("random bits");
            let ticket = sessions.find(&shows(&cookie), false).expect("it is one");
            sessions.end(&ticket);
            begun.push(cookie);
        }
        assert!(sessions.lock().by_nonce.len() <= ENDED);
        assert!(begun.iter().all(|cookie| sessions.find(&shows(cookie), false).is_none()));
        tokio::time::advance(Duration::from_secs(1)).await;
        let late = sessions.begin("ops", false).expect("random bits");
        assert!(sessions.find(&shows(&late), false).is_some(), "who logs in anew is let in");
    }

    #[test]
    fn a_form_is_of_one_session() {
        let sessions = Sessions::new(LIFE);
        let ticket = |nonce: &str| Ticket { name: "ops".into(), until: 1, nonce: nonce.into() };
        let token = sessions.form_token(Some(&ticket("a")));
        assert!(sessions.is_form_token(Some(&ticket("a")), &token));
        for other in [None, Some(&ticket("b"))] {
            assert!(!sessions.is_form_token(other, &token));
        }
        assert!(!sessions.is_form_token(None, ""));
    }
}
