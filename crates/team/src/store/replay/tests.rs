//! Stories as a team of two lived them, on a virtual clock.

use std::{collections::BTreeMap, path::Path, time::Duration};

use bytes::Bytes;
use ha_wechaty_config::Config;
use ha_wechaty_core::{
    AccountId, BotId, ClientId, Input, LinkFact, MessageFacts, PendingScan, Setup, Team, Time, WeChatEvent,
};
use ha_wechaty_journal::{Record, Snapshot};

use super::*;
use crate::{
    engine::new_team,
    state::knowledge::PageRecord,
    view::{ReplayAsk, ReplayStatus},
};

const SECRET: &str = "what nobody may read";
const NORTH: AccountId = AccountId(0);
const SOUTH: AccountId = AccountId(1);

/// A team that is written down as it lives.
struct Life {
    team: Team,
    setup: Setup,
    now: Time,
    notes: Notes,
    count: u64,
    said: u64,
    story: Vec<StoryPiece>,
}

impl Life {
    fn new() -> Self {
        let config = "name = \"ossbot\"\n[[bot]]\nname = \"main\"\ntoken = \"insecure_b\"\n[[account]]\nname = \"north\"\n\
                      token = \"insecure_n\"\nendpoint = \"127.0.0.1:1\"\n[[account]]\nname = \"south\"\ntoken = \
                      \"insecure_s\"\nendpoint = \"127.0.0.1:2\"";
        let config = Config::from_toml(Path::new("a.toml"), config).expect("a configuration");
        let (team, setup, seed) = new_team(&config);
        let mut notes = Notes::default();
        notes.note(&Noted::Begins { at: Time::ZERO, setup: Box::new(setup.clone()), seed });
        let mut life = Self { team, setup, now: Time::ZERO, notes, count: 1, said: 0, story: Vec::new() };
        life.drain();
        life
    }

    fn drain(&mut self) {
        while self.team.poll_command().is_some() {}
    }

    fn tell(&mut self, input: Input) {
        self.notes.fact(self.now, &input);
        self.count += 1;
        self.team.handle(self.now, input);
        self.drain();
    }

    fn link(&mut self, account: AccountId, fact: LinkFact) {
        self.tell(Input::Link { account, fact });
    }

    fn comes(&mut self, account: AccountId, contact_id: &str) {
        self.link(account, LinkFact::Opened);
        self.link(account, LinkFact::Login { contact_id: contact_id.to_owned() });
    }

    /// Time goes on, while somebody talks to those who are there.
    fn passes(&mut self, minutes: u64) {
        for _ in 0..minutes {
            for account in [NORTH, SOUTH] {
                if self.team.accounts()[account.index()].health().is_none() {
                    continue;
                }
                self.said += 1;
                let (id, content) = (format!("m{}", self.said), self.said);
                let message = MessageFacts { id, content, ..MessageFacts::default() };
                self.tell(Input::Message { account, message });
            }
            self.goes_on(Duration::from_secs(60));
        }
    }

    /// Time goes on, and what is due is done.
    fn goes_on(&mut self, time: Duration) {
        let end = self.now + time;
        while let Some(due) = self.team.poll_timeout().filter(|due| *due <= end) {
            self.now = self.now.max(due);
            self.notes.note(&Noted::Timeout { at: self.now });
            self.count += 1;
            self.team.handle_timeout(self.now);
            self.drain();
        }
        self.now = end;
    }

    /// What was told so far is a record.
    fn record(&mut self) {
        let bytes = std::mem::take(&mut self.notes).into_record().into();
        let position = Position(self.story.len() as u64 + 1);
        self.story.push(StoryPiece::Record(Record { position, bytes }));
    }

    /// All of it, as a snapshot of the last record.
    fn snapshot(&self) -> StoryPiece {
        let mut notes = Notes::default();
        notes.team(self.now, &self.team);
        notes.note(&Noted::Page { at: self.now, page: page() });
        let position = Position(self.story.len() as u64);
        StoryPiece::Snapshot(Snapshot { position, bytes: notes.into_record().into() })
    }
}

