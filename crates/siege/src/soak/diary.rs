//! What bots heard and sent, and whether that is all of it, and once.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    fmt,
    time::{Duration, Instant},
};

use ha_wechaty_wire::{MessageType, puppet::MessagePayloadResponse};
use tokio::time::sleep;

use super::{bot::Bots, town::Town};

/// What people say again and again: which of them a bot heard can't be told.
pub(super) const AGAIN: &str = "ok";
/// So many of a kind are named.
const NAMED: usize = 5;

/// What all processes of one bot went through.
#[derive(Debug, Default)]
pub(super) struct Diary {
    /// How often a process has begun.
    pub(super) begun: u64,
    /// What it sent, in the order of the answers.
    pub(super) sent: Vec<Sent>,
    /// What must not be.
    pub(super) complaints: Vec<String>,
    heard: HashMap<String, Hearing>,
    /// What was given again, to a process that had not said that it has it before its stream broke.
    again: u64,
    doubled: Vec<String>,
    numbers: u64,
}

/// Under which id a message was heard, when, and by whom.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Hearing {
    pub(super) at: Instant,
    pub(super) id: String,
    pub(super) process: usize,
    pub(super) life: u64,
}

/// A send and its answer.
#[derive(Debug)]
pub(super) struct Sent {
    pub(super) text: String,
    pub(super) answer: Result<(), String>,
}

/// What came of all the talk.
#[derive(Debug, Default)]
pub(super) struct Lives {
    said: usize,
    rows: Vec<Row>,
    complaints: Vec<String>,
}

#[derive(Debug)]
struct Row {
    bot: &'static str,
    heard: usize,
    lost: Vec<String>,
    doubled: Vec<String>,
    again: u64,
    begun: u64,
    sent: usize,
    refused: BTreeMap<String, usize>,
    sends_lost: Vec<String>,
    sends_doubled: Vec<String>,
}

impl Diary {
    /// A number that no other text has.
    pub(super) fn number(&mut self) -> u64 {
        self.numbers += 1;
        self.numbers
    }

    /// A message was heard. One whose stream broke before it was acknowledged comes again, under the same id; everything
    /// else that comes twice is wrong.
    pub(super) fn heard(&mut self, payload: &MessagePayloadResponse, hearing: Hearing) {
        if payload.r#type == MessageType::Recalled.to_wire()
            || payload.text.is_empty()
            || payload.text == AGAIN
        {
            return;
        }
        // Whose name stands before it is another's business.
        let text = payload.text.split_once('\u{2005}').map_or(&*payload.text, |(_, text)| text);
        match self.heard.get(text) {
            None => drop(self.heard.insert(text.to_owned(), hearing)),
            Some(first)
                if first.id == hearing.id
                    && (first.process, first.life) != (hearing.process, hearing.life) =>
            {
                self.again += 1;
            }
            Some(first) => self.doubled.push(format!(
                "{:.1} s after {}: {} {text}",
                (hearing.at - first.at).as_secs_f64(),
                first.id,
                hearing.id
            )),
        }
    }
}

/// Waits until everything has come that was said, and says what is wrong.
pub(super) async fn judge(town: &Town, bots: &Bots, said: &HashSet<String>, within: Duration) -> Lives {
    let begun = Instant::now();
    let is_all = || bots.all().iter().all(|bot| said.iter().all(|it| bot.diary().heard.contains_key(it)));
    while begun.elapsed() < within && !is_all() {
        sleep(Duration::from_millis(500)).await;
    }
    // What bots asked for last is answered by then.
    sleep(Duration::from_secs(20)).await;
    let mut there = HashMap::<String, usize>::new();
    for message in town.world.ledger().sent_by_accounts() {
        let name = message.content.file().map(|it| it.name.clone());
        if let Some(text) = name.or_else(|| message.text().map(str::to_owned)) {
            *there.entry(text).or_default() += 1;
        }
    }
    let mut lives = Lives { said: said.len(), ..Lives::default() };
    for bot in bots.all() {
        let diary = bot.diary();
        let times = |it: &Sent| there.get(&it.text).copied().unwrap_or(0);
        let texts = |is: &dyn Fn(&Sent) -> bool| {
            diary.sent.iter().filter(|it| is(it)).map(|it| it.text.clone()).collect::<Vec<_>>()
        };
        let mut refused = BTreeMap::new();
        for why in diary.sent.iter().filter_map(|it| it.answer.as_ref().err()) {
            let why: String = why.chars().take(160).collect();
            *refused.entry(why).or_default() += 1;
        }
        lives.rows.push(Row {
            bot: bot.name,
            heard: diary.heard.len(),
            lost: said.iter().filter(|it| !diary.heard.contains_key(*it)).cloned().collect(),
            doubled: diary.doubled.clone(),
            again: diary.again,
            begun: diary.begun,
            sent: diary.sent.len(),
            refused,
            sends_lost: texts(&|it| it.answer.is_ok() && times(it) == 0),
            sends_doubled: texts(&|it| times(it) > 1),
        });
        lives.complaints.extend(diary.complaints.iter().cloned());
    }
    lives
}

impl Lives {
    /// Nothing lost, nothing doubled.
    pub(super) fn is_well(&self) -> bool {
        let is_well = |row: &Row| {
            [&row.lost, &row.doubled, &row.sends_lost, &row.sends_doubled].iter().all(|it| it.is_empty())
        };
        self.complaints.is_empty() && self.rows.iter().all(is_well)
    }
}

impl fmt::Display for Lives {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "\n{} messages of people were said", self.said)?;
        writeln!(
            f,
            "{:<8} {:>8} {:>6} {:>8} {:>12} {:>8} {:>8} {:>8} {:>10} {:>13}",
            "bot",
            "heard",
            "lost",
            "doubled",
            "given again",
            "begun",
            "sent",
            "refused",
            "sends lost",
            "sends doubled"
        )?;
        for it in &self.rows {
            writeln!(
                f,
                "{:<8} {:>8} {:>6} {:>8} {:>12} {:>8} {:>8} {:>8} {:>10} {:>13}",
                it.bot,
                it.heard,
                it.lost.len(),
                it.doubled.len(),
                it.again,
                it.begun,
                it.sent,
                it.refused.values().sum::<usize>(),
                it.sends_lost.len(),
                it.sends_doubled.len()
            )?;
        }
        for it in &self.rows {
            for (what, some) in [
                ("lost", &it.lost),
                ("doubled", &it.doubled),
                ("sends lost", &it.sends_lost),
                ("sends doubled", &it.sends_doubled),
            ] {
                some.iter().take(NAMED).try_for_each(|text| writeln!(f, "{}: {what}: {text}", it.bot))?;
            }
            let mut refused: Vec<_> = it.refused.iter().collect();
            refused.sort_by_key(|(_, count)| std::cmp::Reverse(**count));
            for (why, count) in refused.into_iter().take(NAMED) {
                writeln!(f, "{}: {count} sends refused: {why}", it.bot)?;
            }
        }
        let mut complaints = self.complaints.iter();
        complaints.by_ref().take(NAMED).try_for_each(|it| writeln!(f, "complaint: {it}"))?;
        match complaints.count() {
            0 => Ok(()),
            more => writeln!(f, "and {more} more complaints"),
        }
    }
}
