//! One phone's account: what only this phone knows, and the queue of what it has to show.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::task::Waker;
use std::time::{Duration, SystemTime};

use ha_wechaty_wire::{
    PuppetEvent,
    event::{LogoutPayload, ScanPayload, TextPayload, VerifyCodePayload},
    puppet::{EventRequest, EventResponse, FriendshipSceneType, FriendshipType},
};
use tokio::time::Instant;

use super::extras::{Extras, TagCard};
use super::{Refusal, counted::Counted};
use crate::content::Attachment;
use crate::phone::{Faults, Options};

/// Whether the account is logged in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Login {
    In,
    Out,
    /// Waiting for somebody to scan this QR code.
    Scan(String),
    /// It was scanned, and waits for the code that it asked for by this id.
    Code(String),
}

#[derive(Debug, Clone)]
pub(crate) struct FriendshipCard {
    pub(crate) contact_id: String,
    pub(crate) hello: String,
    pub(crate) kind: FriendshipType,
    pub(crate) scene: FriendshipSceneType,
}

#[derive(Debug, Clone)]
pub(crate) struct InvitationCard {
    pub(crate) room_id: String,
    pub(crate) inviter_id: String,
    pub(crate) topic: String,
    pub(crate) members: Vec<String>,
    pub(crate) at: SystemTime,
    /// A payload that a client has set in its place, as JSON.
    pub(crate) overridden: Option<serde_json::Value>,
}

pub(crate) struct Account {
    pub(crate) name: String,
    pub(crate) contact_id: String,
    pub(crate) options: Options,
    pub(crate) faults: Faults,
    /// How often each RPC was called with the right token.
    pub(crate) calls: BTreeMap<String, u64>,
    pub(crate) aliases: HashMap<String, String>,
    pub(crate) descriptions: HashMap<String, String>,
    pub(crate) remarks: HashMap<String, String>,
    pub(crate) numbers: HashMap<String, Vec<String>>,
    pub(crate) tags: BTreeMap<String, TagCard>,
    pub(crate) extras: Extras,
    pub(crate) friendships: HashMap<String, FriendshipCard>,
    pub(crate) invitations: HashMap<String, InvitationCard>,
    /// Strangers that it has met: by search, by a request, by an invitation.
    pub(crate) found: BTreeSet<String>,
    /// Messages whose payloads are kept back, by their ids here.
    pub(crate) hushed: BTreeSet<String>,
    /// The registry of the puppet service: what is behind each uuid, until the process ends.
    pub(crate) files: HashMap<String, Attachment>,
    /// The code that a login takes, after a scan.
    pub(crate) wants_code: Option<String>,
    pub(crate) counted: Counted,
    running: bool,
    login: Login,
    copies: HashMap<String, u64>,
    queue: Queue,
}

/// What waits for the event stream.
#[derive(Default)]
struct Queue {
    stream: Option<u64>,
    streams: u64,
    /// The stream whose client is gone, of which the service does not know.
    half_open: Option<u64>,
    /// A stream that is open, and that the service has forgotten.
    deaf: Option<u64>,
    waker: Option<Waker>,
    /// The puppet's own events; they go first and only to a stream that is open.
    own: VecDeque<EventResponse>,
    /// WeChat's events, which wait for a puppet that runs, is logged in and hears.
    wechat: VecDeque<Waiting>,
    /// Shown messages whose payload nobody has asked for yet.
    unsettled: VecDeque<String>,
    /// Which messages it has shown lately, and when.
    shown: VecDeque<(String, Instant)>,
}

/// So many messages that were shown are known as such.
const SHOWN: usize = 10_000;

struct Waiting {
    event: PuppetEvent,
    due: Instant,
}

/// What a stream does next.
pub(crate) enum Next {
    Event(EventResponse),
    /// Nothing before this time, or before it is woken.
    Wait(Option<Instant>),
    End,
}

