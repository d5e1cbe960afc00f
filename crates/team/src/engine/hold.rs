//! What waits until its cause is durable: wishes that can't be taken back, and calls that are about to do something.
//!
//! All that the core is told goes into one record until the one before is durable; then that goes, and what waited for the
//! one before leaves, in its order. What nothing waits for goes a moment later, with what comes next: a bot that sends one
//! message after another waits for one append each time, and not for the end of the last one too. Where nothing is written
//! down nothing waits.

use std::{collections::VecDeque, time::Duration};

use ha_wechaty_core::{Command, Input, Team, Time};
use ha_wechaty_journal::Line;
use tokio::{
    sync::{mpsc, oneshot},
    time::{Instant, sleep_until},
};

use crate::{
    state::{knowledge::Book, sends::OpenSends},
    store::{Ack, Acks, Noted, Notes, SnapshotDue, SnapshotMaker, Write},
};

/// So much may wait to be written, in bytes: then the core is told nothing more until it is.
const MOST: usize = 16 << 20;
/// The same while nothing can be written: what accounts tell waits with them, where nothing is lost.
const MOST_IN_TROUBLE: usize = 256 << 10;

/// How long what nothing waits for may wait for what comes next.
const PATIENCE: Duration = Duration::from_millis(1);

/// What waits, and for what.
#[derive(Debug)]
pub(super) struct Hold {
    /// Nothing is written down without it.
    writing: Option<Writing>,
    waiting: VecDeque<(u64, Waits)>,
}

#[derive(Debug)]
struct Writing {
    writes: mpsc::Sender<Write>,
    acks: Acks,
    /// What is to stand beside the notes, as it comes.
    to_line: mpsc::Receiver<Line>,
    lines: Vec<Line>,
    notes: Notes,
    /// Until when all of it may wait for what comes next; `None` if some of it may not, or there is none.
    until: Option<Instant>,
    /// When the first of them came, of those that were given to the writer, and of those that were not.
    came: [Option<Instant>; 2],
    /// The number of the last note.
    noted: u64,
    /// The last that was given to the writer, and the last that is durable.
    sent: u64,
    durable: u64,
    due: SnapshotDue,
}

#[derive(Debug)]
enum Waits {
    Wish(Command),
    Call(oneshot::Sender<()>),
}

impl Writing {
    /// Something comes that is to be written down; it may wait for more, or not.
    fn comes(&mut self, is_patient: bool) {
        self.came[1].get_or_insert_with(Instant::now);
        self.until = match self.until {
            _ if !is_patient => None,
            None if self.notes.is_empty() && self.lines.is_empty() => Some(Instant::now() + PATIENCE),
            until => until,
        };
    }
}

impl Hold {
    /// Nothing is written down, and nothing waits.
    pub(super) fn nothing() -> Self {
        Self { writing: None, waiting: VecDeque::new() }
    }

    /// What is told from now on is given to a writer, and a snapshot made whenever one is due.
    pub(super) fn writing(
        writes: mpsc::Sender<Write>,
        acks: Acks,
        to_line: mpsc::Receiver<Line>,
        due: SnapshotDue,
    ) -> Self {
        let (notes, lines) = (Notes::default(), Vec::new());
        let writing = Writing {
            writes,
            acks,
            to_line,
            lines,
            notes,
            until: None,
            came: [None; 2],
            noted: 0,
            sent: 0,
            durable: 0,
            due,
        };
        Self { writing: Some(writing), waiting: VecDeque::new() }
    }

    /// Whether the core may be told more now; `in_trouble` if nothing can be written.
    pub(super) fn has_room(&self, in_trouble: bool) -> bool {
        let most = if in_trouble { MOST_IN_TROUBLE } else { MOST };
        self.writing.as_ref().is_none_or(|it| it.notes.len() < most)
    }

    /// How many notes are not durable yet.
    pub(super) fn undone(&self) -> u64 {
        self.writing.as_ref().map_or(0, |it| it.noted - it.durable)
    }

    /// Since when the oldest note waits that is not durable.
    pub(super) fn waits_since(&self) -> Option<Instant> {
        self.writing.as_ref().and_then(|it| it.came.into_iter().flatten().min())
    }

    /// The core is about to be told this, of which the rest of the state knows something besides.
    pub(super) fn fact(&mut self, now: Time, input: &Input, beside: impl FnOnce() -> Option<Noted>) {
        let Some(writing) = &mut self.writing else { return };
        writing.comes(input.is_patient());
        if let Some(beside) = beside() {
            writing.notes.note(&beside);
        }
        writing.notes.fact(now, input);
        writing.noted += 1;
    }

    /// Something else of the core is about to happen.
    pub(super) fn note(&mut self, noted: impl FnOnce() -> Noted) {
        let Some(writing) = &mut self.writing else { return };
        writing.comes(true);
        writing.notes.note(&noted());
        writing.noted += 1;
    }

