//! An account that tells very much at once.

use std::time::Duration;

use bytes::Bytes;
use ha_wechaty_wire::puppet::{EventRequest, EventResponse, EventType};
use http::{HeaderMap, HeaderValue};
use prost::Message as _;
use tokio::net::TcpStream;

use super::{plaintext, puppet::serve};
use crate::dial;

/// As many services do, each event in a frame of its own.
async fn tell(socket: TcpStream, events: usize, payload: &str) {
    let mut http2 = h2::server::handshake(socket).await.expect("a client");
    let (_, mut respond) = http2.accept().await.expect("a request").expect("a whole one");
    let response = http::Response::builder().header("content-type", "application/grpc+proto");
    let mut stream =
        respond.send_response(response.body(()).expect("a response"), false).expect("an open stream");
    let event =
        EventResponse { r#type: EventType::Dong.into(), payload: payload.to_owned(), ..Default::default() }
            .encode_to_vec();
    let length = u32::try_from(event.len()).expect("a length").to_be_bytes();
    let frame: Bytes = [&[0], length.as_slice(), &event].concat().into();
    for _ in 0..events {
        stream.send_data(frame.clone(), false).expect("an open stream");
    }
    let trailers =
        HeaderMap::from_iter([("grpc-status".parse().expect("a name"), HeaderValue::from_static("0"))]);
    stream.send_trailers(trailers).expect("an open stream");
    while http2.accept().await.is_some() {}
}

#[tokio::test]
async fn an_account_that_tells_100_000_events_at_once_waits_for_us_and_is_not_dropped() {
    // From the least that an event can be to what a message is.
    for payload in ["", "{}", r#"{"messageId":"1234567890123456789"}"#] {
        let (at, script) = serve(move |socket| tell(socket, 100_000, payload)).await;
        let connection = dial(&plaintext(at)).await.expect("a connection");
        let mut events = connection
            .puppet()
            .event(EventRequest::default())
            .await
            .expect("a stream of events")
            .into_inner();
        // We are busy with something else.
        let _ = tokio::time::timeout(Duration::from_millis(500), connection.closed()).await;
        let mut heard = 0;
        while let Some(event) =
            events.message().await.unwrap_or_else(|why| panic!("{payload:?}: {why}, after {heard}"))
        {
            assert_eq!(event.payload, payload);
            heard += 1;
        }
        assert_eq!(heard, 100_000);
        script.abort();
    }
}
