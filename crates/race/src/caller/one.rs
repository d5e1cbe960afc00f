//! One call of gRPC, by nothing but HTTP/2.

use anyhow::{Result, ensure};
use bytes::Bytes;
use h2::{
    RecvStream,
    client::{self, SendRequest},
};
use http::{HeaderMap, Method, Request, header};
use rustls::pki_types::ServerName;
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
    task::spawn_local,
};
use tokio_rustls::TlsConnector;

use super::{Ask, Door};

/// Room for answers: none has to wait for the caller.
const WINDOW: u32 = 16 << 20;

/// A connection that this thread drives.
pub(crate) async fn connect(door: &Door) -> Result<SendRequest<Bytes>> {
    let socket = TcpStream::connect(door.address).await?;
    socket.set_nodelay(true)?;
    match &door.trust {
        None => speak(socket).await,
        Some(trust) => {
            let name = ServerName::IpAddress(door.address.ip().into());
            speak(TlsConnector::from(trust.clone()).connect(name, socket).await?).await
        }
    }
}

async fn speak(socket: impl AsyncRead + AsyncWrite + Unpin + 'static) -> Result<SendRequest<Bytes>> {
    let mut builder = client::Builder::new();
    builder.initial_window_size(WINDOW).initial_connection_window_size(WINDOW);
    let (sender, connection) = builder.handshake(socket).await?;
    spawn_local(connection);
    Ok(sender)
}

/// The head of every call on a connection.
pub(crate) fn request(door: &Door, ask: &Ask, connection: usize) -> Result<Request<()>> {
    let request = Request::builder().method(Method::POST).uri(format!(
        "{}://{}{}",
        door.scheme(),
        door.address,
        ask.path()
    ));
    let request = request.header(header::CONTENT_TYPE, "application/grpc").header(header::TE, "trailers");
    Ok(request.header(header::AUTHORIZATION, format!("Wechaty {}", door.token(connection))).body(())?)
}

/// One call; how many bytes its answer had.
///
/// # Errors
/// There is no answer, or a refusal.
pub(crate) async fn call(connection: SendRequest<Bytes>, request: Request<()>, body: Bytes) -> Result<usize> {
    let (answer, mut sending) = connection.ready().await?.send_request(request, false)?;
    sending.send_data(body, true)?;
    let (head, mut answer) = answer.await?.into_parts();
    let mut bytes = 0;
    while let Some(piece) = answer.data().await {
        let piece = piece?;
        bytes += piece.len();
        answer.flow_control().release_capacity(piece.len())?;
    }
    let trailers = answer.trailers().await?.unwrap_or_default();
    let told = |name: &str| {
        let found = |headers: &HeaderMap| Some(headers.get(name)?.to_str().ok()?.to_owned());
        found(&trailers).or_else(|| found(&head.headers)).unwrap_or_default()
    };
    let status = told("grpc-status");
    ensure!(status == "0", "refused: {} {status} {}", head.status, told("grpc-message"));
    Ok(bytes)
}

/// Opens a stream of answers, as that of events is; the request's end is sent, its answers are on their way.
pub(crate) async fn event_stream(
    connection: SendRequest<Bytes>,
    request: Request<()>,
    body: Bytes,
) -> Result<RecvStream> {
    let (answer, mut sending) = connection.ready().await?.send_request(request, false)?;
    sending.send_data(body, true)?;
    let (head, stream) = answer.await?.into_parts();
    ensure!(head.headers.get("grpc-status").is_none(), "refused: {:?}", head.headers);
    Ok(stream)
}
