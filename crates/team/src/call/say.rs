//! What an operator says through the team, to see that it can be said, and what the team says itself. It goes as what a bot says:
//! by policy, within pace, to the next account if one fails; and it has its row in the ledger, as of `operator`.

use std::{sync::Arc, time::Duration};

use ha_wechaty_core::{AccountSet, rpc};
use ha_wechaty_wire::FileBox;
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

/// What the team says itself.
#[derive(Debug)]
pub enum Words<'a> {
    /// A text.
    Text(&'a str),
    /// A picture.
    Picture {
        /// The name of its file.
        name: String,
        /// The file.
        bytes: &'a [u8],
    },
}

/// Says a text, in a room or to a contact, by the ids that bots use; the message's id, empty if its provider gave none, and who
/// said it.
///
/// # Errors
/// It was not said, or nobody knows whether it was.
pub async fn say(shared: &Arc<Shared>, to: &str, text: &str) -> Result<(String, Option<Done>), CallError> {
    say_by(shared, to, Words::Text(text), AccountSet::EMPTY, PATIENCE).await
}

/// Says it by any account but these, if one can within this time; as [`say`] does.
///
/// # Errors
/// It was not said, or nobody knows whether it was.
pub async fn say_by(
    shared: &Arc<Shared>,
    to: &str,
    words: Words<'_>,
    not: AccountSet,
    within: Duration,
) -> Result<(String, Option<Done>), CallError> {
    let (rpc, field, said) = match words {
        Words::Text(text) => (rpc::MESSAGE_SEND_TEXT, "text", text.to_owned()),
        Words::Picture { name, bytes } => {
            (rpc::MESSAGE_SEND_FILE, "file_box", FileBox::from_bytes(&name, bytes).to_json())
        }
    };
    let method = shared.schema.method(rpc);
    let mut request = empty(&method.request);
    request.set_field_by_name("conversation_id", Value::String(to.to_owned()));
    request.set_field_by_name(field, Value::String(said));
    let caller = Caller { until: Some(Instant::now() + within), ..Caller::NOBODY };
    let mut call = Call::new(shared, caller, method, request);
    call.not = not;
    let answer = call.run().await?;
    let id = answer.get_field_by_name("id").and_then(|it| it.as_str().map(str::to_owned)).unwrap_or_default();
    Ok((id, call.done.get().copied()))
}
