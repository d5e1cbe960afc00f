//! What the hop through the gateway costs: the same sends, directly to an account and through the gateway, in
//! turns in one run. `cargo run --release -p ha-wechaty --example hop`
#![allow(clippy::print_stdout, clippy::expect_used, reason = "a program for people, which may end at once")]

use std::time::{Duration, Instant};

use ha_wechaty::{
    Config, Gateway,
    config::{Account, AccountTls, Bot, Endpoint, GatewayTls, Service},
    transport::{Address, Connection, Security, Target, dial},
};
use ha_wechaty_sim::World;
use ha_wechaty_wire::{Token, puppet::MessageSendTextRequest};

const ROUNDS: usize = 7;
const SENDS: usize = 2_000;
const AT_ONCE: usize = 32;

#[tokio::main]
async fn main() {
    let world = World::new(1);
    let alice = world.person("alice");
    let phone = world.phone("north").token("insecure_north").tls(false).serve().await.expect("a port");
    world.befriend(&alice, &phone);
    let mut config = Config::new("ossbot");
    config.gateway.listen = "127.0.0.1:0".parse().expect("an address");
    config.gateway.tls = GatewayTls::Off;
    config.admin.listen = None;
    config.pace.enabled = false;
    config.bots.push(Bot::new("main", Token::new("insecure_bot")));
    let mut service = Service::new(phone.token().clone()).at(Endpoint::new("127.0.0.1", phone.addr().port()));
    service.tls = AccountTls::Off;
    config.accounts.push(Account::new("north", service));
    let gateway = Gateway::start(config).await.expect("a gateway");
    let direct = connect(phone.addr().port(), phone.token().reveal()).await;
    let through = connect(gateway.local_addr().port(), "insecure_bot").await;
    world.until(|| phone.is_streaming()).await;
    while gateway.routing().available().is_empty() {
        tokio::task::yield_now().await;
    }

    println!("{SENDS} sends a round, {ROUNDS} rounds in turns; medians");
    for at_once in [1, AT_ONCE] {
        let (mut directly, mut hopped) = (Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            directly.push(round(&direct, alice.id(), at_once).await);
            hopped.push(round(&through, alice.id(), at_once).await);
        }
        let (direct, hop) = (median(directly), median(hopped));
        println!(
            "{at_once:>3} at once: direct {:>7.0}/s ({:>4.0} µs each)   gateway {:>7.0}/s ({:>4.0} µs each)   ratio {:.2}",
            SENDS as f64 / direct.as_secs_f64(),
            each(direct, at_once),
            SENDS as f64 / hop.as_secs_f64(),
            each(hop, at_once),
            hop.as_secs_f64() / direct.as_secs_f64(),
        );
    }
    gateway.shutdown().await;
}

async fn connect(port: u16, token: &str) -> Connection {
    let target = Target {
        token: Token::new(token),
        address: Address::Endpoint { host: "127.0.0.1".into(), port },
        security: Security::Plaintext,
        keepalive: Duration::from_secs(10),
        max_message: 80 << 20,
    };
    dial(&target).await.expect("a connection")
}

/// How long it takes to send all, so many at once.
async fn round(connection: &Connection, to: &str, at_once: usize) -> Duration {
    let begun = Instant::now();
    let lanes = (0..at_once).map(|_| {
        let (mut puppet, to) = (connection.puppet(), to.to_owned());
        tokio::spawn(async move {
            for _ in 0..SENDS / at_once {
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

fn each(round: Duration, at_once: usize) -> f64 {
    round.as_secs_f64() * 1e6 * at_once as f64 / SENDS as f64
}
