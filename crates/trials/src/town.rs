//! Where a trial takes place: a simulated WeChat, three phones, a gateway and a bot, on a virtual clock.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::{Duration, SystemTime},
};

use anyhow::{Context as _, Result, ensure};
use ha_wechaty::{
    Config,
    config::{BotConfig, BotMode, GatewayTls, WhenUnsure},
};
use ha_wechaty_core::Input;
use ha_wechaty_journal::sim::Faults;
use ha_wechaty_sim::{
    Attachment, Content, Fault, GroupChat, Person, Phone, RpcSelection, Spoken, World, WorldMessage,
};
use ha_wechaty_wire::Token;
use tokio::{
    sync::mpsc,
    task::JoinSet,
    time::{Instant, sleep, sleep_until, timeout},
};

use crate::{
    bot::{Bot, Diary, TOKEN, Turn, Wish},
    heard::Heard,
    office::{Death, Office, Staff},
    paper::{Fact, Paper},
    schedule::{ACCOUNTS, Kind, Place, Schedule, Shift, Step, Trouble},
};

pub(crate) const SELF: &str = "ossbot";
/// Whatever is still to come has come by then, once nothing ails anybody.
const LONG: Duration = Duration::from_secs(4 * 3_600);
/// An echo that comes late, a backlog, a bot that is away: all of it is shorter.
const AFTERWARDS: Duration = Duration::from_secs(150);

/// How many texts show what clocks are.
const TALK: u32 = 6;

/// What happened.
pub(crate) struct Course {
    /// Who said what where, and when.
    pub(crate) said: Vec<Said>,
    /// When the first step was due.
    pub(crate) begun: Instant,
    /// What the bot saw and sent.
    pub(crate) diary: Diary,
    /// What people saw of the bot.
    pub(crate) ledger: Vec<Arc<WorldMessage>>,
    /// How often the gateway died.
    pub(crate) deaths: Vec<Death>,
    /// What gateways were told, as far as it stands in their journal.
    pub(crate) facts: Vec<Fact>,
    /// The numbers of the messages that some gateway had been told of, and that stands in its journal.
    pub(crate) written: BTreeSet<u64>,
    /// When each account has shown which messages by its event streams, the last first.
    pub(crate) shown: Vec<Vec<(u64, Instant)>>,
    /// A moment, and what the clock of WeChat showed then.
    pub(crate) clock: (Instant, SystemTime),
    /// The conversation ids that the bot knows places by.
    pub(crate) conversations: BTreeMap<Place, String>,
}

impl Course {
    /// When that was, by the clock of WeChat.
    pub(crate) fn at(&self, wall: SystemTime) -> Instant {
        let (then, it) = self.clock;
        then + wall.duration_since(it).unwrap_or_default()
    }
}

/// What a person said.
#[derive(Debug, Clone)]
pub(crate) struct Said {
    pub(crate) at: Instant,
    pub(crate) place: Place,
    pub(crate) who: String,
    pub(crate) what: What,
    /// Its number in the ledger.
    pub(crate) serial: Option<u64>,
    /// The accounts that were surely told of it.
    pub(crate) told: Vec<usize>,
}

/// Something said.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum What {
    /// A text, or a file of a name.
    Words(String),
    /// A text whose payload no account hands out.
    Hushed(String),
    /// That something was taken back: what it was.
    TakenBack(String),
}

struct Town {
    world: World,
    people: [Person; 2],
    phones: Vec<Phone>,
    den: GroupChat,
    attic: GroupChat,
}

