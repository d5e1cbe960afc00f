//! Phones: accounts of ours, each behind its own puppet service.

mod faults;
mod gate;
mod generation;
mod process;
mod socket;

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use ha_wechaty_wire::{
    PuppetEvent, Token,
    event::ScanPayload,
    puppet::{EventResponse, EventType},
    tls,
};
use tokio::time::Instant;
use tokio_rustls::TlsAcceptor;

use crate::person::{Addressee, Participant, Spoken};
use crate::state::{Account, OFFICIAL};
use crate::world::Inner;
use gate::Gate;
use process::Process;

pub(crate) use faults::Faults;
pub use faults::{Fault, RpcSelection};
pub use generation::PhoneGeneration;

/// How an account is, apart from its faults.
#[derive(Debug, Clone)]
pub(crate) struct Options {
    pub(crate) echo: bool,
    pub(crate) catch_up: bool,
    pub(crate) logged_in: bool,
    pub(crate) delay: Duration,
    pub(crate) clock_ahead: Duration,
    pub(crate) generation: PhoneGeneration,
    /// Whether its service numbers what happens in WeChat.
    pub(crate) numbered: bool,
}

/// A phone before it is served.
#[derive(Clone)]
#[must_use = "a phone does nothing until it is served"]
pub struct PhoneBuilder {
    inner: Arc<Inner>,
    name: String,
    token: Token,
    tls: bool,
    port: u16,
    official: bool,
    options: Options,
}

impl PhoneBuilder {
    pub(crate) fn new(inner: Arc<Inner>, name: &str) -> Self {
        let options = Options {
            echo: false,
            catch_up: true,
            logged_in: true,
            numbered: false,
            delay: Duration::ZERO,
            clock_ahead: Duration::ZERO,
            generation: PhoneGeneration::Both,
        };
        let token = Token::new(format!("insecure_{name}"));
        Self { inner, name: name.to_owned(), token, tls: true, port: 0, official: true, options }
    }

    /// Its token; default `insecure_<name>`.
    pub fn token(mut self, token: &str) -> Self {
        self.token = Token::new(token);
        self
    }

    /// The community's TLS (the default), or plaintext.
    pub fn tls(mut self, tls: bool) -> Self {
        self.tls = tls;
        self
    }

    /// Its port on the loopback; default any that is free.
    pub fn port(mut self, port: u16) -> Self {
        self.port = port;
        self
    }

    /// Whether its own sends come back as message events; default no.
    pub fn echo(mut self, echo: bool) -> Self {
        self.options.echo = echo;
        self
    }

    /// Whether WeChat keeps for it what happens while it is down, logged out or deaf; default yes. With it,
    /// a message whose payload nobody asked for is shown again on the next stream.
    pub fn catch_up(mut self, catch_up: bool) -> Self {
        self.options.catch_up = catch_up;
        self
    }

    /// Whether it is logged in from the beginning; default yes.
    pub fn logged_in(mut self, logged_in: bool) -> Self {
        self.options.logged_in = logged_in;
        self
    }

    /// Whether its service numbers what happens in WeChat, and tells again what came behind a number; default no.
    pub fn numbered(mut self, numbered: bool) -> Self {
        self.options.numbered = numbered;
        self
    }

    /// How late it shows what happens; default at once.
    pub fn delay(mut self, delay: Duration) -> Self {
        self.options.delay = delay;
        self
    }

    /// How far its clock is ahead, in the times of its messages; default it is right.
    pub fn clock_ahead(mut self, ahead: Duration) -> Self {
        self.options.clock_ahead = ahead;
        self
    }

    /// Which RPCs its service has; default all.
    pub fn generation(mut self, generation: PhoneGeneration) -> Self {
        self.options.generation = generation;
        self
    }

    /// Whether it follows the official account; default yes.
    pub fn follows_official(mut self, follows: bool) -> Self {
        self.official = follows;
        self
    }

    /// Serves it, until the last clone of the [`Phone`] is dropped.
    ///
    /// # Errors
    /// The port can't be had.
    pub async fn serve(self) -> io::Result<Phone> {
        let tls = match self.tls {
            true => Some(TlsAcceptor::from(Arc::new(tls::community_server().map_err(io::Error::other)?))),
            false => None,
        };
        let contact_id = self.inner.change(|state| {
            let id = state.add_contact(&self.name);
            state.accounts.insert(id.clone(), Account::new(&self.name, &id, self.options));
            if self.official {
                state.befriend(&id, OFFICIAL);
            }
            id
        });
        let gate = Gate::new(self.inner.clone(), &contact_id, self.token.clone());
        let process = Process::run(self.port, gate, tls)?;
        let owner = Owner { inner: self.inner, name: self.name, contact_id, token: self.token, process };
        Ok(Phone { owner: Arc::new(owner) })
    }
}

/// One account of ours and its puppet service. Clones are the same phone; the last one takes it down.
#[derive(Clone)]
pub struct Phone {
    owner: Arc<Owner>,
}

struct Owner {
    inner: Arc<Inner>,
    name: String,
    contact_id: String,
    token: Token,
    process: Arc<Process>,
}

impl Drop for Owner {
    fn drop(&mut self) {
        self.process.kill();
    }
}

impl Phone {
    /// Its name, which is its nickname in WeChat.
    pub fn name(&self) -> &str {
        &self.owner.name
    }

    /// Its contact id.
    pub fn id(&self) -> &str {
        &self.owner.contact_id
    }

    /// Where it is served; the same through all its lives.
    pub fn addr(&self) -> SocketAddr {
        self.owner.process.addr
    }

    /// The token that it wants.
    pub fn token(&self) -> &Token {
        &self.owner.token
    }

