//! One account's link: dials when the core says so, keeps one event stream, and closes it cleanly.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use futures_util::{FutureExt as _, StreamExt as _};
use ha_wechaty_core::{AccountId, Holder, Input, LinkFact, MessageFacts, Remedy};
use ha_wechaty_wire::{puppet, tls};
use tokio::{
    sync::mpsc,
    time::{Instant, timeout, timeout_at},
};
use tokio_util::sync::CancellationToken;
use tonic::{Status, Streaming};

use super::{
    care,
    inbox::Inbox,
    lists::{self, Learning},
    opening::{Means, Opened, Refused, explain, open},
    reader::{Reading, Whose, is_unshown},
    way::Way,
};
use crate::{
    call,
    state::{
        Shared,
        accounts::{MAX_UNREAD, Order, Unread, UnreadSort},
        records::{LineKind, Who},
    },
};
use ha_wechaty_config::Provider;
use ha_wechaty_transport::{Connection, Target, is_told};

/// How long the other end of a connection that is closed may take to hear of it.
pub const FAREWELL: Duration = Duration::from_secs(1);

/// How long what an ended stream has told may still be read before that it ended is told.
const LAST_WORDS: Duration = Duration::from_millis(500);
/// A connection that broke says so that long after what went over it at the latest.
const MOMENT: Duration = Duration::from_millis(100);

/// Why a connection has ended.
#[derive(Debug)]
enum End {
    /// For this reason.
    Lost(String),
    /// Its service has ended the event stream, in order: a connection that breaks ends it otherwise.
    Closed,
    /// It was none: somebody else holds the event stream.
    Taken(Holder),
    /// It is to be replaced, and nobody is to think that it was lost.
    Replaced,
}

impl From<Refused> for End {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::Taken(holder) => Self::Taken(holder),
            Refused::Lost(cause) => Self::Lost(cause),
        }
    }
}

/// One account's link.
#[derive(Debug)]
pub struct Link {
    shared: Arc<Shared>,
    account: AccountId,
    way: Way,
    ends: LinkStop,
    learning: Arc<Learning>,
    /// Its service has ended the last event stream, and there was no other since.
    was_closed: bool,
}

/// How a link ends: first it takes in no more, and then it is over.
#[derive(Debug, Clone, Default)]
pub struct LinkStop {
    /// It is to close its event stream, and to read what that has told; calls go on.
    leave: CancellationToken,
    /// What is not read by now is to wait.
    give_up: CancellationToken,
    /// Nothing more will come of it.
    has_left: CancellationToken,
    /// It is to end.
    stop: CancellationToken,
}

impl LinkStop {
    /// It will end when `stop` says so, at the latest.
    pub fn with(stop: &CancellationToken) -> Self {
        Self { stop: stop.child_token(), ..Self::default() }
    }

    /// Has it take in no more, and read what it was told until then; the rest waits for when the account comes back.
    pub async fn leave(&self, until: Instant) {
        self.leave.cancel();
        if timeout_at(until, self.has_left.cancelled()).await.is_err() {
            self.give_up.cancel();
            let _ = timeout(FAREWELL, self.has_left.cancelled()).await;
        }
    }

    /// Has it end.
    pub fn stop(&self) {
        self.stop.cancel();
    }
}

impl Link {
    /// A link that does nothing yet.
    ///
    /// # Errors
    /// The account's certificate authorities can't be used.
    pub fn new(
        shared: Arc<Shared>,
        account: AccountId,
        provider: &Provider,
        ends: LinkStop,
    ) -> Result<Self, tls::TlsError> {
        let way = Way::new(&shared.accounts, account, provider, shared.config.reconnect.keepalive)?;
        Ok(Self { shared, account, way, ends, learning: Arc::default(), was_closed: false })
    }

    /// Follows orders until it is told to stop.
    pub async fn run(mut self, mut orders: mpsc::UnboundedReceiver<Order>) {
        let LinkStop { leave, has_left, stop, .. } = self.ends.clone();
        loop {
            if leave.is_cancelled() {
                // Nothing is being read, and nothing will be.
                has_left.cancel();
                return stop.cancelled().await;
            }
            let order = tokio::select! {
                order = orders.recv() => order,
                () = leave.cancelled() => continue,
                () = stop.cancelled() => None,
            };
            let means = match order {
                Some(Order::Connect) => Means::Ask,
                Some(Order::Evict) => Means::Evict,
                // The connection that it was meant for is gone.
                Some(_) => continue,
                None => return,
            };
            let target = tokio::select! {
                target = self.way.target(&self.shared.core, self.account) => target,
                () = leave.cancelled() => continue,
                () = stop.cancelled() => return,
            };
            let mut end = self.connect(&target, means, &mut orders).await;
            while let End::Replaced = end {
                end = self.connect(&target, Means::Ask, &mut orders).await;
            }
            if leave.is_cancelled() {
                // It was not lost; and nobody is to dial again.
                continue;
            }
            let fact = self.told(end).await;
            self.tell(fact);
        }
    }

