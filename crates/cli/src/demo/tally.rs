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
    /// Bots of visitors that heard it: each may answer it as well.
    pub(super) visitors: usize,
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
            visitors: 0,
            answers: 0,
        }
    }
}

/// An answer that the asker saw.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Seen {
    pub(super) number: u32,
    /// Whether this question had all its answers already.
    pub(super) again: bool,
    /// Whether it is the first.
    pub(super) is_first: bool,
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
    /// Plain dings that were left to the bots of visitors, and what those answered.
    yours: Option<(u32, u32)>,
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

    /// Somebody saw something, while so many bots of visitors listen. `None` if it is no answer of our bot, or not for
    /// who saw it.
    pub(super) fn see(&mut self, now: Instant, seen: &Delivered, visitors: usize) -> Option<Seen> {
        let by = seen.account.as_deref()?;
        let text = seen.text()?;
        let number = number_after("dong", text)
            .or_else(|| self.plain(seen, visitors).filter(|_| is_plain("dong", text)))?;
        let question = self.questions.get_mut(&number).filter(|it| it.asker == seen.to)?;
        let after = now - question.asked;
        question.answers += 1;
        let is_first = question.answers == 1;
        let again = question.answers as usize > 1 + question.visitors;
        if again {
            self.twice.insert(number);
        } else if is_first {
            question.first = Some(after);
            *self.by.entry(by.to_owned()).or_default() += 1;
            // What comes too late stays lost.
            self.open.remove(&number);
        }
        Some(Seen { number, again, is_first, after })
    }

    /// The plain question that a plain answer is for: the last one, since they are asked one at a time; if who saw this
    /// has asked it, and there. Others in a room see the answer too.
    fn plain(&self, seen: &Delivered, visitors: usize) -> Option<u32> {
        let (number, question) = self.questions.iter().rev().find(|(_, it)| is_plain("ding", &it.text))?;
        let is_for = question.asker == seen.to && question.of.is_some() == seen.room_id.is_none();
        // Once it was answered, it may be a visitor's bot that says more.
        let is_ours = visitors == 0 || self.open.contains(number);
        (is_for && is_ours).then_some(*number)
    }

    /// Whether a plain question waits.
    pub(super) fn has_plain(&self) -> bool {
        self.open().any(|(_, question)| is_plain("ding", &question.text))
    }

    /// A plain ding was left to the bots of visitors.
    pub(super) fn leave(&mut self) {
        self.yours.get_or_insert_default().0 += 1;
    }

    /// A visitor's bot said dong.
    pub(super) fn hear_yours(&mut self) {
        self.yours.get_or_insert_default().1 += 1;
    }

    /// How many dings were left to the bots of visitors, and how many dongs they said; nothing if none was there.
    pub(super) fn yours(&self) -> Option<(u32, u32)> {
        self.yours
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

/// Whether a text is this word alone, after a name at most: `ding`, `@alice dong`.
pub(super) fn is_plain(word: &str, text: &str) -> bool {
    let mut words = text.split_whitespace().skip_while(|it| it.starts_with('@'));
    words.next() == Some(word) && words.next().is_none()
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
        room: ha_wechaty_sim::GroupChat,
        _north: Phone,
        bot: ha_wechaty_wire::puppet_client::PuppetClient<ha_wechaty_transport::Connection>,
    }

    async fn scene() -> Scene {
        let world = World::new(1);
        let (alice, bob) = (world.person("alice"), world.person("bob"));
        let north = world.phone("north").tls(false).serve().await.unwrap();
        let room = world.room("room", &[&alice, &bob, &north]);
        let target = ha_wechaty_transport::Target {
            token: north.token().clone(),
            address: ha_wechaty_transport::Address::Endpoint {
                host: "127.0.0.1".into(),
                port: north.addr().port(),
            },
            proxy: None,
            security: ha_wechaty_transport::Security::Plaintext,
            keepalive: Duration::from_secs(10),
            max_message: 1 << 20,
        };
        let mut bot = ha_wechaty_transport::dial(&target).await.unwrap().puppet();
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
                found.extend(self.tally.see(Instant::now(), &seen, 0));
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
    async fn a_plain_dong_answers_a_plain_ding_once() {
        let mut scene = scene().await;
        let number = scene.tally.next();
        let spoken = Question::new(scene.alice.id(), "alice", "room", "ding".into(), None);
        scene.alice.says(&scene.room, "ding");
        scene.tally.ask(spoken);
        assert!(scene.tally.has_plain());
        let seen = scene.answer("@alice dong").await;
        assert!(seen.len() == 1 && seen[0].number == number && !seen[0].again, "{seen:?}");
        assert!(!scene.tally.has_plain());
        assert!(scene.answer("dong").await[0].again);
        assert_eq!(scene.tally.counts(), Counts { asked: 1, answered: 1, twice: 1, ..Counts::default() });
    }

    #[tokio::test]
    async fn a_visitors_bot_may_answer_as_well_but_not_more() {
        let mut scene = scene().await;
        let number = scene.ask();
        scene.tally.question_mut(number).expect("it was asked").visitors = 1;
        let answers =
            [scene.answer("dong 1").await, scene.answer("dong 1").await, scene.answer("dong 1").await];
        assert_eq!(
            answers.map(|it| (it[0].is_first, it[0].again)),
            [(true, false), (false, false), (false, true)]
        );
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
