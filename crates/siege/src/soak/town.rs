//! Accounts, people and rooms.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use anyhow::Result;
use fastrand::Rng;
use ha_wechaty::config::BotMode;
use ha_wechaty_sim::{GroupChat, Participant, Person, Phone, World};
use ha_wechaty_testkit::text::config;

/// The team.
pub(super) const ACCOUNTS: usize = 10;
/// Those that stay in the team, are in rooms and have friends. After them comes one that nobody talks to, which lives by
/// its dings, and then the guests: they join the team and leave it, and see nothing that no other account sees.
pub(super) const CORE: usize = 7;
const QUIET: usize = 1;
/// Nothing is remembered for less, or more, than this.
const SHORTEST: Duration = Duration::from_secs(25);
const LONGEST: Duration = Duration::from_secs(60);
const ROOMS: usize = 40;
const PEOPLE: usize = 60;

/// The bots and their modes; what is said is heard by each of them.
pub(super) const BOTS: [(&str, BotMode); 3] =
    [("main", BotMode::All), ("second", BotMode::Standby), ("third", BotMode::Shard)];

/// All of it; clones are the same town.
#[derive(Debug, Clone)]
pub(super) struct Town {
    pub(super) world: World,
    pub(super) phones: Arc<Vec<Phone>>,
    places: Arc<Mutex<Places>>,
    /// For how long events and messages are remembered.
    age: Duration,
}

/// Who and what is there now.
#[derive(Debug, Default)]
pub(super) struct Places {
    pub(super) people: Vec<Inhabitant>,
    pub(super) rooms: Vec<Place>,
}

/// A person, and the account that is a friend.
#[derive(Debug, Clone)]
pub(super) struct Inhabitant {
    pub(super) person: Person,
    pub(super) friend: Option<usize>,
}

/// A room. The first of its people owns it, its first two accounts stay.
#[derive(Debug, Clone)]
pub(super) struct Place {
    pub(super) room: GroupChat,
    pub(super) people: Vec<Person>,
    pub(super) accounts: Vec<usize>,
}

impl Town {
    /// A town that nothing has happened in yet.
    pub(super) async fn new(seed: u64, length: Duration) -> Result<Self> {
        let world = World::new(seed);
        let mut rng = Rng::with_seed(seed);
        let mut phones = Vec::new();
        for number in 0..ACCOUNTS {
            let phone =
                world.phone(&format!("account-{number}")).token(&format!("insecure_account-{number}"));
            phones.push(phone.serve().await?);
        }
        let mut places = Places::default();
        for number in 0..PEOPLE {
            let person = world.person(&format!("person {number}"));
            let friend = number % CORE;
            world.befriend(&person, &phones[friend]);
            places.people.push(Inhabitant { person, friend: Some(friend) });
        }
        for number in 0..ROOMS {
            let mut people: Vec<_> = places.people.iter().map(|it| it.person.clone()).collect();
            rng.shuffle(&mut people);
            people.truncate(rng.usize(3..8));
            let accounts = some_accounts(&mut rng);
            let members = people.iter().map(|it| it as &dyn Participant);
            let members: Vec<_> =
                members.chain(accounts.iter().map(|it| &phones[*it] as &dyn Participant)).collect();
            let room = world.room(&format!("room {number}"), &members);
            places.rooms.push(Place { room, people, accounts });
        }
        Ok(Self {
            world,
            phones: Arc::new(phones),
            places: Arc::new(Mutex::new(places)),
            age: (length / 30).clamp(SHORTEST, LONGEST),
        })
    }

    pub(super) fn places(&self) -> MutexGuard<'_, Places> {
        self.places.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The gateway's configuration, with the guests or without. What is kept for a day, an hour or ten minutes is kept for
    /// less than the tenth of a soak that is not judged, and for longer than anybody is away: an account that is removed
    /// may take as long as its last call, and bots of a slow machine are cut off again before they have caught up.
    pub(super) fn config(&self, with_guests: bool) -> String {
        let age = self.age.as_secs();
        let gateway = format!("replay_age = \"{age}s\"\nspool_age = \"5s\"\nheartbeat = \"2s\"");
        // What is given late is asked for after its account may have left.
        let asked = 2 * age;
        let memory = format!("payload_age = \"{asked}s\"\nmessage_age = \"{asked}s\"");
        let team = format!("dedup_window = \"3s\"\ndedup_age = \"{age}s\"\nrefresh = \"10s\"");
        let lines = [
            ("gateway", gateway.as_str()),
            ("team", team.as_str()),
            ("calls", "read = \"3s\"\nsend = \"5s\"\nfile = \"10s\""),
            ("reconnect", "base = \"100ms\"\ncap = \"2s\"\nkeepalive = \"2s\"\nconnect = \"3s\""),
            (
                "health",
                "ding_after = \"5s\"\nfail_after = \"10s\"\nramp_up = \"4s\"\neject_base = \"1s\"\neject_cap = \"4s\"",
            ),
            (
                "pace",
                "messages = \"3000/1m\"\nper_conversation = \"20/1s\"\nmax_wait = \"15s\"\nanswer_within = \"5s\"",
            ),
            ("memory", memory.as_str()),
            ("admin", "sends = 1000"),
            // As a team has it that is relied on.
            ("store", "path = \"team.db\""),
        ];
        let staying = if with_guests { ACCOUNTS } else { CORE + QUIET };
        config(&lines, &BOTS, &self.phones[..staying])
    }
}

/// Two that stay, and perhaps others.
pub(super) fn some_accounts(rng: &mut Rng) -> Vec<usize> {
    let mut core: Vec<_> = (0..CORE).collect();
    rng.shuffle(&mut core);
    core.truncate(rng.usize(2..5));
    core.extend((CORE + QUIET..ACCOUNTS).filter(|_| rng.u8(..3) == 0));
    core
}
