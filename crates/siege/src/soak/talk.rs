//! What people say and do: mostly they talk, in rooms and with single accounts; they send files and take words back;
//! rooms are made and end, people come and go.

use std::{
    collections::{HashSet, VecDeque},
    time::{Duration, Instant},
};

use fastrand::Rng;
use ha_wechaty_sim::{Attachment, Participant, Person, Spoken};
use tokio::{sync::watch, time::sleep};

use super::{
    diary::AGAIN,
    town::{CORE, Inhabitant, Place, Town, some_accounts},
};

/// More rooms and people than these are not kept: the oldest that came later go.
const MOST_ROOMS: usize = 60;
const MOST_PEOPLE: usize = 90;
/// Those that were there in the beginning stay.
const FIRST_ROOMS: usize = 40;
const FIRST_PEOPLE: usize = 60;
/// As many are in a room to begin with.
const PEOPLE_IN_A_ROOM: usize = 5;
const ACCOUNTS_IN_A_ROOM: usize = 3;
/// So much said lately may be taken back.
const LATELY: usize = 20;

/// All of the talk.
pub(super) struct Talk {
    town: Town,
    rng: Rng,
    /// How much is said in a second.
    rate: f64,
    said: HashSet<String>,
    number: u64,
    lately: VecDeque<(Person, Spoken)>,
}

impl Talk {
    pub(super) fn new(town: Town, seed: u64, rate: f64) -> Self {
        let rng = Rng::with_seed(seed ^ 0x7a1c);
        Self { town, rng, rate, said: HashSet::new(), number: 0, lately: VecDeque::new() }
    }

    /// Talks until told to end; all texts that bots have to hear.
    pub(super) async fn run(mut self, running: watch::Receiver<bool>) -> HashSet<String> {
        let (begun, mut done) = (Instant::now(), 0.0);
        while *running.borrow() {
            let due = begun.elapsed().as_secs_f64() * self.rate;
            while done < due {
                self.act();
                done += 1.0;
            }
            sleep(Duration::from_millis(10)).await;
        }
        self.said
    }

    fn act(&mut self) {
        match self.rng.u32(..1_000) {
            0..700 => self.say_in_a_room(),
            700..900 => self.say_in_private(),
            900..930 => self.send_a_file(),
            930..945 => self.take_back(),
            945..965 => self.come_or_go(),
            965..972 => self.set_a_topic(),
            972..976 => self.make_or_end_a_room(),
            976..980 => self.meet_or_part(),
            980..984 => self.rename(),
            _ => self.say_again(),
        }
    }

    fn words(&mut self) -> String {
        self.number += 1;
        let length = self.rng.usize(..200);
        format!("word {} {}", self.number, "x".repeat(length))
    }

    /// Bots have to hear what reached anybody.
    fn was_said(&mut self, who: Person, text: String, spoken: Spoken) {
        if spoken.serial().is_some() {
            self.said.insert(text);
            self.lately.push_back((who, spoken));
            if self.lately.len() > LATELY {
                self.lately.pop_front();
            }
        }
    }

    fn place(&mut self) -> Option<Place> {
        let places = self.town.places();
        self.rng.choice(&places.rooms).cloned()
    }

    fn inhabitant(&mut self) -> Option<Inhabitant> {
        let places = self.town.places();
        self.rng.choice(&places.people).cloned()
    }

    fn say_in_a_room(&mut self) {
        let Some(place) = self.place() else { return };
        let Some(who) = self.rng.choice(&place.people).cloned() else { return };
        let text = self.words();
        // Sometimes to an account, by its name.
        let account = place.accounts.first().filter(|_| self.rng.u8(..20) == 0);
        let spoken = match account.map(|it| &self.town.phones[*it]) {
            Some(phone) => {
                let text = format!("@{}\u{2005}{text}", phone.name());
                who.mentions(&place.room, &[phone], &text)
            }
            None => who.says(&place.room, &text),
        };
        self.was_said(who, text, spoken);
    }

    fn say_in_private(&mut self) {
        let Some(Inhabitant { person, friend: Some(friend) }) = self.inhabitant() else { return };
        let text = self.words();
        let spoken = person.says(&self.town.phones[friend], &text);
        self.was_said(person, text, spoken);
    }

    fn send_a_file(&mut self) {
        let Some(place) = self.place() else { return };
        let Some(who) = self.rng.choice(&place.people).cloned() else { return };
        self.number += 1;
        let (name, size) = (format!("photo {}.jpg", self.number), self.rng.usize(1_000..60_000));
        let spoken = who.sends(&place.room, Attachment::new(&name, vec![b'z'; size]));
        self.was_said(who, name, spoken);
    }

