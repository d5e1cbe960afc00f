//! What happens to a team, as bytes say it: mostly what happens to teams, now and then what makes no sense.

use std::{
    collections::{BTreeMap, VecDeque},
    time::Duration,
};

use arbitrary::Unstructured;
use ha_wechaty_core::{
    AccountId, AlarmId, AlarmKind, BotId, ClientId, DirtyType, Hand, Holder, Ids, Input, InviteResult,
    LinkFact, Member, MessageFacts, MessageKind, Paced, PendingScan, RoomChange, ScanProgress, SendId,
    SendResult, Setup, Severity, Stamp, Time, WeChatEvent, Withdrawn, Work, WorkResult, content_of_text,
};

use super::{
    ROOM,
    ids::{id, ids, room, stamp},
    made, newer,
};
use crate::draw::{byte, pick, pick_from, yes};

pub(super) const NAMES: [&str; 6] = ["north", "south", "west", "east", "far", ""];
/// How many lately given ids are known by heart.
const LATELY: usize = 16;

/// Something that happens.
pub(super) enum Happens {
    /// Time passes, with all that is due meanwhile.
    Passes(Duration),
    /// Time passes, and nobody looks at what was due.
    Leaps(Duration),
    /// What is due is done.
    Wakes,
    /// Some of what takes long is done.
    Works,
    /// Somebody tells something.
    Told(Input),
    /// The gateway is killed and started again, without one of its accounts if there is a number.
    Restarts(Option<usize>),
    /// Its configuration is another one while it serves.
    Follows,
}

/// What was said so far, by those that must say nothing twice, and what was given to bots.
pub(super) struct Known {
    bots: usize,
    /// For how long a message is surely remembered that is shown again.
    recall: Duration,
    shown: VecDeque<(Time, AccountId, MessageFacts)>,
    number: u64,
    clients: Vec<ClientId>,
    sends: Vec<(SendId, AccountId, String)>,
    acts: Vec<SendId>,
    told: VecDeque<String>,
    /// Whose ids an account has, by its name: under others all that it showed is something else.
    ids: BTreeMap<String, Ids>,
}

impl Known {
    pub(super) fn new(setup: &Setup) -> Self {
        let is_little = setup.recall.count < 1_000 || setup.recall.bytes < 1 << 20;
        let recall = if is_little { Duration::ZERO } else { setup.recall.age };
        Self {
            bots: setup.bots.len(),
            recall,
            shown: VecDeque::new(),
            number: 0,
            clients: Vec::new(),
            sends: Vec::new(),
            acts: Vec::new(),
            told: VecDeque::new(),
            ids: setup.accounts.iter().map(|member| (member.name.clone(), member.ids)).collect(),
        }
    }

    /// An account of this name, which is what it was as far as that can't change.
    fn member(&mut self, name: &str, bytes: &mut Unstructured<'_>) -> Member {
        let mut member = made::member(name, bytes);
        member.ids = *self.ids.entry(member.name.clone()).or_insert(member.ids);
        member
    }

    /// Whose ids an account of this name has, as far as it is known.
    pub(super) fn ids_of(&self, name: &str) -> Option<Ids> {
        self.ids.get(name).copied()
    }

    /// The gateway has restarted: no stream is there, and nobody answers.
    pub(super) fn restart(&mut self) {
        self.clients.clear();
        self.sends.clear();
        self.acts.clear();
    }

    /// Bots were given this id.
    pub(super) fn is_told(&mut self, id: &str) {
        self.told.truncate(LATELY - 1);
        self.told.push_front(id.to_owned());
    }

    /// No number from here on was given.
    pub(super) fn behind(&self) -> u64 {
        self.number + 1
    }

    fn next(&mut self) -> u64 {
        self.number += 1;
        self.number
    }

    fn client(&self, bytes: &mut Unstructured<'_>) -> ClientId {
        // Some that never opened, or have ended.
        match self.clients.get(pick(bytes, self.clients.len() + 1)) {
            Some(client) => *client,
            None => ClientId(u64::from(byte(bytes)).wrapping_sub(1)),
        }
    }

    fn bot(&self, bytes: &mut Unstructured<'_>) -> BotId {
        let bot = pick(bytes, self.bots + 1);
        BotId(if bot < self.bots { bot as u16 } else { u16::MAX })
    }
}

