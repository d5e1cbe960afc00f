//! The RPCs that stream files: up, down, and the deprecated forms of both.

use std::{pin::Pin, sync::Arc};

use bytes::Bytes;
use futures_util::{Stream, StreamExt as _, future::BoxFuture, stream};
use ha_wechaty_core::{
    AccountId, Id, MessageCopy, Rpc,
    rpc::{self, StandIn},
};
use ha_wechaty_wire::{FileBox, puppet};
use prost::Message as _;
use prost_reflect::Value;
use tonic::{Status, body::Body};

use super::{
    Caller,
    file::{open, open_stream, unknown},
    one::Call,
    refusal::{Refusal, Setback, verdict},
};
use crate::{
    error::CallError,
    intake::Chunks,
    schema::{Method, Schema, dynamic, empty, mend},
    state::{
        Shared,
        transit::{CHUNK, Transit, full, unreadable},
    },
};

/// Messages as they are on the wire.
pub type Messages = Pin<Box<dyn Stream<Item = Result<Bytes, Status>> + Send>>;

/// Files up to this size travel inside the FileBox, as stock clients do it.
const INLINE: usize = 20 * 1024;
/// Where the file is in an `UploadRequest`: in `chunk`.
const UPLOADED: [u32; 1] = [1];
/// Where it is in a `MessageSendFileStreamRequest`: in the `data` of `file_box_chunk`.
const SENT: [u32; 2] = [2, 1];

/// `Upload`: keeps a file until it is sent.
pub fn upload(transit: &Transit, caller: Caller, body: Body) -> BoxFuture<'_, Result<Bytes, Status>> {
    Box::pin(take_in(transit, caller, body))
}

async fn take_in(transit: &Transit, caller: Caller, body: Body) -> Result<Bytes, Status> {
    let mut chunks = Chunks::new(transit, caller.bot, body);
    let mut writer = transit.spool.writer(caller.bot);
    while chunks.next(&UPLOADED, &mut writer).await?.is_some() {}
    let id = transit.spool.keep(writer.finish().await.map_err(|error| full(&error))?);
    Ok(puppet::UploadResponse { id }.encode_to_vec().into())
}

/// `Download`: a file that waits here, or one in its owner's registry.
pub fn download(shared: &Shared, request: Bytes) -> BoxFuture<'_, Result<Messages, CallError>> {
    Box::pin(give_out(shared, request))
}

async fn give_out(shared: &Shared, request: Bytes) -> Result<Messages, CallError> {
    let id = read::<puppet::DownloadRequest>(&shared.schema, rpc::DOWNLOAD, &request)?.id;
    if let Some(file) = shared.transit.spool.find(&id) {
        let chunks = file.chunks();
        return Ok(Box::pin(chunks.map(|chunk| {
            let chunk = chunk.map_err(|error| unreadable(&error))?;
            Ok(puppet::DownloadResponse { chunk: chunk.into() }.encode_to_vec().into())
        })));
    }
    let routing = shared.core.routing();
    let Some((owner, own)) = routing.identity().untag(&id) else {
        return Err(CallError::not_found(format!("there is no file {id:?} here (any more)")));
    };
    if !shared.knowledge.book.is_offered(&id) {
        return Err(unknown(&id));
    }
    match open(&shared.accounts, owner, own).await {
        Ok(chunks) => Ok(Box::pin(chunks)),
        Err(refusal) => Err(verdict(&shared.core, &shared.accounts, &[refusal])),
    }
}

/// `MessageFileStream` and `MessageImageStream`: from whoever has the message.
pub fn stream_file<'a>(
    shared: &'a Arc<Shared>,
    caller: Caller,
    method: &'a Method,
    request: Bytes,
) -> BoxFuture<'a, Result<Messages, CallError>> {
    Box::pin(file_of_a_message(shared, caller, method, request))
}