impl Account {
    pub(crate) fn new(name: &str, contact_id: &str, options: Options) -> Self {
        let login = if options.logged_in { Login::In } else { Login::Out };
        Self {
            name: name.into(),
            contact_id: contact_id.into(),
            options,
            login,
            running: false,
            faults: Faults::default(),
            calls: BTreeMap::new(),
            aliases: HashMap::new(),
            descriptions: HashMap::new(),
            remarks: HashMap::new(),
            numbers: HashMap::new(),
            tags: BTreeMap::new(),
            extras: Extras::default(),
            friendships: HashMap::new(),
            invitations: HashMap::new(),
            found: BTreeSet::new(),
            hushed: BTreeSet::new(),
            files: HashMap::new(),
            wants_code: None,
            counted: Counted::default(),
            copies: HashMap::new(),
            queue: Queue::default(),
        }
    }

    pub(crate) fn is_running(&self) -> bool {
        self.running
    }

    pub(crate) fn is_streaming(&self) -> bool {
        self.queue.stream.is_some()
    }

    /// Whether what happens now is told at once, to a client that is there.
    pub(crate) fn is_heard(&self) -> bool {
        self.is_streaming()
            && self.queue.half_open != self.queue.stream
            && self.online().is_ok()
            && !self.faults.deaf
    }

    /// Events of WeChat that wait.
    pub(crate) fn waiting(&self) -> usize {
        self.queue.wechat.len()
    }

    /// Whether it can do anything in WeChat.
    pub(crate) fn online(&self) -> Result<(), Refusal> {
        match (&self.login, self.running) {
            (_, false) => Err(Refusal::new("the puppet is not started")),
            (Login::In, true) => Ok(()),
            (Login::Out | Login::Scan(_) | Login::Code(_), true) => {
                Err(Refusal::new("the account is not logged in"))
            }
        }
    }

    /// `Start`: what was not running runs, and tells how it finds itself.
    pub(crate) fn start(&mut self) {
        if !std::mem::replace(&mut self.running, true) {
            self.faults.reset_by_restart();
            self.introduce();
        }
        self.wake();
    }

    /// `Stop`: the stream ends, the account stays logged in.
    pub(crate) fn stop(&mut self) {
        self.running = false;
        self.end_stream();
    }

    /// The process is gone.
    pub(crate) fn die(&mut self) {
        (self.queue.half_open, self.queue.deaf) = (None, None);
        self.stop();
        self.files.clear();
    }

    pub(crate) fn log_in(&mut self) {
        if std::mem::replace(&mut self.login, Login::In) != Login::In && self.running {
            self.introduce();
        }
        self.wake();
    }

    /// Somebody scans. True if that is not enough: its login asks for a code.
    pub(crate) fn scanned(&mut self) -> bool {
        if self.wants_code.is_none() || self.login == Login::In {
            return false;
        }
        let id = format!("v{}", self.calls.len() + 1);
        self.login = Login::Code(id);
        self.asks_code(1);
        true
    }

    fn asks_code(&mut self, status: i32) {
        if let (Login::Code(id), true) = (&self.login, self.running) {
            let message = Some(String::from("sent to the phone"));
            let told = VerifyCodePayload { id: id.clone(), scene: 1, status, message };
            self.push_own(&PuppetEvent::VerifyCode(told));
        }
    }

    /// Somebody enters a code for what was asked for by this id.
    pub(crate) fn enter_code(&mut self, id: &str, code: &str) -> Result<(), Refusal> {
        match &self.login {
            Login::Code(asked) if asked == id => {}
            Login::In | Login::Out | Login::Scan(_) | Login::Code(_) => {
                return Err(Refusal::new("no code is asked for by this id"));
            }
        }
        if self.wants_code.as_deref() == Some(code) {
            self.log_in();
        } else {
            self.asks_code(3);
        }
        Ok(())
    }

