//! How an account's event stream is opened, and taken from whoever holds it.

use bytes::Bytes;
use ha_wechaty_core::{AccountId, Holder};
use ha_wechaty_transport::{Connection, Target, dial};
use tonic::{Code, Status, Streaming};

use super::{care, reader::events};
use crate::state::{accounts::AccountSide, records::Records};

/// What may be done to have the event stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Means {
    /// It is asked for.
    Ask,
    /// It is taken from whoever holds it.
    Evict,
}

/// A connection, with the account's one event stream.
pub(super) struct Opened {
    pub(super) connection: Connection,
    pub(super) events: Streaming<Bytes>,
    /// Whether it was taken from somebody.
    pub(super) was_taken: bool,
}

/// Why there is no event stream.
pub(super) enum Refused {
    /// Somebody else holds it.
    Taken(Holder),
    /// Something else, in words.
    Lost(String),
}

/// Dials, and opens the event stream. `Start` is for whoever follows it.
///
/// A service that says that its stream is taken is asked once more after a `Stop`, which ends the stream whose ever it is;
/// one whose stream is free by then is never stopped.
pub(super) async fn open(
    accounts: &AccountSide,
    records: &Records,
    account: AccountId,
    target: &Target,
    means: Means,
) -> Result<Opened, Refused> {
    let lost = |status: &Status| Refused::Lost(explain(target, status));
    let connection = dial(target).await.map_err(|error| Refused::Lost(error.to_string()))?;
    match events(accounts, &connection).await {
        Ok(events) => return Ok(Opened { connection, events, was_taken: false }),
        Err(status) if status.code() != Code::AlreadyExists => return Err(lost(&status)),
        Err(_) if means == Means::Ask => return Err(Refused::Taken(Holder::Unknown)),
        Err(_) => {}
    }
    care::evict(accounts, records, account, &connection).await;
    match events(accounts, &connection).await {
        Ok(events) => Ok(Opened { connection, events, was_taken: true }),
        Err(status) if status.code() == Code::AlreadyExists => Err(Refused::Taken(Holder::KeptIt)),
        Err(status) => Err(lost(&status)),
    }
}

/// A failed stream, in words for the operator.
pub(super) fn explain(target: &Target, status: &Status) -> String {
    // A service that refuses a token repeats it.
    let message = status.message().replace(target.token.reveal(), "…");
    // Services from npm send where in their code it went wrong, too.
    let message = message.lines().next().unwrap_or_default().trim_end().to_owned();
    #[expect(clippy::wildcard_enum_match_arm, reason = "gRPC's list, of which two need other words")]
    match status.code() {
        Code::Unauthenticated => format!("it refuses the token ({message}): check the account's token"),
        Code::Unimplemented => format!("it is no puppet service ({message}): check the endpoint"),
        code if message.is_empty() => code.to_string(),
        _ => message,
    }
}
