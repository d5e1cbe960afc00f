//! A program of this machine, run once for each alarm.

use std::{process::Stdio, time::Duration};

use rustix::process::{Pid, Signal, kill_process_group};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    process::{Child, Command},
    time::timeout,
};

use ha_wechaty_config::WITHHELD;
use ha_wechaty_team::view::AlarmStatus;

use crate::{
    batch::Taken,
    cut::cut,
    error::TellError,
    format::json::{self, AlarmEvent},
    news::News,
};

/// What our own variables begin with; they hold tokens, and a program is not to have them.
const PREFIX: &str = "HA_WECHATY_";
/// So much is told of what a program complained about, in bytes.
const TOLD: usize = 200;
/// So much of that is held.
const HELD: usize = 8 << 10;
/// How long what a program said last may take to arrive once it has ended.
const REST: Duration = Duration::from_millis(200);

/// A program, and those that it started: none goes on once it is dropped, unless it has ended well.
struct Run {
    child: Child,
    group: Option<Pid>,
}

impl Drop for Run {
    fn drop(&mut self) {
        if let Some(group) = self.group {
            // They may all be gone.
            let _ = kill_process_group(group, Signal::KILL);
        }
    }
}

/// Runs it for each of the alarms that it has not taken, one after the other; each run has so long.
pub(crate) async fn run(
    command: &[String],
    news: &News,
    taken: &Taken,
    within: Duration,
) -> Result<(), TellError> {
    let mut batch = taken.begin(news);
    for alarm in batch.rest() {
        let end = run_once(command, news, alarm, within).await;
        batch.note(alarm, end)?;
    }
    batch.end()
}

/// A program that knows nothing of what only we are to know.
fn bare(program: &str) -> Command {
    let mut run = Command::new(program);
    run.process_group(0).kill_on_drop(true);
    let ours = std::env::vars_os().map(|(name, _)| name);
    ours.filter(|it| it.to_string_lossy().starts_with(PREFIX)).for_each(|name| {
        run.env_remove(name);
    });
    for name in WITHHELD {
        run.env_remove(name);
    }
    run
}

async fn run_once(
    command: &[String],
    news: &News,
    alarm: &AlarmStatus,
    within: Duration,
) -> Result<(), TellError> {
    let [program, arguments @ ..] = command else { return Ok(()) };
    let failed = |cause: String, remedy| TellError::Command { program: program.clone(), cause, remedy };
    let at = humantime::format_rfc3339_seconds(std::time::SystemTime::now()).to_string();
    let mut input = serde_json::to_vec(&AlarmEvent::new(news, alarm, at)).unwrap_or_default();
    input.push(b'\n');

    let mut run = bare(program);
    run.args(arguments);
    run.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped());
    run.envs(variables(news, alarm));
    let child = run.spawn().map_err(|error| {
        failed(
            format!("it can't be started ({error})"),
            "check that command names a program that the gateway's user may run",
        )
    })?;
    let group = child.id().and_then(|it| Pid::from_raw(it.try_into().ok()?));
    let mut run = Run { child, group };

    let mut said = Vec::new();
    let status = {
        let (stdin, stderr) = (run.child.stdin.take(), run.child.stderr.take());
        let give = async {
            if let Some(mut stdin) = stdin {
                // One that does not read it may end all the same.
                let _ = stdin.write_all(&input).await;
            }
        };
        let hear = async {
            let Some(mut stderr) = stderr else { return };
            while let Ok(1..) = stderr.read_buf(&mut said).await {
                // What it said last says the most.
                let excess = said.len().saturating_sub(HELD);
                said.drain(..excess);
            }
        };
        let talk = async { tokio::join!(give, hear) };
        tokio::pin!(talk);
        let ended = async {
            tokio::select! {
                status = run.child.wait() => {
                    let _ = timeout(REST, &mut talk).await;
                    status
                }
                // It has closed what it is heard by, and goes on.
                _ = &mut talk => run.child.wait().await,
            }
        };
        timeout(within, ended).await
    };
    let complaint = || {
        let said = String::from_utf8_lossy(&said);
        let last = said.lines().map(str::trim).rfind(|line| !line.is_empty());
        last.map_or(String::new(), |line| format!(": {}", cut(line, TOLD)))
    };
    match status {
        Ok(Ok(status)) if status.success() => {
            // What takes long it may have left to others.
            run.group = None;
            Ok(())
        }
        Ok(Ok(status)) => {
            Err(failed(format!("{status}{}", complaint()), "run it by hand, and see what it lacks"))
        }
        Ok(Err(error)) => Err(failed(error.to_string(), "run it by hand, and see what it lacks")),
        Err(_) => Err(failed(
            format!("it had not ended after {} s, and was killed{}", within.as_secs(), complaint()),
            "make it end sooner, or let it leave what takes long to another program",
        )),
    }
}

/// What a script need not read JSON for.
fn variables(news: &News, alarm: &AlarmStatus) -> Vec<(String, String)> {
    let link = news.scans_of(alarm).find_map(|it| it.link.clone()).unwrap_or_default();
    let all = [
        ("EVENT", json::name(alarm).to_owned()),
        ("TEAM", news.team.clone()),
        ("ID", alarm.id.to_string()),
        ("REVISION", alarm.revision.to_string()),
        ("KIND", alarm.kind.name().to_owned()),
        ("SEVERITY", alarm.severity.name().to_owned()),
        ("STEP", alarm.step.name().to_owned()),
        ("ACCOUNTS", alarm.accounts.join(" ")),
        ("BOTS", alarm.bots.join(" ")),
        ("TEXT", alarm.text.clone()),
        ("REMEDY", alarm.remedy.clone()),
        ("SINCE", alarm.since.clone()),
        ("LINK", link),
    ];
    // No variable can hold a zero byte.
    all.map(|(name, value)| (format!("{PREFIX}ALARM_{name}"), value.replace('\0', " "))).to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_collector_of_traces_is_told_is_not_handed_on() {
        let command = bare("true");
        for name in WITHHELD {
            assert!(command.as_std().get_envs().any(|it| it == (name.as_ref(), None)), "{name}");
        }
    }
}
