//! Contacts: payloads, lists, and what the account itself notes about them.

use ha_wechaty_wire::puppet as p;
use tonic::Status;

use super::Service;
use crate::content::Attachment;
use crate::state::{ContactCard, Refusal, State};

impl Service {
    pub(super) fn contact_list(&self, _: p::ContactListRequest) -> Result<p::ContactListResponse, Status> {
        self.look(|state, me| {
            let mut ids: Vec<_> = state.friends_of(me).map(str::to_owned).collect();
            ids.push(me.to_owned());
            ids.sort();
            Ok(p::ContactListResponse { ids })
        })
    }

    pub(super) fn contact_payload(
        &self,
        request: p::ContactPayloadRequest,
    ) -> Result<p::ContactPayloadResponse, Status> {
        self.look(|state, me| payload(state, me, &request.id))
    }

    /// Of those that can't be looked at there is nothing.
    pub(super) fn batch_contact_payload(
        &self,
        request: p::BatchContactPayloadRequest,
    ) -> Result<p::BatchContactPayloadResponse, Status> {
        self.look(|state, me| {
            let contact_payloads = request.ids.iter().filter_map(|id| payload(state, me, id).ok()).collect();
            Ok(p::BatchContactPayloadResponse { contact_payloads })
        })
    }

    pub(super) fn contact_payload_modify(
        &self,
        request: p::ContactPayloadModifyRequest,
    ) -> Result<p::ContactPayloadModifyResponse, Status> {
        self.act(|state, me| {
            visible(state, me, &request.id)?;
            let account = state.account_mut(me)?;
            let (sets_phones, sets_tags) = (
                !request.phones.is_empty() || request.clear_phones(),
                !request.tag_ids.is_empty() || request.clear_tag_ids(),
            );
            let id = request.id;
            if let Some(alias) = request.alias {
                account.aliases.insert(id.clone(), alias);
            }
            if let Some(description) = request.description {
                account.descriptions.insert(id.clone(), description);
            }
            if sets_phones {
                account.numbers.insert(id.clone(), request.phones);
            }
            if sets_tags {
                for (tag, card) in &mut account.tags {
                    card.contacts.remove(&id);
                    if request.tag_ids.contains(tag) {
                        card.contacts.insert(id.clone());
                    }
                }
            }
            Ok(p::ContactPayloadModifyResponse {})
        })
    }

    pub(super) fn contact_delete(
        &self,
        request: p::ContactDeleteRequest,
    ) -> Result<p::ContactDeleteResponse, Status> {
        self.act(|state, me| {
            if !state.are_friends(me, &request.contact_id) {
                return Err(Refusal::new(format!("{} is not a friend", request.contact_id)));
            }
            state.unfriend(me, &request.contact_id);
            Ok(p::ContactDeleteResponse {})
        })
    }

    pub(super) fn contact_self_real_name(
        &self,
        request: p::ContactSelfRealNameRequest,
    ) -> Result<p::ContactSelfRealNameResponse, Status> {
        self.act(|state, me| {
            state.account_mut(me)?.extras.real_name = request.real_name;
            Ok(p::ContactSelfRealNameResponse {})
        })
    }

    pub(super) fn contact_self_aka(
        &self,
        request: p::ContactSelfAkaRequest,
    ) -> Result<p::ContactSelfAkaResponse, Status> {
        self.act(|state, me| {
            state.account_mut(me)?.extras.aka = request.aka;
            Ok(p::ContactSelfAkaResponse {})
        })
    }

    pub(super) fn contact_self_room_alias(
        &self,
        request: p::ContactSelfRoomAliasRequest,
    ) -> Result<p::ContactSelfRoomAliasResponse, Status> {
        self.act(|state, me| {
            state.room_mut(me, &request.room_id)?.aliases.insert(me.to_owned(), request.alias);
            Ok(p::ContactSelfRoomAliasResponse {})
        })
    }

    pub(super) fn get_contact_external_user_id(
        &self,
        request: p::GetContactExternalUserIdRequest,
    ) -> Result<p::GetContactExternalUserIdResponse, Status> {
        let pair = |contact_id: String| p::ContactExternalUserIdPair {
            external_user_id: format!("external-{contact_id}"),
            contact_id,
        };
        let contact_external_user_id_pairs = request.contact_ids.into_iter().map(pair).collect();
        Ok(p::GetContactExternalUserIdResponse { contact_external_user_id_pairs })
    }

    pub(super) fn contact_alias(
        &self,
        request: p::ContactAliasRequest,
    ) -> Result<p::ContactAliasResponse, Status> {
        self.act(|state, me| {
            visible(state, me, &request.id)?;
            let aliases = &mut state.account_mut(me)?.aliases;
            let alias = match request.alias {
                Some(alias) => {
                    aliases.insert(request.id, alias);
                    String::new()
                }
                None => aliases.get(&request.id).cloned().unwrap_or_default(),
            };
            Ok(p::ContactAliasResponse { alias, ..Default::default() })
        })
    }

