//! The spool: files that wait here until they are sent; small ones in memory, larger ones on disk.
//!
//! On disk they have no names: whatever becomes of this process, the system takes them back with it. All are
//! counted as long as anybody uses them, also while they come in.

use std::{
    collections::{HashMap, VecDeque},
    fs, io,
    os::unix::fs::{DirBuilderExt as _, FileExt as _},
    path::PathBuf,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use bytes::{Bytes, BytesMut};
use futures_util::{Stream, StreamExt as _, stream};
use ha_wechaty_core::BotId;
use tokio::{fs::File, io::AsyncWriteExt as _, time::Instant};
use tonic::Status;

use super::share::{Held, Share};
use crate::state::bounded::Load;
use ha_wechaty_config::{Config, bytes};

/// How much of a file travels in one chunk.
pub const CHUNK: usize = 64 * 1024;
/// What begins the ids that are given here. An account's files end in a tag instead.
const PREFIX: &str = "ha-";

/// All files that wait.
#[derive(Debug)]
pub struct Spool {
    /// How much of one file may be in memory.
    memory: usize,
    age: Duration,
    folder: PathBuf,
    held: Arc<Held>,
    kept: Mutex<Kept>,
}

#[derive(Debug, Default)]
struct Kept {
    files: HashMap<String, Arc<Spooled>>,
    /// Those that wait for any call, oldest first; perhaps some that are gone.
    by_age: VecDeque<(Instant, String)>,
}

/// A file that waits.
#[derive(Debug)]
pub struct Spooled {
    body: Body,
    size: usize,
    /// Whoever still reads it has a part in it.
    share: Option<Arc<Share>>,
}

#[derive(Debug)]
enum Body {
    Memory(Bytes),
    /// Without a name; the system takes it back when the last user is done.
    Disk(Arc<fs::File>),
}

/// Where temporary files are meant to be on a disk: `/tmp` is memory on many systems. Who sets `TMPDIR` has said where.
fn default_folder() -> PathBuf {
    let disk = PathBuf::from("/var/tmp");
    match std::env::var_os("TMPDIR").is_none() && tempfile::tempfile_in(&disk).is_ok() {
        true => disk,
        false => std::env::temp_dir(),
    }
}

impl Spool {
    /// An empty spool.
    ///
    /// # Errors
    /// The folder for larger files can't be made.
    pub fn new(config: &Config) -> io::Result<Self> {
        let gateway = &config.gateway;
        let folder = gateway.spool_dir.clone().unwrap_or_else(default_folder);
        fs::DirBuilder::new().recursive(true).mode(0o700).create(&folder)?;
        let held = Held::new(config);
        let (memory, age) = (bytes(gateway.spool_memory), gateway.spool_age);
        Ok(Self { memory, age, folder, held: Arc::new(held), kept: Mutex::default() })
    }

    /// Which bots are there now, by place.
    pub(super) fn set_bots(&self, here: &[bool]) {
        self.held.set_bots(here);
    }

    /// Begins a file of a bot's.
    pub fn writer(&self, bot: BotId) -> Writer<'_> {
        let share = Share::new(&self.held, bot);
        Writer { spool: self, bot, share, memory: BytesMut::new(), disk: None, size: 0 }
    }

    /// Keeps a file, under an id for bots.
    pub fn keep(&self, file: Spooled) -> String {
        self.sweep(Instant::now());
        let id = self.put(file);
        self.locked().by_age.push_back((Instant::now(), id.clone()));
        id
    }

    /// Keeps a file as long as the one call runs that needs it.
    pub fn lend(&self, file: Spooled) -> Lent<'_> {
        Lent { spool: self, id: self.put(file) }
    }

    /// A file that waits here.
    pub fn find(&self, id: &str) -> Option<Arc<Spooled>> {
        self.sweep(Instant::now());
        self.locked().files.get(id).cloned()
    }

    /// Forgets what has waited too long.
    pub fn sweep(&self, now: Instant) {
        let mut kept = self.locked();
        while let Some((since, _)) = kept.by_age.front()
            && now.duration_since(*since) >= self.age
        {
            if let Some((_, id)) = kept.by_age.pop_front() {
                kept.files.remove(&id);
            }
        }
    }

    /// What files take in memory, and on disk.
    pub fn loads(&self) -> [(&'static str, Load); 2] {
        self.held.loads()
    }

    fn put(&self, file: Spooled) -> String {
        let id = format!("{PREFIX}{}", uuid::Uuid::new_v4());
        self.locked().files.insert(id.clone(), Arc::new(file));
        id
    }

    fn locked(&self) -> MutexGuard<'_, Kept> {
        // A file and its age change together, without a panic between.
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A file that waits for one call.
#[derive(Debug)]
pub struct Lent<'a> {
    spool: &'a Spool,
    id: String,
}

