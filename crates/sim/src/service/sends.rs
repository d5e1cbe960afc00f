//! What the account says.

use ha_wechaty_wire::puppet as p;
use serde_json::Value;
use tonic::Status;

use super::Service;
use crate::content::{Attachment, Content};
use crate::state::Refusal;

/// The answer to a send: the message's id, in the new field and in the deprecated one.
macro_rules! sent {
    ($response:ident, $id:expr) => {{
        let id = $id;
        #[allow(deprecated)]
        let response = p::$response { id_string_value_deprecated: Some(id.clone()), id };
        response
    }};
}

impl Service {
    pub(super) fn message_send_text(
        &self,
        request: p::MessageSendTextRequest,
    ) -> Result<p::MessageSendTextResponse, Status> {
        let id = self.act(|state, me| {
            let is_new = state.account(me)?.options.generation.is_new();
            let quoted = request.quote_id.filter(|it| is_new && !it.is_empty());
            let quotes = quoted.map(|id| Ok(state.message_of(me, &id)?.serial)).transpose()?;
            state.quote(me, &request.conversation_id, request.text.into(), &request.mentional_ids, quotes)
        })?;
        Ok(sent!(MessageSendTextResponse, id))
    }

    pub(super) fn message_send_channel(
        &self,
        request: p::MessageSendChannelRequest,
    ) -> Result<p::MessageSendChannelResponse, Status> {
        let content = Content::Channel(request.channel.unwrap_or_default());
        Ok(p::MessageSendChannelResponse { id: self.send(&request.conversation_id, content, &[])? })
    }

    pub(super) fn message_send_channel_card(
        &self,
        request: p::MessageSendChannelCardRequest,
    ) -> Result<p::MessageSendChannelCardResponse, Status> {
        let content = Content::ChannelCard(request.channel_card.unwrap_or_default());
        Ok(p::MessageSendChannelCardResponse { id: self.send(&request.conversation_id, content, &[])? })
    }

    pub(super) fn message_send_post(
        &self,
        request: p::MessageSendPostRequest,
    ) -> Result<p::MessageSendPostResponse, Status> {
        let post = request.content.unwrap_or_default();
        let files = post.sayable_list.iter().filter(|it| !it.file_box.is_empty());
        for file in files {
            self.look(|state, me| super::files::unbox(state, me, &file.file_box))?;
        }
        Ok(p::MessageSendPostResponse { id: self.send(&request.conversation_id, Content::Post(post), &[])? })
    }

    pub(super) fn message_send_file(
        &self,
        request: p::MessageSendFileRequest,
    ) -> Result<p::MessageSendFileResponse, Status> {
        let file = self.look(|state, me| super::files::unbox(state, me, &request.file_box))?;
        Ok(sent!(MessageSendFileResponse, self.send(&request.conversation_id, file.into(), &[])?))
    }

    pub(super) fn send_file_stream(
        &self,
        conversation_id: &str,
        file: Attachment,
    ) -> Result<p::MessageSendFileStreamResponse, Status> {
        Ok(sent!(MessageSendFileStreamResponse, self.send(conversation_id, file.into(), &[])?))
    }

    pub(super) fn message_send_contact(
        &self,
        request: p::MessageSendContactRequest,
    ) -> Result<p::MessageSendContactResponse, Status> {
        let known = self.look(|state, _| Ok(state.contacts.contains_key(&request.contact_id)))?;
        if !known {
            return Err(Refusal::new(format!("no contact {}", request.contact_id)).into());
        }
        let content = Content::Contact(request.contact_id);
        Ok(sent!(MessageSendContactResponse, self.send(&request.conversation_id, content, &[])?))
    }

    pub(super) fn message_send_url(
        &self,
        request: p::MessageSendUrlRequest,
    ) -> Result<p::MessageSendUrlResponse, Status> {
        #[allow(deprecated)]
        let old = request.url_link_deprecated;
        let link = match request.url_link {
            Some(link) => link,
            None => link_of(&old)?,
        };
        let id = self.send(&request.conversation_id, Content::Url(link), &[])?;
        Ok(sent!(MessageSendUrlResponse, id))
    }

    pub(super) fn message_send_mini_program(
        &self,
        request: p::MessageSendMiniProgramRequest,
    ) -> Result<p::MessageSendMiniProgramResponse, Status> {
        #[allow(deprecated)]
        let old = request.mini_program_deprecated;
        let program = match request.mini_program {
            Some(program) => program,
            None => program_of(&old)?,
        };
        let id = self.send(&request.conversation_id, Content::MiniProgram(program), &[])?;
        Ok(sent!(MessageSendMiniProgramResponse, id))
    }

    pub(super) fn message_send_location(
        &self,
        request: p::MessageSendLocationRequest,
    ) -> Result<p::MessageSendLocationResponse, Status> {
        let place = request.location.unwrap_or_else(|| p::LocationPayload {
            address: "NOADDRESS".into(),
            name: "NONAME".into(),
            ..Default::default()
        });
        let id = self.send(&request.conversation_id, Content::Location(place), &[])?;
        Ok(p::MessageSendLocationResponse { id })
    }

    pub(super) fn message_forward(
        &self,
        request: p::MessageForwardRequest,
    ) -> Result<p::MessageForwardResponse, Status> {
        let is_new = self.look(|state, me| Ok(state.account(me)?.options.generation.is_new()))?;
        let ids = match request.message_ids.as_slice() {
            many @ [_, _, ..] if is_new => many.to_vec(),
            [one] if is_new && request.message_id.is_empty() => vec![one.clone()],
            _ => vec![request.message_id],
        };
        let mut contents = Vec::new();
        for id in &ids {
            let content = self.content(id)?;
            if let Content::Recalled(_) | Content::Invitation(_) = content {
                return Err(Refusal::new(format!("message {id} can't be forwarded")).into());
            }
            contents.push(content);
        }
        let mut last = String::new();
        for content in contents {
            last = self.send(&request.conversation_id, content, &[])?;
        }
        Ok(sent!(MessageForwardResponse, last))
    }

    fn send(&self, conversation_id: &str, content: Content, mentions: &[String]) -> Result<String, Status> {
        self.act(|state, me| state.send(me, conversation_id, content, mentions))
    }
}

fn link_of(json: &str) -> Result<p::UrlLinkPayload, Refusal> {
    let value = parse(json, "link")?;
    let text = |key: &str| text_of(&value, key);
    Ok(p::UrlLinkPayload {
        description: text("description"),
        thumbnail_url: text("thumbnailUrl"),
        title: text("title"),
        url: text("url"),
    })
}

fn program_of(json: &str) -> Result<p::MiniProgramPayload, Refusal> {
    let value = parse(json, "mini program")?;
    let text = |key: &str| text_of(&value, key);
    Ok(p::MiniProgramPayload {
        appid: text("appid"),
        description: text("description"),
        page_path: text("pagePath"),
        icon_url: text("iconUrl"),
        share_id: text("shareId"),
        thumb_url: text("thumbUrl"),
        title: text("title"),
        username: text("username"),
        thumb_key: text("thumbKey"),
    })
}

fn parse(json: &str, what: &str) -> Result<Value, Refusal> {
    serde_json::from_str(json).map_err(|error| Refusal::new(format!("a malformed {what}: {error}")))
}

fn text_of(value: &Value, key: &str) -> String {
    value.get(key).and_then(Value::as_str).unwrap_or_default().to_owned()
}
