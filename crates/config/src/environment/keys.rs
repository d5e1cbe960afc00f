//! The variable of each key, so that a new key has one without another list.

use super::{Reader, Setting};
use crate::{
    read,
    reader::{Form, Node, Place, Value, parse_value, variable_of},
};

/// What the variables of the keys in tables begin with: `HA_WECHATY_GATEWAY_`.
pub(super) fn sections() -> Vec<String> {
    let tables = read::keys().into_iter().filter(|(_, form)| *form == Form::Section);
    tables.map(|(key, _)| variable_of(&key) + "_").collect()
}

/// Reads the variables of all keys.
pub(super) fn read(reader: &mut Reader) {
    for (key, form) in read::keys() {
        let name = variable_of(&key);
        // The keys in it have variables of their own.
        if form == Form::Section {
            continue;
        }
        let Some(text) = reader.text(&name, &key) else { continue };
        let place = Place::Variable(name.clone());
        let raw = Node::text_at(place.clone(), text.as_str());
        let node = match (form, parse_value(place, &text)) {
            (Form::Secret, _) => raw,
            // Env files keep the quotes that a shell takes away, so quotes count. But a name like 007 is a text.
            (Form::Text, parsed) if !matches!(parsed.value, Value::Text(_)) => raw,
            (_, parsed) => parsed,
        };
        let shown = match form {
            Form::Secret => "(hidden)".to_owned(),
            // However it was written, there may be tokens in it.
            Form::List => node.value.kind().to_owned(),
            Form::Text | Form::Value | Form::Section => node.value.shown(),
        };
        reader.tell(&name, format!("{key} = {shown}"));
        reader.out.settings.push(Setting { key, value: node });
    }
}
