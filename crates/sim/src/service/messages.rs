//! Messages that the account has: payloads, cards, links, places; and taking back.

use std::time::{Duration, UNIX_EPOCH};

use ha_wechaty_wire::puppet as p;
use prost_types::Timestamp;
use serde_json::json;
use tonic::Status;

use super::Service;
use crate::content::Content;
use crate::ledger::WorldMessage;
use crate::state::{Account, Refusal};

impl Service {
    pub(super) fn message_payload(
        &self,
        request: p::MessagePayloadRequest,
    ) -> Result<p::MessagePayloadResponse, Status> {
        self.act(|state, me| {
            let message = state.message_of(me, &request.id)?.clone();
            let account = state.account_mut(me)?;
            let is_new = account.options.generation.is_new();
            let quoted = message.quotes.filter(|_| is_new);
            let quote_id = quoted.and_then(|serial| account.ids_of(serial).into_iter().next());
            let mentioned = message.mentions.iter().filter(|_| is_new);
            account.settle(&request.id);
            let at = message.at.duration_since(UNIX_EPOCH).unwrap_or_default() + account.clock_ahead();
            // WeChat counts seconds.
            let at = Duration::from_secs(at.as_secs());
            #[allow(deprecated)]
            Ok(p::MessagePayloadResponse {
                id: request.id,
                filename: message.content.file().map(|it| it.name.clone()).unwrap_or_default(),
                text: shown_text(&message, account),
                timestamp_deprecated: milliseconds(at),
                r#type: message.content.kind().to_wire(),
                talker_id: message.from.clone(),
                room_id: message.room_id.clone().unwrap_or_default(),
                listener_id: message.listener_id.clone().unwrap_or_default(),
                mention_ids: message.mentions.clone(),
                receive_time: Some(timestamp(at)),
                quote_id,
                additional_info: None,
                text_contents: mentioned.map(|id| mention(id)).collect(),
            })
        })
    }

    pub(super) fn message_channel(
        &self,
        request: p::MessageChannelRequest,
    ) -> Result<p::MessageChannelResponse, Status> {
        let Content::Channel(channel) = self.content(&request.id)? else {
            return Err(is_no(&request.id, "channel"));
        };
        Ok(p::MessageChannelResponse { channel: Some(channel) })
    }

    pub(super) fn message_channel_card(
        &self,
        request: p::MessageChannelCardRequest,
    ) -> Result<p::MessageChannelCardResponse, Status> {
        let Content::ChannelCard(card) = self.content(&request.id)? else {
            return Err(is_no(&request.id, "channel card"));
        };
        Ok(p::MessageChannelCardResponse { channel_card: Some(card) })
    }

    pub(super) fn message_call_record(
        &self,
        request: p::MessageCallRecordRequest,
    ) -> Result<p::MessageCallRecordResponse, Status> {
        let Content::CallRecord(record) = self.content(&request.id)? else {
            return Err(is_no(&request.id, "call record"));
        };
        Ok(p::MessageCallRecordResponse { call_record: Some(record) })
    }

    pub(super) fn message_chat_history(
        &self,
        request: p::MessageChatHistoryRequest,
    ) -> Result<p::MessageChatHistoryResponse, Status> {
        let Content::ChatHistory(chat_history_list) = self.content(&request.id)? else {
            return Err(is_no(&request.id, "chat history"));
        };
        Ok(p::MessageChatHistoryResponse { chat_history_list })
    }

    pub(super) fn conversation_read(
        &self,
        request: p::ConversationReadRequest,
    ) -> Result<p::ConversationReadResponse, Status> {
        self.act(|state, me| {
            state.reach(me, &request.conversation_id)?;
            state.account_mut(me)?.extras.read.insert(request.conversation_id, request.has_read);
            Ok(p::ConversationReadResponse { has_read: request.has_read })
        })
    }

    pub(super) fn message_contact(
        &self,
        request: p::MessageContactRequest,
    ) -> Result<p::MessageContactResponse, Status> {
        if let Content::Contact(id) = self.content(&request.id)? {
            Ok(p::MessageContactResponse { id })
        } else {
            Err(is_no(&request.id, "contact card"))
        }
    }