fn page() -> PageRecord {
    let payload = Some(Bytes::from_static(SECRET.as_bytes()));
    PageRecord { payload, draft: None, copies: Vec::new(), author: None, age: 5 }
}

/// All steps, and how much was quiet.
fn played(story: Vec<StoryPiece>) -> (Vec<ReplayStep>, BTreeMap<Quietly, u64>) {
    let (mut steps, mut quiet) = (Vec::new(), BTreeMap::<_, u64>::new());
    let mut replaying = Replaying::new(story);
    while let Some(replayed) = replaying.step() {
        match replayed {
            Replayed::Quiet { of, .. } => *quiet.entry(of).or_default() += 1,
            Replayed::Step(step) => steps.push(*step),
        }
    }
    (steps, quiet)
}

/// Two accounts come, south is lost for a quarter of an hour, and comes back.
fn outage() -> Life {
    let mut life = Life::new();
    life.comes(NORTH, "wxid_n");
    life.comes(SOUTH, "wxid_s");
    life.passes(5);
    life.record();
    life.link(SOUTH, LinkFact::Lost { cause: "connection refused".into() });
    life.passes(15);
    life.record();
    life.comes(SOUTH, "wxid_s");
    life.passes(10);
    life.record();
    life
}

#[test]
fn an_outage_is_told_with_its_standing_its_incident_and_its_alarm() {
    let life = outage();
    let (steps, quiet) = played(life.story.clone());
    let find = |words: &str| {
        steps
            .iter()
            .enumerate()
            .find_map(|(index, step)| {
                let news = step.news.iter().find(|it| it.text.contains(words))?;
                Some((index, step, news.clone()))
            })
            .unwrap_or_else(|| panic!("no news with {words:?}: {steps:#?}"))
    };
    let (lost, step, news) = find("south is offline: connection refused; available for ");
    assert_eq!(
        (step.what.as_str(), step.account.as_deref()),
        ("south: no connection: connection refused", Some("south"))
    );
    assert_eq!((step.fact.as_str(), news.standing), ("Link", Some(Standing::Offline)));
    let (same, _, incident) = find("noticed at once by its connection");
    assert_eq!((same, incident.kind), (lost, NewsKind::Incident));
    let number = incident.number.expect("it has one");
    let (opened, _, alarm) = find("(account-offline, critical, south) opens");
    let (closed, _, over) =
        find(&format!("alarm {} (account-offline, critical, south) is over", alarm.number.expect("one")));
    let (ends, back, _) = find(&format!("incident {number} (south) ends after 15m"));
    assert!(lost < opened && opened < ends && ends < closed, "{lost} {opened} {ends} {closed}");
    assert_eq!(over.kind, NewsKind::Alarm);
    assert!(back.news.iter().any(|it| it.text.starts_with("south is available")), "{back:?}");
    // Nothing is left out: what is no step is counted.
    assert_eq!(quiet[&Quietly::Messages], life.said);
    assert_eq!(steps.len() as u64 + quiet.values().sum::<u64>(), life.count, "{quiet:?}");
    assert!(steps.windows(2).all(|two| two[0].mark < two[1].mark && two[0].at <= two[1].at));
}

#[test]
fn what_the_team_knew_is_what_it_knew_then() {
    let life = outage();
    let mut replaying = Replaying::new(life.story.clone());
    let mut was_offline = false;
    while replaying.step().is_some() {
        let south = &replaying.team().expect("it has begun").accounts()[1];
        was_offline |= south.shown() == Standing::Offline;
    }
    assert!(was_offline);
    assert_eq!(replaying.team(), Some(&life.team), "at the end it is the team as it is");
}

