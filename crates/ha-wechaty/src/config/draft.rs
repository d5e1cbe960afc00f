//! A configuration that is being put together: a file, then flags over it.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use super::{
    Config, ConfigError, Place, Problem, read,
    tree::{self, Node, Table, Value},
};

/// Values as they were written, not yet checked. Flags win over the file.
#[derive(Debug, Default)]
pub struct Draft {
    root: Table,
    /// The file, if there is one.
    path: Option<Arc<PathBuf>>,
    /// What is wrong with the flags themselves.
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
        self.put(key, tree::parse_flag(flag, value));
    }

    /// Sets keys of the bot or account (`list`) of this name, or adds one.
    pub fn set_member(
        &mut self,
        flag: &'static str,
        list: &'static str,
        name: &str,
        keys: &[(&'static str, &str)],
    ) {
        let nobody = Node { place: Place::Flag(flag), value: Value::List(Vec::new()) };
        let entry = self.root.entry(list.to_owned()).or_insert_with(|| nobody.entry());
        // Anything else was written instead of a list: reading it says so.
        let Value::List(members) = &mut entry.node.value else { return };
        // A second flag of one name is not a correction of the first; it is added, so that it is seen.
        let same =
            |member: &&mut Node| !matches!(member.place, Place::Flag(_)) && member.text("name") == Some(name);
        let keys = keys.iter().map(|(key, text)| ((*key).to_owned(), Node::flag(flag, *text).entry()));
        if let Some(Node { value: Value::Table(table), .. }) = members.iter_mut().find(same) {
            return table.extend(keys);
        }
        let mut table: Table = keys.collect();
        table.insert("name".to_owned(), Node::flag(flag, name).entry());
        members.push(Node { place: Place::Flag(flag), value: Value::Table(table) });
    }

    /// Notes that a flag can't be understood.
    pub fn refuse(&mut self, flag: &'static str, message: impl Into<String>) {
        let place = Place::Flag(flag);
        self.problems.push(Problem { place, key: String::new(), message: message.into() });
    }

    /// Checks all of it.
    ///
    /// # Errors
    /// All that is wrong.
    pub fn finish(self) -> Result<Config, ConfigError> {
        let (root, whole, problems) = self.into_parts();
        read::config(&root, &whole, problems).0
    }

    /// The values, what to call them as a whole, and what is wrong already.
    pub(super) fn into_parts(self) -> (Table, String, Vec<Problem>) {
        let whole = self.path.map_or("the command line".to_owned(), |path| path.display().to_string());
        (self.root, whole, self.problems)
    }

    fn put(&mut self, key: &str, node: Node) {
        let place = node.place.clone();
        let mut table = &mut self.root;
        let mut path: Vec<&str> = key.split('.').collect();
        let last = path.pop().unwrap_or_default();
        for part in path {
            let empty = Node { place: place.clone(), value: Value::Table(BTreeMap::new()) };
            let entry = table.entry(part.to_owned()).or_insert_with(|| empty.entry());
            match &mut entry.node.value {
                Value::Table(inner) => table = inner,
                _ => {
                    let message = format!("{part} holds no keys that a flag could set");
                    return self.problems.push(Problem { place, key: key.to_owned(), message });
                }
            }
        }
        table.insert(last.to_owned(), node.entry());
    }
}
