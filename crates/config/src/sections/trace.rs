//! Where traces of calls go: key `trace`.

use http::Uri;

use super::{Effect, Section};
use crate::reader::{Field, Form, FromField, Keys};

/// Where a collector of OpenTelemetry takes traces, below its address.
const PATH: &str = "/v1/traces";

/// Where traces of calls go. Key `trace`.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct TraceConfig {
    /// Who takes them by OTLP over HTTP, with the path; nobody, unless it is set.
    pub endpoint: Option<Uri>,
    /// What this gateway is called in them.
    pub service_name: String,
    /// Which part of the calls is traced, from 0 to 1. Of a bot that traces, those are that it traces itself.
    pub sample: f64,
}

impl Default for TraceConfig {
    fn default() -> Self {
        Self { endpoint: None, service_name: String::from("ha-wechaty"), sample: 1.0 }
    }
}

impl Section for TraceConfig {
    const EFFECT: Effect = Effect::AtNextStart;

    fn keys(&mut self, keys: &mut Keys<'_>) {
        let Self { endpoint, service_name, sample } = self;
        keys.set_as("endpoint", endpoint, |Collector(uri)| uri);
        keys.set("service_name", service_name);
        keys.set("sample", sample).within(0.0..=1.0);
    }
}

/// A collector's address, or `"off"`.
struct Collector(Option<Uri>);

impl FromField for Collector {
    const FORM: Form = Form::Text;

    fn from_field(field: &Field<'_>) -> Option<Self> {
        let text = field.text("http://127.0.0.1:4318")?;
        if text == "off" {
            return Some(Self(None));
        }
        let whole = match text.trim_end_matches('/') {
            bare if bare.matches('/').count() == 2 => format!("{bare}{PATH}"),
            _ => text.to_owned(),
        };
        let is_whole = |it: &Uri| {
            matches!(it.scheme_str(), Some("http" | "https"))
                && it.authority().is_some_and(|it| !it.host().is_empty() && !it.as_str().contains('@'))
        };
        // Behind a `#` it would be dropped, and what stands before that be taken for the host.
        let is_hidden = text.contains(['@', '#']);
        match whole.parse().ok().filter(|it| is_whole(it) && !is_hidden) {
            Some(uri) => Some(Self(Some(uri))),
            // There may be a password in it.
            None if is_hidden => field.refuse(
                "has a `#`, or a user or a password before its host, which are not taken (it is not shown); what the collector wants to \
                 be told stands in the variable OTEL_EXPORTER_OTLP_HEADERS",
            ),
            None => field.refuse(format!(
                "{text:?} is no address of a collector; write it like \"http://127.0.0.1:4318\", or \"off\""
            )),
        }
    }
}
