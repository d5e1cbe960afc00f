//! The course of the play: people speak, accounts fail, and what follows is watched and told.

use std::{
    collections::BTreeMap,
    future::pending,
    io,
    process::ExitCode,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use ha_wechaty_core::{AccountId, Notice, Standing};
use ha_wechaty_sim::{Delivered, OFFICIAL};
use tokio::{
    signal::unix::{SignalKind, signal},
    sync::{broadcast, mpsc},
    task::JoinSet,
    time::{Instant, sleep_until, timeout},
};

use crate::text::Line;

use super::{
    DemoError, Options,
    bot::{Bot, News},
    mishaps::{Manner, Mishaps, Step},
    page::{Click, Page, Sight},
    people::People,
    stage::{ACCOUNTS, Stage},
    story::Story,
    tally::{DEADLINE, Tally, is_plain, number_after},
};

/// An answer within this time is told in one line with its question.
const AT_ONCE: Duration = Duration::from_millis(400);
const TICK: Duration = Duration::from_millis(100);
/// Each so many questions one is a plain ding, which is what most bots answer.
const PLAIN: u32 = 4;
/// After the last answer: time for one too many to show.
const GRACE: Duration = Duration::from_millis(500);
/// How long a mended account may take until nobody waits for it.
const COMEBACK: Duration = Duration::from_secs(15);

/// The play.
pub(super) struct Play<'a> {
    stage: &'a Stage,
    options: Options,
    story: Story,
    people: People,
    mishaps: Mishaps,
    tally: Tally,
    /// Questions that nobody was told of yet.
    untold: BTreeMap<u32, Instant>,
    /// When somebody speaks next; nobody does at the end.
    speak_at: Option<Instant>,
    tick_at: Instant,
    told_until: Option<u64>,
    /// How many bots of visitors listen.
    visitors: usize,
    /// Whether our bot leaves plain dings to them.
    is_silent: Arc<AtomicBool>,
    /// How many questions were asked, of whomever.
    turn: u32,
    seen: mpsc::UnboundedReceiver<Delivered>,
    notes: broadcast::Receiver<Notice>,
    news: mpsc::UnboundedReceiver<News>,
    stops: mpsc::UnboundedReceiver<()>,
    page: Page,
    _bot: Bot,
    _signals: JoinSet<()>,
}

/// One thing that happens.
enum Happening {
    Speech,
    Mishap,
    Seen(Delivered),
    Note(Notice),
    News(News),
    Tick,
    /// A visitor wants something of an account.
    Click(Click),
    /// Somebody wants it to end.
    Stop,
}

impl<'a> Play<'a> {
    pub(super) fn new(
        stage: &'a Stage,
        options: &Options,
        story: Story,
        page: Page,
    ) -> Result<Self, DemoError> {
        let Stage { people, rooms, phones, .. } = stage;
        let (to_us, news) = mpsc::unbounded_channel();
        let (stop, stops) = mpsc::unbounded_channel();
        let mut signals = JoinSet::new();
        signals.spawn(listen_for_signals(stop));
        let is_silent = Arc::new(AtomicBool::new(false));
        let bot = stage.bot(to_us, is_silent.clone())?;
        Ok(Self {
            stage,
            options: options.clone(),
            story,
            people: People::new(people, rooms, phones, options.seed, options.quick),
            mishaps: Mishaps::new(phones, options.every, options.seed),
            tally: Tally::default(),
            untold: BTreeMap::new(),
            speak_at: None,
            tick_at: Instant::now(),
            told_until: None,
            visitors: 0,
            is_silent,
            turn: 0,
            seen: stage.world.watch(),
            notes: stage.gateway.notes(),
            news,
            stops,
            page,
            _bot: bot,
            _signals: signals,
        })
    }

    /// Plays until the time is over, or somebody has had enough.
    pub(super) async fn run(&mut self) -> io::Result<()> {
        self.story.heading(&self.stage.invitation(), self.page.addresses(), self.options.every)?;
        // If it can't connect it says why, and the play shows that.
        if let Ok(Some(News::Trouble(why))) = timeout(DEADLINE, self.news.recv()).await {
            self.story.trouble(&why)?;
        }
        let until = self.options.seconds.map(|it| Instant::now() + Duration::from_secs(it));
        self.speak_at = Some(Instant::now() + self.people.pause());
        loop {
            let happening = tokio::select! {
                happening = self.next() => happening,
                () = at(until) => Happening::Stop,
            };
            if let Happening::Stop = happening {
                return Ok(());
            }
            self.follow(happening).await?;
        }
    }

