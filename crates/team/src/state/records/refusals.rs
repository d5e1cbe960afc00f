//! Those who were not let in: counted all, and logged as far as that tells anything new. Whoever tries tokens or
//! passwords must be seen, and must not fill the log.

use std::{fmt, net::IpAddr, num::NonZeroUsize, sync::Mutex, time::Duration};

use lru::LruCache;
use tokio::time::Instant;

/// A peer has a line in so much time.
const EVERY: Duration = Duration::from_secs(60);
/// All of them together have so many lines in that time.
const LINES: u32 = 20;
/// So many peers are remembered.
const PEERS: NonZeroUsize = NonZeroUsize::new(256).unwrap();

/// What is shut to them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Door {
    /// The team: no bot has that token.
    Bot,
    /// The admin's server: nothing was shown.
    Admin,
    /// The admin's server: a password or a key was wrong.
    Login,
}

impl Door {
    /// Its name in metrics.
    pub fn name(self) -> &'static str {
        match self {
            Self::Bot => "bot",
            Self::Admin => "admin",
            Self::Login => "login",
        }
    }
}

impl fmt::Display for Door {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Bot => "a bot was refused: it showed no token, or one that no [[bot]] has",
            Self::Admin => "somebody was refused at admin.listen: neither password nor key was shown",
            Self::Login => "somebody was refused at admin.listen: the password or key was wrong",
        })
    }
}

/// Who was refused lately.
#[derive(Debug)]
pub struct Refusals(Mutex<Lately>);

#[derive(Debug)]
struct Lately {
    peers: LruCache<(Door, Option<IpAddr>), Peer>,
    since: Option<Instant>,
    lines: u32,
}

#[derive(Debug, Clone, Copy)]
struct Peer {
    told: Option<Instant>,
    untold: u64,
}

impl Default for Refusals {
    fn default() -> Self {
        Self(Mutex::new(Lately { peers: LruCache::new(PEERS), since: None, lines: 0 }))
    }
}

impl Refusals {
    /// How many peers are remembered.
    pub(crate) fn len(&self) -> usize {
        self.0.lock().map_or(0, |lately| lately.peers.len())
    }

    /// Notes one; logs it if that is due. Then it is how often it was refused since.
    pub fn note(&self, door: Door, peer: Option<IpAddr>) -> Option<u64> {
        let times = self.due(door, peer, Instant::now())?;
        let peer = peer.map_or_else(|| String::from("unknown"), |peer| peer.to_string());
        tracing::warn!(peer, times, "{door}");
        Some(times)
    }

    /// How often it was refused since its last line, if a line is due.
    fn due(&self, door: Door, peer: Option<IpAddr>, now: Instant) -> Option<u64> {
        let mut lately = self.0.lock().ok()?;
        if lately.since.is_none_or(|since| now - since >= EVERY) {
            (lately.since, lately.lines) = (Some(now), 0);
        }
        let may_tell = lately.lines < LINES;
        let it = lately.peers.get_or_insert_mut((door, peer), || Peer { told: None, untold: 0 });
        it.untold += 1;
        if !may_tell || it.told.is_some_and(|told| now - told < EVERY) {
            return None;
        }
        let times = std::mem::take(&mut it.untold);
        it.told = Some(now);
        lately.lines += 1;
        Some(times)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_peer_has_a_line_at_once_and_then_one_a_minute_with_their_number() {
        let (refusals, begin) = (Refusals::default(), Instant::now());
        let peer = |last| Some(IpAddr::from([10, 0, 0, last]));
        assert_eq!(refusals.due(Door::Bot, peer(1), begin), Some(1));
        for _ in 0..99 {
            assert_eq!(refusals.due(Door::Bot, peer(1), begin), None);
        }
        assert_eq!(refusals.due(Door::Bot, peer(2), begin), Some(1));
        assert_eq!(refusals.due(Door::Admin, peer(1), begin), Some(1));
        assert_eq!(refusals.due(Door::Bot, peer(1), begin + EVERY), Some(100));
    }

    #[test]
    fn many_peers_do_not_fill_the_log() {
        let (refusals, begin) = (Refusals::default(), Instant::now());
        let lines = |at| {
            let peers = (0..=255).map(|last| Some(IpAddr::from([10, 0, 0, last])));
            peers.filter(|peer| refusals.due(Door::Bot, *peer, at).is_some()).count()
        };
        assert_eq!([lines(begin), lines(begin), lines(begin + EVERY)], [20, 0, 20]);
    }
}