    /// A call goes on once the last note is durable.
    pub(super) fn call(&mut self, call: oneshot::Sender<()>) {
        match &self.writing {
            Some(writing) => self.waiting.push_back((writing.noted, Waits::Call(call))),
            // Who waits may have hung up.
            None => drop(call.send(())),
        }
    }

    /// A wish, unless it waits until its cause is durable: then it comes out of [`Hold::released`].
    pub(super) fn wish(&mut self, command: Command) -> Option<Command> {
        match &self.writing {
            Some(writing) if command.is_held() => {
                self.waiting.push_back((writing.noted, Waits::Wish(command)));
                None
            }
            _ => Some(command),
        }
    }

    /// Gives all notes to the writer, if it has none to write, and they can't wait. Returns whether there are any that are not
    /// durable then.
    pub(super) fn hand_on(&mut self, now: Time, team: &Team, book: &Book, open: &OpenSends) -> bool {
        let Some(writing) = &mut self.writing else { return false };
        if writing.sent > writing.durable {
            return true;
        }
        while let Ok(line) = writing.to_line.try_recv() {
            writing.comes(true);
            writing.lines.push(line);
        }
        if writing.notes.is_empty() && writing.lines.is_empty() {
            return false;
        }
        let is_awaited = self.waiting.back().is_some_and(|(number, _)| *number > writing.sent);
        if !is_awaited && writing.until.is_some_and(|until| Instant::now() < until) {
            return true;
        }
        writing.until = None;
        writing.due.grows(writing.noted - writing.sent, writing.notes.len());
        let snapshot = writing.due.begins(now).then(|| {
            let (team, pages) = (team.clone(), book.all_written());
            let sends = open.all();
            SnapshotMaker(Box::new(move || {
                let mut notes = Notes::default();
                notes.team(now, &team);
                for (send, open) in sends {
                    notes.note(&Noted::Send { at: now, send, open: Box::new(open) });
                }
                for page in pages {
                    notes.note(&Noted::Page { at: now, page });
                }
                notes
            }))
        });
        // What was entered meanwhile is in no snapshot.
        while let Ok(line) = writing.to_line.try_recv() {
            writing.lines.push(line);
        }
        // Lines alone are something to wait for, too.
        writing.noted += u64::from(writing.notes.is_empty());
        let upto = writing.noted;
        let (notes, lines) = (std::mem::take(&mut writing.notes), std::mem::take(&mut writing.lines));
        let write = Write { notes, lines, upto, snapshot };
        writing.sent = upto;
        writing.came = [writing.came[1], None];
        // It has room for one, and has none. Should it have ended, nothing is durable any more.
        writing.writes.try_send(write).is_ok()
    }

    /// Waits until something more is durable, or is to stand beside the notes.
    pub(super) async fn goes_on(&mut self) {
        let Some(Writing { acks, to_line, lines, notes, until, came, sent, durable, due, .. }) =
            &mut self.writing
        else {
            return std::future::pending().await;
        };
        // Behind an append they go by themselves.
        let due_at = until.filter(|_| sent == durable);
        tokio::select! {
            Some(ack) = acks.recv() => match ack {
                Ack::Durable { upto } => (*durable, came[0]) = (upto, None),
                Ack::Snapshot { kept } => due.ends(kept),
            },
            Some(line) = to_line.recv(), if lines.is_empty() => {
                if notes.is_empty() && lines.is_empty() {
                    *until = Some(Instant::now() + PATIENCE);
                }
                came[1].get_or_insert_with(Instant::now);
                lines.push(line);
            }
            () = async { sleep_until(due_at.unwrap_or_else(Instant::now)).await }, if due_at.is_some() => {}
            else => std::future::pending().await,
        }
    }

