//! Which accounts were surely told of what was said: those whose event stream was open then, and still is a while later.
//!
//! What happens while nobody holds a stock service's event stream is lost, and nothing of ours can bring it back. This is
//! what may not be lost.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use ha_wechaty_sim::Phone;
use tokio::time::{Instant, sleep};

/// What was told on a stream that lives on for so long has been read from it.
const A_WHILE: Duration = Duration::from_secs(5);

/// What is known, and what is still to be found out.
#[derive(Default, Clone)]
pub(crate) struct Heard(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    /// By the number of what was said.
    asked: BTreeMap<usize, Asked>,
    told: Vec<(usize, Vec<usize>)>,
}

/// The streams that were open when something was said: their accounts, and which of their streams it is.
struct Asked {
    at: Instant,
    streams: Vec<(usize, Phone, u64)>,
}

impl Heard {
    /// Something was said just now, where these accounts are. It is the `number`th thing that was said.
    pub(crate) fn says(&self, number: usize, accounts: &[usize], phones: &[Phone]) {
        let streams = accounts
            .iter()
            .filter_map(|account| Some((*account, phones[*account].clone(), stream(&phones[*account])?)))
            .collect();
        self.locked().asked.insert(number, Asked { at: Instant::now(), streams });
        let heard = self.clone();
        drop(tokio::spawn(async move {
            sleep(A_WHILE).await;
            heard.locked().answers(number);
        }));
    }

    /// The gateway is about to die. What was told before `frontier` by a stream that is open now it has written down.
    pub(crate) fn dies(&self, frontier: Instant) {
        let mut state = self.locked();
        state.asked.retain(|_, asked| asked.at < frontier);
        let numbers: Vec<usize> = state.asked.keys().copied().collect();
        numbers.into_iter().for_each(|number| state.answers(number));
    }

    /// Which accounts were told of what: its number, and their places.
    pub(crate) fn all(&self) -> Vec<(usize, Vec<usize>)> {
        std::mem::take(&mut self.locked().told)
    }

    fn locked(&self) -> MutexGuard<'_, State> {
        // It is whole between any two statements here.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn answers(&mut self, number: usize) {
        if let Some(Asked { streams, .. }) = self.asked.remove(&number) {
            let still = streams.into_iter().filter(|(_, phone, before)| stream(phone) == Some(*before));
            self.told.push((number, still.map(|(account, ..)| account).collect()));
        }
    }
}

/// Which of its streams a phone has open now, if it tells anything by that.
fn stream(phone: &Phone) -> Option<u64> {
    phone.is_heard().then(|| phone.calls("Event"))
}
