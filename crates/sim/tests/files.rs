//! Files: inside, through the registry, behind a URL, and in the deprecated streams.

#![allow(clippy::unwrap_used, reason = "tests")]

mod common;

use common::Bot;
use ha_wechaty_sim::{Attachment, Fault, FileSource, World};
use ha_wechaty_wire::{FileBox, MessageType, file_box::FileBoxType, puppet as p};

#[tokio::test]
async fn a_file_from_a_person_comes_inside_or_through_the_registry() {
    let world = World::new(1);
    let alice = world.person("alice");
    let north = world.phone("north").tls(false).serve().await.unwrap();
    alice.befriends(&north);
    let mut bot = Bot::on(&north).await;

    let (small, large) = (vec![7; 20 * 1024], vec![8; 5 << 20]);
    alice.sends(&north, Attachment::new("small.png", small.clone()));
    alice.sends(&north, Attachment::new("large.bin", large.clone()));
    let (image, attachment) = (bot.message().await, bot.message().await);
    assert_eq!(image.r#type, MessageType::Image.to_wire());
    assert_eq!((attachment.r#type, attachment.filename.as_str()), (1, "large.bin"));

    let answer = bot.rpc.message_image(p::MessageImageRequest { id: image.id, r#type: 3 }).await.unwrap();
    let file = FileBox::parse(&answer.into_inner().file_box).unwrap();
    assert_eq!((file.kind(), file.bytes()), (FileBoxType::Base64, Some(small)));
    let answer = bot.rpc.message_file(p::MessageFileRequest { id: attachment.id.clone() }).await.unwrap();
    let file = FileBox::parse(&answer.into_inner().file_box).unwrap();
    assert_eq!((file.kind(), file.name()), (FileBoxType::Uuid, "large.bin"));
    let uuid = file.uuid().unwrap().to_owned();
    let mut chunks = bot.rpc.download(p::DownloadRequest { id: uuid.clone() }).await.unwrap().into_inner();
    let mut bytes = Vec::new();
    while let Some(it) = chunks.message().await.unwrap() {
        bytes.extend(it.chunk);
    }
    assert!(bytes == large);

    let request = p::MessageFileStreamRequest { id: attachment.id.clone() };
    let mut chunks = bot.rpc.message_file_stream(request).await.unwrap().into_inner();
    let first = chunks.message().await.unwrap().unwrap().file_box_chunk.unwrap();
    assert_eq!((first.name.as_deref(), first.data), (Some("large.bin"), None));
    let mut size = 0;
    while let Some(it) = chunks.message().await.unwrap() {
        size += it.file_box_chunk.unwrap().data.unwrap().len();
    }
    assert_eq!(size, large.len());
    let request = p::MessageImageStreamRequest { id: attachment.id, r#type: 1 };
    assert!(bot.rpc.message_image_stream(request).await.is_ok());

    north.fail(Fault::Drop);
    north.restore().await.unwrap();
    let mut bot = Bot::on(&north).await;
    assert!(bot.rpc.download(p::DownloadRequest { id: uuid }).await.is_err(), "it died with the process");
}

#[tokio::test]
async fn a_file_goes_out_in_every_way() {
    let world = World::new(2);
    let alice = world.person("alice");
    let north = world.phone("north").tls(false).serve().await.unwrap();
    alice.befriends(&north);
    let mut bot = Bot::on(&north).await;
    let large = vec![9; 5 << 20];

    let parts: Vec<_> = large.chunks(100_000).map(|it| p::UploadRequest { chunk: it.to_vec() }).collect();
    let uuid = bot.rpc.upload(tokio_stream::iter(parts)).await.unwrap().into_inner().id;
    let boxes = [
        FileBox::from_bytes("a.txt", b"inside"),
        FileBox::from_uuid("b.bin", &uuid, None),
        FileBox::from_url("c.png", "https://x.invalid/c.png"),
        FileBox::from_qr_code("https://x.invalid"),
    ];
    for file in &boxes {
        let request =
            p::MessageSendFileRequest { conversation_id: alice.id().into(), file_box: file.to_json() };
        #[allow(deprecated)]
        let old = bot.rpc.message_send_file(request).await.unwrap().into_inner().id_string_value_deprecated;
        assert!(old.is_some());
    }
    let seen = alice.seen();
    let files: Vec<_> = seen.iter().map(|it| it.content.file().unwrap()).collect();
    assert_eq!(files[0], &Attachment::new("a.txt", &b"inside"[..]));
    assert!(files[1].name == "b.bin" && files[1].bytes() == large);
    assert_eq!(files[2].source, FileSource::Url("https://x.invalid/c.png".into()));
    assert_eq!(files[3].source, FileSource::QrCode("https://x.invalid".into()));

    let chunk = |name: Option<&str>, data: Option<&[u8]>| p::FileBoxChunk {
        name: name.map(str::to_owned),
        data: data.map(<[u8]>::to_vec),
    };
    let parts = vec![
        p::MessageSendFileStreamRequest { conversation_id: Some(alice.id().into()), file_box_chunk: None },
        p::MessageSendFileStreamRequest {
            conversation_id: None,
            file_box_chunk: Some(chunk(Some("d.mp4"), None)),
        },
        p::MessageSendFileStreamRequest {
            conversation_id: None,
            file_box_chunk: Some(chunk(None, Some(b"moving"))),
        },
    ];
    bot.rpc.message_send_file_stream(tokio_stream::iter(parts)).await.unwrap();
    let last = alice.seen().pop().unwrap();
    assert_eq!(last.content.kind(), MessageType::Video);
    assert_eq!(last.content.file().unwrap().bytes(), &b"moving"[..]);

    for wrong in ["{", r#"{"type":7,"uuid":"nowhere","name":"x"}"#] {
        let request =
            p::MessageSendFileRequest { conversation_id: alice.id().into(), file_box: wrong.into() };
        assert!(bot.rpc.message_send_file(request).await.is_err(), "{wrong}");
    }
}

#[tokio::test]
async fn avatars_are_files_and_only_ones_own_can_be_set() {
    let world = World::new(3);
    let alice = world.person("alice");
    let north = world.phone("north").tls(false).serve().await.unwrap();
    alice.befriends(&north);
    let mut bot = Bot::on(&north).await;
    let set = |id: &str| p::ContactAvatarRequest {
        id: id.into(),
        file_box: Some(FileBox::from_bytes("me.png", b"me").to_json()),
        ..Default::default()
    };
    assert!(bot.rpc.contact_avatar(set(alice.id())).await.is_err());
    bot.rpc.contact_avatar(set(north.id())).await.unwrap();
    let get = p::ContactAvatarRequest { id: north.id().into(), ..Default::default() };
    let answer = bot.rpc.contact_avatar(get).await.unwrap().into_inner();
    assert_eq!(FileBox::parse(&answer.file_box).unwrap().bytes(), Some(b"me".to_vec()));
}
