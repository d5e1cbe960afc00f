//! Which sends somebody wants to see, as a query writes it.

use super::{Proof, SendOutcome, SendRecord};

/// How many are shown unless more are asked for.
const USUAL: usize = 100;
const NAMES: [&str; 6] = ["bot", "conversation", "account", "outcome", "how", "limit"];

/// What must be so of a send.
#[derive(Debug, Clone, Default)]
pub(crate) struct Filter {
    bot: Option<String>,
    conversation: Option<String>,
    account: Option<String>,
    outcome: Option<String>,
    how: Option<String>,
    limit: Option<usize>,
}

impl Filter {
    /// Reads the part of an address behind `?`.
    ///
    /// # Errors
    /// What is wrong, and what would be right.
    pub(crate) fn parse(query: &str) -> Result<Self, String> {
        let mut filter = Self::default();
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            let value = value.into_owned();
            match name.as_ref() {
                "bot" => filter.bot = Some(value),
                "conversation" => filter.conversation = Some(value),
                "account" => filter.account = Some(value),
                "outcome" => {
                    filter.outcome =
                        Some(one_of("outcome", value, &SendOutcome::ALL.map(SendOutcome::name))?);
                }
                "how" => filter.how = Some(one_of("how", value, &Proof::ALL.map(Proof::name))?),
                "limit" => match value.parse() {
                    Ok(limit) => filter.limit = Some(limit),
                    Err(_) => return Err(format!("limit is {value:?}, but must be a number")),
                },
                name => return Err(format!("{name} is no filter; there are {}", NAMES.join(", "))),
            }
        }
        Ok(filter)
    }

    pub(super) fn limit(&self) -> usize {
        self.limit.unwrap_or(USUAL)
    }

    /// Whether a send is one of those. Of an account are those that it was asked for.
    pub(super) fn lets(&self, it: &SendRecord) -> bool {
        let is =
            |wanted: &Option<String>, value: &str| wanted.as_deref().is_none_or(|wanted| wanted == value);
        let of_account = |account: &String| it.tried.iter().any(|attempt| attempt.account == *account);
        is(&self.bot, &it.bot)
            && is(&self.conversation, &it.conversation)
            && is(&self.outcome, it.outcome.name())
            && is(&self.how, it.how.name())
            && self.account.as_ref().is_none_or(of_account)
    }
}

fn one_of(name: &str, value: String, names: &[&str]) -> Result<String, String> {
    if names.contains(&value.as_str()) {
        return Ok(value);
    }
    Err(format!("{name} is {value:?}, but must be one of {}", names.join(", ")))
}
