//! Where a trial takes place: a simulated WeChat, three phones, a gateway and a bot, on a virtual clock.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use anyhow::{Context as _, Result, ensure};
use ha_wechaty::{
    Config, Gateway,
    config::{AccountConfig, AccountTls, BotConfig, BotMode, Endpoint, GatewayTls, Service, WhenUnsure},
};
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
    /// The conversation ids that the bot knows places by.
    pub(crate) conversations: BTreeMap<Place, String>,
}

/// What a person said.
#[derive(Debug, Clone)]
pub(crate) struct Said {
    pub(crate) at: Instant,
    pub(crate) place: Place,
    pub(crate) who: String,
    pub(crate) what: What,
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
    let town = Town::build(schedule).await?;
    let conversations: BTreeMap<Place, String> =
        Place::ALL.into_iter().map(|place| (place, town.conversation(place))).collect();
    let gateway = Gateway::start(town.config(schedule)).await?;
    let bots = Bot::processes(gateway.local_addr(), schedule.shift.bots());
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
    until("the team is there", || gateway.routing().available().len() == ACCOUNTS.len()).await?;
    // Rooms and friends are learnt a moment later.
    sleep(Duration::from_secs(1)).await;

    let (call, calls) = mpsc::unbounded_channel();
    let office = tokio::spawn(staff(gateway, town.config(schedule).accounts, calls));
    let (mut said, mut heard, mut sends) = (Vec::new(), Heard::default(), 0);
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
        }
    }
    for (account, phone) in town.phones.iter().enumerate() {
        phone.restore().await?;
        call.send(Staff::With(account))?;
    }
    drop(call);
    let gateway = office.await??;
    until("all accounts are back", || gateway.routing().available().len() == ACCOUNTS.len()).await?;
    until("all sends are answered", || bot.diary().sent.len() == sends).await?;
    until("all is shown", || town.phones.iter().all(|phone| phone.waiting() == 0)).await?;
    sleep(AFTERWARDS).await;
    for (number, accounts) in heard.all().await {
        if let Some(it) = said.get_mut(number) {
            it.told = accounts;
        }
    }
    tasks.shutdown().await;
    gateway.shutdown().await;
    let diary = std::mem::take(&mut *bot.diary());
    Ok(Course { said, begun, diary, ledger: town.world.ledger().sent_by_accounts(), conversations })
}

/// What the operator wants.
enum Staff {
    /// This account is to be in the team.
    With(usize),
    /// It is not to be in it.
    Without(usize),
}

/// The operator: changes the team, one wish after the other, while it works.
async fn staff(
    mut gateway: Gateway,
    accounts: Vec<AccountConfig>,
    mut wishes: mpsc::UnboundedReceiver<Staff>,
) -> Result<Gateway> {
    let mut is_in = [true; ACCOUNTS.len()];
    while let Some(wish) = wishes.recv().await {
        match wish {
            Staff::With(account) if !is_in[account] => {
                gateway.add(accounts[account].clone())?;
                is_in[account] = true;
            }
            Staff::Without(account) if is_in[account] => {
                gateway.remove(ACCOUNTS[account]).await?;
                is_in[account] = false;
            }
            Staff::With(_) | Staff::Without(_) => {}
        }
    }
    Ok(gateway)
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
        for phone in &self.phones {
            let mut service = Service::new(phone.token().clone());
            service.endpoint = Some(Endpoint::new("127.0.0.1", phone.addr().port()));
            service.tls = AccountTls::Off;
            config.accounts.push(AccountConfig::new(phone.name(), service));
        }
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
        Said { at: Instant::now(), place, who: self.people[who].id().to_owned(), what, told: Vec::new() }
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