impl Lent<'_> {
    /// Its id.
    pub fn id(&self) -> &str {
        &self.id
    }
}

impl Drop for Lent<'_> {
    fn drop(&mut self) {
        self.spool.locked().files.remove(&self.id);
    }
}

impl Spooled {
    /// A file that is here already, for as long as its caller has it.
    pub fn in_memory(bytes: Bytes) -> Self {
        Self { size: bytes.len(), body: Body::Memory(bytes), share: None }
    }

    /// How long it is, in bytes.
    pub fn size(&self) -> usize {
        self.size
    }

    /// Its bytes, in chunks.
    pub fn chunks(&self) -> impl Stream<Item = io::Result<Bytes>> + Send + Unpin + use<> {
        // It takes its room as long as it is read.
        let share = self.share.clone();
        let chunks = self.pieces();
        chunks.inspect(move |_| {
            let _ = &share;
        })
    }

    fn pieces(&self) -> impl Stream<Item = io::Result<Bytes>> + Send + Unpin + use<> {
        match &self.body {
            Body::Memory(bytes) => {
                let mut rest = bytes.clone();
                let chunks = std::iter::from_fn(move || {
                    (!rest.is_empty()).then(|| Ok(rest.split_to(rest.len().min(CHUNK))))
                });
                stream::iter(chunks).left_stream()
            }
            Body::Disk(file) => {
                let (file, size) = (file.clone(), self.size);
                let chunks = stream::try_unfold(0, move |at| {
                    let file = file.clone();
                    async move {
                        if at == size {
                            return Ok(None);
                        }
                        let chunk = read_at(file, at, CHUNK.min(size - at)).await?;
                        let next = at + chunk.len();
                        Ok(Some((chunk, next)))
                    }
                });
                chunks.boxed().right_stream()
            }
        }
    }

    /// Its bytes, at once.
    pub async fn bytes(&self) -> io::Result<Bytes> {
        match &self.body {
            Body::Memory(bytes) => Ok(bytes.clone()),
            Body::Disk(file) => read_at(file.clone(), 0, self.size).await,
        }
    }
}

/// Several may read one file, each at its own place.
async fn read_at(file: Arc<fs::File>, at: usize, length: usize) -> io::Result<Bytes> {
    let read = move || {
        let mut bytes = vec![0; length];
        file.read_exact_at(&mut bytes, at as u64)?;
        Ok(Bytes::from(bytes))
    };
    tokio::task::spawn_blocking(read).await.map_err(io::Error::other)?
}

/// A file on its way in.
#[derive(Debug)]
pub struct Writer<'a> {
    spool: &'a Spool,
    bot: BotId,
    share: Share,
    memory: BytesMut,
    disk: Option<File>,
    size: usize,
}

