//! The gateway in memory: three accounts whose puppets say what the input wants, and bots, operators and strangers who
//! do too.

pub mod admin;
pub mod calls;
pub mod discovery;
pub mod listener;
mod shape;

use std::{
    cell::Cell,
    panic,
    path::Path,
    sync::{
        Once,
        atomic::{AtomicUsize, Ordering},
    },
};

use ha_wechaty::{Config, fuzzing::House};

/// Nobody waits for long, nothing is paced: what an input sets off is over when it is.
const CONFIG: &str = r#"
name = "team"
[gateway]
tls = "TLS"
max_message = "1MiB"
[calls]
read = "1s"
send = "1s"
file = "2s"
union = "1s"
[pace]
enabled = false
max_wait = "0s"
[delivery]
witness_window = "0s"
[health]
heartbeat_contact = ""
[[bot]]
name = "main"
token = "insecure_b0t_main"
[[bot]]
name = "other"
token = "insecure_b0t_other"
mode = "shard"
files = "inline"
[[account]]
name = "north"
token = "insecure_n0rth"
endpoint = "127.0.0.1:1"
[[account]]
name = "south"
token = "insecure_s0uth"
endpoint = "127.0.0.1:1"
[[account]]
name = "west"
token = "insecure_w3st"
endpoint = "127.0.0.1:1"
ids = "own"
"#;
const BOTS: [&str; 2] = ["insecure_b0t_main", "insecure_b0t_other"];
const PASSWORD: &str = "p4ssw0rd";

/// A gateway with these lines in its configuration besides.
fn house(tls: &str, more: &str) -> House {
    ha_wechaty::fuzzing::resolve_no_names();
    let text = format!("{}{more}", CONFIG.replace("TLS", tls));
    let config = Config::from_toml(Path::new("team.toml"), &text).expect("it is right");
    House::new(config, &["alice", "bob", "wxid_south"], &["room@chatroom", "other@chatroom"])
}

static PANICS: AtomicUsize = AtomicUsize::new(0);

/// Does something, and panics if anything did meanwhile: what panics in a task of its own ends only that.
fn watched<T>(what: impl FnOnce() -> T) -> T {
    static COUNTS: Once = Once::new();
    COUNTS.call_once(|| {
        let before = panic::take_hook();
        panic::set_hook(Box::new(move |panic| {
            PANICS.fetch_add(1, Ordering::Relaxed);
            before(panic);
        }));
    });
    let before = PANICS.load(Ordering::Relaxed);
    let done = what();
    assert_eq!(PANICS.load(Ordering::Relaxed), before, "a task panicked");
    done
}

/// A thing for many inputs: a house stands for so many, since building one takes longer than an input.
struct Shared<T> {
    it: Cell<Option<(T, usize)>>,
}

impl<T> Shared<T> {
    const fn new() -> Self {
        Self { it: Cell::new(None) }
    }

    /// Uses it; after a panic the next one is new.
    fn with<U>(&self, most: usize, new: impl FnOnce() -> T, what: impl FnOnce(&mut T) -> U) -> U {
        let kept = self.it.take().filter(|(_, used)| *used < most);
        let (mut it, used) = kept.unwrap_or_else(|| (new(), 0));
        let done = what(&mut it);
        self.it.set(Some((it, used + 1)));
        done
    }
}
