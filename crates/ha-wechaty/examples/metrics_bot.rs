//! A bot with its own metrics: what it hears and says, by account, for Prometheus.
//!
//! `cargo run -p ha-wechaty --example metrics_bot -- north=insecure_north@127.0.0.1:18801 …`, then
//! `curl http://127.0.0.1:9100/metrics`

use std::sync::Arc;

use axum::{Router, extract::State, http::StatusCode, routing::get};
use ha_wechaty::{Builder, config::ConfigError, prelude::*};
use prometheus_client::{
    encoding::{EncodeLabelSet, text::encode},
    metrics::{counter::Counter, family::Family, gauge::Gauge},
    registry::Registry,
};

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Heard {
    account: String,
    kind: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Said {
    account: String,
    outcome: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Name {
    account: String,
}

/// What is counted.
pub(crate) struct Metrics {
    registry: Registry,
    heard: Family<Heard, Counter>,
    said: Family<Said, Counter>,
    available: Family<Name, Gauge>,
}

impl Metrics {
    pub(crate) fn new() -> Arc<Self> {
        let (heard, said, available) = (Family::default(), Family::default(), Family::default());
        let mut registry = Registry::with_prefix("bot");
        registry.register("heard", "Messages, by the account that saw them first", heard.clone());
        registry.register("said", "Answers, by account and by what became of them", said.clone());
        registry.register("available", "Whether an account works", available.clone());
        Arc::new(Self { registry, heard, said, available })
    }

    fn count(&self, answered: &Result<Sent, Error>) {
        let (account, outcome) = match answered {
            Ok(sent) => (sent.account.clone(), "sent"),
            Err(error) => (
                error.account().unwrap_or_default().to_owned(),
                match error.was_sent() {
                    WasSent::Never => "not-sent",
                    WasSent::Maybe => "unsure",
                },
            ),
        };
        self.said.get_or_create(&Said { account, outcome }).inc();
    }
}

pub(crate) fn bot(team: Builder, metrics: &Arc<Metrics>) -> Result<HaWechaty, ConfigError> {
    let ha = team.name("metrics-bot").build()?;
    let counts = metrics.clone();
    ha.on_account_change(move |change| {
        let is_available = i64::from(change.to == Standing::Available);
        counts.available.get_or_create(&Name { account: change.account }).set(is_available);
        std::future::ready(())
    });
    let counts = metrics.clone();
    ha.on_message(move |message| {
        let counts = counts.clone();
        async move {
            let account = message.account().unwrap_or_default();
            counts.heard.get_or_create(&Heard { account, kind: format!("{:?}", message.kind()) }).inc();
            if message.text() == "ding" && !message.is_self() {
                counts.count(&message.reply("dong").await);
            }
        }
    });
    Ok(ha)
}

/// Where Prometheus looks.
pub(crate) fn page(metrics: Arc<Metrics>) -> Router {
    Router::new().route("/metrics", get(show)).with_state(metrics)
}

async fn show(State(metrics): State<Arc<Metrics>>) -> Result<String, (StatusCode, String)> {
    let mut text = String::new();
    encode(&mut text, &metrics.registry)
        .map_err(|error| (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()))?;
    Ok(text)
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let metrics = Metrics::new();
    let ha = bot(HaWechaty::from_env().account_args(std::env::args().skip(1)), &metrics)?;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:9100").await?;
    tokio::spawn(axum::serve(listener, page(metrics)).into_future());
    ha.run().await?;
    Ok(())
}
