//! What people enter for a login: the code that it asks for, that none will come, or a wish for another picture to scan.
//!
//! No code is written down anywhere: not in the log, the ledger, the audit trail or the journal.

use ha_wechaty_core::{ChallengeProgress, LoginChallenge, Time};

use super::hands::{HandError, Hands};
use crate::{
    account::{LoginAnswer, NotTaken, answer},
    call::{is_entered, is_refused},
    view::{LoginStatus, LoginStep},
};

/// No code is longer.
const LONGEST: usize = 64;

/// What is done about a login.
#[derive(Clone, PartialEq, Eq)]
pub enum CodeAct {
    /// This code is entered.
    Enter(String),
    /// Nobody will enter one.
    Cancel,
    /// Another picture is to be shown.
    Refresh,
}

impl CodeAct {
    /// Its word.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Enter(_) => "code",
            Self::Cancel => "cancel-code",
            Self::Refresh => "refresh-code",
        }
    }
}

impl std::fmt::Debug for CodeAct {
    /// Without the code.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

impl Hands {
    /// Does it about an account's login, and tells how far that is then.
    ///
    /// # Errors
    /// Its puppet did not take it, or asks for nothing.
    pub async fn enter(&self, name: &str, act: CodeAct) -> Result<LoginStatus, HandError> {
        let place = self.place(name)?;
        let asked = self.challenge(name).await?;
        let code = |act: &'static str| {
            let asked = asked.as_ref().and_then(LoginChallenge::open_code).cloned();
            asked.ok_or_else(|| HandError::NotAsked { name: name.to_owned(), act })
        };
        let (entered, answered) = match act {
            CodeAct::Enter(text) => {
                let (text, asked) = (fit(&text)?, code("for a code")?);
                if asked.status == ChallengeProgress::Entered {
                    return Err(HandError::Entered { name: name.to_owned() });
                }
                (Some(asked.id.clone()), LoginAnswer::Enter { id: asked.id, code: text })
            }
            CodeAct::Cancel => (None, LoginAnswer::Cancel { id: code("for a code")?.id }),
            CodeAct::Refresh => (None, LoginAnswer::Refresh),
        };
        // First: what its provider says of it comes by another way, and may come before the answer.
        if let Some(id) = &entered {
            is_entered(&self.shared().core, place, id);
        }
        let done = answer(&self.shared().accounts, place, answered).await;
        if let (Some(id), Err(_)) = (&entered, &done) {
            is_refused(&self.shared().core, place, id);
        }
        let status = self.login(name).await?;
        let Err(why) = done else { return Ok(status) };
        let name = name.to_owned();
        Err(match why {
            NotTaken::Away => HandError::NotConnected { name, text: status.text },
            NotTaken::Lacks => HandError::Lacks { name },
            NotTaken::Refused(why) => HandError::Refused { name, why },
        })
    }

    async fn challenge(&self, name: &str) -> Result<Option<LoginChallenge>, HandError> {
        let place = self.place(name)?;
        let look = move |team: &ha_wechaty_core::Team, _: &_, _: Time| {
            team.accounts().get(place.index()).and_then(|it| it.challenge().cloned())
        };
        self.asking().look(look).await.ok_or(HandError::Gone)
    }

    /// Whether an account's code is too old, and its puppet shows another one without being restarted.
    pub(super) async fn refreshes(&self, name: &str) -> bool {
        let is_old = self.login(name).await.is_ok_and(|it| it.step == LoginStep::Expired);
        is_old && self.enter(name, CodeAct::Refresh).await.is_ok()
    }

    /// How far an account's login is.
    ///
    /// # Errors
    /// There is no such account, or the gateway ends.
    pub async fn login(&self, name: &str) -> Result<LoginStatus, HandError> {
        let of = name.to_owned();
        let look = self.asking().look(move |team, shared, now| LoginStatus::of(team, shared, now, &of)).await;
        let unknown =
            || HandError::Unknown { name: name.to_owned(), known: self.shared().accounts.roster.names() };
        look.ok_or(HandError::Gone)?.ok_or_else(unknown)
    }
}

/// A code as it is entered, without what people put around it.
fn fit(text: &str) -> Result<String, HandError> {
    let text: String = text.split_whitespace().collect();
    match text.chars().count() {
        1..=LONGEST if !text.contains(char::is_control) => Ok(text),
        _ => Err(HandError::NoCode),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_taken_without_spaces_and_nothing_else_is_one() {
        assert_eq!(fit(" 123 456\n"), Ok(String::from("123456")));
        for none in ["", "  ", &"1".repeat(65), "1\u{1b}2"] {
            assert_eq!(fit(none), Err(HandError::NoCode), "{none:?}");
        }
    }
}
