//! What the team holds, on the ground: nothing here knows who decides from it, and what waits here waits for room or for its turn.
//!
//! | part | what it holds | who decides from it |
//! |---|---|---|
//! | [`clock`] | what time it is | all |
//! | [`facts`] | what the core is told, and the view that it publishes | all |
//! | [`limits`] | how long calls may take, how large messages may be | who asks accounts, who reads requests |
//! | [`accounts`] | who is in the team, how each is reached, what it can be asked | who asks accounts; the engine |
//! | [`bots`] | tokens, and open event streams | the gateway's door; the engine |
//! | [`knowledge`] | messages, names, which accounts know of a change | calls; what accounts tell |
//! | [`sending`] | the queue, and sends whose end is not known | calls that send; the engine |
//! | [`transit`] | what requests and answers weigh, and the spool | who reads requests |
//! | [`underway`] | what calls under way have in common | calls |
//! | [`records`], [`sends`] | numbers, the ledger, lines of the log | operators |
//! | [`backlog`], [`budget`], [`bounded`] | how much of something may be held, and who counts it | the parts themselves |
//!
//! A part is taken by whoever needs it. [`Shared`] is for those that hand parts on: a call, a link, the engine.

pub mod accounts;
pub mod backlog;
pub mod bots;
pub mod bounded;
pub mod budget;
pub mod clock;
pub mod facts;
pub mod knowledge;
pub mod limits;
pub mod records;
pub mod sending;
pub mod sends;
pub mod transit;
pub mod underway;

use std::{io, sync::Arc};

use arc_swap::ArcSwap;
use ha_wechaty_config::Config;
use ha_wechaty_core::{ClientId, Input, MessageCopy, NextNumbers, SendResult};

use self::{
    accounts::AccountSide,
    bots::{BotSide, Places},
    clock::Clock,
    facts::CoreHandle,
    knowledge::{Knowledge, PageRecord},
    limits::Limits,
    records::Records,
    sending::Sending,
    transit::Transit,
    underway::Underway,
};
use crate::schema::Schema;

/// All that the team holds, by its parts. The core is not among them: there is a handle, by which it is told facts, and its view
/// is read.
#[derive(Debug)]
pub struct Shared {
    /// As it was at the start, but for its accounts: they come and go, see [`accounts`]. What may change while the process
    /// is there is in [`settings`](Self::settings).
    pub config: Config,
    /// As far as it counts now.
    settings: ArcSwap<Config>,
    /// What can be called.
    pub schema: Arc<Schema>,
    /// The limits of calls.
    pub limits: Arc<Limits>,
    /// The team's time.
    pub clock: Clock,
    /// Where the core is told facts, and where its view is read.
    pub core: Arc<CoreHandle>,
    /// The team's accounts.
    pub accounts: Arc<AccountSide>,
    /// The team's bots.
    pub bots: BotSide,
    /// What is known.
    pub knowledge: Arc<Knowledge>,
    /// What is being sent.
    pub sending: Sending,
    /// What is on its way between both sides.
    pub transit: Transit,
    /// What calls under way have in common.
    pub underway: Underway,
    /// What is recorded for operators.
    pub records: Arc<Records>,
}

/// Where a team goes on that was there before; nothing of that by default.
#[derive(Debug, Default)]
pub struct Begins {
    /// What time it is.
    pub clock: Clock,
    /// The names that the places of accounts have, or had.
    pub names: Vec<String>,
    /// The first numbers that nobody has had.
    pub numbers: NextNumbers,
}

impl Shared {
    /// The state of a team that begins.
    ///
    /// # Errors
    /// The spool can't be used.
    pub fn new(mut config: Config, schema: Schema, core: CoreHandle, begins: Begins) -> io::Result<Self> {
        let Begins { clock, names, numbers } = begins;
        let (schema, limits) = (Arc::new(schema), Arc::new(Limits::new(&config)));
        let core = Arc::new(core);
        // Before the accounts are taken out of it.
        let sending = Sending::new(&config, &names, core.clone(), clock, numbers.send);
        let accounts = Arc::new(AccountSide::new(&mut config, &names, schema.clone(), limits.clone()));
        Ok(Self {
            bots: BotSide::new(&config, numbers.client),
            knowledge: Arc::new(Knowledge::new(&config.memory)),
            sending,
            transit: Transit::new(&config, limits.clone())?,
            underway: Underway::new(config.bots.len()),
            records: Arc::new(Records::new(&config)),
            accounts,
            settings: ArcSwap::from_pointee(config.clone()),
            config,
            schema,
            limits,
            core,
            clock,
        })
    }

    /// The configuration as far as it counts now. What can't change while a process is there is as in
    /// [`config`](Shared::config).
    pub fn settings(&self) -> Arc<Config> {
        self.settings.load_full()
    }

    /// From now on this counts, and these are the bots; accounts are those of the roster. Returns the streams that have ended.
    /// The core is to know of it before, since a new bot may connect at once.
    pub(crate) fn follow(&self, next: Config, bots: Places) -> Vec<ClientId> {
        self.limits.follow(&next);
        self.accounts.roster.follow(&next);
        let here = bots.here();
        self.sending.asked.set_bots(&here);
        self.transit.set_bots(&here);
        self.underway.aside.set_bots(bots.len());
        let accounts = self.accounts.roster.accounts();
        let allowances: Vec<_> = accounts.map(|(place, it)| (place, next.pace.of(&it).clone())).collect();
        self.sending.pacer.follow(&next, &allowances);
        self.settings.store(Arc::new(next));
        self.bots.follow(bots)
    }

    /// What is known of the message that a fact is about, to be written down with it.
    pub fn page_of(&self, fact: &Input) -> Option<PageRecord> {
        #[expect(
            clippy::wildcard_enum_match_arm,
            reason = "all others are about no message that a bot may ask for"
        )]
        let (account, id) = match fact {
            Input::Message { account, message } | Input::OldMessage { account, message } => {
                (*account, &message.id)
            }
            Input::SendEnds { account, outcome: SendResult::Sent { id }, .. } => (*account, id),
            _ => return None,
        };
        let copy = MessageCopy::new(account, id);
        self.knowledge.book.written(&self.core.with_identity(|it| it.tag(copy.account, &copy.id)))
    }
}
