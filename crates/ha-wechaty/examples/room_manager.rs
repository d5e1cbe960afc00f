//! Looks after a room: lets in whoever asks for it, welcomes them, guards its topic, and removes who is told to
//! be removed by its owner.
//!
//! `cargo run -p ha-wechaty --example room_manager -- north=insecure_north@127.0.0.1:18801 …`

use ha_wechaty::{Builder, Text, config::ConfigError, prelude::*};

/// The room's topic, which nobody is to change.
const TOPIC: &str = "developers";
/// What to say to be let in.
const PASSWORD: &str = "let me in";

pub(crate) fn bot(team: Builder) -> Result<HaWechaty, ConfigError> {
    let ha = team.name("room-manager").build()?;
    let team = ha.clone();
    ha.on_message(move |message| {
        let ha = team.clone();
        async move { obey(&ha, message).await }
    });
    ha.on_friendship(|friendship| async move {
        if friendship.kind() == FriendshipKind::Receive && friendship.hello() == PASSWORD {
            friendship.accept().await?;
        }
        Ok::<_, Error>(())
    });
    ha.on_room_join(|join| async move {
        let welcome = join.invitees.iter().fold(text("welcome!"), Text::mentioning);
        join.room.say(welcome).await
    });
    ha.on_room_topic(|change| async move {
        let is_ours = change.changer.as_ref().is_some_and(Contact::is_self);
        if change.old == TOPIC && !is_ours {
            change.room.set_topic(TOPIC).await?;
            change.room.say(format!("this room is called {TOPIC}")).await?;
        }
        Ok::<_, Error>(())
    });
    Ok(ha)
}

async fn obey(ha: &HaWechaty, message: Message) -> Result<(), Error> {
    if message.is_self() {
        return Ok(());
    }
    let talker = message.talker();
    match message.room() {
        None if message.text() == PASSWORD => match ha.rooms().find(topic(TOPIC)).await? {
            Some(room) if room.has(&talker).await? => drop(message.reply("you are in already").await?),
            Some(room) => room.add(&talker).await?,
            None => drop(message.reply("there is no such room").await?),
        },
        Some(room) if message.mentions_self() => {
            let is_owner = room.owner().await?.is_some_and(|owner| owner == talker);
            let is_order = message.text_without_mentions().await?.starts_with("remove");
            let whom = message.mentions().into_iter().filter(|it| is_owner && is_order && !it.is_self());
            for contact in whom {
                room.remove(&contact).await?;
            }
        }
        _ => {}
    }
    Ok(())
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    bot(HaWechaty::from_env().account_args(std::env::args().skip(1)))?.run().await?;
    Ok(())
}
