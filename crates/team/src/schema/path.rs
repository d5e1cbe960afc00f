//! Where a field is in a message.

use prost_reflect::{DynamicMessage, FieldDescriptor, Kind, MessageDescriptor, Value};

use super::error::SchemaError;

/// A field, as the way that leads to it through messages.
#[derive(Debug, Clone)]
pub struct Path(pub(super) Vec<FieldDescriptor>);

impl Path {
    pub(super) fn resolve(message: &MessageDescriptor, path: &str) -> Result<Self, SchemaError> {
        let mut fields = Vec::new();
        let mut at = Some(message.clone());
        for name in path.split('.') {
            let unknown = || SchemaError::Field(message.full_name().to_owned(), path.to_owned());
            let field = at.as_ref().and_then(|it| it.get_field_by_name(name)).ok_or_else(unknown)?;
            at = if let Kind::Message(inner) = field.kind() { Some(inner) } else { None };
            fields.push(field);
        }
        Ok(Self(fields))
    }

    /// The value there, unless it or a message on the way is absent.
    pub fn value<'a>(&self, message: &'a mut DynamicMessage) -> Option<&'a mut Value> {
        let (last, way) = self.0.split_last()?;
        let mut message = message;
        for field in way {
            if !message.has_field(field) {
                return None;
            }
            message = message.get_field_mut(field).as_message_mut()?;
        }
        message.has_field(last).then(|| message.get_field_mut(last))
    }

    /// The text there; empty if it is absent.
    pub fn text(&self, message: &DynamicMessage) -> String {
        let mut copy = None;
        for field in &self.0 {
            let at = copy.as_ref().unwrap_or(message);
            let value = at.get_field(field).into_owned();
            if let Value::String(text) = value {
                return text;
            }
            let Value::Message(inner) = value else { return String::new() };
            copy = Some(inner);
        }
        String::new()
    }

    /// Writes a value there, making the messages on the way.
    pub(super) fn write(&self, message: &mut DynamicMessage, value: Value) {
        let Some((last, way)) = self.0.split_last() else { return };
        let mut message = message;
        for field in way {
            match message.get_field_mut(field).as_message_mut() {
                Some(inner) => message = inner,
                None => return,
            }
        }
        message.set_field(last, value);
    }
}
