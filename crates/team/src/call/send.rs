//! Sends: they wait for their turn, move to the next when one fails before it has sent or is proved not to have
//! sent, and never go twice.

use std::time::{Duration, Instant};

use ha_wechaty_core::{
    AccountId, Id, Input, MessageCopy, MessageFacts, MessageKind, Paced, SendId, SendResult, Settled, Turn,
    content_of_text,
    rpc::{self, Says},
};
use ha_wechaty_wire::{FileBox, MessageType, puppet};
use prost::Message as _;
use prost_reflect::{DynamicMessage, Value};

use super::{
    begun::Begun,
    choose::{among, but, first, speakers},
    entry::Entry,
    mention::Where,
    one::Call,
    place::Place,
    refusal::{Refusal, Setback, verdict_on_send},
};
use crate::{
    error::CallError,
    schema::empty,
    state::{
        facts::NotDurable,
        records::Records,
        sending::{Choose, Doubt, file_key},
        sends::{Done, How, OpenSend, Proof, SendOutcome},
    },
};
use ha_wechaty_config::WhenUnsure;
use ha_wechaty_transport::Fate;

/// Who says, in the ledger, what no bot does.
const OPERATOR: &str = "operator";

/// How long the team may take to notice that an account is lost.
const MOMENT: Duration = Duration::from_millis(50);

/// For more windows than this the core never waits for a witness.
const MOST_WINDOWS: u32 = 15;

/// A send that stands in line.
struct Stands<'a> {
    place: Place<'a>,
    entry: Entry<'a>,
    /// Since when it waits for its next turn.
    since: Instant,
}

/// An account did not send it, as far as it says.
struct Unsent {
    refusal: Refusal,
    /// The teammate that would have seen it, had it been sent.
    missed_by: Option<AccountId>,
}

impl<'a> Call<'a> {
    pub(super) async fn send(&mut self) -> Result<DynamicMessage, CallError> {
        let conversation = self.lead_text()?;
        let message = self.message(&conversation, kind_of(self.method.rpc.says), &self.text("text"));
        let speakers = speakers(self.shared.accounts.clone(), conversation.clone(), self.work());
        let stands = self.stands(&conversation, but(self.not, first(self.quoters(), speakers)))?;
        self.say(&conversation, stands, &message, &[]).await
    }

    /// A message goes on from an account that has it to a conversation that it can reach.
    pub(super) async fn forward(
        &mut self,
        mut order: Vec<AccountId>,
        copies: &[MessageCopy],
    ) -> Result<DynamicMessage, CallError> {
        let conversation = self.method.taken(&self.request, Id::Conversation);
        let reach = self.routing.reach(&conversation);
        order.sort_by_key(|account| (!reach.yes.contains(*account), reach.no.contains(*account)));
        // Before it asks what it forwards: what the bot says there next is to come after it.
        let stands = self.stands(&conversation, among(order))?;
        let original = self.payload_of(&self.lead_text()?).await;
        let kind = original.as_ref().and_then(|it| it.get_field_by_name("type")?.as_enum_number());
        let text = original.as_ref().map(|it| text(it, "text")).unwrap_or_default();
        let message = self.message(&conversation, MessageType::from_wire(kind.unwrap_or_default()), &text);
        self.say(&conversation, stands, &message, copies).await
    }

