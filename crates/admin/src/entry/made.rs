//! New keys, and hashes of passwords: what `ha-wechaty key` and `ha-wechaty password` print.

use std::fmt::Write as _;

use argon2::{Argon2, PasswordHasher as _};
use ha_wechaty_config::KeyHash;

use super::keys::hash;

/// How a key begins, so that it is known where it should not be.
const PREFIX: &str = "hawechaty_";

/// So much of it is random: 160 bits.
const RANDOM: usize = 20;

/// A key that was just made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MadeKey {
    /// What its owner shows. It is kept nowhere.
    pub key: String,
    /// What is kept of it.
    pub hash: KeyHash,
}

/// A new key; none where the system has no random bits.
pub fn make_key() -> Option<MadeKey> {
    let mut bits = [0; RANDOM];
    getrandom::fill(&mut bits).ok()?;
    let key = PREFIX.to_owned() + &hex(&bits);
    Some(MadeKey { hash: hash(&key), key })
}

/// What `admin.password` may be instead of a password: its hash, from which it can't be had.
///
/// # Errors
/// The system has no random bits.
pub fn hash_password(password: &str) -> Result<String, String> {
    let hash = Argon2::default().hash_password(password.as_bytes());
    hash.map(|it| it.to_string()).map_err(|error| error.to_string())
}

/// In hexadecimal digits.
pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing into a text can't fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_long_and_no_two_are_the_same() {
        let [one, other] = [make_key(), make_key()].map(|it| it.expect("there are random bits"));
        assert_eq!(one.key.len(), PREFIX.len() + 2 * RANDOM);
        assert!(one.key != other.key && one.hash != other.hash);
        assert_eq!(one.hash, hash(&one.key));
    }

    #[test]
    fn a_hash_is_of_the_kind_that_a_configuration_takes() {
        let hash = hash_password("sesame").expect("there are random bits");
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$") && !hash.contains("sesame"), "{hash}");
    }
}
