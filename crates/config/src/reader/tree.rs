//! Values as they were written, each with its place: what a file and flags have in common.

use std::{collections::BTreeMap, ops::Range, path::PathBuf, sync::Arc};

use toml::{
    Spanned,
    de::{DeString, DeTable, DeValue},
};

use super::{ConfigError, Place, Problem};

/// A value and where it stands.
#[derive(Debug, Clone)]
pub(crate) struct Node {
    pub(crate) place: Place,
    pub(crate) value: Value,
}

/// A value.
#[derive(Debug, Clone)]
pub(crate) enum Value {
    Text(String),
    Integer(i64),
    Float(f64),
    Bool(bool),
    List(Vec<Node>),
    Table(Table),
    /// What no key takes: a date, an integer that is too large.
    Other,
}

/// A key's place and its value.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    pub(crate) key_place: Place,
    pub(crate) node: Node,
}

pub(crate) type Table = BTreeMap<String, Entry>;

impl Node {
    /// A text that a flag gave.
    pub(crate) fn flag(flag: &'static str, text: impl Into<String>) -> Self {
        Self::text_at(Place::Flag(flag), text)
    }

    /// A text that stands there.
    pub(crate) fn text_at(place: Place, text: impl Into<String>) -> Self {
        Self { place, value: Value::Text(text.into()) }
    }

    /// As an entry whose key stands where the value does.
    pub(crate) fn entry(self) -> Entry {
        Entry { key_place: self.place.clone(), node: self }
    }

    /// The text at a key, if this is a table and has it.
    pub(crate) fn text(&self, key: &str) -> Option<&str> {
        self.value.table()?.get(key)?.node.value.text()
    }
}

impl Value {
    /// The text, if it is one.
    pub(crate) fn text(&self) -> Option<&str> {
        if let Self::Text(text) = self { Some(text) } else { None }
    }

    /// The keys, if it is a table.
    pub(crate) fn table(&self) -> Option<&Table> {
        if let Self::Table(table) = self { Some(table) } else { None }
    }

    /// What kind of value it is, in the words of a person.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::Text(_) => "a text",
            Self::Integer(_) | Self::Float(_) => "a number",
            Self::Bool(_) => "true or false",
            Self::List(_) => "a list",
            Self::Table(_) => "a table",
            Self::Other => "a value that no key takes",
        }
    }

    /// The value itself, as far as it fits into a sentence.
    pub(crate) fn shown(&self) -> String {
        match self {
            Self::Text(text) => format!("{text:?}"),
            Self::Integer(number) => number.to_string(),
            Self::Float(number) => number.to_string(),
            Self::Bool(yes) => yes.to_string(),
            Self::List(_) | Self::Table(_) | Self::Other => self.kind().to_owned(),
        }
    }
}

/// Reads the text of a file. Its errors say what the grammar wants, never what stands there.
pub(crate) fn parse(path: &Arc<PathBuf>, text: &str) -> Result<Table, ConfigError> {
    let source = Source { path, text, whole: None };
    let (table, errors) = DeTable::parse_recoverable(text);
    if errors.is_empty() {
        return Ok(source.table(table.into_inner()));
    }
    let problem = |error: toml::de::Error| Problem {
        place: source.place(error.span().unwrap_or_default()),
        key: String::new(),
        message: format!("this is no TOML: {}", error.message()),
    };
    Err(ConfigError::new(errors.into_iter().map(problem).collect()))
}

/// A value as TOML writes it, or else the text itself, so that a shell needs no second quotes.
pub(crate) fn parse_value(place: Place, text: &str) -> Node {
    let value = match DeValue::parse(text) {
        Ok(value) => {
            let source = Source { path: &Arc::default(), text, whole: Some(&place) };
            source.value(value.into_inner())
        }
        Err(_) => Value::Text(text.to_owned()),
    };
    Node { place, value }
}

struct Source<'a> {
    path: &'a Arc<PathBuf>,
    text: &'a str,
    /// Where all of it stands, if it is no file.
    whole: Option<&'a Place>,
}

impl Source<'_> {
    fn table(&self, table: DeTable<'_>) -> Table {
        let entry = |(key, value): (Spanned<DeString<'_>>, Spanned<DeValue<'_>>)| {
            let key_place = self.place(key.span());
            let node = Node { place: self.place(value.span()), value: self.value(value.into_inner()) };
            (key.into_inner().into_owned(), Entry { key_place, node })
        };
        table.into_iter().map(entry).collect()
    }

    fn value(&self, value: DeValue<'_>) -> Value {
        match value {
            DeValue::String(text) => Value::Text(text.into_owned()),
            DeValue::Integer(number) => {
                i64::from_str_radix(number.as_str(), number.radix()).map_or(Value::Other, Value::Integer)
            }
            DeValue::Float(number) => number.as_str().parse().map_or(Value::Other, Value::Float),
            DeValue::Boolean(yes) => Value::Bool(yes),
            DeValue::Datetime(_) => Value::Other,
            DeValue::Array(list) => Value::List(
                list.into_iter()
                    .map(|item| Node { place: self.place(item.span()), value: self.value(item.into_inner()) })
                    .collect(),
            ),
            DeValue::Table(table) => Value::Table(self.table(table)),
        }
    }

    fn place(&self, span: Range<usize>) -> Place {
        if let Some(place) = self.whole {
            return place.clone();
        }
        let before = self.text.get(..span.start).unwrap_or(self.text);
        let line_start = before.rfind('\n').map_or(0, |end| end + 1);
        Place::File {
            path: self.path.clone(),
            line: before.matches('\n').count() + 1,
            column: before[line_start..].chars().count() + 1,
        }
    }
}
