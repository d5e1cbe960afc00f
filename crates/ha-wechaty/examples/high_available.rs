//! The program of the README, word for word.
#![allow(clippy::print_stdout, reason = "a program for people")]

use ha_wechaty::prelude::*;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let ha = HaWechaty::builder()
        .name("high-available-wechaty")
        .account(Account::service("hostie-token").endpoint("127.0.0.1:18801"))
        .account(Account::puppet("wechaty-puppet-padlocal").token("padlocal-token"))
        .build()?;
    let mut messages = ha.messages();
    ha.start().await?;
    // Until the first account is there; `ha.nodes()` says what each one waits for.
    ha.ready().await?;
    if let Some(room) = ha.rooms().find(topic("ding room")).await? {
        let sent = room.say("ding").await?;
        println!("{} said it", sent.account);
    }
    while let Some(message) = messages.next().await {
        if message.text() == "ding" && !message.is_self() {
            message.reply("dong").await?;
        }
    }
    Ok(())
}
