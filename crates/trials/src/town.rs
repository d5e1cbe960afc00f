//! Where a trial takes place: a simulated WeChat, three phones, a gateway and a bot, on a virtual clock.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use anyhow::{Context as _, Result, ensure};
use ha_wechaty::{
    Config, Gateway,
    config::{Account, AccountTls, Bot as BotConfig, Endpoint, GatewayTls, Service, WhenUnsure},
};
use ha_wechaty_sim::{Calls, Fault, Message, Person, Phone, Room, World};
use ha_wechaty_wire::Token;
use tokio::{
    sync::mpsc::{self, UnboundedSender},
    task::JoinSet,
    time::{Instant, sleep, sleep_until, timeout},
};

use crate::{
    bot::{Bot, Diary, TOKEN},
    schedule::{ACCOUNTS, Place, Schedule, Step, Trouble},
};

pub(crate) const SELF: &str = "ossbot";
/// Whatever is still to come has come by then, once nothing ails anybody.
const LONG: Duration = Duration::from_secs(4 * 3_600);
/// An echo that comes late, a backlog, a bot that is away: all of it is shorter.
const AFTERWARDS: Duration = Duration::from_secs(150);

/// What happened.
pub(crate) struct Course {
    /// Who said what where.
    pub(crate) said: Vec<(Place, String, String)>,
    /// What the bot saw and sent.
    pub(crate) diary: Diary,
    /// What people saw of the bot.
    pub(crate) ledger: Vec<Arc<Message>>,
    /// The conversation ids that the bot knows places by.
    pub(crate) conversations: BTreeMap<Place, String>,
}

struct Town {
    world: World,
    people: [Person; 2],
    phones: Vec<Phone>,
    den: Room,
    attic: Room,
}

/// Plays a schedule to its end, and until all is quiet again.
pub(crate) async fn play(schedule: &Schedule) -> Result<Course> {
    let town = Town::build(schedule).await?;
    let conversations: BTreeMap<Place, String> =
        Place::ALL.into_iter().map(|place| (place, town.conversation(place))).collect();
    let gateway = Gateway::start(town.config(schedule)).await?;
    let bot = Bot::new(gateway.local_addr());
    let mut tasks = JoinSet::new();
    let (cut, cuts) = mpsc::unbounded_channel();
    tasks.spawn(bot.clone().live(cuts));
    let senders: BTreeMap<Place, UnboundedSender<String>> = conversations
        .iter()
        .map(|(place, conversation)| {
            let (send, texts) = mpsc::unbounded_channel();
            tasks.spawn(bot.clone().send_all(conversation.clone(), texts));
            (*place, send)
        })
        .collect();
    until("the team is there", || gateway.routing().available().len() == ACCOUNTS.len()).await?;
    // Rooms and friends are learnt a moment later.
    sleep(Duration::from_secs(1)).await;

    let (call, calls) = mpsc::unbounded_channel();
    let office = tokio::spawn(staff(gateway, town.config(schedule).accounts, calls));
    let begun = Instant::now();
    let (mut said, mut sends) = (Vec::new(), 0);
    for (at, step) in &schedule.steps {
        sleep_until(begun + *at).await;
        match step {
            Step::Says { who, place, text } => {
                let spoken = town.says(*who, *place, text);
                ensure!(spoken, "{text:?} reached nobody in {place:?}");
                said.push((*place, town.people[*who].id().to_owned(), text.clone()));
            }
            Step::Sends { place, text } => {
                sends += 1;
                senders[place].send(text.clone())?;
            }
            Step::Ails { account, trouble } => match trouble.fault() {
                Some(fault) => town.phones[*account].fail(fault),
                None => call.send(Staff::Without(*account))?,
            },
            Step::Heals { account } => {
                town.phones[*account].restore().await?;
                call.send(Staff::With(*account))?;
            }
            Step::BotCut { back_after } => cut.send(*back_after)?,
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
    tasks.shutdown().await;
    gateway.shutdown().await;
    let diary = std::mem::take(&mut *bot.diary());
    Ok(Course { said, diary, ledger: town.world.ledger().sent_by_accounts(), conversations })
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
    accounts: Vec<Account>,
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
        config.pace.enabled = false;
        config.team.dice = Some(schedule.seed);
        if schedule.at_least_once {
            config.delivery.when_unsure = WhenUnsure::AtLeastOnce;
        }
        config.bots.push(BotConfig::new("main", Token::new(TOKEN)));
        for phone in &self.phones {
            let mut service = Service::new(phone.token().clone());
            service.endpoint = Some(Endpoint::new("127.0.0.1", phone.addr().port()));
            service.tls = AccountTls::Off;
            config.accounts.push(Account::new(phone.name(), service));
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

    fn says(&self, who: usize, place: Place, text: &str) -> bool {
        let person = &self.people[who];
        let spoken = match place {
            Place::Den => person.says(&self.den, text),
            Place::Attic => person.says(&self.attic, text),
            Place::Alice => person.says(&self.phones[0], text),
            Place::Bob => person.says(&self.phones[1], text),
        };
        spoken.serial().is_some()
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
            Self::Cut { done } => Fault::Cut { calls: Calls::Sends, done, times: 1 },
            Self::Removed => return None,
        })
    }
}
