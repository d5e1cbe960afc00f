//! The page of the ledger: what became of what bots sent, never what was said.

use askama::Template;
use axum::{http::StatusCode, response::Response};
use ha_wechaty_team::state::sends::{Attempt, Filter, Proof, SendOutcome, SendRecord};

use super::{Desk, Frame, Lang, Place, Say, Tone, Words, day_time, page, team::none};
use crate::long::failed;

/// A send in the table.
#[derive(Debug)]
pub(super) struct SendRow {
    pub(super) number: u64,
    pub(super) at: String,
    pub(super) when: String,
    pub(super) bot: String,
    pub(super) conversation: String,
    pub(super) what: String,
    pub(super) accounts: String,
    pub(super) tone: Tone,
    pub(super) outcome: &'static str,
    pub(super) how: String,
    pub(super) waited: String,
    pub(super) took: String,
}

impl SendRow {
    pub(super) fn new(it: &SendRecord, lang: Lang) -> Self {
        let say = Say(lang);
        let attempt = |it: &Attempt| match &it.missed_by {
            Some(witness) => lang.pick(
                format!("{} (not seen by {witness})", it.account),
                format!("{}（{witness} 未看到）", it.account),
            ),
            None => it.account.clone(),
        };
        let accounts: Vec<String> = it.tried.iter().map(attempt).collect();
        let what = it.rpc.trim_start_matches("Message");
        Self {
            number: it.number,
            when: day_time(&it.at),
            at: it.at.clone(),
            bot: it.bot.clone(),
            conversation: it.conversation.clone(),
            what: it.forwarded.as_ref().map_or_else(|| what.to_owned(), |id| format!("{what} {id}")),
            accounts: if accounts.is_empty() { none() } else { accounts.join(" → ") },
            tone: match it.outcome {
                SendOutcome::Sent => Tone::Good,
                SendOutcome::NotSent => Tone::Bad,
                SendOutcome::Unsure => Tone::Odd,
            },
            outcome: lang.outcome(it.outcome),
            how: match &it.witness {
                Some(witness) => format!("{}: {witness}", lang.proof(it.how)),
                None => lang.proof(it.how).to_owned(),
            },
            waited: say.span(it.waited),
            took: say.span(it.took),
        }
    }
}

/// A part of the filter that is chosen from a list.
#[derive(Debug)]
struct Choice {
    label: &'static str,
    name: &'static str,
    chosen: String,
    options: Vec<(String, String)>,
}

/// The ledger's page.
#[derive(Debug, Template)]
#[template(path = "sends.html")]
pub(super) struct SendsPage {
    frame: Frame,
    w: &'static Words,
    choices: Vec<Choice>,
    conversation: String,
    since: String,
    mistake: Option<String>,
    sends: Vec<SendRow>,
}

impl SendsPage {
    fn new(desk: &Desk, lang: Lang, asked: &[(String, String)]) -> Self {
        let accounts = desk.shared.accounts.roster.accounts().map(|(_, it)| it.name.clone()).collect();
        let bots = desk.shared.bots.all().iter().map(|(_, it)| it.name.clone()).collect();
        let frame = Frame::new(desk, lang, Place::Sends, lang.words().sends);
        Self::of(frame, lang, asked, accounts, bots)
    }

    /// With the frame around it, and nothing found yet.
    pub(super) fn of(
        frame: Frame,
        lang: Lang,
        asked: &[(String, String)],
        accounts: Vec<String>,
        bots: Vec<String>,
    ) -> Self {
        let w = lang.words();
        let value = |name: &str| {
            asked.iter().find(|(known, _)| known == name).map_or_else(String::new, |(_, value)| value.clone())
        };
        let same = |names: Vec<String>| names.into_iter().map(|name| (name.clone(), name)).collect();
        let outcomes = SendOutcome::ALL.iter().map(|it| (it.name().into(), lang.outcome(*it).into()));
        let proofs = Proof::ALL.iter().map(|it| (it.name().into(), lang.proof(*it).into()));
        let choice = |label, name, options| Choice { label, name, chosen: value(name), options };
        Self {
            frame,
            w,
            choices: vec![
                choice(w.bot, "bot", same(bots)),
                choice(w.account, "account", same(accounts)),
                choice(w.outcome, "outcome", outcomes.collect()),
                choice(w.how, "how", proofs.collect()),
            ],
            conversation: value("conversation"),
            since: value("since"),
            mistake: None,
            sends: Vec::new(),
        }
    }
}

impl SendsPage {
    /// These were found.
    pub(super) fn fill(&mut self, found: &[SendRecord], lang: Lang) {
        self.sends = found.iter().map(|it| SendRow::new(it, lang)).collect();
    }
}

/// Those that the query asks for.
pub(super) async fn answer(desk: Desk, lang: Lang, query: &str) -> Response {
    // A form sends what was left empty, too.
    let asked = form_urlencoded::parse(query.as_bytes()).into_owned().filter(|(_, value)| !value.is_empty());
    // So many fit on a page.
    let asked: Vec<(String, String)> = asked.filter(|(name, _)| name != "limit").collect();
    let mut made = SendsPage::new(&desk, lang, &asked);
    let filter = match Filter::of(asked) {
        Ok(filter) => filter,
        Err(why) => {
            made.mistake = Some(why);
            return page(StatusCode::BAD_REQUEST, &made);
        }
    };
    let find = async { Some(desk.find_sends(&filter).await) };
    let html = move |found: Vec<SendRecord>| {
        made.fill(&found, lang);
        made.render().map(String::into_bytes).map_err(|error| failed(error.to_string()))
    };
    desk.long.make(find, "text/html; charset=utf-8", html).await
}
