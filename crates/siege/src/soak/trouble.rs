//! What happens to accounts and bots.

use std::time::Duration;

use anyhow::Result;
use fastrand::Rng;
use ha_wechaty_sim::{Fault, RpcSelection};
use tokio::{sync::watch, time::sleep};
use tonic::Status;

use super::{
    bot::{Bots, Turn},
    town::{CORE, Town},
};
use crate::stage::Serve;

/// The guests join or leave so often.
const GUESTS: Duration = Duration::from_secs(12);

/// One account after the other is ill for a while, one at a time: that the team has nobody is another test.
pub(super) async fn accounts(town: Town, seed: u64, running: watch::Receiver<bool>) -> Result<()> {
    let mut rng = Rng::with_seed(seed ^ 0x0acc);
    while *running.borrow() {
        let Some(phone) = rng.choice(&town.phones[..=CORE]) else { return Ok(()) };
        let long = Duration::from_millis(rng.u64(200..6_000));
        let sends = || RpcSelection::Sends;
        let fault = match rng.u32(..10) {
            0 | 1 => Fault::Drop,
            2 => Fault::Hang,
            3 => Fault::LogOut("on the phone".into()),
            4 => Fault::Scan("https://l.invalid/soak".into()),
            5 => Fault::Deaf,
            6 => Fault::Slow(Duration::from_millis(rng.u64(10..500))),
            7 => Fault::Cut { calls: sends(), done: rng.bool(), times: rng.u32(1..4) },
            8 => Fault::Answer { calls: sends(), status: Status::internal("not now"), times: rng.u32(1..8) },
            // What an account shows twice at once can't be told from two, and is left to the trials.
            _ => Fault::StrayScan(5),
        };
        phone.fail(fault);
        sleep(long).await;
        phone.restore().await?;
        sleep(Duration::from_millis(rng.u64(200..3_000))).await;
    }
    Ok(())
}

/// Bots lose their connections, stop and start, stay away.
pub(super) async fn bots(bots: Bots, seed: u64, running: watch::Receiver<bool>) {
    let mut rng = Rng::with_seed(seed ^ 0x0b07);
    while *running.borrow() {
        sleep(Duration::from_millis(rng.u64(500..5_000))).await;
        let Some(bot) = rng.choice(bots.all()) else { return };
        let away = Duration::from_millis(rng.u64(..6_000));
        let turn = if rng.bool() { Turn::Cut(away) } else { Turn::Stop(away) };
        bot.turn(&mut rng, turn);
    }
}

/// Accounts that join the team and leave it, by a new configuration each time.
#[derive(Debug, Default)]
pub(super) struct Guests {
    changes: u32,
}

impl Guests {
    /// If it is time for that.
    pub(super) fn come_and_go(&mut self, town: &Town, serve: &Serve, so_far: Duration) -> Result<()> {
        if so_far >= GUESTS * (self.changes + 1) {
            self.changes += 1;
            serve.reload(&town.config(self.changes.is_multiple_of(2)))?;
        }
        Ok(())
    }

    /// In the end all are there.
    pub(super) fn all_back(&self, town: &Town, serve: &Serve) -> Result<()> {
        serve.reload(&town.config(true))
    }
}
