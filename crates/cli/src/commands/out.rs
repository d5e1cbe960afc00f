//! What commands write. Nothing of it is worth a panic: whoever reads may have read enough (`| head -1`), and a disk may
//! be full.

use std::{
    fmt::Display,
    io::{self, Write as _},
    process::ExitCode,
};

/// Exit code when the answer could not be written.
const NOT_WRITTEN: u8 = 2;

/// Says what was asked for; `code` is what it comes to.
pub(super) fn answer(what: &dyn Display, code: ExitCode) -> ExitCode {
    match write(io::stdout(), what) {
        Ok(()) => code,
        Err(why) => {
            complain(&format_args!("the answer can't be written: {why}"));
            ExitCode::from(NOT_WRITTEN)
        }
    }
}

/// Says what a server serves, and where. It serves all the same if nobody can be told.
pub(super) fn greet(what: &dyn Display) {
    if let Err(why) = write(io::stdout(), what) {
        tracing::warn!("what is served can't be written to standard output ({why}): {what}");
    }
}

/// Says why it came to nothing.
pub(super) fn complain(why: &dyn Display) {
    // There is nobody left to be told that this failed.
    let _ = write(io::stderr(), why);
}

/// Says a line of many; whether anybody reads on. Not for the last one.
pub(super) fn goes_on(line: &str) -> Result<bool, String> {
    let mut to = io::stdout().lock();
    match to.write_all(line.as_bytes()).and_then(|()| to.write_all(b"\n")) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(false),
        Err(error) => Err(format!("the answer can't be written: {error}")),
    }
}

/// Without what would steer a terminal: some of it was written by strangers, as a provider's reasons are.
fn plain(text: &str) -> String {
    text.replace(|it: char| it.is_control() && it != '\n' && it != '\t', " ")
}

/// Writes a line. Who has read enough is content.
fn write(mut to: impl io::Write, what: &dyn Display) -> io::Result<()> {
    let line = plain(&format!("{what}\n"));
    match to.write_all(line.as_bytes()).and_then(|()| to.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_strangers_wrote_steers_no_terminal() {
        let mut written = Vec::new();
        write(&mut written, &"kicked\u{1b}[2J\u{9b}31m by\r\nme\tnow").expect("it is taken");
        assert_eq!(written, "kicked [2J 31m by \nme\tnow\n".as_bytes());
    }
}
