//! What became of each act, for people to read: times are rounded to half minutes, by which no run differs from another.

use std::{fmt::Write as _, time::Duration};

use tokio::time::Instant;

/// What became of one act.
#[derive(Debug)]
pub(crate) struct Act {
    pub(crate) name: &'static str,
    pub(crate) began: Instant,
    /// What happened, and what people were told, with the moment of each.
    lines: Vec<(Instant, String)>,
    /// When somebody was told first, how `status` read then, and when all was well again.
    pub(crate) told: Option<Instant>,
    pub(crate) status: String,
    pub(crate) well: Option<Instant>,
    /// How often people were told something.
    pub(crate) messages: usize,
}

impl Act {
    pub(crate) fn new(name: &'static str) -> Self {
        let (began, lines, status) = (Instant::now(), Vec::new(), String::new());
        Self { name, began, lines, told: None, status, well: None, messages: 0 }
    }

    pub(crate) fn note(&mut self, at: Instant, line: impl Into<String>) {
        self.lines.push((at, line.into()));
    }

    fn since(&self, at: Option<Instant>) -> String {
        at.map_or_else(|| String::from("–"), |at| rounded(at - self.began))
    }
}

/// All of it: the table, and each act.
pub(crate) fn report(acts: &[Act]) -> String {
    let names = ["what happens", "somebody knows", "it is well", "told"].map(String::from);
    let row = |it: &Act| {
        [it.name.to_owned(), it.since(it.told), it.since(it.well), it.messages.to_string()].map(String::from)
    };
    let rows: Vec<[String; 4]> = acts.iter().map(row).collect();
    let mut text = ha_wechaty_cli::text::table(&names, &rows).join("\n") + "\n";
    for act in acts {
        let _ = write!(text, "\n## {}\n", act.name);
        let mut lines: Vec<&(Instant, String)> = act.lines.iter().collect();
        lines.sort_by_key(|(at, _)| *at);
        for (at, line) in lines {
            let at = rounded(*at - act.began);
            for (index, line) in line.lines().enumerate() {
                let at = if index == 0 { at.as_str() } else { "" };
                let _ = writeln!(text, "{at:>8}  {}", calm(line));
            }
        }
        if !act.status.is_empty() {
            let when = if act.told.is_some() { "when somebody was told first" } else { "afterwards" };
            let _ = writeln!(text, "status, {when}:");
            for line in act.status.lines() {
                let _ = writeln!(text, "{}", format!("  | {}", calm(line)).trim_end());
            }
        }
    }
    text
}

/// To half a minute.
fn rounded(time: Duration) -> String {
    let halves = (time.as_secs_f64() / 30.0).round() as u64;
    if halves == 0 {
        return String::from("0s");
    }
    humantime::format_duration(Duration::from_secs(halves * 30)).to_string()
}

/// The same line with its times rounded.
fn calm(line: &str) -> String {
    let mut words: Vec<String> = Vec::new();
    let mut time: Option<Duration> = None;
    for word in line.split(' ') {
        let bare = word.trim_end_matches([',', ';', ':', '.', ')']);
        match humantime::parse_duration(bare).ok().filter(|_| bare.ends_with(char::is_alphabetic)) {
            Some(part) => {
                let whole = time.unwrap_or_default() + part;
                if bare.len() < word.len() {
                    words.push(rounded(whole) + &word[bare.len()..]);
                    time = None;
                } else {
                    time = Some(whole);
                }
            }
            None => {
                words.extend(time.take().map(rounded));
                words.push(word.to_owned());
            }
        }
    }
    words.extend(time.map(rounded));
    words.join(" ")
}
