//! Tags that the account gives to contacts.

use ha_wechaty_wire::puppet as p;
use tonic::Status;

use super::Service;

impl Service {
    pub(super) fn tag_contact_add(
        &self,
        request: p::TagContactAddRequest,
    ) -> Result<p::TagContactAddResponse, Status> {
        self.act(|state, me| {
            state.account_mut(me)?.tags.entry(request.id).or_default().insert(request.contact_id);
            Ok(p::TagContactAddResponse {})
        })
    }

    pub(super) fn tag_contact_remove(
        &self,
        request: p::TagContactRemoveRequest,
    ) -> Result<p::TagContactRemoveResponse, Status> {
        self.act(|state, me| {
            if let Some(tagged) = state.account_mut(me)?.tags.get_mut(&request.id) {
                tagged.remove(&request.contact_id);
            }
            Ok(p::TagContactRemoveResponse {})
        })
    }

    pub(super) fn tag_contact_delete(
        &self,
        request: p::TagContactDeleteRequest,
    ) -> Result<p::TagContactDeleteResponse, Status> {
        self.act(|state, me| {
            state.account_mut(me)?.tags.remove(&request.id);
            Ok(p::TagContactDeleteResponse {})
        })
    }

    /// The tags of one contact, or all. (The stock server forgets to send those of one contact; an account
    /// behind another server does not, so neither do we.)
    pub(super) fn tag_contact_list(
        &self,
        request: p::TagContactListRequest,
    ) -> Result<p::TagContactListResponse, Status> {
        self.look(|state, me| {
            let tags = state.account(me)?.tags.iter();
            let of = |tagged: &std::collections::BTreeSet<String>| {
                request.contact_id.is_empty() || tagged.contains(&request.contact_id)
            };
            let ids = tags.filter(|(_, tagged)| of(tagged)).map(|(tag, _)| tag.clone()).collect();
            Ok(p::TagContactListResponse { ids })
        })
    }
}
