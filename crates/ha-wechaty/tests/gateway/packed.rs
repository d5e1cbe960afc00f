//! Requests that a client compresses, as `grpc.default_compression_algorithm` tells it to.

use std::io::Write as _;

use flate2::{
    Compression,
    write::{GzEncoder, ZlibEncoder},
};
use ha_wechaty_testkit::{House, TOKEN};
use ha_wechaty_wire::puppet::MessageSendTextRequest;
use prost::Message as _;
use tonic::Code;

use crate::guests::{Guest, code_of};

const SENDS: &str = "gateway/wechaty.Puppet/MessageSendText";

fn packed(coding: &str, message: &[u8]) -> Vec<u8> {
    let fast = Compression::fast();
    match coding {
        "gzip" => {
            let mut packer = GzEncoder::new(Vec::new(), fast);
            packer.write_all(message).and_then(|()| packer.finish()).expect("packed")
        }
        _ => {
            let mut packer = ZlibEncoder::new(Vec::new(), fast);
            packer.write_all(message).and_then(|()| packer.finish()).expect("packed")
        }
    }
}

#[tokio::test]
async fn compressed_requests_are_served_within_the_limits_of_others() {
    let house = House::new().await;
    let mut guest = Guest::new(house.gateway.local_addr()).await;
    let says = |text: String| {
        let conversation_id = house.room.id().into();
        MessageSendTextRequest { conversation_id, text, mentional_ids: Vec::new(), ..Default::default() }
            .encode_to_vec()
    };
    for coding in ["gzip", "deflate"] {
        let message = packed(coding, &says(format!("by {coding}")));
        let answer = guest.asks_packed(TOKEN, SENDS, coding, &message).await;
        assert_eq!(code_of(answer).await, Code::Ok, "{coding}");
        assert_eq!(house.times(&format!("by {coding}")), 1);
        // A hundred KiB that would be a hundred MiB.
        let bomb = packed(coding, &says("x".repeat(100 << 20)));
        assert!(bomb.len() < 1 << 20, "{}", bomb.len());
        let answer = guest.asks_packed(TOKEN, SENDS, coding, &bomb).await;
        assert_eq!(code_of(answer).await, Code::ResourceExhausted, "{coding}");
        let many =
            MessageSendTextRequest { mentional_ids: vec![String::new(); 1_000_000], ..Default::default() };
        let answer = guest.asks_packed(TOKEN, SENDS, coding, &packed(coding, &many.encode_to_vec())).await;
        assert_eq!(code_of(answer).await, Code::InvalidArgument, "{coding}");
    }
    let answer = guest.asks_packed(TOKEN, SENDS, "zstd", b"whatever").await;
    assert_eq!(code_of(answer).await, Code::Unimplemented);
}
