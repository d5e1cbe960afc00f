//! From an account's event stream to facts. A message becomes one once its payload has been read.

use std::{borrow::Cow, time::Duration};

use bytes::Bytes;
use ha_wechaty_core::{
    AccountId, Input, LastHeard, LinkFact, MessageCopy, MessageFacts, MessageKind, Stamp, WeChatEvent,
    content_of, rpc,
};
use ha_wechaty_wire::{self as wire, puppet};
use prost::Message as _;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tonic::{Status, Streaming, client::Grpc};

use super::line::{Sort, Weighs};
use crate::{
    call::{Outward, Refusal, connection, is_id, name_quoted, name_recalled, raw, read_as_one},
    event::{Heard, from_wire},
    schema::{Schema, Unreadable},
    state::{
        Shared,
        accounts::{AccountSide, Unread},
        backlog,
        records::{LineKind, Records, Who},
    },
};
use ha_wechaty_transport::{BytesCodec, Connection, cut};

/// How often a message's payload is asked for, and how long to wait between: a puppet may tell of a message
/// a moment before it can show it.
const TRIES: u32 = 3;
const PAUSE: Duration = Duration::from_millis(250);

/// The room for a puppet's own words in the log; some report whole payloads.
const WORDS: usize = 4_096;

/// What a stream's event is.
#[derive(Debug)]
pub(super) enum Told {
    /// Something that is known now.
    Now(Sort, Reading),
    /// Its puppet's own dong, which shows that the stream hears: it waits for nothing that was told before.
    Dong,
    /// Something that has to be asked for.
    Asks(Question),
    /// Nothing that matters.
    Nothing,
}

/// What has to be asked for.
#[derive(Debug)]
pub(super) enum Question {
    /// What a message says.
    Message {
        /// Which, and when it was told of.
        message: Unread,
        /// Whether another connection told of it, and it could not be read then.
        is_old: bool,
    },
    /// Who invites the account into a room.
    Invitation {
        /// By the account's own ids.
        id: String,
    },
}

/// What a stream's event comes to.
#[derive(Debug)]
pub(super) enum Reading {
    /// A fact for the core.
    Fact(Input),
    /// A message.
    Message {
        /// When its account told of it.
        told: Instant,
        /// What it is.
        fact: MessageFacts,
        /// Whether it says nothing of how the account is now.
        is_old: bool,
    },
    /// Nothing that matters.
    Nothing,
    /// A message whose payload could not be read now.
    Unread(Unread),
}

impl Weighs for Reading {
    fn weight(&self) -> usize {
        let texts = match self {
            Self::Fact(fact) => backlog::weight(fact),
            Self::Message { fact, .. } => backlog::of_message(fact),
            Self::Unread(message) => message.id.len(),
            Self::Nothing => 0,
        };
        size_of::<Self>() + texts
    }
}

impl Reading {
    /// Whether the account has logged in.
    pub(super) fn is_login(&self) -> bool {
        matches!(self, Self::Fact(Input::Link { fact: LinkFact::Login { .. }, .. }))
    }

    /// Whether it says how the account stands.
    pub(super) fn is_state(&self) -> bool {
        matches!(self, Self::Fact(Input::Link { .. }))
    }

    /// The same, after what was told later has been handed on: it does not say how the account is now.
    pub(super) fn overtaken(self) -> Self {
        match self {
            Self::Message { told, fact, .. } => Self::Message { told, fact, is_old: true },
            Self::Fact(_) | Self::Nothing | Self::Unread(_) => self,
        }
    }
}

/// Whose event stream is opened.
#[derive(Debug, Clone, Copy)]
pub(super) struct Whose<'a> {
    pub(super) account: AccountId,
    /// Who is logged in, as far as that is known.
    pub(super) is: Option<&'a str>,
    /// Which service that is, as a fingerprint.
    pub(super) service: u64,
}