async fn file_of_a_message(
    shared: &Arc<Shared>,
    caller: Caller,
    method: &Method,
    request: Bytes,
) -> Result<Messages, CallError> {
    let request = method.read_request(&request).map_err(|error| CallError::invalid(error.to_string()))?;
    let mut call = Call::new(shared, caller, method, request);
    call.check_ids()?;
    let id = call.lead_text()?;
    let copies = call.copies(&id)?;
    let mut refusals: Vec<Refusal> = Vec::new();
    let links = &shared.accounts.links;
    let there = call.routing.there(copies.iter().map(|copy| copy.account).collect());
    for copy in copies.iter().filter(|copy| there.contains(copy.account)) {
        let mut request = call.request.clone();
        request.set_field_by_name("id", Value::String(copy.id.clone()));
        if method.rpc.may_be_lacking() && links.has(copy.account, method.rpc.name) == Some(false) {
            match whole(&call, &copies, copy.account).await {
                Ok(chunks) => return Ok(chunks),
                Err(setback) => refusals.push(setback.refusal()?),
            }
            continue;
        }
        let asking = links.asking(copy.account);
        let opened =
            open_stream(&shared.accounts, copy.account, method.rpc, request.encode_to_vec().into()).await;
        // An account that fails before its first chunk can be replaced; after it, the bot has a part.
        let first = match opened {
            Ok(mut chunks) => match chunks.next().await {
                Some(Err(status)) => Err(Refusal::of(copy.account, status)),
                first => Ok((first, chunks)),
            },
            Err(refusal) => Err(refusal),
        };
        match first {
            Ok((first, chunks)) => {
                // Other readers than JavaScript's refuse a chunk whose name is no text.
                let sort = method.answer.clone();
                let chunks = stream::iter(first).chain(chunks);
                return Ok(Box::pin(chunks.map(move |chunk| chunk.map(|chunk| mend::passed(&sort, chunk)))));
            }
            Err(refusal) if refusal.tells_lack() && method.rpc.may_be_lacking() => {
                links.tells(copy.account, asking, method.rpc.name, false);
                match whole(&call, &copies, copy.account).await {
                    Ok(chunks) => return Ok(chunks),
                    Err(setback) => refusals.push(setback.refusal()?),
                }
            }
            Err(refusal) => refusals.push(refusal),
        }
    }
    if refusals.is_empty() {
        let owners: Vec<AccountId> = copies.iter().map(|copy| copy.account).collect();
        return Err(call.owner_is_away(&id, &owners));
    }
    Err(verdict(&shared.core, &shared.accounts, &refusals))
}

/// The same file from an account whose generation answers with the whole of it.
async fn whole(call: &Call<'_>, copies: &[MessageCopy], account: AccountId) -> Result<Messages, Setback> {
    let shared = call.shared;
    let Some(StandIn::Whole(other)) = call.method.rpc.stands_in else {
        return Err(Refusal::lacking(account, call.method.rpc.name).into());
    };
    let Some(other) = shared.schema.named(other) else {
        return Err(Refusal::lacking(account, call.method.rpc.name).into());
    };
    let mut request = empty(&other.request);
    for (field, value) in call.request.fields() {
        request.set_field_by_name(field.name(), value.clone());
    }
    let caller = Caller { inline_files: false, ..call.caller };
    let answer = Call::new(shared, caller, other, request).ask(account, copies).await?;
    let json = other.given(&answer, Id::FileBox);
    let file = FileBox::parse(&json)
        .map_err(|error| Refusal::unsure(account, format!("its answer has a malformed FileBox: {error}")))?;
    let name = puppet::FileBoxChunk { name: Some(file.name().to_owned()), ..Default::default() };
    let head = stream::iter([Ok(piece(call.method, name))]);
    let method = shared.schema.method(call.method.rpc).clone();
    let piece_of =
        move |data: Vec<u8>| piece(&method, puppet::FileBoxChunk { data: Some(data), ..Default::default() });
    match (file.uuid(), file.bytes()) {
        (Some(uuid), _) => {
            let own = call.routing.identity().untag(uuid).map_or(uuid, |(_, own)| own).to_owned();
            let chunks = open(&shared.accounts, account, &own).await?;
            Ok(Box::pin(head.chain(chunks.map(move |chunk| {
                let chunk = puppet::DownloadResponse::decode(chunk?)
                    .map_err(|error| Status::internal(format!("its download is not readable: {error}")))?;
                Ok(piece_of(chunk.chunk))
            }))))
        }
        (None, Some(bytes)) => {
            let pieces: Vec<_> = bytes.chunks(CHUNK).map(|it| Ok(piece_of(it.to_vec()))).collect();
            Ok(Box::pin(head.chain(stream::iter(pieces))))
        }
        (None, None) => {
            let why = format!(
                "it names a place where the file {:?} is, and streams none: ask it for the whole",
                file.name()
            );
            Err(Refusal::unable(account, why).into())
        }
    }
}

