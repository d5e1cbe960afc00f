//! What the program and systemd tell each other, with a stand-in for systemd: its socket, and ports that it holds.

use std::{
    io::{Read as _, Write as _},
    net::{SocketAddr, TcpListener, TcpStream},
    os::{fd::OwnedFd, unix::net::UnixDatagram},
    process::{Command, Stdio},
    time::Duration,
};

use ha_wechaty::config::BotMode;
use ha_wechaty_sim::{Phone, World};
use ha_wechaty_testkit::{
    program::{Running, Signal},
    text::config,
};

use super::cli::Folder;

/// Nothing here takes as long, unless it is broken.
const PATIENCE: Duration = Duration::from_secs(30);

/// What the program tells whoever runs it.
struct Ear {
    socket: UnixDatagram,
    heard: Vec<String>,
}

impl Ear {
    fn new(folder: &Folder) -> Self {
        let socket = UnixDatagram::bind(folder.path("notify")).expect("a socket");
        socket.set_read_timeout(Some(PATIENCE)).expect("it can be set");
        Self { socket, heard: Vec::new() }
    }

    /// Waits until it tells this, in a line of its own.
    fn waits_for(&mut self, line: &str) {
        while !self.heard.iter().any(|told| told.lines().any(|it| it == line)) {
            let mut told = [0; 4_096];
            let length =
                self.socket.recv(&mut told).unwrap_or_else(|it| panic!("{line}: {it}: {:?}", self.heard));
            self.heard.push(String::from_utf8_lossy(&told[..length]).into_owned());
        }
    }

    fn forget(&mut self) {
        self.heard.clear();
    }
}

async fn phone() -> Phone {
    World::new(42).phone("north").tls(true).serve().await.expect("a port")
}

fn written(folder: &Folder, phone: &Phone) {
    let text = config(&[("store", "path = \"memory\"")], &[("main", BotMode::All)], [phone]);
    folder.write("ha-wechaty.toml", &text);
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_runs_it_is_told_that_it_serves_how_the_team_stands_and_that_it_lives() {
    let (folder, phone) = (Folder::new(), phone().await);
    written(&folder, &phone);
    let mut ear = Ear::new(&folder);
    let mut command = folder.program(&["serve"]);
    command.env("NOTIFY_SOCKET", folder.path("notify")).env("WATCHDOG_USEC", "300000");
    let mut gateway = Running::start(&mut command);
    ear.waits_for("READY=1");
    for key in ["gateway.listen", "admin.listen"] {
        let told = format!("FDSTORE=1\nFDNAME={key}");
        assert!(ear.heard.iter().any(|it| it.trim() == told), "{told}: {:?}", ear.heard);
    }
    ear.waits_for("STATUS=team ossbot: 1 of 1 accounts get work");
    ear.forget();
    ear.waits_for("WATCHDOG=1");
    // A mistake in the configuration, too, is an end of reading it again.
    folder.write("ha-wechaty.toml", "name = 7");
    ear.forget();
    gateway.signal(Signal::HUP);
    ear.waits_for("RELOADING=1");
    ear.forget();
    ear.waits_for("READY=1");
    gateway.signal(Signal::TERM);
    ear.waits_for("STOPPING=1");
    assert!(gateway.until_ended().await.success());
}

/// The program, listening there, to which a port is given as systemd gives it.
fn given(folder: &Folder, port: &TcpListener, listen: SocketAddr) -> Running {
    let serve = folder.program(&["serve", "--listen", &listen.to_string()]);
    // Whoever is told which process it is has its number: a shell becomes the program.
    let script = "exec 3<&0 </dev/null; LISTEN_PID=$$ LISTEN_FDS=1 exec \"$@\"";
    let mut command = Command::new("sh");
    command.args(["-c", script, "sh"]).arg(serve.get_program()).args(serve.get_args());
    command.env_clear().env("XDG_DATA_HOME", folder.root()).current_dir(folder.root());
    let port = OwnedFd::from(port.try_clone().expect("a descriptor"));
    Running::start_on(&mut command, Stdio::from(port))
}

#[tokio::test(flavor = "multi_thread")]
async fn who_connects_between_two_processes_is_served_by_the_next_one() {
    let (folder, phone) = (Folder::new(), phone().await);
    let port = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = port.local_addr().expect("it has one");
    written(&folder, &phone);
    let ask = || {
        let mut caller = TcpStream::connect(address).expect("nobody is refused");
        caller.set_read_timeout(Some(PATIENCE)).expect("it can be set");
        caller.write_all(b"GET / HTTP/1.1\r\nhost: gateway\r\n\r\n").expect("it is taken");
        caller
    };
    for end in [Signal::KILL, Signal::TERM] {
        let mut caller = ask();
        let mut gateway = given(&folder, &port, address);
        assert_eq!(gateway.bots(), address);
        let mut answer = [0; 9];
        caller.read_exact(&mut answer).expect("it is answered");
        assert_eq!(&answer, b"HTTP/1.1 ");
        gateway.signal(end);
        gateway.until_ended().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_port_that_is_configured_no_more_is_closed() {
    let (folder, phone) = (Folder::new(), phone().await);
    let port = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = port.local_addr().expect("it has one");
    written(&folder, &phone);
    let gateway = given(&folder, &port, ([127, 0, 0, 1], 0).into());
    assert_ne!(gateway.bots(), address);
    gateway.log().wait_for(&format!("{address} is no port of this configuration any more"));
    drop(port);
    TcpListener::bind(address).expect("nobody has it");
}
