//! A clock that ticks more finely than the runtime's timer, which knows milliseconds.

use std::{
    io,
    os::fd::OwnedFd,
    time::{Duration, Instant},
};

use rustix::time::{
    Itimerspec, TimerfdClockId, TimerfdFlags, TimerfdTimerFlags, Timespec, timerfd_create, timerfd_settime,
};
use tokio::io::{Interest, unix::AsyncFd};

/// It ticks.
pub(crate) struct Ticks {
    timer: AsyncFd<OwnedFd>,
}

impl Ticks {
    /// One that ticks so often, from then on.
    #[allow(
        deprecated,
        reason = "what replaces it is unsafe, for descriptors that change; one that is owned does not"
    )]
    pub(crate) fn every(interval: Duration, begins: Instant) -> io::Result<Self> {
        let timer =
            timerfd_create(TimerfdClockId::Monotonic, TimerfdFlags::NONBLOCK | TimerfdFlags::CLOEXEC)?;
        let first = begins.saturating_duration_since(Instant::now()).max(Duration::from_nanos(1));
        let when = Itimerspec { it_interval: spec(interval), it_value: spec(first) };
        timerfd_settime(&timer, TimerfdTimerFlags::empty(), &when)?;
        Ok(Self { timer: AsyncFd::with_interest(timer, Interest::READABLE)? })
    }

    /// Waits for the next tick; how many there were since the last time.
    pub(crate) async fn due(&mut self) -> u64 {
        loop {
            let Ok(mut ready) = self.timer.readable().await else { continue };
            let mut ticks = [0; 8];
            let read = ready.try_io(|timer| Ok(rustix::io::read(timer.get_ref(), &mut ticks)?));
            if let Ok(Ok(_)) = read {
                return u64::from_ne_bytes(ticks);
            }
        }
    }
}

fn spec(of: Duration) -> Timespec {
    Timespec { tv_sec: of.as_secs().cast_signed(), tv_nsec: of.subsec_nanos().into() }
}
