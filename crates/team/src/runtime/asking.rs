//! Where to ask how things stand: the engine alone knows.

use ha_wechaty_core::{Team, Time};
use tokio::sync::{mpsc, oneshot};

use crate::{
    engine::Look,
    state::Shared,
    view::{AccountStatus, Status},
};

/// Where to ask how things stand.
#[derive(Debug, Clone)]
pub struct Asking(pub(super) mpsc::UnboundedSender<Look>);

impl Asking {
    /// Asks whoever takes looks at the other end.
    #[cfg(feature = "fuzzing")]
    pub fn new(asking: mpsc::UnboundedSender<Look>) -> Self {
        Self(asking)
    }

    /// What one look shows; `None` once the team does not run any more.
    pub async fn look<T: Send + 'static>(
        &self,
        look: impl FnOnce(&Team, &Shared, Time) -> T + Send + 'static,
    ) -> Option<T> {
        let (answer, answered) = oneshot::channel();
        // Whoever asked may have gone.
        let look = move |team: &Team, shared: &Shared, now| drop(answer.send(look(team, shared, now)));
        self.0.send(Box::new(look)).ok()?;
        answered.await.ok()
    }

    /// Waits until an account that joins is available, or it is known why it is not; not longer than connecting
    /// may take.
    pub async fn until_settled(&self, shared: &Shared, name: &str) {
        let mut changes = shared.core.changes();
        let settled = async {
            let is_settled = |status: &Status| status.account(name).is_some_and(AccountStatus::is_settled);
            // Somebody may remove it meanwhile.
            while shared.accounts.roster.find(name).is_some() {
                match self.look(Status::new).await {
                    Some(status) if !is_settled(&status) => {}
                    _ => return,
                }
                if changes.changed().await.is_err() {
                    return;
                }
            }
        };
        let _ = tokio::time::timeout(shared.config.reconnect.connect, settled).await;
    }
}