/// Plays a schedule to its end, and until all is quiet again.
pub(crate) async fn play(schedule: &Schedule) -> Result<Course> {
    let clock = (Instant::now(), SystemTime::now());
    let town = Town::build(schedule).await?;
    let conversations: BTreeMap<Place, String> =
        Place::ALL.into_iter().map(|place| (place, town.conversation(place))).collect();
    let (heard, paper) = (Heard::default(), schedule.store.clone().map(|it| Paper::new(schedule.seed, it)));
    let office = Office::open(town.config(schedule), &town.phones, paper.clone(), heard.clone()).await?;
    let bots = Bot::processes(office.address(), schedule.shift.bots());
    let mut tasks = JoinSet::new();
    let mut turns = Vec::new();
    for bot in &bots {
        let (turn, turned) = mpsc::unbounded_channel();
        turns.push(turn);
        tasks.spawn(bot.clone().live(turned));
    }
    let bot = &bots[0];
    let (wish, wishes) = mpsc::unbounded_channel();
    tasks.spawn(bot.clone().speak(wishes));
    let are_all_there = |office: &Office| office.available() == ACCOUNTS.len();
    until("the team is there", || are_all_there(&office)).await?;
    // Rooms and friends are learnt a moment later.
    sleep(Duration::from_secs(1)).await;

    let (call, calls) = mpsc::unbounded_channel();
    let (death, deaths) = mpsc::unbounded_channel();
    let office = tokio::spawn(office.work(calls, deaths));
    let (mut said, mut sends) = (Vec::new(), 0);
    let mut notes = |it: Said| {
        heard.says(said.len(), it.place.accounts(), &town.phones);
        said.push(it);
    };
    if schedule.asks_for_clocks() {
        // A talk of seconds shows how wrong clocks are, and that they are fine.
        for number in 0..TALK {
            let text = format!("clock {number}");
            town.says(0, Place::Den, Kind::Text, &text)?;
            notes(town.said(0, Place::Den, What::Words(text)));
            sleep(Duration::from_secs(2)).await;
        }
    }
    let begun = Instant::now();
    let mut last: BTreeMap<(usize, Place), (Spoken, String)> = BTreeMap::new();
    // A schedule that was cut down may have fewer processes than it had.
    let process = |bot: usize| &turns[bot % turns.len()];
    for (at, step) in &schedule.steps {
        sleep_until(begun + *at).await;
        match step {
            Step::Says { who, place, kind, text } => {
                last.insert((*who, *place), (town.says(*who, *place, *kind, text)?, text.clone()));
                notes(town.said(*who, *place, What::Words(text.clone())));
            }
            Step::Hushed { who, place, text } => {
                for account in place.accounts() {
                    town.phones[*account].fail(Fault::Hush(1));
                }
                town.says(*who, *place, Kind::Text, text)?;
                notes(town.said(*who, *place, What::Hushed(text.clone())));
            }
            Step::TakesBack { who, place } => {
                if let Some((spoken, text)) = last.remove(&(*who, *place)) {
                    town.people[*who].recalls(&spoken);
                    notes(town.said(*who, *place, What::TakenBack(text)));
                }
            }
            Step::Sends { place, kind, text } => {
                sends += 1;
                let conversation = conversations[place].clone();
                wish.send(Wish { conversation, kind: *kind, text: text.clone() })?;
            }
            Step::Ails { account, trouble } => match trouble.fault() {
                Some(fault) => town.phones[*account].fail(fault),
                None => call.send(Staff::Without(*account))?,
            },
            Step::Heals { account } => {
                town.phones[*account].restore().await?;
                call.send(Staff::With(*account))?;
            }
            Step::BotCut { bot, back_after } => process(*bot).send(Turn::Cut(*back_after))?,
            Step::BotStops { bot, back_after } => process(*bot).send(Turn::Stop(*back_after))?,
            Step::Dies { back_after } => death.send(*back_after)?,
            Step::Fills { room_after } => {
                if let Some((paper, faults)) = paper.clone().zip(schedule.store.clone()) {
                    tasks.spawn(fills(paper, faults, *room_after));
                }
            }
        }
    }
    for (account, phone) in town.phones.iter().enumerate() {
        phone.restore().await?;
        call.send(Staff::With(account))?;
    }
    drop((call, death));
    let office = office.await??;
    until("all accounts are back", || are_all_there(&office)).await?;
    until("all sends are answered", || bot.diary().sent.len() == sends).await?;
    until("all is shown", || town.phones.iter().all(|phone| phone.waiting() == 0)).await?;
    sleep(AFTERWARDS).await;
    for (number, accounts) in heard.all() {
        if let Some(it) = said.get_mut(number) {
            it.told = accounts;
        }
    }
    bot.looks_back().await.context("the bot looks back")?;
    tasks.shutdown().await;
    let deaths = office.close().await;
    let facts = match &paper {
        Some(paper) => paper.facts().await?,
        None => Vec::new(),
    };
    let written = facts.iter().filter_map(|it| town.is_about(&it.input)).collect();
    let shown = town.phones.iter().map(Phone::shown).collect();
    let diary = std::mem::take(&mut *bot.diary());
    let ledger = town.world.ledger().sent_by_accounts();
    Ok(Course { said, begun, diary, ledger, deaths, facts, written, shown, clock, conversations })
}

/// There is no room for the journal for so long.
async fn fills(paper: Paper, faults: Faults, room_after: Duration) {
    paper.set(Faults { is_full: true, ..faults.clone() });
    sleep(room_after).await;
    paper.set(faults);
}

