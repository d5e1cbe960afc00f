//! The team's names: to bots it is one person, who has one name, and one more in each room.
//!
//! People mention an account by its own name, and a bot takes out of the text the name that it knows. So the
//! virtual self is called as the first account of the team is, and in a room as the first one there is; in what
//! bots read that name stands where an account was mentioned by its own, and the other way round in what they
//! say. Names are asked for when they are needed, kept, and forgotten when they are said to be dirty.

use std::time::Duration;

use ha_wechaty_core::{AccountId, DirtyType, Input, Routing, Rpc, WeChatEvent, rpc};
use ha_wechaty_wire::MessageType;
use prost::Message as _;
use prost_reflect::{DynamicMessage, Value};

use super::{
    mention::{Called, Where, renamed},
    raw::{connection, raw},
};
use crate::{
    schema::empty,
    state::{
        accounts::AccountSide,
        facts::CoreHandle,
        knowledge::{Member, Names, Own},
    },
};
use ha_wechaty_transport::Fate;

/// A name of more bytes is none: nobody is called so, and it is not kept.
const LONGEST: usize = 512;
/// Of more people who are mentioned at once no names are asked for.
const MENTIONED: usize = 32;
/// A text waits for names this long; then it stays as it is.
const PATIENCE: Duration = Duration::from_secs(2);
/// One account is waited for this long, and then not asked for a while.
const ANSWER: Duration = Duration::from_millis(800);

/// Puts the virtual self's name where an account's payload of a message, with its own ids, mentions one of the
/// team.
pub async fn read_as_one(
    core: &CoreHandle,
    accounts: &AccountSide,
    names: &Names,
    account: AccountId,
    payload: &mut DynamicMessage,
) {
    let (text, room, mentioned) =
        (field(payload, "text"), field(payload, "room_id"), list(payload, "mention_ids"));
    let is_text =
        payload.get_field_by_name("type").as_deref() == Some(&Value::EnumNumber(MessageType::Text.to_wire()));
    if !is_text || room.is_empty() || !text.contains('@') || mentioned.len() > MENTIONED {
        return;
    }
    let routing = core.routing();
    let identity = routing.identity();
    if !mentioned.iter().any(|id| identity.is_own(id)) {
        return;
    }
    let names = InRoom { core, accounts, names, routing: &routing, room: identity.room_out(account, &room) };
    let renamed = async {
        let mut people = Vec::new();
        for id in &mentioned {
            people.push((identity.is_own(id), names.member(account, &room, id).await.unwrap_or_default()));
        }
        let to = names.own_here(Some(account)).await?.called();
        renamed(&text, &called(&people), &to, Where::Mentioned)
    };
    if let Ok(Some(text)) = tokio::time::timeout(PATIENCE, renamed).await {
        payload.set_field_by_name("text", Value::String(text));
    }
}

/// Names in a room, or of the virtual self.
pub(super) struct InRoom<'a> {
    pub(super) core: &'a CoreHandle,
    pub(super) accounts: &'a AccountSide,
    pub(super) names: &'a Names,
    pub(super) routing: &'a Routing,
    /// By the id that bots know; empty where no room is meant.
    pub(super) room: String,
}

