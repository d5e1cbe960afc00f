//! Answers that a bot asks for and does not read.

use bytes::Bytes;
use ha_wechaty_sim::Attachment;
use ha_wechaty_wire::puppet::MessageFileRequest;
use http::Request;
use prost::Message as _;
use tokio::{net::TcpStream, time::timeout};

use crate::{
    DEADLINE,
    files::{FLOW, MIB, bytes, grown},
    stage::Stage,
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn answers_that_nobody_reads_take_no_more_than_requests_may() {
    let folder = tempfile::tempdir().expect("there is room for a folder");
    let mut stage = timeout(DEADLINE, Stage::new(folder.path())).await.expect("in time");
    for (what, size) in [("0.9 MiB each", 700 << 10), ("4 MiB each, which flow", 3 * MIB)] {
        stage.alice.sends(&stage.north, Attachment::new("unread.bin", bytes(size)));
        let request = MessageFileRequest { id: stage.message().await }.encode_to_vec();
        let message: Bytes = [&[0][..], &(request.len() as u32).to_be_bytes(), &request].concat().into();
        let socket = TcpStream::connect(stage.bots).await.expect("the port is open");
        let mut http2 = h2::client::Builder::new();
        let (mut send, connection) =
            http2.initial_window_size(1_000).handshake(socket).await.expect("HTTP/2");
        let connection = tokio::spawn(connection);
        let (unread, grew) = grown(&mut stage, async |_| {
            let mut unread = Vec::new();
            for _ in 0..200 {
                let request = Request::post("http://gateway/wechaty.Puppet/MessageFile")
                    .header("content-type", "application/grpc")
                    .header("te", "trailers")
                    .header("user-agent", "grpc-python-grpclib/0.4.7 (linux)")
                    .header("authorization", "Wechaty insecure_bot");
                let request = request.body(()).expect("a request");
                send = send.clone().ready().await.expect("room");
                let (answer, mut stream) = send.send_request(request, false).expect("a stream");
                stream.send_data(message.clone(), true).expect("sent");
                let answer = answer.await.expect("an answer");
                if !answer.headers().contains_key("grpc-status") {
                    unread.push(answer);
                }
            }
            unread
        })
        .await;
        println!("200 answers of {what}: {:.1} MiB, {} not read", grew as f64 / MIB as f64, unread.len());
        assert!((20..200).contains(&unread.len()), "{}", unread.len());
        // What requests and answers may weigh, and what the allocator keeps.
        assert!(grew < 32 * MIB as u64 + FLOW, "{grew}");
        connection.abort();
    }
}
