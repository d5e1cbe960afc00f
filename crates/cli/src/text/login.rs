//! A login as a person reads it in a terminal.

use ha_wechaty_team::{
    text::human,
    view::{LoginStatus, LoginStep},
};

/// How far it is, and what is to be done; figures stand in brackets at the end.
pub fn login(name: &str, it: &LoginStatus) -> String {
    let LoginStatus { step, number, seconds, text, contact_id, .. } = it;
    let figures = format!("(code {number}, for {})", human(*seconds));
    match step {
        LoginStep::NoCode => {
            // What a provider wrote must not steer a terminal.
            let text = text.replace(char::is_control, " ");
            format!("{name}: no code yet: {text} (for {})", human(*seconds))
        }
        LoginStep::Waiting => format!("{name}: scan this with WeChat on its phone {figures}"),
        LoginStep::Scanned => format!("{name}: scanned; confirm the login on the phone {figures}"),
        LoginStep::Confirmed => format!("{name}: confirmed; the login is about to come {figures}"),
        LoginStep::Expired => format!("{name}: the code is too old; the next one comes by itself {figures}"),
        LoginStep::Cancelled => {
            format!("{name}: refused on the phone; the next code comes by itself {figures}")
        }
        LoginStep::LoggedIn => match contact_id {
            Some(id) => format!("{name} is logged in as {id}"),
            None => format!("{name} is logged in"),
        },
    }
}
