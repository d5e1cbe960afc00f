//! How connections are secured, and the PEM files for it.

use std::{
    fmt, fs, io,
    path::{Path, PathBuf},
};

use ha_wechaty_wire::tls::{self, TlsError, Trust};
use rustls::{
    Error, InconsistentKeys,
    crypto::ring::sign::any_supported_type,
    pki_types::{CertificateDer, PrivateKeyDer, ServerName, pem::PemObject as _},
    sign::CertifiedKey,
};

use crate::reader::{Field, Form, FromField, Keys};

/// How connections of bots are secured. Key `gateway.tls`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum GatewayTls {
    /// The community's certificate: stock bots take it without any setting, and it proves nothing.
    #[default]
    Community,
    /// Plaintext.
    Off,
    /// A certificate of one's own.
    Certificate {
        /// The certificate, then those that lead to its authority. Key `cert`.
        cert: PemFile,
        /// Its private key. Key `key`.
        key: PemFile,
    },
}

impl GatewayTls {
    /// What the server presents; `None` on plaintext.
    ///
    /// # Errors
    /// The files are not what they should be; a [`Config`](super::Config) that was read from a file or flags
    /// was checked for that.
    pub fn server_config(&self) -> Result<Option<rustls::ServerConfig>, TlsError> {
        match self {
            Self::Community => tls::community_server().map(Some),
            Self::Off => Ok(None),
            Self::Certificate { cert, key } => tls::server(cert.bytes(), key.bytes()).map(Some),
        }
    }

    /// Says which of the files can't be used, and why.
    pub(super) fn check(&self) -> Result<(), String> {
        let Self::Certificate { cert, key } = self else { return Ok(()) };
        let (cert_path, key_path) = (cert.path.display(), key.path.display());
        match self.server_config() {
            Err(TlsError::Pem("certificate", why)) => {
                Err(format!("{cert_path} holds no certificate (PEM): {why}"))
            }
            Err(TlsError::Pem(_, why)) => Err(format!("{key_path} holds no private key (PEM): {why}")),
            Err(error) => Err(format!("{key_path} can't be used as a private key: {error}")),
            Ok(_) if belong_together(cert, key) => Ok(()),
            Ok(_) => Err(format!("{key_path} is not the private key of {cert_path}; name the pair")),
        }
    }
}

/// How connections of operators are secured. Key `admin.tls`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AdminTls {
    /// Plaintext.
    Off,
    /// A certificate that the gateway makes for itself, and keeps beside its store.
    Generated,
    /// A certificate of one's own.
    Certificate {
        /// The certificate, then those that lead to its authority. Key `cert`.
        cert: PemFile,
        /// Its private key. Key `key`.
        key: PemFile,
    },
}

/// How the connection to an account is secured. Key `account.tls`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum AccountTls {
    /// The community's certificate, or one of a public authority.
    #[default]
    Community,
    /// Plaintext.
    Off,
    /// Another authority or another name.
    Custom {
        /// The only authorities to trust, instead of the community's and the public ones; of those who know
        /// the endpoint they vouch too. Key `ca`.
        ca: Option<PemFile>,
        /// The name to ask for, instead of the token's. Key `server_name`.
        server_name: Option<String>,
    },
}

impl AccountTls {
    /// What the client trusts; `None` on plaintext.
    ///
    /// # Errors
    /// The file is not what it should be; a [`Config`](super::Config) that was read from a file or flags was
    /// checked for that.
    pub fn client_config(&self) -> Result<Option<rustls::ClientConfig>, TlsError> {
        let trust = match self {
            Self::Off => return Ok(None),
            Self::Custom { ca: Some(ca), .. } => Trust::Authorities(ca.bytes().to_vec()),
            Self::Community | Self::Custom { ca: None, .. } => Trust::Community,
        };
        tls::client(&trust).map(Some)
    }

    /// Whom to trust to know where the account's service is.
    pub fn directory_trust(&self) -> Trust {
        match self {
            Self::Custom { ca: Some(ca), .. } => Trust::Public(ca.bytes().to_vec()),
            Self::Community | Self::Off | Self::Custom { ca: None, .. } => Trust::Public(Vec::new()),
        }
    }

    /// Says what can't be used, and why.
    pub(super) fn check(&self) -> Result<(), String> {
        let Self::Custom { ca, server_name } = self else { return Ok(()) };
        if let Some(name) = server_name.as_ref().filter(|name| ServerName::try_from(name.as_str()).is_err()) {
            return Err(format!("{name:?} is no server name; write a host name or an IP address"));
        }
        let file = ca.as_ref().map(|ca| ca.path.display().to_string()).unwrap_or_default();
        match self.client_config() {
            Ok(_) => Ok(()),
            Err(TlsError::Pem(_, why)) => Err(format!("{file} holds no certificate (PEM): {why}")),
            Err(error) => Err(format!("{file} can't be used as an authority: {error}")),
        }
    }
}

