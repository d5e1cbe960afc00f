//! Where a field is in a message.

use prost_reflect::{DynamicMessage, FieldDescriptor, Kind, MessageDescriptor, Value};

use super::error::SchemaError;

/// What stands in a path for any number of messages.
const DEEP: &str = "**";
/// So deep messages are looked through; no reader goes deeper.
const DEPTH: usize = 100;

/// A field, as the way that leads to it through messages, and through each of a list of them.
#[derive(Debug, Clone)]
pub struct Path {
    way: Vec<FieldDescriptor>,
    /// The name of the fields below that are meant, however deep; none if the way ends at its field.
    below: Option<String>,
}

impl Path {
    pub(super) fn resolve(message: &MessageDescriptor, path: &str) -> Result<Self, SchemaError> {
        let unknown = || SchemaError::Field(message.full_name().to_owned(), path.to_owned());
        let (mut way, mut at) = (Vec::new(), Some(message.clone()));
        let mut names = path.split('.');
        while let Some(name) = names.next() {
            if name == DEEP {
                let (below, rest) = (names.next().ok_or_else(unknown)?, names.next());
                let is_there = at.as_ref().is_some_and(|it| has_below(it, below, &mut Vec::new()));
                return match (rest, is_there) {
                    (None, true) => Ok(Self { way, below: Some(below.to_owned()) }),
                    _ => Err(unknown()),
                };
            }
            let field = at.as_ref().and_then(|it| it.get_field_by_name(name)).ok_or_else(unknown)?;
            at = if let Kind::Message(inner) = field.kind() { Some(inner) } else { None };
            way.push(field);
        }
        Ok(Self { way, below: None })
    }

    /// The field, if it is one of the message itself, and not a list.
    pub fn own(&self) -> Option<&FieldDescriptor> {
        match self.way.as_slice() {
            [field] if self.below.is_none() && !field.is_list() => Some(field),
            _ => None,
        }
    }

    /// Whether it leads to the field of this path.
    #[cfg(test)]
    pub(super) fn covers(&self, path: &str) -> bool {
        let way: Vec<&str> = self.way.iter().map(FieldDescriptor::name).collect();
        let way = way.join(".");
        match &self.below {
            None => {
                path == way
                    || path.strip_prefix(&way).is_some_and(|it| it.starts_with('.'))
                    || way.starts_with(&format!("{path}."))
            }
            Some(name) => path.starts_with(&way) && path.rsplit('.').next() == Some(name),
        }
    }

    /// Whether there may be many values at its end.
    pub fn is_many(&self) -> bool {
        self.below.is_some() || self.way.iter().any(FieldDescriptor::is_list)
    }

    /// The fields that lead to it.
    pub fn way(&self) -> &[FieldDescriptor] {
        &self.way
    }

