//! A text that is never shown.

use std::fmt;

use crate::reader::{Field, Form, FromField};

/// A text that is never shown.
///
/// Not one of the crate `secrecy`: those can't be compared, and configurations are, to see what a new one changes. The
/// password that a caller shows is compared where callers are let in, in constant time.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Takes the text.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text itself.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

impl FromField for Secret {
    const FORM: Form = Form::Secret;

    fn from_field(field: &Field<'_>) -> Option<Self> {
        match field.node.value.text() {
            Some(text) if !text.is_empty() => Some(Self::new(text)),
            Some(_) => field.refuse("is empty; choose a password, or leave the key out"),
            None => field.refuse(format!("must be a text, not {}", field.node.value.kind())),
        }
    }
}
