//! How what is told is signed, so that receivers know from whom it is.

use base64::{Engine as _, prelude::BASE64_STANDARD};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

/// What begins the secrets of Standard Webhooks, of which the rest is base64.
const WHSEC: &str = "whsec_";

/// The signature of Standard Webhooks: of its id, when it is sent (in seconds since 1970) and the body as it is sent. A
/// secret that is not written as there is taken as it stands.
pub(crate) fn standard(secret: &str, id: &str, timestamp: u64, body: &[u8]) -> String {
    let decoded = secret.strip_prefix(WHSEC).and_then(|it| BASE64_STANDARD.decode(it).ok());
    let key = decoded.unwrap_or_else(|| secret.as_bytes().to_vec());
    format!("v1,{}", hmac(&key, &[format!("{id}.{timestamp}.").as_bytes(), body]))
}

/// DingTalk's: of when it is sent (in milliseconds since 1970) and the secret itself, by the secret.
pub(crate) fn dingtalk(secret: &str, milliseconds: u128) -> String {
    hmac(secret.as_bytes(), &[format!("{milliseconds}\n{secret}").as_bytes()])
}

/// Feishu's: of nothing, by when it is sent (in seconds since 1970) and the secret.
pub(crate) fn feishu(secret: &str, seconds: u64) -> String {
    hmac(format!("{seconds}\n{secret}").as_bytes(), &[])
}

/// HMAC-SHA256 in base64.
fn hmac(key: &[u8], parts: &[&[u8]]) -> String {
    // Any key will do: long ones are hashed, short ones filled up.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else { return String::new() };
    parts.iter().for_each(|part| mac.update(part));
    BASE64_STANDARD.encode(mac.finalize().into_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The vector that the specification's libraries are tested with.
    #[test]
    fn the_published_vector_of_standard_webhooks() {
        let sign = |secret: &str| {
            standard(secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, br#"{"test": 2432232314}"#)
        };
        let signature = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";
        assert_eq!(sign("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"), signature);
        assert_ne!(sign("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"), signature, "it is another secret, as it stands");
    }

    /// RFC 4231, case 2, which all of them rest on.
    #[test]
    fn the_published_vector_of_hmac() {
        let expected = "W9zBRr9gdU5qBCQmCJV1x1oAPwidJzmDnexYuWTsOEM=";
        assert_eq!(hmac(b"Jefe", &[b"what do ya want ", b"for nothing?"]), expected);
    }

    /// As their pages compute it, in Python: `hmac.new(secret, f'{t}\n{secret}')` and `hmac.new(f'{t}\n{secret}', b'')`.
    #[test]
    fn robots_sign_what_their_pages_say() {
        assert_eq!(dingtalk("this is secret", 1_700_000_000_000), DINGTALK);
        assert_eq!(feishu("this is secret", 1_599_360_473), FEISHU);
    }

    const DINGTALK: &str = "sSFWELbV2YwjdDQhWZwTcWlX5BWUx5J6TPpsZmuPii0=";
    const FEISHU: &str = "/eYKrXQBzTjUZJ3s6NX16VxGbTwmK7AEs8/FnvC1CSw=";
}
