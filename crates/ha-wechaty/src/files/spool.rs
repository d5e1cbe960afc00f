//! The spool: files that wait here until they are sent; small ones in memory, larger ones on disk.

use std::{
    collections::BTreeMap,
    io,
    path::PathBuf,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use bytes::{Bytes, BytesMut};
use futures_util::{Stream, StreamExt as _, stream};
use tempfile::{NamedTempFile, TempPath};
use tokio::{fs::File, io::AsyncWriteExt as _};
use tokio_util::io::ReaderStream;

use super::CHUNK;
use crate::config::Gateway;

/// What begins the ids that are given here. An account's files end in a tag instead.
const PREFIX: &str = "ha-";

/// All files that wait.
#[derive(Debug)]
pub(crate) struct Spool {
    memory: usize,
    age: Duration,
    folder: PathBuf,
    kept: Mutex<Kept>,
}

#[derive(Debug, Default)]
struct Kept {
    files: BTreeMap<String, (Instant, Arc<Spooled>)>,
    /// How many bytes of them are in memory.
    in_memory: usize,
}

/// How many files of the largest size that stays in memory are held there; further ones go to disk.
const IN_MEMORY: usize = 64;

/// A file that waits.
#[derive(Debug)]
pub(crate) struct Spooled {
    body: Body,
    size: usize,
}

#[derive(Debug)]
enum Body {
    Memory(Bytes),
    /// Deleted when the last user is done.
    Disk(TempPath),
}

impl Spool {
    /// An empty spool.
    ///
    /// # Errors
    /// The folder for larger files can't be made.
    pub(crate) fn new(config: &Gateway) -> io::Result<Self> {
        let folder = config.spool_dir.clone().unwrap_or_else(std::env::temp_dir);
        std::fs::create_dir_all(&folder)?;
        let memory = usize::try_from(config.spool_memory.as_u64()).unwrap_or(usize::MAX);
        Ok(Self { memory, age: config.spool_age, folder, kept: Mutex::default() })
    }

    /// Begins a file.
    pub(crate) fn writer(&self) -> Writer<'_> {
        let is_full = self.locked().in_memory >= self.memory.saturating_mul(IN_MEMORY);
        let limit = if is_full { 0 } else { self.memory };
        Writer { spool: self, limit, memory: BytesMut::new(), disk: None, size: 0 }
    }

    /// Keeps a file, under an id for bots.
    pub(crate) fn keep(&self, file: Spooled) -> String {
        let id = format!("{PREFIX}{}", uuid::Uuid::new_v4());
        let mut kept = self.locked();
        let Kept { files, in_memory } = &mut *kept;
        let is_old = |since: &Instant| since.elapsed() >= self.age;
        for (_, (_, old)) in files.extract_if(.., |_, (since, _)| is_old(since)) {
            *in_memory -= old.weight();
        }
        kept.in_memory += file.weight();
        kept.files.insert(id.clone(), (Instant::now(), Arc::new(file)));
        id
    }

    /// Keeps a file as long as the one call runs that needs it.
    pub(crate) fn lend(&self, file: Spooled) -> Lent<'_> {
        Lent { spool: self, id: self.keep(file) }
    }

    /// A file that waits here.
    pub(crate) fn find(&self, id: &str) -> Option<Arc<Spooled>> {
        let kept = self.locked();
        kept.files.get(id).filter(|(since, _)| since.elapsed() < self.age).map(|(_, file)| file.clone())
    }

    fn locked(&self) -> MutexGuard<'_, Kept> {
        // Files and their count change together, without a panic between.
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Kept {
    fn remove(&mut self, id: &str) {
        if let Some((_, file)) = self.files.remove(id) {
            self.in_memory -= file.weight();
        }
    }
}

/// A file that waits for one call.
#[derive(Debug)]
pub(crate) struct Lent<'a> {
    spool: &'a Spool,
    id: String,
}

impl Lent<'_> {
    /// Its id.
    pub(crate) fn id(&self) -> &str {
        &self.id
    }
}

impl Drop for Lent<'_> {
    fn drop(&mut self) {
        self.spool.locked().remove(&self.id);
    }
}

impl Spooled {
    /// A file that is here already.
    pub(crate) fn in_memory(bytes: Bytes) -> Self {
        Self { size: bytes.len(), body: Body::Memory(bytes) }
    }

    /// How many bytes of it are in memory.
    fn weight(&self) -> usize {
        if matches!(self.body, Body::Memory(_)) { self.size } else { 0 }
    }

    /// How long it is, in bytes.
    pub(crate) fn size(&self) -> usize {
        self.size
    }

