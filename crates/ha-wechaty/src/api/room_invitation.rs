//! An invitation into a room.

use std::{
    fmt,
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use ha_wechaty_core::{ClientId, rpc};
use ha_wechaty_wire::puppet;

use super::{client::Client, contact::Contact, error::Error};

/// An invitation into a room. It belongs to the account that was invited.
///
/// ```
/// use ha_wechaty::prelude::*;
///
/// async fn consider(invitation: RoomInvitation) -> Result<(), Error> {
///     if invitation.topic().contains("developers") && invitation.inviter().is_friend().await? {
///         invitation.accept().await?;
///     }
///     Ok(())
/// }
/// ```
#[derive(Clone)]
pub struct RoomInvitation {
    client: Client,
    told: Arc<puppet::RoomInvitationPayloadResponse>,
}

impl RoomInvitation {
    pub(super) async fn read(client: &Client, stream: Option<ClientId>, id: &str) -> Result<Self, Error> {
        let request = puppet::RoomInvitationPayloadRequest { id: id.to_owned(), ..Default::default() };
        let rpc = rpc::ROOM_INVITATION_PAYLOAD;
        let (told, _) =
            client.call_from::<puppet::RoomInvitationPayloadResponse>(stream, rpc, &request).await?;
        Ok(Self { client: client.clone(), told: Arc::new(told) })
    }

    /// Its id, by which it can be loaded again, after a restart too.
    pub fn id(&self) -> &str {
        &self.told.id
    }

    /// The account that was invited.
    pub fn account(&self) -> Option<String> {
        self.client.name(self.client.owner_of(self.id())?)
    }

    /// Who invites.
    pub fn inviter(&self) -> Contact {
        Contact::new(self.client.clone(), self.told.inviter_id.as_str(), None)
    }

    /// What the room is called.
    pub fn topic(&self) -> &str {
        &self.told.topic
    }

    /// How many are in it.
    pub fn member_count(&self) -> usize {
        usize::try_from(self.told.member_count).unwrap_or_default()
    }

    /// Those who are in it and known.
    pub fn members(&self) -> Vec<Contact> {
        let members = self.told.member_ids.iter();
        members.map(|id| Contact::new(self.client.clone(), id.as_str(), None)).collect()
    }

    /// When it came.
    pub fn at(&self) -> SystemTime {
        let time = self.told.receive_time.unwrap_or_default();
        UNIX_EPOCH + Duration::from_secs(u64::try_from(time.seconds).unwrap_or_default())
    }

    /// How long ago that was.
    pub fn age(&self) -> Duration {
        self.at().elapsed().unwrap_or_default()
    }

    /// Accepts it: the account that was invited comes into the room.
    ///
    /// # Errors
    /// It could not, or is away, or nobody knows ([`Error::was_sent`]).
    pub async fn accept(&self) -> Result<(), Error> {
        let request = puppet::RoomInvitationAcceptRequest { id: self.id().to_owned() };
        let rpc = rpc::ROOM_INVITATION_ACCEPT;
        self.client.call::<puppet::RoomInvitationAcceptResponse>(rpc, &request).await.map(drop)
    }
}

impl fmt::Debug for RoomInvitation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RoomInvitation({})", self.id())
    }
}
