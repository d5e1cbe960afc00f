//! FileBoxes in calls: where the bytes are for one side, and where the other side will look for them.

use std::{io, sync::Arc};

use bytes::Bytes;
use futures_util::{StreamExt as _, stream};
use ha_wechaty_core::{
    AccountId, BotId, Rpc,
    rpc::{self, Says},
};
use ha_wechaty_wire::{FileBox, file_box::FileBoxType, puppet};
use prost::Message as _;
use tokio::sync::oneshot;
use tonic::{Response, Status, Streaming, client::Grpc};

use super::{
    large::Large,
    one::Call,
    raw::connection,
    refusal::{Refusal, Setback},
};
use crate::{
    error::CallError,
    state::{
        accounts::AccountSide,
        records::{self, Who},
        transit::{Spool, Spooled},
    },
};
use ha_wechaty_transport::{BytesCodec, Fate};

impl Call<'_> {
    /// A bot's FileBox, as `account` can use it.
    pub(super) async fn file_to_account(&self, account: AccountId, json: &str) -> Result<Handed, Setback> {
        let file =
            FileBox::parse(json).map_err(|error| Setback::Hopeless(CallError::invalid(error.to_string())))?;
        let Some(uuid) = file.uuid() else { return self.inline_to_account(account, file).await };
        let (shared, routing) = (self.shared, &self.routing);
        let spooled = match (shared.transit.spool.find(uuid), routing.identity().untag(uuid)) {
            (Some(spooled), _) => spooled,
            (None, Some(_)) if !shared.knowledge.book.is_offered(uuid) => {
                return Err(Setback::Hopeless(unknown(uuid)));
            }
            (None, Some((owner, own))) if owner == account => {
                return Ok(Handed::Inside(file.clone().with_uuid(own).to_json()));
            }
            (None, Some((owner, own))) => {
                // A teammate has it: carry it over.
                fetch(&shared.accounts, &shared.transit.spool, self.caller.bot, owner, own).await.map_err(
                    |refusal| {
                        let why = format!(
                            "the file is {}'s, and can't be had: {}",
                            shared.accounts.name(owner),
                            refusal.status.message()
                        );
                        Setback::Hopeless(CallError::unavailable(why))
                    },
                )?
            }
            (None, None) => {
                return Err(Setback::Hopeless(CallError::not_found(format!(
                    "there is no uploaded file {uuid:?} (any more): upload it again, within gateway.spool_age"
                ))));
            }
        };
        Ok(self.hand_over(account, &file, &spooled).await?)
    }

    /// A file whose bytes are in the FileBox. A stock service takes 4 MiB in one message at the most, so a
    /// large one goes to its registry first.
    async fn inline_to_account(&self, account: AccountId, file: FileBox) -> Result<Handed, Setback> {
        let Some(bytes) = file.base64().filter(|text| text.len() > LARGE).and_then(|_| file.bytes()) else {
            return Ok(Handed::Inside(file.to_json()));
        };
        let spooled = Arc::new(Spooled::in_memory(bytes.into()));
        Ok(self.hand_over(account, &file, &spooled).await?)
    }

    /// Puts a file into the account's own registry. An account of the old generation has none: then it is inside
    /// the FileBox, or, where it is too large for one message, beside the call.
    async fn hand_over(
        &self,
        account: AccountId,
        file: &FileBox,
        spooled: &Arc<Spooled>,
    ) -> Result<Handed, Refusal> {
        match put(&self.shared.accounts, account, spooled).await {
            Ok(uuid) => Ok(Handed::Inside(file.clone().with_uuid(&uuid).to_json())),
            Err(refusal) if refusal.status.code() == tonic::Code::Unimplemented => {
                if spooled.size() > MOST_INSIDE && self.method.rpc.says == Some(Says::File) {
                    return Ok(Handed::Beside { name: file.name().to_owned(), bytes: spooled.clone() });
                }
                if spooled.size() > MOST_WHOLE {
                    let why = format!(
                        "its service takes files inside a call only, and this one is of {} bytes",
                        spooled.size()
                    );
                    return Err(Refusal::unable(account, why));
                }
                let bytes = spooled.bytes().await.map_err(|error| disk(account, &error))?;
                Ok(Handed::Inside(file.clone().with_bytes(&bytes).to_json()))
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
            if shared
                .records
                .hush
                .lets(Who::Account(account), records::LineKind::Garbage, || error.to_string())
            {
                tracing::warn!(account = shared.accounts.name(account), %error, "malformed FileBox");
            }
            Refusal::unsure(account, format!("its answer has a malformed FileBox: {error}"))
        })?;
        let file = match (file.kind(), file.uuid()) {
            (FileBoxType::Uuid, Some(uuid)) if self.caller.inline_files => {
                let spooled =
                    fetch(&shared.accounts, &shared.transit.spool, self.caller.bot, account, uuid).await?;
                match self.marked(file, &spooled) {
                    Ok(marked) => marked,
                    Err(_) if spooled.size() > MOST_WHOLE => {
                        let why = format!("its file is of {} bytes, too many for an answer", spooled.size());
                        return Err(Refusal::unable(account, why).into());
                    }
                    Err(file) => {
                        let bytes = spooled.bytes().await.map_err(|error| disk(account, &error))?;
                        file.with_bytes(&bytes)
                    }
                }
            }
            (FileBoxType::Uuid, Some(uuid)) => {
                let tagged = self.routing.identity().tag(account, uuid);
                shared.knowledge.book.offer(&tagged);
                file.with_uuid(&tagged)
            }
            // There may be much in it, and nothing to say otherwise.
            (FileBoxType::Base64, _) if !file.is_mended() => return Ok(json.to_owned()),
            _ => file,
        };
        Ok(file.to_json())
    }

    /// A FileBox with a mark in place of its file, if that is to flow into the answer.
    fn marked(&self, file_box: FileBox, file: &Arc<Spooled>) -> Result<FileBox, FileBox> {
        if self.method.large_answer().is_none() {
            return Err(file_box);
        }
        let (marked, large) = Large::mark(file_box, file.clone())?;
        let _ = self.large.set(large);
        Ok(marked)
    }
}

