//! Logs what happens.

use std::sync::Arc;

use crate::{Event, HaWechaty, Plugin};

/// Logs what happens, at level `info`: who and where, by ids. What people say stands there only at level
/// `trace`, and heartbeats not at all.
#[derive(Debug, Clone, Copy, Default)]
pub struct EventLogger;

impl EventLogger {
    /// The plugin.
    pub fn new() -> Self {
        Self
    }
}

impl Plugin for EventLogger {
    fn name(&self) -> &'static str {
        "event-logger"
    }

    fn install(self: Arc<Self>, ha: &HaWechaty) {
        ha.on_event(|event| async move { log(&event) });
    }
}

fn log(event: &Event) {
    let name = event.name();
    match event {
        Event::Heartbeat(_) => {}
        Event::Message(it) => {
            let (talker, room) = (it.talker(), it.room());
            tracing::info!(id = it.id(), kind = ?it.kind(), ?talker, ?room, "{name}");
            tracing::trace!(id = it.id(), text = it.text(), "{name}");
        }
        Event::Friendship(it) => tracing::info!(?it, contact = ?it.contact(), "{name}"),
        Event::RoomInvite(it) => tracing::info!(?it, inviter = ?it.inviter(), "{name}"),
        Event::RoomJoin(it) => {
            tracing::info!(room = ?it.room, who = ?it.invitees, by = ?it.inviter, "{name}");
        }
        Event::RoomLeave(it) => {
            tracing::info!(room = ?it.room, who = ?it.leavers, by = ?it.remover, "{name}");
        }
        Event::RoomTopic(it) => tracing::info!(room = ?it.room, by = ?it.changer, "{name}"),
        Event::RoomAnnounce(it) => tracing::info!(room = ?it.room, by = ?it.changer, "{name}"),
        Event::VerifyCode(it) => tracing::info!(account = it.account, status = ?it.status, "{name}"),
        Event::VerifySlide(it) => tracing::info!(account = it.account, status = ?it.status, "{name}"),
        // Whoever reads the code logs in.
        Event::Scan(it) => tracing::info!(account = it.account, status = ?it.status, "{name}"),
        Event::Logout(it) => tracing::warn!(reason = it.reason, "{name}"),
        Event::Account(it) => {
            tracing::info!(account = it.account, from = it.from.name(), to = it.to.name(), "{}", it.why);
        }
        Event::Error(it) => tracing::warn!("{name}: {it}"),
        Event::Login(_)
        | Event::Ready
        | Event::Dong(_)
        | Event::Post(_)
        | Event::Dirty(_)
        | Event::Start
        | Event::Stop => tracing::info!("{name}"),
    }
}
