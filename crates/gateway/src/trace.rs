//! The span of a call, within the trace that its bot has begun, if it has.

use ha_wechaty_team::trace::call;
use http::HeaderMap;
use tracing::Span;

/// The span of a call of this bot. `traceparent` among what the bot says beside it (W3C Trace Context) names the trace that it
/// belongs to.
pub(crate) fn span(rpc: &str, bot: &str, headers: &HeaderMap) -> Span {
    let span = call(rpc);
    if !span.is_disabled() {
        span.record("bot", bot);
        join(&span, headers);
    }
    span
}

#[cfg(feature = "otlp")]
fn join(span: &Span, headers: &HeaderMap) {
    use opentelemetry::{global::get_text_map_propagator, propagation::Extractor};
    use tracing_opentelemetry::OpenTelemetrySpanExt as _;

    struct Headers<'a>(&'a HeaderMap);

    impl Extractor for Headers<'_> {
        fn get(&self, key: &str) -> Option<&str> {
            self.0.get(key)?.to_str().ok()
        }

        fn keys(&self) -> Vec<&str> {
            self.0.keys().map(http::HeaderName::as_str).collect()
        }
    }

    let parent = get_text_map_propagator(|propagator| propagator.extract(&Headers(headers)));
    if let Err(error) = span.set_parent(parent) {
        tracing::debug!(%error, "a call is not part of its bot's trace");
    }
}

#[cfg(not(feature = "otlp"))]
fn join(_: &Span, _: &HeaderMap) {}
