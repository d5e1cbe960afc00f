//! What became of something that was said.

use super::{client::Client, contact::some, error::Error, ha::load, message::Message};
use crate::call::{Done, How};

/// What became of something that was said: it is out.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Sent {
    /// Its id; none if the provider gives none for what was sent.
    pub id: Option<String>,
    /// The account that said it.
    pub account: String,
    /// How that is known.
    pub how: How,
    client: Client,
}

impl Sent {
    pub(super) fn new(client: &Client, id: String, done: Done) -> Self {
        let account = client.name(done.by).unwrap_or_default();
        Self { id: some(id), account, how: done.how, client: client.clone() }
    }

    /// The message that it became; none if the provider gives no id for it.
    ///
    /// # Errors
    /// The account that said it is away, and nobody else saw it.
    pub async fn message(&self) -> Result<Option<Message>, Error> {
        match &self.id {
            Some(id) => load(Message::read(&self.client, None, id).await),
            None => Ok(None),
        }
    }

    /// Takes it back; false if the account could not.
    ///
    /// # Errors
    /// The provider gives no id for it, or the account that said it is away.
    pub async fn recall(&self) -> Result<bool, Error> {
        let Some(id) = &self.id else {
            return Err(Error::invalid("what has no id can't be taken back: its provider gives none"));
        };
        super::message::recall(&self.client, id).await
    }
}