    fn take_back(&mut self) {
        if let Some((who, spoken)) = self.lately.pop_back() {
            who.recalls(&spoken);
        }
    }

    /// The same words in other rooms, by the same person: each is a message of its own. They are not held against what
    /// bots heard, since it can't be told which is which.
    fn say_again(&mut self) {
        let Some(who) = self.inhabitant() else { return };
        let rooms = self.town.places().rooms.clone();
        for place in rooms.iter().filter(|it| it.people.iter().any(|one| one.id() == who.person.id())) {
            who.person.says(&place.room, AGAIN);
        }
    }

    /// A person or an account comes into a room, or goes where there are many; the owner and the first two accounts stay.
    fn come_or_go(&mut self) {
        let Some(newcomer) = self.inhabitant() else { return };
        let (is_account, account) = (self.rng.bool(), self.rng.usize(..CORE));
        let mut places = self.town.places();
        let Some(place) = self.rng.choice(places.rooms.iter_mut()) else { return };
        let Some(owner) = place.people.first().cloned() else { return };
        let phones = &self.town.phones;
        if is_account && place.accounts.len() > ACCOUNTS_IN_A_ROOM {
            let gone = place.accounts.remove(self.rng.usize(2..place.accounts.len()));
            owner.removes(&phones[gone], &place.room);
        } else if is_account && !place.accounts.contains(&account) {
            place.accounts.push(account);
            owner.adds(&phones[account], &place.room);
        } else if !is_account && place.people.len() > PEOPLE_IN_A_ROOM {
            let gone = place.people.remove(self.rng.usize(1..place.people.len()));
            gone.leaves(&place.room);
        } else if !is_account && place.people.iter().all(|it| it.id() != newcomer.person.id()) {
            place.people.push(newcomer.person.clone());
            newcomer.person.joins(&place.room);
        }
    }

    fn set_a_topic(&mut self) {
        let Some(place) = self.place() else { return };
        if let Some(owner) = place.people.first() {
            self.number += 1;
            owner.sets_topic(&place.room, &format!("topic {}", self.number));
        }
    }

    /// A new room; where there are many, the oldest that came later ends: everybody is put out.
    fn make_or_end_a_room(&mut self) {
        let (accounts, phones) = (some_accounts(&mut self.rng), self.town.phones.clone());
        let mut places = self.town.places();
        let people: Vec<Person> = self
            .rng
            .choose_multiple(places.people.iter(), 4)
            .into_iter()
            .map(|it| it.person.clone())
            .collect();
        let Some((owner, others)) = people.split_first() else { return };
        let members = others.iter().map(|it| it as &dyn Participant);
        let members: Vec<_> =
            members.chain(accounts.iter().map(|it| &phones[*it] as &dyn Participant)).collect();
        self.number += 1;
        let room = owner.makes_room(&format!("new room {}", self.number), &members);
        places.rooms.push(Place { room, people, accounts });
        if places.rooms.len() > MOST_ROOMS {
            let place = places.rooms.remove(FIRST_ROOMS);
            let Some((owner, others)) = place.people.split_first() else { return };
            for account in &place.accounts {
                owner.removes(&phones[*account], &place.room);
            }
            others.iter().for_each(|it| owner.removes(it, &place.room));
        }
    }

    /// Somebody new asks an account for friendship, which a bot accepts; where there are many, the oldest that came
    /// later is no friend any more.
    fn meet_or_part(&mut self) {
        self.number += 1;
        let (person, account) =
            (self.town.world.person(&format!("newcomer {}", self.number)), self.rng.usize(..CORE));
        let phones = self.town.phones.clone();
        person.asks_friendship(&phones[account], "hello");
        let mut places = self.town.places();
        places.people.push(Inhabitant { person, friend: Some(account) });
        if places.people.len() > MOST_PEOPLE {
            let gone = places.people.remove(FIRST_PEOPLE);
            if let Some(friend) = gone.friend {
                gone.person.unfriends(&phones[friend]);
            }
            for place in places
                .rooms
                .iter_mut()
                .filter(|it| it.people.first().is_none_or(|one| one.id() != gone.person.id()))
            {
                if let Some(at) = place.people.iter().position(|it| it.id() == gone.person.id()) {
                    place.people.remove(at);
                    gone.person.leaves(&place.room);
                }
            }
        }
    }

    fn rename(&mut self) {
        self.number += 1;
        if let Some(who) = self.inhabitant() {
            who.person.renames_to(&format!("{} {}", who.person.name(), self.number % 100));
        }
    }
}
