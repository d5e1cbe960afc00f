//! What must hold after every step, whatever happens. The fuzzer of the core (`crates/fuzz`) holds it to the same.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};

use ha_wechaty_core::{
    AccountId, AccountSet, Aim, ClientId, Command, Hold, Input, LinkFact, Notice, Phase, Routing, SendId,
    SendResult, Standing, Team, Time, WeChatEvent, Withdrawn, Work,
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
    begun: BTreeSet<SendId>,
    unsure: BTreeSet<SendId>,
    /// Whom an operator has just seen to.
    hand: Option<AccountId>,
    /// The configuration is another one: streams may have ended by that.
    has_followed: bool,
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
        self.has_followed |= matches!(input, Input::Follows { .. });
        self.hand = if let Input::Hand { account, .. } = input { Some(*account) } else { None };
        if let Input::Link { account, fact: LinkFact::Lost { .. } | LinkFact::Taken { .. } }
        | Input::Leaves { account } = input
        {
            self.dialled.remove(account);
        } else if let Input::BotConnected { client, .. } = input {
            self.clients.insert(*client, Client::default());
        } else if let Input::Restarts { .. } = input {
            // Another process looks on now. What was begun and not ended nobody knows.
            self.dialled.clear();
            self.clients.clear();
            self.up = false;
            self.unsure.append(&mut self.begun);
        } else if let Input::SendBegins { send, .. } = input {
            self.begun.insert(*send);
        } else if let Input::BotDisconnected { client } = input {
            self.clients.remove(client);
        } else if let Input::LoggedOut { client } = input {
            self.clients.entry(*client).and_modify(|client| client.logged_in = false);
        } else if let Input::SendEnds { send, outcome, .. } = input {
            self.begun.remove(send);
            if let SendResult::Unsure { .. } = outcome {
                self.unsure.insert(*send);
            }
        }
    }

    pub(crate) fn sees(&mut self, team: &Team, command: &Command) {
        for account in asked(command) {
            assert_ne!(team.accounts()[account.index()].phase(), &Phase::Removed, "{command:?}");
        }
        if let Command::Ding { account, .. }
        | Command::PuppetDing { account }
        | Command::Reset { account }
        | Command::Evict { account } = command
        {
            let is_let_be = is_let_be(team, *account);
            assert!(!is_let_be || self.hand == Some(*account), "{command:?} of one in maintenance");
        }
        match command {
            Command::Publish(routing) => self.routing = Some(routing.clone()),
            Command::Connect { account } | Command::Evict { account } => {
                assert!(self.dialled.insert(*account), "dialled twice without a loss between");
                assert_eq!(team.accounts()[account.index()].phase(), &Phase::Connecting);
            }
            Command::Deliver { client, event, .. } => self.is_given(*client, event),
            Command::Settle { send, .. } => assert!(self.unsure.remove(send), "settled what was sure"),
            Command::Note(Notice::TeamRecovered { .. }) => assert!(!std::mem::replace(&mut self.up, true)),
            Command::Note(Notice::TeamFailed { .. }) => assert!(std::mem::replace(&mut self.up, false)),
            Command::Join { known, copy } => assert_ne!(known, copy, "joined with itself"),
            Command::Learn { .. }
            | Command::ReadRoom { .. }
            | Command::Invite { .. }
            | Command::AcceptInvitation { .. }
            | Command::Ding { .. }
            | Command::PuppetDing { .. }
            | Command::Reopen { .. }
            | Command::Reset { .. }
            | Command::Logout { .. }
            | Command::Late { .. }
            | Command::Tell(_)
            | Command::Note(_) => {}
        }
    }

    fn is_given(&mut self, client: ClientId, event: &WeChatEvent) {
        let Some(client) = self.clients.get_mut(&client) else { panic!("{event:?} is for nobody") };
        match event {
            WeChatEvent::Login { .. } => assert!(!client.logged_in, "a second login"),
            WeChatEvent::Logout { .. } => assert!(client.logged_in, "a logout without a login"),
            WeChatEvent::Scan(_) => assert!(!client.logged_in, "a scan while the team is up"),
            // The answer to its own ding.
            WeChatEvent::Dong { .. } => {}
            // It concerns one account, whoever else works.
            WeChatEvent::Challenge(_) => {}
            WeChatEvent::Message { .. }
            | WeChatEvent::Friendship { .. }
            | WeChatEvent::RoomInvite { .. }
            | WeChatEvent::Post { .. }
            | WeChatEvent::RoomJoin(_)
            | WeChatEvent::RoomLeave(_)
            | WeChatEvent::RoomTopic { .. }
            | WeChatEvent::RoomAnnounce { .. }
            | WeChatEvent::Tag(_)
            | WeChatEvent::TagGroup(_)
            | WeChatEvent::PostComment { .. }
            | WeChatEvent::PostTap { .. }
            | WeChatEvent::Dirty { .. }
            | WeChatEvent::Ready => assert!(client.logged_in, "{event:?} while the team is down"),
        }
        if let WeChatEvent::Login { .. } = event {
            client.logged_in = true;
        } else if let WeChatEvent::Logout { .. } = event {
            client.logged_in = false;
        } else if let WeChatEvent::Message { id } = event {
            assert!(client.messages.insert(id.clone()), "{id} twice on one stream");
        }
    }

    /// All wishes are taken: outside, all is known that is known inside.
    pub(crate) fn rests(&mut self, team: &Team, now: Time) {
        self.hand = None;
        if std::mem::take(&mut self.has_followed) {
            let open: BTreeSet<ClientId> = team.bots().clients().collect();
            self.clients.retain(|client, _| open.contains(client));
        }
        let accounts = team.accounts();
        let ids = || AccountId::first(accounts.len());
        let standing = |it: Standing| -> AccountSet {
            ids().filter(|id| accounts[id.index()].phase().standing() == it).collect()
        };
        let (routing, well) = (self.routing().clone(), standing(Standing::Available));
        let suspect: AccountSet = ids().filter(|id| accounts[id.index()].is_suspect()).collect();
        let benefit: AccountSet = ids().filter(|id| accounts[id.index()].has_benefit()).collect();
        let off: AccountSet = ids().filter(|id| accounts[id.index()].is_withdrawn()).collect();
        assert!(standing(Standing::Removed).and(off).is_empty(), "one that has left is kept from nothing");
        let able = [well, suspect, benefit]
            .map(|it| it.without(off))
            .into_iter()
            .find(|it| !it.is_empty())
            .unwrap_or_default();
        let is_first = |it: &AccountId| team.identity().same_person(*it).and(able).iter().next() == Some(*it);
        let usable: AccountSet = able.iter().filter(is_first).collect();
        assert_eq!(
            routing.available(),
            usable,
            "work goes to the well, or else to the suspect, or else to those in doubt"
        );
        assert_eq!((team.is_up(), self.up), (!usable.is_empty(), !usable.is_empty()));
        assert_eq!(routing.identity(), team.identity(), "calls know who is who");
        assert_eq!(routing.reach(ROOM), team.directory().reach(ROOM), "calls know who is where");
        self.forgets(team, now, standing(Standing::Removed));
        let current = team.routing();
        for work in Work::ALL {
            let order = |routing: &Routing| routing.order(Aim::Anything, Some(work), &Turns::default());
            assert_eq!(order(&routing), order(&current), "calls know whom to spare");
        }
        for (id, client) in &self.clients {
            assert_eq!(client.logged_in, team.is_greeted_at(*id), "{id:?} knows how the team stands");
        }
        let is_over = team.is_up() || now - team.since() <= Duration::from_secs(5);
        assert!(is_over || !team.is_greeted(), "nobody is logged in for long at a team that is down");
        assert_eq!(self.clients.len(), team.bots().connected());
    }

    /// Nobody counts on those that have left.
    fn forgets(&self, team: &Team, now: Time, left: AccountSet) {
        let routing = self.routing();
        for id in AccountId::first(team.accounts().len()) {
            assert_eq!(routing.has_left(id), left.contains(id));
        }
        if left.is_empty() {
            return;
        }
        for aim in [Aim::Anything, Aim::Oneself, Aim::Say(ROOM), Aim::See("alice"), Aim::Rule(ROOM)] {
            let order: AccountSet = routing.order(aim, None, &Turns::default()).into_iter().collect();
            assert!(order.and(left).is_empty(), "{aim:?} is for {order:?}");
        }
        assert_eq!(routing.outage_of(left), "", "nobody waits for one that does not come back");
        for reach in team.rooms().map(|it| it.reach).chain([routing.reach("alice"), routing.reach(ROOM)]) {
            let ranks: AccountSet = reach.last.into_iter().chain(reach.owner).collect();
            let all = reach.yes.or(reach.no).or(reach.admins).or(ranks);
            assert!(all.and(left).is_empty(), "{reach:?}");
        }
        for it in team.invitations(now) {
            let by = match it.step {
                Ok(by) | Err(Hold::Asked(by)) => Some(by),
                Err(_) => None,
            };
            assert!(!left.contains(it.teammate) && by.is_none_or(|by| !left.contains(by)), "{it:?}");
        }
    }
}

/// Whether an operator sees to an account.
fn is_let_be(team: &Team, account: AccountId) -> bool {
    let withdrawal = team.accounts()[account.index()].withdrawal();
    withdrawal.is_some_and(|it| it.how == Withdrawn::Maintenance)
}

/// The accounts that a wish is about to be asked of, or that are to be brought somewhere.
fn asked(command: &Command) -> Vec<AccountId> {
    match command {
        Command::Invite { account, teammate, .. } => vec![*account, *teammate],
        Command::Connect { account }
        | Command::Evict { account }
        | Command::Learn { account }
        | Command::ReadRoom { account, .. }
        | Command::AcceptInvitation { account, .. }
        | Command::Ding { account, .. }
        | Command::PuppetDing { account }
        | Command::Reopen { account }
        | Command::Reset { account }
        | Command::Logout { account } => vec![*account],
        Command::Deliver { .. }
        | Command::Late { .. }
        | Command::Join { .. }
        | Command::Settle { .. }
        | Command::Publish(_)
        | Command::Tell(_)
        | Command::Note(_) => Vec::new(),
    }
}
