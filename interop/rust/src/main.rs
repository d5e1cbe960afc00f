//! A bot on the stock Rust SDK: it answers `ding`, and writes a line of JSON for whatever it is told.
//!
//!     WECHATY_PUPPET_SERVICE_ENDPOINT=http://127.0.0.1:8788 rust-bot
//!
//! The SDK shows no token: the gateway needs `tokenless = true` for one bot.

use std::{env, process::ExitCode};

use serde_json::{Value, json};
use wechaty::prelude::*;
use wechaty_puppet::{Puppet, PuppetImpl as _};
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
    let mut bot: Bot = Wechaty::new(puppet.clone());
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
    .on_message(move |it: MessagePayload<PuppetService>, _: Context| answer(puppet.clone(), it.message));
    tell(json!({ "event": "connected" }));
    bot.start().await;
    ExitCode::SUCCESS
}

async fn answer(puppet: Puppet<PuppetService>, mut message: Message<PuppetService>) {
    let (text, room) = (message.text().unwrap_or_default(), message.room().map(|it| it.id()));
    tell(json!({
        "event": "message",
        "id": message.id(),
        "text": text,
        "talker": message.from().map(|it| it.id()),
        "room": room,
        "self": message.is_self(),
    }));
    if text != "ding" || message.is_self() {
        return;
    }
    let dong = String::from("dong");
    let said = match room {
        // Its own answer in a room is not written yet: it panics.
        Some(room) => {
            puppet.message_send_text(room, dong, Vec::new()).await.map_err(|error| error.to_string())
        }
        None => {
            let said = message.reply_text(dong).await;
            said.map(|it| it.map(|it| it.id())).map_err(|error| error.to_string())
        }
    };
    match said {
        Ok(id) => tell(json!({ "event": "said", "id": id })),
        Err(why) => tell(json!({ "event": "unsaid", "why": why })),
    }
}
