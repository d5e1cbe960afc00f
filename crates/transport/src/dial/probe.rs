//! The way to an account step by step, for whoever looks where it ends.

use std::{net::SocketAddr, time::Duration};

use futures_util::future::BoxFuture;
use ha_wechaty_core::Remedy;
use ha_wechaty_wire::{Proxy, puppet};
use rustls::pki_types::CertificateDer;
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
    time::timeout,
};
use tonic::{Code, Status};

use super::{
    Address, DialError, Manner, Route, Security, Target, discovery, greet, manner_of, proxy, tcp, tls,
};
use crate::connection::Connection;

/// What was found on the way: each step that was done, and where it ended.
#[derive(Debug, Default)]
pub struct Probe {
    /// The steps that were done, each with what was found.
    pub done: Vec<(ProbeStep, String)>,
    /// The step that failed, if one did, and why.
    pub failed: Option<(ProbeStep, ProbeError)>,
    /// The certificate that its service presented, as DER.
    pub certificate: Option<Vec<u8>>,
    /// The connection, if there is one: its event stream was not asked for.
    pub connection: Option<Connection>,
}

/// A step on the way to an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProbeStep {
    /// Its place is asked of a directory.
    Discovery,
    /// The proxy before it takes a connection, and makes one.
    Proxy,
    /// The name of its host is looked up.
    Name,
    /// A connection is made.
    Tcp,
    /// It is secured.
    Tls,
    /// Its service speaks HTTP/2.
    Http2,
    /// Its service takes the token.
    Token,
}

impl ProbeStep {
    /// What people call it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Discovery => "discovery",
            Self::Proxy => "proxy",
            Self::Name => "name",
            Self::Tcp => "TCP",
            Self::Tls => "TLS",
            Self::Http2 => "HTTP/2",
            Self::Token => "token",
        }
    }
}

/// Why a step failed.
#[derive(Debug, thiserror::Error)]
pub enum ProbeError {
    /// As it does when the account is dialled.
    #[error(transparent)]
    Dial(#[from] DialError),
    /// It took longer than it was given here.
    #[error("it took longer than {} s", .0.as_secs())]
    Slow(Duration),
    /// The service answers that it does not.
    #[error("its service refuses ({code:?}): {message}")]
    Refused {
        /// Its answer.
        code: Code,
        /// The same in its words, without the token.
        message: String,
    },
}

impl ProbeError {
    /// What a person can do about it.
    pub fn remedy(&self) -> Remedy {
        match self {
            Self::Dial(error) => error.remedy(),
            Self::Slow(_) => Remedy::Timeout,
            #[expect(clippy::wildcard_enum_match_arm, reason = "gRPC's list, of which three say what to do")]
            Self::Refused { code, .. } => match code {
                Code::Unauthenticated | Code::PermissionDenied => Remedy::Token,
                Code::Unimplemented => Remedy::NotAPuppet,
                _ => Remedy::Offline,
            },
        }
    }
}

/// Goes the way to an account as [`dial`](super::dial()) does, and asks for the version of its service, which shows whether
/// the token is taken. Each step has as long as `within`. Nothing is changed, and no event stream opened.
pub fn probe(target: &Target, within: Duration) -> BoxFuture<'_, Probe> {
    Box::pin(async move {
        let mut probe = Probe::default();
        if let Err(failed) = go(target, within, &mut probe).await {
            probe.failed = Some(failed);
        }
        probe
    })
}

/// Where the way ended, and why.
type Failed = (ProbeStep, ProbeError);

async fn go(target: &Target, within: Duration, probe: &mut Probe) -> Result<(), Failed> {
    let in_step = |step: ProbeStep| move |error: DialError| (step, ProbeError::from(error));
    target.token.check().map_err(DialError::Token).map_err(in_step(ProbeStep::Token))?;
    let (host, port) = match &target.address {
        Address::Endpoint { host, port } => (host.clone(), *port),
        Address::Discover { authority, https } => {
            let step = ProbeStep::Discovery;
            let proxy = target.proxy.as_ref();
            let asked = timeout(within, discovery::discover(&target.token, authority, https.as_ref(), proxy));
            let found = asked.await.map_err(|_| slow(step, within))?.map_err(in_step(step))?;
            probe.done.push((step, format!("{authority} says {}", tcp::place(&found.0, found.1))));
            found
        }
    };
    let route = Route { proxy: target.proxy.as_ref(), host: &host, port };
    let at = route.at();
    let (socket, peer) = match &target.proxy {
        Some(proxy) => proxied(proxy, &host, port, within, probe).await?,
        None => direct(&host, port, within, probe).await?,
    };
    let manner = manner_of(target);
    match &target.security {
        Security::Plaintext => match http2(socket, peer, &manner, at, within, probe).await {
            Err((_, ProbeError::Dial(DialError::SpeaksTls { at }))) => {
                Err((ProbeStep::Tls, DialError::SpeaksTls { at }.into()))
            }
            Err((ProbeStep::Http2, ProbeError::Dial(DialError::Closed { at, .. })))
                if tls::is_spoken_at(&route).await =>
            {
                Err((ProbeStep::Tls, DialError::SpeaksTls { at }.into()))
            }
            done => done,
        },
        Security::Tls { config, server_name } => {
            let step = ProbeStep::Tls;
            let secured = timeout(within, tls::secure(socket, config.clone(), server_name, &at));
            let socket = secured.await.map_err(|_| slow(step, within))?.map_err(in_step(step))?;
            probe.certificate = presented(socket.get_ref().1.peer_certificates());
            probe.done.push((step, format!("its certificate is good for {server_name}")));
            http2(socket, peer, &manner, at, within, probe).await
        }
    }
}

