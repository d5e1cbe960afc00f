//! Messages of the encrypted modes: AES-256-CBC over `16 random bytes, length, message, app id`, padded to 32.

use aes::{
    Aes256,
    cipher::{BlockModeDecrypt as _, BlockModeEncrypt as _, KeyIvInit as _, block_padding::NoPadding},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use subtle::ConstantTimeEq as _;

use crate::key::{AesKey, KeyError};

/// What a plain text is padded to; AES itself would be content with 16.
const BLOCK: usize = 32;
/// Random bytes, then the length.
const HEAD: usize = 16 + 4;

/// Seals and opens messages of one official account.
#[derive(Clone)]
pub struct Envelope {
    key: [u8; 32],
    app_id: String,
}

impl Envelope {
    /// Takes the `EncodingAESKey` and the `AppID` of the account.
    ///
    /// # Errors
    /// The key has not 43 characters of base64.
    pub fn new(aes_key: &str, app_id: &str) -> Result<Self, KeyError> {
        Ok(Self::of(aes_key.parse()?, app_id))
    }

    /// Of the key, once it is read.
    pub(crate) fn of(AesKey(key): AesKey, app_id: &str) -> Self {
        Self { key, app_id: app_id.to_owned() }
    }

    /// Encrypts a message. The random bytes must be unpredictable: the initial vector is always the same.
    pub fn seal(&self, random: [u8; 16], message: &[u8]) -> String {
        // Messages have kilobytes at most; a length beyond u32 can't be written at all.
        let length = u32::try_from(message.len()).unwrap_or(u32::MAX);
        let mut plain = [&random[..], &length.to_be_bytes(), message, self.app_id.as_bytes()].concat();
        // 1 to 32, hence a byte.
        let padding = BLOCK - plain.len() % BLOCK;
        plain.resize(plain.len() + padding, padding as u8);
        self.seal_blocks(&plain)
    }

    /// Encrypts whole blocks as they are.
    pub(crate) fn seal_blocks(&self, plain: &[u8]) -> String {
        let cipher = cbc::Encryptor::<Aes256>::new(&self.key.into(), &self.initial_vector().into());
        STANDARD.encode(cipher.encrypt_padded_vec::<NoPadding>(plain))
    }

    /// Decrypts a message.
    ///
    /// What is wrong with it may be told to whoever sent it only if it was signed, or strangers could ask for
    /// the text bit by bit.
    ///
    /// # Errors
    /// It was not sealed with this key, or for another account.
    pub fn open(&self, sealed: &str) -> Result<Vec<u8>, EnvelopeError> {
        let sealed = STANDARD.decode(sealed.trim_ascii()).map_err(|_| EnvelopeError::Base64)?;
        let cipher = cbc::Decryptor::<Aes256>::new(&self.key.into(), &self.initial_vector().into());
        let plain = cipher.decrypt_padded_vec::<NoPadding>(&sealed).map_err(|_| EnvelopeError::Blocks)?;
        let plain = unpad(&plain).ok_or(EnvelopeError::Padding)?;
        let (head, rest) = plain.split_at_checked(HEAD).ok_or(EnvelopeError::Length)?;
        let length = head.last_chunk().map(|length| u32::from_be_bytes(*length)).unwrap_or_default();
        let length = usize::try_from(length).map_err(|_| EnvelopeError::Length)?;
        let (message, app_id) = rest.split_at_checked(length).ok_or(EnvelopeError::Length)?;
        if !bool::from(app_id.ct_eq(self.app_id.as_bytes())) {
            return Err(EnvelopeError::AppId);
        }
        Ok(message.to_vec())
    }

    fn initial_vector(&self) -> [u8; 16] {
        std::array::from_fn(|index| self.key[index])
    }
}

/// Strips 1 to 32 bytes, each of which says how many they are.
fn unpad(plain: &[u8]) -> Option<&[u8]> {
    let padding = usize::from(*plain.last()?);
    let (text, pad) = plain.split_at_checked(plain.len().checked_sub(padding)?)?;
    ((1..=BLOCK).contains(&padding) && pad.iter().all(|byte| usize::from(*byte) == padding)).then_some(text)
}

/// Why an encrypted message can't be opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[allow(missing_docs, reason = "their texts say it")]
pub enum EnvelopeError {
    #[error("it is no base64")]
    Base64,
    #[error("it has no whole blocks")]
    Blocks,
    #[error("its padding is wrong")]
    Padding,
    #[error("it is shorter than it says")]
    Length,
    #[error("it is for another app id")]
    AppId,
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{any, prop_assert_eq, prop_assert_ne, proptest};

    use super::*;

    const KEY: &str = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG";
    const APP: &str = "wxb11529c136998cb6";
    const ENCRYPT: &str =
        "jn1L23DB+6ELqJ+6bruv21Y6MD7KeIfP82D6gU39rmkgczbWwt5+3bnyg5K55bgVtVzd832WzZGMhkP72vVOfg==";

    fn envelope() -> Envelope {
        Envelope::new(KEY, APP).expect("the key is one")
    }

    #[test]
    fn the_published_vector_in_both_directions() {
        let message = "我是中文abcd123";
        assert_eq!(envelope().seal(*b"aaaabbbbccccdddd", message.as_bytes()), ENCRYPT);
        assert_eq!(envelope().open(ENCRYPT).as_deref(), Ok(message.as_bytes()));
    }

    #[test]
    fn a_key_has_43_characters_of_base64() {
        let error = |key: &str| Envelope::new(key, APP).err();
        assert_eq!(error(&KEY[1..]), Some(KeyError::Length(42)));
        assert_eq!(error(&format!("{KEY}=")), Some(KeyError::Length(44)));
        assert_eq!(error(&KEY.replace('a', "=")), Some(KeyError::Alphabet));
        assert_eq!(error(&KEY.replace('a', "é")), Some(KeyError::Alphabet));
    }

    #[test]
    fn a_message_for_another_account_is_refused() {
        let other = Envelope::new(KEY, "wxother").expect("the key is one");
        assert_eq!(envelope().open(&other.seal([7; 16], b"ding")), Err(EnvelopeError::AppId));
    }

    #[test]
    fn what_was_never_sealed_is_refused() {
        assert_eq!(envelope().open("*"), Err(EnvelopeError::Base64));
        assert_eq!(envelope().open("AAAA"), Err(EnvelopeError::Blocks));
        assert_eq!(envelope().open(""), Err(EnvelopeError::Padding));
        assert_eq!(envelope().open(&envelope().seal_blocks(&[0; 32])), Err(EnvelopeError::Padding));
        assert_eq!(envelope().open(&envelope().seal_blocks(&[33; 64])), Err(EnvelopeError::Padding));
        assert_eq!(envelope().open(&envelope().seal_blocks(&[32; 16])), Err(EnvelopeError::Padding));
        assert_eq!(envelope().open(&envelope().seal_blocks(&[32; 32])), Err(EnvelopeError::Length));
        let mut long = [1; 32];
        long[16..20].copy_from_slice(&u32::MAX.to_be_bytes());
        assert_eq!(envelope().open(&envelope().seal_blocks(&long)), Err(EnvelopeError::Length));
    }

    proptest! {
        #[test]
        fn what_is_sealed_is_opened(random: [u8; 16], message: Vec<u8>) {
            prop_assert_eq!(envelope().open(&envelope().seal(random, &message)), Ok(message));
        }

        #[test]
        fn what_is_tampered_with_does_not_say_the_same(message: Vec<u8>, at: usize, flip in 1..=255_u8) {
            // The signature is what refuses it; but even without one, a changed block garbles itself and changes
            // the next, so that it is never the message again.
            let sealed = envelope().seal([7; 16], &message);
            let mut bytes = STANDARD.decode(sealed).expect("it was just encoded");
            let at = at % bytes.len();
            bytes[at] ^= flip;
            if let Ok(opened) = envelope().open(&STANDARD.encode(bytes)) {
                prop_assert_ne!(opened, message);
            }
        }

        #[test]
        fn nothing_makes_it_panic(sealed: String, blocks in proptest::collection::vec(any::<[u8; 16]>(), 0..8)) {
            let _ = envelope().open(&sealed);
            let _ = envelope().open(&envelope().seal_blocks(&blocks.concat()));
        }
    }
}
