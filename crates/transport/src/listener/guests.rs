//! Connections that have shown no accepted token: they cost little, and go soon.
//!
//! Whoever reaches the port may connect; it is the token that makes a guest a bot. Until then a connection
//!
//! * ends after [`PATIENCE`], whatever it says meanwhile,
//! * goes before that if there are more of its address, or more in all, than a port should have to hold: the oldest
//!   first, so that who shows a token at once, as every bot does, is not the one,
//! * has few calls at a time ([`CALLS`]).
//!
//! Bots are counted, too: the port keeps so many descriptors free that accounts and the admin's server can always
//! connect ([`Limits::of_process`]).

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    net::IpAddr,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use ha_wechaty_core::BotId;
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;

use crate::descriptors;

/// How long a guest may stay.
const PATIENCE: Duration = Duration::from_secs(10);
/// How many guests there may be at once, and how many of one address.
const GUESTS: usize = 512;
const OF_ADDRESS: usize = 128;
/// How many calls of a guest may be under way at once.
const CALLS: usize = 16;
/// How many connections there may be in all, however many descriptors there are.
const MOST: usize = 16_384;

/// How many connections a port may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Limits {
    guests: usize,
    of_address: usize,
    /// In all, bots among them; one bot may have half of it.
    all: usize,
}

/// All connections of a port.
#[derive(Debug, Clone)]
pub(super) struct Guests(Arc<Hall>);

#[derive(Debug)]
struct Hall {
    limits: Limits,
    present: Mutex<Present>,
}

#[derive(Debug, Default)]
struct Present {
    next: u64,
    /// Who has shown no token, oldest first.
    guests: BTreeMap<u64, Guest>,
    by_address: HashMap<IpAddr, BTreeSet<u64>>,
    /// The connections of each bot, oldest first.
    bots: BTreeMap<BotId, BTreeMap<u64, CancellationToken>>,
}

#[derive(Debug)]
struct Guest {
    address: IpAddr,
    end: CancellationToken,
}

/// A connection's place; dropped, it is free again.
#[derive(Debug)]
pub(super) struct Seat {
    hall: Arc<Hall>,
    number: u64,
    until: Instant,
    end: CancellationToken,
    is_bot: AtomicBool,
    calls: AtomicUsize,
}

/// A guest's call that is under way.
#[derive(Debug)]
pub(super) struct Visit(Arc<Seat>);

impl Limits {
    /// What the descriptors of this process allow.
    pub(super) fn of_process() -> Self {
        let all = descriptors::for_bots().min(MOST);
        Self { guests: GUESTS.min(all / 2).max(1), of_address: OF_ADDRESS.min(all / 4).max(1), all }
    }
}

impl Guests {
    pub(super) fn new(limits: Limits) -> Self {
        Self(Arc::new(Hall { limits, present: Mutex::default() }))
    }

    /// Somebody has connected. `None` if there is no place, since bots have them all.
    pub(super) fn enter(&self, address: IpAddr) -> Option<Arc<Seat>> {
        let Limits { guests, of_address, all } = self.0.limits;
        let address = of_one(address);
        let mut present = self.0.lock();
        let its = present.by_address.get(&address);
        if let Some(oldest) = its.filter(|its| its.len() >= of_address).and_then(BTreeSet::first).copied() {
            present.send_away(oldest);
        }
        if present.guests.len() >= guests || present.len() >= all {
            let oldest = *present.guests.first_key_value()?.0;
            present.send_away(oldest);
        }
        let (number, end) = (present.next, CancellationToken::new());
        present.next += 1;
        present.guests.insert(number, Guest { address, end: end.clone() });
        present.by_address.entry(address).or_default().insert(number);
        let (is_bot, calls) = (AtomicBool::new(false), AtomicUsize::new(0));
        let until = Instant::now() + PATIENCE;
        Some(Arc::new(Seat { hall: self.0.clone(), number, until, end, is_bot, calls }))
    }

    /// How many guests, and how many connections of bots.
    pub(super) fn count(&self) -> [usize; 2] {
        let present = self.0.lock();
        [present.guests.len(), present.len() - present.guests.len()]
    }
}

/// What one host has: of the addresses of IPv6 a host has as many as it likes, all of one network.
fn of_one(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(it) => IpAddr::V6((u128::from(it) & !u128::from(u64::MAX)).into()),
        four @ IpAddr::V4(_) => four,
    }
}

impl Hall {
    fn lock(&self) -> MutexGuard<'_, Present> {
        // Nothing that can panic is done under the lock.
        self.present.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Present {
    fn len(&self) -> usize {
        self.guests.len() + self.bots.values().map(BTreeMap::len).sum::<usize>()
    }

    fn send_away(&mut self, number: u64) {
        if let Some(guest) = self.forget(number) {
            guest.end.cancel();
        }
    }

    fn forget(&mut self, number: u64) -> Option<Guest> {
        let guest = self.guests.remove(&number)?;
        if let Some(its) = self.by_address.get_mut(&guest.address) {
            its.remove(&number);
            if its.is_empty() {
                self.by_address.remove(&guest.address);
            }
        }
        Some(guest)
    }
}

impl Seat {
    /// Whether it has shown an accepted token.
    pub(super) fn is_bot(&self) -> bool {
        self.is_bot.load(Ordering::Relaxed)
    }

