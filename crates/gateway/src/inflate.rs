//! Compressed requests come out plain: whoever reads a request knows nothing of compression.
//!
//! ```text
//!   grpc-encoding: gzip, deflate ─▶ packed (memory.requests) ─▶ how long is it? ─▶ head, pieces ─▶ whoever reads it
//! ```
//!
//! What comes out may be a thousand times as long as what came, and a gRPC message says how long it is before it begins. So
//! it is read twice: once to know its length, of which nothing is kept and which ends at the limit, and once to be handed
//! on in pieces. What waits here is never more than what came.

use std::io::{self, BufRead, ErrorKind, Read};

use bytes::{Buf as _, BufMut as _, Bytes, BytesMut};
use bytesize::ByteSize;
use flate2::bufread::{MultiGzDecoder, ZlibDecoder};
use futures_util::{Stream, stream};
use ha_wechaty_core::{BotId, rpc::Shape};
use http::{HeaderValue, Request};
use http_body::Frame;
use http_body_util::StreamBody;
use tonic::{Status, body::Body};

use ha_wechaty_team::{
    intake::{Head, INSIDE, Source, spent},
    schema::Method,
    state::{budget::Portion, transit::Transit},
};

/// By how a request's messages are compressed, if they are.
const ENCODING: &str = "grpc-encoding";
/// What is taken, as it is told to those that use something else.
const TAKEN: &str = "identity,deflate,gzip";

/// So much comes out at once, of so much that goes in; then others have their turn. What goes in need not come out.
const PIECE: usize = 64 * 1024;
const BITE: usize = 16 * 1024;
/// Requests whose file does not flow past whoever reads them are not longer.
const MOST_WHOLE: usize = 16 * 1024 * 1024;

/// How messages are compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Coding {
    Gzip,
    /// In zlib's frame, as HTTP has it.
    Deflate,
}

/// The request with its messages as they were before they were compressed.
///
/// # Errors
/// They are compressed in a way that is not known here.
pub(crate) fn inflate(
    transit: &Transit,
    bot: BotId,
    method: &Method,
    mut request: Request<Body>,
) -> Result<Request<Body>, Status> {
    let coding = match request.headers().get(ENCODING).map(HeaderValue::as_bytes) {
        None | Some(b"identity") => return Ok(request),
        Some(b"gzip") => Coding::Gzip,
        Some(b"deflate") => Coding::Deflate,
        Some(other) => return Err(unknown(&String::from_utf8_lossy(other))),
    };
    request.headers_mut().remove(ENCODING);
    let flows = method.inline_file().is_some() || matches!(method.rpc.shape, Shape::Up(_));
    let most = if flows { transit.limits.max_message } else { transit.limits.max_message.min(MOST_WHOLE) };
    let (held, patience) = (transit.requests.held(bot), transit.limits.calls.file);
    Ok(request.map(|body| Body::new(StreamBody::new(plain(Source::new(body, patience), coding, held, most)))))
}

fn unknown(coding: &str) -> Status {
    let mut status = Status::unimplemented(format!(
        "the request is compressed with {coding:?}, which is not known here: of grpc.default_compression_algorithm use 0 \
         (none), 1 (deflate) or 2 (gzip)"
    ));
    status.metadata_mut().insert("grpc-accept-encoding", tonic::metadata::MetadataValue::from_static(TAKEN));
    status
}

/// A body on its way, and what of it is being handed on.
struct Plain {
    source: Source,
    coding: Coding,
    held: Portion,
    /// How long a message may be, in bytes, before and after.
    most: usize,
    next: Next,
}

/// What comes next.
enum Next {
    Head,
    /// So much of a message that is not compressed.
    Rest(usize),
    Inflated(Unpacker),
}

/// The messages, none of them compressed.
fn plain(
    source: Source,
    coding: Coding,
    held: Portion,
    most: usize,
) -> impl Stream<Item = Result<Frame<Bytes>, Status>> + Send {
    let plain = Plain { source, coding, held, most, next: Next::Head };
    stream::try_unfold(plain, |mut plain| async {
        Ok(plain.piece().await?.map(|piece| (Frame::data(piece), plain)))
    })
}

