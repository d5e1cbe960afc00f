//! TLS with a puppet service, and what its refusals mean.

use std::{io, sync::Arc};

use ha_wechaty_wire::tls::{self, Trust};
use rustls::{AlertDescription, CertificateError, ClientConfig, Error, pki_types::ServerName};
use tokio::{net::TcpStream, time::timeout};
use tokio_rustls::{TlsConnector, client::TlsStream};

use super::{DialError, Route, STEP};

pub(crate) async fn secure(
    socket: TcpStream,
    config: Arc<ClientConfig>,
    name: &str,
    at: &str,
) -> Result<TlsStream<TcpStream>, DialError> {
    let server =
        ServerName::try_from(name.to_owned()).map_err(|_| DialError::ServerName { name: name.to_owned() })?;
    match timeout(STEP, TlsConnector::from(config).connect(server, socket)).await {
        Ok(Ok(socket)) => Ok(socket),
        Ok(Err(error)) => Err(explain(&error, name, at.to_owned())),
        Err(_) => Err(DialError::Silent { at: at.to_owned(), tls: true, limit: STEP }),
    }
}

/// Whether a server that would not speak to us in plaintext speaks TLS.
///
/// OpenSSL, and so every service on Node, closes such a connection without a word.
pub(super) async fn is_spoken_at(route: &Route<'_>) -> bool {
    let (Ok(config), Ok(name)) = (tls::client(&Trust::Community), ServerName::try_from(tls::COMMUNITY_NAME))
    else {
        return false;
    };
    let handshake = async {
        let (socket, _) = route.connect().await.map_err(io::Error::other)?;
        TlsConnector::from(Arc::new(config)).connect(name, socket).await
    };
    match timeout(STEP, handshake).await {
        Ok(Ok(_)) => true,
        // A refusal in the words of TLS.
        Ok(Err(error)) => refusal(&error).is_some_and(|error| !matches!(error, Error::InvalidMessage(_))),
        Err(_) => false,
    }
}

fn refusal(error: &io::Error) -> Option<&Error> {
    error.get_ref()?.downcast_ref()
}

fn explain(error: &io::Error, name: &str, at: String) -> DialError {
    match refusal(error) {
        // The first bytes of the answer are no TLS record.
        Some(Error::InvalidMessage(_)) => DialError::NoTls { at },
        Some(Error::InvalidCertificate(
            why @ (CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. }),
        )) => DialError::CertificateName { at, name: name.to_owned(), why: why.to_string() },
        Some(Error::InvalidCertificate(why)) => DialError::Certificate { at, why: certificate(why) },
        Some(Error::AlertReceived(AlertDescription::NoApplicationProtocol)) => {
            DialError::Tls { at, why: "it offers no HTTP/2, so it is no puppet service".into() }
        }
        Some(other) => DialError::Tls { at, why: other.to_string() },
        None if error.kind() == io::ErrorKind::UnexpectedEof => {
            DialError::Tls { at, why: "it closed the connection during the handshake".into() }
        }
        None => DialError::Tls { at, why: error.to_string() },
    }
}

fn certificate(why: &CertificateError) -> String {
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "rustls' list, of which these need words of their own"
    )]
    match why {
        CertificateError::UnknownIssuer => "nobody we trust signed it".into(),
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => "it has expired".into(),
        other => other.to_string(),
    }
}