impl Writer<'_> {
    /// Appends a chunk.
    ///
    /// # Errors
    /// The disk is full, or as much of it as may be used; or the spool's folder is gone.
    pub async fn write(&mut self, chunk: &[u8]) -> io::Result<()> {
        self.share.is_one()?;
        self.size += chunk.len();
        if self.disk.is_none()
            && self.size <= self.spool.memory
            && self.share.memory.take(chunk.len()).is_ok()
        {
            self.memory.extend_from_slice(chunk);
            return Ok(());
        }
        if self.disk.is_none() {
            self.share.moves_to_disk(self.memory.len())?;
            let mut file = File::from_std(tempfile::tempfile_in(&self.spool.folder)?);
            file.set_max_buf_size(CHUNK);
            file.write_all(&std::mem::take(&mut self.memory)).await?;
            self.share.has_left_memory(self.bot, &self.spool.held);
            self.disk = Some(file);
        }
        self.share.takes_disk(chunk.len())?;
        match &mut self.disk {
            Some(file) => file.write_all(chunk).await,
            None => Ok(()),
        }
    }

    /// The whole file.
    ///
    /// # Errors
    /// As of [`Writer::write`].
    pub async fn finish(self) -> io::Result<Spooled> {
        self.share.is_one()?;
        let body = match self.disk {
            Some(mut file) => {
                file.flush().await?;
                Body::Disk(Arc::new(file.into_std().await))
            }
            None => Body::Memory(self.memory.freeze()),
        };
        Ok(Spooled { body, size: self.size, share: Some(Arc::new(self.share)) })
    }
}

/// The spool can't take it.
pub fn full(error: &io::Error) -> Status {
    Status::resource_exhausted(format!("the gateway's spool (gateway.spool_dir): {error}"))
}

