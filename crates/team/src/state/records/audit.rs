//! The audit trail: who did what from where, over the admin's server, and what came of it; never what was said. The newest are in
//! memory, and where there is a store, they stand beside its ledger, and go with that ([store] keep_sends).

use std::{
    collections::VecDeque,
    net::IpAddr,
    sync::{Mutex, MutexGuard, OnceLock, PoisonError},
    time::{SystemTime, UNIX_EPOCH},
};

use bytes::Bytes;
use ha_wechaty_journal::{JournalError, Line, SideLines};
use serde::{Deserialize, Serialize};
use tokio::sync::mpsc;

/// So many are in memory.
const MOST: usize = 2_000;
/// A text of one is no longer than this, in characters.
const LONGEST: usize = 200;
/// So many lines of the ledger are read at a time, looking for those of before.
const CHUNK: usize = 512;
/// So often, at the most: a ledger may be long, and sends stand between them.
const CHUNKS: usize = 200;

/// What was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AuditAct {
    /// Somebody logged in with a browser.
    Enter,
    /// Somebody logged out there.
    Leave,
    /// Somebody was not let in, with a password or key that is wrong: so often since that was noted last.
    Refused(u64),
    /// A key was used from there for the first time since the gateway began.
    Key,
    /// A one-time link was made.
    Link,
    /// Somebody made a one-time link their own.
    LinkUsed,
    /// The configuration was read again.
    Reload,
    /// Something was said.
    Send,
    /// Somebody sees to an alarm.
    Alarm,
    /// It was tried how people are told of alarms.
    AlarmTest,
    /// The store was copied.
    Copy,
    /// An account was seen to: the word of what was done to it.
    Hand(&'static str),
}

impl AuditAct {
    /// Its word.
    pub fn name(self) -> &'static str {
        match self {
            Self::Enter => "log-in",
            Self::Leave => "log-out",
            Self::Refused(_) => "refused",
            Self::Key => "first-use",
            Self::Link => "link",
            Self::LinkUsed => "link-used",
            Self::Reload => "reload",
            Self::Send => "send",
            Self::Alarm => "acknowledge",
            Self::AlarmTest => "test-alarm",
            Self::Copy => "copy",
            Self::Hand(name) => name,
        }
    }
}

/// One line of the trail.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditLine {
    /// When it was.
    pub at: String,
    /// Who did it: the name of a key, `admin` with the password; what they said where nothing must be shown.
    pub operator: String,
    /// The address that they did it from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// What they did, in a word.
    pub act: String,
    /// The account that they did it to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
    /// Why, as they said.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub why: String,
    /// What came of it.
    pub end: String,
}

impl AuditLine {
    /// What somebody does now.
    pub fn new(operator: &str, from: Option<IpAddr>, act: AuditAct) -> Self {
        let end = if let AuditAct::Refused(times) = act { format!("{times} times") } else { "done".into() };
        Self {
            at: humantime::format_rfc3339_millis(SystemTime::now()).to_string(),
            operator: short(operator),
            from: from.map(|it| it.to_string()),
            act: act.name().into(),
            account: None,
            why: String::new(),
            end,
        }
    }

    /// Whether somebody was not let in: whoever guesses makes many of these.
    pub fn is_refusal(&self) -> bool {
        self.act == AuditAct::Refused(0).name()
    }

    /// The same of an account, with why it was done and what came of it.
    #[must_use]
    pub fn of(self, account: Option<&str>, why: &str, end: &str) -> Self {
        Self { account: account.map(short), why: short(why), end: short(end), ..self }
    }
}

/// The trail.
#[derive(Debug, Default)]
pub struct AuditTrail {
    /// Newest first.
    lines: Mutex<VecDeque<AuditLine>>,
    beside: OnceLock<(SideLines, mpsc::Sender<Line>)>,
}

impl AuditTrail {
    /// Something was done.
    pub fn note(&self, operator: &str, from: Option<IpAddr>, act: AuditAct) {
        self.enter(AuditLine::new(operator, from, act));
    }

    /// Enters a line.
    pub fn enter(&self, line: AuditLine) {
        let mut lines = self.lock();
        if let Some((_, writes)) = self.beside.get()
            && let Ok(bytes) = serde_json::to_vec(&line)
        {
            let at = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_millis();
            let at = u64::try_from(at).unwrap_or(u64::MAX);
            // Whoever writes may have ended, or have too much to write.
            let _ = writes.try_send(Line { at, bytes: Bytes::from(bytes) });
        }
        lines.push_front(line);
        lines.truncate(MOST);
    }

