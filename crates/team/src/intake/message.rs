//! A protobuf message as it comes: one field of it flows away, everything else is kept.

use std::ops::RangeInclusive;

use bytes::{BufMut as _, Bytes};
use futures_util::future::{BoxFuture, FutureExt as _};
use prost::encoding::{WireType, encode_key, encode_varint};
use tonic::Status;

use super::{counted::spent, source::Source};
use crate::state::budget::Portion;

/// Where a field's bytes go.
pub(super) trait Sink: Send {
    /// One more field of them begins.
    fn begins(&mut self) -> Result<(), Status>;
    /// Some of them, in their order.
    fn takes(&mut self, bytes: Bytes) -> impl Future<Output = Result<(), Status>> + Send;
}

/// The numbers that a field may have.
const FIELDS: RangeInclusive<u32> = 1..=(1 << 29) - 1;

/// What a field costs besides what is in it.
const FIELD: usize = 32;

/// A varint has no more bytes than this.
const LONGEST_VARINT: usize = 10;

/// A message that is on its way.
pub(super) struct Coming<'a> {
    pub(super) source: &'a mut Source,
    /// How much of it is still to come, in bytes.
    pub(super) left: usize,
    /// What is kept of it counts here.
    pub(super) held: &'a Portion,
}

impl Coming<'_> {
    /// Reads it to its end. The field that `path` leads to, by numbers, goes to `sink`; the message without it is
    /// returned.
    pub(super) fn divert<'a>(
        mut self,
        path: &'a [u32],
        sink: &'a mut impl Sink,
    ) -> BoxFuture<'a, Result<Vec<u8>, Status>>
    where
        Self: 'a,
    {
        async move {
            let mut rest = Vec::new();
            while self.left > 0 {
                let key = self.varint().await?;
                let field = u32::try_from(key >> 3).ok().filter(|it| FIELDS.contains(it));
                let field = field.ok_or_else(unreadable)?;
                let wire = WireType::try_from(key & 7).map_err(|_| unreadable())?;
                self.held.take(FIELD).map_err(spent)?;
                match (wire, path) {
                    (WireType::LengthDelimited, [first, inner @ ..]) if *first == field => {
                        let length = self.length().await?;
                        if inner.is_empty() {
                            sink.begins()?;
                            self.pour(length, sink).await?;
                            continue;
                        }
                        self.left -= length;
                        let nested = Coming { source: self.source, left: length, held: self.held };
                        let nested = nested.divert(inner, sink).await?;
                        encode_key(field, wire, &mut rest);
                        encode_varint(nested.len() as u64, &mut rest);
                        rest.put_slice(&nested);
                    }
                    (wire, _) => {
                        encode_key(field, wire, &mut rest);
                        self.keep(wire, &mut rest).await?;
                    }
                }
            }
            Ok(rest)
        }
        .boxed()
    }

    /// A field's bytes go to the sink.
    async fn pour(&mut self, mut length: usize, sink: &mut impl Sink) -> Result<(), Status> {
        while length > 0 {
            let some = self.some(length).await?;
            length -= some.len();
            sink.takes(some).await?;
        }
        Ok(())
    }

    /// A field stays as it is.
    async fn keep(&mut self, wire: WireType, rest: &mut Vec<u8>) -> Result<(), Status> {
        let mut length = match wire {
            WireType::Varint => {
                encode_varint(self.varint().await?, rest);
                return Ok(());
            }
            WireType::SixtyFourBit => 8,
            WireType::ThirtyTwoBit => 4,
            WireType::LengthDelimited => {
                let length = self.length().await?;
                encode_varint(length as u64, rest);
                length
            }
            // Groups are of a time before gRPC.
            WireType::StartGroup | WireType::EndGroup => return Err(unreadable()),
        };
        self.held.take(length).map_err(spent)?;
        while length > 0 {
            let some = self.some(length).await?;
            length -= some.len();
            rest.put_slice(&some);
        }
        Ok(())
    }

    async fn some(&mut self, most: usize) -> Result<Bytes, Status> {
        if most > self.left {
            return Err(unreadable());
        }
        let some = self.source.some(most).await?;
        self.left -= some.len();
        Ok(some)
    }

    /// The length of a field, which is within its message.
    async fn length(&mut self) -> Result<usize, Status> {
        let length = usize::try_from(self.varint().await?).unwrap_or(usize::MAX);
        if length > self.left { Err(unreadable()) } else { Ok(length) }
    }

    async fn varint(&mut self) -> Result<u64, Status> {
        let mut number = 0;
        for place in 0..LONGEST_VARINT {
            self.left = self.left.checked_sub(1).ok_or_else(unreadable)?;
            let byte = self.source.byte().await?;
            number |= u64::from(byte & 0x7f) << (7 * place);
            if byte < 0x80 {
                return Ok(number);
            }
        }
        Err(unreadable())
    }
}