/// Opens an account's event stream. Its events stay bytes: one that can't be read is to cost itself, and not the
/// stream.
///
/// Of one whose service counts them it asks for those behind the last that was taken, unless somebody else is logged in since, or
/// another service answers.
pub(super) async fn events(
    accounts: &AccountSide,
    Whose { account, is, service }: Whose<'_>,
    connection: &Connection,
) -> Result<Streaming<Bytes>, Status> {
    let method = accounts.schema.method(rpc::EVENT);
    let mut grpc = Grpc::new(connection.clone()).max_decoding_message_size(accounts.limits.max_message);
    grpc.ready().await?;
    let is_same = |told: &LastHeard| {
        (told.contact_id.is_none() || told.contact_id.as_deref() == is)
            && (told.service == 0 || told.service == service)
    };
    let heard = accounts.links.last_heard(account).filter(is_same);
    let request = heard.map_or_else(puppet::EventRequest::default, |it| puppet::EventRequest {
        seq: it.seq,
        account_id: is.unwrap_or_default().to_owned(),
    });
    let request = Bytes::from(request.encode_to_vec());
    Ok(grpc.server_streaming(method.call(request), method.path.clone(), BytesCodec).await?.into_inner())
}

fn parse(schema: &Schema, event: &[u8]) -> Result<wire::PuppetEvent, String> {
    let method = schema.method(rpc::EVENT);
    let event = method.typed_answer(event).map_err(|error| format!("it is not readable: {error}"))?;
    wire::PuppetEvent::parse(&event).map_err(|error| error.to_string())
}

/// The number of an event, if its service counts them.
pub(super) fn number(event: &[u8]) -> Option<i32> {
    puppet::EventResponse::decode(event).ok().map(|it| it.seq).filter(|seq| *seq > 0)
}

/// What an account's stream has told.
pub(super) fn hear(shared: &Shared, account: AccountId, event: &[u8]) -> Told {
    let event = match parse(&shared.schema, event) {
        Ok(event) => event,
        Err(error) => {
            if shared.records.hush.lets(Who::Account(account), LineKind::Garbage, || error.clone()) {
                tracing::warn!(account = shared.accounts.name(account), %error, "skipped an event of the account");
            }
            return Told::Nothing;
        }
    };
    let state = |fact| Told::Now(Sort::State, Reading::Fact(Input::Link { account, fact }));
    let event = match from_wire(event) {
        Heard::Event(event) => event,
        Heard::Error(what) => {
            told_error(&shared.accounts, &shared.records, account, &what);
            return Told::Nothing;
        }
        Heard::SignOfLife => return Told::Nothing,
    };
    match event {
        WeChatEvent::Message { id } => {
            let message = Unread::message(&id, Instant::now());
            return Told::Asks(Question::Message { message, is_old: false });
        }
        WeChatEvent::Login { contact_id } => return state(LinkFact::Login { contact_id }),
        WeChatEvent::Logout { reason, .. } => return state(LinkFact::Logout { reason }),
        WeChatEvent::Scan(scan) => return state(LinkFact::Scan(scan)),
        WeChatEvent::Challenge(challenge) => return state(LinkFact::Challenge(challenge)),
        WeChatEvent::RoomInvite { id } if shared.settings().team.invite_teammates => {
            return Told::Asks(Question::Invitation { id });
        }
        WeChatEvent::Dong { .. } => return Told::Dong,
        WeChatEvent::Dirty { kind, ref id } => shared.core.with_identity(|identity| {
            shared.knowledge.is_dirty(identity, account, kind, id);
        }),
        WeChatEvent::Friendship { .. }
        | WeChatEvent::RoomInvite { .. }
        | WeChatEvent::Post { .. }
        | WeChatEvent::RoomJoin(_)
        | WeChatEvent::RoomLeave(_)
        | WeChatEvent::RoomTopic { .. }
        | WeChatEvent::RoomAnnounce { .. }
        | WeChatEvent::Tag(_)
        | WeChatEvent::TagGroup(_)
        | WeChatEvent::PostComment { .. }
        | WeChatEvent::PostTap { .. }
        | WeChatEvent::Ready => {}
    }
    Told::Now(Sort::Event, Reading::Fact(Input::Event { account, event }))
}

/// A puppet's own words about an error. One that runs here has printed them, too.
fn told_error(accounts: &AccountSide, records: &Records, account: AccountId, what: &str) {
    let what = brief(what);
    if accounts.roster.is_hosted(account) {
        tracing::debug!(account = accounts.name(account), error = %what, "the account's puppet reports an error");
    } else if records.hush.lets(Who::Account(account), LineKind::Reported, || what.to_string()) {
        tracing::warn!(account = accounts.name(account), error = %what, "the account's puppet reports an error");
    }
}