/// One message of a stream of a file's pieces: both such streams have the same field.
fn piece(method: &Method, chunk: puppet::FileBoxChunk) -> Bytes {
    let message = puppet::MessageFileStreamResponse { file_box_chunk: Some(chunk) };
    dynamic(&method.answer, &message).encode_to_vec().into()
}

/// `MessageSendFileStream`: the file is spooled, and then sent as `MessageSendFile` does it.
pub fn send_file_stream(
    shared: &Arc<Shared>,
    caller: Caller,
    body: Body,
) -> BoxFuture<'_, Result<Bytes, Status>> {
    Box::pin(send_streamed(shared, caller, body))
}

async fn send_streamed(shared: &Arc<Shared>, caller: Caller, body: Body) -> Result<Bytes, Status> {
    let (mut conversation, mut name) = (String::new(), String::new());
    let mut chunks = Chunks::new(&shared.transit, caller.bot, body);
    let mut writer = shared.transit.spool.writer(caller.bot);
    while let Some(chunk) = chunks.next(&SENT, &mut writer).await? {
        let chunk = read::<puppet::MessageSendFileStreamRequest>(
            &shared.schema,
            rpc::MESSAGE_SEND_FILE_STREAM,
            &chunk,
        )?;
        if let Some(id) = chunk.conversation_id {
            conversation = id;
        }
        let part = chunk.file_box_chunk.unwrap_or_default();
        if let Some(text) = part.name {
            name = text;
        }
    }
    if shared.sending.doubts.take(caller.bot, &conversation, &name) {
        return Err(Status::unknown(format!(
            "it is not known whether the first try sent {name:?}, so this second one did not: look whether it \
             arrived, and send it again if not"
        )));
    }
    let file = writer.finish().await.map_err(|error| full(&error))?;
    // Kept for this call alone: nobody is told its id.
    let mut kept = None;
    let file_box = if file.size() <= INLINE {
        FileBox::from_bytes(&name, &file.bytes().await.map_err(|error| unreadable(&error))?)
    } else {
        let size = file.size();
        let kept = kept.insert(shared.transit.spool.lend(file));
        FileBox::from_uuid(&name, kept.id(), Some(size))
    };
    let method = shared.schema.method(rpc::MESSAGE_SEND_FILE);
    let mut request = empty(&method.request);
    request.set_field_by_name("conversation_id", Value::String(conversation));
    request.set_field_by_name("file_box", Value::String(file_box.to_json()));
    let sent = Call::new(shared, caller, method, request).run().await?;
    drop(kept);
    // Both answers have the same two fields.
    let stream = shared.schema.method(rpc::MESSAGE_SEND_FILE_STREAM);
    let sent = sent.transcode_to::<puppet::MessageSendFileStreamResponse>();
    let sent = sent.map_err(|error| Status::internal(error.to_string()))?;
    Ok(dynamic(&stream.answer, &sent).encode_to_vec().into())
}

fn read<T: prost::Message + Default>(
    schema: &Schema,
    rpc: &'static Rpc,
    bytes: &[u8],
) -> Result<T, CallError> {
    let method = schema.method(rpc);
    method
        .typed_request(bytes)
        .map_err(|error| CallError::invalid(format!("the message is not readable: {error}")))
}

const _: () = assert!(CHUNK < 4 * 1024 * 1024, "a stock server takes 4 MiB in one message at most");
