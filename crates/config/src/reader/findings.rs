//! What is found on the way: what can't be read, what does not hold, and which keys there are.

use std::{cell::RefCell, collections::BTreeMap};

use super::{Form, Place, Problem, without_indices};

/// What is found on the way. Of one key only the first problem is kept: a second would only follow from it.
#[derive(Debug, Default)]
pub(crate) struct Findings {
    /// What can't be read.
    unread: RefCell<Vec<Problem>>,
    /// What can be read, and breaks a rule.
    broken: RefCell<Vec<Problem>>,
    /// Every key that was asked for, like `account[].name`: this is the list of keys there are.
    asked: RefCell<BTreeMap<String, Form>>,
}

impl Findings {
    /// A value can't be read, is missing, or stands where nobody asks for it.
    pub(super) fn unread(&self, place: Place, key: &str, message: impl Into<String>) {
        note(&mut self.unread.borrow_mut(), place, key, message.into());
    }

    /// A value was read, and must not be so.
    pub(super) fn broken(&self, place: Place, key: &str, message: impl Into<String>) {
        note(&mut self.broken.borrow_mut(), place, key, message.into());
    }

    /// A key was asked for.
    pub(super) fn asked(&self, path: &str, form: Form) {
        self.asked.borrow_mut().insert(without_indices(path), form);
    }

    /// All keys that were asked for, and how each is written.
    pub(crate) fn keys(&self) -> BTreeMap<String, Form> {
        self.asked.borrow().clone()
    }

    /// What can't be read, whatever rules say.
    pub(crate) fn into_unread(self) -> Vec<Problem> {
        self.unread.into_inner()
    }

    /// All that is wrong: what can't be read, then what breaks a rule.
    pub(crate) fn into_problems(self) -> Vec<Problem> {
        let mut problems = self.unread.into_inner();
        for Problem { place, key, message } in self.broken.into_inner() {
            note(&mut problems, place, &key, message);
        }
        problems
    }
}

impl From<Vec<Problem>> for Findings {
    /// With problems that are known before.
    fn from(problems: Vec<Problem>) -> Self {
        Self { unread: RefCell::new(problems), ..Self::default() }
    }
}

fn note(problems: &mut Vec<Problem>, place: Place, key: &str, message: String) {
    if key.is_empty() || problems.iter().all(|problem| problem.key != key) {
        problems.push(Problem { place, key: key.to_owned(), message });
    }
}
