//! What the hop through the gateway costs: the same sends, directly to an account and through the gateway, in turns in
//! one run.
#![allow(missing_docs, clippy::expect_used, reason = "a bench, which may end at once")]

use std::time::{Duration, Instant};

use ha_wechaty_bench::Bench;
use ha_wechaty_config::{AccountTls, Provider};
use ha_wechaty_testkit::{Bot, Setup, TOKEN};
use ha_wechaty_transport::Connection;
use ha_wechaty_wire::{Token, puppet::MessageSendTextRequest};

const AT_ONCE: usize = 32;

#[tokio::main]
async fn main() {
    let mut bench = Bench::called("hop");
    if !bench.is_wanted() {
        return;
    }
    let (rounds, sends) = (bench.size(7, 1), bench.size(2_000, 64));
    let house = Setup::new("ossbot").accounts(&["north"]).phones(|phone| phone.tls(false)).config(|config| {
        config.admin.listen = None;
        for account in &mut config.accounts {
            let Provider::Service(service) = &mut account.provider else { continue };
            service.tls = AccountTls::Off;
        }
    });
    let house = house.start().await;
    let phone = &house.phones[0];
    let direct = Bot::dial(phone.addr(), phone.token()).await;
    let through = Bot::dial(house.gateway.local_addr(), &Token::new(TOKEN)).await;
    for at_once in [1, AT_ONCE] {
        let (mut directly, mut hopped) = (Vec::new(), Vec::new());
        for _ in 0..rounds {
            directly.push(round(&direct, house.alice.id(), sends, at_once).await);
            hopped.push(round(&through, house.alice.id(), sends, at_once).await);
        }
        let (direct, hop) = (median(directly), median(hopped));
        let per_second = |round: Duration| sends as f64 / round.as_secs_f64();
        bench.tell(&format!("directly, {at_once} at once"), per_second(direct), "sends/s");
        bench.tell(&format!("through the gateway, {at_once} at once"), per_second(hop), "sends/s");
        let each = |round: Duration| round.as_secs_f64() * 1e6 * at_once as f64 / sends as f64;
        bench.tell(&format!("what the gateway adds, {at_once} at once"), each(hop) - each(direct), "µs/send");
    }
}

/// How long it takes to send all, so many at once.
async fn round(connection: &Connection, to: &str, sends: usize, at_once: usize) -> Duration {
    let begun = Instant::now();
    let lanes = (0..at_once).map(|_| {
        let (mut puppet, to) = (connection.puppet(), to.to_owned());
        tokio::spawn(async move {
            for _ in 0..sends / at_once {
                let request = MessageSendTextRequest {
                    conversation_id: to.clone(),
                    text: "dong".into(),
                    ..Default::default()
                };
                puppet.message_send_text(request).await.expect("sent");
            }
        })
    });
    for lane in lanes.collect::<Vec<_>>() {
        lane.await.expect("no panic");
    }
    begun.elapsed()
}

fn median(mut rounds: Vec<Duration>) -> Duration {
    rounds.sort();
    rounds[rounds.len() / 2]
}
