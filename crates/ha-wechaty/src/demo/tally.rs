//! Which question was answered: counted from what the asker's own eyes saw.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use ha_wechaty_sim::Delivered;
use tokio::time::Instant;

/// A question that is not answered for so long is lost.
pub(super) const DEADLINE: Duration = Duration::from_secs(30);

/// A question, and what the asker saw of its answers.
#[derive(Debug, Clone)]
pub(super) struct Question {
    /// Contact id of who asked.
    pub(super) asker: String,
    /// Who asked where, for people.
    pub(super) who: String,
    pub(super) place: String,
    pub(super) text: String,
    /// The account that it was privately asked.
    pub(super) of: Option<usize>,
    pub(super) asked: Instant,
    /// Whether it had to wait for its account to come back.
    pub(super) waited: bool,
    /// How long the first answer took.
    pub(super) first: Option<Duration>,
    answers: u32,
}

impl Question {
    pub(super) fn new(asker: &str, who: &str, place: &str, text: String, of: Option<usize>) -> Self {
        Self {
            asker: asker.to_owned(),
            who: who.to_owned(),
            place: place.to_owned(),
            text,
            of,
            asked: Instant::now(),
            waited: false,
            first: None,
            answers: 0,
        }
    }
}

/// An answer that the asker saw.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Seen {
    pub(super) number: u32,
    /// Whether this question had its answer already.
    pub(super) again: bool,
    pub(super) after: Duration,
}

/// How things stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Counts {
    pub(super) asked: usize,
    /// In time, by now.
    pub(super) answered: usize,
    /// No answer yet, and still in time.
    pub(super) waiting: usize,
    pub(super) twice: usize,
    pub(super) lost: usize,
}

/// All questions.
#[derive(Debug, Default)]
pub(super) struct Tally {
    questions: BTreeMap<u32, Question>,
    open: BTreeSet<u32>,
    twice: BTreeSet<u32>,
    lost: BTreeSet<u32>,
    by: BTreeMap<String, u32>,
}

impl Tally {
    /// The number of the next question.
    pub(super) fn next(&self) -> u32 {
        self.questions.len() as u32 + 1
    }

    /// Enters a question, under [`next`](Self::next).
    pub(super) fn ask(&mut self, question: Question) -> u32 {
        let number = self.next();
        self.questions.insert(number, question);
        self.open.insert(number);
        number
    }

    /// Somebody saw something. `None` if it is no answer, or not for who saw it.
    pub(super) fn see(&mut self, now: Instant, seen: &Delivered) -> Option<Seen> {
        let by = seen.account.as_deref()?;
        let number = number_after("dong", seen.text()?)?;
        let question = self.questions.get_mut(&number).filter(|it| it.asker == seen.to)?;
        let after = now - question.asked;
        question.answers += 1;
        let again = question.answers > 1;
        if again {
            self.twice.insert(number);
        } else {
            question.first = Some(after);
            *self.by.entry(by.to_owned()).or_default() += 1;
            // What comes too late stays lost.
            self.open.remove(&number);
        }
        Some(Seen { number, again, after })
    }

    /// Gives up what is over its time; those questions.
    pub(super) fn give_up(&mut self, now: Instant) -> Vec<u32> {
        let late = |number: &&u32| self.questions.get(number).is_some_and(|it| now - it.asked >= DEADLINE);
        let late: Vec<u32> = self.open.iter().filter(late).copied().collect();
        for number in &late {
            self.open.remove(number);
            self.lost.insert(*number);
        }
        late
    }

    pub(super) fn question(&self, number: u32) -> Option<&Question> {
        self.questions.get(&number)
    }

    pub(super) fn question_mut(&mut self, number: u32) -> Option<&mut Question> {
        self.questions.get_mut(&number)
    }

    /// What is not answered yet.
    pub(super) fn open(&self) -> impl Iterator<Item = (u32, &Question)> {
        self.open.iter().filter_map(|number| Some((*number, self.questions.get(number)?)))
    }

    pub(super) fn counts(&self) -> Counts {
        let (asked, waiting, lost) = (self.questions.len(), self.open.len(), self.lost.len());
        Counts { asked, answered: asked - waiting - lost, waiting, twice: self.twice.len(), lost }
    }

    /// How many questions an account was the first to answer.
    pub(super) fn answered_by(&self, account: &str) -> u32 {
        self.by.get(account).copied().unwrap_or_default()
    }