#[test]
fn nothing_that_anybody_said_is_in_a_step() {
    let mut life = Life::new();
    life.comes(NORTH, "wxid_n");
    let secret = || SECRET.to_owned();
    let scan = PendingScan { qrcode: Some(secret()), data: Some(secret()), ..PendingScan::default() };
    life.link(SOUTH, LinkFact::Opened);
    life.link(SOUTH, LinkFact::Scan(scan));
    let timestamp = Some(1_700_000_000);
    let event = WeChatEvent::RoomTopic {
        room: "1@chatroom".into(),
        changer: "wxid_alice".into(),
        new: secret(),
        old: secret(),
        timestamp,
    };
    life.tell(Input::Event { account: NORTH, event });
    let client = ClientId(1);
    life.tell(Input::BotConnected { client, bot: BotId(0), after: None });
    life.tell(Input::Ding { client: Some(client), bot: BotId(0), data: secret() });
    let members = vec!["wxid_n".into()];
    life.tell(Input::Room {
        account: NORTH,
        room: "1@chatroom".into(),
        topic: secret(),
        members,
        owner: String::new(),
        admins: Vec::new(),
    });
    life.notes.note(&Noted::Page { at: life.now, page: page() });
    life.tell(Input::BotDisconnected { client });
    // An account that leaves thins rooms, which are told of with their topics.
    life.goes_on(Duration::from_secs(7_200));
    life.tell(Input::Leaves { account: NORTH });
    life.goes_on(Duration::from_secs(7_200));
    life.record();
    let snapshot = life.snapshot();
    let story = [std::mem::take(&mut life.story), vec![snapshot]].concat();
    let told = serde_json::to_string(&played(story).0).expect("JSON");
    assert!(!told.contains(SECRET) && !told.contains("insecure"), "{told}");
    for words in [
        "asks for a scan",
        "bot main opens event stream 1",
        "event stream 1 of bot main ends",
        "north leaves the team",
    ] {
        assert!(told.contains(words), "{words}: {told}");
    }
}

#[test]
fn another_process_goes_on_and_says_how_long_nobody_looked() {
    let mut life = outage();
    life.now = life.now + Duration::from_secs(42);
    let setup = Box::new(life.setup.clone());
    life.tell(Input::Restarts { setup });
    life.comes(NORTH, "wxid_n");
    life.record();
    let (steps, _) = played(life.story);
    let step = steps.iter().find(|it| it.fact == "Restarts").expect("it is told");
    assert!(step.what.starts_with("the gateway starts again, after 4"), "{}", step.what);
}

#[test]
fn what_can_not_be_read_is_told_and_passed_over_up_to_the_next_snapshot() {
    let mut life = outage();
    let snapshot = life.snapshot();
    life.comes(NORTH, "wxid_n");
    life.record();
    let [begins, _, third, last] = &life.story[..] else { panic!("four records") };
    // What a newer version wrote.
    let garbage =
        |position| Record { position: Position(position), bytes: Bytes::from_static(b"\x81\xa3New\xc0") };
    let story = vec![begins.clone(), StoryPiece::Record(garbage(2)), third.clone(), snapshot, last.clone()];
    let (steps, _) = played(story);
    let damage = steps.iter().position(|it| it.fact == "Damage").expect("it is told");
    let what = &steps[damage].what;
    assert!(what.starts_with("record 2 can't be read: ") && what.contains("newer version?"), "{what}");
    assert!(what.ends_with("what happened from there to record 3 is not told"), "{what}");
    let [.., snapshot, _] = &steps[..] else { panic!("{steps:#?}") };
    assert!(steps[damage + 1..].iter().any(|it| it.fact == "Snapshot" && it.position == 3), "{snapshot:?}");
    assert!(!serde_json::to_string(&steps).expect("JSON").contains("connection refused"));

    let why = String::from("record 2 can't be read: its disk is at fault");
    let story = vec![begins.clone(), StoryPiece::Damage { position: Position(2), why }];
    let (steps, _) = played(story);
    let last = steps.last().expect("it is told");
    assert_eq!(
        last.what,
        "record 2 can't be read: its disk is at fault; what happened from there on is not told"
    );
}