/// What an error's payload says: that is an error as JSON, with its trace, or plain words.
fn brief(payload: &str) -> Cow<'_, str> {
    #[derive(serde::Deserialize)]
    struct Gerror {
        message: Option<String>,
        details: Option<String>,
    }
    let gerror: Option<Gerror> = serde_json::from_str(payload).ok();
    let words = gerror.and_then(|it| it.message.filter(|it| !it.is_empty()).or(it.details));
    let Some(words) = words else { return cut(payload, WORDS) };
    Cow::Owned(cut(words.lines().next().unwrap_or_default(), WORDS).into_owned())
}

/// Asks for what was told of, and enters a message in the book before the core hears of it; until it is to
/// `give_up`.
pub(super) async fn ask(
    shared: &Shared,
    account: AccountId,
    question: Question,
    give_up: &CancellationToken,
) -> Reading {
    match question {
        Question::Message { message, is_old } => tokio::select! {
            reading = try_message(shared, account, message.clone(), is_old) => reading,
            () = give_up.cancelled() => Reading::Unread(message),
        },
        Question::Invitation { id } => {
            let told = Instant::now();
            let inviter = tokio::select! {
                inviter = inviter(&shared.accounts, account, &id) => inviter,
                () = give_up.cancelled() => None,
            };
            match inviter {
                Some(inviter) => Reading::Fact(Input::Invitation { account, id, inviter }),
                // It is asked for again: else a teammate's would be taken for a stranger's.
                None => Reading::Unread(Unread::invitation(&id, told)),
            }
        }
    }
}

/// Hears an event and tells the core what it comes to; what has to be asked for is given up after so long.
#[cfg(feature = "fuzzing")]
pub async fn hear_and_ask(shared: &Shared, account: AccountId, event: &[u8], within: Duration) {
    let reading = match hear(shared, account, event) {
        Told::Now(_, reading) => reading,
        Told::Dong => Reading::Fact(Input::PuppetDong { account }),
        Told::Nothing => Reading::Nothing,
        Told::Asks(question) => {
            let give_up = CancellationToken::new();
            let ask = ask(shared, account, question, &give_up);
            let late = async {
                tokio::time::sleep(within).await;
                give_up.cancel();
                std::future::pending::<()>().await;
            };
            tokio::select! {
                reading = ask => reading,
                () = late => Reading::Nothing,
            }
        }
    };
    match reading {
        Reading::Fact(fact) => shared.core.tell(fact),
        Reading::Message { fact: message, is_old: false, .. } => {
            shared.core.tell(Input::Message { account, message });
        }
        Reading::Message { fact: message, .. } => shared.core.tell(Input::OldMessage { account, message }),
        Reading::Nothing | Reading::Unread(_) => {}
    }
}

async fn try_message(shared: &Shared, account: AccountId, it: Unread, is_old: bool) -> Reading {
    let mut last = None;
    for attempt in 0..TRIES {
        if attempt > 0 {
            tokio::time::sleep(PAUSE).await;
        }
        match payload(shared, account, &it.id).await {
            Ok(message) => {
                return Reading::Message { told: it.told, fact: message, is_old };
            }
            Err(refusal) => last = Some(refusal),
        }
        if shared.accounts.links.connection(account).is_none() {
            break;
        }
    }
    let Some(last) = last else { return Reading::Nothing };
    let why = cut(last.status.message(), WORDS);
    if shared.records.hush.lets(Who::Account(account), LineKind::Unread, || why.to_string()) {
        tracing::warn!(account = shared.accounts.name(account), %why, "a message's payload can't be read");
    }
    let was_there = !last.is_passing && shared.accounts.links.connection(account).is_some();
    // What the puppet itself refuses again on another connection it will never show.
    if is_old && was_there {
        is_unshown(shared, account, it.id);
        return Reading::Nothing;
    }
    Reading::Unread(it)
}

/// A message will never be shown: after a restart nobody asks for it.
pub(super) fn is_unshown(shared: &Shared, account: AccountId, id: String) {
    if shared.core.is_durable() {
        shared.core.tell(Input::Unshown { account, id });
    }
}

/// Who invites an account; empty if that can't be read, since then it is no teammate for sure; none if the account is gone
/// before it has answered.
async fn inviter(accounts: &AccountSide, account: AccountId, id: &str) -> Option<String> {
    let request = puppet::RoomInvitationPayloadRequest { id: id.to_owned(), ..Default::default() };
    let method = accounts.schema.method(rpc::ROOM_INVITATION_PAYLOAD);
    let connection = connection(accounts, account).ok()?;
    let deadline = accounts.limits.calls.read;
    let answer = raw(accounts, account, connection, method, request.encode_to_vec().into(), deadline).await;
    if answer.is_err() && accounts.links.connection(account).is_none() {
        return None;
    }
    let payload = answer.ok().and_then(|bytes| method.typed_answer(&bytes).ok());
    Some(payload.map(|payload: puppet::RoomInvitationPayloadResponse| payload.inviter_id).unwrap_or_default())
}

