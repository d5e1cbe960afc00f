//! The environment's variable of a key.

/// What all of them begin with.
pub const PREFIX: &str = "HA_WECHATY_";

/// `HA_WECHATY_GATEWAY_LISTEN` for `gateway.listen`.
pub(crate) fn variable_of(key: &str) -> String {
    format!("{PREFIX}{}", key.replace('.', "_").to_uppercase())
}
