//! The one password, plain or as a hash that takes memory and time to compare with.

use std::{
    num::NonZeroUsize,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use argon2::{Algorithm, Argon2, Block, Params, PasswordHash, Version};
use ha_wechaty_config::Secret;
use lru::LruCache;
use subtle::ConstantTimeEq as _;
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::Instant,
};

use super::slow::Guesser;

/// How long one that was right is known again, from whom it came, without comparing or waiting: a program may ask every few
/// seconds, and must not be shut out by whoever else guesses from its address.
const REMEMBERED: Duration = Duration::from_secs(600);
/// So many are remembered.
const MOST: NonZeroUsize = NonZeroUsize::new(256).unwrap();
/// So many others a second are looked at meanwhile whether they are what is remembered: who guesses from there gets no further.
const LOOKS: u32 = 100;

/// So many may wait for their comparison.
const LINE: usize = 8;

/// The password.
#[derive(Debug)]
pub(super) struct Password {
    kept: Kept,
    /// One is compared at a time: each takes as much memory as the hash says.
    one: Arc<Semaphore>,
    line: Arc<Semaphore>,
    remembered: Mutex<LruCache<Guesser, Remembered>>,
    /// What it is compared in, kept for the next: each thread that had its own would leave that behind.
    memory: Arc<Mutex<Vec<Block>>>,
    /// By which what was right is remembered: without it nothing can be told from that.
    seal: [u8; 32],
    is_random: bool,
}

/// Whether a hash is of what was shown; none if it is no hash.
fn compare(hash: &str, shown: &str, memory: &Mutex<Vec<Block>>) -> Option<bool> {
    let hash = PasswordHash::new(hash).ok()?;
    let (salt, expected) = (hash.salt.as_ref()?, hash.hash.as_ref()?);
    let params = Params::try_from(&hash).ok()?;
    let mut memory = memory.lock().unwrap_or_else(PoisonError::into_inner);
    memory.resize(params.block_count(), Block::default());
    let mut found = vec![0; expected.as_ref().len()];
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
    argon2.hash_password_into_with_memory(shown.as_bytes(), salt, &mut found, &mut memory[..]).ok()?;
    Some(found.ct_eq(expected.as_ref()).into())
}

#[derive(Debug)]
enum Kept {
    Plain(Secret),
    Hash(Arc<str>),
}

#[derive(Debug, Clone, Copy)]
struct Remembered {
    sealed: [u8; 32],
    until: Instant,
    /// The others that were looked at, and since when.
    others: (Instant, u32),
}

/// A place at which a password is compared.
#[derive(Debug)]
pub(super) struct Turn(
    #[allow(dead_code, reason = "held, and never looked at")] Option<OwnedSemaphorePermit>,
);

impl Password {
    pub(super) fn new(password: &Secret) -> Self {
        let kept = match password.reveal() {
            hash if hash.starts_with("$argon2") => Kept::Hash(hash.into()),
            _ => Kept::Plain(password.clone()),
        };
        let mut seal = [0; 32];
        // Without random bits nothing is remembered.
        let is_random = getrandom::fill(&mut seal).is_ok();
        let places = |count| Arc::new(Semaphore::new(count));
        let line = if is_random { LINE } else { 0 };
        Self {
            kept,
            one: places(1),
            line: places(line),
            remembered: Mutex::new(LruCache::new(MOST)),
            memory: Arc::default(),
            seal,
            is_random,
        }
    }

    /// A turn to compare; none if too many wait for theirs.
    pub(super) async fn turn(&self) -> Option<Turn> {
        match &self.kept {
            // That takes no time.
            Kept::Plain(_) => Some(Turn(None)),
            Kept::Hash(_) => {
                let _place = self.line.try_acquire().ok()?;
                self.one.clone().acquire_owned().await.ok().map(Some).map(Turn)
            }
        }
    }

    /// Whether it is this, asked for by somebody whose turn it is; then that is remembered.
    pub(super) async fn is(&self, guesser: &Guesser, shown: &str) -> bool {
        let is_it = match &self.kept {
            Kept::Plain(password) => shown.as_bytes().ct_eq(password.reveal().as_bytes()).into(),
            Kept::Hash(hash) => {
                let (hash, memory, shown) = (hash.clone(), self.memory.clone(), shown.to_owned());
                let compare = move || compare(&hash, &shown, &memory);
                tokio::task::spawn_blocking(compare).await.is_ok_and(|it| it == Some(true))
            }
        };
        if is_it && self.is_random {
            let now = Instant::now();
            let remembered =
                Remembered { sealed: self.sealed(shown), until: now + REMEMBERED, others: (now, 0) };
            self.lock().put(guesser.clone(), remembered);
        }
        is_it
    }

