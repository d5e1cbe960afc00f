//! How an account's event stream is opened, and taken from whoever holds it.

use bytes::Bytes;
use ha_wechaty_core::{Holder, Remedy};
use ha_wechaty_transport::{Connection, Target, dial};
use tonic::{Code, Status, Streaming};

use super::{
    care,
    reader::{Whose, events},
};
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
    whose: Whose<'_>,
    target: &Target,
    means: Means,
) -> Result<Opened, Refused> {
    let account = whose.account;
    let hindered = |by: Option<Remedy>| accounts.links.hindered(account, by);
    let lost = |status: &Status| {
        hindered(remedy(status));
        Refused::Lost(explain(target, status))
    };
    let connection = dial(target).await.map_err(|error| {
        hindered(Some(error.remedy()));
        Refused::Lost(error.to_string())
    })?;
    let opened = |events, was_taken| {
        hindered(None);
        Ok(Opened { connection: connection.clone(), events, was_taken })
    };
    match events(accounts, whose, &connection).await {
        Ok(events) => return opened(events, false),
        Err(status) if status.code() != Code::AlreadyExists => return Err(lost(&status)),
        Err(_) if means == Means::Ask => return Err(Refused::Taken(Holder::Unknown)),
        Err(_) => {}
    }
    care::evict(accounts, records, account, &connection).await;
    match events(accounts, whose, &connection).await {
        Ok(events) => opened(events, true),
        Err(status) if status.code() == Code::AlreadyExists => Err(Refused::Taken(Holder::KeptIt)),
        Err(status) => Err(lost(&status)),
    }
}

/// What a person can do about a failed stream, if its answer says so.
fn remedy(status: &Status) -> Option<Remedy> {
    #[expect(clippy::wildcard_enum_match_arm, reason = "gRPC's list, of which three say what to do")]
    match status.code() {
        Code::Unauthenticated | Code::PermissionDenied => Some(Remedy::Token),
        Code::Unimplemented => Some(Remedy::NotAPuppet),
        Code::DeadlineExceeded => Some(Remedy::Timeout),
        _ => None,
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
