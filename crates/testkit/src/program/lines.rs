//! What a program says, line by line, as it says it.

use std::{
    io::{BufRead as _, BufReader, Read},
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    thread,
    time::Instant,
};

use super::DEADLINE;

/// Whole lines, read by a thread of their own: a program never waits for the test. Clones are the same lines.
#[derive(Debug, Clone)]
pub struct Lines(Arc<(Mutex<Told>, Condvar)>);

#[derive(Debug)]
struct Told {
    text: String,
    is_over: bool,
}

impl Lines {
    fn new(is_over: bool) -> Self {
        Self(Arc::new((Mutex::new(Told { text: String::new(), is_over }), Condvar::new())))
    }

    /// Those of somebody who can't be heard.
    pub(super) fn none() -> Self {
        Self::new(true)
    }

    pub(super) fn follow(pipe: impl Read + Send + 'static) -> Self {
        let lines = Self::new(false);
        let theirs = lines.clone();
        thread::spawn(move || {
            let mut pipe = BufReader::new(pipe);
            let mut line = Vec::new();
            while pipe.read_until(b'\n', &mut line).is_ok_and(|read| read > 0) {
                theirs.told().text += &String::from_utf8_lossy(&line);
                theirs.0.1.notify_all();
                line.clear();
            }
            theirs.told().is_over = true;
            theirs.0.1.notify_all();
        });
        lines
    }

    fn told(&self) -> MutexGuard<'_, Told> {
        self.0.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// All lines so far, and whether there will be no more.
    pub(super) fn so_far(&self) -> (String, bool) {
        let told = self.told();
        (told.text.clone(), told.is_over)
    }

    /// All lines so far.
    #[must_use]
    pub fn text(&self) -> String {
        self.so_far().0
    }

    /// Waits until they are so; nothing else goes on in this thread meanwhile.
    fn wait(&self, what: &str, is_so: impl Fn(&Told) -> bool) -> MutexGuard<'_, Told> {
        let begun = Instant::now();
        let mut told = self.told();
        while !is_so(&told) {
            let left = DEADLINE.saturating_sub(begun.elapsed());
            assert!(!left.is_zero(), "in vain: {what} in {}", told.text);
            told = self.0.1.wait_timeout(told, left).unwrap_or_else(PoisonError::into_inner).0;
        }
        told
    }

    /// The first line; none if there is never one.
    pub(super) fn first(&self) -> Option<String> {
        let told = self.wait("a line", |told| told.is_over || told.text.contains('\n'));
        told.text.split_inclusive('\n').next().map(str::to_owned)
    }

    /// Waits for these words; nothing else goes on in this thread meanwhile.
    ///
    /// # Panics
    /// They are not said in time.
    pub fn wait_for(&self, words: &str) {
        let what = format!("{words:?}");
        let told = self.wait(&what, |told| told.is_over || told.text.contains(words));
        assert!(told.text.contains(words), "no {words:?} in all of it: {}", told.text);
    }

    /// All lines, when there will be no more; nothing else goes on in this thread meanwhile.
    ///
    /// # Panics
    /// They do not end in time.
    #[must_use]
    pub fn whole(&self) -> String {
        self.wait("the end", |told| told.is_over).text.clone()
    }
}
