//! Files flow: what they take of memory does not depend on their size, nor on how many there are.

use std::time::Duration;

use bytes::Bytes;
use futures_util::{
    FutureExt as _, StreamExt as _,
    future::join_all,
    stream::{self, FuturesUnordered},
};
use ha_wechaty_sim::{Attachment, Content};
use ha_wechaty_testkit::wait::until_some_by;
use ha_wechaty_wire::{FileBox, puppet::*};
use prost::Message as _;
use tokio::time::{sleep, timeout};
use tonic::{Code, Request, Status};

use crate::{
    DEADLINE,
    stage::{Stage, held},
};

pub(crate) const MIB: usize = 1 << 20;
/// What one file may take, whatever its size: buffers of the connections, and what the allocator keeps.
pub(crate) const FLOW: u64 = 24 << 20;

pub(crate) fn bytes(size: usize) -> Vec<u8> {
    (0..size).map(|n| (n % 251) as u8).collect()
}

/// What comes out of it, and how far the gateway's memory grew meanwhile.
pub(crate) async fn grown<T>(stage: &mut Stage, acts: impl AsyncFnOnce(&mut Stage) -> T) -> (T, u64) {
    stage.forget_peak();
    let (before, _) = stage.resident();
    let done = timeout(DEADLINE, acts(stage)).await.expect("in time");
    (done, stage.resident().1.saturating_sub(before))
}

