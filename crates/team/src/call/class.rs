//! The strategy of each class of RPCs; those that ask many at once are in `many`, those that ask for what one account has in
//! `owner`, those that say something in `send`. What several need is in `lead`.

use std::{cmp::Reverse, collections::BTreeMap};

use ha_wechaty_core::{
    AccountId, AccountSet, Aim, Class, Id, Input, Local, Paced,
    rpc::{self, Naming},
};
use prost_reflect::{DynamicMessage, Value};

use super::{
    choose::{acquaintance, acquaintances, among, rulers},
    one::Call,
    translate::is_owned,
};
use crate::{
    error::{CallError, Wrong},
    schema::empty,
    state::{facts::NotDurable, knowledge::kinds},
};

/// So many ids are named where many could be.
const SHOWN: usize = 3;

impl Call<'_> {
    /// Does what the call's class says.
    pub(super) async fn run(&mut self) -> Result<DynamicMessage, CallError> {
        self.check_ids()?;
        self.is_for_somebody()?;
        self.names_one();
        if let Some(room) = self.room_left() {
            // Were it forgotten, the team would come back into a room that it was to leave.
            let within = self.shared.settings().pace.max_wait;
            let told = self.shared.core.tell_durably(Input::Quits { room }, within).await;
            told.map_err(|NotDurable| self.not_durable())?;
        }
        if self.method.rpc.before_login {
            return self.about_login().await;
        }
        match self.conduct.class {
            Class::Local(local) => self.local(local),
            Class::Logout => self.logout().await,
            Class::Send => self.send().await,
            Class::Owner => self.owner().await,
            Class::Reach => self.reach().await,
            Class::RoomAct => self.room_act().await,
            Class::Union => self.union().await,
            Class::All => self.all().await,
            Class::Create => self.create().await,
            Class::Batch => self.batch().await,
            Class::Upload => Err(self.is_stream()),
        }
    }

    fn is_stream(&self) -> CallError {
        CallError::wrong(Wrong::Way, format!("{} is a stream", self.method.rpc.name))
    }

    fn local(&self, local: Local) -> Result<DynamicMessage, CallError> {
        let mut answer = empty(&self.method.answer);
        match local {
            // A bot that starts or stops its puppet never starts or stops an account. Its stream ends where the call
            // of `Stop` comes in, in the order in which the connection asked.
            Local::Stop => {}
            Local::Start => {
                if let Some(client) = self.caller.client {
                    self.shared.bots.streams.start(client);
                }
            }
            Local::Version => {
                answer.set_field_by_name("version", Value::String(env!("CARGO_PKG_VERSION").into()));
            }
            Local::Ding => {
                let data = self.request.get_field_by_name("data");
                let data = data.and_then(|it| it.as_str().map(str::to_owned)).unwrap_or_default();
                let super::Caller { client, bot, .. } = self.caller;
                self.shared.core.tell(Input::Ding { client, bot, data });
            }
            Local::CurrentUser => {
                // As whom a puppet is logged in that is not it does not say.
                if self.routing.available().is_empty() {
                    return Err(CallError::unavailable(self.routing.outage()));
                }
                let user = self.routing.identity().self_id().to_owned();
                answer.set_field_by_name("user_id", Value::String(user));
            }
            Local::Event => return Err(self.is_stream()),
        }
        Ok(answer)
    }

    async fn logout(&self) -> Result<DynamicMessage, CallError> {
        // A client that was told LOGOUT answers with this call: there is nobody left to log out.
        if self.routing.available().is_empty() {
            return Ok(empty(&self.method.answer));
        }
        if !self.shared.config.gateway.allow_logout {
            // It thinks that it is logged out all the same.
            if let Some(client) = self.caller.client {
                self.shared.core.tell(Input::LoggedOut { client });
            }
            return Err(CallError::wrong(
                Wrong::Forbidden,
                "a bot may not log the team's accounts out; to allow it set allow_logout = true under \
                 [gateway] in the gateway's config",
            ));
        }
        self.each(self.routing.available()).await
    }

    async fn reach(&self) -> Result<DynamicMessage, CallError> {
        let (lead, kinds) = match self.method.lead(&self.request) {
            Some((id, kind)) => (Some(id), kinds(kind)),
            None => (None, [].as_slice()),
        };
        let aim = match lead.as_deref() {
            Some(id) if id != self.routing.identity().self_id() => Aim::See(id),
            // What names nobody is about oneself: one's QR code.
            _ => Aim::Oneself,
        };
        let mut order = self.routing.order(aim, None, &*self.shared.accounts);
        let id = lead.as_deref().unwrap_or_default();
        self.shared.knowledge.fresh.first(id, &mut order);
        let (by, mut answer) = self.in_turn(&order, &[]).await?;
        if self.shared.knowledge.fresh.may_be_old(id, by) {
            for kind in kinds {
                self.shared.core.tell(Input::Reads { kind: *kind, id: id.to_owned() });
            }
        }
        self.name_self(lead.as_deref(), &mut answer).await;
        Ok(answer)
    }

    /// The virtual self has one name, and one more in each room, whichever account answered.
    async fn name_self(&self, lead: Option<&str>, answer: &mut DynamicMessage) {
        let self_id = self.routing.identity().self_id();
        if self.method.rpc.names == Some(Naming::Member) && self.given_list().is_some() {
            return self.name_self_among(lead.unwrap_or_default(), answer).await;
        }
        let (who, room) = match self.method.rpc.names {
            Some(Naming::Contact) => (lead.unwrap_or_default().to_owned(), ""),
            Some(Naming::Member) => (self.method.taken(&self.request, Id::Contact), lead.unwrap_or_default()),
            None => return,
        };
        if who != self_id {
            return;
        }
        self.names_in(room).answer_as_one(answer).await;
    }

    async fn create(&self) -> Result<DynamicMessage, CallError> {
        if let Some((id, kind)) = self.method.lead(&self.request)
            && is_owned(&self.request, kind)
        {
            return self.at_owner(&id).await;
        }
        let people: Vec<String> = match self.request.get_field_by_name("contact_ids").as_deref() {
            Some(Value::List(people)) => {
                people.iter().filter_map(|it| it.as_str().map(str::to_owned)).collect()
            }
            _ => self.method.leads(&self.request),
        };
        if let Some(paced) = self.paced() {
            if paced == Paced::Message {
                return self.say_to_many(&people).await;
            }
            let choose = acquaintances(
                self.shared.accounts.clone(),
                self.shared.knowledge.clone(),
                people,
                self.work(),
            );
            return self.in_paced_turn(paced, "", choose).await.map(|(_, answer)| answer);
        }
        let mut order = self.routing.order(Aim::Anything, self.work(), &*self.shared.accounts);
        order.sort_by_key(|it| {
            Reverse(acquaintance(&self.shared.knowledge.book, &self.routing, &people, *it))
        });
        self.in_turn(&order, &[]).await.map(|(_, answer)| answer)
    }

    /// One account says it, that reaches them all. Nobody waits for accounts that could not.
    async fn say_to_many(&self, people: &[String]) -> Result<DynamicMessage, CallError> {
        let not = self.not_reaching_all(people)?;
        let mut order = self.routing.order(Aim::Anything, self.work(), &*self.shared.accounts);
        order.retain(|account| !not.contains(*account));
        if order.is_empty() {
            let those = self.shared.accounts.everybody().without(not);
            return Err(CallError::unavailable(self.routing.outage_of(those)));
        }
        let lacks = |it: &AccountId| self.shared.accounts.links.has(*it, self.method.rpc.name) == Some(false);
        if order.iter().all(lacks) {
            return self.in_turn(&order, &[]).await.map(|(_, answer)| answer);
        }
        order.retain(|it| !lacks(it));
        self.in_paced_turn(Paced::Message, "", among(order)).await.map(|(_, answer)| answer)
    }

    /// Who can't say something to all of these, being known not to reach one of them; unless nobody can.
    fn not_reaching_all(&self, people: &[String]) -> Result<AccountSet, CallError> {
        let (everybody, identity) = (self.shared.accounts.everybody(), self.routing.identity());
        let (mut all, mut whose) = (everybody, BTreeMap::<String, Vec<&str>>::new());
        for id in people {
            let known = match identity.untag(id) {
                Some((owner, _)) => [owner].into_iter().collect(),
                None => self.routing.reach(id).yes,
            };
            if !known.is_empty() {
                let names: Vec<&str> = known.iter().map(|it| self.shared.accounts.name(it)).collect();
                whose.entry(names.join(" or ")).or_default().push(id);
                all = all.and(known);
            }
        }
        if !all.is_empty() || people.is_empty() {
            return Ok(everybody.without(all));
        }
        let each = whose.iter().map(|(names, ids)| {
            let more = ids.len().saturating_sub(SHOWN);
            let more = if more > 0 { format!(" and {more} more") } else { String::new() };
            format!("{names} ({}{more})", ids.iter().take(SHOWN).copied().collect::<Vec<_>>().join(", "))
        });
        Err(CallError::invalid(format!(
            "one account says it to all, and none reaches all of these: {}; ask for it once for each account",
            each.collect::<Vec<_>>().join("; ")
        )))
    }

    async fn room_act(&self) -> Result<DynamicMessage, CallError> {
        if self.goes_apart() {
            return self.one_by_one().await;
        }
        let room = self.lead_text()?;
        let ranks = self.routing.reach(&room);
        if !ranks.ranks_known {
            self.learn_ranks(&room).await;
        }
        if let Some(paced) = self.paced() {
            let choose = rulers(self.shared.accounts.clone(), room.clone(), self.work());
            return self.in_paced_turn(paced, &room, choose).await.map(|(_, answer)| answer);
        }
        // What was learnt a moment ago may be published already; if not, any member will do.
        let order = self.shared.core.routing().order(Aim::Rule(&room), self.work(), &*self.shared.accounts);
        self.in_turn(&order, &[]).await.map(|(_, answer)| answer)
    }

    /// Asks for the room's payload, which tells the core its owner and admins.
    async fn learn_ranks(&self, room: &str) {
        let method = self.shared.schema.method(rpc::ROOM_PAYLOAD);
        let mut request = empty(&method.request);
        request.set_field_by_name("id", Value::String(room.to_owned()));
        let mut changes = self.shared.core.changes();
        let call = Call::new(self.shared, self.caller, method, request);
        if Box::pin(call.reach()).await.is_ok() {
            let known = async {
                while !self.shared.core.routing().reach(room).ranks_known {
                    if changes.changed().await.is_err() {
                        break;
                    }
                }
            };
            // The core takes microseconds; should it be gone, nobody waits for it.
            let _ = tokio::time::timeout(std::time::Duration::from_secs(1), known).await;
        }
    }
}