    /// The next wish whose cause is durable; calls go on in passing.
    pub(super) fn released(&mut self) -> Option<Command> {
        let durable = self.writing.as_ref()?.durable;
        while let Some((_, waits)) = self.waiting.pop_front_if(|(number, _)| *number <= durable) {
            match waits {
                Waits::Wish(command) => return Some(command),
                // Who waits may have hung up.
                Waits::Call(call) => drop(call.send(())),
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use std::{path::Path, time::Duration};

    use ha_wechaty_config::Config;
    use ha_wechaty_core::{AccountId, BotId};

    use super::*;
    use crate::{
        engine::new_team,
        store::{Behind, SnapshotLimits},
    };

    /// A hold, whose configuration does not matter, and the ends of its writer.
    struct Stage {
        hold: Hold,
        team: Team,
        book: Book,
        written: mpsc::Receiver<Write>,
        acks: mpsc::UnboundedSender<Ack>,
        lines: mpsc::Sender<Line>,
    }

    impl Stage {
        fn new(limits: SnapshotLimits) -> Self {
            let config = "name = \"ossbot\"\n[[bot]]\nname = \"main\"\ntoken = \"insecure_b\"\n[[account]]\nname = \
                          \"north\"\ntoken = \"insecure_n\"\nendpoint = \"127.0.0.1:1\"";
            let config = Config::from_toml(Path::new("a.toml"), config).expect("a configuration");
            let ((team, ..), book) = (new_team(&config), Book::new(&config.memory));
            let (writes, written) = mpsc::channel(1);
            let (acks, acked) = mpsc::unbounded_channel();
            let (lines, to_line) = mpsc::channel(1);
            let due = SnapshotDue::new(limits, Behind::nothing(Time::ZERO));
            let hold = Hold::writing(writes, acked, to_line, due);
            Self { hold, team, book, written, acks, lines }
        }

        /// What goes to the writer now.
        fn write(&mut self) -> Option<Write> {
            assert!(self.hold.hand_on(Time::ZERO, &self.team, &self.book, &OpenSends::default()));
            self.written.try_recv().ok()
        }

        fn urgent(&mut self) {
            self.hold.fact(Time::ZERO, &Input::StreamTells { account: AccountId::at(0) }, || None);
        }

        fn patient(&mut self) {
            let said = Input::BotSaid { bot: BotId(0), conversation: String::from("room") };
            self.hold.fact(Time::ZERO, &said, || None);
        }

        /// What it was given is durable.
        async fn is_durable(&mut self, upto: u64) {
            self.acks.send(Ack::Durable { upto }).expect("it is listened to");
            self.hold.goes_on().await;
        }
    }

    #[tokio::test(start_paused = true)]
    async fn what_nothing_waits_for_goes_with_what_comes_next_or_a_moment_later() {
        let mut stage = Stage::new(SnapshotLimits { notes: u64::MAX, bytes: usize::MAX, age: Duration::MAX });
        stage.patient();
        assert!(stage.write().is_none(), "it waits");
        stage.urgent();
        assert_eq!(stage.write().expect("both").upto, 2);
        stage.is_durable(2).await;

        let (call, mut called) = oneshot::channel();
        stage.patient();
        stage.hold.call(call);
        assert_eq!(stage.write().expect("somebody waits for it").upto, 3);
        stage.patient();
        stage.is_durable(3).await;
        assert!(stage.hold.released().is_none() && called.try_recv().is_ok());
        // It has waited as long as the append took, which is nothing here.
        let begun = Instant::now();
        assert!(stage.write().is_none());
        stage.hold.goes_on().await;
        assert_eq!(begun.elapsed(), PATIENCE);
        assert_eq!(stage.write().expect("it has waited").upto, 4);
        stage.is_durable(4).await;

        // Nor does a line wait for longer.
        let begun = Instant::now();
        stage.lines.try_send(Line { at: 1, bytes: bytes::Bytes::new() }).expect("it has room");
        stage.hold.goes_on().await;
        assert!(stage.write().is_none());
        stage.hold.goes_on().await;
        assert_eq!((begun.elapsed(), stage.write().expect("it has waited").lines.len()), (PATIENCE, 1));
    }

    #[tokio::test(start_paused = true)]
    async fn it_is_known_since_when_the_oldest_note_waits_that_is_not_durable() {
        let mut stage = Stage::new(SnapshotLimits { notes: u64::MAX, bytes: usize::MAX, age: Duration::MAX });
        assert_eq!(stage.hold.waits_since(), None);
        let begun = Instant::now();
        stage.urgent();
        assert_eq!(stage.write().expect("it is to be written").upto, 1);
        tokio::time::advance(Duration::from_secs(3)).await;
        stage.urgent();
        assert_eq!(stage.hold.waits_since(), Some(begun), "on its way it is not durable");
        stage.is_durable(1).await;
        assert_eq!(stage.hold.waits_since(), Some(begun + Duration::from_secs(3)));
        assert_eq!(stage.write().expect("it is to be written").upto, 2);
        stage.is_durable(2).await;
        assert_eq!(stage.hold.waits_since(), None);
    }

    #[tokio::test]
    async fn a_snapshot_is_due_before_what_stands_behind_the_last_weighs_more_than_it_may() {
        let mut stage = Stage::new(SnapshotLimits { notes: u64::MAX, bytes: 1_000, age: Duration::MAX });
        let (mut behind, mut snapshots) = (0, 0);
        for upto in 1..400_u64 {
            stage.urgent();
            let write = stage.write().expect("it is to be written");
            behind += write.notes.len();
            assert_eq!(write.snapshot.is_some(), behind >= 1_000, "{behind} bytes behind the last");
            if write.snapshot.is_some() {
                (behind, snapshots) = (0, snapshots + 1);
                stage.acks.send(Ack::Snapshot { kept: Some(1) }).expect("it is listened to");
                stage.hold.goes_on().await;
            }
            stage.is_durable(upto).await;
        }
        assert!(snapshots > 2, "{snapshots}");
    }
}