/// A bot's file, as an account is given it.
#[derive(Debug)]
pub(super) enum Handed {
    /// By this FileBox.
    Inside(String),
    /// In chunks, by `MessageSendFileStream`.
    Beside { name: String, bytes: Arc<Spooled> },
}

/// Base64 texts longer than this don't travel in one message with the call.
const LARGE: usize = 1024 * 1024;
/// Larger files are in no message as a whole.
const MOST_WHOLE: usize = 16 * 1024 * 1024;
/// Of larger files the base64 does not fit into one message of 4 MiB, which is what stock servers take.
const MOST_INSIDE: usize = 2 * 1024 * 1024;

/// A file that no account offered since the gateway was started.
pub(super) fn unknown(uuid: &str) -> CallError {
    CallError::not_found(format!(
        "no account has offered the file {uuid:?} since the gateway was started: ask for the message's file again"
    ))
}

/// Opens a download at an account.
pub(super) async fn open(
    accounts: &AccountSide,
    account: AccountId,
    uuid: &str,
) -> Result<Streaming<Bytes>, Refusal> {
    let request = puppet::DownloadRequest { id: uuid.to_owned() }.encode_to_vec();
    open_stream(accounts, account, rpc::DOWNLOAD, request.into()).await
}

/// Opens a stream of answers at an account.
pub(super) async fn open_stream(
    accounts: &AccountSide,
    account: AccountId,
    rpc: &'static Rpc,
    request: Bytes,
) -> Result<Streaming<Bytes>, Refusal> {
    let mut grpc =
        Grpc::new(connection(accounts, account)?).max_decoding_message_size(accounts.limits.max_message);
    let method = accounts.schema.method(rpc);
    let (path, mut request) = (method.path.clone(), method.call(request));
    // For the whole stream: an account that stops in the middle of a file must not hold the bot.
    request.set_timeout(accounts.limits.calls.file);
    let call = async {
        grpc.ready().await.map_err(|error| Status::from_error(error.into()))?;
        grpc.server_streaming(request, path, BytesCodec).await
    };
    call.await.map(Response::into_inner).map_err(|status| Refusal::of(account, status))
}

