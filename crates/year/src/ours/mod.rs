//! (c) Several accounts, with the real core: every fact goes to it, every wish of it is done, and questions
//! are answered through the routing that it publishes, as the gateway does it. All settings have the
//! configuration's defaults, but for `[pace]`: answers go at once, since so few questions as there are here hardly
//! ever meet its limits.

mod calls;

use std::{
    collections::{BTreeMap, VecDeque},
    fmt::Write as _,
    path::Path,
    sync::Arc,
    time::Duration,
};

use ha_wechaty_core::{
    AccountId, AccountSet, Alarm, AlarmStep, BotId, ClientId, Command, Input, LinkFact, MessageFacts,
    MessageKind, PendingScan, Routing, Stamp, Subject, Team, Time, WeChatEvent, Work, WorkResult,
    content_of_text,
};

use super::{
    Assumptions, Options,
    people::{Place, awake},
    play::Rules,
    world::{Author, End, Fact, World},
};
use calls::{Turns, Waiting};
use ha_wechaty_config::{Config, ConfigError};
use ha_wechaty_team::engine;

/// The wire's number of a text.
const CLIENT: ClientId = ClientId(0);
const BOT: BotId = BotId(0);

/// When the year begins, in seconds since 1970; WeChat's messages tell their times so.
const EPOCH: i64 = 1_767_225_600;

/// A gateway around the core.
pub(super) struct Ours {
    config: Config,
    team: Team,
    routing: Arc<Routing>,
    inputs: VecDeque<Input>,
    waiting: Vec<Waiting>,
    /// What each question is about, by the number of its message.
    asked: BTreeMap<u64, (Place, usize)>,
    sends: u64,
    turns: Turns,
    rooms: Vec<String>,
    people: Vec<String>,
}

impl Ours {
    pub(super) fn new(options: &Options, assumptions: &Assumptions) -> Result<Self, ConfigError> {
        let config = config(options.accounts)?;
        let team = Team::new(Time::ZERO, &engine::setup(&config, epoch()), options.seed);
        Ok(Self {
            routing: Arc::new(team.routing()),
            config,
            team,
            inputs: VecDeque::new(),
            waiting: Vec::new(),
            asked: BTreeMap::new(),
            sends: 0,
            turns: Turns::default(),
            rooms: (0..assumptions.rooms).map(|room| format!("{room}@chatroom")).collect(),
            people: (0..assumptions.people).map(|person| format!("wxid_person_{person}")).collect(),
        })
    }

    /// Tells the core all there is to tell, and does what it wishes.
    fn drain(&mut self, world: &mut World<'_>) {
        loop {
            while let Some(command) = self.team.poll_command() {
                self.obey(world, command);
            }
            match self.inputs.pop_front() {
                Some(input) => self.team.handle(world.now, input),
                None if self.team.has_work() => self.team.work(world.now),
                None => return,
            }
        }
    }

    fn obey(&mut self, world: &mut World<'_>, command: Command) {
        match command {
            // Nobody else has these accounts.
            Command::Connect { account } | Command::Evict { account } => world.dial(account.index()),
            Command::Learn { account } => self.learn(world, account),
            Command::Ding { account, .. } => {
                let is_refused = world.ding(account.index()) == End::Throttled;
                let refusal = Input::Worked { account, work: Work::Send, result: WorkResult::Throttled };
                self.inputs.extend(is_refused.then_some(refusal));
            }
            Command::PuppetDing { account } => {
                let is_answered = world.puppet_dings(account.index());
                self.inputs.extend(is_answered.then_some(Input::PuppetDong { account }));
            }
            Command::Reset { account } => world.reset(account.index()),
            Command::Deliver { event, .. } => {
                if let WeChatEvent::Message { id } = &*event {
                    self.bot(world, id.clone());
                }
            }
            Command::Publish(routing) => {
                self.routing = routing;
                for it in std::mem::take(&mut self.waiting) {
                    self.answer(world, it);
                }
            }
            Command::Tell(tell) => {
                self.is_told(world, &tell.alarms);
                self.inputs.push_back(Input::Told { telling: tell.telling, error: None });
                // Whoever is awake sees to it; whoever is not is told again.
                if awake(world.assumptions, world.now, Duration::ZERO) <= world.now {
                    let (alarm, by, pause) = (None, String::from("a person"), None);
                    self.inputs.push_back(Input::AlarmSeen { alarm, by, pause });
                }
            }
            // The year has no rooms to read or to invite into, no copies to keep, no operator's hand and no send that is unsure: what
            // becomes of an account is all that an operator there is told.
            Command::ReadRoom { .. }
            | Command::Invite { .. }
            | Command::AcceptInvitation { .. }
            | Command::Reopen { .. }
            | Command::Logout { .. }
            | Command::Late { .. }
            | Command::Join { .. }
            | Command::Settle { .. }
            | Command::Note(_) => {}
        }
    }

