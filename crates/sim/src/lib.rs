//! A simulated WeChat, several phones of it served over the real Wechaty puppet protocol; it must never be
//! linked into `serve`.
//!
//! A [`World`] has people, rooms, an official account that answers `dong` to `ding`, and [`Phone`]s: our
//! accounts, each a puppet service of its own on a port of the loopback, with community TLS or plaintext,
//! its token, its one event stream and its RPCs, those of the community and those of the fork that lives. Contact and room ids are the same for everybody; each
//! phone has its own ids for messages, as in WeChat. What people saw is in the [`Ledger`]; what goes wrong
//! is a [`Fault`].
//!
//! ```
//! use ha_wechaty_sim::{Fault, World};
//! use ha_wechaty_wire::{puppet::{EventRequest, MessageSendTextRequest, StartRequest}, puppet_client::PuppetClient};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let world = World::new(42);
//! let alice = world.person("alice");
//! let north = world.phone("north").token("insecure_north").tls(false).serve().await?;
//! let room = world.room("ding room", &[&alice, &north]);
//!
//! // Any client of a puppet service can connect to `north.addr()`; plaintext has the token as authority.
//! let channel = tonic::transport::Endpoint::from_shared(format!("http://{}", north.addr()))?
//!     .origin("http://insecure_north".parse()?)
//!     .connect()
//!     .await?;
//! let mut bot = PuppetClient::new(channel);
//! let mut events = bot.event(EventRequest::default()).await?.into_inner();
//! bot.start(StartRequest {}).await?;
//! assert!(events.message().await?.is_some(), "a heartbeat; then login, ready, and what is said");
//!
//! alice.says(&room, "ding");
//! let answer = MessageSendTextRequest {
//!     conversation_id: room.id().into(),
//!     text: "dong".into(),
//!     ..Default::default()
//! };
//! bot.message_send_text(answer).await?;
//! assert_eq!(world.ledger().times(room.id(), "dong"), 1);
//! assert_eq!(alice.seen()[0].text(), Some("dong"));
//!
//! north.fail(Fault::Drop);
//! world.until(|| !north.is_streaming()).await;
//! north.restore().await?;
//! # Ok(())
//! # }
//! ```

mod content;
mod ledger;
mod person;
mod phone;
mod room;
mod service;
mod state;
mod world;

pub use content::{Attachment, Content, FileSource};
pub use ledger::{Delivered, Ledger, WorldMessage};
pub use person::{Addressee, Participant, Person, Spoken};
pub use phone::{Fault, Phone, PhoneBuilder, PhoneGeneration, RpcSelection};
pub use room::GroupChat;
pub use state::OFFICIAL;
pub use world::World;