    /// Mends what is broken, waits for the open answers, and sums it up.
    pub(super) async fn end(&mut self) -> io::Result<ExitCode> {
        self.speak_at = None;
        self.story.closing(self.tally.counts())?;
        self.mishaps.end();
        while let Some(step) = self.mishaps.step(Instant::now(), true).await? {
            self.tell(step)?;
        }
        let patience = Instant::now() + DEADLINE;
        while self.is_open() {
            let happening = tokio::select! {
                happening = self.next() => happening,
                () = sleep_until(patience) => Happening::Stop,
            };
            if let Happening::Stop = happening {
                break;
            }
            self.follow(happening).await?;
        }
        let grace = Instant::now() + GRACE;
        loop {
            let happening = tokio::select! {
                happening = self.next() => happening,
                () = sleep_until(grace) => break,
            };
            self.follow(happening).await?;
        }
        self.give_up(Instant::now() + DEADLINE)?;
        self.story.summary(&self.tally, self.mishaps.past())?;
        let counts = self.tally.counts();
        Ok(if counts.lost + counts.twice == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }

    pub(super) fn kept(&self) -> &[Line] {
        self.story.kept()
    }

    /// Whether anybody still waits for something.
    fn is_open(&self) -> bool {
        self.mishaps.all().any(|it| it.manner.is_away()) || self.tally.open().next().is_some()
    }

    async fn next(&mut self) -> Happening {
        let (speak_at, fail_at) = (self.speak_at, self.mishaps.next_at());
        loop {
            return tokio::select! {
                () = at(speak_at) => Happening::Speech,
                () = at(fail_at) => Happening::Mishap,
                Some(seen) = self.seen.recv() => Happening::Seen(seen),
                Some(news) = self.news.recv() => Happening::News(news),
                Some(()) = self.stops.recv() => Happening::Stop,
                Some(click) = self.page.clicked() => Happening::Click(click),
                () = sleep_until(self.tick_at) => Happening::Tick,
                note = self.notes.recv() => match note {
                    Ok(note) => Happening::Note(note),
                    // Too many at once: what matters shows in the routing too.
                    Err(_) => continue,
                },
            };
        }
    }

    async fn follow(&mut self, happening: Happening) -> io::Result<()> {
        match happening {
            Happening::Speech => self.speak()?,
            Happening::Mishap => {
                let waits = |of: Option<usize>| of.is_some_and(|it| self.mishaps.is_away(it));
                let is_quiet = self.tally.open().all(|(_, question)| waits(question.of));
                if let Some(step) = self.mishaps.step(Instant::now(), is_quiet).await? {
                    self.tell(step)?;
                }
            }
            Happening::Click(Click { account, wish: Some(manner) }) => self.mishaps.wish(account, manner),
            Happening::Click(Click { account, wish: None }) => self.mishaps.mend(account),
            Happening::Seen(seen) => self.see(&seen).await?,
            Happening::Note(note) => self.hear(&note)?,
            Happening::News(News::Trouble(why)) => self.story.trouble(&why)?,
            Happening::News(News::Connected) | Happening::Stop => {}
            Happening::Tick => self.tick().await?,
        }
        let available = self.stage.gateway.routing().available();
        let lights = [0, 1, 2].map(|index| available.contains(AccountId(index)));
        let (counts, mishaps) = (self.tally.counts(), &self.mishaps);
        let going_through =
            [0, 1, 2].map(|index| mishaps.of(index).filter(|it| it.mended.is_none()).map(|it| it.manner));
        self.page.show(Sight { counts, lights, going_through });
        self.story.status(counts, lights)
    }

    fn speak(&mut self) -> io::Result<()> {
        // Nor does anybody ask a bot of whose accounts none can hear and speak.
        let available = self.stage.gateway.routing().available();
        let is_well =
            |account: usize| available.contains(AccountId::at(account)) && self.mishaps.of(account).is_none();
        if !(0..ACCOUNTS.len()).any(is_well) || self.mishaps.is_unfair() {
            self.speak_at = Some(Instant::now() + TICK);
            return Ok(());
        }
        self.speak_at = Some(Instant::now() + self.people.pause());
        if let Some(talk) = self.people.talk() {
            talk.say();
            return self.story.talk(talk.who.name(), &talk.place, &talk.text);
        }
        let number = self.tally.next();
        self.turn += 1;
        // One at a time: a plain answer does not tell which question it is for, and who is to answer may not change.
        let is_plain = self.turn.is_multiple_of(PLAIN) && !self.tally.has_plain();
        // Whoever an operator keeps from work is asked nothing in private: the answer would wait until that is over.
        let is_asked = |of: Option<usize>| {
            of.is_none_or(|it| available.contains(AccountId::at(it)) || self.mishaps.of(it).is_some())
        };
        let mut utterance = self.people.ask(number, is_plain);
        while !is_asked(utterance.question().of) {
            utterance = self.people.ask(number, is_plain);
        }
        if is_plain {
            self.is_silent.store(self.visitors > 0, Ordering::Relaxed);
            if self.visitors > 0 {
                self.tally.leave();
                utterance.say();
                return self.story.talk(utterance.who.name(), &utterance.place, &utterance.text);
            }
        }
        let mut question = utterance.question();
        question.visitors = self.visitors;
        question.waited = self.is_away(question.of);
        let number = self.tally.ask(question);
        self.untold.insert(number, Instant::now());
        utterance.say();
        Ok(())
    }

    /// Somebody saw something.
    async fn see(&mut self, seen: &Delivered) -> io::Result<()> {
        let Some(by) = seen.account.as_deref().filter(|_| seen.to != OFFICIAL) else { return Ok(()) };
        let text = seen.text().unwrap_or("(no text)");
        if is_plain("dong", text) {
            // It may be a visitor's that has just come.
            self.visitors = self.stage.visitors().await;
        }
        let Some(answer) = self.tally.see(Instant::now(), seen, self.visitors) else {
            // Not the bot's: a visitor's bot said something, which many may see. Ours is seen by others, too.
            let is_ours =
                number_after("dong", text).is_some() || self.visitors == 0 && is_plain("dong", text);
            if !is_ours && self.told_until.is_none_or(|it| seen.serial > it) {
                self.told_until = Some(seen.serial);
                if is_plain("dong", text) {
                    self.tally.hear_yours();
                }
                return self.story.talk(by, "your bot", text);
            }
            return Ok(());
        };
        let Some(question) = self.tally.question(answer.number) else { return Ok(()) };
        if answer.again {
            self.story.again(question, by)?;
        } else if !answer.is_first {
            self.tally.hear_yours();
            return self.story.talk(by, "your bot", text);
        } else if self.untold.remove(&answer.number).is_some() {
            self.story.exchange(question, answer, by, text)?;
        } else {
            self.story.late(question, answer, by, text)?;
        }
        let speaker = ACCOUNTS.iter().position(|it| *it == by).and_then(|it| self.mishaps.of(it));
        match speaker.filter(|it| it.manner == Manner::Throttled && it.mended.is_some()) {
            Some(mishap) => self.over(mishap.account),
            None => Ok(()),
        }
    }

    /// The gateway says something.
    fn hear(&mut self, note: &Notice) -> io::Result<()> {
        match note {
            Notice::Phase { account, to, text, .. } => self.moved(account.index(), *to, text),
            Notice::Ejected { account, .. } => self.fails(account.index(), "may not speak for a while"),
            Notice::TeamFailed { reason, .. } => self.story.trouble(reason),
            // What the story shows by itself, or has no stage for.
            Notice::Still { .. }
            | Notice::SamePerson { .. }
            | Notice::Scan { .. }
            | Notice::Challenge { .. }
            | Notice::NoHeartbeat { .. }
            | Notice::Evicted { .. }
            | Notice::DeafStream { .. }
            | Notice::Hand { .. }
            | Notice::RoomsThinned { .. }
            | Notice::Alarm(_)
            | Notice::TakenOver { .. }
            | Notice::BotAway { .. }
            | Notice::BotBack { .. }
            | Notice::TeamRecovered { .. } => Ok(()),
        }
    }

    /// An account is somewhere else now.
    fn moved(&mut self, account: usize, to: Standing, text: &str) -> io::Result<()> {
        let mishap = self.mishaps.of(account);
        match to {
            Standing::Connecting => Ok(()),
            Standing::Available => match mishap {
                Some(mishap) if mishap.mended.is_some() || mishap.noticed.is_some() => self.over(account),
                Some(_) | None => Ok(()),
            },
            // Whoever was silent is asked by the gateway now and then; that is no news.
            Standing::Suspect if mishap.is_none() => Ok(()),
            // Somebody who watches the demo has a hand in it.
            Standing::Draining | Standing::Maintenance => Ok(()),
            Standing::Failed if mishap.is_some() => self.story.reset(account),
            Standing::Preparing
            | Standing::Offline
            | Standing::NotLoggedIn
            | Standing::WaitingScan
            | Standing::LoggedOut
            | Standing::Suspect
            | Standing::Failed
            | Standing::Removed => self.fails(account, text),
        }
    }

    /// The gateway has found out that something is wrong with an account.
    fn fails(&mut self, account: usize, text: &str) -> io::Result<()> {
        let Some(mishap) = self.mishaps.of_mut(account) else {
            return self.story.unplanned(account, text);
        };
        if mishap.noticed.is_some() {
            return Ok(());
        }
        mishap.noticed = Some(Instant::now());
        let is_left = |it: &usize| *it != account && !self.mishaps.is_away(*it);
        let left: Vec<&str> = (0..ACCOUNTS.len()).filter(is_left).map(|it| ACCOUNTS[it]).collect();
        match self.mishaps.of(account) {
            Some(mishap) => self.story.noticed(mishap, &left),
            None => Ok(()),
        }
    }

    async fn tick(&mut self) -> io::Result<()> {
        let now = Instant::now();
        self.visitors = self.stage.visitors().await;
        self.tick_at = now + TICK;
        let late: Vec<u32> =
            self.untold.iter().filter(|(_, asked)| now - **asked > AT_ONCE).map(|(it, _)| *it).collect();
        for number in late {
            self.untold.remove(&number);
            let away =
                self.tally.question(number).and_then(|it| it.of).filter(|it| self.mishaps.is_away(*it));
            if let (Some(_), Some(question)) = (away, self.tally.question_mut(number)) {
                question.waited = true;
            }
            if let Some(question) = self.tally.question(number) {
                self.story.waits(question, away)?;
            }
        }
        self.give_up(now)?;
        // It may be back without a word, if it was away so shortly that nobody noticed.
        let available = self.stage.gateway.routing().available();
        let forgotten = self.mishaps.all().filter(|it| {
            let since = it.mended.map(|at| now - at).unwrap_or_default();
            let patience = if it.noticed.is_some() { COMEBACK } else { COMEBACK / 5 };
            since > patience && available.contains(AccountId::at(it.account))
        });
        let forgotten: Vec<usize> = forgotten.map(|it| it.account).collect();
        forgotten.into_iter().try_for_each(|account| self.over(account))
    }

    fn give_up(&mut self, now: Instant) -> io::Result<()> {
        for number in self.tally.give_up(now) {
            if let Some(question) = self.tally.question(number) {
                self.story.lost(question)?;
            }
        }
        Ok(())
    }

    fn tell(&mut self, step: Step) -> io::Result<()> {
        let (Step::Struck(account) | Step::Mended(account)) = step;
        match (step, self.mishaps.of(account)) {
            (Step::Struck(_), Some(mishap)) => self.story.struck(mishap),
            (Step::Mended(_), Some(mishap)) => self.story.mended(mishap),
            (_, None) => Ok(()),
        }
    }

    /// An account is back.
    fn over(&mut self, account: usize) -> io::Result<()> {
        let Some(mishap) = self.mishaps.over(account) else { return Ok(()) };
        let waiting = self.tally.open().filter(|(_, it)| it.waited && it.of == Some(mishap.account)).count();
        self.story.back(&mishap, waiting)?;
        self.story.interim(self.tally.counts())
    }

    /// Whether this is the account that is away.
    fn is_away(&self, account: Option<usize>) -> bool {
        account.is_some_and(|it| self.mishaps.is_away(it))
    }
}

/// At that time; without one, never.
async fn at(time: Option<Instant>) {
    match time {
        Some(time) => sleep_until(time).await,
        None => pending().await,
    }
}

/// Tells each time that somebody wants it to end.
async fn listen_for_signals(stop: mpsc::UnboundedSender<()>) {
    let (Ok(mut interrupt), Ok(mut terminate)) =
        (signal(SignalKind::interrupt()), signal(SignalKind::terminate()))
    else {
        // The system's own way to end it remains.
        return;
    };
    loop {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
        if stop.send(()).is_err() {
            return;
        }
    }
}
