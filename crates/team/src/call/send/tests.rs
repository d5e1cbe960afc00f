use std::sync::Arc;

use ha_wechaty_core::{BotId, LinkFact, SendId, Time};
use ha_wechaty_journal::{JournalError, Position};
use ha_wechaty_sim::{Fault, Phone, World};
use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;

use super::*;
use crate::{
    call::Caller,
    engine::new_team,
    schema::{Schema, dynamic},
    state::{
        Begins, Shared,
        facts::{CoreHandle, Fact},
        sends::Filter,
    },
};
use ha_wechaty_config::{AccountConfig, Config, Endpoint, Service};
use ha_wechaty_transport::{Address, Security, Target, dial};

const NORTH: AccountId = AccountId(0);

#[test]
fn every_send_says_something_that_is_known_and_one_of_the_future_is_no_file() {
    let sends =
        ha_wechaty_core::rpc::RPCS.iter().filter(|rpc| rpc.conduct.class == ha_wechaty_core::Class::Send);
    let kinds: Vec<_> = sends.map(|rpc| (rpc.name, kind_of(rpc.says))).collect();
    assert!(!kinds.is_empty() && kinds.iter().all(|(_, kind)| *kind != MessageType::Unknown), "{kinds:?}");
    assert_eq!(kind_of(None), MessageType::Unknown);
}

/// One account that never answers, a team in front of it, and the facts that its core is told.
async fn stalled(is_durable: bool) -> (Phone, Arc<Shared>, Facts) {
    let world = World::new(1);
    let phone = world.phone("north").tls(false).serve().await.expect("a port");
    phone.fail(Fault::Stall);
    let mut config = Config::new("ossbot");
    let (host, port) = ("127.0.0.1", phone.addr().port());
    let service = Service::new(phone.token().clone()).at(Endpoint::new(host, port));
    config.accounts.push(AccountConfig::new("north", service));
    (config.pace.enabled, config.pace.max_wait) = (false, Duration::from_secs(3_600));
    config.delivery.when_unsure = WhenUnsure::AtLeastOnce;
    let (facts_in, facts) = mpsc::unbounded_channel();
    let (mut team, ..) = new_team(&config);
    team.handle_timeout(Time::ZERO);
    for fact in [LinkFact::Opened, LinkFact::Login { contact_id: phone.id().into() }] {
        team.handle(Time::ZERO, Input::Link { account: NORTH, fact });
    }
    let core = CoreHandle::new(team.routing(), facts_in).durable(is_durable);
    let schema = Schema::new().expect("a schema");
    let shared = Arc::new(Shared::new(config, schema, core, Begins::default()).expect("a spool"));
    let target = Target {
        token: phone.token().clone(),
        address: Address::Endpoint { host: host.into(), port },
        proxy: None,
        security: Security::Plaintext,
        // On a clock that stands nobody answers in time.
        keepalive: Duration::from_secs(86_400),
        max_message: 1 << 20,
    };
    shared.accounts.links.set(NORTH, Some(dial(&target).await.expect("a connection")));
    (phone, shared, Facts(facts))
}

/// A bot says it to alice.
async fn say(shared: &Arc<Shared>, text: &str) -> Result<DynamicMessage, CallError> {
    let caller = Caller { bot: BotId(0), client: None, inline_files: false, origin: None, until: None };
    let method = shared.schema.method(rpc::MESSAGE_SEND_TEXT);
    let request = puppet::MessageSendTextRequest {
        conversation_id: "alice".into(),
        text: text.into(),
        mentional_ids: Vec::new(),
        ..Default::default()
    };
    let mut call = Call::new(shared, caller, method, dynamic(&method.request, &request));
    let message = call.message("alice", MessageType::Text, text);
    let stands = call.stands("alice", among(vec![NORTH]))?;
    call.say("alice", stands, &message, &[]).await
}

/// What the core is told.
struct Facts(mpsc::UnboundedReceiver<Fact>);

impl Facts {
    /// The next send that begins, and who waits until that is durable.
    async fn begins(&mut self) -> (SendId, Option<oneshot::Sender<()>>) {
        loop {
            let Fact { fact, durable, .. } = self.0.recv().await.expect("calls are told of");
            if let Input::SendBegins { send, .. } = fact {
                return (send, durable);
            }
        }
    }

    /// The next send that ends.
    async fn ends(&mut self) -> (SendId, SendResult) {
        loop {
            let Fact { fact, .. } = self.0.recv().await.expect("calls are told of");
            if let Input::SendEnds { send, outcome, .. } = fact {
                return (send, outcome);
            }
        }
    }
}

async fn until_asked(phone: &Phone) {
    while phone.calls("MessageSendText") == 0 {
        tokio::task::yield_now().await;
    }
}

/// What the ledger says, newest first.
fn rows(shared: &Shared) -> Vec<(SendOutcome, Proof, usize)> {
    let all = Filter::of(std::iter::empty::<(&str, String)>()).expect("no filter");
    shared.records.sends.find(&all).iter().map(|it| (it.outcome, it.how, it.tried.len())).collect()
}

