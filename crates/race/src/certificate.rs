//! A certificate for this machine, made for one run.

use std::{fs, path::PathBuf, sync::Arc};

use anyhow::Result;
use rcgen::generate_simple_self_signed;
use rustls::{ClientConfig, RootCertStore, crypto::ring};
use tempfile::TempDir;

/// It, in a folder of its own.
pub(crate) struct Certificate {
    folder: TempDir,
    /// What trusts it, and speaks HTTP/2.
    pub(crate) trust: Arc<ClientConfig>,
}

impl Certificate {
    /// A new one, which vouches for itself.
    pub(crate) fn make() -> Result<Self> {
        let made = generate_simple_self_signed(vec!["127.0.0.1".into(), "localhost".into()])?;
        let folder = tempfile::tempdir()?;
        let (cert, key) = (made.cert.pem(), made.signing_key.serialize_pem());
        for (name, text) in [("cert.pem", &cert), ("key.pem", &key), ("both.pem", &format!("{cert}{key}"))] {
            fs::write(folder.path().join(name), text)?;
        }
        let mut roots = RootCertStore::empty();
        roots.add(made.cert.der().clone())?;
        let trust = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()));
        let trust = trust.with_safe_default_protocol_versions()?;
        let mut trust = trust.with_root_certificates(roots).with_no_client_auth();
        trust.alpn_protocols = vec![b"h2".to_vec()];
        Ok(Self { folder, trust: Arc::new(trust) })
    }

    pub(crate) fn cert(&self) -> PathBuf {
        self.folder.path().join("cert.pem")
    }

    pub(crate) fn key(&self) -> PathBuf {
        self.folder.path().join("key.pem")
    }

    /// The certificate and its key, in one file.
    pub(crate) fn both(&self) -> PathBuf {
        self.folder.path().join("both.pem")
    }
}
