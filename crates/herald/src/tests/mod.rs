//! The ways against receivers that look at what they get, and misbehave.

mod command;
mod mail;
mod post;
mod queues;
mod receiver;
mod scans;
mod store;

use ha_wechaty_core::{AlarmKind, AlarmStep};

use crate::{News, ScanNews, words::tests::alarm};

/// That an account must be scanned, with its code and a link.
fn scan() -> News {
    let mut news =
        News::new("shop", "shop-1700000000000", vec![alarm(12, AlarmKind::Scan, AlarmStep::Opened)]);
    news.scans = vec![ScanNews {
        account: String::from("south"),
        link: Some(String::from("https://gateway.example/l/0123")),
        picture: Some(vec![0x89, b'P', b'N', b'G']),
    }];
    news
}
