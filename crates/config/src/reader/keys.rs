//! Reading one key after the other, so that one look finds all that is wrong.

use std::{cell::RefCell, collections::BTreeMap};

use crate::{
    Place, Problem, secret_file,
    tree::{Node, Table, Value},
};

/// What is found on the way.
#[derive(Debug, Default)]
pub(crate) struct Findings {
    problems: RefCell<Vec<Problem>>,
    /// Every key that was asked for, like `account[].name`: this is the list of keys there are.
    asked: RefCell<BTreeMap<String, Form>>,
}

impl Findings {
    /// Notes a problem, unless one is known of the same key: the second would only follow from the first.
    pub(crate) fn report(&self, place: Place, key: &str, message: impl Into<String>) {
        let mut problems = self.problems.borrow_mut();
        if key.is_empty() || problems.iter().all(|problem| problem.key != key) {
            problems.push(Problem { place, key: key.to_owned(), message: message.into() });
        }
    }

    pub(crate) fn into_parts(self) -> (Vec<Problem>, BTreeMap<String, Form>) {
        (self.problems.into_inner(), self.asked.into_inner())
    }
}

impl From<Vec<Problem>> for Findings {
    fn from(problems: Vec<Problem>) -> Self {
        Self { problems: RefCell::new(problems), asked: RefCell::default() }
    }
}

/// How a key is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// A text that must not be shown.
    Secret,
    /// Any text.
    Text,
    /// A number, a list, or a text that can't be taken for either.
    Value,
    /// Tables, each begun by `[[key]]`.
    List,
    /// Keys of its own.
    Section,
}

/// A type that a value can become.
pub(crate) trait FromField: Sized {
    /// How it is written.
    const FORM: Form = Form::Value;

    /// The value, or nothing if it can't be one; then the field was told why.
    fn from_field(field: &Field<'_>) -> Option<Self>;
}

/// A value at its key.
pub(crate) struct Field<'a> {
    pub(crate) node: &'a Node,
    path: String,
    findings: &'a Findings,
}

impl<'a> Field<'a> {
    /// Says that the value can't be used: "`<key>`: `message`".
    pub(crate) fn refuse<T>(&self, message: impl Into<String>) -> Option<T> {
        self.findings.report(self.node.place.clone(), &self.path, message);
        None
    }

    /// Whether it is this word.
    pub(crate) fn is(&self, word: &str) -> bool {
        self.node.value.text() == Some(word)
    }

    /// The keys of this value, if it is a table.
    pub(crate) fn section(&self) -> Option<Section<'a>> {
        let table = self.node.value.table()?;
        Some(Section::new(table, self.node.place.clone(), self.path.clone(), self.findings))
    }
}

/// The keys of a table, as far as they have been asked for.
pub(crate) struct Section<'a> {
    table: &'a Table,
    place: Place,
    path: String,
    known: Vec<&'static str>,
    findings: &'a Findings,
}

impl<'a> Section<'a> {
    pub(crate) fn new(table: &'a Table, place: Place, path: String, findings: &'a Findings) -> Self {
        Self { table, place, path, known: Vec::new(), findings }
    }

    /// The value at a key, if there is one and it can be used.
    pub(crate) fn get<T: FromField>(&mut self, key: &'static str) -> Option<T> {
        T::from_field(&self.field(key, T::FORM)?)
    }

    /// Overwrites a default, if the key is there.
    pub(crate) fn set<T: FromField>(&mut self, key: &'static str, slot: &mut T) {
        if let Some(value) = self.get(key) {
            *slot = value;
        }
    }

    /// Overwrites a default; it is a problem if the key is not there.
    pub(crate) fn require<T: FromField>(&mut self, key: &'static str, slot: &mut T, remedy: &str) {
        self.set(key, slot);
        if !self.has(key) {
            let path = self.path_of(key);
            self.findings.report(self.place.clone(), &path, format!("is missing; {remedy}"));
        }
    }

    /// A secret: the value at a key, or the text of the file that the other key names.
    pub(crate) fn secret<T: FromField>(&mut self, key: &'static str, file_key: &'static str) -> Option<T> {
        let value = self.get(key);
        let Some(mut file) = self.field(file_key, Form::Text) else { return value };
        // Whatever else is said of the secret would only follow from what is wrong with its file.
        file.path = self.path_of(key);
        if self.has(key) {
            return file.refuse(format!("stands beside {file_key}; leave one of them out"));
        }
        let path = file.path("secrets/token")?;
        match secret_file::read(&path) {
            Ok(text) => {
                let node = Node::text_at(file.node.place.clone(), text);
                T::from_field(&Field { node: &node, ..file })
            }
            Err(error) => file.refuse(format!("{} can't be read: {error}", path.display())),
        }
    }

