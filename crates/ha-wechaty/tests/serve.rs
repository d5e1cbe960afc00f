//! `ha-wechaty serve`, told to read its configuration again.
#![allow(missing_docs, clippy::expect_used, reason = "tests")]

mod processes;

use std::{path::Path, process::Stdio, time::Duration};

use ha_wechaty_sim::{Phone, World};
use processes::Signal;
use tokio::{
    io::{AsyncBufReadExt as _, BufReader, Lines},
    net::TcpListener,
    process::{Child, ChildStderr, Command},
    time::timeout,
};

/// Nothing here takes this long unless it is broken.
const DEADLINE: Duration = Duration::from_secs(30);

struct Serve {
    child: Child,
    log: Lines<BufReader<ChildStderr>>,
}

impl Serve {
    fn start(config: &Path) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_ha-wechaty"))
            .args(["serve", "--config"])
            .arg(config)
            .env_clear()
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .expect("it can be run");
        let log = BufReader::new(child.stderr.take().expect("piped")).lines();
        Self { child, log }
    }

    /// Its log, up to a line with these words.
    async fn until_logged(&mut self, words: &str) -> String {
        let mut all = String::new();
        let found = async {
            while let Some(line) = self.log.next_line().await.expect("text") {
                all += &line;
                all.push('\n');
                if line.contains(words) {
                    return;
                }
            }
        };
        let in_time = timeout(DEADLINE, found).await;
        assert!(in_time.is_ok() && all.contains(words), "in vain: {words:?} in {all}");
        all
    }

    fn signal(&self, signal: Signal) {
        processes::signal(self.child.id().expect("it runs"), signal);
    }
}

fn config(phones: &[&Phone], more: &str) -> String {
    let mut text = String::from(
        "[gateway]\nlisten = \"127.0.0.1:0\"\ntls = \"off\"\n[admin]\nlisten = \"off\"\n[[bot]]\nname = \"main\"\n\
         token = \"insecure_bot\"\n",
    );
    for phone in phones {
        let (name, token, endpoint) = (phone.name(), phone.token().reveal(), phone.addr());
        text += &format!("[[account]]\nname = \"{name}\"\ntoken = \"{token}\"\nendpoint = \"{endpoint}\"\n");
    }
    text + more
}

#[tokio::test]
async fn on_sighup_accounts_come_and_go_and_a_broken_file_changes_nothing() {
    let world = World::new(42);
    let north = world.phone("north").tls(true).serve().await.expect("a port");
    let south = world.phone("south").tls(true).serve().await.expect("a port");
    let folder = tempfile::tempdir().expect("there is room for a folder");
    let file = folder.path().join("ha-wechaty.toml");
    let write = |text: String| std::fs::write(&file, text).expect("it can be written");

    write(config(&[&north], ""));
    let mut serve = Serve::start(&file);
    serve.until_logged("available account=\"north\"").await;

    write(config(&[&north, &south], "[pace]\nmax_queue = 7\n"));
    serve.signal(Signal::HUP);
    let log = serve.until_logged("count from the next start on").await;
    assert!(
        log.contains("added=[\"south\"] removed=[] changed=[]") && log.contains("changes of pace"),
        "{log}"
    );
    assert!(south.is_streaming() && north.is_streaming());

    write(config(&[&south], "[paec]\n"));
    serve.signal(Signal::HUP);
    let log = serve.until_logged("nothing was changed").await;
    assert!(log.contains("did you mean pace?"), "{log}");
    assert!(north.is_streaming());

    write(config(&[&south], ""));
    serve.signal(Signal::HUP);
    let log = serve.until_logged("was read again").await;
    assert!(log.contains("added=[] removed=[\"north\"] changed=[]"), "{log}");
    let closed = timeout(DEADLINE, world.until(|| !north.is_streaming())).await;
    assert!(closed.is_ok() && south.is_streaming() && north.is_running());

    serve.signal(Signal::TERM);
    let ended = timeout(DEADLINE, serve.child.wait()).await.expect("it ends").expect("it ended");
    assert!(ended.success());
}

#[tokio::test]
async fn it_ends_when_told_to_also_while_it_takes_a_new_configuration() {
    let world = World::new(42);
    let north = world.phone("north").tls(true).serve().await.expect("a port");
    let silent = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let folder = tempfile::tempdir().expect("there is room for a folder");
    let file = folder.path().join("ha-wechaty.toml");
    let write = |text: String| std::fs::write(&file, text).expect("it can be written");
    let config = |more: &str| config(&[&north], more);

    write(config(""));
    let mut serve = Serve::start(&file);
    serve.until_logged("available account=\"north\"").await;
    let endpoint = silent.local_addr().expect("an address");
    write(config(&format!(
        "[[account]]\nname = \"east\"\ntoken = \"insecure_very-secret\"\nendpoint = \"{endpoint}\"\n"
    )));
    serve.signal(Signal::HUP);
    let _dialled = timeout(DEADLINE, silent.accept()).await.expect("it is dialled").expect("a connection");
    // This one waits for the first, which waits for what never answers.
    serve.signal(Signal::HUP);
    serve.signal(Signal::TERM);
    serve.signal(Signal::HUP);
    let log = serve.until_logged("stopped").await;
    assert!(!log.contains("very-secret"), "{log}");
    let ended = timeout(DEADLINE, serve.child.wait()).await.expect("it ends").expect("it ended");
    assert!(ended.success() && north.is_running());
}
