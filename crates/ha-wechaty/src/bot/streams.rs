//! All open event streams, to deliver to.

use std::{
    collections::BTreeMap,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use ha_wechaty_core::ClientId;
use ha_wechaty_wire::Event;
use tokio::sync::mpsc;

use crate::transport::ConnectionId;

/// Events that a stream has not taken yet, besides those that are given to it again when it opens.
const SLACK: usize = 1_024;

/// The streams.
#[derive(Debug, Default)]
pub(crate) struct Streams {
    next: AtomicU64,
    open: Mutex<Open>,
}

#[derive(Debug, Default)]
struct Open {
    by_client: BTreeMap<ClientId, mpsc::Sender<Event>>,
    by_connection: BTreeMap<ConnectionId, ClientId>,
    closed: bool,
}

/// A stream that was opened.
#[derive(Debug)]
pub(crate) struct Opened {
    pub(crate) client: ClientId,
    /// The stream of the same connection that it replaces.
    pub(crate) replaced: Option<ClientId>,
    pub(crate) events: mpsc::Receiver<Event>,
}

impl Streams {
    /// Opens a stream on a connection; one that the connection had ends. `replay` is how many events it may
    /// be given again at once. `None` once all streams are closed for good.
    pub(crate) fn open(&self, connection: Option<ConnectionId>, replay: usize) -> Option<Opened> {
        let client = ClientId(self.next.fetch_add(1, Ordering::Relaxed));
        let (sender, events) = mpsc::channel(replay + SLACK);
        let mut open = self.locked();
        if open.closed {
            return None;
        }
        let replaced = connection.and_then(|connection| open.by_connection.insert(connection, client));
        if let Some(replaced) = replaced {
            open.by_client.remove(&replaced);
        }
        open.by_client.insert(client, sender);
        Some(Opened { client, replaced, events })
    }

    /// The stream on a connection.
    pub(crate) fn on(&self, connection: ConnectionId) -> Option<ClientId> {
        self.locked().by_connection.get(&connection).copied()
    }

    /// Gives an event to a stream. A bot that doesn't take its events is cut off: what it has not
    /// acknowledged is kept, and given again when it comes back.
    pub(crate) fn deliver(&self, client: ClientId, event: Event) {
        let mut open = self.locked();
        let full = open
            .by_client
            .get(&client)
            .is_some_and(|stream| matches!(stream.try_send(event), Err(mpsc::error::TrySendError::Full(_))));
        if full {
            tracing::warn!(stream = client.0, "a bot does not take its events; its stream is closed");
            open.by_client.remove(&client);
        }
    }

    /// A stream has ended.
    pub(crate) fn end(&self, client: ClientId) {
        let mut open = self.locked();
        open.by_client.remove(&client);
        open.by_connection.retain(|_, other| *other != client);
    }

    /// Ends all streams for good, after what they were given.
    pub(crate) fn close(&self) {
        let mut open = self.locked();
        open.by_client.clear();
        open.closed = true;
    }

    fn locked(&self) -> std::sync::MutexGuard<'_, Open> {
        // Maps are whole between any two statements here.
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ha_wechaty_wire::event::Note;

    fn event() -> Event {
        Event::Ready(Note::default())
    }

    #[tokio::test]
    async fn a_new_stream_of_a_connection_replaces_the_one_it_had() {
        let streams = Streams::default();
        let mut first = streams.open(Some(ConnectionId(1)), 0).expect("open");
        let mut second = streams.open(Some(ConnectionId(1)), 0).expect("open");
        assert_eq!(second.replaced, Some(first.client));
        assert_eq!(first.events.recv().await, None, "it ended");
        streams.end(first.client);
        assert_eq!(streams.on(ConnectionId(1)), Some(second.client), "the end of the old leaves the new");
        streams.deliver(second.client, event());
        assert_eq!(second.events.recv().await, Some(event()));
    }

    #[tokio::test]
    async fn a_bot_that_does_not_take_its_events_is_cut_off() {
        let streams = Streams::default();
        let mut slow = streams.open(None, 1).expect("open");
        for _ in 0..SLACK + 2 {
            streams.deliver(slow.client, event());
        }
        let mut taken = 0;
        while slow.events.recv().await.is_some() {
            taken += 1;
        }
        assert_eq!(taken, SLACK + 1);
    }

    #[tokio::test]
    async fn after_the_end_no_stream_opens() {
        let streams = Streams::default();
        let mut open = streams.open(None, 0).expect("open");
        streams.close();
        assert_eq!(open.events.recv().await, None);
        assert!(streams.open(None, 0).is_none());
    }
}