    /// How many are in memory.
    pub(crate) fn len(&self) -> usize {
        self.lock().len()
    }

    /// Keeps what is entered from now on also beside a journal, of which these are the newest lines, newest first.
    pub(crate) fn remember(&self, beside: SideLines, newest: &[Line], writes: mpsc::Sender<Line>) {
        self.lock().extend(newest.iter().filter_map(read).take(MOST));
        // Nobody has set it before: a trail begins once.
        let _ = self.beside.set((beside, writes));
    }

    /// The newest that are wanted, newest first; so many at the most, also of those that are not in memory.
    ///
    /// # Errors
    /// What is on disk can't be read.
    pub async fn find(
        &self,
        most: usize,
        is_wanted: impl Fn(&AuditLine) -> bool + Send,
    ) -> Result<Vec<AuditLine>, JournalError> {
        let mut found: Vec<AuditLine> =
            self.lock().iter().filter(|line| is_wanted(line)).take(most).cloned().collect();
        let Some((beside, _)) = self.beside.get() else { return Ok(found) };
        let (known, mut before) = (found.len(), None);
        for _ in 0..CHUNKS {
            if found.len() >= most {
                break;
            }
            let (lines, _) = beside.legible(before, CHUNK).await?;
            let Some((last, _)) = lines.last() else { break };
            before = Some(*last);
            for line in lines.iter().filter_map(|(_, line)| read(line)).filter(&is_wanted) {
                // Those in memory are the newest. Of the same moment as the oldest of these some may be there, and some not.
                let is_newer = found[..known].last().is_some_and(|oldest| line.at > oldest.at);
                if !is_newer && !found[..known].contains(&line) && found.len() < most {
                    found.push(line);
                }
            }
        }
        Ok(found)
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<AuditLine>> {
        // Nothing that can panic is done under the lock.
        self.lines.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The line of the trail that a line of the ledger is, if it is one.
fn read(line: &Line) -> Option<AuditLine> {
    serde_json::from_slice(&line.bytes).ok()
}

/// A text that is not longer than a line needs, and no more than one line.
fn short(text: &str) -> String {
    text.chars().map(|it| if it.is_control() { ' ' } else { it }).take(LONGEST).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::sends;

    fn written(line: &AuditLine) -> Line {
        Line { at: 1, bytes: Bytes::from(serde_json::to_vec(line).expect("it can be written")) }
    }

    #[tokio::test]
    async fn the_newest_are_kept_and_found_first() {
        let trail = AuditTrail::default();
        for n in 0..MOST + 10 {
            let line = AuditLine::new("ops", None, AuditAct::Hand("drain"));
            trail.enter(line.of(Some("north"), &n.to_string(), "done"));
        }
        assert_eq!(trail.len(), MOST);
        let refused = AuditLine::new("nobody", None, AuditAct::Refused(1));
        trail.enter(refused.clone());
        let all = trail.find(1, |_| true).await.expect("there is no disk");
        assert_eq!(all, [refused]);
        let found = trail.find(3, |line| !line.is_refusal()).await.expect("there is no disk");
        let whys: Vec<&str> = found.iter().map(|it| it.why.as_str()).collect();
        assert_eq!(whys, ["2009", "2008", "2007"]);
    }

    #[test]
    fn lines_are_short_and_one_each() {
        let line = AuditLine::new("o\nps", "192.0.2.1".parse().ok(), AuditAct::Refused(7));
        let line = line.of(None, &"x".repeat(1_000), "7 times");
        assert_eq!((&*line.operator, line.why.len(), &*line.end), ("o ps", LONGEST, "7 times"));
    }

    #[test]
    fn neither_the_trail_nor_the_ledger_takes_the_others_lines_for_its_own() {
        let line = AuditLine::new("ops", None, AuditAct::Reload);
        assert!(sends::read(&written(&line)).is_none());
        assert_eq!(read(&written(&line)), Some(line));
        let send = serde_json::json!({"number": 1, "at": "2026-11-27T21:39:43.123Z", "bot": "main", "conversation": "a",
            "rpc": "MessageSendText", "tried": [], "outcome": "sent", "how": "answered", "witness": null, "id": null,
            "waited": 0.0, "took": 1.0});
        let send = Line { at: 1, bytes: Bytes::from(send.to_string()) };
        assert!(sends::read(&send).is_some() && read(&send).is_none());
    }
}