    /// What the core is told of the end of a connection.
    async fn told(&mut self, end: End) -> LinkFact {
        let cause = match end {
            End::Taken(holder) => {
                // The dead end no streams: one that holds ours after its service has ended it lives.
                let took_it = std::mem::take(&mut self.was_closed) && holder == Holder::Unknown;
                return LinkFact::Taken { holder: if took_it { Holder::TookIt } else { holder } };
            }
            End::Closed => {
                self.was_closed = true;
                String::from("its service ended the event stream")
            }
            End::Lost(cause) => cause,
            End::Replaced => String::from("it is opened anew"),
        };
        LinkFact::Lost { cause: self.way.explain(cause).await }
    }

    /// Holds one connection as long as it lasts. Returns why it ended.
    async fn connect(
        &mut self,
        target: &Target,
        means: Means,
        orders: &mut mpsc::UnboundedReceiver<Order>,
    ) -> End {
        let Shared { accounts, records, config, .. } = &*self.shared;
        let within = match means {
            Means::Ask => config.reconnect.connect,
            // A puppet may take long to stop.
            Means::Evict => config.reconnect.connect + care::STOP_WITHIN,
        };
        let routing = self.shared.core.routing();
        let is = routing.identity().contact_of(self.account);
        let whose = Whose { account: self.account, is, service: self.way.service() };
        let opened = timeout(within, open(accounts, records, whose, target, means));
        let opened = tokio::select! {
            opened = opened => opened,
            () = self.ends.leave.cancelled() => return End::Lost(String::from("it leaves the team")),
            () = self.ends.stop.cancelled() => return End::Lost(String::from("stopping")),
        };
        let Opened { connection, events, was_taken } = match opened {
            Ok(Ok(opened)) => opened,
            Ok(Err(refused)) => return refused.into(),
            Err(_) => {
                accounts.links.hindered(self.account, Some(Remedy::Timeout));
                return End::Lost(format!("it did not open its event stream within {within:?}"));
            }
        };
        self.was_closed = false;
        self.shared.accounts.links.set(self.account, Some(connection.clone()));
        self.tell(if was_taken { LinkFact::Evicted } else { LinkFact::Opened });
        let end = self.follow(target, &connection, events, orders).await;
        self.shared.accounts.links.set(self.account, None);
        // Dropping the stream told the service that it is free. Calls under way on the rest of the connection
        // may end as they do; nobody waits for them but the end of the gateway.
        let within = self.shared.config.gateway.shutdown;
        let closing = async move { timeout(within, connection.close()).await };
        if self.ends.stop.is_cancelled() {
            let _ = closing.await;
        } else {
            tokio::spawn(closing);
        }
        end
    }

    /// Reads events until the stream ends, or until it is told to end.
    async fn follow(
        &mut self,
        target: &Target,
        connection: &Connection,
        events: Streaming<Bytes>,
        orders: &mut mpsc::UnboundedReceiver<Order>,
    ) -> End {
        let mut puppet = connection.puppet();
        // A puppet may take minutes to start, and tells its scan meanwhile.
        let start = async move { puppet.start(puppet::StartRequest {}).await };
        tokio::pin!(start);
        let LinkStop { leave, give_up, has_left, stop } = self.ends.clone();
        let mut started = false;
        let mut inbox = Inbox::new(self.shared.clone(), (self.account, self.way.service()), &give_up);
        let mut events = Some(events);
        let ended = loop {
            if !inbox.has_room() {
                inbox.hears();
            }
            if events.is_none() && inbox.is_empty() {
                has_left.cancel();
            }
            tokio::select! {
                event = next(&mut events), if inbox.has_room() => match event {
                    Some(Ok(event)) => inbox.take(&event),
                    Some(Err(status)) => break End::Lost(broken(target, connection, &status).await),
                    None => break End::Closed,
                },
                () = leave.cancelled(), if events.is_some() && inbox.has_room() => {
                    match next(&mut events).now_or_never() {
                        Some(Some(Ok(event))) => inbox.take(&event),
                        // No more has come. What happens from here on a stock service drops, since nobody holds its
                        // stream; others show it by the next one.
                        _ => events = None,
                    }
                }
                // An account that tells faster than the core listens waits, and nobody else does.
                reading = async { self.room().await; inbox.next().await } => self.hand_on(reading, &mut inbox),
                answer = &mut start, if !started => match answer {
                    Ok(_) => started = true,
                    Err(status) => {
                        break End::Lost(format!("its puppet did not start: {}", explain(target, &status)));
                    }
                },
                order = orders.recv() => match order {
                    Some(Order::Reopen) => {
                        // What has come counts: a service does not tell it again.
                        while let Some(Some(Ok(event))) = next(&mut events).now_or_never() {
                            inbox.take(&event);
                        }
                        break End::Replaced;
                    }
                    Some(order) => {
                        if let Order::PuppetDing = order {
                            inbox.dings();
                        }
                        self.obey(order, connection);
                    }
                    None => return End::Lost(String::from("stopping")),
                },
                closed = connection.closed() => break End::Lost(closed.to_string()),
                // Nobody is left to tell.
                () = stop.cancelled() => return End::Lost(String::from("stopping")),
            }
        };
        drop(events);
        self.shared.accounts.links.set(self.account, None);
        // What was told before the end counts; payloads that can't be read any more wait.
        let until = Instant::now() + LAST_WORDS;
        while !inbox.is_empty() {
            tokio::select! {
                () = self.room() => {}
                () = stop.cancelled() => break,
            }
            match timeout_at(until, inbox.next()).await {
                Ok(reading) => self.hand_on(reading, &mut inbox),
                Err(_) => inbox.end(),
            }
        }
        ended
    }

