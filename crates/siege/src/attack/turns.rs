//! Row 5: one bot has 1,200 sends waiting; another one wants to say something, and answers somebody.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use ha_wechaty::transport::Connection;
use ha_wechaty_sim::Participant;
use ha_wechaty_wire::puppet::{EventRequest, MessageSendTextRequest};
use tokio::{
    task::JoinSet,
    time::{sleep, timeout},
};
use tonic::Status;

use super::{
    figure::{Figure, Figures, Unit},
    pulse::connect,
    scene::{BAD_BOT, BOT, Ground, Scene},
};
use crate::stage::Descriptors;

const ANSWER: Duration = Duration::from_secs(30);

pub(super) async fn attack(ground: Ground<'_>) -> Result<Vec<Figure>> {
    let mut figures = Figures::of(ground, "5 a broadcast of one bot");
    // All accounts together may say thirty in a second.
    let pace = "enabled = true\nmessages = \"5/500ms\"\nper_conversation = \"1/10ms\"\nmax_wait = \"100s\"";
    let scene = ground.scene(&[("pace", pace)], Descriptors::Many).await?;
    let rooms: Vec<String> = (0..53).map(|number| room(&scene, number)).collect();
    let (loud, quiet) =
        (connect(scene.serve.gateway, BAD_BOT).await?, connect(scene.serve.gateway, BOT).await?);
    let attack = async {
        let _broadcast = say_all(&loud, &rooms[..24], 50, "broadcast");
        while scene.serve.status().await?.team.waiting < 900 {
            sleep(Duration::from_millis(10)).await;
        }
        let _events = quiet.puppet().event(EventRequest::default()).await?;
        let mut others = say_all(&quiet, &rooms[24..], 2, "word");
        scene.alice.says(&scene.room, "hello?");
        let begun = Instant::now();
        let request = request(scene.room.id(), "here I am");
        let answer = timeout(ANSWER, quiet.puppet().message_send_text(request)).await;
        let answered = if matches!(answer, Ok(Ok(_))) { begun.elapsed() } else { ANSWER };
        let mut refused = 0;
        while let Some(said) = others.join_next().await {
            refused += usize::from(said?.is_err());
        }
        Ok((refused, answered, begun.elapsed()))
    };
    let ((refused, answered, all), toll) =
        timeout(ANSWER * 4, scene.toll(Duration::ZERO, attack)).await.context("no turn")??;
    let milliseconds = |it: Duration| it.as_secs_f64() * 1_000.0;
    figures.count("another bot's sends refused, of 58", "58", refused, 0);
    figures.add("another bot's answer", "never", Unit::Milliseconds, milliseconds(answered), 3_000.0);
    figures.add("all of another bot's sends", "never", Unit::Milliseconds, milliseconds(all), 20_000.0);
    figures.beat(&toll, "", 100.0);
    Ok(figures.all())
}

fn room(scene: &Scene, number: usize) -> String {
    let people = [&scene.alice as &dyn Participant];
    let members: Vec<_> =
        people.into_iter().chain(scene.phones.iter().map(|it| it as &dyn Participant)).collect();
    scene.world.room(&format!("room {number}"), &members).id().to_owned()
}

fn request(conversation: &str, text: &str) -> MessageSendTextRequest {
    let (conversation_id, text) = (conversation.to_owned(), text.to_owned());
    MessageSendTextRequest { conversation_id, text, mentional_ids: Vec::new(), ..Default::default() }
}

/// So many texts into each of these rooms, all at once.
fn say_all(bot: &Connection, rooms: &[String], each: usize, what: &str) -> JoinSet<Result<(), Status>> {
    let mut calls = JoinSet::new();
    for number in 0..each {
        for room in rooms {
            let (mut puppet, request) = (bot.puppet(), request(room, &format!("{what} {number}")));
            calls.spawn(async move { puppet.message_send_text(request).await.map(|_| ()) });
        }
    }
    calls
}
