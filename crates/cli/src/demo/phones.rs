//! Stand-ins for accounts, and nothing else of the demo: puppet services of simulated phones on ports of their own, and people
//! who say "ding" to them, so that a gateway of one's own has somebody to talk to.

use std::{io, process::ExitCode};

use ha_wechaty_sim::{GroupChat, Participant, Person, Phone, World};

use super::{
    DemoError, Options,
    people::People,
    stage::{ACCOUNTS, CAST, TOPICS},
};

/// Serves them, one behind another from this port on, until somebody presses Ctrl-C.
pub(super) async fn serve(port: u16, options: &Options) -> Result<ExitCode, DemoError> {
    let stop = ha_wechaty_team::stop_signal().map_err(DemoError::Screen)?;
    let world = World::new(options.seed);
    let cast: Vec<Person> = CAST.iter().map(|name| world.person(name)).collect();
    let mut phones: Vec<Phone> = Vec::new();
    for (name, place) in ACCOUNTS.into_iter().zip(0..) {
        let port = port
            .checked_add(place)
            .ok_or_else(|| DemoError::Phone(io::Error::other("there is no such port")))?;
        let phone = world.phone(name).port(port).serve().await.map_err(DemoError::Phone)?;
        cast.iter().for_each(|person| world.befriend(person, &phone));
        phones.push(phone);
    }
    let rooms: Vec<GroupChat> = TOPICS
        .iter()
        .map(|topic| {
            let mut members: Vec<&dyn Participant> = cast.iter().map(|it| it as &dyn Participant).collect();
            members.extend(phones.iter().map(|it| it as &dyn Participant));
            world.room(topic, &members)
        })
        .collect();
    tell(&phones).map_err(DemoError::Screen)?;
    let mut people = People::new(&cast, &rooms, &phones, options.seed, options.quick);
    let talk = async {
        for number in 1.. {
            tokio::time::sleep(people.pause()).await;
            people.ask(number, true).say();
        }
    };
    tokio::select! {
        () = talk => {}
        () = stop => {}
    }
    Ok(ExitCode::SUCCESS)
}

/// What makes a team of them.
fn tell(phones: &[Phone]) -> io::Result<()> {
    use io::Write as _;
    let mut out = io::stdout().lock();
    writeln!(
        out,
        "Three stand-in accounts are there, until Ctrl-C; people ask them \"ding\". A team of them:"
    )?;
    write!(out, "  ha-wechaty init")?;
    for phone in phones {
        write!(out, " --account {}={}@{}", phone.name(), phone.token().reveal(), phone.addr())?;
    }
    writeln!(out)?;
    out.flush()
}
