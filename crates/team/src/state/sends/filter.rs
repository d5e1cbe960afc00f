//! Which sends somebody wants to see, as a query names them.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::{Proof, SendOutcome, SendRecord};

/// How many are shown unless more are asked for.
const USUAL: usize = 100;
const NAMES: [&str; 7] = ["bot", "conversation", "account", "outcome", "how", "since", "limit"];

/// What must be so of a send.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    bot: Option<String>,
    conversation: Option<String>,
    account: Option<String>,
    outcome: Option<SendOutcome>,
    how: Option<Proof>,
    /// As it stands in a record.
    since: Option<String>,
    limit: Option<usize>,
}

impl Filter {
    /// Of names and values, as they stand in the part of an address behind `?`.
    ///
    /// # Errors
    /// What is wrong, and what would be right.
    pub fn of<N: AsRef<str>, V: Into<String>>(
        query: impl IntoIterator<Item = (N, V)>,
    ) -> Result<Self, String> {
        let mut filter = Self::default();
        for (name, value) in query {
            let value = value.into();
            match name.as_ref() {
                "bot" => filter.bot = Some(value),
                "conversation" => filter.conversation = Some(value),
                "account" => filter.account = Some(value),
                "outcome" => {
                    filter.outcome = Some(one_of("outcome", &value, &SendOutcome::ALL, SendOutcome::name)?);
                }
                "how" => filter.how = Some(one_of("how", &value, &Proof::ALL, Proof::name)?),
                "since" => {
                    let since = moment("since", &value)?;
                    filter.since = Some(humantime::format_rfc3339_millis(since).to_string());
                }
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
            && self.outcome.is_none_or(|outcome| outcome == it.outcome)
            && self.how.is_none_or(|how| how == it.how)
            && self.account.as_ref().is_none_or(of_account)
            && !self.is_before(it)
    }

    /// Whether all of those begin later than this, in milliseconds since 1970 began.
    pub(super) fn is_since_later(&self, at: u64) -> bool {
        let at = humantime::format_rfc3339_millis(UNIX_EPOCH + Duration::from_millis(at)).to_string();
        self.since.as_ref().is_some_and(|since| at < *since)
    }

    /// Whether a send was before all of those.
    fn is_before(&self, it: &SendRecord) -> bool {
        self.since.as_ref().is_some_and(|since| it.at < *since)
    }
}

/// When that was: `2h` or `3d` ago, or a time of RFC 3339.
///
/// # Errors
/// What is wrong, and what would be right.
pub(crate) fn moment(name: &str, value: &str) -> Result<SystemTime, String> {
    let time = match humantime::parse_duration(value) {
        Ok(ago) => SystemTime::now().checked_sub(ago),
        Err(_) => humantime::parse_rfc3339_weak(value).ok(),
    };
    let time =
        time.ok_or_else(|| format!("{name} is {value:?}, but must be like 2h, 3d or 2026-01-31T08:00:00Z"))?;
    // Nothing here is older, and no older time can be written.
    Ok(time.max(UNIX_EPOCH))
}

/// The same, as it stands in a record.
pub(crate) fn since(value: &str) -> Result<String, String> {
    Ok(humantime::format_rfc3339_millis(moment("since", value)?).to_string())
}

/// The member of a closed list that has this word.
fn one_of<T: Copy>(
    name: &str,
    value: &str,
    all: &[T],
    word: impl Fn(T) -> &'static str,
) -> Result<T, String> {
    let words = || all.iter().map(|it| word(*it));
    let found = words().zip(all).find(|(word, _)| *word == value).map(|(_, it)| *it);
    found.ok_or_else(|| {
        format!("{name} is {value:?}, but must be one of {}", words().collect::<Vec<_>>().join(", "))
    })
}
