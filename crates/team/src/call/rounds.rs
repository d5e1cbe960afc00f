//! Lists of all that the accounts know, each asked for once for all who want it: see [`Rounds`](crate::state::underway::Rounds).

use std::sync::Arc;

use bytes::Bytes;
use ha_wechaty_core::{Class, Rpc};
use prost::Message as _;
use tracing::Instrument as _;

use super::{Caller, one::Call};
use crate::{
    error::CallError,
    intake::AskingBot,
    schema::{Method, empty},
    state::{
        Shared,
        underway::{List, Task, has_long_lists},
    },
};

/// Whether a call asks for a list of all.
pub(super) fn is_list(call: &Call<'_>) -> bool {
    call.conduct.class == Class::Union && call.method.lead(&call.request).is_none()
}

/// The list as it is after now.
pub(super) async fn list(shared: &Arc<Shared>, method: &Method) -> Result<List, CallError> {
    let (rpc, name) = (method.rpc, method.rpc.name);
    let (round, task) = shared.underway.rounds.join(name);
    if let Some(Task { before, tell }) = task {
        let mut turn = Turn { shared: shared.clone(), name, has_begun: before.is_none() };
        // What its answers weigh is nobody's alone.
        let behalf = AskingBot::new(Caller::NOBODY.bot, shared.transit.requests.clone());
        // Its own task: it goes on though whoever asked first hangs up. A runtime that ends drops it at once.
        // Its attempts are shown in the trace of whoever asked first.
        let asks = async move {
            if let Some(before) = before {
                let _ = before.await;
                turn.begins();
            }
            let list = ask(&turn.shared, rpc).await;
            drop(turn);
            // Nobody may be waiting any more.
            let _ = tell.send(list);
        };
        tokio::spawn(behalf.scope(asks.in_current_span()));
    }
    round.await
}

/// However a round ends, before it has begun or later, the next may begin.
struct Turn {
    shared: Arc<Shared>,
    name: &'static str,
    has_begun: bool,
}

impl Turn {
    fn begins(&mut self) {
        self.shared.underway.rounds.begins(self.name);
        self.has_begun = true;
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        match self.has_begun {
            true => self.shared.underway.rounds.ends(self.name),
            false => self.shared.underway.rounds.is_off(self.name),
        }
    }
}

async fn ask(shared: &Arc<Shared>, rpc: &'static Rpc) -> Result<List, CallError> {
    let method = shared.schema.method(rpc);
    let mut call = Call::new(shared, Caller::NOBODY, method, empty(&method.request));
    let answer = Box::pin(call.run()).await?;
    let by = call.done.get().copied();
    let is_long = has_long_lists(&answer);
    let message = shared
        .underway
        .aside
        .work(Some(Caller::NOBODY.bot), is_long, move || Bytes::from(answer.encode_to_vec()))
        .await;
    Ok(List { message, by })
}
