//! FileBoxes in calls: where the bytes are for one side, and where the other side will look for them.

use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use bytes::Bytes;
use futures_util::StreamExt as _;
use ha_wechaty_core::AccountId;
use ha_wechaty_wire::{FileBox, file_box::Kind, puppet};
use prost::Message as _;
use tonic::{Request, Response, Status, Streaming, client::Grpc};

use super::{
    Call,
    ask::{Setback, connection},
    bytes::BytesCodec,
    refusal::Refusal,
};
use crate::{files::Spooled, shared::Shared, transport::Fate};

impl Call<'_> {
    /// A bot's FileBox, as `account` can use it.
    pub(super) async fn file_to_account(&self, account: AccountId, json: &str) -> Result<String, Setback> {
        let file = FileBox::parse(json)
            .map_err(|error| Setback::Hopeless(Status::invalid_argument(error.to_string())))?;
        let Some(uuid) = file.uuid() else { return self.inline_to_account(account, file).await };
        let (shared, routing) = (self.shared, &self.routing);
        let spooled = match (shared.spool.find(uuid), routing.identity().untag(uuid)) {
            (Some(spooled), _) => spooled,
            (None, Some(_)) if !shared.book.is_offered(uuid) => return Err(Setback::Hopeless(unknown(uuid))),
            (None, Some((owner, own))) if owner == account => {
                return Ok(file.clone().with_uuid(own).to_json());
            }
            (None, Some((owner, own))) => {
                // A teammate has it: carry it over.
                fetch(shared, owner, own).await.map_err(|refusal| {
                    let why = format!(
                        "the file is {}'s, and can't be had: {}",
                        shared.name(owner),
                        refusal.status.message()
                    );
                    Setback::Hopeless(Status::unavailable(why))
                })?
            }
            (None, None) => {
                return Err(Setback::Hopeless(Status::not_found(format!(
                    "there is no uploaded file {uuid:?} (any more): upload it again, within gateway.spool_age"
                ))));
            }
        };
        Ok(self.hand_over(account, &file, &spooled).await?)
    }

    /// A file whose bytes are in the FileBox. A stock service takes 4 MiB in one message at the most, so a
    /// large one goes to its registry first.
    async fn inline_to_account(&self, account: AccountId, file: FileBox) -> Result<String, Setback> {
        let Some(bytes) = file.base64().filter(|text| text.len() > LARGE).and_then(|_| file.bytes()) else {
            return Ok(file.to_json());
        };
        let spooled = Spooled::in_memory(bytes.into());
        Ok(self.hand_over(account, &file, &spooled).await?)
    }

    /// Puts a file into the account's own registry; inside the FileBox if the account has none.
    async fn hand_over(
        &self,
        account: AccountId,
        file: &FileBox,
        spooled: &Spooled,
    ) -> Result<String, Refusal> {
        match put(self.shared, account, spooled).await {
            Ok(uuid) => Ok(file.clone().with_uuid(&uuid).to_json()),
            Err(refusal) if refusal.status.code() == tonic::Code::Unimplemented => {
                let bytes = spooled.bytes().await.map_err(|error| disk(account, &error))?;
                Ok(file.clone().with_bytes(&bytes).to_json())
            }
            // A file in a registry is not a message yet. A puppet that won't have it will not in a moment.
            Err(refusal) => {
                let why = format!("upload: {}", refusal.status.message());
                let is_passing = refusal.is_passing || refusal.fate == Fate::MaybeSent;
                Err(Refusal { is_passing, ..Refusal::unable(account, why) })
            }
        }
    }

    /// An account's FileBox, as the bot can use it.
    pub(super) async fn file_to_bot(&self, account: AccountId, json: &str) -> Result<String, Setback> {
        let shared = self.shared;
        let file = FileBox::parse(json).map_err(|error| {
            tracing::warn!(account = shared.name(account), %error, "malformed FileBox");
            Refusal::unsure(account, format!("its answer has a malformed FileBox: {error}"))
        })?;
        let file = match (file.kind(), file.uuid()) {
            (Kind::Uuid, Some(uuid)) if self.caller.inline_files => {
                let bytes = fetch(shared, account, uuid).await?.bytes().await;
                file.with_bytes(&bytes.map_err(|error| disk(account, &error))?)
            }
            (Kind::Uuid, Some(uuid)) => {
                let tagged = self.routing.identity().tag(account, uuid);
                shared.book.offer(&tagged);
                file.with_uuid(&tagged)
            }
            _ => file,
        };
        Ok(file.to_json())
    }
}

