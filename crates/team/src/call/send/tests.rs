use std::sync::Arc;

use ha_wechaty_core::BotId;
use ha_wechaty_sim::{Fault, World};
use tokio::sync::mpsc;

use super::*;
use crate::{
    call::Caller,
    engine::new_team,
    schema::Schema,
    state::{Begins, Shared, facts::CoreHandle},
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

#[tokio::test]
async fn a_send_whose_bot_hangs_up_while_its_account_is_asked_ends_all_the_same() {
    let world = World::new(1);
    let phone = world.phone("north").tls(false).serve().await.expect("a port");
    phone.fail(Fault::Stall);
    let mut config = Config::new("ossbot");
    let (host, port) = ("127.0.0.1", phone.addr().port());
    let service = Service::new(phone.token().clone()).at(Endpoint::new(host, port));
    config.accounts.push(AccountConfig::new("north", service));
    let (facts_in, mut facts) = mpsc::unbounded_channel();
    let routing = new_team(&config).0.routing();
    let schema = Schema::new().expect("a schema");
    let shared = Arc::new(
        Shared::new(config, schema, CoreHandle::new(routing, facts_in), Begins::default()).expect("a spool"),
    );
    let target = Target {
        token: phone.token().clone(),
        address: Address::Endpoint { host: host.into(), port },
        security: Security::Plaintext,
        keepalive: Duration::from_secs(10),
        max_message: 1 << 20,
    };
    shared.accounts.links.set(NORTH, Some(dial(&target).await.expect("a connection")));
    let caller = Caller { bot: BotId(0), client: None, inline_files: false, origin: None, until: None };
    let method = shared.schema.method(rpc::MESSAGE_SEND_TEXT);
    let request = puppet::MessageSendTextRequest {
        conversation_id: "alice".into(),
        text: "hello".into(),
        mentional_ids: Vec::new(),
    };
    let call = Call::new(&shared, caller, method, dynamic(&method.request, &request));
    let message = call.message("alice", MessageType::Text, "hello");
    let mut told = Vec::new();
    {
        let place = call.stand_in_line(Paced::Message, "alice", among(vec![NORTH])).expect("there is room");
        let sending = call.send_through(&place, "alice", &message, NORTH, &[]);
        tokio::pin!(sending);
        while !told.iter().any(|it| matches!(it, Input::SendBegins { .. })) {
            tokio::select! {
                _ = &mut sending => panic!("a phone that hangs answers nothing"),
                fact = facts.recv() => told.extend(fact.map(|it| it.fact)),
            }
        }
    }
    while let Ok(fact) = facts.try_recv() {
        told.push(fact.fact);
    }
    // That its bot is about to say something is told too.
    told.retain(|it| !matches!(it, Input::BotSays { .. } | Input::BotSaid { .. }));
    let [Input::SendBegins { send, .. }, Input::SendEnds { send: ended, outcome, .. }] = told.as_slice()
    else {
        panic!("{told:?}");
    };
    assert_eq!((send, outcome), (ended, &SendResult::Unsure { is_over: false }));
}
