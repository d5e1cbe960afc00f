//! Long work, beside the runtime: a list of a hundred thousand ids is read, translated and merged for a tenth of a second,
//! and whatever else the gateway has to do would wait for it.
//!
//! One piece of it is done at a time, on a thread of its own, so that a core is left for everything else. Bots take turns
//! at it: each waits behind its own, and then behind one piece of each other bot's.

use std::sync::{Arc, PoisonError, RwLock};

use ha_wechaty_core::BotId;
use prost_reflect::{DynamicMessage, Value};
use tokio::sync::Semaphore;

/// A shorter message is read before another thread would have woken.
const LONG: usize = 32 * 1024;
/// So is a list of fewer ids.
const MANY: usize = 1_000;

/// Where it is done.
#[derive(Debug)]
pub struct Aside {
    /// One for each bot.
    bots: RwLock<Vec<Arc<Semaphore>>>,
    /// One for what the gateway asks for on behalf of all, and one for what it wants to know itself.
    behalf: Arc<Semaphore>,
    own: Arc<Semaphore>,
    one: Arc<Semaphore>,
}

fn lane() -> Arc<Semaphore> {
    Arc::new(Semaphore::new(1))
}

impl Aside {
    /// Where so many bots take turns.
    pub fn new(bots: usize) -> Self {
        let aside = Self { bots: RwLock::default(), behalf: lane(), own: lane(), one: lane() };
        aside.set_bots(bots);
        aside
    }

    /// There are so many places of bots now; they are never fewer than before.
    pub(crate) fn set_bots(&self, bots: usize) {
        let mut lanes = self.bots.write().unwrap_or_else(PoisonError::into_inner);
        let most = lanes.len().max(bots);
        lanes.resize_with(most, lane);
    }

    fn lane_of(&self, bot: Option<BotId>) -> Arc<Semaphore> {
        let Some(bot) = bot else { return self.own.clone() };
        let lanes = self.bots.read().unwrap_or_else(PoisonError::into_inner);
        lanes.get(usize::from(bot.0)).unwrap_or(&self.behalf).clone()
    }

    /// Works for a bot, or for the gateway itself; aside if it `is_long`. What nobody waits for any more is not begun.
    pub async fn work<T: Send + 'static>(
        &self,
        bot: Option<BotId>,
        is_long: bool,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> T {
        if !is_long {
            return work();
        }
        // Neither is ever closed.
        let _lane = self.lane_of(bot).acquire_owned().await;
        let one = self.one.clone().acquire_owned().await;
        let working = tokio::task::spawn_blocking(move || {
            // Until it is done, though its caller may hang up.
            let _one = one;
            work()
        });
        match working.await {
            Ok(done) => done,
            Err(broken) => match broken.try_into_panic() {
                Ok(panic) => std::panic::resume_unwind(panic),
                // The runtime ends, and all that waits in it.
                Err(_) => std::future::pending().await,
            },
        }
    }
}

/// Whether it takes long to read.
pub fn is_long(message: &[u8]) -> bool {
    message.len() > LONG
}

/// Whether there are long lists in it.
pub(crate) fn has_long_lists(message: &DynamicMessage) -> bool {
    message.fields().any(|(_, value)| matches!(value, Value::List(items) if items.len() > MANY))
}

#[cfg(test)]
mod tests {
    use std::{
        pin::pin,
        sync::{
            atomic::{AtomicUsize, Ordering},
            mpsc,
        },
    };

    use futures_util::{FutureExt as _, future::join_all, poll};

    use super::*;

    const ONE: Option<BotId> = Some(BotId(0));
    const OTHER: Option<BotId> = Some(BotId(1));

    #[tokio::test]
    async fn short_work_is_done_at_once_and_long_work_one_piece_at_a_time_while_others_go_on() {
        let (aside, at_once) = (Aside::new(2), Arc::new(AtomicUsize::new(0)));
        let (go, waits) = mpsc::channel::<()>();
        let mut long = pin!(aside.work(ONE, true, move || waits.recv().is_ok()));
        assert!(poll!(&mut long).is_pending());
        assert_eq!(aside.work(ONE, false, || 7).now_or_never(), Some(7), "nobody waits for what is long");
        go.send(()).expect("it waits");
        assert!(long.await);
        let piece = |bot| {
            let at_once = at_once.clone();
            aside.work(bot, true, move || {
                let others = at_once.fetch_add(1, Ordering::SeqCst);
                std::thread::yield_now();
                at_once.fetch_sub(1, Ordering::SeqCst);
                others
            })
        };
        let others = join_all((0..100).map(|n| piece([ONE, OTHER, None][n % 3]))).await;
        assert!(others.iter().all(|others| *others == 0), "{others:?}");
    }

    #[tokio::test]
    async fn a_bot_waits_for_one_piece_of_each_other_bot_however_many_that_has() {
        let aside = Aside::new(2);
        let order = Arc::new(std::sync::Mutex::new(Vec::new()));
        let piece = |bot: Option<BotId>| {
            let order = order.clone();
            aside.work(bot, true, move || order.lock().expect("whole").push(bot))
        };
        let all = (0..50).map(|_| piece(ONE)).chain([piece(OTHER)]);
        join_all(all).await;
        let order = order.lock().expect("whole");
        let place = order.iter().position(|bot| *bot == OTHER).expect("it had its turn");
        assert!(place <= 2, "{place} pieces were done before");
    }
}