/// Waits for a condition, on the virtual clock.
async fn until(what: &str, mut condition: impl FnMut() -> bool) -> Result<()> {
    let wait = async {
        while !condition() {
            sleep(Duration::from_millis(100)).await;
        }
    };
    timeout(LONG, wait).await.with_context(|| format!("in vain: {what}"))
}

impl Town {
    async fn build(schedule: &Schedule) -> Result<Self> {
        let world = World::new(schedule.seed);
        let people = crate::schedule::PEOPLE.map(|name| world.person(name));
        let mut phones = Vec::new();
        for (name, manner) in ACCOUNTS.iter().zip(schedule.manners) {
            let phone = world.phone(name).tls(false).echo(manner.echo).catch_up(manner.catch_up);
            phones.push(phone.clock_ahead(manner.ahead).serve().await?);
        }
        world.befriend(&people[0], &phones[0]);
        world.befriend(&people[1], &phones[1]);
        let den = world.room("den", &[&people[0], &people[1], &phones[0], &phones[1], &phones[2]]);
        let attic = world.room("attic", &[&people[0], &phones[0], &phones[1]]);
        Ok(Self { world, people, phones, den, attic })
    }

    fn config(&self, schedule: &Schedule) -> Config {
        let mut config = Config::new(SELF);
        config.gateway.listen = ([127, 0, 0, 1], 0).into();
        config.gateway.tls = GatewayTls::Off;
        config.admin.listen = None;
        // One perfect phone has no pace either.
        config.pace.enabled = schedule.paced;
        config.team.dice = Some(schedule.seed);
        if schedule.at_least_once {
            config.delivery.when_unsure = WhenUnsure::AtLeastOnce;
        }
        let mut bot = BotConfig::new("main", Token::new(TOKEN));
        bot.mode = match schedule.shift {
            Shift::Alone => BotMode::All,
            Shift::Standby => BotMode::Standby,
            Shift::Shard => BotMode::Shard,
        };
        config.bots.push(bot);
        config
    }

    fn conversation(&self, place: Place) -> String {
        match place {
            Place::Den => self.den.id().to_owned(),
            Place::Attic => self.attic.id().to_owned(),
            Place::Alice => self.people[0].id().to_owned(),
            Place::Bob => self.people[1].id().to_owned(),
        }
    }

    fn says(&self, who: usize, place: Place, kind: Kind, text: &str) -> Result<Spoken> {
        let (person, phones) = (&self.people[who], &self.phones);
        let content = || match kind {
            Kind::Text => Content::from(text),
            Kind::File => Attachment::new(text, text.to_owned()).into(),
        };
        let spoken = match place {
            Place::Den => person.sends(&self.den, content()),
            Place::Attic => person.sends(&self.attic, content()),
            Place::Alice => person.sends(&phones[0], content()),
            Place::Bob => person.sends(&phones[1], content()),
        };
        ensure!(spoken.serial().is_some(), "{text:?} reached nobody in {place:?}");
        Ok(spoken)
    }

    fn said(&self, who: usize, place: Place, what: What) -> Said {
        let serial = self.world.ledger().said().last().map(|it| it.serial);
        Said {
            at: Instant::now(),
            place,
            who: self.people[who].id().to_owned(),
            what,
            serial,
            told: Vec::new(),
        }
    }

    /// The number of the message that a fact says an account was told of.
    fn is_about(&self, fact: &Input) -> Option<u64> {
        let told = if let Input::Message { account, message } | Input::OldMessage { account, message } = fact
        {
            Some((account, &message.id))
        } else if let Input::Heard { account, id } = fact {
            Some((account, id))
        } else {
            None
        };
        told.and_then(|(account, id)| self.phones.get(account.index())?.serial_of(id))
    }
}

impl Trouble {
    /// What goes wrong with the phone; nothing, if it is the operator who does it.
    fn fault(self) -> Option<Fault> {
        Some(match self {
            Self::Killed => Fault::Drop,
            Self::Frozen => Fault::Hang,
            Self::LoggedOut => Fault::LogOut("by the phone".into()),
            Self::Deaf => Fault::Deaf,
            Self::Late(delay) => Fault::Delay(delay),
            Self::Slow(slow) => Fault::Slow(slow),
            Self::Repeats(after) => Fault::Repeat { messages: 3, after },
            Self::Cut { done } => Fault::Cut { calls: RpcSelection::Sends, done, times: 1 },
            Self::HalfOpen => Fault::HalfOpen,
            Self::LateClose => Fault::LateClose,
            Self::StrayScan(status) => Fault::StrayScan(status),
            Self::Removed => return None,
        })
    }
}
