//! The official account's protocol, as functions of their arguments.
//!
//! | module | what it holds |
//! |---|---|
//! | `query` | what stands in a call's address |
//! | `signature` | the proof that WeChat calls |
//! | `xml` | the few fields of WeChat's XML, read and written |
//! | `message` | what somebody sent, and what is answered |
//! | `envelope` | messages of the encrypted modes |

mod envelope;
mod message;
mod query;
mod signature;
mod xml;

pub use crate::key::KeyError;
pub use envelope::{Envelope, EnvelopeError};
pub use message::{CallbackContent, CallbackId, CallbackMessage, Reply, Sealed};
pub use query::{Query, Timeliness};
pub use signature::{is_signed, sign};
pub use xml::{Fields, XmlError, XmlField, write};
