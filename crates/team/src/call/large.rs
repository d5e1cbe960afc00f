//! An answer with a large file inside, for clients that know no other way: it is written while the file is read.

use std::{io, pin::Pin, sync::Arc};

use base64::{Engine as _, prelude::BASE64_STANDARD};
use bytes::{BufMut as _, Bytes, BytesMut};
use futures_util::{Stream, StreamExt as _, stream};
use ha_wechaty_wire::FileBox;
use http::{HeaderMap, HeaderValue};
use http_body::Frame;
use prost::{
    Message as _,
    encoding::{WireType, encode_key, encode_varint},
};
use prost_reflect::DynamicMessage;
use tonic::Status;

use crate::{
    error::{CallError, Wrong},
    schema::Method,
    state::{
        budget::Portion,
        transit::{Spooled, unreadable},
    },
};

/// Smaller files are in their answers from the beginning.
const LARGE: usize = 1024 * 1024;

/// A file that is to be in an answer, and what stands for it there until then.
#[derive(Debug)]
pub(super) struct Large {
    file: Arc<Spooled>,
    /// A text of base64 that nobody else knows: people choose what files are called.
    mark: String,
}

impl Large {
    /// The FileBox with a mark for the file in it; `None` if the file is no large one.
    pub(super) fn mark(file_box: FileBox, file: Arc<Spooled>) -> Result<(FileBox, Self), FileBox> {
        if file.size() <= LARGE {
            return Err(file_box);
        }
        let mut mark = [0; 18];
        mark[..16].copy_from_slice(uuid::Uuid::new_v4().as_bytes());
        let mark_text = BASE64_STANDARD.encode(mark);
        Ok((file_box.with_bytes(&mark), Self { file, mark: mark_text }))
    }
}

/// What an answer is written in.
pub(super) type Frames = Pin<Box<dyn Stream<Item = Result<Frame<Bytes>, Status>> + Send>>;

/// The answer to a call.
#[derive(Debug)]
pub struct CallAnswer {
    /// All of it; or nothing, if it flows.
    pub message: Bytes,
    /// What is written while its file is read.
    pub flow: Option<Flow>,
    /// What it has of its bot's until that has read it.
    pub room: Option<Portion>,
}

/// An answer that is written while its file is read.
#[derive(Debug)]
pub struct Flow {
    /// What comes before the file and after it.
    before: Bytes,
    file: Arc<Spooled>,
    after: Bytes,
}

impl CallAnswer {
    /// The answer, in which the mark of a large file may stand.
    ///
    /// # Errors
    /// The file is too long for any answer.
    pub(super) fn new(
        method: &Method,
        answer: &DynamicMessage,
        large: Option<&Large>,
        room: Option<Portion>,
    ) -> Result<Self, CallError> {
        let Some(large) = large else {
            return Ok(Self { message: answer.encode_to_vec().into(), flow: None, room });
        };
        match Flow::of(method, answer, large) {
            Some(flow) => Ok(Self { message: Bytes::new(), flow: Some(flow), room }),
            None => Err(CallError::wrong(
                Wrong::TooLong,
                format!(
                    "the file is of {} bytes, and an answer with a file inside has 4 GiB at the most: set files = \"uuid\" for \
                 this bot, and download it",
                    large.file.size()
                ),
            )),
        }
    }
}

impl Flow {
    /// `None` if it is longer than a message can be.
    fn of(method: &Method, answer: &DynamicMessage, large: &Large) -> Option<Self> {
        let field = method.answer.get_field(method.large_answer()?)?;
        let json = answer.get_field(&field).as_str()?.to_owned();
        let (before, after) = json.split_once(&large.mark)?;
        let mut answer = answer.clone();
        answer.clear_field(&field);
        let length = before.len() + large.file.size().div_ceil(3) * 4 + after.len();
        let mut message = BytesMut::new();
        answer.encode(&mut message).ok()?;
        encode_key(field.number(), WireType::LengthDelimited, &mut message);
        encode_varint(length as u64, &mut message);
        let whole = u32::try_from(message.len() + length).ok()?;
        let mut head = BytesMut::new();
        head.put_u8(0);
        head.put_u32(whole);
        head.put_slice(&message);
        head.put_slice(before.as_bytes());
        Some(Self {
            before: head.freeze(),
            file: large.file.clone(),
            after: Bytes::copy_from_slice(after.as_bytes()),
        })
    }

