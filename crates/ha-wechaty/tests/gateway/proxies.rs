//! Several clients behind a proxy that carries their calls over one connection.

use ha_wechaty::config::BotConfig;
use ha_wechaty_testkit::{DEADLINE, House, TOKEN};
use ha_wechaty_wire::{
    PuppetEvent, Token,
    puppet::{
        EventRequest, EventResponse, MessagePayloadRequest, MessagePayloadResponse, StartRequest, StopRequest,
    },
    puppet_client::PuppetClient,
};
use tonic::{
    Request, Status, Streaming, metadata::MetadataMap, service::interceptor::InterceptedService,
    transport::Channel,
};

const OTHER: &str = "insecure_other";

/// The proxy's connection to the gateway.
struct Proxy(Channel);

/// Whose calls come through it.
#[derive(Clone)]
struct Mark(MetadataMap);

impl tonic::service::Interceptor for Mark {
    fn call(&mut self, mut request: Request<()>) -> Result<Request<()>, Status> {
        for (key, value) in self.0.clone().into_headers() {
            if let (Some(key), Ok(value)) = (key, value.to_str()) {
                let key = tonic::metadata::MetadataKey::from_bytes(key.as_ref()).expect("a key");
                request.metadata_mut().insert(key, value.parse().expect("a value"));
            }
        }
        Ok(request)
    }
}

struct Client {
    puppet: PuppetClient<InterceptedService<Channel, Mark>>,
    events: Streaming<EventResponse>,
}

impl Proxy {
    async fn new(house: &House) -> Self {
        let addr = format!("http://{}", house.gateway.local_addr());
        Self(Channel::from_shared(addr).expect("an address").connect().await.expect("a connection"))
    }

    /// A client of this token, and its address if the proxy says so.
    async fn client(&self, token: &str, address: Option<&'static str>) -> Client {
        let mut marks = MetadataMap::new();
        marks.insert("authorization", format!("Wechaty {token}").parse().expect("a value"));
        if let Some(address) = address {
            marks.insert("x-forwarded-for", address.parse().expect("a value"));
        }
        let mut puppet = PuppetClient::with_interceptor(self.0.clone(), Mark(marks));
        let events = puppet.event(EventRequest::default()).await.expect("a stream").into_inner();
        puppet.start(StartRequest {}).await.expect("started");
        Client { puppet, events }
    }
}

impl Client {
    async fn next_id(&mut self) -> String {
        let next = async {
            loop {
                let event = self.events.message().await.expect("a whole stream").expect("an open stream");
                if let PuppetEvent::Message { id } = PuppetEvent::parse(&event).expect("a readable event") {
                    return id;
                }
            }
        };
        tokio::time::timeout(DEADLINE, next).await.expect("a message in time")
    }

    async fn payload(&mut self, id: &str) -> MessagePayloadResponse {
        let asked = self.puppet.message_payload(MessagePayloadRequest { id: id.into() });
        asked.await.expect("a payload").into_inner()
    }

    async fn hears(&mut self, text: &str) {
        let id = self.next_id().await;
        assert_eq!(self.payload(&id).await.text, text);
    }

    async fn stops(&mut self) {
        self.puppet.stop(StopRequest {}).await.expect("stopped");
    }

    async fn has_ended(&mut self) -> bool {
        let ended = async { while let Ok(Some(_)) = self.events.message().await {} };
        tokio::time::timeout(DEADLINE, ended).await.is_ok()
    }
}

fn two_bots(config: &mut ha_wechaty::Config) {
    config.bots.push(BotConfig::new("other", Token::new(OTHER)));
}

/// How many events each stream of a bot has not acknowledged.
async fn unacknowledged(house: &House, bot: usize) -> Vec<usize> {
    house.status().await.bots[bot].streams.iter().map(|stream| stream.unacknowledged).collect()
}