    /// Whether it was right from there not long ago; then it is remembered anew.
    pub(super) fn was_right(&self, guesser: &Guesser, shown: &str) -> bool {
        let (mut all, now) = (self.lock(), Instant::now());
        let Some(it) = all.get_mut(guesser).filter(|it| it.until > now) else { return false };
        if now - it.others.0 >= Duration::from_secs(1) {
            it.others = (now, 0);
        }
        let is_it = it.others.1 < LOOKS && it.sealed.ct_eq(&self.sealed(shown)).into();
        match is_it {
            true => it.until = now + REMEMBERED,
            false => it.others.1 = it.others.1.saturating_add(1),
        }
        is_it
    }

    fn lock(&self) -> MutexGuard<'_, LruCache<Guesser, Remembered>> {
        // Nothing that can panic is done under the lock.
        self.remembered.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn sealed(&self, shown: &str) -> [u8; 32] {
        super::session::sign(&self.seal, &["password", shown])
    }
}

#[cfg(test)]
mod tests {
    use std::net::{IpAddr, Ipv4Addr};

    use super::*;

    fn here() -> Guesser {
        Guesser::at(Ipv4Addr::LOCALHOST.into(), false)
    }

    /// Of `sesame`, made cheap.
    fn cheap() -> Secret {
        use argon2::PasswordHasher as _;
        let params = Params::new(8, 1, 1, None).expect("they are in range");
        let hasher = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        Secret::new(hasher.hash_password(b"sesame").expect("random bits").to_string())
    }

    #[tokio::test]
    async fn a_hash_lets_its_password_in_and_no_other() {
        let password = Password::new(&cheap());
        let is = async |shown: &str| password.is(&here(), shown).await;
        for _ in 0..2 {
            assert!(is("sesame").await && !is("Sesame").await && !is("").await);
        }
        let plain = Password::new(&Secret::new("sesame"));
        assert!(plain.is(&here(), "sesame").await && !plain.is(&here(), "sesam").await);
    }

    #[tokio::test(start_paused = true)]
    async fn what_was_right_is_known_again_for_a_while() {
        for kept in [cheap(), Secret::new("sesame")] {
            let password = Password::new(&kept);
            assert!(!password.was_right(&here(), "sesame") && password.is(&here(), "sesame").await);
            for _ in 0..3 {
                tokio::time::advance(REMEMBERED / 2).await;
                assert!(password.was_right(&here(), "sesame") && !password.was_right(&here(), "other"));
            }
            let elsewhere = Guesser::at(IpAddr::from([192, 0, 2, 1]), false);
            assert!(!password.was_right(&elsewhere, "sesame"), "it came from here");
            tokio::time::advance(REMEMBERED).await;
            assert!(!password.was_right(&here(), "sesame"));
            assert!(!format!("{password:?}").contains("sesame"));
        }
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_remembered_is_not_guessed_faster_than_so() {
        let password = Password::new(&cheap());
        assert!(password.is(&here(), "sesame").await);
        assert!((0..LOOKS).all(|n| !password.was_right(&here(), &n.to_string())));
        assert!(!password.was_right(&here(), "sesame"), "no more are looked at");
        tokio::time::advance(Duration::from_secs(1)).await;
        assert!(password.was_right(&here(), "sesame"));
    }

    #[tokio::test]
    async fn one_is_compared_at_a_time_and_few_wait() {
        use futures_util::FutureExt as _;
        let password = Password::new(&cheap());
        let turn = password.turn().await.expect("nobody else asks");
        let mut waiting: Vec<_> = (0..LINE).map(|_| Box::pin(password.turn())).collect();
        assert!(waiting.iter_mut().all(|it| it.now_or_never().is_none()));
        assert!(password.turn().await.is_none(), "the line is full");
        drop(turn);
        assert!(waiting.remove(0).await.is_some());
    }
}
