//! Streams of events, and callbacks for them.

use std::{
    fmt,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use futures_util::Stream;
use tokio::sync::mpsc;

use super::{
    HaWechaty,
    client::Client,
    current_user::ContactSelf,
    error::Error,
    event::{
        AccountChange, Dirty, Event, Logout, Post, RoomAnnounce, RoomJoin, RoomLeave, RoomTopic, Scan,
        VerifyCode, VerifySlide,
    },
    friendship::Friendship,
    message::Message,
    room_invitation::RoomInvitation,
    subscribers::{Run, Wants},
};

/// A stream of what happens from when it was asked for until the team stops.
///
/// It has a queue that is bounded (`library.queue`). Once that is full, the next event waits until it is read, and all other
/// streams and callbacks wait with it: read it, or drop it.
///
/// ```
/// use ha_wechaty::prelude::*;
/// # use ha_wechaty_sim::World;
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let world = World::new(1);
/// # let person = world.person("alice");
/// # let north = world.phone("north").serve().await?;
/// # world.befriend(&person, &north);
/// # let sim_room = world.room("ding room", &[&person, &north]);
/// # let ha = HaWechaty::builder()
/// #     .account(Account::service("insecure_north").endpoint(north.addr()).name("north"))
/// #     .build()?;
/// // From before the start, so that nothing is missed.
/// let (mut messages, mut joins) = (ha.messages(), ha.room_joins());
/// ha.start().await?;
/// # person.says(&sim_room, "hello");
/// tokio::select! {
///     Some(message) = messages.next() => println!("{:?}: {}", message.talker(), message.text()),
///     Some(join) = joins.next() => println!("{:?} came into {:?}", join.invitees, join.room),
/// }
/// # ha.stop().await;
/// # Ok(())
/// # }
/// ```
#[must_use = "a stream that is not read holds up all others; drop it, or read it"]
pub struct Events<T> {
    events: mpsc::Receiver<Event>,
    take: fn(Event) -> Option<T>,
}

impl<T> Events<T> {
    /// The next one; `None` once the team has stopped.
    pub async fn next(&mut self) -> Option<T> {
        loop {
            if let Some(event) = (self.take)(self.events.recv().await?) {
                return Some(event);
            }
        }
    }
}

impl<T> Stream for Events<T> {
    type Item = T;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<T>> {
        loop {
            match self.events.poll_recv(cx) {
                Poll::Ready(Some(event)) => {
                    if let Some(event) = (self.take)(event) {
                        return Poll::Ready(Some(event));
                    }
                }
                Poll::Ready(None) => return Poll::Ready(None),
                Poll::Pending => return Poll::Pending,
            }
        }
    }
}

impl<T> fmt::Debug for Events<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Events").field("waiting", &self.events.len()).finish_non_exhaustive()
    }
}

/// A callback that is run for each event of its sort, until it is told to stop. Dropping this changes
/// nothing.
///
/// ```
/// use ha_wechaty::prelude::*;
///
/// let ha = HaWechaty::builder().account(Account::service("insecure_x")).build()?;
/// let answering = ha.on_message(|message| async move { message.reply("I heard you").await });
/// // Later:
/// answering.off();
/// # Ok::<(), ha_wechaty::config::ConfigError>(())
/// ```
#[derive(Debug)]
pub struct Subscription {
    client: Client,
    number: u64,
}

impl Subscription {
    /// Runs it for no further event.
    pub fn off(self) {
        self.client.subscribers().remove(self.number);
    }
}

/// What a callback may end with: nothing, or a result. An error becomes an event ([`HaWechaty::errors`]).
pub trait Outcome {
    /// The error as a text, if it is one.
    #[doc(hidden)]
    fn into_result(self) -> Result<(), String>;
}

impl Outcome for () {
    fn into_result(self) -> Result<(), String> {
        Ok(())
    }
}

impl<T, E: fmt::Display> Outcome for Result<T, E> {
    fn into_result(self) -> Result<(), String> {
        self.map(drop).map_err(|error| error.to_string())
    }
}

/// Makes a stream and a callback of each sort of event.
macro_rules! events {
    ($($stream:ident, $on:ident: $type:ty, $wants:pat, $take:pat => $taken:expr, $doc:literal;)*) => {
        impl HaWechaty {
            $(
                #[doc = concat!("A stream of every time that ", $doc, ".")]
                pub fn $stream(&self) -> Events<$type> {
                    self.stream_of(
                        |event| matches!(event, $wants),
                        |event| match event { $take => Some($taken), _ => None },
                    )
                }

                #[doc = concat!("Runs a callback every time that ", $doc, ".")]
                ///
                /// Callbacks begin in the order of the events, and up to `library.callbacks` of each run at once.
                pub fn $on<F, Fut>(&self, callback: F) -> Subscription
                where
                    F: Fn($type) -> Fut + Send + Sync + 'static,
                    Fut: Future<Output: Outcome> + Send + 'static,
                {
                    self.callback_for(
                        |event| matches!(event, $wants),
                        |event| match event { $take => Some($taken), _ => None },
                        callback,
                    )
                }
            )*
        }
    };
}