#[tokio::test]
async fn bots_that_share_a_connection_neither_end_nor_replace_one_anothers_streams() {
    let house = House::with(two_bots).await;
    let proxy = Proxy::new(&house).await;
    let mut main = proxy.client(TOKEN, None).await;
    let mut other = proxy.client(OTHER, None).await;
    house.alice.says(&house.room, "to both");
    main.hears("to both").await;
    other.hears("to both").await;
    main.stops().await;
    assert!(main.has_ended().await);
    house.alice.says(&house.room, "to the other");
    other.hears("to the other").await;
    let mut again = proxy.client(TOKEN, None).await;
    again.hears("to the other").await;
    house.alice.says(&house.room, "to both again");
    again.hears("to both again").await;
    other.hears("to both again").await;
}

#[tokio::test]
async fn what_a_bot_asks_for_on_a_shared_connection_counts_for_it_alone() {
    let house = House::with(two_bots).await;
    let proxy = Proxy::new(&house).await;
    let mut main = proxy.client(TOKEN, None).await;
    let mut other = proxy.client(OTHER, None).await;
    house.alice.says(&house.room, "hello");
    let id = main.next_id().await;
    assert_eq!(other.next_id().await, id);
    main.payload(&id).await;
    let left = (unacknowledged(&house, 0).await, unacknowledged(&house, 1).await);
    assert!(left.0 == [0] && left.1[0] > 0, "{left:?}");
    other.payload(&id).await;
    assert_eq!((unacknowledged(&house, 0).await, unacknowledged(&house, 1).await), (vec![0], vec![0]));
}

#[tokio::test]
async fn clients_of_one_bot_on_a_shared_connection_are_told_apart_by_what_the_proxy_says() {
    let house = House::with(two_bots).await;
    let proxy = Proxy::new(&house).await;
    let mut one = proxy.client(TOKEN, Some("10.0.0.1")).await;
    let mut two = proxy.client(TOKEN, Some("10.0.0.2")).await;
    house.alice.says(&house.room, "to both");
    one.hears("to both").await;
    two.hears("to both").await;
    one.stops().await;
    assert!(one.has_ended().await);
    house.alice.says(&house.room, "to two");
    two.hears("to two").await;
    let mut one = proxy.client(TOKEN, Some("10.0.0.1")).await;
    one.hears("to two").await;
    // Of whom nothing is said, they look like one client, whose new stream replaces the old one.
    let mut first = proxy.client(OTHER, None).await;
    let mut second = proxy.client(OTHER, None).await;
    assert!(first.has_ended().await);
    second.hears("to both").await;
    assert_eq!(house.status().await.bots[1].streams.len(), 1);
}

#[tokio::test]
async fn a_shared_connection_has_no_more_streams_of_a_bot_than_it_may_have() {
    let house = House::with(|config| {
        two_bots(config);
        config.gateway.max_streams = 2;
    })
    .await;
    let proxy = Proxy::new(&house).await;
    let mut other = proxy.client(OTHER, None).await;
    let mut clients = Vec::new();
    for address in ["10.0.0.1", "10.0.0.2", "10.0.0.3", "10.0.0.4", "10.0.0.5"] {
        clients.push(proxy.client(TOKEN, Some(address)).await);
        assert!(house.status().await.bots[0].streams.len() <= 2);
    }
    assert!(clients[0].has_ended().await);
    house.alice.says(&house.room, "hello");
    other.hears("hello").await;
    clients[4].hears("hello").await;
}

#[tokio::test]
async fn what_is_asked_for_where_a_stream_was_counts_for_the_stream_that_goes_on() {
    let house = House::new().await;
    let (before, after) = (Proxy::new(&house).await, Proxy::new(&house).await);
    let mut bot = before.client(TOKEN, None).await;
    bot.stops().await;
    assert!(bot.has_ended().await);
    // Its next stream goes another way; its calls go on as before.
    let mut moved = after.client(TOKEN, None).await;
    house.alice.says(&house.room, "hello");
    let id = moved.next_id().await;
    assert_eq!(bot.payload(&id).await.text, "hello");
    assert_eq!(unacknowledged(&house, 0).await, [0]);
}
