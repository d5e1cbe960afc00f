//! Bytes that are no text, from an account: they cost themselves, and not the account its stream.

use bytes::Bytes;
use ha_wechaty::config::{AccountTls, Endpoint, Provider};
use ha_wechaty_core::AccountId;
use ha_wechaty_testkit::{SELF, Setup};
use ha_wechaty_wire::{PuppetEvent, puppet::EventType};
use http::{HeaderMap, HeaderValue, Response};
use tokio::{net::TcpListener, sync::mpsc};

const NORTH: AccountId = AccountId(0);

/// A puppet service that answers `Start`, gives this for a list of its contacts, refuses all else, and puts on its event
/// stream what a test gives it. The last value counts event streams.
pub(crate) async fn service(
    contacts: Option<Bytes>,
) -> (u16, mpsc::UnboundedSender<Vec<u8>>, mpsc::UnboundedReceiver<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = listener.local_addr().expect("an address").port();
    let (events, given) = mpsc::unbounded_channel::<Vec<u8>>();
    let (opened, streams) = mpsc::unbounded_channel();
    let mut given = Some(given);
    tokio::spawn(async move {
        while let Ok((socket, _)) = listener.accept().await {
            let Ok(mut connection) = h2::server::handshake(socket).await else { continue };
            while let Some(Ok((request, mut respond))) = connection.accept().await {
                let mut answer = Response::new(());
                answer.headers_mut().insert("content-type", HeaderValue::from_static("application/grpc"));
                let path = request.uri().path().to_owned();
                if path.ends_with("/Event") {
                    let _ = opened.send(());
                    let mut stream = respond.send_response(answer, false).expect("an open connection");
                    let Some(mut given) = given.take() else { continue };
                    tokio::spawn(async move {
                        while let Some(event) = given.recv().await {
                            stream.send_data(framed(&event), false).expect("an open stream");
                        }
                    });
                } else if let Some(message) = match path.rsplit('/').next() {
                    Some("Start") => Some(Bytes::new()),
                    Some("ContactList") => contacts.clone(),
                    _ => None,
                } {
                    let mut stream = respond.send_response(answer, false).expect("an open connection");
                    stream.send_data(framed(&message), false).expect("an open stream");
                    let ok = HeaderMap::from_iter([(
                        "grpc-status".parse().expect("a name"),
                        HeaderValue::from(0),
                    )]);
                    stream.send_trailers(ok).expect("an open stream");
                } else {
                    answer.headers_mut().insert("grpc-status", HeaderValue::from(12));
                    respond.send_response(answer, true).expect("an open connection");
                }
            }
        }
    });
    (port, events, streams)
}

fn framed(message: &[u8]) -> Bytes {
    let length = u32::try_from(message.len()).expect("a length").to_be_bytes();
    [&[0], length.as_slice(), message].concat().into()
}

/// An event as it goes over the wire, whatever its payload is.
pub(crate) fn event(kind: EventType, payload: &[u8]) -> Vec<u8> {
    let (kind, length) =
        (u8::try_from(i32::from(kind)).expect("small"), u8::try_from(payload.len()).expect("short"));
    assert!(length < 128 && kind < 128, "each in one byte");
    [&[8, kind, 18, length], payload].concat()
}

#[tokio::test]
async fn events_that_are_no_utf_8_cost_no_account_its_stream() {
    let (port, events, mut streams) = service(None).await;
    let house = Setup::new(SELF)
        .config(|config| {
            let Provider::Service(service) = &mut config.accounts[0].provider else { panic!("it is one") };
            service.endpoint = Some(Endpoint::new("127.0.0.1", port));
            service.tls = AccountTls::Off;
        })
        .open()
        .await;
    let send = |kind, payload: &[u8]| events.send(event(kind, payload)).expect("it serves");
    send(EventType::Login, br#"{"contactId":"wxid_north"}"#);
    house.until("it works", || house.gateway.routing().available().contains(NORTH)).await;
    let mut bot = house.bot().await;
    send(
        EventType::RoomTopic,
        b"{\"changerId\":\"a\",\"newTopic\":\"half \xed\xa0\xbd\",\"oldTopic\":\"\",\"roomId\":\"r\"}",
    );
    send(EventType::Error, b"\xff\xfe\xfd");
    send(EventType::Dirty, b"{\"payloadType\":2,\"payloadId\":\"\x80\"}");
    send(EventType::Unspecified, b"\xc3\x28");
    // No protobuf at all: a length that is not there.
    events.send(vec![18, 100, b'{']).expect("it serves");
    events.send(vec![0xff; 20]).expect("it serves");
    send(EventType::Friendship, br#"{"friendshipId":"after it"}"#);
    let heard =
        bot.find(|event| if let PuppetEvent::Friendship { id } = event { Some(id) } else { None }).await;
    assert_eq!(heard, "after it~north");
    assert!(house.gateway.routing().available().contains(NORTH));
    streams.recv().await.expect("its first stream");
    assert!(streams.try_recv().is_err(), "it was never dialled again");
}