    /// The value there, unless it or a message on the way is absent, or there are many.
    pub fn value<'a>(&self, message: &'a mut DynamicMessage) -> Option<&'a mut Value> {
        let (last, way) = self.way.split_last()?;
        let mut message = message;
        for field in way {
            if !message.has_field(field) {
                return None;
            }
            message = message.get_field_mut(field).as_message_mut()?;
        }
        message.has_field(last).then(|| message.get_field_mut(last))
    }

    /// Looks at each value there, and may change it.
    ///
    /// # Errors
    /// The first one that `look` has.
    pub fn each<E>(
        &self,
        message: &mut DynamicMessage,
        look: &mut dyn FnMut(&mut Value) -> Result<(), E>,
    ) -> Result<(), E> {
        through(&self.way, self.below.as_deref(), message, look)
    }

    /// The first text there; empty if there is none.
    pub fn text(&self, message: &DynamicMessage) -> String {
        self.first(message, &self.way).unwrap_or_default()
    }

    /// All texts there that are not empty, in order.
    pub fn texts(&self, message: &DynamicMessage) -> Vec<String> {
        let mut found = Vec::new();
        self.visit(message, &mut |text| {
            if !text.is_empty() {
                found.push(text.to_owned());
            }
        });
        found
    }

    /// Looks at each text there, in order.
    pub fn visit(&self, message: &DynamicMessage, look: &mut dyn FnMut(&str)) {
        visit(&self.way, self.below.as_deref(), message, DEPTH, look);
    }

    /// Keeps of a list, of texts or of messages that have the text, those that `keep` wants. What stands alone stays.
    pub fn retain(&self, message: &mut DynamicMessage, keep: &mut dyn FnMut(&str) -> bool) {
        let Some(list) = self.way.iter().position(FieldDescriptor::is_list) else { return };
        let (way, rest) = self.way.split_at(list);
        let Some((field, rest)) = rest.split_first() else { return };
        let mut at = message;
        for field in way {
            if !at.has_field(field) {
                return;
            }
            match at.get_field_mut(field).as_message_mut() {
                Some(inner) => at = inner,
                None => return,
            }
        }
        let mut keeps = |item: &Value| {
            let mut is_kept = true;
            visit_all(item, rest, self.below.as_deref(), DEPTH, &mut |text| is_kept &= keep(text));
            is_kept
        };
        if let Value::List(items) = at.get_field_mut(field) {
            items.retain(|item| keeps(item));
        }
    }

    /// Takes the field away, if it is one of the message itself.
    pub fn clear(&self, message: &mut DynamicMessage) {
        if let [field] = self.way.as_slice() {
            message.clear_field(field);
        }
    }

    fn first(&self, message: &DynamicMessage, way: &[FieldDescriptor]) -> Option<String> {
        let (field, rest) = way.split_first()?;
        if !message.has_field(field) {
            return None;
        }
        let text = |value: &Value| {
            if let Value::Message(inner) = value {
                return self.first(inner, rest);
            }
            value.as_str().filter(|it| !it.is_empty()).map(str::to_owned)
        };
        let value = message.get_field(field);
        value.as_list().map_or_else(|| text(&value), |items| items.iter().find_map(text))
    }

    /// Writes a value there, making the messages on the way.
    pub(super) fn write(&self, message: &mut DynamicMessage, value: Value) {
        let Some((last, way)) = self.way.split_last() else { return };
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

fn visit(
    way: &[FieldDescriptor],
    below: Option<&str>,
    message: &DynamicMessage,
    depth: usize,
    look: &mut dyn FnMut(&str),
) {
    let Some(depth) = depth.checked_sub(1) else { return };
    match (way.split_first(), below) {
        (Some((field, rest)), _) if message.has_field(field) => {
            visit_all(&message.get_field(field), rest, below, depth, look);
        }
        (Some(_), _) | (None, None) => {}
        (None, Some(name)) => {
            for (field, value) in message.fields() {
                if matches!(field.kind(), Kind::Message(_)) || field.name() == name {
                    visit_all(value, &[], below, depth, look);
                }
            }
        }
    }
}

/// The value, or each of a list.
fn visit_all(
    value: &Value,
    rest: &[FieldDescriptor],
    below: Option<&str>,
    depth: usize,
    look: &mut dyn FnMut(&str),
) {
    if let Value::List(items) = value {
        items.iter().for_each(|it| visit_all(it, rest, below, depth, look));
    } else if let Value::Message(inner) = value {
        visit(rest, below, inner, depth, look);
    } else if let Value::String(text) = value {
        look(text);
    }
}

/// Whether there is a field of that name in such messages, or in those in them.
fn has_below(message: &MessageDescriptor, name: &str, seen: &mut Vec<MessageDescriptor>) -> bool {
    if seen.contains(message) {
        return false;
    }
    seen.push(message.clone());
    message.fields().any(|field| {
        if let Kind::Message(inner) = field.kind() {
            return has_below(&inner, name, seen);
        }
        field.name() == name
    })
}

fn through<E>(
    way: &[FieldDescriptor],
    below: Option<&str>,
    message: &mut DynamicMessage,
    look: &mut dyn FnMut(&mut Value) -> Result<(), E>,
) -> Result<(), E> {
    let Some((field, rest)) = way.split_first() else {
        return below.map_or(Ok(()), |name| deep(name, message, DEPTH, look));
    };
    if !message.has_field(field) {
        return Ok(());
    }
    let value = message.get_field_mut(field);
    if rest.is_empty() && below.is_none() {
        return look(value);
    }
    messages(value, &mut |inner| through(rest, below, inner, look))
}

/// Each field of that name, in the message and in those in it.
fn deep<E>(
    name: &str,
    message: &mut DynamicMessage,
    depth: usize,
    look: &mut dyn FnMut(&mut Value) -> Result<(), E>,
) -> Result<(), E> {
    let Some(depth) = depth.checked_sub(1) else { return Ok(()) };
    for (field, value) in message.fields_mut() {
        if matches!(field.kind(), Kind::Message(_)) {
            messages(value, &mut |inner| deep(name, inner, depth, look))?;
        } else if field.name() == name {
            look(value)?;
        }
    }
    Ok(())
}

/// The message, or each of a list of them.
fn messages<E>(
    value: &mut Value,
    look: &mut dyn FnMut(&mut DynamicMessage) -> Result<(), E>,
) -> Result<(), E> {
    if let Value::Message(inner) = value {
        return look(inner);
    }
    if let Value::List(items) = value {
        return items.iter_mut().filter_map(Value::as_message_mut).try_for_each(look);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::dynamic;
    use ha_wechaty_wire::puppet as p;
    use prost_reflect::DescriptorPool;

    fn message(name: &str) -> MessageDescriptor {
        let pool = DescriptorPool::decode(ha_wechaty_wire::DESCRIPTORS).expect("descriptors");
        pool.get_message_by_name(&format!("wechaty.puppet.{name}")).expect("a message")
    }

    #[test]
    fn a_path_leads_through_lists_of_messages() {
        let of = message("BatchContactPayloadResponse");
        let person = |id: &str| p::ContactPayloadResponse { id: id.into(), ..Default::default() };
        let typed = p::BatchContactPayloadResponse { contact_payloads: ["a", "", "b"].map(person).into() };
        let path = Path::resolve(&of, "contact_payloads.id").expect("a path");
        let answer = dynamic(&of, &typed);
        assert_eq!((path.texts(&answer), path.text(&answer)), (vec!["a".into(), "b".into()], "a".into()));
        assert!(Path::resolve(&of, "contact_payloads.nobody").is_err());
        assert!(Path::resolve(&of, "contact_payloads.**.nobody").is_err());
    }

    #[test]
    fn files_are_found_however_deep_a_history_is() {
        let of = message("MessageChatHistoryResponse");
        let mut inner = Vec::new();
        for depth in (0..20).rev() {
            let content = p::ChatHistoryContent {
                file_box: format!("file {depth}"),
                chat_history: std::mem::take(&mut inner),
                ..Default::default()
            };
            inner = vec![p::ChatHistoryPayload { message: Some(content), ..Default::default() }];
        }
        let answer = dynamic(&of, &p::MessageChatHistoryResponse { chat_history_list: inner });
        let path = Path::resolve(&of, "chat_history_list.**.file_box").expect("a path");
        let mut found = path.texts(&answer);
        found.sort_by_key(|it| it[5..].parse::<u32>().expect("a number"));
        assert_eq!(found, (0..20).map(|it| format!("file {it}")).collect::<Vec<_>>());
    }
}