    /// Overwrites a default, if the key is there, or the one that names a file instead.
    pub(crate) fn set_secret<T: FromField>(
        &mut self,
        key: &'static str,
        file_key: &'static str,
        slot: &mut T,
    ) {
        if let Some(value) = self.secret(key, file_key) {
            *slot = value;
        }
    }

    /// Overwrites a default; it is a problem if neither key is there.
    pub(crate) fn require_secret<T: FromField>(
        &mut self,
        key: &'static str,
        file_key: &'static str,
        slot: &mut T,
        remedy: &str,
    ) {
        self.set_secret(key, file_key, slot);
        if !self.has(key) && !self.has(file_key) {
            let path = self.path_of(key);
            let message = format!("is missing; {remedy}, or name the file that holds it in {file_key}");
            self.findings.report(self.place.clone(), &path, message);
        }
    }

    /// Whether the key is there.
    pub(crate) fn has(&self, key: &str) -> bool {
        self.table.contains_key(key)
    }

    /// Keys that can't be judged, since another one that they depend on is wrong.
    pub(crate) fn pass_over(&mut self, keys: &[&'static str]) {
        self.known.extend(keys);
    }

    /// Says that a key can't stand here, if it is there.
    pub(crate) fn refuse(&mut self, key: &'static str, message: impl Into<String>) {
        if let Some(field) = self.field(key, Form::Value) {
            let _: Option<()> = field.refuse(message);
        }
    }

    /// Reads the keys of an inner table, if it is there.
    pub(crate) fn inner(&mut self, key: &'static str, read: impl FnOnce(&mut Section<'_>)) {
        // Without it, its keys are asked for all the same: they are part of the list.
        let (none, place) = (Table::new(), self.place.clone());
        let Some(field) = self.field(key, Form::Section) else {
            return read(&mut Section::new(&none, place, self.path_of(key), self.findings));
        };
        match field.section() {
            Some(mut section) => {
                read(&mut section);
                section.finish();
            }
            None => {
                let _: Option<()> = field.refuse(format!(
                    "must be a table, begun by [{key}] on a line of its own, not {}",
                    field.node.value.kind()
                ));
            }
        }
    }

    /// Reads the tables of a list, as `[[key]]` writes them.
    pub(crate) fn each<T>(
        &mut self,
        key: &'static str,
        mut read: impl FnMut(&mut Section<'_>) -> T,
    ) -> Vec<T> {
        let mut items = Vec::new();
        let Some(field) = self.field(key, Form::List) else { return items };
        let not_a_list = |what: &str| -> Option<()> {
            let like = if let Place::File { .. } = &field.node.place {
                format!("begun by [[{key}]] on a line of its own, once for each")
            } else {
                "a list like [{ name = \"…\", token = \"…\" }]".to_owned()
            };
            field.refuse(format!("must be {like}; it is {what}"))
        };
        let Value::List(nodes) = &field.node.value else {
            let _ = not_a_list(field.node.value.kind());
            return items;
        };
        for (index, node) in nodes.iter().enumerate() {
            let Value::Table(table) = &node.value else {
                let _ = not_a_list("a list of something else");
                continue;
            };
            let path = format!("{}[{index}]", field.path);
            let mut section = Section::new(table, node.place.clone(), path, self.findings);
            items.push(read(&mut section));
            section.finish();
        }
        items
    }

    /// Whatever was not asked for is unknown.
    pub(crate) fn finish(self) {
        for (key, entry) in self.table {
            if self.known.contains(&key.as_str()) {
                continue;
            }
            let message = match nearest(key, &self.known) {
                Some(nearest) => format!("is unknown; did you mean {nearest}?"),
                None => format!("is unknown; there are {}", self.known.join(", ")),
            };
            self.findings.report(entry.key_place.clone(), &self.path_of(key), message);
        }
    }

    fn field(&mut self, key: &'static str, form: Form) -> Option<Field<'a>> {
        self.known.push(key);
        let path = self.path_of(key);
        self.findings.asked.borrow_mut().insert(without_indices(&path), form);
        let node = &self.table.get(key)?.node;
        Some(Field { node, path, findings: self.findings })
    }

    fn path_of(&self, key: &str) -> String {
        if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) }
    }
}

/// What was probably meant.
pub(crate) fn nearest<'a>(word: &str, known: &[&'a str]) -> Option<&'a str> {
    let likeness = |known: &str| strsim::jaro_winkler(&word.to_lowercase(), known);
    known
        .iter()
        .copied()
        .filter(|known| likeness(known) > 0.8)
        .max_by(|a, b| likeness(a).total_cmp(&likeness(b)))
}

/// `account[3].name` as `account[].name`.
pub(crate) fn without_indices(path: &str) -> String {
    path.chars().filter(|c| !c.is_ascii_digit()).collect()
}
