//! How connections are secured, and the PEM files for it.

use std::{
    fmt, fs, io,
    path::{Path, PathBuf},
};

use ha_wechaty_wire::tls::{self, TlsError, Trust};

/// How connections of bots are secured. Key `gateway.tls`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
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
}

/// How the connection to an account is secured. Key `account.tls`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum AccountTls {
    /// The community's certificate, or one of a public authority.
    #[default]
    Community,
    /// Plaintext.
    Off,
    /// Another authority or another name.
    Custom {
        /// The only authorities to trust, instead of the community's and the public ones. Key `ca`.
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