events! {
    messages, on_message: Message, Event::Message(_), Event::Message(it) => it,
        "somebody says something; what the team itself says is there too where its puppets show it";
    friendship_events, on_friendship: Friendship, Event::Friendship(_), Event::Friendship(it) => it,
        "somebody asks to be a friend, or has become one";
    room_invites, on_room_invite: RoomInvitation, Event::RoomInvite(_), Event::RoomInvite(it) => it,
        "somebody invites an account into a room";
    room_joins, on_room_join: RoomJoin, Event::RoomJoin(_), Event::RoomJoin(it) => it,
        "somebody comes into a room";
    room_leaves, on_room_leave: RoomLeave, Event::RoomLeave(_), Event::RoomLeave(it) => it,
        "somebody leaves a room, or is removed";
    room_topics, on_room_topic: RoomTopic, Event::RoomTopic(_), Event::RoomTopic(it) => it,
        "a room's topic changes";
    scans, on_scan: Scan, Event::Scan(_), Event::Scan(it) => it,
        "an account waits for a person with a phone";
    room_announces, on_room_announce: RoomAnnounce, Event::RoomAnnounce(_), Event::RoomAnnounce(it) => it,
        "a room's announcement changes";
    verify_codes, on_verify_code: VerifyCode, Event::VerifyCode(_), Event::VerifyCode(it) => it,
        "an account's login asks for a code that its person was sent";
    verify_slides, on_verify_slide: VerifySlide, Event::VerifySlide(_), Event::VerifySlide(it) => it,
        "an account's login asks for a slide puzzle";
    logins, on_login: ContactSelf, Event::Login(_), Event::Login(it) => it,
        "the team comes: its first account is available";
    logouts, on_logout: Logout, Event::Logout(_), Event::Logout(it) => it,
        "the team goes: its last account went away";
    readies, on_ready: (), Event::Ready, Event::Ready => (),
        "the team is there, and everything can be asked for";
    dongs, on_dong: String, Event::Dong(_), Event::Dong(it) => it,
        "a ding is answered";
    heartbeats, on_heartbeat: String, Event::Heartbeat(_), Event::Heartbeat(it) => it,
        "the team's event stream shows that it lives";
    posts, on_post: Post, Event::Post(_), Event::Post(it) => it,
        "a post of the moments is published";
    dirties, on_dirty: Dirty, Event::Dirty(_), Event::Dirty(it) => it,
        "something that was read before is stale";
    account_changes, on_account_change: AccountChange, Event::Account(_), Event::Account(it) => it,
        "an account is somewhere else than it was";
    errors, on_error: Error, Event::Error(_), Event::Error(it) => it,
        "something fails that nobody waited for";
    starts, on_start: (), Event::Start, Event::Start => (),
        "the team is started";
    stops, on_stop: (), Event::Stop, Event::Stop => (),
        "the team is about to stop";
}

impl HaWechaty {
    /// A stream of everything that happens.
    pub fn events(&self) -> Events<Event> {
        self.stream_of(|_| true, Some)
    }

    /// Runs a callback every time that anything happens at all.
    ///
    /// Callbacks begin in the order of the events, and up to `library.callbacks` of each run at once.
    pub fn on_event<F, Fut>(&self, callback: F) -> Subscription
    where
        F: Fn(Event) -> Fut + Send + Sync + 'static,
        Fut: Future<Output: Outcome> + Send + 'static,
    {
        self.callback_for(|_| true, Some, callback)
    }

    fn stream_of<T>(&self, wants: Wants, take: fn(Event) -> Option<T>) -> Events<T> {
        Events { events: self.client().subscribers().stream(wants), take }
    }

    fn callback_for<T, F, Fut>(&self, wants: Wants, take: fn(Event) -> Option<T>, callback: F) -> Subscription
    where
        T: 'static,
        F: Fn(T) -> Fut + Send + Sync + 'static,
        Fut: Future<Output: Outcome> + Send + 'static,
    {
        let run: Run = Arc::new(move |event| {
            let running = take(event).map(&callback);
            Box::pin(async move {
                match running {
                    Some(running) => running.await.into_result(),
                    None => Ok(()),
                }
            })
        });
        let client = self.client().clone();
        let number = client.subscribers().callback(wants, run, &client);
        Subscription { client, number }
    }
}
