//! `ha-wechaty dong` as an operator runs it.

#![allow(clippy::expect_used, reason = "tests")]

mod processes;

use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{SocketAddr, TcpListener, TcpStream},
    process::{Child, Command, Output, Stdio},
    time::{SystemTime, UNIX_EPOCH},
};

use ha_wechaty_dong::caller::Caller;
use processes::{Signal, signal};

/// The command in an empty folder, with nothing in its environment but a token.
fn command(folder: &tempfile::TempDir) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ha-wechaty"));
    command.current_dir(folder.path()).env_clear().env("HA_WECHATY_DONG_TOKEN", "pamtest").arg("dong");
    command
}

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().expect("there is room for a folder")
}

fn output(command: &mut Command) -> Output {
    command.output().expect("the command can be run")
}

/// A server that is killed when a test ends early.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended on its own.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn start(command: &mut Command) -> (Running, SocketAddr) {
    let mut child =
        command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("the command can be run");
    let mut stdout = BufReader::new(child.stdout.take().expect("it is piped"));
    let running = Running(child);
    let mut line = String::new();
    stdout.read_line(&mut line).expect("it says where it listens");
    let address = line.split("http://").nth(1).and_then(|rest| rest.split('/').next());
    (
        running,
        address.and_then(|address| address.parse().ok()).unwrap_or_else(|| panic!("no address in {line:?}")),
    )
}

fn post(address: SocketAddr, (path, body): &(String, String)) -> String {
    let length = body.len();
    let mut stream = TcpStream::connect(address).expect("it listens");
    write!(
        stream,
        "POST {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n{body}"
    )
    .expect("it reads");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("it answers");
    answer
}

#[test]
fn it_answers_dong_until_it_is_told_to_stop() {
    let folder = folder();
    let (mut running, address) = start(command(&folder).args(["--listen", "127.0.0.1:0"]));
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("the clock is right").as_secs();
    let answer = post(address, &Caller::new("pamtest", now).text("oA", "ding", 1));
    assert!(answer.contains("<Content><![CDATA[dong]]></Content>"), "{answer}");
    signal(running.0.id(), Signal::TERM);
    assert!(running.0.wait().expect("it ends").success());
}

#[test]
fn the_file_is_read_without_a_team_in_it() {
    let folder = folder();
    let text = "[dong]\nlisten = \"127.0.0.1:0\"\nreply = { ping = \"pong\" }\nmax_age = \"off\"\n";
    std::fs::write(folder.path().join("ha-wechaty.toml"), text).expect("it can be written");
    let (_running, address) = start(&mut command(&folder));
    let answer = post(address, &Caller::new("pamtest", 0).text("oA", "ping", 1));
    assert!(answer.contains("<Content><![CDATA[pong]]></Content>"), "{answer}");
}

#[test]
fn without_a_token_it_says_what_to_do() {
    let output = output(command(&folder()).env_remove("HA_WECHATY_DONG_TOKEN"));
    assert_eq!(output.status.code(), Some(2));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.starts_with("the command line: dong.token: is missing; "), "{said}");
    assert!(said.trim_end().ends_with("or set HA_WECHATY_DONG_TOKEN"), "{said}");
}

#[test]
fn a_port_in_use_is_named_with_its_remedy() {
    let taken = TcpListener::bind("127.0.0.1:0").expect("there is a free port");
    let address = taken.local_addr().expect("it is bound").to_string();
    let output = output(command(&folder()).args(["--listen", &address]));
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(
        said.contains(&format!(
            "dong.listen: {address} can't be listened on: another program listens there already; stop it, or choose \
             another port"
        )),
        "{said}"
    );
}

#[test]
fn a_wrong_secret_is_named_but_not_shown() {
    let secret = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEF";
    let output = output(
        command(&folder()).env("HA_WECHATY_DONG_AES_KEY", secret).env("HA_WECHATY_DONG_APP_ID", "wx1"),
    );
    assert_eq!(output.status.code(), Some(2));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.starts_with("HA_WECHATY_DONG_AES_KEY: dong.aes_key: has 42 characters"), "{said}");
    assert!(!said.contains(secret), "{said}");
}