fn sent(stage: &Stage, name: &str) -> Vec<Vec<u8>> {
    let all = stage.world.ledger().sent_by_accounts();
    let files = all.iter().filter_map(|message| {
        if let Content::File(file) = &message.content
            && file.name == name
        {
            Some(file.bytes().to_vec())
        } else {
            None
        }
    });
    files.collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_takes_no_more_memory_for_being_large_whichever_way_it_comes() {
    let folder = tempfile::tempdir().expect("there is room for a folder");
    let mut stage = timeout(DEADLINE, Stage::new(folder.path())).await.expect("in time");
    let alice = stage.alice.id().to_owned();
    let file = bytes(48 * MIB);
    println!("{:>24} {:>10} {:>14}", "a file of 48 MiB", "grew by", "of its size");
    let row = |what: &str, grew: u64| {
        println!(
            "{what:>24} {:>6.1} MiB {:>13.2}×",
            grew as f64 / MIB as f64,
            grew as f64 / (48 * MIB) as f64
        );
        assert!(grew < FLOW, "{what}: {grew} bytes");
    };

    let request = MessageSendFileRequest {
        conversation_id: alice.clone(),
        file_box: FileBox::from_bytes("inside.bin", &file).to_json(),
    };
    let (id, grew) = grown(&mut stage, async |it| it.bot.message_send_file(request).await).await;
    assert!(!id.expect("sent").into_inner().id.is_empty());
    row("inside a message", grew);

    // A stock client makes one message of a file that it has in memory.
    let pieces = stream::iter([UploadRequest { chunk: file.clone() }]);
    let (id, grew) = grown(&mut stage, async |it| it.bot.upload(pieces).await).await;
    row("uploaded in one piece", grew);
    let file_box = FileBox::from_uuid("uploaded.bin", &id.expect("taken").into_inner().id, None).to_json();
    let request = MessageSendFileRequest { conversation_id: alice.clone(), file_box };
    let (id, grew) = grown(&mut stage, async |it| it.bot.message_send_file(request).await).await;
    assert!(!id.expect("sent").into_inner().id.is_empty());
    row("and sent by its id", grew);

    let chunk = |name: Option<&str>, data: Option<Vec<u8>>| MessageSendFileStreamRequest {
        conversation_id: Some(alice.clone()),
        file_box_chunk: Some(FileBoxChunk { name: name.map(str::to_owned), data }),
    };
    let pieces = stream::iter([chunk(Some("streamed.bin"), None), chunk(None, Some(file.clone()))]);
    #[allow(deprecated)]
    let (id, grew) = grown(&mut stage, async |it| it.bot.message_send_file_stream(pieces).await).await;
    assert!(!id.expect("sent").into_inner().id.is_empty());
    row("streamed in one piece", grew);
    stage.alice.sends(&stage.north, Attachment::new("read.bin", file.clone()));
    let mut request = Request::new(MessageFileRequest { id: stage.message().await });
    // The Python SDK's client knows no other way.
    request.metadata_mut().insert("user-agent", "grpc-python-grpclib/0.4.7 (linux)".parse().expect("ascii"));
    let (read, grew) = grown(&mut stage, async |it| it.bot.message_file(request).await).await;
    let read = FileBox::parse(&read.expect("a file").into_inner().file_box).expect("a FileBox");
    assert!(read.bytes() == Some(file.clone()), "it came in as it was");
    row("read inside a message", grew);
    for name in ["inside.bin", "uploaded.bin", "streamed.bin"] {
        assert!(sent(&stage, name) == [file.clone()], "{name} came out as it went in, and once");
    }
}

/// Messages of this size are announced at once; then those that were let in are sent whole. How it went for those that were
/// not, and for those that were.
async fn announced(stage: &Stage, count: usize, message: &[u8]) -> (Vec<Told>, Vec<Told>) {
    let (mut send, connection) = crate::calls::connected(stage.bots).await;
    let (mut bodies, mut answers) = (Vec::new(), FuturesUnordered::new());
    for at in 0..count {
        send = send.clone().ready().await.expect("room");
        let request = crate::calls::request("MessageSendText");
        let (answer, mut body) = send.send_request(request, false).expect("a stream");
        let head = [&[0][..], &(message.len() as u32).to_be_bytes(), &message[..1]].concat();
        body.send_data(head.into(), false).expect("sent");
        bodies.push(Some(body));
        answers.push(answer.map(move |answer| (at, answer)));
    }
    let mut refused = Vec::new();
    let is_let_in = |status: &ha_wechaty::admin::Status| held(status, "requests") as usize / message.len();
    while refused.len() + is_let_in(&stage.status().await) < count {
        if let Ok(Some((at, answer))) = timeout(Duration::from_millis(20), answers.next()).await {
            bodies[at] = None;
            refused.push(told(answer.expect("an answer")).await);
        }
    }
    let rest = Bytes::copy_from_slice(&message[1..]);
    for mut body in bodies.into_iter().flatten() {
        body.send_data(rest.clone(), true).expect("sent");
    }
    let mut done = Vec::new();
    while let Some((_, answer)) = answers.next().await {
        done.push(told(answer.expect("an answer")).await);
    }
    connection.abort();
    (refused, done)
}

/// How a call went, and why.
pub(crate) type Told = (Code, String);

pub(crate) async fn told(answer: http::Response<h2::RecvStream>) -> Told {
    let (head, mut body) = answer.into_parts();
    while let Some(piece) = body.data().await {
        let length = piece.expect("whole").len();
        body.flow_control().release_capacity(length).expect("there is some");
    }
    let ends = body.trailers().await.expect("whole").unwrap_or_default();
    let status = Status::from_header_map(&ends).or_else(|| Status::from_header_map(&head.headers));
    let status = status.expect("it says how it went");
    (status.code(), status.message().to_owned())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_large_requests_are_bounded_and_what_nobody_ends_keeps_nobody_from_speaking() {
    let folder = tempfile::tempdir().expect("there is room for a folder");
    let mut stage = timeout(DEADLINE, Stage::new(folder.path())).await.expect("in time");
    let alice = stage.alice.id().to_owned();
    let (file, text) = (bytes(6 * MIB), "x".repeat(3 * MIB));

    // Files at once, each inside its call.
    let sends = (0..8).map(|n| MessageSendFileRequest {
        conversation_id: alice.clone(),
        file_box: FileBox::from_bytes(&format!("{n}.bin"), &file).to_json(),
    });
    let sends: Vec<_> = sends.collect();
    let (answers, grew) = grown(&mut stage, async |it| {
        join_all(sends.into_iter().map(|request| {
            let mut bot = it.bot.clone();
            async move { bot.message_send_file(request).await }
        }))
        .await
    })
    .await;
    assert!(answers.iter().all(Result::is_ok), "{answers:?}");
    println!("8 files of 6 MiB at once: {:.1} MiB", grew as f64 / MIB as f64);
    assert!(grew < 2 * FLOW, "{grew}");
    assert!((0..8).all(|n| sent(&stage, &format!("{n}.bin")) == [file.clone()]));

    // Uploads that nobody ends.
    let (uploads, grew) = grown(&mut stage, async |it| {
        let begun = (0..10).map(|_| {
            let (mut bot, chunk) = (it.bot.clone(), file.clone());
            let pieces = stream::iter([UploadRequest { chunk }]).chain(stream::pending());
            tokio::spawn(async move { bot.upload(pieces).await })
        });
        let begun: Vec<_> = begun.collect();
        while held(&it.status().await, "uploads_on_disk") < 10 * 6 * MIB as u64 {
            sleep(Duration::from_millis(20)).await;
        }
        begun
    })
    .await;
    println!("10 uploads of 6 MiB that nobody ends: {:.1} MiB", grew as f64 / MIB as f64);
    assert!(grew < 2 * FLOW, "{grew}");

    // What is no file counts as soon as it is announced, and too much of it is refused.
    let says = |text: &str| MessageSendTextRequest {
        conversation_id: alice.clone(),
        text: text.to_owned(),
        mentional_ids: Vec::new(),
        ..Default::default()
    };
    let all = says(&text).encode_to_vec();
    let ((refused, done), grew) = grown(&mut stage, async |it| announced(it, 24, &all).await).await;
    println!("24 texts of 3 MiB at once: {:.1} MiB, {} refused", grew as f64 / MIB as f64, refused.len());
    // Ten are let in; each is a message, its fields, and what the account is told.
    assert!(grew < 150 * MIB as u64, "{grew}");
    let is_told =
        |(code, why): &(Code, String)| *code == Code::ResourceExhausted && why.contains("memory.requests");
    assert!((1..24).contains(&refused.len()) && refused.iter().all(is_told), "{refused:?}");
    assert!(done.iter().all(|(code, _)| *code == Code::Ok), "{done:?}");
    assert!(stage.bot.message_send_text(says("hello")).await.is_ok(), "one more goes through");
    for upload in &uploads {
        upload.abort();
    }
    // But for the bot's own event stream.
    let left =
        |status: &ha_wechaty::admin::Status| held(status, "uploads_on_disk") + held(status, "requests");
    until_some_by(DEADLINE, "nothing is left of it", async || {
        (left(&stage.status().await) <= 64 << 10).then_some(())
    })
    .await;
}