/// Base64 texts longer than this don't travel in one message with the call.
const LARGE: usize = 1024 * 1024;

/// A file that no account offered since the gateway was started.
pub(super) fn unknown(uuid: &str) -> Status {
    Status::not_found(format!(
        "no account has offered the file {uuid:?} since the gateway was started: ask for the message's file again"
    ))
}

/// Opens a download at an account.
pub(super) async fn open(
    shared: &Shared,
    account: AccountId,
    uuid: &str,
) -> Result<Streaming<Bytes>, Refusal> {
    let request = puppet::DownloadRequest { id: uuid.to_owned() }.encode_to_vec();
    open_stream(shared, account, "Download", request.into()).await
}

/// Opens a stream of answers at an account.
pub(super) async fn open_stream(
    shared: &Shared,
    account: AccountId,
    rpc: &str,
    request: Bytes,
) -> Result<Streaming<Bytes>, Refusal> {
    let mut grpc = Grpc::new(connection(shared, account)?).max_decoding_message_size(shared.max_message());
    let path = shared.schema.method(rpc).map(|method| method.path.clone());
    let path = path.ok_or_else(|| Refusal::unable(account, format!("there is no RPC {rpc}")))?;
    let mut request = Request::new(request);
    // For the whole stream: an account that stops in the middle of a file must not hold the bot.
    request.set_timeout(shared.config.calls.file);
    let call = async {
        grpc.ready().await.map_err(|error| Status::from_error(error.into()))?;
        grpc.server_streaming(request, path, BytesCodec).await
    };
    call.await.map(Response::into_inner).map_err(|status| Refusal::of(account, status))
}

/// Fetches a file from an account's registry.
async fn fetch(shared: &Shared, account: AccountId, uuid: &str) -> Result<Arc<Spooled>, Refusal> {
    let mut chunks = open(shared, account, uuid).await?;
    let mut writer = shared.spool.writer();
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk.map_err(|status| Refusal::of(account, status))?;
        let chunk = puppet::DownloadResponse::decode(chunk)
            .map_err(|error| Refusal::unsure(account, format!("its download is not readable: {error}")))?;
        writer.write(&chunk.chunk).await.map_err(|error| disk(account, &error))?;
    }
    Ok(Arc::new(writer.finish().await.map_err(|error| disk(account, &error))?))
}

/// Puts a file into an account's registry.
async fn put(shared: &Shared, account: AccountId, file: &Spooled) -> Result<String, Refusal> {
    let _busy = shared.links.enter(account);
    let mut grpc = Grpc::new(connection(shared, account)?);
    let path = shared.schema.method("Upload").map(|method| method.path.clone());
    let path = path.ok_or_else(|| Refusal::unable(account, "there is no RPC Upload"))?;
    let chunks = file.chunks().await.map_err(|error| disk(account, &error))?;
    let broken = Arc::new(AtomicBool::new(false));
    let seen = broken.clone();
    let chunks = chunks
        .take_while(move |chunk| {
            seen.fetch_or(chunk.is_err(), Ordering::Relaxed);
            std::future::ready(chunk.is_ok())
        })
        .filter_map(|chunk| std::future::ready(chunk.ok().map(encode_chunk)));
    let mut request = Request::new(chunks);
    request.set_timeout(shared.config.calls.file);
    let call = async {
        grpc.ready().await.map_err(|error| Status::from_error(error.into()))?;
        grpc.client_streaming(request, path, BytesCodec).await
    };
    let answer = call.await.map_err(|status| Refusal::of(account, status))?;
    if broken.load(Ordering::Relaxed) {
        return Err(Refusal::unable(account, "the gateway's spool (gateway.spool_dir) can't be read"));
    }
    let answer = puppet::UploadResponse::decode(answer.into_inner())
        .map_err(|error| Refusal::unsure(account, format!("its answer is not readable: {error}")))?;
    Ok(answer.id)
}

fn encode_chunk(chunk: Bytes) -> Bytes {
    puppet::UploadRequest { chunk: chunk.into() }.encode_to_vec().into()
}

fn disk(account: AccountId, error: &io::Error) -> Refusal {
    Refusal::unable(account, format!("the gateway's spool (gateway.spool_dir): {error}"))
}
