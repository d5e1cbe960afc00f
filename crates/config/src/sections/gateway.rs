//! Where bots connect: key `gateway`.

use std::{
    net::{Ipv4Addr, SocketAddr},
    path::PathBuf,
    time::Duration,
};

use bytesize::ByteSize;

use super::{Effect, Section};
use crate::{
    GatewayTls,
    reader::{COUNT, Keys, SIZE, TIME, TIME_OR_NONE},
};

/// A stock TypeScript bot gives its connection up after 60 s without an event.
const SLOWEST_HEARTBEAT: Duration = Duration::from_secs(45);

/// Where bots connect. Key `gateway`.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct GatewayConfig {
    /// The address that bots connect to; port 0 takes a free one.
    pub listen: SocketAddr,
    /// How connections of bots are secured.
    pub tls: GatewayTls,
    /// The largest message of the protocol, in either direction, of bots and of accounts.
    pub max_message: ByteSize,
    /// Whether a bot's `Logout` logs the accounts out.
    pub allow_logout: bool,
    /// How often a bot hears that the gateway is there; more often when its stream has just opened.
    pub heartbeat: Duration,
    /// How many event streams a bot may have open at once; of more, the one ends whose client has been silent for the
    /// longest.
    pub max_streams: usize,
    /// How many events are kept per bot for when it comes back.
    pub replay_events: usize,
    /// What they may weigh.
    pub replay_bytes: ByteSize,
    /// How long they are kept.
    pub replay_age: Duration,
    /// How much of an upload is held in memory; a larger one goes to disk.
    pub spool_memory: ByteSize,
    /// Where larger uploads go; unless set, the folder that `TMPDIR` names, or else `/var/tmp`, which is on a disk where
    /// `/tmp` is memory.
    pub spool_dir: Option<PathBuf>,
    /// How much of the disk uploads may take, all together.
    pub spool_disk: ByteSize,
    /// How long an upload waits to be sent.
    pub spool_age: Duration,
    /// How long calls under way may take at the end.
    pub shutdown: Duration,
}

impl Default for GatewayConfig {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 8788)),
            tls: GatewayTls::Community,
            max_message: ByteSize::mib(80),
            allow_logout: false,
            heartbeat: Duration::from_secs(2),
            max_streams: 64,
            replay_events: 10_000,
            replay_bytes: ByteSize::mib(16),
            replay_age: Duration::from_secs(10 * 60),
            spool_memory: ByteSize::mib(1),
            spool_dir: None,
            spool_disk: ByteSize::gib(10),
            spool_age: Duration::from_secs(60 * 60),
            shutdown: Duration::from_secs(5),
        }
    }
}

impl Section for GatewayConfig {
    const EFFECT: Effect = Effect::AtNextStart;

    fn keys(&mut self, keys: &mut Keys<'_>) {
        let Self {
            listen,
            tls,
            max_message,
            allow_logout,
            heartbeat,
            max_streams,
            replay_events,
            replay_bytes,
            replay_age,
            spool_memory,
            spool_dir,
            spool_disk,
            spool_age,
            shutdown,
        } = self;
        keys.set("listen", listen);
        keys.set("tls", tls);
        keys.set("max_message", max_message).within(*SIZE.start()..=ByteSize::gib(1));
        keys.set("allow_logout", allow_logout);
        keys.set("heartbeat", heartbeat).within(Duration::from_millis(100)..=SLOWEST_HEARTBEAT);
        keys.set("max_streams", max_streams).within(COUNT);
        // What happens now is kept, too, until it is given: without room for it no bot would hear anything.
        keys.set("replay_events", replay_events).within(COUNT);
        keys.set("replay_bytes", replay_bytes).within(SIZE);
        keys.set("replay_age", replay_age).within(TIME);
        keys.set("spool_memory", spool_memory);
        keys.set("spool_dir", spool_dir);
        keys.set("spool_disk", spool_disk).within(ByteSize::b(0)..=ByteSize::pib(1));
        keys.set("spool_age", spool_age).within(TIME);
        keys.set("shutdown", shutdown).within(TIME_OR_NONE);
    }
}