    /// It has shown the token of a bot. Of a bot that has more connections than its share the oldest goes.
    pub(super) fn is_of(&self, bot: BotId) {
        let share = (self.hall.limits.all / 2).max(1);
        let mut present = self.hall.lock();
        // Whoever was sent away a moment ago is no guest any more, and gone in a moment.
        let Some(guest) = present.forget(self.number) else { return };
        self.is_bot.store(true, Ordering::Relaxed);
        let its = present.bots.entry(bot).or_default();
        its.insert(self.number, guest.end);
        if its.len() > share
            && let Some((_, oldest)) = its.pop_first()
        {
            oldest.cancel();
        }
    }

    /// Whether it is to go at once, since others need its place.
    pub(super) fn is_sent_away(&self) -> bool {
        self.end.is_cancelled() && !self.is_bot()
    }

    /// Resolves when it has to go.
    pub(super) async fn over(&self) {
        tokio::select! {
            () = self.end.cancelled() => return,
            () = sleep_until(self.until) => {}
        }
        if self.is_bot() {
            self.end.cancelled().await;
        }
    }

    /// A guest's call comes. `None` if it has too many under way.
    pub(super) fn visit(self: &Arc<Self>) -> Option<Visit> {
        let before = self.calls.fetch_add(1, Ordering::Relaxed);
        let visit = Visit(self.clone());
        (before < CALLS).then_some(visit)
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut present = self.hall.lock();
        if present.forget(self.number).is_none() {
            present.bots.values_mut().for_each(|its| drop(its.remove(&self.number)));
            present.bots.retain(|_, its| !its.is_empty());
        }
    }
}

impl Drop for Visit {
    fn drop(&mut self) {
        self.0.calls.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::FutureExt as _;

    const LIMITS: Limits = Limits { guests: 4, of_address: 2, all: 6 };

    fn ip(last: u8) -> IpAddr {
        [10, 0, 0, last].into()
    }

    fn is_over(seat: &Seat) -> bool {
        seat.over().now_or_never().is_some()
    }

    #[tokio::test(start_paused = true)]
    async fn a_guest_goes_in_time_and_a_bot_stays() {
        let guests = Guests::new(LIMITS);
        let [guest, bot] = [1, 2].map(|last| guests.enter(ip(last)).expect("a place"));
        bot.is_of(BotId(0));
        assert_eq!(guests.count(), [1, 1]);
        tokio::time::advance(PATIENCE - Duration::from_millis(1)).await;
        assert!(!is_over(&guest) && !is_over(&bot));
        tokio::time::advance(Duration::from_millis(1)).await;
        assert!(is_over(&guest) && !is_over(&bot));
        drop((guest, bot));
        assert_eq!(guests.count(), [0, 0]);
    }

    #[tokio::test(start_paused = true)]
    async fn of_too_many_the_oldest_goes_first_of_the_same_address_then_of_all() {
        let guests = Guests::new(LIMITS);
        let enter = |last| guests.enter(ip(last)).expect("a place");
        let one = [enter(1), enter(1), enter(1)];
        assert_eq!(one.each_ref().map(|it| is_over(it)), [true, false, false]);
        let others = [enter(2), enter(3), enter(4)];
        assert_eq!(one.each_ref().map(|it| is_over(it)), [true, true, false]);
        assert!(others.iter().all(|it| !is_over(it)));
        assert_eq!(guests.count(), [4, 0]);
    }

    #[test]
    fn a_host_has_one_network_of_ipv6_and_one_address_of_ipv4() {
        let of = |text: &str| of_one(text.parse().expect("an address"));
        assert_eq!(of("2001:db8::1"), of("2001:db8::2:3"));
        assert_ne!(of("2001:db8::1"), of("2001:db8:0:1::1"));
        assert_eq!(of("::ffff:10.0.0.7"), of("10.0.0.7"));
        assert_ne!(of("10.0.0.7"), of("10.0.0.8"));
    }

    #[tokio::test(start_paused = true)]
    async fn bots_make_way_for_nobody_and_one_bot_has_no_more_than_its_share() {
        let guests = Guests::new(LIMITS);
        let enter = |last, bot| {
            let seat = guests.enter(ip(last))?;
            seat.is_of(BotId(bot));
            Some(seat)
        };
        let mut first: Vec<_> = (0..4).map(|last| enter(last, 0).expect("a place")).collect();
        assert_eq!(first.iter().map(|it| is_over(it)).collect::<Vec<_>>(), [true, false, false, false]);
        first.remove(0);
        let others: Vec<_> = (0..3).map(|last| enter(10 + last, 1).expect("a place")).collect();
        assert!(enter(20, 2).is_none(), "there is no place left");
        assert!(first.iter().chain(&others).all(|it| !is_over(it)));
        drop(others);
        assert!(enter(20, 2).is_some());
    }

    #[tokio::test(start_paused = true)]
    async fn a_guest_has_few_calls_at_a_time() {
        let guests = Guests::new(LIMITS);
        let seat = guests.enter(ip(1)).expect("a place");
        let mut visits: Vec<_> = (0..CALLS).map(|_| seat.visit().expect("few")).collect();
        assert!(seat.visit().is_none());
        visits.pop();
        visits.push(seat.visit().expect("one has ended"));
        assert!(seat.visit().is_none());
    }
}
