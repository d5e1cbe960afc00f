//! What an operator can set: the types, their defaults, and how a file, the environment and flags become them.
//!
//! It is the crate `ha-wechaty-config`.

pub use ha_wechaty_config::{
    Account, AccountTls, Admin, Allowance, Backoff, BadEndpoint, BadPackage, Bot, BotMode, ByteSize, Calls,
    Config, ConfigError, Delivery, Dialect, Discovery, Door, Draft, EjectionRule, Endpoint, Environment,
    Files, Gateway, GatewayTls, Health, Host, Hosted, Ids, Library, Limit, Memory, Pace, Package, PemFile,
    Place, Policy, Problem, Provider, PuppetOptions, Recall, Reconnect, Secret, Service, Team, Variable,
    Vigil, WhenUnsure,
};
