//! Calls that go on at an account by themselves, though the bot has its answer or has hung up: so many of them, and no
//! more, at each account, as an account may hang for as long as a call may take.

use std::sync::Arc;

use ha_wechaty_core::{AccountId, MAX_ACCOUNTS};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::{
    hush::{Kind, Who},
    shared::Shared,
};

/// How many there may be at an account, if they are small: a third of what a connection takes at once, so that there is
/// room for all else.
const MOST: u32 = 64;
/// One that is larger counts for one more for each of so many bytes.
const SMALL: usize = 64 << 10;

/// The room that each account has for them.
#[derive(Debug)]
pub(crate) struct Alone([Arc<Semaphore>; MAX_ACCOUNTS]);

impl Default for Alone {
    fn default() -> Self {
        Self(std::array::from_fn(|_| Arc::new(Semaphore::new(MOST as usize))))
    }
}

impl Alone {
    /// Waits for room for one of so many bytes, in order; until there is, the call is its caller's, and ends with it.
    pub(super) async fn room(
        &self,
        shared: &Shared,
        account: AccountId,
        rpc: &'static str,
        bytes: usize,
    ) -> Option<OwnedSemaphorePermit> {
        let room = self.0.get(account.index())?.clone();
        let weight = u32::try_from(1 + bytes / SMALL).unwrap_or(MOST).min(MOST);
        let mut waits = Waits { shared, account, rpc, is_over: false };
        // It is never closed.
        let permit = room.acquire_many_owned(weight).await.ok();
        waits.is_over = true;
        permit
    }
}

/// One that waits for room. If it ends before there is any, the account was not asked.
struct Waits<'a> {
    shared: &'a Shared,
    account: AccountId,
    rpc: &'static str,
    is_over: bool,
}

impl Drop for Waits<'_> {
    fn drop(&mut self) {
        let Self { shared, account, rpc, is_over } = *self;
        if !is_over && shared.hush.lets(Who::Account(account), Kind::Care, || format!("{rpc}: not asked")) {
            let account = shared.name(account);
            tracing::warn!(
                account,
                rpc,
                "was not asked to do what others did: it has not answered {MOST} calls like that yet; is it hanging?"
            );
        }
    }
}