    /// Its bytes, in chunks.
    pub(crate) async fn chunks(
        &self,
    ) -> io::Result<impl Stream<Item = io::Result<Bytes>> + Send + Unpin + use<>> {
        Ok(match &self.body {
            Body::Memory(bytes) => {
                let mut rest = bytes.clone();
                let chunks = std::iter::from_fn(move || {
                    (!rest.is_empty()).then(|| Ok(rest.split_to(rest.len().min(CHUNK))))
                });
                stream::iter(chunks).left_stream()
            }
            Body::Disk(path) => {
                let file = File::open(path).await?;
                ReaderStream::with_capacity(file, CHUNK).right_stream()
            }
        })
    }

    /// Its bytes, at once.
    pub(crate) async fn bytes(&self) -> io::Result<Bytes> {
        match &self.body {
            Body::Memory(bytes) => Ok(bytes.clone()),
            Body::Disk(path) => Ok(tokio::fs::read(path).await?.into()),
        }
    }
}

/// A file on its way in.
#[derive(Debug)]
pub(crate) struct Writer<'a> {
    spool: &'a Spool,
    /// How much of it may stay in memory.
    limit: usize,
    memory: BytesMut,
    disk: Option<(File, TempPath)>,
    size: usize,
}

impl Writer<'_> {
    /// Appends a chunk.
    ///
    /// # Errors
    /// The disk is full, or the spool's folder is gone.
    pub(crate) async fn write(&mut self, chunk: &[u8]) -> io::Result<()> {
        self.size += chunk.len();
        if self.disk.is_none() && self.size <= self.limit {
            self.memory.extend_from_slice(chunk);
            return Ok(());
        }
        if self.disk.is_none() {
            let (file, path) = NamedTempFile::new_in(&self.spool.folder)?.into_parts();
            let mut file = File::from_std(file);
            file.write_all(&std::mem::take(&mut self.memory)).await?;
            self.disk = Some((file, path));
        }
        match &mut self.disk {
            Some((file, _)) => file.write_all(chunk).await,
            None => Ok(()),
        }
    }

    /// The whole file.
    pub(crate) async fn finish(self) -> io::Result<Spooled> {
        let body = match self.disk {
            Some((mut file, path)) => {
                file.flush().await?;
                Body::Disk(path)
            }
            None => Body::Memory(self.memory.freeze()),
        };
        Ok(Spooled { body, size: self.size })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{ByteSize, Gateway};

    fn spool(folder: &std::path::Path) -> Spool {
        let config = Gateway {
            spool_memory: ByteSize::kib(1),
            spool_dir: Some(folder.to_owned()),
            ..Gateway::default()
        };
        Spool::new(&config).expect("a folder")
    }

    async fn round_trip(spool: &Spool, size: usize) -> String {
        let bytes: Vec<u8> = (0..size).map(|n| n as u8).collect();
        let mut writer = spool.writer();
        for chunk in bytes.chunks(700) {
            writer.write(chunk).await.expect("written");
        }
        let id = spool.keep(writer.finish().await.expect("finished"));
        let file = spool.find(&id).expect("kept");
        let chunks: Vec<Bytes> =
            file.chunks().await.expect("readable").map(|it| it.expect("a chunk")).collect().await;
        assert_eq!(chunks.concat(), bytes);
        assert_eq!((file.bytes().await.expect("readable").as_ref(), file.size()), (bytes.as_slice(), size));
        id
    }

    #[tokio::test]
    async fn a_small_file_stays_in_memory_and_a_large_one_goes_to_disk_and_leaves_nothing() {
        let folder = tempfile::tempdir().expect("a folder");
        let files = || std::fs::read_dir(folder.path()).expect("readable").count();
        let spool = spool(folder.path());
        round_trip(&spool, 1_000).await;
        assert_eq!(files(), 0);
        round_trip(&spool, 200_000).await;
        assert_eq!(files(), 1);
        drop(spool);
        assert_eq!(files(), 0);
    }

    #[tokio::test]
    async fn many_small_files_go_to_disk_too_until_others_are_gone() {
        let folder = tempfile::tempdir().expect("a folder");
        let files = || std::fs::read_dir(folder.path()).expect("readable").count();
        let spool = spool(folder.path());
        let lent: Vec<Lent<'_>> =
            (0..IN_MEMORY).map(|_| spool.lend(Spooled::in_memory(Bytes::from_static(&[0; 1_024])))).collect();
        round_trip(&spool, 10).await;
        assert_eq!(files(), 1);
        drop(lent);
        round_trip(&spool, 10).await;
        assert_eq!(files(), 1);
    }

    #[tokio::test]
    async fn an_unknown_file_is_not_found() {
        let folder = tempfile::tempdir().expect("a folder");
        assert!(spool(folder.path()).find("ha-none").is_none());
    }
}