    /// What a client reads as the answer to its call.
    pub fn into_frames(self) -> Frames {
        let Self { before, file, after } = self;
        let data = |bytes: io::Result<Bytes>| bytes.map(Frame::data).map_err(|error| unreadable(&error));
        let ends = HeaderMap::from_iter([(
            http::HeaderName::from_static("grpc-status"),
            HeaderValue::from_static("0"),
        )]);
        let pieces =
            stream::iter([Ok(before)]).chain(encoded(&file)).chain(stream::iter([Ok(after)])).map(data);
        Box::pin(pieces.chain(stream::iter([Ok(Frame::trailers(ends))])))
    }
}

/// The same, to whatever end: what goes wrong on the way is told behind what has gone, as gRPC tells it.
pub fn with_end(
    frames: impl Stream<Item = Result<Frame<Bytes>, Status>> + Send,
) -> impl Stream<Item = Result<Frame<Bytes>, Status>> + Send {
    frames.scan(false, |is_over, frame| {
        let was_over = std::mem::replace(is_over, frame.is_err());
        let frame = frame.or_else(|status| {
            let mut ends = HeaderMap::new();
            status.add_header(&mut ends)?;
            Ok(Frame::trailers(ends))
        });
        std::future::ready((!was_over).then_some(frame))
    })
}

/// A file as base64.
fn encoded(file: &Spooled) -> impl Stream<Item = io::Result<Bytes>> + Send + use<> {
    // Three bytes are four letters; what is left of a piece goes with the next.
    let mut left: Vec<u8> = Vec::new();
    let pieces = file.chunks().map(|piece| piece.map(Some)).chain(stream::iter([Ok(None)]));
    pieces.map(move |piece| {
        let Some(piece) = piece? else { return Ok(BASE64_STANDARD.encode(&left).into()) };
        left.extend_from_slice(&piece);
        let whole = left.len() / 3 * 3;
        let text = BASE64_STANDARD.encode(&left[..whole]);
        left.drain(..whole);
        Ok(text.into())
    })
}

#[cfg(test)]
mod tests {
    use ha_wechaty_core::rpc;
    use ha_wechaty_wire::puppet::MessageFileResponse;
    use prost_reflect::Value;

    use super::*;
    use crate::schema::Schema;

    #[tokio::test]
    async fn it_is_what_it_would_be_as_a_whole_whatever_the_file_is_called() {
        let schema = Schema::new().expect("the table follows the protocol");
        let method = schema.method(rpc::MESSAGE_FILE);
        for extra in 1..5 {
            let bytes: Bytes = (0..LARGE + extra).map(|n| (n % 253) as u8).collect();
            let name = r#"a","base64":"" .bin"#;
            let file_box = FileBox::from_uuid(name, "u", Some(bytes.len()));
            let file = Arc::new(Spooled::in_memory(bytes.clone()));
            let (marked, large) = Large::mark(file_box, file).expect("large");
            let mut answer = DynamicMessage::new(method.answer.clone());
            answer.set_field_by_name("file_box", Value::String(marked.to_json()));
            let flow = CallAnswer::new(method, &answer, Some(&large), None)
                .expect("short enough")
                .flow
                .expect("it flows");
            let body = http_body_util::StreamBody::new(flow.into_frames());
            let body = http_body_util::BodyExt::collect(body).await.expect("read to its end");
            let status = body.trailers().and_then(|it| it.get("grpc-status")).cloned();
            assert_eq!(status.expect("told"), "0");
            let read = body.to_bytes();
            assert_eq!(read[..5], [[0].as_slice(), &(read.len() as u32 - 5).to_be_bytes()].concat());
            let read = MessageFileResponse::decode(&read[5..]).expect("a message");
            let read = FileBox::parse(&read.file_box).expect("a FileBox");
            assert!(read.name() == name && read.bytes().is_some_and(|it| bytes == it));
        }
    }
}
