//! What the operator's configuration says of every call: how long it may take, how large its messages may be, and which
//! words of a puppet mean what.

use std::{sync::Arc, time::Duration};

use arc_swap::ArcSwap;
use ha_wechaty_config::{CallsConfig, Config, HealthConfig};
use tonic::{Code, Status};

/// The limits of calls.
#[derive(Debug)]
pub struct Limits {
    /// How long one attempt of a call may take.
    pub calls: CallsConfig,
    /// The largest message of the protocol, in bytes.
    pub max_message: usize,
    words: ArcSwap<Words>,
}

/// By which words a puppet is known to refuse.
#[derive(Debug)]
struct Words {
    throttle: Vec<String>,
    unreachable: Vec<String>,
}

impl Words {
    fn new(config: &Config) -> Self {
        let HealthConfig { throttle_words, unreachable_words, .. } = &config.health;
        Self { throttle: throttle_words.clone(), unreachable: unreachable_words.clone() }
    }
}

impl Limits {
    /// As the operator wants them.
    pub fn new(config: &Config) -> Self {
        Self {
            calls: config.calls.clone(),
            max_message: usize::try_from(config.gateway.max_message.as_u64()).unwrap_or(usize::MAX),
            words: ArcSwap::from_pointee(Words::new(config)),
        }
    }

    /// What puppets say means from now on what another configuration says.
    pub(super) fn follow(&self, config: &Config) {
        self.words.store(Arc::new(Words::new(config)));
    }

    /// A message over the limit is refused in numbers only; this says which key sets the limit.
    pub fn explain_size(&self, status: Status) -> Status {
        if status.code() != Code::OutOfRange || !status.message().contains("too large") {
            return status;
        }
        let max = self.max_message;
        Status::out_of_range(format!("{} (gateway.max_message = {max} bytes)", status.message()))
    }

    /// Whether WeChat's own words say that it was too much.
    pub fn is_throttled(&self, status: &Status) -> bool {
        is_said(&self.words.load().throttle, status)
    }

    /// Whether the words say that the account does not reach the conversation.
    pub fn is_unreachable(&self, status: &Status) -> bool {
        is_said(&self.words.load().unreachable, status)
    }

    /// Whether these are words by which a puppet is known to refuse.
    pub fn is_known(&self, status: &Status) -> bool {
        self.is_throttled(status) || self.is_unreachable(status)
    }

    /// How long one attempt of a call may take.
    pub fn deadline(&self, idempotent: bool, file: bool) -> Duration {
        match (file, idempotent) {
            (true, _) => self.calls.file,
            (_, true) => self.calls.read,
            _ => self.calls.send,
        }
    }
}

fn is_said(any: &[String], status: &Status) -> bool {
    any.iter().any(|words| status.message().contains(words.as_str()))
}