async fn payload(shared: &Shared, account: AccountId, id: &str) -> Result<MessageFacts, Refusal> {
    let method = shared.schema.method(rpc::MESSAGE_PAYLOAD);
    let connection = connection(&shared.accounts, account)?;
    let request: Bytes = puppet::MessagePayloadRequest { id: id.to_owned() }.encode_to_vec().into();
    let bytes = raw(&shared.accounts, account, connection, method, request, shared.limits.calls.read).await?;
    let garbage = |error: Unreadable| Refusal::unsure(account, format!("it is not readable: {error}"));
    let told: puppet::MessagePayloadResponse = method.typed_answer(&bytes).map_err(garbage)?;
    let (kind, stamp) = (MessageKind::from_wire(told.r#type), stamp(&told));
    let mut payload = method.read_answer(&bytes).map_err(garbage)?;
    read_as_one(&shared.core, &shared.accounts, &shared.knowledge.names, account, &mut payload).await;
    shared.core.with_identity(|identity| {
        let own = identity.account_of(&told.talker_id) == Some(account);
        Outward { identity, account }.apply(&mut payload, &method.gives);
        name_recalled(identity, &shared.knowledge.book, account, &mut payload);
        name_quoted(identity, &shared.knowledge.book, &method.gives, &mut payload);
        shared.knowledge.book.put_payload(identity, &MessageCopy::new(account, id), own, &payload);
        if !identity.is_own(&told.talker_id) {
            // What the bot says there now is an answer.
            shared.sending.pacer.heard(&match told.room_id.as_str() {
                "" => identity.contact_out(account, &told.talker_id),
                room => identity.room_out(account, room),
            });
        }
    });
    Ok(MessageFacts {
        // The event's id leads; some providers leave the payload's own empty.
        id: id.to_owned(),
        content: content_of(kind, &told.text, name_of(&told.filename, id)),
        talker: told.talker_id,
        room: told.room_id,
        listener: told.listener_id,
        kind,
        stamp,
        recalls: if kind == MessageKind::Recalled && is_id(&told.text) { told.text } else { String::new() },
        waited: Duration::ZERO,
    })
}

/// What a file's name says about its content. Where WeChat tells no name, web puppets name it by the message's
/// id, which is another one for every account.
fn name_of<'a>(filename: &'a str, id: &str) -> &'a str {
    match filename.strip_prefix(id) {
        Some(rest) if rest.is_empty() || rest.starts_with('.') => rest,
        _ => filename,
    }
}

/// When the message was said, as its account tells it.
fn stamp(told: &puppet::MessagePayloadResponse) -> Option<Stamp> {
    let received = told.receive_time.as_ref().filter(|it| it.seconds > 0);
    let received =
        received.map(|it| it.seconds.saturating_mul(1_000).saturating_add(i64::from(it.nanos / 1_000_000)));
    #[allow(deprecated)]
    let old = || i64::try_from(told.timestamp_deprecated).unwrap_or(0);
    Stamp::new(received.unwrap_or_else(old))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_is_the_messages_id_says_no_more_than_what_kind_of_file_it_is() {
        let names = [("71.jpg", "71"), ("71", "71"), ("710.jpg", "71"), ("IMG_71.jpg", "71"), ("a.jpg", "")];
        let said = names.map(|(name, id)| name_of(name, id));
        assert_eq!(said, [".jpg", "", "710.jpg", "IMG_71.jpg", "a.jpg"]);
    }

    #[test]
    fn of_an_error_its_first_words_are_told_and_not_its_trace() {
        let gerror =
            r#"{"code":2,"message":"no network\nat all","stack":"Error: no network\n    at a.js:1:1"}"#;
        assert_eq!(brief(gerror), "no network");
        assert_eq!(brief(r#"{"details":"Error: no\n    at a.js"}"#), "Error: no");
        for plain in ["no network", "{}", "7", ""] {
            assert_eq!(brief(plain), plain);
        }
    }
}
