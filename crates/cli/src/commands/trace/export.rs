//! The way to the collector.

use std::{
    fmt,
    future::Future,
    pin::Pin,
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use bytes::Bytes;
use ha_wechaty_config::TraceConfig;
use ha_wechaty_team::trace::TARGET;
use ha_wechaty_transport::client::{Question, post};
use ha_wechaty_wire::tls::Trust;
use http::{Request, Response, Uri};
use opentelemetry::{global, trace::TracerProvider as _};
use opentelemetry_http::{HttpClient, HttpError};
use opentelemetry_otlp::{Protocol, SpanExporter, WithExportConfig as _, WithHttpConfig as _};
use opentelemetry_sdk::{
    Resource,
    propagation::TraceContextPropagator,
    trace::{BatchConfigBuilder, BatchSpanProcessor, Sampler, SdkTracerProvider},
};
use tokio::{runtime::Handle, sync::mpsc};
use tracing::{Subscriber, level_filters::LevelFilter};
use tracing_subscriber::{Layer, filter::Targets, registry::LookupSpan};

/// How long a batch may take.
const WITHIN: Duration = Duration::from_secs(5);
/// How often a batch is handed over.
const EVERY: Duration = Duration::from_secs(1);
/// How many spans wait at most; of more, the new ones are left out.
const QUEUE: usize = 8_192;
/// How long the last batch may take when the gateway ends.
const FAREWELL: Duration = Duration::from_secs(2);
/// An answer says which spans were refused.
const LONGEST: usize = 64 << 10;
/// So many outcomes wait to be counted.
const OUTCOMES: usize = 64;

/// Traces of calls, on their way to whoever collects them.
#[derive(Debug)]
pub(in super::super) struct Traces {
    provider: SdkTracerProvider,
    outcomes: mpsc::Receiver<bool>,
}

impl Traces {
    pub(super) fn new(config: &TraceConfig, handle: &Handle) -> Result<Option<Self>, String> {
        let Some(uri) = &config.endpoint else { return Ok(None) };
        let (told, outcomes) = mpsc::channel(OUTCOMES);
        let collector = Collector { handle: handle.clone(), told, is_down: AtomicBool::new(false) };
        let exporter = SpanExporter::builder()
            .with_http()
            .with_http_client(collector)
            .with_protocol(Protocol::HttpBinary)
            .with_endpoint(uri.to_string())
            .with_timeout(WITHIN)
            .build()
            .map_err(|error| format!("trace.endpoint: {error}"))?;
        let batches = BatchConfigBuilder::default().with_max_queue_size(QUEUE).with_scheduled_delay(EVERY);
        let processor = BatchSpanProcessor::builder(exporter).with_batch_config(batches.build()).build();
        let provider = SdkTracerProvider::builder()
            .with_span_processor(processor)
            .with_sampler(Sampler::ParentBased(Box::new(Sampler::TraceIdRatioBased(config.sample))))
            .with_resource(Resource::builder_empty().with_service_name(config.service_name.clone()).build())
            .build();
        // By what a bot says beside its calls.
        global::set_text_map_propagator(TraceContextPropagator::new());
        Ok(Some(Self { provider, outcomes }))
    }

    /// What takes the spans of calls, and no others.
    pub(in super::super) fn layer<S>(&self) -> impl Layer<S> + Send + Sync + use<S>
    where
        S: Subscriber + for<'a> LookupSpan<'a> + Send + Sync,
    {
        let tracer = self.provider.tracer(env!("CARGO_PKG_NAME"));
        let only = Targets::new().with_target(TARGET, LevelFilter::TRACE);
        let layer = tracing_opentelemetry::layer().with_tracer(tracer);
        // Where in this program a span begins is nobody's question.
        layer.with_location(false).with_threads(false).with_tracked_inactivity(false).with_filter(only)
    }

    /// Whether the next batch was taken.
    pub(super) async fn outcome(&mut self) -> bool {
        match self.outcomes.recv().await {
            Some(is_taken) => is_taken,
            // The exporter is gone, and counts no more.
            None => std::future::pending().await,
        }
    }

    /// Hands the last ones over.
    pub(in super::super) async fn end(self) {
        let Self { provider, outcomes: _ } = self;
        let ended = tokio::task::spawn_blocking(move || provider.shutdown_with_timeout(FAREWELL)).await;
        if let Ok(Err(error)) = ended {
            tracing::debug!(%error, "the last traces were not taken");
        }
    }
}

/// Whoever collects traces.
struct Collector {
    /// Who runs what speaks with it: batches are made in a thread of their own.
    handle: Handle,
    told: mpsc::Sender<bool>,
    is_down: AtomicBool,
}

impl fmt::Debug for Collector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Collector")
    }
}

impl Collector {
    async fn hand_over(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let (head, body) = request.into_parts();
        let at = place(&head.uri);
        let question = Question {
            uri: head.uri,
            headers: head.headers,
            body,
            trust: Trust::Public(Vec::new()),
            within: WITHIN,
            longest: LONGEST,
        };
        let answer = self.handle.spawn(post(question)).await?;
        let trouble = match &answer {
            Ok(answer) if answer.status.is_success() => None,
            Ok(answer) => Some(format!("it answers {}", answer.status)),
            Err(error) => Some(error.to_string()),
        };
        let was_down = self.is_down.swap(trouble.is_some(), Ordering::Relaxed);
        match &trouble {
            Some(why) if !was_down => tracing::warn!(
                "traces are lost: their collector at {at} does not take them ({why}); calls are not affected. Check \
                 trace.endpoint, or set it to \"off\""
            ),
            None if was_down => tracing::info!("traces are taken again by their collector at {at}"),
            Some(_) | None => {}
        }
        // What can't be counted now is not worth waiting for.
        let _ = self.told.try_send(trouble.is_none());
        let answer = answer?;
        Ok(Response::builder().status(answer.status).body(answer.body)?)
    }
}

impl HttpClient for Collector {
    fn send_bytes<'collector, 'sent>(
        &'collector self,
        request: Request<Bytes>,
    ) -> Pin<Box<dyn Future<Output = Result<Response<Bytes>, HttpError>> + Send + 'sent>>
    where
        'collector: 'sent,
        Self: 'sent,
    {
        Box::pin(self.hand_over(request))
    }
}

/// Where it is, without its path, in which there may be a key.
fn place(uri: &Uri) -> String {
    uri.authority().map_or_else(String::new, ToString::to_string)
}
