//! `ha-wechaty audit`.

use std::process::ExitCode;

use clap::Args;
use ha_wechaty_team::state::records::AuditLine;

use super::{
    answer, complain,
    door::{Answer, Door},
};

/// Exit code when nobody could be asked, or says no.
const NO_ANSWER: u8 = 2;

/// Asks a running gateway who did what.
#[derive(Debug, Args)]
pub(super) struct Audit {
    #[command(flatten)]
    door: Door,
    /// How many lines, newest first, up to 10000
    #[arg(long, default_value_t = 50)]
    limit: usize,
    /// Only what was done of this kind, as lines name it: refused, log-in, drain, …
    #[arg(long)]
    act: Option<String>,
    /// As JSON
    #[arg(long)]
    json: bool,
}

impl Audit {
    pub(super) fn run(&self) -> ExitCode {
        let limit = self.limit.to_string();
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.append_pair("limit", &limit);
        if let Some(act) = &self.act {
            query.append_pair("act", act);
        }
        let path = format!("/api/v1/audit?{}", query.finish());
        match self.door.ask::<Vec<AuditLine>>(&path) {
            Ok(Answer { text, read, .. }) => {
                let text = if self.json { text } else { words(&read) };
                answer(&text.trim_end(), ExitCode::SUCCESS)
            }
            Err(why) => {
                complain(&format_args!("ha-wechaty audit: {why}"));
                ExitCode::from(NO_ANSWER)
            }
        }
    }
}

/// A line each.
fn words(lines: &[AuditLine]) -> String {
    if lines.is_empty() {
        return String::from("nobody has done anything, as far as is known");
    }
    let line = |it: &AuditLine| {
        let from = it.from.as_deref().map(|from| format!(" from {from}")).unwrap_or_default();
        let account = it.account.as_deref().map(|account| format!(" {account}")).unwrap_or_default();
        let why = if it.why.is_empty() { String::new() } else { format!(" ({})", it.why) };
        format!("{}  {}{from}: {}{account}{why}: {}\n", it.at, it.operator, it.act, it.end)
    };
    lines.iter().map(line).collect()
}

#[cfg(test)]
mod tests {
    use ha_wechaty_team::state::records::AuditAct;

    use super::*;

    #[test]
    fn it_says_who_did_what_from_where_and_what_came_of_it() {
        let line = AuditLine::new("ops", "192.0.2.7".parse().ok(), AuditAct::Hand("drain"));
        let line = AuditLine {
            at: "2026-11-28T03:04:05.678Z".into(),
            ..line.of(Some("north"), "new phone", "done")
        };
        let text = words(&[line]);
        assert_eq!(text, "2026-11-28T03:04:05.678Z  ops from 192.0.2.7: drain north (new phone): done\n");
        assert_eq!(words(&[]), "nobody has done anything, as far as is known");
    }
}