    /// Makes something go wrong, from the moment this returns.
    pub fn fail(&self, fault: Fault) {
        match fault {
            Fault::Drop => {
                self.owner.process.kill();
                self.change(Account::die);
            }
            Fault::Hang => self.owner.process.valve.shut(),
            Fault::HalfOpen => {
                // First: whatever serves a connection ends with it, and would free the stream.
                self.change(Account::lose_client);
                self.owner.process.cut_all();
            }
            Fault::LateClose => self.change(Account::close_late),
            Fault::LogOut(why) => self.change(|account| account.log_out(&why)),
            Fault::Scan(qrcode) => self.change(|account| account.ask_scan(&qrcode)),
            Fault::StrayScan(status) => {
                let qrcode = Some("https://login.invalid/stray".to_owned());
                self.emit(&PuppetEvent::Scan(ScanPayload { status, qrcode, ..ScanPayload::default() }));
            }
            Fault::GarbageEvent(payload) => {
                let event =
                    EventResponse { r#type: EventType::Message.into(), payload, ..Default::default() };
                self.change(|it| it.push_raw(event));
            }
            Fault::Stall
            | Fault::Refuse
            | Fault::Answer { .. }
            | Fault::Cut { .. }
            | Fault::Lose(_)
            | Fault::Deaf
            | Fault::Zombie
            | Fault::Hush(_)
            | Fault::Delay(_)
            | Fault::Slow(_)
            | Fault::Repeat { .. }
            | Fault::GarbageAnswer { .. }
            | Fault::Reply { .. } => self.change(|account| account.faults.add(fault)),
        }
    }

    /// Ends every fault: it is up on its port, logged in, and well. A puppet whose process was killed waits
    /// for a `Start`, as any does. What [`Fault::HalfOpen`] did to its stream is no fault of its own, and stays.
    ///
    /// # Errors
    /// The port can't be had any more.
    pub async fn restore(&self) -> io::Result<()> {
        self.change(|account| {
            account.faults = Faults::default();
            account.hushed.clear();
            account.log_in();
        });
        self.owner.process.valve.open();
        self.owner.process.restart()
    }

    /// Whoever owns it says a text by hand, in a room or to a friend; as always, what is not possible does not
    /// happen.
    pub fn says(&self, to: &impl Addressee, text: &str) {
        let to = to.conversation_id();
        let _ = self.owner.inner.change(|state| state.send(self.id(), to, text.into(), &[]));
    }

    /// Somebody scans the QR code or logs in on the phone; nothing else is healed. A phone that [asks for a
    /// code](Phone::asks_code) is logged in once that is entered.
    pub fn log_in(&self) {
        self.change(|account| {
            if !account.scanned() {
                account.log_in();
            }
        });
    }

    /// From now on a scan is not enough: its login asks for this code, by an event, and takes it by `EnterVerifyCode`.
    pub fn asks_code(&self, code: &str) {
        self.change(|account| account.wants_code = Some(code.to_owned()));
    }

    /// What the client said that opened its event stream last: the number that it has, and whose.
    pub fn asked(&self) -> (i32, String) {
        self.look(|account| account.counted.asked.clone())
    }

    /// Its service, which [numbers](PhoneBuilder::numbered) what happens, begins to count anew.
    pub fn counts_anew(&self) {
        self.change(|account| account.counted.begins_anew());
    }

    /// Puts an event of the puppet itself on the stream, for instance a heartbeat; lost without a stream.
    pub fn emit(&self, event: &PuppetEvent) {
        self.change(|account| account.push_own(event));
    }

    /// How often an RPC was called with the right token, for instance `Stop`, in all its lives.
    pub fn calls(&self, rpc: &str) -> u64 {
        self.look(|account| account.calls.get(rpc).copied().unwrap_or_default())
    }

    /// Whether its puppet was started.
    pub fn is_running(&self) -> bool {
        self.look(Account::is_running)
    }

    /// Whether a client has its event stream open.
    pub fn is_streaming(&self) -> bool {
        self.look(Account::is_streaming)
    }

    /// Whether what happens now is told at once, to a client that hears it.
    pub fn is_heard(&self) -> bool {
        !self.owner.process.valve.is_shut() && self.look(Account::is_heard)
    }

    /// How many events of WeChat wait to be shown.
    pub fn waiting(&self) -> usize {
        self.look(Account::waiting)
    }

    /// The ids under which it has shown, or will show, a message.
    pub fn ids_of(&self, spoken: &Spoken) -> Vec<String> {
        spoken.serial.map(|serial| self.look(|account| account.ids_of(serial))).unwrap_or_default()
    }

    /// When it has shown which messages by its event streams, by their numbers in the ledger; the last first, and not for
    /// ever.
    pub fn shown(&self) -> Vec<(u64, Instant)> {
        self.look(|account| {
            account.shown().filter_map(|(id, at)| Some((account.serial_of(id)?, *at))).collect()
        })
    }

    /// The number in the ledger of the message that it knows by this id.
    pub fn serial_of(&self, message_id: &str) -> Option<u64> {
        self.look(|account| account.serial_of(message_id))
    }

    fn look<T: Default>(&self, look: impl FnOnce(&Account) -> T) -> T {
        self.owner.inner.read(|state| state.account(self.id()).map(look).unwrap_or_default())
    }

    fn change(&self, act: impl FnOnce(&mut Account)) {
        self.owner.inner.change(|state| {
            if let Ok(account) = state.account_mut(self.id()) {
                act(account);
                account.wake();
            }
        });
    }
}

impl Addressee for Phone {
    fn conversation_id(&self) -> &str {
        self.id()
    }
}

impl Participant for Phone {}

impl fmt::Debug for Phone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Phone({} at {})", self.name(), self.addr())
    }
}
