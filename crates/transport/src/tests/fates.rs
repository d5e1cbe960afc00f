//! What became of a call, in every way in which one can fail.

use std::{future::Future, time::Duration};

use h2::Reason;
use ha_wechaty_wire::{
    Token,
    puppet::{DingRequest, MessageSendTextRequest, MessageSendTextResponse},
    tls,
};
use tokio::{net::TcpStream, sync::oneshot};
use tonic::{Code, Request, Response, Status};

use super::{
    TOKEN, community, plaintext,
    puppet::{DATA, END_STREAM, GRPC, Puppet, serve},
};
use crate::{Closed, Connection, Fate, dial, fate, is_over};

type Sent = Result<Response<MessageSendTextResponse>, Status>;

fn text(text: impl Into<String>) -> MessageSendTextRequest {
    MessageSendTextRequest { conversation_id: "room".into(), text: text.into(), ..Default::default() }
}

async fn send(connection: &Connection) -> Sent {
    connection.puppet().message_send_text(text("hello")).await
}

async fn greeted(socket: TcpStream) -> Puppet {
    Puppet::greet(socket, &[]).await
}

/// Sends one text to a puppet service that follows the script from the whole request on.
async fn after_request<S, F>(script: S) -> Sent
where
    S: FnOnce(Puppet, u32) -> F + Send + 'static,
    F: Future<Output: Send + 'static> + Send + 'static,
{
    let (at, script) = serve(|socket| async {
        let mut puppet = greeted(socket).await;
        let stream = puppet.request().await;
        script(puppet, stream).await
    })
    .await;
    let connection = dial(&plaintext(at)).await.expect("a connection");
    let sent = send(&connection).await;
    drop(connection);
    script.await.expect("the script to run to its end");
    sent
}

#[track_caller]
fn failed<T: std::fmt::Debug>(sent: Result<T, Status>, expected: Fate, words: &str) -> Status {
    let status = sent.expect_err("an error");
    assert_eq!(fate(&status), expected, "{status}");
    assert!(status.message().contains(words), "{words:?} in {status}");
    status
}

#[tokio::test]
async fn an_answer_is_delivered() {
    let sent = after_request(async |mut puppet: Puppet, stream| {
        puppet.answer(stream).await;
        puppet.message(stream, &[], false).await;
        puppet.headers(stream, None, &[("grpc-status", "0")], true).await;
        puppet.linger().await;
    });
    sent.await.expect("an answer");
}

#[tokio::test]
async fn a_call_on_a_connection_that_the_account_closed_is_not_sent() {
    let (at, script) = serve(async |socket| drop(greeted(socket).await)).await;
    let connection = dial(&plaintext(at)).await.expect("a connection");
    script.await.expect("the script to run to its end");
    assert!(matches!(connection.closed().await, Closed::Eof | Closed::Lost(_)));
    failed(send(&connection).await, Fate::NotSent, "the call was not sent: the ");
}

#[tokio::test]
async fn a_call_on_a_connection_that_we_closed_is_not_sent() {
    let (at, script) = serve(async |socket| greeted(socket).await.linger().await).await;
    let connection = dial(&plaintext(at)).await.expect("a connection");
    connection.close().await;
    script.await.expect("the socket to be closed");
    assert_eq!(connection.closed().await, Closed::ByUs);
    failed(send(&connection).await, Fate::NotSent, "closed from this side");
}

#[tokio::test]
async fn closing_lets_the_calls_in_flight_finish() {
    let (asked, is_asked) = oneshot::channel();
    let (go_on, may_go_on) = oneshot::channel();
    let (at, _script) = serve(|socket| async {
        let mut puppet = greeted(socket).await;
        let stream = puppet.request().await;
        asked.send(()).expect("a test");
        may_go_on.await.expect("a test");
        puppet.answer(stream).await;
        puppet.message(stream, &[], false).await;
        puppet.headers(stream, None, &[("grpc-status", "0")], true).await;
        puppet.linger().await;
    })
    .await;
    let connection = dial(&plaintext(at)).await.expect("a connection");
    let call = tokio::spawn({
        let connection = connection.clone();
        async move { send(&connection).await }
    });
    is_asked.await.expect("a request");
    let closing = tokio::spawn(async move { connection.close().await });
    go_on.send(()).expect("a script");
    call.await.expect("a call").expect("an answer");
    closing.await.expect("the connection to close");
}

