//! Files, there and back, through whichever account.

use std::time::Duration;

use bytes::Bytes;
use futures_util::stream;
use ha_wechaty_sim::{Attachment, Content, Fault, RpcSelection};
use ha_wechaty_testkit::{Bot, DEADLINE, House, TOKEN};
use ha_wechaty_wire::{FileBox, PuppetEvent, file_box::FileBoxType, puppet};
use prost::Message as _;
use tonic::{Code, Request, Status};

use crate::guests::Guest;

const MIB: usize = 1 << 20;

/// Bytes that differ wherever they are cut, and from one `seed` to the next.
fn bytes(seed: u8, size: usize) -> Bytes {
    (0..size).map(|n| (n / 251) as u8 ^ n as u8 ^ seed).collect::<Vec<u8>>().into()
}

async fn upload(bot: &mut Bot, bytes: &Bytes) -> String {
    let chunks: Vec<_> =
        bytes.chunks(100_000).map(|it| puppet::UploadRequest { chunk: it.to_vec() }).collect();
    bot.puppet.upload(stream::iter(chunks)).await.expect("kept").into_inner().id
}

async fn download(bot: &mut Bot, uuid: &str) -> Result<Bytes, Status> {
    let request = puppet::DownloadRequest { id: uuid.into() };
    let mut chunks = bot.puppet.download(request).await?.into_inner();
    let mut bytes = Vec::new();
    while let Some(chunk) = chunks.message().await? {
        bytes.extend_from_slice(&chunk.chunk);
    }
    Ok(bytes.into())
}

async fn send(bot: &mut Bot, to: &str, file: FileBox) -> Result<String, Status> {
    let request = puppet::MessageSendFileRequest { conversation_id: to.into(), file_box: file.to_json() };
    Ok(bot.puppet.message_send_file(request).await?.into_inner().id)
}

/// The deprecated way, as the TypeScript client does it: conversation, name, data.
async fn send_stream(bot: &mut Bot, to: &str, name: &str, bytes: &Bytes) -> Result<String, Status> {
    let part = |data, name| puppet::MessageSendFileStreamRequest {
        conversation_id: None,
        file_box_chunk: Some(puppet::FileBoxChunk { data, name }),
    };
    let first =
        puppet::MessageSendFileStreamRequest { conversation_id: Some(to.into()), file_box_chunk: None };
    let mut parts = vec![first, part(None, Some(name.into()))];
    parts.extend(bytes.chunks(60_000).map(|it| part(Some(it.to_vec()), None)));
    Ok(bot.puppet.message_send_file_stream(stream::iter(parts)).await?.into_inner().id)
}

/// Every file of this name that the team's accounts have sent.
fn sent(house: &House, name: &str) -> Vec<Bytes> {
    let all = house.world.ledger().sent_by_accounts();
    let files = all.iter().filter_map(|it| it.content.file());
    files.filter(|file| file.name == name).map(Attachment::bytes).collect()
}

async fn next_file(bot: &mut Bot) -> (String, FileBox) {
    let id = bot.find(|event| if let PuppetEvent::Message { id } = event { Some(id) } else { None }).await;
    let file = bot.puppet.message_file(puppet::MessageFileRequest { id: id.clone() }).await.expect("a file");
    (id, FileBox::parse(&file.into_inner().file_box).expect("a FileBox"))
}

