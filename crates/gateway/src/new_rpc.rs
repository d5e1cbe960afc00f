//! A new RPC is a row: this one is in no `.proto`, and no code of the gateway knows of it.

use std::{convert::Infallible, net::SocketAddr, sync::Arc, time::Duration};

use bytes::Bytes;
use ha_wechaty_core::{
    AccountId, Class, Id, Input, LinkFact, Rpc,
    rpc::{RPCS, field, rpc},
};
use ha_wechaty_wire::{DESCRIPTORS, SERVICE, Token};
use http::Request;
use hyper::{body::Incoming, server::conn::http2, service};
use hyper_util::rt::{TokioExecutor, TokioIo};
use prost::Message as _;
use prost_reflect::{DescriptorPool, DynamicMessage, Value};
use prost_types::{
    DescriptorProto, FieldDescriptorProto, FileDescriptorSet, MethodDescriptorProto, OneofDescriptorProto,
    field_descriptor_proto::{Label, Type},
};
use tokio::{
    io::DuplexStream,
    sync::{broadcast, mpsc},
    time::timeout,
};
use tokio_util::sync::CancellationToken;
use tonic::{Status, body::Body};
use tower::service_fn;

use crate::service::PuppetService;
use ha_wechaty_config::{AccountConfig, BotConfig, Config, Service};
use ha_wechaty_team::{
    engine::{Engine, new_team},
    schema::Schema,
    state::{Begins, Shared, accounts::Order, facts::CoreHandle},
};
use ha_wechaty_transport::{
    BytesCodec,
    connection::{Connection, Manner},
};

const PATIENCE: Duration = Duration::from_secs(10);
const NAMES: [&str; 2] = ["north", "south"];
const TOKEN: &str = "insecure_bot";

/// What somebody has noted about a member of a room; with a text it is noted.
const ROOM_NOTE: &Rpc = &rpc("RoomNote", Class::Reach)
    .changed_by(&["text"], Class::RoomAct)
    .takes(&[field("id", Id::Room), field("contact_id", Id::Contact)])
    .gives(&[field("writer_ids", Id::Contact)]);

/// A field of text, or of texts, or one of which it can be told whether it is there.
fn texts(name: &str, number: i32, label: Label, is_optional: bool) -> FieldDescriptorProto {
    FieldDescriptorProto {
        name: Some(name.into()),
        number: Some(number),
        label: Some(label.into()),
        r#type: Some(Type::String.into()),
        proto3_optional: is_optional.then_some(true),
        oneof_index: is_optional.then_some(0),
        ..Default::default()
    }
}

/// The protocol with one more RPC.
fn newer() -> DescriptorPool {
    let mut files = FileDescriptorSet::decode(DESCRIPTORS).expect("descriptors");
    let (package, service) = SERVICE.rsplit_once('.').expect("a package");
    let is_there = |file: &&mut prost_types::FileDescriptorProto| {
        file.package() == package && file.service.iter().any(|it| it.name() == service)
    };
    let file = files.file.iter_mut().find(is_there).expect("the service's file");
    let text = |name, number| texts(name, number, Label::Optional, false);
    file.message_type.push(DescriptorProto {
        name: Some("RoomNoteRequest".into()),
        field: vec![text("id", 1), text("contact_id", 2), texts("text", 3, Label::Optional, true)],
        oneof_decl: vec![OneofDescriptorProto { name: Some("_text".into()), ..Default::default() }],
        ..Default::default()
    });
    file.message_type.push(DescriptorProto {
        name: Some("RoomNoteResponse".into()),
        field: vec![text("text", 1), texts("writer_ids", 2, Label::Repeated, false)],
        ..Default::default()
    });
    let service = file.service.iter_mut().find(|it| it.name() == service).expect("the service");
    service.method.push(MethodDescriptorProto {
        name: Some(ROOM_NOTE.name.into()),
        input_type: Some(format!(".{package}.RoomNoteRequest")),
        output_type: Some(format!(".{package}.RoomNoteResponse")),
        ..Default::default()
    });
    DescriptorPool::from_file_descriptor_set(files).expect("a protocol")
}