impl Plain {
    async fn piece(&mut self) -> Result<Option<Bytes>, Status> {
        loop {
            match &mut self.next {
                Next::Head | Next::Rest(0) => {
                    let Some(head) = self.source.head().await? else { return Ok(None) };
                    return self.begins(head).await.map(Some);
                }
                Next::Rest(left) => {
                    let piece = self.source.some(*left).await?;
                    *left -= piece.len();
                    return Ok(Some(piece));
                }
                Next::Inflated(unpacker) => match unpacker.piece()? {
                    Some(piece) => {
                        tokio::task::yield_now().await;
                        if !piece.is_empty() {
                            return Ok(Some(piece));
                        }
                    }
                    None => {
                        self.next = Next::Head;
                        self.held.give_back();
                    }
                },
            }
        }
    }

    /// A message begins. Returns how it is announced to whoever reads it.
    async fn begins(&mut self, Head { is_compressed, length }: Head) -> Result<Bytes, Status> {
        let length = if is_compressed {
            let packed = self.packed(length).await?;
            let length = self.measure(packed.clone()).await?;
            self.next = Next::Inflated(Unpacker::new(self.coding, packed));
            length
        } else {
            self.next = Next::Rest(length);
            length
        };
        Ok(Bytes::copy_from_slice(&Head { is_compressed: false, length }.bytes()))
    }

    /// All of a message as it comes.
    async fn packed(&mut self, length: usize) -> Result<Bytes, Status> {
        if length > self.most {
            return Err(self.too_long());
        }
        // The first of it is in the room of its call.
        self.held.take(length.saturating_sub(INSIDE)).map_err(spent)?;
        let mut packed = BytesMut::new();
        while packed.len() < length {
            packed.put(self.source.some(length - packed.len()).await?);
        }
        Ok(packed.freeze())
    }

    /// How long it will be.
    async fn measure(&mut self, packed: Bytes) -> Result<usize, Status> {
        let (mut unpacker, mut length) = (Unpacker::new(self.coding, packed), 0);
        while let Some(piece) = unpacker.piece()? {
            length += piece.len();
            if length > self.most {
                return Err(self.too_long());
            }
            tokio::task::yield_now().await;
        }
        Ok(length)
    }

    fn too_long(&self) -> Status {
        let most = ByteSize::b(self.most as u64);
        Status::resource_exhausted(format!(
            "a compressed request may be of {most} when it is read (gateway.max_message), and this one is longer"
        ))
    }
}

/// What comes out of a message.
enum Unpacker {
    Gzip(MultiGzDecoder<Bites>),
    Deflate(ZlibDecoder<Bites>),
}

/// What goes in, a bite at a time.
struct Bites {
    packed: Bytes,
    bite: usize,
}

impl Read for Bites {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let read = self.fill_buf()?.read(into)?;
        self.consume(read);
        Ok(read)
    }
}

impl BufRead for Bites {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.bite == 0 && !self.packed.is_empty() {
            return Err(ErrorKind::WouldBlock.into());
        }
        Ok(self.packed.get(..self.bite).unwrap_or(&self.packed))
    }

    fn consume(&mut self, amount: usize) {
        self.packed.advance(amount);
        self.bite -= amount;
    }
}

impl Unpacker {
    fn new(coding: Coding, packed: Bytes) -> Self {
        let bites = Bites { packed, bite: BITE };
        match coding {
            Coding::Gzip => Self::Gzip(MultiGzDecoder::new(bites)),
            Coding::Deflate => Self::Deflate(ZlibDecoder::new(bites)),
        }
    }

