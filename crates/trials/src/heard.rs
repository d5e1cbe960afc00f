//! Which accounts were surely told of what was said: those whose event stream was open then, and still is a while later.
//!
//! What happens while nobody holds a stock service's event stream is lost, and nothing of ours can bring it back. This is
//! what may not be lost.

use std::time::Duration;

use ha_wechaty_sim::Phone;
use tokio::{task::JoinSet, time::sleep};

/// What was told on a stream that lives on for so long has been read from it.
const A_WHILE: Duration = Duration::from_secs(5);

/// What is still to be found out.
#[derive(Default)]
pub(crate) struct Heard(JoinSet<(usize, Vec<usize>)>);

impl Heard {
    /// Something was said just now, where these accounts are. It is the `number`th thing that was said.
    pub(crate) fn says(&mut self, number: usize, accounts: &[usize], phones: &[Phone]) {
        let streams = |phone: &Phone| phone.is_heard().then(|| phone.calls("Event"));
        let before: Vec<(usize, Phone, u64)> = accounts
            .iter()
            .filter_map(|account| Some((*account, phones[*account].clone(), streams(&phones[*account])?)))
            .collect();
        self.0.spawn(async move {
            sleep(A_WHILE).await;
            let still = before.into_iter().filter(|(_, phone, stream)| streams(phone) == Some(*stream));
            (number, still.map(|(account, ..)| account).collect())
        });
    }

    /// Which accounts were told of what: its number, and their places.
    pub(crate) async fn all(self) -> Vec<(usize, Vec<usize>)> {
        self.0.join_all().await
    }
}
