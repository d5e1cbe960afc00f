//! How the values of a way are written.

use ha_wechaty_core::Severity;

use super::Language;
use crate::{
    Secret,
    reader::{Field, Form, FromField},
};

/// So many people get a mail.
const MOST: usize = 20;

/// An address of the web. Most hold a key, so none is shown.
pub(super) struct Address(pub(super) Secret);

impl FromField for Address {
    const FORM: Form = Form::Secret;

    fn from_field(field: &Field<'_>) -> Option<Self> {
        let Some(text) = field.node.value.text() else {
            return field.refuse(format!("must be a text, not {}", field.node.value.kind()));
        };
        let uri = text.trim().parse::<http::Uri>().ok();
        let is_whole = |it: &http::Uri| {
            matches!(it.scheme_str(), Some("https" | "http"))
                && it.authority().is_some_and(|it| !it.host().is_empty() && !it.as_str().contains('@'))
        };
        match uri.filter(is_whole) {
            Some(_) => Some(Self(Secret::new(text.trim()))),
            None => field.refuse(
                "is no address like https://example.com/alarms (it is not shown, since it may hold a key); copy it \
                 again",
            ),
        }
    }
}

/// A secret that something is signed with, or a password.
pub(super) struct Key(pub(super) Secret);

impl FromField for Key {
    const FORM: Form = Form::Secret;

    fn from_field(field: &Field<'_>) -> Option<Self> {
        match field.node.value.text() {
            Some("") => field.refuse("is empty; copy it again, or leave the key out"),
            Some(text) => Some(Self(Secret::new(text))),
            None => field.refuse(format!("must be a text, not {}", field.node.value.kind())),
        }
    }
}

/// An address of mail.
pub(super) struct Mail(pub(super) String);

impl FromField for Mail {
    const FORM: Form = Form::Text;

    fn from_field(field: &Field<'_>) -> Option<Self> {
        let text = field.text("ha-wechaty@example.com")?;
        match is_mail(text) {
            true => Some(Self(text.to_owned())),
            false => field.refuse(format!("{text:?} is no address of mail; write it like ops@example.com")),
        }
    }
}

/// Those who get mail.
pub(super) struct MailTo(pub(super) Vec<String>);

impl FromField for MailTo {
    fn from_field(field: &Field<'_>) -> Option<Self> {
        let all = match field.node.value.text() {
            Some(one) => vec![one.to_owned()],
            None => Vec::<String>::from_field(field)?,
        };
        if all.is_empty() || all.len() > MOST {
            return field.refuse(format!("has {} addresses, but must have 1 to {MOST}", all.len()));
        }
        match all.iter().find(|it| !is_mail(it)) {
            Some(wrong) => {
                field.refuse(format!("{wrong:?} is no address of mail; write it like ops@example.com"))
            }
            None => Some(Self(all)),
        }
    }
}

/// Whether mail can go there, as far as its characters say; servers say the rest.
fn is_mail(text: &str) -> bool {
    let is_plain = |c: char| !c.is_whitespace() && !c.is_control() && !"<>,;\"()[]\\".contains(c);
    let parts = text.rsplit_once('@');
    parts.is_some_and(|(who, host)| !who.is_empty() && !host.is_empty()) && text.chars().all(is_plain)
}

/// A program and its arguments.
pub(super) struct Program(pub(super) Vec<String>);

impl FromField for Program {
    fn from_field(field: &Field<'_>) -> Option<Self> {
        let all = match field.node.value.text() {
            Some(one) => vec![one.to_owned()],
            None => Vec::<String>::from_field(field)?,
        };
        if all.first().is_none_or(String::is_empty) {
            return field.refuse("names no program; write one, like [\"/usr/local/bin/alarm\", \"--now\"]");
        }
        Some(Self(all))
    }
}

/// Who is told first, or next.
pub(super) struct Level(pub(super) u8);

impl FromField for Level {
    fn from_field(field: &Field<'_>) -> Option<Self> {
        field.number(1..=2).map(|level| Self(if level == 1 { 1 } else { 2 }))
    }
}

impl FromField for Severity {
    fn from_field(field: &Field<'_>) -> Option<Self> {
        field.word(&Self::ALL.map(|severity| (severity.name(), severity)))
    }
}

impl FromField for Language {
    fn from_field(field: &Field<'_>) -> Option<Self> {
        field.word(&[("en", Self::English), ("zh", Self::Chinese)])
    }
}
