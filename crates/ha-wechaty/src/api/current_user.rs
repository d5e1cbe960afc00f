//! Whom the team is to everybody.

use std::ops::Deref;

use ha_wechaty_core::{Rpc, rpc};
use ha_wechaty_wire::puppet;

use super::{client::Client, contact::Contact, error::Error, file::File};

/// The team itself, as a contact. What is changed here is changed at every account.
///
/// ```
/// use ha_wechaty::prelude::*;
/// # use ha_wechaty_sim::World;
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let world = World::new(1);
/// # let person = world.person("alice");
/// # let north = world.phone("north").serve().await?;
/// # world.befriend(&person, &north);
/// # let sim_room = world.room("ding room", &[&person, &north]);
/// # let ha = HaWechaty::builder()
/// #     .account(Account::service("insecure_north").endpoint(north.addr()).name("north"))
/// #     .build()?;
/// # ha.start().await?;
/// let me = ha.current_user();
/// me.set_signature("one of several").await?;
/// println!("add me: {}", me.qr_code().await?);
/// assert!(me.is_self());
/// # ha.stop().await;
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContactSelf {
    contact: Contact,
}

impl ContactSelf {
    pub(super) fn new(client: Client) -> Self {
        let id = client.self_id().to_owned();
        Self { contact: Contact::new(client, id, None) }
    }

    /// The text of the QR code by which people add the account that shows it.
    ///
    /// # Errors
    /// No account is there.
    pub async fn qr_code(&self) -> Result<String, Error> {
        let request = puppet::ContactSelfQrCodeRequest {};
        let told: puppet::ContactSelfQrCodeResponse =
            self.contact.client().call(rpc::CONTACT_SELF_QR_CODE, &request).await?;
        Ok(told.qrcode)
    }

    /// Calls itself so.
    ///
    /// # Errors
    /// No account did it.
    pub async fn set_name(&self, name: impl Into<String>) -> Result<(), Error> {
        let request = puppet::ContactSelfNameRequest { name: name.into() };
        self.change::<puppet::ContactSelfNameResponse>(rpc::CONTACT_SELF_NAME, &request).await
    }

    /// Says so of itself.
    ///
    /// # Errors
    /// No account did it.
    pub async fn set_signature(&self, signature: impl Into<String>) -> Result<(), Error> {
        let request = puppet::ContactSelfSignatureRequest { signature: signature.into() };
        self.change::<puppet::ContactSelfSignatureResponse>(rpc::CONTACT_SELF_SIGNATURE, &request).await
    }

    /// Takes this picture.
    ///
    /// # Errors
    /// No account did it.
    pub async fn set_avatar(&self, picture: File) -> Result<(), Error> {
        let shared = self.contact.client().shared()?;
        let lent = picture.lend(&shared.transit.spool).await?;
        let request = puppet::ContactAvatarRequest {
            id: self.contact.id().to_owned(),
            file_box: Some(lent.json()),
            ..Default::default()
        };
        self.change::<puppet::ContactAvatarResponse>(rpc::CONTACT_AVATAR, &request).await
    }

    async fn change<A: prost::Message + Default>(
        &self,
        rpc: &'static Rpc,
        request: &impl prost::Message,
    ) -> Result<(), Error> {
        let changed = self.contact.client().call::<A>(rpc, request).await.map(drop);
        self.contact.forget();
        changed
    }
}

impl Deref for ContactSelf {
    type Target = Contact;

    fn deref(&self) -> &Contact {
        &self.contact
    }
}
