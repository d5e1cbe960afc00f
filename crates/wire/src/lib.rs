//! The Wechaty puppet protocol as types; it must never connect, listen, route or decide.
//!
//! | module | what it holds |
//! |---|---|
//! | [`puppet`] | the generated gRPC types of `proto/`; `puppet_client`, `puppet_server` with the features `client`, `server` |
//! | [`event`] | the JSON payloads of the event stream |
//! | [`message_type`] | the numbers that message types really have on the wire |
//! | [`file_box`] | FileBox JSON: how a file travels inside a field |
//! | [`text`] | text of peers whose strings may hold half a character |
//! | [`token`] | tokens, and the two ways in which a call carries one |
//! | [`tls`] | the community's TLS identity, for servers and clients |
//! | [`proxy`] | a proxy between us and a peer |

pub mod event;
pub mod file_box;
pub mod message_type;
pub mod proxy;
pub mod text;
pub mod tls;
pub mod token;

pub use event::PuppetEvent;
pub use file_box::FileBox;
pub use message_type::MessageType;
pub use proxy::Proxy;
pub use token::{NoToken, Token};

pub use generated::puppet;
#[cfg(feature = "client")]
pub use generated::puppet_client;
#[cfg(feature = "server")]
pub use generated::puppet_server;

/// The name of the gRPC service, as it stands in a call's path.
pub const SERVICE: &str = "wechaty.Puppet";

/// The compiled descriptors of our `.proto` files (`google.protobuf.FileDescriptorSet`), for reflection.
pub const DESCRIPTORS: &[u8] = include_bytes!("generated/wechaty.bin");

#[allow(
    missing_docs,
    unreachable_pub,
    deprecated,
    clippy::all,
    clippy::wildcard_imports,
    clippy::needless_pass_by_value,
    clippy::redundant_closure_for_method_calls
)]
mod generated {
    include!("generated/wechaty.rs");
    pub mod puppet {
        include!("generated/wechaty.puppet.rs");
    }
}
