//! The certificate of the admin's server: one of the operator's own, taken anew when its files change, or one that it makes for itself, keeps beside the store for
//! its user alone, and renews before it ends.

use std::{
    fs, io,
    io::Write as _,
    net::IpAddr,
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
    sync::{Arc, PoisonError, RwLock},
    time::{Duration, SystemTime},
};

use ha_wechaty_config::{AdminTls, Config};
use ha_wechaty_wire::tls::TlsError;
use rcgen::{CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, KeyPair, date_time_ymd};
use rustls::{
    InconsistentKeys, ServerConfig,
    crypto::ring::{default_provider, sign::any_supported_type},
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject as _},
    server::{ClientHello, ResolvesServerCert},
    sign::CertifiedKey,
};
use tokio_util::sync::CancellationToken;

use crate::pin::Fingerprint;

/// A pair that was found, and when it ends.
type Found = (Arc<CertifiedKey>, Option<SystemTime>);

/// How long one lasts that the server makes.
const LIFE: Duration = Duration::from_secs(365 * 86_400);
/// So long before its end it is renewed.
const EARLY: Duration = Duration::from_secs(30 * 86_400);
/// How often it is looked whether that is due.
const OFTEN: Duration = Duration::from_secs(6 * 3_600);
/// How often it is looked whether the operator's own is another one.
const LOOKS: Duration = Duration::from_secs(60);

/// What its file says before the certificate: for whom it is, and when it ends.
const FOR: &str = "ha-wechaty made this for ";
const ENDS: &str = "; it ends ";

/// What the admin's server presents.
#[derive(Debug, Clone)]
pub struct AdminCertificate {
    presented: Arc<Presented>,
    server: Arc<ServerConfig>,
    source: Source,
}

/// Where the next one comes from.
#[derive(Debug, Clone)]
enum Source {
    /// The operator's own files: the certificate's, and its key's.
    Own { cert: PathBuf, key: PathBuf },
    /// The server makes it.
    Made(Made),
}

#[derive(Debug, Clone)]
struct Made {
    names: Vec<String>,
    /// Where it is kept, if anywhere.
    path: Option<PathBuf>,
}

/// A certificate, and with it its end, if that matters.
#[derive(Debug)]
struct Presented(RwLock<(Arc<CertifiedKey>, Option<SystemTime>)>);

impl ResolvesServerCert for Presented {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.now())
    }
}

impl Presented {
    fn now(&self) -> Arc<CertifiedKey> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).0.clone()
    }

    fn set(&self, now: (Arc<CertifiedKey>, Option<SystemTime>)) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = now;
    }

    fn ends(&self) -> Option<SystemTime> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).1
    }
}

impl AdminCertificate {
    /// The one that a configuration wants; none on plaintext.
    ///
    /// # Errors
    /// The operator's own can't be used, or none can be made.
    pub fn of(config: &Config) -> Result<Option<Self>, TlsError> {
        let (presented, source) = match config.admin.tls() {
            AdminTls::Off => return Ok(None),
            AdminTls::Certificate { cert, key } => {
                let source = Source::Own { cert: cert.path().to_owned(), key: key.path().to_owned() };
                ((certified(cert.bytes(), key.bytes())?, None), source)
            }
            AdminTls::Generated => {
                let made = Made { names: names(config), path: config.admin_certificate() };
                let (certified, ends) = made.kept().map_or_else(|| made.anew(), Ok)?;
                ((certified, Some(ends)), Source::Made(made))
            }
        };
        let presented = Arc::new(Presented(RwLock::new(presented)));
        let mut server = ServerConfig::builder_with_provider(Arc::new(default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(TlsError::Rustls)?
            .with_no_client_auth()
            .with_cert_resolver(presented.clone());
        server.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Some(Self { presented, server: Arc::new(server), source }))
    }

    /// What it is known by.
    pub fn fingerprint(&self) -> Option<Fingerprint> {
        self.presented.now().cert.first().map(Fingerprint::of)
    }

    /// TLS of a server that presents it.
    pub(crate) fn server(&self) -> Arc<ServerConfig> {
        self.server.clone()
    }

    /// Renews it whenever that is due, or somebody has.
    pub(crate) async fn renew(self, stop: CancellationToken) {
        let often = match &self.source {
            Source::Own { .. } => LOOKS,
            Source::Made(_) => OFTEN,
        };
        let mut told = None;
        while stop.run_until_cancelled(tokio::time::sleep(often)).await.is_some() {
            let next = match &self.source {
                Source::Own { cert, key } => self.other(cert, key),
                Source::Made(made) => {
                    let is_due = self.presented.ends().is_some_and(is_due);
                    is_due.then(|| made.anew().map(|(it, ends)| (it, Some(ends)))).transpose()
                }
            };
            match next {
                Ok(None) => told = None,
                Ok(Some(next)) => {
                    self.presented.set(next);
                    told = None;
                    let fingerprint = self.fingerprint().map(|it| it.to_string());
                    tracing::warn!(fingerprint, "the certificate of admin.listen was renewed");
                }
                Err(error) => {
                    let why = error.to_string();
                    if told.as_ref() != Some(&why) {
                        tracing::error!("the certificate of admin.listen can't be renewed: {why}");
                    }
                    told = Some(why);
                }
            }
        }
    }

    /// What the operator's files hold, if that is another one than is presented.
    fn other(&self, cert: &Path, key: &Path) -> Result<Option<Found>, TlsError> {
        let read = |part, path: &Path| {
            let failed = |error| TlsError::Pem(part, format!("{}: {error}", path.display()));
            fs::read(path).map_err(failed)
        };
        let found = certified(&read("certificate", cert)?, &read("private key", key)?)?;
        if found.cert == self.presented.now().cert {
            return Ok(None);
        }
        // Between one file and the other they are no pair.
        match found.keys_match() {
            Ok(()) | Err(rustls::Error::InconsistentKeys(InconsistentKeys::Unknown)) => {
                Ok(Some((found, None)))
            }
            Err(error) => Err(TlsError::Rustls(error)),
        }
    }
}

/// Whether one is to be renewed that ends then.
fn is_due(ends: SystemTime) -> bool {
    ends.duration_since(SystemTime::now()).is_ok_and(|left| left < EARLY) || ends < SystemTime::now()
}

impl Made {
    /// The one that was made before, if it is for the same and lasts.
    fn kept(&self) -> Option<(Arc<CertifiedKey>, SystemTime)> {
        let text = fs::read_to_string(self.path.as_ref()?).ok()?;
        let (names, rest) = text.strip_prefix(FOR)?.split_once(ENDS)?;
        let ends = humantime::parse_rfc3339(rest.lines().next()?.trim()).ok()?;
        let is_good = names == self.names.join(", ") && !is_due(ends);
        let certified = certified(text.as_bytes(), text.as_bytes()).ok().filter(|_| is_good)?;
        Some((certified, ends))
    }

