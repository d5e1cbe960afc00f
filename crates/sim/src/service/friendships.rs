//! Friend requests, both ways, and searches.

use ha_wechaty_wire::puppet as p;
use tonic::Status;

use super::Service;
use crate::state::{ContactCard, Refusal};

impl Service {
    pub(super) fn friendship_payload(
        &self,
        request: p::FriendshipPayloadRequest,
    ) -> Result<p::FriendshipPayloadResponse, Status> {
        self.look(|state, me| {
            let card = state.account(me)?.friendships.get(&request.id);
            let card = card.ok_or_else(|| Refusal::new(format!("no friendship {}", request.id)))?;
            Ok(p::FriendshipPayloadResponse {
                contact_id: card.contact_id.clone(),
                hello: card.hello.clone(),
                r#type: card.kind.into(),
                stranger: format!("v1_{}", card.contact_id),
                ticket: format!("v2_{}", request.id),
                scene: card.scene.into(),
                id: request.id,
            })
        })
    }

    pub(super) fn friendship_search_phone(
        &self,
        request: p::FriendshipSearchPhoneRequest,
    ) -> Result<p::FriendshipSearchPhoneResponse, Status> {
        let contact_id = self.search(|card| card.number == request.phone)?;
        Ok(p::FriendshipSearchPhoneResponse { contact_id, ..Default::default() })
    }

    pub(super) fn friendship_search_weixin(
        &self,
        request: p::FriendshipSearchHandleRequest,
    ) -> Result<p::FriendshipSearchHandleResponse, Status> {
        self.friendship_search_handle(request)
    }

    pub(super) fn friendship_search_handle(
        &self,
        request: p::FriendshipSearchHandleRequest,
    ) -> Result<p::FriendshipSearchHandleResponse, Status> {
        let contact_id = self.search(|card| card.handle == request.weixin)?;
        Ok(p::FriendshipSearchHandleResponse { contact_id, ..Default::default() })
    }

    pub(super) fn friendship_add(
        &self,
        request: p::FriendshipAddRequest,
    ) -> Result<p::FriendshipAddResponse, Status> {
        self.act(|state, me| {
            if !state.visible(me, &request.contact_id) {
                return Err(Refusal::new(format!("no contact {}", request.contact_id)));
            }
            state.request_friendship(me, &request.contact_id, &request.hello)?;
            Ok(p::FriendshipAddResponse {})
        })
    }

    pub(super) fn friendship_accept(
        &self,
        request: p::FriendshipAcceptRequest,
    ) -> Result<p::FriendshipAcceptResponse, Status> {
        self.act(|state, me| {
            state.accept_friendship(me, &request.id)?;
            Ok(p::FriendshipAcceptResponse {})
        })
    }

    /// Whoever is found can be looked at from then on. Nobody: an empty id.
    fn search(&self, is_it: impl Fn(&ContactCard) -> bool) -> Result<String, Status> {
        self.act(|state, me| {
            let found = state.contacts.values().find(|card| !card.official && is_it(card));
            let Some(id) = found.map(|card| card.id.clone()) else { return Ok(String::new()) };
            state.account_mut(me)?.found.insert(id.clone());
            Ok(id)
        })
    }
}