    /// Stands in line behind whatever is to be said there already.
    fn stands(&self, conversation: &str, choose: Choose) -> Result<Stands<'a>, CallError> {
        let (mut entry, since) = (self.entry(conversation), Instant::now());
        let place = self.stand_in_line(Paced::Message, conversation, choose);
        let place = place.inspect_err(|_| entry.ends(Proof::Full))?;
        Ok(Stands { place, entry, since })
    }

    /// What a message says, which is what it says when it is forwarded.
    async fn payload_of(&self, id: &str) -> Option<DynamicMessage> {
        let method = self.shared.schema.method(rpc::MESSAGE_PAYLOAD);
        let page = self.shared.knowledge.book.page(id);
        let known = page.and_then(|page| page.payload.clone().or_else(|| page.draft.clone()));
        if let Some(known) = known.and_then(|known| method.read_answer(&known).ok()) {
            return Some(known);
        }
        let mut request = empty(&method.request);
        request.set_field_by_name("id", Value::String(id.to_owned()));
        let mut call = Call::new(self.shared, self.caller, method, request);
        Box::pin(call.owner()).await.ok()
    }

    /// Has its turn with one account after the other until one has sent it. The bot must not be tempted to send
    /// again what may be sent, or nobody could. Attempts of which nobody knows whether they sent leave their
    /// doubts behind: until the bot is told that it is sent, its own second try must not send.
    async fn say(
        &mut self,
        conversation: &str,
        stands: Stands<'a>,
        message: &MessageFacts,
        copies: &[MessageCopy],
    ) -> Result<DynamicMessage, CallError> {
        let shared = self.shared;
        let Stands { mut place, mut entry, mut since } = stands;
        let mut changes = shared.core.changes();
        let mut doubts: Vec<Doubt<'a>> = Vec::new();
        let mut refusals: Vec<Refusal> = Vec::new();
        loop {
            let turn = place.turn().await;
            entry.waited(since.elapsed());
            since = Instant::now();
            let account = match turn {
                Turn::Go(account) => account,
                Turn::Nobody => {
                    self.routing = shared.core.routing();
                    if refusals.is_empty() {
                        self.is_for_somebody().inspect_err(|_| entry.ends(proof_of(&[])))?;
                    }
                    // Strangers could not; whoever could may come back.
                    let is_for_others = !self.routing.away(conversation).is_empty();
                    let passes = |it: &Refusal| {
                        it.is_passing
                            || it.fate == Fate::MaybeSent
                            || is_for_others && self.is_about_reach(it)
                    };
                    // A no is an answer. Else somebody was there who is not any more: it may come back.
                    if refusals.is_empty() || !refusals.iter().all(passes) {
                        entry.ends(proof_of(&refusals));
                        return Err(verdict_on_send(&shared.core, &shared.accounts, &refusals));
                    }
                    if is_for_others {
                        self.learn_unreachable(conversation, &refusals);
                        refusals.retain(|it| !self.is_about_reach(it));
                    }
                    // An account that has just been lost is still in the routing for a moment.
                    changes.mark_unchanged();
                    let _ = tokio::time::timeout(MOMENT, changes.changed()).await;
                    place.retry();
                    continue;
                }
                Turn::Expired(late) if refusals.is_empty() => {
                    self.routing = shared.core.routing();
                    entry.ends(Proof::Expired);
                    return Err(place.expired(late, self.outage(conversation)));
                }
                Turn::Crowded(full) if refusals.is_empty() => {
                    entry.ends(Proof::Full);
                    return Err(place.crowded(full));
                }
                Turn::Expired(_) | Turn::Crowded(_) => {
                    entry.ends(proof_of(&refusals));
                    return Err(verdict_on_send(&shared.core, &shared.accounts, &refusals));
                }
            };
            self.routing = shared.core.routing();
            refusals.retain(|it| it.account != account || it.fate == Fate::MaybeSent);
            let file = self.file_name();
            let send = shared.sending.next();
            entry.begins(send);
            let open = || OpenSend {
                row: entry.if_asked(shared.accounts.name(account)),
                file: file.as_ref().map(|name| file_key(conversation, name)),
                over: None,
            };
            let begun = match self.begins(conversation, message, (send, account), open).await {
                Ok(begun) => begun,
                Err(NotDurable) => {
                    entry.ends(Proof::Unwritten);
                    return Err(self.for_all(&refusals, self.not_durable()));
                }
            };
            // As long as it is under way nobody knows its end; a bot that hangs up never will.
            let doubt = file.map(|name| shared.sending.doubts.doubt(self.caller.bot, conversation, &name));
            place.asks();
            entry.asks(shared.accounts.name(account));
            let sent = self.send_through(&place, begun, conversation, message, account, copies).await;
            let is_unsure = matches!(&sent, Ok(Err(Unsent { refusal, missed_by: None })) if refusal.fate == Fate::MaybeSent);
            match doubt {
                Some(doubt) if is_unsure => doubts.push(doubt),
                Some(doubt) => doubt.settle(),
                None => {}
            }
            match sent {
                Ok(Ok((answer, seen))) => {
                    let how = seen.as_ref().map_or(How::Answered, |copy| How::seen_by(copy.account, account));
                    let witness =
                        seen.filter(|_| how == How::Witness).map(|copy| shared.accounts.name(copy.account));
                    entry.is_sent(how, witness, &self.method.given(&answer, Id::Message));
                    doubts.drain(..).for_each(Doubt::settle);
                    self.caller.acknowledges(
                        &shared.core,
                        &shared.bots,
                        &self.method.given(&answer, Id::Message),
                    );
                    self.learn_unreachable(conversation, &refusals);
                    return Ok(answer);
                }
                Ok(Err(Unsent { refusal, .. })) if is_unsure && self.rule() != WhenUnsure::AtLeastOnce => {
                    entry.ends(Proof::Lost);
                    return Err(refusal.into_unsure(&shared.accounts, "the message"));
                }
                Ok(Err(Unsent { refusal, missed_by })) => {
                    since = Instant::now();
                    place.failed(&refusal);
                    let missed_by = missed_by.map(|witness| shared.accounts.name(witness));
                    let outcome = if is_unsure { SendOutcome::Unsure } else { SendOutcome::NotSent };
                    entry.failed(outcome, missed_by);
                    refusals.push(match missed_by {
                        Some(witness) => refusal.into_not_there(witness),
                        None => refusal,
                    });
                }
                Err(hopeless) => {
                    place.give_up();
                    entry.failed(SendOutcome::NotSent, None);
                    entry.ends(Proof::Invalid);
                    return Err(self.for_all(&refusals, hopeless));
                }
            }
        }
    }

    fn entry(&self, conversation: &str) -> Entry<'a> {
        let Records { sends, metrics, .. } = &*self.shared.records;
        let is_ours = self.caller.bot == super::Caller::NOBODY.bot;
        let bot = if is_ours { OPERATOR.into() } else { self.shared.bots.name(self.caller.bot) };
        let mut entry =
            Entry::new((sends, &self.shared.sending.open), metrics, &bot, conversation, self.method.rpc.name);
        if let (Some(Says::Same), Ok(id)) = (self.method.rpc.says, self.lead_text()) {
            entry.forwards(&id);
        }
        entry
    }

    /// What the bot is told where the last try failed so: one before it may have sent it all the same.
    fn for_all(&self, refusals: &[Refusal], error: CallError) -> CallError {
        match refusals.iter().find(|refusal| refusal.fate == Fate::MaybeSent) {
            Some(it) => it.clone().into_unsure_for(&self.shared.accounts, "the message", &error.to_string()),
            None => error,
        }
    }

    /// It is written down that this account is about to be asked.
    async fn begins(
        &self,
        conversation: &str,
        message: &MessageFacts,
        (send, account): (SendId, AccountId),
        open: impl FnOnce() -> OpenSend,
    ) -> Result<Begun<'a>, NotDurable> {
        let shared = self.shared;
        let mut shown = message.clone();
        if let Some(text) = self.words_of(account).await {
            shown.content = content_of_text(&text);
        }
        let patience = shared.settings().pace.max_wait;
        Begun::new(&shared.core, &shared.sending, (send, account), conversation, shown, open, patience).await
    }

    /// Sends through this account; with the copy that was seen, if that is how it is known.
    async fn send_through(
        &self,
        place: &Place<'_>,
        begun: Begun<'_>,
        conversation: &str,
        message: &MessageFacts,
        account: AccountId,
        copies: &[MessageCopy],
    ) -> Result<Result<(DynamicMessage, Option<MessageCopy>), Unsent>, CallError> {
        let shared = self.shared;
        let answered = self.ask(account, copies).await;
        let outcome = match &answered {
            Ok(answer) => {
                let id = self.method.given(answer, Id::Message);
                let own = shared.core.with_identity(|it| it.untag(&id).map(|(_, own)| own.to_owned()));
                let id = own.unwrap_or_default();
                if !id.is_empty() {
                    self.remember(account, &id, conversation, message);
                }
                SendResult::Sent { id }
            }
            Err(Setback::Refused(refusal)) if refusal.fate == Fate::MaybeSent => {
                place.is_in_doubt();
                SendResult::Unsure { is_over: refusal.is_over() && self.rule() == WhenUnsure::Evidence }
            }
            Err(Setback::Refused(refusal)) if refusal.fate == Fate::Answered => SendResult::Refused,
            Err(_) => SendResult::NotSent,
        };
        // The core answers within its windows; should it be gone, so is the gateway. What it has found out is told once it
        // is durable: where nothing can be written down, nobody waits for that longer than a call waits for its turn.
        let config = &shared.config;
        let latest =
            config.delivery.witness_window.saturating_mul(MOST_WINDOWS) + shared.settings().pace.max_wait;
        let settled = match begun.ends(outcome) {
            Some(told) => match tokio::time::timeout(latest, told).await {
                Ok(Ok(settled)) => settled,
                Ok(Err(_)) | Err(_) => Settled::Unknown,
            },
            None => Settled::Unknown,
        };
        let missed_by = match &settled {
            Settled::NotThere { witness } => Some(*witness),
            Settled::Seen(_) | Settled::Unknown => None,
        };
        if let Settled::Seen(copy) = settled {
            // Nothing else was done: an answer would have settled it.
            let _ = self.done.set(Done { by: account, how: How::seen_by(copy.account, account) });
            tracing::info!(
                account = shared.accounts.name(account),
                witness = shared.accounts.name(copy.account),
                "it was lost after a message had been handed to it, and the message was seen: it is sent"
            );
            return Ok(Ok((self.sent_as(&copy), Some(copy))));
        }
        match answered {
            Ok(answer) => Ok(Ok((answer, None))),
            Err(setback) => setback.refusal().map(|refusal| Err(Unsent { refusal, missed_by })),
        }
    }

    /// The answer to a send that a witness has seen.
    fn sent_as(&self, copy: &MessageCopy) -> DynamicMessage {
        let id = self.shared.core.with_identity(|it| it.tag(copy.account, &copy.id));
        // Every answer to a send has its id in this field; the table's twins fill the other.
        let mut answer = empty(&self.method.answer);
        answer.set_field_by_name("id", Value::String(id));
        self.method.fill_twins(&mut answer);
        answer
    }

    /// What becomes of a send that may have been sent, and that nobody saw.
    fn rule(&self) -> WhenUnsure {
        let own = self.shared.bots.config(self.caller.bot).and_then(|bot| bot.when_unsure);
        own.unwrap_or(self.shared.config.delivery.when_unsure)
    }

    /// What others can do, these could not: they are not there. Of one that is throttled, or was known to be
    /// there and gives no reason, that does not follow.
    fn learn_unreachable(&self, conversation: &str, refusals: &[Refusal]) {
        for refusal in refusals.iter().filter(|it| self.is_about_reach(it)) {
            let conversation = conversation.to_owned();
            self.shared.core.tell(Input::Unreachable { account: refusal.account, conversation });
        }
    }

    /// Why nobody can say anything there now.
    pub(super) fn outage(&self, conversation: &str) -> String {
        let away = self.routing.away(conversation);
        if away.is_empty() {
            return self.routing.outage();
        }
        let names: Vec<&str> = away.iter().map(|account| self.shared.accounts.name(account)).collect();
        format!("{conversation:?} is reached by {} alone: {}", names.join(", "), self.routing.outage_of(away))
    }

    /// The message that is about to be, as its witnesses will see it.
    fn message(&self, conversation: &str, kind: MessageType, text: &str) -> MessageFacts {
        let self_id = self.routing.identity().self_id().to_owned();
        let is_room = self.is_room(conversation);
        let (room, listener) =
            if is_room { (conversation, String::new()) } else { ("", conversation.to_owned()) };
        MessageFacts {
            id: String::new(),
            talker: self_id,
            room: room.to_owned(),
            listener,
            kind: MessageKind::from_wire(kind.to_wire()),
            content: content_of_text(text),
            stamp: None,
            recalls: String::new(),
            waited: Duration::ZERO,
        }
    }

    /// What an account is to say instead of the call's text, which mentions the team by its one name; `None` if
    /// it says the same.
    pub(super) async fn words_of(&self, account: AccountId) -> Option<String> {
        if self.method.rpc.says != Some(Says::Text) {
            return None;
        }
        let (text, room) = (self.text("text"), self.text("conversation_id"));
        if !text.contains('@') || !self.is_room(&room) {
            return None;
        }
        let self_id = self.routing.identity().self_id();
        let mentioned = self.request.get_field_by_name("mentional_ids");
        let is_mentioned = match mentioned.as_deref() {
            Some(Value::List(ids)) => ids.iter().any(|id| id.as_str() == Some(self_id)),
            _ => false,
        };
        let place = if is_mentioned { Where::Mentioned } else { Where::Marked };
        self.names_in(&room).say_as(account, &text, place).await
    }

    /// Whether a conversation is a room: by what is known of it, or else by the look of WeChat's ids.
    fn is_room(&self, conversation: &str) -> bool {
        let id = self.routing.identity().untag(conversation).map_or(conversation, |(_, id)| id);
        self.routing.reach(conversation).is_room || id.ends_with("@chatroom") || id.starts_with("@@")
    }

    /// The bot will ask for what it sent: if nobody is left to tell, this is the answer.
    fn remember(&self, account: AccountId, id: &str, conversation: &str, message: &MessageFacts) {
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        let file = FileBox::parse(&self.text("file_box")).ok();
        let mentions = match self.request.get_field_by_name("mentional_ids").as_deref() {
            Some(Value::List(ids)) => ids.iter().filter_map(|it| it.as_str().map(str::to_owned)).collect(),
            _ => Vec::new(),
        };
        #[allow(deprecated)]
        let draft = puppet::MessagePayloadResponse {
            text: self.text("text"),
            filename: file.map(|file| file.name().to_owned()).unwrap_or_default(),
            r#type: message.kind.to_wire(),
            talker_id: message.talker.clone(),
            room_id: message.room.clone(),
            listener_id: if message.room.is_empty() { conversation.to_owned() } else { String::new() },
            mention_ids: mentions,
            timestamp_deprecated: u64::try_from(now.as_millis()).unwrap_or(0),
            receive_time: Some(prost_types::Timestamp {
                seconds: i64::try_from(now.as_secs()).unwrap_or(0),
                nanos: i32::try_from(now.subsec_nanos()).unwrap_or(0),
            }),
            ..Default::default()
        };
        let (copy, draft) = (MessageCopy::new(account, id), draft.encode_to_vec().into());
        self.shared
            .core
            .with_identity(|identity| self.shared.knowledge.book.put_draft(identity, &copy, draft));
    }

    /// What the file is called that it says: only of files there can be a second try, by another call.
    fn file_name(&self) -> Option<String> {
        if self.method.rpc.says != Some(Says::File) {
            return None;
        }
        FileBox::parse(&self.text("file_box")).ok().map(|file| file.name().to_owned())
    }

    fn text(&self, field: &str) -> String {
        text(&self.request, field)
    }
}

/// What a call of this name says; a new one says something that is not known here, until it has a line.
fn kind_of(says: Option<Says>) -> MessageType {
    match says {
        Some(Says::Text) => MessageType::Text,
        Some(Says::File) => MessageType::Attachment,
        Some(Says::Contact) => MessageType::Contact,
        Some(Says::MiniProgram) => MessageType::MiniProgram,
        Some(Says::Url) => MessageType::Url,
        Some(Says::Location) => MessageType::Location,
        Some(Says::Channel) => MessageType::Channel,
        Some(Says::ChannelCard) => MessageType::ChannelCard,
        Some(Says::Post) => MessageType::Post,
        // That of the message that it repeats, which is not known here.
        Some(Says::Same) | None => MessageType::Unknown,
    }
}

/// Why nobody sent it.
fn proof_of(refusals: &[Refusal]) -> Proof {
    match refusals.iter().any(|it| it.fate == Fate::Answered) {
        true => Proof::Refused,
        false => Proof::Unreachable,
    }
}

fn text(message: &DynamicMessage, field: &str) -> String {
    message.get_field_by_name(field).and_then(|it| it.as_str().map(str::to_owned)).unwrap_or_default()
}

#[cfg(test)]
mod tests;
