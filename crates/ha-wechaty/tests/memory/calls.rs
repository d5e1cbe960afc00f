//! What calls cost that wait for their answers.

use std::{net::SocketAddr, time::Duration};

use bytes::Bytes;
use futures_util::{StreamExt as _, stream::FuturesUnordered};
use h2::client::SendRequest;
use ha_wechaty_sim::Fault;
use ha_wechaty_testkit::wait::until_some_by;
use ha_wechaty_wire::puppet::ContactPayloadRequest;
use http::Request;
use prost::Message as _;
use tokio::{net::TcpStream, task::JoinHandle, time::timeout};

use crate::{
    DEADLINE,
    files::{MIB, grown, told},
    stage::{Stage, held},
};

/// What one counts, see `memory.requests`.
const COUNTS: u64 = 16 << 10;
/// So many of them fill the half of it: more can be under way only if they count less.
const CALLS: u64 = 1_000;
/// A future is larger where the compiler was not asked to make it small.
const COSTS: u64 = if cfg!(debug_assertions) { 3 * COUNTS } else { COUNTS };

/// A connection of the bot's, and what drives it.
pub(crate) async fn connected(bots: SocketAddr) -> (SendRequest<Bytes>, JoinHandle<Result<(), h2::Error>>) {
    let socket = TcpStream::connect(bots).await.expect("the port is open");
    let (send, connection) = h2::client::handshake(socket).await.expect("HTTP/2");
    (send, tokio::spawn(connection))
}

/// The bot asks for this RPC.
pub(crate) fn request(rpc: &str) -> Request<()> {
    let request = Request::post(format!("http://gateway/wechaty.Puppet/{rpc}"))
        .header("content-type", "application/grpc")
        .header("te", "trailers")
        .header("authorization", "Wechaty insecure_bot");
    request.body(()).expect("a request")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_that_waits_costs_no_more_than_it_counts() {
    let folder = tempfile::tempdir().expect("there is room for a folder");
    let mut stage = timeout(DEADLINE, Stage::new(folder.path())).await.expect("in time");
    // Longer than it takes to ask for all of them, however busy the machine is.
    stage.north.fail(Fault::Slow(Duration::from_secs(600)));
    let asked = ContactPayloadRequest { id: stage.alice.id().to_owned() }.encode_to_vec();
    let message: Bytes = [&[0][..], &(asked.len() as u32).to_be_bytes(), &asked].concat().into();
    for round in 1..=3 {
        let (mut send, connection) = connected(stage.bots).await;
        let (waiting, grew) = grown(&mut stage, async |stage| {
            let mut waiting = FuturesUnordered::new();
            for _ in 0..CALLS {
                send = send.clone().ready().await.expect("room");
                let (answer, mut stream) =
                    send.send_request(request("ContactPayload"), false).expect("a stream");
                stream.send_data(message.clone(), true).expect("sent");
                waiting.push(answer);
            }
            while held(&stage.status().await, "requests") < CALLS * COUNTS {
                if let Ok(Some(answer)) = timeout(Duration::from_millis(20), waiting.next()).await {
                    panic!("one did not wait: {:?}", told(answer.expect("an answer")).await);
                }
            }
            waiting
        })
        .await;
        let each = grew / CALLS;
        println!(
            "{CALLS} calls that wait, time {round}: {:.1} MiB, {each} bytes each",
            grew as f64 / MIB as f64
        );
        assert!(each < COSTS, "{each} bytes");
        drop(waiting);
        connection.abort();
        until_some_by(DEADLINE, "no call waits any more", async || {
            (held(&stage.status().await, "requests") == 0).then_some(())
        })
        .await;
    }
}
