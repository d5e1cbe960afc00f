//! What became of something that was said.

use ha_wechaty_core::AccountId;

use super::{client::Client, error::Error, ha::load, message::Message};

/// What became of something that was said: it is out.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Sent {
    /// Its id; none if the provider gives none for what was sent.
    pub id: Option<String>,
    /// The account that said it.
    pub account: String,
    client: Client,
}

impl Sent {
    pub(super) fn new(client: Client, id: String, by: Option<AccountId>) -> Self {
        let shared = client.shared().ok();
        // One that a witness saw was said by the account whose message it is.
        let owner = || shared.as_ref()?.with_identity(|it| it.untag(&id).map(|(account, _)| account));
        let account = by.or_else(owner).and_then(|account| client.name(account)).unwrap_or_default();
        Self { id: Some(id).filter(|id| !id.is_empty()), account, client }
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