/// What an account was asked: its name, the path, and the request.
type Asked = (&'static str, String, Bytes);

/// An account whose puppet knows the RPC, and says that the account itself and alice have written.
async fn serve(
    socket: DuplexStream,
    name: &'static str,
    schema: Arc<Schema>,
    asked: mpsc::UnboundedSender<Asked>,
) {
    let answer = service::service_fn(|request: Request<Incoming>| {
        let (schema, asked, path) = (schema.clone(), asked.clone(), request.uri().path().to_owned());
        async move {
            let note = |request: tonic::Request<Bytes>| {
                asked.send((name, path.clone(), request.into_inner())).expect("a test");
                let mut answer = DynamicMessage::new(schema.method(ROOM_NOTE).answer.clone());
                let writers = [format!("wxid_{name}"), "alice".to_owned()].map(Value::String);
                answer.set_field_by_name("writer_ids", Value::List(writers.into()));
                let answer = Bytes::from(answer.encode_to_vec());
                std::future::ready(Ok::<_, Status>(tonic::Response::new(answer)))
            };
            let mut grpc = tonic::server::Grpc::new(BytesCodec);
            Ok::<_, Infallible>(grpc.unary(service_fn(note), request.map(Body::new)).await)
        }
    });
    let _ = http2::Builder::new(TokioExecutor::new()).serve_connection(TokioIo::new(socket), answer).await;
}

/// A gateway of the newer protocol whose accounts are all there, and what they are asked.
async fn open() -> (Arc<Shared>, mpsc::UnboundedReceiver<Asked>) {
    let mut config = Config::new("ossbot");
    config.accounts = NAMES
        .map(|name| AccountConfig::new(name, Service::new(Token::new(format!("insecure_{name}")))))
        .into();
    config.bots = vec![BotConfig::new("bot", Token::new(TOKEN))];
    let schema =
        || Schema::of(RPCS.iter().chain([ROOM_NOTE]), &newer()).expect("the row follows the protocol");
    let ((team, ..), (facts_in, facts)) = (new_team(&config), mpsc::unbounded_channel());
    let shared = Arc::new(
        Shared::new(config, schema(), CoreHandle::new(team.routing(), facts_in), Begins::default())
            .expect("a spool"),
    );
    let orders = [0, 1].map(|account| shared.accounts.links.begin(AccountId(account)));
    let engine = Engine::new(team, shared.clone(), broadcast::Sender::new(16));
    tokio::spawn(engine.run(facts, mpsc::unbounded_channel().1, CancellationToken::new()));
    let ((asked_in, asked), theirs) = (mpsc::unbounded_channel(), Arc::new(schema()));
    for (number, (name, mut orders)) in (0..).zip(NAMES.into_iter().zip(orders)) {
        while !matches!(orders.recv().await, Some(Order::Connect) | None) {}
        let (socket, far) = tokio::io::duplex(1 << 20);
        tokio::spawn(serve(far, name, theirs.clone(), asked_in.clone()));
        let token = Token::new(format!("insecure_{name}"));
        let manner = Manner { token, tls: false, keepalive: PATIENCE, max_message: 1 << 20 };
        let nowhere = SocketAddr::from(([127, 0, 0, 1], 8788));
        let connection = Connection::open(socket, nowhere, &manner).await.expect("it is in memory");
        let account = AccountId(number);
        shared.accounts.links.set(account, Some(connection));
        for fact in [LinkFact::Opened, LinkFact::Login { contact_id: format!("wxid_{name}") }] {
            shared.core.tell(Input::Link { account, fact });
        }
        // Both are in the hall, which is south's; only south is in the den.
        let rooms = if name == "south" { &["hall@chatroom", "den@chatroom"][..] } else { &["hall@chatroom"] };
        let rooms = Some(rooms.iter().map(|room| (*room).to_owned()).collect());
        shared.core.tell(Input::Lists { account, contacts: Some(Vec::new()), rooms });
        shared.core.tell(Input::Room {
            account,
            room: "hall@chatroom".into(),
            topic: "the hall".into(),
            members: NAMES.map(|name| format!("wxid_{name}")).into(),
            owner: "wxid_south".into(),
            admins: Vec::new(),
        });
        tokio::spawn(async move { while orders.recv().await.is_some() {} });
    }
    let mut changes = shared.core.changes();
    let is_ready = || {
        let routing = shared.core.routing();
        let hall = routing.reach("hall@chatroom");
        routing.available().len() == NAMES.len() && hall.yes.len() == NAMES.len() && hall.ranks_known
    };
    while !is_ready() {
        timeout(PATIENCE, changes.changed()).await.expect("they are there soon").expect("it goes on");
    }
    (shared, asked)
}

/// A bot calls it, and is told who has written.
async fn note(shared: &Arc<Shared>, room: &str, contact: &str, text: Option<&str>) -> Vec<String> {
    let method = shared.schema.method(ROOM_NOTE);
    let mut request = DynamicMessage::new(method.request.clone());
    for (field, text) in [("id", Some(room)), ("contact_id", Some(contact)), ("text", text)] {
        if let Some(text) = text {
            request.set_field_by_name(field, Value::String(text.to_owned()));
        }
    }
    let origin = format!("http://{TOKEN}").parse().expect("a token");
    let mut grpc = tonic::client::Grpc::with_origin(PuppetService::new(shared.clone()), origin);
    let request = tonic::Request::new(Bytes::from(request.encode_to_vec()));
    let answer =
        timeout(PATIENCE, grpc.unary(request, method.path.clone(), BytesCodec)).await.expect("in time");
    let answer = answer.expect("it is served").into_inner();
    let answer = DynamicMessage::decode(method.answer.clone(), answer).expect("its answer");
    let writers = answer.get_field_by_name("writer_ids").expect("a field");
    writers.as_list().expect("a list").iter().filter_map(|it| it.as_str().map(str::to_owned)).collect()
}

#[tokio::test]
async fn a_row_and_a_descriptor_are_enough_for_a_new_rpc_to_be_served_by_its_class_with_its_ids_translated() {
    let (shared, mut asked) = open().await;
    let method = shared.schema.method(ROOM_NOTE).clone();
    let mut was_asked = || {
        let (account, path, request) = asked.try_recv().expect("an account was asked");
        assert_eq!(path, format!("/{SERVICE}/RoomNote"));
        let request = DynamicMessage::decode(method.request.clone(), request).expect("a request");
        let text = |name| request.get_field_by_name(name).and_then(|it| it.as_str().map(str::to_owned));
        (account, ["id", "contact_id", "text"].map(|field| text(field).unwrap_or_default()))
    };
    // To look: any account that sees the room. The bot's own id is that account's, there and back.
    assert_eq!(note(&shared, "den@chatroom", "ossbot", None).await, ["ossbot", "alice"]);
    assert_eq!(was_asked(), ("south", ["den@chatroom", "wxid_south", ""].map(str::to_owned)));
    // To change: the owner of the room, each time.
    for text in ["one", "two", "three"] {
        assert_eq!(note(&shared, "hall@chatroom", "alice", Some(text)).await, ["ossbot", "alice"]);
        assert_eq!(was_asked(), ("south", ["hall@chatroom", "alice", text].map(str::to_owned)));
    }
    assert!(asked.try_recv().is_err(), "nobody else was asked");
}
