//! What is wrong is told to whom it concerns, with the remedy, and disturbs nobody else.

use std::time::Duration;

use ha_wechaty::{
    Config, Gateway,
    config::{AccountConfig, AccountTls, ByteSize, GatewayTls, Provider, Service},
    transport::{Connection, dial},
};
use ha_wechaty_sim::{Attachment, Fault, RpcSelection};
use ha_wechaty_testkit::{Bot, House, SELF, Setup, TOKEN, target, wait::until_some};
use ha_wechaty_wire::{FileBox, PuppetEvent, Token, puppet, puppet_client::PuppetClient};
use prost::Message as _;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};
use tonic::{Code, Status, client::Grpc, transport::Endpoint};

/// Any message to any path, as a client of another protocol would send it.
async fn call(connection: &Connection, path: &'static str, message: impl prost::Message + 'static) -> Status {
    let mut grpc = Grpc::new(connection.clone());
    grpc.ready().await.expect("always");
    let codec = tonic_prost::ProstCodec::<_, puppet::StartResponse>::default();
    let answer = grpc.unary(tonic::Request::new(message), path.parse().expect("a path"), codec).await;
    answer.expect_err("refused")
}

#[tokio::test]
async fn a_bot_without_a_token_or_with_a_wrong_one_is_told_so() {
    let house = Setup::new(SELF).config(|config| config.gateway.tls = GatewayTls::Community).open().await;
    let wrong = dial(&target(&house.gateway, "insecure_wrong", true)).await.expect("a connection");
    let refused = wrong.puppet().start(puppet::StartRequest {}).await.expect_err("refused");
    assert_eq!(refused.code(), Code::Unauthenticated);
    assert_eq!(refused.message(), "Invalid Wechaty TOKEN \"insecure_wrong\"");
    let house = Setup::new(SELF).open().await;
    let address = format!("http://{}", house.gateway.local_addr());
    let channel = Endpoint::from_shared(address).expect("an address").connect().await.expect("a connection");
    let refused = PuppetClient::new(channel).start(puppet::StartRequest {}).await.expect_err("refused");
    assert_eq!(refused.code(), Code::Unauthenticated, "the authority is no token: {refused}");
    assert!(!refused.message().contains(TOKEN), "{refused}");
}

#[tokio::test]
async fn a_bot_that_speaks_tls_where_there_is_none_or_none_where_there_is_reads_the_remedy() {
    for (tls, with_tls, remedies) in [
        (GatewayTls::Off, true, ["NO_TLS_INSECURE_CLIENT=true", "gateway.tls = \"community\""]),
        (GatewayTls::Community, false, ["remove WECHATY_PUPPET_SERVICE_NO_TLS", "gateway.tls = \"off\""]),
    ] {
        let house = Setup::new(SELF).config(|config| config.gateway.tls = tls).open().await;
        let bot = dial(&target(&house.gateway, TOKEN, with_tls)).await.expect("a connection, to be told");
        let refused = bot.puppet().start(puppet::StartRequest {}).await.expect_err("refused");
        assert_eq!(refused.code(), Code::FailedPrecondition);
        assert!(remedies.iter().all(|it| refused.message().contains(it)), "{refused}");
    }
}

#[tokio::test]
async fn a_browser_reads_what_this_is() {
    let house = Setup::new(SELF).open().await;
    let mut socket = TcpStream::connect(house.gateway.local_addr()).await.expect("a connection");
    socket.write_all(b"GET / HTTP/1.1\r\nHost: gateway\r\n\r\n").await.expect("written");
    let mut page = String::new();
    socket.read_to_string(&mut page).await.expect("a page");
    assert!(page.starts_with("HTTP/1.1 505 ") && page.contains("gRPC over HTTP/2"), "{page}");
}

