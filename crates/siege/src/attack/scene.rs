//! Where an attack takes place: three accounts, somebody who talks, a gateway as a process, and a bot that behaves well
//! all the while.

use std::{
    future::Future,
    net::{Ipv4Addr, SocketAddr, SocketAddrV4},
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use anyhow::{Context as _, Result};
use ha_wechaty::config::BotMode;
use ha_wechaty_sim::{GroupChat, Person, Phone, World};
use ha_wechaty_testkit::{Town, text::config};
use tokio::{
    net::{TcpSocket, TcpStream},
    time::{Instant, sleep, timeout},
};

use super::pulse::{Beat, Pulse};
use crate::stage::{Descriptors, Serve, Taken};

/// The bot that behaves well, and the bot that does not.
pub(super) const BOT: &str = "insecure_main";
pub(super) const BAD_BOT: &str = "insecure_bad";

/// How an attack is made: at its full size, or so small that it fits into every run of the tests.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ground<'a> {
    pub(super) binary: &'a Path,
    pub(super) is_short: bool,
}

/// The scene.
pub(super) struct Scene {
    pub(super) world: World,
    pub(super) alice: Person,
    pub(super) phones: Vec<Phone>,
    pub(super) room: GroupChat,
    pub(super) serve: Serve,
}

/// What the gateway took while something was done to it.
#[derive(Debug, Clone, Default)]
pub(super) struct Toll {
    /// The peak of its memory, over what it had before.
    pub(super) peak: u64,
    /// What it has more than before, when all is over.
    pub(super) left: u64,
    /// Of one processor, in percent, while it lasted.
    pub(super) processor: f64,
    /// The most descriptors, over what it had before.
    pub(super) descriptors: u64,
    /// What a bot felt that behaves well.
    pub(super) beat: Beat,
}

impl Ground<'_> {
    /// One of two sizes.
    pub(super) fn size<T>(self, full: T, short: T) -> T {
        if self.is_short { short } else { full }
    }

    /// A scene whose gateway is configured by these lines.
    pub(super) async fn scene(
        self,
        lines: &[(&'static str, &str)],
        descriptors: Descriptors,
    ) -> Result<Scene> {
        self.locked_scene(lines, descriptors, None).await
    }

    /// The same, whose admin's server takes this key.
    pub(super) async fn locked_scene(
        self,
        lines: &[(&'static str, &str)],
        descriptors: Descriptors,
        key: Option<String>,
    ) -> Result<Scene> {
        let Town { world, alice, phones, room } =
            Town::of(&["north", "south", "west"], |phone| phone).await.context("no port is free")?;
        let ours = [("reconnect", "base = \"100ms\"\ncap = \"1s\""), ("pace", "enabled = false")];
        let is_theirs = |section: &str| lines.iter().any(|(theirs, _)| *theirs == section);
        let lines = ours.into_iter().filter(|(section, _)| !is_theirs(section)).chain(lines.iter().copied());
        let lines: Vec<_> = lines.collect();
        let config = config(&lines, &[("main", BotMode::All), ("bad", BotMode::All)], &phones);
        let serve = Serve::start(self.binary, &config, descriptors).await?.with_key(key);
        serve.until_usable(phones.len()).await?;
        Ok(Scene { world, alice, phones, room, serve })
    }
}

impl Scene {
    /// Does something to the gateway, and says what that took. `rest` is how long is waited for what goes by itself.
    pub(super) async fn toll<T>(
        &self,
        rest: Duration,
        act: impl Future<Output = Result<T>>,
    ) -> Result<(T, Toll)> {
        let pulse = Pulse::begin(self.serve.gateway, BOT, self.alice.id()).await?;
        self.serve.process.forget_peak()?;
        let (before, begun) = (self.serve.taken()?, Instant::now());
        let descriptors = Arc::new(AtomicU64::new(before.descriptors));
        let (process, most) = (self.serve.process, descriptors.clone());
        let looking = tokio::spawn(async move {
            while let Ok(taken) = process.taken() {
                most.fetch_max(taken.descriptors, Ordering::Relaxed);
                sleep(Duration::from_millis(20)).await;
            }
        });
        let done = act.await;
        let (during, lasted) = (self.serve.taken()?, begun.elapsed());
        looking.abort();
        let beat = pulse.end().await?;
        let done = done?;
        sleep(rest).await;
        let after = self.serve.taken()?;
        let over = |what: fn(&Taken) -> u64, taken: &Taken| what(taken).saturating_sub(what(&before));
        let toll = Toll {
            peak: over(|it| it.peak, &after).max(after.peak.saturating_sub(before.resident)),
            left: over(|it| it.resident, &after),
            processor: (during.processor - before.processor).as_secs_f64() / lasted.as_secs_f64() * 100.0,
            descriptors: descriptors.load(Ordering::Relaxed).saturating_sub(before.descriptors),
            beat,
        };
        Ok((done, toll))
    }

    /// How long the admin takes to answer.
    pub(super) async fn admin_answers(&self) -> Result<Duration> {
        let begun = Instant::now();
        self.serve.status().await?;
        Ok(begun.elapsed())
    }
}

/// A connection from one of many addresses of the loopback.
pub(super) async fn connect_from(place: usize, to: SocketAddr) -> Result<TcpStream> {
    let socket = TcpSocket::new_v4()?;
    let [high, low] = u16::try_from(place % 60_000).unwrap_or(0).to_be_bytes();
    socket.bind(SocketAddrV4::new(Ipv4Addr::new(127, 1, high, low.max(1)), 0).into())?;
    timeout(Duration::from_secs(5), socket.connect(to))
        .await
        .context("the port is closed")?
        .context("the port is closed")
}
