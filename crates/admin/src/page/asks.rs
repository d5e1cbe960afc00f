//! What a login asks for besides a scan: shown on an account's page and by a one-time link, and entered there.

use axum::body::Bytes;
use ha_wechaty_team::{
    runtime::CodeAct,
    view::{LoginAsks, LoginStep},
};

use super::{Lang, Say};

/// It, as a page shows it.
#[derive(Debug)]
pub(super) struct Asks {
    pub(super) said: &'static str,
    pub(super) how: &'static str,
    pub(super) message: Option<String>,
    pub(super) program: Option<String>,
    pub(super) secret: String,
    /// A code was entered, and is with the provider: nobody is to enter it twice.
    pub(super) is_entered: bool,
    /// Where it is entered.
    pub(super) path: String,
    pub(super) csrf: String,
}

impl Asks {
    pub(super) fn new(lang: Lang, asks: LoginAsks, path: String, csrf: String) -> Self {
        let say = Say(lang);
        let step = if asks.program.is_some() { LoginStep::Slide } else { LoginStep::Code };
        let (said, how) = say.entered(&asks).unwrap_or_else(|| say.login(step));
        let LoginAsks { message, program, secret, is_entered, .. } = asks;
        Self { said, how, message, program, secret: secret.unwrap_or_default(), is_entered, path, csrf }
    }
}

/// What a form says: no code where it was not said that none comes is an empty one.
pub(super) fn act(body: &Bytes) -> CodeAct {
    let mut code = String::new();
    for (name, value) in form_urlencoded::parse(body) {
        match &*name {
            "cancel" => return CodeAct::Cancel,
            "code" => code = value.into_owned(),
            _ => {}
        }
    }
    CodeAct::Enter(code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_enters_a_code_or_says_that_none_comes() {
        let read = |body: &'static str| act(&Bytes::from_static(body.as_bytes()));
        assert_eq!(read("csrf=x&code=12+34"), CodeAct::Enter(String::from("12 34")));
        assert_eq!(read("code=&cancel=1"), CodeAct::Cancel);
        assert_eq!(read(""), CodeAct::Enter(String::new()));
    }
}