#[tokio::test]
async fn files_of_every_size_go_out_whole_and_once() {
    let house = House::new().await;
    let mut bot = house.bot().await;
    let small = bytes(1, 1_000);
    send(&mut bot, house.room.id(), FileBox::from_bytes("small.txt", &small)).await.expect("sent");
    let inside = bytes(2, 5 * MIB);
    send(&mut bot, house.room.id(), FileBox::from_bytes("inside.bin", &inside)).await.expect("sent");
    assert_eq!((sent(&house, "small.txt"), sent(&house, "inside.bin") == [inside]), (vec![small], true));
    for (seed, size) in [(3, 5 * MIB), (4, 30 * MIB)] {
        let (name, bytes) = (format!("{size}.bin"), bytes(seed, size));
        let uuid = upload(&mut bot, &bytes).await;
        let file = FileBox::from_uuid(&name, &uuid, Some(size));
        let id = send(&mut bot, house.room.id(), file.clone()).await.expect("sent");
        assert_eq!(bot.payload(&id).await.expect("its payload").filename, name);
        send(&mut bot, house.alice.id(), file).await.expect("an upload can be sent again");
        assert!(sent(&house, &name) == [bytes.clone(), bytes.clone()], "each came out as it went in");
        assert!(download(&mut bot, &uuid).await.expect("its own upload") == bytes);
    }
}