/// Connects to the place itself.
async fn direct(
    host: &str,
    port: u16,
    within: Duration,
    probe: &mut Probe,
) -> Result<(TcpStream, SocketAddr), Failed> {
    let step = ProbeStep::Name;
    let resolved = timeout(within, tcp::resolve(host, port)).await;
    let addresses = resolved.map_err(|_| slow(step, within))?.map_err(|error| (step, error.into()))?;
    // That an address is an address is no news.
    if tcp::bare(host).parse::<std::net::IpAddr>().is_err() {
        let all: Vec<String> = addresses.iter().map(|it| it.ip().to_string()).collect();
        probe.done.push((step, format!("{host} is {}", all.join(", "))));
    }
    let step = ProbeStep::Tcp;
    let connected = timeout(within, tcp::connect_to(&addresses, host, port)).await;
    let connected = connected.map_err(|_| slow(step, within))?.map_err(|error| (step, error.into()))?;
    probe.done.push((step, format!("{} takes connections", tcp::place(host, port))));
    Ok(connected)
}

/// Connects through a proxy, which resolves the place's name.
async fn proxied(
    proxy: &Proxy,
    host: &str,
    port: u16,
    within: Duration,
    probe: &mut Probe,
) -> Result<(TcpStream, SocketAddr), Failed> {
    let (socket, peer) = reached(proxy, within).await?;
    match proxy::ask(socket, proxy, host, port, within).await {
        // Of one that said nothing it is not known that it is well.
        Err(error) if !error.is_behind_proxy() => Err((ProbeStep::Proxy, error.into())),
        asked => {
            probe.done.push((ProbeStep::Proxy, format!("{proxy} takes connections")));
            let socket = asked.map_err(|error| (ProbeStep::Tcp, error.into()))?;
            probe.done.push((ProbeStep::Tcp, format!("{} takes connections", tcp::place(host, port))));
            Ok((socket, peer))
        }
    }
}

/// Looks whether a proxy takes connections; nothing is asked of it.
///
/// # Errors
/// It does not; with the remedy.
pub fn probe_proxy(proxy: &Proxy, within: Duration) -> BoxFuture<'_, Result<(), ProbeError>> {
    Box::pin(async move { reached(proxy, within).await.map(|_| ()).map_err(|(_, error)| error) })
}

async fn reached(proxy: &Proxy, within: Duration) -> Result<(TcpStream, SocketAddr), Failed> {
    let step = ProbeStep::Proxy;
    let reached = timeout(within, proxy::reach(proxy)).await;
    reached.map_err(|_| slow(step, within))?.map_err(|error| (step, error.into()))
}

fn slow(step: ProbeStep, within: Duration) -> Failed {
    (step, ProbeError::Slow(within))
}

/// Some services repeat the token that they refuse, and those from npm send where in their code that was.
fn refused(status: &Status, manner: &Manner) -> ProbeError {
    let message = status.message().lines().next().unwrap_or_default().replace(manner.token.reveal(), "…");
    ProbeError::Refused { code: status.code(), message }
}

/// The first of a chain of certificates.
fn presented(chain: Option<&[CertificateDer<'_>]>) -> Option<Vec<u8>> {
    Some(chain?.first()?.as_ref().to_vec())
}

/// The steps over a socket, secured or not.
async fn http2<S>(
    socket: S,
    peer: SocketAddr,
    manner: &Manner,
    at: String,
    within: Duration,
    probe: &mut Probe,
) -> Result<(), Failed>
where
    S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    let step = ProbeStep::Http2;
    let greeted = timeout(within, greet(socket, peer, manner, at)).await;
    let greeted = greeted.map_err(|_| (step, ProbeError::Slow(within)))?;
    let connection = greeted.map_err(|error| (step, error.into()))?;
    probe.done.push((step, String::from("it speaks HTTP/2")));
    let step = ProbeStep::Token;
    let mut puppet = connection.puppet();
    let asked = timeout(within, puppet.version(puppet::VersionRequest {})).await;
    let asked = asked.map_err(|_| (step, ProbeError::Slow(within)))?;
    let answer = asked.map_err(|status| (step, refused(&status, manner)))?.into_inner();
    probe.done.push((step, format!("it is taken; the service is of version {}", answer.version)));
    probe.connection = Some(connection);
    Ok(())
}
