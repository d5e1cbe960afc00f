//! Traces of calls, handed to a collector by OTLP over HTTP. That is done aside: nothing of it keeps a call waiting, and what is too
//! much is left out.

use ha_wechaty_config::TraceConfig;
use tokio::runtime::Handle;

#[cfg(feature = "otlp")]
mod export;

#[cfg(feature = "otlp")]
pub(super) use export::Traces;

/// This program was built without them.
#[cfg(not(feature = "otlp"))]
#[derive(Debug)]
pub(super) enum Traces {}

#[cfg(not(feature = "otlp"))]
impl Traces {
    /// Says so, if they are asked for.
    pub(super) fn new(config: &TraceConfig, _: &Handle) -> Result<Option<Self>, String> {
        match config.endpoint {
            None => Ok(None),
            Some(_) => Err(String::from(
                "trace.endpoint: this program was built without traces; build it with the feature otlp, or leave the key out",
            )),
        }
    }

    pub(super) fn layer(&self) -> tracing_subscriber::layer::Identity {
        match *self {}
    }

    pub(super) async fn outcome(&mut self) -> bool {
        match *self {}
    }

    pub(super) async fn end(self) {
        match self {}
    }
}

/// What is to be traced, and where it goes; nothing if nobody collects it.
pub(super) fn begin(config: &TraceConfig, handle: &Handle) -> Result<Option<Traces>, String> {
    Traces::new(config, handle)
}

/// Waits for the next batch that was taken, or was not.
pub(super) async fn outcome(traces: &mut Option<Traces>) -> bool {
    match traces {
        Some(traces) => traces.outcome().await,
        None => std::future::pending().await,
    }
}
