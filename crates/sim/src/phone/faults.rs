//! What can go wrong with a phone, on purpose.

use std::time::Duration;

use tonic::Status;

/// A fault of one phone. Several can be on at once; [`Phone::restore`](crate::Phone::restore) ends them all.
#[derive(Debug, Clone)]
pub enum Fault {
    /// The process is killed: every connection is reset, the port refuses. What it had in memory (uploaded
    /// files, that it was started) is gone; that it is logged in is not.
    Drop,
    /// The process freezes: connections are accepted by the system, nothing is read or answered, not even
    /// an HTTP/2 ping.
    Hang,
    /// The process lives and answers pings, but no call is ever answered. The event stream stays.
    Stall,
    /// The other ends of its connections are gone, and its service does not notice: to its clients they are cut, and its
    /// event stream stays taken, until a `Stop` or [`Fault::LateClose`] frees it. Nobody hears what it tells by that.
    HalfOpen,
    /// Its service notices at last that connections are gone. If the stream is another one's by now, since its puppet was
    /// stopped meanwhile, it forgets that one, as stock services do: that stays open, and nothing comes by it any more.
    /// Without [`Fault::HalfOpen`] before, nothing happens.
    LateClose,
    /// Every call is `UNAVAILABLE` before anything is done.
    Refuse,
    /// The next calls fail with a status; nothing is done.
    Answer {
        /// Which calls.
        calls: RpcSelection,
        /// How they fail.
        status: Status,
        /// How many of them.
        times: u32,
    },
    /// The connection is cut while a call waits for its answer: maybe it was done.
    Cut {
        /// Which calls.
        calls: RpcSelection,
        /// Whether the call is done before the cut.
        done: bool,
        /// How many of them.
        times: u32,
    },
    /// The next sends are answered as done and reach nobody; `u32::MAX` for all of them. A reset of the
    /// puppet (`Stop`, `Start`) heals it, as it does in life.
    Lose(u32),
    /// Calls work, but nothing comes in any more, and nobody says so. A reset of the puppet heals it.
    Deaf,
    /// As [`Fault::Deaf`] and [`Fault::Lose`] together, and a reset does not help.
    Zombie,
    /// WeChat logs the account out; the text is the reason that the event gives.
    LogOut(String),
    /// WeChat logs the account out and wants this QR code scanned.
    Scan(String),
    /// The puppet tells of a scan of this status, though the account is logged in, and goes on working.
    StrayScan(i32),
    /// The payload of each of the next messages is not handed out: who asks for it is never answered.
    Hush(u32),
    /// Events come this much late from now on.
    Delay(Duration),
    /// Calls are answered this much late.
    Slow(Duration),
    /// Each of the next messages is shown twice, under two ids.
    Repeat {
        /// How many of them.
        messages: u32,
        /// How much later the second time.
        after: Duration,
    },
    /// The next calls are answered with bytes that are no protobuf.
    GarbageAnswer {
        /// Which calls.
        calls: RpcSelection,
        /// How many of them.
        times: u32,
    },
    /// The next calls are answered with this message, which may be of any sort or none.
    Reply {
        /// Which calls.
        calls: RpcSelection,
        /// The message as it goes over the wire, without its gRPC frame.
        message: Vec<u8>,
        /// How many of them.
        times: u32,
    },
    /// A `message` event comes whose payload is this text.
    GarbageEvent(String),
}

/// A choice of RPCs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RpcSelection {
    /// All of them.
    All,
    /// Those that send something into a conversation: `MessageSend…` and `MessageForward`.
    Sends,
    /// One, by its name in the protocol, for instance `RoomTopic`.
    Named(String),
}

impl RpcSelection {
    /// One RPC by its name.
    pub fn named(rpc: &str) -> Self {
        Self::Named(rpc.to_owned())
    }

    fn contain(&self, rpc: &str) -> bool {
        match self {
            Self::All => true,
            Self::Sends => rpc.starts_with("MessageSend") || rpc == "MessageForward",
            Self::Named(name) => name == rpc,
        }
    }
}

