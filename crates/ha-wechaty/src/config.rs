//! What an operator can set: the types, their defaults, and how a file, the environment and flags become them.
//!
//! It is the crate `ha-wechaty-config`.

pub use ha_wechaty_config::{
    AccountConfig, AccountTls, AdminAddress, AdminConfig, AdminTls, Allowance, Backoff, BadEndpoint,
    BadNetwork, BadPackage, BotConfig, BotMode, ByteSize, CallsConfig, Channel, Config, ConfigError,
    DeliveryConfig, Dialect, DiscoveryConfig, Draft, EjectionRule, Endpoint, Environment, Files,
    GatewayConfig, GatewayTls, HealthConfig, HostConfig, Hosted, Ids, KeyConfig, KeyHash, Language,
    LibraryConfig, Limit, Mailbox, MemoryConfig, NotifyConfig, PaceConfig, Package, PemFile, Place, Policy,
    Problem, Provider, PuppetOptions, Recall, ReconnectConfig, Right, Robot, Secret, Service, Severity,
    StoreConfig, StorePlace, TeamConfig, Tokenless, Variable, Vigil, WhenUnsure,
};