    /// A person is told: that something is over, or seen to, needs nothing of them.
    fn is_told(&self, world: &mut World<'_>, alarms: &[Arc<Alarm>]) {
        let asks = |it: &&Arc<Alarm>| !matches!(it.step, AlarmStep::Closed | AlarmStep::Acknowledged);
        let mut open = alarms.iter().filter(asks).peekable();
        if open.peek().is_none() {
            return;
        }
        let places = |it: &Subject| -> Vec<usize> {
            let is_meant = |name: &str| match it {
                Subject::Account(account) => account == name,
                Subject::Team => true,
                Subject::Bot(_) => false,
            };
            let accounts = self.config.accounts.iter().enumerate();
            accounts.filter(|(_, account)| is_meant(&account.name)).map(|(place, _)| place).collect()
        };
        let accounts: Vec<usize> = open.flat_map(|it| it.about.iter().flat_map(places)).collect();
        world.alarm(&accounts);
    }

    fn learn(&mut self, world: &World<'_>, account: AccountId) {
        let friends =
            (0u32..).zip(&self.people).filter(|(person, _)| world.friend_of(*person) == account.index());
        let contacts = Some(friends.map(|(_, name)| name.clone()).collect());
        self.inputs.push_back(Input::Lists { account, contacts, rooms: Some(self.rooms.clone()) });
    }

    fn tell(&mut self, account: usize, fact: LinkFact) {
        self.inputs.push_back(Input::Link { account: AccountId::at(account), fact });
    }

    fn name(&self, place: Place) -> &str {
        match place {
            Place::Room(room) => &self.rooms[room as usize],
            Place::Private(person) => &self.people[person as usize],
        }
    }

    /// A message as an account's payload tells it.
    fn message(&self, account: usize, it: &super::world::Message) -> MessageFacts {
        let talker = match it.author {
            Author::Person(person) => self.people[person as usize].clone(),
            Author::Account(account) => contact_id(account),
        };
        let (room, listener) = match it.place {
            Place::Room(room) => (self.rooms[room as usize].clone(), String::new()),
            Place::Private(_) => (String::new(), contact_id(account)),
        };
        let (id, said) = (it.number.to_string(), it.at.since_origin().as_secs());
        let stamp = i64::try_from(said).ok().and_then(|said| Stamp::new(EPOCH + said));
        MessageFacts {
            id,
            talker,
            room,
            listener,
            kind: MessageKind::Text,
            content: it.content,
            stamp,
            recalls: String::new(),
            waited: std::time::Duration::ZERO,
        }
    }
}

impl Rules for Ours {
    fn begin(&mut self, world: &mut World<'_>) {
        self.inputs.push_back(Input::BotConnected { client: CLIENT, bot: BOT, after: None });
        self.drain(world);
    }

    fn handle(&mut self, world: &mut World<'_>, fact: Fact) {
        match fact {
            Fact::Opened(account) => self.tell(account, LinkFact::Opened),
            Fact::Lost(account) => {
                self.tell(account, LinkFact::Lost { cause: "connection refused".to_owned() });
            }
            Fact::LoggedIn(account) => {
                self.tell(account, LinkFact::Login { contact_id: contact_id(account) });
            }
            Fact::LoggedOut(account) => self.tell(account, LinkFact::Logout { reason: "kicked".to_owned() }),
            Fact::Scan(account) => {
                self.tell(account, LinkFact::Scan(PendingScan::default()));
            }
            Fact::Dong(account) => {
                let message = MessageFacts {
                    id: format!("dong{}", world.now.since_origin().as_millis()),
                    talker: self.config.health.heartbeat_contact.clone().unwrap_or_default(),
                    listener: contact_id(account),
                    kind: MessageKind::Text,
                    content: content_of_text("dong"),
                    ..MessageFacts::default()
                };
                self.inputs.push_back(Input::Message { account: AccountId::at(account), message });
            }
            Fact::Heard(account, it) => {
                if let Some(question) = it.question {
                    self.asked.insert(it.number, (it.place, question));
                }
                let message = self.message(account, &it);
                self.inputs.push_back(Input::Message { account: AccountId::at(account), message });
            }
        }
        self.drain(world);
    }

    fn wake_at(&self) -> Option<Time> {
        let waiting = self.waiting.iter().map(|it| it.until);
        self.team.poll_timeout().into_iter().chain(waiting).min()
    }

    fn wake(&mut self, world: &mut World<'_>) {
        self.waiting.retain(|it| it.until > world.now);
        self.team.handle_timeout(world.now);
        self.drain(world);
    }

    fn at_work(&self) -> AccountSet {
        self.routing.available()
    }
}

/// A team like any other.
fn config(accounts: u8) -> Result<Config, ConfigError> {
    let mut text = String::from(
        "name = \"team\"\n[[bot]]\nname = \"main\"\ntoken = \"insecure_bot\"\n\
         [[notify]]\nname = \"ops\"\nto = \"command\"\ncommand = [\"ops\"]\n",
    );
    for account in 1..=accounts {
        // Writing to a text can't fail.
        let _ = writeln!(
            text,
            "[[account]]\nname = \"account-{account}\"\ntoken = \"insecure_{account}\"\nendpoint = \"127.0.0.1:1\""
        );
    }
    Config::from_toml(Path::new("year.toml"), &text)
}

fn epoch() -> Stamp {
    Stamp::new(EPOCH).unwrap_or(Stamp::DAWN)
}

fn contact_id(account: usize) -> String {
    format!("wxid_account_{account}")
}
