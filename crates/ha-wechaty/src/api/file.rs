//! Files, on their way out and in.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use bytes::{Bytes, BytesMut};
use futures_util::StreamExt as _;
use ha_wechaty_core::BotId;
use ha_wechaty_wire::{FileBox, file_box::FileBoxType, puppet};
use prost::Message as _;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::{client::Client, error::Error};
use ha_wechaty_team::{
    call::{Messages, download},
    error::CallError,
    state::transit::{CHUNK, Lent, Spool, Spooled},
};

/// Files up to this size travel inside the call.
const INLINE: usize = 20 * 1024;

/// A file: one to send, or one that was received.
///
/// ```
/// use ha_wechaty::prelude::*;
///
/// let report = File::from_path("report.pdf");
/// let greeting = File::from_bytes("hello.txt", "hello");
/// let code = File::qr_code("https://example.com/join");
/// assert_eq!((report.name(), greeting.name()), ("report.pdf", "hello.txt"));
/// # drop(code);
/// ```
#[derive(Debug, Clone)]
pub struct File {
    name: String,
    body: Body,
}

#[derive(Debug, Clone)]
enum Body {
    /// Here.
    Bytes(Bytes),
    /// On this machine's disk; read when it is sent, chunk by chunk.
    Path(PathBuf),
    /// Where a FileBox says: behind a URL, in an account's registry, the text of a QR code.
    Boxed(Box<FileBox>, Option<Client>),
}

impl File {
    /// A file of these bytes. The ending of its name decides whether it shows as an image, a video or a file.
    pub fn from_bytes(name: impl Into<String>, bytes: impl Into<Bytes>) -> Self {
        Self { name: name.into(), body: Body::Bytes(bytes.into()) }
    }

    /// A file of this machine; it is read when it is sent, and never held in memory as a whole.
    pub fn from_path(path: impl Into<PathBuf>) -> Self {
        let path = path.into();
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        Self { name, body: Body::Path(path) }
    }

    /// A file behind a URL, which the account's provider fetches.
    pub fn from_url(name: impl Into<String>, url: impl AsRef<str>) -> Self {
        let name = name.into();
        Self { body: Body::Boxed(Box::new(FileBox::from_url(&name, url.as_ref())), None), name }
    }

    /// The picture of a QR code with this text.
    pub fn qr_code(text: impl AsRef<str>) -> Self {
        let file = FileBox::from_qr_code(text.as_ref());
        Self { name: file.name().to_owned(), body: Body::Boxed(Box::new(file), None) }
    }