#[tokio::test]
async fn a_goaway_below_the_call_means_not_sent() {
    let sent = after_request(async |mut puppet: Puppet, _| {
        puppet.go_away(0, Reason::NO_ERROR, "").await;
        puppet.linger().await;
    });
    failed(sent.await, Fate::NotSent, "refused the call");
    let sent = after_request(async |mut puppet: Puppet, _| {
        puppet.go_away(0, Reason::ENHANCE_YOUR_CALM, "too_many_pings").await;
        puppet.linger().await;
    });
    failed(sent.await, Fate::NotSent, "too_many_pings");
}

#[tokio::test]
async fn a_goaway_that_includes_the_call_leaves_it_open() {
    let sent = after_request(async |mut puppet: Puppet, stream| {
        puppet.go_away(stream, Reason::NO_ERROR, "").await;
    });
    failed(sent.await, Fate::MaybeSent, "may have done it");
}

#[tokio::test]
async fn after_a_goaway_calls_in_flight_are_answered_and_new_ones_are_not_sent() {
    let (at, _script) = serve(async |socket| {
        let mut puppet = greeted(socket).await;
        let stream = puppet.request().await;
        puppet.go_away(stream, Reason::NO_ERROR, "bye").await;
        puppet.answer(stream).await;
        puppet.message(stream, &[], false).await;
        puppet.headers(stream, None, &[("grpc-status", "0")], true).await;
        puppet.linger().await;
    })
    .await;
    let connection = dial(&plaintext(at)).await.expect("a connection");
    send(&connection).await.expect("an answer");
    assert!(matches!(connection.closed().await, Closed::GoingAway(words) if words.contains("bye")));
    failed(send(&connection).await, Fate::NotSent, "going away");
}

#[tokio::test]
async fn a_refused_stream_is_not_sent() {
    let sent = after_request(async |mut puppet: Puppet, stream| {
        puppet.reset(stream, Reason::REFUSED_STREAM).await;
        puppet.linger().await;
    });
    failed(sent.await, Fate::NotSent, "refused");
}

#[tokio::test]
async fn any_other_reset_may_come_after_the_deed() {
    for reason in [Reason::CANCEL, Reason::INTERNAL_ERROR, Reason::NO_ERROR] {
        let sent = after_request(async move |mut puppet: Puppet, stream| {
            puppet.reset(stream, reason).await;
            puppet.linger().await;
        });
        failed(sent.await, Fate::MaybeSent, "may have done it");
        let sent = after_request(async move |mut puppet: Puppet, stream| {
            puppet.answer(stream).await;
            puppet.reset(stream, reason).await;
            puppet.linger().await;
        });
        failed(sent.await, Fate::MaybeSent, "the answer is not complete");
    }
}

#[tokio::test]
async fn a_connection_that_breaks_after_the_request_left_leaves_it_open() {
    let sent = after_request(async |puppet: Puppet, _| puppet.crash());
    failed(sent.await, Fate::MaybeSent, "may have done it");
    let sent = after_request(async |puppet: Puppet, _| drop(puppet));
    failed(sent.await, Fate::MaybeSent, "may have done it");
}

#[tokio::test]
async fn a_message_that_had_not_left_whole_when_the_connection_broke_is_not_sent() {
    let (at, script) = serve(async |socket| {
        let mut puppet = greeted(socket).await;
        let mut received = 0;
        // All that the initial window lets through.
        while received < 65_535 {
            let frame = puppet.frame().await.expect("data");
            received += if frame.kind == DATA { frame.payload.len() } else { 0 };
        }
        puppet.crash();
    })
    .await;
    let connection = dial(&plaintext(at)).await.expect("a connection");
    let sent = connection.puppet().message_send_text(text("x".repeat(1 << 19))).await;
    script.await.expect("the script to run to its end");
    failed(sent, Fate::NotSent, "not sent");
}

