//! What an operator says through the team, to see that it can be said. It goes as what a bot says: by policy, within pace,
//! to the next account if one fails; and it has its row in the ledger, as of `operator`.

use std::{sync::Arc, time::Duration};

use ha_wechaty_core::rpc;
use prost_reflect::Value;
use tokio::time::Instant;

use super::{Caller, one::Call};
use crate::{
    error::CallError,
    schema::empty,
    state::{Shared, sends::Done},
};

/// How long it waits for an account, and for its turn: an operator looks on.
const PATIENCE: Duration = Duration::from_secs(60);

/// Says a text, in a room or to a contact, by the ids that bots use; the message's id, empty if its provider gave none, and who
/// said it.
///
/// # Errors
/// It was not said, or nobody knows whether it was.
pub async fn say(shared: &Arc<Shared>, to: &str, text: &str) -> Result<(String, Option<Done>), CallError> {
    let method = shared.schema.method(rpc::MESSAGE_SEND_TEXT);
    let mut request = empty(&method.request);
    request.set_field_by_name("conversation_id", Value::String(to.to_owned()));
    request.set_field_by_name("text", Value::String(text.to_owned()));
    let caller = Caller { until: Some(Instant::now() + PATIENCE), ..Caller::NOBODY };
    let mut call = Call::new(shared, caller, method, request);
    let answer = call.run().await?;
    let id = answer.get_field_by_name("id").and_then(|it| it.as_str().map(str::to_owned)).unwrap_or_default();
    Ok((id, call.done.get().copied()))
}