    /// A file that an account offers.
    pub(super) fn received(client: &Client, json: &str) -> Result<Self, Error> {
        let file = FileBox::parse(json).map_err(|error| Error::NotFound { why: error.to_string() })?;
        let name = file.name().to_owned();
        Ok(match file.bytes() {
            Some(bytes) => Self { name, body: Body::Bytes(bytes.into()) },
            None => Self { name, body: Body::Boxed(Box::new(file), Some(client.clone())) },
        })
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The same file under another name.
    pub fn named(mut self, name: impl Into<String>) -> Self {
        self.name = name.into();
        self
    }

    /// The URL that its bytes are behind, if they are: the library fetches nothing from the web.
    pub fn url(&self) -> Option<&str> {
        if let Body::Boxed(file, _) = &self.body { file.url() } else { None }
    }

    /// Its bytes, all at once; [`File::save`] holds no more than a chunk of them.
    ///
    /// # Errors
    /// The account that has it is away, or it is behind a URL.
    pub async fn bytes(&self) -> Result<Bytes, Error> {
        match &self.body {
            Body::Bytes(bytes) => Ok(bytes.clone()),
            Body::Path(path) => tokio::fs::read(path).await.map(Bytes::from).map_err(|it| io(path, &it)),
            Body::Boxed(..) => {
                let mut chunks = self.download().await?;
                let mut bytes = BytesMut::new();
                while let Some(chunk) = chunks.next().await {
                    bytes.extend_from_slice(&chunk?);
                }
                Ok(bytes.freeze())
            }
        }
    }

    /// Writes it to a file of this machine, which is replaced if it is there.
    ///
    /// # Errors
    /// The file can't be written, the account that has it is away, or it is behind a URL.
    pub async fn save(&self, path: impl AsRef<Path>) -> Result<(), Error> {
        let path = path.as_ref();
        let failed = |error: std::io::Error| io(path, &error);
        match &self.body {
            Body::Bytes(bytes) => tokio::fs::write(path, bytes).await.map_err(failed),
            Body::Path(from) => tokio::fs::copy(from, path).await.map(drop).map_err(failed),
            Body::Boxed(..) => {
                let mut chunks = self.download().await?;
                let mut file = tokio::fs::File::create(path).await.map_err(failed)?;
                while let Some(chunk) = chunks.next().await {
                    file.write_all(&chunk?).await.map_err(failed)?;
                }
                file.flush().await.map_err(failed)
            }
        }
    }

    /// Its bytes from the registry of the account that has it.
    async fn download(&self) -> Result<Download, Error> {
        let Body::Boxed(file, client) = &self.body else {
            return Err(Error::defect("only what an account has is downloaded"));
        };
        let (FileBoxType::Uuid, Some(id), Some(client)) = (file.kind(), file.uuid(), client) else {
            let why = match file.url() {
                Some(url) => format!("{} is behind {url}: fetch it from there", self.name),
                None => format!("{} is the text of a QR code, and has no bytes", self.name),
            };
            return Err(Error::Invalid { why });
        };
        let shared = client.shared()?;
        let request = puppet::DownloadRequest { id: id.to_owned() }.encode_to_vec();
        let messages = download(&shared, request.into()).await;
        let redialled = shared.config.reconnect.backoff.cap;
        Ok(Download { messages: messages.map_err(|error| Error::of(error, redialled))?, redialled })
    }

    /// Puts it where a call finds it: into the call, or the spool.
    pub(super) async fn lend<'a>(&self, spool: &'a Spool) -> Result<Boxed<'a>, Error> {
        match &self.body {
            Body::Bytes(bytes) if bytes.len() <= INLINE => {
                Ok(Boxed { file: FileBox::from_bytes(&self.name, bytes), _lent: None })
            }
            Body::Bytes(bytes) => Ok(self.boxed(spool, Spooled::in_memory(bytes.clone()))),
            Body::Path(path) => {
                let failed = |error: std::io::Error| io(path, &error);
                let mut file = tokio::fs::File::open(path).await.map_err(failed)?;
                let mut writer = spool.writer(BotId(0));
                let mut chunk = BytesMut::with_capacity(CHUNK);
                while file.read_buf(&mut chunk).await.map_err(failed)? > 0 {
                    writer.write(&chunk).await.map_err(failed)?;
                    chunk.clear();
                }
                Ok(self.boxed(spool, writer.finish().await.map_err(failed)?))
            }
            Body::Boxed(file, _) => Ok(Boxed { file: file.as_ref().clone().named(&self.name), _lent: None }),
        }
    }

    fn boxed<'a>(&self, spool: &'a Spool, file: Spooled) -> Boxed<'a> {
        let size = file.size();
        let lent = spool.lend(file);
        Boxed { file: FileBox::from_uuid(&self.name, lent.id(), Some(size)), _lent: Some(lent) }
    }
}

/// A file as a call carries it, for as long as the call runs.
pub(super) struct Boxed<'a> {
    file: FileBox,
    _lent: Option<Lent<'a>>,
}

impl Boxed<'_> {
    pub(super) fn json(&self) -> String {
        self.file.to_json()
    }
}

/// The chunks of a file that an account has.
struct Download {
    messages: Messages,
    /// By when an account that is away has been dialled again.
    redialled: Duration,
}

impl Download {
    async fn next(&mut self) -> Option<Result<Vec<u8>, Error>> {
        let message = self.messages.next().await?;
        let message = message.map_err(|status| Error::of(CallError::of_status(&status), self.redialled));
        let read =
            |bytes| puppet::DownloadResponse::decode(bytes).map_err(|it| Error::defect(it.to_string()));
        Some(message.and_then(read).map(|it| it.chunk))
    }
}

fn io(path: &Path, error: &std::io::Error) -> Error {
    Error::File { path: path.display().to_string(), why: error.to_string() }
}