#[tokio::test]
async fn files_of_every_size_come_in_whole() {
    let house = House::new().await;
    let mut bot = house.bot().await;
    for (seed, size) in [(1, 1_000), (2, 5 * MIB), (3, 30 * MIB)] {
        let bytes = bytes(seed, size);
        house.alice.sends(&house.room, Attachment::new("file.bin", bytes.clone()));
        let (id, file) = next_file(&mut bot).await;
        let got = if let FileBoxType::Base64 = file.kind() {
            file.bytes().expect("base64").into()
        } else {
            download(&mut bot, file.uuid().expect("a uuid")).await.expect("downloaded")
        };
        assert!(got == bytes, "{size}");
        let request = puppet::MessageFileStreamRequest { id };
        let mut chunks = bot.puppet.message_file_stream(request).await.expect("a stream").into_inner();
        let (mut name, mut got) = (String::new(), Vec::new());
        while let Some(chunk) = chunks.message().await.expect("whole") {
            let chunk = chunk.file_box_chunk.unwrap_or_default();
            name += &chunk.name.unwrap_or_default();
            got.extend(chunk.data.unwrap_or_default());
        }
        assert!(name == "file.bin" && bytes == got, "{name}");
    }
    house.alice.sends(&house.phones[1], Attachment::new("photo.png", bytes(4, 40_000)));
    let id = bot.find(|event| if let PuppetEvent::Message { id } = event { Some(id) } else { None }).await;
    let request = puppet::MessageImageRequest { id: id.clone(), r#type: 2 };
    let image = bot.puppet.message_image(request).await.expect("an image").into_inner().file_box;
    let uuid = FileBox::parse(&image).expect("a FileBox").uuid().expect("a uuid").to_owned();
    assert!(uuid.ends_with("~south") && download(&mut bot, &uuid).await.expect("whole") == bytes(4, 40_000));
    let request = puppet::MessageImageStreamRequest { id, r#type: 2 };
    let mut chunks = bot.puppet.message_image_stream(request).await.expect("a stream").into_inner();
    let first = chunks.message().await.expect("whole").and_then(|it| it.file_box_chunk?.name);
    assert_eq!(first.as_deref(), Some("photo.png"));
}

#[tokio::test]
async fn a_file_that_one_account_got_goes_out_through_another() {
    let house = House::new().await;
    let side_room = house.world.room("side room", &[&house.phones[1], &house.alice]);
    let mut bot = house.bot().await;
    let bytes = bytes(5, 3 * MIB);
    house.alice.sends(&house.phones[0], Attachment::new("norths.bin", bytes.clone()));
    let (_, file) = next_file(&mut bot).await;
    assert!(file.uuid().is_some_and(|it| it.ends_with("~north")));
    send(&mut bot, side_room.id(), file).await.expect("carried over");
    let message = house.world.ledger().sent_by_accounts().pop().expect("sent");
    assert_eq!((message.account.as_deref(), message.conversation()), (Some("south"), side_room.id()));
    assert!(matches!(&message.content, Content::File(file) if file.bytes() == bytes));
}

#[tokio::test]
async fn a_file_survives_the_accounts_that_die_before_they_have_sent_it() {
    let house = House::new().await;
    let mut bot = house.bot().await;
    let bytes = bytes(6, 3 * MIB);
    let uuid = upload(&mut bot, &bytes).await;
    for phone in &house.phones[..2] {
        phone.fail(Fault::Cut { calls: RpcSelection::named("Upload"), done: false, times: 1 });
    }
    for n in 0..3 {
        let name = format!("{n}.bin");
        let file = FileBox::from_uuid(&name, &uuid, None);
        send(&mut bot, house.room.id(), file).await.expect("a teammate sends it");
        assert!(sent(&house, &name) == [bytes.clone()]);
    }
}

#[tokio::test]
async fn a_puppet_that_will_not_have_a_file_is_not_asked_for_ever() {
    let house = House::new().await;
    let mut bot = house.bot().await;
    let uuid = upload(&mut bot, &bytes(7, 2 * MIB)).await;
    for phone in &house.phones {
        let status = Status::resource_exhausted("my disk is full");
        phone.fail(Fault::Answer { calls: RpcSelection::named("Upload"), status, times: u32::MAX });
    }
    let refused = send(&mut bot, house.room.id(), FileBox::from_uuid("a.bin", &uuid, None)).await;
    let refused = refused.expect_err("nobody takes it");
    for part in ["north", "south", "west", "my disk is full"] {
        assert!(refused.message().contains(part), "{refused}");
    }
    assert_eq!(house.calls("Upload"), [1, 1, 1], "each was asked once");
}

#[tokio::test]
async fn an_upload_that_ends_half_way_leaves_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let house = House::with(|config| config.gateway.spool_dir = Some(folder.path().to_owned())).await;
    let mut bot = house.bot().await;
    let until_held = async |count: u64| {
        let held = async || {
            let held = house.status().await.held;
            held.into_iter().find(|it| it.of == "uploads_on_disk").map_or(0, |it| it.entries)
        };
        let wait = async {
            while held().await != count {
                tokio::time::sleep(std::time::Duration::from_millis(5)).await;
            }
        };
        if tokio::time::timeout(DEADLINE, wait).await.is_err() {
            panic!("{} are held, and not {count}", held().await);
        }
    };
    // A message as gRPC writes it, and no second one.
    let first = puppet::UploadRequest { chunk: vec![1; 2 * MIB] }.encode_to_vec();
    let first = [&[0], &(first.len() as u32).to_be_bytes()[..], &first].concat();
    let mut program = Guest::new(house.gateway.local_addr()).await;
    let (_answer, _stream) =
        program.begins_as(Some(TOKEN), "gateway/wechaty.Puppet/Upload", first.into()).await;
    until_held(1).await;
    program.dies();
    until_held(0).await;
    let bytes = bytes(8, 2 * MIB);
    let uuid = upload(&mut bot, &bytes).await;
    assert!(download(&mut bot, &uuid).await.expect("undisturbed") == bytes);
    send_stream(&mut bot, house.room.id(), "stream.bin", &bytes).await.expect("sent");
    assert!(sent(&house, "stream.bin") == [bytes]);
    // What was sent as a stream is asked for by nobody again.
    until_held(1).await;
    assert_eq!(std::fs::read_dir(folder.path()).expect("a folder").count(), 0, "nothing can be left there");
}

#[tokio::test]
async fn a_python_bot_gets_its_files_inside_the_answer() {
    let house = House::new().await;
    let mut bot = house.bot().await;
    let bytes = bytes(9, 5 * MIB);
    house.alice.sends(&house.room, Attachment::new("file.bin", bytes.clone()));
    let id = bot.find(|event| if let PuppetEvent::Message { id } = event { Some(id) } else { None }).await;
    let mut request = Request::new(puppet::MessageFileRequest { id });
    request.metadata_mut().insert("user-agent", "grpc-python-grpclib/0.4.7 (linux)".parse().expect("ascii"));
    let file = bot.puppet.message_file(request).await.expect("a file").into_inner().file_box;
    let file = FileBox::parse(&file).expect("a FileBox");
    assert!(file.kind() == FileBoxType::Base64 && file.bytes().is_some_and(|it| bytes == it));
}

#[tokio::test]
async fn at_least_once_is_for_us_to_do_and_a_clients_second_try_still_does_not_send() {
    let house = House::with(|config| {
        config.delivery.when_unsure = ha_wechaty::config::WhenUnsure::AtLeastOnce;
        config.delivery.witness_window = Duration::from_millis(50);
    })
    .await;
    let mut bot = house.bot().await;
    house.alice.says(&house.phones[0], "hello");
    bot.next_message().await;
    let (alice, bytes) = (house.alice.id(), bytes(10, 1_000));
    house.phones[0].fail(Fault::Cut { calls: RpcSelection::Sends, done: true, times: 1 });
    for phone in &house.phones[1..] {
        let status = Status::unknown("no files today");
        phone.fail(Fault::Answer { calls: RpcSelection::Sends, status, times: 1 });
    }
    let file = FileBox::from_bytes("once.bin", &bytes);
    let refused = send(&mut bot, alice, file).await.expect_err("one may have sent it, the others would not");
    assert!(refused.message().contains("may or may not have been done"), "{refused}");
    let refused = send_stream(&mut bot, alice, "once.bin", &bytes).await.expect_err("the second try");
    assert!(refused.message().contains("not known whether"), "{refused}");
    assert!(sent(&house, "once.bin") == std::slice::from_ref(&bytes));
}

#[tokio::test]
async fn the_second_try_of_a_file_that_may_have_been_sent_does_not_send_it_twice() {
    let house = House::new().await;
    let mut bot = house.bot().await;
    house.alice.says(&house.phones[0], "hello");
    bot.next_message().await;
    let (alice, bytes) = (house.alice.id(), bytes(10, 1_000));
    house.phones[0].fail(Fault::Cut { calls: RpcSelection::Sends, done: true, times: 1 });
    let file = FileBox::from_bytes("once.bin", &bytes);
    let unsure = send(&mut bot, alice, file.clone()).await.expect_err("nobody knows");
    assert_eq!(unsure.code(), Code::Unknown);
    let refused =
        send_stream(&mut bot, alice, "once.bin", &bytes).await.expect_err("the client's second try");
    assert!(refused.message().contains("not known whether"), "{refused}");
    assert!(sent(&house, "once.bin") == std::slice::from_ref(&bytes));
    send_stream(&mut bot, alice, "once.bin", &bytes).await.expect("a person's second try is another send");
    assert_eq!(sent(&house, "once.bin").len(), 2);
    // A puppet's own no is no doubt: the second try may well do it.
    let status = Status::unknown("no files today");
    for phone in &house.phones {
        phone.fail(Fault::Answer { calls: RpcSelection::Sends, status: status.clone(), times: 1 });
    }
    let refused = send(&mut bot, house.room.id(), file).await.expect_err("all refuse");
    assert_eq!(refused.message(), "no files today");
    send_stream(&mut bot, house.room.id(), "once.bin", &bytes).await.expect("sent");
}

#[tokio::test]
async fn a_bot_that_hangs_up_in_the_middle_of_a_file_does_not_send_it_twice() {
    let house = House::new().await;
    let mut bot = house.bot().await;
    house.alice.says(&house.phones[0], "hello");
    bot.next_message().await;
    let (alice, bytes) = (house.alice.id().to_owned(), bytes(11, 1_000));
    house.phones[0].fail(Fault::Stall);
    let file = FileBox::from_bytes("once.bin", &bytes);
    let mut first = Bot::connect(&house.gateway, TOKEN).await.expect("a bot");
    let to = alice.clone();
    let sending = tokio::spawn(async move { send(&mut first, &to, file).await });
    house.until("it is under way", || house.calls("MessageSendFile")[0] == 1).await;
    sending.abort();
    assert!(sending.await.is_err_and(|it| it.is_cancelled()));
    let refused = send_stream(&mut bot, &alice, "once.bin", &bytes).await.expect_err("maybe the second time");
    assert!(refused.message().contains("not known whether"), "{refused}");
}