/// Whether the key is the certificate's, as far as it can be told: an X.509 v1 certificate can't be read.
fn belong_together(cert: &PemFile, key: &PemFile) -> bool {
    let certified = || {
        let chain = CertificateDer::pem_slice_iter(cert.bytes()).collect::<Result<Vec<_>, _>>().ok()?;
        let key = any_supported_type(&PrivateKeyDer::from_pem_slice(key.bytes()).ok()?).ok()?;
        Some(CertifiedKey::new(chain, key))
    };
    let mismatch = Err(Error::InconsistentKeys(InconsistentKeys::KeyMismatch));
    certified().is_none_or(|certified| certified.keys_match() != mismatch)
}

/// A PEM file, read once: what was checked is what is used. It never shows its content.
#[derive(Clone, PartialEq, Eq)]
pub struct PemFile {
    path: PathBuf,
    bytes: Vec<u8>,
}

impl PemFile {
    /// Reads a file.
    ///
    /// # Errors
    /// It can't be read.
    pub fn read(path: impl Into<PathBuf>) -> io::Result<Self> {
        let path = path.into();
        Ok(Self { bytes: fs::read(&path)?, path })
    }

    /// One that can't be read.
    fn none() -> Self {
        Self { path: PathBuf::new(), bytes: Vec::new() }
    }

    /// Where it was read.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Its content, as it was then.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }
}

impl fmt::Debug for PemFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("PemFile").field(&self.path).finish()
    }
}

impl FromField for PemFile {
    const FORM: Form = Form::Text;

    fn from_field(field: &Field<'_>) -> Option<Self> {
        let path = field.path("server.pem")?;
        let shown = path.display().to_string();
        match Self::read(path) {
            Ok(file) => Some(file),
            Err(error) => field.refuse(format!("{shown} can't be read: {error}")),
        }
    }
}

impl FromField for GatewayTls {
    fn from_field(field: &Field<'_>) -> Option<Self> {
        let Some(mut keys) = Keys::of(field) else {
            return match field.node.value.text() {
                Some("community") => Some(Self::Community),
                Some("off") => Some(Self::Off),
                Some(_) | None => field.refuse(format!(
                    "is {}, but must be \"community\", \"off\" or {{ cert = \"…\", key = \"…\" }}",
                    field.node.value.shown()
                )),
            };
        };
        let (mut cert, mut key) = (None, None);
        keys.require("cert", &mut cert, "name the PEM file of the certificate");
        keys.require("key", &mut key, "name the PEM file of the certificate's private key");
        keys.finish();
        let tls = Self::Certificate { cert: cert?, key: key? };
        match tls.check() {
            Ok(()) => Some(tls),
            Err(message) => field.refuse(message),
        }
    }
}

impl FromField for AdminTls {
    fn from_field(field: &Field<'_>) -> Option<Self> {
        if let Some(mut keys) = Keys::of(field) {
            let (mut cert, mut key): (Option<PemFile>, Option<PemFile>) = (None, None);
            keys.require("cert", &mut cert, "name the PEM file of the certificate");
            keys.require("key", &mut key, "name the PEM file of the certificate's private key");
            keys.finish();
            let cert = cert?;
            // Whoever only asks that server needs its certificate alone; without a key nobody serves, since that is reported.
            let Some(key) = key else { return Some(Self::Certificate { cert, key: PemFile::none() }) };
            let pair = GatewayTls::Certificate { cert: cert.clone(), key: key.clone() };
            return match pair.check() {
                Ok(()) => Some(Self::Certificate { cert, key }),
                Err(message) => field.refuse(message),
            };
        }
        match field.node.value.text() {
            Some("generated") => Some(Self::Generated),
            Some("off") => Some(Self::Off),
            Some(_) | None => field.refuse(format!(
                "is {}, but must be \"generated\", \"off\" or {{ cert = \"…\", key = \"…\" }}",
                field.node.value.shown()
            )),
        }
    }
}

impl FromField for AccountTls {
    fn from_field(field: &Field<'_>) -> Option<Self> {
        let Some(mut keys) = Keys::of(field) else {
            return match field.node.value.text() {
                Some("community") => Some(Self::Community),
                Some("off") => Some(Self::Off),
                Some(_) | None => field.refuse(format!(
                    "is {}, but must be \"community\", \"off\" or {{ ca = \"…\", server_name = \"…\" }}",
                    field.node.value.shown()
                )),
            };
        };
        let (ca, server_name) = (keys.get("ca"), keys.get("server_name"));
        let tls = Self::Custom { ca, server_name };
        keys.finish();
        match tls.check() {
            Ok(()) => Some(tls),
            Err(message) => field.refuse(message),
        }
    }
}
