//! All open event streams, to deliver to.

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    net::IpAddr,
    sync::{
        Arc, Mutex, OnceLock, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use ha_wechaty_core::{BotId, ClientId, WeChatEvent};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use tonic::Code;

use super::{
    Origin,
    unread::{Held, Unread},
};
use crate::state::bounded::Load;

/// Events that a stream has not taken yet, besides those that are given to it again when it opens.
const SLACK: usize = 1_024;
/// How many origins are remembered whose stream has ended: calls that were under way belong to that stream.
const ENDED: usize = 1_024;

/// The streams.
#[derive(Debug, Default)]
pub struct Streams {
    next: AtomicU64,
    open: Mutex<Open>,
    held: Arc<Held>,
    /// What all of them together may leave unread, in bytes.
    limit: usize,
}

#[derive(Debug, Default)]
struct Open {
    by_client: BTreeMap<ClientId, Line>,
    by_origin: BTreeMap<Origin, ClientId>,
    /// The last stream of origins that have none now; the one that ended last is last.
    ended: VecDeque<(Origin, ClientId)>,
    closed: bool,
    /// Bots that were removed: nobody opens a stream of theirs any more.
    gone: BTreeSet<BotId>,
    /// How often a stream opened or its client called.
    steps: u64,
}

/// What leads to a stream.
#[derive(Debug)]
struct Line {
    bot: BotId,
    /// Where it came from, unless that is a program that holds the team itself.
    origin: Option<Origin>,
    /// The step at which it opened, or its client called last.
    last: u64,
    unread: Unread,
    signals: Arc<Signals>,
}

/// What a stream is told besides its events.
#[derive(Debug, Default)]
pub(crate) struct Signals {
    /// It ends now; what it has not taken it is not given any more.
    pub(crate) stopped: CancellationToken,
    /// Why, if it is to be told.
    pub(crate) why: OnceLock<String>,
    /// And with which code, if it is not that too much is there.
    pub(crate) code: OnceLock<Code>,
    /// Its client has called `Start`.
    pub(crate) started: Notify,
}

/// How many streams there may be, and what they hold.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Room {
    /// Streams of one bot.
    pub(crate) most: usize,
    /// Events that a stream may be given again at once.
    pub(crate) replay: usize,
}

/// A stream that ends since its events are not taken.
#[derive(Debug, PartialEq, Eq)]
pub struct Ending {
    /// The stream.
    pub client: ClientId,
    /// Whose it is.
    pub bot: BotId,
    /// Whether it has ended already; or else it ends once the rest is taken.
    pub is_gone: bool,
    /// For the log.
    pub why: String,
}

/// A stream that was opened.
#[derive(Debug)]
pub(crate) struct Opened {
    pub(crate) client: ClientId,
    /// The stream of the same origin that it replaces.
    pub(crate) replaced: Option<ClientId>,
    /// A stream of the same bot that ends, since the bot had too many.
    pub(crate) crowded: Option<ClientId>,
    /// The stream that its origin had before, whether it replaces that or that ended.
    pub(crate) after: Option<ClientId>,
    pub(crate) events: Unread,
    pub(crate) signals: Arc<Signals>,
}

impl Streams {
    /// None yet; the first gets this number. What they leave unread may weigh so much, in bytes, for all together.
    pub fn new(limit: usize, first: u64) -> Self {
        Self { limit, next: AtomicU64::new(first), ..Self::default() }
    }

    /// What all streams have not taken yet.
    pub fn load(&self) -> Load {
        Load { entries: self.held.events(), bytes: self.held.bytes(), limit: self.limit }
    }

    /// How many streams are open, and how many origins are remembered.
    pub fn sizes(&self) -> [usize; 2] {
        let open = self.locked();
        [open.by_client.len(), open.by_origin.len() + open.ended.len()]
    }

