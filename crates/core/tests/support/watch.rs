//! What must hold after every step, whatever happens.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use ha_wechaty_core::{
    AccountId, AccountSet, Aim, ClientId, Command, Event, Input, LinkFact, Note, Outcome, Phase, Routing,
    SendId, Team, Work,
};

use super::{ROOM, Turns};

/// What is known of the team from outside.
#[derive(Default)]
pub(crate) struct Watch {
    routing: Option<Arc<Routing>>,
    /// Dialled, and not lost since.
    dialled: BTreeSet<AccountId>,
    /// Whether the operator thinks that the team is up.
    up: bool,
    clients: BTreeMap<ClientId, Client>,
    unsure: BTreeSet<SendId>,
}

#[derive(Default)]
struct Client {
    logged_in: bool,
    messages: BTreeSet<String>,
}

impl Watch {
    pub(crate) fn routing(&self) -> &Arc<Routing> {
        self.routing.as_ref().expect("published at once")
    }

    pub(crate) fn hears(&mut self, input: &Input) {
        match input {
            Input::Link { account, fact: LinkFact::Lost { .. } } => {
                self.dialled.remove(account);
            }
            Input::BotConnected { client, .. } => {
                self.clients.insert(*client, Client::default());
            }
            Input::BotDisconnected { client } => {
                self.clients.remove(client);
            }
            Input::SendEnds { send, outcome: Outcome::Unsure, .. } => {
                self.unsure.insert(*send);
            }
            _ => {}
        }
    }

    pub(crate) fn sees(&mut self, team: &Team, command: &Command) {
        match command {
            Command::Publish(routing) => self.routing = Some(routing.clone()),
            Command::Connect { account } => {
                assert!(self.dialled.insert(*account), "dialled twice without a loss between");
                assert_eq!(team.accounts()[account.index()].phase(), &Phase::Connecting);
            }
            Command::Deliver { client, event } => self.is_given(*client, event),
            Command::Settle { send, .. } => assert!(self.unsure.remove(send), "settled what was sure"),
            Command::Note(Note::TeamRecovered { .. }) => assert!(!std::mem::replace(&mut self.up, true)),
            Command::Note(Note::TeamFailed { .. }) => assert!(std::mem::replace(&mut self.up, false)),
            Command::Join { known, copy } => assert_ne!(known, copy, "joined with itself"),
            _ => {}
        }
    }

    fn is_given(&mut self, client: ClientId, event: &Event) {
        let Some(client) = self.clients.get_mut(&client) else { panic!("{event:?} is for nobody") };
        match event {
            Event::Login { .. } => assert!(!client.logged_in, "a second login"),
            Event::Logout { .. } => assert!(client.logged_in, "a logout without a login"),
            Event::Scan(_) => assert!(!client.logged_in, "a scan while the team is up"),
            // The answer to its own ding.
            Event::Dong { .. } => {}
            _ => assert!(client.logged_in, "{event:?} while the team is down"),
        }
        match event {
            Event::Login { .. } => client.logged_in = true,
            Event::Logout { .. } => client.logged_in = false,
            Event::Message { id } => assert!(client.messages.insert(id.clone()), "{id} twice on one stream"),
            _ => {}
        }
    }

    /// All wishes are taken: outside, all is known that is known inside.
    pub(crate) fn rests(&self, team: &Team) {
        let accounts = team.accounts();
        let ids = || (0..accounts.len() as u8).map(AccountId);
        let named = |name: &str| -> AccountSet {
            ids().filter(|id| accounts[id.index()].phase().name() == name).collect()
        };
        let (routing, well) = (self.routing(), named("available"));
        let usable = if well.is_empty() { named("suspect") } else { well };
        assert_eq!(routing.available(), usable, "work goes to the well, or else to the suspect");
        assert_eq!((team.is_up(), self.up), (!usable.is_empty(), !usable.is_empty()));
        assert_eq!(routing.identity(), team.identity(), "calls know who is who");
        assert_eq!(routing.reach(ROOM), team.directory().reach(ROOM), "calls know who is where");
        let now = team.routing();
        for work in Work::ALL {
            let order = |routing: &Routing| routing.order(Aim::Anything, Some(work), &Turns::default());
            assert_eq!(order(routing), order(&now), "calls know whom to spare");
        }
        for (id, client) in &self.clients {
            assert_eq!(client.logged_in, team.is_up(), "{id:?} knows how the team stands");
        }
        assert_eq!(self.clients.len(), team.bots().connected());
    }
}
