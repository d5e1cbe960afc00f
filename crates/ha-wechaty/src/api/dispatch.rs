//! From the team's event stream, and what the core notes for operators, to the library's events.

use std::sync::Arc;

use futures_util::{StreamExt as _, stream::FuturesOrdered};
use ha_wechaty_core::{ClientId, Input, LoginChallenge, Notice};
use ha_wechaty_wire as wire;
use tokio::sync::broadcast::{self, error::RecvError};
use tokio_util::sync::CancellationToken;

use super::{
    client::{BOT, Client},
    contact::Contact,
    current_user::ContactSelf,
    error::Error,
    event::{
        AccountChange, Dirty, DirtyKind, Event, Logout, Post, RoomAnnounce, RoomJoin, RoomLeave, RoomTopic,
        Scan, VerifyCode, VerifySlide, time,
    },
    friendship::Friendship,
    message::Message,
    room::Room,
    room_invitation::RoomInvitation,
};
use ha_wechaty_team::{bot::listen, state::Shared};

/// How many events are read at once; they are given in their order all the same.
const READING: usize = 64;

/// Follows the event stream until the team stops. One that was cut off, since nobody took its events, is
/// opened again, and gives again what was not read.
pub(super) async fn follow_events(client: Client, shared: Arc<Shared>, stop: CancellationToken) {
    let mut is_up = false;
    // What is taken is read, and so acknowledged, a moment later: the stream is there until then.
    while let Ok((connected, events)) = listen(shared.clone(), BOT) {
        let mut read = FuturesOrdered::new();
        let mut events = std::pin::pin!(events);
        let mut is_open = true;
        while is_open || !read.is_empty() {
            tokio::select! {
                event = events.next(), if is_open && read.len() < READING => match event {
                    Some(Ok(event)) => read.push_back(understand(&client, connected.client(), event.event)),
                    Some(Err(_)) | None => is_open = false,
                },
                Some(event) = read.next(), if !read.is_empty() => match event {
                    // A stream begins with how the team stands, which is news only once.
                    Some(Event::Login(_) | Event::Ready) if is_up => {}
                    Some(event) => {
                        is_up = !matches!(event, Event::Logout(_)) && (is_up || matches!(event, Event::Ready));
                        client.subscribers().give(&event).await;
                    }
                    None => {}
                },
                () = stop.cancelled() => return,
            }
        }
    }
}

/// Follows what the core notes of its accounts.
pub(super) async fn follow_notes(
    client: Client,
    shared: Arc<Shared>,
    mut notes: broadcast::Receiver<Notice>,
    stop: CancellationToken,
) {
    loop {
        let note = tokio::select! {
            note = notes.recv() => note,
            () = stop.cancelled() => return,
        };
        let event = match note {
            Ok(Notice::Phase { account, from, to, text, after }) => {
                let account = shared.accounts.name(account).to_owned();
                Event::Account(AccountChange { account, from, to, why: text, after })
            }
            Ok(Notice::Scan { account, scan }) => Event::Scan(Scan {
                account: shared.accounts.name(account).to_owned(),
                status: scan.status.into(),
                qrcode: scan.qrcode,
                data: scan.data,
            }),
            Ok(Notice::Challenge { account, challenge }) => {
                let account = shared.accounts.name(account).to_owned();
                match challenge {
                    LoginChallenge::Code(it) => {
                        Event::VerifyCode(VerifyCode { account, status: it.status, message: it.message })
                    }
                    LoginChallenge::Slide(it) => Event::VerifySlide(VerifySlide {
                        account,
                        status: it.status,
                        program: it.program,
                        secret: it.secret,
                    }),
                }
            }
            // These are for the operator, who reads them in the log.
            Ok(
                Notice::Still { .. }
                | Notice::SamePerson { .. }
                | Notice::NoHeartbeat { .. }
                | Notice::Evicted { .. }
                | Notice::DeafStream { .. }
                | Notice::Ejected { .. }
                | Notice::Hand { .. }
                | Notice::RoomsThinned { .. }
                | Notice::Alarm(_)
                | Notice::TakenOver { .. }
                | Notice::BotAway { .. }
                | Notice::BotBack { .. }
                | Notice::TeamRecovered { .. }
                | Notice::TeamFailed { .. },
            ) => continue,
            // What was missed is old by now.
            Err(RecvError::Lagged(_)) => continue,
            Err(RecvError::Closed) => return,
        };
        client.subscribers().give(&event).await;
    }
}

