//! Files: as FileBox JSON, through the registry of uuids, and in the deprecated chunk streams.

use bytes::{Bytes, BytesMut};
use ha_wechaty_wire::{FileBox, file_box::FileBoxType, puppet as p};
use serde_json::Value;
use tokio_stream::{Iter, StreamExt as _};
use tonic::{Status, Streaming};

use super::Service;
use crate::content::{Attachment, FileSource};
use crate::state::{Refusal, State};

/// Stock servers put larger files into their registry.
const LARGEST_INSIDE: usize = 20 * 1024;
const CHUNK: usize = 64 * 1024;

/// A stream whose messages are all there from the beginning.
pub(crate) type Chunks<T> = Iter<std::vec::IntoIter<Result<T, Status>>>;

impl Service {
    pub(super) fn message_file(
        &self,
        request: p::MessageFileRequest,
    ) -> Result<p::MessageFileResponse, Status> {
        Ok(p::MessageFileResponse { file_box: self.file_box(&self.file_of(&request.id)?)? })
    }

    /// Every size of an image is the image itself.
    pub(super) fn message_image(
        &self,
        request: p::MessageImageRequest,
    ) -> Result<p::MessageImageResponse, Status> {
        Ok(p::MessageImageResponse { file_box: self.file_box(&self.file_of(&request.id)?)? })
    }

    /// What is shown before the whole is fetched is the whole.
    pub(super) fn message_preview(
        &self,
        request: p::MessagePreviewRequest,
    ) -> Result<p::MessagePreviewResponse, Status> {
        Ok(p::MessagePreviewResponse { file_box: self.file_box(&self.file_of(&request.id)?)? })
    }

    pub(super) fn message_file_stream(
        &self,
        request: &p::MessageFileStreamRequest,
    ) -> Result<Chunks<p::MessageFileStreamResponse>, Status> {
        let chunks = file_chunks(&self.file_of(&request.id)?);
        Ok(stream(chunks.map(|it| p::MessageFileStreamResponse { file_box_chunk: Some(it) })))
    }

    pub(super) fn message_image_stream(
        &self,
        request: &p::MessageImageStreamRequest,
    ) -> Result<Chunks<p::MessageImageStreamResponse>, Status> {
        let chunks = file_chunks(&self.file_of(&request.id)?);
        Ok(stream(chunks.map(|it| p::MessageImageStreamResponse { file_box_chunk: Some(it) })))
    }

    /// The conversation first, then the file's name, then its bytes.
    pub(super) async fn message_send_file_stream(
        &self,
        mut requests: Streaming<p::MessageSendFileStreamRequest>,
    ) -> Result<p::MessageSendFileStreamResponse, Status> {
        let first = requests.message().await?.unwrap_or_default();
        let conversation_id = first.conversation_id.ok_or_else(|| Refusal::new("no conversation id"))?;
        let second = requests.message().await?.and_then(|it| it.file_box_chunk).unwrap_or_default();
        let name = second.name.ok_or_else(|| Refusal::new("no name"))?;
        let mut bytes = BytesMut::new();
        while let Some(request) = requests.message().await? {
            let data = request.file_box_chunk.and_then(|it| it.data);
            bytes.extend_from_slice(&data.ok_or_else(|| Refusal::new("no data"))?);
        }
        self.send_file_stream(&conversation_id, Attachment::new(name, bytes.freeze()))
    }

    pub(super) fn download(
        &self,
        request: &p::DownloadRequest,
    ) -> Result<Chunks<p::DownloadResponse>, Status> {
        let file = self.world.read(|state| {
            let files = &state.account(&self.me)?.files;
            files.get(&request.id).cloned().ok_or_else(|| no_file(&request.id))
        })?;
        let bytes = file.bytes();
        Ok(stream(bytes.chunks(CHUNK).map(|chunk| p::DownloadResponse { chunk: chunk.to_vec() })))
    }

    pub(super) async fn upload(
        &self,
        mut requests: Streaming<p::UploadRequest>,
    ) -> Result<p::UploadResponse, Status> {
        let mut bytes = BytesMut::new();
        while let Some(request) = requests.next().await {
            bytes.extend_from_slice(&request?.chunk);
        }
        let id = self.register(Attachment::new("uuid.dat", bytes.freeze()))?;
        Ok(p::UploadResponse { id })
    }

    /// A file for an answer: small ones inside, larger ones in the registry.
    pub(super) fn file_box(&self, file: &Attachment) -> Result<String, Status> {
        let file_box = match &file.source {
            FileSource::Url(url) => FileBox::from_url(&file.name, url),
            FileSource::QrCode(text) => FileBox::from_qr_code(text),
            FileSource::Bytes(bytes) if bytes.len() <= LARGEST_INSIDE => {
                FileBox::from_bytes(&file.name, bytes)
            }
            FileSource::Bytes(bytes) => {
                FileBox::from_uuid(&file.name, &self.register(file.clone())?, Some(bytes.len()))
            }
        };
        Ok(file_box.to_json())
    }

    fn register(&self, file: Attachment) -> Result<String, Status> {
        self.world.change(|state| {
            let uuid = state.ids.uuid();
            state.account_mut(&self.me)?.files.insert(uuid.clone(), file);
            Ok(uuid)
        })
    }

    fn file_of(&self, message_id: &str) -> Result<Attachment, Status> {
        self.look(|state, me| {
            let file = state.message_of(me, message_id)?.content.file().cloned();
            file.ok_or_else(|| Refusal::new(format!("message {message_id} has no file")))
        })
    }
}

/// Reads a file that a client sends.
pub(super) fn unbox(state: &State, me: &str, json: &str) -> Result<Attachment, Refusal> {
    let file_box = FileBox::parse(json).map_err(|error| Refusal::new(error.to_string()))?;
    let name = file_box.name().to_owned();
    let source = match file_box.kind() {
        FileBoxType::Base64 => {
            let bytes = file_box.bytes().ok_or_else(|| Refusal::new("the file's base64 is malformed"))?;
            FileSource::Bytes(Bytes::from(bytes))
        }
        FileBoxType::Uuid => {
            let uuid = file_box.uuid().unwrap_or_default();
            state.account(me)?.files.get(uuid).cloned().ok_or_else(|| no_file(uuid))?.source
        }
        FileBoxType::Url => FileSource::Url(field(json, &["url", "remoteUrl"])),
        FileBoxType::QrCode => FileSource::QrCode(field(json, &["qrCode"])),
    };
    Ok(Attachment { name, source })
}

fn field(json: &str, keys: &[&str]) -> String {
    let value: Value = serde_json::from_str(json).unwrap_or_default();
    keys.iter().find_map(|key| value.get(key)?.as_str()).unwrap_or_default().to_owned()
}

fn file_chunks(file: &Attachment) -> impl Iterator<Item = p::FileBoxChunk> + use<> {
    let name = p::FileBoxChunk { data: None, name: Some(file.name.clone()) };
    let bytes = file.bytes();
    let data: Vec<_> = bytes.chunks(CHUNK).map(<[u8]>::to_vec).collect();
    let data = data.into_iter().map(|it| p::FileBoxChunk { data: Some(it), name: None });
    std::iter::once(name).chain(data)
}

fn stream<T>(messages: impl Iterator<Item = T>) -> Chunks<T> {
    let all: Vec<_> = messages.map(Ok).collect();
    tokio_stream::iter(all)
}

fn no_file(uuid: &str) -> Refusal {
    Refusal::new(format!("no file {uuid} in the registry"))
}
