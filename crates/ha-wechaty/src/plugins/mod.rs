//! Behaviour that any bot can take in: [`Builder::plugin`](crate::Builder::plugin) installs it.
//!
//! | plugin | what it does |
//! |---|---|
//! | [`EventLogger`] | logs what happens |
//! | [`QrTerminal`] | shows the QR codes that wait to be scanned |
//! | [`DingDong`] | answers `dong` to `ding` |
//!
//! One of your own is a [`Plugin`](crate::Plugin).

mod ding_dong;
mod event_logger;
mod qr_terminal;

pub use ding_dong::DingDong;
pub use event_logger::EventLogger;
pub use qr_terminal::QrTerminal;
