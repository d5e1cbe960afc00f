//! What a key makes of a record: message texts stand in it, and a store is copied for backups.
//!
//! ```text
//!   version (1 byte) │ nonce (24 bytes, random) │ XChaCha20-Poly1305 of the record, bound to what it is
//! ```

use std::{
    fmt, fs,
    io::{self, Read as _, Write as _},
    path::Path,
};

use bytes::Bytes;
use chacha20poly1305::{
    KeyInit as _, XChaCha20Poly1305, XNonce,
    aead::{Aead as _, AeadInOut as _, Payload},
};
use zeroize::Zeroizing;

use crate::JournalError;

/// The form of what is sealed.
const VERSION: u8 = 1;
const NONCE: usize = 24;
const KEY: usize = 32;
/// What stands behind what was sealed.
const TAG: usize = 16;

/// A secret that records are sealed with.
#[derive(Clone)]
pub struct SealKey {
    cipher: XChaCha20Poly1305,
    /// Where it is from, for people.
    source: String,
}

impl fmt::Debug for SealKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SealKey").field("source", &self.source).finish_non_exhaustive()
    }
}

impl SealKey {
    /// A key that nobody will ever know again, for what ends with the process.
    ///
    /// # Errors
    /// The system has no randomness to give.
    pub fn passing() -> Result<Self, JournalError> {
        Ok(Self::from_bytes(&*fresh()?, "of this process"))
    }

    /// The key of these bytes; `source` says to people where it is from.
    pub fn from_bytes(bytes: &[u8; KEY], source: &str) -> Self {
        Self { cipher: XChaCha20Poly1305::new(bytes.into()), source: source.to_owned() }
    }

