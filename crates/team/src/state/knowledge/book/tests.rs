use ha_wechaty_core::rpc;
use ha_wechaty_wire::{Token, puppet};

use super::*;
use crate::{engine::new_team, schema::Schema};
use ha_wechaty_config::{AccountConfig, ByteSize, Config, Service};

const NORTH: AccountId = AccountId(0);
const SOUTH: AccountId = AccountId(1);

struct Scene {
    book: Book,
    identity: Identity,
    schema: Schema,
}

impl Scene {
    fn new(messages: ByteSize) -> Self {
        let mut config = Config::new("ossbot");
        config.memory.messages = messages;
        let account = |name| AccountConfig::new(name, Service::new(Token::new("insecure_x")));
        config.accounts = ["north", "south"].map(account).to_vec();
        Self {
            book: Book::new(&config.memory),
            identity: new_team(&config).0.identity().clone(),
            schema: Schema::new().expect("the protocol"),
        }
    }

    fn message(&self, text: &str) -> DynamicMessage {
        let told = puppet::MessagePayloadResponse { text: text.to_owned(), ..Default::default() };
        let method = self.schema.method(rpc::MESSAGE_PAYLOAD);
        method.read_answer(&told.encode_to_vec()).expect("readable")
    }

    /// An account tells a message of this many bytes.
    fn told(&self, account: AccountId, id: &str, size: usize) {
        let payload = self.message(&"x".repeat(size));
        self.book.put_payload(&self.identity, &MessageCopy::new(account, id), false, &payload);
    }

    fn bytes(&self) -> usize {
        self.book.loads()[0].1.bytes
    }

    /// Whether what it says is known, and how many have it.
    fn known(&self, id: &str) -> Option<(bool, usize)> {
        self.book.page(id).map(|page| (page.payload.is_some(), page.copies.len()))
    }

    fn sweep_after(&self, time: Duration) {
        self.book.sweep(Instant::now() + time);
    }
}

fn minutes(minutes: u64) -> Duration {
    Duration::from_secs(60 * minutes)
}

#[test]
fn large_messages_weigh_what_they_weigh_and_who_has_them_is_known_for_longer() {
    let scene = Scene::new(ByteSize::mib(4));
    for n in 0..1_000 {
        scene.told(NORTH, &n.to_string(), 100_000);
        assert!(scene.bytes() <= 4 << 20);
    }
    assert_eq!(scene.known("999~north"), Some((true, 1)));
    assert_eq!(scene.known("0~north"), Some((false, 1)), "its account can be asked");
    let kept = (0..1_000).filter(|n| scene.known(&format!("{n}~north")) == Some((true, 1))).count();
    assert!((25..40).contains(&kept), "{kept}");
}

#[test]
fn small_messages_make_room_for_new_ones_and_all_of_it_is_counted() {
    let scene = Scene::new(ByteSize::mib(1));
    for n in 0..20_000 {
        scene.told(NORTH, &n.to_string(), 20);
        scene.told(SOUTH, &format!("s{n}"), 20);
        let copies = [MessageCopy::new(NORTH, &n.to_string()), MessageCopy::new(SOUTH, &format!("s{n}"))];
        scene.book.join(&scene.identity, &copies[0], &copies[1]);
        assert!(scene.bytes() <= 1 << 20);
    }
    assert_eq!((scene.known("0~north"), scene.known("s0~south")), (None, None));
    assert_eq!((scene.known("19999~north"), scene.known("s19999~south")), (Some((true, 2)), Some((true, 2))));
    let entries = scene.book.loads()[0].1.entries;
    assert!(entries > 1_000, "{entries}");
    scene.sweep_after(minutes(60));
    assert_eq!((scene.bytes(), scene.known("19999~north")), (0, None));
    assert!(scene.book.locked().numbers.capacity() < 100);
}

#[test]
fn what_is_old_goes_by_and_by() {
    let scene = Scene::new(ByteSize::mib(1));
    scene.told(NORTH, "n", 1_000);
    scene.book.put_draft(
        &scene.identity,
        &MessageCopy::new(NORTH, "d"),
        scene.message("said").encode_to_vec().into(),
    );
    scene.sweep_after(minutes(9));
    assert_eq!(scene.known("n~north"), Some((true, 1)));
    scene.sweep_after(minutes(10));
    assert_eq!(scene.known("n~north"), Some((false, 1)));
    assert!(scene.book.page("d~north").is_some_and(|it| it.draft.is_none() && it.author == Some(NORTH)));
    // It was asked for again.
    scene.told(NORTH, "n", 1_000);
    assert_eq!(scene.known("n~north"), Some((true, 1)));
    scene.sweep_after(minutes(10));
    assert_eq!(scene.known("n~north"), Some((false, 1)));
    scene.sweep_after(minutes(60));
    assert_eq!((scene.known("n~north"), scene.bytes()), (None, 0));
}

#[test]
fn one_message_alone_may_be_larger_than_all_of_it() {
    let scene = Scene::new(ByteSize::kib(64));
    scene.told(NORTH, "large", 1_000_000);
    assert_eq!(scene.known("large~north"), Some((true, 1)));
    scene.told(NORTH, "small", 10);
    assert_eq!((scene.known("large~north"), scene.known("small~north")), (Some((false, 1)), Some((true, 1))));
    assert!(scene.bytes() < 64 << 10);
}

#[test]
fn copies_are_of_one_message_whichever_was_first() {
    let scene = Scene::new(ByteSize::mib(1));
    let (n, s) = (MessageCopy::new(NORTH, "n"), MessageCopy::new(SOUTH, "s"));
    scene.told(SOUTH, "s", 10);
    scene.told(NORTH, "n", 10);
    scene.book.join(&scene.identity, &n, &s);
    assert_eq!((scene.known("n~north"), scene.known("s~south")), (Some((true, 2)), Some((true, 2))));
    assert_eq!(scene.book.known_id(&scene.identity, "s~south").as_deref(), Some("n~north"));
    let before = scene.bytes();
    scene.book.join(&scene.identity, &n, &s);
    assert_eq!((scene.bytes(), scene.book.loads()[0].1.entries), (before, 1));
    // Of one that was never read something may be known all the same.
    scene.book.join(&scene.identity, &MessageCopy::new(NORTH, "m"), &MessageCopy::new(SOUTH, "t"));
    assert_eq!(scene.known("t~south"), Some((false, 2)));
}
