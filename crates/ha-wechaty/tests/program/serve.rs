//! `ha-wechaty serve`, told to read its configuration again.

use std::{io::Write as _, process::Stdio};

use ha_wechaty::config::BotMode;
use ha_wechaty_sim::{Phone, World};
use ha_wechaty_testkit::{
    program::{Running, Signal},
    text, wait,
};
use tokio::net::TcpListener;

use super::cli::Folder;

/// The gateway of a configuration that stands in the folder.
fn serve(folder: &Folder) -> Running {
    Running::start(&mut folder.program(&["serve", "--config", "ha-wechaty.toml"]))
}

fn config(phones: &[&Phone], more: &str) -> String {
    text::config(&[], &[("main", BotMode::All)], phones.iter().copied()) + more
}

#[tokio::test]
async fn on_sighup_accounts_come_and_go_and_a_broken_file_changes_nothing() {
    let world = World::new(42);
    let north = world.phone("north").tls(true).serve().await.expect("a port");
    let south = world.phone("south").tls(true).serve().await.expect("a port");
    let folder = Folder::new();
    let write = |text: String| folder.write("ha-wechaty.toml", &text);

    write(config(&[&north], ""));
    let mut serve = serve(&folder);
    serve.until_logged("available account=\"north\"").await;

    write(config(&[&north, &south], "[pace]\nmax_queue = 7\n[calls]\nread = \"7s\"\n"));
    serve.signal(Signal::HUP);
    let log = serve.until_logged("count from the next start on").await;
    assert!(
        log.contains("added=[\"south\"] removed=[] changed=[] adjusted=[] live=[\"pace\"]")
            && log.contains("changes of calls count"),
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
    wait::within("north is left", world.until(|| !north.is_streaming())).await;
    assert!(south.is_streaming() && north.is_running());

    serve.signal(Signal::TERM);
    assert!(serve.until_ended().await.success());
}

#[tokio::test]
async fn it_ends_when_told_to_also_while_it_takes_a_new_configuration() {
    let world = World::new(42);
    let north = world.phone("north").tls(true).serve().await.expect("a port");
    let silent = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let folder = Folder::new();
    let write = |text: String| folder.write("ha-wechaty.toml", &text);
    let config = |more: &str| config(&[&north], more);

    write(config(""));
    let mut serve = serve(&folder);
    serve.until_logged("available account=\"north\"").await;
    let endpoint = silent.local_addr().expect("an address");
    write(config(&format!(
        "[[account]]\nname = \"east\"\ntoken = \"insecure_very-secret\"\nendpoint = \"{endpoint}\"\n"
    )));
    serve.signal(Signal::HUP);
    let _dialled = wait::within("east is dialled", silent.accept()).await.expect("a connection");
    // This one waits for the first, which waits for what never answers.
    serve.signal(Signal::HUP);
    serve.signal(Signal::TERM);
    serve.signal(Signal::HUP);
    let log = serve.until_logged("stopped").await;
    assert!(!log.contains("very-secret"), "{log}");
    assert!(serve.until_ended().await.success() && north.is_running());
}

#[tokio::test]
async fn a_configuration_may_come_by_a_pipe_which_can_be_read_once() {
    let world = World::new(42);
    let north = world.phone("north").tls(true).serve().await.expect("a port");
    let folder = Folder::new();
    let (from, mut to) = std::io::pipe().expect("a pipe");
    to.write_all(config(&[&north], "").as_bytes()).expect("it has room");
    drop(to);
    let mut command = folder.program(&["serve", "--config", "/dev/stdin"]);
    let mut serve = Running::start_on(&mut command, Stdio::from(from));
    serve.until_logged("available account=\"north\"").await;
    // Again there is nothing in it.
    serve.signal(Signal::HUP);
    serve.until_logged("nothing was changed").await;
    assert!(north.is_streaming());
    serve.stop();
}

#[tokio::test]
async fn with_its_parent_it_ends_in_good_order_and_without_it_goes_on() {
    let world = World::new(42);
    let north = world.phone("north").tls(true).serve().await.expect("a port");
    for is_told in [true, false] {
        let folder = Folder::new();
        folder.write("ha-wechaty.toml", &config(&[&north], ""));
        let mut words = vec!["serve", "--config", "ha-wechaty.toml"];
        words.extend(is_told.then_some("--with-parent"));
        let (input, mut parent) = std::io::pipe().expect("a pipe");
        let mut serve = Running::start_on(&mut folder.program(&words), Stdio::from(input));
        serve.until_logged("available account=\"north\"").await;

        parent.write_all(b"what is said there means nothing\n").expect("it reads, or nobody has to");
        drop(parent);
        if is_told {
            let log = serve.until_logged("stopped; puppet services").await;
            assert!(log.contains("standard input is closed"), "{log}");
        } else {
            serve.signal(Signal::HUP);
            serve.until_logged("was read again").await;
            serve.signal(Signal::TERM);
        }
        assert!(serve.until_ended().await.success());
        assert!(north.is_running());
    }
}
