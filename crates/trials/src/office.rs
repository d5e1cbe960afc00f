//! The operator: begins the gateway, changes the team while it works, kills it, and begins another one with what the one
//! before had written down.

use std::{
    net::{Ipv4Addr, SocketAddr},
    time::Duration,
};

use anyhow::{Context as _, Result};
use ha_wechaty::{
    Config, Gateway,
    config::{AccountConfig, AccountTls, Endpoint, Service},
};
use ha_wechaty_sim::Phone;
use tokio::{
    sync::mpsc::UnboundedReceiver,
    time::{Instant, sleep_until},
};
use tokio_util::sync::CancellationToken;

use crate::{doors::Door, heard::Heard, paper::Paper, schedule::ACCOUNTS};

/// What the operator wants.
pub(crate) enum Staff {
    /// This account is to be in the team.
    With(usize),
    /// It is not to be in it.
    Without(usize),
}

/// A death of the gateway.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Death {
    pub(crate) at: Instant,
    /// What it was told before this stood in its journal, whatever it was.
    pub(crate) frontier: Instant,
    /// When another one began.
    pub(crate) back: Instant,
    /// Whether that one went on from a snapshot, and not from the first note.
    pub(crate) from_snapshot: bool,
}

/// The operator, and the gateway that there is.
pub(crate) struct Office {
    config: Config,
    phones: Vec<Phone>,
    heard: Heard,
    paper: Option<Paper>,
    /// Where bots find whichever gateway there is.
    front: Door,
    wanted: [bool; ACCOUNTS.len()],
    /// None, while it is dead.
    life: Option<Life>,
    deaths: Vec<Death>,
}

/// A life of the gateway.
struct Life {
    gateway: Gateway,
    accounts: Vec<AccountConfig>,
    /// Between it and its accounts; none where it never dies.
    doors: Vec<Door>,
    cut: CancellationToken,
    from_snapshot: bool,
}

impl Office {
    /// Begins the first gateway.
    pub(crate) async fn open(
        config: Config,
        phones: &[Phone],
        paper: Option<Paper>,
        heard: Heard,
    ) -> Result<Self> {
        let (front, wanted) = (Door::new().await?, [true; ACCOUNTS.len()]);
        let life = Life::begin(&config, phones, paper.as_ref(), wanted).await?;
        front.leads(life.gateway.local_addr());
        let (phones, life, deaths) = (phones.to_vec(), Some(life), Vec::new());
        Ok(Self { config, phones, heard, paper, front, wanted, life, deaths })
    }

    /// Where bots connect.
    pub(crate) fn address(&self) -> SocketAddr {
        match (&self.paper, &self.life) {
            // One that never dies needs no door.
            (None, Some(life)) => life.gateway.local_addr(),
            _ => self.front.addr(),
        }
    }

    /// How many accounts of the team get work.
    pub(crate) fn available(&self) -> usize {
        self.life.as_ref().map_or(0, |life| life.gateway.routing().available().len())
    }

    /// Does what is wished, one after the other, and kills the gateway whatever is being done.
    pub(crate) async fn work(
        mut self,
        mut wishes: UnboundedReceiver<Staff>,
        mut deaths: UnboundedReceiver<Duration>,
    ) -> Result<Self> {
        loop {
            tokio::select! {
                biased;
                Some(away) = deaths.recv() => self.kills(away, &mut deaths).await?,
                wish = wishes.recv() => match wish {
                    Some(wish) => {
                        if let Some(away) = self.grant(wish, &mut deaths).await? {
                            self.kills(away, &mut deaths).await?;
                        }
                    }
                    None => return Ok(self),
                },
            }
        }
    }

    /// Ends the gateway in peace. Returns how often it died before.
    pub(crate) async fn close(self) -> Vec<Death> {
        if let Some(life) = self.life {
            life.gateway.shutdown().await;
        }
        self.deaths
    }

    /// Returns if the gateway is to die meanwhile, and for how long.
    async fn grant(
        &mut self,
        wish: Staff,
        deaths: &mut UnboundedReceiver<Duration>,
    ) -> Result<Option<Duration>> {
        let Life { gateway, accounts, .. } = self.life.as_mut().context("there is a gateway")?;
        let (Staff::With(account) | Staff::Without(account)) = wish;
        let is_wanted = matches!(wish, Staff::With(_));
        if std::mem::replace(&mut self.wanted[account], is_wanted) == is_wanted {
            return Ok(None);
        }
        if is_wanted {
            gateway.add(accounts[account].clone())?;
            return Ok(None);
        }
        tokio::select! {
            biased;
            Some(away) = deaths.recv() => Ok(Some(away)),
            removed = gateway.remove(ACCOUNTS[account]) => removed.map(|()| None).map_err(Into::into),
        }
    }

    async fn kills(&mut self, away: Duration, deaths: &mut UnboundedReceiver<Duration>) -> Result<()> {
        let paper = self.paper.as_ref().context("a gateway without a journal is not to die")?;
        let (at, frontier) = (Instant::now(), paper.frontier());
        self.heard.dies(frontier);
        self.front.shut();
        if let Some(life) = self.life.take() {
            life.dies();
        }
        sleep_until(at + away).await;
        // The dead can't be killed.
        while deaths.try_recv().is_ok() {}
        let back = Instant::now();
        let life = Life::begin(&self.config, &self.phones, Some(paper), self.wanted).await?;
        self.deaths.push(Death { at, frontier, back, from_snapshot: life.from_snapshot });
        self.front.leads(life.gateway.local_addr());
        self.life = Some(life);
        Ok(())
    }
}

impl Life {
    async fn begin(
        config: &Config,
        phones: &[Phone],
        paper: Option<&Paper>,
        wanted: [bool; ACCOUNTS.len()],
    ) -> Result<Self> {
        let (mut config, cut) = (config.clone(), CancellationToken::new());
        let (mut accounts, mut doors) = (Vec::new(), Vec::new());
        for phone in phones {
            let mut port = phone.addr().port();
            if paper.is_some() {
                let door = Door::new().await?;
                door.leads(phone.addr());
                port = door.addr().port();
                doors.push(door);
            }
            accounts.push(account(phone, port));
        }
        let are_wanted = accounts.iter().zip(wanted).filter(|(_, is_wanted)| *is_wanted);
        config.accounts = are_wanted.map(|(account, _)| account.clone()).collect();
        let (gateway, from_snapshot) = match paper {
            Some(paper) => {
                let opened = paper.open(cut.clone()).await?;
                let from_snapshot = opened.past.snapshot.is_some();
                (Gateway::with(config, opened).await?, from_snapshot)
            }
            None => (Gateway::start(config).await?, false),
        };
        Ok(Self { gateway, accounts, doors, cut, from_snapshot })
    }

    /// It is killed: whatever of it goes on, nobody hears of that.
    fn dies(self) {
        self.cut.cancel();
        self.doors.iter().for_each(Door::shut);
    }
}

fn account(phone: &Phone, port: u16) -> AccountConfig {
    let mut service = Service::new(phone.token().clone());
    service.endpoint = Some(Endpoint::new(Ipv4Addr::LOCALHOST.to_string(), port));
    service.tls = AccountTls::Off;
    AccountConfig::new(phone.name(), service)
}
