//! What a message costs that is remembered: its page in the book, and what copies of it are known by, as the allocator
//! counts; and that the book counts the same.
#![allow(missing_docs, clippy::expect_used)]
#![allow(clippy::print_stdout, reason = "the table")]

use std::{alloc::System, time::Duration};

use ha_wechaty_config::{AccountConfig, ByteSize, Config, Service};
use ha_wechaty_core::{
    AccountId, Dedup, Key, MessageCopy, MessageKind, Recall, Sort, Stamp, Time, content_of_text, rpc,
};
use ha_wechaty_team::{engine::new_team, schema::Schema, state::knowledge::Book};
use ha_wechaty_wire::{Token, puppet};
use prost::Message as _;
use prost_types::Timestamp;
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};

#[global_allocator]
static HEAP: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

const MESSAGES: usize = 50_000;
const TEXT: &str = "thirty-three bytes are said here!";
const EPOCH: i64 = 1_700_000_000;

/// What was allocated since, in bytes for each message.
fn each(region: &Region<'_, System>) -> usize {
    let heap = region.change();
    (heap.bytes_allocated - heap.bytes_deallocated) / MESSAGES
}

/// By account: who has each message.
fn copies(n: usize, accounts: u8) -> impl Iterator<Item = MessageCopy> {
    (0..accounts).map(move |account| {
        MessageCopy::new(AccountId(account), &format!("{:019}", n * 10 + usize::from(account)))
    })
}

#[test]
fn a_message_of_thirty_three_bytes_costs_less_than_nine_hundred() {
    let mut config = Config::new("ossbot");
    config.memory.messages = ByteSize::gib(1);
    let account = |name| AccountConfig::new(name, Service::new(Token::new("insecure_x")));
    config.accounts = ["north", "south", "west"].map(account).to_vec();
    let (team, ..) = new_team(&config);
    let schema = Schema::new().expect("the protocol");
    for (accounts, most) in [(1, 900), (3, 1_300)] {
        let book = Book::new(&config.memory);
        let of_book = Region::new(HEAP);
        for n in 0..MESSAGES {
            let all: Vec<MessageCopy> = copies(n, accounts).collect();
            let told = puppet::MessagePayloadResponse {
                id: format!("{}~north", all[0].id),
                text: TEXT.to_owned(),
                room_id: format!("{}@chatroom", 10_000_000_000 + n % 200),
                talker_id: format!("wxid_{:014}", n % 500),
                receive_time: Some(Timestamp { seconds: EPOCH + (n / 100) as i64, nanos: 0 }),
                ..Default::default()
            };
            let method = schema.method(rpc::MESSAGE_PAYLOAD);
            let payload = method.read_answer(&told.encode_to_vec()).expect("readable");
            book.put_payload(team.identity(), &all[0], false, &payload);
            for copy in &all[1..] {
                book.join(team.identity(), &all[0], copy);
            }
        }
        let (of_book, counted) = (each(&of_book), book.loads()[0].1.bytes / MESSAGES);
        let of_dedup = Region::new(HEAP);
        let recall = Recall { count: MESSAGES, bytes: 1 << 30, ..Recall::default() };
        let mut dedup = Dedup::new(recall, Stamp::new(EPOCH).expect("a time"));
        for n in 0..MESSAGES {
            let key = Key {
                room: format!("{}@chatroom", 10_000_000_000 + n % 200),
                talker: format!("wxid_{:014}", n % 500),
                sort: Sort::Said(MessageKind::Text),
                content: content_of_text(&n.to_string()),
            };
            let now = Time::after_origin(Duration::from_millis(10 * n as u64));
            for copy in copies(n, accounts) {
                dedup.observe(now, &key, &copy, Stamp::new(EPOCH + (n / 100) as i64));
            }
        }
        let weighed = dedup.weight() / MESSAGES;
        let of_dedup = each(&of_dedup);
        println!(
            "shown by {accounts}: {} bytes: {of_book} in the book, which counts {counted}, and {of_dedup} to tell copies, which \
             are counted as {weighed}",
            of_book + of_dedup
        );
        assert_eq!(book.loads()[0].1.entries, MESSAGES);
        assert!(of_book + of_dedup <= most, "{of_book} and {of_dedup} bytes");
        assert!(
            (of_book * 9 / 10..of_book * 11 / 10).contains(&counted),
            "{counted} are counted of {of_book}"
        );
    }
}