    /// Opens a stream for an origin; one that the origin had ends. If its bot has too many then, the one ends whose
    /// client has been silent for the longest: most likely nobody is there any more. `None` once all streams are
    /// closed for good, or its bot was removed.
    pub(crate) fn open(&self, bot: BotId, origin: Option<Origin>, room: Room) -> Option<Opened> {
        let client = ClientId(self.next.fetch_add(1, Ordering::Relaxed));
        let events = Unread::new(room.replay + SLACK, self.held.clone());
        let signals = Arc::new(Signals::default());
        let mut open = self.locked();
        if open.closed || open.gone.contains(&bot) {
            return None;
        }
        let replaced = origin.and_then(|origin| open.stop(origin));
        let after = origin.and_then(|origin| open.last(origin));
        if let Some(origin) = origin {
            open.ended.retain(|(other, _)| *other != origin);
            open.by_origin.insert(origin, client);
        }
        let crowded = origin.and_then(|_| open.make_room(bot, room.most));
        let (unread, last) = (events.clone(), open.step());
        open.by_client.insert(client, Line { bot, origin, last, unread, signals: signals.clone() });
        Some(Opened { client, replaced, crowded, after, events, signals })
    }

    /// Ends the stream of an origin at once, if it has one. One of another origin is somebody else's, or will be seen
    /// to be dead: two programs may have one token, and two bots one connection.
    pub(crate) fn stop(&self, origin: Origin) -> Option<ClientId> {
        self.locked().stop(origin)
    }

    /// The client of a stream has called `Start`.
    pub fn start(&self, client: ClientId) {
        if let Some(line) = self.locked().by_client.get(&client) {
            line.signals.started.notify_one();
        }
    }

    /// Where the client of a stream is, if it showed no token.
    pub(crate) fn without_of(&self, client: ClientId) -> Option<IpAddr> {
        self.locked().by_client.get(&client)?.origin?.without()
    }

    /// The stream of an origin that calls, or the last one that it had.
    pub fn of(&self, origin: Origin) -> Option<ClientId> {
        let mut open = self.locked();
        let client = open.last(origin)?;
        let step = open.step();
        if let Some(line) = open.by_client.get_mut(&client) {
            line.last = step;
        }
        Some(client)
    }

    /// Gives an event to a stream. A bot that doesn't take its events is cut off: what it has not acknowledged is kept,
    /// and given again when it comes back. So is, where all of them together leave too much unread, the one that is
    /// furthest behind. Returns those that end so.
    #[must_use]
    pub fn deliver(&self, client: ClientId, number: u64, event: Arc<WeChatEvent>) -> Vec<Ending> {
        let mut open = self.locked();
        let Some(line) = open.by_client.get(&client) else { return Vec::new() };
        let mut ended = Vec::new();
        if line.unread.push(number, event).is_err() {
            let why = "the bot does not take its events; what it has not acknowledged is kept, and given again on its \
                       next stream";
            let _ = line.signals.why.set(why.to_owned());
            line.unread.close();
            ended.push(Ending { client, bot: line.bot, is_gone: false, why: why.to_owned() });
        }
        while self.held.bytes() > self.limit
            && let Some(ending) = open.end_furthest(self.limit)
        {
            ended.push(ending);
        }
        ended
    }

    /// A stream has ended. Returns whether it was there until now.
    pub(crate) fn end(&self, client: ClientId) -> bool {
        self.locked().end(client)
    }

    /// A bot was removed: its streams end, and none of its opens any more. Returns those that have ended.
    pub(crate) fn dismiss(&self, bot: BotId) -> Vec<ClientId> {
        let mut open = self.locked();
        if !open.gone.insert(bot) {
            return Vec::new();
        }
        let why = "the bot was removed from the configuration";
        open.end_those(bot, |_| Some((Code::Unauthenticated, why)))
    }

    /// A bot that was removed is there again.
    pub(crate) fn admit(&self, bot: BotId) {
        self.locked().gone.remove(&bot);
    }

    /// Ends streams of a bot at once, by where their clients are, if those showed no token; they are told why. Returns them.
    pub(crate) fn end_those<'a>(
        &self,
        bot: BotId,
        why: impl Fn(Option<IpAddr>) -> Option<(Code, &'a str)>,
    ) -> Vec<ClientId> {
        self.locked().end_those(bot, why)
    }

