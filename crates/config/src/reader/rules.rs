//! What must hold of a list's tables, and between tables: said of keys by their whole path.

use std::ops::RangeInclusive;

use super::{Findings, Place, Table, Value, key::Measure};

/// Takes what does not hold, and finds where that was written.
pub(crate) struct Rules<'a> {
    root: &'a Table,
    whole: &'a str,
    findings: &'a Findings,
}

impl<'a> Rules<'a> {
    /// Of these values; `whole` is what to call all of them.
    pub(crate) fn new(root: &'a Table, whole: &'a str, findings: &'a Findings) -> Self {
        Self { root, whole, findings }
    }

    /// The value at a key must not be so.
    pub(crate) fn report(&self, key: &str, message: impl Into<String>) {
        self.findings.broken(self.place(key), key, message);
    }

    /// The value at a key must be one of these.
    pub(crate) fn within<T: Measure>(&self, key: &str, value: &T, range: &RangeInclusive<T>) {
        if let Some(message) = value.outside(range) {
            self.report(key, message);
        }
    }

    /// Names of bots and accounts stand in ids, metrics and logs.
    pub(crate) fn name(&self, key: &str, name: &str) {
        let rule = "use a-z, 0-9 and - (at most 32)";
        match name.chars().find(|c| !matches!(c, 'a'..='z' | '0'..='9' | '-')) {
            Some(c) => self.report(key, format!("{name:?} has the character {c:?}; {rule}")),
            None if name.is_empty() => self.report(key, format!("is empty; {rule}")),
            None if name.len() > 32 => self.report(key, format!("has {} characters; {rule}", name.len())),
            None => {}
        }
    }

    /// Two that must differ are the same. The value isn't shown: it may be a secret.
    pub(crate) fn twin(&self, list: &str, key: &str, index: usize, twin: usize, remedy: &str) {
        let first = self.place(&format!("{list}[{twin}].{key}"));
        let message = format!("is the same as that of {list}[{twin}] ({first}); {remedy}");
        self.report(&format!("{list}[{index}].{key}"), message);
    }

    /// Where a key was written, or else the nearest that holds it.
    fn place(&self, key: &str) -> Place {
        let mut place = Place::Whole(self.whole.to_owned());
        let mut table = self.root;
        for part in key.split('.') {
            let (name, index) = match part.split_once('[') {
                Some((name, index)) => (name, index.trim_end_matches(']').parse::<usize>().ok()),
                None => (part, None),
            };
            let written = table.get(name).or_else(|| table.get(&format!("{name}_file")));
            let Some(entry) = written else { return place };
            let mut node = &entry.node;
            if let (Value::List(nodes), Some(index)) = (&node.value, index) {
                let Some(item) = nodes.get(index) else { return place };
                node = item;
            }
            place = node.place.clone();
            let Value::Table(inner) = &node.value else { return place };
            table = inner;
        }
        place
    }
}
