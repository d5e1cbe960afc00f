//! A request to be friends, or the news that somebody has become one.

use std::{fmt, sync::Arc};

use ha_wechaty_core::{ClientId, rpc};
use ha_wechaty_wire::puppet::{self, FriendshipType};

use super::{client::Client, contact::Contact, error::Error};

/// A request to be friends, or the news that somebody has become one. It belongs to one account.
///
/// ```
/// use ha_wechaty::prelude::*;
///
/// async fn answer(friendship: Friendship) -> Result<(), Error> {
///     if friendship.kind() == FriendshipKind::Receive && friendship.hello() == "ding" {
///         friendship.accept().await?;
///         friendship.contact().say("nice to meet you").await?;
///     }
///     Ok(())
/// }
/// ```
#[derive(Clone)]
pub struct Friendship {
    client: Client,
    told: Arc<puppet::FriendshipPayloadResponse>,
}

/// What a [`Friendship`] is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum FriendshipKind {
    /// The provider does not say.
    #[default]
    Unknown,
    /// Somebody has become a friend.
    Confirm,
    /// Somebody asks to be one.
    Receive,
    /// Somebody wants to be asked first.
    Verify,
    /// The account has ended it.
    Deleted,
    /// The other one has ended it.
    Removed,
}

impl Friendship {
    pub(super) async fn read(client: &Client, stream: Option<ClientId>, id: &str) -> Result<Self, Error> {
        let request = puppet::FriendshipPayloadRequest { id: id.to_owned(), ..Default::default() };
        let (told, _) = client
            .call_from::<puppet::FriendshipPayloadResponse>(stream, rpc::FRIENDSHIP_PAYLOAD, &request)
            .await?;
        Ok(Self { client: client.clone(), told: Arc::new(told) })
    }

    /// Its id, by which it can be loaded again, after a restart too.
    pub fn id(&self) -> &str {
        &self.told.id
    }

    /// The account that was asked.
    pub fn account(&self) -> Option<String> {
        self.client.name(self.client.owner_of(self.id())?)
    }

    /// What it is.
    pub fn kind(&self) -> FriendshipKind {
        match self.told.r#type() {
            FriendshipType::Unspecified => FriendshipKind::Unknown,
            FriendshipType::Confirm => FriendshipKind::Confirm,
            FriendshipType::Receive => FriendshipKind::Receive,
            FriendshipType::Verify => FriendshipKind::Verify,
            FriendshipType::Delete => FriendshipKind::Deleted,
            FriendshipType::Removed => FriendshipKind::Removed,
        }
    }

    /// Who it is about.
    pub fn contact(&self) -> Contact {
        Contact::new(self.client.clone(), self.told.contact_id.as_str(), self.client.owner_of(self.id()))
    }

    /// What they said with it.
    pub fn hello(&self) -> &str {
        &self.told.hello
    }

    /// Accepts the request.
    ///
    /// # Errors
    /// The account that was asked could not, or is away, or nobody knows ([`Error::was_sent`]).
    pub async fn accept(&self) -> Result<(), Error> {
        let request = puppet::FriendshipAcceptRequest { id: self.id().to_owned() };
        let accepted =
            self.client.call::<puppet::FriendshipAcceptResponse>(rpc::FRIENDSHIP_ACCEPT, &request).await;
        self.contact().forget();
        accepted.map(drop)
    }
}

impl fmt::Debug for Friendship {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Friendship({}, {:?})", self.id(), self.kind())
    }
}