#[tokio::test]
async fn a_large_message_arrives_whole() {
    let (at, script) = serve(async |socket| {
        let mut puppet = Puppet::greet(socket, &[(4, 1 << 20)]).await;
        // WINDOW_UPDATE for the connection.
        puppet.send(8, 0, 0, &(1_u32 << 20).to_be_bytes()).await;
        let mut received = Vec::new();
        let stream = loop {
            let frame = puppet.frame().await.expect("data");
            if frame.kind == DATA {
                received.extend(frame.payload);
                if frame.flags & END_STREAM != 0 {
                    break frame.stream;
                }
            }
        };
        puppet.headers(stream, Some("200"), &[GRPC, ("grpc-status", "0")], true).await;
        puppet.linger().await;
        received
    })
    .await;
    let connection = dial(&plaintext(at)).await.expect("a connection");
    let message = text((0..100_000).map(|n| n.to_string()).collect::<String>());
    let encoded = prost::Message::encode_to_vec(&message);
    let _ = connection.puppet().message_send_text(message).await;
    drop(connection);
    assert_eq!(script.await.expect("a message")[5..], encoded);
}

#[tokio::test]
async fn a_stream_that_never_opened_is_not_sent() {
    // SETTINGS_MAX_CONCURRENT_STREAMS = 0: every call has to wait.
    let (stop, stopped) = oneshot::channel();
    let (at, _script) = serve(|socket| async {
        let puppet = Puppet::greet(socket, &[(3, 0)]).await;
        stopped.await.expect("a test");
        puppet.crash();
    })
    .await;
    let connection = dial(&plaintext(at)).await.expect("a connection");
    let call = {
        let connection = connection.clone();
        async move { send(&connection).await }
    };
    let (sent, ()) = tokio::join!(call, async { stop.send(()).expect("a script") });
    failed(sent, Fate::NotSent, "not sent");
}

#[tokio::test]
async fn a_status_is_the_puppets_own_word() {
    let sent = after_request(async |mut puppet: Puppet, stream| {
        puppet.answer(stream).await;
        let words = [("grpc-status", "13"), ("grpc-message", "Ret 1205 %E9%A2%91")];
        puppet.headers(stream, None, &words, true).await;
        puppet.linger().await;
    });
    assert_eq!(failed(sent.await, Fate::Answered, "Ret 1205 频").code(), Code::Internal);
    let sent = after_request(async |mut puppet: Puppet, stream| {
        let words = [GRPC, ("grpc-status", "16"), ("grpc-message", "Invalid Wechaty TOKEN")];
        puppet.headers(stream, Some("200"), &words, true).await;
        puppet.linger().await;
    });
    assert_eq!(failed(sent.await, Fate::Answered, "Invalid").code(), Code::Unauthenticated);
}

#[tokio::test]
async fn cancelled_and_deadline_exceeded_are_not_words_of_a_puppet_that_has_not_done_it() {
    for code in ["1", "4"] {
        let sent = after_request(async move |mut puppet: Puppet, stream| {
            puppet.headers(stream, Some("200"), &[GRPC, ("grpc-status", code)], true).await;
            puppet.linger().await;
        });
        failed(sent.await, Fate::MaybeSent, "");
    }
}

#[tokio::test]
async fn a_proxy_that_has_waited_in_vain_does_not_say_that_the_service_is_done_with_it() {
    for (words, is_done) in [
        ("upstream connect error or disconnect/reset before headers", true),
        ("upstream request timeout", false),
        ("Connection timed out", false),
    ] {
        let sent = after_request(async move |mut puppet: Puppet, stream| {
            let said = [GRPC, ("grpc-status", "14"), ("grpc-message", words)];
            puppet.headers(stream, Some("200"), &said, true).await;
            puppet.linger().await;
        });
        assert_eq!(is_over(&failed(sent.await, Fate::MaybeSent, words)), is_done, "{words}");
    }
}

