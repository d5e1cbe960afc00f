//! Traces of calls: a collector of OpenTelemetry gets them, by OTLP over HTTP, and a bot's own trace goes on in them; one that is
//! not there keeps nobody waiting.

use std::{
    collections::BTreeMap,
    net::SocketAddr,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use axum::{Router, body::Bytes, extract::State, http::StatusCode};
use ha_wechaty::config::BotMode;
use ha_wechaty_sim::{Fault, World};
use ha_wechaty_testkit::{
    Bot,
    program::{Running, Signal},
    text, wait,
};
use ha_wechaty_wire::{
    Token,
    puppet::{ContactListRequest, MessageFileStreamRequest, MessageSendTextRequest},
};
use opentelemetry_proto::tonic::{
    collector::trace::v1::ExportTraceServiceRequest,
    common::v1::any_value::Value,
    trace::v1::{Span, span::SpanKind, status::StatusCode as Ended},
};
use prost::Message as _;
use tokio::net::TcpListener;
use tonic::{Code, Request};

use super::cli::Folder;

/// A trace that a bot has begun (W3C Trace Context).
const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const PARENT: &str = "00f067aa0ba902b7";

/// Takes traces.
#[derive(Debug, Clone, Default)]
struct Collector(Arc<Mutex<Vec<(String, Span)>>>);

impl Collector {
    async fn new() -> (Self, SocketAddr) {
        let (collector, listener) =
            (Self::default(), TcpListener::bind("127.0.0.1:0").await.expect("a port"));
        let at = listener.local_addr().expect("bound");
        let router =
            Router::new().route("/v1/traces", axum::routing::post(take)).with_state(collector.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        (collector, at)
    }

    /// The spans of this call of a trace, once they are all there, each with its service.
    async fn trace(&self, trace: &str, count: usize) -> Vec<(String, Span)> {
        wait::until_some("its spans have come", async || {
            let all = self.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
            let of_it: Vec<_> = all.into_iter().filter(|(_, span)| hex(&span.trace_id) == trace).collect();
            (of_it.len() >= count).then_some(of_it)
        })
        .await
    }

    /// How the one call of this name ended, as its span says.
    async fn code(&self, name: &str) -> i32 {
        let span = wait::until_some("its span has come", async || self.named(name).pop()).await;
        let error = span.status.as_ref().map(|it| it.code);
        assert_eq!(error, Some(Ended::Error as i32), "{span:?}");
        let codes: Vec<_> = span.attributes.iter().filter(|it| it.key == "rpc.grpc.status_code").collect();
        assert_eq!(codes.len(), 1, "{span:?}");
        match codes[0].value.as_ref().and_then(|it| it.value.as_ref()) {
            Some(Value::IntValue(code)) => i32::try_from(*code).expect("a code"),
            other => panic!("{other:?}"),
        }
    }

    /// All spans of these names.
    fn named(&self, name: &str) -> Vec<Span> {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        all.into_iter().map(|it| it.1).filter(|span| span.name == name).collect()
    }
}

async fn take(State(collector): State<Collector>, body: Bytes) -> StatusCode {
    let request = ExportTraceServiceRequest::decode(body).expect("OTLP");
    for resource in request.resource_spans {
        let attributes = resource.resource.map(|it| it.attributes).unwrap_or_default();
        let service = attributes.iter().find(|it| it.key == "service.name");
        let Some(Value::StringValue(service)) = service.and_then(|it| it.value.clone()?.value) else {
            panic!("no service's name in {attributes:?}")
        };
        let spans = resource.scope_spans.into_iter().flat_map(|it| it.spans);
        let mut all = collector.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.extend(spans.map(|span| (service.clone(), span)));
    }
    StatusCode::OK
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// What a span says of itself.
fn fields(span: &Span) -> BTreeMap<&str, String> {
    let all =
        span.attributes.iter().filter_map(|it| Some((it.key.as_str(), it.value.as_ref()?.value.as_ref()?)));
    let shown = |value: &Value| {
        if let Value::StringValue(text) = value { text.clone() } else { format!("{value:?}") }
    };
    all.map(|(key, value)| (key, shown(value))).collect()
}

/// A gateway of one phone whose traces go there.
async fn serve(folder: &Folder, world: &World, endpoint: &str) -> (Running, ha_wechaty_sim::Phone) {
    let phone = world.phone("north").tls(true).serve().await.expect("a port");
    let trace = format!("endpoint = {endpoint:?}\nservice_name = \"my-team\"");
    let lines = [("trace", trace.as_str()), ("pace", "enabled = false")];
    folder.write("ha-wechaty.toml", &text::config(&lines, &[("main", BotMode::All)], [&phone]));
    let mut gateway = Running::start(&mut folder.program(&["serve", "--config", "ha-wechaty.toml"]));
    gateway.until_logged("available account=\"north\"").await;
    (gateway, phone)
}

fn words(conversation: &str, traceparent: Option<&str>) -> Request<MessageSendTextRequest> {
    let mut request = Request::new(MessageSendTextRequest {
        conversation_id: conversation.to_owned(),
        text: String::from("a secret text"),
        ..Default::default()
    });
    if let Some(parent) = traceparent {
        request.metadata_mut().insert("traceparent", parent.parse().expect("ASCII"));
    }
    request
}

#[tokio::test]
async fn a_bots_trace_goes_on_from_its_call_over_the_choice_to_the_accounts_answer() {
    let (collector, at) = Collector::new().await;
    let (folder, world) = (Folder::new(), World::new(42));
    let (mut gateway, phone) = serve(&folder, &world, &format!("http://{at}")).await;
    let alice = world.person("alice");
    world.befriend(&alice, &phone);
    let mut puppet = Bot::dial(gateway.bots(), &Token::new("insecure_main")).await.puppet();
    let parent = format!("00-{TRACE}-{PARENT}-01");
    let sent = puppet.message_send_text(words(alice.id(), Some(&parent))).await.expect("it is sent");
    assert!(!sent.into_inner().id.is_empty());

    let spans = collector.trace(TRACE, 3).await;
    assert!(spans.iter().all(|(service, _)| service == "my-team"));
    let of = |name: &str| {
        spans.iter().map(|it| &it.1).find(|span| span.name == name).unwrap_or_else(|| {
            panic!("no {name} in {:?}", spans.iter().map(|it| &it.1.name).collect::<Vec<_>>())
        })
    };
    let (call, turn, attempt) = (of("MessageSendText"), of("turn"), of("attempt"));
    assert_eq!(hex(&call.parent_span_id), PARENT, "the bot's own span is above it");
    assert_eq!((&turn.parent_span_id, &attempt.parent_span_id), (&call.span_id, &call.span_id));
    assert_eq!((call.kind, attempt.kind), (SpanKind::Server as i32, SpanKind::Client as i32));
    assert!(turn.end_time_unix_nano <= attempt.start_time_unix_nano);
    assert!(attempt.end_time_unix_nano <= call.end_time_unix_nano);
    assert_eq!(fields(call).get("bot").map(String::as_str), Some("main"));
    assert_eq!(fields(turn).get("account").map(String::as_str), Some("north"));
    let said = fields(attempt);
    assert_eq!(said.get("account").map(String::as_str), Some("north"));
    assert_eq!(said.get("fate").map(String::as_str), Some("done"));
    let all = format!("{spans:?}");
    assert!(
        !all.contains("a secret text") && !all.contains("insecure_") && !all.contains(alice.id()),
        "{all}"
    );

    // A bot that traces and leaves this one out is heeded; one that does not trace has a trace of its own.
    let unsampled = format!("00-{}-{PARENT}-00", "1".repeat(32));
    puppet.message_send_text(words(alice.id(), Some(&unsampled))).await.expect("it is sent");
    let refused = puppet.message_send_text(words("nobody~nowhere", None)).await.expect_err("there is nobody");
    let own = wait::until_some("its own trace has come", async || {
        collector.named("MessageSendText").into_iter().find(|span| hex(&span.trace_id) != TRACE)
    })
    .await;
    assert!(own.parent_span_id.is_empty(), "it is the first of its trace");
    assert_eq!(own.status.as_ref().map(|it| it.code), Some(Ended::Error as i32), "{refused}");
    assert_eq!(
        fields(&own).get("rpc.grpc.status_code"),
        Some(&format!("IntValue({})", refused.code() as i32))
    );
    until_counted(&gateway, "taken").await;
    gateway.signal(Signal::TERM);
    assert!(gateway.until_ended().await.success());
    assert!(collector.named("MessageSendText").iter().all(|span| !hex(&span.trace_id).starts_with("11")));
}

/// Waits until a batch with this result was counted.
async fn until_counted(gateway: &Running, result: &str) {
    let line = format!("ha_wechaty_trace_exports_total{{result=\"{result}\"}} ");
    wait::until_some("a batch is counted", async || {
        let (_, numbers) = ha_wechaty_admin::client::get(gateway.admin(), "/metrics", None).await.ok()?;
        let count = numbers.lines().find_map(|it| it.strip_prefix(&line))?;
        (count != "0").then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_call_that_fails_before_an_account_is_asked_or_that_is_given_up_is_seen_to_and_a_list_is_the_callers()
 {
    let (collector, at) = Collector::new().await;
    let (folder, world) = (Folder::new(), World::new(42));
    let (mut gateway, phone) = serve(&folder, &world, &format!("http://{at}")).await;
    let alice = world.person("alice");
    world.befriend(&alice, &phone);
    let mut puppet = Bot::dial(gateway.bots(), &Token::new("insecure_main")).await.puppet();
    let nothing = MessageFileStreamRequest { id: String::from("nothing") };
    let failed = puppet.message_file_stream(nothing).await.expect_err("there is no such message");
    assert_eq!(collector.code("MessageFileStream").await, failed.code() as i32);

    let mut list = Request::new(ContactListRequest {});
    let parent = format!("00-{TRACE}-{PARENT}-01");
    list.metadata_mut().insert("traceparent", parent.parse().expect("ASCII"));
    puppet.contact_list(list).await.expect("a list");
    let spans = collector.trace(TRACE, 2).await;
    let attempt = spans.iter().map(|it| &it.1).find(|it| it.name == "attempt").expect("it is the caller's");
    assert_eq!(hex(&attempt.trace_id), TRACE);

    phone.fail(Fault::Stall);
    let begun = phone.calls("MessageSendText");
    let given_up = tokio::spawn({
        let (mut puppet, words) = (puppet.clone(), words(alice.id(), None));
        async move { puppet.message_send_text(words).await }
    });
    wait::until("it is asked", || phone.calls("MessageSendText") > begun).await;
    given_up.abort();
    assert_eq!(collector.code("MessageSendText").await, Code::Cancelled as i32);
    gateway.signal(Signal::TERM);
    assert!(gateway.until_ended().await.success());
    // Nothing that no bot asked for is a trace.
    let all = collector.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
    let alone = |span: &Span| span.parent_span_id.is_empty() && span.kind != SpanKind::Server as i32;
    assert!(!all.iter().any(|(_, span)| alone(span)), "{all:?}");
}

#[tokio::test]
async fn a_collector_that_is_not_there_or_hangs_keeps_no_call_waiting_and_is_told_of_once() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let hangs = listener.local_addr().expect("bound");
    let gone = TcpListener::bind("127.0.0.1:0").await.expect("a port").local_addr().expect("bound");
    for at in [gone, hangs] {
        let (folder, world) = (Folder::new(), World::new(42));
        let (mut gateway, phone) = serve(&folder, &world, &format!("http://{at}")).await;
        let alice = world.person("alice");
        world.befriend(&alice, &phone);
        let mut puppet = Bot::dial(gateway.bots(), &Token::new("insecure_main")).await.puppet();
        let mut longest = Duration::ZERO;
        let what = "it is told of";
        wait::until_some(what, async || {
            let begun = Instant::now();
            puppet.message_send_text(words(alice.id(), None)).await.expect("it is sent");
            longest = longest.max(begun.elapsed());
            gateway.log().text().contains("traces are lost").then_some(())
        })
        .await;
        // A batch has five seconds; on a busy machine a call may take one.
        assert!(longest < Duration::from_secs(3), "{longest:?}");
        until_counted(&gateway, "failed").await;
        for _ in 0..20 {
            puppet.message_send_text(words(alice.id(), None)).await.expect("it is sent");
        }
        gateway.signal(Signal::TERM);
        assert!(gateway.until_ended().await.success());
        let log = gateway.log().whole();
        assert_eq!(log.matches("traces are lost: their collector at ").count(), 1, "{log}");
    }
}
