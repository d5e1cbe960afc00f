//! Bots whose programs know of no token: one bot is theirs, from this machine, and nobody else's.

use ha_wechaty::config::{BotConfig, Config, Tokenless};
use ha_wechaty_testkit::{Bot, House, SELF, TOKEN, wait};
use ha_wechaty_wire::{
    PuppetEvent, Token,
    puppet::{EventRequest, EventResponse, StartRequest, StopRequest},
    puppet_client::PuppetClient,
};
use tonic::{Code, Request, Status, Streaming, metadata::MetadataValue, transport::Channel};

const OTHER: &str = "insecure_other";

/// What gRPC's libraries make of an address: it is the `:authority` of each call, and nothing says who calls.
async fn channel(house: &House) -> Channel {
    let address = format!("http://{}", house.gateway.local_addr());
    Channel::from_shared(address).expect("an address").connect().await.expect("a connection")
}

async fn puppet(house: &House) -> PuppetClient<Channel> {
    PuppetClient::new(channel(house).await)
}

/// An event stream, and the puppet that it is of.
async fn opens(house: &House) -> Result<(PuppetClient<Channel>, Streaming<EventResponse>), Status> {
    let mut puppet = puppet(house).await;
    puppet.start(StartRequest {}).await?;
    let events = puppet.event(EventRequest::default()).await?.into_inner();
    Ok((puppet, events))
}

async fn next_login(events: &mut Streaming<EventResponse>) -> PuppetEvent {
    loop {
        let event = wait::within("an event", events.message()).await.expect("no end").expect("an event");
        let event = PuppetEvent::parse(&event).expect("readable");
        if matches!(event, PuppetEvent::Login { .. }) {
            return event;
        }
    }
}

/// How a stream ends.
async fn last_word(events: &mut Streaming<EventResponse>) -> Status {
    loop {
        if let Err(status) = wait::within("its stream ends", events.message()).await {
            return status;
        }
    }
}

/// Two bots, of which the second one needs no token.
fn second_is_tokenless(config: &mut Config) {
    let mut other = BotConfig::new("other", Token::new(OTHER));
    other.tokenless = Some(Tokenless::default());
    config.bots.push(other);
}

async fn house() -> House {
    House::with(second_is_tokenless).await
}

#[tokio::test]
async fn who_shows_no_token_is_the_bot_that_needs_none_and_a_wrong_token_stays_wrong() {
    let house = house().await;
    let (_puppet, mut events) = opens(&house).await.expect("it is let in");
    assert_eq!(next_login(&mut events).await, PuppetEvent::Login { contact_id: SELF.into() });
    let bots = house.status().await.bots;
    assert_eq!(bots.iter().map(|it| it.streams.len()).collect::<Vec<_>>(), [0, 1]);
    // With a token each is who it says.
    let _first = Bot::connect(&house.gateway, TOKEN).await.expect("the first bot");
    let _second = Bot::connect(&house.gateway, OTHER).await.expect("the second, with its token");
    let bots = house.status().await.bots;
    let without = |index: usize| bots[index].streams.iter().map(|it| it.without).collect::<Vec<_>>();
    let here = std::net::IpAddr::from([127, 0, 0, 1]);
    assert_eq!((without(0), without(1)), (vec![None], vec![Some(here), None]));
    // As an authority, and as metadata beside an address.
    let Err(refused) = Bot::connect(&house.gateway, "insecure_wrong").await else { panic!("refused") };
    assert_eq!(
        (refused.code(), refused.message()),
        (Code::Unauthenticated, "Invalid Wechaty TOKEN \"insecure_wrong\"")
    );
    for wrong in ["Wechaty insecure_wrong", "Wechaty ", "Bearer it", ""] {
        let mut request = Request::new(StartRequest {});
        request.metadata_mut().insert("authorization", MetadataValue::try_from(wrong).expect("a value"));
        let refused = puppet(&house).await.start(request).await.expect_err("refused");
        assert_eq!(refused.code(), Code::Unauthenticated, "{wrong:?}: {refused}");
    }
}

#[tokio::test]
async fn nobody_may_where_it_is_not_said_or_through_a_proxy_and_the_words_tell_what_helps() {
    let house = House::new().await;
    let refused = opens(&house).await.expect_err("refused");
    assert_eq!(refused.code(), Code::Unauthenticated);
    assert!(refused.message().starts_with("Invalid Wechaty TOKEN \"127.0.0.1:"), "{refused}");
    assert!(refused.message().contains("tokenless = true"), "{refused}");
    let house = self::house().await;
    let mut request = Request::new(StartRequest {});
    request.metadata_mut().insert("x-forwarded-for", MetadataValue::from_static("203.0.113.9"));
    let refused = puppet(&house).await.start(request).await.expect_err("refused");
    assert_eq!(refused.code(), Code::Unauthenticated);
    assert!(refused.message().contains("proxy"), "{refused}");
}

#[tokio::test]
async fn it_counts_at_once_and_who_may_not_come_any_more_is_told() {
    let mut house = house().await;
    let (_puppet, mut events) = opens(&house).await.expect("it is let in");
    let mut with_token = Bot::connect(&house.gateway, OTHER).await.expect("the same bot, with its token");
    // A new token is no matter of one that shows none.
    let mut config = house.config();
    config.bots[1].token = Token::new("insecure_renewed");
    assert_eq!(house.gateway.reload(config).await.expect("taken").live, ["bot"]);
    let told = last_word(&mut with_token.events).await;
    assert!(told.message().contains("another token"), "{told}");
    assert_eq!(house.status().await.bots[1].streams.len(), 1);
    let mut config = house.config();
    config.bots[1].tokenless = None;
    assert_eq!(house.gateway.reload(config).await.expect("taken").live, ["bot"]);
    let told = last_word(&mut events).await;
    assert_eq!(told.code(), Code::Unauthenticated);
    assert!(told.message().contains("must show its token"), "{told}");
    assert!(opens(&house).await.is_err(), "nobody is let in by it");
    let mut config = house.config();
    config.bots[0].tokenless = config.bots[1].tokenless.take();
    house.gateway.reload(config).await.expect("taken");
    let (_puppet, mut events) = opens(&house).await.expect("it is the first bot now");
    next_login(&mut events).await;
    assert_eq!(house.status().await.bots[0].streams.len(), 1);
}

#[tokio::test]
async fn without_a_token_a_client_ends_no_stream_of_one_that_shows_its() {
    let house = house().await;
    let marked = |token: Option<&str>| {
        let mut request = Request::new(EventRequest::default());
        if let Some(token) = token {
            request
                .metadata_mut()
                .insert("authorization", format!("Wechaty {token}").parse().expect("a value"));
        }
        request
    };
    // Both by one connection, as through a proxy.
    let channel = channel(&house).await;
    let mut puppet = PuppetClient::new(channel);
    let mut one = puppet.event(marked(Some(OTHER))).await.expect("a stream").into_inner();
    let mut two = puppet.event(marked(None)).await.expect("a stream").into_inner();
    next_login(&mut one).await;
    next_login(&mut two).await;
    puppet.stop(StopRequest {}).await.expect("its own ends");
    wait::within("its own ends", async { while let Ok(Some(_)) = two.message().await {} }).await;
    house.alice.says(&house.room, "still there?");
    loop {
        let event = wait::within("an event", one.message()).await.expect("no end").expect("an event");
        if matches!(PuppetEvent::parse(&event), Ok(PuppetEvent::Message { .. })) {
            break;
        }
    }
}