    /// The key in a file, 64 hexadecimal digits. If `may_begin` and there is none, one is made that only its owner can
    /// read (mode 0600).
    ///
    /// # Errors
    /// It can't be read, made, or is no key. A store without its key is never given another one.
    pub fn in_file(path: &Path, may_begin: bool) -> Result<Self, JournalError> {
        let bad = |cause: String| JournalError::BadKey { path: path.to_owned(), cause };
        match fs::File::open(path) {
            Ok(mut file) => {
                let mut text = Zeroizing::new(String::new());
                file.read_to_string(&mut text).map_err(|error| bad(error.to_string()))?;
                let bytes = from_hex(text.trim())
                    .ok_or_else(|| bad(String::from("it is to hold 64 hexadecimal digits")))?;
                Ok(Self::from_bytes(&bytes, &path.display().to_string()))
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound && may_begin => {
                let bytes = fresh()?;
                match write_new(path, &to_hex(&*bytes)) {
                    Ok(()) => Ok(Self::from_bytes(&bytes, &path.display().to_string())),
                    // Another process was faster: that one's is the key.
                    Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Self::in_file(path, false),
                    Err(error) => Err(bad(error.to_string())),
                }
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => Err(bad(String::from(
                "it is not there, and what the store holds can't be read without it; put it back from the backup",
            ))),
            Err(error) => Err(bad(error.to_string())),
        }
    }

    /// Where it is from, for people.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// Seals a text as being `what`.
    ///
    /// # Errors
    /// The system has no randomness to give.
    pub fn seal(&self, what: &[u8], text: &[u8]) -> Result<Bytes, JournalError> {
        let mut nonce = [0; NONCE];
        getrandom::fill(&mut nonce).map_err(|error| no_randomness(&error))?;
        // In the place where it stays: of a large one there is no second copy.
        let mut sealed = Vec::with_capacity(1 + NONCE + text.len() + TAG);
        sealed.push(VERSION);
        sealed.extend_from_slice(&nonce);
        sealed.extend_from_slice(text);
        let tag =
            self.cipher.encrypt_inout_detached(&XNonce::from(nonce), what, (&mut sealed[1 + NONCE..]).into());
        let too_large =
            |_| JournalError::Unavailable { cause: String::from("a record is too large to be sealed") };
        sealed.extend_from_slice(&tag.map_err(too_large)?);
        Ok(sealed.into())
    }

    /// What was sealed as being `what`.
    ///
    /// # Errors
    /// [`JournalError::WrongKey`]: it was not, or with another key, or was changed since.
    pub fn open(&self, what: &[u8], sealed: &[u8]) -> Result<Bytes, JournalError> {
        let wrong = || JournalError::WrongKey { key: self.source.clone() };
        let (version, rest) = sealed.split_first().ok_or_else(wrong)?;
        let (nonce, rest) = rest.split_first_chunk::<NONCE>().ok_or_else(wrong)?;
        if *version != VERSION {
            return Err(wrong());
        }
        let payload = Payload { msg: rest, aad: what };
        self.cipher.decrypt(&XNonce::from(*nonce), payload).map(Bytes::from).map_err(|_| wrong())
    }
}

fn fresh() -> Result<Zeroizing<[u8; KEY]>, JournalError> {
    let mut bytes = Zeroizing::new([0; KEY]);
    getrandom::fill(&mut *bytes).map_err(|error| no_randomness(&error))?;
    Ok(bytes)
}

fn no_randomness(error: &getrandom::Error) -> JournalError {
    JournalError::Unavailable { cause: format!("the system gives no randomness: {error}") }
}

fn to_hex(bytes: &[u8]) -> Zeroizing<String> {
    Zeroizing::new(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

fn from_hex(text: &str) -> Option<Zeroizing<[u8; KEY]>> {
    let mut bytes = Zeroizing::new([0; KEY]);
    if text.len() != 2 * KEY || !text.is_ascii() {
        return None;
    }
    for (byte, digits) in bytes.iter_mut().zip(text.as_bytes().chunks(2)) {
        *byte = u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?;
    }
    Some(bytes)
}

/// A file that was not there, for its owner alone, on the disk before this returns: a store whose key is lost is lost. It
/// has its name only once it is whole.
fn write_new(path: &Path, text: &str) -> io::Result<()> {
    let mut beside = path.as_os_str().to_owned();
    beside.push(format!(".being-made-{}", std::process::id()));
    let beside = Path::new(&beside);
    // One of our own number was left by a process that is gone. What it is, a link as well, is not written to.
    match fs::remove_file(beside) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        Ok(()) | Err(_) => {}
    }
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(beside)?;
    file.write_all(text.as_bytes())?;
    file.write_all(b"\n")?;
    file.sync_all()?;
    // Never in the place of another one.
    let named = fs::hard_link(beside, path);
    fs::remove_file(beside)?;
    named?;
    #[cfg(unix)]
    if let Some(folder) = path.parent().filter(|it| !it.as_os_str().is_empty()) {
        fs::File::open(folder)?.sync_all()?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(byte: u8) -> SealKey {
        SealKey::from_bytes(&[byte; KEY], "a test")
    }

    #[test]
    fn what_is_sealed_is_opened_by_its_key_as_what_it_is() {
        let sealed = key(1).seal(b"record 7", b"hello").expect("sealed");
        assert_eq!(&key(1).open(b"record 7", &sealed).expect("opened")[..], b"hello");
        for (other, what) in [(key(2), &b"record 7"[..]), (key(1), b"record 8")] {
            let wrong = JournalError::WrongKey { key: String::from("a test") };
            assert_eq!(other.open(what, &sealed), Err(wrong));
        }
        assert!(!sealed.windows(5).any(|it| it == b"hello"));
    }

    #[test]
    fn whatever_is_changed_is_noticed() {
        let sealed = key(1).seal(b"", b"hello").expect("sealed");
        for place in 0..sealed.len() {
            let mut changed = sealed.to_vec();
            changed[place] ^= 1;
            assert!(key(1).open(b"", &changed).is_err(), "byte {place}");
        }
        for length in 0..sealed.len() {
            assert!(key(1).open(b"", &sealed[..length]).is_err(), "{length} bytes of it");
        }
    }

    #[test]
    fn a_key_in_a_file_is_made_once_and_read_by_its_owner_alone() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("store.key");
        let missing = SealKey::in_file(&path, false).expect_err("there is none");
        assert!(missing.to_string().contains("put it back from the backup"), "{missing}");
        let sealed = SealKey::in_file(&path, true).expect("made").seal(b"", b"hello").expect("sealed");
        assert_eq!(
            &SealKey::in_file(&path, false).expect("read").open(b"", &sealed).expect("opened")[..],
            b"hello"
        );
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = fs::metadata(&path).expect("a file").permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
        let names = fs::read_dir(folder.path()).expect("a folder").count();
        assert_eq!(names, 1, "nothing is left beside it");
        fs::write(&path, "beef").expect("written");
        let bad = SealKey::in_file(&path, true).expect_err("it is no key");
        assert!(bad.to_string().contains("64 hexadecimal digits"), "{bad}");
    }
}
