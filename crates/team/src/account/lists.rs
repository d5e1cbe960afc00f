//! Reading an account's contacts and rooms, and the rooms' payloads, to know what it can reach.

use std::sync::atomic::{AtomicU8, Ordering};

use bytes::Bytes;
use ha_wechaty_core::{AccountId, Input, Rpc, rpc};
use ha_wechaty_wire::puppet;
use prost::Message as _;

use crate::{
    call::{Refusal, connection, raw},
    state::{
        Shared,
        accounts::AccountSide,
        facts::CoreHandle,
        records::{LineKind, Who},
        underway::is_long,
    },
};
use ha_wechaty_transport::Fate;

/// One at a time reads an account's lists: an account that logs in a thousand times in a second is not asked for them
/// as often.
#[derive(Debug, Default)]
pub(super) struct Learning(AtomicU8);

/// Nobody reads.
const IDLE: u8 = 0;
/// Somebody does.
const READS: u8 = 1;
/// Somebody does, and is to do it once more: what was read may have been older than what asked for it.
const AGAIN: u8 = 2;

impl Learning {
    /// They are to be read. Whether it is the caller who has to [`run`](Self::run) it.
    pub(super) fn begins(&self) -> bool {
        let next = |now| Some(if now == IDLE { READS } else { AGAIN });
        self.0.fetch_update(Ordering::AcqRel, Ordering::Acquire, next) == Ok(IDLE)
    }

    /// Reads, and once more if that was asked for meanwhile.
    pub(super) async fn run<F: Future<Output = ()>>(&self, read: impl Fn() -> F) {
        let next = |now| Some(if now == AGAIN { READS } else { IDLE });
        loop {
            read().await;
            if self.0.fetch_update(Ordering::AcqRel, Ordering::Acquire, next) != Ok(AGAIN) {
                return;
            }
        }
    }
}

/// Reads both lists and tells the core. A list that can't be read now is learnt piece by piece later.
pub(super) async fn learn(shared: &Shared, account: AccountId) {
    let (contacts, rooms) =
        tokio::join!(list(shared, account, rpc::CONTACT_LIST), list(shared, account, rpc::ROOM_LIST));
    shared.core.tell(Input::Lists { account, contacts, rooms });
}

async fn list(shared: &Shared, account: AccountId, rpc: &'static Rpc) -> Option<Vec<String>> {
    let (method, rpc) = (shared.schema.method(rpc).clone(), rpc.name);
    let deadline = shared.limits.calls.send;
    let connection = connection(&shared.accounts, account).ok()?;
    let read = match raw(&shared.accounts, account, connection, &method, Bytes::new(), deadline).await {
        Ok(bytes) => {
            // Both answers are one list of ids.
            let is_long = is_long(&bytes);
            let read = move || method.typed_answer::<puppet::ContactListResponse>(&bytes);
            let read = shared.underway.aside.work(None, is_long, read).await;
            read.map_err(|error| format!("its answer is not readable: {error}"))
        }
        Err(refusal) => Err(refusal.status.message().to_owned()),
    };
    match read {
        Ok(list) => Some(list.ids),
        Err(why) => {
            if shared
                .records
                .hush
                .lets(Who::Account(account), LineKind::Care, || format!("{rpc} failed: {why}"))
            {
                let account = shared.accounts.name(account);
                tracing::warn!(account, rpc, why, "can't learn what the account can reach");
            }
            None
        }
    }
}

/// Reads a room's payload and tells the core.
pub(super) async fn read_room(core: &CoreHandle, accounts: &AccountSide, account: AccountId, room: String) {
    let told = match room_payload(accounts, account, &room).await {
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
                account = accounts.name(account),
                why = refusal.status.message(),
                "can't read a room"
            );
            Input::RoomUnread { account, room, refused: refusal.fate == Fate::Answered }
        }
    };
    core.tell(told);
}

async fn room_payload(
    accounts: &AccountSide,
    account: AccountId,
    room: &str,
) -> Result<puppet::RoomPayloadResponse, Refusal> {
    let method = accounts.schema.method(rpc::ROOM_PAYLOAD);
    let connection = connection(accounts, account)?;
    let request: Bytes = puppet::RoomPayloadRequest { id: room.to_owned() }.encode_to_vec().into();
    let bytes = raw(accounts, account, connection, method, request, accounts.limits.calls.read).await?;
    method
        .typed_answer(&bytes)
        .map_err(|error| Refusal::unsure(account, format!("it is not readable: {error}")))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn however_often_they_are_to_be_read_one_reads_and_then_once_more() {
        let (learning, reads) = (Arc::new(Learning::default()), Arc::new(AtomicU8::new(0)));
        let run = |learning: Arc<Learning>, reads: Arc<AtomicU8>| async move {
            let read = || async {
                reads.fetch_add(1, Ordering::Relaxed);
                tokio::time::sleep(std::time::Duration::from_secs(1)).await;
            };
            learning.run(read).await;
        };
        assert!(learning.begins());
        let reading = tokio::spawn(run(learning.clone(), reads.clone()));
        tokio::task::yield_now().await;
        assert!((0..1_000).all(|_| !learning.begins()));
        reading.await.expect("no panic");
        assert_eq!(reads.load(Ordering::Relaxed), 2);
        assert!(learning.begins(), "it is over");
    }
}
