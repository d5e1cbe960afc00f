//! What single functions take. Each name says what one call is.
#![allow(missing_docs, clippy::expect_used, reason = "benches")]

mod dedup;
mod events;
mod pace;
mod rewriting;
mod routing;
#[path = "../../../core/tests/support/mod.rs"]
mod support;

use std::time::Duration;

use criterion::Criterion;
use ha_wechaty_core::{Member, Setup};

/// A team of so many accounts, all available and in one room.
fn team(accounts: usize, setup: Setup) -> support::World {
    let first = setup.accounts[0].clone();
    let accounts = (0..accounts).map(|n| Member { name: format!("account-{n}"), ..first.clone() }).collect();
    let setup = Setup { accounts, ..setup };
    let mut world = support::World::with(&setup, 1);
    world.step();
    for account in ha_wechaty_core::AccountId::first(setup.accounts.len()) {
        world.link(account, ha_wechaty_core::LinkFact::Opened);
        let contact_id = format!("wxid_{}", account.index());
        world.link(account, ha_wechaty_core::LinkFact::Login { contact_id });
        let rooms = Some(vec![support::ROOM.into()]);
        world.tell(ha_wechaty_core::Input::Lists { account, contacts: None, rooms });
    }
    world
}

fn main() {
    let mut criterion = Criterion::default()
        .without_plots()
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(2))
        .sample_size(50)
        .configure_from_args();
    routing::benches(&mut criterion);
    dedup::benches(&mut criterion);
    pace::benches(&mut criterion);
    events::benches(&mut criterion);
    rewriting::benches(&mut criterion);
    criterion.final_summary();
}
