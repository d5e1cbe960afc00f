//! The one password, plain or as a hash that takes memory and time to compare with.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use argon2::{Algorithm, Argon2, Block, Params, PasswordHash, Version};
use ha_wechaty_config::Secret;
use subtle::ConstantTimeEq as _;
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::Instant,
};

/// How long one that was right is known again without comparing: a program may ask every few seconds.
const REMEMBERED: Duration = Duration::from_secs(600);

/// So many may wait for their comparison.
const LINE: usize = 8;

/// The password.
#[derive(Debug)]
pub(super) struct Password {
    kept: Kept,
    /// One is compared at a time: each takes as much memory as the hash says.
    one: Arc<Semaphore>,
    line: Arc<Semaphore>,
    remembered: Mutex<Option<Remembered>>,
    /// What it is compared in, kept for the next: each thread that had its own would leave that behind.
    memory: Arc<Mutex<Vec<Block>>>,
    /// By which what was right is remembered: without it nothing can be told from that.
    seal: [u8; 32],
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
        // Without random bits nothing is remembered, see below.
        let is_random = getrandom::fill(&mut seal).is_ok();
        let places = |count| Arc::new(Semaphore::new(count));
        let line = if is_random { LINE } else { 0 };
        Self {
            kept,
            one: places(1),
            line: places(line),
            remembered: Mutex::default(),
            memory: Arc::default(),
            seal,
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

    /// Whether it is this, asked for by somebody whose turn it is.
    pub(super) async fn is(&self, shown: &str) -> bool {
        let hash = match &self.kept {
            Kept::Plain(password) => return shown.as_bytes().ct_eq(password.reveal().as_bytes()).into(),
            Kept::Hash(hash) => hash.clone(),
        };
        let sealed = self.sealed(shown);
        if self.is_remembered(&sealed) {
            return true;
        }
        let shown = shown.to_owned();
        let memory = self.memory.clone();
        let compare = move || compare(&hash, &shown, &memory);
        let is_it = tokio::task::spawn_blocking(compare).await.is_ok_and(|it| it == Some(true));
        if is_it {
            *self.remembered.lock().unwrap_or_else(PoisonError::into_inner) =
                Some(Remembered { sealed, until: Instant::now() + REMEMBERED });
        }
        is_it
    }

    fn is_remembered(&self, sealed: &[u8; 32]) -> bool {
        let remembered = *self.remembered.lock().unwrap_or_else(PoisonError::into_inner);
        remembered.is_some_and(|it| it.until > Instant::now() && it.sealed.ct_eq(sealed).into())
    }

    fn sealed(&self, shown: &str) -> [u8; 32] {
        super::session::sign(&self.seal, &["password", shown])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
        for _ in 0..2 {
            assert!(password.is("sesame").await && !password.is("Sesame").await && !password.is("").await);
        }
        let plain = Password::new(&Secret::new("sesame"));
        assert!(plain.is("sesame").await && !plain.is("sesam").await);
    }

    #[tokio::test(start_paused = true)]
    async fn what_was_right_is_known_again_for_a_while() {
        let password = Password::new(&cheap());
        let sealed = password.sealed("sesame");
        assert!(!password.is_remembered(&sealed) && password.is("sesame").await);
        assert!(password.is_remembered(&sealed) && !password.is_remembered(&password.sealed("other")));
        tokio::time::advance(REMEMBERED).await;
        assert!(!password.is_remembered(&sealed));
        assert!(!format!("{password:?}").contains("sesame"));
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