    /// A new one, kept for the next start.
    fn anew(&self) -> Result<(Arc<CertifiedKey>, SystemTime), TlsError> {
        let failed = |error: rcgen::Error| TlsError::Pem("certificate", error.to_string());
        let mut params = CertificateParams::new(self.names.clone()).map_err(failed)?;
        params.distinguished_name = DistinguishedName::new();
        params.distinguished_name.push(DnType::CommonName, "ha-wechaty");
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        let (from, ends) = (day(SystemTime::now()), day(SystemTime::now() + LIFE));
        params.not_before = date_time_ymd(from.0, from.1, from.2);
        params.not_after = date_time_ymd(ends.0, ends.1, ends.2);
        let key = KeyPair::generate().map_err(failed)?;
        let made = params.self_signed(&key).map_err(failed)?;
        let ends = format!("{:04}-{:02}-{:02}T00:00:00Z", ends.0, ends.1, ends.2);
        let text =
            format!("{FOR}{}{ENDS}{ends}\n{}{}", self.names.join(", "), made.pem(), key.serialize_pem());
        let certified = certified(text.as_bytes(), text.as_bytes())?;
        self.keep(&text);
        Ok((certified, humantime::parse_rfc3339(&ends).unwrap_or_else(|_| SystemTime::now() + LIFE)))
    }

    /// Writes it down, for this user alone.
    fn keep(&self, text: &str) {
        let Some(path) = &self.path else {
            tracing::warn!(
                "the certificate of admin.listen is another one after each start, since no store is kept on disk: set \
                 [store] path, or admin.tls"
            );
            return;
        };
        if let Err(error) = write(path, text) {
            tracing::warn!(
                "the certificate of admin.listen is another one after the next start: {} can't be written: {error}",
                path.display()
            );
        }
    }
}

/// Whole or not at all.
fn write(path: &Path, text: &str) -> io::Result<()> {
    let mut new = path.as_os_str().to_owned();
    new.push(".new");
    let new = PathBuf::from(new);
    match fs::remove_file(&new) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        Ok(()) | Err(_) => {}
    }
    let mut file = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&new)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    fs::rename(&new, path)
}

fn certified(chain: &[u8], key: &[u8]) -> Result<Arc<CertifiedKey>, TlsError> {
    let chain: Vec<_> = CertificateDer::pem_slice_iter(chain)
        .collect::<Result<_, _>>()
        .map_err(|error| TlsError::Pem("certificate", error.to_string()))?;
    let key = PrivateKeyDer::from_pem_slice(key);
    let key = key.map_err(|error| TlsError::Pem("private key", error.to_string()))?;
    Ok(Arc::new(CertifiedKey::new(chain, any_supported_type(&key).map_err(TlsError::Rustls)?)))
}

