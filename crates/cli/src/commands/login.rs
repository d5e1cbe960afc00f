//! `ha-wechaty login`: an account's code in the terminal, as it is, until the account is logged in.

use std::{
    io::{self, IsTerminal as _, Write as _},
    process::ExitCode,
    time::Duration,
};

use clap::Args;
use ha_wechaty_team::view::{LoginStatus, LoginStep, code};
use serde::Deserialize;

use super::{
    answer, complain,
    door::{Door, Plan, refusal},
    runtime, terminal,
};
use crate::text;

/// How often it is asked how far the login is.
const OFTEN: Duration = Duration::from_millis(500);

/// Exit code when nobody answers.
const NOBODY: u8 = 2;

/// Logs an account in.
#[derive(Debug, Args)]
pub(super) struct Login {
    /// The account's name
    account: String,
    /// Print a link that shows the code to the owner of the phone, once and without the password, and wait for nothing
    #[arg(long)]
    link: bool,
    /// How long to wait for the login
    #[arg(long = "for", value_name = "DURATION", default_value = "10m", value_parser = humantime::parse_duration)]
    wait: Duration,
    #[command(flatten)]
    door: Door,
}

/// Why it came to nothing.
enum Failure {
    /// Nobody answers.
    Nobody(String),
    /// The gateway says no, or time is up.
    GivenUp(String),
}

/// What a gateway answers that has made a link.
#[derive(Deserialize)]
struct Link {
    url: String,
    until: String,
}

impl Login {
    pub(super) fn run(&self) -> ExitCode {
        let done = runtime().map_err(|error| Failure::GivenUp(error.to_string())).and_then(|runtime| {
            let plan = self.door.plan().map_err(Failure::GivenUp)?;
            runtime.block_on(async {
                tokio::select! {
                    done = self.log_in(&plan) => done,
                    _ = tokio::signal::ctrl_c() => Err(Failure::GivenUp(String::from("given up; the code stays on the page"))),
                    () = tokio::time::sleep(self.wait) => Err(Failure::GivenUp(format!(
                        "{} was not logged in within {}; --for waits longer",
                        self.account,
                        humantime::format_duration(self.wait)
                    ))),
                }
            })
        });
        match done {
            Ok(said) => answer(&said, ExitCode::SUCCESS),
            Err(failure) => {
                let (why, code) = match failure {
                    Failure::Nobody(why) => (why, ExitCode::from(NOBODY)),
                    Failure::GivenUp(why) => (why, ExitCode::FAILURE),
                };
                complain(&format_args!("ha-wechaty login: {why}"));
                code
            }
        }
    }

    /// What is said at the end.
    async fn log_in(&self, plan: &Plan) -> Result<String, Failure> {
        // The first that is asked: that nobody answers is its only error of that sort.
        let gateway = plan.get("/gateway").await.map_err(Failure::Nobody)?;
        plan.good("/gateway", gateway).map_err(Failure::GivenUp)?;
        plan.is_meant().await.map_err(Failure::GivenUp)?;
        let mut shown = Picture::default();
        let mut status = self.status(plan).await?;
        if self.link && status.step != LoginStep::LoggedIn {
            let Link { url, until } = self.link(plan).await?;
            return Ok(format!(
                "{url}\nit shows the code once, in one browser, until the login, or until {until}"
            ));
        }
        loop {
            let line = text::login(&self.account, &status);
            if status.step == LoginStep::LoggedIn {
                shown.clear();
                return Ok(line);
            }
            let picture = match &status.code {
                Some(code) if status.step == LoginStep::Waiting => self.drawn(code, plan, &mut shown).await?,
                Some(_) | None => String::new(),
            };
            shown.show(&picture, &line);
            tokio::time::sleep(OFTEN).await;
            status = self.status(plan).await?;
        }
    }

    /// The code, if there is room for it; else nothing, and a link is told once.
    async fn drawn(&self, code: &str, plan: &Plan, shown: &mut Picture) -> Result<String, Failure> {
        let room = shown.columns();
        if let (Ok(picture), Ok(columns)) = (code::terminal(code), code::columns(code))
            && room.is_none_or(|room| columns <= room)
        {
            return Ok(picture);
        }
        if !std::mem::replace(&mut shown.has_link, true) {
            let Link { url, .. } = self.link(plan).await?;
            shown.clear();
            shown.line(&format!("the code does not fit here: open {url}"));
        }
        Ok(String::new())
    }

    async fn status(&self, plan: &Plan) -> Result<LoginStatus, Failure> {
        let path = format!("/api/v1/accounts/{}/login", self.account);
        let (code, text) = plan.get(&path).await.map_err(Failure::Nobody)?;
        self.good(plan, &path, code, text)
    }

    async fn link(&self, plan: &Plan) -> Result<Link, Failure> {
        let path = format!("/api/v1/accounts/{}/link", self.account);
        let (code, text) = plan.post(&path).await.map_err(Failure::Nobody)?;
        self.good(plan, &path, code, text)
    }

    fn good<T: serde::de::DeserializeOwned>(
        &self,
        plan: &Plan,
        path: &str,
        code: u16,
        text: String,
    ) -> Result<T, Failure> {
        if let (true, Some(refusal)) = (code >= 400, refusal(&text)) {
            return Err(Failure::GivenUp(refusal));
        }
        let text = plan.good(path, (code, text)).map_err(Failure::GivenUp)?;
        plan.read(&text).map_err(Failure::GivenUp)
    }
}

/// What is on the screen: drawn over itself on a terminal, one behind another elsewhere.
#[derive(Default)]
struct Picture {
    last: (String, String),
    /// How many rows of a terminal it takes.
    rows: usize,
    has_link: bool,
}

impl Picture {
    fn is_live() -> bool {
        io::stdout().is_terminal() && std::env::var_os("TERM").is_none_or(|it| it != "dumb")
    }

    /// How wide a picture may be, if that is known.
    fn columns(&self) -> Option<usize> {
        terminal::columns(io::stdout())
    }

    /// Shows a code, and what is said of it.
    fn show(&mut self, picture: &str, line: &str) {
        if Self::is_live() {
            let line = terminal::cut(line, self.columns());
            let text = if picture.is_empty() { line } else { format!("{picture}\n{line}") };
            self.clear();
            self.rows = text.lines().count();
            self.line(&text);
            return;
        }
        // What was said is not said again only because time goes on: without its figures it is the same.
        let now = (picture.to_owned(), line.split(" (").next().unwrap_or_default().to_owned());
        if now != self.last {
            let picture = if picture.is_empty() || picture == self.last.0 {
                String::new()
            } else {
                format!("{picture}\n")
            };
            self.line(&format!("{picture}{line}"));
            self.last = now;
        }
    }

    /// Takes it off a terminal.
    fn clear(&mut self) {
        let rows = std::mem::take(&mut self.rows);
        if rows > 0 {
            // To where it began, and all of it away.
            self.write(&format!("\x1b[{rows}F\x1b[J"));
        }
    }

    fn line(&self, text: &str) {
        self.write(&format!("{text}\n"));
    }

    fn write(&self, text: &str) {
        let mut out = io::stdout();
        // The login goes on, whoever reads.
        let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
    }
}
