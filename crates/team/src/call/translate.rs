//! Ids of the team in messages of an account, and back.

use ha_wechaty_core::{AccountId, DirtyType, Id, Identity, MessageCopy};
use prost_reflect::{DynamicMessage, Value};

use crate::{schema::Path, state::knowledge::Book};

/// A bot's ids, as one account knows them.
pub(super) struct Inward<'a> {
    /// Who the team is.
    pub identity: &'a Identity,
    /// The account that gave the message.
    pub account: AccountId,
    /// The copies of the message that the call is about: any may stand for it.
    pub copies: &'a [MessageCopy],
    /// Where copies of other messages stand.
    pub book: &'a Book,
}

/// The account can't know an id in the request; another one might.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("it does not know the id {0:?}")]
pub(super) struct Foreign(pub String);

/// So many bytes may an id have; no provider's come near it. A puppet repeats an id that it does not know, and a
/// refusal that is too long for HTTP/2 breaks the connection to its account, and then to the next one.
const LONGEST_ID: usize = 4_096;

/// An id in a request is none that anybody gave out.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("an id in the request has {0} bytes; an id has {LONGEST_ID} at most")]
pub(super) struct TooLong(usize);

/// Looks at the length of a request's ids. FileBoxes may be of any.
pub(super) fn check_lengths(message: &mut DynamicMessage, fields: &[(Path, Id)]) -> Result<(), TooLong> {
    for (path, _) in fields.iter().filter(|(_, id)| *id != Id::FileBox) {
        path.each(message, &mut |value| {
            each_text(value, &mut |text| {
                if text.len() > LONGEST_ID { Err(TooLong(text.len())) } else { Ok(None) }
            })
        })?;
    }
    Ok(())
}

impl Inward<'_> {
    /// Translates a request. FileBoxes are left as they are.
    pub(super) fn apply(&self, message: &mut DynamicMessage, fields: &[(Path, Id)]) -> Result<(), Foreign> {
        let payload = payload_sort(message);
        for (path, id) in fields {
            let id = if *id == Id::Payload { payload } else { *id };
            if id.may_be_left_out() {
                self.leave_out(message, path, id)?;
            }
            path.each(message, &mut |value| each_text(value, &mut |text| self.one(id, text)))?;
        }
        Ok(())
    }

    /// What of a list is others' is left out; of tags one must be left. A quotation goes without what nobody here has.
    fn leave_out(&self, message: &mut DynamicMessage, path: &Path, id: Id) -> Result<(), Foreign> {
        let mut foreign = None;
        let mut is_known = |text: &str| match self.one(id, text) {
            Ok(_) => true,
            Err(it) => {
                foreign = Some(it);
                false
            }
        };
        path.retain(message, &mut is_known);
        if id == Id::Quote {
            if !path.texts(message).iter().all(|text| self.one(id, text).is_ok()) {
                path.clear(message);
            }
            return Ok(());
        }
        match foreign {
            Some(foreign) if path.texts(message).is_empty() => Err(foreign),
            Some(_) | None => Ok(()),
        }
    }

    fn one(&self, id: Id, text: &str) -> Result<Option<String>, Foreign> {
        if text.is_empty() {
            return Ok(None);
        }
        let known = match id {
            Id::Contact | Id::Conversation => self.identity.contact_in(self.account, text),
            Id::Room => self.identity.room_in(self.account, text),
            Id::FileBox => return Ok(None),
            Id::Message | Id::Payload | Id::Post => self.copy(text),
            Id::Quote => self.own(text).or_else(|| self.copy_in_book(text)),
            Id::Friendship
            | Id::Invitation
            | Id::File
            | Id::Tag
            | Id::TagGroup
            | Id::Broadcast
            | Id::Verify
            | Id::Strategy => self.own(text),
        };
        known.map(Some).ok_or_else(|| Foreign(text.to_owned()))
    }

    /// What the account itself owns.
    fn own(&self, text: &str) -> Option<String> {
        let (owner, id) = self.identity.untag(text)?;
        (owner == self.account).then(|| id.to_owned())
    }

    /// What it owns, or has a copy of.
    fn copy(&self, text: &str) -> Option<String> {
        let copy = || self.copies.iter().find(|copy| copy.account == self.account).map(|it| it.id.clone());
        self.own(text).or_else(copy).or_else(|| self.copy_in_book(text))
    }

    fn copy_in_book(&self, text: &str) -> Option<String> {
        let page = self.book.page(text)?;
        page.copies.iter().find(|copy| copy.account == self.account).map(|copy| copy.id.clone())
    }
}

/// One account's ids, as bots know them.
pub struct Outward<'a> {
    /// Who the team is.
    pub identity: &'a Identity,
    /// The account that gave the message.
    pub account: AccountId,
}

impl Outward<'_> {
    /// Translates an answer. FileBoxes are left as they are.
    pub fn apply(&self, message: &mut DynamicMessage, fields: &[(Path, Id)]) {
        for (path, id) in fields {
            let translated = path.each(message, &mut |value: &mut Value| -> Result<(), Foreign> {
                each_text(value, &mut |text| Ok::<_, Foreign>(self.one(*id, text)))?;
                if let (Id::Contact, Value::List(people)) = (id, value) {
                    // Teammates in one room are one person.
                    let mut seen = std::collections::BTreeSet::new();
                    people.retain(|person| person.as_str().is_none_or(|it| seen.insert(it.to_owned())));
                }
                Ok(())
            });
            debug_assert!(translated.is_ok(), "translation outward can't fail");
        }
    }

    fn one(&self, id: Id, text: &str) -> Option<String> {
        match id {
            _ if text.is_empty() => None,
            Id::Contact | Id::Conversation => Some(self.identity.contact_out(self.account, text)),
            Id::Room => Some(self.identity.room_out(self.account, text)),
            Id::FileBox | Id::Payload => None,
            Id::Message
            | Id::Friendship
            | Id::Invitation
            | Id::File
            | Id::Quote
            | Id::Tag
            | Id::TagGroup
            | Id::Post
            | Id::Broadcast
            | Id::Verify
            | Id::Strategy => Some(self.identity.tag(self.account, text)),
        }
    }
}

/// What the id in a `DirtyPayload` names: by `PayloadType`.
fn payload_sort(message: &DynamicMessage) -> Id {
    let number = message.get_field_by_name("type").and_then(|it| it.as_enum_number()).unwrap_or_default();
    match DirtyType::from_wire(number) {
        DirtyType::Contact => Id::Contact,
        DirtyType::Room | DirtyType::RoomMember => Id::Room,
        DirtyType::Message
        | DirtyType::Friendship
        | DirtyType::Post
        | DirtyType::Tag
        | DirtyType::TagGroup
        | DirtyType::Other(_) => Id::Message,
    }
}

/// Whether the request is about something that one account owns, also where the request itself says of
/// what sort its id is.
pub(super) fn is_owned(message: &DynamicMessage, id: Id) -> bool {
    if id == Id::Payload { payload_sort(message).is_owned() } else { id.is_owned() }
}

/// Replaces the text, or each text of a list, where `change` gives another.
fn each_text<E>(
    value: &mut Value,
    change: &mut dyn FnMut(&str) -> Result<Option<String>, E>,
) -> Result<(), E> {
    if let Value::String(text) = value {
        if let Some(other) = change(text)? {
            *text = other;
        }
    } else if let Value::List(items) = value {
        for item in items {
            each_text(item, change)?;
        }
    }
    Ok(())
}
