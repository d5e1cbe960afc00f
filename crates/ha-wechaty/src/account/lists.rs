//! Reading an account's contacts and rooms, and the rooms' payloads, to know what it can reach.

use bytes::Bytes;
use ha_wechaty_core::{AccountId, Input};
use ha_wechaty_wire::puppet;
use prost::Message as _;

use crate::{
    call::{Refusal, connection, raw},
    shared::Shared,
    transport::Fate,
};

/// Reads both lists and tells the core. A list that can't be read now is learnt piece by piece later.
pub(super) async fn learn(shared: &Shared, account: AccountId) {
    let (contacts, rooms) =
        tokio::join!(list(shared, account, "ContactList"), list(shared, account, "RoomList"));
    shared.tell(Input::Lists { account, contacts, rooms });
}

async fn list(shared: &Shared, account: AccountId, rpc: &str) -> Option<Vec<String>> {
    let method = shared.schema.method(rpc)?;
    let deadline = shared.config.calls.send;
    let connection = connection(shared, account).ok()?;
    match raw(shared, account, connection, method, Bytes::new(), deadline).await {
        // Both answers are one list of ids.
        Ok(bytes) => method.typed_answer::<puppet::ContactListResponse>(&bytes).ok().map(|it| it.ids),
        Err(refusal) => {
            let why = refusal.status.message();
            tracing::warn!(
                account = shared.name(account),
                rpc,
                why,
                "can't learn what the account can reach"
            );
            None
        }
    }
}

/// Reads a room's payload and tells the core.
pub(super) async fn read_room(shared: &Shared, account: AccountId, room: String) {
    let told = match room_payload(shared, account, &room).await {
        Ok(it) => Input::Room {
            account,
            // The request leads; some providers leave the payload's own id empty.
            room,
            topic: it.topic,
            members: it.member_ids,
            owner: it.owner_id,
            admins: it.admin_ids,
        },
        Err(refusal) => {
            tracing::debug!(
                account = shared.name(account),
                why = refusal.status.message(),
                "can't read a room"
            );
            Input::RoomUnread { account, room, refused: refusal.fate == Fate::Answered }
        }
    };
    shared.tell(told);
}

async fn room_payload(
    shared: &Shared,
    account: AccountId,
    room: &str,
) -> Result<puppet::RoomPayloadResponse, Refusal> {
    let no_rpc = || Refusal::unsent(account, "there is no RPC RoomPayload");
    let method = shared.schema.method("RoomPayload").ok_or_else(no_rpc)?;
    let connection = connection(shared, account)?;
    let request: Bytes = puppet::RoomPayloadRequest { id: room.to_owned() }.encode_to_vec().into();
    let bytes = raw(shared, account, connection, method, request, shared.config.calls.read).await?;
    method
        .typed_answer(&bytes)
        .map_err(|error| Refusal::unsure(account, format!("it is not readable: {error}")))
}