#[tokio::test]
async fn a_send_whose_bot_hangs_up_while_its_account_is_asked_ends_all_the_same() {
    let (phone, shared, mut facts) = stalled(false).await;
    let begun = tokio::select! {
        told = say(&shared, "hello") => panic!("a phone that hangs answers nothing: {told:?}"),
        (begun, _) = async { let begun = facts.begins().await; until_asked(&phone).await; begun } => begun,
    };
    assert_eq!(facts.ends().await, (begun, SendResult::Unsure { is_over: false }));
    assert_eq!(rows(&shared), [(SendOutcome::Unsure, Proof::HungUp, 1)]);
}

#[tokio::test]
async fn one_whose_bot_hangs_up_while_it_waits_for_the_store_was_asked_of_nobody() {
    let (phone, shared, mut facts) = stalled(true).await;
    let begun = tokio::select! {
        told = say(&shared, "hello") => panic!("nothing is durable: {told:?}"),
        (begun, durable) = facts.begins() => { drop(durable); begun }
    };
    assert_eq!((facts.ends().await, phone.calls("MessageSendText")), ((begun, SendResult::NotSent), 0));
    assert_eq!(rows(&shared), [(SendOutcome::NotSent, Proof::HungUp, 0)]);
    // As the engine does once it is told.
    let ended = shared.sending.open.ends(begun, |it| it.answered(Time::ZERO, &SendResult::NotSent, None));
    assert_eq!(ended, None);
    assert_eq!(shared.sending.open.len(), 0);
}

#[tokio::test]
async fn what_comes_next_does_not_go_ahead_of_what_waits_for_the_store() {
    let (_phone, shared, mut facts) = stalled(true).await;
    let stop = CancellationToken::new();
    drop(tokio::spawn(shared.sending.pacer.clone().run(stop.clone())));
    // From here on nothing needs the network in time.
    tokio::time::pause();
    let watch = async {
        let (_, durable) = facts.begins().await;
        let early = tokio::time::timeout(Duration::from_secs(600), facts.begins()).await;
        assert!(early.is_err(), "the second begins while the first waits for the store");
        let asked = tokio::time::Instant::now();
        durable.expect("it waits").send(()).expect("still");
        facts.begins().await;
        asked.elapsed()
    };
    let waited = tokio::select! {
        biased;
        waited = watch => waited,
        told = say(&shared, "first") => panic!("a phone that hangs answers nothing: {told:?}"),
        told = say(&shared, "second") => panic!("a phone that hangs answers nothing: {told:?}"),
    };
    assert!(waited >= Duration::from_secs(5), "{waited:?} after its account was asked");
    stop.cancel();
}

#[tokio::test]
async fn where_nothing_will_ever_be_written_down_a_send_fails_at_once_and_by_name() {
    let (_phone, shared, mut facts) = stalled(true).await;
    tokio::time::pause();
    let begun = tokio::time::Instant::now();
    let breaks = async {
        let waits = facts.begins().await;
        shared.records.store.is_in_trouble(&JournalError::Fenced {
            after: Position(1),
            tip: Position(2),
            replaced: None,
        });
        shared.core.breaker().cancel();
        waits
    };
    let (first, _waits) = tokio::join!(say(&shared, "first"), breaks);
    for told in [first, say(&shared, "second").await] {
        let Err(CallError::NotSent { why, .. }) = told else { panic!("{told:?}") };
        assert!(why.contains("nothing was sent") && why.contains("another process has written"), "{why}");
    }
    assert!(begun.elapsed() < Duration::from_secs(10), "{:?}", begun.elapsed());
    assert_eq!(rows(&shared), [(SendOutcome::NotSent, Proof::Unwritten, 0); 2]);
}

#[tokio::test]
async fn a_bot_whose_first_try_may_have_sent_is_not_told_that_nothing_was() {
    let (phone, shared, mut facts) = stalled(true).await;
    let fails = async {
        let (_, durable) = facts.begins().await;
        durable.expect("it waits").send(()).expect("still");
        until_asked(&phone).await;
        phone.fail(Fault::Drop);
        let (send, outcome) = facts.ends().await;
        assert!(matches!(outcome, SendResult::Unsure { .. }), "{outcome:?}");
        shared.sending.unsettled.settle(send, Settled::Unknown);
        // It is tried again, and nothing can be written down any more.
        let waits = facts.begins().await;
        shared.core.breaker().cancel();
        waits
    };
    let (told, _waits) = tokio::join!(say(&shared, "hello"), fails);
    let Err(CallError::MaybeSent { account, why }) = told else { panic!("{told:?}") };
    assert_eq!(account.as_deref(), Some("north"));
    assert!(why.contains("may or may not have been done") && why.contains("can't be written down"), "{why}");
    assert_eq!(rows(&shared), [(SendOutcome::Unsure, Proof::Lost, 1)]);
}