#[tokio::test]
async fn status_details_that_are_no_base64_do_no_harm() {
    let sent = after_request(async |mut puppet: Puppet, stream| {
        let words = [GRPC, ("grpc-status", "2"), ("grpc-status-details-bin", "!?")];
        puppet.headers(stream, Some("200"), &words, true).await;
        puppet.linger().await;
    });
    failed(sent.await, Fate::Answered, "");
}

#[tokio::test]
async fn a_proxys_page_is_no_puppets_word() {
    for (status, expected) in [
        ("502", Fate::MaybeSent),
        ("504", Fate::MaybeSent),
        ("200", Fate::MaybeSent),
        ("404", Fate::NotSent),
        ("301", Fate::NotSent),
    ] {
        let sent = after_request(async move |mut puppet: Puppet, stream| {
            puppet.headers(stream, Some(status), &[("content-type", "text/html")], false).await;
            puppet.send(DATA, END_STREAM, stream, b"<html>").await;
            puppet.linger().await;
        });
        let error = failed(sent.await, expected, "(text/html) instead of gRPC");
        assert!(error.message().contains(status), "{error}");
    }
}

#[tokio::test]
async fn an_answer_that_cannot_be_read_leaves_the_call_open() {
    for garbage in [
        &[0, 0, 0, 0, 2, 0xff, 0xff][..],
        &[9, 9, 9, 9, 9, 9],
        &[0, 0xff, 0xff, 0xff, 0xff, 0],
        &[0, 0, 0, 0, 9],
    ] {
        let sent = after_request(async move |mut puppet: Puppet, stream| {
            puppet.answer(stream).await;
            puppet.send(DATA, 0, stream, garbage).await;
            puppet.headers(stream, None, &[("grpc-status", "0")], true).await;
            puppet.linger().await;
        });
        failed(sent.await, Fate::MaybeSent, "");
    }
}

#[tokio::test]
async fn an_answer_without_a_status_leaves_the_call_open() {
    let sent = after_request(async |mut puppet: Puppet, stream| {
        puppet.answer(stream).await;
        puppet.message(stream, &[], true).await;
        puppet.linger().await;
    });
    failed(sent.await, Fate::MaybeSent, "without a gRPC status");
    let sent = after_request(async |mut puppet: Puppet, stream| {
        puppet.answer(stream).await;
        puppet.message(stream, &[], false).await;
        puppet.crash();
    });
    failed(sent.await, Fate::MaybeSent, "the answer is not complete");
}

#[tokio::test]
async fn a_connection_full_of_garbage_leaves_the_call_open() {
    let sent = after_request(async |mut puppet: Puppet, stream| {
        puppet.send(DATA, 0, stream + 2, b"for a stream that nobody opened").await;
        puppet.linger().await;
    });
    failed(sent.await, Fate::MaybeSent, "may have done it");
}

#[tokio::test]
async fn a_message_over_our_limit_is_not_sent() {
    let (at, _script) = serve(async |socket| greeted(socket).await.linger().await).await;
    let connection = dial(&plaintext(at)).await.expect("a connection");
    let sent = connection.puppet().message_send_text(text("x".repeat(2 << 20))).await;
    failed(sent, Fate::NotSent, "too large");
}

#[tokio::test]
async fn a_deadline_leaves_a_call_open_that_left() {
    let (asked, is_asked) = oneshot::channel();
    let (at, _script) = serve(|socket| async {
        let mut puppet = greeted(socket).await;
        puppet.request().await;
        asked.send(()).expect("a test");
        puppet.linger().await;
    })
    .await;
    let connection = dial(&plaintext(at)).await.expect("a connection");
    let mut request = Request::new(text("hello"));
    request.set_timeout(Duration::from_secs(5));
    let mut puppet = connection.puppet();
    let call = puppet.message_send_text(request);
    let (sent, ()) = tokio::join!(call, async {
        is_asked.await.expect("a request");
        tokio::time::pause();
    });
    let status = failed(sent, Fate::MaybeSent, "no answer in 5 s");
    assert_eq!(status.code(), Code::DeadlineExceeded);
}

