//! Until when certificates hold.

use std::{
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use ha_wechaty_config::{Config, GatewayTls};
use ha_wechaty_team::view::Remedy;
use rustls::pki_types::{CertificateDer, pem::PemObject as _};
use x509_parser::{certificate::X509Certificate, prelude::FromDer as _};

use crate::text::Finding;

const DAY: u64 = 24 * 3_600;
/// One that ends within so many days is to be renewed.
const SOON: u64 = 14;

/// Those that bots, and whoever looks for the gateway, are shown.
pub(super) async fn look(config: Arc<Config>) -> Vec<Finding> {
    let discovery = config.discovery.listen.and_then(|_| config.discovery.tls(&config.gateway.tls));
    let mut found = Vec::new();
    for (key, tls) in [("gateway.tls", Some(&config.gateway.tls)), ("discovery.tls", discovery)] {
        let Some(GatewayTls::Certificate { cert, .. }) = tls else { continue };
        let about = format!("certificate {}", cert.path().display());
        match CertificateDer::from_pem_slice(cert.bytes()) {
            Ok(der) => found.push(judge(format!("{about} ({key})"), &der, SystemTime::now())),
            Err(error) => found.push(Finding::wrong(about, error.to_string(), Remedy::Certificate)),
        }
    }
    found
}

/// Whether a certificate holds, and for how long still.
pub(super) fn judge(about: String, der: &[u8], now: SystemTime) -> Finding {
    let Ok((_, certificate)) = X509Certificate::from_der(der) else {
        return Finding::unknown(about, "its certificate can't be read");
    };
    // The community's is of the first version: clients know it by its key, and look at no date.
    if certificate.version().0 == 0 {
        return Finding::well(about, "it is the community's certificate, of which nobody looks at the date");
    }
    let validity = certificate.validity();
    let [from, until] = [validity.not_before, validity.not_after].map(|it| it.timestamp());
    let now = now.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    let [begins, ends] = [from, until].map(|it| u64::try_from(it).unwrap_or(0));
    let (since, until) = (date(begins), date(ends));
    if now < begins {
        let text = format!("it holds from {since} on, which is to come: or this machine's clock is behind");
        return Finding::wrong(about, text, Remedy::Certificate);
    }
    match ends.checked_sub(now) {
        None => Finding::wrong(about, format!("it has ended, on {until}"), Remedy::Certificate),
        Some(left) if left < SOON * DAY => {
            Finding::odd(about, format!("it ends in {} days, on {until}", left / DAY), Remedy::Certificate)
        }
        Some(_) => Finding::well(about, format!("it holds until {until}")),
    }
}

fn date(seconds: u64) -> String {
    let text = humantime::format_rfc3339_seconds(UNIX_EPOCH + Duration::from_secs(seconds)).to_string();
    text.split('T').next().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Sort;

    #[test]
    fn a_certificate_is_judged_by_its_dates() {
        let mut params = rcgen::CertificateParams::new(vec!["bots.example.com".into()]).expect("a name");
        params.not_before = rcgen::date_time_ymd(2026, 1, 1);
        params.not_after = rcgen::date_time_ymd(2026, 3, 1);
        let key = rcgen::KeyPair::generate().expect("a key");
        let der = params.self_signed(&key).expect("a certificate").der().to_vec();
        let at = |text: &str| humantime::parse_rfc3339(text).expect("a time");
        for (now, sort, told) in [
            ("2026-01-10T00:00:00Z", Sort::Well, "it holds until 2026-03-01"),
            ("2026-02-20T12:00:00Z", Sort::Odd, "it ends in 8 days, on 2026-03-01"),
            ("2026-03-02T00:00:00Z", Sort::Wrong, "it has ended, on 2026-03-01"),
            ("2025-12-31T00:00:00Z", Sort::Wrong, "it holds from 2026-01-01 on"),
        ] {
            let found = judge(String::from("it"), &der, at(now));
            assert_eq!(found.sort, sort, "{now}: {found:?}");
            assert!(found.text.starts_with(told), "{now}: {found:?}");
        }
        assert_eq!(judge(String::from("it"), b"none", SystemTime::now()).sort, Sort::Unknown);
    }
}