    pub(super) fn message_url(&self, request: p::MessageUrlRequest) -> Result<p::MessageUrlResponse, Status> {
        let url_link = match self.content(&request.id)? {
            Content::Url(link) => link,
            Content::Invitation(room_id) => p::UrlLinkPayload {
                title: "Invitation to a group chat".into(),
                url: format!("https://g.invalid/{room_id}"),
                ..Default::default()
            },
            Content::Text(_)
            | Content::File(_)
            | Content::Contact(_)
            | Content::MiniProgram(_)
            | Content::Location(_)
            | Content::Channel(_)
            | Content::ChannelCard(_)
            | Content::CallRecord(_)
            | Content::ChatHistory(_)
            | Content::Post(_)
            | Content::Recalled(_)
            | Content::Other(..) => return Err(is_no(&request.id, "link")),
        };
        #[allow(deprecated)]
        Ok(p::MessageUrlResponse { url_link_deprecated: link_json(&url_link), url_link: Some(url_link) })
    }

    pub(super) fn message_mini_program(
        &self,
        request: p::MessageMiniProgramRequest,
    ) -> Result<p::MessageMiniProgramResponse, Status> {
        let Content::MiniProgram(program) = self.content(&request.id)? else {
            return Err(is_no(&request.id, "mini program"));
        };
        #[allow(deprecated)]
        Ok(p::MessageMiniProgramResponse {
            mini_program_deprecated: program_json(&program),
            mini_program: Some(program),
        })
    }

    pub(super) fn message_location(
        &self,
        request: p::MessageLocationRequest,
    ) -> Result<p::MessageLocationResponse, Status> {
        if let Content::Location(place) = self.content(&request.id)? {
            Ok(p::MessageLocationResponse { location: Some(place) })
        } else {
            Err(is_no(&request.id, "location"))
        }
    }

    pub(super) fn message_recall(
        &self,
        request: p::MessageRecallRequest,
    ) -> Result<p::MessageRecallResponse, Status> {
        self.act(|state, me| {
            let serial = state.message_of(me, &request.id)?.serial;
            state.recall(me, serial)?;
            Ok(p::MessageRecallResponse { success: true })
        })
    }

    pub(super) fn content(&self, message_id: &str) -> Result<Content, Status> {
        self.look(|state, me| Ok(state.message_of(me, message_id)?.content.clone()))
    }
}

/// The text that a puppet gives to a message of any type.
fn shown_text(message: &WorldMessage, account: &Account) -> String {
    match &message.content {
        Content::Text(text) | Content::Other(_, text) => text.clone(),
        Content::File(file) => file.name.clone(),
        Content::Contact(id) | Content::Invitation(id) => id.clone(),
        Content::Url(link) => link_json(link),
        Content::MiniProgram(program) => program_json(program),
        Content::Location(place) => place.address.clone(),
        Content::Channel(channel) => channel.desc.clone(),
        Content::ChannelCard(card) => card.nickname.clone(),
        Content::CallRecord(_) => String::new(),
        Content::ChatHistory(said) => said.iter().map(|it| it.title.as_str()).collect(),
        Content::Post(post) => post.sayable_list.iter().map(|it| it.text.as_str()).collect(),
        // The id of what was taken back, as this phone knows it.
        Content::Recalled(serial) => account.ids_of(*serial).into_iter().next().unwrap_or_default(),
    }
}

fn mention(contact_id: &str) -> p::TextContent {
    p::TextContent {
        r#type: p::TextContentType::At.into(),
        text: format!("@{contact_id}"),
        data: Some(p::TextContentData { contact_id: contact_id.to_owned() }),
    }
}

fn link_json(link: &p::UrlLinkPayload) -> String {
    json!({
        "description": link.description, "thumbnailUrl": link.thumbnail_url, "title": link.title,
        "url": link.url,
    })
    .to_string()
}

fn program_json(program: &p::MiniProgramPayload) -> String {
    json!({
        "appid": program.appid, "description": program.description, "pagePath": program.page_path,
        "iconUrl": program.icon_url, "shareId": program.share_id, "thumbUrl": program.thumb_url,
        "title": program.title, "username": program.username, "thumbKey": program.thumb_key,
    })
    .to_string()
}

fn is_no(message_id: &str, what: &str) -> Status {
    Refusal::new(format!("message {message_id} is no {what}")).into()
}

pub(super) fn timestamp(since_epoch: Duration) -> Timestamp {
    Timestamp {
        seconds: i64::try_from(since_epoch.as_secs()).unwrap_or(i64::MAX),
        nanos: i32::try_from(since_epoch.subsec_millis() * 1_000_000).unwrap_or_default(),
    }
}

pub(super) fn milliseconds(since_epoch: Duration) -> u64 {
    u64::try_from(since_epoch.as_millis()).unwrap_or(u64::MAX)
}
