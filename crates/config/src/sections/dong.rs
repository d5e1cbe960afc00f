//! The official account that answers `dong`: key `dong`. A team runs without it, and it without a team.

use std::collections::BTreeMap;

use ha_wechaty_dong::{Secret, Settings, SettingsError};

use super::{Effect, Section};
use crate::reader::{Every, Field, Form, FromField, Keys, Value, variable_of};

impl Section for Settings {
    const EFFECT: Effect = Effect::AtNextStart;

    fn keys(&mut self, keys: &mut Keys<'_>) {
        let Self { listen, token, aes_key, app_id, reply, default_reply, max_age } = self;
        keys.set("listen", listen);
        keys.set_secret("token", "token_file", token);
        keys.set_secret("aes_key", "aes_key_file", aes_key);
        keys.set("app_id", app_id);
        keys.set("reply", reply);
        keys.set("default_reply", default_reply);
        keys.set_as("max_age", max_age, |Every(age)| age);
    }
}

/// What would keep it from starting: the key, the cause and the remedy.
pub(crate) fn check(settings: &Settings) -> Option<(String, String)> {
    let error = settings.check().err()?;
    let key = format!("dong.{}", error.key());
    let message = if let SettingsError::NoToken | SettingsError::NoAppId = &error {
        format!("{error}, or set {}", variable_of(&key))
    } else {
        error.to_string()
    };
    Some((key, message))
}

impl FromField for Secret {
    const FORM: Form = Form::Secret;

    fn from_field(field: &Field<'_>) -> Option<Self> {
        let value = &field.node.value;
        let text = value.text().map(Into::into);
        text.or_else(|| field.refuse(format!("must be a text, not {}", value.kind())))
    }
}

/// Texts by texts that the operator chooses.
impl FromField for BTreeMap<String, String> {
    fn from_field(field: &Field<'_>) -> Option<Self> {
        let Value::Table(table) = &field.node.value else {
            let shown = field.node.value.shown();
            return field.refuse(format!("must be texts by texts like {{ ding = \"dong\" }}, not {shown}"));
        };
        let texts = table.iter().map(|(key, entry)| {
            let value = &entry.node.value;
            let text = value.text().map(|text| (key.clone(), text.to_owned()));
            let shown = || format!("has {} at {key:?}, but must have texts only", value.shown());
            text.or_else(|| field.refuse(shown()))
        });
        texts.collect()
    }
}
