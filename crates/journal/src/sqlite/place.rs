//! The file in its folder: what it takes, whether it is still there, and what is noted beside it.
//!
//! Beside it stands up to where it was written (`.tip`): the write-ahead log is a file of its own, and without it, or with the
//! end of it cut off, SQLite sees a whole store that ends earlier. The note is written after each append, and brought to the
//! disk now and then: after a power cut it may say less than there is, and never more. It is about one life of the file, from
//! one opening of it to the next, and a backup is of none: one that is put back is not taken for a loss.

use std::{
    cell::{Cell, RefCell},
    fs,
    io::{self, Read as _, Seek as _, Write as _},
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
};

use crate::{JournalError, Position};

/// What a note begins with.
const MAGIC: &[u8; 8] = b"HAWtip1\n";
const LIFE: usize = 16;
const NOTE: usize = MAGIC.len() + LIFE + 16;

/// After so many appends the note is brought to the disk.
const SYNC: u32 = 1_000;

/// One life of a file: from one opening of it to the next.
pub(super) type Life = [u8; LIFE];

/// A life that nothing else has.
pub(super) fn new_life() -> Result<Life, JournalError> {
    let mut life = [0; LIFE];
    getrandom::fill(&mut life).map_err(|error| JournalError::Unavailable {
        cause: format!("the system gives no randomness: {error}"),
    })?;
    Ok(life)
}

/// A file in its folder.
#[derive(Debug)]
pub(super) struct Place {
    path: PathBuf,
    /// What it takes on the disk, with its write-ahead log, in bytes.
    bytes: Arc<AtomicU64>,
    /// Which file it was when it was opened, where the system says so.
    which: Option<(u64, u64)>,
    note: RefCell<Option<fs::File>>,
    life: Cell<Option<Life>>,
    unsynced: Cell<u32>,
}

impl Place {
    /// Of a file that was just opened.
    pub(super) fn of(path: &Path) -> Self {
        let which = fs::metadata(path).ok().and_then(|it| which(&it));
        let place = Self {
            path: path.to_owned(),
            bytes: Arc::default(),
            which,
            note: RefCell::default(),
            life: Cell::default(),
            unsynced: Cell::default(),
        };
        place.measure();
        place
    }

    /// What it takes on the disk, in bytes, for those who must not wait for one.
    pub(super) fn bytes(&self) -> Arc<AtomicU64> {
        self.bytes.clone()
    }

    /// Looks what it takes.
    pub(super) fn measure(&self) {
        let size = |path: &Path| fs::metadata(path).map_or(0, |it| it.len());
        self.bytes.store(size(&self.path) + size(&beside(&self.path, "-wal")), Relaxed);
    }

    /// Whether another file, or none, is where it was opened.
    pub(super) fn is_replaced(&self) -> bool {
        let Some(known) = self.which else { return false };
        match fs::metadata(&self.path) {
            Ok(there) => which(&there) != Some(known),
            Err(error) => error.kind() == io::ErrorKind::NotFound,
        }
    }

    /// Removes what a process left that was killed while it made a copy.
    pub(super) fn tidy(&self) {
        // A copy that could not be removed is removed before the next one is made.
        let _ = fs::remove_file(self.copy());
    }

    /// What a copy is called while it is made.
    pub(super) fn copy(&self) -> PathBuf {
        beside(&self.path, ".being-copied")
    }

    /// Up to where this life of it was written, if that is noted.
    pub(super) fn noted(&self, life: &Life) -> Option<Position> {
        let mut note = Vec::new();
        fs::File::open(self.note_path()).ok()?.take(NOTE as u64 + 1).read_to_end(&mut note).ok()?;
        let rest = note.strip_prefix(MAGIC)?.strip_prefix(life)?;
        let (tip, again) = rest.split_first_chunk::<8>()?;
        let tip = u64::from_be_bytes(*tip);
        (again == (!tip).to_be_bytes()).then_some(Position(tip))
    }

    /// The life that is noted in this process, if any.
    pub(super) fn life(&self) -> Option<Life> {
        self.life.get()
    }

    /// A life begins, which was written up to there. Where that can't be noted, nothing is.
    pub(super) fn begins(&self, life: Life, tip: Position) {
        self.life.set(Some(life));
        let mut options = fs::OpenOptions::new();
        options.write(true).create(true).truncate(false);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        *self.note.borrow_mut() = options.open(self.note_path()).ok();
        self.unsynced.set(SYNC);
        self.note(tip);
    }

    /// It was written up to there.
    pub(super) fn note(&self, tip: Position) {
        let Some(life) = self.life.get() else { return };
        let mut slot = self.note.borrow_mut();
        let Some(note) = slot.as_mut() else { return };
        let text = [&MAGIC[..], &life, &tip.0.to_be_bytes(), &(!tip.0).to_be_bytes()].concat();
        let is_due = self.unsynced.replace(self.unsynced.get().saturating_add(1)) >= SYNC;
        let mut write = || {
            note.rewind()?;
            note.write_all(&text)?;
            if is_due {
                self.unsynced.set(0);
                note.sync_data()?;
            }
            io::Result::Ok(())
        };
        if write().is_err() {
            // An old one says less than there is: that is no false alarm.
            *slot = None;
        }
    }

    /// Nothing more is written.
    pub(super) fn ends(&self) {
        if let Some(note) = self.note.borrow_mut().take() {
            // It says less than there is otherwise, or nothing.
            let _ = note.sync_all();
        }
    }

    pub(super) fn note_path(&self) -> PathBuf {
        beside(&self.path, ".tip")
    }
}

/// What is called like the file, with something behind it.
fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    PathBuf::from(name)
}

#[cfg(unix)]
fn which(file: &fs::Metadata) -> Option<(u64, u64)> {
    use std::os::unix::fs::MetadataExt as _;
    Some((file.dev(), file.ino()))
}

#[cfg(not(unix))]
fn which(_: &fs::Metadata) -> Option<(u64, u64)> {
    None
}
