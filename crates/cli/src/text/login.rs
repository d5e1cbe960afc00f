//! A login as a person reads it in a terminal.

use ha_wechaty_team::{
    text::human,
    view::{LoginAsks, LoginStatus, LoginStep},
};

/// How far it is, and what is to be done; figures stand in brackets at the end.
pub fn login(name: &str, it: &LoginStatus) -> String {
    let LoginStatus { step, number, seconds, text, contact_id, asks, .. } = it;
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
        LoginStep::Code => {
            let LoginAsks { is_wrong, is_entered, message, .. } = asks.clone().unwrap_or_default();
            // What a provider wrote must not steer a terminal.
            let said =
                message.map(|it| format!(" ({})", it.replace(char::is_control, " "))).unwrap_or_default();
            match (is_wrong, is_entered) {
                (_, true) => format!("{name}: the code was entered; the login is about to come"),
                (true, false) => {
                    format!("{name}: the code was wrong; enter it once more, or the newest that came{said}")
                }
                (false, false) => {
                    format!(
                        "{name}: enter the code that WeChat sent to its person, or shows on its phone{said}"
                    )
                }
            }
        }
        LoginStep::Slide => {
            let LoginAsks { program, secret, .. } = asks.clone().unwrap_or_default();
            let (program, secret) = (program.unwrap_or_default(), secret.unwrap_or_default());
            let text = format!(
                "{name}: a slide puzzle is to be solved, by the provider's program {program}; it asks for {secret}"
            );
            text.replace(char::is_control, " ")
        }
        LoginStep::LoggedIn => match contact_id {
            Some(id) => format!("{name} is logged in as {id}"),
            None => format!("{name} is logged in"),
        },
    }
}
