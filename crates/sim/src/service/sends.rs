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
        let id = self.send(&request.conversation_id, request.text.into(), &request.mentional_ids)?;
        Ok(sent!(MessageSendTextResponse, id))
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
        let content = self.content(&request.message_id)?;
        if let Content::Recalled(_) | Content::Invitation(_) = content {
            let text = format!("message {} can't be forwarded", request.message_id);
            return Err(Refusal::new(text).into());
        }
        Ok(sent!(MessageForwardResponse, self.send(&request.conversation_id, content, &[])?))
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
