//! Answers what is asked often; what it does not know it passes on to a person, and that person's answer back.
//!
//! `cargo run -p ha-wechaty --example faq_bot -- north=insecure_north@127.0.0.1:18801 …`

use std::sync::{Arc, Mutex, PoisonError};

use ha_wechaty::{Builder, config::ConfigError, prelude::*};

/// What is asked often: words that a question has in it, and the answer.
const FAQ: [(&[&str], &str); 3] = [
    (&["install", "setup"], "npm install, then npm start: https://example.com/install"),
    (&["token"], "Tokens are given out here: https://example.com/token"),
    (&["price", "cost"], "It is free."),
];

/// The alias of the person who knows the rest.
const EXPERT: &str = "expert";

/// What the expert was asked, the last one last.
type Open = Arc<Mutex<Vec<Message>>>;

pub(crate) fn bot(team: Builder) -> Result<HaWechaty, ConfigError> {
    let ha = team.name("faq-bot").build()?;
    let (open, team) = (Open::default(), ha.clone());
    ha.on_message(move |message| {
        let (ha, open) = (team.clone(), open.clone());
        async move { answer(&ha, &open, message).await }
    });
    Ok(ha)
}

async fn answer(ha: &HaWechaty, open: &Open, message: Message) -> Result<(), Error> {
    let is_asked = message.room().is_none() || message.mentions_self();
    if message.is_self() || message.kind() != MessageType::Text || !is_asked {
        return Ok(());
    }
    if message.talker().alias().await?.as_deref() == Some(EXPERT) {
        return pass_back(open, &message).await;
    }
    let question = message.text_without_mentions().await?.to_lowercase();
    let known = FAQ.iter().find(|(words, _)| words.iter().any(|word| question.contains(word)));
    let answer = match known {
        Some((_, answer)) => *answer,
        None => match ha.contacts().find(alias(EXPERT)).await? {
            Some(expert) => {
                expert.say(format!("Somebody asks: {question}")).await?;
                open.lock().unwrap_or_else(PoisonError::into_inner).push(message.clone());
                "I don't know, but I know somebody who does: please wait."
            }
            None => "I don't know.",
        },
    };
    match message.room() {
        Some(room) => room.say(text(answer).mentioning(&message.talker())).await?,
        None => message.reply(answer).await?,
    };
    Ok(())
}

/// What the expert says is for whoever asked last.
async fn pass_back(open: &Open, message: &Message) -> Result<(), Error> {
    let asked = open.lock().unwrap_or_else(PoisonError::into_inner).pop();
    if let Some(asked) = asked {
        asked.reply(message.text()).await?;
    }
    Ok(())
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    bot(HaWechaty::from_env().account_args(std::env::args().skip(1)))?.run().await?;
    Ok(())
}
