//! TLS as the community does it.
//!
//! Stock servers present one well-known certificate, X.509 **v1**, which no webpki reads: as a server we
//! hand it out through a resolver, as a client we recognise exactly it and check the handshake against its
//! public key. Every other certificate takes the ordinary path.

use std::sync::Arc;

use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, Error, OtherError, RootCertStore, ServerConfig,
    SignatureScheme,
    client::{
        WebPkiServerVerifier,
        danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    },
    crypto::{
        CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature,
        verify_tls13_signature_with_raw_key,
    },
    pki_types::{
        CertificateDer, PrivateKeyDer, ServerName, SubjectPublicKeyInfoDer, UnixTime, pem::PemObject as _,
    },
    server::{ClientHello, ResolvesServerCert},
    sign::CertifiedKey,
};

const CA: &[u8] = include_bytes!("../community/ca.pem");
const SERVER: &[u8] = include_bytes!("../community/server.pem");
const SERVER_KEY: &[u8] = include_bytes!("../community/server.key");
const SERVER_SPKI: &[u8] = include_bytes!("../community/server.spki.der");

/// The server name that the community's certificate is for; the prefix of default tokens.
pub const COMMUNITY_NAME: &str = "insecure";

/// Whom a client trusts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trust {
    /// The community's own certificate, its authority and the public ones.
    Community,
    /// The public authorities and those in this PEM text, which may be empty. Not the community, whose
    /// certificate anybody can present: its key is public.
    Public(Vec<u8>),
    /// Only the authorities in this PEM text.
    Authorities(Vec<u8>),
}

/// A server that presents the community's certificate.
///
/// # Errors
/// Only if the certificate that ships with this crate is damaged.
pub fn community_server() -> Result<ServerConfig, TlsError> {
    server(SERVER, SERVER_KEY)
}

/// A server that presents the given certificate chain and key (PEM).
///
/// # Errors
/// Names what is wrong with the PEM text or the key.
pub fn server(chain: &[u8], key: &[u8]) -> Result<ServerConfig, TlsError> {
    let chain = certificates(chain)?;
    let key = PrivateKeyDer::from_pem_slice(key).map_err(|e| TlsError::Pem("private key", e.to_string()))?;
    let provider = provider();
    let key = provider.key_provider.load_private_key(key).map_err(TlsError::Rustls)?;
    // A `CertifiedKey` made by hand: the checked way parses the certificate, which fails on a v1 one.
    let certified = Arc::new(CertifiedKey::new(chain, key));
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(TlsError::Rustls)?
        .with_no_client_auth()
        .with_cert_resolver(Arc::new(Always(certified)));
    config.alpn_protocols = vec![b"h2".to_vec()];
    Ok(config)
}

/// A client that speaks HTTP/2 and trusts as told; the community's certificate is always recognised
/// under [`Trust::Community`].
///
/// # Errors
/// Names what is wrong with the PEM text.
pub fn client(trust: &Trust) -> Result<ClientConfig, TlsError> {
    let provider = provider();
    let mut roots = RootCertStore::empty();
    if !matches!(trust, Trust::Authorities(_)) {
        roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
    }
    let pinned = match trust {
        Trust::Community => {
            for ca in certificates(CA)? {
                roots.add(ca).map_err(TlsError::Rustls)?;
            }
            certificates(SERVER)?.into_iter().next()
        }
        Trust::Public(pem) if pem.is_empty() => None,
        Trust::Public(pem) | Trust::Authorities(pem) => {
            for ca in certificates(pem)? {
                roots.add(ca).map_err(TlsError::Rustls)?;
            }
            None
        }
    };
    let webpki = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider.clone())
        .build()
        .map_err(|e| TlsError::Pem("certificate authorities", e.to_string()))?;
    let mut config = ClientConfig::builder_with_provider(provider.clone())
        .with_safe_default_protocol_versions()
        .map_err(TlsError::Rustls)?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(Verifier { pinned, webpki, provider }))
        .with_no_client_auth();
    config.alpn_protocols = vec![b"h2".to_vec()];
    Ok(config)
}

