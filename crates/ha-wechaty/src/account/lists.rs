//! Reading an account's contacts and rooms, to know what it can reach.

use bytes::Bytes;
use ha_wechaty_core::{AccountId, Input};
use ha_wechaty_wire::puppet;
use prost::Message as _;

use crate::{
    call::{connection, raw},
    shared::Shared,
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
        Ok(bytes) => puppet::ContactListResponse::decode(bytes).ok().map(|it| it.ids),
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
