//! Files that come in pieces, a message each: whatever size a client gives them, they flow.

use std::sync::Arc;

use bytes::Bytes;
use ha_wechaty_core::BotId;
use tonic::{Status, body::Body};

use super::{
    message::{Coming, Sink},
    source::{Head, Source},
};
use crate::state::{
    budget::Budget,
    transit::{Transit, Writer, full},
};

/// What may stand beside the file in a message, in bytes: a name, and whom it is for.
const KEPT: usize = 16 * 1024;

/// The messages of a request.
#[derive(Debug)]
pub struct Chunks {
    source: Source,
    budget: Arc<Budget>,
    bot: BotId,
}

impl Chunks {
    /// Reads a body as pieces of a file.
    pub fn new(transit: &Transit, bot: BotId, body: Body) -> Self {
        let source = Source::new(body, transit.limits.calls.file);
        Self { source, budget: transit.requests.clone(), bot }
    }

    /// The next message without the field that `path` leads to, by numbers: that was written to the file.
    pub async fn next(&mut self, path: &[u32], file: &mut Writer<'_>) -> Result<Option<Vec<u8>>, Status> {
        let Some(Head { is_compressed, length }) = self.source.head().await? else { return Ok(None) };
        if is_compressed {
            return Err(Status::internal(
                "a message says that it is compressed, and grpc-encoding does not say how",
            ));
        }
        let held = self.budget.held(self.bot);
        let message = Coming { source: &mut self.source, left: length, held: &held };
        let kept = message.divert(path, file).await?;
        if kept.len() > KEPT {
            return Err(Status::invalid_argument("a piece of a file has more beside the file than a name"));
        }
        Ok(Some(kept))
    }
}

impl Sink for Writer<'_> {
    fn begins(&mut self) -> Result<(), Status> {
        Ok(())
    }

    async fn takes(&mut self, bytes: Bytes) -> Result<(), Status> {
        self.write(&bytes).await.map_err(|error| full(&error))
    }
}
