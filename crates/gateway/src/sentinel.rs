//! What is wrong with this machine: a disk without room, a certificate that ends, a clock that jumps; and what else the
//! core can't see: calls that are refused for pace. It looks every half minute and tells the core, which decides whether
//! people are told.

use std::{
    collections::{BTreeMap, BTreeSet},
    os::unix::fs::MetadataExt as _,
    path::{Path, PathBuf},
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use bytesize::ByteSize;
use ha_wechaty_config::{AdminTls, Config, Folders, GatewayTls, PemFile, Provider, StorePlace};
use ha_wechaty_core::{AlarmKind, Severity};
use rustix::fs::statvfs;
use tokio_util::sync::CancellationToken;
use x509_parser::{parse_x509_certificate, pem::parse_x509_pem};

/// How often it looks.
const EVERY: Duration = Duration::from_secs(30);
/// With less room than this a disk is low.
const LITTLE: u64 = 512 << 20;
/// And with less than a twentieth of it, if that is less than this: of a very large disk that is plenty.
const SHARE: u64 = 20;
const PLENTY: u64 = 10 << 30;
/// With less than this nothing works for long.
const NOTHING: u64 = 128 << 20;
/// One that is low is well again only with so much more: a tenth.
const SLACK: u64 = 10;
/// So long before it ends a certificate is told of.
const SOON: Duration = Duration::from_secs(14 * 24 * 3_600);
/// And so long before, it is to be seen to now.
const URGENT: Duration = Duration::from_secs(2 * 24 * 3_600);
/// A clock may be set by so much.
const JUMP: Duration = Duration::from_secs(5);
/// What goes on is told again, in the words of then, after so long.
const AGAIN: Duration = Duration::from_secs(6 * 3_600);
/// That it jumped is told for so long.
const AFTER: Duration = Duration::from_secs(600);

/// What is wrong with something, if it is.
pub(crate) type Ailing = Option<(Severity, String)>;

/// What is looked at.
#[derive(Debug)]
pub(crate) struct Sentinel {
    disks: Vec<Disk>,
    certificates: Vec<Certificate>,
    clock: Clock,
}

/// A disk, by a folder on it.
#[derive(Debug)]
struct Disk {
    /// What it is for.
    what: &'static str,
    folder: PathBuf,
    is_low: bool,
}

/// A certificate that is served.
#[derive(Debug)]
struct Certificate {
    /// The key that names it.
    key: &'static str,
    served: PemFile,
}

/// The time of day beside the time that only passes.
#[derive(Debug)]
struct Clock {
    /// The time of day when the other one began.
    begun: Option<(SystemTime, Instant)>,
    /// When it jumped last, and what is told of that.
    jumped: Option<(Instant, String)>,
}

impl Sentinel {
    /// Of what a configuration needs.
    pub(crate) fn new(config: &Config) -> Self {
        let mut folders: Vec<(&'static str, PathBuf)> = Vec::new();
        if let StorePlace::File(store) = &config.store.path {
            let folder = store.parent().filter(|it| !it.as_os_str().is_empty()).unwrap_or(Path::new("."));
            folders.push(("the store", folder.to_owned()));
        }
        let spool = config.gateway.spool_dir.clone().or_else(|| std::env::var_os("TMPDIR").map(Into::into));
        folders.push(("uploads", spool.unwrap_or_else(|| PathBuf::from("/var/tmp"))));
        if config.accounts.iter().any(|it| matches!(it.provider, Provider::Hosted(_)))
            && let Ok(data) = Folders::new(&config.host)
        {
            folders.push(("puppets", data.root().to_owned()));
        }
        let mut seen = BTreeSet::new();
        // One that is on the same disk says nothing more.
        folders.retain(|(_, folder)| folder.metadata().is_ok_and(|it| seen.insert(it.dev())));
        let disks = folders.into_iter().map(|(what, folder)| Disk { what, folder, is_low: false });

        let of_admin = match config.admin.listen.and(config.admin.tls.as_ref()) {
            Some(AdminTls::Certificate { cert, .. }) => {
                Some(Certificate { key: "admin.tls", served: cert.clone() })
            }
            // The gateway makes it anew in time.
            Some(AdminTls::Generated | AdminTls::Off) | None => None,
        };
        let discovery = config.discovery.listen.and(config.discovery.tls.as_ref());
        let pairs = [("gateway.tls", Some(&config.gateway.tls)), ("discovery.tls", discovery)];
        let certificates = pairs.into_iter().filter_map(|(key, tls)| match tls {
            Some(GatewayTls::Certificate { cert, .. }) => Some(Certificate { key, served: cert.clone() }),
            Some(GatewayTls::Community | GatewayTls::Off) | None => None,
        });
        Self {
            disks: disks.collect(),
            certificates: certificates.chain(of_admin).collect(),
            clock: Clock { begun: None, jumped: None },
        }
    }

    /// Looks until it is to stop, at what `others` have seen as well; `tell` is told how each thing is, by what it is and
    /// which.
    pub(crate) async fn watch(
        mut self,
        others: impl Fn() -> Vec<(AlarmKind, String, Ailing)> + Send,
        tell: impl Fn(AlarmKind, &str, Ailing) + Send,
        stop: CancellationToken,
    ) {
        // What was told of each, and when: what is told is written down.
        let mut told: BTreeMap<(AlarmKind, String), (Option<Severity>, Instant)> = BTreeMap::new();
        loop {
            // A disk may hang: nothing else here waits for it.
            let looked = tokio::task::spawn_blocking(move || {
                let found = self.look(SystemTime::now(), Instant::now());
                (self, found)
            });
            let looked = tokio::select! {
                looked = looked => looked,
                () = stop.cancelled() => return,
            };
            let Ok((sentinel, found)) = looked else { return };
            self = sentinel;
            for (kind, about, ailing) in found.into_iter().chain(others()) {
                let severity = ailing.as_ref().map(|it| it.0);
                let known = told.get(&(kind, about.clone()));
                if known
                    .is_none_or(|(was, at)| *was != severity || severity.is_some() && at.elapsed() > AGAIN)
                {
                    tell(kind, &about, ailing);
                    told.insert((kind, about), (severity, Instant::now()));
                }
            }
            tokio::select! {
                () = tokio::time::sleep(EVERY) => {}
                () = stop.cancelled() => return,
            }
        }
    }

    /// How everything is now.
    fn look(&mut self, today: SystemTime, now: Instant) -> Vec<(AlarmKind, String, Ailing)> {
        let mut found = Vec::new();
        for disk in &mut self.disks {
            // What can't be asked is not known to be low.
            if let Ok(stat) = statvfs(&disk.folder) {
                let (free, whole) = (stat.f_bavail * stat.f_frsize, stat.f_blocks * stat.f_frsize);
                found.push((AlarmKind::DiskLow, disk.folder.display().to_string(), disk.judge(free, whole)));
            }
        }
        for it in &self.certificates {
            let ends = |bytes: &[u8]| end_of(bytes);
            let Some(served) = ends(it.served.bytes()) else { continue };
            let renewed = PemFile::read(it.served.path()).ok().and_then(|file| ends(file.bytes()));
            found.push((AlarmKind::Certificate, it.key.to_owned(), it.judge(served, renewed, today)));
        }
        found.push((AlarmKind::Clock, String::from("this machine"), self.clock.judge(today, now)));
        found
    }
}

impl Disk {
    fn judge(&mut self, free: u64, whole: u64) -> Ailing {
        let least = LITTLE.max((whole / SHARE).min(PLENTY)).min(whole / 2);
        let needed = if self.is_low { least + least / SLACK } else { least };
        self.is_low = free < needed;
        let severity = if free < NOTHING.min(whole / 4) { Severity::Critical } else { Severity::Warning };
        self.is_low.then(|| {
            let (what, folder, free) = (self.what, self.folder.display(), ByteSize(free));
            (severity, format!("{free} are left on the disk of {what} ({folder}), of {}", ByteSize(whole)))
        })
    }
}

impl Certificate {
    /// `renewed` is when the one ends that is in the file by now.
    fn judge(&self, ends: SystemTime, renewed: Option<SystemTime>, today: SystemTime) -> Ailing {
        let left = ends.duration_since(today).unwrap_or_default();
        if left > SOON {
            return None;
        }
        let severity = if left < URGENT { Severity::Critical } else { Severity::Warning };
        let (key, file) = (self.key, self.served.path().display());
        let when = humantime::format_rfc3339_seconds(ends);
        let ends_so = match left.as_secs() / (24 * 3_600) {
            _ if left.is_zero() => format!("ended at {when}"),
            0 => format!("ends within a day, at {when}"),
            days => format!("ends in {days} days, at {when}"),
        };
        let remedy = match renewed.is_some_and(|it| it > ends) {
            true => format!("{file} has a new one, which the gateway serves once it is started again"),
            false => format!("put a new one into {file}, and start the gateway again"),
        };
        Some((severity, format!("the certificate of {key} {ends_so}: {remedy}")))
    }
}

/// When the first certificate of a PEM file ends; none of one that can't be read.
fn end_of(pem: &[u8]) -> Option<SystemTime> {
    let (_, pem) = parse_x509_pem(pem).ok()?;
    let (_, certificate) = parse_x509_certificate(&pem.contents).ok()?;
    let seconds = certificate.validity().not_after.timestamp();
    Some(UNIX_EPOCH + Duration::from_secs(seconds.try_into().unwrap_or(0)))
}

impl Clock {
    fn judge(&mut self, today: SystemTime, now: Instant) -> Ailing {
        let (begun, then) = *self.begun.get_or_insert((today, now));
        let expected = begun + now.duration_since(then);
        let (by, how) = match today.duration_since(expected) {
            Ok(ahead) => (ahead, "forward"),
            Err(behind) => (behind.duration(), "back"),
        };
        if by > JUMP {
            self.begun = Some((today, now));
            let by = Duration::from_secs(by.as_secs());
            let text = format!(
                "this machine's clock went {how} by {} at once, or the machine slept: see to its time synchronisation, \
                 since bots know messages by their time",
                humantime::format_duration(by)
            );
            self.jumped = Some((now, text));
        }
        let jumped = self.jumped.as_ref().filter(|(at, _)| now.duration_since(*at) < AFTER);
        jumped.map(|(_, text)| (Severity::Warning, text.clone()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GIB: u64 = 1 << 30;
    const DAY: Duration = Duration::from_secs(24 * 3_600);

    #[test]
    fn a_disk_is_low_by_what_is_left_and_well_only_with_some_more() {
        let mut disk = Disk { what: "the store", folder: "/var/lib".into(), is_low: false };
        assert_eq!(disk.judge(3 * GIB, 20 * GIB), None);
        let (severity, text) = disk.judge(GIB - 1, 20 * GIB).expect("less than a twentieth");
        assert_eq!(severity, Severity::Warning);
        assert_eq!(text, "1024.0 MiB are left on the disk of the store (/var/lib), of 20.0 GiB");
        assert!(disk.judge(GIB + 1, 20 * GIB).is_some(), "it would come and go");
        assert_eq!(disk.judge(GIB + GIB / 9, 20 * GIB), None);
        assert_eq!(disk.judge(50 * GIB, 4_000 * GIB), None, "of a large one that is plenty");
        assert_eq!(disk.judge(NOTHING - 1, 20 * GIB).expect("nothing is left").0, Severity::Critical);
        let mut small = Disk { is_low: false, ..disk };
        assert_eq!(small.judge(GIB / 4, GIB / 4 + GIB / 8), None, "a small one that is empty is not low");
    }

    /// A certificate of `gateway.tls` that ends then, and the folder that it is in.
    fn certificate(ends: SystemTime) -> (Certificate, tempfile::TempDir) {
        let folder = tempfile::tempdir().expect("a folder");
        write(&folder, ends);
        let served = PemFile::read(folder.path().join("server.pem")).expect("written");
        (Certificate { key: "gateway.tls", served }, folder)
    }

    fn write(folder: &tempfile::TempDir, ends: SystemTime) {
        let mut made = rcgen::CertificateParams::new(["localhost".to_owned()]).expect("a name");
        made.not_after = ends.into();
        let key = rcgen::KeyPair::generate().expect("a key");
        let pem = made.self_signed(&key).expect("a certificate").pem();
        std::fs::write(folder.path().join("server.pem"), pem).expect("written");
    }

    #[test]
    fn a_certificate_is_told_of_a_fortnight_before_it_ends_and_what_is_served_counts() {
        let ends = UNIX_EPOCH + Duration::from_secs(1_800_000_000);
        let (certificate, folder) = certificate(ends);
        let served = end_of(certificate.served.bytes()).expect("it can be read");
        assert_eq!(served, ends);
        let told = |before: Duration, renewed| certificate.judge(served, renewed, ends - before);
        assert_eq!(told(15 * DAY, None), None);
        let (severity, text) = told(9 * DAY + DAY / 2, None).expect("soon");
        assert_eq!(severity, Severity::Warning);
        let start =
            "the certificate of gateway.tls ends in 9 days, at 2027-01-15T08:00:00Z: put a new one into ";
        assert!(text.starts_with(start), "{text}");
        assert_eq!(told(DAY, None).expect("now").0, Severity::Critical);
        let (severity, text) = certificate.judge(served, None, ends + DAY).expect("it is over");
        assert!(severity == Severity::Critical && text.contains("ended at 2027-01-15T08:00:00Z"), "{text}");

        write(&folder, ends + 90 * DAY);
        let mut sentinel = Sentinel {
            disks: Vec::new(),
            certificates: vec![certificate],
            clock: Clock { begun: None, jumped: None },
        };
        let found = sentinel.look(ends - DAY, Instant::now());
        let (AlarmKind::Certificate, about, Some((_, text))) = &found[0] else { panic!("{found:?}") };
        assert_eq!(about, "gateway.tls");
        assert!(
            text.ends_with("server.pem has a new one, which the gateway serves once it is started again"),
            "{text}"
        );
    }

    #[test]
    fn a_clock_that_jumps_is_told_of_for_ten_minutes_and_one_that_is_set_a_little_is_not() {
        let mut clock = Clock { begun: None, jumped: None };
        let (today, now) = (UNIX_EPOCH + 20_000 * DAY, Instant::now());
        let second = Duration::from_secs(1);
        assert_eq!(clock.judge(today, now), None);
        assert_eq!(clock.judge(today + 34 * second, now + 30 * second), None);
        let (_, text) = clock.judge(today + 160 * second, now + 60 * second).expect("it jumped");
        assert!(text.starts_with("this machine's clock went forward by 1m 40s at once"), "{text}");
        assert!(clock.judge(today + 650 * second, now + 550 * second).is_some());
        assert_eq!(clock.judge(today + 760 * second, now + 660 * second), None, "it goes right since");
        let (_, text) = clock.judge(today + 690 * second, now + 690 * second).expect("it jumped");
        assert!(text.contains("went back by 1m 40s"), "{text}");
    }

    #[test]
    fn what_a_gateway_needs_is_looked_at() {
        let mut config = Config::new("team");
        config.store.path = StorePlace::File(std::env::temp_dir().join("team.db"));
        let mut sentinel = Sentinel::new(&config);
        let found = sentinel.look(SystemTime::now(), Instant::now());
        let kinds: Vec<_> = found.iter().map(|it| it.0).collect();
        assert_eq!(
            (kinds.first(), kinds.last()),
            (Some(&AlarmKind::DiskLow), Some(&AlarmKind::Clock)),
            "{found:?}"
        );
        assert!(kinds.iter().all(|it| *it != AlarmKind::Certificate), "the community's is none of ours");
    }
}
