//! Secrets that stand in files of their own, as Docker and Kubernetes hand them out.

use std::{
    fs::File,
    io::{self, Read as _},
    path::Path,
};

/// No secret is larger; a file that is has another purpose.
const LARGEST: u64 = 64 << 10;

/// The text of a file, without the end of its last line.
///
/// # Errors
/// It can't be read, or holds no secret.
pub fn read(path: &Path) -> io::Result<String> {
    let mut text = String::new();
    File::open(path)?.take(LARGEST + 1).read_to_string(&mut text)?;
    if text.len() as u64 > LARGEST {
        return Err(io::Error::other("it is larger than any secret"));
    }
    text.truncate(text.trim_end_matches(['\r', '\n']).len());
    Ok(text)
}
