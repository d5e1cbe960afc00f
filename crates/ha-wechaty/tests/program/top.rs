//! `ha-wechaty top`, on a terminal of its own, and without one.

use std::{
    io::{Read as _, Write as _},
    process::{Child, ChildStdin, Command, Stdio},
    sync::{Arc, Mutex, PoisonError},
};

use ha_wechaty::config::BotMode;
use ha_wechaty_sim::Fault;
use ha_wechaty_testkit::{Town, program::Running, text, wait};

use super::cli::{self, Folder};

/// A terminal, by `script`: what is typed, and what was drawn.
pub(super) struct Terminal {
    child: Child,
    typed: ChildStdin,
    drawn: Arc<Mutex<String>>,
}

impl Terminal {
    pub(super) fn run(program: &str) -> Self {
        let command = format!("stty cols 100 rows 30; exec {program}");
        let mut script = Command::new("script");
        script.args(["-qefc", &command, "/dev/null"]).env("TERM", "xterm").env("SHELL", "/bin/sh");
        script.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = script.spawn().expect("script of util-linux is there");
        let typed = child.stdin.take().expect("it has an input");
        let mut out = child.stdout.take().expect("it has an output");
        let drawn = Arc::<Mutex<String>>::default();
        let to = drawn.clone();
        std::thread::spawn(move || {
            let mut piece = [0; 4_096];
            while let Ok(count) = out.read(&mut piece) {
                if count == 0 {
                    return;
                }
                let text = String::from_utf8_lossy(&piece[..count]);
                to.lock().unwrap_or_else(PoisonError::into_inner).push_str(&text);
            }
        });
        Self { child, typed, drawn }
    }

    fn text(&self) -> String {
        self.drawn.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Waits for words that are drawn from now on.
    pub(super) async fn until(&self, words: &str) {
        let from = self.text().len();
        wait::until(words, || self.text()[from..].contains(words)).await;
    }

    pub(super) fn types(&mut self, keys: &str) {
        self.typed.write_all(keys.as_bytes()).expect("it reads");
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        // It may have ended on its own.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[tokio::test]
async fn a_team_is_watched_until_somebody_has_seen_enough() {
    let (town, folder) = (Town::new().await, Folder::new());
    let lines = [("pace", "enabled = false")];
    folder.write("ha-wechaty.toml", &text::config(&lines, &[("main", BotMode::All)], &town.phones));
    let mut gateway = Running::start(&mut folder.program(&["serve"]));
    for _ in &town.phones {
        gateway.until_logged("available account=").await;
    }
    let mut terminal =
        Terminal::run(&format!("{} top --admin {}", env!("CARGO_BIN_EXE_ha-wechaty"), gateway.admin()));
    terminal.until("3 of 3 work").await;
    assert!(terminal.text().contains("\x1b[?1049h"), "on a screen of its own");
    town.phones[0].fail(Fault::Drop);
    terminal.until("2 of 3 work").await;
    terminal.types("\r");
    terminal.until("esc back").await;
    terminal.until("docs/runbook.md#").await;
    terminal.types("\x1b[B");
    terminal.until("south\x1b[0m is ").await;
    terminal.types("h");
    terminal.until("enter detail").await;
    drop(gateway);
    terminal.until("NO ANSWER for ").await;
    terminal.types("q");
    let ended = wait::until_some("it ends", async || terminal.child.try_wait().expect("it is ours")).await;
    assert!(ended.success(), "{ended}");
    wait::until("the screen is as before", || terminal.text().contains("\x1b[?1049l")).await;
}

#[test]
fn without_a_terminal_it_says_what_else_there_is() {
    let ended = cli::output(&mut cli::program(&["top"]));
    let why = cli::text(&ended.stderr);
    assert_eq!(ended.status.code(), Some(2), "{why}");
    assert!(why.contains("it needs a terminal; ha-wechaty status says the same once"), "{why}");
}
