//! The proof that WeChat calls, and nobody else: it knows the token.

use std::fmt::Write as _;

use sha1::{Digest, Sha1};
use subtle::ConstantTimeEq as _;

/// `sha1(concat(sort(parts)))` in lower-case hex.
///
/// The parts are token, timestamp and nonce; for the `msg_signature` of encrypted messages the `Encrypt` text
/// besides.
pub fn sign<const N: usize>(mut parts: [&str; N]) -> String {
    parts.sort_unstable();
    let digest = parts.iter().fold(Sha1::new(), Digest::chain_update).finalize();
    digest.iter().fold(String::with_capacity(2 * digest.len()), |mut hex, byte| {
        // Writing to a text can't fail.
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

/// Whether this is their signature. How long it takes tells nothing about the right one.
pub fn is_signed<const N: usize>(signature: &str, parts: [&str; N]) -> bool {
    sign(parts).as_bytes().ct_eq(signature.as_bytes()).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_published_vector_of_a_signature() {
        let expected = "f21891de399b4e33a1a93c9a7b8a8fffb5a443ff";
        assert_eq!(sign(["test", "1410685589", "test"]), expected);
        assert!(is_signed(expected, ["test", "1410685589", "test"]));
    }

    #[test]
    fn the_published_vector_of_a_message_signature() {
        let encrypt =
            "jn1L23DB+6ELqJ+6bruv21Y6MD7KeIfP82D6gU39rmkgczbWwt5+3bnyg5K55bgVtVzd832WzZGMhkP72vVOfg==";
        let expected = "82c962d39941aa48552f90ef55aa323dc620cc10";
        assert_eq!(sign(["pamtest", "1409304348", "xxxxxx", encrypt]), expected);
    }

    #[test]
    fn no_other_signature_passes() {
        let right = sign(["test", "1410685589", "test"]);
        let wrong = sign(["tset", "1410685589", "test"]);
        for signature in ["", &right[..39], &format!("{right}0"), &right.to_uppercase(), &wrong] {
            assert!(!is_signed(signature, ["test", "1410685589", "test"]), "{signature}");
        }
    }
}