#[tokio::test]
async fn a_deadline_leaves_no_doubt_of_a_call_that_never_left() {
    let (at, _script) = serve(async |socket| Puppet::greet(socket, &[(3, 0)]).await.linger().await).await;
    let connection = dial(&plaintext(at)).await.expect("a connection");
    tokio::time::pause();
    let mut request = Request::new(text("hello"));
    request.set_timeout(Duration::from_secs(5));
    let sent = connection.puppet().message_send_text(request).await;
    failed(sent, Fate::NotSent, "did not take the call in 5 s");
}

#[tokio::test]
async fn a_deadline_of_the_caller_leaves_the_call_open() {
    assert_eq!(fate(&Status::deadline_exceeded("the caller's")), Fate::MaybeSent);
}

#[tokio::test]
async fn an_account_that_answers_no_ping_is_gone() {
    let (at, _script) = serve(async |socket| greeted(socket).await.linger().await).await;
    let connection = dial(&plaintext(at)).await.expect("a connection");
    tokio::time::pause();
    assert!(matches!(connection.closed().await, Closed::Silent(_)));
    failed(send(&connection).await, Fate::NotSent, "keep-alive");
}

/// The head of the first request that a server of another make is sent.
async fn head(target: impl FnOnce(std::net::SocketAddr) -> crate::Target, tls: bool) -> http::request::Parts {
    let (at, script) = serve(move |socket| async move {
        if tls {
            let config = std::sync::Arc::new(tls::community_server().expect("a server"));
            let socket = tokio_rustls::TlsAcceptor::from(config).accept(socket).await.expect("TLS");
            first_head(socket).await
        } else {
            first_head(socket).await
        }
    })
    .await;
    let connection = dial(&target(at)).await.expect("a connection");
    let mut request = Request::new(DingRequest::default());
    request.metadata_mut().insert("authorization", "of somebody else".parse().expect("a value"));
    failed(connection.puppet().ding(request).await, Fate::NotSent, "refused");
    drop(connection);
    script.await.expect("a head")
}

async fn first_head<S>(socket: S) -> http::request::Parts
where
    S: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin,
{
    let mut connection = h2::server::handshake(socket).await.expect("HTTP/2");
    let (request, mut respond) = connection.accept().await.expect("a request").expect("a request");
    respond.send_reset(Reason::REFUSED_STREAM);
    std::future::poll_fn(|cx| connection.poll_closed(cx)).await.expect("an end");
    request.into_parts().0
}

#[tokio::test]
async fn without_tls_the_token_is_the_authority_and_nothing_else() {
    let head = head(plaintext, false).await;
    assert_eq!(head.uri.to_string(), format!("http://{TOKEN}/wechaty.Puppet/Ding"));
    assert_eq!(head.headers.get("authorization"), None);
    assert_eq!(Token::of_call(&head.uri, &head.headers), Ok(Token::new(TOKEN)));
}

#[tokio::test]
async fn with_tls_the_token_is_in_the_metadata_too() {
    let head = head(community, true).await;
    assert_eq!(head.uri.to_string(), format!("https://{TOKEN}/wechaty.Puppet/Ding"));
    assert_eq!(head.headers.get_all("authorization").iter().count(), 1);
    assert_eq!(Token::of_call(&head.uri, &head.headers), Ok(Token::new(TOKEN)));
}

#[tokio::test]
async fn a_process_that_dies_without_tls_goodbye_is_told_in_plain_words() {
    let (at, script) = serve(|socket| async move {
        let config = std::sync::Arc::new(tls::community_server().expect("a server"));
        let socket = tokio_rustls::TlsAcceptor::from(config).accept(socket).await.expect("TLS");
        let mut connection = h2::server::handshake(socket).await.expect("HTTP/2");
        let _request = connection.accept().await.expect("a request").expect("a request");
        // Dropped like the socket of a process that was killed.
    })
    .await;
    let connection = dial(&community(at)).await.expect("a connection");
    let status = failed(send(&connection).await, Fate::MaybeSent, "closed the connection");
    assert!(!status.message().contains("close_notify") && !status.message().contains("http"), "{status}");
    script.await.expect("it ended");
}