    pub(super) fn contact_avatar(
        &self,
        request: p::ContactAvatarRequest,
    ) -> Result<p::ContactAvatarResponse, Status> {
        let avatar = self.act(|state, me| {
            let avatar = visible(state, me, &request.id)?.avatar.clone();
            let Some(json) = &request.file_box else { return Ok(Some(avatar)) };
            if request.id != me {
                return Err(Refusal::new("only one's own avatar can be set"));
            }
            let file = super::files::unbox(state, me, json)?;
            self_card(state, me)?.avatar = file;
            state.contact_changed(me);
            Ok(None)
        })?;
        let file_box = avatar.map(|it: Attachment| self.file_box(&it)).transpose()?.unwrap_or_default();
        Ok(p::ContactAvatarResponse { file_box, ..Default::default() })
    }

    pub(super) fn contact_phone(
        &self,
        request: p::ContactPhoneRequest,
    ) -> Result<p::ContactPhoneResponse, Status> {
        self.act(|state, me| {
            visible(state, me, &request.contact_id)?;
            state.account_mut(me)?.numbers.insert(request.contact_id, request.phones);
            Ok(p::ContactPhoneResponse::default())
        })
    }

    pub(super) fn contact_corporation_remark(
        &self,
        request: p::ContactCorporationRemarkRequest,
    ) -> Result<p::ContactCorporationRemarkResponse, Status> {
        self.act(|state, me| {
            visible(state, me, &request.contact_id)?;
            state.account_mut(me)?.remarks.insert(request.contact_id, request.corporation_remark);
            Ok(p::ContactCorporationRemarkResponse {})
        })
    }

    pub(super) fn contact_description(
        &self,
        request: p::ContactDescriptionRequest,
    ) -> Result<p::ContactDescriptionResponse, Status> {
        self.act(|state, me| {
            visible(state, me, &request.contact_id)?;
            state.account_mut(me)?.descriptions.insert(request.contact_id, request.description);
            Ok(p::ContactDescriptionResponse {})
        })
    }

    pub(super) fn contact_self_name(
        &self,
        request: p::ContactSelfNameRequest,
    ) -> Result<p::ContactSelfNameResponse, Status> {
        self.act(|state, me| {
            self_card(state, me)?.name = request.name;
            state.contact_changed(me);
            Ok(p::ContactSelfNameResponse {})
        })
    }

    pub(super) fn contact_self_signature(
        &self,
        request: p::ContactSelfSignatureRequest,
    ) -> Result<p::ContactSelfSignatureResponse, Status> {
        self.act(|state, me| {
            self_card(state, me)?.signature = request.signature;
            state.contact_changed(me);
            Ok(p::ContactSelfSignatureResponse {})
        })
    }

    pub(super) fn contact_self_qr_code(
        &self,
        _: p::ContactSelfQrCodeRequest,
    ) -> Result<p::ContactSelfQrCodeResponse, Status> {
        self.look(|_, me| Ok(p::ContactSelfQrCodeResponse { qrcode: format!("https://u.invalid/{me}") }))
    }
}

fn visible<'a>(state: &'a State, me: &str, id: &str) -> Result<&'a ContactCard, Refusal> {
    let card = state.contacts.get(id).filter(|_| state.visible(me, id));
    card.ok_or_else(|| Refusal::new(format!("no contact {id}")))
}

/// A contact as the account sees it.
fn payload(state: &State, me: &str, id: &str) -> Result<p::ContactPayloadResponse, Refusal> {
    let card = visible(state, me, id)?;
    let account = state.account(me)?;
    let (tags, extras, is_new) = (account.tags.iter(), &account.extras, account.options.generation.is_new());
    let is_self = is_new && card.id == me;
    let kind = if card.official { p::ContactType::Official } else { p::ContactType::Personal };
    Ok(p::ContactPayloadResponse {
        id: card.id.clone(),
        gender: p::ContactGender::Unspecified.into(),
        r#type: kind.into(),
        name: card.name.clone(),
        avatar: format!("https://avatar.invalid/{}", card.id),
        alias: account.aliases.get(&card.id).cloned().unwrap_or_default(),
        friend: state.are_friends(me, &card.id),
        signature: card.signature.clone(),
        weixin: card.handle.clone(),
        // A payload has no other place to show a remark in.
        corporation: account.remarks.get(&card.id).cloned().unwrap_or_default(),
        description: account.descriptions.get(&card.id).cloned().unwrap_or_default(),
        phones: account.numbers.get(&card.id).cloned().unwrap_or_default(),
        additional_info: String::new(),
        tag_ids: match is_new {
            true => tags.filter(|(_, it)| it.contacts.contains(&card.id)).map(|(id, _)| id.clone()).collect(),
            false => Vec::new(),
        },
        real_name: if is_self { extras.real_name.clone() } else { String::new() },
        aka: if is_self { extras.aka.clone() } else { String::new() },
        ..Default::default()
    })
}

fn self_card<'a>(state: &'a mut State, me: &str) -> Result<&'a mut ContactCard, Refusal> {
    state.contacts.get_mut(me).ok_or_else(|| Refusal::new(format!("no contact {me}")))
}