/// Fetches a file from an account's registry.
async fn fetch(
    accounts: &AccountSide,
    spool: &Spool,
    bot: BotId,
    account: AccountId,
    uuid: &str,
) -> Result<Arc<Spooled>, Refusal> {
    let mut chunks = open(accounts, account, uuid).await?;
    let mut writer = spool.writer(bot);
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk.map_err(|status| Refusal::of(account, status))?;
        let chunk = puppet::DownloadResponse::decode(chunk)
            .map_err(|error| Refusal::unsure(account, format!("its download is not readable: {error}")))?;
        writer.write(&chunk.chunk).await.map_err(|error| disk(account, &error))?;
    }
    Ok(Arc::new(writer.finish().await.map_err(|error| disk(account, &error))?))
}

/// Puts a file into an account's registry.
async fn put(accounts: &AccountSide, account: AccountId, file: &Spooled) -> Result<String, Refusal> {
    let answer = send_stream(accounts, account, rpc::UPLOAD, Vec::new(), file, encode_chunk).await?;
    let answer: puppet::UploadResponse = accounts
        .schema
        .method(rpc::UPLOAD)
        .typed_answer(&answer)
        .map_err(|error| Refusal::unsure(account, format!("its answer is not readable: {error}")))?;
    Ok(answer.id)
}

/// Sends a file in chunks, as accounts without a registry take large ones. Its answer has the fields of that of
/// `MessageSendFile`.
pub(super) async fn send_beside(
    accounts: &AccountSide,
    account: AccountId,
    conversation: String,
    name: String,
    file: &Spooled,
) -> Result<Bytes, Refusal> {
    let part =
        |part| puppet::MessageSendFileStreamRequest { file_box_chunk: Some(part), ..Default::default() };
    let whither =
        puppet::MessageSendFileStreamRequest { conversation_id: Some(conversation), ..Default::default() };
    let name = part(puppet::FileBoxChunk { name: Some(name), ..Default::default() });
    let head = [whither, name].map(|it| it.encode_to_vec().into()).into();
    let encode = move |chunk: Bytes| {
        let chunk = puppet::FileBoxChunk { data: Some(chunk.into()), ..Default::default() };
        part(chunk).encode_to_vec().into()
    };
    send_stream(accounts, account, rpc::MESSAGE_SEND_FILE_STREAM, head, file, encode).await
}

/// One RPC to which a file's chunks go, behind a head. If the spool can't be read to its end the call is broken off,
/// and not ended: what was sent would be taken for the whole file.
async fn send_stream(
    accounts: &AccountSide,
    account: AccountId,
    rpc: &'static Rpc,
    head: Vec<Bytes>,
    file: &Spooled,
    encode: impl Fn(Bytes) -> Bytes + Send + 'static,
) -> Result<Bytes, Refusal> {
    let _busy = accounts.links.enter(account);
    let mut grpc =
        Grpc::new(connection(accounts, account)?).max_decoding_message_size(accounts.limits.max_message);
    let method = accounts.schema.method(rpc);
    let path = method.path.clone();
    let chunks = file.chunks();
    let (failed, failure) = oneshot::channel::<io::Error>();
    let mut failed = Some(failed);
    let chunks = chunks.then(move |chunk| {
        let chunk = match chunk {
            Ok(chunk) => Some(encode(chunk)),
            Err(error) => {
                // Whoever would hear of it has got an answer already.
                let _ = failed.take().map(|failed| failed.send(error));
                None
            }
        };
        async move {
            match chunk {
                Some(chunk) => chunk,
                None => std::future::pending().await,
            }
        }
    });
    let mut request = method.call(stream::iter(head).chain(chunks));
    request.set_timeout(accounts.limits.calls.file);
    let call = async {
        grpc.ready().await.map_err(|error| Status::from_error(error.into()))?;
        grpc.client_streaming(request, path, BytesCodec).await
    };
    tokio::select! {
        answer = call => answer.map(Response::into_inner).map_err(|status| Refusal::of(account, status)),
        Ok(error) = failure => Err(disk(account, &error)),
    }
}

fn encode_chunk(chunk: Bytes) -> Bytes {
    puppet::UploadRequest { chunk: chunk.into() }.encode_to_vec().into()
}

fn disk(account: AccountId, error: &io::Error) -> Refusal {
    Refusal::unable(account, format!("the gateway's spool (gateway.spool_dir): {error}"))
}
