//! What a gateway and systemd tell each other: that it serves, how the team stands, that it still lives; and the ports,
//! which systemd holds between two processes so that nobody who connects meanwhile is refused.
//!
//! Without systemd nothing is told, and no port is kept.

use std::{
    env,
    io::Read as _,
    net::TcpListener,
    os::fd::AsFd as _,
    time::{Duration, Instant},
};

use ha_wechaty_config::Config;
use ha_wechaty_gateway::Gateway;
use ha_wechaty_team::{runtime::Asking, view::Status};
use ha_wechaty_transport::Sockets;
use listenfd::ListenFd;
use sd_notify::NotifyState;
use tokio::{
    task::JoinSet,
    time::{MissedTickBehavior, interval, timeout},
};

/// How the team stands is told so often, if it changes; and that it lives, if nobody wants it to be told more often.
const OFTEN: Duration = Duration::from_secs(5);

/// The ports of a gateway, by the keys that they are configured with: their names at systemd.
const KEYS: [&str; 3] = ["gateway.listen", "admin.listen", "discovery.listen"];
/// How long systemd may take to do what it was told.
const DONE: Duration = Duration::from_secs(5);

/// The one that runs this process, if that is systemd.
#[derive(Debug)]
pub(super) struct Service {
    is_there: bool,
    sockets: Sockets,
    /// What was given, and is no port: why.
    strange: Vec<String>,
    pulse: JoinSet<()>,
}

impl Service {
    /// Takes what this process was given. Called once, before there are other threads, and so before there is a log.
    pub(super) fn of_process() -> Self {
        let is_there = env::var_os("NOTIFY_SOCKET").is_some_and(|it| !it.is_empty());
        let mut given = ListenFd::from_env();
        let (mut listeners, mut strange) = (Vec::<TcpListener>::new(), Vec::new());
        for place in 0..given.len() {
            match given.take_tcp_listener(place) {
                Ok(listener) => listeners.extend(listener),
                Err(error) => strange.push(format!("number {place} is no port: {error}")),
            }
        }
        let sockets = match is_there || !listeners.is_empty() {
            true => Sockets::handed_over(listeners),
            false => Sockets::default(),
        };
        Self { is_there, sockets, strange, pulse: JoinSet::new() }
    }

    /// Warns of what was given and can't be used.
    pub(super) fn warns(&self) {
        self.strange.iter().for_each(|it| tracing::warn!("of what this process was given, {it}"));
    }

    /// Gives up what was given and is no port of this configuration any more, before others are had: the same port on another
    /// address can't be had while anybody holds this one.
    pub(super) fn give_up_others(&self, config: &Config) {
        let wanted = [Some(config.gateway.listen), config.admin.listen, config.discovery.listen];
        let others = self.sockets.close_others(|address| wanted.contains(&Some(address)));
        if others.is_empty() {
            return;
        }
        for address in &others {
            tracing::info!("{address} is no port of this configuration any more, and is closed");
        }
        if self.is_there {
            // Of those that are wanted too: they are left again once they are had.
            for key in KEYS {
                tell(&[NotifyState::FdStoreRemove, NotifyState::FdName(key)]);
            }
            wait_for_systemd();
        }
    }

    /// Where ports are had from.
    pub(super) fn sockets(&self) -> Sockets {
        self.sockets.clone()
    }

    /// The gateway serves. From now on its life is told, as long as its engine answers.
    pub(super) fn is_ready(&mut self, gateway: &Gateway) {
        if !self.is_there {
            return;
        }
        self.leave_ports();
        tell(&[NotifyState::Ready]);
        let watchdog = sd_notify::watchdog_enabled();
        self.pulse.spawn(pulse(gateway.asking().clone(), watchdog));
    }

    /// Systemd keeps the ports for the next process.
    fn leave_ports(&self) {
        let kept = match self.sockets.kept() {
            Ok(kept) => kept,
            Err(error) => return tracing::warn!("ports can't be left for the next process: {error}"),
        };
        // All first: what is kept under another name is not kept twice.
        for key in KEYS {
            tell(&[NotifyState::FdStoreRemove, NotifyState::FdName(key)]);
        }
        for (key, listener) in kept {
            let state = [NotifyState::FdStore, NotifyState::FdName(key)];
            if let Err(error) = sd_notify::notify_with_fds(&state, &[listener.as_fd()]) {
                tracing::warn!("{key} can't be left for the next process: {error}");
            }
        }
    }

    /// The configuration is read again, until it [is ready](Self::has_reloaded) again.
    pub(super) fn reloads(&self) {
        if self.is_there {
            let now = NotifyState::monotonic_usec_now().ok();
            tell(&[NotifyState::Reloading].into_iter().chain(now).collect::<Vec<_>>());
        }
    }

    pub(super) fn has_reloaded(&self) {
        if self.is_there {
            tell(&[NotifyState::Ready]);
        }
    }

    /// It ends in good order, for which it may take so long.
    pub(super) fn stops(&self, within: Duration) {
        if self.is_there {
            let within = u32::try_from(within.as_micros()).unwrap_or(u32::MAX);
            tell(&[NotifyState::Stopping, NotifyState::ExtendTimeoutUsec(within)]);
        }
    }
}

/// Tells that the gateway lives, and how it stands, for as long as its engine answers in time.
async fn pulse(asking: Asking, watchdog: Option<Duration>) {
    let often = watchdog.map_or(OFTEN, |it| (it / 3).min(OFTEN)).max(Duration::from_millis(10));
    let mut beats = interval(often);
    beats.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut told = String::new();
    let mut heard = Instant::now();
    loop {
        beats.tick().await;
        let look = timeout(often, asking.look(|team, shared, now| said(&Status::new(team, shared, now))));
        let text = match look.await {
            Ok(Some(text)) => text,
            // It ends.
            Ok(None) => return,
            Err(_) => {
                tracing::error!("the engine has not answered for {:?}", heard.elapsed());
                continue;
            }
        };
        heard = Instant::now();
        if text != told {
            tell(&[NotifyState::Status(&text)]);
            told = text;
        }
        if watchdog.is_some() {
            tell(&[NotifyState::Watchdog]);
        }
    }
}

/// How the team stands, in a line.
fn said(status: &Status) -> String {
    match &status.team.reason {
        Some(reason) => format!("team {} is down: {reason}", status.team.name),
        None => format!(
            "team {}: {} of {} accounts get work",
            status.team.name,
            status.team.usable,
            status.accounts.len()
        ),
    }
}

/// Waits until systemd has done what it was told, or has none of it: it closes what comes with this.
fn wait_for_systemd() {
    let waited = std::io::pipe().and_then(|(mut reader, writer)| {
        sd_notify::notify_with_fds(&[NotifyState::Custom("BARRIER=1")], &[writer.as_fd()])?;
        drop(writer);
        let (done, is_done) = std::sync::mpsc::channel();
        std::thread::spawn(move || done.send(reader.read(&mut [0])));
        is_done.recv_timeout(DONE).map_err(std::io::Error::other)?
    });
    if let Err(error) = waited {
        tracing::debug!("systemd does not say that it is done: {error}");
    }
}

fn tell(state: &[NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(state) {
        tracing::debug!("systemd can't be told: {error}");
    }
}
