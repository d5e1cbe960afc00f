//! Fields that have two spellings, of which old peers know one and new peers the other.

use prost_reflect::{DynamicMessage, FieldDescriptor, Kind, MessageDescriptor, Value};

use super::{error::SchemaError, path::Path};

/// A field whose deprecated spelling is still used.
#[derive(Debug, Clone)]
pub(super) struct Twins {
    new: Path,
    old: Path,
    sort: TwinSort,
}

/// How the deprecated spelling says the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum TwinSort {
    /// Wrapped in a message with one field, `value`.
    Wrapped,
    /// A count of milliseconds, where the new one is a `Timestamp`.
    Milliseconds,
}

impl Twins {
    pub(super) fn resolve(message: &MessageDescriptor, new: &str, old: &str) -> Result<Self, SchemaError> {
        let old = Path::resolve(message, old)?;
        let wrapped = old.way().last().is_some_and(|field| matches!(field.kind(), Kind::Message(_)));
        let sort = if wrapped { TwinSort::Wrapped } else { TwinSort::Milliseconds };
        Ok(Self { new: Path::resolve(message, new)?, old, sort })
    }

    /// An absent new spelling is copied from the old one.
    pub(super) fn fill_new(&self, message: &mut DynamicMessage) {
        if self.new.value(message).is_some() {
            return;
        }
        let Some(old) = self.old.value(message).cloned() else { return };
        let new = match (self.sort, old) {
            (TwinSort::Wrapped, Value::Message(wrapper)) => {
                wrapper.get_field_by_name("value").map(std::borrow::Cow::into_owned)
            }
            (TwinSort::Milliseconds, Value::U64(count)) => self.timestamp(count).map(Value::Message),
            _ => None,
        };
        // Old clients wrap what they have not got: an empty text is no reason to make the message that it would
        // stand in. Of a field by itself it is a value, like the alias of somebody who is to have none.
        let is_none =
            matches!(&new, Some(Value::String(text)) if text.is_empty()) && self.new.way().len() > 1;
        if let (Some(new), false) = (new, is_none) {
            self.new.write(message, new);
        }
    }

    /// An absent old spelling is copied from the new one.
    pub(super) fn fill_old(&self, message: &mut DynamicMessage) {
        if self.old.value(message).is_some() {
            return;
        }
        let Some(new) = self.new.value(message).cloned() else { return };
        match (self.sort, new) {
            (TwinSort::Wrapped, text @ Value::String(_)) => {
                if let Some(Kind::Message(wrapper)) = self.old.way().last().map(FieldDescriptor::kind) {
                    let mut wrapper = DynamicMessage::new(wrapper);
                    wrapper.set_field_by_name("value", text);
                    self.old.write(message, Value::Message(wrapper));
                }
            }
            (TwinSort::Milliseconds, Value::Message(time)) => {
                let number = |name| match time.get_field_by_name(name).as_deref() {
                    Some(Value::I64(it)) => *it,
                    Some(Value::I32(it)) => i64::from(*it),
                    _ => 0,
                };
                let count =
                    number("seconds").saturating_mul(1_000).saturating_add(number("nanos") / 1_000_000);
                self.old.write(message, Value::U64(u64::try_from(count).unwrap_or(0)));
            }
            _ => {}
        }
    }

    fn timestamp(&self, count: u64) -> Option<DynamicMessage> {
        let Some(Kind::Message(kind)) = self.new.way().last().map(FieldDescriptor::kind) else { return None };
        // Some providers count seconds there; no message is from before 1973.
        let count = if count < 100_000_000_000 { count.saturating_mul(1_000) } else { count };
        let mut time = DynamicMessage::new(kind);
        time.set_field_by_name("seconds", Value::I64(i64::try_from(count / 1_000).ok()?));
        time.set_field_by_name("nanos", Value::I32(i32::try_from(count % 1_000).ok()? * 1_000_000));
        Some(time)
    }
}
