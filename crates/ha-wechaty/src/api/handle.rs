//! What a contact and a room have in common: an id, the team that they are called through, the account that they
//! came through, and a payload that is read once and kept until it is stale.

use std::{
    hash::{Hash, Hasher},
    sync::Arc,
};

use ha_wechaty_core::{AccountId, Rpc, rpc};
use ha_wechaty_wire::puppet;
use prost::Message;

use super::{
    cache::{Cache, Shelf},
    client::Client,
    error::Error,
};

/// What is read of a contact, or of a room.
pub(super) trait Payload: Sized {
    /// The RPC that reads it.
    const RPC: &'static Rpc;
    /// How DIRTY events and `DirtyPayload` call it.
    const SORT: puppet::PayloadType;
    /// The RPC's answer.
    type Told: Message + Default + Into<Self>;

    /// The RPC's request.
    fn request(id: String) -> impl Message;

    /// Where it is kept.
    fn shelf(cache: &Cache) -> &Shelf<Self>;
}

/// A contact or a room. The same id is the same one, whichever account it came through.
pub(super) struct Handle<P> {
    pub(super) client: Client,
    pub(super) id: Arc<str>,
    pub(super) via: Option<AccountId>,
    payload: std::marker::PhantomData<fn() -> P>,
}

impl<P: Payload> Handle<P> {
    pub(super) fn new(client: Client, id: impl Into<Arc<str>>, via: Option<AccountId>) -> Self {
        Self { client, id: id.into(), via, payload: std::marker::PhantomData }
    }

    /// The account that it came through, if it is known.
    pub(super) fn account(&self) -> Option<String> {
        self.via.and_then(|account| self.client.name(account))
    }

    /// The accounts of which it is known that they reach it.
    pub(super) fn accounts(&self) -> Vec<String> {
        let Ok(shared) = self.client.shared() else { return Vec::new() };
        shared
            .core
            .routing()
            .reach(&self.id)
            .yes
            .iter()
            .map(|account| shared.accounts.name(account).to_owned())
            .collect()
    }

    /// What is known of it.
    pub(super) async fn payload(&self) -> Result<Arc<P>, Error> {
        let shelf = P::shelf(self.client.cache());
        if let Some(known) = shelf.get(&self.id) {
            return Ok(known);
        }
        // Whoever has it in its list shows it.
        let told: P::Told = self.client.look(self.via, P::RPC, &P::request(self.id.to_string())).await?;
        let size = told.encoded_len();
        let payload = Arc::new(told.into());
        shelf.put(&self.id, payload.clone(), size);
        Ok(payload)
    }

    /// Has it read afresh; the accounts' puppets forget what they know of it too.
    pub(super) async fn sync(&self) -> Result<(), Error> {
        let request = puppet::DirtyPayloadRequest { r#type: P::SORT.into(), id: self.id.to_string() };
        self.change::<puppet::DirtyPayloadResponse>(rpc::DIRTY_PAYLOAD, &request).await
    }

    /// What was read of it is stale.
    pub(super) fn forget(&self) {
        P::shelf(self.client.cache()).forget(&self.id);
    }

    /// Calls an RPC that changes it, whatever comes of that.
    pub(super) async fn change<A: Message + Default>(
        &self,
        rpc: &'static Rpc,
        request: &impl Message,
    ) -> Result<(), Error> {
        let changed = self.client.call::<A>(rpc, request).await.map(drop);
        self.forget();
        changed
    }
}

impl<P> Clone for Handle<P> {
    fn clone(&self) -> Self {
        let Self { client, id, via, payload } = self;
        Self { client: client.clone(), id: id.clone(), via: *via, payload: *payload }
    }
}

impl<P> PartialEq for Handle<P> {
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id
    }
}

impl<P> Eq for Handle<P> {}

impl<P> Hash for Handle<P> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.id.hash(state);
    }
}