    /// The question that waited longest: of those whose account was away, or of the others.
    pub(super) fn longest(&self, waited: bool) -> Option<(&Question, Duration)> {
        let waits = self.questions.values().filter(|it| it.waited == waited);
        waits.filter_map(|it| Some((it, it.first?))).max_by_key(|(_, wait)| *wait)
    }
}

/// The number that follows a word: 12 in `@alice dong 12`.
pub(super) fn number_after(word: &str, text: &str) -> Option<u32> {
    let mut words = text.split_whitespace().skip_while(|it| *it != word);
    words.nth(1)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use ha_wechaty_sim::{Phone, World};
    use tokio::sync::mpsc::UnboundedReceiver;

    use super::*;

    struct Scene {
        tally: Tally,
        seen: UnboundedReceiver<Delivered>,
        alice: ha_wechaty_sim::Person,
        room: ha_wechaty_sim::Room,
        _north: Phone,
        bot: ha_wechaty_wire::puppet_client::PuppetClient<crate::transport::Connection>,
    }

    async fn scene() -> Scene {
        let world = World::new(1);
        let (alice, bob) = (world.person("alice"), world.person("bob"));
        let north = world.phone("north").tls(false).serve().await.unwrap();
        let room = world.room("room", &[&alice, &bob, &north]);
        let target = crate::transport::Target {
            token: north.token().clone(),
            address: crate::transport::Address::Endpoint {
                host: "127.0.0.1".into(),
                port: north.addr().port(),
            },
            security: crate::transport::Security::Plaintext,
            keepalive: Duration::from_secs(10),
            max_message: 1 << 20,
        };
        let mut bot = crate::transport::dial(&target).await.unwrap().puppet();
        bot.start(ha_wechaty_wire::puppet::StartRequest {}).await.unwrap();
        Scene { tally: Tally::default(), seen: world.watch(), alice, room, _north: north, bot }
    }

    impl Scene {
        fn ask(&mut self) -> u32 {
            let number = self.tally.next();
            let text = format!("ding {number}");
            let spoken = Question::new(self.alice.id(), "alice", "room", text.clone(), None);
            self.alice.says(&self.room, &text);
            self.tally.ask(spoken)
        }

        async fn answer(&mut self, text: &str) -> Vec<Seen> {
            let request = ha_wechaty_wire::puppet::MessageSendTextRequest {
                conversation_id: self.room.id().into(),
                text: text.into(),
                ..Default::default()
            };
            self.bot.message_send_text(request).await.unwrap();
            let mut found = Vec::new();
            while let Ok(seen) = self.seen.try_recv() {
                found.extend(self.tally.see(Instant::now(), &seen));
            }
            found
        }
    }

    #[tokio::test]
    async fn an_answer_counts_once_although_others_in_the_room_see_it_too() {
        let mut scene = scene().await;
        let number = scene.ask();
        assert_eq!(scene.tally.counts().waiting, 1);
        assert_eq!(scene.answer("@alice dong 1").await.len(), 1);
        let counts = Counts { asked: 1, answered: 1, ..Counts::default() };
        assert_eq!((number, scene.tally.counts(), scene.tally.answered_by("north")), (1, counts, 1));
    }

    #[tokio::test]
    async fn a_second_answer_is_one_too_many() {
        let mut scene = scene().await;
        scene.ask();
        assert!(!scene.answer("dong 1").await[0].again);
        assert!(scene.answer("dong 1").await[0].again);
        assert_eq!(scene.tally.counts().twice, 1);
    }

    #[tokio::test]
    async fn what_is_not_answered_in_time_is_lost_even_if_it_is_answered_later() {
        let mut scene = scene().await;
        scene.ask();
        let now = Instant::now();
        assert!(scene.tally.give_up(now).is_empty());
        assert_eq!(scene.tally.give_up(now + DEADLINE), [1]);
        scene.answer("dong 1").await;
        let counts = Counts { asked: 1, lost: 1, ..Counts::default() };
        assert_eq!(scene.tally.counts(), counts);
    }

    #[tokio::test]
    async fn other_words_are_no_answers() {
        let mut scene = scene().await;
        scene.ask();
        for text in ["dong", "dong two", "ding 1", "dong 2"] {
            assert!(scene.answer(text).await.is_empty(), "{text}");
        }
    }
}
