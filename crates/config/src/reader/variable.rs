//! The environment's variable of a key.

/// What all of them begin with.
pub const PREFIX: &str = "HA_WECHATY_";

/// Variables of others that may hold what only we are to know: with what the collector of traces takes them.
pub const WITHHELD: [&str; 2] = ["OTEL_EXPORTER_OTLP_HEADERS", "OTEL_EXPORTER_OTLP_TRACES_HEADERS"];

/// `HA_WECHATY_GATEWAY_LISTEN` for `gateway.listen`.
pub(crate) fn variable_of(key: &str) -> String {
    format!("{PREFIX}{}", key.replace('.', "_").to_uppercase())
}