    /// The next piece, which may be empty; `None` at the end.
    fn piece(&mut self) -> Result<Option<Bytes>, Status> {
        let reader: &mut (dyn Read + Send) = match self {
            Self::Gzip(reader) => {
                reader.get_mut().bite = BITE;
                reader
            }
            Self::Deflate(reader) => {
                reader.get_mut().bite = BITE;
                reader
            }
        };
        let mut piece = Vec::with_capacity(PIECE);
        match reader.take(PIECE as u64).read_to_end(&mut piece) {
            Ok(_) => Ok((!piece.is_empty()).then(|| piece.into())),
            Err(error) if error.kind() == ErrorKind::WouldBlock => Ok(Some(piece.into())),
            Err(error) => Err(Status::invalid_argument(format!(
                "the request is compressed, and does not come out: {error}"
            ))),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{io::Write as _, sync::Arc, time::Duration};

    use flate2::{
        Compression,
        write::{GzEncoder, ZlibEncoder},
    };
    use http_body_util::BodyExt as _;
    use tonic::Code;

    use super::*;
    use ha_wechaty_team::state::budget::Budget;

    const MOST: usize = 1 << 20;

    fn pack(coding: Coding, message: &[u8]) -> Vec<u8> {
        match coding {
            Coding::Gzip => {
                let mut packer = GzEncoder::new(Vec::new(), Compression::fast());
                packer.write_all(message).and_then(|()| packer.finish()).expect("packed")
            }
            Coding::Deflate => {
                let mut packer = ZlibEncoder::new(Vec::new(), Compression::fast());
                packer.write_all(message).and_then(|()| packer.finish()).expect("packed")
            }
        }
    }

    fn framed(is_compressed: bool, message: &[u8]) -> Vec<u8> {
        [&Head { is_compressed, length: message.len() }.bytes()[..], message].concat()
    }

    /// What comes out of a body that comes in pieces of this size.
    async fn inflated(
        budget: &Arc<Budget>,
        coding: Coding,
        body: &[u8],
        size: usize,
    ) -> Result<Vec<u8>, Status> {
        let pieces: Vec<_> =
            body.chunks(size).map(|it| Ok::<_, Status>(Frame::data(Bytes::copy_from_slice(it)))).collect();
        let source = Source::new(Body::new(StreamBody::new(stream::iter(pieces))), Duration::from_secs(5));
        let plain = plain(source, coding, budget.held(BotId(0)), MOST);
        Ok(Body::new(StreamBody::new(plain)).collect().await?.to_bytes().to_vec())
    }

    #[tokio::test]
    async fn what_was_compressed_comes_out_as_it_was_however_it_comes() {
        let long: Vec<u8> =
            (0..200_000_u32).map(|n| n.wrapping_mul(2_654_435_761).to_be_bytes()[0]).collect();
        let messages = [b"hello".repeat(30), Vec::new(), long, vec![0; MOST]];
        let plain: Vec<u8> = messages.iter().flat_map(|it| framed(false, it)).collect();
        for coding in [Coding::Gzip, Coding::Deflate] {
            let mut packed: Vec<u8> =
                messages.iter().flat_map(|it| framed(true, &pack(coding, it))).collect();
            // Small ones are left as they are by some clients.
            packed.extend(framed(false, b"small"));
            let plain = [plain.clone(), framed(false, b"small")].concat();
            for size in [1, 7, 4_096, packed.len()] {
                let budget = Budget::new(MOST, 1);
                let inflated = inflated(&budget, coding, &packed, size).await.expect("it comes out");
                assert!(inflated == plain, "{coding:?} in pieces of {size}");
                assert_eq!(budget.load().bytes, 0);
            }
        }
    }

    #[tokio::test]
    async fn a_bomb_is_refused_at_the_limit_and_what_is_packed_counts() {
        let budget = Budget::new(64 << 10, 1);
        for coding in [Coding::Gzip, Coding::Deflate] {
            let bomb = framed(true, &pack(coding, &vec![0; 50 * MOST]));
            assert!(bomb.len() < MOST / 2, "{}", bomb.len());
            let own = Budget::new(MOST, 1);
            let refused = inflated(&own, coding, &bomb, 1_000).await.expect_err("a bomb");
            assert!(refused.code() == Code::ResourceExhausted, "{refused}");
            assert!(refused.message().contains("gateway.max_message"), "{refused}");
            let refused = inflated(&budget, coding, &bomb, 1_000).await.expect_err("no room for it");
            assert!(refused.message().contains("memory.requests"), "{refused}");
            let broken = inflated(&own, coding, &framed(true, &[7; 100]), 10).await.expect_err("garbage");
            assert_eq!(broken.code(), Code::InvalidArgument, "{broken}");
            let half = pack(coding, &b"hello".repeat(1_000));
            let broken = inflated(&own, coding, &framed(true, &half[..half.len() - 9]), 10).await;
            assert_eq!(broken.expect_err("half of it").code(), Code::InvalidArgument);
        }
        assert_eq!(budget.load().bytes, 0);
    }

    #[test]
    fn what_comes_to_nothing_is_looked_at_a_bite_at_a_time() {
        let packed = pack(Coding::Gzip, b"").repeat(20_000);
        let bites = packed.len() / BITE;
        let mut unpacker = Unpacker::new(Coding::Gzip, packed.into());
        let mut pieces = 0;
        while let Some(piece) = unpacker.piece().expect("it comes out") {
            assert!(piece.is_empty());
            pieces += 1;
        }
        assert!(pieces >= bites, "{pieces} of {bites}");
    }

    #[test]
    fn another_coding_is_refused_by_the_option_that_sets_it() {
        let status = unknown("zstd");
        assert!(status.message().contains("grpc.default_compression_algorithm"), "{status}");
        assert!(status.metadata().contains_key("grpc-accept-encoding"));
    }
}