fn unreadable() -> Status {
    Status::invalid_argument("the request is not readable: it is no message of the protocol")
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use bytes::BytesMut;
    use ha_wechaty_core::BotId;
    use ha_wechaty_wire::puppet::{FileBoxChunk, MessageSendFileStreamRequest, UploadRequest};
    use proptest::prelude::*;
    use prost::Message as _;
    use tonic::{Code, body::Body};

    use super::*;
    use crate::state::budget::Budget;

    #[derive(Default)]
    struct Bucket(Vec<u8>);

    impl Sink for Bucket {
        fn begins(&mut self) -> Result<(), Status> {
            Ok(())
        }

        async fn takes(&mut self, bytes: Bytes) -> Result<(), Status> {
            self.0.extend_from_slice(&bytes);
            Ok(())
        }
    }

    /// What is left of a message that comes in pieces of this size, and what flowed away.
    async fn divert(message: &[u8], size: usize, path: &[u32]) -> Result<(Vec<u8>, Vec<u8>), Status> {
        let pieces: Vec<_> = message
            .chunks(size.max(1))
            .map(|it| Ok::<_, Status>(http_body::Frame::data(Bytes::copy_from_slice(it))))
            .collect();
        let body = Body::new(http_body_util::StreamBody::new(futures_util::stream::iter(pieces)));
        let mut source = Source::new(body, Duration::from_secs(5));
        let (held, mut bucket) = (Budget::new(1 << 20, 1).held(BotId(0)), Bucket::default());
        let coming = Coming { source: &mut source, left: message.len(), held: &held };
        let rest = coming.divert(path, &mut bucket).await?;
        Ok((rest, bucket.0))
    }

    #[tokio::test]
    async fn a_field_flows_away_however_deep_it_is_and_however_it_comes() {
        let chunk = FileBoxChunk { data: Some(vec![7; 300]), name: Some("a.png".into()) };
        let message = MessageSendFileStreamRequest {
            conversation_id: Some("alice".into()),
            file_box_chunk: Some(chunk),
        };
        let bytes = message.encode_to_vec();
        for size in 1..bytes.len() {
            let (rest, file) = divert(&bytes, size, &[2, 1]).await.expect("readable");
            assert_eq!(file, [7; 300]);
            let rest = MessageSendFileStreamRequest::decode(rest.as_slice()).expect("a message");
            let name = rest.file_box_chunk.and_then(|it| it.name);
            assert_eq!((rest.conversation_id.as_deref(), name.as_deref()), (Some("alice"), Some("a.png")));
        }
        let upload = UploadRequest { chunk: vec![1, 2, 3] }.encode_to_vec();
        assert_eq!(divert(&upload, 2, &[1]).await.expect("readable"), (Vec::new(), vec![1, 2, 3]));
    }

    #[tokio::test]
    async fn what_is_kept_counts_and_lengths_that_lie_are_found_out() {
        let mut text = BytesMut::new();
        prost::encoding::string::encode(9, &"x".repeat(2 << 20), &mut text);
        let spent = divert(&text, 1_000, &[1]).await.expect_err("too much is kept");
        assert!(
            spent.code() == Code::ResourceExhausted && spent.message().contains("memory.requests"),
            "{spent}"
        );
        // Fields that hold nothing count too.
        for nothing in [[0x10, 0x00], [0x12, 0x00]] {
            let spent = divert(&nothing.repeat(100_000), 1_000, &[1]).await.expect_err("too many are kept");
            assert_eq!(spent.code(), Code::ResourceExhausted, "{spent}");
        }
        for lie in
            [&[0x0a, 0x05, 0x01][..], &[0x12, 0xff, 0xff, 0xff, 0xff, 0x0f], &[0x80; 11], &[0x0b], &[0x0d, 1]]
        {
            for path in [&[1][..], &[2, 1], &[]] {
                let error = divert(lie, 1, path).await.expect_err("a lie");
                assert_eq!(error.code(), Code::InvalidArgument, "{error}");
            }
        }
    }

    proptest! {
        #[test]
        fn whatever_comes_is_read_or_refused(bytes: Vec<u8>, size in 1_usize..20) {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime");
            let one = runtime.block_on(divert(&bytes, size, &[2, 1]));
            let other = runtime.block_on(divert(&bytes, bytes.len(), &[2, 1]));
            prop_assert_eq!(one.ok(), other.ok());
        }
    }
}