impl InRoom<'_> {
    /// A text that a bot says here, as `account` is to say it: with its own name where the virtual self is mentioned.
    /// `None` if it is the same.
    pub(super) async fn say_as(&self, account: AccountId, text: &str, place: Where) -> Option<String> {
        let identity = self.routing.identity();
        let renamed = async {
            let own_id = identity.contact_in(account, identity.self_id())?;
            let room = identity.room_in(account, &self.room)?;
            let to = self.member(account, &room, &own_id).await?.called();
            let own = [(true, self.own_here(Some(account)).await?)];
            renamed(text, &called(&own), &to, place).filter(|other| !to.is_empty() && other != text)
        };
        tokio::time::timeout(PATIENCE, renamed).await.ok().flatten()
    }

    /// Makes an account's answer about the virtual self, with the team's ids, say what the virtual self is called.
    pub(super) async fn answer_as_one(&self, answer: &mut DynamicMessage) {
        let own = match self.room.as_str() {
            "" => tokio::time::timeout(PATIENCE, self.own()).await.ok().flatten().map(|it| (it, None)),
            _ => {
                let own = tokio::time::timeout(PATIENCE, self.own_here(None)).await.ok().flatten();
                own.map(|it| (it.name, Some(it.alias)))
            }
        };
        if let Some((name, alias)) = own {
            if !name.is_empty() {
                answer.set_field_by_name("name", Value::String(name));
            }
            if let Some(alias) = alias {
                answer.set_field_by_name("room_alias", Value::String(alias));
            }
        }
    }

    /// What the virtual self is called in the room: as the first account that is there.
    async fn own_here(&self, also: Option<AccountId>) -> Option<Member> {
        let reach = self.routing.reach(&self.room).yes;
        let there = self.accounts.everybody().iter().filter(|it| reach.contains(*it) || also == Some(*it));
        let there: Vec<(AccountId, String)> = there.filter_map(|it| Some((it, self.own_id(it)?))).collect();
        let known = self.names.own_in(&self.room);
        let known = known.filter(|it| self.is_still(it.by));
        let mut alias = known.clone();
        for (account, own_id) in self.before(&there, known.as_ref()) {
            let Some(room) = self.routing.identity().room_in(*account, &self.room) else { continue };
            if let Some(member) = self.member(*account, &room, own_id).await {
                alias = Some(Own { by: *account, name: member.alias });
                self.tell_other(*account, known.as_ref(), alias.as_ref(), DirtyType::RoomMember, &room);
                self.names.set_own_in(&self.room, alias.clone());
                break;
            }
        }
        Some(Member { alias: alias?.name, name: self.own().await? })
    }

    /// What the virtual self is called: as the first account that is there.
    async fn own(&self) -> Option<String> {
        let there = self.accounts.everybody().iter();
        let there: Vec<(AccountId, String)> = there.filter_map(|it| Some((it, self.own_id(it)?))).collect();
        let known = self.names.own().filter(|it| self.is_still(it.by));
        for (account, own_id) in self.before(&there, known.as_ref()) {
            if let Some(name) = self.ask(*account, rpc::CONTACT_PAYLOAD, &[("id", own_id)], "name").await {
                let own = Some(Own { by: *account, name: name.0 });
                self.tell_other(*account, known.as_ref(), own.as_ref(), DirtyType::Contact, own_id);
                self.names.set_own(own.clone());
                return own.map(|it| it.name);
            }
        }
        known.map(|it| it.name)
    }

    /// How somebody is called in the room, by the ids of the account that is asked.
    async fn member(&self, account: AccountId, room: &str, id: &str) -> Option<Member> {
        if let Some(known) = self.names.member(&self.room, id) {
            return Some(known);
        }
        let fields = [("id", room), ("member_id", id)];
        let (alias, mut name) = self.ask(account, rpc::ROOM_MEMBER_PAYLOAD, &fields, "room_alias").await?;
        if name.is_empty() {
            // Some puppets say there only what is of the room.
            let contact = self.ask(account, rpc::CONTACT_PAYLOAD, &[("id", id)], "name").await;
            name = contact.unwrap_or_default().0;
        }
        let member = Member { alias, name };
        self.names.keep_member(&self.room, id, member.clone());
        Some(member)
    }

    /// Those that are there and come before the one whose name is known.
    fn before<'b>(&self, there: &'b [(AccountId, String)], known: Option<&Own>) -> &'b [(AccountId, String)] {
        let end = there.iter().position(|(account, _)| known.is_some_and(|it| it.by <= *account));
        &there[..end.unwrap_or(there.len())]
    }

    /// Bots that know another name are to ask again.
    fn tell_other(
        &self,
        account: AccountId,
        known: Option<&Own>,
        own: Option<&Own>,
        kind: DirtyType,
        id: &str,
    ) {
        if known.is_some_and(|known| own.is_some_and(|own| own.name != known.name)) {
            let event = WeChatEvent::Dirty { kind, id: id.to_owned() };
            self.core.tell(Input::Event { account, event });
        }
    }

    /// Whether it is still in the team, and known.
    fn is_still(&self, account: AccountId) -> bool {
        let identity = self.routing.identity();
        identity.contact_in(account, identity.self_id()).is_some()
    }

    /// The contact id of an account that can be asked.
    fn own_id(&self, account: AccountId) -> Option<String> {
        let identity = self.routing.identity();
        let own_id = identity.contact_in(account, identity.self_id())?;
        self.accounts.links.connection(account).map(|_| own_id)
    }

    /// One answer of an account: the text of a field, and a name.
    async fn ask(
        &self,
        account: AccountId,
        rpc: &'static Rpc,
        fields: &[(&str, &str)],
        wanted: &str,
    ) -> Option<(String, String)> {
        let method = self.accounts.schema.method(rpc);
        if self.names.is_silent(account) {
            return None;
        }
        let connection = connection(self.accounts, account).ok()?;
        let mut request = empty(&method.request);
        for (name, value) in fields {
            request.set_field_by_name(name, Value::String((*value).to_owned()));
        }
        let request = request.encode_to_vec().into();
        let answer = raw(self.accounts, account, connection, method, request, ANSWER).await;
        if answer.as_ref().is_err_and(|refusal| refusal.fate != Fate::Answered) {
            self.names.was_silent(account);
        }
        let answer = answer.ok()?;
        let answer = method.read_answer(&answer).ok()?;
        let short = |text: String| if text.len() > LONGEST { String::new() } else { text };
        Some((short(field(&answer, wanted)), short(field(&answer, "name"))))
    }
}

fn called(people: &[(bool, Member)]) -> Vec<Called<'_>> {
    let names = people.iter().flat_map(|(is_meant, it)| [(*is_meant, &it.alias), (*is_meant, &it.name)]);
    names.map(|(is_meant, name)| Called { name, is_meant }).collect()
}

fn field(message: &DynamicMessage, name: &str) -> String {
    message.get_field_by_name(name).and_then(|it| it.as_str().map(str::to_owned)).unwrap_or_default()
}

fn list(message: &DynamicMessage, name: &str) -> Vec<String> {
    match message.get_field_by_name(name).as_deref() {
        Some(Value::List(items)) => items.iter().filter_map(|it| it.as_str().map(str::to_owned)).collect(),
        _ => Vec::new(),
    }
}