/// By which names it may be asked for: this machine's own, where it listens, and where browsers find it.
fn names(config: &Config) -> Vec<String> {
    let mut names = vec!["localhost".to_owned(), "127.0.0.1".to_owned(), "::1".to_owned()];
    let listen = config.admin.listen.map(|it| it.ip()).filter(|ip: &IpAddr| !ip.is_unspecified());
    let host = config.admin.url.as_deref().and_then(|url| {
        let authority = url.split_once("://")?.1.split('/').next()?.parse::<http::uri::Authority>().ok()?;
        Some(authority.host().trim_matches(['[', ']']).to_ascii_lowercase())
    });
    for name in listen.map(|ip| ip.to_string()).into_iter().chain(host) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

/// The day of a moment, in UTC.
fn day(at: SystemTime) -> (i32, u8, u8) {
    let text = humantime::format_rfc3339_seconds(at).to_string();
    let part = |from: usize, to: usize| text.get(from..to).and_then(|it| it.parse::<u16>().ok()).unwrap_or(1);
    (i32::from(part(0, 4)), part(5, 7) as u8, part(8, 10) as u8)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use ha_wechaty_config::{PemFile, StorePlace};

    use super::*;

    fn config(folder: &Path) -> Config {
        let mut config = Config::new("team");
        config.admin.tls = Some(AdminTls::Generated);
        config.store.path = StorePlace::File(folder.join("team.db"));
        config
    }

    fn fingerprint(config: &Config) -> Fingerprint {
        let made = AdminCertificate::of(config).expect("it can be made").expect("it is wanted");
        made.fingerprint().expect("there is one")
    }

    #[test]
    fn it_is_kept_for_its_user_alone_and_made_anew_for_other_names() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut config = config(folder.path());
        let first = fingerprint(&config);
        let path = config.admin_certificate().expect("it is kept");
        let mode = fs::metadata(&path).expect("it is there").permissions().mode();
        assert_eq!((mode & 0o777, path.file_name()), (0o600, Some("team.db.admin.pem".as_ref())));
        assert_eq!(fingerprint(&config), first, "it is the same after a restart");
        assert_eq!(Fingerprint::of_pem(&fs::read(&path).expect("it is there")), Some(first));
        config.admin.url = Some("https://Gateway.example:8790/x".into());
        let second = fingerprint(&config);
        assert_ne!(second, first);
        assert!(fs::read_to_string(&path).expect("it is there").contains("::1, gateway.example; it ends"));
        assert_eq!(fingerprint(&config), second);
    }

    #[test]
    fn one_that_ends_soon_or_is_damaged_is_made_anew() {
        let folder = tempfile::tempdir().expect("a folder");
        let config = config(folder.path());
        let first = fingerprint(&config);
        let path = config.admin_certificate().expect("it is kept");
        let text = fs::read_to_string(&path).expect("it is there");
        let soon = humantime::format_rfc3339_seconds(SystemTime::now() + EARLY / 2).to_string();
        let (before, rest) = text.split_once(ENDS).expect("it says so");
        let (_, pem) = rest.split_once('\n').expect("a line");
        fs::write(&path, format!("{before}{ENDS}{soon}\n{pem}")).expect("written");
        let second = fingerprint(&config);
        assert_ne!(second, first);
        fs::write(&path, "what is this").expect("written");
        assert_ne!(fingerprint(&config), second);
    }

    #[tokio::test(start_paused = true)]
    async fn an_own_one_is_taken_anew_once_both_its_files_are_others() {
        let folder = tempfile::tempdir().expect("a folder");
        let [cert, key] = ["cert.pem", "key.pem"].map(|name| folder.path().join(name));
        let make = || {
            let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).expect("it can be made");
            (made.cert.pem(), made.signing_key.serialize_pem())
        };
        let (first, second) = (make(), make());
        fs::write(&cert, &first.0).and_then(|()| fs::write(&key, &first.1)).expect("written");
        let mut config = Config::new("team");
        let [read_cert, read_key] = [&cert, &key].map(|it| PemFile::read(it).expect("it is there"));
        config.admin.tls = Some(AdminTls::Certificate { cert: read_cert, key: read_key });
        let certificate = AdminCertificate::of(&config).expect("it is good").expect("it is wanted");
        let stop = CancellationToken::new();
        let renewing = tokio::spawn(certificate.clone().renew(stop.clone()));
        let presents = async |pem: &str| {
            tokio::time::sleep(2 * LOOKS).await;
            assert_eq!(certificate.fingerprint(), Fingerprint::of_pem(pem.as_bytes()));
        };
        presents(&first.0).await;
        fs::write(&cert, &second.0).expect("written");
        presents(&first.0).await;
        fs::write(&key, &second.1).expect("written");
        presents(&second.0).await;
        fs::remove_file(&cert).expect("it is there");
        presents(&second.0).await;
        stop.cancel();
        renewing.await.expect("it ends");
    }

    #[test]
    fn on_plaintext_there_is_none() {
        let config = Config::new("team");
        assert!(AdminCertificate::of(&config).expect("nothing is made").is_none());
    }

    #[test]
    fn a_day_is_that_of_utc() {
        assert_eq!(day(SystemTime::UNIX_EPOCH + Duration::from_secs(1_767_225_599)), (2025, 12, 31));
        assert_eq!(day(SystemTime::UNIX_EPOCH + Duration::from_secs(1_767_225_600)), (2026, 1, 1));
    }
}
