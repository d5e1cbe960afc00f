//! A configuration that is being put together: a file, the environment over it, then flags over both.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use super::{
    ConfigError, Place, Problem,
    tree::{self, Entry, Node, Table, Value},
};

/// Values as they were written, not yet checked. Flags win over the environment, and that over the file.
#[derive(Debug, Default)]
pub struct Draft {
    root: Table,
    /// The file, if there is one.
    path: Option<Arc<PathBuf>>,
    /// What is wrong with flags and variables themselves.
    problems: Vec<Problem>,
}

impl Draft {
    /// Begins with nothing: for flags alone.
    pub fn new() -> Self {
        Self::default()
    }

    /// Begins with a file.
    ///
    /// # Errors
    /// It can't be read, or is no TOML.
    pub fn load(path: &Path) -> Result<Self, ConfigError> {
        let problem = |message| {
            ConfigError::new(vec![Problem {
                place: Place::Whole(path.display().to_string()),
                key: String::new(),
                message,
            }])
        };
        let bytes = fs::read(path).map_err(|error| problem(format!("this file can't be read: {error}")))?;
        let text = String::from_utf8(bytes)
            .map_err(|_| problem("this file is not UTF-8 text; save it as UTF-8".to_owned()))?;
        Self::from_toml(path, &text)
    }

    /// Begins with the text of a file; `path` is its name in errors, and what file names in it are relative
    /// to.
    ///
    /// # Errors
    /// It is no TOML.
    pub fn from_toml(path: &Path, text: &str) -> Result<Self, ConfigError> {
        let path = Arc::new(path.to_owned());
        Ok(Self { root: tree::parse(&path, text)?, path: Some(path), problems: Vec::new() })
    }

    /// Sets a key, like `gateway.listen`, to the text that `flag` gave.
    pub fn set(&mut self, flag: &'static str, key: &str, text: &str) {
        self.put(key, Node::flag(flag, text));
    }

    /// Sets a key to a value as TOML writes it; what is no TOML value is taken as text.
    pub fn set_value(&mut self, flag: &'static str, key: &str, value: &str) {
        self.put(key, tree::parse_value(Place::Flag(flag), value));
    }

    /// Sets a key of a section, like `gateway.listen`, unless something is there already.
    pub fn set_default(&mut self, flag: &'static str, key: &str, text: &str) {
        if !self.has(key) {
            self.set(flag, key, text);
        }
    }

    /// Whether something is at a key.
    fn has(&self, key: &str) -> bool {
        let mut table = &self.root;
        let mut parts = key.split('.').peekable();
        while let Some(entry) = parts.next().and_then(|part| table.get(part)) {
            match entry.node.value.table() {
                Some(inner) if parts.peek().is_some() => table = inner,
                Some(_) | None => return true,
            }
        }
        false
    }

    /// Sets keys of the bot or account (`list`) of this name, or adds one.
    pub fn set_member(
        &mut self,
        flag: &'static str,
        list: &'static str,
        name: &str,
        keys: &[(&'static str, &str)],
    ) {
        let keys = keys.iter().map(|(key, text)| (*key, Node::flag(flag, *text)));
        self.put_member(&Place::Flag(flag), list, name, keys);
    }

    /// Sets a key of the last bot or account (`list`) of this name to a value as TOML writes it.
    pub fn set_member_value(&mut self, flag: &'static str, list: &str, name: &str, key: &str, value: &str) {
        let Some(Entry { node: Node { value: Value::List(members), .. }, .. }) = self.root.get_mut(list)
        else {
            return;
        };
        let member = members.iter_mut().rev().find(|member| member.text("name") == Some(name));
        if let Some(Node { value: Value::Table(table), .. }) = member {
            insert(table, key, tree::parse_value(Place::Flag(flag), value));
        }
    }

    /// Notes that a flag can't be understood.
    pub fn refuse(&mut self, flag: &'static str, message: impl Into<String>) {
        let place = Place::Flag(flag);
        self.note(Problem { place, key: String::new(), message: message.into() });
    }

    /// Notes what is wrong already.
    pub(crate) fn note(&mut self, problem: Problem) {
        self.problems.push(problem);
    }

    /// Whether something is wrong already.
    pub fn has_problems(&self) -> bool {
        !self.problems.is_empty()
    }

    /// Whether a team is described, if only in part.
    pub fn is_team(&self) -> bool {
        self.has("name") || self.has("self_id") || self.members("bot") + self.members("account") > 0
    }

    /// The file, if there is one.
    pub fn path(&self) -> Option<&PathBuf> {
        self.path.as_deref()
    }

    /// The values, as they were written.
    pub(crate) fn root(&self) -> &Table {
        &self.root
    }

    /// The values, what to call them as a whole, and what is wrong already.
    pub(crate) fn into_parts(self) -> (Table, String, Vec<Problem>) {
        let whole = self.path.map_or("the command line".to_owned(), |path| path.display().to_string());
        (self.root, whole, self.problems)
    }

    /// How many bots or accounts (`list`) there are.
    pub fn members(&self, list: &str) -> usize {
        match self.root.get(list).map(|entry| &entry.node.value) {
            Some(Value::List(members)) => members.len(),
            _ => 0,
        }
    }

    /// Sets keys of the member of this name, or adds one.
    pub(crate) fn put_member(
        &mut self,
        place: &Place,
        list: &'static str,
        name: &str,
        keys: impl Iterator<Item = (&'static str, Node)>,
    ) {
        let nobody = Node { place: place.clone(), value: Value::List(Vec::new()) };
        let entry = self.root.entry(list.to_owned()).or_insert_with(|| nobody.entry());
        // Anything else was written instead of a list: reading it says so.
        let Value::List(members) = &mut entry.node.value else { return };
        // A second flag of one name is not a correction of the first; it is added, so that it is seen.
        let same = |member: &&mut Node| member.place.gives_way_to(place) && member.text("name") == Some(name);
        if let Some(Node { value: Value::Table(table), .. }) = members.iter_mut().find(same) {
            return keys.for_each(|(key, node)| insert(table, key, node));
        }
        let mut table: Table = keys.map(|(key, node)| (key.to_owned(), node.entry())).collect();
        table.insert("name".to_owned(), Node::text_at(place.clone(), name).entry());
        members.push(Node { place: place.clone(), value: Value::Table(table) });
    }

    /// Sets a key, like `gateway.listen`.
    pub(crate) fn put(&mut self, key: &str, node: Node) {
        let place = node.place.clone();
        let mut table = &mut self.root;
        let mut path: Vec<&str> = key.split('.').collect();
        let last = path.pop().unwrap_or_default();
        for part in path {
            let empty = Node { place: place.clone(), value: Value::Table(BTreeMap::new()) };
            let entry = table.entry(part.to_owned()).or_insert_with(|| empty.entry());
            if let Value::Table(inner) = &mut entry.node.value {
                table = inner;
            } else {
                let message = format!("{part} holds no keys that could be set");
                return self.note(Problem { place, key: key.to_owned(), message });
            }
        }
        insert(table, last, node);
    }
}

/// Sets a key of a table. A secret and the file that holds it are one setting: what wins takes the other out.
fn insert(table: &mut Table, key: &str, node: Node) {
    let twin = key.strip_suffix("_file").map_or_else(|| format!("{key}_file"), str::to_owned);
    if table.get(&twin).is_some_and(|entry| entry.node.place.gives_way_to(&node.place)) {
        table.remove(&twin);
    }
    table.insert(key.to_owned(), node.entry());
}
