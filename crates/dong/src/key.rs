//! The key of the encrypted modes, as WeChat writes it: 43 characters of base64 for 32 bytes.

use std::str::FromStr;

use base64::{
    Engine as _, alphabet,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};

/// The 43 characters hold two bits more than the key: WeChat lets them be anything.
const KEY_BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(DecodePaddingMode::RequireNone),
);

/// An `EncodingAESKey`.
#[derive(Clone, PartialEq, Eq)]
pub struct AesKey(pub(crate) [u8; 32]);

impl FromStr for AesKey {
    type Err = KeyError;

    fn from_str(text: &str) -> Result<Self, KeyError> {
        let length = text.chars().count();
        if length != 43 {
            return Err(KeyError::Length(length));
        }
        let key = KEY_BASE64.decode(text).map_err(|_| KeyError::Alphabet)?;
        Ok(Self(key.try_into().map_err(|_| KeyError::Alphabet)?))
    }
}

impl std::fmt::Debug for AesKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("AesKey(…)")
    }
}

/// Why a key is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// Too short or too long.
    #[error("has {0} characters, but must have 43")]
    Length(usize),
    /// No base64.
    #[error("has a character other than A-Z, a-z, 0-9, + and /")]
    Alphabet,
}
