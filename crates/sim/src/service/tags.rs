//! Tags that the account gives to contacts: by their names, as the older RPCs do, and by ids of their own.

use ha_wechaty_wire::puppet as p;
use tonic::Status;

use super::Service;
use crate::state::{Account, Refusal, TagCard};

impl Service {
    pub(super) fn tag_contact_add(
        &self,
        request: p::TagContactAddRequest,
    ) -> Result<p::TagContactAddResponse, Status> {
        self.act(|state, me| {
            let name = request.id.clone();
            let tag = state.account_mut(me)?.tags.entry(request.id);
            tag.or_insert_with(|| TagCard { name, ..TagCard::default() }).contacts.insert(request.contact_id);
            Ok(p::TagContactAddResponse {})
        })
    }

    pub(super) fn tag_contact_remove(
        &self,
        request: p::TagContactRemoveRequest,
    ) -> Result<p::TagContactRemoveResponse, Status> {
        self.act(|state, me| {
            if let Some(tagged) = state.account_mut(me)?.tags.get_mut(&request.id) {
                tagged.contacts.remove(&request.contact_id);
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
        self.tags(|tag| request.contact_id.is_empty() || tag.contacts.contains(&request.contact_id))
            .map(|ids| p::TagContactListResponse { ids })
    }

    pub(super) fn tag_contact_tag_add(
        &self,
        request: p::TagContactTagAddRequest,
    ) -> Result<p::TagContactTagAddResponse, Status> {
        self.each_tag(&request.tag_ids, |tag| tag.contacts.extend(request.contact_ids.iter().cloned()))?;
        Ok(p::TagContactTagAddResponse {})
    }

    pub(super) fn tag_contact_tag_remove(
        &self,
        request: p::TagContactTagRemoveRequest,
    ) -> Result<p::TagContactTagRemoveResponse, Status> {
        self.each_tag(&request.tag_ids, |tag| tag.contacts.retain(|it| !request.contact_ids.contains(it)))?;
        Ok(p::TagContactTagRemoveResponse {})
    }

    pub(super) fn tag_contact_tag_list(
        &self,
        request: p::TagContactTagListRequest,
    ) -> Result<p::TagContactTagListResponse, Status> {
        let tag_ids = self.tags(|tag| tag.contacts.contains(&request.contact_id))?;
        Ok(p::TagContactTagListResponse { tag_ids })
    }

    pub(super) fn tag_tag_contact_list(
        &self,
        request: p::TagTagContactListRequest,
    ) -> Result<p::TagTagContactListResponse, Status> {
        self.look(|state, me| {
            let contact_ids = tag_of(state.account(me)?, &request.tag_id)?.contacts.iter().cloned().collect();
            Ok(p::TagTagContactListResponse { contact_ids })
        })
    }

    pub(super) fn tag_tag_add(&self, request: p::TagTagAddRequest) -> Result<p::TagTagAddResponse, Status> {
        self.act(|state, me| {
            let mut tag_info = Vec::new();
            for name in request.tag_name {
                let id = format!("tag-{}", state.ids.serial());
                let group_id = request.tag_group_id.clone();
                let card = TagCard { name: name.clone(), group_id, ..TagCard::default() };
                state.account_mut(me)?.tags.insert(id.clone(), card);
                tag_info.push(p::TagTagInfo { tag_id: id, tag_name: name });
            }
            Ok(p::TagTagAddResponse { tag_info, ..Default::default() })
        })
    }

    pub(super) fn tag_tag_delete(
        &self,
        request: p::TagTagDeleteRequest,
    ) -> Result<p::TagTagDeleteResponse, Status> {
        self.act(|state, me| {
            state.account_mut(me)?.tags.retain(|id, _| !request.tag_id.contains(id));
            Ok(p::TagTagDeleteResponse {})
        })
    }

    pub(super) fn tag_tag_modify(
        &self,
        request: p::TagTagModifyRequest,
    ) -> Result<p::TagTagModifyResponse, Status> {
        self.act(|state, me| {
            for info in &request.tag_new_info {
                let tag = state.account_mut(me)?.tags.get_mut(&info.tag_id);
                tag.ok_or_else(|| no_tag(&info.tag_id))?.name.clone_from(&info.tag_name);
            }
            Ok(p::TagTagModifyResponse { tag_info: request.tag_new_info, ..Default::default() })
        })
    }

    pub(super) fn tag_tag_list(&self, _: p::TagTagListRequest) -> Result<p::TagTagListResponse, Status> {
        Ok(p::TagTagListResponse { tag_ids: self.tags(|_| true)? })
    }

    pub(super) fn tag_payload(&self, request: p::TagPayloadRequest) -> Result<p::TagPayloadResponse, Status> {
        self.look(|state, me| {
            let TagCard { name, group_id, .. } = tag_of(state.account(me)?, &request.tag_id)?.clone();
            let r#type = p::TagType::Personal.into();
            Ok(p::TagPayloadResponse {
                payload: Some(p::TagPayload { id: request.tag_id, name, group_id, r#type }),
            })
        })
    }

    pub(super) fn tag_group_add(
        &self,
        request: p::TagGroupAddRequest,
    ) -> Result<p::TagGroupAddResponse, Status> {
        self.act(|state, me| {
            let id = format!("group-{}", state.ids.serial());
            state.account_mut(me)?.extras.tag_groups.insert(id.clone(), request.tag_group_name);
            Ok(p::TagGroupAddResponse { tag_group_id: id })
        })
    }

    pub(super) fn tag_group_delete(
        &self,
        request: p::TagGroupDeleteRequest,
    ) -> Result<p::TagGroupDeleteResponse, Status> {
        self.act(|state, me| {
            let account = state.account_mut(me)?;
            account.extras.tag_groups.remove(&request.tag_group_id);
            account.tags.retain(|_, tag| tag.group_id != request.tag_group_id);
            Ok(p::TagGroupDeleteResponse {})
        })
    }

    pub(super) fn tag_group_list(
        &self,
        _: p::TagGroupListRequest,
    ) -> Result<p::TagGroupListResponse, Status> {
        self.look(|state, me| {
            let tag_group_ids = state.account(me)?.extras.tag_groups.keys().cloned().collect();
            Ok(p::TagGroupListResponse { tag_group_ids })
        })
    }

    pub(super) fn tag_group_tag_list(
        &self,
        request: p::TagGroupTagListRequest,
    ) -> Result<p::TagGroupTagListResponse, Status> {
        let tag_ids = self.tags(|tag| tag.group_id == request.tag_group_id)?;
        Ok(p::TagGroupTagListResponse { tag_ids })
    }

    pub(super) fn tag_group_payload(
        &self,
        request: p::TagGroupPayloadRequest,
    ) -> Result<p::TagGroupPayloadResponse, Status> {
        self.look(|state, me| {
            let id = request.group_id;
            let name = state.account(me)?.extras.tag_groups.get(&id).cloned();
            let name = name.ok_or_else(|| Refusal::new(format!("no tag group {id}")))?;
            let r#type = p::TagType::Personal.into();
            Ok(p::TagGroupPayloadResponse { payload: Some(p::TagGroupPayload { id, name, r#type }) })
        })
    }

    fn tags(&self, of: impl Fn(&TagCard) -> bool) -> Result<Vec<String>, Status> {
        self.look(|state, me| {
            let tags = state.account(me)?.tags.iter().filter(|(_, tag)| of(tag));
            Ok(tags.map(|(id, _)| id.clone()).collect())
        })
    }

    fn each_tag(&self, ids: &[String], change: impl Fn(&mut TagCard)) -> Result<(), Status> {
        self.act(|state, me| {
            let tags = &mut state.account_mut(me)?.tags;
            if let Some(unknown) = ids.iter().find(|id| !tags.contains_key(*id)) {
                return Err(no_tag(unknown));
            }
            tags.iter_mut().filter(|(id, _)| ids.contains(id)).for_each(|(_, tag)| change(tag));
            Ok(())
        })
    }
}

fn tag_of<'a>(account: &'a Account, id: &str) -> Result<&'a TagCard, Refusal> {
    account.tags.get(id).ok_or_else(|| no_tag(id))
}

fn no_tag(id: &str) -> Refusal {
    Refusal::new(format!("no tag {id}"))
}
