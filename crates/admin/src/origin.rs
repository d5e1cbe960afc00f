//! Who a browser asks for: pages of elsewhere must not read what the admin's server tells.
//!
//! Without a password whoever reaches the port may look, and it is reached from this machine alone. But a browser on
//! this machine shows pages of anybody, and a name of theirs may lead here (DNS rebinding). Such a request names the
//! other host; and one that a page sends to us as who we are names the page as its origin.

use http::{HeaderMap, HeaderName, header, uri::Authority};

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");
const SEC_FETCH_MODE: HeaderName = HeaderName::from_static("sec-fetch-mode");

/// Whether a request means us. `url` is where browsers find us, if that is known: a proxy may ask us as somebody else.
///
/// # Errors
/// Says why not.
pub(super) fn check(has_password: bool, url: Option<&str>, headers: &HeaderMap) -> Result<(), String> {
    let text = |name| headers.get(name).map(|it| it.to_str().unwrap_or("?"));
    let host = text(header::HOST);
    if headers.get_all(header::HOST).iter().nth(1).is_some() {
        return Err("it asks for two hosts at once".to_owned());
    }
    if let Some(host) = host.filter(|host| !has_password && !is_here(host)) {
        return Err(format!(
            "{host:?} is no name of this machine's own: ask for localhost or an address, or set admin.password"
        ));
    }
    let origin = text(header::ORIGIN).filter(|origin| !is_own_origin(origin, host, url));
    if let Some(origin) = origin {
        return Err(format!(
            "a page of {origin:?} may not ask here; if that is where browsers find this gateway, set admin.url to it"
        ));
    }
    match text(SEC_FETCH_SITE) {
        None | Some("same-origin" | "none") => Ok(()),
        // Who follows a link leaves the page, and that reads nothing of it.
        Some(_) if text(SEC_FETCH_MODE) == Some("navigate") => Ok(()),
        Some(site) => Err(format!("a page of elsewhere may not ask here ({SEC_FETCH_SITE}: {site})")),
    }
}

/// Whether a page of ours asks, and says so: what is done for whoever is let in must not be done for a page of elsewhere that
/// this one shows.
pub(super) fn is_own_page(url: Option<&str>, headers: &HeaderMap) -> bool {
    let text = |name| headers.get(name).map(|it| it.to_str().unwrap_or("?"));
    match text(header::ORIGIN) {
        Some(origin) => is_own_origin(origin, text(header::HOST), url),
        None => text(SEC_FETCH_SITE) == Some("same-origin"),
    }
}

/// Whether a page of this origin is of the host that it asks, or of where browsers find us.
fn is_own_origin(origin: &str, host: Option<&str>, url: Option<&str>) -> bool {
    let Some((_, authority)) = origin.split_once("://") else { return false };
    host == Some(authority) || url.and_then(origin_of).is_some_and(|url| url.eq_ignore_ascii_case(origin))
}

/// The origin of an address, as browsers write it: with no port where it is the usual one.
fn origin_of(url: &str) -> Option<String> {
    let (scheme, rest) = url.split_once("://")?;
    let authority = rest.split('/').next().unwrap_or(rest);
    let usual = if scheme == "https" { ":443" } else { ":80" };
    Some(format!("{scheme}://{}", authority.strip_suffix(usual).unwrap_or(authority)))
}

