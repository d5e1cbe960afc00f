//! Guesses of the password: after a few that were wrong, each makes the next one wait longer. One that comes before its time is
//! not looked at, so that guessing is no faster for asking more often.
//!
//! Who waits is an address, or a browser that was logged in before. Many may have one address: behind a proxy that does not say
//! for whom it asks, a tunnel, or the router of a house, it is this machine's own, or a private one. There the wait stays so short
//! that whoever knows the password gets in between the guesses of others; a browser that was logged in before does not wait for
//! these at all, and neither does anybody with a key, nor whoever was right there before, see `password`.
//!
//! So many addresses are remembered; while there are more, those that are not wait together.

use std::{
    net::{IpAddr, Ipv6Addr},
    num::NonZeroUsize,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use lru::LruCache;
use tokio::time::Instant;

/// So many guesses are free.
const FREE: u32 = 3;
/// Then one waits so long, and each time twice as long.
const FIRST: Duration = Duration::from_millis(500);
/// But never longer than this.
const LONGEST: Duration = Duration::from_secs(60);
/// Where many may have one address, and for those that are not remembered.
const LONGEST_TOGETHER: Duration = Duration::from_secs(1);
/// After so long without a guess it is forgotten.
const FORGOTTEN: Duration = Duration::from_secs(900);
/// So many who guess are remembered.
const MOST: NonZeroUsize = NonZeroUsize::new(1_024).unwrap();

/// Who guesses.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Guesser {
    /// Somebody at an address; of IPv6 at a network, which one machine may have whole.
    Address(IpAddr),
    /// Somebody for whom a program on this machine asks, as it says: they are not this machine's own commands.
    Passed(IpAddr),
    /// Somebody with a browser that was logged in before.
    Browser(String),
}

impl Guesser {
    /// Somebody at an address; `is_passed`, if what asks there says that it asks for somebody else.
    pub(super) fn at(from: IpAddr, is_passed: bool) -> Self {
        match from {
            IpAddr::V6(ip) if !ip.is_loopback() => {
                let network = ip.to_bits() & (u128::MAX << 64);
                Self::Address(Ipv6Addr::from_bits(network).into())
            }
            IpAddr::V4(_) | IpAddr::V6(_) if is_passed && from.is_loopback() => Self::Passed(from),
            IpAddr::V4(_) | IpAddr::V6(_) => Self::Address(from),
        }
    }

    fn longest(&self) -> Duration {
        match self {
            Self::Address(ip) if !is_shared(*ip) => LONGEST,
            Self::Address(_) | Self::Passed(_) => LONGEST_TOGETHER,
            Self::Browser(_) => LONGEST,
        }
    }
}

/// Whether many may well have this address.
fn is_shared(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => ip.is_loopback() || ip.is_private() || ip.is_link_local(),
        IpAddr::V6(ip) => ip.is_loopback() || ip.is_unique_local() || ip.is_unicast_link_local(),
    }
}

/// Who has guessed lately.
#[derive(Debug)]
pub(super) struct Slow(Mutex<Lately>);

#[derive(Debug)]
struct Lately {
    /// Who guessed last is the newest.
    each: LruCache<Guesser, Guesses>,
    /// Of addresses for which there was no room.
    others: Option<Guesses>,
}

#[derive(Debug, Clone, Copy)]
struct Guesses {
    wrong: u32,
    last: Instant,
}

impl Guesses {
    /// With one more that was wrong.
    fn more(before: Option<Self>) -> Self {
        let wrong = before.filter(|it| !it.is_forgotten()).map_or(0, |it| it.wrong);
        Self { wrong: wrong.saturating_add(1), last: Instant::now() }
    }

    fn is_forgotten(&self) -> bool {
        self.last.elapsed() >= FORGOTTEN
    }

    /// How long the next one has to wait, if it has.
    fn wait(&self, longest: Duration) -> Option<Duration> {
        let doubled = FIRST.saturating_mul(1 << self.wrong.checked_sub(FREE)?.min(16));
        let wait = doubled.min(longest).checked_sub(self.last.elapsed())?;
        (!wait.is_zero()).then_some(wait)
    }
}

impl Lately {
    /// Whether there is no room for an address that is not here; browsers that were logged in before are few.
    fn is_full_for(&self, guesser: &Guesser) -> bool {
        let is_new = self.each.len() == MOST.get() && !self.each.contains(guesser);
        let is_kept = || self.each.peek_lru().is_some_and(|(_, oldest)| !oldest.is_forgotten());
        match guesser {
            Guesser::Address(_) | Guesser::Passed(_) => is_new && is_kept(),
            Guesser::Browser(_) => false,
        }
    }
}