/// The next of what happens.
pub(super) fn next(now: Time, bytes: &mut Unstructured<'_>, known: &mut Known) -> Happens {
    match byte(bytes) {
        0..=27 => Happens::Passes(time(bytes)),
        28..=31 => Happens::Leaps(time(bytes)),
        32..=39 => Happens::Wakes,
        40..=43 => Happens::Works,
        44..=55 => Happens::Told(comes(bytes)),
        56..=79 => Happens::Told(Input::Link { account: account(bytes), fact: fact(bytes) }),
        80..=119 => Happens::Told(shows(now, bytes, known)),
        120..=139 => Happens::Told(Input::Event { account: account(bytes), event: event(bytes) }),
        140..=179 => Happens::Told(knows(bytes, known)),
        180..=209 => Happens::Told(sends(bytes, known)),
        210..=249 => Happens::Told(bots(bytes, known)),
        250 => Happens::Follows,
        251 => Happens::Told(alarm(bytes)),
        252 => Happens::Told(under_way(bytes, known)),
        253 => Happens::Told(hand(bytes)),
        254.. => Happens::Restarts(yes(bytes).then(|| usize::from(byte(bytes)))),
    }
}

/// Moments mostly, now and then a day or all the time there is.
fn time(bytes: &mut Unstructured<'_>) -> Duration {
    let count = u64::from(byte(bytes));
    match byte(bytes) {
        0..=99 => Duration::from_millis(count * 20),
        100..=199 => Duration::from_secs(count),
        200..=251 => Duration::from_secs(count * 60),
        252..=254 => Duration::from_secs(count * 86_400),
        255 => Duration::from_secs(u64::MAX >> 8 | count << 40),
    }
}

/// Mostly one that may be in the team.
fn account(bytes: &mut Unstructured<'_>) -> AccountId {
    match byte(bytes) {
        it @ 0..=239 => AccountId(it % 5),
        it => AccountId([5, 31, 62, 63, 64, 65, 127, u8::MAX][usize::from(it) % 8]),
    }
}

/// What becomes of alarms and of what was told of them, rightly or not.
fn alarm(bytes: &mut Unstructured<'_>) -> Input {
    match pick(bytes, 5) {
        0 | 1 => {
            let telling = u64::from(byte(bytes) % 16);
            Input::Told { telling, error: yes(bytes).then(|| id(bytes)) }
        }
        2 => {
            let alarm = yes(bytes).then(|| AlarmId(u64::from(byte(bytes) % 16)));
            Input::AlarmSeen { alarm, by: id(bytes), pause: yes(bytes).then(|| time(bytes)) }
        }
        3 => Input::AlarmTest { way: yes(bytes).then(|| id(bytes)), by: id(bytes) },
        _ => {
            let kind = pick_from(bytes, [AlarmKind::DiskLow, AlarmKind::Certificate, AlarmKind::Clock]);
            let severity = pick_from(bytes, Severity::ALL);
            Input::Machine { kind, about: id(bytes), trouble: yes(bytes).then(|| (severity, id(bytes))) }
        }
    }
}

/// Steps that an account mostly takes one after the other.
fn comes(bytes: &mut Unstructured<'_>) -> Input {
    let account = AccountId(byte(bytes) % 4);
    let own = format!("wxid_{}", NAMES[account.index()]);
    match pick(bytes, 3) {
        0 => Input::Link { account, fact: LinkFact::Opened },
        1 => Input::Link { account, fact: LinkFact::Login { contact_id: own } },
        _ => Input::Lists { account, contacts: Some(ids(bytes)), rooms: Some(vec![ROOM.to_owned()]) },
    }
}

fn fact(bytes: &mut Unstructured<'_>) -> LinkFact {
    match pick(bytes, 13) {
        0 => LinkFact::Preparing { step: id(bytes) },
        1 | 2 => LinkFact::Opened,
        3 | 4 => LinkFact::Lost { cause: id(bytes) },
        5 | 6 => LinkFact::Login { contact_id: id(bytes) },
        7 => LinkFact::Logout { reason: id(bytes) },
        8 => LinkFact::Evicted,
        10 => LinkFact::Challenge(newer::challenge(bytes)),
        12 => LinkFact::CodeRefused { id: id(bytes) },
        9 => LinkFact::Taken { holder: pick_from(bytes, [Holder::Unknown, Holder::TookIt, Holder::KeptIt]) },
        _ => LinkFact::Scan(PendingScan {
            status: ScanProgress::from_wire(i32::from(byte(bytes)) - 2),
            qrcode: yes(bytes).then(|| id(bytes)),
            data: yes(bytes).then(|| id(bytes)),
            ..PendingScan::default()
        }),
    }
}

