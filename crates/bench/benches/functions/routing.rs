//! Who is tried for a call, and in which order: this stands before every call.

use std::{cell::Cell, hint::black_box};

use criterion::Criterion;
use ha_wechaty_core::{AccountId, AccountSet, Aim, Draw, Policy, Round, Setup};

use super::{
    support::{ROOM, setup},
    team,
};

/// Tickets that count up.
#[derive(Default)]
struct Tickets(Cell<u64>);

impl Draw for Tickets {
    fn ticket(&self, _: AccountSet, _: Round) -> u64 {
        self.0.replace(self.0.get() + 1)
    }

    fn random(&self) -> u64 {
        self.0.replace(self.0.get().wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(1))
    }

    fn load(&self, account: AccountId) -> u64 {
        account.index() as u64
    }
}

pub(super) fn benches(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("routing");
    for accounts in [3, 10, 64] {
        let world = team(accounts, Setup { policy: Policy::RoundRobin, ..setup(1) });
        let (routing, tickets) = (world.routing(), Tickets::default());
        assert_eq!(routing.available().len(), accounts);
        group.bench_function(format!("an order to say, {accounts} accounts"), |bencher| {
            bencher.iter(|| routing.order(black_box(Aim::Say(ROOM)), None, &tickets));
        });
    }
    group.finish();
}