fn provider() -> Arc<CryptoProvider> {
    Arc::new(ring::default_provider())
}

fn certificates(pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let chain: Vec<_> = CertificateDer::pem_slice_iter(pem)
        .collect::<Result<_, _>>()
        .map_err(|e| TlsError::Pem("certificate", e.to_string()))?;
    if chain.is_empty() {
        return Err(TlsError::Pem("certificate", "no CERTIFICATE section in it".into()));
    }
    Ok(chain)
}

#[derive(Debug)]
struct Always(Arc<CertifiedKey>);

impl ResolvesServerCert for Always {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.0.clone())
    }
}

#[derive(Debug)]
struct Verifier {
    pinned: Option<CertificateDer<'static>>,
    webpki: Arc<WebPkiServerVerifier>,
    provider: Arc<CryptoProvider>,
}

impl Verifier {
    fn is_pinned(&self, certificate: &CertificateDer<'_>) -> bool {
        self.pinned.as_ref() == Some(certificate)
    }
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        // Pinned: whoever asked for it by whatever name gets it, since it proves nothing anyway.
        if self.is_pinned(end_entity) {
            return Ok(ServerCertVerified::assertion());
        }
        self.webpki.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now)
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        if self.is_pinned(certificate) {
            let why = TlsError::OldTls;
            return Err(CertificateError::Other(OtherError(Arc::new(why))).into());
        }
        verify_tls12_signature(
            message,
            certificate,
            signature,
            &self.provider.signature_verification_algorithms,
        )
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        if self.is_pinned(certificate) {
            let key = SubjectPublicKeyInfoDer::from(SERVER_SPKI);
            return verify_tls13_signature_with_raw_key(message, &key, signature, algorithms);
        }
        verify_tls13_signature(message, certificate, signature, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

/// Why TLS can't be set up.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// Text that is not the PEM it should be.
    #[error("not a readable {0} (PEM): {1}")]
    Pem(&'static str, String),
    /// rustls refused.
    #[error("TLS: {0}")]
    Rustls(#[source] Error),
    /// The community's certificate can be checked with TLS 1.3 only.
    #[error("the server presents the community's certificate over TLS 1.2; it must offer TLS 1.3")]
    OldTls,
}

#[cfg(test)]
mod tests {
    use super::*;
    use rustls::{ClientConnection, ServerConnection};

    /// Hands bytes to and fro until both sides are done or one refuses.
    fn handshake(client: ClientConfig, server: ServerConfig, name: &'static str) -> Result<(), Error> {
        let name = ServerName::try_from(name).expect("a server name");
        let mut client = ClientConnection::new(Arc::new(client), name)?;
        let mut server = ServerConnection::new(Arc::new(server))?;
        while client.is_handshaking() || server.is_handshaking() {
            let mut wire = Vec::new();
            client.write_tls(&mut wire).expect("memory");
            server.read_tls(&mut wire.as_slice()).expect("memory");
            server.process_new_packets()?;
            wire.clear();
            server.write_tls(&mut wire).expect("memory");
            client.read_tls(&mut wire.as_slice()).expect("memory");
            client.process_new_packets()?;
        }
        Ok(())
    }

    #[test]
    fn our_client_trusts_the_communitys_v1_certificate() {
        let client = client(&Trust::Community).expect("a client");
        handshake(client, community_server().expect("a server"), COMMUNITY_NAME).expect("a handshake");
    }

    #[test]
    fn with_other_authorities_the_communitys_certificate_is_refused() {
        for trust in [Trust::Authorities(CA.to_vec()), Trust::Public(CA.to_vec()), Trust::Public(Vec::new())]
        {
            let client = client(&trust).expect("a client");
            handshake(client, community_server().expect("a server"), COMMUNITY_NAME)
                .expect_err("no pin, no trust");
        }
    }

    #[test]
    fn what_is_not_pem_is_named() {
        let error = server(b"nonsense", SERVER_KEY).expect_err("no certificate");
        assert!(error.to_string().contains("certificate"), "{error}");
        let error = server(SERVER, b"nonsense").expect_err("no key");
        assert!(error.to_string().contains("private key"), "{error}");
    }
}