fn message(bytes: &mut Unstructured<'_>, number: u64) -> MessageFacts {
    let is_private = pick(bytes, 4) == 0;
    let words = ["dong", "ding", "1", "2", ""];
    MessageFacts {
        id: match byte(bytes) {
            0..=251 => number.to_string(),
            it => format!("{number}{}", char::from(b'a' + it % 4).to_string().repeat(3_000)),
        },
        talker: id(bytes),
        room: if is_private {
            String::new()
        } else if byte(bytes) < 200 {
            ROOM.into()
        } else {
            id(bytes)
        },
        listener: if is_private { id(bytes) } else { String::new() },
        kind: MessageKind::from_wire(if byte(bytes) < 200 {
            7
        } else {
            [0, 1, 11, 13, 14, -1, i32::MIN, i32::MAX][pick(bytes, 8)]
        }),
        content: content_of_text(words[pick(bytes, 5)]),
        stamp: stamp(bytes).and_then(Stamp::new),
        recalls: if byte(bytes) < 240 { String::new() } else { number.saturating_sub(1).to_string() },
        waited: if byte(bytes) < 200 { Duration::ZERO } else { time(bytes) },
    }
}

/// A message, mostly another one: an id is one message's, and its account may show that again.
fn shows(now: Time, bytes: &mut Unstructured<'_>, known: &mut Known) -> Input {
    let recall = known.recall;
    known.shown.retain(|(at, ..)| now - *at < recall);
    let (account, message) = match known.shown.get(pick(bytes, 8)) {
        Some((_, account, message)) if byte(bytes) > 200 => {
            (*account, MessageFacts { stamp: stamp(bytes).and_then(Stamp::new), ..message.clone() })
        }
        _ => {
            let (account, message) = (account(bytes), message(bytes, known.next()));
            known.shown.push_front((now, account, message.clone()));
            (account, message)
        }
    };
    known.shown.truncate(LATELY);
    if byte(bytes) < 230 {
        Input::Message { account, message }
    } else {
        Input::OldMessage { account, message }
    }
}

fn change(bytes: &mut Unstructured<'_>) -> RoomChange {
    RoomChange { room: room(bytes), people: ids(bytes), by: id(bytes), timestamp: stamp(bytes) }
}

fn event(bytes: &mut Unstructured<'_>) -> WeChatEvent {
    match pick(bytes, 20) {
        16..=19 => newer::event(bytes),
        0 => WeChatEvent::Message { id: id(bytes) },
        1 => WeChatEvent::Friendship { id: id(bytes) },
        2 => WeChatEvent::RoomInvite { id: id(bytes) },
        3 => WeChatEvent::Post { id: id(bytes) },
        4..=6 => WeChatEvent::RoomJoin(change(bytes)),
        7..=9 => WeChatEvent::RoomLeave(change(bytes)),
        10 => {
            let (room, changer, new, old) = (room(bytes), id(bytes), id(bytes), id(bytes));
            WeChatEvent::RoomTopic { room, changer, new, old, timestamp: stamp(bytes) }
        }
        11 => WeChatEvent::Dirty { kind: DirtyType::from_wire(i32::from(byte(bytes)) - 1), id: id(bytes) },
        12 => WeChatEvent::Login { contact_id: id(bytes) },
        13 => WeChatEvent::Logout { contact_id: id(bytes), reason: id(bytes) },
        14 => WeChatEvent::Ready,
        _ => WeChatEvent::Dong { data: id(bytes) },
    }
}

fn knows(bytes: &mut Unstructured<'_>, known: &mut Known) -> Input {
    let account = account(bytes);
    match pick(bytes, 18) {
        0 => {
            let member = known.member(NAMES[account.index() % NAMES.len()], bytes);
            Input::Joins { account, member }
        }
        1 => {
            let member = known.member(NAMES[pick(bytes, NAMES.len())], bytes);
            Input::Joins { account, member }
        }
        2 => Input::Leaves { account },
        3 => Input::Behind { account, is_behind: yes(bytes) },
        4 => {
            let (contacts, rooms) = (yes(bytes).then(|| ids(bytes)), yes(bytes).then(|| ids(bytes)));
            Input::Lists { account, contacts, rooms }
        }
        5 => Input::Reaches { account, contacts: ids(bytes), rooms: ids(bytes) },
        6 | 7 => Input::Room {
            account,
            room: room(bytes),
            topic: id(bytes),
            members: ids(bytes),
            owner: id(bytes),
            admins: ids(bytes),
        },
        8 => Input::RoomMade { account, room: room(bytes) },
        9 => Input::Invited {
            account,
            room: room(bytes),
            teammate: self::account(bytes),
            result: result(bytes),
        },
        10 => Input::Invitation { account, id: id(bytes), inviter: id(bytes) },
        11 => Input::RoomUnread { account, room: room(bytes), refused: yes(bytes) },
        12 => Input::Unreachable { account, conversation: room(bytes) },
        13 => Input::Quits { room: room(bytes) },
        14 => Input::HasQuit { account, room: room(bytes) },
        15 => Input::DingFailed { account, cause: id(bytes) },
        16 if yes(bytes) => Input::PuppetDinged { account },
        16 if yes(bytes) => Input::StreamTells { account },
        16 => Input::PuppetDong { account },
        _ => {
            let result = pick_from(bytes, [WorkResult::Done, WorkResult::Failed, WorkResult::Throttled]);
            let _ = known;
            Input::Worked { account, work: pick_from(bytes, Work::ALL), result }
        }
    }
}

