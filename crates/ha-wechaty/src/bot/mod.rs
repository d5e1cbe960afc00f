//! The bot side: the gRPC services that bots connect to, and their event streams.
//!
//! | module | what it holds |
//! |---|---|
//! | [`service`] | `wechaty.Puppet`, every RPC through one door: who calls, what, and by which strategy |
//! | [`origin`] | whose stream a call is about |
//! | [`stream`] | one bot's event stream |
//! | [`pulse`] | its heartbeats |
//! | [`tokens`] | which bot has which token |
//! | [`streams`] | all open streams, to deliver to |
//! | [`unread`] | what a stream has not taken yet, and what all of them have not |
//! | [`words`] | events as bots read them |

mod origin;
mod pulse;
mod service;
mod stream;
mod streams;
mod tokens;
mod unread;
mod words;

pub(crate) use origin::Origin;
pub(crate) use service::PuppetService;
pub(crate) use stream::listen;
pub(crate) use streams::{Ending, Streams};
pub(crate) use tokens::Tokens;
