//! A table's keys, asked for one after the other, so that one look finds all that is wrong.

use super::{Field, Findings, Form, FromField, Key, Node, Place, Table, Value, nearest, secret_file};

/// The keys of a table, as far as they have been asked for.
pub(crate) struct Keys<'a> {
    table: &'a Table,
    place: Place,
    path: String,
    known: Vec<&'static str>,
    findings: &'a Findings,
}

impl<'a> Keys<'a> {
    pub(crate) fn new(table: &'a Table, place: Place, path: String, findings: &'a Findings) -> Self {
        Self { table, place, path, known: Vec::new(), findings }
    }

    /// The keys of a value, if it is a table.
    pub(crate) fn of(field: &Field<'a>) -> Option<Self> {
        let table = field.node.value.table()?;
        Some(Self::new(table, field.node.place.clone(), field.path.clone(), field.findings))
    }

    /// The value at a key, if there is one and it can be used.
    pub(crate) fn get<T: FromField>(&mut self, key: &'static str) -> Option<T> {
        T::from_field(&self.field(key, T::FORM)?)
    }

    /// Overwrites a default, if the key is there. What must hold of the value, written or not, is said of the [`Key`].
    pub(crate) fn set<'k, T: FromField>(&'k mut self, key: &'static str, slot: &'k mut T) -> Key<'k, T> {
        self.set_as(key, slot, |value: T| value)
    }

    /// The same of a value that is written as another type.
    pub(crate) fn set_as<'k, W: FromField, T>(
        &'k mut self,
        key: &'static str,
        slot: &'k mut T,
        of: impl FnOnce(W) -> T,
    ) -> Key<'k, T> {
        if let Some(written) = self.get(key) {
            *slot = of(written);
        }
        Key { findings: self.findings, place: self.place_of(key), path: self.path_of(key), value: slot }
    }

    /// Overwrites a default; it is a problem if the key is not there.
    pub(crate) fn require<T: FromField>(&mut self, key: &'static str, slot: &mut T, remedy: &str) {
        self.set(key, slot);
        if !self.has(key) {
            let path = self.path_of(key);
            self.findings.unread(self.place.clone(), &path, format!("is missing; {remedy}"));
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
            self.findings.unread(self.place.clone(), &path, message);
        }
    }

    /// Says of a key, written or not, that its value must not be so.
    pub(crate) fn report(&self, key: &str, message: impl Into<String>) {
        self.findings.broken(self.place_of(key).clone(), &self.path_of(key), message);
    }

    /// Whether the key is there.
    pub(crate) fn has(&self, key: &str) -> bool {
        self.table.contains_key(key)
    }

    /// Takes the keys that are asked for as known, whatever stands there: they can't be judged, since another one that
    /// they depend on is wrong.
    pub(crate) fn pass_over(&mut self, ask: impl FnOnce(&mut Keys<'_>)) {
        let (none, aside) = (Table::new(), Findings::default());
        let mut keys = Keys::new(&none, self.place.clone(), self.path.clone(), &aside);
        ask(&mut keys);
        self.known.append(&mut keys.known);
    }

    /// Says that a key can't stand here, if it is there.
    pub(crate) fn refuse(&mut self, key: &'static str, message: impl Into<String>) {
        if let Some(field) = self.field(key, Form::Value) {
            let _: Option<()> = field.refuse(message);
        }
    }

    /// Reads the keys of an inner table, if it is there.
    pub(crate) fn inner(&mut self, key: &'static str, read: impl FnOnce(&mut Keys<'_>)) {
        // Without it, its keys are asked for all the same: they are part of the list.
        let (none, place) = (Table::new(), self.place.clone());
        let Some(field) = self.field(key, Form::Section) else {
            return read(&mut Keys::new(&none, place, self.path_of(key), self.findings));
        };
        match Keys::of(&field) {
            Some(mut keys) => {
                read(&mut keys);
                keys.finish();
            }
            None => {
                let _: Option<()> = field.refuse(format!(
                    "must be a table, begun by [{key}] on a line of its own, not {}",
                    field.node.value.kind()
                ));
            }
        }
    }

    /// Reads the tables of a list, as `[[key]]` writes them, if it is there.
    pub(crate) fn each<T>(
        &mut self,
        key: &'static str,
        mut read: impl FnMut(&mut Keys<'_>) -> T,
    ) -> Option<Vec<T>> {
        let field = self.field(key, Form::List)?;
        let mut items = Vec::new();
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
            return Some(items);
        };
        for (index, node) in nodes.iter().enumerate() {
            let Value::Table(table) = &node.value else {
                let _ = not_a_list("a list of something else");
                continue;
            };
            let path = format!("{}[{index}]", field.path);
            let mut keys = Keys::new(table, node.place.clone(), path, self.findings);
            items.push(read(&mut keys));
            keys.finish();
        }
        Some(items)
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
            self.findings.unread(entry.key_place.clone(), &self.path_of(key), message);
        }
    }

    fn field(&mut self, key: &'static str, form: Form) -> Option<Field<'a>> {
        self.known.push(key);
        let path = self.path_of(key);
        self.findings.asked(&path, form);
        let node = &self.table.get(key)?.node;
        Some(Field { node, path, findings: self.findings })
    }

    /// Where a key was written, or the file that holds its value, or else the table.
    fn place_of(&self, key: &str) -> &Place {
        let written = self.table.get(key).or_else(|| self.table.get(&format!("{key}_file")));
        written.map_or(&self.place, |entry| &entry.node.place)
    }

    fn path_of(&self, key: &str) -> String {
        if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) }
    }
}
