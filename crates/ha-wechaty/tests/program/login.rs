//! `ha-wechaty login`: an account's code in a terminal, as it is, until somebody has scanned it.

use std::process::{Command, Stdio};

use ha_wechaty::config::BotMode;
use ha_wechaty_sim::{Fault, Phone, World};
use ha_wechaty_testkit::{program::Running, text::config, wait::until_some};
use ha_wechaty_wire::{PuppetEvent, event::ScanPayload};

use super::{
    cli::{Folder, output, text},
    top::Terminal,
};

const CODE: &str = "http://weixin.qq.com/x/4f9c2f6d0a";

/// A gateway whose account waits to be logged in.
struct Stage {
    folder: Folder,
    phone: Phone,
    gateway: Running,
}

impl Stage {
    async fn new() -> Self {
        let world = World::new(42);
        let phone = world.phone("north").logged_in(false).tls(true).serve().await.expect("a port");
        let folder = Folder::new();
        let config = config(&[("store", "path = \"memory\"")], &[("main", BotMode::All)], [&phone]);
        folder.write("ha-wechaty.toml", &config);
        let gateway = Running::start(&mut folder.program(&["serve"]));
        // A puppet that is started tells how it stands once more.
        let is_there = || phone.is_streaming() && phone.calls("Start") > 0;
        until_some("it is connected", async || is_there().then_some(())).await;
        Self { folder, phone, gateway }
    }

    /// The phone's puppet tells how far its code is.
    fn shows(&self, status: i32) {
        let scan = ScanPayload { status, qrcode: Some(CODE.into()), ..ScanPayload::default() };
        self.phone.emit(&PuppetEvent::Scan(scan));
    }

    fn login(&self, arguments: &[&str]) -> Command {
        let mut command = self.folder.program(&["login", "north", "--admin", &self.gateway.admin()]);
        command.args(arguments).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }
}

async fn says(login: &Running, words: &str) {
    until_some(words, async || login.said().text().contains(words).then_some(())).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_login_is_followed_to_its_end() {
    let stage = Stage::new().await;
    let mut login = Running::spawn(&mut stage.login(&[]));
    says(&login, "north: no code yet").await;
    stage.shows(2);
    says(&login, "north: scan this with WeChat on its phone").await;
    let shown = ha_wechaty_team::view::code::terminal(CODE).expect("it fits");
    assert!(login.said().text().contains(&shown), "{}", login.said().text());
    stage.shows(3);
    says(&login, "scanned; confirm the login on the phone").await;
    stage.shows(5);
    says(&login, "the code is too old").await;
    stage.shows(2);
    stage.phone.log_in();
    assert!(login.until_ended().await.success());
    let said = login.said().text();
    assert!(said.ends_with(&format!("north is logged in as {}\n", stage.phone.id())), "{said}");
}

/// The code that a login asks for after its scan.
const ASKED: &str = "314159";

impl Stage {
    /// Somebody scans, and its login asks for a code.
    async fn asks(&self) {
        self.phone.asks_code(ASKED);
        self.phone.fail(Fault::Scan(CODE.into()));
        self.phone.log_in();
        let status = || output(&mut self.folder.program(&["status", "--admin", &self.gateway.admin()]));
        until_some("a code is asked for", async || {
            text(&status().stdout).contains("waiting for the code").then_some(())
        })
        .await;
    }

    /// Nobody wrote a code down.
    fn tells_no_code(&self) {
        let trail = output(&mut self.folder.program(&["audit", "--admin", &self.gateway.admin()]));
        let told = [self.gateway.said().text(), text(&trail.stdout).to_owned()];
        assert!(told.iter().all(|it| !it.contains(ASKED) && !it.contains("271828")), "{told:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_is_entered_from_the_command_line() {
    let stage = Stage::new().await;
    stage.asks().await;
    let wrong = output(&mut stage.login(&["--code", "271828"]));
    assert_eq!(wrong.status.code(), Some(1), "{wrong:?}");
    assert!(text(&wrong.stderr).contains("the code was wrong"), "{wrong:?}");
    let right = output(&mut stage.login(&["--code", ASKED]));
    assert_eq!(right.status.code(), Some(0), "{right:?}");
    assert!(
        text(&right.stdout).ends_with(&format!("north is logged in as {}\n", stage.phone.id())),
        "{right:?}"
    );
    stage.tells_no_code();
}

#[tokio::test(flavor = "multi_thread")]
async fn that_no_code_comes_is_said_from_the_command_line() {
    let stage = Stage::new().await;
    let early = output(&mut stage.login(&["--cancel"]));
    assert_eq!(early.status.code(), Some(1), "{early:?}");
    assert!(text(&early.stderr).contains("asks for a code no more, or has not yet"), "{early:?}");
    stage.asks().await;
    let said = output(&mut stage.login(&["--cancel"]));
    assert_eq!(said.status.code(), Some(0), "{said:?}");
    until_some("its login begins anew", async || (stage.phone.calls("CancelVerifyCode") == 1).then_some(()))
        .await;
}

/// A person sits before it: the code is asked for, and asked for again.
#[tokio::test(flavor = "multi_thread")]
async fn a_code_is_typed_in_a_terminal() {
    let stage = Stage::new().await;
    stage.asks().await;
    let program = env!("CARGO_BIN_EXE_ha-wechaty");
    let mut terminal = Terminal::run(&format!("{program} login north --admin {}", stage.gateway.admin()));
    terminal.until("enter the code that WeChat sent").await;
    terminal.types("271828\n");
    terminal.until("the code was wrong").await;
    terminal.types(&format!("{ASKED}\n"));
    terminal.until("north is logged in as").await;
    stage.tells_no_code();
}

#[tokio::test(flavor = "multi_thread")]
async fn its_exit_code_says_what_came_of_it() {
    let stage = Stage::new().await;
    stage.shows(2);
    let given_up = output(&mut stage.login(&["--for", "1s"]));
    assert_eq!(given_up.status.code(), Some(1));
    assert!(text(&given_up.stderr).contains("was not logged in within 1s"), "{given_up:?}");
    let link = output(&mut stage.login(&["--link"]));
    assert_eq!(link.status.code(), Some(0));
    assert!(text(&link.stdout).starts_with("http://127.0.0.1:"), "{link:?}");
    let admin = stage.gateway.admin();
    let unknown = output(&mut stage.folder.program(&["login", "nobody", "--admin", &admin]));
    assert_eq!(unknown.status.code(), Some(1));
    assert!(
        text(&unknown.stderr).contains("the team has no account \"nobody\"; it has north"),
        "{unknown:?}"
    );
    let nobody = output(&mut stage.folder.program(&["login", "north", "--admin", "127.0.0.1:1"]));
    assert_eq!(nobody.status.code(), Some(2));
    assert!(text(&nobody.stderr).contains("nobody answers on 127.0.0.1:1"), "{nobody:?}");
}