    /// No code will come: its login begins anew.
    pub(crate) fn cancel_code(&mut self, id: &str) -> Result<(), Refusal> {
        match &self.login {
            Login::Code(asked) if asked == id => {
                self.login = Login::Scan("https://login.invalid/anew".into());
                if self.running {
                    self.introduce();
                }
                self.wake();
                Ok(())
            }
            Login::In | Login::Out | Login::Scan(_) | Login::Code(_) => {
                Err(Refusal::new("no code is asked for by this id"))
            }
        }
    }

    pub(crate) fn log_out(&mut self, why: &str) {
        if std::mem::replace(&mut self.login, Login::Out) == Login::In && self.running {
            let contact_id = self.contact_id.clone();
            self.push_own(&PuppetEvent::Logout(LogoutPayload { contact_id, data: why.into() }));
        }
    }

    pub(crate) fn ask_scan(&mut self, qrcode: &str) {
        self.log_out("logged out by the phone");
        self.login = Login::Scan(qrcode.into());
        if self.running {
            self.introduce();
        }
    }

    /// Whoever asks for another code sees one, as long as there is one to scan.
    pub(crate) fn refresh_code(&mut self) {
        if let Login::Scan(qrcode) = &mut self.login {
            qrcode.push('+');
            if self.running {
                self.introduce();
                self.wake();
            }
        }
    }

    fn introduce(&mut self) {
        match self.login.clone() {
            Login::In => {
                let contact_id = self.contact_id.clone();
                self.push_own(&PuppetEvent::Login { contact_id });
                self.push_own(&PuppetEvent::Ready(TextPayload { data: "ready".into() }));
            }
            Login::Out => {}
            Login::Code(_) => self.asks_code(1),
            Login::Scan(qrcode) => {
                self.push_own(&PuppetEvent::Scan(ScanPayload {
                    status: 2,
                    qrcode: Some(qrcode),
                    data: None,
                    ..ScanPayload::default()
                }));
            }
        }
    }

    /// Opens the one event stream; none if there is one. Its client says what it has.
    pub(crate) fn open_stream(&mut self, asked: &EventRequest) -> Option<u64> {
        if self.queue.stream.is_some() {
            return None;
        }
        self.counted.asked = (asked.seq, asked.account_id.clone());
        if self.options.numbered && (asked.account_id.is_empty() || asked.account_id == self.contact_id) {
            self.queue.own.extend(self.counted.behind(asked.seq));
        }
        self.queue.streams += 1;
        self.queue.stream = Some(self.queue.streams);
        self.push_own(&PuppetEvent::Heartbeat(TextPayload { data: "connected".into() }));
        if self.running {
            self.introduce();
        }
        self.queue.stream
    }

    /// The client closed its stream, or its connection is gone, as far as its service knows.
    pub(crate) fn close_stream(&mut self, stream: u64) {
        if self.queue.half_open == Some(stream) {
            return;
        }
        if self.queue.deaf == Some(stream) {
            self.queue.deaf = None;
            self.forget_stream();
        } else if self.queue.stream == Some(stream) {
            self.end_stream();
        }
    }

    /// The service forgets the stream that there is, which stays open: it is not the one that has ended.
    fn forget_stream(&mut self) {
        if let Some(now) = self.queue.stream {
            self.end_stream();
            self.queue.deaf = Some(now);
        }
    }

    /// Whoever has its stream is gone, and its service does not notice.
    pub(crate) fn lose_client(&mut self) {
        self.queue.half_open = self.queue.stream.or(self.queue.half_open);
    }

    /// Its service notices that a client is gone: with the stream of that, it forgets the one that there is now.
    pub(crate) fn close_late(&mut self) {
        match self.queue.half_open.take() {
            Some(gone) if self.queue.stream == Some(gone) => self.end_stream(),
            Some(_) => self.forget_stream(),
            None => {}
        }
    }

    /// What is shown but was not asked for was not seen: it is shown again.
    fn end_stream(&mut self) {
        self.queue.stream = None;
        self.queue.own.clear();
        let due = Instant::now();
        while let Some(id) = self.queue.unsettled.pop_back() {
            // What was numbered is asked for by its number.
            if self.options.catch_up && !self.options.numbered {
                self.queue.wechat.push_front(Waiting { event: PuppetEvent::Message { id }, due });
            }
        }
        if !self.options.catch_up {
            self.queue.wechat.clear();
        }
        self.wake();
    }

