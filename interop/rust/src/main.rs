//! A bot on the stock Rust SDK: it answers `ding`, and writes a line of JSON for whatever it is told.
//!
//!     WECHATY_PUPPET_SERVICE_ENDPOINT=http://127.0.0.1:8788 rust-bot
//!
//! The SDK shows no token: the gateway needs `tokenless = true` for one bot.

use std::{env, process::ExitCode};

use serde_json::{Value, json};
use wechaty::prelude::*;
use wechaty_puppet_service::PuppetService;

type Bot = Wechaty<PuppetService>;
type Context = WechatyContext<PuppetService>;

fn tell(line: Value) {
    println!("{line}");
}

fn main() -> ExitCode {
    wechaty_rt::System::new().block_on(run())
}

async fn run() -> ExitCode {
    let endpoint = env::var("WECHATY_PUPPET_SERVICE_ENDPOINT").ok();
    let token = env::var("WECHATY_PUPPET_SERVICE_TOKEN").ok();
    let puppet = match PuppetService::new(PuppetOptions { endpoint, timeout: None, token }).await {
        Ok(puppet) => puppet,
        Err(error) => {
            tell(json!({ "event": "refused", "why": error.to_string() }));
            return ExitCode::FAILURE;
        }
    };
    let mut bot: Bot = Wechaty::new(puppet);
    bot.on_login(|it: LoginPayload<PuppetService>, context: Context| async move {
        let contacts = context.contact_find_all(None).await.map(|all| all.len());
        tell(json!({ "event": "login", "id": it.contact.id(), "contacts": contacts.ok() }));
    })
    .on_logout(|it: LogoutPayload<PuppetService>, _: Context| async move {
        tell(json!({ "event": "logout", "id": it.contact.id() }));
    })
    .on_room_topic(|it: RoomTopicPayload<PuppetService>, _: Context| async move {
        tell(
            json!({ "event": "room-topic", "room": it.room.id(), "old": it.old_topic, "new": it.new_topic }),
        );
    })
    .on_message(|it: MessagePayload<PuppetService>, _: Context| async move {
        let mut message = it.message;
        let text = message.text().unwrap_or_default();
        tell(json!({
            "event": "message",
            "id": message.id(),
            "text": text,
            "talker": message.from().map(|it| it.id()),
            "room": message.room().map(|it| it.id()),
            "self": message.is_self(),
        }));
        if text == "ding" && !message.is_self() {
            match message.reply_text(String::from("dong")).await {
                Ok(said) => tell(json!({ "event": "said", "id": said.map(|it| it.id()) })),
                Err(error) => tell(json!({ "event": "unsaid", "why": error.to_string() })),
            }
        }
    });
    tell(json!({ "event": "connected" }));
    bot.start().await;
    ExitCode::SUCCESS
}