/// The spool does not give back what it took.
pub fn unreadable(error: &io::Error) -> Status {
    Status::unavailable(format!(
        "a file could not be read from the gateway's spool (gateway.spool_dir): {error}; ask for it, or send it, again"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use ha_wechaty_config::ByteSize;

    fn spool(folder: &std::path::Path) -> Spool {
        let mut config = Config::new("ossbot");
        config.gateway.spool_memory = ByteSize::kib(1);
        config.gateway.spool_dir = Some(folder.to_owned());
        config.gateway.spool_disk = ByteSize::mib(1);
        config.memory.uploads = ByteSize::kib(64);
        Spool::new(&config).expect("a folder")
    }

    fn held(spool: &Spool) -> (usize, usize, usize) {
        let [(_, memory), (_, disk)] = spool.loads();
        (memory.entries, memory.bytes, disk.bytes)
    }

    async fn write(spool: &Spool, size: usize) -> io::Result<Spooled> {
        let bytes: Vec<u8> = (0..size).map(|n| n as u8).collect();
        let mut writer = spool.writer(BotId(0));
        for chunk in bytes.chunks(700) {
            writer.write(chunk).await?;
        }
        writer.finish().await
    }

    async fn round_trip(spool: &Spool, size: usize) -> String {
        let bytes: Vec<u8> = (0..size).map(|n| n as u8).collect();
        let id = spool.keep(write(spool, size).await.expect("written"));
        let file = spool.find(&id).expect("kept");
        let chunks = async || -> Vec<Bytes> { file.chunks().map(|it| it.expect("a chunk")).collect().await };
        let (one, other) = tokio::join!(chunks(), chunks());
        assert_eq!((one.concat(), other.concat()), (bytes.clone(), bytes.clone()));
        assert_eq!((file.bytes().await.expect("readable").as_ref(), file.size()), (bytes.as_slice(), size));
        id
    }

    #[tokio::test]
    async fn a_small_file_stays_in_memory_and_a_large_one_goes_to_disk_and_nothing_could_be_left_of_it() {
        let folder = tempfile::tempdir().expect("a folder");
        let spool = spool(folder.path());
        round_trip(&spool, 1_000).await;
        assert_eq!(held(&spool), (1, 1_000, 0));
        round_trip(&spool, 200_000).await;
        assert_eq!(held(&spool), (2, 1_000, 200_000));
        // Were the process killed now, nobody would have to remove it.
        assert_eq!(std::fs::read_dir(folder.path()).expect("readable").count(), 0);
    }

    #[tokio::test]
    async fn many_small_files_go_to_disk_too_until_others_are_gone() {
        let folder = tempfile::tempdir().expect("a folder");
        let spool = spool(folder.path());
        let mut lent = Vec::new();
        while held(&spool).2 == 0 {
            lent.push(spool.lend(write(&spool, 1_000).await.expect("written")));
        }
        assert!(lent.len() > 30 && spool.loads()[0].1.bytes <= 64 << 10);
        drop(lent);
        assert_eq!(held(&spool), (0, 0, 0));
        round_trip(&spool, 10).await;
        assert_eq!(held(&spool), (1, 10, 0));
    }

    #[tokio::test]
    async fn no_more_is_taken_than_the_disk_may_hold_and_files_that_hold_nothing_count_too() {
        let folder = tempfile::tempdir().expect("a folder");
        let spool = spool(folder.path());
        let all = [0; 2].map(|_| write(&spool, 500_000));
        let all = futures_util::future::join_all(all).await;
        assert!(all.iter().all(Result::is_ok));
        let error = write(&spool, 500_000).await.expect_err("it is full");
        assert!(error.to_string().contains("gateway.spool_disk"), "{error}");
        drop(all);
        assert_eq!(held(&spool), (0, 0, 0), "what failed is gone as well");
        let mut empty = Vec::new();
        while let Ok(file) = write(&spool, 1).await {
            empty.push(file);
            assert!(empty.len() < 1_000);
        }
    }

    #[tokio::test]
    async fn what_is_still_read_takes_its_room_and_what_holds_nothing_is_one_file_too() {
        let folder = tempfile::tempdir().expect("a folder");
        let spool = spool(folder.path());
        let file = write(&spool, 200_000).await.expect("written");
        let mut chunks = file.chunks();
        drop(file);
        assert!(chunks.next().await.is_some_and(|it| it.is_ok()));
        assert_eq!(held(&spool).2, 200_000);
        drop(chunks);
        assert_eq!(held(&spool), (0, 0, 0));
        let mut empty = Vec::new();
        while let Ok(file) = spool.writer(BotId(0)).finish().await {
            empty.push(file);
            assert!(empty.len() < 1_000);
        }
    }

    #[tokio::test]
    async fn one_bot_leaves_room_for_another() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut config = Config::new("ossbot");
        config.bots = ["one", "other"]
            .map(|name| ha_wechaty_config::BotConfig::new(name, ha_wechaty_wire::Token::new(name)))
            .into();
        config.gateway.spool_dir = Some(folder.path().to_owned());
        config.gateway.spool_memory = ByteSize::kib(1);
        config.gateway.spool_disk = ByteSize::kib(400);
        let spool = Spool::new(&config).expect("a folder");
        let writes = async |bot: u16, size: usize| {
            let mut writer = spool.writer(BotId(bot));
            writer.write(&vec![0; size]).await?;
            writer.finish().await
        };
        let mut kept = Vec::new();
        let error = loop {
            match writes(0, 50 << 10).await {
                Ok(file) => kept.push(file),
                Err(error) => break error,
            }
        };
        assert_eq!(kept.len(), 6, "its own quarter, and the common half");
        assert!(error.to_string().contains("gateway.spool_disk"), "{error}");
        assert!(writes(1, 100 << 10).await.is_ok());
        kept.pop();
        assert!(writes(0, 50 << 10).await.is_ok());
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_not_sent_in_time_is_gone_whether_or_not_another_comes() {
        let folder = tempfile::tempdir().expect("a folder");
        let spool = spool(folder.path());
        let id = spool.keep(Spooled::in_memory(Bytes::from_static(b"hello")));
        let lent = spool.lend(Spooled::in_memory(Bytes::from_static(b"hello")));
        tokio::time::advance(Duration::from_secs(3_599)).await;
        assert!(spool.find(&id).is_some());
        tokio::time::advance(Duration::from_secs(1)).await;
        spool.sweep(Instant::now());
        assert!(spool.find(&id).is_none() && spool.locked().by_age.is_empty());
        assert!(spool.find(lent.id()).is_some(), "its call goes on");
    }

    #[tokio::test]
    async fn an_unknown_file_is_not_found() {
        let folder = tempfile::tempdir().expect("a folder");
        assert!(spool(folder.path()).find("ha-none").is_none());
    }
}
