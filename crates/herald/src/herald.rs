//! The ways of a team, and one attempt by one of them.

use std::{sync::Arc, time::Duration};

use ha_wechaty_config::Channel;
use ha_wechaty_core::Stamp;
use ha_wechaty_team::{
    runtime::{Asking, Telling},
    state::Shared,
    view::AlarmStatus,
};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::{
    command,
    error::TellError,
    format::json,
    mail,
    news::News,
    post::{self, Receiver},
    queues,
    scans::{MakeLink, Scans},
    store, teammate,
    ways::Ways,
};

/// How long an answer over the network may take.
const ANSWER: Duration = Duration::from_secs(10);
/// How long a program may run.
const PROGRAM: Duration = Duration::from_secs(30);
/// How long an account may take to say something: its turn may have to come first.
const SAID: Duration = Duration::from_secs(20);

/// The ways of a team.
#[derive(Debug)]
pub struct Herald {
    team: String,
    source: String,
    ways: Arc<Ways>,
    shared: Arc<Shared>,
    scans: Scans,
}

impl Herald {
    /// Those of a team's configuration, as it is by then; the team began then. Links to codes are made where something makes them.
    pub fn new(shared: Arc<Shared>, began: Stamp, asking: Asking, link: Option<MakeLink>) -> Self {
        let ways = Arc::<Ways>::default();
        let source = json::source(&shared.config.self_id, began);
        Self { team: shared.config.name.clone(), source, ways, shared, scans: Scans::new(asking, link) }
    }

    /// Tells what it is given, and `told` what became of each, until it is to stop; then what is under way has five
    /// seconds to end. Besides, that nothing can be written down is told from here.
    pub async fn run(
        self: Arc<Self>,
        tellings: mpsc::Receiver<Telling>,
        told: impl Fn(u64, Result<(), TellError>) + Clone + Send + 'static,
        stop: CancellationToken,
    ) {
        let tell = {
            let herald = self.clone();
            move |way: String, alarms: Vec<AlarmStatus>| {
                let herald = herald.clone();
                async move { herald.tell(&way, alarms).await }
            }
        };
        let find = {
            let (ways, shared) = (self.ways.clone(), self.shared.clone());
            move |way: &str| ways.find(&shared.settings(), way).map(|it| it.number)
        };
        let (ways, shared) = (self.ways.clone(), self.shared.clone());
        let levels = move || ways.levels(&shared.settings());
        let records = self.shared.records.clone();
        let store = store::watch(move || records.store.trouble(), levels, tell.clone(), stop.clone());
        tokio::join!(queues::run(find, tellings, tell, told, stop), store);
    }

    /// One attempt to tell these alarms by this way.
    ///
    /// # Errors
    /// It failed, or it is not known whether it did.
    pub async fn tell(&self, way: &str, alarms: Vec<AlarmStatus>) -> Result<(), TellError> {
        let found = self.ways.find(&self.shared.settings(), way);
        let found = found.ok_or_else(|| TellError::Unknown(way.to_owned()))?;
        let (way, taken) = (&found.config, &*found.taken);
        let mut news = News::new(self.team.clone(), self.source.clone(), alarms);
        news.scans = self.scans.of(&news.alarms).await;
        let within = ANSWER;
        match &way.channel {
            Channel::Webhook { url, secret, ca } => {
                let receiver = Receiver { url, secret: secret.as_ref(), ca: ca.as_ref(), within };
                post::to_webhook(receiver, &news, taken).await
            }
            Channel::Robot { robot, url, secret, ca } => {
                let receiver = Receiver { url, secret: secret.as_ref(), ca: ca.as_ref(), within };
                post::to_robot(*robot, receiver, &news, way.language).await
            }
            Channel::Mail(mailbox) => mail::send(mailbox, &news, way.language, within).await,
            Channel::Command(command) => command::run(command, &news, taken, PROGRAM).await,
            Channel::Wechat { contact } => {
                teammate::say(&self.shared, contact, &news, way.language, SAID).await
            }
        }
    }
}
