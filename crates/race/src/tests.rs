//! Callers and accounts, with nobody between them.

use std::{path::Path, time::Duration};

use crate::{
    caller::{Ask, Steady, call, connect, flood, request, steady},
    contender::{Builds, Contender, Kind},
    events,
    scenario::Scenario,
};

const MOMENT: Duration = Duration::from_millis(200);

async fn direct() -> Contender {
    let nowhere = Path::new("nowhere");
    let builds = Builds { gateway: nowhere, beside: None, stock: nowhere };
    Contender::start(Kind::Direct, builds, None).await.expect("accounts")
}

#[tokio::test]
async fn each_call_of_a_flood_reaches_an_account_and_is_counted() {
    let direct = direct().await;
    // More than one body: it is our own caller that floods.
    let scenario = Scenario::SendMany;
    let (ask, load) = (scenario.ask(Kind::Direct), scenario.terms().load);
    let flood = flood(&direct.door, &ask, load, MOMENT, Path::new("nowhere")).await.expect("answers");
    assert!(flood.calls > 0);
    assert_eq!(flood.calls, direct.town.calls());
    assert!(direct.taken().await.expect("it lives") > Duration::ZERO);
}

#[tokio::test]
async fn a_steady_caller_calls_as_often_as_it_is_to() {
    let direct = direct().await;
    let how = Steady { per_second: 100, connections: 2, lasts: MOMENT };
    let took = steady(&direct.door, &Scenario::Contact.ask(Kind::Direct), how).await.expect("answers");
    assert_eq!((took.len(), direct.town.calls()), (20, 20));
}

#[tokio::test]
async fn each_message_that_is_told_is_asked_for_once() {
    let mut direct = direct().await;
    let sample = events::sample(200, Duration::from_secs(1), &mut direct).await.expect("all of them");
    assert_eq!((sample.calls, sample.took.len()), (200, 200));
    // The stream was opened by one more.
    assert_eq!(direct.town.calls(), 201);
}

#[tokio::test]
async fn files_go_up_and_come_down_whole() {
    let direct = direct().await;
    let here = tokio::task::LocalSet::new();
    let asked = here.run_until(async {
        let connection = connect(&direct.door).await?;
        let mut sizes = Vec::new();
        for scenario in [Scenario::Up, Scenario::Down] {
            let ask: Ask = scenario.ask(Kind::Direct);
            let body = ask.bodies[0].clone();
            sizes.push(call(connection.clone(), request(&direct.door, &ask, 0)?, body).await?);
        }
        anyhow::Ok(sizes)
    });
    let sizes = asked.await.expect("answers");
    assert!(sizes[0] < 100 && sizes[1] > crate::town::FILE, "{sizes:?}");
}