/// Whether nobody else can have made a host's name lead here.
fn is_here(host: &str) -> bool {
    let Ok(authority) = host.parse::<Authority>() else { return false };
    let name = authority.host();
    let address = name.strip_prefix('[').and_then(|it| it.strip_suffix(']')).unwrap_or(name);
    let name = name.strip_suffix('.').unwrap_or(name).to_ascii_lowercase();
    address.parse::<std::net::IpAddr>().is_ok() || name == "localhost" || name.ends_with(".localhost")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asks(has_password: bool, headers: &[(&'static str, &str)]) -> bool {
        let headers = headers
            .iter()
            .map(|(name, value)| (HeaderName::from_static(name), value.parse().expect("a value")));
        check(has_password, None, &headers.collect()).is_ok()
    }

    #[test]
    fn a_name_that_anybody_may_own_is_refused_where_there_is_no_password() {
        for host in
            ["localhost:8790", "LOCALHOST.", "gw.localhost", "127.0.0.1:8790", "[::1]:8790", "10.0.0.7"]
        {
            assert!(asks(false, &[("host", host)]), "{host}");
        }
        for host in [
            "evil.example.com",
            "evil.example.com:8790",
            "localhost.evil.example",
            "127.0.0.1.evil.example",
            "",
            "a b",
        ] {
            assert!(!asks(false, &[("host", host)]), "{host}");
        }
        assert!(asks(true, &[("host", "gateway.internal:8790")]));
        assert!(asks(false, &[]), "HTTP/1.0 and probes");
        let two = HeaderMap::from_iter([(header::HOST, "localhost".parse().expect("a value"))]);
        let mut both = two.clone();
        both.append(header::HOST, "evil.example.com".parse().expect("a value"));
        assert!(check(false, None, &two).is_ok() && check(false, None, &both).is_err());
    }

    #[test]
    fn who_is_refused_behind_a_proxy_learns_what_to_set() {
        let headers = [(header::HOST, "127.0.0.1:8790"), (header::ORIGIN, "https://gateway.example")];
        let headers = headers.map(|(name, value)| (name, value.parse().expect("a value")));
        let why = check(true, None, &HeaderMap::from_iter(headers)).expect_err("it is another's");
        assert!(why.contains("\"https://gateway.example\"") && why.contains("set admin.url to it"), "{why}");
    }

    #[test]
    fn only_a_page_of_ours_is_one() {
        let is_own = |headers: &[(&'static str, &str)]| {
            let headers = headers
                .iter()
                .map(|(name, value)| (HeaderName::from_static(name), value.parse().expect("a value")));
            is_own_page(None, &headers.collect())
        };
        let host = ("host", "localhost:8790");
        assert!(is_own(&[host, ("origin", "http://localhost:8790")]));
        assert!(is_own(&[host, ("sec-fetch-site", "same-origin")]));
        for other in [
            &[host] as &[_],
            &[host, ("origin", "null"), ("sec-fetch-site", "same-origin")],
            &[host, ("origin", "http://evil.example"), ("sec-fetch-site", "same-origin")],
            &[host, ("sec-fetch-site", "cross-site"), ("sec-fetch-mode", "navigate")],
            &[host, ("sec-fetch-site", "none")],
            &[("origin", "localhost")],
        ] {
            assert!(!is_own(other), "{other:?}");
        }
    }

    #[test]
    fn behind_a_proxy_that_asks_by_another_name_our_page_is_ours() {
        let asks = |url: &str, origin: &str| {
            let headers = [(header::HOST, "127.0.0.1:8790"), (header::ORIGIN, origin)];
            let headers = headers.map(|(name, value)| (name, value.parse().expect("a value")));
            let headers = HeaderMap::from_iter(headers);
            let is_own = is_own_page(Some(url), &headers);
            assert_eq!(check(true, Some(url), &headers).is_ok(), is_own, "{url} {origin}");
            is_own
        };
        for (url, origin) in [
            ("https://gateway.example", "https://gateway.example"),
            ("https://Gateway.example:443/team", "https://gateway.example"),
            ("http://gateway.example:80", "http://gateway.example"),
            ("https://gateway.example:8443", "https://gateway.example:8443"),
            ("https://gateway.example", "http://127.0.0.1:8790"),
        ] {
            assert!(asks(url, origin), "{url} {origin}");
        }
        for origin in [
            "null",
            "http://gateway.example",
            "https://gateway.example:8443",
            "https://gateway.example.evil.example",
            "https://evil.example",
        ] {
            assert!(!asks("https://gateway.example", origin), "{origin}");
        }
    }

    #[test]
    fn a_page_of_elsewhere_is_refused_whatever_there_is() {
        let own = ("host", "localhost:8790");
        for has_password in [false, true] {
            assert!(asks(has_password, &[own, ("origin", "http://localhost:8790")]));
            for origin in [
                "http://evil.example",
                "http://localhost:8791",
                "null",
                "https://localhost:8790.evil.example",
            ] {
                assert!(!asks(has_password, &[own, ("origin", origin)]), "{origin}");
            }
            assert!(asks(has_password, &[own, ("sec-fetch-site", "none")]));
            assert!(!asks(has_password, &[own, ("sec-fetch-site", "cross-site")]));
            assert!(!asks(has_password, &[own, ("sec-fetch-site", "same-site")]));
            let link = [own, ("sec-fetch-site", "cross-site"), ("sec-fetch-mode", "navigate")];
            assert!(asks(has_password, &link), "a link on a page is no page that reads");
        }
    }
}
