//! The official account that answers `dong`: key `dong`. A team runs without it, and it without a team.

use std::{collections::BTreeMap, time::Duration};

use ha_wechaty_dong::{Secret, Settings, SettingsError};

use crate::{
    ConfigError, Draft,
    environment::variable_of,
    read,
    section::{Field, Form, FromField, Section},
    tree::Value,
};

impl Draft {
    /// Checks what concerns the official account, and nothing else.
    ///
    /// # Errors
    /// All that is wrong with it.
    pub fn finish_dong(self) -> Result<Settings, ConfigError> {
        let (root, whole, problems) = self.into_parts();
        read::dong(&root, &whole, problems)
    }
}

pub(crate) fn section(section: &mut Section<'_>, settings: &mut Settings) {
    section.set("listen", &mut settings.listen);
    section.set_secret("token", "token_file", &mut settings.token);
    section.set_secret("aes_key", "aes_key_file", &mut settings.aes_key);
    section.set("app_id", &mut settings.app_id);
    section.set("reply", &mut settings.reply);
    section.set("default_reply", &mut settings.default_reply);
    if let Some(Age(age)) = section.get("max_age") {
        settings.max_age = age;
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

/// A duration, or `off`.
struct Age(Option<Duration>);

impl FromField for Age {
    fn from_field(field: &Field<'_>) -> Option<Self> {
        if field.is("off") {
            return Some(Self(None));
        }
        Duration::from_field(field).map(|age| Self(Some(age)))
    }
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
