//! The store as a person reads it in a terminal.

use std::path::Path;

use ha_wechaty_config::ByteSize;
use ha_wechaty_team::{
    text::human,
    view::{StoreContent, StoreInfo, StoreStatus, WriteTrouble},
};

/// What was found in a store that is whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Whole {
    /// The position of its last record.
    pub tip: u64,
    /// How many records were read.
    pub records: u64,
    /// The last record that the snapshot has in it that they stand behind.
    pub snapshot: Option<u64>,
    /// How many notes are in all that.
    pub notes: u64,
    /// How many sends its ledger has.
    pub sends: usize,
    /// When the last of them was written down.
    pub last: Option<String>,
}

fn size(bytes: u64) -> String {
    ByteSize::b(bytes).display().iec().to_string()
}

/// A store, and how much is in it.
pub fn store(info: &StoreInfo) -> String {
    let mut lines = vec![
        format!("store {}, {} on the disk, format {}", info.path, size(info.bytes), info.format),
        match info.max_bytes {
            Some(most) if info.needed > most => format!(
                "  IT NEEDS {}, more than it may (max_bytes, {}): raise that, or let the team remember less ([memory])",
                size(info.needed),
                size(most)
            ),
            Some(most) => format!("  it needs {} of at most {} (max_bytes)", size(info.needed), size(most)),
            None => format!("  it needs {}", size(info.needed)),
        },
        format!("  key: {}", info.key),
        match info.records {
            0 if info.last == 0 => String::from("  records: none"),
            0 => format!("  records: none behind the snapshot of record {}", info.last),
            _ => format!(
                "  records: {} to {} ({}, {})",
                info.first,
                info.last,
                info.records,
                size(info.record_bytes)
            ),
        },
        format!("  snapshots: {} ({})", info.snapshots, size(info.snapshot_bytes)),
        format!("  ledger: {} sends", info.ledger),
        format!("  last note: {}", info.last_note.as_deref().unwrap_or("–")),
    ];
    if let Some(StoreContent { messages, sends, waiting }) = &info.knows {
        lines.push(format!(
            "  it knows {messages} messages, {sends} sends whose end is open, and {waiting} events that bots have not \
             acknowledged"
        ));
    }
    lines.extend(info.unread.iter().map(|why| format!("  not all of it can be read: {why}")));
    lines.extend(info.trouble.as_ref().map(|it| format!("  {}", trouble(it))));
    lines.join("\n") + "\n\n"
}

/// The line of the status about it.
pub(super) fn line(store: Option<&StoreStatus>) -> String {
    let Some(StoreStatus { path, bytes, position, idle, .. }) = store else {
        return String::from(
            "no store: what bots have not acknowledged ends with the gateway ([store] path)",
        );
    };
    let idle = idle.map(|idle| format!(", written {} ago", human(idle))).unwrap_or_default();
    format!("store {path}: {}, record {position}{idle}", size(*bytes))
}

/// What is wrong with it.
pub(super) fn trouble(it: &WriteTrouble) -> String {
    let WriteTrouble { why, seconds, is_final } = it;
    let until = if *is_final { "Until it is started anew," } else { "Until that is mended," };
    format!(
        "NOTHING CAN BE WRITTEN DOWN for {}: {why}. {until} sends fail, and what accounts are shown waits",
        human(*seconds)
    )
}

/// That no snapshot can be kept of it.
pub(super) fn unkept(it: &WriteTrouble) -> String {
    let WriteTrouble { why, seconds, .. } = it;
    format!("no snapshot of the store for {}: {why}. It grows, and a start takes longer", human(*seconds))
}

/// What a backup is.
pub fn backup(to: &Path, bytes: u64, tip: u64, key: Option<&str>) -> String {
    let key = key.map(|key| format!(" ({key})")).unwrap_or_default();
    format!(
        "{}: {}, up to record {tip}, looked over. It can't be read without the store's key{key}: keep a copy of that too, \
         not beside it",
        to.display(),
        size(bytes)
    )
}

/// What giving back room came to.
pub fn vacuumed(store: &Path, before: u64, after: u64) -> String {
    format!("{}: {} on the disk, {} before", store.display(), size(after), size(before))
}

/// That all is there.
pub fn whole(store: &Path, Whole { tip, records, snapshot, notes, sends, last }: Whole) -> String {
    let behind = snapshot.map(|at| format!(" behind the snapshot of record {at}")).unwrap_or_default();
    let last = last.map(|at| format!("; the last note is of {at}")).unwrap_or_default();
    match tip {
        0 => format!("fine: {} is whole, and nothing is in it yet", store.display()),
        _ => format!(
            "fine: {} is whole: {notes} notes in {records} records{behind}, up to record {tip}, and {sends} sends{last}",
            store.display()
        ),
    }
}