/// Asks for a dong.
pub(super) fn ding(client: &Client, data: &str) -> Result<(), Error> {
    let shared = client.shared()?;
    shared.core.tell(Input::Ding { client: None, bot: BOT, data: data.to_owned() });
    Ok(())
}

/// What an event of the stream is; nothing if it is told otherwise.
async fn understand(client: &Client, stream: ClientId, event: wire::PuppetEvent) -> Option<Event> {
    let contact = |id: String| Contact::new(client.clone(), id, None);
    let somebody = |id: String| (!id.is_empty()).then(|| contact(id));
    let number = |it: Option<i64>| time(it?);
    let room = |id: String| {
        client.cache().rooms.forget(&id);
        Room::new(client.clone(), id, None)
    };
    Some(match event {
        wire::PuppetEvent::Message { id } => {
            tell(Message::read(client, Some(stream), &id).await, Event::Message)
        }
        wire::PuppetEvent::Friendship { id } => {
            tell(Friendship::read(client, Some(stream), &id).await, Event::Friendship)
        }
        wire::PuppetEvent::RoomInvite { id } => {
            tell(RoomInvitation::read(client, Some(stream), &id).await, Event::RoomInvite)
        }
        wire::PuppetEvent::RoomJoin(it) => Event::RoomJoin(RoomJoin {
            room: room(it.room_id),
            invitees: it.invitee_id_list.into_iter().map(contact).collect(),
            inviter: somebody(it.inviter_id),
            at: number(it.timestamp),
        }),
        wire::PuppetEvent::RoomLeave(it) => Event::RoomLeave(RoomLeave {
            room: room(it.room_id),
            leavers: it.removee_id_list.into_iter().map(contact).collect(),
            remover: somebody(it.remover_id),
            at: number(it.timestamp),
        }),
        wire::PuppetEvent::RoomTopic(it) => Event::RoomTopic(RoomTopic {
            room: room(it.room_id),
            new: it.new_topic,
            old: it.old_topic,
            changer: somebody(it.changer_id),
            at: number(it.timestamp),
        }),
        wire::PuppetEvent::Login { .. } => Event::Login(ContactSelf::new(client.clone())),
        wire::PuppetEvent::Logout(it) => {
            Event::Logout(Logout { user: ContactSelf::new(client.clone()), reason: it.data })
        }
        wire::PuppetEvent::Ready(_) => Event::Ready,
        wire::PuppetEvent::Dong(it) => Event::Dong(it.data),
        wire::PuppetEvent::Heartbeat(it) => Event::Heartbeat(it.data),
        wire::PuppetEvent::Post { id } => Event::Post(Post { id }),
        wire::PuppetEvent::Dirty(it) => {
            let kind = ha_wechaty_core::DirtyType::from_wire(it.payload_type).into();
            forget(client, kind, &it.payload_id);
            Event::Dirty(Dirty { kind, id: it.payload_id })
        }
        wire::PuppetEvent::RoomAnnounce(it) => Event::RoomAnnounce(RoomAnnounce {
            room: room(it.room_id),
            new: it.new_announce,
            old: it.old_announce,
            changer: somebody(it.changer_id),
            at: number(it.timestamp),
        }),
        // The core's notes tell of each account's login, even while others work.
        wire::PuppetEvent::Scan(_) | wire::PuppetEvent::VerifyCode(_) | wire::PuppetEvent::VerifySlide(_) => {
            return None;
        }
        // The library has no calls that would read them.
        wire::PuppetEvent::Tag(_)
        | wire::PuppetEvent::TagGroup(_)
        | wire::PuppetEvent::PostComment(_)
        | wire::PuppetEvent::PostTap(_) => return None,
        // The gateway never tells a bot of these.
        wire::PuppetEvent::Reset(_) | wire::PuppetEvent::Error(_) => return None,
    })
}

fn tell<T>(read: Result<T, Error>, event: impl FnOnce(T) -> Event) -> Event {
    read.map_or_else(Event::Error, event)
}

fn forget(client: &Client, kind: DirtyKind, id: &str) {
    match kind {
        DirtyKind::Contact => client.cache().contacts.forget(id),
        DirtyKind::Room | DirtyKind::RoomMember => client.cache().rooms.forget(id),
        // What the library keeps nothing of.
        DirtyKind::Message | DirtyKind::Friendship | DirtyKind::Other => {}
    }
}