    /// An event of WeChat.
    pub(crate) fn push(&mut self, event: PuppetEvent) {
        self.push_later(event, Duration::ZERO);
    }

    /// An event of WeChat that takes longer than usual.
    pub(crate) fn push_later(&mut self, event: PuppetEvent, later: Duration) {
        let heard = self.is_streaming() && self.online().is_ok() && !self.faults.deaf;
        if self.options.numbered && !heard {
            // Whoever comes asks for it.
            self.counted.numbered(event.to_response());
            return;
        }
        if heard || self.options.catch_up {
            let due = Instant::now() + self.faults.delay.unwrap_or(self.options.delay) + later;
            let place = self.queue.wechat.partition_point(|it| it.due <= due);
            self.queue.wechat.insert(place, Waiting { event, due });
            self.wake();
        }
    }

    /// An event of the puppet itself, which is lost without a stream.
    pub(crate) fn push_own(&mut self, event: &PuppetEvent) {
        self.push_raw(event.to_response());
    }

    pub(crate) fn push_raw(&mut self, event: EventResponse) {
        if self.is_streaming() {
            self.queue.own.push_back(event);
            self.wake();
        }
    }

    /// Takes the next event for a stream, or remembers whom to wake for it.
    pub(crate) fn next(&mut self, stream: u64, waker: &Waker) -> Next {
        if self.queue.deaf == Some(stream) {
            return Next::Wait(None);
        }
        if self.queue.stream != Some(stream) {
            return Next::End;
        }
        if let Some(event) = self.queue.own.pop_front() {
            return Next::Event(event);
        }
        self.queue.waker = Some(waker.clone());
        if self.online().is_err() || self.faults.deaf {
            return Next::Wait(None);
        }
        match self.queue.wechat.pop_front() {
            Some(first) if first.due <= Instant::now() => {
                let response = first.event.to_response();
                let response = if self.options.numbered { self.counted.numbered(response) } else { response };
                if let PuppetEvent::Message { id } = first.event {
                    self.queue.shown.truncate(SHOWN - 1);
                    self.queue.shown.push_front((id.clone(), Instant::now()));
                    self.queue.unsettled.push_back(id);
                }
                Next::Event(response)
            }
            Some(first) => {
                let due = first.due;
                self.queue.wechat.push_front(first);
                Next::Wait(Some(due))
            }
            None => Next::Wait(None),
        }
    }

    pub(crate) fn wake(&mut self) {
        if let Some(waker) = self.queue.waker.take() {
            waker.wake();
        }
    }

    /// A client asked for the payload: it has seen the message.
    pub(crate) fn settle(&mut self, id: &str) {
        // Most are asked for in the order in which they were told: of very many no other needs a look.
        if let Some(place) = self.queue.unsettled.iter().position(|it| it == id) {
            self.queue.unsettled.remove(place);
        }
    }

    pub(crate) fn keep_copy(&mut self, id: &str, serial: u64) {
        self.copies.insert(id.to_owned(), serial);
    }

    pub(crate) fn serial_of(&self, id: &str) -> Option<u64> {
        self.copies.get(id).copied()
    }

    /// When it has shown which messages by an event stream, by their ids here; the last first.
    pub(crate) fn shown(&self) -> impl Iterator<Item = &(String, Instant)> {
        self.queue.shown.iter()
    }

    /// The ids under which it has a message, sorted.
    pub(crate) fn ids_of(&self, serial: u64) -> Vec<String> {
        let mut ids: Vec<_> =
            self.copies.iter().filter(|(_, it)| **it == serial).map(|(id, _)| id.clone()).collect();
        ids.sort();
        ids
    }

    /// How far this phone's clock is ahead.
    pub(crate) fn clock_ahead(&self) -> Duration {
        self.options.clock_ahead
    }
}
