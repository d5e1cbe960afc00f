//! What a person enters for an account's login, and asks of it: a code, no code after all, another picture to scan.

use ha_wechaty_core::AccountId;
use ha_wechaty_wire::puppet::{CancelVerifyCodeRequest, EnterVerifyCodeRequest, RefreshQrCodeRequest};
use tonic::{Code, Request, Status};

use crate::state::accounts::AccountSide;

/// What is asked of an account's puppet. It is never printed, since there may be a code in it.
#[derive(Clone, PartialEq, Eq)]
#[allow(missing_debug_implementations, reason = "a code is nobody's to read")]
pub enum LoginAnswer {
    /// The code that it asked for by this id is this.
    Enter {
        /// The id, as the account knows it.
        id: String,
        /// The code.
        code: String,
    },
    /// Nobody will enter the code that it asked for by this id.
    Cancel {
        /// The id, as the account knows it.
        id: String,
    },
    /// It is to show another picture to scan.
    Refresh,
}

/// Why a puppet did not take it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NotTaken {
    /// There is no connection to it.
    Away,
    /// It knows no such thing: it is of a generation without.
    Lacks,
    /// It refuses, or did not answer, in its own words; never with the code.
    Refused(String),
}

/// Asks an account's puppet, whether it is logged in or not.
///
/// # Errors
/// Why it came to nothing; of one that did not answer that is not known.
pub async fn answer(accounts: &AccountSide, account: AccountId, answer: LoginAnswer) -> Result<(), NotTaken> {
    let mut puppet = accounts.links.connection(account).ok_or(NotTaken::Away)?.puppet();
    let within = accounts.limits.calls.send;
    let code = if let LoginAnswer::Enter { code, .. } = &answer { code.clone() } else { String::new() };
    let done = match answer {
        LoginAnswer::Enter { id, code } => {
            let request = timed(EnterVerifyCodeRequest { id, code }, within);
            puppet.enter_verify_code(request).await.map(drop)
        }
        LoginAnswer::Cancel { id } => {
            puppet.cancel_verify_code(timed(CancelVerifyCodeRequest { id }, within)).await.map(drop)
        }
        LoginAnswer::Refresh => {
            puppet.refresh_qr_code(timed(RefreshQrCodeRequest {}, within)).await.map(drop)
        }
    };
    done.map_err(|status| not_taken(&status, &code))
}

fn timed<T>(request: T, within: std::time::Duration) -> Request<T> {
    let mut request = Request::new(request);
    request.set_timeout(within);
    request
}

fn not_taken(status: &Status, code: &str) -> NotTaken {
    if status.code() == Code::Unimplemented {
        return NotTaken::Lacks;
    }
    let words = status.message().lines().next().unwrap_or_default().trim();
    let words = if words.is_empty() { status.code().to_string() } else { words.to_owned() };
    NotTaken::Refused(if code.is_empty() { words } else { words.replace(code, "…") })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_not_repeated_whatever_its_puppet_says() {
        let said = not_taken(&Status::internal("123456 is wrong\n    at login.js:1:1"), "123456");
        assert_eq!(said, NotTaken::Refused(String::from("… is wrong")));
        assert_eq!(not_taken(&Status::unimplemented(""), "1"), NotTaken::Lacks);
        assert_eq!(
            not_taken(&Status::deadline_exceeded(""), ""),
            NotTaken::Refused(Code::DeadlineExceeded.to_string())
        );
    }
}
