//! Where people are told of alarms, and see to them.

use std::{sync::Arc, time::Duration};

use ha_wechaty_core::{AlarmId, AlarmKind, Input, Severity, Stamp, Tell};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::{Asking, plain};
use crate::{
    state::{Shared, sending::Pressing},
    view::{AlarmStatus, AlarmsStatus},
};

/// How long it may take until it is written down.
const WITHIN: Duration = Duration::from_secs(5);
/// So many tellings may wait for whoever tells; of each way one is under way.
pub(super) const TELLINGS: usize = 64;

/// What people are to be told by one way, now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Telling {
    /// Its number: [`Alarms::told`] says by it how it went. Tried again, it has the same as long as the same is told.
    pub number: u64,
    /// By which way: its name.
    pub way: String,
    /// What: one alarm, or several that came together; each as it is now.
    pub alarms: Vec<AlarmStatus>,
    /// How often it was tried, with this.
    pub attempt: u32,
}

/// Where people are told of alarms, and see to them.
#[derive(Debug, Clone)]
pub struct Alarms {
    shared: Arc<Shared>,
    asking: Asking,
}

/// Why it was not done.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AlarmError {
    /// No such alarm is open.
    #[error("no alarm {id} is open")]
    Unknown {
        /// Its number.
        id: u64,
    },
    /// There is no such way.
    #[error("there is no way {name:?} to tell people; there {}", if .known.is_empty() { "is none".to_owned() } else { format!("is {}", .known.join(", ")) })]
    NoWay {
        /// Its name.
        name: String,
        /// Those that there are.
        known: Vec<String>,
    },
    /// It is not written down, and so may be forgotten.
    #[error("it could not be written down within {WITHIN:?}; it may be done, or be forgotten")]
    NotDurable,
    /// The gateway ends.
    #[error("the gateway is ending")]
    Gone,
}

impl AlarmError {
    /// What to do about it.
    pub fn remedy(&self) -> String {
        match self {
            Self::Unknown { .. } => String::from("ha-wechaty alarms says which are open"),
            Self::NoWay { .. } => {
                String::from("[[notify]] in the configuration says by which ways people are told")
            }
            Self::NotDurable => String::from(
                "see what ha-wechaty status says of the store: its disk may be full, or not answer",
            ),
            Self::Gone => String::from("say it again once the gateway has started"),
        }
    }
}

impl Alarms {
    /// Those of a team whose engine takes looks there.
    pub fn new(shared: Arc<Shared>, asking: Asking) -> Self {
        Self { shared, asking }
    }

    /// A telling has arrived, or why it has not; the core has it tried again.
    pub fn told(&self, number: u64, result: Result<(), String>) {
        self.shared.core.tell(Input::Told { telling: number, error: result.err() });
    }

    /// Somebody sees to an alarm, or to all that are open: people are told no more of them, unless they change; or for so
    /// long. Returns them as they are then.
    ///
    /// # Errors
    /// Nothing was done, but for [`AlarmError::NotDurable`], of which that is not known.
    pub async fn seen(
        &self,
        id: Option<u64>,
        by: &str,
        pause: Option<Duration>,
    ) -> Result<Vec<AlarmStatus>, AlarmError> {
        let is_meant = move |it: &AlarmStatus| id.is_none_or(|id| id == it.id);
        let open = self.look().await.ok_or(AlarmError::Gone)?.open;
        let ids: Vec<u64> = open.iter().filter(|it| is_meant(it)).map(|it| it.id).collect();
        if let (Some(id), []) = (id, ids.as_slice()) {
            return Err(AlarmError::Unknown { id });
        }
        let told = Input::AlarmSeen { alarm: id.map(AlarmId), by: plain(by), pause };
        self.shared.core.tell_durably(told, WITHIN).await.map_err(|_| AlarmError::NotDurable)?;
        let AlarmsStatus { open, closed, .. } = self.look().await.ok_or(AlarmError::Gone)?;
        Ok(open.into_iter().chain(closed).filter(|it| ids.contains(&it.id)).collect())
    }

    /// Tries how people are told, by one way or by all. Returns by which.
    ///
    /// # Errors
    /// Nothing is told, but for [`AlarmError::NotDurable`], of which that is not known.
    pub async fn test(&self, way: Option<String>, by: &str) -> Result<Vec<String>, AlarmError> {
        let known: Vec<String> =
            self.look().await.ok_or(AlarmError::Gone)?.ways.into_iter().map(|it| it.name).collect();
        let ways = match &way {
            Some(name) if !known.contains(name) => {
                return Err(AlarmError::NoWay { name: name.clone(), known });
            }
            Some(name) => vec![name.clone()],
            None => known,
        };
        let told = Input::AlarmTest { way, by: plain(by) };
        self.shared.core.tell_durably(told, WITHIN).await.map_err(|_| AlarmError::NotDurable)?;
        Ok(ways)
    }

    /// Something about this machine is wrong, or well again. To be told again at each start.
    pub fn machine(&self, kind: AlarmKind, about: &str, trouble: Option<(Severity, String)>) {
        self.shared.core.tell(Input::Machine { kind, about: about.to_owned(), trouble });
    }

    /// How hard the pace presses, of which people are told if it goes on.
    pub fn pressing(&self) -> Vec<Pressing> {
        self.shared.sending.pressure.look()
    }

    /// All of them as they are now; `None` once the team does not run any more.
    pub async fn look(&self) -> Option<AlarmsStatus> {
        self.asking.look(|team, _, now| AlarmsStatus::new(team, now)).await
    }
}

/// Hands on what people are to be told, in words, until it is to end or nobody takes it any more.
pub(super) async fn hand_on(
    shared: Arc<Shared>,
    epoch: Stamp,
    mut tells: mpsc::Receiver<Tell>,
    tellings: mpsc::Sender<Telling>,
    stop: CancellationToken,
) {
    let next = async {
        while let Some(Tell { telling: number, way, alarms, attempt }) = tells.recv().await {
            let now = shared.clock.now();
            let alarms = alarms.iter().map(|it| AlarmStatus::new(it, epoch, now)).collect();
            if tellings.send(Telling { number, way, alarms, attempt }).await.is_err() {
                return;
            }
        }
    };
    tokio::select! {
        () = next => {}
        () = stop.cancelled() => {}
    }
}
