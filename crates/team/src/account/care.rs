//! What the core does for an account: asking it for a sign of life, restarting its puppet, and having it logged out.

use std::time::Duration;

use ha_wechaty_core::{AccountId, Input, Paced, Work, WorkResult};
use ha_wechaty_wire::puppet::{
    DingRequest, LogoutRequest, MessageSendTextRequest, StartRequest, StopRequest,
};
use tonic::{Request, Status};

use crate::state::{
    Shared,
    accounts::AccountSide,
    records::{LineKind, Records, Who},
};
use ha_wechaty_transport::{Connection, Fate, Nature, fate};

/// What is written to the heartbeat contact; it answers `dong`.
const DING: &str = "ding";
/// How long a puppet may take to stop that is stopped so that its event stream is free. A service frees that first; stock
/// ones wait for their puppet for 15 s.
pub(super) const STOP_WITHIN: Duration = Duration::from_secs(16);

/// Writes `ding` to the heartbeat contact, through the account itself.
pub(super) async fn ding(shared: &Shared, account: AccountId, connection: &Connection, contact: String) {
    let request =
        MessageSendTextRequest { conversation_id: contact, text: DING.into(), ..Default::default() };
    let mut request = Request::new(request);
    request.set_timeout(shared.limits.calls.send);
    request.extensions_mut().insert(Nature::Says);
    shared.records.metrics.ding(shared.accounts.name(account));
    // WeChat counts it; but whether the account works must be known, however busy it is.
    shared.sending.pacer.count(account, Paced::Message);
    if shared.core.is_durable() {
        let act = shared.sending.next();
        shared.core.tell(Input::ActBegins { act, account, paced: Paced::Message });
        shared.core.tell(Input::ActEnds { act, account, is_done: true });
    }
    match connection.puppet().message_send_text(request).await {
        Ok(_) => tracing::debug!(account = shared.accounts.name(account), "ding"),
        Err(status) if shared.limits.is_throttled(&status) => {
            // First: while it is kept from sending, a refusal says nothing of the contact.
            shared.core.tell(Input::Worked { account, work: Work::Send, result: WorkResult::Throttled });
            shared.core.tell(Input::DingFailed { account, cause: status.message().to_owned() });
        }
        // The puppet's own no: the account may not follow the contact. Anything else is silence, which the
        // core measures.
        Err(status) if fate(&status) == Fate::Answered => {
            shared.core.tell(Input::DingFailed { account, cause: status.message().to_owned() });
        }
        Err(status) => failed(&shared.accounts, &shared.records, account, "ding", &status),
    }
}

/// Calls the puppet's own ding; its dong comes as an event.
pub(super) async fn puppet_ding(shared: &Shared, account: AccountId, connection: &Connection) {
    let Shared { accounts, records, core, .. } = shared;
    let mut request = Request::new(DingRequest { data: DING.into() });
    request.set_timeout(accounts.limits.calls.read);
    records.metrics.ding(accounts.name(account));
    match connection.puppet().ding(request).await {
        Ok(_) => core.tell(Input::PuppetDinged { account }),
        Err(status) => failed(accounts, records, account, "its puppet's ding", &status),
    }
}

/// Ends the event stream, whose ever it is. That the puppet stops with it is the price.
pub(super) async fn evict(
    accounts: &AccountSide,
    records: &Records,
    account: AccountId,
    connection: &Connection,
) {
    tracing::info!(account = accounts.name(account), "evicting the client that holds its event stream");
    records.metrics.eviction(accounts.name(account));
    let mut stop = Request::new(StopRequest {});
    stop.set_timeout(STOP_WITHIN);
    // Whether the stream is free shows when it is asked for.
    if let Err(status) = connection.puppet().stop(stop).await {
        failed(accounts, records, account, "stopping its puppet", &status);
    }
}

/// Restarts the puppet. A service that ends the event stream with it loses its link, and is dialled again.
pub(super) async fn reset(
    accounts: &AccountSide,
    records: &Records,
    account: AccountId,
    connection: &Connection,
) {
    tracing::warn!(account = accounts.name(account), "resetting its puppet");
    records.metrics.reset(accounts.name(account));
    let mut puppet = connection.puppet();
    let mut stop = Request::new(StopRequest {});
    stop.set_timeout(accounts.limits.calls.send);
    if let Err(status) = puppet.stop(stop).await {
        failed(accounts, records, account, "stopping its puppet", &status);
    }
    let mut start = Request::new(StartRequest {});
    start.set_timeout(accounts.limits.calls.file);
    if let Err(status) = puppet.start(start).await {
        failed(accounts, records, account, "starting its puppet", &status);
    }
}

/// Has the puppet log its account out, as an operator wants; it tells so by its event stream.
pub(super) async fn logout(
    accounts: &AccountSide,
    records: &Records,
    account: AccountId,
    connection: &Connection,
) {
    let mut request = Request::new(LogoutRequest {});
    request.set_timeout(accounts.limits.calls.send);
    if let Err(status) = connection.puppet().logout(request).await {
        failed(accounts, records, account, "logging out", &status);
    }
}

fn failed(accounts: &AccountSide, records: &Records, account: AccountId, what: &str, status: &Status) {
    let why = status.message();
    if records.hush.lets(Who::Account(account), LineKind::Care, || format!("{what} failed: {why}")) {
        tracing::warn!(account = accounts.name(account), why, "{what} failed");
    }
}
