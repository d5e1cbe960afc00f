//! `ha-wechaty login`: an account's code in the terminal, as it is, until the account is logged in.

use std::{
    io::{self, IsTerminal as _, Write as _},
    process::ExitCode,
    time::Duration,
};

use clap::Args;
use ha_wechaty_team::view::{LoginStatus, LoginStep, code};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::{sync::mpsc, time::timeout};

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
    /// The code that its login asks for, as WeChat sent it or as its phone shows it; in a terminal it is asked for
    #[arg(long, value_name = "CODE", conflicts_with = "link")]
    code: Option<String>,
    /// Say that no code will come: its login begins anew, if its puppet does that
    #[arg(long, conflicts_with_all = ["link", "code"])]
    cancel: bool,
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
        if self.cancel {
            self.enters(plan, &json!({ "cancel": true })).await?;
            return Ok(format!("{}: its puppet knows that no code comes", self.account));
        }
        let mut typed = Typed::default();
        if let Some(code) = &self.code {
            // Whoever has the code may be faster than what asks for it.
            while !is_asked(&status) && status.step != LoginStep::LoggedIn {
                shown.show("", &text::login(&self.account, &status));
                tokio::time::sleep(OFTEN).await;
                status = self.status(plan).await?;
            }
            if is_asked(&status) {
                status = self.enters(plan, &json!({ "code": code })).await?;
            }
        }
        let (mut refreshed, mut was_asked) = (0, false);
        loop {
            let is_asked = is_asked(&status);
            if is_asked && !was_asked {
                // What was typed before answers no question.
                typed.drain();
            }
            was_asked = is_asked;
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
            // The code was entered: whatever is asked for now is another one, or more.
            if self.code.is_some() && asks_anew(&status) {
                let is_wrong = status.asks.as_ref().is_some_and(|it| it.is_wrong);
                let line =
                    if is_wrong { line } else { format!("the code was entered, and did not do: {line}") };
                return Err(Failure::GivenUp(line));
            }
            if status.step == LoginStep::Expired && refreshed < status.number {
                refreshed = status.number;
                // One that can't renews it by itself.
                let _ = self.enters(plan, &json!({ "refresh": true })).await;
            }
            let code = if is_asked { typed.code(&shown).await } else { None };
            was_asked &= code.is_none();
            match code {
                Some(code) => match self.enters(plan, &json!({ "code": code })).await {
                    Ok(now) => status = now,
                    // It may be asked for once more, and was perhaps mistyped.
                    Err(Failure::GivenUp(why)) => {
                        shown.clear();
                        shown.line(&why);
                        status = self.status(plan).await?;
                    }
                    Err(why @ Failure::Nobody(_)) => return Err(why),
                },
                None => {
                    tokio::time::sleep(OFTEN).await;
                    status = self.status(plan).await?;
                }
            }
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

    /// Does something about the login; how far it is then.
    async fn enters(&self, plan: &Plan, what: &Value) -> Result<LoginStatus, Failure> {
        let path = format!("/api/v1/accounts/{}/code", self.account);
        let (code, text) = plan.post_json(&path, what).await.map_err(Failure::Nobody)?;
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

/// Whether a code is to be entered now.
fn is_asked(status: &LoginStatus) -> bool {
    status.step == LoginStep::Code && status.asks.as_ref().is_none_or(|it| !it.is_entered)
}

/// Whether a login to which a code was given asks for something else by now.
fn asks_anew(status: &LoginStatus) -> bool {
    match status.step {
        LoginStep::Code => is_asked(status),
        LoginStep::Waiting | LoginStep::Expired | LoginStep::Cancelled | LoginStep::Slide => true,
        LoginStep::NoCode | LoginStep::Scanned | LoginStep::Confirmed | LoginStep::LoggedIn => false,
    }
}

/// What a person types, where one sits.
#[derive(Default)]
struct Typed(Option<mpsc::Receiver<String>>);

impl Typed {
    /// The next line, if it comes soon; nothing where nobody can type.
    async fn code(&mut self, shown: &Picture) -> Option<String> {
        if !io::stdin().is_terminal() {
            return None;
        }
        let lines = self.0.get_or_insert_with(|| {
            let (tell, lines) = mpsc::channel(16);
            // It ends with the program: nobody waits for a line that nobody types.
            std::thread::spawn(move || {
                for line in io::stdin().lines().map_while(Result::ok) {
                    if tell.blocking_send(line).is_err() {
                        return;
                    }
                }
            });
            lines
        });
        // What was typed stands below the picture, and is drawn over with it.
        let line = timeout(OFTEN, lines.recv()).await.ok()??;
        shown.clear_typed();
        Some(line.trim().to_owned()).filter(|line| !line.is_empty())
    }

    /// Forgets what was typed so far.
    fn drain(&mut self) {
        while self.0.as_mut().is_some_and(|lines| lines.try_recv().is_ok()) {}
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
            // What somebody types meanwhile stays as long as nothing changes.
            if (&*self.last.0, &*self.last.1) == (picture, line) {
                return;
            }
            let now = (picture.to_owned(), line.to_owned());
            let line = terminal::cut(line, self.columns());
            let text = if picture.is_empty() { line } else { format!("{picture}\n{line}") };
            self.clear();
            (self.rows, self.last) = (text.lines().count(), now);
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
            self.last = Default::default();
            // To where it began, and all of it away.
            self.write(&format!("\x1b[{rows}F\x1b[J"));
        }
    }

    /// Takes a line off a terminal that somebody typed behind it.
    fn clear_typed(&self) {
        if Self::is_live() {
            self.write("\x1b[1F\x1b[J");
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
