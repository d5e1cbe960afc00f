//! Calls that go on at an account by themselves, though the bot has its answer or has hung up: so many of them, and no
//! more, at each account, as an account may hang for as long as a call may take.

use std::sync::Arc;

use ha_wechaty_core::{AccountId, MAX_ACCOUNTS};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::state::records::{Hush, LineKind, Who};

/// How many may stand in line for that, if they are small. Of more each waits with its caller, and ends with it.
const LINE: u32 = 4_096;
/// How many there may be at an account, if they are small: a third of what a connection takes at once, so that there is
/// room for all else.
const MOST: u32 = 64;
/// One that is larger counts for one more for each of so many bytes.
const SMALL: usize = 64 << 10;

/// The room that each account has for them.
#[derive(Debug)]
pub struct Alone([Places; MAX_ACCOUNTS]);

#[derive(Debug)]
struct Places {
    room: Arc<Semaphore>,
    line: Arc<Semaphore>,
}

impl Default for Alone {
    fn default() -> Self {
        let places = |count: u32| Arc::new(Semaphore::new(count as usize));
        Self(std::array::from_fn(|_| Places { room: places(MOST), line: places(LINE) }))
    }
}

impl Alone {
    /// A place in line for one of so many bytes, which then waits for its room by itself: see [`InLine::room`].
    pub(crate) fn line(&self, account: AccountId, bytes: usize) -> Option<InLine> {
        let places = self.0.get(account.index())?;
        let place = places.line.clone().try_acquire_many_owned(weight(bytes)).ok()?;
        Some(InLine { room: places.room.clone(), weight: weight(bytes), _place: place })
    }

    /// Waits for room for one of so many bytes, in order; until there is, the call is its caller's, and ends with it.
    pub(crate) async fn room(
        &self,
        hush: &Hush,
        (account, name): (AccountId, &str),
        rpc: &'static str,
        bytes: usize,
    ) -> Option<OwnedSemaphorePermit> {
        let room = self.0.get(account.index())?.room.clone();
        let mut waits = Waits { hush, account, name, rpc, is_over: false };
        // It is never closed.
        let permit = room.acquire_many_owned(weight(bytes)).await.ok();
        waits.is_over = true;
        permit
    }
}

/// What one of so many bytes counts for.
fn weight(bytes: usize) -> u32 {
    u32::try_from(1 + bytes / SMALL).unwrap_or(MOST).min(MOST)
}

/// A place in line, which goes on though its caller has gone.
#[derive(Debug)]
pub(crate) struct InLine {
    room: Arc<Semaphore>,
    weight: u32,
    _place: OwnedSemaphorePermit,
}

impl InLine {
    /// Waits for room.
    pub(crate) async fn room(self) -> Option<OwnedSemaphorePermit> {
        self.room.acquire_many_owned(self.weight).await.ok()
    }
}

/// One that waits for room. If it ends before there is any, the account was not asked.
struct Waits<'a> {
    hush: &'a Hush,
    account: AccountId,
    name: &'a str,
    rpc: &'static str,
    is_over: bool,
}

impl Drop for Waits<'_> {
    fn drop(&mut self) {
        let Self { hush, account, name, rpc, is_over } = *self;
        if !is_over && hush.lets(Who::Account(account), LineKind::Care, || format!("{rpc}: not asked")) {
            tracing::warn!(
                account = name,
                rpc,
                "was not asked to do what others did: {LINE} calls like that wait for it already; is it hanging?"
            );
        }
    }
}
