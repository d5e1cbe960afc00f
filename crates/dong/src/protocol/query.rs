//! What stands in a call's address.

use std::{borrow::Cow, time::Duration};

/// The parameters of a call, decoded. Of a parameter that stands there twice, the first counts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Query<'a> {
    /// Signs token, timestamp and nonce.
    pub signature: Option<Cow<'a, str>>,
    /// Signs the encrypted message too.
    pub msg_signature: Option<Cow<'a, str>>,
    /// When WeChat called: seconds since 1970.
    pub timestamp: Cow<'a, str>,
    /// Something random.
    pub nonce: Cow<'a, str>,
    /// What WeChat wants to hear back when it verifies the server.
    pub echostr: Option<Cow<'a, str>>,
    /// `aes` in the encrypted modes.
    pub encrypt_type: Option<Cow<'a, str>>,
}

/// What a call's timestamp is worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Timeliness {
    /// Near enough.
    Fresh,
    /// Too old, or too far in the future.
    Stale,
    /// No number of seconds.
    Unreadable,
}

impl<'a> Query<'a> {
    /// Reads the part of an address behind its `?`.
    pub fn parse(query: &'a str) -> Self {
        let mut parsed = Self::default();
        let (mut timestamp, mut nonce) = (None, None);
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            let slot = match name.as_ref() {
                "signature" => &mut parsed.signature,
                "msg_signature" => &mut parsed.msg_signature,
                "timestamp" => &mut timestamp,
                "nonce" => &mut nonce,
                "echostr" => &mut parsed.echostr,
                "encrypt_type" => &mut parsed.encrypt_type,
                _ => continue,
            };
            slot.get_or_insert(value);
        }
        parsed.timestamp = timestamp.unwrap_or_default();
        parsed.nonce = nonce.unwrap_or_default();
        parsed
    }

    /// Looks at the timestamp, `now` being the time since 1970.
    pub fn stamp(&self, now: Duration, max_age: Option<Duration>) -> Timeliness {
        let Some(max_age) = max_age else { return Timeliness::Fresh };
        let Ok(seconds) = self.timestamp.parse() else { return Timeliness::Unreadable };
        // WeChat's seconds have no fraction: neither has now.
        let distance = Duration::from_secs(now.as_secs()).abs_diff(Duration::from_secs(seconds));
        if distance <= max_age { Timeliness::Fresh } else { Timeliness::Stale }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stamp(timestamp: &str, now: u64, max_age: Option<u64>) -> Timeliness {
        let query = format!("timestamp={timestamp}");
        Query::parse(&query).stamp(Duration::from_millis(now * 1000 + 999), max_age.map(Duration::from_secs))
    }

    #[test]
    fn parameters_are_decoded_and_others_ignored() {
        let query = Query::parse("a=b&signature=s&timestamp=1&nonce=n%20+%26&echostr=%E4%B8%AD&&openid=o");
        assert_eq!(query.nonce, "n  &");
        assert_eq!(query.echostr.as_deref(), Some("中"));
        assert_eq!((query.encrypt_type, query.msg_signature), (None, None));
    }

    #[test]
    fn the_first_of_two_counts() {
        assert_eq!(Query::parse("timestamp=1&timestamp=2").timestamp, "1");
    }

    #[test]
    fn a_timestamp_is_fresh_up_to_the_age_on_either_side() {
        assert_eq!(stamp("700", 1000, Some(300)), Timeliness::Fresh);
        assert_eq!(stamp("699", 1000, Some(300)), Timeliness::Stale);
        assert_eq!(stamp("1300", 1000, Some(300)), Timeliness::Fresh);
        assert_eq!(stamp("1301", 1000, Some(300)), Timeliness::Stale);
        assert_eq!(stamp(&u64::MAX.to_string(), 1000, Some(300)), Timeliness::Stale);
    }

    #[test]
    fn a_timestamp_that_is_no_number_is_unreadable_unless_nobody_looks() {
        for timestamp in ["", "x", "-1", "1.5", "99999999999999999999"] {
            assert_eq!(stamp(timestamp, 1000, Some(300)), Timeliness::Unreadable);
            assert_eq!(stamp(timestamp, 1000, None), Timeliness::Fresh);
        }
    }
}
