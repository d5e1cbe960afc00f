//! `ha-wechaty dong` as an operator runs it.

use std::{
    io::{Read as _, Write as _},
    net::{SocketAddr, TcpListener, TcpStream},
    process::Command,
    time::{SystemTime, UNIX_EPOCH},
};

use ha_wechaty_dong::caller::WeChatServer;
use ha_wechaty_testkit::program::Running;

use super::cli::{Folder, output};

/// The command, with nothing in its environment but a token.
fn command(folder: &Folder) -> Command {
    let mut command = folder.program(&["dong"]);
    command.env("HA_WECHATY_DONG_TOKEN", "pamtest");
    command
}

fn start(command: &mut Command) -> (Running, SocketAddr) {
    let running = Running::start(command);
    let address = running.between("http://", "/").parse().expect("an address");
    (running, address)
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
    let folder = Folder::new();
    let (running, address) = start(command(&folder).args(["--listen", "127.0.0.1:0"]));
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("the clock is right").as_secs();
    let answer = post(address, &WeChatServer::new("pamtest", now).text("oA", "ding", 1));
    assert!(answer.contains("<Content><![CDATA[dong]]></Content>"), "{answer}");
    running.stop();
}

#[test]
fn the_file_is_read_without_a_team_in_it() {
    let folder = Folder::new();
    let text = "[dong]\nlisten = \"127.0.0.1:0\"\nreply = { ping = \"pong\" }\nmax_age = \"off\"\n";
    folder.write("ha-wechaty.toml", text);
    let (_running, address) = start(&mut command(&folder));
    let answer = post(address, &WeChatServer::new("pamtest", 0).text("oA", "ping", 1));
    assert!(answer.contains("<Content><![CDATA[pong]]></Content>"), "{answer}");
}

#[test]
fn without_a_token_it_says_what_to_do() {
    let output = output(command(&Folder::new()).env_remove("HA_WECHATY_DONG_TOKEN"));
    assert_eq!(output.status.code(), Some(2));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.starts_with("the command line: dong.token: is missing; "), "{said}");
    assert!(said.trim_end().ends_with("or set HA_WECHATY_DONG_TOKEN"), "{said}");
}

#[test]
fn a_port_in_use_is_named_with_its_remedy() {
    let taken = TcpListener::bind("127.0.0.1:0").expect("there is a free port");
    let address = taken.local_addr().expect("it is bound").to_string();
    let output = output(command(&Folder::new()).args(["--listen", &address]));
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
        command(&Folder::new()).env("HA_WECHATY_DONG_AES_KEY", secret).env("HA_WECHATY_DONG_APP_ID", "wx1"),
    );
    assert_eq!(output.status.code(), Some(2));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.starts_with("HA_WECHATY_DONG_AES_KEY: dong.aes_key: has 42 characters"), "{said}");
    assert!(!said.contains(secret), "{said}");
}
