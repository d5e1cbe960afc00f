//! Shows the QR codes that wait to be scanned.

use std::{
    fmt,
    io::{self, Write},
    sync::{Arc, Mutex, PoisonError},
};

use ha_wechaty_team::view::code;

use crate::{HaWechaty, Plugin, Scan};

/// Shows the QR code of each account that waits to be scanned, in the terminal.
///
/// ```
/// use ha_wechaty::{plugins::{EventLogger, QrTerminal}, prelude::*};
///
/// let ha = HaWechaty::builder()
///     .account(Account::service("insecure_x"))
///     .plugin(QrTerminal::new())
///     .plugin(EventLogger::new())
///     .build()?;
/// # drop(ha);
/// # Ok::<(), ha_wechaty::config::ConfigError>(())
/// ```
pub struct QrTerminal {
    out: Mutex<Box<dyn Write + Send>>,
}

impl QrTerminal {
    /// Shows it on stderr, where a program's own output is not disturbed.
    pub fn new() -> Self {
        Self::on(io::stderr())
    }

    /// Shows it somewhere else.
    pub fn on(out: impl Write + Send + 'static) -> Self {
        Self { out: Mutex::new(Box::new(out)) }
    }

    fn show(&self, scan: &Scan) -> Result<(), String> {
        let Some(text) = &scan.qrcode else { return Ok(()) };
        let picture = code::terminal(text).map_err(|error| format!("{}'s QR code: {error}", scan.account))?;
        let account = &scan.account;
        let shown =
            format!("account {account} waits to be logged in: scan this with its phone\n{picture}\n{text}\n");
        // A picture is written whole: a panic elsewhere can't leave half of one.
        let mut out = self.out.lock().unwrap_or_else(PoisonError::into_inner);
        out.write_all(shown.as_bytes()).and_then(|()| out.flush()).map_err(|error| error.to_string())
    }
}

impl Default for QrTerminal {
    fn default() -> Self {
        Self::new()
    }
}

impl Plugin for QrTerminal {
    fn name(&self) -> &'static str {
        "qr-terminal"
    }

    fn install(self: Arc<Self>, ha: &HaWechaty) {
        ha.on_scan(move |scan| {
            let shown = self.show(&scan);
            async move { shown }
        });
    }
}

impl fmt::Debug for QrTerminal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("QrTerminal").finish_non_exhaustive()
    }
}