    /// Ends all streams for good, after what they were given.
    pub fn close(&self) {
        let mut open = self.locked();
        open.by_client.values().for_each(|line| line.unread.close());
        open.closed = true;
    }

    fn locked(&self) -> std::sync::MutexGuard<'_, Open> {
        // Maps are whole between any two statements here.
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Open {
    fn last(&self, origin: Origin) -> Option<ClientId> {
        let ended = || self.ended.iter().rev().find(|(other, _)| *other == origin).map(|(_, client)| client);
        self.by_origin.get(&origin).or_else(ended).copied()
    }

    fn stop(&mut self, origin: Origin) -> Option<ClientId> {
        let client = *self.by_origin.get(&origin)?;
        self.cut(client, None)
    }

    /// Ends the stream of a bot that has been silent for the longest, unless there is room for one more.
    fn make_room(&mut self, bot: BotId, most: usize) -> Option<ClientId> {
        let all = || self.by_client.iter().filter(|(_, line)| line.bot == bot && line.origin.is_some());
        let idlest = all().min_by_key(|(_, line)| line.last).map(|(client, _)| *client);
        let client = idlest.filter(|_| all().count() >= most)?;
        let why = format!(
            "the bot has more than {most} event streams (gateway.max_streams), and this one has asked for nothing for \
             the longest; what it has not acknowledged is kept"
        );
        self.cut(client, Some(why))
    }

    /// Ends the stream that has left the most unread.
    fn end_furthest(&mut self, limit: usize) -> Option<Ending> {
        let all = self.by_client.iter().map(|(client, line)| (line.unread.bytes(), *client));
        let (bytes, client) = all.max().filter(|(bytes, _)| *bytes > 0)?;
        let bot = self.by_client.get(&client)?.bot;
        let why = "event streams leave too much unread (memory.streams), and this one is furthest behind; what it has \
                   not acknowledged is kept, and given again on its next stream";
        let is_gone = self.cut(client, Some(why.to_owned())).is_some();
        let why = format!(
            "event streams leave more than {limit} bytes unread (memory.streams), and this one the most: {bytes}"
        );
        Some(Ending { client, bot, is_gone, why })
    }

    fn end_those<'a>(
        &mut self,
        bot: BotId,
        why: impl Fn(Option<IpAddr>) -> Option<(Code, &'a str)>,
    ) -> Vec<ClientId> {
        let its = self.by_client.iter().filter(|(_, line)| line.bot == bot);
        let its = its.filter_map(|(client, line)| {
            let (code, why) = why(line.origin.and_then(Origin::without))?;
            let _ = line.signals.code.set(code);
            Some((*client, why))
        });
        let its: Vec<_> = its.collect();
        let cut = its.into_iter().map(|(client, why)| {
            self.cut(client, Some(why.to_owned()));
            client
        });
        cut.collect()
    }

    fn step(&mut self) -> u64 {
        self.steps += 1;
        self.steps
    }

    fn cut(&mut self, client: ClientId, why: Option<String>) -> Option<ClientId> {
        if let Some(line) = self.by_client.get(&client) {
            if let Some(why) = why {
                let _ = line.signals.why.set(why);
            }
            line.signals.stopped.cancel();
            line.unread.clear();
        }
        self.end(client).then_some(client)
    }

    fn end(&mut self, client: ClientId) -> bool {
        let origins = self.by_origin.extract_if(.., |_, other| *other == client);
        self.ended.extend(origins);
        self.ended.drain(..self.ended.len().saturating_sub(ENDED));
        self.by_client.remove(&client).is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::{super::CalledBy, *};
    use ha_wechaty_transport::ConnectionId;

    const BOT: BotId = BotId(0);
    const ROOM: Room = Room { most: 3, replay: 0 };

    fn from(connection: u64, bot: BotId) -> Origin {
        Origin::new(ConnectionId(connection), CalledBy { bot, without: None }, &http::HeaderMap::new())
    }

    fn event() -> Arc<WeChatEvent> {
        Arc::new(WeChatEvent::Ready)
    }

    fn all() -> Streams {
        Streams::new(1 << 20, 0)
    }

    #[tokio::test]
    async fn a_new_stream_of_a_connection_replaces_the_one_it_had() {
        let streams = all();
        let first = streams.open(BOT, Some(from(1, BOT)), ROOM).expect("open");
        let second = streams.open(BOT, Some(from(1, BOT)), ROOM).expect("open");
        assert_eq!(second.replaced, Some(first.client));
        assert_eq!(first.events.next().await, None, "it ended");
        assert!(first.signals.stopped.is_cancelled());
        assert!(!streams.end(first.client), "its end is known");
        assert_eq!(streams.of(from(1, BOT)), Some(second.client), "the end of the old leaves the new");
        assert_eq!(streams.deliver(second.client, 0, event()), []);
        assert_eq!(second.events.next().await, Some((0, event())));
    }

    #[tokio::test]
    async fn a_stop_ends_the_stream_of_its_connection_and_no_other() {
        let streams = all();
        let first = streams.open(BOT, Some(from(1, BOT)), ROOM).expect("open");
        let second = streams.open(BOT, Some(from(2, BOT)), ROOM).expect("open");
        assert_eq!(streams.stop(from(3, BOT)), None, "a connection without a stream stops nobody's");
        assert_eq!(streams.stop(from(1, BOT)), Some(first.client));
        assert!(first.signals.stopped.is_cancelled() && !second.signals.stopped.is_cancelled());
        assert_eq!(streams.stop(from(1, BOT)), None, "once");
        assert_eq!(streams.of(from(1, BOT)), Some(first.client), "calls under way are still that stream's");
        let third = streams.open(BOT, Some(from(1, BOT)), ROOM).expect("open");
        assert_eq!((third.replaced, streams.of(from(1, BOT))), (None, Some(third.client)));
    }

    #[tokio::test]
    async fn bots_that_share_a_connection_have_a_stream_each() {
        let (streams, other) = (all(), BotId(1));
        let one = streams.open(BOT, Some(from(1, BOT)), ROOM).expect("open");
        let two = streams.open(other, Some(from(1, other)), ROOM).expect("open");
        assert_eq!((two.replaced, two.after), (None, None));
        assert_eq!(
            (streams.of(from(1, BOT)), streams.of(from(1, other))),
            (Some(one.client), Some(two.client))
        );
        assert_eq!(streams.stop(from(1, BOT)), Some(one.client));
        assert!(!two.signals.stopped.is_cancelled());
        let again = streams.open(BOT, Some(from(1, BOT)), ROOM).expect("open");
        assert_eq!((again.replaced, again.after), (None, Some(one.client)));
    }

    #[tokio::test]
    async fn what_is_remembered_of_connections_whose_streams_ended_is_bounded() {
        let streams = Streams::default();
        for n in 0..2 * ENDED as u64 {
            streams.open(BOT, Some(from(n, BOT)), ROOM).expect("open");
            streams.stop(from(n, BOT));
        }
        assert_eq!(streams.locked().ended.len(), ENDED);
    }

    #[tokio::test]
    async fn of_too_many_streams_of_a_bot_the_one_ends_whose_client_is_silent() {
        let streams = all();
        let open = |bot, n| streams.open(BotId(bot), Some(from(n, BotId(bot))), ROOM).expect("open");
        let own = streams.open(BOT, None, ROOM).expect("a program's own does not count");
        let all: Vec<Opened> = (0..3).map(|n| open(0, n)).collect();
        assert!(all.iter().all(|it| it.crowded.is_none()));
        assert_eq!(open(1, 10).crowded, None, "another bot's");
        streams.of(from(0, BOT));
        assert_eq!(open(0, 0).crowded, None, "it replaces the one that its connection had");
        let one_more = open(0, 3);
        assert_eq!(one_more.crowded, Some(all[1].client), "the first one's client has called");
        assert!(all[1].signals.stopped.is_cancelled() && !all[2].signals.stopped.is_cancelled());
        assert!(!streams.end(all[1].client), "its end is known");
        assert_eq!(open(0, 4).crowded, Some(all[2].client));
        assert!(!own.signals.stopped.is_cancelled());
    }

    #[tokio::test]
    async fn a_bot_that_does_not_take_its_events_is_cut_off() {
        let streams = all();
        let slow = streams.open(BOT, None, Room { replay: 1, ..ROOM }).expect("open");
        let mut ended = Vec::new();
        for _ in 0..SLACK + 20 {
            ended.extend(streams.deliver(slow.client, 0, event()));
        }
        assert_eq!(
            ended.iter().map(|it| (it.client, it.is_gone)).collect::<Vec<_>>(),
            [(slow.client, false)],
            "once"
        );
        assert_eq!(slow.signals.why.get(), Some(&ended[0].why), "and it is told");
        let mut taken = 0;
        while slow.events.next().await.is_some() {
            taken += 1;
        }
        assert_eq!(taken, SLACK + 1);
    }

    #[tokio::test]
    async fn after_the_end_no_stream_opens() {
        let streams = all();
        let open = streams.open(BOT, None, ROOM).expect("open");
        streams.close();
        assert_eq!(open.events.next().await, None);
        assert!(streams.open(BOT, None, ROOM).is_none());
    }

    #[tokio::test]
    async fn the_streams_of_a_bot_that_was_removed_end_and_none_opens_until_it_is_back() {
        let (streams, other) = (all(), BotId(1));
        let one = streams.open(BOT, Some(from(1, BOT)), ROOM).expect("open");
        let two = streams.open(other, Some(from(2, other)), ROOM).expect("open");
        assert_eq!(streams.dismiss(BOT), [one.client]);
        assert!(one.signals.stopped.is_cancelled() && !two.signals.stopped.is_cancelled());
        assert_eq!(one.signals.code.get(), Some(&Code::Unauthenticated));
        assert!(one.signals.why.get().is_some_and(|why| why.contains("removed")));
        assert!(streams.open(BOT, Some(from(3, BOT)), ROOM).is_none());
        assert!(streams.dismiss(BOT).is_empty() && !streams.end(one.client), "their ends are known");
        streams.admit(BOT);
        assert!(streams.open(BOT, Some(from(3, BOT)), ROOM).is_some());
    }

    /// What the process has in memory, in KiB.
    fn resident() -> usize {
        let told = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
        let line = told.lines().find_map(|line| line.strip_prefix("VmRSS:")?.strip_suffix("kB"));
        line.and_then(|kib| kib.trim().parse().ok()).unwrap_or(0)
    }

    #[test]
    fn what_64_streams_do_not_read_is_held_once_and_bounded_and_whoever_is_furthest_behind_is_told() {
        let (streams, room, before) =
            (Streams::new(64 << 20, 0), Room { most: 64, replay: 10_000 }, resident());
        let opened: Vec<Opened> =
            (0..64).map(|n| streams.open(BOT, Some(from(n, BOT)), room).expect("open")).collect();
        let mut ended = Vec::new();
        for n in 0..10_000 {
            let event = Arc::new(WeChatEvent::Message { id: format!("{n:>024}~an-account") });
            for it in opened.iter().filter(|it| !it.signals.stopped.is_cancelled()) {
                ended.extend(streams.deliver(it.client, n, event.clone()).into_iter().map(|it| it.client));
            }
        }
        let grown = resident().saturating_sub(before);
        println!("64 streams, 10,000 events each: {grown} KiB, {} ended", ended.len());
        assert!(grown < 40 << 10, "{grown} KiB, not 40 MiB at the most");
        assert!(streams.load().bytes <= 64 << 20, "{:?}", streams.load());
        assert!(!ended.is_empty() && ended.len() < 48, "{} ended", ended.len());
        for it in opened.iter().filter(|it| ended.contains(&it.client)) {
            assert!(it.signals.why.get().is_some_and(|why| why.contains("memory.streams")));
            assert_eq!(it.events.bytes(), 0, "though nobody reads");
        }
        drop(opened);
        streams.close();
        drop(streams.open.lock().map(|mut open| open.by_client.clear()));
        assert_eq!((streams.load().entries, streams.load().bytes), (0, 0));
    }
}