#[tokio::test]
async fn a_message_over_the_limit_is_refused_by_the_name_of_the_limit() {
    let house = House::new().await;
    let (mut bot, mut other) = (house.bot().await, house.bot().await);
    let room = house.room.id().to_owned();
    let huge = tokio::spawn(async move {
        let refused = bot.say(&room, &"x".repeat(100 << 20)).await.expect_err("too large");
        (bot, refused)
    });
    for n in 0..5 {
        other.say(house.room.id(), &format!("n{n}")).await.expect("undisturbed");
    }
    let (mut bot, refused) = huge.await.expect("no panic");
    assert!(refused.message().contains("gateway.max_message"), "{refused}");
    assert!(refused.message().contains(&(80u64 << 20).to_string()), "{refused}");
    bot.say(house.room.id(), "smaller").await.expect("on the same connection");
    assert_eq!(house.times("smaller"), 1);
}

#[tokio::test]
async fn the_limit_itself_is_allowed_both_ways_and_nothing_above() {
    let house = House::with(|config| config.gateway.max_message = ByteSize::kib(256)).await;
    let mut bot = house.bot().await;
    let mut request = puppet::MessageSendTextRequest {
        conversation_id: house.room.id().into(),
        text: "x".repeat(250 << 10),
        ..Default::default()
    };
    request.text.push_str(&"x".repeat((256 << 10) - request.encoded_len()));
    assert_eq!(request.encoded_len(), 256 << 10);
    bot.puppet.message_send_text(request.clone()).await.expect("exactly the limit");
    request.text.push('x');
    let refused = bot.puppet.message_send_text(request).await.expect_err("one more");
    assert!(refused.message().contains("gateway.max_message"), "{refused}");
    // An account's message that is too large is lost for the bot, and nothing else is.
    house.alice.says(&house.room, &"y".repeat(257 << 10));
    house.alice.says(&house.room, "small");
    assert_eq!(bot.next_message().await.text, "small");
}

#[tokio::test]
async fn an_id_as_no_provider_has_them_costs_no_account_its_connection() {
    let house = House::new().await;
    let mut bot = house.bot().await;
    // A puppet repeats what it does not know, and HTTP/2 breaks a connection for words of this length.
    let long = "x".repeat(3 << 20);
    let contact = bot.puppet.contact_payload(puppet::ContactPayloadRequest { id: long.clone() }).await;
    let member =
        puppet::RoomAddRequest { id: house.room.id().into(), contact_id: long.clone(), ..Default::default() };
    let member = bot.puppet.room_add(member).await;
    let text = puppet::MessageSendTextRequest {
        conversation_id: house.room.id().into(),
        text: "hello".into(),
        mentional_ids: vec!["wxid_alice".into(), long.clone()],
        ..Default::default()
    };
    let text = bot.puppet.message_send_text(text).await;
    let file = puppet::MessageFileStreamRequest { id: format!("{long}~north") };
    let file = bot.puppet.message_file_stream(file).await;
    for refused in [contact.err(), member.err(), text.err(), file.err()] {
        let refused = refused.expect("refused");
        assert_eq!(refused.code(), Code::InvalidArgument, "{refused}");
        assert!(refused.message().ends_with("an id has 4096 at most"), "{refused}");
    }
    assert_eq!(house.gateway.routing().available().len(), 3);
    for phone in &house.phones {
        assert!(phone.is_streaming());
        assert_eq!((phone.calls("ContactPayload"), phone.calls("RoomAdd")), (0, 0), "{}", phone.name());
    }
}