/// An operator sees to an account.
fn hand(bytes: &mut Unstructured<'_>) -> Input {
    let account = account(bytes);
    let hand = match pick(bytes, 9) {
        0..=2 => {
            let (how, lasts) = (pick_from(bytes, Withdrawn::ALL), yes(bytes).then(|| time(bytes)));
            Hand::Withdraw { how, lasts }
        }
        3 | 4 => Hand::Resume,
        5 => Hand::Reset,
        6 => Hand::Reconnect,
        7 => Hand::Login,
        _ => Hand::Logout,
    };
    Input::Hand { account, hand, by: id(bytes), why: id(bytes), force: yes(bytes), number: 0 }
}

/// What a restart must know of.
fn under_way(bytes: &mut Unstructured<'_>, known: &mut Known) -> Input {
    let account = account(bytes);
    match pick(bytes, 5) {
        0 => Input::Heard { account, id: byte(bytes).to_string() },
        1 => Input::Unshown { account, id: byte(bytes).to_string() },
        3 => Input::HeardOf { account, event: event(bytes) },
        2 => {
            let act = SendId(known.next());
            known.acts.push(act);
            Input::ActBegins { act, account, paced: pick_from(bytes, Paced::ALL) }
        }
        _ => {
            let act = known.acts.pop().unwrap_or(SendId(known.number));
            Input::ActEnds { act, account, is_done: yes(bytes) }
        }
    }
}

fn result(bytes: &mut Unstructured<'_>) -> InviteResult {
    use InviteResult::{Done, Late, Refused, Stranger, Throttled};
    pick_from(bytes, [Done, Stranger, Refused, Throttled, Late])
}

fn sends(bytes: &mut Unstructured<'_>, known: &mut Known) -> Input {
    let is_end = yes(bytes) && !known.sends.is_empty();
    if !is_end {
        let (send, account) = (SendId(known.next()), account(bytes));
        let mut message = message(bytes, send.0);
        if byte(bytes) < 230 {
            message.talker = "bot".to_owned();
        }
        let conversation = if message.room.is_empty() { &message.listener } else { &message.room };
        known.sends.push((send, account, conversation.clone()));
        return Input::SendBegins { send, account, message };
    }
    // One of those that began; or none, as if its beginning had been forgotten.
    let which = pick(bytes, known.sends.len() + 1);
    let (send, account, conversation) = match which < known.sends.len() {
        true => known.sends.swap_remove(which),
        false => (SendId(known.next()), account(bytes), id(bytes)),
    };
    let outcome = match pick(bytes, 4) {
        // Now and then the account has shown it before, or tells no id.
        0 => SendResult::Sent {
            id: match (pick(bytes, 3), known.shown.front()) {
                (0, Some((_, _, message))) => message.id.clone(),
                (1, _) => String::new(),
                _ => known.next().to_string(),
            },
        },
        1 => SendResult::NotSent,
        2 => SendResult::Refused,
        _ => SendResult::Unsure { is_over: yes(bytes) },
    };
    Input::SendEnds { send, account, conversation, outcome }
}

fn bots(bytes: &mut Unstructured<'_>, known: &mut Known) -> Input {
    match pick(bytes, 13) {
        11 => Input::BotKnows {
            client: ClientId(known.next()),
            bot: known.bot(bytes),
            seq: u64::from(byte(bytes)),
        },
        12 => Input::HeardUpTo { account: account(bytes), seq: i32::from(byte(bytes)), service: 0 },
        0 | 1 => {
            let (client, bot) = (ClientId(known.next()), known.bot(bytes));
            let after = yes(bytes).then(|| known.client(bytes));
            known.clients.push(client);
            Input::BotConnected { client, bot, after }
        }
        2 => Input::BotDisconnected { client: known.client(bytes) },
        3 => Input::BotSays { bot: known.bot(bytes), conversation: room(bytes) },
        4 => Input::BotSaid { bot: known.bot(bytes), conversation: room(bytes) },
        5 => {
            let client = yes(bytes).then(|| known.client(bytes));
            Input::Ding { client, bot: known.bot(bytes), data: id(bytes) }
        }
        10 => Input::LoggedOut { client: known.client(bytes) },
        6 => Input::Reads { kind: DirtyType::from_wire(i32::from(byte(bytes)) - 1), id: id(bytes) },
        _ => {
            let client = yes(bytes).then(|| known.client(bytes));
            let id = match known.told.get(pick(bytes, known.told.len() + 1)) {
                Some(id) => id.clone(),
                None => id(bytes),
            };
            Input::Acknowledged { client, bot: known.bot(bytes), id }
        }
    }
}
