//! Puppets of npm that run here, each in a Node process of its own: the crate `ha-wechaty-host`.

pub use ha_wechaty_host::{HostError, Program, Progress};

pub use ha_wechaty_config::catalogue;
