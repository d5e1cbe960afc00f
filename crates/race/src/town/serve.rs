//! One account's port: every call is counted, read to its end and answered.

use std::{
    cell::{Cell, RefCell},
    net::TcpListener,
    rc::Rc,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use bytes::{Bytes, BytesMut};
use h2::{RecvStream, SendStream, server, server::SendResponse};
use ha_wechaty_wire::PuppetEvent;
use http::{
    HeaderMap, HeaderValue, Request, Response,
    header::{CONTENT_TYPE, HeaderName},
};
use tokio::{net::TcpStream, task::spawn_local, time::sleep};

use super::answers::{Answers, framed};

/// Room for requests, of one call and of all: files never wait.
const WINDOW: u32 = 16 << 20;
const FRAME: u32 = 64 << 10;
/// How often each stream has a heartbeat: no client takes it for dead.
const BEAT: Duration = Duration::from_secs(10);

/// One of them.
pub(super) struct Account {
    me: String,
    answers: RefCell<Answers>,
    calls: Arc<AtomicU64>,
    /// The event stream that was opened last, if it is open.
    stream: RefCell<Option<SendStream<Bytes>>>,
    seq: Cell<i32>,
}

impl Account {
    pub(super) fn new(place: usize, calls: Arc<AtomicU64>) -> Self {
        let me = format!("wxid_account_{place:02}");
        let answers = RefCell::new(Answers::new(&me));
        Self { me, answers, calls, stream: RefCell::default(), seq: Cell::new(0) }
    }

    /// Tells an event, if somebody listens.
    pub(super) fn tell(&self, event: &PuppetEvent) {
        let mut stream = self.stream.borrow_mut();
        let Some(open) = stream.as_mut() else { return };
        self.seq.set(self.seq.get() + 1);
        let mut response = event.to_response();
        response.seq = self.seq.get();
        if open.send_data(framed(&response), false).is_err() {
            *stream = None;
        }
    }
}

/// Takes connections as long as the program runs.
pub(super) async fn serve(listener: TcpListener, account: Rc<Account>) {
    let listener = listener.set_nonblocking(true).and_then(|()| tokio::net::TcpListener::from_std(listener));
    let Ok(listener) = listener else { return };
    spawn_local(beat(account.clone()));
    loop {
        let Ok((socket, _)) = listener.accept().await else { continue };
        let _ = socket.set_nodelay(true);
        spawn_local(connection(socket, account.clone()));
    }
}

async fn beat(account: Rc<Account>) {
    loop {
        sleep(BEAT).await;
        account.tell(&PuppetEvent::Heartbeat(ha_wechaty_wire::event::TextPayload { data: "tea".into() }));
    }
}

async fn connection(socket: TcpStream, account: Rc<Account>) {
    let mut builder = server::Builder::new();
    builder.initial_window_size(WINDOW).initial_connection_window_size(WINDOW).max_frame_size(FRAME);
    builder.max_send_buffer_size(WINDOW as usize).max_concurrent_streams(4_096);
    // A caller that ends gives up all that it had asked for.
    builder.max_pending_accept_reset_streams(4_096).max_concurrent_reset_streams(4_096);
    let Ok(mut connection) = builder.handshake(socket).await else { return };
    while let Some(Ok((request, respond))) = connection.accept().await {
        account.calls.fetch_add(1, Ordering::Relaxed);
        spawn_local(call(request, respond, account.clone()));
    }
}

/// Answers one call; that its caller is gone is nothing.
async fn call(request: Request<RecvStream>, respond: SendResponse<Bytes>, account: Rc<Account>) {
    let (head, body) = request.into_parts();
    let rpc = head.uri.path().rsplit('/').next().unwrap_or_default();
    let _ = match rpc {
        "Event" => open(respond, &account),
        _ => answer(rpc, body, respond, &account).await,
    };
}

async fn answer(
    rpc: &str,
    mut body: RecvStream,
    mut respond: SendResponse<Bytes>,
    account: &Account,
) -> Result<(), h2::Error> {
    let request = whole(&mut body).await?;
    let answer = account.answers.borrow_mut().to(rpc, &request);
    let mut stream = respond.send_response(head(), false)?;
    stream.send_data(answer, false)?;
    let mut trailers = HeaderMap::with_capacity(1);
    trailers.insert(HeaderName::from_static("grpc-status"), HeaderValue::from_static("0"));
    stream.send_trailers(trailers)
}

/// All of a body. Most are one piece, which is taken as it is.
async fn whole(body: &mut RecvStream) -> Result<Bytes, h2::Error> {
    let mut first = Bytes::new();
    let mut rest = BytesMut::new();
    while let Some(piece) = body.data().await {
        let piece = piece?;
        body.flow_control().release_capacity(piece.len())?;
        match first.is_empty() {
            true => first = piece,
            // Nobody reads what a file holds.
            false if rest.len() < 1_024 => rest.extend_from_slice(&piece),
            false => {}
        }
    }
    if rest.is_empty() {
        return Ok(first);
    }
    Ok([&first[..], &rest].concat().into())
}

/// Opens the event stream: the account is logged in, and says so.
fn open(mut respond: SendResponse<Bytes>, account: &Account) -> Result<(), h2::Error> {
    let stream = respond.send_response(head(), false)?;
    account.stream.replace(Some(stream));
    account.tell(&PuppetEvent::Login { contact_id: account.me.clone() });
    Ok(())
}

fn head() -> Response<()> {
    let mut response = Response::new(());
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/grpc"));
    response
}
