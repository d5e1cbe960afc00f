//! `ha-wechaty sends`.

use std::process::ExitCode;

use clap::Args;

use super::{
    answer, complain,
    door::{Answer, Door},
};
use ha_wechaty_team::state::sends::SendRecord;

use crate::text as texts;

/// Asks a running gateway what became of its bots' sends.
#[derive(Debug, Args)]
pub(super) struct Sends {
    #[command(flatten)]
    door: Door,
    /// Only those of this bot
    #[arg(long, value_name = "NAME")]
    bot: Option<String>,
    /// Only those to this room or contact
    #[arg(long, value_name = "ID")]
    conversation: Option<String>,
    /// Only those that this account was asked for
    #[arg(long, value_name = "NAME")]
    account: Option<String>,
    /// Only those that are sent, not-sent or unsure
    #[arg(long)]
    outcome: Option<String>,
    /// Only those of which that is known so: answered, witness, lost, …
    #[arg(long)]
    how: Option<String>,
    /// Only those since then: 2h ago, 3d ago, or since a time like 2026-01-31T08:00:00Z; with a store, as far back as
    /// store.keep_sends
    #[arg(long, value_name = "WHEN")]
    since: Option<String>,
    /// How many, newest first
    #[arg(long, default_value_t = 20)]
    limit: usize,
    /// As JSON
    #[arg(long)]
    json: bool,
}

impl Sends {
    pub(super) fn run(&self) -> ExitCode {
        match self.ask() {
            Ok(text) => answer(&text.trim_end(), ExitCode::SUCCESS),
            Err(why) => {
                complain(&format_args!("ha-wechaty sends: {why}"));
                ExitCode::FAILURE
            }
        }
    }

    fn ask(&self) -> Result<String, String> {
        let mut query = form_urlencoded::Serializer::new(String::new());
        let filters = [
            ("bot", &self.bot),
            ("conversation", &self.conversation),
            ("account", &self.account),
            ("outcome", &self.outcome),
            ("how", &self.how),
            ("since", &self.since),
        ];
        query.extend_pairs(filters.iter().filter_map(|(name, value)| Some((*name, value.as_ref()?))));
        query.append_pair("limit", &self.limit.to_string());
        let path = format!("/sends?{}", query.finish());
        let Answer { text, read, from } = self.door.ask::<Vec<SendRecord>>(&path)?;
        Ok(if self.json { text } else { format!("{}\n\n{from}", texts::sends(&read).trim_end()) })
    }
}