/// The faults that are on, of those that calls and messages meet.
#[derive(Debug, Default)]
pub(crate) struct Faults {
    pub(crate) deaf: bool,
    pub(crate) delay: Option<Duration>,
    pub(crate) stalled: bool,
    zombie: bool,
    refuse: bool,
    slow: Option<Duration>,
    lose: u32,
    hush: u32,
    repeat: u32,
    repeat_after: Duration,
    scripted: Vec<Scripted>,
}

#[derive(Debug)]
struct Scripted {
    calls: RpcSelection,
    times: u32,
    end: End,
}

/// How a call ends, if not well.
#[derive(Debug, Clone)]
pub(crate) enum End {
    Status(Status),
    Cut { done: bool },
    Garbage,
    Reply(Vec<u8>),
}

/// What a call meets.
#[derive(Debug, Default)]
pub(crate) struct Fate {
    pub(crate) slow: Option<Duration>,
    pub(crate) end: Option<End>,
}

impl Faults {
    /// Takes a fault of those that live here.
    pub(crate) fn add(&mut self, fault: Fault) {
        match fault {
            Fault::Stall => self.stalled = true,
            Fault::Refuse => self.refuse = true,
            Fault::Answer { calls, status, times } => self.script(calls, times, End::Status(status)),
            Fault::Cut { calls, done, times } => self.script(calls, times, End::Cut { done }),
            Fault::GarbageAnswer { calls, times } => self.script(calls, times, End::Garbage),
            Fault::Reply { calls, message, times } => self.script(calls, times, End::Reply(message)),
            Fault::Lose(sends) => self.lose = sends,
            Fault::Hush(messages) => self.hush = messages,
            Fault::Deaf => self.deaf = true,
            Fault::Zombie => (self.deaf, self.lose, self.zombie) = (true, u32::MAX, true),
            Fault::Delay(delay) => self.delay = Some(delay),
            Fault::Slow(slow) => self.slow = Some(slow),
            Fault::Repeat { messages, after } => (self.repeat, self.repeat_after) = (messages, after),
            Fault::Drop
            | Fault::Hang
            | Fault::HalfOpen
            | Fault::LateClose
            | Fault::LogOut(_)
            | Fault::Scan(_)
            | Fault::StrayScan(_)
            | Fault::GarbageEvent(_) => {}
        }
    }

    fn script(&mut self, calls: RpcSelection, times: u32, end: End) {
        self.scripted.push(Scripted { calls, times, end });
    }

    /// What a call of this name meets; a scripted end is used up by it.
    pub(crate) fn meet(&mut self, rpc: &str) -> Fate {
        let slow = self.slow;
        if self.refuse {
            let end = End::Status(Status::unavailable("the puppet service is unavailable"));
            return Fate { slow, end: Some(end) };
        }
        let Some(place) = self.scripted.iter().position(|it| it.times > 0 && it.calls.contain(rpc)) else {
            return Fate { slow, end: None };
        };
        let scripted = &mut self.scripted[place];
        scripted.times -= 1;
        let end = scripted.end.clone();
        if scripted.times == 0 {
            self.scripted.remove(place);
        }
        Fate { slow, end: Some(end) }
    }

    /// Whether this send is lost.
    pub(crate) fn loses(&mut self) -> bool {
        use_one(&mut self.lose)
    }

    /// Whether the payload of this message is kept back.
    pub(crate) fn hushes(&mut self) -> bool {
        use_one(&mut self.hush)
    }

    /// Whether this message is shown once more, and how much later.
    pub(crate) fn repeats(&mut self) -> Option<Duration> {
        use_one(&mut self.repeat).then_some(self.repeat_after)
    }

    /// A restarted puppet hears and speaks again, unless it is a zombie.
    pub(crate) fn reset_by_restart(&mut self) {
        if !self.zombie {
            self.deaf = false;
            self.lose = 0;
        }
    }
}

fn use_one(left: &mut u32) -> bool {
    match *left {
        0 => false,
        u32::MAX => true,
        _ => {
            *left -= 1;
            true
        }
    }
}