#[tokio::test]
async fn what_the_protocol_does_not_have_is_named() {
    let house = House::new().await;
    let mut bot = house.bot().await;
    for (path, name) in [("/wechaty.Puppet/Fly", "Fly"), ("/wechaty.Cat/Purr", "wechaty.Cat")] {
        let refused = call(&bot.connection, path, puppet::StartRequest {}).await;
        assert_eq!(refused.code(), Code::Unimplemented);
        assert!(refused.message().contains(name), "{refused}");
    }
    // A number where a text should be.
    let garbage = puppet::DirtyPayloadRequest { r#type: 2, id: "x".into() };
    let refused = call(&bot.connection, "/wechaty.Puppet/MessageSendText", garbage).await;
    assert_eq!(refused.code(), Code::InvalidArgument);
    assert!(refused.message().contains("MessageSendTextRequest"), "{refused}");
    for id in ["m1", "m1~nobody", "~", ""] {
        let refused = bot.payload(id).await.expect_err("nobody's");
        let code = if id.is_empty() { Code::InvalidArgument } else { Code::NotFound };
        assert_eq!(refused.code(), code, "{refused}");
        assert!(id.is_empty() || refused.message().contains("north, south, west"), "{refused}");
    }
    let unknown = bot.payload("m1~north").await.expect_err("north does not know it");
    assert_eq!(unknown.message(), "no message m1");
    bot.say(house.room.id(), "hello").await.expect("undisturbed");
}

#[tokio::test]
async fn a_malformed_file_is_refused_before_any_account_hears_of_it() {
    let house = House::new().await;
    let mut bot = house.bot().await;
    let uuid = |id: &str| FileBox::from_uuid("a.png", id, None).to_json();
    for (file_box, code, why) in [
        ("not json".to_owned(), Code::InvalidArgument, "FileBox JSON"),
        ("[]".to_owned(), Code::InvalidArgument, "an object is expected"),
        (r#"{"name":"a.png"}"#.to_owned(), Code::InvalidArgument, "`type`"),
        (r#"{"type":5,"name":"a.png"}"#.to_owned(), Code::InvalidArgument, "type 5"),
        (r#"{"type":1,"name":"a.png"}"#.to_owned(), Code::InvalidArgument, "`base64`"),
        (uuid("never-uploaded"), Code::NotFound, "upload it again"),
        (uuid("never-offered~north"), Code::NotFound, "no account has offered"),
    ] {
        let request = puppet::MessageSendFileRequest { conversation_id: house.room.id().into(), file_box };
        let refused = bot.puppet.message_send_file(request).await.expect_err("malformed");
        assert_eq!(refused.code(), code, "{refused}");
        assert!(refused.message().contains(why), "{refused}");
    }
    assert_eq!((house.calls("MessageSendFile"), house.calls("Download")), (vec![0; 3], vec![0; 3]));
}

#[tokio::test]
async fn garbage_from_an_account_is_passed_over() {
    let house = House::with(|config| config.delivery.witness_window = Duration::from_millis(100)).await;
    let mut bot = house.bot().await;
    for garbage in ["{", "null", "[]", r#"{"messageId":7}"#, ""] {
        house.phones[0].fail(Fault::GarbageEvent(garbage.into()));
    }
    house.alice.says(&house.phones[0], "after it");
    assert_eq!(bot.next_message().await.text, "after it", "the same stream goes on");
    assert_eq!(house.calls("Event"), [1, 1, 1]);
    let garbage = |rpc: &str, times| Fault::GarbageAnswer { calls: RpcSelection::named(rpc), times };
    house.phones[0].fail(garbage("RoomPayload", 1));
    for _ in 0..3 {
        let room = puppet::RoomPayloadRequest { id: house.room.id().into() };
        assert_eq!(bot.puppet.room_payload(room).await.expect("another's").into_inner().topic, "ding room");
    }
    for phone in &house.phones {
        phone.fail(garbage("RoomQRCode", 1));
    }
    let code = puppet::RoomQrCodeRequest { id: house.room.id().into() };
    let refused = bot.puppet.room_qr_code(code).await.expect_err("nobody's is readable");
    assert!(house.phones.iter().all(|it| refused.message().contains(it.name())), "{refused}");
    // A message whose payload stays garbage is lost; the next one is not.
    house.phones[1].fail(garbage("MessagePayload", u32::MAX));
    house.alice.says(&house.phones[1], "garbled");
    house.alice.says(&house.phones[2], "clear");
    assert_eq!(bot.next_message().await.text, "clear");
    house.phones[1].restore().await.expect("it was never gone");
    house.alice.says(&house.phones[1], "clear again");
    while bot.next_message().await.text != "clear again" {}
    let mut sent = 0;
    house.phones[2].fail(Fault::GarbageAnswer { calls: RpcSelection::Sends, times: 1 });
    for n in 0..3 {
        sent += usize::from(bot.say(house.room.id(), &format!("n{n}")).await.is_ok());
    }
    assert_eq!(sent, 2, "of a send whose answer is garbage nobody knows whether it was sent");
}

#[tokio::test]
async fn a_malformed_file_from_an_account_is_asked_for_at_a_teammate() {
    let house = House::new().await;
    let mut bot = house.bot().await;
    house.alice.sends(&house.room, Attachment::new("a.png", b"a picture".as_slice()));
    let id = bot.find(|event| if let PuppetEvent::Message { id } = event { Some(id) } else { None }).await;
    house.until("all have it", || house.calls("MessagePayload") == [1; 3]).await;
    let no_file_box = puppet::MessageFileResponse { file_box: r#"{"type":1}"#.into() }.encode_to_vec();
    let no_protobuf = vec![255; 8];
    for message in [no_file_box, no_protobuf] {
        let reply = Fault::Reply { calls: RpcSelection::named("MessageFile"), message, times: 1 };
        house.phones[0].fail(reply.clone());
        house.phones[1].fail(reply.clone());
        let file = bot.puppet.message_file(puppet::MessageFileRequest { id: id.clone() }).await;
        let file = FileBox::parse(&file.expect("west's").into_inner().file_box).expect("a FileBox");
        assert_eq!(file.bytes().as_deref(), Some(b"a picture".as_slice()));
        house.phones[2].fail(reply.clone());
        house.phones[0].fail(reply.clone());
        house.phones[1].fail(reply);
        let refused = bot.puppet.message_file(puppet::MessageFileRequest { id: id.clone() }).await;
        let refused = refused.expect_err("nobody's is readable");
        assert!(house.phones.iter().all(|it| refused.message().contains(it.name())), "{refused}");
    }
}

#[tokio::test]
async fn two_gateways_on_one_port_is_one_too_many() {
    let house = Setup::new(SELF).open().await;
    let mut config = Config::new("second");
    config.admin.listen = None;
    config.gateway.listen = house.gateway.local_addr();
    let error = Gateway::start(config).await.expect_err("taken").to_string();
    let address = house.gateway.local_addr().to_string();
    for part in [address.as_str(), "in use", "gateway.listen"] {
        assert!(error.contains(part), "{error}");
    }
    Bot::connect(&house.gateway, TOKEN).await.expect("the first goes on");
}

#[tokio::test]
async fn an_account_that_is_set_up_wrongly_says_why_and_the_team_goes_on() {
    let house = Setup::new(SELF)
        .config(|config| {
            service(&mut config.accounts[0]).token = Token::new("insecure_mistyped-secret");
            service(&mut config.accounts[2]).tls = AccountTls::Off;
        })
        .open()
        .await;
    house.until("one works", || house.gateway.routing().available().len() == 1).await;
    let mut bot = house.bot().await;
    let text = until_some("both say what is wrong with them", async || {
        let accounts = house.status().await.accounts;
        let are_told = accounts[0].text.contains("token") && accounts[2].text.contains("TLS");
        are_told.then(|| accounts.iter().map(|it| format!("{}: {}\n", it.name, it.text)).collect::<String>())
    })
    .await;
    assert!(text.contains("it refuses the token") && text.contains("tls = \"community\""), "{text}");
    assert!(!text.contains("mistyped-secret"), "tokens are secret: {text}");
    bot.say(house.room.id(), "I am enough").await.expect("south does it");
    assert_eq!((house.times("I am enough"), house.calls("MessageSendText")), (1, vec![0, 1, 0]));
}

fn service(account: &mut AccountConfig) -> &mut Service {
    match &mut account.provider {
        Provider::Service(service) => service,
        Provider::Hosted(hosted) => panic!("{hosted:?} is no service"),
    }
}
