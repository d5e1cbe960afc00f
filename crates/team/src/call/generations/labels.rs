//! Tags of both generations. The older one goes by their names, which are their ids there; the newer one by ids of the account's
//! own, that are asked for their names.

use std::pin::pin;

use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use ha_wechaty_core::{
    AccountId, Rpc,
    rpc::{self, LabelAct},
};
use ha_wechaty_wire::puppet as p;
use prost_reflect::{DynamicMessage, Value};

use super::texts;
use crate::{
    call::{
        one::Call,
        refusal::{Refusal, Setback},
    },
    schema::{dynamic, empty},
};

/// So many tags of an account are asked for their names at once.
const AT_ONCE: usize = 16;

impl Call<'_> {
    /// The older RPC, at an account of the newer generation.
    pub(super) async fn labels_by_id(
        &self,
        account: AccountId,
        act: LabelAct,
    ) -> Result<DynamicMessage, Setback> {
        let name = texts(&self.request, "id").pop().unwrap_or_default();
        let contacts = texts(&self.request, "contact_id");
        let mut answer = empty(&self.method.answer);
        match act {
            LabelAct::Put => {
                // Two that want it at once would both find that there is none.
                let alone = self.shared.accounts.links.labels(account).await;
                let id = match self.label(account, &name).await? {
                    Some(id) => id,
                    None => {
                        let request = p::TagTagAddRequest { tag_name: vec![name], ..Default::default() };
                        let made = self.at(account, rpc::TAG_TAG_ADD, &request).await?;
                        let made = self
                            .shared
                            .schema
                            .method(rpc::TAG_TAG_ADD)
                            .given(&made, ha_wechaty_core::Id::Tag);
                        if made.is_empty() {
                            let why = "it made the tag, and does not say by which id";
                            return Err(Refusal::unsure(account, why).into());
                        }
                        made
                    }
                };
                drop(alone);
                let request = p::TagContactTagAddRequest { tag_ids: vec![id], contact_ids: contacts };
                self.at(account, rpc::TAG_CONTACT_TAG_ADD, &request).await?;
            }
            LabelAct::Take => {
                // What has no tag of that name has lost it already.
                if let Some(id) = self.label(account, &name).await? {
                    let request = p::TagContactTagRemoveRequest { tag_ids: vec![id], contact_ids: contacts };
                    self.at(account, rpc::TAG_CONTACT_TAG_REMOVE, &request).await?;
                }
            }
            LabelAct::Delete => {
                if let Some(id) = self.label(account, &name).await? {
                    let request = p::TagTagDeleteRequest { tag_id: vec![id], ..Default::default() };
                    self.at(account, rpc::TAG_TAG_DELETE, &request).await?;
                }
            }
            LabelAct::List => {
                let ids = match contacts.into_iter().next() {
                    Some(contact_id) => {
                        let request = p::TagContactTagListRequest { contact_id };
                        texts(&self.at(account, rpc::TAG_CONTACT_TAG_LIST, &request).await?, "tag_ids")
                    }
                    None => self.all_labels(account).await?,
                };
                let names = self.names_of(account, ids).await?.into_iter().map(Value::String).collect();
                answer.set_field_by_name("ids", Value::List(names));
            }
            LabelAct::Make | LabelAct::Show => {
                return Err(Refusal::lacking(account, self.method.rpc.name).into());
            }
        }
        Ok(answer)
    }

    /// The newer RPC, at an account of the older generation.
    pub(super) async fn labels_by_name(
        &self,
        account: AccountId,
        act: LabelAct,
    ) -> Result<DynamicMessage, Setback> {
        let identity = self.routing.identity();
        let own = |id: &String| {
            identity.untag(id).filter(|(owner, _)| *owner == account).map(|(_, name)| name.to_owned())
        };
        let all = ["tag_ids", "tag_id"].iter().flat_map(|field| texts(&self.request, field));
        let names: Vec<String> = all.collect::<Vec<_>>().iter().filter_map(own).collect();
        let tagged = |name: &str| Value::String(identity.tag(account, name));
        let mut answer = empty(&self.method.answer);
        match act {
            LabelAct::Put | LabelAct::Take => {
                for id in &names {
                    for contact_id in texts(&self.request, "contact_ids") {
                        let id = id.clone();
                        if act == LabelAct::Put {
                            let request = p::TagContactAddRequest { id, contact_id };
                            self.at(account, rpc::TAG_CONTACT_ADD, &request).await?;
                        } else {
                            let request = p::TagContactRemoveRequest { id, contact_id };
                            self.at(account, rpc::TAG_CONTACT_REMOVE, &request).await?;
                        }
                    }
                }
            }
            LabelAct::Delete => {
                for id in names {
                    self.at(account, rpc::TAG_CONTACT_DELETE, &p::TagContactDeleteRequest { id }).await?;
                }
            }
            LabelAct::List => {
                let contact_id = texts(&self.request, "contact_id").pop().unwrap_or_default();
                let request = p::TagContactListRequest { contact_id, ..Default::default() };
                let told = self.at(account, rpc::TAG_CONTACT_LIST, &request).await?;
                let ids = texts(&told, "ids").iter().map(|name| tagged(name)).collect();
                answer.set_field_by_name("tag_ids", Value::List(ids));
            }
            // There is one as soon as somebody has it. Groups there are none.
            LabelAct::Make if texts(&self.request, "tag_group_id").is_empty() => {
                let made = texts(&self.request, "tag_name")
                    .into_iter()
                    .map(|name| p::TagTagInfo { tag_id: identity.tag(account, &name), tag_name: name });
                let made = p::TagTagAddResponse { tag_info: made.collect(), ..Default::default() };
                answer = dynamic(&self.method.answer, &made);
            }
            LabelAct::Show => {
                let name = names.into_iter().next().unwrap_or_default();
                let payload = p::TagPayload {
                    id: identity.tag(account, &name),
                    name,
                    r#type: p::TagType::Personal.into(),
                    ..Default::default()
                };
                answer = dynamic(&self.method.answer, &p::TagPayloadResponse { payload: Some(payload) });
            }
            LabelAct::Make => return Err(Refusal::lacking(account, self.method.rpc.name).into()),
        }
        Ok(answer)
    }

    /// The tag of this name, as bots know it.
    async fn label(&self, account: AccountId, name: &str) -> Result<Option<String>, Setback> {
        let ids = self.all_labels(account).await?;
        let asked =
            ids.into_iter().map(async |id| Ok::<_, Setback>((self.name_of(account, id.clone()).await?, id)));
        let mut told = pin!(stream::iter(asked).buffered(AT_ONCE));
        while let Some(label) = told.next().await {
            let (its, id) = label?;
            if its == name {
                return Ok(Some(id));
            }
        }
        Ok(None)
    }

    async fn all_labels(&self, account: AccountId) -> Result<Vec<String>, Setback> {
        Ok(texts(&self.at(account, rpc::TAG_TAG_LIST, &p::TagTagListRequest {}).await?, "tag_ids"))
    }

    /// Several are asked for at a time: whoever has a thousand tags has them all read each time that one is put.
    async fn names_of(&self, account: AccountId, ids: Vec<String>) -> Result<Vec<String>, Setback> {
        stream::iter(ids.into_iter().map(|id| self.name_of(account, id)))
            .buffered(AT_ONCE)
            .try_collect()
            .await
    }

    async fn name_of(&self, account: AccountId, tag_id: String) -> Result<String, Setback> {
        let told = self.at(account, rpc::TAG_PAYLOAD, &p::TagPayloadRequest { tag_id }).await?;
        let payload = told.get_field_by_name("payload");
        let payload = payload.as_deref().and_then(Value::as_message);
        let name = payload.and_then(|it| it.get_field_by_name("name")?.as_str().map(str::to_owned));
        Ok(name.unwrap_or_default())
    }

    /// Asks this account something else.
    async fn at(
        &self,
        account: AccountId,
        rpc: &'static Rpc,
        request: &impl prost::Message,
    ) -> Result<DynamicMessage, Setback> {
        let method = self.shared.schema.method(rpc);
        let call = Call::new(self.shared, self.caller, method, dynamic(&method.request, request));
        // No other stands in for it in turn: the account has the one generation or the other.
        match call.asks_itself(account, &[]).await {
            Err(Setback::Refused(it)) if it.tells_lack() => {
                Err(Refusal::lacking(account, self.method.rpc.name).into())
            }
            answered => answered,
        }
    }
}