impl Default for Slow {
    fn default() -> Self {
        Self(Mutex::new(Lately { each: LruCache::new(MOST), others: None }))
    }
}

impl Slow {
    /// How long a guess has to wait, if it has.
    pub(super) fn wait(&self, guesser: &Guesser) -> Option<Duration> {
        let lately = self.lock();
        match lately.is_full_for(guesser) {
            true => lately.others?.wait(LONGEST_TOGETHER),
            false => lately.each.peek(guesser)?.wait(guesser.longest()),
        }
    }

    /// A guess was wrong.
    pub(super) fn failed(&self, guesser: Guesser) {
        let mut lately = self.lock();
        if lately.is_full_for(&guesser) {
            lately.others = Some(Guesses::more(lately.others));
        } else {
            let before = lately.each.peek(&guesser).copied();
            lately.each.put(guesser, Guesses::more(before));
        }
    }

    /// It was right.
    pub(super) fn forget(&self, guesser: &Guesser) {
        self.lock().each.pop(guesser);
    }

    fn lock(&self) -> MutexGuard<'_, Lately> {
        // Nothing that can panic is done under the lock.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Guesser {
        Guesser::at(text.parse().expect("an address"), false)
    }

    #[tokio::test(start_paused = true)]
    async fn each_wrong_guess_waits_twice_as_long_and_a_minute_at_most() {
        let (slow, far) = (Slow::default(), at("192.0.2.7"));
        let mut waits = Vec::new();
        for _ in 0..13 {
            let wait = slow.wait(&far).unwrap_or_default();
            waits.push(wait.as_millis());
            tokio::time::advance(wait).await;
            assert_eq!(slow.wait(&far), None);
            slow.failed(far.clone());
        }
        assert_eq!(waits, [0, 0, 0, 500, 1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000, 60_000]);
        assert_eq!(slow.wait(&at("192.0.2.8")), None, "others don't wait");
        slow.forget(&far);
        assert_eq!(slow.wait(&far), None, "who was right begins anew");
    }

    #[tokio::test(start_paused = true)]
    async fn an_address_that_many_have_never_waits_long_and_a_known_browser_not_for_others() {
        let slow = Slow::default();
        for shared in ["127.0.0.1", "::1", "10.0.0.7", "172.17.0.1", "192.168.1.1", "fd00::1"].map(at) {
            (0..10_000).for_each(|_| slow.failed(shared.clone()));
            assert_eq!(slow.wait(&shared), Some(LONGEST_TOGETHER), "{shared:?}");
        }
        let passed = Guesser::at(IpAddr::from([127, 0, 0, 1]), true);
        assert_eq!(slow.wait(&passed), None, "a proxy's are not this machine's own");
        (0..10_000).for_each(|_| slow.failed(passed.clone()));
        assert_eq!(slow.wait(&passed), Some(LONGEST_TOGETHER));
        let far = IpAddr::from([192, 0, 2, 7]);
        assert_eq!(
            Guesser::at(far, true),
            Guesser::at(far, false),
            "who says so from elsewhere is nobody else"
        );
        assert_eq!(slow.wait(&Guesser::Browser(String::from("a"))), None);
    }

    #[tokio::test(start_paused = true)]
    async fn it_is_forgotten_and_few_are_remembered() {
        let slow = Slow::default();
        (0..9).for_each(|_| slow.failed(at("192.0.2.7")));
        tokio::time::advance(FORGOTTEN).await;
        slow.failed(at("192.0.2.7"));
        assert_eq!(slow.wait(&at("192.0.2.7")), None);
        for n in 0..10_000_u32 {
            slow.failed(Guesser::at(IpAddr::from(n.to_be_bytes()), false));
        }
        assert_eq!(slow.lock().each.len(), MOST.get());
        let new = at("198.51.100.1");
        assert_eq!(slow.wait(&new), Some(LONGEST_TOGETHER), "those for whom there is no room wait together");
        assert_eq!(slow.wait(&Guesser::Browser(String::from("a"))), None);
        tokio::time::advance(LONGEST_TOGETHER).await;
        assert_eq!(slow.wait(&new), None);
        tokio::time::advance(FORGOTTEN).await;
        slow.failed(new.clone());
        assert!(slow.lock().each.contains(&new), "there is room again");
        assert_eq!(at("2001:db8::1"), at("2001:db8::ffff:1"), "a network is one");
        assert_ne!(at("2001:db8::1"), at("2001:db8:0:1::1"));
    }
}
