//! Three phones and a chatty person for any puppet client to try: `cargo run -p ha-wechaty-sim --example
//! three_phones` prints the endpoints and tokens. Alice says `ding` in the room every five seconds; what she
//! sees is printed.

#![allow(clippy::print_stdout, reason = "its output is what it is for")]

use std::time::Duration;

use ha_wechaty_sim::World;

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let world = World::new(42);
    let alice = world.person("alice");
    let mut phones = Vec::new();
    for (name, tls) in [("north", true), ("south", true), ("plain", false)] {
        let phone = world.phone(name).tls(tls).serve().await?;
        alice.befriends(&phone);
        let (addr, token) = (phone.addr(), phone.token().reveal());
        println!("{name}: endpoint {addr}, token {token}, {}", if tls { "TLS" } else { "plaintext" });
        phones.push(phone);
    }
    let room = world.room("ding room", &[&alice, &phones[0], &phones[1], &phones[2]]);
    println!("room {}", room.id());
    let mut eyes = alice.watch();
    let mut clock = tokio::time::interval(Duration::from_secs(5));
    loop {
        tokio::select! {
            _ = clock.tick() => {
                alice.says(&room, "ding");
            }
            Some(seen) = eyes.recv() => {
                println!("{} said: {:?}", seen.account.as_deref().unwrap_or(&seen.from), seen.content);
            }
        }
    }
}