    /// Follows an order that needs the connection, beside the stream.
    fn obey(&self, order: Order, connection: &Connection) {
        let (shared, account, connection) = (self.shared.clone(), self.account, connection.clone());
        match order {
            Order::Connect | Order::Evict | Order::Reopen => {}
            Order::Learn => {
                if self.learning.begins() {
                    let learning = self.learning.clone();
                    drop(tokio::spawn(async move { learning.run(|| lists::learn(&shared, account)).await }));
                }
            }
            Order::ReadRoom { room } => {
                drop(tokio::spawn(async move {
                    lists::read_room(&shared.core, &shared.accounts, account, room).await;
                }));
            }
            Order::Invite { room, teammate, contact } => {
                let invite = async move { call::invite(&shared, account, room, teammate, contact).await };
                drop(tokio::spawn(invite));
            }
            Order::AcceptInvitation { id } => {
                drop(tokio::spawn(async move { call::accept_invitation(&shared, account, id).await }));
            }
            Order::Ding { contact } => {
                drop(tokio::spawn(async move { care::ding(&shared, account, &connection, contact).await }));
            }
            Order::PuppetDing => {
                drop(tokio::spawn(async move {
                    care::puppet_ding(&shared, account, &connection).await;
                }));
            }
            Order::Logout => {
                drop(tokio::spawn(async move {
                    care::logout(&shared.accounts, &shared.records, account, &connection).await;
                }));
            }
            Order::Reset => {
                drop(tokio::spawn(async move {
                    care::reset(&shared.accounts, &shared.records, account, &connection).await;
                }));
            }
        }
    }

    /// Tells the core, or keeps what could not be read.
    fn hand_on(&self, reading: Reading, inbox: &mut Inbox) {
        if reading.is_login() {
            inbox.ask_again(self.shared.accounts.links.take_unread(self.account));
        }
        // What goes by something that is out is told after this, and what was out before.
        let is_unread = self.shared.accounts.links.has_unread(self.account);
        let (account, news) = (self.account, inbox.falls_behind(&reading, is_unread));
        let is_state = reading.is_state();
        if news == Some(true) {
            self.tell_from_stream(Input::Behind { account, is_behind: true });
        }
        match reading {
            Reading::Fact(fact) => self.tell_from_stream(fact),
            Reading::Message { told, fact, is_old } => {
                // It may have waited for others, too.
                let message = MessageFacts { waited: told.elapsed(), ..fact };
                self.tell_from_stream(match is_old {
                    true => Input::OldMessage { account, message },
                    false => Input::Message { account, message },
                });
            }
            Reading::Unread(it) if self.shared.accounts.links.keep_unread(self.account, it.clone()) => {}
            // Nobody finds out who invites.
            Reading::Unread(Unread { sort: UnreadSort::Invitation, id, .. }) => {
                self.tell_from_stream(Input::Invitation { account, id, inviter: String::new() });
            }
            Reading::Unread(it) => {
                is_unshown(&self.shared, self.account, it.id.clone());
                if self.shared.records.hush.lets(Who::Account(self.account), LineKind::Lost, || it.id) {
                    let account = self.shared.accounts.name(self.account);
                    tracing::error!(
                        account,
                        "{MAX_UNREAD} messages wait to be read already; this one is lost"
                    );
                }
            }
            Reading::Nothing => {}
        }
        if is_state {
            inbox.has_told_state();
        }
        if news == Some(false) {
            self.tell_from_stream(Input::Behind { account, is_behind: false });
        }
    }

    /// Tells what came by the stream: the account has to wait when too much of that waits for the core.
    fn tell_from_stream(&self, fact: Input) {
        match self.shared.accounts.links.backlog(self.account) {
            Some(backlog) => self.shared.core.tell_from(backlog, fact),
            None => self.shared.core.tell(fact),
        }
    }

    /// Waits until the core has taken enough of what the account has told.
    async fn room(&self) {
        if let Some(backlog) = self.shared.accounts.links.backlog(self.account) {
            backlog.room().await;
        }
    }

    fn tell(&self, fact: LinkFact) {
        self.shared.core.tell(Input::Link { account: self.account, fact });
    }
}

/// The next event, as long as there is a stream.
async fn next(events: &mut Option<Streaming<Bytes>>) -> Option<Result<Bytes, Status>> {
    match events {
        Some(events) => events.next().await,
        None => std::future::pending().await,
    }
}

/// Why the event stream broke. Where its connection did, that knows better why.
async fn broken(target: &Target, connection: &Connection, status: &Status) -> String {
    if !is_told(status)
        && let Ok(closed) = timeout(MOMENT, connection.closed()).await
    {
        return closed.to_string();
    }
    explain(target, status)
}
