//! Payloads that were read once, until something says that they are stale.

use std::sync::Arc;

use super::{contact::ContactPayload, room::RoomPayload};
use ha_wechaty_team::state::bounded::Bounded;

/// The payloads.
pub(super) struct Cache {
    pub(super) contacts: Shelf<ContactPayload>,
    pub(super) rooms: Shelf<RoomPayload>,
}

impl Cache {
    /// Nothing was read yet; those of each sort may weigh so much.
    pub(super) fn new(limit: usize) -> Self {
        Self { contacts: Shelf(Bounded::new(limit)), rooms: Shelf(Bounded::new(limit)) }
    }

    pub(super) fn clear(&self) {
        self.contacts.0.clear();
        self.rooms.0.clear();
    }
}

/// Payloads of one sort, by id.
pub(super) struct Shelf<P>(Bounded<Arc<P>>);

impl<P> Shelf<P> {
    pub(super) fn get(&self, id: &str) -> Option<Arc<P>> {
        self.0.get(id)
    }

    /// Keeps what an account told in so many bytes; apart, in memory, its texts take about three times as much.
    pub(super) fn put(&self, id: &str, payload: Arc<P>, told: usize) {
        self.0.put(id, payload, size_of::<P>() + 3 * told);
    }

    pub(super) fn forget(&self, id: &str) {
        self.0.forget(id);
    }
}
