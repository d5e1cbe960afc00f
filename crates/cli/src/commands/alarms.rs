//! `ha-wechaty alarms`: what is wrong now, who sees to it, and a test of how people are told.

use std::{process::ExitCode, time::Duration};

use clap::{Args, Subcommand};
use ha_wechaty_team::view::{AlarmStatus, AlarmsStatus};
use serde::Deserialize;
use serde_json::json;

use super::{
    answer, complain,
    door::{Answer, Door, Unheard},
    hand::{NOBODY, operator},
};
use crate::text;

/// Exit code while an alarm is open that nobody has acknowledged.
const OPEN: u8 = 1;

/// Asks a running gateway for its alarms.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(super) struct Alarms {
    #[command(subcommand)]
    deed: Option<Deed>,
    #[command(flatten)]
    look: Look,
}

/// What is to be done.
#[derive(Debug, Subcommand)]
enum Deed {
    /// Say that you see to alarms: people are told no more of them, unless they change
    Ack(Ack),
    /// Have a test told, to see that people are reached
    Test(Test),
}

/// What is looked at.
#[derive(Debug, Args)]
struct Look {
    #[command(flatten)]
    door: Door,
    /// As JSON
    #[arg(long)]
    json: bool,
}

/// Who sees to what.
#[derive(Debug, Args)]
struct Ack {
    /// Their numbers [default: all that are open]
    #[arg(value_name = "ID")]
    ids: Vec<u64>,
    /// For how long, like 2h: then people are told again, if it is still open [default: until it changes]
    #[arg(long, value_name = "TIME", value_parser = humantime::parse_duration)]
    r#for: Option<Duration>,
    #[command(flatten)]
    door: Door,
}

/// What is tried.
#[derive(Debug, Args)]
struct Test {
    /// The name of a [[notify]] [default: all of them]
    way: Option<String>,
    #[command(flatten)]
    door: Door,
}

/// By which ways a test is told.
#[derive(Deserialize)]
struct Tested {
    ways: Vec<String>,
}

impl Alarms {
    pub(super) fn run(&self) -> ExitCode {
        match &self.deed {
            None => self.look.run(),
            Some(Deed::Ack(ack)) => match ack.run() {
                Ok(text) => answer(&text, ExitCode::SUCCESS),
                Err(unheard) => unheard.complain("alarms ack"),
            },
            Some(Deed::Test(test)) => match test.run() {
                Ok(text) => answer(&text, ExitCode::SUCCESS),
                Err(unheard) => unheard.complain("alarms test"),
            },
        }
    }
}

impl Look {
    fn run(&self) -> ExitCode {
        match self.ask() {
            Ok((text, code)) => answer(&text.trim_end(), code),
            Err(why) => {
                complain(&format_args!("ha-wechaty alarms: {why}"));
                ExitCode::from(NOBODY)
            }
        }
    }

    fn ask(&self) -> Result<(String, ExitCode), String> {
        let Answer { read: alarms, from, .. } = self.door.ask::<AlarmsStatus>("/api/v1/alarms")?;
        let is_seen = alarms.open.iter().all(|it| it.seen_by.is_some());
        let code = if is_seen { ExitCode::SUCCESS } else { ExitCode::from(OPEN) };
        if self.json {
            let text = serde_json::to_string_pretty(&alarms).map_err(|error| error.to_string())?;
            return Ok((text, code));
        }
        Ok((text::alarms(&alarms) + "\n" + &from, code))
    }
}

impl Ack {
    fn run(&self) -> Result<String, Unheard> {
        let mut body = json!({ "by": operator() });
        if let Some(lasts) = self.r#for {
            body["for"] = humantime::format_duration(lasts).to_string().into();
        }
        let ids: Vec<String> = match self.ids.as_slice() {
            [] => vec![String::from("all")],
            ids => ids.iter().map(ToString::to_string).collect(),
        };
        let mut seen = Vec::new();
        for id in ids {
            let more = self.door.tell::<Vec<AlarmStatus>>(&format!("/api/v1/alarms/{id}/ack"), &body)?;
            seen.extend(more);
        }
        if seen.is_empty() {
            return Ok(String::from("no alarm is open"));
        }
        let lines = seen.iter().map(|it| format!("acknowledged: alarm {}: {}", it.id, it.text));
        Ok(lines.collect::<Vec<_>>().join("\n"))
    }
}

impl Test {
    fn run(&self) -> Result<String, Unheard> {
        let body = json!({ "way": self.way, "by": operator() });
        let Tested { ways } = self.door.tell("/api/v1/alarms/test", &body)?;
        if ways.is_empty() {
            return Ok(String::from(
                "there is no way to tell people: add [[notify]] to the configuration; alarms stand in the log and in \
                 ha-wechaty status",
            ));
        }
        Ok(format!(
            "a test is being told by {}; ha-wechaty alarms says whether it has arrived",
            ways.join(", ")
        ))
    }
}
