//! What people say, and where: questions to the bot, in rooms, by name and in private, and talk between.

use std::time::Duration;

use ha_wechaty_sim::{GroupChat, Person, Phone};

use super::tally::Question;

/// What people talk of among themselves.
const TALK: [&str; 12] = [
    "has anybody seen my umbrella?",
    "noodles for lunch?",
    "yes, at noon",
    "the kettle is on",
    "chapter four was long",
    "I liked the ending",
    "who brings the cake on Friday?",
    "me!",
    "it rains again",
    "see you at six",
    "good book, that",
    "is the bot awake?",
];

/// The people of a world.
pub(super) struct People {
    cast: Vec<Person>,
    rooms: Vec<GroupChat>,
    phones: Vec<Phone>,
    dice: fastrand::Rng,
    hurry: u32,
    said: usize,
}

/// What somebody is about to say.
pub(super) struct Utterance {
    pub(super) who: Person,
    pub(super) place: String,
    pub(super) text: String,
    to: To,
}

enum To {
    Room(GroupChat, Option<Phone>),
    Phone(usize, Phone),
}

impl Utterance {
    /// As a question, for the tally.
    pub(super) fn question(&self) -> Question {
        let of = match &self.to {
            To::Phone(index, _) => Some(*index),
            To::Room(..) => None,
        };
        Question::new(self.who.id(), self.who.name(), &self.place, self.text.clone(), of)
    }

    /// Says it.
    pub(super) fn say(&self) {
        match &self.to {
            To::Room(room, Some(phone)) => self.who.mentions(room, &[phone], &self.text),
            To::Room(room, None) => self.who.says(room, &self.text),
            To::Phone(_, phone) => self.who.says(phone, &self.text),
        };
    }
}

impl People {
    pub(super) fn new(
        cast: &[Person],
        rooms: &[GroupChat],
        phones: &[Phone],
        seed: u64,
        is_quick: bool,
    ) -> Self {
        Self {
            cast: cast.to_vec(),
            rooms: rooms.to_vec(),
            phones: phones.to_vec(),
            dice: fastrand::Rng::with_seed(seed),
            hurry: if is_quick { 4 } else { 1 },
            said: 0,
        }
    }

    /// How long they are silent now.
    pub(super) fn pause(&mut self) -> Duration {
        Duration::from_millis(self.dice.u64(1_100..2_300)) / self.hurry
    }

    /// Now and then a word among themselves, instead of a question.
    pub(super) fn talk(&mut self) -> Option<Utterance> {
        self.said += 1;
        if self.said % 6 != 4 {
            return None;
        }
        let (who, room) = (self.somebody(), self.some_room());
        let text = TALK[self.said / 6 % TALK.len()].to_owned();
        Some(Utterance { who, place: room.topic(), text, to: To::Room(room, None) })
    }

    /// A question of this number; a plain one does not tell it.
    pub(super) fn ask(&mut self, number: u32, is_plain: bool) -> Utterance {
        let ding = if is_plain { String::from("ding") } else { format!("ding {number}") };
        let who = self.somebody();
        let index = self.dice.usize(..self.phones.len());
        let phone = self.phones[index].clone();
        let name = phone.name();
        match self.dice.u8(..10) {
            0..3 => Utterance { place: format!("to {name}"), text: ding, to: To::Phone(index, phone), who },
            3..6 => {
                let room = self.some_room();
                let text = format!("@{name} {ding}");
                Utterance { who, place: room.topic(), text, to: To::Room(room, Some(phone)) }
            }
            _ => {
                let room = self.some_room();
                Utterance { who, place: room.topic(), text: ding, to: To::Room(room, None) }
            }
        }
    }

    fn somebody(&mut self) -> Person {
        self.cast[self.dice.usize(..self.cast.len())].clone()
    }

    fn some_room(&mut self) -> GroupChat {
        self.rooms[self.dice.usize(..self.rooms.len())].clone()
    }
}