#[test]
fn a_step_stands_where_it_stood_though_the_store_has_forgotten_what_was_before() {
    let mut life = outage();
    let snapshot = life.snapshot();
    life.comes(NORTH, "wxid_n");
    life.passes(5);
    life.link(SOUTH, LinkFact::Lost { cause: "gone".into() });
    life.record();
    let (all, _) = played(life.story.clone());
    let (later, _) = played(vec![snapshot, life.story.pop().expect("the last")]);
    let lost = |steps: &[ReplayStep]| {
        steps.iter().find(|it| it.what.ends_with("no connection: gone")).map(|it| (it.mark, it.position))
    };
    assert!(lost(&all).is_some() && lost(&all) == lost(&later), "{:?} {:?}", lost(&all), lost(&later));
    // What it begins with is none of what was there before.
    assert!(all.iter().all(|it| it.mark != later[0].mark), "{:?}", later[0]);
    assert!(later.windows(2).all(|two| two[0].mark < two[1].mark), "{later:?}");
    for mark in all.iter().map(|it| it.mark) {
        assert_eq!(mark.to_string().parse(), Ok(mark));
    }
}

fn asked(story: &[StoryPiece], query: &[(&str, &str)]) -> ReplayStatus {
    let ask = ReplayAsk::of(query.iter().copied()).expect("it can be asked");
    ReplayStatus::of(story.to_vec(), &ask).expect("it is told")
}

#[test]
fn page_by_page_it_is_the_same_and_each_knows_the_one_before() {
    let story = outage().story;
    let whole = asked(&story, &[]);
    assert!(whole.steps.len() > 9 && whole.next.is_none() && !whole.gone, "{whole:?}");
    let marks: Vec<ReplayMark> = whole.steps.iter().map(|it| it.step.mark).collect();
    let (mut next, mut seen): (Option<ReplayMark>, Vec<ReplayMark>) = (None, Vec::new());
    loop {
        let first = next.map(|it| it.to_string()).unwrap_or_default();
        let query = [("limit", "3"), ("step", first.as_str())];
        let page = asked(&story, if next.is_some() { &query } else { &query[..1] });
        assert_eq!(page.before, seen.last().copied());
        assert_eq!(page.earlier, seen.len().checked_sub(3).map(|at| seen[at]));
        seen.extend(page.steps.iter().map(|it| it.step.mark));
        next = page.next;
        if next.is_none() {
            break;
        }
    }
    assert_eq!(seen, marks);
}

#[test]
fn what_the_store_no_longer_has_is_gone_and_not_nothing() {
    let mut life = outage();
    let whole = asked(&life.story, &[]);
    let is_its = |it: &&ReplayNews| it.kind == NewsKind::Incident && it.text.contains("connection refused");
    let mut news = whole.steps.iter().flat_map(|it| &it.step.news);
    let number = news.find(is_its).and_then(|it| it.number).expect("an incident");
    let (first, lost) = (whole.steps[0].step.mark.to_string(), &whole.steps[whole.steps.len() / 2].step);
    let (mark, at) = (lost.mark.to_string(), lost.at.clone());
    life.goes_on(Duration::from_secs(3_600));
    let snapshot = life.snapshot();
    life.comes(NORTH, "wxid_n");
    life.record();
    let later = [snapshot, life.story.pop().expect("the last")];
    for query in [("to", at.as_str()), ("step", &first), ("scene", &mark), ("incident", &number.to_string())]
    {
        assert!(asked(&later, &[query]).gone, "{query:?}");
        assert!(!asked(&life.story, &[query]).gone, "{query:?}");
    }
    assert!(!asked(&later, &[("from", at.as_str())]).gone, "some of that is there");
}
