//! Guesses of the password: after a few that were wrong, each makes the next one wait longer. One that comes before its time is
//! not looked at, so that guessing is no faster for asking more often.
//!
//! Who waits is an address, or a browser that was logged in before. Many may have one address: behind a proxy that does not say
//! for whom it asks, or a tunnel, it is this machine's own. There the wait stays so short that whoever knows the password gets
//! in between the guesses of others; a browser that was logged in before does not wait for these at all, and neither does
//! anybody with a key.

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
/// From this machine.
const LONGEST_HERE: Duration = Duration::from_secs(1);
/// After so long without a guess it is forgotten.
const FORGOTTEN: Duration = Duration::from_secs(900);
/// So many who guess are remembered.
const MOST: NonZeroUsize = NonZeroUsize::new(1_024).unwrap();

/// Who guesses.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Guesser {
    /// Somebody at an address; of IPv6 at a network, which one machine may have whole.
    Address(IpAddr),
    /// Somebody with a browser that was logged in before.
    Browser(String),
}

impl Guesser {
    /// Somebody at an address.
    pub(super) fn at(from: IpAddr) -> Self {
        match from {
            IpAddr::V6(ip) if !ip.is_loopback() => {
                let network = ip.to_bits() & (u128::MAX << 64);
                Self::Address(Ipv6Addr::from_bits(network).into())
            }
            IpAddr::V4(_) | IpAddr::V6(_) => Self::Address(from),
        }
    }

    fn longest(&self) -> Duration {
        match self {
            Self::Address(ip) if ip.is_loopback() => LONGEST_HERE,
            Self::Address(_) | Self::Browser(_) => LONGEST,
        }
    }
}

/// Who has guessed lately.
#[derive(Debug)]
pub(super) struct Slow(Mutex<LruCache<Guesser, Guesses>>);

#[derive(Debug, Clone, Copy)]
struct Guesses {
    wrong: u32,
    last: Instant,
}

impl Default for Slow {
    fn default() -> Self {
        Self(Mutex::new(LruCache::new(MOST)))
    }
}

impl Slow {
    /// How long a guess has to wait, if it has.
    pub(super) fn wait(&self, guesser: &Guesser) -> Option<Duration> {
        let guesses = self.lock().get(guesser).copied()?;
        let doubled = FIRST.saturating_mul(1 << guesses.wrong.checked_sub(FREE)?.min(16));
        let wait = doubled.min(guesser.longest()).checked_sub(guesses.last.elapsed())?;
        (!wait.is_zero()).then_some(wait)
    }

    /// A guess was wrong.
    pub(super) fn failed(&self, guesser: Guesser) {
        let now = Instant::now();
        let mut lately = self.lock();
        let guesses = lately.get_or_insert_mut(guesser, || Guesses { wrong: 0, last: now });
        if now - guesses.last >= FORGOTTEN {
            guesses.wrong = 0;
        }
        *guesses = Guesses { wrong: guesses.wrong.saturating_add(1), last: now };
    }

    /// It was right.
    pub(super) fn forget(&self, guesser: &Guesser) {
        self.lock().pop(guesser);
    }

    fn lock(&self) -> MutexGuard<'_, LruCache<Guesser, Guesses>> {
        // Nothing that can panic is done under the lock.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Guesser {
        Guesser::at(text.parse().expect("an address"))
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
        let (slow, here) = (Slow::default(), at("127.0.0.1"));
        (0..10_000).for_each(|_| slow.failed(here.clone()));
        assert_eq!(slow.wait(&here), Some(LONGEST_HERE));
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
            slow.failed(Guesser::at(IpAddr::from(n.to_be_bytes())));
        }
        assert_eq!(slow.lock().len(), MOST.get());
        assert_eq!(at("2001:db8::1"), at("2001:db8::ffff:1"), "a network is one");
        assert_ne!(at("2001:db8::1"), at("2001:db8:0:1::1"));
    }
}
